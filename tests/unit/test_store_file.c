// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's file: opening and creating it, what is refused as damage, one daemon at a time, and a full store. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_cases.h"
#include "store_fixture.h"
#include "suites.h"

#define PAGE 4096

/* The bytes of a store that was closed, and what it held. */
struct image {
	struct fixture f;
	uint8_t *b;
	size_t size;
	char *dump;
	struct bb_error err; /* of the last refusal */
};

static void write_data(const struct fixture *f, const void *b, size_t size)
{
	int fd = open(fixture_path(f, "data.mdb"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, b, size), size);
	close(fd);
}

static void read_data(struct image *im)
{
	int fd = open(fixture_path(&im->f, "data.mdb"), O_RDONLY);
	struct stat st;

	ck_assert_int_ge(fd, 0);
	ck_assert(!fstat(fd, &st));
	im->size = st.st_size;
	im->b = malloc(im->size);
	ck_assert_int_eq(read(fd, im->b, im->size), im->size);
	close(fd);
}

static void add_mappings(struct fixture *f, unsigned int from, unsigned int to, const char *verb)
{
	struct bb_error err = { "" };
	struct store_txn *t;
	unsigned int i;
	char line[128];

	ck_assert(!store_begin(f->store, true, &t, NULL));
	for (i = from; i < to; i++) {
		snprintf(line, sizeof(line), "mapping %s vrf blue ca 10.1.%u.%u", verb, i / 200 % 200, i % 200 + 1);
		if (!strcmp(verb, "add"))
			snprintf(line + strlen(line), sizeof(line) - strlen(line),
				 " pa 10.9.0.%u mac 02:00:00:00:00:01", i % 50 + 1);
		ck_assert_msg(!fixture_do(t, line, &err), "%s: %s", line, err.text);
	}
	ck_assert_msg(!store_commit(t, &err), "%s", err.text);
	store_end(&t);
}

/* Trees of more than one level and free pages in between. */
static void image_make(struct image *im)
{
	fixture_base_open(&im->f);
	add_mappings(&im->f, 0, 1200, "add");
	add_mappings(&im->f, 300, 700, "del");
	add_mappings(&im->f, 5000, 5100, "add");
	im->dump = fixture_dump_now(im->f.store);
	store_close(&im->f.store);
	read_data(im);
}

static void image_free(struct image *im)
{
	free(im->b);
	free(im->dump);
	fixture_close(&im->f);
}

static int try_open(struct fixture *f, struct bb_error *err)
{
	int rc;

	err->text[0] = '\0';
	rc = store_open(&f->store, f->dir, FIXTURE_MAP, err);
	ck_assert_msg(!rc == !err->text[0] && !rc == !!f->store, "%d with the text \"%s\"", rc, err->text);
	return rc;
}

/* Writes the bytes as the store: it is either refused as damaged, or what it held is all there. */
static bool is_refused(struct image *im, const uint8_t *b, size_t size)
{
	const char *text = im->err.text;
	char *dump;
	int rc;

	write_data(&im->f, b, size);
	rc = try_open(&im->f, &im->err);
	if (rc) {
		ck_assert_msg(rc == -EUCLEAN && strstr(text, "data.mdb\" is damaged: "), "%d: %s", rc, text);
		return true;
	}
	dump = fixture_dump_now(im->f.store);
	ck_assert_str_eq(dump, im->dump);
	free(dump);
	store_close(&im->f.store);
	return false;
}

START_TEST(truncated)
{
	unsigned int refused = 0;
	struct image im;
	size_t size;

	image_make(&im);
	ck_assert_uint_gt(im.size, 30 * PAGE);
	for (size = 0; size < im.size; size += size % PAGE == PAGE - 100 ? 100 : size % PAGE ? PAGE - 101 : 1)
		refused += is_refused(&im, im.b, size);
	ck_assert_uint_gt(refused, im.size / PAGE);
	ck_assert(is_refused(&im, im.b, 0));
	ck_assert(is_refused(&im, im.b, 100));
	ck_assert(is_refused(&im, im.b, 2 * PAGE));
	ck_assert(is_refused(&im, im.b, im.size / 2));
	ck_assert_ptr_nonnull(strstr(im.err.text, "past the end of the file: it was truncated"));
	ck_assert(!is_refused(&im, im.b, im.size)); /* put back, it opens */
	image_free(&im);
}
END_TEST

