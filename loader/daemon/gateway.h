/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All modules of the running daemon, and the few things that several of them need to know. */
#ifndef BLUEBIRD_GATEWAY_H
#define BLUEBIRD_GATEWAY_H

#include <event2/event.h>
#include <stdbool.h>

#include "core/store.h"
#include "daemon/cache.h"
#include "daemon/dataplane.h"
#include "daemon/inject.h"
#include "daemon/miss.h"
#include "daemon/ports.h"
#include "daemon/tables.h"
#include "daemon/underlay.h"

struct gateway {
	struct event_base *base;
	struct store *store;
	struct dataplane *dp;
	struct tables *tables;
	struct cache *cache;
	struct inject *inject;
	struct miss *miss;
	struct ports *ports;
	struct underlay *underlay;
	char vrf_names[BB_MAX_VRFS][BB_NAME_LEN]; /* by id; "" is free */
	bool torn_down; /* the data plane is gone: end without touching it */
};

/* 0: no such VRF. */
uint16_t gateway_vrf_id(const struct gateway *g, const char *name);

#endif
