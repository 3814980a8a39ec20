/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk of a frame from the underlay: is it VXLAN to us, may it enter the VRF, which server gets it. */
#ifndef BB_BPF_FABRIC_H
#define BB_BPF_FABRIC_H

#include "endpoint.h"
#include "vxlan.h"

#define FABRIC_INNER (OUTER4_BYTES) /* offset of the inner Ethernet header */
#define FABRIC_L3 (OUTER4_BYTES + ETH_HLEN)

/* What the outer header says, kept while the inner one is looked at. */
struct outer {
	__be32 pa;
	__be32 vni;
	__u32 payload; /* bytes behind the inner Ethernet header, by the UDP length */
	__u8 ecn;
};

/* VXLAN with IP options: the UDP header lies further back. Dropped, so it is only looked for here. */
static __always_inline enum bb_reason fabric_options(const struct iphdr *ip, void *end, __be16 dst_port)
{
	const struct udphdr *udp = (const void *)ip + (ip->ihl & 15) * 4;

	if ((void *)(udp + 1) > end || udp->dest != dst_port)
		return BB_R_TO_KERNEL;
	return BB_R_MALFORMED;
}

/*
 * Decides whether the frame is ours. Whatever is not VXLAN to our VTEP is the kernel's: BGP, ssh, ping,
 * and broken headers too, of which one cannot say what they are. A later fragment has no port.
 */
static __always_inline enum bb_reason fabric_is_vxlan(const struct ethhdr *eth, const struct iphdr *ip, void *end)
{
	const struct udphdr *udp = (const void *)(ip + 1);
	const struct bb_vtep_conf *v;
	__u32 zero = 0;

	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return BB_R_TO_KERNEL;
	v = bpf_map_lookup_elem(&vtep, &zero);
	if (!v || !v->used || ip->version != 4 || ip->ihl < 5 || ip->daddr != v->local ||
	    ip->protocol != IPPROTO_UDP || ip->frag_off & bpf_htons(IP_OFFSET))
		return BB_R_TO_KERNEL;
	if (ip->ihl > 5)
		return fabric_options(ip, end, v->dst_port);
	if ((void *)(udp + 1) > end || udp->dest != v->dst_port)
		return BB_R_TO_KERNEL;
	return ip->frag_off & bpf_htons(IP_FRAGMENT) ? BB_R_FRAGMENT : BB_CONTINUE;
}

/* RFC 7348 s5: only the I flag counts, reserved bits are ignored. The UDP checksum is not verified. */
static __always_inline enum bb_reason fabric_outer(struct walk *w, struct outer *o)
{
	const struct vxlanhdr *vx;
	const struct udphdr *udp;
	const struct ethhdr *eth;
	const struct iphdr *ip;
	enum bb_reason reason;
	__u32 udp_len, tot_len;
	void *data, *end;

	frame_reload(w, &data, &end);
	eth = data;
	ip = (void *)(eth + 1);
	udp = (void *)(ip + 1);
	vx = (void *)(udp + 1);
	if ((void *)udp > end)
		return BB_R_TO_KERNEL;
	reason = fabric_is_vxlan(eth, ip, end);
	if (reason != BB_CONTINUE)
		return reason;
	if ((void *)(vx + 1) > end)
		return BB_R_MALFORMED;
	udp_len = bpf_ntohs(udp->len);
	tot_len = bpf_ntohs(ip->tot_len);
	if (tot_len + ETH_HLEN > w->len || tot_len < sizeof(*ip) + udp_len || udp_len < sizeof(*udp) + sizeof(*vx))
		return BB_R_MALFORMED;
	if (!(vx->flags & bpf_htonl(VXLAN_VNI_VALID)))
		return BB_R_BAD_VXLAN_FLAGS;
	if (udp_len < sizeof(*udp) + sizeof(*vx) + ETH_HLEN)
		return BB_R_MALFORMED;
	o->pa = ip->saddr;
	o->vni = bpf_ntohl(vx->vni) >> 8;
	o->payload = udp_len - sizeof(*udp) - sizeof(*vx) - ETH_HLEN;
	o->ecn = ip->tos & ECN_MASK;
	return BB_CONTINUE;
}

static __always_inline bool fabric_is_peer(const struct walk *w, __be32 pa)
{
	struct bb_key4 key = { .vrf = w->vrf, .addr = pa };

	return bpf_map_lookup_elem(&peers4, &key);
}

static __always_inline enum bb_reason fabric_inner_eth(const struct walk *w, const struct bb_vrf_conf *vrf)
{
	const struct ethhdr *inner;
	void *data, *end;

	frame_reload(w, &data, &end);
	inner = data + FABRIC_INNER;
	if ((void *)(inner + 1) > end)
		return BB_R_MALFORMED;
	if (!mac_equal(inner->h_dest, vrf->mac))
		return BB_R_NOT_FOR_GATEWAY;
	if (is_vlan(inner->h_proto))
		return BB_R_INNER_VLAN;
	if (inner->h_proto == bpf_htons(ETH_P_IPV6)) /* no IPv6 endpoint can exist yet */
		return BB_R_NO_ENDPOINT;
	return inner->h_proto == bpf_htons(ETH_P_IP) ? BB_CONTINUE : BB_R_INNER_NON_IP;
}

static __always_inline enum bb_reason fabric_inner_ipv4(struct walk *w, const struct bb_vrf_conf *vrf,
							const struct outer *o)
{
	const struct bb_endpoint4 *ep;
	enum bb_reason reason;
	struct iphdr *ip;

	ip = parse_ipv4(w, FABRIC_L3);
	if (!ip || w->tot_len > o->payload)
		return BB_R_MALFORMED;
	reason = ecn_combine(w, o->ecn);
	if (reason != BB_CONTINUE)
		return reason;
	if (ip->ttl <= 1)
		return BB_R_TTL;
	ep = endpoint_find(w->vrf, ip->daddr);
	if (!ep)
		return BB_R_NO_ENDPOINT;
	return endpoint_deliver(w, ep, vrf, ip, BB_R_DECAP);
}

static __always_inline enum bb_reason fabric_walk(struct walk *w, __u32 fabric)
{
	struct bb_vrf_conf *vrf;
	enum bb_reason reason;
	struct outer o;

	reason = fabric_outer(w, &o);
	if (reason != BB_CONTINUE)
		return reason;
	vrf = vrf_by_vni(w, o.vni, fabric);
	if (!vrf)
		return BB_R_UNKNOWN_VNI;
	if (cfg_pa_check && (vrf->flags & BB_VRF_PA_CHECK) && !fabric_is_peer(w, o.pa))
		return BB_R_BAD_PA;
	reason = fabric_inner_eth(w, vrf);
	if (reason != BB_CONTINUE)
		return reason;
	return fabric_inner_ipv4(w, vrf, &o);
}

#endif
