// SPDX-License-Identifier: GPL-2.0-or-later
/* The verbs of the store, the same for every object: look, compare, refuse, or hand over to the object's rules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_impl.h"

static int vtep_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	(void)t, (void)rec;
	key_text(key, "vtep", STORE_KEY_MAX);
	return 0;
}

static int vtep_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	(void)t, (void)key;
	if (val->mv_size != sizeof(out->vtep))
		return -EUCLEAN;
	memcpy(&out->vtep, val->mv_data, sizeof(out->vtep));
	return 0;
}

static int vtep_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	struct store_key key;
	int rc;

	vtep_key(t, rec, &key);
	rc = db_put(t, DB_VTEP, &key, &rec->vtep, sizeof(rec->vtep), err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_VTEP, 0, old, rec);
}

static int vtep_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	struct store_key key;
	int rc;

	vtep_key(t, old, &key);
	rc = db_del(t, DB_VTEP, &key, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_VTEP, 0, old, NULL);
}

static const struct store_ops vtep_ops = {
	.db = DB_VTEP,
	.size = sizeof(struct bb_vtep),
	.key = vtep_key,
	.decode = vtep_decode,
	.put = vtep_put,
	.del = vtep_del,
};

static int cache_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	(void)t, (void)rec;
	key_text(key, "cache", STORE_KEY_MAX);
	return 0;
}

static int cache_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	(void)t, (void)key;
	if (val->mv_size != sizeof(out->cache.opts))
		return -EUCLEAN;
	memcpy(&out->cache.opts, val->mv_data, sizeof(out->cache.opts));
	return 0;
}

static void cache_defaults(union bb_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->cache.opts.size = BB_CACHE_SIZE_DEFAULT;
	rec->cache.opts.idle = BB_CACHE_IDLE_DEFAULT;
}

static bool cache_equal(const union bb_record *a, const union bb_record *b)
{
	return a->cache.opts.size == b->cache.opts.size && a->cache.opts.idle == b->cache.opts.idle;
}

/* The cache always has options: a change to the defaults takes them off the disk again, and `old` is never null. */
static int cache_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	union bb_record defaults;
	struct store_key key;
	int rc;

	cache_defaults(&defaults);
	cache_key(t, rec, &key);
	if (!cache_equal(rec, &defaults))
		rc = db_put(t, DB_CACHE, &key, &rec->cache.opts, sizeof(rec->cache.opts), err);
	else
		rc = db_del(t, DB_CACHE, &key, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_CACHE, 0, old, rec);
}

static int cache_set(struct store_txn *t, const union bb_record *rec, struct bb_error *err)
{
	union bb_record old, new;
	int rc;

	rc = store_get(t, BB_OBJ_CACHE, rec, &old);
	if (rc)
		return rc;
	cache_defaults(&new);
	new.cache.opts = rec->cache.opts;
	return cache_equal(&old, &new) ? 0 : cache_put(t, &old, &new, err);
}

static const struct store_ops cache_ops = {
	.db = DB_CACHE,
	.size = sizeof(struct bb_cache_cmd),
	.key = cache_key,
	.decode = cache_decode,
};

const struct store_ops *store_ops(enum bb_object object)
{
	switch (object) {
	case BB_OBJ_VTEP:
		return &vtep_ops;
	case BB_OBJ_PORT:
		return &store_port_ops;
	case BB_OBJ_VRF:
		return &store_vrf_ops;
	case BB_OBJ_ATTACH:
		return &store_attach_ops;
	case BB_OBJ_ENDPOINT:
		return &store_endpoint_ops;
	case BB_OBJ_MAPPING:
		return &store_mapping_ops;
	case BB_OBJ_CACHE:
		return &cache_ops;
	default:
		return NULL;
	}
}

/* "vrf blue ca 10.0.0.1" with each value quoted. */
static void quote_values(const char *words, char *buf, size_t size)
{
	bool value = false;
	size_t used = 0;

	while (*words && used < size) {
		int len = (int)strcspn(words, " ");

		used += (size_t)snprintf(buf + used, size - used, value ? " \"%.*s\"" : " %.*s", len, words);
		value = !value;
		words += len + (words[len] == ' ');
	}
}

/* The grammar's own line, without its verb. */
static void describe_line(enum bb_object object, const union bb_record *rec, char buf[STORE_DESCRIBE_TEXT])
{
	const char *word = bb_object_def(object)->word;
	const char *verb = bb_verb_word(BB_VERB_DEL);
	size_t head = strlen(word), skip = head + 1 + strlen(verb), size;
	char *line = NULL;
	FILE *to;

	snprintf(buf, STORE_DESCRIBE_TEXT, "%s", word);
	to = open_memstream(&line, &size);
	if (!to)
		return;
	bb_record_line(to, object, BB_VERB_DEL, rec);
	if (!fclose(to) && size > skip)
		quote_values(line + skip + 1, buf + head, STORE_DESCRIBE_TEXT - head);
	free(line);
}

const char *store_describe(enum bb_object object, const union bb_record *rec, char buf[STORE_DESCRIBE_TEXT])
{
	if (object == BB_OBJ_VRF)
		snprintf(buf, STORE_DESCRIBE_TEXT, "vrf \"%.*s\"", BB_NAME_LEN, rec->vrf.name);
	else if (object == BB_OBJ_PORT)
		snprintf(buf, STORE_DESCRIBE_TEXT, "port \"%.*s\"", BB_DEV_LEN, rec->port.dev);
	else
		describe_line(object, rec, buf);
	return buf;
}

