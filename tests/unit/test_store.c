// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's rules: what each verb refuses, naming what; what it changes; and what that means, in order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/abi.h"
#include "store_cases.h"
#include "store_fixture.h"
#include "suites.h"

#define M1 " mac 02:00:00:00:00:01"
#define M2 " mac 02:00:00:00:00:02"
#define M3 " mac 02:00:00:00:00:03"
#define MAPPING "vrf blue ca 192.168.10.2"

/* After the base (and `before`, lines in one transaction): `line` gives rc, and the error or else the effects. */
static const struct {
	const char *before[5];
	const char *line;
	int rc;
	const char *text;
} rules[] = {
	/* add, replace, del of each object */
	{ { 0 }, "vtep set local 10.0.0.1", 0, "+record vtep 0" },
	{ { "vtep set local 10.0.0.1" }, "vtep set local 10.0.0.1", 0, "" },
	{ { "vtep set local 10.0.0.1" }, "vtep set local 10.0.0.2 ttl 9", 0, "~record vtep 0" },
	{ { 0 }, "port add eth2 role access mode generic", 0, "+record port 0" },
	{ { 0 }, "port add eth0 role access", -EEXIST, "port \"eth0\" exists" },
	{ { 0 }, "port replace eth0 role access", 0, "" },
	{ { 0 }, "port replace eth0 role access mode generic", 0, "~record port 0" },
	{ { 0 }, "port replace eth2 role fabric", 0, "+record port 0" },
	{ { 0 }, "port del eth1", 0, "-record port 0" },
	{ { 0 }, "port del eth2", -ENOENT, "port \"eth2\" does not exist" },
	{ { 0 }, "vrf add green vni 7", 0, "+record vrf 3" },
	{ { 0 }, "vrf add blue vni 7", -EEXIST, "vrf \"blue\" exists" },
	{ { 0 }, "vrf replace blue vni 20500", 0, "" },
	{ { 0 }, "vrf replace blue vni 20500 dscp copy", 0, "~record vrf 1" },
	{ { 0 }, "vrf replace green vni 7", 0, "+record vrf 3" },
	{ { "vrf add green vni 7" }, "vrf del green", 0, "-record vrf 3" },
	{ { 0 }, "vrf del green", -ENOENT, "vrf \"green\" does not exist" },
	{ { 0 }, "attach add port eth0 vid 0 vrf red", 0, "+record attach 2" },
	{ { 0 }, "attach add port eth0 vid 400 vrf red", -EEXIST, "attach port \"eth0\" vid \"400\" exists" },
	{ { 0 }, "attach replace port eth0 vid 401 vrf red gateway 192.168.11.254/24", 0, "" },
	{ { 0 }, "attach replace port eth0 vid 401 vrf red", 0, "~record attach 2" },
	{ { 0 }, "attach replace port eth0 vid 402 vrf red", 0, "+record attach 2" },
	{ { 0 }, "attach del port eth0 vid 401", 0, "-record attach 2" },
	{ { 0 }, "attach del port eth0 vid 402", -ENOENT, "attach port \"eth0\" vid \"402\" does not exist" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.2" M1 " port eth0 vid 400", 0,
	  "+record endpoint 1\nkey 1 192.168.11.2" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.1" M2 " port eth0 vid 400", -EEXIST,
	  "endpoint vrf \"blue\" ca \"192.168.11.1\" exists" },
	{ { 0 }, "endpoint replace vrf blue ca 192.168.11.1" M1 " port eth0 vid 400", 0, "" },
	{ { 0 }, "endpoint replace vrf blue ca 192.168.11.1" M2 " port eth0 vid 400", 0,
	  "~record endpoint 1\nkey 1 192.168.11.1" },
	{ { 0 }, "endpoint del vrf blue ca 192.168.11.1", 0, "-record endpoint 1\nkey 1 192.168.11.1" },
	{ { 0 }, "endpoint del vrf blue ca 192.168.11.2", -ENOENT,
	  "endpoint vrf \"blue\" ca \"192.168.11.2\" does not exist" },
	{ { 0 }, "endpoint del vrf green ca 192.168.11.2", -ENOENT,
	  "endpoint vrf \"green\" ca \"192.168.11.2\" does not exist" },
	{ { 0 }, "cache set size 1000 idle 300", 0, "~record cache 0" },
	{ { "cache set size 1000 idle 300" }, "cache set size 1000 idle 300", 0, "" },
	{ { 0 }, "cache set size 196608 idle 300", 0, "" },
	{ { "cache set size 1000 idle 300" }, "cache set size 196608 idle 300", 0, "~record cache 0" },

	/* mappings: peers and remotes come before the key and leave after it */
	{ { 0 }, "mapping add vrf blue ca 192.168.10.3 pa 10.0.0.3" M3, 0,
	  "+remote 2 10.0.0.3\n+peer 1 10.0.0.3\nkey 1 192.168.10.3" },
	{ { 0 }, "mapping add vrf blue ca 192.168.10.3 pa 10.0.0.2" M3, 0, "key 1 192.168.10.3" },
	{ { 0 }, "mapping add vrf red ca 192.168.10.3 pa 10.0.0.2" M3, 0, "+peer 2 10.0.0.2\nkey 2 192.168.10.3" },
	{ { 0 }, "mapping add " MAPPING " pa 10.0.0.3" M3, -EEXIST, "mapping vrf \"blue\" ca \"192.168.10.2\" exists" },
	{ { 0 }, "mapping replace " MAPPING " pa 10.0.0.2" M2, 0, "" },
	{ { 0 }, "mapping replace " MAPPING " pa 10.0.0.2" M3, 0, "key 1 192.168.10.2" },
	{ { 0 }, "mapping replace " MAPPING " pa 10.0.0.2" M2 " vni 9", 0, "key 1 192.168.10.2" },
	{ { 0 }, "mapping replace " MAPPING " pa 10.0.0.3" M2, 0,
	  "+remote 2 10.0.0.3\n+peer 1 10.0.0.3\nkey 1 192.168.10.2\n-peer 1 10.0.0.2\n-remote 1 10.0.0.2" },
	{ { "mapping add vrf red ca 192.168.10.3 pa 10.0.0.2" M2 }, "mapping replace " MAPPING " pa 10.0.0.3" M2, 0,
	  "+remote 2 10.0.0.3\n+peer 1 10.0.0.3\nkey 1 192.168.10.2\n-peer 1 10.0.0.2" },
	{ { "mapping add vrf blue ca 192.168.10.3 pa 10.0.0.2" M2 }, "mapping replace " MAPPING " pa 10.0.0.3" M2, 0,
	  "+remote 2 10.0.0.3\n+peer 1 10.0.0.3\nkey 1 192.168.10.2" },
	{ { "mapping add vrf blue ca 192.168.10.3 pa 10.0.0.3" M2 }, "mapping replace " MAPPING " pa 10.0.0.3" M2, 0,
	  "key 1 192.168.10.2\n-peer 1 10.0.0.2\n-remote 1 10.0.0.2" },
	{ { 0 }, "mapping replace vrf red ca 192.168.10.2 pa 10.0.0.2" M2, 0,
	  "+peer 2 10.0.0.2\nkey 2 192.168.10.2" },
	{ { 0 }, "mapping del " MAPPING, 0, "key 1 192.168.10.2\n-peer 1 10.0.0.2\n-remote 1 10.0.0.2" },
	{ { "mapping add vrf blue ca 192.168.10.3 pa 10.0.0.2" M2 }, "mapping del " MAPPING, 0, "key 1 192.168.10.2" },
	{ { "mapping add vrf red ca 192.168.10.2 pa 10.0.0.2" M2 }, "mapping del " MAPPING, 0,
	  "key 1 192.168.10.2\n-peer 1 10.0.0.2" },
	{ { 0 }, "mapping del vrf blue ca 192.168.10.3", -ENOENT,
	  "mapping vrf \"blue\" ca \"192.168.10.3\" does not exist" },
	{ { 0 }, "mapping add vrf blue ca 192.168.11.1 pa 10.0.0.2" M2, 0, "key 1 192.168.11.1" },

	/* ports */
	{ { 0 }, "port del eth0", -EBUSY, "port \"eth0\" is in use by attach port \"eth0\" vid \"400\"" },
	{ { 0 }, "port replace eth0 role fabric", -EBUSY,
	  "port \"eth0\" is in use by attach port \"eth0\" vid \"400\"" },
	{ { 0 }, "port replace eth1 role access", 0, "~record port 0" },
	{ { "port add eth role access" }, "port del eth", 0, "-record port 0" },

	/* VRFs */
	{ { 0 }, "vrf add green vni 20500", -EINVAL, "vni \"20500\" is already used by vrf \"blue\"" },
	{ { 0 }, "vrf replace blue vni 20600", -EINVAL, "vni \"20600\" is already used by vrf \"red\"" },
	{ { 0 }, "vrf replace blue vni 20700", 0, "~record vrf 1" },
	{ { "vrf replace blue vni 20700" }, "vrf add green vni 20500", 0, "+record vrf 3" },
	{ { "vrf replace blue vni 20700" }, "vrf add green vni 20700", -EINVAL,
	  "vni \"20700\" is already used by vrf \"blue\"" },
	{ { "vrf add green vni 7", "vrf del green" }, "vrf add grey vni 7", 0, "+record vrf 4" },
	{ { 0 }, "vrf del blue", -EBUSY, "vrf \"blue\" is in use by attach port \"eth0\" vid \"400\"" },
	{ { "endpoint del vrf blue ca 192.168.11.1", "attach del port eth0 vid 400" }, "vrf del blue", -EBUSY,
	  "vrf \"blue\" is in use by mapping vrf \"blue\" ca \"192.168.10.2\"" },
	{ { "endpoint del vrf blue ca 192.168.11.1", "attach del port eth0 vid 400", "mapping del " MAPPING },
	  "vrf del blue", 0, "-record vrf 1" },

	/* attachments */
	{ { 0 }, "attach add port eth2 vid 1 vrf blue", -EINVAL, "port \"eth2\" does not exist" },
	{ { 0 }, "attach add port eth1 vid 1 vrf blue", -EINVAL,
	  "port \"eth1\" has role fabric: only an access port takes attachments" },
	{ { 0 }, "attach add port eth0 vid 1 vrf green", -EINVAL, "vrf \"green\" does not exist" },
	{ { 0 }, "attach add port eth0 vid 1 vrf blue gateway 192.168.11.254/24", 0, "+record attach 1" },
	{ { 0 }, "attach add port eth0 vid 1 vrf blue gateway 192.168.11.1/24", -EINVAL,
	  "gateway \"192.168.11.1\" is the address of an endpoint of vrf \"blue\"" },
	{ { 0 }, "attach add port eth0 vid 1 vrf red gateway 192.168.11.1/24", 0, "+record attach 2" },
	{ { 0 }, "attach replace port eth0 vid 400 vrf blue gateway 192.168.11.1/24", -EINVAL,
	  "gateway \"192.168.11.1\" is the address of an endpoint of vrf \"blue\"" },
	{ { 0 }, "attach replace port eth0 vid 401 vrf blue gateway 192.168.11.1/24", -EINVAL,
	  "gateway \"192.168.11.1\" is the address of an endpoint of vrf \"blue\"" },
	{ { 0 }, "attach replace port eth0 vid 401 vrf blue", 0, "~record attach 1" },
	{ { 0 }, "attach replace port eth0 vid 400 vrf red", -EBUSY,
	  "attach port \"eth0\" vid \"400\" is in use by endpoint vrf \"blue\" ca \"192.168.11.1\"" },
	{ { 0 }, "attach replace port eth0 vid 400 vrf blue", 0, "~record attach 1" },
	{ { 0 }, "attach del port eth0 vid 400", -EBUSY,
	  "attach port \"eth0\" vid \"400\" is in use by endpoint vrf \"blue\" ca \"192.168.11.1\"" },
	{ { "attach replace port eth0 vid 401 vrf blue" }, "vrf del red", 0, "-record vrf 2" },
	{ { "attach del port eth0 vid 401" }, "vrf del red", 0, "-record vrf 2" },

	/* endpoints */
	{ { 0 }, "endpoint add vrf green ca 192.168.11.2" M1 " port eth0 vid 400", -EINVAL,
	  "vrf \"green\" does not exist" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.2" M1 " port eth0 vid 402", -EINVAL,
	  "attach port \"eth0\" vid \"402\" does not exist" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.2" M1 " port eth9 vid 400", -EINVAL,
	  "attach port \"eth9\" vid \"400\" does not exist" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.2" M1 " port eth0 vid 401", -EINVAL,
	  "attach port \"eth0\" vid \"401\" belongs to vrf \"red\", not \"blue\"" },
	{ { 0 }, "endpoint replace vrf blue ca 192.168.11.1" M1 " port eth0 vid 401", -EINVAL,
	  "attach port \"eth0\" vid \"401\" belongs to vrf \"red\", not \"blue\"" },
	{ { 0 }, "endpoint add vrf blue ca 192.168.11.254" M1 " port eth0 vid 400", -EINVAL,
	  "ca \"192.168.11.254\" is a gateway address of vrf \"blue\"" },
	{ { "attach replace port eth0 vid 400 vrf blue gateway 192.168.11.253/24" },
	  "endpoint add vrf blue ca 192.168.11.254" M1 " port eth0 vid 400", 0,
	  "+record endpoint 1\nkey 1 192.168.11.254" },
	{ { "attach replace port eth0 vid 400 vrf blue gateway 192.168.11.253/24" },
	  "endpoint add vrf blue ca 192.168.11.253" M1 " port eth0 vid 400", -EINVAL,
	  "ca \"192.168.11.253\" is a gateway address of vrf \"blue\"" },
	{ { "attach add port eth0 vid 1 vrf blue gateway 192.168.11.254/24",
	    "attach replace port eth0 vid 400 vrf blue" },
	  "endpoint add vrf blue ca 192.168.11.254" M1 " port eth0 vid 400", -EINVAL,
	  "ca \"192.168.11.254\" is a gateway address of vrf \"blue\"" },
	{ { "endpoint add vrf red ca 192.168.11.1" M1 " port eth0 vid 401" },
	  "endpoint replace vrf blue ca 192.168.11.1" M2 " port eth0 vid 400", 0,
	  "~record endpoint 1\nkey 1 192.168.11.1" },
	{ { "attach add port eth0 vid 2 vrf blue",
	    "endpoint replace vrf blue ca 192.168.11.1" M1 " port eth0 vid 2" },
	  "attach del port eth0 vid 400", 0, "-record attach 1" },
	{ { "attach add port eth0 vid 2 vrf blue",
	    "endpoint replace vrf blue ca 192.168.11.1" M1 " port eth0 vid 2" },
	  "attach del port eth0 vid 2", -EBUSY,
	  "attach port \"eth0\" vid \"2\" is in use by endpoint vrf \"blue\" ca \"192.168.11.1\"" },
	{ { "mapping add vrf blue ca 192.168.11.9 pa 10.0.0.2" M2 },
	  "endpoint add vrf blue ca 192.168.11.9" M1 " port eth0 vid 400", 0,
	  "+record endpoint 1\nkey 1 192.168.11.9" },

	/* mappings */
	{ { 0 }, "mapping add vrf green ca 192.168.10.3 pa 10.0.0.2" M2, -EINVAL, "vrf \"green\" does not exist" },
	{ { 0 }, "mapping del vrf green ca 192.168.10.3", -ENOENT,
	  "mapping vrf \"green\" ca \"192.168.10.3\" does not exist" },
};

