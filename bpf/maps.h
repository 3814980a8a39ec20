/* SPDX-License-Identifier: GPL-2.0-only */
/* Every map of the data plane: who writes it, who reads it. Names have at most 15 characters. */
#ifndef BB_BPF_MAPS_H
#define BB_BPF_MAPS_H

#include "config.h"

/* Clock and identity of the pinned state. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct bb_state);
} state SEC(".maps");

/* Our end of the tunnels. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bb_vtep_conf);
} vtep SEC(".maps");

/* Interface index -> port id. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_IFINDEX);
	__type(key, __u32);
	__type(value, __u32);
} ifindex_port SEC(".maps");

/* By port id. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_PORTS);
	__type(key, __u32);
	__type(value, struct bb_port_conf);
} ports SEC(".maps");

/* By port id: VLAN id -> attachment id. Daemon writes one slot with one store, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_PORTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct bb_page);
} port_vids SEC(".maps");

/* By attachment id. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_ATTACHMENTS);
	__type(key, __u32);
	__type(value, struct bb_attachment);
} attachments SEC(".maps");

/* By VRF id. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_VRFS);
	__type(key, __u32);
	__type(value, struct bb_vrf_conf);
} vrfs SEC(".maps");

/* By VNI / 4096: VNI % 4096 -> VRF id. Daemon writes one slot with one store, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, (BB_VNI_MAX + 1) / BB_VNI_PAGE);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct bb_page);
} vni_vrf SEC(".maps");

/* Gateway addresses that ARP and ND answer for. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BB_MAX_GATEWAYS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bb_gateway_key);
	__type(value, __u8);
} gateways SEC(".maps");

/* Local servers, all of them. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BB_MAX_ENDPOINTS);
	__type(key, struct bb_key4);
	__type(value, struct bb_endpoint4);
} endpoints4 SEC(".maps");

/* (VRF, PA) pairs that may send to us. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BB_MAX_PEERS);
	__type(key, struct bb_key4);
	__type(value, __u8);
} peers4 SEC(".maps");

/* The cache of CA-PA answers; the daemon sets its size. Daemon writes and deletes, programs read and mark. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BB_CACHE_SIZE_DEFAULT);
	__type(key, struct bb_key4);
	__type(value, struct bb_cache4);
} cache4 SEC(".maps");

/* CAs that have no answer. Daemon writes and deletes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BB_MAX_NEGATIVES);
	__type(key, struct bb_key4);
	__type(value, struct bb_negative);
} negatives4 SEC(".maps");

/* PAs by number. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_REMOTES);
	__type(key, __u32);
	__type(value, struct bb_remote);
} remotes SEC(".maps");

/* Next hops by number. Daemon writes, programs read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BB_MAX_NEXTHOPS);
	__type(key, __u32);
	__type(value, struct bb_nexthop);
} nexthops SEC(".maps");

/* Ways out by port id. Daemon writes, redirect reads. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, BB_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} tx_ports SEC(".maps");

/* One block per port, and per (port, VRF). Programs write, daemon reads (and clears a reused block). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BB_MAX_BLOCKS);
	__type(key, __u32);
	__type(value, struct bb_block);
} counters SEC(".maps");

/* Miss budgets by attachment id. Programs only. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BB_MAX_ATTACHMENTS);
	__type(key, __u32);
	__type(value, struct bb_budget);
} budgets SEC(".maps");

struct miss_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, BB_RING_BYTES);
};

/* One miss ring per CPU: two producers on one ring cost six times as much. Programs write, miss thread reads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* the daemon sets the number of CPUs */
	__type(key, __u32);
	__array(values, struct miss_ring);
} rings SEC(".maps");

#endif
