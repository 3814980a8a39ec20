// SPDX-License-Identifier: GPL-2.0-only
/*
 * 802.1Q for the test topology, where the kernel may lack 8021q: the ifindex of a device is its VLAN id.
 *
 *   on a server's own port:   lan0 (ifindex VID) --tag/untag-- wire
 *   in a switch of VLANs:     port (ifindex VID) --access--> trunk0 (ifindex 5000) --trunk--> port
 *
 * GPL-2.0-only as all BPF sources here.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TRUNK_IFINDEX 5000
#define VID_MASK 0xfff

/* Egress of a server's port: every frame leaves with the tag. */
SEC("tc/tag")
int tag(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), skb->ifindex) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Ingress of a server's port: takes its own VLAN's tag off, and drops what belongs to nobody here. */
SEC("tc/untag")
int untag(struct __sk_buff *skb)
{
	if (!skb->vlan_present || (skb->vlan_tci & VID_MASK) != skb->ifindex)
		return TC_ACT_SHOT;
	return bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Ingress of a switch's port: tagged out of the trunk. */
SEC("tc/access")
int access(struct __sk_buff *skb)
{
	if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), skb->ifindex))
		return TC_ACT_SHOT;
	return bpf_redirect(TRUNK_IFINDEX, 0);
}

/* Ingress of the trunk: untagged out of the port of that VLAN. */
SEC("tc/trunk")
int trunk(struct __sk_buff *skb)
{
	__u32 vid = skb->vlan_tci & VID_MASK;

	if (!skb->vlan_present || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return bpf_redirect(vid, 0);
}

char LICENSE[] SEC("license") = "GPL";
