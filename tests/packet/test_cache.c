// SPDX-License-Identifier: GPL-2.0-or-later
/* The cache on real maps: publishing against changes, invalidation, size, idleness, resizing. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/eviction.h"
#include "rows.h"
#include "suites.h"

#define SIZE 64
/* The n-th machine of a tenant, beyond those of the plan. */
#define NTH(t, n) (IPV4(10, t, 128, 0) + (n))
#define UP_1(ca) L(FROM_SERVER(1, AT_1W), VLAN(101), IP4(CA(1, AT_1W), ca), TALK(9))
#define UP_2(ca) L(FROM_SERVER(2, AT_2V), VLAN(200), IP4(CA(2, AT_2V), ca), TALK(9))

static struct bb_error err;

static uint32_t now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static struct cache_status status(void)
{
	struct cache_status s;

	cache_get_status(world.cache, &s);
	return s;
}

static int publish_nth(uint16_t vrf, uint32_t n)
{
	return world_publish(vrf, NTH(vrf, n), 1, VNI(vrf), VM_MAC(vrf, 1));
}

static void drop_one(uint16_t vrf, uint32_t ca)
{
	struct bb_addr addr = addr4(ca);

	cache_change_begin(world.cache);
	cache_drop(world.cache, vrf, &addr);
	cache_change_end(world.cache);
}

static void void_vrf(uint16_t vrf)
{
	cache_change_begin(world.cache);
	cache_void(world.cache, vrf);
	cache_change_end(world.cache);
}

static struct bb_key4 key_of(uint16_t vrf, uint32_t ca)
{
	return (struct bb_key4){ .vrf = vrf, .addr = htonl(ca) };
}

static bool is_in_map(uint16_t vrf, uint32_t ca)
{
	struct bb_key4 key = key_of(vrf, ca);
	struct bb_cache4 value;

	return !bpf_map_lookup_elem(dataplane_map_fd(world.dp, DP_cache4), &key, &value);
}

static bool is_negative_in_map(uint16_t vrf, uint32_t ca)
{
	struct bb_key4 key = key_of(vrf, ca);
	struct bb_negative value;

	return !bpf_map_lookup_elem(dataplane_map_fd(world.dp, DP_negatives4), &key, &value);
}

static void set_age(uint16_t vrf, uint32_t ca, uint32_t age)
{
	struct bb_key4 key = key_of(vrf, ca);
	int fd = dataplane_map_fd(world.dp, DP_cache4);
	struct bb_cache4 value;

	if (bpf_map_lookup_elem(fd, &key, &value))
		ck_abort_msg("an entry is missing");
	value.seen = now_seconds() - age;
	if (bpf_map_update_elem(fd, &key, &value, BPF_EXIST))
		ck_abort_msg("cannot age an entry");
}

static uint32_t entries_in_map(void)
{
	int fd = dataplane_map_fd(world.dp, DP_cache4);
	struct bb_key4 key, next;
	uint32_t n = 0;

	for (int rc = bpf_map_get_next_key(fd, NULL, &next); !rc; rc = bpf_map_get_next_key(fd, &key, &next)) {
		key = next;
		n++;
	}
	return n;
}

/* What the program makes of a frame to that CA now. */
static enum bb_reason fate(uint16_t vrf, uint32_t ca)
{
	static struct result r;
	static struct frame f;
	struct change c;

	if (vrf == 1)
		frame_build(&f, UP_1(ca));
	else
		frame_build(&f, UP_2(ca));
	counters_look(&c);
	run_frame(DP_PROG_ACCESS, DEV_ACC0, f.bytes, f.len, 0, &r);
	counters_look(&c);
	ring_drain(NULL);
	if (c.counters != 1)
		ck_abort_msg("a frame was not counted once");
	return c.reason;
}

/* A cache without the plan's entries, of this size. */
static void resize_to(uint32_t size)
{
	const struct bb_cache_opts opts = { .size = size, .idle = BB_CACHE_IDLE_DEFAULT };

	void_vrf(1);
	void_vrf(2);
	void_vrf(3);
	cache_sweep(world.cache);
	ck_assert_int_eq(cache_set(world.cache, &opts, &err), 0);
	ck_assert_uint_eq(status().used, 0);
}

