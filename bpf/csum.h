/* SPDX-License-Identifier: GPL-2.0-only */
/* Internet checksums: folding (RFC 1071) and incremental update (RFC 1624). Sums are of network-order words. */
#ifndef BB_BPF_CSUM_H
#define BB_BPF_CSUM_H

#include "packet.h"

static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* RFC 1624 eqn. 3: HC' = ~(~HC + ~m + m'), for one 16-bit word. */
static __always_inline void csum_replace(__u16 *csum, __u16 from, __u16 to)
{
	*csum = csum_fold((__u16)~*csum + (__u16)~from + to);
}

/*
 * What routing does to the inner header: TTL minus one, and the ECN field that the walk has decided on.
 * Only called when the packet surely leaves: a punted frame must come back unchanged.
 */
static __always_inline void ipv4_route(const struct walk *w, struct iphdr *ip)
{
	__u16 *first = (__u16 *)ip, *ttl = (__u16 *)&ip->ttl;
	__u16 was = *ttl;

	ip->ttl--;
	csum_replace(&ip->check, was, *ttl);
	if (cfg_qos && (ip->tos & ECN_MASK) != w->ecn) {
		was = *first;
		ip->tos = (ip->tos & DSCP_MASK) | w->ecn;
		csum_replace(&ip->check, was, *first);
	}
}

#endif
