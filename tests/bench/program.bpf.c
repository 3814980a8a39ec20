// SPDX-License-Identifier: GPL-2.0-only
/* The wrapper around a program under test: undoes what it did to the frame, makes the next one, tail-calls it. */
#include "traffic.bpf.h"

/* Slot 0: the program under test; slot 1: the empty one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

/*
 * Both targets pay for the same wrapper: after the empty one the head is adjusted by 0 bytes. The barrier
 * keeps the length a 64-bit difference: the verifier refuses 32-bit arithmetic on packet pointers.
 */
static __always_inline bool wrap(struct xdp_md *ctx)
{
	__u64 len = (__u64)(long)ctx->data_end - (__u64)(long)ctx->data;

	asm volatile("" : "+r"(len));
	return !bpf_xdp_adjust_head(ctx, (int)len - (int)traffic.len) && traffic_next(ctx);
}

SEC("xdp.frags")
int wrap_target(struct xdp_md *ctx)
{
	if (wrap(ctx))
		bpf_tail_call(ctx, &targets, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int wrap_empty(struct xdp_md *ctx)
{
	if (wrap(ctx))
		bpf_tail_call(ctx, &targets, 1);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