static void spoil(uint8_t *page, unsigned int how, const uint8_t *other)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		switch (how) {
		case 0:
			page[i] = 0;
			break;
		case 1:
			page[i] = 0xff;
			break;
		case 2:
			page[i] = rand();
			break;
		default:
			page[i] = other[i]; /* a write that went astray */
		}
}

START_TEST(overwritten_page)
{
	unsigned int refused = 0;
	struct image im;
	uint8_t *copy;
	size_t page;

	srand(4711);
	image_make(&im);
	copy = malloc(im.size);
	for (page = 0; page < im.size / PAGE; page++) {
		memcpy(copy, im.b, im.size);
		spoil(copy + page * PAGE, _i, im.b + (page + 3) % (im.size / PAGE) * PAGE);
		refused += is_refused(&im, copy, im.size);
		if (page < 2 && _i != 3)
			ck_assert_uint_eq(refused, page + 1);
	}
	ck_assert_uint_gt(refused, 10); /* the others are free */
	free(copy);
	image_free(&im);
}
END_TEST

START_TEST(unrelated_file)
{
	static const char text[] = "vrf add blue vni 20500\n";
	struct bb_error err;
	struct image im;
	uint8_t *b;

	image_make(&im);
	b = malloc(im.size);
	ck_assert(is_refused(&im, (const uint8_t *)text, strlen(text)));
	memset(b, 'x', im.size);
	ck_assert(is_refused(&im, b, im.size));
	free(b);
	unlink(fixture_path(&im.f, "data.mdb"));
	ck_assert(!mkdir(fixture_path(&im.f, "data.mdb"), 0700));
	ck_assert_int_lt(try_open(&im.f, &err), 0);
	ck_assert(!rmdir(fixture_path(&im.f, "data.mdb")));
	image_free(&im);
}
END_TEST

/* Bits that flip within records are not seen, but nothing may crash, whoever reads or writes next. */
START_TEST(flipped_bits)
{
	struct bb_error err;
	struct image im;
	struct store_txn *t;
	unsigned int i, n, opened = 0;
	uint8_t *copy;
	char *dump;

	srand(_i);
	image_make(&im);
	copy = malloc(im.size);
	for (i = 0; i < 60; i++) {
		memcpy(copy, im.b, im.size);
		for (n = 1 + rand() % 8; n; n--)
			copy[rand() % im.size] ^= 1 << rand() % 8;
		write_data(&im.f, copy, im.size);
		if (try_open(&im.f, &err))
			continue;
		opened++;
		dump = fixture_dump_now(im.f.store);
		free(dump);
		if (!store_begin(im.f.store, true, &t, NULL)) {
			fixture_do(t, "mapping replace vrf blue ca 10.1.0.1 pa 10.7.7.7 mac 02:00:00:00:00:09", &err);
			fixture_do(t, "vrf del red", &err);
			store_commit(t, &err);
			store_end(&t);
		}
		store_close(&im.f.store);
	}
	ck_assert_uint_lt(opened, 60);
	free(copy);
	image_free(&im);
}
END_TEST

START_TEST(missing_file)
{
	struct bb_error err;
	struct image im;

	image_make(&im);
	unlink(fixture_path(&im.f, "data.mdb"));
	ck_assert_int_eq(try_open(&im.f, &err), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(err.text, "data.mdb\" is missing"));
	ck_assert_int_lt(access(fixture_path(&im.f, "data.mdb"), F_OK), 0);
	ck_assert(!is_refused(&im, im.b, im.size));
	unlink(fixture_path(&im.f, "lock")); /* a restored backup may lack it */
	ck_assert(!is_refused(&im, im.b, im.size));
	unlink(fixture_path(&im.f, "data.mdb"));
	ck_assert_int_eq(try_open(&im.f, &err), -EUCLEAN); /* it was marked again */
	image_free(&im);
}
END_TEST

