// SPDX-License-Identifier: GPL-2.0-or-later
/* Server to fabric: the push, its outer headers, and what becomes of the inner packet. */
#include "rows.h"

#define IN_1U(...) L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), ##__VA_ARGS__), TALK(64))
#define OUT_1U(...)                                                                                                   \
	L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), ##__VA_ARGS__), TALK(64))

/* Tenant T at a VLAN of ACC1 or ACC0, with this inner and that outer TOS byte. */
#define TOS_IN(t, at, vid, inner) L(FROM_SERVER(t, at), VLAN(vid), IP4(CA(t, at), VM(t, VM_FAB0), .tos = (inner)), \
	TALK(9))
#define TOS_OUT(t, at, inner, outer)                                                                                  \
	L(TUNNEL(1, 1, VNI(t), .tos = (outer)), TO_VM(t, VM_FAB0),                                                    \
	  IP4(CA(t, at), VM(t, VM_FAB0), .ttl = 63, .tos = (inner)), TALK(9))
#define TOS_ROW(title, t, port, at, vid, inner, outer)                                                                \
	{ title, ACCESS(port, t), .in = TOS_IN(t, at, vid, inner), .out = TOS_OUT(t, at, inner, outer),               \
	  FORWARD(ENCAP, FAB0) }

static const struct row rows[] = {
	{ "from an untagged server", ACCESS(ACC0, 1), .in = IN_1U(), .out = OUT_1U(.ttl = 63), FORWARD(ENCAP, FAB0) },
	{ "from an 802.1Q server", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, VM_FAB0)), TALK(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1V), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "priority and DEI bits of the tag do not matter", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(0xf000 | 100), IP4(CA(1, AT_1V), VM(1, VM_FAB0)), TALK(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1V), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "from a server with a single 802.1ad tag", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100, .tpid = 0x88a8), IP4(CA(1, AT_1V), VM(1, VM_FAB0)), TALK(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1V), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "a priority tag counts as untagged", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), VLAN(0xa000), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(64)),
	  .out = OUT_1U(.ttl = 63), FORWARD(ENCAP, FAB0) },
	{ "through the other fabric port", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB1)), TCP(33000, 443), DATA(1)),
	  .out = L(TUNNEL(2, 2, VNI(1)), TO_VM(1, VM_FAB1), IP4(CA(1, AT_1U), VM(1, VM_FAB1), .ttl = 63),
		   TCP(33000, 443), DATA(1)),
	  FORWARD(ENCAP, FAB1) },
	{ "a mapping with a VNI of its own", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_OWN_VNI)), TALK(64)),
	  .out = L(TUNNEL(1, 1, OWN_VNI), TO_VM(1, VM_OWN_VNI), IP4(CA(1, AT_1U), VM(1, VM_OWN_VNI), .ttl = 63),
		TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "one CA, tenant 1", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, 9), VLAN(100), IP4(SHARED_CA, SHARED_VM), TALK(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, 9), IP4(SHARED_CA, SHARED_VM, .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "the same CA, tenant 2", ACCESS(ACC0, 2),
	  .in = L(FROM_SERVER(2, 9), VLAN(200), IP4(SHARED_CA, SHARED_VM), TALK(64)),
	  .out = L(TUNNEL(2, 2, VNI(2), .tos = 0xb8), TO_VM(2, 9), IP4(SHARED_CA, SHARED_VM, .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB1) },
	{ "tenant 2 on the other access port", ACCESS(ACC1, 2),
	  .in = L(FROM_SERVER(2, AT_2U), IP4(CA(2, AT_2U), VM(2, VM_FAB0)), TALK(64)),
	  .out = L(TUNNEL(1, 1, VNI(2), .tos = 0xb8), TO_VM(2, VM_FAB0), IP4(CA(2, AT_2U), VM(2, VM_FAB0), .ttl = 63),
		   TALK(64)),
	  FORWARD(ENCAP, FAB0) },

	/* The TTL's checksum: plain, with a carry out of the upper byte, from the highest and lowest that pass. */
	{ "TTL 2 passes", ACCESS(ACC0, 1), .in = IN_1U(.ttl = 2), .out = OUT_1U(.ttl = 1), FORWARD(ENCAP, FAB0) },
	{ "TTL 255", ACCESS(ACC0, 1), .in = IN_1U(.ttl = 255), .out = OUT_1U(.ttl = 254), FORWARD(ENCAP, FAB0) },
	{ "inner id and DF stay", ACCESS(ACC0, 1), .in = IN_1U(.id = 0xbeef, .frag = IP_DF_BIT),
	  .out = OUT_1U(.id = 0xbeef, .frag = IP_DF_BIT, .ttl = 63), FORWARD(ENCAP, FAB0) },

	{ "padding to the minimum size is cut off", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(2), PAD(16)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(2)),
	  FORWARD(ENCAP, FAB0) },
	{ "padding behind a tagged packet is cut off", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, VM_FAB0)), TALK(2), PAD(16)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1V), VM(1, VM_FAB0), .ttl = 63), TALK(2)),
	  FORWARD(ENCAP, FAB0) },
	{ "a packet that is only an IPv4 header", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .proto = 253)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63, .proto = 253)),
	  FORWARD(ENCAP, FAB0) },
	{ "IP options are forwarded", ACCESS(ACC0, 1), .in = IN_1U(.options = 8), .out = OUT_1U(.options = 8,
		.ttl = 63),
	  FORWARD(ENCAP, FAB0) },
	{ "all 40 bytes of options", ACCESS(ACC0, 1), .in = IN_1U(.options = 40),
	  .out = OUT_1U(.options = 40, .ttl = 63), FORWARD(ENCAP, FAB0) },
	{ "a first fragment", ACCESS(ACC0, 1), .in = IN_1U(.frag = IP_MF_BIT), .out = OUT_1U(.frag = IP_MF_BIT,
		.ttl = 63),
	  FORWARD(ENCAP, FAB0) },
	{ "a later fragment", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .frag = 100), DATA(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .frag = 100, .ttl = 63),
		   DATA(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "ICMP", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .proto = 1), DATA(64)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .proto = 1, .ttl = 63),
		   DATA(64)),
	  FORWARD(ENCAP, FAB0) },

	/* RFC 6040 normal mode; DSCP by the VRF's policy. */
	TOS_ROW("DSCP 0, Not-ECT", 1, ACC0, AT_1V, 100, 0x28, 0x00),
	TOS_ROW("DSCP 0, ECT(1)", 1, ACC0, AT_1V, 100, 0x29, 0x01),
	TOS_ROW("DSCP 0, ECT(0)", 1, ACC0, AT_1V, 100, 0x2a, 0x02),
	TOS_ROW("DSCP 0, CE", 1, ACC0, AT_1V, 100, 0x2b, 0x03),
	TOS_ROW("DSCP 46, Not-ECT", 2, ACC0, AT_2V, 200, 0x28, 0xb8),
	TOS_ROW("DSCP 46, ECT(1)", 2, ACC0, AT_2V, 200, 0x29, 0xb9),
	TOS_ROW("DSCP 46, ECT(0)", 2, ACC0, AT_2V, 200, 0x2a, 0xba),
	TOS_ROW("DSCP 46, CE", 2, ACC0, AT_2V, 200, 0x2b, 0xbb),
	TOS_ROW("DSCP copied, Not-ECT", 3, ACC1, AT_3V, 300, 0x28, 0x28),
	TOS_ROW("DSCP copied, ECT(1)", 3, ACC1, AT_3V, 300, 0x69, 0x69),
	TOS_ROW("DSCP copied, ECT(0)", 3, ACC1, AT_3V, 300, 0xfe, 0xfe),
	TOS_ROW("DSCP copied, CE", 3, ACC1, AT_3V, 300, 0x03, 0x03),
};

const struct table encap_table = TABLE("encap", rows);
