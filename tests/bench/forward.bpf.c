// SPDX-License-Identifier: GPL-2.0-only
/* The least that forwards: new MACs and a redirect to the other port. What every gateway is measured against. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

const volatile __u8 dmac[ETH_ALEN];
const volatile __u8 smac[ETH_ALEN];

static __always_inline int forward(struct xdp_md *ctx, __u32 port)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u16 *to = data;

	if (data + sizeof(struct ethhdr) > end)
		return XDP_DROP;
	to[0] = *(const volatile __u16 *)&dmac[0];
	to[1] = *(const volatile __u16 *)&dmac[2];
	to[2] = *(const volatile __u16 *)&dmac[4];
	to[3] = *(const volatile __u16 *)&smac[0];
	to[4] = *(const volatile __u16 *)&smac[2];
	to[5] = *(const volatile __u16 *)&smac[4];
	return bpf_redirect_map(&ports, port, XDP_DROP);
}

SEC("xdp.frags")
int to_fabric(struct xdp_md *ctx)
{
	return forward(ctx, 1);
}

SEC("xdp.frags")
int to_access(struct xdp_md *ctx)
{
	return forward(ctx, 0);
}

char _license[] SEC("license") = "GPL";
