/* SPDX-License-Identifier: GPL-2.0-only */
/* (VRF, CA) -> answer in the cache, and the memory of CAs that have none. */
#ifndef BB_BPF_MAPPING_H
#define BB_BPF_MAPPING_H

#include "packet.h"

static __always_inline __u32 clock_now(void)
{
	const struct bb_state *s;
	__u32 key = 0;

	s = bpf_map_lookup_elem(&state, &key);
	return s ? s->now : 0;
}

/* One exact look-up. An answer of another generation is void. Marks the entry as used. */
static __always_inline struct bb_cache4 *mapping_find(const struct bb_vrf_conf *vrf, const struct bb_key4 *key)
{
	struct bb_cache4 *c;
	__u32 now;

	c = bpf_map_lookup_elem(&cache4, key);
	if (!c || c->gen != vrf->gen)
		return NULL;
	if (cfg_seen) {
		now = clock_now();
		if (c->seen != now) /* at most one store a second: the line stays shared between CPUs */
			c->seen = now;
	}
	return c;
}

static __always_inline bool mapping_is_negative(const struct bb_vrf_conf *vrf, const struct bb_key4 *key)
{
	const struct bb_negative *n;

	n = bpf_map_lookup_elem(&negatives4, key);
	return n && n->gen == vrf->gen && (__s32)(n->until - clock_now()) > 0;
}

#endif
