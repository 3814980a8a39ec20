// SPDX-License-Identifier: GPL-2.0-only
/* An XDP program that is not bluebird's, to occupy a port. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int foreign_filter(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