static void run_before(struct fixture *f, const char *const *lines)
{
	fixture_base_open(f);
	fixture_commit(f, lines);
}

START_TEST(rule)
{
	const char *line = rules[_i].line;
	struct bb_error err = { "" };
	char text[FIXTURE_TEXT];
	struct store_txn *t;
	struct fixture f;
	char *before, *after;
	int rc;

	run_before(&f, rules[_i].before);
	before = fixture_dump_now(f.store);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	rc = fixture_do(t, line, &err);
	ck_assert_msg(rc == rules[_i].rc, "%s: %d, not %d: %s", line, rc, rules[_i].rc, err.text);
	ck_assert_str_eq(rc ? err.text : fixture_effects(t, text), rules[_i].text);
	after = fixture_dump(t);
	ck_assert_msg(!strcmp(before, after) == (rc || !rules[_i].text[0]), "%s: changed the wrong way", line);
	if (rc)
		ck_assert_msg(!fixture_effects(t, text)[0], "%s: failed with effects", line);
	free(after);
	store_end(&t); /* aborts: nothing of it is left */
	after = fixture_dump_now(f.store);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	fixture_close(&f);
}
END_TEST

/* The same, committed and reopened: what was said is what is there. */
START_TEST(rule_persists)
{
	struct store_txn *t;
	struct fixture f;
	char *before, *after;

	run_before(&f, rules[_i].before);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	fixture_do(t, rules[_i].line, NULL);
	before = fixture_dump(t);
	ck_assert(!store_commit(t, NULL));
	store_end(&t);
	fixture_reopen(&f);
	after = fixture_dump_now(f.store);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	fixture_close(&f);
}
END_TEST

