// SPDX-License-Identifier: GPL-2.0-or-later
/* No answer at hand: what goes to the miss ring and what is dropped; and answers whose way out is not there. */
#include "rows.h"

#define TO(vm) L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, vm)), TALK(64))
/* A frame of n bytes: 14 Ethernet, 20 IPv4, 8 UDP. */
#define SIZED(n) L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK((n) - 42))
#define SIZE_ROW(n, ...)                                                                                              \
	{ "a miss of " #n " bytes", ACCESS(ACC0, 1), .in = SIZED(n), PUNT(AT_1U, VM(1, VM_UNKNOWN)), ##__VA_ARGS__ }

static const struct row rows[] = {
	{ "a miss", ACCESS(ACC0, 1), .in = TO(VM_UNKNOWN), PUNT(AT_1U, VM(1, VM_UNKNOWN)) },
	{ "a tagged miss", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, VM_UNKNOWN), .ttl = 2), TALK(2), PAD(12)),
	  PUNT(AT_1V, VM(1, VM_UNKNOWN)) },
	{ "a miss of tenant 2", ACCESS(ACC1, 2),
	  .in = L(FROM_SERVER(2, AT_2U), IP4(CA(2, AT_2U), VM(1, VM_FAB0), .options = 4, .tos = 3), TALK(9)),
	  PUNT(AT_2U, VM(1, VM_FAB0)) },
	{ "a tenant does not see another one's answer", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(2, VM_FAB0)), TALK(9)), PUNT(AT_1U, VM(2, VM_FAB0)) },
	{ "to the gateway itself", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), GATEWAY(1), .proto = 1), DATA(64)), PUNT(AT_1U,
		GATEWAY(1)) },
	{ "to 255.255.255.255 by the gateway's MAC", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), 0xffffffff), TALK(9)), PUNT(AT_1U, 0xffffffff) },
	{ "an answer of an older generation is a miss", ACCESS(ACC0, 1), .in = TO(VM_STALE), PUNT(AT_1U, VM(1,
		VM_STALE)) },
	{ "a negative", ACCESS(ACC0, 1), .in = TO(VM_NEGATIVE), DROP(NEGATIVE) },
	{ "an expired negative", ACCESS(ACC0, 1), .in = TO(VM_NEGATIVE_EXPIRED), PUNT(AT_1U, VM(1,
		VM_NEGATIVE_EXPIRED)) },
	{ "a negative of an older generation", ACCESS(ACC0, 1), .in = TO(VM_NEGATIVE_STALE),
	  PUNT(AT_1U, VM(1, VM_NEGATIVE_STALE)) },
	{ "no such neighbour", ACCESS(ACC0, 1), .in = TO(VM_NO_HOP), DROP(NO_NEIGHBOUR) },
	{ "no next hop", ACCESS(ACC0, 1), .in = TO(VM_NO_ROUTE), DROP(NO_NEIGHBOUR) },
	{ "a PA that the table does not have", ACCESS(ACC0, 1), .in = TO(VM_NO_REMOTE), DROP(NO_ROUTE) },
	{ "a next hop that is being resolved", ACCESS(ACC0, 1), .in = TO(VM_PENDING),
	  PUNT(AT_1U, VM(1, VM_PENDING), .nexthop = HOP_PENDING) },
	{ "the next hop's port has no device", ACCESS(ACC0, 1), .in = TO(VM_GHOST), DROP(REDIRECT_FAILED) },
	SIZE_ROW(42, .twin = true),
	SIZE_ROW(127, .twin = true),
	SIZE_ROW(128, .twin = true),
	SIZE_ROW(129, .twin = true),
	SIZE_ROW(511, .twin = true),
	SIZE_ROW(512, .twin = true),
	SIZE_ROW(513, .twin = true),
	SIZE_ROW(1535, .twin = true),
	SIZE_ROW(1536, .twin = true),
	SIZE_ROW(1537, .twin = true),
	SIZE_ROW(3520, .twin = true),
	SIZE_ROW(3521, .twin = true),
	SIZE_ROW(8000, .twin = true),
	SIZE_ROW(9215, .twin = true),
	SIZE_ROW(9216),
	{ "larger than any ring slot", ACCESS(ACC0, 1), .in = SIZED(9217), DROP(TOO_BIG), .twin = true },
	{ "a miss in two buffers", ACCESS(ACC0, 1), .in = SIZED(600), .linear = 64,
	  PUNT(AT_1U, VM(1, VM_UNKNOWN)), .twin = true },
};

const struct table miss_table = TABLE("miss", rows);
