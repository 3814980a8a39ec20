/* SPDX-License-Identifier: GPL-2.0-only */
/* The underlay: PA number -> next hop, from the tables that the daemon keeps from the kernel's. */
#ifndef BB_BPF_NEIGH_H
#define BB_BPF_NEIGH_H

#include "packet.h"

static __always_inline struct bb_remote *remote_get(__u32 index)
{
	return bpf_map_lookup_elem(&remotes, &index);
}

static __always_inline struct bb_nexthop *nexthop_get(__u32 index)
{
	return bpf_map_lookup_elem(&nexthops, &index);
}

#endif