START_TEST(an_older_answer_is_refused)
{
	struct answer yes = { .kind = ANSWER_REMOTE, .remote = 1, .vni = VNI(1) }, no = { .kind = ANSWER_NONE };
	struct bb_addr ca = addr4(NTH(1, 1));
	uint64_t version = cache_version(world.cache);

	cache_change_begin(world.cache);
	cache_change_end(world.cache);
	ck_assert_int_eq(cache_publish(world.cache, 1, &ca, &yes, version), -EAGAIN);
	ck_assert_int_eq(cache_publish(world.cache, 1, &ca, &no, version), -EAGAIN);
	ck_assert(!is_in_map(1, NTH(1, 1)) && !is_negative_in_map(1, NTH(1, 1)));
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_MISS);
	ck_assert_int_eq(cache_publish(world.cache, 1, &ca, &yes, cache_version(world.cache)), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_ENCAP);
}
END_TEST

static void *publish_with_version(void *arg)
{
	struct answer yes = { .kind = ANSWER_REMOTE, .remote = 1, .vni = VNI(1) };
	struct bb_addr ca = addr4(NTH(1, 1));

	return (void *)(long)cache_publish(world.cache, 1, &ca, &yes, *(uint64_t *)arg);
}

/* A resolver that is about to publish while a change is under way. */
START_TEST(a_change_holds_publishers_up)
{
	uint64_t version = cache_version(world.cache);
	pthread_t thread;
	void *rc;

	cache_change_begin(world.cache);
	ck_assert_int_eq(pthread_create(&thread, NULL, publish_with_version, &version), 0);
	usleep(20000);
	ck_assert(!is_in_map(1, NTH(1, 1)));
	cache_change_end(world.cache);
	pthread_join(thread, &rc);
	ck_assert_int_eq((long)rc, -EAGAIN);
	ck_assert(!is_in_map(1, NTH(1, 1)));
}
END_TEST

START_TEST(an_answer_is_published_whole)
{
	struct bb_key4 key = key_of(1, NTH(1, 1));
	struct bb_cache4 v;

	ck_assert_int_eq(world_publish(1, NTH(1, 1), 2, 0xabcdef, 0x020304050607ULL), 0);
	ck_assert_int_eq(bpf_map_lookup_elem(dataplane_map_fd(world.dp, DP_cache4), &key, &v), 0);
	ck_assert_uint_eq(v.remote, 2);
	ck_assert_uint_eq(v.gen, tables_generation(world.tables, 1));
	ck_assert_uint_eq(ntohl(v.vni), 0xabcdef00);
	ck_assert_mem_eq(v.mac, mac48(0x020304050607ULL).b, 6);
	ck_assert_uint_le(now_seconds() - v.seen, 1);
}
END_TEST

START_TEST(a_second_answer_replaces_the_first)
{
	struct cache_status before, after;

	ck_assert_int_eq(publish_nth(1, 1), 0);
	before = status();
	ck_assert_int_eq(world_publish(1, NTH(1, 1), 3, VNI(1), VM_MAC(1, 2)), 0);
	after = status();
	ck_assert_uint_eq(after.used, before.used);
	ck_assert_uint_eq(after.promoted, before.promoted);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_NO_NEIGHBOUR);
}
END_TEST

START_TEST(drop_takes_one_key)
{
	ck_assert_int_eq(publish_nth(1, 1), 0);
	ck_assert_int_eq(publish_nth(1, 2), 0);
	ck_assert_int_eq(publish_nth(2, 1), 0);
	ck_assert_int_eq(world_publish_none(1, NTH(1, 3)), 0);
	ck_assert_int_eq(world_publish_none(1, NTH(1, 4)), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 3)), BB_R_NEGATIVE);
	drop_one(1, NTH(1, 1));
	drop_one(1, NTH(1, 3));
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_MISS);
	ck_assert_uint_eq(fate(1, NTH(1, 2)), BB_R_ENCAP);
	ck_assert_uint_eq(fate(2, NTH(2, 1)), BB_R_ENCAP);
	ck_assert_uint_eq(fate(1, NTH(1, 3)), BB_R_MISS);
	ck_assert_uint_eq(fate(1, NTH(1, 4)), BB_R_NEGATIVE);
	ck_assert_uint_eq(status().deleted, 1);
	drop_one(1, NTH(1, 77)); /* what is not there */
	ck_assert_uint_eq(status().deleted, 1);
}
END_TEST

