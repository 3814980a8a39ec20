/* SPDX-License-Identifier: GPL-2.0-only */
/* The one exit: a reason becomes an XDP action and is counted, once per frame. */
#ifndef BB_BPF_VERDICT_H
#define BB_BPF_VERDICT_H

#include "packet.h"

static __always_inline enum bb_outcome outcome_of(enum bb_reason reason)
{
#define X(NAME, word, outcome)                                                                     \
	case BB_R_##NAME:                                                                          \
		return BB_##outcome;
	switch (reason) {
		BB_REASON_LIST(X)
	default:
		return BB_DROPPED;
	}
#undef X
}

static __always_inline void count(const struct walk *w, enum bb_reason reason)
{
	__u32 key = w->block, i = reason;
	struct bb_block *block;

	block = bpf_map_lookup_elem(&counters, &key);
	if (!block)
		return;
	if (w->runs)
		i += BB_REASON_MAX;
	if (i >= 2 * BB_REASON_MAX)
		return;
	block->c[i].packets++;
	block->c[i].bytes += w->len;
}

static __always_inline int verdict(struct walk *w, enum bb_reason reason)
{
	enum bb_outcome outcome = outcome_of(reason);

	if (outcome == BB_FORWARDED) {
		if (bpf_redirect_map(&tx_ports, w->out, XDP_DROP) == XDP_REDIRECT) {
			count(w, reason);
			return XDP_REDIRECT;
		}
		reason = BB_R_REDIRECT_FAILED;
	}
	count(w, reason);
	return outcome == BB_PASSED ? XDP_PASS : XDP_DROP;
}

#endif
