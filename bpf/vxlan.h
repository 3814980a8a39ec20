/* SPDX-License-Identifier: GPL-2.0-only */
/* VXLAN (RFC 7348): the push with all outer headers, and the checks before a pop. */
#ifndef BB_BPF_VXLAN_H
#define BB_BPF_VXLAN_H

#include "csum.h"
#include "neigh.h"
#include "vrf.h"

#define VXLAN_VNI_VALID 0x08000000u /* the I flag; all other flags and reserved bits are 0 */
#define VXLAN_PORT_MIN 49152
#define VXLAN_PORT_BITS 14

struct vxlanhdr {
	__be32 flags;
	__be32 vni; /* in the upper 24 bits */
};

#define OUTER4_BYTES (ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct vxlanhdr))
_Static_assert(OUTER4_BYTES == BB_ENCAP4_BYTES, "VXLAN over IPv4 adds 50 bytes");

static __always_inline __u8 outer_tos(const struct walk *w, const struct bb_vrf_conf *vrf, const struct iphdr *ip)
{
	if (!cfg_qos)
		return 0;
	/* RFC 6040 4.1, normal mode: the inner ECN field is copied, CE too. RFC 2983: pipe or uniform. */
	return (vrf->flags & BB_VRF_DSCP_COPY ? ip->tos & DSCP_MASK : vrf->tos) | w->ecn;
}

static __always_inline void outer_ipv4(struct iphdr *ip, const struct bb_vtep_conf *v, const struct bb_remote *r,
				       __u8 tos, __be16 tot_len)
{
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = tos;
	ip->tot_len = tot_len;
	ip->id = 0; /* RFC 6864: atomic, DF is set */
	ip->frag_off = bpf_htons(IP_DF);
	ip->ttl = v->ttl;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = v->local;
	ip->daddr = r->pa;
	ip->check = csum_fold(v->csum + r->csum + bpf_htons(tos) + tot_len);
}

/* What the push needs, gathered while pointers into the packet are still good. */
struct push {
	const struct bb_vtep_conf *vtep;
	const struct bb_remote *remote;
	const struct bb_nexthop *nh;
	const struct bb_vrf_conf *vrf;
	const struct bb_cache4 *answer;
	__be16 sport;
	__u8 tos;
};

static __always_inline bool push_headers(void *data, void *end, const struct push *p, __u32 inner_len)
{
	__u32 udp_len = sizeof(struct udphdr) + sizeof(struct vxlanhdr) + ETH_HLEN + inner_len;
	struct ethhdr *eth = data, *inner;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct vxlanhdr *vx = (void *)(udp + 1);

	inner = (void *)(vx + 1);
	if ((void *)(inner + 1) > end)
		return false;
	mac_copy(eth->h_dest, p->nh->dmac);
	mac_copy(eth->h_source, p->nh->smac);
	eth->h_proto = bpf_htons(ETH_P_IP);
	outer_ipv4(ip, p->vtep, p->remote, p->tos, bpf_htons(sizeof(*ip) + udp_len));
	udp->source = p->sport;
	udp->dest = p->vtep->dst_port;
	udp->len = bpf_htons(udp_len);
	udp->check = 0;
	vx->flags = bpf_htonl(VXLAN_VNI_VALID);
	vx->vni = p->answer->vni;
	mac_copy(inner->h_dest, p->answer->mac);
	mac_copy(inner->h_source, p->vrf->mac);
	inner->h_proto = bpf_htons(ETH_P_IP);
	return true;
}

/* Routes the inner packet, cuts its old Ethernet header and tag and any padding, and puts the tunnel in front. */
static __always_inline enum bb_reason vxlan_push(struct walk *w, struct push *p, struct iphdr *ip, enum bb_reason reason)
{
	void *data, *end;

	p->tos = outer_tos(w, p->vrf, ip);
	p->sport = bpf_htons(VXLAN_PORT_MIN + (flow_hash(w, ip) >> (64 - VXLAN_PORT_BITS)));
	ipv4_route(w, ip);
	if (w->excess && bpf_xdp_adjust_tail(w->ctx, -(int)w->excess))
		return BB_R_MALFORMED;
	if (bpf_xdp_adjust_head(w->ctx, (int)w->l3 - BB_ENCAP4_HEADERS))
		return BB_R_MALFORMED;
	frame_reload(w, &data, &end);
	if (!push_headers(data, end, p, w->tot_len))
		return BB_R_MALFORMED;
	w->out = p->nh->port;
	return reason;
}

/* RFC 6040 4.2: the inner ECN field after decapsulation, or a drop (Not-ECT that met congestion). */
static __always_inline enum bb_reason ecn_combine(struct walk *w, __u8 outer)
{
	if (!cfg_qos || outer == 0)
		return BB_CONTINUE;
	if (w->ecn == 0)
		return outer == ECN_CE ? BB_R_ECN : BB_CONTINUE;
	if (outer == ECN_CE || (outer == 1 && w->ecn == 2))
		w->ecn = outer;
	return BB_CONTINUE;
}

#endif
