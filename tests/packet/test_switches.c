// SPDX-License-Identifier: GPL-2.0-or-later
/* The rodata switches: every combination that matters loads, and each has the effect that it is for. */
#include <arpa/inet.h>
#include <bpf/bpf.h>

#include "rows.h"
#include "suites.h"

#define ALL_OFF ((1u << SWITCHES) - 1)
#define INSNS_MAX (1000000 / 4) /* of the kernel's limit */

static const char *const switch_names[] = {
#define SWITCH_NAME(name) #name,
	DP_SWITCHES(SWITCH_NAME)
#undef SWITCH_NAME
};

static void loads(uint32_t off)
{
	const struct dp_config config = { .cache_entries = WORLD_CACHE_SIZE, .switches_off = off };
	struct bb_error err = { "" };
	struct dataplane *dp;

	ck_assert_msg(!dataplane_open(&dp, &config, &err), "switches off 0x%x: %s", off, err.text);
	ck_assert(!dataplane_adopted(dp));
	dataplane_close(&dp);
	ck_assert_ptr_null(dp);
}

START_TEST(all_on_and_all_off_load)
{
	loads(0);
	loads(ALL_OFF);
}
END_TEST

START_TEST(each_alone_loads)
{
	loads(1u << _i);
	loads(ALL_OFF & ~(1u << _i));
}
END_TEST

START_TEST(each_pair_loads)
{
	for (int k = 0; k < _i; k++)
		loads(1u << _i | 1u << k);
}
END_TEST

static void print_program(const char *name, int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	ck_assert_int_eq(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	printf("%-10s %6u instructions verified, %5u bytes translated, %5u bytes of machine code\n", name,
	       info.verified_insns, info.xlated_prog_len, info.jited_prog_len);
	fflush(stdout);
	ck_assert_uint_gt(info.verified_insns, 0);
	ck_assert_uint_lt(info.verified_insns, INSNS_MAX);
}

START_TEST(programs_are_far_from_the_limit)
{
	print_program("bb_access", dataplane_prog_fd(world.dp, DP_PROG_ACCESS));
	print_program("bb_fabric", dataplane_prog_fd(world.dp, DP_PROG_FABRIC));
	print_program("bb_inject", dataplane_prog_fd(world.dp, DP_PROG_INJECT));
}
END_TEST

/* What each row would be with everything on is in the tables. */
static const struct row without_source_check[] = {
	{ "a wrong MAC passes", ACCESS(ACC0, 1),
	  .in = L(ETH(GATEWAY_MAC(1), OTHER_MAC), IP4(CA(1, AT_1U), VM(1, 1)), TALK(9)),
	  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, 1), IP4(CA(1, AT_1U), VM(1, 1), .ttl = 63), TALK(9)),
	  FORWARD(ENCAP, FAB0) },
	{ "a wrong CA passes", ACCESS(ACC0, 1),
	  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, 77), CA(1, AT_1V)), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, 77), CA(1, AT_1V), .ttl = 63), TALK(9)),
	  FORWARD(LOCAL, ACC0) },
};

static const struct row without_pa_check[] = {
	{ "any PA may send", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(77, VNI(1)), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U)), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), IP4(VM(1, 1), CA(1, AT_1U), .ttl = 63), TALK(9)), FORWARD(DECAP, ACC0) },
};

static const struct row without_qos[] = {
	{ "the outer TOS byte is 0 though DSCP is to be copied", ACCESS(ACC1, 3),
	  .in = L(FROM_SERVER(3, AT_3V), VLAN(300), IP4(CA(3, AT_3V), VM(3, 1), .tos = 0xbb), TALK(9)),
	  .out = L(TUNNEL(1, 1, VNI(3)), TO_VM(3, 1), IP4(CA(3, AT_3V), VM(3, 1), .ttl = 63, .tos = 0xbb), TALK(9)),
	  FORWARD(ENCAP, FAB0) },
	{ "the outer TOS byte is 0 though the VRF has a DSCP", ACCESS(ACC0, 2),
	  .in = L(FROM_SERVER(2, AT_2V), VLAN(200), IP4(CA(2, AT_2V), VM(2, 1), .tos = 2), TALK(9)),
	  .out = L(TUNNEL(1, 1, VNI(2)), TO_VM(2, 1), IP4(CA(2, AT_2V), VM(2, 1), .ttl = 63, .tos = 2), TALK(9)),
	  FORWARD(ENCAP, FAB0) },
	{ "the outer ECN field is ignored", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1), .tos = 3), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U), .tos = 0x68), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), IP4(VM(1, 1), CA(1, AT_1U), .ttl = 63, .tos = 0x68), TALK(9)),
	  FORWARD(DECAP, ACC0) },
	{ "and does not mark the inner one", FABRIC(FAB0, 1),
	  .in = L(FROM_PA(1, VNI(1), .tos = 3), FROM_VM(1, 1), IP4(VM(1, 1), CA(1, AT_1U), .tos = 2), TALK(9)),
	  .out = L(TO_SERVER(1, AT_1U), IP4(VM(1, 1), CA(1, AT_1U), .ttl = 63, .tos = 2), TALK(9)), FORWARD(DECAP,
		ACC0) },
};

