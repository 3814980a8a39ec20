/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one list of what can happen to a frame: verdict, counter index, word on the command line, metric label. */
#ifndef BLUEBIRD_REASONS_H
#define BLUEBIRD_REASONS_H

/* Outcomes; a frame has exactly one. */
enum bb_outcome {
	BB_FORWARDED,
	BB_PASSED,
	BB_PUNTED,
	BB_DROPPED,
	BB_OUTCOMES,
};

/*
 * X(NAME, word, outcome). Append only: the position is the index of a pinned counter.
 * `reinjected` is the word of the rows that count a punted frame's further runs, which stay outside
 * the sum; no frame has it as its own reason.
 */
#define BB_REASON_LIST(X)                                                                          \
	X(ENCAP, encap, FORWARDED)                                                                 \
	X(DECAP, decap, FORWARDED)                                                                 \
	X(LOCAL, local, FORWARDED)                                                                 \
	X(HAIRPIN, hairpin, FORWARDED)                                                             \
	X(ARP_REPLY, arp_reply, FORWARDED)                                                         \
	X(ND_REPLY, nd_reply, FORWARDED)                                                           \
	X(ICMP_REPLY, icmp_reply, FORWARDED)                                                       \
	X(TO_KERNEL, to_kernel, PASSED)                                                            \
	X(MISS, miss, PUNTED)                                                                      \
	X(REINJECTED, reinjected, FORWARDED)                                                       \
	X(NO_ATTACHMENT, no_attachment, DROPPED)                                                   \
	X(BAD_SOURCE, bad_source, DROPPED)                                                         \
	X(NOT_FOR_GATEWAY, not_for_gateway, DROPPED)                                               \
	X(TTL, ttl, DROPPED)                                                                       \
	X(TOO_BIG, too_big, DROPPED)                                                               \
	X(NO_ROUTE, no_route, DROPPED)                                                             \
	X(NEGATIVE, negative, DROPPED)                                                             \
	X(UNKNOWN_VNI, unknown_vni, DROPPED)                                                       \
	X(BAD_PA, bad_pa, DROPPED)                                                                 \
	X(BAD_VXLAN_FLAGS, bad_vxlan_flags, DROPPED)                                               \
	X(INNER_VLAN, inner_vlan, DROPPED)                                                         \
	X(INNER_NON_IP, inner_non_ip, DROPPED)                                                     \
	X(ECN, ecn, DROPPED)                                                                       \
	X(NO_ENDPOINT, no_endpoint, DROPPED)                                                       \
	X(FRAGMENT, fragment, DROPPED)                                                             \
	X(MALFORMED, malformed, DROPPED)                                                           \
	X(BROADCAST, broadcast, DROPPED)                                                           \
	X(OVER_BUDGET, over_budget, DROPPED)                                                       \
	X(RING_FULL, ring_full, DROPPED)                                                           \
	X(NO_NEIGHBOUR, no_neighbour, DROPPED)                                                     \
	X(REDIRECT_FAILED, redirect_failed, DROPPED)                                               \
	X(MISS_LOOP, miss_loop, DROPPED)

#define BB_REASON_ENUM(NAME, word, outcome) BB_R_##NAME,
enum bb_reason {
	BB_REASON_LIST(BB_REASON_ENUM)
	BB_REASONS, /* also: "carry on", no verdict yet */
};
#undef BB_REASON_ENUM

#define BB_CONTINUE BB_REASONS

/* Room in the pinned counters: more reasons than today's fit without a new ABI. */
#define BB_REASON_MAX 48
_Static_assert(BB_REASONS < BB_REASON_MAX, "the counter block is full: raise BB_REASON_MAX and BB_ABI_VERSION");

#endif
