// SPDX-License-Identifier: GPL-2.0-only
/* The gateway's XDP programs: one for access ports, one for fabric ports, one for the injection port. */
#include "access.h"
#include "fabric.h"
#include "verdict.h"

/* Finds the port; until one is known, counters go to block 0. */
static __always_inline struct bb_port_conf *walk_start(struct walk *w, struct xdp_md *ctx)
{
	struct bb_port_conf *port;
	__u32 ifindex = ctx->ingress_ifindex, *id;

	w->ctx = ctx;
	w->len = bpf_xdp_get_buff_len(ctx);
	id = bpf_map_lookup_elem(&ifindex_port, &ifindex);
	if (!id || !*id) /* no port, or no longer one */
		return NULL;
	w->port = *id;
	port = bpf_map_lookup_elem(&ports, id);
	if (port)
		w->block = port->block;
	return port;
}

SEC("xdp.frags")
int bb_access(struct xdp_md *ctx)
{
	struct walk w = {};

	if (!walk_start(&w, ctx))
		return verdict(&w, BB_R_NO_ATTACHMENT);
	return verdict(&w, access_walk(&w));
}

SEC("xdp.frags")
int bb_fabric(struct xdp_md *ctx)
{
	struct bb_port_conf *port;
	struct walk w = {};

	port = walk_start(&w, ctx);
	if (!port)
		return verdict(&w, BB_R_TO_KERNEL);
	return verdict(&w, fabric_walk(&w, port->fabric));
}

/* The daemon sees by this what still waits in the pair's ring, which drops in silence when it is full. */
static __always_inline void count_injected(void)
{
	struct bb_state *s;
	__u32 zero = 0;

	s = bpf_map_lookup_elem(&state, &zero);
	if (s)
		__sync_fetch_and_add(&s->injected, 1);
}

/*
 * A punted frame on its next run: the daemon put a header in front that says where it came in. Nothing
 * else has business on this port, which only the daemon can write to.
 */
SEC("xdp.frags")
int bb_inject(struct xdp_md *ctx)
{
	const struct bb_inject *head;
	struct bb_port_conf *port;
	struct walk w = {.ctx = ctx};
	void *data, *end;
	__u32 id;

	frame_reload(&w, &data, &end);
	head = data;
	if ((void *)(head + 1) > end || head->ethertype != bpf_htons(BB_INJECT_ETHERTYPE) ||
	    head->magic != BB_INJECT_MAGIC)
		return XDP_DROP;
	count_injected();
	id = head->port;
	w.port = id;
	w.runs = head->runs;
	port = bpf_map_lookup_elem(&ports, &id);
	if (!port || port->role != BB_ROLE_ACCESS || bpf_xdp_adjust_head(ctx, sizeof(*head)))
		return XDP_DROP;
	w.block = port->block;
	w.len = bpf_xdp_get_buff_len(ctx);
	return verdict(&w, access_walk(&w));
}

char _license[] SEC("license") = "GPL";
