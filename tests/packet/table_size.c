// SPDX-License-Identifier: GPL-2.0-or-later
/* The exact boundaries of every MTU, and frames in several buffers. */
#include "rows.h"

/* An IPv4 packet of n bytes. */
#define BYTES(from, to, n, ...) IP4(from, to, ##__VA_ARGS__), TALK((n) - 28)
#define IN(vm, n) L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, vm), n))
#define OUT(hop, vm, n) L(TUNNEL(hop, hop, VNI(1)), TO_VM(1, vm), BYTES(CA(1, AT_1U), VM(1, vm), n, .ttl = 63))
#define DECAP(to, n) L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), BYTES(VM(1, 1), CA(1, to), n))
#define DECAPPED(to, n, ...) L(TO_SERVER(1, to), ##__VA_ARGS__, BYTES(VM(1, 1), CA(1, to), n, .ttl = 63))

static const struct row rows[] = {
	{ "encap up to the path's MTU", ACCESS(ACC0, 1), .in = IN(VM_FAB0, MTU_HOP1 - 50),
	  .out = OUT(1, VM_FAB0, MTU_HOP1 - 50), FORWARD(ENCAP, FAB0) },
	{ "encap a byte more", ACCESS(ACC0, 1), .in = IN(VM_FAB0, MTU_HOP1 - 49), DROP(TOO_BIG) },
	{ "encap a byte more, DF", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, 1), MTU_HOP1 - 49, .frag = IP_DF_BIT)), DROP(TOO_BIG) },
	{ "padding does not count", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, VM_FAB0), MTU_HOP1 - 50), PAD(1)),
	  .out = OUT(1, VM_FAB0, MTU_HOP1 - 50), FORWARD(ENCAP, FAB0) },
	{ "encap of a jumbo frame", ACCESS(ACC0, 1), .in = IN(VM_FAB1, MTU_HOP2 - 50),
	  .out = OUT(2, VM_FAB1, MTU_HOP2 - 50), FORWARD(ENCAP, FAB1) },
	{ "encap of a jumbo frame, a byte more", ACCESS(ACC0, 1), .in = IN(VM_FAB1, MTU_HOP2 - 49), DROP(TOO_BIG) },
	{ "local up to the port's MTU", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), CA(1, AT_1X), MTU_ACC1)),
	  .out = L(TO_SERVER(1, AT_1X), VLAN(100), BYTES(CA(1, AT_1U), CA(1, AT_1X), MTU_ACC1, .ttl = 63)),
	  FORWARD(LOCAL, ACC1) },
	{ "local a byte more", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), CA(1, AT_1X), MTU_ACC1 + 1)), DROP(TOO_BIG) },
	{ "local jumbo", ACCESS(ACC0, 1), .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), CA(1, AT_1V), MTU_ACC0)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), BYTES(CA(1, AT_1U), CA(1, AT_1V), MTU_ACC0, .ttl = 63)),
	  FORWARD(LOCAL, ACC0) },
	{ "decap up to the port's MTU", FABRIC(FAB0, 1), .in = DECAP(AT_1X, MTU_ACC1),
	  .out = DECAPPED(AT_1X, MTU_ACC1, VLAN(100)), FORWARD(DECAP, ACC1) },
	{ "decap a byte more", FABRIC(FAB0, 1), .in = DECAP(AT_1X, MTU_ACC1 + 1), DROP(TOO_BIG) },
	{ "decap of a jumbo frame", FABRIC(FAB0, 1), .in = DECAP(AT_1U, MTU_ACC0), .out = DECAPPED(AT_1U, MTU_ACC0),
	  FORWARD(DECAP, ACC0) },
	{ "decap of a jumbo frame, a byte more", FABRIC(FAB0, 1), .in = DECAP(AT_1U, MTU_ACC0 + 1), DROP(TOO_BIG) },

	/* Several buffers: the packet may end in the first, at its very end, or later; padding likewise. */
	{ "encap with 64 bytes in the first buffer", ACCESS(ACC0, 1), .in = IN(VM_FAB0, 1000), .linear = 64,
	  .out = OUT(1, VM_FAB0, 1000), FORWARD(ENCAP, FAB0) },
	{ "decap with 128 bytes in the first buffer", FABRIC(FAB0, 1), .in = DECAP(AT_1V, 1000), .linear = 128,
	  .out = DECAPPED(AT_1V, 1000, VLAN(100)), FORWARD(DECAP, ACC0) },
	{ "encap, padding across both buffers", ACCESS(ACC0, 1), .linear = 500,
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, 1), 400), PAD(200)),
	  .out = OUT(1, VM_FAB0, 400), FORWARD(ENCAP, FAB0) },
	{ "encap, padding in the second buffer", ACCESS(ACC0, 1), .linear = 414,
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, 1), 400), PAD(200)),
	  .out = OUT(1, VM_FAB0, 400), FORWARD(ENCAP, FAB0) },
	{ "encap, the packet ends in the second buffer", ACCESS(ACC0, 1), .linear = 300,
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), VM(1, 1), 400), PAD(200)),
	  .out = OUT(1, VM_FAB0, 400), FORWARD(ENCAP, FAB0) },
	{ "local, padding across both buffers", ACCESS(ACC0, 1), .linear = 500,
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), CA(1, AT_1V), 400), PAD(200)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), BYTES(CA(1, AT_1U), CA(1, AT_1V), 400, .ttl = 63)),
	  FORWARD(LOCAL, ACC0) },
	{ "local, a jumbo frame of padding", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), BYTES(CA(1, AT_1U), CA(1, AT_1V), 400), PAD(5000)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), BYTES(CA(1, AT_1U), CA(1, AT_1V), 400, .ttl = 63)),
	  FORWARD(LOCAL, ACC0) },
	{ "decap, padding across both buffers", FABRIC(FAB0, 1), .linear = 500,
	  .in = L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), BYTES(VM(1, 1), CA(1, AT_1U), 400), PAD(200)),
	  .out = DECAPPED(AT_1U, 400), FORWARD(DECAP, ACC0) },
	{ "decap, padding in the second buffer", FABRIC(FAB0, 1), .linear = 464,
	  .in = L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), BYTES(VM(1, 1), CA(1, AT_1U), 400), PAD(200)),
	  .out = DECAPPED(AT_1U, 400), FORWARD(DECAP, ACC0) },
	{ "decap, inner padding in the second buffer", FABRIC(FAB0, 1), .linear = 464,
	  .in = L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), BYTES(VM(1, 1), CA(1, AT_1U), 400), INNER_PAD(200)),
	  .out = DECAPPED(AT_1U, 400), FORWARD(DECAP, ACC0) },
	{ "an ARP request with padding in a second buffer", ACCESS(ACC0, 1), .linear = 60,
	  .in = L(ETH(BROADCAST_MAC, SERVER_MAC(1, AT_1U)), ARP(1, SERVER_MAC(1, AT_1U), CA(1, AT_1U), 0, GATEWAY(1)), PAD(200)),
	  .out = L(TO_SERVER(1, AT_1U), ARP(2, GATEWAY_MAC(1), GATEWAY(1), SERVER_MAC(1, AT_1U), CA(1, AT_1U)), PAD(200)),
	  FORWARD(ARP_REPLY, ACC0) },
	{ "a bad source in several buffers", ACCESS(ACC0, 1),
	  .in = L(ETH(GATEWAY_MAC(1), OTHER_MAC), BYTES(CA(1, AT_1U), VM(1, 1), 9000)), DROP(BAD_SOURCE) },
	{ "to the kernel in several buffers", FABRIC(FAB0, 0),
	  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), BYTES(PA(1), VTEP, 9000)), PASS(TO_KERNEL) },
};

const struct table size_table = TABLE("size", rows);
