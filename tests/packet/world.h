/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data plane under test, its maps filled as the plan says through the daemon's own modules. */
#ifndef BLUEBIRD_TESTS_PACKET_WORLD_H
#define BLUEBIRD_TESTS_PACKET_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/cache.h"
#include "daemon/dataplane.h"
#include "daemon/tables.h"
#include "plan.h"

#define WORLD_CACHE_SIZE 8192 /* entries of the map; the cache has half of it */

struct world {
	struct dataplane *dp;
	struct tables *tables;
	struct cache *cache;
	struct bb_vtep vtep;
};

extern struct world world;

/* Bits of switches_off, in the order of DP_SWITCHES. */
enum world_switch {
#define WORLD_SWITCH(name) SWITCH_##name,
	DP_SWITCHES(WORLD_SWITCH)
#undef WORLD_SWITCH
	SWITCHES,
};

/* Fail the test if they cannot. */
void world_open(uint32_t switches_off);
void world_open_pinned(const char *dir);
void world_close(void);
/* Fixtures: everything on. The shared one is opened once and outlives its test case: rows leave it as it was. */
void world_setup(void);
void world_setup_shared(void);

/* The default configuration with another tunnel port; 0 takes the VTEP away. */
void world_set_vtep(uint16_t dst_port, uint8_t ttl);
/* Only this port leads out; PORT_NONE: all that have a device. */
void world_ways_out(enum port_id only);

/* Gives every attachment its whole budget for misses again. */
void world_refill_budgets(void);

struct bb_addr addr4(uint32_t host_order);
struct bb_mac mac48(uint64_t number);
/* Publishes a mapping's answer, as the miss thread does. */
int world_publish(uint16_t vrf, uint32_t ca, uint32_t remote, uint32_t vni, uint64_t mac);
int world_publish_none(uint16_t vrf, uint32_t ca);

#endif
