// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's tables: LMDB's calls with our keys and our errors, and the ids that are given out in turn. */
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

#define STORE_DB_NAME(NAME, name) [DB_##NAME] = #name,
const char *const store_db_name[STORE_DBS] = { STORE_DB_LIST(STORE_DB_NAME) };

/* An LMDB or system error as -errno, with advice where there is any. */
int db_error(const struct store *store, int rc, struct bb_error *err)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return -ENOENT;
	case MDB_MAP_FULL:
		return bb_fail(err, ENOSPC, "the store is full (%zu KiB): start the daemon with a larger store size",
			       store->map_bytes >> 10);
	case MDB_TXN_FULL:
		return bb_fail(err, ENOSPC, "the transaction is too large: split the batch");
	case MDB_READERS_FULL:
		return bb_fail(err, EAGAIN, "too many read transactions on the store");
	case MDB_BAD_TXN:
		return bb_fail(err, ECANCELED, "the transaction failed before and can only be aborted");
	case ENOSPC:
		return bb_fail(err, ENOSPC, "no space left on the disk of the state directory");
	}
	if (rc > 0)
		return bb_fail(err, rc, "cannot use the store: %s", strerror(rc));
	return bb_fail(err, EUCLEAN, "the store is damaged: %s", mdb_strerror(rc));
}

static MDB_val key_val(const struct store_key *key)
{
	return (MDB_val){ .mv_size = key->len, .mv_data = (void *)key->b };
}

int db_get(struct store_txn *t, enum store_db db, const struct store_key *key, MDB_val *val)
{
	MDB_val k = key_val(key);

	return db_error(t->store, mdb_get(t->mdb, t->store->dbi[db], &k, val), NULL);
}

int db_read(struct store_txn *t, enum store_db db, const struct store_key *key, void *out, size_t size)
{
	MDB_val val;
	int rc = db_get(t, db, key, &val);

	if (rc)
		return rc;
	if (val.mv_size != size)
		return -EUCLEAN;
	memcpy(out, val.mv_data, size);
	return 0;
}

int db_put(struct store_txn *t, enum store_db db, const struct store_key *key, const void *val, size_t size,
	   struct bb_error *err)
{
	MDB_val k = key_val(key), v = { .mv_size = size, .mv_data = (void *)val };
	int rc = mdb_put(t->mdb, t->store->dbi[db], &k, &v, 0);

	if (rc)
		t->broken = true;
	return db_error(t->store, rc, err);
}

/* The rules have looked before: a key that is not there means that the tables disagree. */
int db_del(struct store_txn *t, enum store_db db, const struct store_key *key, struct bb_error *err)
{
	MDB_val k = key_val(key);
	int rc = mdb_del(t->mdb, t->store->dbi[db], &k, NULL);

	if (!rc)
		return 0;
	t->broken = true;
	if (rc == MDB_NOTFOUND)
		return bb_fail(err, EUCLEAN, "the store is damaged: table \"%s\" lacks a key", store_db_name[db]);
	return db_error(t->store, rc, err);
}

uint64_t db_entries(struct store_txn *t, enum store_db db)
{
	MDB_stat st;

	return mdb_stat(t->mdb, t->store->dbi[db], &st) ? 0 : st.ms_entries;
}

static bool has_prefix(const MDB_val *key, const struct store_key *prefix)
{
	return !prefix || (key->mv_size >= prefix->len && !memcmp(key->mv_data, prefix->b, prefix->len));
}

/* From the first key that is not below `from` (null: the first of all) as long as keys begin with `prefix`. */
static int walk(struct store_txn *t, enum store_db db, const struct store_key *from, const struct store_key *prefix,
		db_each_fn each, void *arg)
{
	MDB_val key = { 0 }, val;
	MDB_cursor *cur;
	int ret = 0, rc;

	rc = mdb_cursor_open(t->mdb, t->store->dbi[db], &cur);
	if (rc)
		return db_error(t->store, rc, NULL);
	if (from)
		key = key_val(from);
	rc = mdb_cursor_get(cur, &key, &val, from ? MDB_SET_RANGE : MDB_FIRST);
	while (!rc && has_prefix(&key, prefix)) {
		ret = each(t, &key, &val, arg);
		if (ret)
			break;
		rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT);
	}
	mdb_cursor_close(cur);
	if (rc && rc != MDB_NOTFOUND)
		return db_error(t->store, rc, NULL);
	return ret;
}

int db_walk(struct store_txn *t, enum store_db db, const struct store_key *prefix, db_each_fn each, void *arg)
{
	return walk(t, db, prefix, prefix, each, arg);
}

static int copy_key(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	struct store_key *found = arg;

	(void)t, (void)val;
	if (key->mv_size > sizeof(found->b))
		return -EUCLEAN;
	found->len = key->mv_size;
	memcpy(found->b, key->mv_data, key->mv_size);
	return 1;
}

int db_first(struct store_txn *t, enum store_db db, const struct store_key *prefix, struct store_key *found)
{
	int rc = db_walk(t, db, prefix, copy_key, found);

	if (rc < 0)
		return rc;
	return rc ? 0 : -ENOENT;
}

struct id_space {
	const char *cursor; /* in DB_META */
	const char *what;
	uint32_t end;
};

static const struct id_space *id_space(enum store_db db)
{
	static const struct id_space ports = { "next_port", "ports", BB_MAX_PORTS };
	static const struct id_space vrfs = { "next_vrf", "VRFs", BB_MAX_VRFS };
	static const struct id_space attachments = { "next_attach", "attachments", BB_MAX_ATTACHMENTS };
	static const struct id_space remotes = { "next_remote", "different PAs", BB_MAX_REMOTES };

	switch (db) {
	case DB_PORT_ID:
		return &ports;
	case DB_VRF_ID:
		return &vrfs;
	case DB_ATTACH_ID:
		return &attachments;
	default:
		return &remotes;
	}
}

static int skip_used(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	uint32_t *candidate = arg, used;
	int rc = key_read_id(key->mv_data, key->mv_size, &used);

	(void)t, (void)val;
	if (rc)
		return rc;
	if (used != *candidate)
		return 1;
	(*candidate)++;
	return 0;
}

/* Sets *id to the first free id that is not below it, which may lie past the last one. */
static int first_free(struct store_txn *t, enum store_db db, uint32_t *id)
{
	struct store_key from;
	int rc;

	key_id(&from, *id);
	rc = walk(t, db, &from, NULL, skip_used, id);
	return rc < 0 ? rc : 0;
}

/* In turn, so that an id is not reused at once: the data plane's readers may still hold it. */
int db_new_id(struct store_txn *t, enum store_db db, uint32_t *id, struct bb_error *err)
{
	const struct id_space *space = id_space(db);
	struct store_key cursor;
	uint32_t next = 1, found;
	int rc;

	if (db_entries(t, db) >= space->end - 1)
		return bb_fail(err, ENOSPC, "the table is full: no more than %u %s", space->end - 1, space->what);
	key_text(&cursor, space->cursor, STORE_KEY_MAX);
	rc = db_read(t, DB_META, &cursor, &next, sizeof(next));
	if (rc && rc != -ENOENT)
		return rc;
	found = next ? next : 1;
	rc = first_free(t, db, &found);
	if (!rc && found >= space->end) {
		found = 1;
		rc = first_free(t, db, &found);
	}
	if (rc)
		return rc;
	next = found + 1 < space->end ? found + 1 : 1;
	rc = db_put(t, DB_META, &cursor, &next, sizeof(next), err);
	if (!rc)
		*id = found;
	return rc;
}
