/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of rows, and the words that their frames are written in. */
#ifndef BLUEBIRD_TESTS_PACKET_ROWS_H
#define BLUEBIRD_TESTS_PACKET_ROWS_H

#include "runner.h"

/* A server of a tenant to its gateway, and back. */
#define FROM_SERVER(t, h) ETH(GATEWAY_MAC(t), SERVER_MAC(t, h))
#define TO_SERVER(t, h) ETH(SERVER_MAC(t, h), GATEWAY_MAC(t))
/* Our outer headers to a PA through a next hop, and a PA's to us; more fields of the outer IPv4 header behind. */
#define TUNNEL(hop, pa, vni, ...)                                                                                     \
	ETH(HOP_MAC(hop), FAB_MAC(hop)), IP4(VTEP, PA(pa), .frag = IP_DF_BIT, ##__VA_ARGS__),                         \
	UDP(ANY_PORT, 4789, .no_csum = true), VXLAN(vni)
#define FROM_PA(pa, vni, ...)                                                                                         \
	ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(pa), VTEP, ##__VA_ARGS__), UDP(50000, 4789, .no_csum = true), VXLAN(vni)
/* The inner Ethernet header towards a machine behind the fabric, and from there. */
#define TO_VM(t, h) ETH(VM_MAC(t, h), GATEWAY_MAC(t))
#define FROM_VM(t, h) ETH(GATEWAY_MAC(t), VM_MAC(t, h))
/* Something to say. */
#define TALK(n) UDP(4000, 5000), DATA(n)

extern const struct table encap_table, access_table, arp_table, local_table, decap_table, fabric_table, miss_table,
	inject_table, size_table;

/* All of them, ending in null. */
extern const struct table *const tables[];

#endif
