// SPDX-License-Identifier: GPL-2.0-or-later
/* Listings: records that match a filter, by the grammar's own field tables, and the derived tables. */
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

static const struct bb_prefix *prefix_at(const union bb_record *rec, const struct bb_field *f)
{
	return (const struct bb_prefix *)((const uint8_t *)rec + f->offset);
}

static uint8_t byte_at(const union bb_record *rec, uint16_t offset)
{
	return ((const uint8_t *)rec)[offset];
}

/* Does the record have every prefix that the filter names? */
static bool has_prefixes(const struct bb_field *f, const union bb_record *filter, const union bb_record *rec)
{
	unsigned int i, j, wanted = byte_at(filter, f->aux), there = byte_at(rec, f->aux);

	for (i = 0; i < wanted; i++) {
		for (j = 0; j < there; j++)
			if (!memcmp(prefix_at(filter, f) + i, prefix_at(rec, f) + j, sizeof(struct bb_prefix)))
				break;
		if (j == there)
			return false;
	}
	return true;
}

static size_t field_size(enum bb_type type)
{
	switch (type) {
	case BB_T_ADDR:
		return sizeof(struct bb_addr);
	case BB_T_MAC:
		return sizeof(struct bb_mac);
	case BB_T_VID:
		return sizeof(struct bb_vid);
	case BB_T_U16:
		return 2;
	case BB_T_U32:
		return 4;
	default:
		return 1;
	}
}

static bool field_matches(enum bb_object object, const struct bb_field *f, const union bb_record *filter,
			  const union bb_record *rec)
{
	const uint8_t *want = (const uint8_t *)filter + f->offset, *have = (const uint8_t *)rec + f->offset;
	struct bb_mac mac;

	switch (f->type) {
	case BB_T_DEV:
		return !strncmp((const char *)want, (const char *)have, BB_DEV_LEN);
	case BB_T_NAME:
	case BB_T_WORD:
		return !strncmp((const char *)want, (const char *)have, BB_NAME_LEN);
	case BB_T_PREFIXES:
		return has_prefixes(f, filter, rec);
	case BB_T_DSCP: /* "copy" has no number */
		return byte_at(filter, f->aux) == byte_at(rec, f->aux) && (byte_at(rec, f->aux) || *want == *have);
	case BB_T_MAC:
		if (object != BB_OBJ_VRF)
			break;
		mac = bb_vrf_mac(&rec->vrf); /* as it is shown */
		return !memcmp(want, mac.b, sizeof(mac.b));
	default:
		break;
	}
	return !memcmp(want, have, field_size(f->type));
}

struct listing {
	enum bb_object object;
	const struct store_ops *ops;
	const struct bb_object_def *def;
	const union bb_record *filter;
	uint32_t set;
	int (*each)(const union bb_record *rec, void *arg);
	void *arg;
};

static bool is_set(const struct listing *l, const char *word)
{
	unsigned int i;

	for (i = 0; i < l->def->n_fields; i++)
		if (l->set & 1u << i && !strcmp(l->def->fields[i].word, word))
			return true;
	return false;
}

static int list_one(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	const struct listing *l = arg;
	union bb_record rec = { 0 };
	unsigned int i;
	int rc;

	rc = l->ops->decode(t, key, val, &rec);
	if (rc)
		return rc;
	for (i = 0; i < l->def->n_fields; i++)
		if (l->set & 1u << i && !field_matches(l->object, &l->def->fields[i], l->filter, &rec))
			return 0;
	return l->each(&rec, l->arg);
}

/* (VRF, CA) or as much of it as is given. The two records that have it begin alike. */
_Static_assert(offsetof(struct bb_endpoint, ca) == offsetof(struct bb_mapping, ca), "one prefix for both");

static int vrf_prefix(struct store_txn *t, const struct listing *l, struct store_key *prefix)
{
	struct bb_vrf vrf;
	int rc;

	if (!is_set(l, "vrf"))
		return 0;
	rc = vrf_by_name(t, l->filter->mapping.vrf, &vrf);
	if (rc)
		return rc;
	if (is_set(l, "ca"))
		key_vrf_addr(prefix, vrf.id, &l->filter->mapping.ca);
	else
		key_vrf(prefix, vrf.id);
	return 0;
}

/* What every match's key begins with, so that a listing of few does not walk over all. -ENOENT: no match. */
static int listing_prefix(struct store_txn *t, const struct listing *l, struct store_key *prefix)
{
	prefix->len = 0;
	switch (l->object) {
	case BB_OBJ_ENDPOINT:
	case BB_OBJ_MAPPING:
		return vrf_prefix(t, l, prefix);
	case BB_OBJ_ATTACH:
		if (is_set(l, "port") && is_set(l, "vid"))
			key_attach(prefix, l->filter->attach.port, &l->filter->attach.vid);
		else if (is_set(l, "port"))
			key_port(prefix, l->filter->attach.port);
		return 0;
	default:
		return 0;
	}
}

int store_each(struct store_txn *txn, enum bb_object object, const union bb_record *filter, uint32_t set,
	       int (*each)(const union bb_record *rec, void *arg), void *arg)
{
	struct listing l = {
		.object = object,
		.ops = store_ops(object),
		.filter = filter,
		.set = filter ? set : 0,
		.each = each,
		.arg = arg,
	};
	struct store_key prefix;
	int rc;

	if (!l.ops)
		return -EINVAL;
	l.def = bb_object_def(object);
	rc = listing_prefix(txn, &l, &prefix);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	return db_walk(txn, l.ops->db, prefix.len ? &prefix : NULL, list_one, &l);
}

uint64_t store_count(struct store_txn *txn, enum bb_object object)
{
	const struct store_ops *ops = store_ops(object);

	return ops ? db_entries(txn, ops->db) : 0;
}

struct peer_listing {
	int (*each)(uint16_t vrf, const struct bb_addr *pa, void *arg);
	void *arg;
};

static int list_peer(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	const struct peer_listing *l = arg;
	struct bb_addr pa;
	uint16_t vrf;
	int rc = key_read_vrf_addr(key->mv_data, key->mv_size, &vrf, &pa);

	(void)t, (void)val;
	return rc ? rc : l->each(vrf, &pa, l->arg);
}

int store_each_peer(struct store_txn *txn, int (*each)(uint16_t vrf, const struct bb_addr *pa, void *arg), void *arg)
{
	struct peer_listing l = { each, arg };

	return db_walk(txn, DB_PEER, NULL, list_peer, &l);
}

bool store_has_peer(struct store_txn *txn, uint16_t vrf, const struct bb_addr *pa)
{
	struct store_key key;
	MDB_val val;

	key_vrf_addr(&key, vrf, pa);
	return !db_get(txn, DB_PEER, &key, &val);
}

struct remote_listing {
	int (*each)(uint32_t remote, const struct bb_addr *pa, void *arg);
	void *arg;
};

static int list_remote(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	const struct remote_listing *l = arg;
	struct bb_addr pa;
	uint32_t remote;
	int rc;

	(void)t;
	rc = key_read_id(key->mv_data, key->mv_size, &remote);
	if (!rc)
		rc = key_read_addr(val->mv_data, val->mv_size, &pa);
	return rc ? rc : l->each(remote, &pa, l->arg);
}

int store_each_remote(struct store_txn *txn, int (*each)(uint32_t remote, const struct bb_addr *pa, void *arg),
		      void *arg)
{
	struct remote_listing l = { each, arg };

	return db_walk(txn, DB_REMOTE, NULL, list_remote, &l);
}