START_TEST(source_check_off)
{
	world_open(1u << SWITCH_source_check);
	runner_open();
	ROWS_RUN(without_source_check);
}
END_TEST

START_TEST(pa_check_off)
{
	world_open(1u << SWITCH_pa_check);
	runner_open();
	ROWS_RUN(without_pa_check);
}
END_TEST

START_TEST(qos_off)
{
	world_open(1u << SWITCH_qos);
	runner_open();
	ROWS_RUN(without_qos);
}
END_TEST

START_TEST(budget_off)
{
	const uint32_t misses = 4 * BB_BUDGET_BURST / (128 + sizeof(struct bb_event));
	static struct frame f;

	world_open(1u << SWITCH_budget);
	runner_open();
	frame_build(&f, L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(9)));
	ck_assert_uint_eq(run_many(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, misses), XDP_DROP);
	ck_assert_uint_eq(counter_total(BB_R_OVER_BUDGET), 0);
	ck_assert_uint_eq(counter_total(BB_R_MISS) + counter_total(BB_R_RING_FULL), misses);
}
END_TEST

static uint32_t seen_after_a_hit(void)
{
	struct bb_key4 key = { .vrf = 1, .addr = htonl(VM(1, VM_FAB0)) };
	int fd = dataplane_map_fd(world.dp, DP_cache4);
	static struct result r;
	static struct frame f;
	struct bb_cache4 v;

	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, &v), 0);
	v.seen = 1;
	ck_assert_int_eq(bpf_map_update_elem(fd, &key, &v, BPF_EXIST), 0);
	frame_build(&f, L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(9)));
	run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
	ck_assert_uint_eq(r.action, XDP_REDIRECT);
	ck_assert_int_eq(bpf_map_lookup_elem(fd, &key, &v), 0);
	return v.seen;
}

START_TEST(seen_on)
{
	world_open(0);
	ck_assert_uint_eq(seen_after_a_hit(), dataplane_state(world.dp)->now);
}
END_TEST

START_TEST(seen_off)
{
	world_open(1u << SWITCH_seen);
	ck_assert_uint_eq(seen_after_a_hit(), 1);
}
END_TEST

START_TEST(each_switch_has_a_test)
{
	ck_assert_msg(SWITCHES == 5, "a test of the newest switch, %s, is missing", switch_names[SWITCHES - 1]);
}
END_TEST

static TCase *effects(void)
{
	TCase *tc = tcase_create("effects");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, source_check_off);
	tcase_add_test(tc, pa_check_off);
	tcase_add_test(tc, qos_off);
	tcase_add_test(tc, budget_off);
	tcase_add_test(tc, seen_on);
	tcase_add_test(tc, seen_off);
	tcase_add_test(tc, each_switch_has_a_test);
	return tc;
}

Suite *switches_suite(void)
{
	Suite *s = suite_create("switches");
	TCase *load = tcase_create("loads"), *size = tcase_create("programs");

	tcase_set_timeout(load, 60);
	tcase_add_test(load, all_on_and_all_off_load);
	tcase_add_loop_test(load, each_alone_loads, 0, SWITCHES);
	tcase_add_loop_test(load, each_pair_loads, 1, SWITCHES);
	suite_add_tcase(s, load);
	tcase_add_unchecked_fixture(size, world_setup_shared, NULL);
	tcase_add_test(size, programs_are_far_from_the_limit);
	suite_add_tcase(s, size);
	suite_add_tcase(s, effects());
	return s;
}
