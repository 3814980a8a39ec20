// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps the neighbours behind next hops resolved, and tells the data plane what became of each.
 *
 * Events only say which neighbour to look at; its state is always asked from the kernel, so that the order
 * in which events and answers arrive does not matter.
 */
#include "daemon/nexthop.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "lib/log.h"

/* Neighbours that are not good are looked at this often, and asked for again if the kernel has given up. */
#define RETRY_MS 1000
#define TICK_MS 250
/* Of one tick, so that thousands of dead neighbours do not hold up the event loop. */
#define TICK_BATCH 1024

#define NUD_HAS_MAC (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)
/* The administrator's, or in no need of asking. */
#define NUD_FIXED (NUD_PERMANENT | NUD_NOARP)

struct neigh_key {
	uint32_t oif;
	struct bb_addr addr;
	uint8_t zero[3];
};
_Static_assert(sizeof(struct neigh_key) == 24, "a hash key has no holes");

struct neigh {
	struct neigh_key key;
	uint8_t mac[6];
	bool good;	    /* mac can be sent to */
	bool failed;	    /* did not answer: what comes is dropped, not held, until it does */
	bool waiting;	    /* is in nexthops.waiting */
	uint64_t asked_ms;  /* 0: never, since it was last good */
	uint64_t looked_ms;
	struct nexthop *hops; /* one per MTU metric */
	struct neigh *prev, *next; /* in nexthops.waiting */
	UT_hash_handle hh;
};

struct nexthop {
	uint32_t index;
	uint32_t refs;
	uint32_t mtu; /* metric; 0: the link's */
	bool told;
	struct bb_nexthop shown;
	struct neigh *neigh;
	struct nexthop *next; /* of the same neighbour */
};

