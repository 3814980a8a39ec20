/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tenant a frame belongs to: by port and VLAN on the access side, by VNI on the fabric side. */
#ifndef BB_BPF_VRF_H
#define BB_BPF_VRF_H

#include "packet.h"

/* Fills attach, vrf and block. No attachment for the port and VLAN: the frame has no tenant. */
static __always_inline enum bb_reason vrf_by_attachment(struct walk *w)
{
	const struct bb_attachment *a;
	const struct bb_page *page;
	__u32 port = w->port, attach;

	if (is_vlan(w->ethertype)) /* a second tag */
		return BB_R_NO_ATTACHMENT;
	page = bpf_map_lookup_elem(&port_vids, &port);
	if (!page)
		return BB_R_NO_ATTACHMENT;
	attach = page->slot[w->vid & VLAN_VID_MASK];
	if (!attach)
		return BB_R_NO_ATTACHMENT;
	a = bpf_map_lookup_elem(&attachments, &attach);
	if (!a || !a->vrf)
		return BB_R_NO_ATTACHMENT;
	w->attach = attach;
	w->vrf = a->vrf;
	w->block = a->block;
	return BB_CONTINUE;
}

static __always_inline struct bb_vrf_conf *vrf_conf(const struct walk *w)
{
	__u32 id = w->vrf;

	return bpf_map_lookup_elem(&vrfs, &id);
}

/* Fills vrf and block; `fabric` is the ordinal of the port. */
static __always_inline struct bb_vrf_conf *vrf_by_vni(struct walk *w, __u32 vni, __u32 fabric)
{
	struct bb_vrf_conf *vrf;
	struct bb_page *page;
	__u32 key = vni / BB_VNI_PAGE;

	page = bpf_map_lookup_elem(&vni_vrf, &key);
	if (!page)
		return NULL;
	w->vrf = page->slot[vni % BB_VNI_PAGE];
	if (!w->vrf)
		return NULL;
	vrf = vrf_conf(w);
	if (!vrf || !(vrf->flags & BB_VRF_USED))
		return NULL;
	w->block = vrf->blocks[fabric % BB_MAX_FABRIC_PORTS];
	return vrf;
}

#endif
