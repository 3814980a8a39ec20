/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours that are gateways or PAs, kept resolved, and the next hops of the data plane made from them. */
#ifndef BLUEBIRD_NEXTHOP_H
#define BLUEBIRD_NEXTHOP_H

#include <event2/event.h>

#include "daemon/links.h"
#include "daemon/rtnl.h"
#include "daemon/underlay.h"

struct nexthops;
struct nexthop;

int nexthops_open(struct nexthops **out, struct event_base *base, struct rtnl *rtnl, const struct links *links,
		  const struct underlay_ops *ops);
/* Frees everything, referenced or not; tells nobody. */
void nexthops_close(struct nexthops **h);
/* New next hops get indexes from this one on. */
void nexthops_number_from(struct nexthops *h, uint32_t index);

/*
 * The next hop of that route with one more reference, told to the data plane if it is new or has changed.
 * NULL: all indexes are taken, or no memory. Routes that differ in the MTU metric have next hops of their own.
 */
struct nexthop *nexthop_get(struct nexthops *h, const struct rtnl_route *route);
void nexthop_put(struct nexthops *h, struct nexthop *nh);
uint32_t nexthop_index(const struct nexthop *nh);

/* An event about a neighbour: unknown ones cost one hash look-up. */
void nexthops_neigh_event(struct nexthops *h, const struct rtnl_neigh *neigh, bool exists);
/* The link has changed, appeared or gone. */
void nexthops_link_event(struct nexthops *h, uint32_t ifindex);
/* Asks the kernel about every neighbour. */
void nexthops_resync(struct nexthops *h);

#endif
