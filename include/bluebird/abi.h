/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between the XDP programs and the daemon: keys, values, events, limits, version. */
#ifndef BLUEBIRD_ABI_H
#define BLUEBIRD_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif
#include "reasons.h"

/* Raised when anything below changes meaning: pinned maps of another version are not adopted. */
#define BB_ABI_VERSION 1

/* Sizes of the tables. Index 0 of ports, attachments, VRFs, remotes and next hops means "none". */
#define BB_MAX_IFINDEX 65536
#define BB_MAX_PORTS 256
#define BB_MAX_FABRIC_PORTS 16
#define BB_MAX_VRFS 4096
#define BB_MAX_ATTACHMENTS 16384
#define BB_MAX_GATEWAYS 65536
#define BB_MAX_ENDPOINTS 65536
#define BB_MAX_PEERS 262144
#define BB_MAX_REMOTES 65536
#define BB_MAX_NEXTHOPS 65536
#define BB_MAX_NEGATIVES 16384
#define BB_MAX_BLOCKS 8192
#define BB_MAX_MAPPINGS 8388608
#define BB_VLANS 4096
#define BB_VNI_PAGE 4096
#define BB_VNI_MAX 0xffffff

#define BB_CACHE_SIZE_DEFAULT 196608
#define BB_CACHE_SIZE_MIN 64
#define BB_CACHE_SIZE_MAX 8388608
#define BB_CACHE_IDLE_DEFAULT 300
#define BB_NEGATIVE_SECONDS 2

#define BB_RING_BYTES (8 << 20) /* of each CPU's miss ring */
#define BB_FRAME_MAX 9216	/* largest frame that a miss carries */
#define BB_MAX_RUNS 3		/* of one frame through the program */

/* Bytes that a VXLAN push adds before the inner Ethernet header, and with it. */
#define BB_ENCAP4_BYTES 50
#define BB_ENCAP4_HEADERS 64

/* CA or PA of IPv4 within a VRF. */
struct bb_key4 {
	__u32 vrf;
	__be32 addr;
};
_Static_assert(sizeof(struct bb_key4) == 8, "an 8-byte key keeps the look-up short");

/* A resolved answer for one CA. Written by the daemon; the program only writes `seen`. */
struct bb_cache4 {
	__u32 remote; /* index into remotes */
	__u32 gen;    /* the VRF's generation when the answer was published */
	__be32 vni;   /* as on the wire: VNI in the upper 24 bits */
	__u32 seen;   /* state.now of the last packet, seconds */
	__u8 mac[6];  /* inner destination */
	__u16 pad;
};
_Static_assert(sizeof(struct bb_cache4) == 24, "value of cache4");

/* "No such CA", for a short while. */
struct bb_negative {
	__u32 gen;
	__u32 until; /* state.now from which on it is void, seconds */
};

/* One underlay destination (PA), shared by all mappings that name it. */
struct bb_remote {
	__be32 pa;
	__u32 nexthop; /* index into nexthops */
	__u32 csum;    /* unfolded sum of the PA's two halves, for the outer header */
	__u32 pad;
};
_Static_assert(sizeof(struct bb_remote) == 16, "value of remotes");

enum bb_nexthop_state {
	BB_NH_NONE = 0,	    /* no route, no such neighbour: drop */
	BB_NH_RESOLVED = 1, /* MACs are good: send */
	BB_NH_PENDING = 2,  /* being resolved: the daemon holds what comes */
};

struct bb_nexthop {
	__u8 dmac[6];
	__u8 smac[6];
	__u16 port; /* key of tx_ports */
	__u16 state;
	__u32 mtu; /* of the path, IP bytes */
	__u32 pad[3];
};
_Static_assert(sizeof(struct bb_nexthop) == 32, "value of nexthops");

/* A local server. One cache line with the hash element's header. */
struct bb_endpoint4 {
	__u16 attach;
	__u8 mac[6];
};
_Static_assert(sizeof(struct bb_endpoint4) == 8, "value of endpoints4");

#define BB_ROLE_ACCESS 1
#define BB_ROLE_FABRIC 2

struct bb_port_conf {
	__u8 role;
	__u8 fabric; /* ordinal of a fabric port: index into bb_vrf_conf.blocks */
	__u16 block; /* counters without a VRF */
	__u32 mtu;
	__u32 ifindex;
	__u16 retired; /* counters of attachments and VRFs that are gone; no program writes there */
	__u16 pad;
};
_Static_assert(sizeof(struct bb_port_conf) == 16, "value of ports");