/* Power was lost while the store was being created. */
START_TEST(half_created)
{
	struct fixture f;
	char *dump;

	fixture_open(&f, FIXTURE_MAP);
	store_close(&f.store);
	ck_assert(!unlink(fixture_path(&f, "data.mdb")));
	ck_assert(!truncate(fixture_path(&f, "lock"), 0));
	close(open(fixture_path(&f, "data.new"), O_CREAT | O_WRONLY, 0600));
	ck_assert(!truncate(fixture_path(&f, "data.new"), 5000));
	fixture_reopen(&f);
	fixture_commit(&f, fixture_base);
	dump = fixture_dump_now(f.store);
	ck_assert_ptr_nonnull(strstr(dump, "vrf add blue"));
	free(dump);
	fixture_close(&f);
}
END_TEST

/* Changes a closed store behind its back. */
static void tamper(const struct fixture *f, const char *table, const char *key, const void *val, size_t size)
{
	MDB_val k, v = { .mv_size = size, .mv_data = (void *)val };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert(!mdb_env_create(&env));
	ck_assert(!mdb_env_set_maxdbs(env, 30));
	ck_assert(!mdb_env_open(env, f->dir, 0, 0600));
	ck_assert(!mdb_txn_begin(env, NULL, 0, &txn));
	ck_assert(!mdb_dbi_open(txn, table, 0, &dbi));
	if (key) {
		k = (MDB_val){ .mv_size = strlen(key), .mv_data = (void *)key };
		ck_assert(!(val ? mdb_put(txn, dbi, &k, &v, 0) : mdb_del(txn, dbi, &k, NULL)));
	} else {
		ck_assert(!mdb_drop(txn, dbi, 1));
	}
	ck_assert(!mdb_txn_commit(txn));
	mdb_env_close(env);
}

static const struct {
	const char *table, *key;
	const void *val;
	size_t size;
	int rc;
	const char *text;
} schemas[] = {
	{ "meta", "schema", "\x02\0\0", 4, -EPROTONOSUPPORT, "has schema version 2, this daemon knows 1" },
	{ "meta", "schema", "\x01\0\0\0\0\0\0", 8, -EUCLEAN, "is not a bluebird store" },
	{ "meta", "schema", NULL, 0, -EUCLEAN, "is not a bluebird store" },
	{ "meta", "id", NULL, 0, -EUCLEAN, "is damaged: it has no id" },
	{ "meta", NULL, NULL, 0, -EUCLEAN, "is not a bluebird store" },
	{ "mapping", NULL, NULL, 0, -EUCLEAN, "it has no table \"mapping\"" },
	{ "vtep", NULL, NULL, 0, -EUCLEAN, "it has no table \"vtep\"" },
	{ "remote", NULL, NULL, 0, -EUCLEAN, "it has no table \"remote\"" },
};

START_TEST(schema)
{
	struct bb_error err;
	struct fixture f;

	fixture_base_open(&f);
	store_close(&f.store);
	tamper(&f, schemas[_i].table, schemas[_i].key, schemas[_i].val, schemas[_i].size);
	ck_assert_int_eq(try_open(&f, &err), schemas[_i].rc);
	ck_assert_msg(strstr(err.text, schemas[_i].text), "%s", err.text);
	fixture_close(&f);
}
END_TEST

