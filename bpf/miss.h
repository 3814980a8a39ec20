/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame without an answer goes to the daemon whole: budget, capture into this CPU's ring, accounting. */
#ifndef BB_BPF_MISS_H
#define BB_BPF_MISS_H

#include "mapping.h"

static __always_inline __u64 miss_tier(__u64 len)
{
	if (len <= 128)
		return 128;
	if (len <= 512)
		return 512;
	return len <= 1536 ? 1536 : BB_FRAME_MAX;
}

/*
 * A bucket of ring bytes per attachment and CPU, so that one tenant's scan does not fill the ring for the others.
 * A second is 2^30 ns here: near enough, and no division.
 */
static __always_inline bool miss_in_budget(const struct walk *w, __u64 now)
{
	__u64 cost = miss_tier(w->len) + sizeof(struct bb_event), since;
	struct bb_budget *b;
	__u32 key = w->attach;

	b = bpf_map_lookup_elem(&budgets, &key);
	if (!b)
		return false;
	since = now - b->ns;
	b->ns = now;
	if (since >= 1ULL << 30)
		b->bytes = BB_BUDGET_BURST;
	else
		b->bytes += since * BB_BUDGET_PER_SECOND >> 30;
	if (b->bytes > BB_BUDGET_BURST)
		b->bytes = BB_BUDGET_BURST;
	if (b->bytes < cost)
		return false;
	b->bytes -= cost;
	return true;
}

/*
 * Reserves a constant size (the verifier's rule) that fits, and copies the frame, all buffers of it. The
 * length is a 64-bit variable behind a barrier: else the compiler narrows it and the verifier sees a negative.
 */
static __always_inline enum bb_reason miss_capture(const struct walk *w, void *ring, const struct bb_event *head,
						   __u64 tier, __u64 wake)
{
	struct bb_event *e;
	__u64 len = w->len;

	asm volatile("" : "+r"(len));
	if (len < ETH_HLEN || len > tier)
		return BB_R_MALFORMED;
	e = bpf_ringbuf_reserve(ring, sizeof(*e) + tier, 0);
	if (!e)
		return BB_R_RING_FULL;
	*e = *head;
	if (bpf_xdp_load_bytes(w->ctx, 0, e + 1, len)) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return BB_R_MALFORMED;
	}
	bpf_ringbuf_submit(e, wake);
	return BB_R_MISS;
}

static __always_inline enum bb_reason miss_to_ring(struct walk *w, const struct bb_event *head)
{
	__u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	const struct bb_state *s;
	__u64 wake = 0;
	void *ring;

	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring)
		return BB_R_RING_FULL;
	s = bpf_map_lookup_elem(&state, &zero);
	if (s && s->polling)
		wake = BPF_RB_NO_WAKEUP;
	if (w->len <= 128)
		return miss_capture(w, ring, head, 128, wake);
	if (w->len <= 512)
		return miss_capture(w, ring, head, 512, wake);
	if (w->len <= 1536)
		return miss_capture(w, ring, head, 1536, wake);
	if (w->len <= BB_FRAME_MAX)
		return miss_capture(w, ring, head, BB_FRAME_MAX, wake);
	return BB_R_TOO_BIG;
}

/* nexthop: 0, or the pending next hop that the known answer waits for. */
static __always_inline enum bb_reason miss_punt(struct walk *w, const struct bb_key4 *key, __u32 nexthop)
{
	struct bb_event head = {
		.port = w->port,
		.attach = w->attach,
		.vrf = key->vrf,
		.addr = key->addr,
		.nexthop = nexthop,
		.runs = w->runs + 1,
	};

	if (w->runs + 1 >= BB_MAX_RUNS)
		return BB_R_MISS_LOOP;
	head.len = w->len;
	head.ns = bpf_ktime_get_ns();
	if (cfg_budget && !w->runs && !miss_in_budget(w, head.ns))
		return BB_R_OVER_BUDGET;
	return miss_to_ring(w, &head);
}

#endif
