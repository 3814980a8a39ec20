/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The miss path: punted frames from the rings, resolve, publish, and send the very same frame on. A thread of its own. */
#ifndef BLUEBIRD_MISS_H
#define BLUEBIRD_MISS_H

#include <stdint.h>

#include "core/store.h"
#include "daemon/cache.h"
#include "daemon/inject.h"
#include "daemon/tables.h"

struct miss;

struct miss_status {
	uint64_t served;  /* frames sent on for their next run */
	uint64_t expired; /* too old when they were read: the daemon had been away */
	uint64_t unheld;  /* the next hop was pending, and there was no room to wait */
	uint64_t p50_us, p99_us; /* from punt to sent on, of frames that did not wait for a neighbour */
};

struct miss_config {
	struct dataplane *dp;
	struct tables *tables;
	struct cache *cache;
	struct store *store;
	struct inject *inject;
};

/* Starts the thread. */
int miss_start(struct miss **out, const struct miss_config *config, struct bb_error *err);
/* Serves what is left in the rings, then ends the thread. */
void miss_stop(struct miss **m);
void miss_get_status(struct miss *m, struct miss_status *out);

#endif