START_TEST(dump_in_key_order)
{
	static const char *const more[] = {
		"mapping add vrf red ca 10.0.0.10 pa 10.0.0.3" M2 " vni 5",
		"mapping add vrf red ca 10.0.0.9 pa 10.0.0.2" M2,
		"mapping add vrf blue ca 192.168.9.255 pa 10.0.0.2" M2,
		"port add eth10 role access mode generic",
		"attach add port eth10 vid 0 vrf red",
		"vtep set local 10.0.0.1",
		"cache set size 1000 idle 0",
		NULL,
	};
	struct fixture f;
	char *text;

	fixture_base_open(&f);
	fixture_commit(&f, more);
	text = fixture_dump_now(f.store);
	ck_assert_str_eq(text,
			 "vtep set local 10.0.0.1 # 0\ncount 1\n"
			 "port add eth0 role access # 1\n"
			 "port add eth1 role fabric # 2\n"
			 "port add eth10 role access mode generic # 3\ncount 3\n"
			 "vrf add blue vni 20500 # 1\n"
			 "vrf add red vni 20600 # 2\ncount 2\n"
			 "attach add port eth0 vid 400 vrf blue gateway 192.168.11.254/24 # 1\n"
			 "attach add port eth0 vid 401 vrf red gateway 192.168.11.254/24 # 2\n"
			 "attach add port eth10 vid 0 vrf red # 3\ncount 3\n"
			 "endpoint add vrf blue ca 192.168.11.1" M1 " port eth0 vid 400 # 0\ncount 1\n"
			 "mapping add vrf blue ca 192.168.9.255 pa 10.0.0.2" M2 " # 0\n"
			 "mapping add vrf blue ca 192.168.10.2 pa 10.0.0.2" M2 " # 0\n"
			 "mapping add vrf red ca 10.0.0.9 pa 10.0.0.2" M2 " # 0\n"
			 "mapping add vrf red ca 10.0.0.10 pa 10.0.0.3" M2 " vni 5 # 0\ncount 4\n"
			 "cache set size 1000 idle 0 # 0\ncount 1\n"
			 "peer 1 10.0.0.2\npeer 2 10.0.0.2\npeer 2 10.0.0.3\n"
			 "remote 1 10.0.0.2\nremote 2 10.0.0.3\n");
	free(text);
	fixture_close(&f);
}
END_TEST

