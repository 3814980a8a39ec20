// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses by age which cache entries leave, and how much larger than the cache its map must be. */
#include "core/eviction.h"

/* What the kernel's LRU may hold back in each CPU's free list (LOCAL_FREE_TARGET of bpf_lru_list.c). */
#define LRU_LOCAL 128
/* A small LRU map begins to evict a few per cent before it is full: it gets more than its tenth. */
#define SLACK_MIN 4096
#define ENTRIES_ROUND 1024

uint32_t eviction_age(uint32_t now, uint32_t seen)
{
	return seen < now ? now - seen : 0;
}

bool eviction_is_idle(uint32_t now, uint32_t seen, uint32_t idle)
{
	return idle && eviction_age(now, seen) > idle;
}

void eviction_ages_add(struct eviction_ages *ages, uint32_t now, uint32_t seen)
{
	uint32_t age = eviction_age(now, seen);

	ages->bin[age < EVICTION_AGES ? age : EVICTION_AGES - 1]++;
	ages->total++;
}

uint32_t eviction_threshold(const struct eviction_ages *ages, uint32_t want, uint32_t *partial)
{
	uint32_t age = EVICTION_AGES;

	*partial = 0;
	if (!want)
		return UINT32_MAX;
	while (age > 0) {
		age--;
		*partial = ages->bin[age] < want ? ages->bin[age] : want;
		want -= *partial;
		if (!want)
			break;
	}
	return age;
}

uint32_t eviction_batch(uint32_t size)
{
	return size < 16 ? 1 : size / 16;
}

uint32_t eviction_map_entries(uint32_t size, unsigned int cpus)
{
	uint64_t slack = size / 10 > SLACK_MIN ? size / 10 : SLACK_MIN;
	uint64_t entries = size + slack + (uint64_t)LRU_LOCAL * cpus;

	entries = (entries + ENTRIES_ROUND - 1) / ENTRIES_ROUND * ENTRIES_ROUND;
	return entries < UINT32_MAX ? entries : UINT32_MAX / ENTRIES_ROUND * ENTRIES_ROUND;
}
