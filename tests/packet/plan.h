/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address plan of the packet tests: every address shows its tenant (= VRF id) and its host. */
#ifndef BLUEBIRD_TESTS_PACKET_PLAN_H
#define BLUEBIRD_TESTS_PACKET_PLAN_H

/*
 *  attachment  port  VLAN  tenant | server                       | behind the fabric
 *  AT_1U       ACC0     0       1 | CA(1, AT_1U), CA(1, 11)      | VM(T, H) at PA(..), see below
 *  AT_1V       ACC0   100       1 | CA(1, AT_1V), SHARED_CA      |
 *  AT_1W       ACC0   101       1 | CA(1, AT_1W)                 | hop 1: FAB0, MTU 1550
 *  AT_1X       ACC1   100       1 | CA(1, AT_1X)                 | hop 2: FAB1, MTU 9100
 *  AT_2V       ACC0   200       2 | CA(2, AT_2V), SHARED_CA      |
 *  AT_2U       ACC1     0       2 | CA(2, AT_2U)                 |
 *  AT_3V       ACC1   300       3 | CA(3, AT_3V)                 |
 *  AT_1G       GHOST    0       1 | CA(1, AT_1G)                 | (a port without a device)
 *
 * A server's host number is its attachment's. Tenant 1: pa-check, DSCP 0. Tenant 2: no pa-check, DSCP 46.
 * Tenant 3: pa-check, DSCP copied.
 */
enum dev { DEV_ACC0, DEV_ACC1, DEV_FAB0, DEV_FAB1, DEV_OTHER, DEVS };
enum port_id { PORT_NONE, PORT_ACC0, PORT_ACC1, PORT_FAB0, PORT_FAB1, PORT_GHOST, PORTS };
enum attach_id { AT_1U = 1, AT_1V, AT_1W, AT_1X, AT_2V, AT_2U, AT_3V, AT_1G, ATTACHES };
enum hop_id { HOP_FAB0 = 1, HOP_FAB1, HOP_NONE, HOP_PENDING, HOP_GHOST, HOPS };

#define TENANTS 3
#define MTU_ACC0 9000
#define MTU_ACC1 1400
#define MTU_HOP1 1550
#define MTU_HOP2 9100

/* IPv4 addresses in host order. */
#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define CA(tenant, host) IPV4(10, tenant, 0, host)
#define VM(tenant, host) IPV4(10, tenant, 1, host)
#define GATEWAY(tenant) IPV4(10, tenant, 0, 254)
#define SHARED_CA IPV4(10, 9, 0, 9)
#define SHARED_VM IPV4(10, 9, 1, 9)
#define PA(n) IPV4(192, 0, 2, n)
#define VTEP IPV4(192, 0, 2, 254)

#define VNI(tenant) (0x0a0000 | (tenant) << 8 | (tenant))
#define OWN_VNI 0x123456 /* of the mapping of VM(1, 3) */

#define SERVER_MAC(tenant, host) (0x025e00000000ULL | (tenant) << 8 | (host))
#define VM_MAC(tenant, host) (0x027600000000ULL | (tenant) << 8 | (host))
#define GATEWAY_MAC(tenant) (0x02bb00000000ULL | VNI(tenant))
#define HOP_MAC(n) (0x02f000000000ULL | (n)) /* the underlay's router */
#define FAB_MAC(n) (0x02fa00000000ULL | (n)) /* our fabric port */
#define OTHER_MAC 0x020e00000001ULL
#define BROADCAST_MAC 0xffffffffffffULL
#define MULTICAST_MAC 0x01005e000001ULL

/* Machines of tenant 1 behind the fabric; 1 and 2 exist for every tenant. */
enum vm_id {
	VM_FAB0 = 1,	/* PA(1), hop 1 */
	VM_FAB1 = 2,	/* PA(2), hop 2 */
	VM_OWN_VNI = 3, /* PA(1), hop 1 */
	VM_NO_HOP = 4,	/* PA(3): no such neighbour */
	VM_PENDING = 5, /* PA(4): being resolved */
	VM_GHOST = 6,	/* PA(5): its next hop's port has no device */
	VM_STALE = 7,	/* an answer of an older generation */
	VM_NO_ROUTE = 8, /* PA(6): no next hop at all */
	VM_NO_REMOTE = 9, /* an answer that names no PA of the table */
	VM_NEGATIVE = 20,
	VM_NEGATIVE_EXPIRED = 21,
	VM_NEGATIVE_STALE = 22,
	VM_UNKNOWN = 30,
};

#endif