struct nexthops {
	struct underlay_ops ops;
	struct rtnl *rtnl;
	const struct links *links;
	struct event *tick;
	struct neigh *table;
	struct neigh *waiting; /* not good; the one looked at longest ago first */
	uint64_t full_until_ms; /* the kernel's neighbour table was full */
	uint64_t warned_ms;
	uint32_t last_index;
	bool taken[BB_MAX_NEXTHOPS];
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void log_neigh(enum bb_log_level level, const char *msg, const struct neigh *n, int code)
{
	char text[BB_ADDR_TEXT];

	bb_log(level, msg, "ifindex=%u address=%s errno=%d", n->key.oif, bb_addr_text(&n->key.addr, text), code);
}

static void wait_stop(struct nexthops *h, struct neigh *n)
{
	if (n->waiting)
		DL_DELETE(h->waiting, n);
	n->waiting = false;
	if (!h->waiting)
		evtimer_del(h->tick);
}

static void wait_again(struct nexthops *h, struct neigh *n, uint64_t now)
{
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	if (n->waiting)
		DL_DELETE(h->waiting, n);
	else if (!evtimer_pending(h->tick, NULL))
		evtimer_add(h->tick, &tick);
	n->waiting = true;
	n->looked_ms = now;
	DL_APPEND(h->waiting, n);
}

static void table_full(struct nexthops *h, const struct neigh *n, uint64_t now)
{
	h->full_until_ms = now + RETRY_MS;
	if (h->warned_ms && now - h->warned_ms < 60000)
		return;
	h->warned_ms = now;
	log_neigh(BB_LOG_WARN, "neighbour table full, raise net.ipv4.neigh.default.gc_thresh3", n, ENOBUFS);
}

static void neigh_ask(struct nexthops *h, struct neigh *n, uint64_t now)
{
	int ret;

	/* Every refusal makes the kernel search its table for something to evict: do not insist. */
	if (now < h->full_until_ms && !n->good) {
		n->failed = true;
		return;
	}
	n->asked_ms = now;
	ret = rtnl_neigh_use(h->rtnl, n->key.oif, &n->key.addr);
	if (!ret || n->good)
		return;
	n->failed = true;
	if (ret == -ENOBUFS)
		table_full(h, n, now);
	else
		log_neigh(BB_LOG_DEBUG, "neighbour not asked", n, -ret);
}

/* Without carrier nobody is asked; the next carrier starts afresh. */
static void neigh_reset(struct nexthops *h, struct neigh *n)
{
	n->good = false;
	n->failed = false;
	n->asked_ms = 0;
	wait_stop(h, n);
}

/* Learns the neighbour's state from the kernel, and asks for it where that is due. */
static void neigh_look(struct nexthops *h, struct neigh *n, uint64_t now)
{
	const struct rtnl_link *link = links_find(h->links, n->key.oif);
	struct rtnl_neigh seen = { 0 };

	if (!link || !link->running) {
		neigh_reset(h, n);
		return;
	}
	/* No entry is a state of 0. */
	rtnl_neigh_get(h->rtnl, n->key.oif, &n->key.addr, &seen);
	n->good = seen.state & NUD_HAS_MAC && seen.has_mac;
	if (n->good) {
		memcpy(n->mac, seen.mac, sizeof(n->mac));
		n->failed = false;
		wait_stop(h, n);
		if (seen.state & NUD_STALE)
			neigh_ask(h, n, now);
		n->asked_ms = 0;
		return;
	}
	/* A failure from before we asked says nothing about now. A fixed entry without MAC will not get one. */
	if ((seen.state & NUD_FAILED && n->asked_ms) || seen.state & NUD_FIXED)
		n->failed = true;
	if (!(seen.state & (NUD_INCOMPLETE | NUD_FIXED)) && (!n->failed || now - n->asked_ms >= RETRY_MS))
		neigh_ask(h, n, now);
	else if (!n->asked_ms)
		n->asked_ms = now;
	wait_again(h, n, now);
}

static void nexthop_tell(struct nexthops *h, struct nexthop *nh)
{
	const struct neigh *n = nh->neigh;
	const struct rtnl_link *link = links_find(h->links, n->key.oif);
	struct bb_nexthop now = { .state = BB_NH_NONE };

	now.port = h->ops.fabric_port(n->key.oif, h->ops.arg);
	if (link) {
		now.mtu = nh->mtu && nh->mtu < link->mtu ? nh->mtu : link->mtu;
		memcpy(now.smac, link->mac, sizeof(now.smac));
	}
	if (link && link->running && now.port && n->good) {
		now.state = BB_NH_RESOLVED;
		memcpy(now.dmac, n->mac, sizeof(now.dmac));
	} else if (link && link->running && now.port && !n->failed) {
		now.state = BB_NH_PENDING;
	}
	if (nh->told && !memcmp(&now, &nh->shown, sizeof(now)))
		return;
	nh->told = true;
	nh->shown = now;
	h->ops.nexthop(nh->index, &now, h->ops.arg);
}

static void neigh_tell(struct nexthops *h, struct neigh *n)
{
	for (struct nexthop *nh = n->hops; nh; nh = nh->next)
		nexthop_tell(h, nh);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct nexthops *h = arg;
	uint64_t now = now_ms();

	(void)fd;
	(void)what;
	/* Looking moves a neighbour to the end of the list, or out of it. */
	for (int i = 0; i < TICK_BATCH && h->waiting && now - h->waiting->looked_ms >= RETRY_MS; i++) {
		struct neigh *n = h->waiting;

		neigh_look(h, n, now);
		neigh_tell(h, n);
	}
}

static struct neigh *neigh_find(struct nexthops *h, uint32_t oif, const struct bb_addr *addr)
{
	struct neigh_key key = { .oif = oif, .addr = *addr };
	struct neigh *n;

	HASH_FIND(hh, h->table, &key, sizeof(key), n);
	return n;
}

static struct neigh *neigh_new(struct nexthops *h, uint32_t oif, const struct bb_addr *addr)
{
	struct neigh *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->key.oif = oif;
	n->key.addr = *addr;
	HASH_ADD(hh, h->table, key, sizeof(n->key), n);
	if (!n->hh.tbl) {
		free(n);
		return NULL;
	}
	neigh_look(h, n, now_ms());
	return n;
}

static void neigh_free(struct nexthops *h, struct neigh *n)
{
	wait_stop(h, n);
	HASH_DEL(h->table, n);
	free(n);
}

/* Round-robin, so that an index lies idle for as long as possible before it means something else. */
static uint32_t free_index(struct nexthops *h)
{
	for (uint32_t i = 1; i < BB_MAX_NEXTHOPS; i++) {
		uint32_t index = 1 + (h->last_index + i - 1) % (BB_MAX_NEXTHOPS - 1);

		if (!h->taken[index])
			return index;
	}
	return 0;
}

static struct nexthop *nexthop_new(struct nexthops *h, struct neigh *n, uint32_t mtu)
{
	uint32_t index = free_index(h);
	struct nexthop *nh;

