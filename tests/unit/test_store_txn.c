// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's transactions: all or nothing, snapshots, ids in turn, full tables, and a million at a time. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bluebird/abi.h"
#include "store_cases.h"
#include "store_fixture.h"
#include "suites.h"

#define BULK 100000

static struct bb_mapping mapping_of(uint32_t ca, uint32_t pa)
{
	struct bb_mapping m = {
		.vrf = "blue",
		.ca = { 4, { ca >> 24, ca >> 16, ca >> 8, ca } },
		.pa = { 4, { pa >> 24, pa >> 16, pa >> 8, pa } },
		.mac = { { 2, 0, 0, 0, 0, 1 } },
	};

	return m;
}

static int add_mapping(struct store_txn *t, uint32_t ca, uint32_t pa, struct bb_error *err)
{
	union bb_record rec = { 0 };

	rec.mapping = mapping_of(ca, pa);
	return store_add(t, BB_OBJ_MAPPING, &rec, err);
}

START_TEST(second_writer)
{
	struct store_txn *a, *b = NULL;
	struct bb_error err;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &a, NULL));
	ck_assert_int_eq(store_begin(f.store, true, &b, &err), -EBUSY);
	ck_assert_ptr_null(b);
	store_end(&a);
	ck_assert(!store_begin(f.store, true, &a, NULL));
	ck_assert(!store_commit(a, NULL));
	ck_assert_int_eq(store_commit(a, NULL), -EINVAL);
	ck_assert(!store_begin(f.store, true, &b, NULL)); /* the first one is over, though not ended */
	store_end(&a);
	ck_assert(!fixture_do(b, "vrf add green vni 4", NULL));
	store_end(&b);
	store_end(&b);
	fixture_close(&f);
}
END_TEST

START_TEST(reader_cannot_write)
{
	struct store_txn *t;
	struct bb_error err;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert_int_eq(fixture_do(t, "vrf add green vni 4", &err), -EINVAL);
	ck_assert_int_eq(fixture_do(t, "vrf del blue", &err), -EINVAL);
	ck_assert_int_eq(store_commit(t, &err), -EINVAL);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(effects_after_commit)
{
	char before[FIXTURE_TEXT], after[FIXTURE_TEXT];
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!fixture_do(t, "mapping del vrf blue ca 192.168.10.2", NULL));
	ck_assert(!fixture_do(t, "endpoint del vrf blue ca 192.168.11.1", NULL));
	ck_assert(!fixture_do(t, "attach del port eth0 vid 400", NULL));
	ck_assert(!fixture_do(t, "vrf del blue", NULL));
	ck_assert(!fixture_do(t, "vrf add blue vni 20500", NULL));
	fixture_effects(t, before);
	ck_assert_str_eq(before, "key 1 192.168.10.2\n-peer 1 10.0.0.2\n-remote 1 10.0.0.2\n"
				 "-record endpoint 1\nkey 1 192.168.11.1\n"
				 "-record attach 1\n-record vrf 1\n+record vrf 3");
	ck_assert(!store_commit(t, NULL));
	ck_assert_str_eq(fixture_effects(t, after), before);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(identity)
{
	uint8_t id[16], again[16];
	uint64_t txn, later;
	struct store_txn *t;
	struct fixture f, g;

	fixture_base_open(&f);
	fixture_open(&g, FIXTURE_MAP);
	store_identity(f.store, id, &txn);
	store_identity(g.store, again, &later);
	ck_assert_mem_ne(id, again, sizeof(id));
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!fixture_do(t, "vrf replace blue vni 20500", NULL));
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
	store_identity(f.store, again, &later);
	ck_assert_uint_eq(later, txn); /* nothing was written */
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!fixture_do(t, "vrf add green vni 4", NULL));
	store_identity(f.store, again, &later);
	ck_assert_uint_eq(later, txn);
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
	store_identity(f.store, again, &later);
	ck_assert_uint_eq(later, txn + 1);
	fixture_reopen(&f);
	store_identity(f.store, again, &later);
	ck_assert_uint_eq(later, txn + 1);
	ck_assert_mem_eq(id, again, sizeof(id));
	fixture_close(&f);
	fixture_close(&g);
}
END_TEST

/* An id that is free again comes back only after all others have had their turn. */
START_TEST(ids_in_turn)
{
	char line[64];
	union bb_record rec = { 0 };
	struct store_txn *t;
	unsigned int i;
	struct fixture f;

	fixture_open(&f, FIXTURE_MAP);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!fixture_do(t, "vrf add keep vni 9", NULL)); /* id 1 */
	for (i = 2; i < 2 * BB_MAX_VRFS - 2; i++) {
		uint16_t want = i < BB_MAX_VRFS ? i : i - BB_MAX_VRFS + 2;

		snprintf(line, sizeof(line), "vrf add v vni %u", 100 + i);
		ck_assert(!fixture_do(t, line, NULL));
		memcpy(rec.vrf.name, "v", 2);
		ck_assert(!store_get(t, BB_OBJ_VRF, &rec, &rec));
		ck_assert_uint_eq(rec.vrf.id, want);
		ck_assert(!fixture_do(t, "vrf del v", NULL));
	}
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(cursor_survives)
{
	static const char *const lines[] = { "port add eth5 role access", "port del eth5", NULL };
	union bb_record rec = { .port = { .dev = "eth6", .role = BB_PORT_ACCESS } };
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	fixture_commit(&f, lines);
	fixture_reopen(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!store_add(t, BB_OBJ_PORT, &rec, NULL));
	ck_assert_uint_eq(rec.port.id, 4); /* 3 was eth5's */
	store_end(&t);
	fixture_close(&f);
}
END_TEST

