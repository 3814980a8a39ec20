// SPDX-License-Identifier: GPL-2.0-or-later
/* Server to server of one tenant: straight out of the port, with the attachment's tag. */
#include "rows.h"

#define PACKET(from, to, ...) IP4(CA(1, from), CA(1, to), ##__VA_ARGS__), TALK(64)
#define ROUTED(from, to) PACKET(from, to, .ttl = 63)

static const struct row rows[] = {
	{ "untagged to tagged", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1U), PACKET(AT_1U, AT_1V)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), ROUTED(AT_1U, AT_1V)), FORWARD(LOCAL, ACC0) },
	{ "tagged to untagged", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1V), VLAN(100), PACKET(AT_1V, AT_1U)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1V, AT_1U)), FORWARD(LOCAL, ACC0) },
	{ "tagged to tagged, same port", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(0x2000 | 100), PACKET(AT_1V, AT_1W)),
	  .out = L(TO_SERVER(1, AT_1W), VLAN(101), ROUTED(AT_1V, AT_1W)), FORWARD(LOCAL, ACC0) },
	{ "tagged to tagged, other port", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), PACKET(AT_1V, AT_1X)),
	  .out = L(TO_SERVER(1, AT_1X), VLAN(100), ROUTED(AT_1V, AT_1X)), FORWARD(LOCAL, ACC1) },
	{ "802.1ad comes out as 802.1Q", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100, .tpid = 0x88a8), PACKET(AT_1V, AT_1X)),
	  .out = L(TO_SERVER(1, AT_1X), VLAN(100), ROUTED(AT_1V, AT_1X)), FORWARD(LOCAL, ACC1) },
	{ "and back", ACCESS(ACC1, 1), .in = L(FROM_SERVER(1, AT_1X), VLAN(100), PACKET(AT_1X, AT_1U)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1X, AT_1U)), FORWARD(LOCAL, ACC0) },
	{ "within one attachment", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1U), PACKET(AT_1U, 11)),
	  .out = L(TO_SERVER(1, 11), ROUTED(AT_1U, 11)), FORWARD(LOCAL, ACC0) },
	{ "to itself", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1U), PACKET(AT_1U, AT_1U)),
	  .out = L(TO_SERVER(1, AT_1U), ROUTED(AT_1U, AT_1U)), FORWARD(LOCAL, ACC0) },
	{ "padding is cut off, untagged to tagged", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, AT_1V)), TALK(1), PAD(17)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1U), CA(1, AT_1V), .ttl = 63), TALK(1)),
	  FORWARD(LOCAL, ACC0) },
	{ "padding is cut off, tagged to untagged", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), CA(1, AT_1U)), TALK(1), PAD(13)),
	  .out = L(TO_SERVER(1, AT_1U), IP4(CA(1, AT_1V), CA(1, AT_1U), .ttl = 63), TALK(1)), FORWARD(LOCAL, ACC0) },
	{ "TOS, id, fragment and options stay", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), PACKET(AT_1U, AT_1V, .tos = 0xff, .id = 7, .frag = 0x2010, .options = 12)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100),
		   PACKET(AT_1U, AT_1V, .tos = 0xff, .id = 7, .frag = 0x2010, .options = 12, .ttl = 63)),
	  FORWARD(LOCAL, ACC0) },
	{ "a CA that both tenants have: tenant 1's server", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), SHARED_CA), TALK(9)),
	  .out = L(TO_SERVER(1, 9), VLAN(100), IP4(CA(1, AT_1U), SHARED_CA, .ttl = 63), TALK(9)),
	  FORWARD(LOCAL, ACC0) },
	{ "a CA that both tenants have: tenant 2's server", ACCESS(ACC1, 2),
	  .in = L(FROM_SERVER(2, AT_2U), IP4(CA(2, AT_2U), SHARED_CA), TALK(9)),
	  .out = L(TO_SERVER(2, 9), VLAN(200), IP4(CA(2, AT_2U), SHARED_CA, .ttl = 63), TALK(9)),
	  FORWARD(LOCAL, ACC0) },
	{ "another tenant's server is nobody's", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(2, AT_2V)), TALK(9)), PUNT(AT_1U, CA(2, AT_2V)) },
	{ "a port without a device", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1U), PACKET(AT_1U, AT_1G)),
	  DROP(REDIRECT_FAILED) },
};

const struct table local_table = TABLE("local", rows);
