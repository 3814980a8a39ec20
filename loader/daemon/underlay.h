/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PA -> next hop, followed from the kernel: routes, neighbours and links over netlink. Resolves neighbours
 * actively, keeps them fresh, and tells the data plane of every change through the callbacks.
 */
#ifndef BLUEBIRD_UNDERLAY_H
#define BLUEBIRD_UNDERLAY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "bluebird/abi.h"
#include "lib/addr.h"
#include "lib/error.h"

struct underlay;

struct underlay_ops {
	/* Next hop `index` is now as in *nh (also: became unresolved). */
	void (*nexthop)(uint32_t index, const struct bb_nexthop *nh, void *arg);
	/* PA number `remote` is now reached through next hop `index`; 0: not reachable. */
	void (*remote)(uint32_t remote, const struct bb_addr *pa, uint32_t index, void *arg);
	/* Fabric or access port of that ifindex? Returns the port's id (key of tx_ports), or 0. Only fabric ports are ways out. */
	uint16_t (*fabric_port)(uint32_t ifindex, void *arg);
	/* A link appeared or changed (up: it exists), or vanished. */
	void (*link)(const char *dev, uint32_t ifindex, bool exists, uint32_t mtu, void *arg);
	void *arg;
};

/* Opens the netlink sockets in the calling thread's network namespace and hooks them into `base`. */
int underlay_open(struct underlay **out, struct event_base *base, const struct underlay_ops *ops, struct bb_error *err);
void underlay_close(struct underlay **u);

/* Starts to follow a PA: calls ops->remote (and ops->nexthop) at once with what the kernel says now, and asks for its neighbour. */
int underlay_add(struct underlay *u, uint32_t remote, const struct bb_addr *pa);
void underlay_del(struct underlay *u, uint32_t remote);
/* Looks every PA up anew, soon: the set of fabric ports has changed. Repeated calls cost one pass. */
void underlay_refresh(struct underlay *u);

#endif
