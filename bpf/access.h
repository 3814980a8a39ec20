/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk of a frame that a server sent: attachment, ARP, source check, gateway MAC, TTL, destination. */
#ifndef BB_BPF_ACCESS_H
#define BB_BPF_ACCESS_H

#include "arp.h"
#include "endpoint.h"
#include "mapping.h"
#include "miss.h"
#include "vxlan.h"

/* A cached answer is only as good as the way to its PA. */
static __always_inline enum bb_reason access_encap(struct walk *w, const struct bb_vrf_conf *vrf,
						   const struct bb_cache4 *answer, const struct bb_key4 *key,
						   struct iphdr *ip)
{
	struct push p = { .vrf = vrf, .answer = answer };
	__u32 zero = 0;

	p.remote = remote_get(answer->remote);
	p.vtep = bpf_map_lookup_elem(&vtep, &zero);
	if (!p.remote || !p.vtep || !p.vtep->used)
		return BB_R_NO_ROUTE;
	p.nh = nexthop_get(p.remote->nexthop);
	if (!p.nh)
		return BB_R_NO_NEIGHBOUR;
	if (p.nh->state == BB_NH_PENDING)
		return miss_punt(w, key, p.remote->nexthop);
	if (p.nh->state != BB_NH_RESOLVED)
		return BB_R_NO_NEIGHBOUR;
	if (w->tot_len + BB_ENCAP4_BYTES > p.nh->mtu)
		return BB_R_TOO_BIG;
	return vxlan_push(w, &p, ip, BB_R_ENCAP);
}

/*
 * The cache comes before the endpoints: the resolver never publishes an answer for a CA that is an
 * endpoint, and adding an endpoint deletes the answer, so the order does not show and the hit is shorter.
 */
static __always_inline enum bb_reason access_forward(struct walk *w, const struct bb_vrf_conf *vrf, struct iphdr *ip)
{
	struct bb_key4 key = { .vrf = w->vrf, .addr = ip->daddr };
	const struct bb_endpoint4 *ep;
	const struct bb_cache4 *answer;

	answer = mapping_find(vrf, &key);
	if (answer)
		return access_encap(w, vrf, answer, &key, ip);
	ep = endpoint_find(key.vrf, key.addr);
	if (ep)
		return endpoint_deliver(w, ep, vrf, ip, BB_R_LOCAL);
	if (mapping_is_negative(vrf, &key))
		return BB_R_NEGATIVE;
	return miss_punt(w, &key, 0);
}

static __always_inline enum bb_reason access_ipv4(struct walk *w, const struct bb_vrf_conf *vrf)
{
	enum bb_reason reason;
	struct ethhdr *eth;
	struct iphdr *ip;
	void *data, *end;

	/* Two branches, so that the offset is a constant in each. */
	if (w->l3 == ETH_HLEN)
		ip = parse_ipv4(w, ETH_HLEN);
	else
		ip = parse_ipv4(w, ETH_HLEN + VLAN_BYTES);
	if (!ip)
		return BB_R_MALFORMED;
	frame_reload(w, &data, &end);
	eth = data;
	if ((void *)(eth + 1) > end)
		return BB_R_MALFORMED;
	reason = endpoint_check_source(w, eth, ip);
	if (reason != BB_CONTINUE)
		return reason;
	if (!mac_equal(eth->h_dest, vrf->mac))
		return mac_is_group(eth->h_dest) ? BB_R_BROADCAST : BB_R_NOT_FOR_GATEWAY;
	if (ip->ttl <= 1)
		return BB_R_TTL;
	return access_forward(w, vrf, ip);
}

/* Neither IPv4 nor ARP: a server has nothing else to say to a gateway. */
static __always_inline enum bb_reason access_other(const struct walk *w)
{
	const struct ethhdr *eth;
	void *data, *end;

	if (w->ethertype == bpf_htons(ETH_P_IPV6)) /* no IPv6 endpoint can exist yet */
		return BB_R_BAD_SOURCE;
	frame_reload(w, &data, &end);
	eth = data;
	if ((void *)(eth + 1) > end)
		return BB_R_MALFORMED;
	return mac_is_group(eth->h_dest) ? BB_R_BROADCAST : BB_R_NOT_FOR_GATEWAY;
}

static __always_inline enum bb_reason access_walk(struct walk *w)
{
	const struct bb_vrf_conf *vrf;
	enum bb_reason reason;

	reason = parse_eth(w);
	if (reason != BB_CONTINUE)
		return reason;
	reason = vrf_by_attachment(w);
	if (reason != BB_CONTINUE)
		return reason;
	vrf = vrf_conf(w);
	if (!vrf)
		return BB_R_NO_ATTACHMENT;
	if (w->ethertype == bpf_htons(ETH_P_IP))
		return access_ipv4(w, vrf);
	if (w->ethertype == bpf_htons(ETH_P_ARP))
		return arp_answer(w, vrf);
	return access_other(w);
}

#endif