/* A sound LMDB file whose tables do not fit together: errors, not nonsense. */
START_TEST(tables_disagree)
{
	struct bb_mapping mapping;
	struct bb_addr ca = { 4, { 192, 168, 10, 2 } };
	struct bb_error err;
	struct store_txn *t;
	struct fixture f;
	uint32_t remote;
	char *dump;

	fixture_base_open(&f);
	store_close(&f.store);
	tamper(&f, "mapping", "\x01", "x", 1);
	tamper(&f, "mapping", "\x7f\x04xxxx", "x", 1);
	tamper(&f, "pa", "\x04\x0a", "x", 1);
	tamper(&f, "vrf", "grey", "\x09", 2); /* no such id */
	ck_assert_msg(!try_open(&f, &err), "%s", err.text);
	dump = fixture_dump_now(f.store);
	ck_assert_ptr_nonnull(strstr(dump, "unreadable: -117"));
	free(dump);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!store_find_mapping(t, 1, &ca, &mapping, &remote));
	ck_assert_int_eq(fixture_do(t, "mapping add vrf grey ca 1.0.0.1 pa 1.0.0.2 mac 02:00:00:00:00:01", &err),
			 -EUCLEAN);
	ck_assert_str_eq(err.text, "the store is damaged: its tables disagree");
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(second_daemon)
{
	struct store *second = NULL;
	struct bb_error err;
	struct fixture f;
	char text[128];
	int status;
	pid_t pid;

	fixture_base_open(&f);
	snprintf(text, sizeof(text), "state directory \"%s\" is in use by another daemon", f.dir);
	pid = fork();
	if (!pid) {
		int rc = store_open(&second, f.dir, FIXTURE_MAP, &err);

		_exit(rc != -EBUSY || second || strcmp(err.text, text));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(store_open(&second, f.dir, FIXTURE_MAP, &err), -EBUSY); /* this one neither */
	ck_assert_ptr_null(second);
	fixture_commit(&f, (const char *[]){ "vrf add green vni 4", NULL }); /* and the first one lives on */
	fixture_reopen(&f);
	fixture_close(&f);
}
END_TEST

/* A daemon that is killed at any point leaves what it has committed, and nothing else. */
START_TEST(killed)
{
	struct bb_error err;
	struct store_txn *t;
	struct fixture f;
	char *before, *after;
	int status;
	pid_t pid;

	fixture_base_open(&f);
	before = fixture_dump_now(f.store);
	store_close(&f.store);
	pid = fork();
	if (!pid) {
		if (store_open(&f.store, f.dir, FIXTURE_MAP, &err) || store_begin(f.store, true, &t, NULL) ||
		    fixture_do(t, "vrf add green vni 4", NULL))
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	fixture_reopen(&f);
	after = fixture_dump_now(f.store);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	fixture_close(&f);
}
END_TEST

static int fill(struct fixture *f, unsigned int *at, unsigned int step, struct bb_error *err)
{
	struct store_txn *t;
	unsigned int i;
	char line[128];
	int rc = 0;

	ck_assert(!store_begin(f->store, true, &t, NULL));
	for (i = 0; i < step && !rc; i++) {
		snprintf(line, sizeof(line), "mapping add vrf blue ca 10.%u.%u.1 pa 10.9.0.1 mac 02:00:00:00:00:01",
			 (*at + i) / 250, (*at + i) % 250);
		rc = fixture_do(t, line, err);
	}
	if (rc) {
		ck_assert_int_eq(store_commit(t, NULL), -ECANCELED); /* half of a verb is never kept */
	} else {
		rc = store_commit(t, err);
		*at += rc ? 0 : step;
	}
	store_end(&t);
	return rc;
}

START_TEST(full_store)
{
	static const char *const less[] = { "mapping del vrf blue ca 10.0.0.1", "mapping del vrf blue ca 10.0.1.1",
					    NULL };
	struct bb_error err = { "" };
	unsigned int at = 0;
	struct fixture f;
	char *before, *after;
	int rc;

	fixture_open(&f, 512 << 10);
	fixture_commit(&f, (const char *[]){ "vrf add blue vni 1", NULL });
	while (!(rc = fill(&f, &at, 500, &err)))
		ck_assert_uint_lt(at, 50000);
	ck_assert_int_eq(rc, -ENOSPC);
	ck_assert_str_eq(err.text, "the store is full (512 KiB): start the daemon with a larger store size");
	ck_assert_uint_gt(at, 2000);
	before = fixture_dump_now(f.store);
	rc = fill(&f, &at, 500, &err);
	ck_assert_int_eq(rc, -ENOSPC);
	after = fixture_dump_now(f.store);
	ck_assert_str_eq(before, after);
	free(after);
	fixture_commit(&f, less); /* room can be made, */
	fixture_reopen(&f);	  /* and a larger map goes on */
	ck_assert(!fill(&f, &at, 500, &err));
	free(before);
	fixture_close(&f);
}
END_TEST

START_TEST(smaller_map_than_file)
{
	struct bb_error err = { "" };
	struct image im;

	image_make(&im);
	ck_assert_msg(!store_open(&im.f.store, im.f.dir, 1, &err), "%s", err.text);
	free(im.dump);
	im.dump = fixture_dump_now(im.f.store);
	ck_assert_ptr_nonnull(strstr(im.dump, "count 901\n"));
	image_free(&im);
}
END_TEST

/* Pages that a transaction took and gave back at the end of the file may never be written: that is no damage. */
START_TEST(shrunk_in_one_transaction)
{
	struct store_txn *t;
	struct fixture f;
	unsigned int i, round;
	char line[128];
	char *before, *after;

	fixture_base_open(&f);
	for (round = 1; round <= 20; round++) {
		ck_assert(!store_begin(f.store, true, &t, NULL));
		for (i = 0; i < 200 * round; i++) {
			snprintf(line, sizeof(line),
				 "mapping add vrf red ca 10.%u.%u.1 pa 10.9.%u.1 mac 02:00:00:00:00:01",
				 i / 250, i % 250, i % 250);
			ck_assert(!fixture_do(t, line, NULL));
		}
		while (i-- > 0) {
			snprintf(line, sizeof(line), "mapping del vrf red ca 10.%u.%u.1", i / 250, i % 250);
			ck_assert(!fixture_do(t, line, NULL));
		}
		before = fixture_dump(t);
		ck_assert(!store_commit(t, NULL));
		store_end(&t);
		fixture_reopen(&f);
		after = fixture_dump_now(f.store);
		ck_assert_str_eq(before, after);
		free(before);
		free(after);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(directories)
{
	struct store *store = NULL;
	struct bb_error err;
	struct fixture f;
	char path[128];
	struct stat st;

	fixture_open(&f, FIXTURE_MAP);
	snprintf(path, sizeof(path), "%s/data.mdb", f.dir);
	ck_assert_int_eq(store_open(&store, path, FIXTURE_MAP, &err), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/no/where", f.dir);
	ck_assert_int_eq(store_open(&store, path, FIXTURE_MAP, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_ptr_null(store);
	store_close(&f.store);
	unlink(fixture_path(&f, "data.mdb"));
	unlink(fixture_path(&f, "lock"));
	unlink(fixture_path(&f, "lock.mdb"));
	ck_assert(!rmdir(f.dir));
	fixture_reopen(&f); /* makes the directory */
	ck_assert(!stat(f.dir, &st));
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	fixture_close(&f);
}
END_TEST

TCase *store_file_case(void)
{
	TCase *tc = tcase_create("file");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, truncated);
	tcase_add_loop_test(tc, overwritten_page, 0, 4);
	tcase_add_test(tc, unrelated_file);
	tcase_add_loop_test(tc, flipped_bits, 0, 10);
	tcase_add_test(tc, missing_file);
	tcase_add_test(tc, half_created);
	tcase_add_loop_test(tc, schema, 0, ARRAY_LEN(schemas));
	tcase_add_test(tc, tables_disagree);
	tcase_add_test(tc, second_daemon);
	tcase_add_test(tc, killed);
	tcase_add_test(tc, full_store);
	tcase_add_test(tc, smaller_map_than_file);
	tcase_add_test(tc, shrunk_in_one_transaction);
	tcase_add_test(tc, directories);
	return tc;
}
