// SPDX-License-Identifier: GPL-2.0-or-later
/* Misses beyond what is granted: the attachment's budget, and the room in the ring. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "rows.h"
#include "suites.h"

#define MANY 200000
#define COST (128 + sizeof(struct bb_event)) /* of a small frame, in bytes of ring */
#define MISS_FRAME L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(64))

static struct frame f;

struct misses {
	uint64_t miss, over_budget, ring_full;
};

static struct misses misses_now(void)
{
	return (struct misses){ counter_total(BB_R_MISS), counter_total(BB_R_OVER_BUDGET),
		counter_total(BB_R_RING_FULL) };
}

static struct misses misses_since(const struct misses *was)
{
	struct misses m = misses_now();

	m.miss -= was->miss;
	m.over_budget -= was->over_budget;
	m.ring_full -= was->ring_full;
	return m;
}

/* A scan from one attachment. */
static struct misses scan(void)
{
	struct misses was = misses_now();

	frame_build(&f, MISS_FRAME);
	ck_assert_uint_eq(run_many(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, MANY), XDP_DROP);
	return misses_since(&was);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* What is granted at once is granted, and beyond that only as time passes; and it does not fill the ring. */
START_TEST(a_scan_is_over_budget)
{
	uint64_t start = now_ns(), most;
	struct misses m;

	runner_open();
	m = scan();
	most = BB_BUDGET_BURST + (now_ns() - start) * BB_BUDGET_PER_SECOND / 900000000;
	ck_assert_uint_eq(m.miss + m.over_budget + m.ring_full, MANY);
	ck_assert_uint_gt(m.over_budget, 0);
	ck_assert_uint_ge(m.miss, BB_BUDGET_BURST / COST);
	ck_assert_uint_le(m.miss, most / COST + 1);
	ck_assert_uint_eq(m.ring_full, 0);
}
END_TEST

START_TEST(others_keep_their_budget)
{
	const struct row others[] = {
		{ "another attachment of the port", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, AT_1V), VLAN(100), IP4(CA(1, AT_1V), VM(1, VM_UNKNOWN)), TALK(9)),
		  PUNT(AT_1V, VM(1, VM_UNKNOWN)) },
		{ "another tenant", ACCESS(ACC0, 2),
		  .in = L(FROM_SERVER(2, AT_2V), VLAN(200), IP4(CA(2, AT_2V), VM(1, VM_UNKNOWN)), TALK(9)),
		  PUNT(AT_2V, VM(1, VM_UNKNOWN)) },
		{ "what is cached", ACCESS(ACC0, 1),
		  .in = L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_FAB0)), TALK(9)),
		  .out = L(TUNNEL(1, 1, VNI(1)), TO_VM(1, 1), IP4(CA(1, AT_1U), VM(1, 1), .ttl = 63), TALK(9)),
		  FORWARD(ENCAP, FAB0) },
		{ "a frame on its second run", INJECTED(ACC0, 1),
		  .in = L(INJECT(PORT_ACC0, 1), FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(9)),
		  PUNT(AT_1U, VM(1, VM_UNKNOWN)) },
	};

	runner_open();
	scan();
	ROWS_RUN(others);
}
END_TEST

START_TEST(budgets_refill)
{
	const struct row again[] = {
		{ "after a while", ACCESS(ACC0, 1), .in = MISS_FRAME, PUNT(AT_1U, VM(1, VM_UNKNOWN)) },
	};

	runner_open();
	scan();
	usleep(20000);
	ROWS_RUN(again);
}
END_TEST

/* With an empty bucket that was filled just now: the one frame is refused and counted. */
START_TEST(an_empty_bucket_refuses)
{
	int cpus = libbpf_num_possible_cpus(), fd = dataplane_map_fd(world.dp, DP_budgets);
	struct bb_budget *b = calloc(cpus, sizeof(*b));
	static struct result r;
	uint32_t key = AT_1U;
	struct change c;

	runner_open();
	frame_build(&f, MISS_FRAME);
	for (int tries = 0; tries < 100; tries++) {
		counters_look(&c);
		for (int i = 0; i < cpus; i++)
			b[i].ns = now_ns();
		ck_assert_int_eq(bpf_map_update_elem(fd, &key, b, BPF_ANY), 0);
		run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
		counters_look(&c);
		if (c.reason == BB_R_OVER_BUDGET) /* else too much time passed in between */
			break;
	}
	ck_assert_ptr_null(check_any(DP_PROG_ACCESS, f.len, &r, &c));
	ck_assert_uint_eq(c.reason, BB_R_OVER_BUDGET);
	ck_assert_uint_eq(c.port, PORT_ACC0);
	ck_assert_uint_eq(c.vrf, 1);
	free(b);
}
END_TEST

/* Nothing but the ring's room limits: the budget is off. */
START_TEST(a_full_ring_is_counted)
{
	const struct row again[] = {
		{ "after the ring was read", ACCESS(ACC0, 1), .in = MISS_FRAME, PUNT(AT_1U, VM(1, VM_UNKNOWN)) },
	};
	const int frames = BB_RING_BYTES / BB_FRAME_MAX + 100;
	static struct punted p;
	static struct result r;
	struct misses was, m;
	struct change c;

	world_close();
	world_open(1u << SWITCH_budget);
	runner_open();
	was = misses_now();
	frame_build(&f, L(FROM_SERVER(1, AT_1U), IP4(CA(1, AT_1U), VM(1, VM_UNKNOWN)), TALK(BB_FRAME_MAX - 42)));
	for (int i = 0; i < frames; i++)
		run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
	m = misses_since(&was);
	ck_assert_uint_eq(m.miss + m.ring_full, frames);
	ck_assert_uint_eq(m.miss, BB_RING_BYTES / (BB_FRAME_MAX + sizeof(struct bb_event) + 8)); /* the kernel's 8 */
	counters_look(&c);
	run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
	counters_look(&c);
	ck_assert_ptr_null(check_any(DP_PROG_ACCESS, f.len, &r, &c));
	ck_assert_uint_eq(c.reason, BB_R_RING_FULL);
	ring_drain(&p);
	ck_assert_uint_eq(p.events, m.miss);
	ROWS_RUN(again);
}
END_TEST

Suite *limits_suite(void)
{
	Suite *s = suite_create("limits of misses");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, world_setup, world_close);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_scan_is_over_budget);
	tcase_add_test(tc, others_keep_their_budget);
	tcase_add_test(tc, budgets_refill);
	tcase_add_test(tc, an_empty_bucket_refuses);
	tcase_add_test(tc, a_full_ring_is_counted);
	suite_add_tcase(s, tc);
	return s;
}
