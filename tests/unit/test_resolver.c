// SPDX-License-Identifier: GPL-2.0-or-later
/* Who answers for a CA: the endpoint, else the mapping with its VNI or the VRF's, else nobody. */
#include <stdio.h>
#include <string.h>

#include "core/resolver.h"
#include "store_fixture.h"
#include "suites.h"

#define MAC " mac 02:00:00:00:00:0"

static const char *const more[] = {
	"mapping add vrf blue ca 192.168.10.3 pa 10.0.0.3" MAC "3 vni 77",
	"mapping add vrf blue ca 192.168.11.1 pa 10.0.0.3" MAC "4", /* an endpoint too */
	"mapping add vrf red ca 192.168.10.2 pa 10.0.0.3" MAC "5",
	NULL,
};

static const struct {
	uint16_t vrf;
	const char *ca;
	struct answer want;
} answers[] = {
	{ 1, "192.168.11.1", { ANSWER_LOCAL, 0, 0, { { 2, 0, 0, 0, 0, 1 } }, { 0 } } },
	{ 1, "192.168.10.2", { ANSWER_REMOTE, 1, 20500, { { 2, 0, 0, 0, 0, 2 } }, { 4, { 10, 0, 0, 2 } } } },
	{ 1, "192.168.10.3", { ANSWER_REMOTE, 2, 77, { { 2, 0, 0, 0, 0, 3 } }, { 4, { 10, 0, 0, 3 } } } },
	{ 2, "192.168.10.2", { ANSWER_REMOTE, 2, 20600, { { 2, 0, 0, 0, 0, 5 } }, { 4, { 10, 0, 0, 3 } } } },
	{ 2, "192.168.11.1", { .kind = ANSWER_NONE } },
	{ 1, "192.168.10.4", { .kind = ANSWER_NONE } },
	{ 1, "192.168.11.254", { .kind = ANSWER_NONE } }, /* the gateway itself is no CA */
	{ 3, "192.168.10.2", { .kind = ANSWER_NONE } },
	{ 0, "192.168.10.2", { .kind = ANSWER_NONE } },
	{ 1, "::", { .kind = ANSWER_NONE } },
};

static void check_answer(struct store_txn *t, uint16_t vrf, const char *text, const struct answer *want)
{
	struct answer got;
	struct bb_addr ca;

	memset(&got, 0xff, sizeof(got));
	ck_assert(!bb_addr_parse(text, &ca));
	ck_assert_int_eq(resolver_resolve(t, vrf, &ca, &got), 0);
	ck_assert_int_eq(got.kind, want->kind);
	ck_assert_uint_eq(got.remote, want->remote);
	ck_assert_uint_eq(got.vni, want->vni);
	ck_assert_mem_eq(&got.mac, &want->mac, sizeof(got.mac));
	ck_assert_mem_eq(&got.pa, &want->pa, sizeof(got.pa));
}

START_TEST(answer)
{
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	fixture_commit(&f, more);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	check_answer(t, answers[_i].vrf, answers[_i].ca, &answers[_i].want);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(answer_follows_the_store)
{
	static const char *const changes[] = {
		"endpoint del vrf blue ca 192.168.11.1",
		"vrf replace blue vni 20501",
		"mapping replace vrf blue ca 192.168.10.2 pa 10.0.0.3" MAC "6",
		"mapping del vrf blue ca 192.168.10.3",
		NULL,
	};
	const struct answer moved = { ANSWER_REMOTE, 2, 20501, { { 2, 0, 0, 0, 0, 4 } }, { 4, { 10, 0, 0, 3 } } };
	const struct answer replaced = { ANSWER_REMOTE, 2, 20501, { { 2, 0, 0, 0, 0, 6 } }, { 4, { 10, 0, 0, 3 } } };
	const struct answer none = { .kind = ANSWER_NONE };
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	fixture_commit(&f, more);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	check_answer(t, answers[0].vrf, answers[0].ca, &answers[0].want);
	store_end(&t);
	fixture_commit(&f, changes);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	check_answer(t, 1, "192.168.11.1", &moved);
	check_answer(t, 1, "192.168.10.2", &replaced);
	check_answer(t, 1, "192.168.10.3", &none);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* A store that cannot be read is not "no such CA", and the answer is left alone. */
START_TEST(failure)
{
	struct answer got = { .kind = ANSWER_REMOTE, .remote = 7 };
	struct bb_addr ca = { 4, { 192, 168, 10, 2 } };
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!store_commit(t, NULL));
	ck_assert_int_lt(resolver_resolve(t, 1, &ca, &got), 0);
	ck_assert_uint_eq(got.remote, 7);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

Suite *resolver_suite(void)
{
	Suite *s = suite_create("resolver");
	TCase *tc = tcase_create("resolver");

	tcase_add_loop_test(tc, answer, 0, ARRAY_LEN(answers));
	tcase_add_test(tc, answer_follows_the_store);
	tcase_add_test(tc, failure);
	suite_add_tcase(s, tc);
	return s;
}
