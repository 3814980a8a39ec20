/* SPDX-License-Identifier: GPL-2.0-only */
/* Local servers: the source check, and delivery out of the attachment's port with its tag restored. */
#ifndef BB_BPF_ENDPOINT_H
#define BB_BPF_ENDPOINT_H

#include "csum.h"
#include "vrf.h"

static __always_inline struct bb_endpoint4 *endpoint_find(__u32 vrf, __be32 ca)
{
	struct bb_key4 key = { .vrf = vrf, .addr = ca };

	return bpf_map_lookup_elem(&endpoints4, &key);
}

/* MAC and CA must be those of an endpoint on this attachment. */
static __always_inline enum bb_reason endpoint_check_source(const struct walk *w, const struct ethhdr *eth,
							    const struct iphdr *ip)
{
	const struct bb_endpoint4 *ep;

	if (!cfg_source_check)
		return BB_CONTINUE;
	ep = endpoint_find(w->vrf, ip->saddr);
	if (!ep || ep->attach != w->attach || !mac_equal(ep->mac, eth->h_source))
		return BB_R_BAD_SOURCE;
	return BB_CONTINUE;
}

/* Writes the server's Ethernet header, which ends at l3. */
static __always_inline bool endpoint_header(void *data, void *end, const struct bb_endpoint4 *ep,
					    const struct bb_vrf_conf *vrf, __u32 vid)
{
	struct ethhdr *eth = data;
	struct vlan_tag *tag = (void *)(eth + 1);

	if ((void *)(tag + 1) > end)
		return false;
	mac_copy(eth->h_dest, ep->mac);
	mac_copy(eth->h_source, vrf->mac);
	if (!vid) {
		eth->h_proto = bpf_htons(ETH_P_IP);
		return true;
	}
	eth->h_proto = bpf_htons(ETH_P_8021Q);
	tag->tci = bpf_htons(vid);
	tag->proto = bpf_htons(ETH_P_IP);
	return true;
}

/*
 * Sends the packet at l3 to a server of this VRF: routes it, cuts what is before and behind it, and puts
 * the attachment's header in front. `reason` is what a success is called.
 */
static __always_inline enum bb_reason endpoint_deliver(struct walk *w, const struct bb_endpoint4 *ep,
						       const struct bb_vrf_conf *vrf, struct iphdr *ip,
						       enum bb_reason reason)
{
	const struct bb_attachment *a;
	const struct bb_port_conf *port;
	__u32 key = ep->attach, room;
	void *data, *end;

	a = bpf_map_lookup_elem(&attachments, &key);
	if (!a || a->vrf != w->vrf)
		return BB_R_NO_ENDPOINT;
	w->out = a->port;
	key = w->out;
	port = bpf_map_lookup_elem(&ports, &key);
	if (!port)
		return BB_R_NO_ENDPOINT;
	if (w->tot_len > port->mtu)
		return BB_R_TOO_BIG;
	ipv4_route(w, ip);
	if (w->excess && bpf_xdp_adjust_tail(w->ctx, -(int)w->excess))
		return BB_R_MALFORMED;
	room = a->vid ? ETH_HLEN + VLAN_BYTES : ETH_HLEN;
	if (w->l3 != room && bpf_xdp_adjust_head(w->ctx, (int)w->l3 - (int)room))
		return BB_R_MALFORMED;
	frame_reload(w, &data, &end);
	return endpoint_header(data, end, ep, vrf, a->vid) ? reason : BB_R_MALFORMED;
}

#endif
