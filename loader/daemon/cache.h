/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache of resolved answers: publish, invalidate, evict, tell. Whatever levels it has hide behind this. */
#ifndef BLUEBIRD_CACHE_H
#define BLUEBIRD_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/resolver.h"
#include "daemon/dataplane.h"
#include "daemon/tables.h"

struct cache;

struct cache_status {
	uint32_t size, used, negative;
	uint64_t promoted, evicted_idle, evicted_lru, deleted, flushed;
};

/* One entry as `cache show` tells it. */
struct cache_entry {
	uint16_t vrf;
	struct bb_addr ca;
	uint32_t remote;
	uint32_t vni;
	struct bb_mac mac;
	uint32_t idle; /* seconds since the last packet */
};

int cache_open(struct cache **out, struct dataplane *dp, struct tables *tables, const struct bb_cache_opts *opts,
	       struct bb_error *err);
void cache_close(struct cache **c);

/*
 * The version of the store's content that the cache stands for. A resolver reads it BEFORE its store transaction
 * begins and hands it to cache_publish, which refuses (-EAGAIN) if a change came in between: a change never loses
 * to an older answer. Any thread.
 */
uint64_t cache_version(const struct cache *c);
/* ANSWER_REMOTE goes into the cache (room is made first if it is full), ANSWER_NONE into the negatives. */
int cache_publish(struct cache *c, uint16_t vrf, const struct bb_addr *ca, const struct answer *answer, uint64_t version);

/* Will the next answer push others out? Then frames that were promised theirs must have run before. Any thread. */
bool cache_is_full(const struct cache *c);

/*
 * A change: between cache_change_begin and cache_change_end nothing is published, and what was resolved before is
 * refused afterwards. Inside, cache_drop removes one key, positive or negative; cache_void all of a VRF, in O(1).
 */
void cache_change_begin(struct cache *c);
void cache_drop(struct cache *c, uint16_t vrf, const struct bb_addr *ca);
void cache_void(struct cache *c, uint16_t vrf);
void cache_change_end(struct cache *c);

/* Writes the clock that entries are marked with; several times a second. */
void cache_tick(struct cache *c);
/* Evicts what has been idle for too long, and what is void. Call it once in a while (seconds). */
void cache_sweep(struct cache *c);
/* Seconds between two sweeps that honour the idle time well. */
uint32_t cache_sweep_interval(const struct cache *c);
int cache_set(struct cache *c, const struct bb_cache_opts *opts, struct bb_error *err);
void cache_get_status(struct cache *c, struct cache_status *out);
/* Valid entries, in no order; vrf 0: of all. Stops at non-zero. */
int cache_each(struct cache *c, uint16_t vrf, int (*each)(const struct cache_entry *e, void *arg), void *arg);

#endif
