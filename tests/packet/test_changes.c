// SPDX-License-Identifier: GPL-2.0-or-later
/* What a change of the configuration does to the very next frame. */
#include <bpf/bpf.h>

#include "devices.h"
#include "rows.h"
#include "suites.h"

#define UP(vm) L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, vm)), TALK(9))
#define DOWN L(FROM_PA(1, VNI(1)), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9))
#define DOWN_OUT L(TO_SERVER(1, AT_1U), IP4(VM(1, 1), CA(1, AT_1U), .ttl = 63), TALK(9))

static struct bb_error err;

START_TEST(no_vtep)
{
	const struct row rows[] = {
		{ "nowhere to tunnel from", ACCESS(ACC0, 1), .in = UP(VM_FAB0), DROP(NO_ROUTE) },
		{ "VXLAN is not ours", FABRIC(FAB0, 0), .in = DOWN, PASS(TO_KERNEL) },
		{ "local traffic goes on", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, AT_1V)), TALK(9)),
		  .out = L(TO_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1U), CA(1, AT_1V), .ttl = 63), TALK(9)),
		  FORWARD(LOCAL, ACC0) },
	};

	world_set_vtep(0, 0);
	ROWS_RUN(rows);
}
END_TEST

START_TEST(another_tunnel_port)
{
	const struct row rows[] = {
		{ "encap to the port, with the TTL", ACCESS(ACC0, 1), .in = UP(VM_FAB0),
		  .out = L(ETH(HOP_MAC(1), FAB_MAC(1)), IP4(VTEP, PA(1), .frag = IP_DF_BIT, .ttl = 5),
			   UDP(ANY_PORT, 8472, .no_csum = true), VXLAN(VNI(1)), TO_VM(1, VM_FAB0),
			   IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(9)),
		  FORWARD(ENCAP, FAB0) },
		{ "decap from the port", FABRIC(FAB0, 1),
		  .in = L(ETH(FAB_MAC(1), HOP_MAC(1)), IP4(PA(1), VTEP), UDP(50000, 8472, .no_csum = true),
			VXLAN(VNI(1)),
			  FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9)),
		  .out = DOWN_OUT, FORWARD(DECAP, ACC0) },
		{ "4789 is the kernel's", FABRIC(FAB0, 0), .in = DOWN, PASS(TO_KERNEL) },
	};

	world_set_vtep(8472, 5);
	ROWS_RUN(rows);
}
END_TEST

START_TEST(another_local_address)
{
	const struct row rows[] = {
		{ "the new one's checksum", ACCESS(ACC0, 1), .in = UP(VM_FAB0),
		  .out = L(ETH(HOP_MAC(1), FAB_MAC(1)), IP4(IPV4(255, 254, 253, 252), PA(1), .frag = IP_DF_BIT,
			.ttl = 255),
			   UDP(ANY_PORT, 65535, .no_csum = true), VXLAN(VNI(1)), TO_VM(1, VM_FAB0),
			   IP4(CA(1, AT_1U), VM(1, VM_FAB0), .ttl = 63), TALK(9)),
		  FORWARD(ENCAP, FAB0) },
		{ "the old one is not ours", FABRIC(FAB0, 0), .in = DOWN, PASS(TO_KERNEL) },
	};

	world.vtep = (struct bb_vtep){ .local = addr4(IPV4(255, 254, 253, 252)), .dst_port = 65535, .ttl = 255 };
	ck_assert_int_eq(tables_set_vtep(world.tables, &world.vtep), 0);
	ROWS_RUN(rows);
}
END_TEST

/* Outer checksums over many PAs: the sums of halves carry in every way there is. */
START_TEST(outer_checksums)
{
	static struct result r;
	static struct frame f;

	frame_build(&f, UP(VM_FAB0));
	for (uint32_t i = 0; i < 2000; i++) {
		struct bb_addr pa = addr4(i * 2654435761u);
		uint32_t s = 0;

		if (tables_set_remote(world.tables, 1, &pa, HOP_FAB0))
			ck_abort_msg("cannot set a PA");
		run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
		for (int k = 14; k < 34; k += 2)
			s += be16_at(r.out + k);
		s = (s & 0xffff) + (s >> 16);
		if (r.action != XDP_REDIRECT || (s & 0xffff) + (s >> 16) != 0xffff)
			ck_abort_msg("wrong checksum with PA %08x", i * 2654435761u);
	}
}
END_TEST

