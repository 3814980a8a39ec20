/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network of two namespaces for one test, and what the underlay told about it. */
#ifndef BLUEBIRD_TESTS_NET_WORLD_H
#define BLUEBIRD_TESTS_NET_WORLD_H

/*
 *   near (this process)               far
 *   f0 192.0.2.1/24     ------------  p0 192.0.2.2/24      fabric port 1
 *   f1 198.51.100.1/24  ------------  p1 198.51.100.2/24   fabric port 2
 *   x0 203.0.113.1/24   ------------  px 203.0.113.2/24    no port
 */
#include <check.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/underlay.h"

struct world {
	int far_ns, near_ns;
	struct event_base *base;
	struct event *beat; /* makes each turn of the loop end */
	struct underlay *u;
	bool x0_is_port;
	/* Told so far. */
	struct bb_nexthop nh[BB_MAX_NEXTHOPS];
	bool nh_told[BB_MAX_NEXTHOPS];
	uint32_t index[BB_MAX_REMOTES]; /* of each remote */
	uint32_t remotes_told, nexthops_told;
	uint32_t pending_told; /* next hops told as PENDING */
	uint16_t port[BB_MAX_IFINDEX];
	uint32_t link_exists, link_gone; /* calls about f0 */
	uint32_t f0_mtu;
};

extern struct world w;

void world_setup(void);
void world_teardown(void);
/* Also within a test, for another underlay in the same network. */
void underlay_start(void);

/* Run a command here or at the far end; it must succeed. */
void near(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void far(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Does the command succeed? */
bool near_ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct bb_addr addr(const char *text);
/* The MAC of a device of the near or far end. */
struct bb_mac mac_of(const char *dev);
struct bb_mac far_mac_of(const char *dev);
uint64_t now_ms(void);
void turn(void);

/* What remote `r` leads to now. */
static inline const struct bb_nexthop *hop(uint32_t r)
{
	return &w.nh[w.index[r]];
}

static inline bool resolved(uint32_t r)
{
	return w.index[r] && hop(r)->state == BB_NH_RESOLVED;
}

/* Runs the event loop until the condition holds; fails after `ms`. */
#define WAIT(cond, ms)                                                                             \
	do {                                                                                       \
		uint64_t end_ = now_ms() + (ms);                                                   \
		while (!(cond)) {                                                                  \
			ck_assert_msg(now_ms() < end_, "not within %d ms: %s", (int)(ms), #cond);  \
			turn();                                                                    \
		}                                                                                  \
	} while (0)

Suite *underlay_suite(void);
Suite *nic_suite(void);

#endif