static int count_record(const union bb_record *rec, void *arg)
{
	unsigned int *n = arg;

	(void)rec;
	(*n)++;
	return 0;
}

static const struct {
	const char *line; /* `show` with a filter */
	unsigned int n;
} filters[] = {
	{ "mapping show", 4 },
	{ "mapping show vrf blue", 2 },
	{ "mapping show vrf red", 2 },
	{ "mapping show vrf green", 0 },
	{ "mapping show ca 192.168.10.2", 2 },
	{ "mapping show vrf red ca 192.168.10.2", 1 },
	{ "mapping show vrf red ca 192.168.10.3", 0 },
	{ "endpoint show vrf blue", 1 },
	{ "endpoint show port eth0", 1 },
	{ "endpoint show port eth1", 0 },
	{ "endpoint show ca 192.168.11.1", 1 },
	{ "endpoint show vrf blue ca 192.168.11.1 port eth0", 1 },
	{ "attach show port eth0", 2 },
	{ "attach show port eth", 0 },
	{ "attach show port eth0 vid 401", 1 },
	{ "attach show vid 400", 1 },
	{ "attach show vrf red", 1 },
	{ "attach show port eth0 vid 400 vrf red", 0 },
	{ "port show", 2 },
	{ "port show eth1", 1 },
	{ "port show eth2", 0 },
	{ "vrf show", 2 },
	{ "vrf show red", 1 },
};

