// SPDX-License-Identifier: GPL-2.0-or-later
/* A store in a directory of its own, driven by lines of the grammar. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const fixture_base[] = {
	"port add eth0 role access",
	"port add eth1 role fabric",
	"vrf add blue vni 20500",
	"vrf add red vni 20600",
	"attach add port eth0 vid 400 vrf blue gateway 192.168.11.254/24",
	"attach add port eth0 vid 401 vrf red gateway 192.168.11.254/24",
	"endpoint add vrf blue ca 192.168.11.1 mac 02:00:00:00:00:01 port eth0 vid 400",
	"mapping add vrf blue ca 192.168.10.2 pa 10.0.0.2 mac 02:00:00:00:00:02",
	NULL,
};

void fixture_open(struct fixture *f, size_t map_bytes)
{
	struct bb_error err = { "" };

	snprintf(f->dir, sizeof(f->dir), "/tmp/bluebird-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	ck_assert_msg(!store_open(&f->store, f->dir, map_bytes, &err), "%s", err.text);
}

void fixture_base_open(struct fixture *f)
{
	fixture_open(f, FIXTURE_MAP);
	fixture_commit(f, fixture_base);
}

void fixture_reopen(struct fixture *f)
{
	struct bb_error err = { "" };

	store_close(&f->store);
	ck_assert_msg(!store_open(&f->store, f->dir, FIXTURE_MAP, &err), "%s", err.text);
}

const char *fixture_path(const struct fixture *f, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->dir, file);
	return path;
}

void fixture_close(struct fixture *f)
{
	static const char *const files[] = { "data.mdb", "data.new", "lock.mdb", "lock" };
	size_t i;

	store_close(&f->store);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(fixture_path(f, files[i]));
	ck_assert_msg(!rmdir(f->dir), "something else is left in %s", f->dir);
}

int fixture_do(struct store_txn *t, const char *line, struct bb_error *err)
{
	struct bb_command cmd;
	struct bb_error parse = { "" };

	ck_assert_msg(!bb_parse_line(line, &cmd, &parse), "%s: %s", line, parse.text);
	switch (cmd.verb) {
	case BB_VERB_ADD:
		return store_add(t, cmd.object, &cmd.rec, err);
	case BB_VERB_DEL:
		return store_del(t, cmd.object, &cmd.rec, err);
	default:
		return store_replace(t, cmd.object, &cmd.rec, err);
	}
}

void fixture_commit(struct fixture *f, const char *const *lines)
{
	struct bb_error err = { "" };
	struct store_txn *t;

	ck_assert_msg(!store_begin(f->store, true, &t, &err), "%s", err.text);
	for (; *lines; lines++)
		ck_assert_msg(!fixture_do(t, *lines, &err), "%s: %s", *lines, err.text);
	ck_assert_msg(!store_commit(t, &err), "%s", err.text);
	store_end(&t);
	ck_assert_ptr_null(t);
}

static char sign(const struct effect *e)
{
	if (e->type == EFFECT_RECORD)
		return !e->old ? '+' : !e->new ? '-' : '~';
	return e->add ? '+' : '-';
}

const char *fixture_effects(const struct store_txn *t, char text[FIXTURE_TEXT])
{
	const struct effect *e;
	size_t i, n = store_effects(t, &e), at = 0;
	char addr[BB_ADDR_TEXT];

	text[0] = '\0';
	for (i = 0; i < n; i++, e++) {
		if (e->type == EFFECT_RECORD)
			at += snprintf(text + at, FIXTURE_TEXT - at, "%crecord %s %u", sign(e),
				       bb_object_def(e->object)->word, e->vrf);
		else if (e->type == EFFECT_KEY)
			at += snprintf(text + at, FIXTURE_TEXT - at, "key %u %s", e->vrf,
				       bb_addr_text(&e->addr, addr));
		else if (e->type == EFFECT_PEER)
			at += snprintf(text + at, FIXTURE_TEXT - at, "%cpeer %u %s", sign(e), e->vrf,
				       bb_addr_text(&e->addr, addr));
		else
			at += snprintf(text + at, FIXTURE_TEXT - at, "%cremote %u %s", sign(e), e->remote,
				       bb_addr_text(&e->addr, addr));
		at += snprintf(text + at, FIXTURE_TEXT - at, i + 1 < n ? "\n" : "");
		ck_assert_uint_lt(at, FIXTURE_TEXT);
	}
	return text;
}

struct dump {
	FILE *to;
	enum bb_object object;
};

static int dump_record(const union bb_record *rec, void *arg)
{
	const struct dump *d = arg;
	enum bb_verb verb = bb_object_def(d->object)->verbs & 1u << BB_VERB_ADD ? BB_VERB_ADD : BB_VERB_SET;
	unsigned int id = 0;

	if (d->object == BB_OBJ_PORT)
		id = rec->port.id;
	else if (d->object == BB_OBJ_VRF)
		id = rec->vrf.id;
	else if (d->object == BB_OBJ_ATTACH)
		id = rec->attach.id;
	bb_record_line(d->to, d->object, verb, rec);
	fprintf(d->to, " # %u\n", id);
	return 0;
}

static int dump_peer(uint16_t vrf, const struct bb_addr *pa, void *arg)
{
	struct dump *d = arg;
	char addr[BB_ADDR_TEXT];

	fprintf(d->to, "peer %u %s\n", vrf, bb_addr_text(pa, addr));
	return 0;
}

static int dump_remote(uint32_t remote, const struct bb_addr *pa, void *arg)
{
	struct dump *d = arg;
	char addr[BB_ADDR_TEXT];

	fprintf(d->to, "remote %u %s\n", remote, bb_addr_text(pa, addr));
	return 0;
}

char *fixture_dump(struct store_txn *t)
{
	static const enum bb_object objects[] = { BB_OBJ_VTEP,	   BB_OBJ_PORT,	   BB_OBJ_VRF,	 BB_OBJ_ATTACH,
						  BB_OBJ_ENDPOINT, BB_OBJ_MAPPING, BB_OBJ_CACHE };
	char *text = NULL;
	struct dump d;
	size_t i, size;
	int rc = 0;

	d.to = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(d.to);
	for (i = 0; i < sizeof(objects) / sizeof(objects[0]) && !rc; i++) {
		d.object = objects[i];
		rc = store_each(t, d.object, NULL, 0, dump_record, &d);
		fprintf(d.to, "count %llu\n", (unsigned long long)store_count(t, d.object));
	}
	if (!rc)
		rc = store_each_peer(t, dump_peer, &d);
	if (!rc)
		rc = store_each_remote(t, dump_remote, &d);
	if (rc)
		fprintf(d.to, "unreadable: %d\n", rc);
	fclose(d.to);
	return text;
}

char *fixture_dump_now(struct store *store)
{
	struct bb_error err = { "" };
	struct store_txn *t;
	char *text;

	ck_assert_msg(!store_begin(store, false, &t, &err), "%s", err.text);
	text = fixture_dump(t);
	store_end(&t);
	return text;
}
