/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talk with the kernel's routing over netlink: one socket for questions, one for events. Keeps no state. */
#ifndef BLUEBIRD_RTNL_H
#define BLUEBIRD_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/error.h"

struct rtnl;

struct rtnl_link {
	uint32_t ifindex;
	uint32_t mtu;
	char name[IFNAMSIZ];
	uint8_t mac[6];
	bool running; /* up and with carrier */
};

struct rtnl_neigh {
	uint32_t oif;
	struct bb_addr addr;
	uint16_t state; /* NUD_* */
	bool has_mac;
	uint8_t mac[6];
};

struct rtnl_route {
	uint32_t oif;
	uint32_t mtu;	    /* metric; 0: the link's */
	struct bb_addr via; /* the gateway, or the destination itself when it is on the link */
};

/* What events and dumps lead to. */
struct rtnl_ops {
	void (*link)(const struct rtnl_link *link, bool exists, void *arg);
	void (*neigh)(const struct rtnl_neigh *neigh, bool exists, void *arg);
	void (*route)(void *arg); /* a route, rule, next-hop object or local address came, changed or went */
	void *arg;
};

int rtnl_open(struct rtnl **out, const struct rtnl_ops *ops, struct bb_error *err);
void rtnl_close(struct rtnl **r);

/* The event socket, non-blocking. */
int rtnl_fd(const struct rtnl *r);
/*
 * Hands a bounded number of events to the ops. -EAGAIN: none are left; -ENOBUFS: the kernel had to drop
 * some: read on until -EAGAIN, then ask for everything anew; 0: there may be more.
 */
int rtnl_read(struct rtnl *r);

/* Hands every link to ops->link, after the kernel has told all of them. */
int rtnl_links(struct rtnl *r);
/* The kernel's own look-up. Any error means: not reachable through a neighbour. */
int rtnl_route_get(struct rtnl *r, const struct bb_addr *dst, struct rtnl_route *out);
/* -ENOENT: the kernel has no such entry. */
int rtnl_neigh_get(struct rtnl *r, uint32_t oif, const struct bb_addr *addr, struct rtnl_neigh *out);
/* Makes the kernel resolve, or confirm, a neighbour, as if a packet were sent. Would demote a PERMANENT entry. */
int rtnl_neigh_use(struct rtnl *r, uint32_t oif, const struct bb_addr *addr);

#endif