START_TEST(filter)
{
	static const char *const more[] = {
		"mapping add vrf blue ca 10.0.0.1 pa 10.0.0.2" M2,
		"mapping add vrf red ca 192.168.10.2 pa 10.0.0.2" M2,
		"mapping add vrf red ca 10.0.0.1 pa 10.0.0.2" M2,
		NULL,
	};
	struct bb_error err = { "" };
	struct bb_command cmd;
	struct store_txn *t;
	unsigned int n = 0;
	struct fixture f;

	fixture_base_open(&f);
	fixture_commit(&f, more);
	ck_assert_msg(!bb_parse_line(filters[_i].line, &cmd, &err), "%s: %s", filters[_i].line, err.text);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert_int_eq(store_each(t, cmd.object, &cmd.rec, cmd.set, count_record, &n), 0);
	ck_assert_msg(n == filters[_i].n, "%s: %u records, not %u", filters[_i].line, n, filters[_i].n);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* Any field filters, also those that no command offers. */
START_TEST(filter_by_any_field)
{
	static const struct {
		const char *line, *word;
		unsigned int n;
	} rows[] = {
		{ "vrf add x vni 20500", "vni", 1 },
		{ "vrf add x vni 1 mac 02:bb:00:00:50:14", "mac", 1 }, /* as shown, made from the VNI */
		{ "vrf add x vni 1 dscp copy", "dscp", 0 },
		{ "vrf add x vni 1 dscp 0", "dscp", 2 },
		{ "port add x role fabric", "role", 1 },
		{ "attach add port x vid 1 vrf x gateway 192.168.11.254/24", "gateway", 2 },
		{ "attach add port x vid 1 vrf x gateway 192.168.11.254/25", "gateway", 0 },
		{ "mapping add vrf x ca 10.0.0.1 pa 10.0.0.2" M3, "pa", 1 },
		{ "mapping add vrf x ca 10.0.0.1 pa 10.0.0.2" M3, "mac", 0 },
	};
	const struct bb_object_def *def;
	struct bb_command cmd;
	struct store_txn *t;
	unsigned int field, n;
	struct fixture f;
	size_t i;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert(!bb_parse_line(rows[i].line, &cmd, NULL));
		def = bb_object_def(cmd.object);
		for (field = 0; strcmp(def->fields[field].word, rows[i].word); field++)
			;
		n = 0;
		ck_assert(!store_each(t, cmd.object, &cmd.rec, 1u << field, count_record, &n));
		ck_assert_msg(n == rows[i].n, "%s by %s: %u records", rows[i].line, rows[i].word, n);
	}
	store_end(&t);
	fixture_close(&f);
}
END_TEST