START_TEST(an_answer_ends_a_negative)
{
	ck_assert_int_eq(world_publish_none(1, NTH(1, 1)), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_NEGATIVE);
	ck_assert_int_eq(publish_nth(1, 1), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_ENCAP);
}
END_TEST

START_TEST(void_ends_a_vrf_without_a_walk)
{
	uint32_t before;

	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	ck_assert_int_eq(publish_nth(2, 1), 0);
	ck_assert_int_eq(world_publish_none(1, NTH(1, 200)), 0);
	before = entries_in_map();
	void_vrf(1);
	ck_assert_uint_eq(entries_in_map(), before);
	for (uint32_t i = 0; i < 100; i += 9)
		ck_assert_uint_eq(fate(1, NTH(1, i)), BB_R_MISS);
	ck_assert_uint_eq(fate(1, NTH(1, 200)), BB_R_MISS);
	ck_assert_uint_eq(fate(2, NTH(2, 1)), BB_R_ENCAP);
	ck_assert_int_eq(publish_nth(1, 9), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 9)), BB_R_ENCAP);
	ck_assert_uint_eq(fate(1, NTH(1, 10)), BB_R_MISS);
}
END_TEST

START_TEST(sweep_takes_what_is_void)
{
	resize_to(512);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	for (uint32_t i = 0; i < 50; i++)
		ck_assert_int_eq(publish_nth(2, i), 0);
	void_vrf(1);
	ck_assert_int_eq(publish_nth(1, 5), 0);
	ck_assert_uint_eq(status().used, 150);
	cache_sweep(world.cache);
	ck_assert_uint_eq(status().used, 51);
	ck_assert_uint_eq(entries_in_map(), 51);
	ck_assert_uint_eq(fate(1, NTH(1, 5)), BB_R_ENCAP);
	ck_assert_uint_eq(fate(2, NTH(2, 49)), BB_R_ENCAP);
	ck_assert_uint_eq(status().evicted_lru, 0);
}
END_TEST

START_TEST(the_size_is_kept)
{
	struct cache_status was, is;

	resize_to(SIZE);
	was = status();
	for (uint32_t i = 0; i < 20 * SIZE; i++) {
		if (publish_nth(1, i))
			ck_abort_msg("cannot publish number %u", i);
		if (entries_in_map() > SIZE)
			ck_abort_msg("%u entries in a cache of %u", entries_in_map(), SIZE);
		if (!is_in_map(1, NTH(1, i)))
			ck_abort_msg("number %u is not there at once", i);
	}
	ck_assert_uint_eq(status().used, entries_in_map());
	is = status();
	ck_assert_uint_eq(is.promoted - was.promoted, 20 * SIZE);
	ck_assert_uint_eq(is.promoted - was.promoted - (is.evicted_lru - was.evicted_lru), is.used);
	ck_assert_uint_eq(is.flushed - was.flushed + is.deleted - was.deleted + is.evicted_idle - was.evicted_idle, 0);
}
END_TEST

