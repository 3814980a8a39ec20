// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ages leave, how many, and how much room the kernel's map needs beyond the cache. */
#include <string.h>

#include "bluebird/abi.h"
#include "core/eviction.h"
#include "suites.h"

static const struct {
	uint32_t now, seen, idle;
	uint32_t age;
	bool gone;
} ages[] = {
	{ 1000, 1000, 300, 0, false },
	{ 1000, 700, 300, 300, false },
	{ 1000, 699, 300, 301, true },
	{ 1000, 1001, 300, 0, false }, /* marked after the clock was read */
	{ 1000, UINT32_MAX, 1, 0, false },
	{ 1000, 0, 0, 1000, false }, /* 0: never */
	{ 100000, 0, 86400, 100000, true },
	{ UINT32_MAX, 0, UINT32_MAX, UINT32_MAX, false },
	{ 0, 0, 1, 0, false },
};

START_TEST(age)
{
	ck_assert_uint_eq(eviction_age(ages[_i].now, ages[_i].seen), ages[_i].age);
	ck_assert_int_eq(eviction_is_idle(ages[_i].now, ages[_i].seen, ages[_i].idle), ages[_i].gone);
}
END_TEST

/* Entries: 3 of age 0, 5 of age 10, 2 of age 4094, 1 of age 4095 and 4 older ones, which share a bin. */
static const struct {
	uint32_t want, threshold, partial;
} thresholds[] = {
	{ 0, UINT32_MAX, 0 },
	{ 1, 4095, 1 },
	{ 5, 4095, 5 },
	{ 6, 4094, 1 },
	{ 7, 4094, 2 },
	{ 8, 10, 1 },
	{ 12, 10, 5 },
	{ 13, 0, 1 },
	{ 15, 0, 3 },
	{ 16, 0, 3 }, /* all there are */
	{ UINT32_MAX, 0, 3 },
};

static void add_ages(struct eviction_ages *a, uint32_t age, unsigned int n)
{
	while (n--)
		eviction_ages_add(a, 100000, 100000 - age);
}

START_TEST(threshold)
{
	static struct eviction_ages a;
	uint32_t partial = 99;

	memset(&a, 0, sizeof(a));
	add_ages(&a, 0, 2);
	eviction_ages_add(&a, 100000, 100001);
	add_ages(&a, 10, 5);
	add_ages(&a, 4094, 2);
	add_ages(&a, 4095, 1);
	add_ages(&a, 4096, 3);
	add_ages(&a, 90000, 1);
	ck_assert_uint_eq(a.total, 15);
	ck_assert_uint_eq(eviction_threshold(&a, thresholds[_i].want, &partial), thresholds[_i].threshold);
	ck_assert_uint_eq(partial, thresholds[_i].partial);
}
END_TEST

START_TEST(threshold_of_nothing)
{
	static struct eviction_ages a;
	uint32_t partial = 99;

	ck_assert_uint_eq(eviction_threshold(&a, 5, &partial), 0);
	ck_assert_uint_eq(partial, 0);
}
END_TEST

/* By simulation: what leaves is what was wanted, and no more as long as no age is in the last bin. */
START_TEST(threshold_is_enough)
{
	static struct eviction_ages a;
	uint32_t want, age, partial, at, left, gone, x = 12345;
	unsigned int i;

	memset(&a, 0, sizeof(a));
	for (i = 0; i < 5000; i++) {
		x = x * 1103515245 + 12345;
		add_ages(&a, (x >> 16) % 600, 1);
	}
	for (want = 1; want <= 5000; want += 37) {
		at = eviction_threshold(&a, want, &partial);
		for (age = gone = 0, left = partial; age < EVICTION_AGES; age++)
			gone += age > at ? a.bin[age] : age == at && left ? left : 0;
		ck_assert_uint_eq(gone, want);
	}
}
END_TEST

START_TEST(batch)
{
	ck_assert_uint_eq(eviction_batch(0), 1);
	ck_assert_uint_eq(eviction_batch(1), 1);
	ck_assert_uint_eq(eviction_batch(31), 1);
	ck_assert_uint_eq(eviction_batch(64), 4);
	ck_assert_uint_eq(eviction_batch(196608), 12288);
	ck_assert_uint_eq(eviction_batch(UINT32_MAX), UINT32_MAX / 16);
}
END_TEST

static const struct {
	uint32_t size;
	unsigned int cpus;
	uint32_t at_least, at_most;
} entries[] = {
	{ BB_CACHE_SIZE_MIN, 1, 4096, 8192 },
	{ BB_CACHE_SIZE_MIN, 256, 4096 + 128 * 256, 8192 + 128 * 256 },
	{ 4096, 2, 8192, 10240 },
	{ 196608, 2, 216524, 218000 },
	{ 196608, 64, 216268 + 128 * 64, 217300 + 128 * 64 },
	{ BB_CACHE_SIZE_MAX, 64, 9227468 + 128 * 64, 9228500 + 128 * 64 },
	{ UINT32_MAX, 64, UINT32_MAX - 1024, UINT32_MAX },
};

START_TEST(map_entries)
{
	uint32_t n = eviction_map_entries(entries[_i].size, entries[_i].cpus);

	ck_assert_uint_ge(n, entries[_i].at_least);
	ck_assert_uint_le(n, entries[_i].at_most);
	ck_assert_uint_eq(n % 1024, 0);
}
END_TEST

Suite *eviction_suite(void)
{
	Suite *s = suite_create("eviction");
	TCase *tc = tcase_create("eviction");

	tcase_add_loop_test(tc, age, 0, ARRAY_LEN(ages));
	tcase_add_loop_test(tc, threshold, 0, ARRAY_LEN(thresholds));
	tcase_add_test(tc, threshold_of_nothing);
	tcase_add_test(tc, threshold_is_enough);
	tcase_add_test(tc, batch);
	tcase_add_loop_test(tc, map_entries, 0, ARRAY_LEN(entries));
	suite_add_tcase(s, tc);
	return s;
}