/* Inner checksums over all ids, so that the TTL's update carries in every way there is. */
START_TEST(inner_checksums)
{
	static struct result r;
	static struct frame f;

	for (uint32_t id = 0; id < 65536; id += 13) {
		uint32_t s = 0;

		frame_build(&f, L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, 11), .id = id), TALK(1)));
		run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
		for (int k = 14; k < 34; k += 2)
			s += be16_at(r.out + k);
		s = (s & 0xffff) + (s >> 16);
		if (r.action != XDP_REDIRECT || (s & 0xffff) + (s >> 16) != 0xffff || be16_at(r.out + 24) == 0xffff)
			ck_abort_msg("wrong checksum with id %u", id);
	}
}
END_TEST

START_TEST(deleted_attachment)
{
	const struct row rows[] = {
		{ "its frames have no tenant", ACCESS(ACC0, 0), .in = UP(VM_FAB0), DROP(NO_ATTACHMENT) },
		{ "its servers are not there", FABRIC(FAB0, 1), .in = DOWN, DROP(NO_ENDPOINT) },
	};
	const struct bb_attach a = { .id = AT_1U };

	tables_del_attach(world.tables, &a, PORT_ACC0, 1);
	ROWS_RUN(rows);
}
END_TEST

START_TEST(deleted_endpoint)
{
	const struct row rows[] = {
		{ "may not send", ACCESS(ACC0, 1), .in = UP(VM_FAB0), DROP(BAD_SOURCE) },
		{ "does not receive", FABRIC(FAB0, 1), .in = DOWN, DROP(NO_ENDPOINT) },
	};
	struct bb_addr ca = addr4(CA(1, AT_1U));

	tables_del_endpoint(world.tables, 1, &ca);
	ROWS_RUN(rows);
}
END_TEST

START_TEST(deleted_peer)
{
	const struct row rows[] = { { "may not send", FABRIC(FAB0, 1), .in = DOWN, DROP(BAD_PA) } };
	struct bb_addr pa = addr4(PA(1));

	ck_assert_int_eq(tables_set_peer(world.tables, 1, &pa, false), 0);
	ROWS_RUN(rows);
}
END_TEST

START_TEST(another_vni)
{
	const struct row rows[] = {
		{ "the old VNI is unknown", FABRIC(FAB0, 0), .in = DOWN, DROP(UNKNOWN_VNI) },
		{ "the new one is the VRF's", FABRIC(FAB0, 1),
		  .in = L(FROM_PA(1, 4096), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9)),
		  .out = DOWN_OUT, FORWARD(DECAP, ACC0) },
	};
	struct bb_vrf vrf = { .name = "tenant", .vni = 4096, .id = 1, .pa_check = 1, .mac = mac48(GATEWAY_MAC(1)) };

	ck_assert_int_eq(tables_set_vrf(world.tables, &vrf, &err), 0);
	ROWS_RUN(rows);
}
END_TEST

/* The id's next VRF must not see its predecessor's answers. */
START_TEST(reused_vrf)
{
	const struct row gone[] = { { "its VNI is unknown", FABRIC(FAB0, 0), .in = DOWN, DROP(UNKNOWN_VNI) } };
	const struct row next[] = {
		{ "an answer of the one before is a miss", ACCESS(ACC0, 1), .in = UP(VM_FAB0), PUNT(AT_1U, VM(1,
			VM_FAB0)) },
		{ "a negative of the one before too", ACCESS(ACC0, 1), .in = UP(VM_NEGATIVE),
		  PUNT(AT_1U, VM(1, VM_NEGATIVE)) },
	};
	struct bb_vrf vrf = { .name = "tenant", .vni = VNI(1), .id = 1, .pa_check = 1 };
	const struct bb_attach a = { .id = AT_1U, .gateways = 0 };

	tables_del_vrf(world.tables, &vrf);
	ROWS_RUN(gone);
	ck_assert_int_eq(tables_set_vrf(world.tables, &vrf, &err), 0);
	ck_assert_int_eq(tables_set_attach(world.tables, &a, PORT_ACC0, 1, &err), 0);
	ROWS_RUN(next);
}
END_TEST

