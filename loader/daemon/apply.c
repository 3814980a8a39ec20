// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds and deletes what a wanted state does not have. */
#include "daemon/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "daemon/show.h"

/* A key is the line that would delete the record: unique among all objects. */
struct wanted {
	UT_hash_handle hh;
	char line[];
};

struct apply_set {
	struct wanted *table;
};

int apply_set_new(struct apply_set **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void apply_set_free(struct apply_set **set)
{
	struct wanted *w, *next;

	if (!*set)
		return;
	HASH_ITER(hh, (*set)->table, w, next) {
		HASH_DEL((*set)->table, w);
		free(w);
	}
	free(*set);
	*set = NULL;
}

static struct wanted *find(const struct apply_set *set, const char *line)
{
	struct wanted *w;

	HASH_FIND_STR(set->table, line, w);
	return w;
}

int apply_set_add(struct apply_set *set, enum bb_object object, const union bb_record *rec)
{
	char *line = record_line(object, BB_VERB_DEL, rec);
	struct wanted *w;
	size_t size;

	if (!line)
		return -ENOMEM;
	size = strlen(line) + 1;
	w = find(set, line) ? NULL : malloc(sizeof(*w) + size);
	if (w) {
		memcpy(w->line, line, size);
		HASH_ADD_STR(set->table, line, w);
	}
	free(line);
	return 0;
}

/* Records to delete are collected first: a listing does not bear changes under it. */
struct excess {
	const struct apply_set *set;
	enum bb_object object;
	union bb_record *recs;
	size_t n, cap;
};

static int collect(const union bb_record *rec, void *arg)
{
	struct excess *e = arg;
	char *line = record_line(e->object, BB_VERB_DEL, rec);
	bool keep;

	if (!line)
		return -ENOMEM;
	keep = find(e->set, line);
	free(line);
	if (keep)
		return 0;
	if (e->n == e->cap) {
		size_t cap = e->cap ? e->cap * 2 : 64;
		union bb_record *recs = realloc(e->recs, cap * sizeof(*recs));

		if (!recs)
			return -ENOMEM;
		e->recs = recs;
		e->cap = cap;
	}
	e->recs[e->n++] = *rec;
	return 0;
}

static int delete_one(struct store_txn *txn, enum bb_object object, const union bb_record *rec, json_t *rows,
		      struct bb_error *err)
{
	char *line = record_line(object, BB_VERB_DEL, rec);
	int rc;

	if (!line || json_array_append_new(rows, json_pack("{s:s, s:s}", "change", "del", "line", line)))
		rc = bb_fail(err, ENOMEM, "out of memory");
	else
		rc = store_del(txn, object, rec, err);
	free(line);
	return rc;
}

static int delete_excess(struct store_txn *txn, struct excess *e, json_t *rows, struct bb_error *err)
{
	int rc = store_each(txn, e->object, NULL, 0, collect, e);

	if (rc)
		return bb_fail(err, -rc, "cannot list the state: %s", strerror(-rc));
	for (size_t i = 0; i < e->n && !rc; i++)
		rc = delete_one(txn, e->object, &e->recs[i], rows, err);
	return rc;
}

int apply_delete_others(struct store_txn *txn, const struct apply_set *set, json_t *rows, struct bb_error *err)
{
	static const enum bb_object order[] = { BB_OBJ_MAPPING, BB_OBJ_ENDPOINT, BB_OBJ_ATTACH, BB_OBJ_VRF, BB_OBJ_PORT };
	int rc = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && !rc; i++) {
		struct excess e = { .set = set, .object = order[i] };

		rc = delete_excess(txn, &e, rows, err);
		free(e.recs);
	}
	return rc;
}