START_TEST(the_oldest_leave_first)
{
	uint32_t leave = eviction_batch(SIZE);
	struct cache_status was;

	resize_to(SIZE);
	was = status();
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	for (uint32_t i = 0; i < SIZE; i++) /* the last ones are the oldest */
		set_age(1, NTH(1, i), 1 + i);
	ck_assert_int_eq(publish_nth(1, 1000), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(is_in_map(1, NTH(1, i)), i < SIZE - leave);
	ck_assert(is_in_map(1, NTH(1, 1000)));
	ck_assert_uint_eq(status().evicted_lru - was.evicted_lru, leave);
	ck_assert_uint_eq(status().used, SIZE - leave + 1);
}
END_TEST

/* All of one age: still only as many leave as must. */
START_TEST(equals_do_not_all_leave)
{
	uint32_t there = 0;

	resize_to(SIZE);
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		set_age(1, NTH(1, i), 50);
	ck_assert_int_eq(publish_nth(1, 1000), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		there += is_in_map(1, NTH(1, i));
	ck_assert_uint_eq(there, SIZE - eviction_batch(SIZE));
}
END_TEST

START_TEST(a_smaller_size_is_kept_at_once)
{
	const struct bb_cache_opts opts = { .size = SIZE, .idle = BB_CACHE_IDLE_DEFAULT };

	resize_to(512);
	for (uint32_t i = 0; i < 300; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	for (uint32_t i = 0; i < 300; i++)
		set_age(1, NTH(1, i), 1 + i);
	ck_assert_int_eq(cache_set(world.cache, &opts, &err), 0);
	ck_assert_uint_eq(entries_in_map(), SIZE);
	ck_assert_uint_eq(status().used, SIZE);
	ck_assert_uint_eq(status().size, SIZE);
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert(is_in_map(1, NTH(1, i)));
}
END_TEST

START_TEST(a_larger_size_keeps_the_entries)
{
	const struct bb_cache_opts opts = { .size = 20000, .idle = BB_CACHE_IDLE_DEFAULT };
	uint32_t before = dataplane_cache_entries(world.dp), used;
	uint64_t encaps;

	for (uint32_t i = 0; i < 200; i++)
		ck_assert_int_eq(publish_nth(1 + i % 2, i), 0);
	ck_assert_uint_eq(fate(1, NTH(1, 0)), BB_R_ENCAP);
	used = status().used;
	encaps = counter_total(BB_R_ENCAP);
	ck_assert_int_eq(cache_set(world.cache, &opts, &err), 0);
	ck_assert_uint_gt(dataplane_cache_entries(world.dp), before);
	ck_assert_uint_eq(dataplane_cache_entries(world.dp), eviction_map_entries(20000, libbpf_num_possible_cpus()));
	ck_assert_uint_eq(status().used, used);
	ck_assert_uint_eq(entries_in_map(), used + 1); /* and the void one of the plan, which nobody published */
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_uint_eq(fate(1 + i % 2, NTH(1 + i % 2, i)), BB_R_ENCAP);
	ck_assert_uint_eq(counter_total(BB_R_ENCAP), encaps + 200);
	for (uint32_t i = 0; i < 19000; i++)
		if (publish_nth(1, i))
			ck_abort_msg("cannot publish number %u", i);
	ck_assert_uint_eq(status().evicted_lru, 0);
	drop_one(1, NTH(1, 0));
	ck_assert_uint_eq(fate(1, NTH(1, 0)), BB_R_MISS);
}
END_TEST

START_TEST(sweep_takes_what_is_idle)
{
	const struct bb_cache_opts opts = { .size = 512, .idle = 1 };
	struct cache_status was;

	resize_to(512);
	ck_assert_int_eq(cache_set(world.cache, &opts, &err), 0);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	usleep(1100000); /* marks from before a start are not held against an entry for the idle time */
	was = status();
	for (uint32_t i = 0; i < 100; i++)
		set_age(1, NTH(1, i), i < 40 ? 100 : 0);
	cache_sweep(world.cache);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(is_in_map(1, NTH(1, i)), i >= 40);
	ck_assert_uint_eq(status().evicted_idle - was.evicted_idle, 40);
	ck_assert_uint_eq(status().used, 60);
	ck_assert_uint_eq(status().evicted_lru, was.evicted_lru);
}
END_TEST

START_TEST(nothing_is_idle_right_after_a_start)
{
	ck_assert_int_eq(publish_nth(1, 1), 0);
	set_age(1, NTH(1, 1), 4000);
	cache_sweep(world.cache);
	ck_assert(is_in_map(1, NTH(1, 1)));
	ck_assert_uint_eq(status().evicted_idle, 0);
}
END_TEST

START_TEST(a_packet_keeps_an_entry_young)
{
	ck_assert_int_eq(publish_nth(1, 1), 0);
	set_age(1, NTH(1, 1), 4000);
	cache_tick(world.cache);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_ENCAP);
	resize_to(SIZE);
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		set_age(1, NTH(1, i), 60);
	ck_assert_uint_eq(fate(1, NTH(1, 33)), BB_R_ENCAP);
	for (uint32_t i = 0; i < SIZE / 2; i++)
		ck_assert_int_eq(publish_nth(1, 1000 + i), 0);
	ck_assert(is_in_map(1, NTH(1, 33)));
}
END_TEST

struct listing {
	uint32_t count, of_vrf[4];
	struct cache_entry last;
};

static int list_entry(const struct cache_entry *e, void *arg)
{
	struct listing *l = arg;

	l->count++;
	l->of_vrf[e->vrf & 3]++;
	l->last = *e;
	return 0;
}

static int stop_at_once(const struct cache_entry *e, void *arg)
{
	(void)e;
	++*(int *)arg;
	return 7;
}

START_TEST(entries_are_told)
{
	struct listing l = { 0 };
	struct bb_addr ca = addr4(NTH(2, 5));
	int calls = 0;

	resize_to(512);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert_int_eq(publish_nth(1, i), 0);
	ck_assert_int_eq(world_publish(2, NTH(2, 5), 2, 0x123456, VM_MAC(2, 5)), 0);
	set_age(2, NTH(2, 5), 30);
	ck_assert_int_eq(cache_each(world.cache, 0, list_entry, &l), 0);
	ck_assert_uint_eq(l.count, 11);
	l = (struct listing){ 0 };
	ck_assert_int_eq(cache_each(world.cache, 2, list_entry, &l), 0);
	ck_assert_uint_eq(l.count, 1);
	ck_assert_mem_eq(&l.last.ca, &ca, sizeof(ca));
	ck_assert_uint_eq(l.last.remote, 2);
	ck_assert_uint_eq(l.last.vni, 0x123456);
	ck_assert_uint_ge(l.last.idle, 30);
	ck_assert_uint_le(l.last.idle, 31);
	ck_assert_int_eq(cache_each(world.cache, 1, stop_at_once, &calls), 7);
	ck_assert_int_eq(calls, 1);
	void_vrf(1);
	l = (struct listing){ 0 };
	ck_assert_int_eq(cache_each(world.cache, 0, list_entry, &l), 0);
	ck_assert_uint_eq(l.count, 1);
}
END_TEST

START_TEST(negatives_are_counted_and_expire)
{
	uint32_t before = status().negative;
	struct bb_state *state = dataplane_state(world.dp);

	ck_assert_int_eq(world_publish_none(1, NTH(1, 1)), 0);
	ck_assert_uint_eq(status().negative, before + 1);
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_NEGATIVE);
	state->now += BB_NEGATIVE_SECONDS + 1;
	ck_assert_uint_eq(fate(1, NTH(1, 1)), BB_R_MISS);
}
END_TEST

static void setup(void)
{
	world_setup();
	runner_open();
}

Suite *cache_suite(void)
{
	Suite *s = suite_create("cache");
	TCase *tc = tcase_create("cache");

	tcase_add_checked_fixture(tc, setup, world_close);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, an_older_answer_is_refused);
	tcase_add_test(tc, a_change_holds_publishers_up);
	tcase_add_test(tc, an_answer_is_published_whole);
	tcase_add_test(tc, a_second_answer_replaces_the_first);
	tcase_add_test(tc, drop_takes_one_key);
	tcase_add_test(tc, an_answer_ends_a_negative);
	tcase_add_test(tc, void_ends_a_vrf_without_a_walk);
	tcase_add_test(tc, sweep_takes_what_is_void);
	tcase_add_test(tc, the_size_is_kept);
	tcase_add_test(tc, the_oldest_leave_first);
	tcase_add_test(tc, equals_do_not_all_leave);
	tcase_add_test(tc, a_smaller_size_is_kept_at_once);
	tcase_add_test(tc, a_larger_size_keeps_the_entries);
	tcase_add_test(tc, sweep_takes_what_is_idle);
	tcase_add_test(tc, nothing_is_idle_right_after_a_start);
	tcase_add_test(tc, a_packet_keeps_an_entry_young);
	tcase_add_test(tc, entries_are_told);
	tcase_add_test(tc, negatives_are_counted_and_expire);
	suite_add_tcase(s, tc);
	return s;
}
