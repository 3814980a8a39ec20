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

/*
 * A next hop is told before the remotes that use it. Of the functions below, `link` may call all but
 * underlay_close, the other callbacks none.
 */
struct underlay_ops {
	/*
	 * Next hop `index` is now as in *nh (also: became unresolved). dmac is only set in state RESOLVED. A next hop
	 * that nothing uses any more keeps its contents; only if it was PENDING it is told once more, as NONE.
	 */
	void (*nexthop)(uint32_t index, const struct bb_nexthop *nh, void *arg);
	/* PA number `remote` is now reached through next hop `index`; 0: not reachable. */
	void (*remote)(uint32_t remote, const struct bb_addr *pa, uint32_t index, void *arg);
	/* The fabric port of that ifindex: its id (key of tx_ports), or 0. Only fabric ports are ways out. */
	uint16_t (*fabric_port)(uint32_t ifindex, void *arg);
	/*
	 * A link appeared or changed (name, MAC, MTU, running), or vanished. Also called once for each link that
	 * exists, in the first turn of the event loop after underlay_open. A renamed link vanishes and appears.
	 */
	void (*link)(const char *dev, uint32_t ifindex, bool exists, uint32_t mtu, void *arg);
	void *arg;
};

/* Opens the netlink sockets in the calling thread's network namespace and hooks them into `base`. */
int underlay_open(struct underlay **out, struct event_base *base, const struct underlay_ops *ops, struct bb_error *err);
/* Calls nothing back. */
void underlay_close(struct underlay **u);
/*
 * Before the first underlay_add: number next hops from this index on. After a restart, those that pinned
 * remotes still refer to are then not overwritten before the remotes are.
 */
void underlay_number_from(struct underlay *u, uint32_t index);

/*
 * Starts to follow a PA: calls ops->remote (and ops->nexthop) at once with what the kernel says now, and asks for
 * its neighbour. A number that is in use already is taken over. -EINVAL: no such number or family.
 */
int underlay_add(struct underlay *u, uint32_t remote, const struct bb_addr *pa);
/* ops->remote is not called. */
void underlay_del(struct underlay *u, uint32_t remote);
/* Looks every PA up anew, soon: the set of fabric ports has changed. Repeated calls cost one pass. */
void underlay_refresh(struct underlay *u);

#endif