struct bb_attachment {
	__u16 port;
	__u16 vrf;
	__u16 vid;   /* 0: untagged */
	__u16 block; /* counters of (port, VRF) */
};
_Static_assert(sizeof(struct bb_attachment) == 8, "value of attachments");

#define BB_VRF_USED 1
#define BB_VRF_PA_CHECK 2
#define BB_VRF_DSCP_COPY 4

struct bb_vrf_conf {
	__u32 gen; /* answers of another generation are void */
	__u32 vni;
	__u8 mac[6]; /* the gateway's */
	__u8 flags;
	__u8 tos; /* outer DSCP << 2 */
	__u16 blocks[BB_MAX_FABRIC_PORTS];
	__u32 pad[4];
};
_Static_assert(sizeof(struct bb_vrf_conf) == 64, "value of vrfs: one cache line");

struct bb_vtep_conf {
	__be32 local;
	__be16 dst_port;
	__u8 ttl;
	__u8 used;
	__u32 csum; /* unfolded sum of the outer header's constant words */
	__u32 pad;
};
_Static_assert(sizeof(struct bb_vtep_conf) == 16, "value of vtep");

/* (attachment, gateway address) that ARP and ND answer for. */
struct bb_gateway_key {
	__u32 attach;
	__u32 pad;
	__u8 addr[16]; /* IPv4 in the first four bytes */
};
_Static_assert(sizeof(struct bb_gateway_key) == 24, "key of gateways");

/* What a restart needs to know about the pinned maps, and the clock that `seen` is taken from. */
struct bb_state {
	__u32 abi;
	__u32 now;	   /* CLOCK_MONOTONIC seconds, written by the daemon */
	__u64 store_txn;   /* last store transaction whose effects are in the maps */
	__u8 store_id[16]; /* which store that was */
	__u32 pad0;
	__u32 polling;	   /* the miss thread polls: producers need not wake it */
	__u64 pad[3];
	__u64 injected; /* frames that the injection port's program has seen; a cache line of its own */
	__u64 pad2[7];
};
_Static_assert(sizeof(struct bb_state) == 128, "value of state");
_Static_assert(__builtin_offsetof(struct bb_state, injected) == 64, "written often: not beside what the hot path reads");

struct bb_counter {
	__u64 packets;
	__u64 bytes;
};

/* Counters of one (port, VRF or none). The second half counts further runs of punted frames. */
struct bb_block {
	struct bb_counter c[2 * BB_REASON_MAX];
};

/* A u16 table per port (VLAN id -> attachment) and per 4096 VNIs (VNI -> VRF). */
struct bb_page {
	__u16 slot[BB_VLANS];
};
_Static_assert(BB_VLANS == BB_VNI_PAGE, "one page type serves both");

/* What misses may use of a ring, per CPU and attachment. */
struct bb_budget {
	__u64 ns; /* of the last refill */
	__u64 bytes;
};
/* In bytes of ring: one attachment cannot fill it, and two cannot ask for more than the miss thread serves. */
#define BB_BUDGET_BURST (BB_RING_BYTES / 8)
#define BB_BUDGET_PER_SECOND (8 << 20)

/* A punted frame, as it lies in a miss ring; `frame` follows. */
struct bb_event {
	__u64 ns; /* CLOCK_MONOTONIC */
	__u32 len;
	__u16 port;
	__u16 attach;
	__u32 vrf;
	__be32 addr; /* the CA that was looked up */
	__u32 nexthop; /* not 0: the answer is known, this next hop is pending */
	__u8 runs;   /* runs so far, this one included */
	__u8 pad[3];
};
_Static_assert(sizeof(struct bb_event) == 32, "header of an event");

/* Stands before a frame that is sent into the injection port. */
#define BB_INJECT_ETHERTYPE 0x88b5 /* IEEE 802 local experimental */
#define BB_INJECT_MAGIC 0x62626a31
struct bb_inject {
	__u8 dst[6];
	__u8 src[6];
	__be16 ethertype;
	__u16 port;
	__u32 magic;
	__u8 runs; /* runs so far */
	__u8 pad[3];
};
_Static_assert(sizeof(struct bb_inject) == 24, "header of an injected frame");

#endif