static const struct {
	const char *line; /* with the counter's value */
	unsigned int from, to;
	const char *extra; /* is refused then */
	const char *text;
	const char *free_one, *again;
} full[] = {
	{ "port add p%u role access", 2, BB_MAX_PORTS - 2, "port add x role access",
	  "the table is full: no more than 255 ports", "port del p7", "port add y role access" },
	{ "port add f%u role fabric", 1, BB_MAX_FABRIC_PORTS - 1, "port add x role fabric",
	  "the table is full: no more than 16 fabric ports", "port del f3", "port add y role fabric" },
	{ "port add f%u role fabric", 1, BB_MAX_FABRIC_PORTS - 1, "port replace eth2 role fabric",
	  "the table is full: no more than 16 fabric ports", "port del f3", "port replace eth2 role fabric" },
	{ "vrf add v%u vni %u", 2, BB_MAX_VRFS - 2, "vrf add x vni 99999", "the table is full: no more than 4095 VRFs",
	  "vrf del v77", "vrf add y vni 77" },
};

START_TEST(full_table)
{
	struct bb_error err = { "" };
	struct store_txn *t;
	struct fixture f;
	unsigned int i;
	char line[64];

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	if (strstr(full[_i].extra, "eth2"))
		ck_assert(!fixture_do(t, "port add eth2 role access", NULL));
	for (i = full[_i].from; i <= full[_i].to; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		snprintf(line, sizeof(line), full[_i].line, i, i);
#pragma GCC diagnostic pop
		ck_assert_msg(!fixture_do(t, line, &err), "%s: %s", line, err.text);
	}
	ck_assert_int_eq(fixture_do(t, full[_i].extra, &err), -ENOSPC);
	ck_assert_str_eq(err.text, full[_i].text);
	ck_assert(!fixture_do(t, full[_i].free_one, NULL));
	ck_assert_msg(!fixture_do(t, full[_i].again, &err), "%s", err.text);
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* The indexes of PAs run out; a mapping to a PA that has one still goes in, and a freed one is found again. */
START_TEST(full_remotes)
{
	union bb_record rec = { 0 };
	struct bb_error err = { "" };
	struct store_txn *t;
	struct fixture f;
	uint32_t i;

	fixture_open(&f, FIXTURE_MAP);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!fixture_do(t, "vrf add blue vni 1", NULL));
	for (i = 1; i < BB_MAX_REMOTES; i++)
		ck_assert(!add_mapping(t, i, 0x0a000000 + i, NULL));
	ck_assert_int_eq(add_mapping(t, i, 0x0a000000 + i, &err), -ENOSPC);
	ck_assert_str_eq(err.text, "the table is full: no more than 65535 different PAs");
	rec.mapping = mapping_of(5, 0x0a000000 + i);
	ck_assert_int_eq(store_replace(t, BB_OBJ_MAPPING, &rec, NULL), -ENOSPC);
	ck_assert(!add_mapping(t, i, 0x0a000001, NULL));
	rec.mapping = mapping_of(777, 0);
	ck_assert(!store_del(t, BB_OBJ_MAPPING, &rec, NULL));
	ck_assert(!add_mapping(t, 777, 0x0b000000, NULL));
	ck_assert_uint_eq(store_count(t, BB_OBJ_MAPPING), BB_MAX_REMOTES);
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
	fixture_close(&f);
}
END_TEST

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int no_record(const union bb_record *rec, void *arg)
{
	(void)rec, (void)arg;
	return 1;
}