START_TEST(port_down_and_up)
{
	const struct row down[] = {
		{ "no way out by it", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, AT_1X)), TALK(9)), DROP(REDIRECT_FAILED) },
		{ "its device is no port", .prog = DP_PROG_ACCESS, .dev = DEV_ACC1, .port = PORT_NONE,
		  .in = L(FROM_SERVER(2, AT_2U), IP4(CA(2, AT_2U), VM(2, 1)), TALK(9)), DROP(NO_ATTACHMENT) },
	};
	const struct row up[] = {
		{ "all as before", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), CA(1, AT_1X)), TALK(9)),
		  .out = L(TO_SERVER(1, AT_1X), VLAN(100), IP4(CA(1, AT_1U), CA(1, AT_1X), .ttl = 63), TALK(9)),
		  FORWARD(LOCAL, ACC1) },
	};
	struct bb_port port = { .dev = "acc1", .role = BB_PORT_ACCESS, .id = PORT_ACC1 };
	static struct result r;
	static struct frame f;
	struct change c;

	tables_port_down(world.tables, &port);
	/* not by row_run: it would put the device back */
	for (int i = 0; i < 2; i++) {
		frame_build(&f, down[i].in);
		run_frame(DP_PROG_ACCESS, down[i].dev, f.bytes, f.len, 0, &r);
		counters_look(&c);
		ck_assert_uint_eq(r.action, XDP_DROP);
		ck_assert_uint_eq(c.reason, down[i].reason);
		ck_assert_uint_eq(c.port, down[i].port);
	}
	ck_assert_int_eq(tables_set_port(world.tables, &port, device_index(DEV_ACC1), MTU_ACC1, &err), 0);
	ROWS_RUN(up);
}
END_TEST

/* A fabric program that still sits on a device that is no port any more must not count as another port's. */
START_TEST(fabric_port_down)
{
	struct bb_port port = { .dev = "fab1", .role = BB_PORT_FABRIC, .id = PORT_FAB1 };
	static struct result r;
	static struct frame f;
	struct change c;

	tables_port_down(world.tables, &port);
	frame_build(&f, DOWN);
	run_frame(DP_PROG_FABRIC, DEV_FAB1, f.bytes, f.len, 0, &r);
	counters_look(&c);
	ck_assert_int_eq(c.counters, 1);
	ck_assert_msg(c.port != PORT_FAB0, "counted as %s at the other fabric port", reason_word(c.reason));
}
END_TEST

/* By this number the daemon knows what still waits in the injection port. */
START_TEST(injected_frames_are_seen)
{
	const struct bb_state *state = dataplane_state(world.dp);
	static struct result r;
	static struct frame f;
	uint64_t before = state->injected;

	frame_build(&f, L(INJECT(PORT_ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(9)));
	for (int i = 0; i < 5; i++)
		run_frame(DP_PROG_INJECT, DEV_OTHER, f.bytes, f.len, 0, &r);
	ck_assert_uint_eq(state->injected, before + 5);
	run_frame(DP_PROG_INJECT, DEV_OTHER, f.bytes, ETH_HLEN, 0, &r); /* not the daemon's */
	run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes + 24, f.len - 24, 0, &r);
	ck_assert_uint_eq(state->injected, before + 5);
}
END_TEST

static void setup(void)
{
	world_setup();
	runner_open();
}

Suite *changes_suite(void)
{
	Suite *s = suite_create("changes of the configuration");
	TCase *tc = tcase_create("changes");

	tcase_add_checked_fixture(tc, setup, world_close);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, no_vtep);
	tcase_add_test(tc, another_tunnel_port);
	tcase_add_test(tc, another_local_address);
	tcase_add_test(tc, outer_checksums);
	tcase_add_test(tc, inner_checksums);
	tcase_add_test(tc, deleted_attachment);
	tcase_add_test(tc, deleted_endpoint);
	tcase_add_test(tc, deleted_peer);
	tcase_add_test(tc, another_vni);
	tcase_add_test(tc, reused_vrf);
	tcase_add_test(tc, port_down_and_up);
	tcase_add_test(tc, fabric_port_down);
	tcase_add_test(tc, injected_frames_are_seen);
	suite_add_tcase(s, tc);
	return s;
}
