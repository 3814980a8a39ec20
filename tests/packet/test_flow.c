// SPDX-License-Identifier: GPL-2.0-or-later
/* The tunnel's UDP source port: in range, the same for all packets of a flow, different between flows. */
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "suites.h"

#define FLOWS 1024
#define PORT_MIN 49152
#define OUTER_SPORT (14 + 20)
#define TO_FABRIC(...) L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), ##__VA_ARGS__), UDP(1000, 2000), \
	DATA(64))

static uint16_t port_of(const struct layer *layers)
{
	static struct result r;
	static struct frame f;
	uint16_t port;

	frame_build(&f, layers);
	run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
	if (r.action != XDP_REDIRECT || r.len < 64)
		ck_abort_msg("not encapsulated");
	port = be16_at(r.out + OUTER_SPORT);
	if (port < PORT_MIN)
		ck_abort_msg("source port %u", port);
	return port;
}

START_TEST(a_flow_keeps_its_port)
{
	uint16_t port = port_of(TO_FABRIC());

	runner_open();
	for (int i = 0; i < 16; i++)
		ck_assert_uint_eq(port_of(TO_FABRIC()), port);
	ck_assert_uint_eq(port_of(TO_FABRIC(.ttl = 7)), port);
	ck_assert_uint_eq(port_of(TO_FABRIC(.tos = 0xff)), port);
	ck_assert_uint_eq(port_of(TO_FABRIC(.id = 77)), port);
	ck_assert_uint_eq(port_of(TO_FABRIC(.frag = IP_DF_BIT)), port);
	ck_assert_uint_eq(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), UDP(1000, 2000),
		DATA(9))),
			  port);
	runner_close();
}
END_TEST

/* How many different ports this many flows get. */
static int distinct(const uint16_t *ports, int n)
{
	uint8_t *seen = calloc(1, 65536);
	int count = 0;

	for (int i = 0; i < n; i++)
		count += !seen[ports[i]]++;
	free(seen);
	return count;
}

/* 1024 balls into 16384 bins leave some 993 bins occupied; 900 means a bad hash. */
START_TEST(flows_get_different_ports)
{
	uint16_t ports[FLOWS];

	for (int i = 0; i < FLOWS; i++)
		ports[i] = port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), UDP(1000 + i, 53),
			DATA(9)));
	ck_assert_int_gt(distinct(ports, FLOWS), 900);
	for (int i = 0; i < FLOWS; i++)
		ports[i] = port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TCP(33000, 1000 + i),
			DATA(9)));
	ck_assert_int_gt(distinct(ports, FLOWS), 900);
}
END_TEST

/* The range is used evenly: no eighth of it holds more than twice its share. */
START_TEST(flows_spread_over_the_range)
{
	int bins[8] = { 0 };

	for (int i = 0; i < FLOWS; i++) {
		uint16_t port = port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), UDP(i + 1, 443),
			DATA(9)));

		bins[(port - PORT_MIN) / 2048]++;
	}
	for (int i = 0; i < 8; i++) {
		ck_assert_int_gt(bins[i], FLOWS / 16);
		ck_assert_int_lt(bins[i], FLOWS / 4);
	}
}
END_TEST

START_TEST(protocol_and_addresses_count)
{
	uint16_t port = port_of(TO_FABRIC());

	ck_assert_uint_ne(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, 1)), TCP(1000, 2000), DATA(64))),
		port);
	ck_assert_uint_ne(port_of(L(FROM_SERVER(1, 11), IP4(CA(1, 11), VM(1, 1)), UDP(1000, 2000), DATA(64))), port);
	ck_assert_uint_ne(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, 2)), UDP(1000, 2000), DATA(64))),
		port);
	ck_assert_uint_ne(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, 1)), UDP(2000, 1000), DATA(64))),
		port);
}
END_TEST

/* A later fragment has no ports: the first must not use them either, or the datagram's parts take two ways. */
START_TEST(fragments_of_a_datagram_stay_together)
{
	uint16_t first = port_of(TO_FABRIC(.frag = IP_MF_BIT));

	ck_assert_uint_eq(port_of(TO_FABRIC(.frag = IP_MF_BIT | 185)), first);
	ck_assert_uint_eq(port_of(TO_FABRIC(.frag = 370)), first);
	ck_assert_uint_eq(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .frag = 370, .proto = 17),
				    DATA(64))), first);
	ck_assert_uint_eq(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .frag = 370,
		.proto = 17))),
			  first);
	ck_assert_uint_eq(port_of(L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0), .frag = IP_MF_BIT),
				    UDP(3000, 4000), DATA(64))), first);
	ck_assert_uint_ne(port_of(L(FROM_SERVER(1, 11), IP4(CA(1, 11), VM(1, VM_FAB0), .frag = IP_MF_BIT), UDP(1000,
		2000),
				    DATA(64))), first);
}
END_TEST

/* Through the tag, the other fabric port and after a miss a flow has one port. */
START_TEST(the_port_does_not_depend_on_the_way)
{
	static struct result r;
	static struct frame f;
	uint16_t port = port_of(TO_FABRIC());

	ck_assert_uint_eq(port_of(L(FROM_SERVER(1, AT_1U), VLAN(0), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), UDP(1000, 2000),
				    DATA(64))), port);
	frame_build(&f, L(INJECT(PORT_ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), UDP(1000,
		2000),
			  DATA(64)));
	run_frame(DP_PROG_INJECT, DEV_OTHER, f.bytes, f.len, 0, &r);
	ck_assert_uint_eq(r.action, XDP_REDIRECT);
	ck_assert_uint_eq(be16_at(r.out + OUTER_SPORT), port);
}
END_TEST

Suite *flow_suite(void)
{
	Suite *s = suite_create("source ports");
	TCase *tc = tcase_create("flow");

	tcase_add_unchecked_fixture(tc, world_setup_shared, NULL);
	tcase_add_test(tc, a_flow_keeps_its_port);
	tcase_add_test(tc, flows_get_different_ports);
	tcase_add_test(tc, flows_spread_over_the_range);
	tcase_add_test(tc, protocol_and_addresses_count);
	tcase_add_test(tc, fragments_of_a_datagram_stay_together);
	tcase_add_test(tc, the_port_does_not_depend_on_the_way);
	suite_add_tcase(s, tc);
	return s;
}
