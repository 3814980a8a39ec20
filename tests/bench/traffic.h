/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user space tells the traffic programs: a frame's template, where it varies, and in which order. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <linux/types.h>

enum traffic_kind {
	TRAFFIC_SERVER,	     /* Ethernet, IPv4, UDP: the destination varies */
	TRAFFIC_SERVER_VLAN, /* the same with a VLAN tag */
	TRAFFIC_FABRIC,	     /* VXLAN: inner destination and outer source vary */
};

/* Headers are rewritten on every frame, by whole words. */
#define TRAFFIC_WORDS 12
#define TRAFFIC_SERVER_WORDS 6

struct traffic {
	__u64 head[TRAFFIC_WORDS];
	__u32 kind;   /* enum traffic_kind */
	__u32 len;    /* of the frame */
	__u32 count;  /* destinations */
	__u32 random; /* else one after the other */
	__u32 dst;    /* of destination 0, host order */
	__u32 src;    /* outer source 0, host order */
	__u32 srcs;   /* outer sources, a power of two */
	__u32 sum;    /* of the (inner) IPv4 header without destination and checksum, network-order words */
	__u32 outer;  /* of the outer one without source and checksum */
};

#endif