static int stop_at_second(const union bb_record *rec, void *arg)
{
	unsigned int *n = arg;

	(void)rec;
	return ++*n == 2 ? 77 : 0;
}

START_TEST(each_stops)
{
	struct store_txn *t;
	unsigned int n = 0;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert_int_eq(store_each(t, BB_OBJ_ATTACH, NULL, 0, stop_at_second, &n), 77);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(store_each(t, BB_OBJ_STATS, NULL, 0, stop_at_second, &n), -EINVAL);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(kept_fields)
{
	union bb_record rec, got;
	const struct effect *e;
	struct bb_command cmd;
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert(!bb_parse_line("port replace eth0 role access mode generic", &cmd, NULL));
	ck_assert(!store_port_saved(t, "eth0", 5, NULL));
	ck_assert_uint_eq(store_effects(t, &e), 0);
	rec = cmd.rec;
	rec.port.id = 200; /* what a caller has there does not matter */
	rec.port.saved = 99;
	ck_assert(!store_replace(t, BB_OBJ_PORT, &rec, NULL));
	ck_assert_uint_eq(rec.port.id, 1);
	ck_assert_uint_eq(rec.port.saved, 5);
	ck_assert(!store_get(t, BB_OBJ_PORT, &cmd.rec, &got));
	ck_assert_mem_eq(&got.port, &rec.port, sizeof(rec.port));
	ck_assert_uint_eq(store_effects(t, &e), 1);
	ck_assert_uint_eq(e->old->port.mode, BB_MODE_NATIVE);
	ck_assert_uint_eq(e->old->port.saved, 5);
	ck_assert_uint_eq(e->new->port.mode, BB_MODE_GENERIC);
	ck_assert_int_eq(store_port_saved(t, "eth7", 5, NULL), -ENOENT);
	ck_assert(!bb_parse_line("vrf add green vni 9", &cmd, NULL));
	cmd.rec.vrf.id = 4000;
	ck_assert(!store_add(t, BB_OBJ_VRF, &cmd.rec, NULL));
	ck_assert_uint_eq(cmd.rec.vrf.id, 3);
	ck_assert(!bb_parse_line("attach add port eth0 vid 7 vrf green", &cmd, NULL));
	ck_assert(!store_add(t, BB_OBJ_ATTACH, &cmd.rec, NULL));
	ck_assert_uint_eq(cmd.rec.attach.id, 3);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

START_TEST(lookups)
{
	struct bb_addr ca = { 4, { 192, 168, 10, 2 } }, local = { 4, { 192, 168, 11, 1 } };
	union bb_record rec = { 0 };
	struct bb_endpoint endpoint;
	struct bb_mapping mapping;
	uint32_t remote = 99;
	struct store_txn *t;
	struct bb_vrf vrf;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, false, &t, NULL));
	ck_assert(!store_vrf_by_id(t, 2, &vrf));
	ck_assert_str_eq(vrf.name, "red");
	ck_assert_int_eq(store_vrf_by_id(t, 3, &vrf), -ENOENT);
	ck_assert_int_eq(store_vrf_by_id(t, 0, &vrf), -ENOENT);
	ck_assert_int_eq(store_find_mapping(t, 2, &ca, &mapping, &remote), -ENOENT);
	ck_assert_int_eq(store_find_mapping(t, 9, &ca, &mapping, &remote), -ENOENT);
	ck_assert_uint_eq(remote, 99);
	ck_assert(!store_find_mapping(t, 1, &ca, &mapping, &remote));
	ck_assert_uint_eq(remote, 1);
	ck_assert(!store_find_mapping(t, 1, &ca, &mapping, &remote));
	ck_assert(store_has_peer(t, 1, &mapping.pa));
	ck_assert(!store_has_peer(t, 2, &mapping.pa));
	ck_assert(!store_has_peer(t, 1, &ca));
	rec.mapping = (struct bb_mapping){ .vrf = "blue", .ca = ca };
	ck_assert(!store_get(t, BB_OBJ_MAPPING, &rec, &rec));
	ck_assert_mem_eq(&rec.mapping, &mapping, sizeof(mapping));
	ck_assert_uint_eq(mapping.mac.b[5], 2);
	ck_assert(!store_find_endpoint(t, 1, &local, &endpoint));
	ck_assert_str_eq(endpoint.port, "eth0");
	ck_assert_uint_eq(endpoint.vid.outer, 400);
	ck_assert_str_eq(endpoint.vrf, "blue");
	ck_assert_int_eq(store_find_endpoint(t, 1, &ca, &endpoint), -ENOENT);
	ck_assert_int_eq(store_get(t, BB_OBJ_VTEP, NULL, &rec), -ENOENT); /* these two have no key */
	ck_assert(!store_get(t, BB_OBJ_CACHE, NULL, &rec));
	ck_assert_uint_eq(rec.cache.opts.size, BB_CACHE_SIZE_DEFAULT);
	ck_assert_uint_eq(rec.cache.opts.idle, BB_CACHE_IDLE_DEFAULT);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* Options at their defaults are not a record: an export does not name what nobody chose. */
START_TEST(cache_defaults)
{
	static const char *const there[] = { "cache set size 1000 idle 9", NULL };
	static const char *const back[] = { "cache set size 196608 idle 300", NULL };
	union bb_record rec = { 0 };
	const struct effect *e;
	struct store_txn *t;
	unsigned int n = 0;
	struct fixture f;

	fixture_base_open(&f);
	fixture_commit(&f, there);
	fixture_commit(&f, back);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	ck_assert_uint_eq(store_count(t, BB_OBJ_CACHE), 0);
	ck_assert(!store_each(t, BB_OBJ_CACHE, NULL, 0, count_record, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert(!store_del(t, BB_OBJ_CACHE, &rec, NULL)); /* they are what they would become */
	ck_assert_uint_eq(store_effects(t, &e), 0);
	ck_assert(!fixture_do(t, there[0], NULL));
	ck_assert(!store_del(t, BB_OBJ_CACHE, &rec, NULL));
	ck_assert_uint_eq(store_effects(t, &e), 2);
	ck_assert_uint_eq(e[1].old->cache.opts.size, 1000);
	ck_assert_uint_eq(e[1].new->cache.opts.size, BB_CACHE_SIZE_DEFAULT);
	ck_assert_uint_eq(store_count(t, BB_OBJ_CACHE), 0);
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* What no line may say yet: IPv6 CAs and PAs, double tags. The store knows them. */
START_TEST(ipv6)
{
	struct bb_mapping m = { .vrf = "blue", .ca = { 6, { 0xfd, 1 } }, .pa = { 6, { 0xfd, 2 } }, .vni = 3 };
	struct bb_attach a = { .port = "eth0", .vid = { 100, 7 }, .vrf = "blue", .gateways = 1,
			       .gateway = { { { 6, { 0xfd, 9 } }, 64 } } };
	struct bb_endpoint e = { .vrf = "blue", .ca = { 6, { 0xfd, 9 } }, .port = "eth0", .vid = { 100, 7 } };
	union bb_record rec = { 0 };
	struct bb_mapping found;
	struct bb_error err;
	struct store_txn *t;
	struct fixture f;
	uint32_t remote;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	rec.mapping = m;
	ck_assert(!store_add(t, BB_OBJ_MAPPING, &rec, NULL));
	ck_assert(!store_find_mapping(t, 1, &m.ca, &found, &remote));
	ck_assert_mem_eq(&found, &m, sizeof(m));
	memset(&rec, 0, sizeof(rec));
	rec.attach = a;
	ck_assert(!store_add(t, BB_OBJ_ATTACH, &rec, NULL));
	memset(&rec, 0, sizeof(rec));
	rec.endpoint = e;
	ck_assert_int_eq(store_add(t, BB_OBJ_ENDPOINT, &rec, &err), -EINVAL);
	ck_assert_str_eq(err.text, "ca \"fd09::\" is a gateway address of vrf \"blue\"");
	rec.endpoint.ca.b[15] = 1;
	ck_assert(!store_add(t, BB_OBJ_ENDPOINT, &rec, NULL));
	memset(&rec, 0, sizeof(rec));
	rec.attach = a;
	ck_assert_int_eq(store_del(t, BB_OBJ_ATTACH, &rec, &err), -EBUSY);
	ck_assert_str_eq(err.text,
			 "attach port \"eth0\" vid \"100.7\" is in use by endpoint vrf \"blue\" ca \"fd09::1\"");
	store_end(&t);
	fixture_close(&f);
}
END_TEST

/* What the parser lets nobody say, but a caller could. */
START_TEST(malformed_records)
{
	union bb_record rec = { 0 };
	struct store_txn *t;
	struct fixture f;

	fixture_base_open(&f);
	ck_assert(!store_begin(f.store, true, &t, NULL));
	rec.port = (struct bb_port){ .dev = "eth5", .role = 3 };
	ck_assert_int_eq(store_add(t, BB_OBJ_PORT, &rec, NULL), -EINVAL);
	memset(&rec, 0, sizeof(rec));
	ck_assert_int_eq(store_add(t, BB_OBJ_VRF, &rec, NULL), -EINVAL);
	ck_assert_int_eq(store_del(t, BB_OBJ_VRF, &rec, NULL), -ENOENT);
	ck_assert_int_eq(store_add(t, BB_OBJ_MAPPING, &rec, NULL), -EINVAL);
	memcpy(rec.mapping.vrf, "blue", 5);
	ck_assert_int_eq(store_add(t, BB_OBJ_MAPPING, &rec, NULL), -EINVAL);
	ck_assert_int_eq(store_add(t, BB_OBJ_STATS, &rec, NULL), -EINVAL);
	memset(&rec, 0, sizeof(rec));
	rec.attach = (struct bb_attach){ .port = "eth0", .vrf = "red", .gateways = 2,
					 .gateway = { { { 4, { 10, 1 } }, 8 }, { { 4, { 10, 1 } }, 16 } } };
	ck_assert_int_eq(store_add(t, BB_OBJ_ATTACH, &rec, NULL), -EINVAL); /* the same address twice */
	rec.attach.gateways = BB_ATTACH_GATEWAYS + 1;
	ck_assert_int_eq(store_add(t, BB_OBJ_ATTACH, &rec, NULL), -EINVAL);
	ck_assert(!store_commit(t, NULL)); /* refusals leave the transaction usable */
	store_end(&t);
	fixture_close(&f);
}
END_TEST

TCase *store_rules_case(void)
{
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, rule, 0, ARRAY_LEN(rules));
	tcase_add_loop_test(tc, rule_persists, 0, ARRAY_LEN(rules));
	tcase_add_test(tc, dump_in_key_order);
	tcase_add_loop_test(tc, filter, 0, ARRAY_LEN(filters));
	tcase_add_test(tc, filter_by_any_field);
	tcase_add_test(tc, each_stops);
	tcase_add_test(tc, kept_fields);
	tcase_add_test(tc, lookups);
	tcase_add_test(tc, cache_defaults);
	tcase_add_test(tc, ipv6);
	tcase_add_test(tc, malformed_records);
	return tc;
}

Suite *store_suite(void)
{
	Suite *s = suite_create("store");

	suite_add_tcase(s, store_rules_case());
	suite_add_tcase(s, store_txn_case());
	suite_add_tcase(s, store_file_case());
	suite_add_tcase(s, store_random_case());
	return s;
}
