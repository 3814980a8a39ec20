/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the next frame in place: picks a destination and writes all headers, for wrappers and generators. */
#ifndef BENCH_TRAFFIC_BPF_H
#define BENCH_TRAFFIC_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "traffic.h"

#define VLAN_BYTES 4
#define OUTER_BYTES 50 /* Ethernet, IPv4, UDP, VXLAN */

/* A constant of the loaded program: what does not apply is removed by the verifier. */
const volatile struct traffic traffic;

/* State of the order; one loaded object serves one core. */
__u32 cursor;
__u64 seed = 1;

static __always_inline __u32 traffic_pick(void)
{
	__u32 i;

	if (traffic.random) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		return (seed >> 32) * traffic.count >> 32;
	}
	i = cursor;
	cursor = i + 1 < traffic.count ? i + 1 : 0;
	return i;
}

static __always_inline __u16 traffic_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u32 traffic_sum4(__be32 addr)
{
	return (addr & 0xffff) + (addr >> 16);
}

static __always_inline bool traffic_head(void *data, void *end, const __u32 words)
{
	__u64 *to = data;
	__u32 k;

	if (data + words * sizeof(*to) > end)
		return false;
#pragma clang loop unroll(full)
	for (k = 0; k < words; k++)
		to[k] = traffic.head[k];
	return true;
}

static __always_inline void traffic_dst(void *data, const __u32 l3, __u32 i)
{
	struct iphdr *ip = data + l3;
	__be32 dst = bpf_htonl(traffic.dst + i);

	ip->daddr = dst;
	ip->check = traffic_fold(traffic.sum + traffic_sum4(dst));
}

static __always_inline bool traffic_server(void *data, void *end, __u32 i)
{
	if (!traffic_head(data, end, TRAFFIC_SERVER_WORDS))
		return false;
	if (traffic.kind == TRAFFIC_SERVER_VLAN)
		traffic_dst(data, ETH_HLEN + VLAN_BYTES, i);
	else
		traffic_dst(data, ETH_HLEN, i);
	return true;
}

static __always_inline bool traffic_fabric(void *data, void *end, __u32 i)
{
	struct iphdr *outer = data + ETH_HLEN;
	__be32 src = bpf_htonl(traffic.src + (i & (traffic.srcs - 1)));

	if (!traffic_head(data, end, TRAFFIC_WORDS))
		return false;
	outer->saddr = src;
	outer->check = traffic_fold(traffic.outer + traffic_sum4(src));
	traffic_dst(data, OUTER_BYTES + ETH_HLEN, i);
	return true;
}

/* The frame in ctx becomes the next one; its length must be right already. */
static __always_inline bool traffic_next(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 i = traffic_pick();

	if (traffic.kind == TRAFFIC_FABRIC)
		return traffic_fabric(data, end, i);
	return traffic_server(data, end, i);
}

#endif
