// SPDX-License-Identifier: GPL-2.0-or-later
/* The injection port: further runs of punted frames, counted apart, and nothing else. */
#include "rows.h"

#define AGAIN(port, runs, ...) INJECT(PORT_##port, runs, ##__VA_ARGS__)
#define FRAME(vm) FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, vm)), TALK(64)
#define TAGGED(vm) FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, vm)), TALK(2), PAD(12)

static const struct row rows[] = {
	{ "the answer is there now", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), FRAME(VM_FAB0)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "tagged and padded", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), TAGGED(VM_FAB1)),
	  .out = L(TUNNEL(2, 2, VNI(1)), TO_VM(1, VM_FAB1), IP4(CA(1, AT_1V), VM(1, VM_FAB1), .ttl = 63), TALK(2)),
	  FORWARD(ENCAP, FAB1) },
	{ "third run", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 2), FRAME(VM_FAB0)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "a run that was not counted before", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 0), FRAME(VM_FAB0)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, VM_FAB0), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(64)),
	  FORWARD(ENCAP, FAB0) },
	{ "the CA turned out to be a server", INJECTED(ACC0, 1),
	  .in = L(AGAIN(ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, AT_1X)), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1X), VLAN(100), IP4(CA(1, AT_1U), CA(1, AT_1X), .ttl = 63), TALK(9)),
	  FORWARD(LOCAL, ACC1) },
	{ "the other access port", INJECTED(ACC1, 2),
	  .in = L(AGAIN(ACC1, 1), FROM_SERVER(2, AT_2U), IP4(CA(2, AT_2U), VM(2, VM_FAB0)), TALK(9)),
	  .out = L(TUNNEL(1, 1, VNI(2), .tos = 0xb8), TO_VM(2, VM_FAB0), IP4(CA(2, AT_2U), VM(2, VM_FAB0), .ttl = 63),
		TALK(9)),
	  FORWARD(ENCAP, FAB0) },
	{ "a second miss", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), FRAME(VM_UNKNOWN)), PUNT(AT_1U, VM(1,
		VM_UNKNOWN)) },
	{ "a second miss, tagged", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), TAGGED(VM_UNKNOWN)),
	  PUNT(AT_1V, VM(1, VM_UNKNOWN)) },
	{ "the next hop is still pending", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), FRAME(VM_PENDING)),
	  PUNT(AT_1U, VM(1, VM_PENDING), .nexthop = HOP_PENDING) },
	{ "the third run is the last", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 2), FRAME(VM_UNKNOWN)), DROP(MISS_LOOP) },
	{ "runs beyond any that can be", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 255), FRAME(VM_UNKNOWN)),
		DROP(MISS_LOOP) },
	{ "negative by now", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), FRAME(VM_NEGATIVE)), DROP(NEGATIVE) },
	{ "the attachment is gone by now", INJECTED(ACC0, 0),
	  .in = L(AGAIN(ACC0, 1), FROM_SERVER(1, AT_1V), VLAN(999), IP4(CA(1, AT_1V), VM(1, 1)), TALK(9)),
	  DROP(NO_ATTACHMENT) },
	{ "the endpoint is gone by now", INJECTED(ACC0, 1), .in = L(AGAIN(ACC0, 1), ETH(GATEWAY_MAC(1), OTHER_MAC),
	  IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(9)), DROP(BAD_SOURCE) },
	{ "in two buffers", INJECTED(ACC0, 1), .linear = 200,
	  .in = L(AGAIN(ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(2000)),
	  PUNT(AT_1U, VM(1, VM_UNKNOWN)) },
	{ "as large as a miss can be", INJECTED(ACC0, 1),
	  .in = L(AGAIN(ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(BB_FRAME_MAX - 42)),
	  PUNT(AT_1U, VM(1, VM_UNKNOWN)), .twin = true },

	{ "another EtherType", INJECTED(NONE, 0), .in = L(AGAIN(ACC0, 1, .type_xor = 1), FRAME(VM_FAB0)), UNCOUNTED },
	{ "another magic number", INJECTED(NONE, 0), .in = L(AGAIN(ACC0, 1, .magic_xor = 1), FRAME(VM_FAB0)),
		UNCOUNTED },
	{ "an unknown port", INJECTED(NONE, 0), .in = L(INJECT(200, 1), FRAME(VM_FAB0)), UNCOUNTED },
	{ "port 0", INJECTED(NONE, 0), .in = L(INJECT(0, 1), FRAME(VM_FAB0)), UNCOUNTED },
	{ "a port beyond the table", INJECTED(NONE, 0), .in = L(INJECT(65535, 1), FRAME(VM_FAB0)), UNCOUNTED },
	{ "a fabric port", INJECTED(NONE, 0), .in = L(AGAIN(FAB0, 1), FRAME(VM_FAB0)), UNCOUNTED },
	{ "no frame behind the header", INJECTED(NONE, 0), .in = L(AGAIN(ACC0, 1)), UNCOUNTED },
	{ "a frame that is not ours", INJECTED(NONE, 0), .in = L(FRAME(VM_FAB0)), UNCOUNTED },
	{ "shorter than the header", INJECTED(NONE, 0), .in = L(ETH(1, 2, .type = BB_INJECT_ETHERTYPE), DATA(9)),
		UNCOUNTED },
	{ "half an Ethernet header behind it", INJECTED(ACC0, 0), .in = L(AGAIN(ACC0, 1), DATA(13)), UNCOUNTED },
};

const struct table inject_table = TABLE("inject", rows);
