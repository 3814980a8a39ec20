// SPDX-License-Identifier: GPL-2.0-only
/* The two ends of the wire: a generator of frames, and a sink that counts and drops them. */
#include "traffic.bpf.h"

/* What the sink saw; one core. */
__u32 sink_len; /* frames of any other length are not ours */
__u64 sink_packets;

/* Run by BPF_PROG_RUN with live frames: what it makes leaves by the port that it seems to have come from. */
SEC("xdp.frags")
int generator(struct xdp_md *ctx)
{
	return traffic_next(ctx) ? XDP_TX : XDP_DROP;
}

SEC("xdp.frags")
int sink(struct xdp_md *ctx)
{
	__u64 len = (__u64)(long)ctx->data_end - (__u64)(long)ctx->data;

	asm volatile("" : "+r"(len)); /* a 64-bit difference: the verifier's rule */
	if (len == sink_len)
		sink_packets++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
