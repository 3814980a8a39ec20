/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bench's address plan: every number is known here only, and given to tables, traffic and shell from here. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stdint.h>

#define PLAN_VRF "bench"
#define PLAN_VNI 20500
#define PLAN_VXLAN_PORT 4789
#define PLAN_TTL 64

/* IPv4 in host order. Servers (local), VMs (remote), VM hosts (PAs), the gateway's two sides. */
#define PLAN_SERVERS 0x0a010400u     /* 10.1.4.0 + i */
#define PLAN_GATEWAY_CA 0x0a010001u  /* 10.1.0.1/16 */
#define PLAN_VMS 0x0a400100u	     /* 10.64.1.0 + i, in 10.64.0.0/14 */
#define PLAN_HOSTS 0xac140100u	     /* 172.20.1.0 + i / PLAN_VMS_PER_HOST, in 172.20.0.0/16 */
#define PLAN_VTEP 0xac100001u	     /* 172.16.0.1/24 */
#define PLAN_NEXTHOP 0xac100002u     /* 172.16.0.2 */
#define PLAN_VMS_PER_HOST 64

#define PLAN_FEW 1024	    /* servers, and VMs of the small case */
#define PLAN_MANY 131072    /* VMs of the large case, program alone */
#define PLAN_CACHED 196608  /* VMs of the large case, end to end: the cache's default size */

/* Locally administered MACs whose last three bytes are the index. */
#define PLAN_MAC_SERVER 0x5e
#define PLAN_MAC_VM 0xca
#define PLAN_MAC_UNDERLAY 0xfa /* 0: the gateway's, 1: the next hop's */

struct plan_mac {
	uint8_t b[6];
};

struct plan_mac plan_mac(uint8_t kind, uint32_t index);
struct plan_mac plan_gateway_mac(void);

static inline uint32_t plan_server(uint32_t i)
{
	return PLAN_SERVERS + i;
}

static inline uint32_t plan_vm(uint32_t i)
{
	return PLAN_VMS + i;
}

static inline uint32_t plan_host_of(uint32_t vm)
{
	return PLAN_HOSTS + vm / PLAN_VMS_PER_HOST;
}

#endif
