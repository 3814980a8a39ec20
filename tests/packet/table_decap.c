// SPDX-License-Identifier: GPL-2.0-or-later
/* Fabric to server: the pop, ECN by RFC 6040, the attachment's tag, and all padding cut. */
#include "rows.h"

#define INNER(to, ...) FROM_VM(1, VM_FAB0), IP4(VM(1, VM_FAB0), CA(1, to), ##__VA_ARGS__)
#define ROUTED(to, ...) IP4(VM(1, VM_FAB0), CA(1, to), .ttl = 63, ##__VA_ARGS__)

/* One cell of RFC 6040 figure 4, with DSCPs that must not mix. */
#define ECN_IN(inner, outer) L(FROM_PA(1, VNI(1), .tos = 0xb8 | (outer)), INNER(AT_1V, .tos = 0x68 | (inner)), TALK(9))
#define ECN_ROW(title, inner, outer, result)                                                                          \
	{ title, FABRIC(FAB0, 1), .in = ECN_IN(inner, outer),                                                         \
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1V, .tos = 0x68 | (result)), TALK(9)),                   \
	  FORWARD(DECAP, ACC0) }

static const struct row rows[] = {
	{ "to an untagged server", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1U), TALK(64)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(64)), FORWARD(DECAP, ACC0) },
	{ "to a tagged server", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1V), TALK(64)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1V), TALK(64)), FORWARD(DECAP, ACC0) },
	{ "to the other access port", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1X), TALK(64)),
	  .out = L(TO_SERVER(1, AT_1X), VLAN(100), ROUTED(AT_1X), TALK(64)), FORWARD(DECAP, ACC1) },
	{ "from the other fabric port", FABRIC(FAB1, 1), .in = L(FROM_PA(2, VNI(1)), INNER(AT_1U), TALK(64)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(64)), FORWARD(DECAP, ACC0) },
	{ "a CA that both tenants have: by VNI tenant 1's", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1)), FROM_VM(1, 9), IP4(SHARED_VM, SHARED_CA), TALK(9)),
	  .out = L(TO_SERVER(1, 9), VLAN(100), IP4(SHARED_VM, SHARED_CA, .ttl = 63), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "a CA that both tenants have: by VNI tenant 2's", FABRIC(FAB0, 2),
	  .in = L(FROM_PA(1, VNI(2)), FROM_VM(2, 9), IP4(SHARED_VM, SHARED_CA), TALK(9)),
	  .out = L(TO_SERVER(2, 9), VLAN(200), IP4(SHARED_VM, SHARED_CA, .ttl = 63), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "without pa-check any PA may send", FABRIC(FAB1, 2),
	  .in = L(FROM_PA(77, VNI(2)), FROM_VM(2, 1), IP4(VM(2, 1), CA(2, AT_2U)), TALK(9)),
	  .out = L(TO_SERVER(2, AT_2U), IP4(VM(2, 1), CA(2, AT_2U), .ttl = 63), TALK(9)), FORWARD(DECAP, ACC1) },
	{ "DF, id and TTL of the outer header do not matter", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1), .frag = IP_DF_BIT, .id = 99, .ttl = 1), INNER(AT_1U), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "inner TTL 2, id, DF and options", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1)), INNER(AT_1U, .ttl = 2, .id = 3, .frag = IP_DF_BIT, .options = 16), TCP(1, 2)),
	  .out = L(TO_SERVER(1, AT_1U),
		   IP4(VM(1, VM_FAB0), CA(1, AT_1U), .ttl = 1, .id = 3, .frag = IP_DF_BIT, .options = 16), TCP(1, 2)),
	  FORWARD(DECAP, ACC0) },
	{ "an inner fragment", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1V, .frag = 185), DATA(64)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1V, .frag = 185), DATA(64)), FORWARD(DECAP, ACC0) },
	{ "a UDP checksum is not looked at", FABRIC(FAB0, 1),
	  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(1), VTEP), UDP(50000, 4789), VXLAN(VNI(1)), INNER(AT_1U),
		TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "reserved flags are ignored", FABRIC(FAB0, 1),
	  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(1), VTEP), UDP(50000, 4789, .no_csum = true),
		  VXLAN(VNI(1), .flags_xor = 0xf7ffffff), INNER(AT_1U), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "the reserved byte behind the VNI is ignored", FABRIC(FAB0, 1),
	  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(1), VTEP), UDP(50000, 4789, .no_csum = true),
		  VXLAN(VNI(1), .reserved = 0xff), INNER(AT_1U), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "outer padding is cut off", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1U), TALK(9), PAD(30)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },
	{ "inner padding is cut off", FABRIC(FAB0, 1), .in = L(FROM_PA(1, VNI(1)), INNER(AT_1V), TALK(2),
		INNER_PAD(16)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1V), TALK(2)), FORWARD(DECAP, ACC0) },
	{ "both are cut off", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1)), INNER(AT_1V), TALK(2), INNER_PAD(16), PAD(8)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1V), TALK(2)), FORWARD(DECAP, ACC0) },
	{ "UDP ends before the outer packet does", FABRIC(FAB0, 1),
	  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(1), VTEP), UDP(50000, 4789, .no_csum = true, .len_add = -10),
		  VXLAN(VNI(1)), INNER(AT_1U), TALK(9), INNER_PAD(10)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U), TALK(9)), FORWARD(DECAP, ACC0) },

	ECN_ROW("inner Not-ECT, outer Not-ECT", 0, 0, 0),
	ECN_ROW("inner Not-ECT, outer ECT(1)", 0, 1, 0),
	ECN_ROW("inner Not-ECT, outer ECT(0)", 0, 2, 0),
	{ "inner Not-ECT, outer CE", FABRIC(FAB0, 1), .in = ECN_IN(0, 3), DROP(ECN) },
	ECN_ROW("inner ECT(1), outer Not-ECT", 1, 0, 1),
	ECN_ROW("inner ECT(1), outer ECT(1)", 1, 1, 1),
	ECN_ROW("inner ECT(1), outer ECT(0)", 1, 2, 1),
	ECN_ROW("inner ECT(1), outer CE", 1, 3, 3),
	ECN_ROW("inner ECT(0), outer Not-ECT", 2, 0, 2),
	ECN_ROW("inner ECT(0), outer ECT(1)", 2, 1, 1),
	ECN_ROW("inner ECT(0), outer ECT(0)", 2, 2, 2),
	ECN_ROW("inner ECT(0), outer CE", 2, 3, 3),
	ECN_ROW("inner CE, outer Not-ECT", 3, 0, 3),
	ECN_ROW("inner CE, outer ECT(1)", 3, 1, 3),
	ECN_ROW("inner CE, outer ECT(0)", 3, 2, 3),
	ECN_ROW("inner CE, outer CE", 3, 3, 3),
};

const struct table decap_table = TABLE("decap", rows);
