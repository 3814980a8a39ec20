/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP for a gateway address, answered in place (RFC 826; probes of RFC 5227 get their answer too). */
#ifndef BB_BPF_ARP_H
#define BB_BPF_ARP_H

#include "vrf.h"

#define ARP_ETHER 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

/* ARP for IPv4 over Ethernet; the addresses as halves, since they lie at odd places. */
struct arp4 {
	__be16 hrd;
	__be16 pro;
	__u8 hln;
	__u8 pln;
	__be16 op;
	__u8 sha[6];
	__be16 spa[2];
	__u8 tha[6];
	__be16 tpa[2];
};

static __always_inline bool is_gateway4(__u32 attach, const __be16 *addr)
{
	struct bb_gateway_key key = { .attach = attach };

	__builtin_memcpy(key.addr, addr, 4);
	return bpf_map_lookup_elem(&gateways, &key);
}

static __always_inline void arp_make_reply(struct ethhdr *eth, struct arp4 *arp, const __u8 *mac)
{
	__be16 spa[2] = { arp->spa[0], arp->spa[1] };

	mac_copy(eth->h_dest, eth->h_source);
	mac_copy(eth->h_source, mac);
	arp->op = bpf_htons(ARP_REPLY);
	mac_copy(arp->tha, arp->sha);
	mac_copy(arp->sha, mac);
	arp->spa[0] = arp->tpa[0];
	arp->spa[1] = arp->tpa[1];
	arp->tpa[0] = spa[0];
	arp->tpa[1] = spa[1];
}

/* The tag, if there is one, stays where it is: the answer leaves by the port it came in. */
static __always_inline enum bb_reason arp_answer(struct walk *w, const struct bb_vrf_conf *vrf)
{
	void *data, *end;
	struct ethhdr *eth;
	struct arp4 *arp;

	frame_reload(w, &data, &end);
	eth = data;
	arp = data + w->l3;
	if (w->l3 > ETH_HLEN + VLAN_BYTES || (void *)(eth + 1) > end || (void *)(arp + 1) > end)
		return BB_R_MALFORMED;
	if (arp->hrd != bpf_htons(ARP_ETHER) || arp->pro != bpf_htons(ETH_P_IP) || arp->hln != ETH_ALEN ||
	    arp->pln != 4 || mac_is_group(eth->h_source) || mac_is_group(arp->sha))
		return BB_R_MALFORMED;
	if (!mac_is_group(eth->h_dest) && !mac_equal(eth->h_dest, vrf->mac))
		return BB_R_NOT_FOR_GATEWAY;
	if (arp->op != bpf_htons(ARP_REQUEST) || !is_gateway4(w->attach, arp->tpa))
		return mac_is_group(eth->h_dest) ? BB_R_BROADCAST : BB_R_NOT_FOR_GATEWAY;
	arp_make_reply(eth, arp, vrf->mac);
	w->out = w->port;
	return BB_R_ARP_REPLY;
}

#endif