/* In one transaction, in an order that is nobody's friend; then what concerns few does not walk over them all. */
START_TEST(bulk)
{
	struct bb_error err = { "" };
	const struct effect *e;
	struct bb_command show;
	struct store_txn *t;
	double begun = now();
	struct fixture f;
	uint32_t i;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	for (i = 0; i < BULK; i++)
		ck_assert(!add_mapping(t, 0x0a000000 + i * 2654435761u % 16777259u, 0xc0000000 + i % 1000, NULL));
	ck_assert_uint_eq(store_effects(t, &e), BULK + 2 * 1000);
	ck_assert_msg(!store_commit(t, &err), "%s", err.text);
	store_end(&t);
	ck_assert_msg(now() - begun < 10, "%d mappings took %.1f s", BULK, now() - begun);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert_uint_eq(store_count(t, BB_OBJ_MAPPING), BULK + 1);
	begun = now();
	ck_assert(!bb_parse_line("mapping show vrf red", &show, NULL));
	for (i = 0; i < 200; i++) {
		ck_assert_int_eq(fixture_do(t, "vrf del blue", NULL), -EBUSY);
		ck_assert_int_eq(store_each(t, BB_OBJ_MAPPING, &show.rec, show.set, no_record, NULL), 0);
	}
	ck_assert_msg(now() - begun < 1, "200 times took %.1f s", now() - begun);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

static int count_remote(uint32_t remote, const struct bb_addr *pa, void *arg)
{
	unsigned int *n = arg;

	(void)remote, (void)pa;
	(*n)++;
	return 0;
}

START_TEST(snapshot)
{
	struct store_txn *old, *new, *w;
	unsigned int n = 0;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &old, NULL));
	ck_assert(!store_begin(f.store, true, &w, NULL));
	ck_assert(!add_mapping(w, 1, 1, NULL));
	ck_assert_uint_eq(store_count(old, BB_OBJ_MAPPING), 1);
	ck_assert(!store_commit(w, NULL));
	store_end(&w);
	ck_assert_uint_eq(store_count(old, BB_OBJ_MAPPING), 1);
	ck_assert(!store_each_remote(old, count_remote, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert(!store_begin(f.store, false, &new, NULL));
	ck_assert_uint_eq(store_count(new, BB_OBJ_MAPPING), 2);
	store_end(&old);
	store_end(&new);
	ck_assert(!store_begin(f.store, false, &old, NULL)); /* a renewed one sees the news too */
	ck_assert_uint_eq(store_count(old, BB_OBJ_MAPPING), 2);
	store_end(&old);
	fixture_close(&f);
}
END_TEST

/* A renewed reader must not remember a VRF of its former life. */
START_TEST(no_stale_memory)
{
	static const char *const rename[] = { "vrf replace red vni 9", NULL };
	struct store_txn *t;
	struct bb_vrf vrf;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert(!store_vrf_by_id(t, 2, &vrf));
	store_end(&t);
	fixture_commit(&f, rename);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert(!store_vrf_by_id(t, 2, &vrf));
	ck_assert_uint_eq(vrf.vni, 9);
	store_end(&t);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!store_vrf_by_id(t, 2, &vrf));
	ck_assert(!fixture_do(t, "vrf replace red vni 10", NULL));
	ck_assert(!store_vrf_by_id(t, 2, &vrf));
	ck_assert_uint_eq(vrf.vni, 10);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

struct reading {
	struct store *store;
	bool stop;
	unsigned int reads, wrong;
};

/* The writer moves two mappings together: a reader that sees them apart has no snapshot. */
static void *read_pairs(void *arg)
{
	struct bb_mapping a, b, want = mapping_of(1, 0);
	struct reading *r = arg;
	struct bb_addr second = mapping_of(2, 0).ca;
	struct store_txn *t;
	uint32_t remote;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		if (store_begin(r->store, false, &t, NULL) ||
		    store_find_mapping(t, 1, &want.ca, &a, &remote) ||
		    store_find_mapping(t, 1, &second, &b, &remote) || memcmp(&a.pa, &b.pa, sizeof(a.pa)))
			r->wrong++;
		store_end(&t);
		__atomic_fetch_add(&r->reads, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void move_pair(struct fixture *f, uint32_t pa)
{
	union bb_record rec = { 0 };
	struct store_txn *t;
	uint32_t ca;

	ck_assert(!store_begin(f->store, true, &t, NULL));
	for (ca = 1; ca <= 2; ca++) {
		rec.mapping = mapping_of(ca, pa);
		ck_assert(!store_replace(t, BB_OBJ_MAPPING, &rec, NULL));
	}
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
}

START_TEST(reader_threads)
{
	struct reading r = { 0 };
	pthread_t thread[3];
	struct fixture f;
	unsigned int i;

	fixture_base_open(&f);
	move_pair(&f, 1);
	r.store = f.store;
	for (i = 0; i < ARRAY_LEN(thread); i++)
		ck_assert(!pthread_create(&thread[i], NULL, read_pairs, &r));
	for (i = 0; i < 200 || __atomic_load_n(&r.reads, __ATOMIC_RELAXED) < 1000; i++)
		move_pair(&f, 2 + i % 7);
	__atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < ARRAY_LEN(thread); i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(r.wrong, 0);
	fixture_close(&f);
}
END_TEST

TCase *store_txn_case(void)
{
	TCase *tc = tcase_create("transactions");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, second_writer);
	tcase_add_test(tc, reader_cannot_write);
	tcase_add_test(tc, effects_after_commit);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, ids_in_turn);
	tcase_add_test(tc, cursor_survives);
	tcase_add_loop_test(tc, full_table, 0, ARRAY_LEN(full));
	tcase_add_test(tc, full_remotes);
	tcase_add_test(tc, bulk);
	tcase_add_test(tc, snapshot);
	tcase_add_test(tc, no_stale_memory);
	tcase_add_test(tc, reader_threads);
	return tc;
}