	if (!index) {
		log_neigh(BB_LOG_WARN, "next hop table full", n, ENOSPC);
		return NULL;
	}
	nh = calloc(1, sizeof(*nh));
	if (!nh)
		return NULL;
	nh->index = index;
	nh->mtu = mtu;
	nh->neigh = n;
	h->taken[index] = true;
	h->last_index = index;
	LL_PREPEND(n->hops, nh);
	return nh;
}

struct nexthop *nexthop_get(struct nexthops *h, const struct rtnl_route *route)
{
	struct neigh *n = neigh_find(h, route->oif, &route->via);
	struct nexthop *nh;

	if (!n)
		n = neigh_new(h, route->oif, &route->via);
	if (!n)
		return NULL;
	LL_SEARCH_SCALAR(n->hops, nh, mtu, route->mtu);
	if (!nh)
		nh = nexthop_new(h, n, route->mtu);
	if (!nh) {
		if (!n->hops)
			neigh_free(h, n);
		return NULL;
	}
	nh->refs++;
	nexthop_tell(h, nh);
	return nh;
}

void nexthop_put(struct nexthops *h, struct nexthop *nh)
{
	const struct bb_nexthop none = { .state = BB_NH_NONE };
	struct neigh *n = nh->neigh;

	if (--nh->refs)
		return;
	/* Whoever holds packets for it must let them go. A good one may serve what is under way. */
	if (nh->shown.state == BB_NH_PENDING)
		h->ops.nexthop(nh->index, &none, h->ops.arg);
	h->taken[nh->index] = false;
	LL_DELETE(n->hops, nh);
	free(nh);
	if (!n->hops)
		neigh_free(h, n);
}

uint32_t nexthop_index(const struct nexthop *nh)
{
	return nh->index;
}

void nexthops_number_from(struct nexthops *h, uint32_t index)
{
	h->last_index = index ? (index - 1) % (BB_MAX_NEXTHOPS - 1) : 0;
}

void nexthops_neigh_event(struct nexthops *h, const struct rtnl_neigh *neigh, bool exists)
{
	struct neigh *n = neigh_find(h, neigh->oif, &neigh->addr);
	uint64_t now;

	if (!n)
		return;
	now = now_ms();
	/* Someone else's packet may make the kernel try again before we look. An early failure is an old one. */
	if (exists && neigh->state & NUD_FAILED && n->asked_ms && now - n->asked_ms >= RETRY_MS)
		n->failed = true;
	neigh_look(h, n, now);
	neigh_tell(h, n);
}

void nexthops_link_event(struct nexthops *h, uint32_t ifindex)
{
	uint64_t now = now_ms();
	struct neigh *n, *next;

	HASH_ITER(hh, h->table, n, next) {
		if (n->key.oif != ifindex)
			continue;
		neigh_look(h, n, now);
		neigh_tell(h, n);
	}
}

void nexthops_resync(struct nexthops *h)
{
	uint64_t now = now_ms();
	struct neigh *n, *next;

	HASH_ITER(hh, h->table, n, next) {
		neigh_look(h, n, now);
		neigh_tell(h, n);
	}
}

int nexthops_open(struct nexthops **out, struct event_base *base, struct rtnl *rtnl, const struct links *links,
		  const struct underlay_ops *ops)
{
	struct nexthops *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->ops = *ops;
	h->rtnl = rtnl;
	h->links = links;
	h->tick = event_new(base, -1, EV_PERSIST, on_tick, h);
	if (!h->tick) {
		free(h);
		return -ENOMEM;
	}
	*out = h;
	return 0;
}

void nexthops_close(struct nexthops **h)
{
	struct neigh *n, *next;
	struct nexthop *nh, *after;

	if (!*h)
		return;
	HASH_ITER(hh, (*h)->table, n, next) {
		LL_FOREACH_SAFE(n->hops, nh, after)
			free(nh);
		neigh_free(*h, n);
	}
	event_free((*h)->tick);
	free(*h);
	*h = NULL;
}