int store_in_use(enum bb_object object, const union bb_record *rec, enum bb_object by, const union bb_record *user,
		 struct bb_error *err)
{
	char a[STORE_DESCRIBE_TEXT], b[STORE_DESCRIBE_TEXT];

	return bb_fail(err, EBUSY, "%s is in use by %s", store_describe(object, rec, a), store_describe(by, user, b));
}

static int find(struct store_txn *t, const struct store_ops *ops, const union bb_record *key, union bb_record *out)
{
	struct store_key k;
	MDB_val id, val;
	int rc;

	rc = ops->key(t, key, &k);
	if (!rc)
		rc = db_get(t, ops->db, &k, &val);
	if (rc)
		return rc;
	memset(out, 0, sizeof(*out));
	id = (MDB_val){ .mv_size = k.len, .mv_data = k.b };
	return ops->decode(t, &id, &val, out);
}

static int exists(struct store_txn *t, const struct store_ops *ops, const union bb_record *rec)
{
	struct store_key key;
	MDB_val val;
	int rc = ops->key(t, rec, &key);

	return rc ? rc : db_get(t, ops->db, &key, &val);
}

static int verb_begin(const struct store_txn *t, enum bb_object object, struct bb_error *why)
{
	why->text[0] = '\0';
	if (!store_ops(object))
		return bb_fail(why, EINVAL, "the store keeps no such object");
	if (!t->write || !t->mdb)
		return bb_fail(why, EINVAL, "not in an open write transaction");
	return t->broken ? db_error(t->store, MDB_BAD_TXN, why) : 0;
}

/* No failure goes out without a text; those that have none yet are not the caller's doing. */
static int verb_end(int rc, const struct bb_error *why, struct bb_error *err)
{
	if (!rc)
		return 0;
	if (why->text[0])
		return bb_fail(err, -rc, "%s", why->text);
	if (rc == -EUCLEAN || rc == -ENOENT)
		return bb_fail(err, EUCLEAN, "the store is damaged: its tables disagree");
	return bb_fail(err, -rc, "cannot change the store: %s", strerror(-rc));
}

static int add(struct store_txn *t, enum bb_object object, union bb_record *rec, struct bb_error *why)
{
	const struct store_ops *ops = store_ops(object);
	char text[STORE_DESCRIBE_TEXT];
	union bb_record new;
	int rc;

	rc = exists(t, ops, rec);
	if (!rc)
		return bb_fail(why, EEXIST, "%s exists", store_describe(object, rec, text));
	if (rc != -ENOENT)
		return rc;
	memcpy(&new, rec, sizeof(new));
	rc = ops->put(t, NULL, &new, why);
	if (!rc)
		memcpy(rec, &new, sizeof(new));
	return rc;
}

int store_add(struct store_txn *txn, enum bb_object object, union bb_record *rec, struct bb_error *err)
{
	struct bb_error why;
	int rc = verb_begin(txn, object, &why);

	if (!rc)
		rc = object == BB_OBJ_CACHE ? cache_set(txn, rec, &why) : add(txn, object, rec, &why);
	return verb_end(rc, &why, err);
}

static int replace(struct store_txn *t, enum bb_object object, union bb_record *rec, struct bb_error *why)
{
	const struct store_ops *ops = store_ops(object);
	union bb_record old, new;
	int found, rc = 0;

	memcpy(&new, rec, sizeof(new));
	found = find(t, ops, rec, &old);
	if (found && found != -ENOENT)
		return found;
	if (!found && ops->keep)
		ops->keep(&old, &new);
	if (found || memcmp(&old, &new, ops->size))
		rc = ops->put(t, found ? NULL : &old, &new, why);
	if (!rc)
		memcpy(rec, &new, sizeof(new));
	return rc;
}

int store_replace(struct store_txn *txn, enum bb_object object, union bb_record *rec, struct bb_error *err)
{
	struct bb_error why;
	int rc = verb_begin(txn, object, &why);

	if (!rc)
		rc = object == BB_OBJ_CACHE ? cache_set(txn, rec, &why) : replace(txn, object, rec, &why);
	return verb_end(rc, &why, err);
}

static int del(struct store_txn *t, enum bb_object object, const union bb_record *key, struct bb_error *why)
{
	const struct store_ops *ops = store_ops(object);
	char text[STORE_DESCRIBE_TEXT];
	union bb_record old;
	int rc;

	rc = find(t, ops, key, &old);
	if (rc == -ENOENT)
		return bb_fail(why, ENOENT, "%s does not exist", store_describe(object, key, text));
	return rc ? rc : ops->del(t, &old, why);
}

int store_del(struct store_txn *txn, enum bb_object object, const union bb_record *key, struct bb_error *err)
{
	union bb_record defaults;
	struct bb_error why;
	int rc = verb_begin(txn, object, &why);

	cache_defaults(&defaults);
	if (!rc)
		rc = object == BB_OBJ_CACHE ? cache_set(txn, &defaults, &why) : del(txn, object, key, &why);
	return verb_end(rc, &why, err);
}

int store_get(struct store_txn *txn, enum bb_object object, const union bb_record *key, union bb_record *out)
{
	const struct store_ops *ops = store_ops(object);
	union bb_record rec;
	int rc;

	if (!ops)
		return -EINVAL;
	rc = find(txn, ops, key, &rec);
	if (rc == -ENOENT && object == BB_OBJ_CACHE) {
		cache_defaults(&rec);
		rc = 0;
	}
	if (!rc)
		memcpy(out, &rec, sizeof(*out));
	return rc;
}
