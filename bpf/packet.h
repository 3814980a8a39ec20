/* SPDX-License-Identifier: GPL-2.0-only */
/* One frame's walk: what is known of it so far, the parsing of its headers, and the only way back to its bytes. */
#ifndef BB_BPF_PACKET_H
#define BB_BPF_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <stdbool.h>
#include <stddef.h>

#include "maps.h"

#ifndef ETH_P_8021AD
#define ETH_P_8021AD 0x88a8
#endif

#define VLAN_BYTES 4
#define VLAN_VID_MASK 0x0fff
#define IP_FRAGMENT 0x3fff /* MF and offset */
#define IP_OFFSET 0x1fff
#define IP_DF 0x4000
#define ECN_MASK 3
#define ECN_CE 3
#define DSCP_MASK 0xfc

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

/*
 * All that the stages of one run tell each other. Offsets instead of pointers: pointers into the packet
 * die with every head or tail adjustment, and frame_reload is the one way to get them back.
 */
struct walk {
	struct xdp_md *ctx;
	__u64 len;	 /* as received, all buffers of it */
	__u32 port;	 /* where it came in */
	__u32 block;	 /* of counters */
	__u32 runs;	 /* earlier runs of this very frame */
	__u32 out;	 /* port it leaves by */
	__u32 l3;	 /* offset of the (inner) IP header */
	__u32 vid;
	__u32 attach;
	__u32 vrf;
	__u32 excess;	 /* bytes behind the IP packet: padding */
	__u16 tot_len;	 /* of the IP packet, host order */
	__be16 ethertype;
	__u8 ecn;	 /* the inner ECN field as it shall be when the packet leaves */
};

static __always_inline void frame_reload(const struct walk *w, void **data, void **end)
{
	*data = (void *)(long)w->ctx->data;
	*end = (void *)(long)w->ctx->data_end;
}

static __always_inline bool mac_is_group(const __u8 *mac)
{
	return mac[0] & 1;
}

static __always_inline bool mac_equal(const void *a, const void *b)
{
	const __u16 *x = a, *y = b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

static __always_inline void mac_copy(void *to, const void *from)
{
	__u16 *x = to;
	const __u16 *y = from;

	x[0] = y[0];
	x[1] = y[1];
	x[2] = y[2];
}

static __always_inline bool is_vlan(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

/*
 * Ethernet and at most one tag. Fills l3, vid, ethertype. A second tag stays in `ethertype`, and no
 * attachment matches it. A priority tag (VLAN 0) counts as untagged.
 */
static __always_inline enum bb_reason parse_eth(struct walk *w)
{
	const struct vlan_tag *tag;
	const struct ethhdr *eth;
	void *data, *end;

	frame_reload(w, &data, &end);
	eth = data;
	if ((void *)(eth + 1) > end)
		return BB_R_MALFORMED;
	w->ethertype = eth->h_proto;
	w->l3 = ETH_HLEN;
	w->vid = 0;
	if (!is_vlan(w->ethertype))
		return BB_CONTINUE;
	tag = (void *)(eth + 1);
	if ((void *)(tag + 1) > end)
		return BB_R_MALFORMED;
	w->ethertype = tag->proto;
	w->l3 = ETH_HLEN + VLAN_BYTES;
	w->vid = bpf_ntohs(tag->tci) & VLAN_VID_MASK;
	return BB_CONTINUE;
}

/*
 * The IPv4 header at offset `l3`, a constant in every caller's branch. Returns it, or null: malformed.
 * Fills tot_len, excess and ecn. The packet may reach into further buffers, its header may not.
 */
static __always_inline struct iphdr *parse_ipv4(struct walk *w, __u32 l3)
{
	struct iphdr *ip;
	void *data, *end;
	__u64 avail;

	frame_reload(w, &data, &end);
	ip = data + l3;
	if ((void *)(ip + 1) > end)
		return NULL;
	w->l3 = l3;
	w->tot_len = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || ip->ihl < 5 || w->tot_len < ip->ihl * 4)
		return NULL;
	avail = w->len - l3;
	if (w->tot_len > avail)
		return NULL;
	w->excess = avail - w->tot_len;
	w->ecn = ip->tos & ECN_MASK;
	return ip;
}

/*
 * Hash of the inner 5-tuple, of the addresses alone for fragments and where the ports are out of reach.
 * All 64 bits are mixed; take the upper ones.
 */
static __always_inline __u64 flow_hash(const struct walk *w, const struct iphdr *ip)
{
	__u64 addrs = (__u64)ip->saddr << 32 | ip->daddr;
	__u64 rest = ip->protocol;
	void *data, *end;
	const __u32 *l4;

	frame_reload(w, &data, &end);
	l4 = (const void *)(ip + 1);
	if (!(ip->frag_off & bpf_htons(IP_FRAGMENT)) && ip->ihl == 5 && (void *)(l4 + 1) <= end &&
	    (rest == IPPROTO_TCP || rest == IPPROTO_UDP || rest == IPPROTO_SCTP))
		rest |= (__u64)*l4 << 8;
	addrs = (addrs ^ rest * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	addrs ^= addrs >> 32;
	return addrs * 0xc4ceb9fe1a85ec53ULL;
}

#endif
