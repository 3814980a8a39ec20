/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cache entries leave: pure choice from ages, driven by the cache's walks. */
#ifndef BLUEBIRD_EVICTION_H
#define BLUEBIRD_EVICTION_H

#include <stdbool.h>
#include <stdint.h>

#define EVICTION_AGES 4096 /* ages of this many seconds and more fall into the last bin */

/* How many entries there are of each age in seconds: filled by one walk, consulted by the next. */
struct eviction_ages {
	uint32_t bin[EVICTION_AGES];
	uint32_t total;
};

/* Seconds since `seen`; an entry marked "in the future" (clock read earlier than the mark) has age 0. */
uint32_t eviction_age(uint32_t now, uint32_t seen);
/* Has the entry been idle for longer than `idle` seconds? idle 0 means: never evict by idleness. */
bool eviction_is_idle(uint32_t now, uint32_t seen, uint32_t idle);

void eviction_ages_add(struct eviction_ages *ages, uint32_t now, uint32_t seen);
/*
 * The age from which on entries must leave so that at least `want` of them do, oldest first. Returns the
 * age; *partial is how many of exactly that age suffice (all older ones leave). want 0: UINT32_MAX.
 */
uint32_t eviction_threshold(const struct eviction_ages *ages, uint32_t want, uint32_t *partial);

/* Entries to make room for when the cache is at `size`: one sixteenth, at least one. */
uint32_t eviction_batch(uint32_t size);
/* Capacity of the kernel's LRU map for a configured size: the LRU must never have to choose for us. */
uint32_t eviction_map_entries(uint32_t size, unsigned int cpus);

#endif
