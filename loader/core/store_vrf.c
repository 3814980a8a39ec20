// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of VRFs: a VNI belongs to one of them, and none leaves while something refers to it. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

int vrf_by_id(struct store_txn *t, uint16_t id, struct bb_vrf *out)
{
	struct store_key key;
	int rc;

	if (!id)
		return -ENOENT;
	if (t->memo.id != id) {
		key_id(&key, id);
		rc = db_read(t, DB_VRF_ID, &key, &t->memo, sizeof(t->memo));
		if (rc)
			return rc;
	}
	memcpy(out, &t->memo, sizeof(*out));
	return 0;
}

int vrf_by_name(struct store_txn *t, const char *name, struct bb_vrf *out)
{
	struct store_key key;
	uint16_t id;
	int rc;

	if (t->memo.id && !strncmp(t->memo.name, name, sizeof(t->memo.name))) {
		memcpy(out, &t->memo, sizeof(*out));
		return 0;
	}
	if (!name[0])
		return -ENOENT;
	key_text(&key, name, BB_NAME_LEN);
	rc = db_read(t, DB_VRF, &key, &id, sizeof(id));
	if (rc)
		return rc;
	rc = vrf_by_id(t, id, out);
	return rc == -ENOENT ? -EUCLEAN : rc;
}

int vrf_required(struct store_txn *t, const char *name, struct bb_vrf *out, struct bb_error *err)
{
	int rc = vrf_by_name(t, name, out);

	if (rc == -ENOENT)
		return bb_fail(err, EINVAL, "vrf \"%.*s\" does not exist", BB_NAME_LEN, name);
	return rc;
}

int store_vrf_by_id(struct store_txn *txn, uint16_t id, struct bb_vrf *out)
{
	return vrf_by_id(txn, id, out);
}

static int vrf_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	(void)t;
	if (!rec->vrf.name[0])
		return -ENOENT;
	key_text(key, rec->vrf.name, sizeof(rec->vrf.name));
	return 0;
}

static int vrf_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	uint16_t id;
	int rc;

	(void)key;
	if (val->mv_size != sizeof(id))
		return -EUCLEAN;
	memcpy(&id, val->mv_data, sizeof(id));
	rc = vrf_by_id(t, id, &out->vrf);
	return rc == -ENOENT ? -EUCLEAN : rc;
}

static void vrf_keep(const union bb_record *old, union bb_record *rec)
{
	rec->vrf.id = old->vrf.id;
}

static int vni_free(struct store_txn *t, const struct bb_vrf *vrf, struct bb_error *err)
{
	struct bb_vrf owner;
	struct store_key key;
	uint16_t id;
	int rc;

	key_id(&key, vrf->vni);
	rc = db_read(t, DB_VNI, &key, &id, sizeof(id));
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = vrf_by_id(t, id, &owner);
	if (rc)
		return rc;
	if (!strncmp(owner.name, vrf->name, sizeof(owner.name)))
		return 0;
	return bb_fail(err, EINVAL, "vni \"%u\" is already used by vrf \"%s\"", vrf->vni, owner.name);
}

static int vrf_new(struct store_txn *t, struct bb_vrf *vrf, struct bb_error *err)
{
	struct store_key key;
	uint32_t id;
	int rc;

	rc = db_new_id(t, DB_VRF_ID, &id, err);
	if (rc)
		return rc;
	vrf->id = id;
	key_text(&key, vrf->name, sizeof(vrf->name));
	return db_put(t, DB_VRF, &key, &vrf->id, sizeof(vrf->id), err);
}

static int vrf_write(struct store_txn *t, const struct bb_vrf *old, const struct bb_vrf *vrf, struct bb_error *err)
{
	struct store_key key;
	int rc = 0;

	t->memo.id = 0;
	if (old && old->vni != vrf->vni) {
		key_id(&key, old->vni);
		rc = db_del(t, DB_VNI, &key, err);
	}
	key_id(&key, vrf->vni);
	if (!rc)
		rc = db_put(t, DB_VNI, &key, &vrf->id, sizeof(vrf->id), err);
	key_id(&key, vrf->id);
	if (!rc)
		rc = db_put(t, DB_VRF_ID, &key, vrf, sizeof(*vrf), err);
	return rc;
}

static int vrf_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	int rc;

	if (!rec->vrf.name[0])
		return bb_fail(err, EINVAL, "a vrf without a name");
	rc = vni_free(t, &rec->vrf, err);
	if (!rc && !old)
		rc = vrf_new(t, &rec->vrf, err);
	if (!rc)
		rc = vrf_write(t, old ? &old->vrf : NULL, &rec->vrf, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_VRF, rec->vrf.id, old, rec);
}

/* The first record of `db` whose key begins with the VRF's id; *by is what it describes. -ENOENT: none. */
static int vrf_user(struct store_txn *t, enum store_db db, const struct bb_vrf *vrf, union bb_record *user,
		    enum bb_object *by)
{
	struct store_key prefix, found;
	struct bb_addr ca;
	uint16_t id;
	int rc;

	key_vrf(&prefix, vrf->id);
	rc = db_first(t, db, &prefix, &found);
	if (rc)
		return rc;
	if (db == DB_VRF_ATTACH) {
		*by = BB_OBJ_ATTACH;
		memcpy(&id, found.b + prefix.len, sizeof(id));
		return attach_by_id(t, be16toh(id), user->attach.port, &user->attach.vid);
	}
	rc = key_read_vrf_addr(found.b, found.len, &id, &ca);
	if (rc)
		return rc;
	*by = db == DB_ENDPOINT ? BB_OBJ_ENDPOINT : BB_OBJ_MAPPING;
	if (db == DB_ENDPOINT) {
		memcpy(user->endpoint.vrf, vrf->name, sizeof(vrf->name));
		user->endpoint.ca = ca;
	} else {
		memcpy(user->mapping.vrf, vrf->name, sizeof(vrf->name));
		user->mapping.ca = ca;
	}
	return 0;
}

static int vrf_unused(struct store_txn *t, const union bb_record *vrf, struct bb_error *err)
{
	static const enum store_db users[] = { DB_VRF_ATTACH, DB_ENDPOINT, DB_MAPPING };
	union bb_record user = { 0 };
	enum bb_object by;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		rc = vrf_user(t, users[i], &vrf->vrf, &user, &by);
		if (!rc)
			return store_in_use(BB_OBJ_VRF, vrf, by, &user, err);
		if (rc != -ENOENT)
			return rc;
	}
	return 0;
}

static int vrf_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	struct store_key key;
	int rc;

	rc = vrf_unused(t, old, err);
	if (rc)
		return rc;
	t->memo.id = 0;
	key_text(&key, old->vrf.name, sizeof(old->vrf.name));
	rc = db_del(t, DB_VRF, &key, err);
	key_id(&key, old->vrf.vni);
	if (!rc)
		rc = db_del(t, DB_VNI, &key, err);
	key_id(&key, old->vrf.id);
	if (!rc)
		rc = db_del(t, DB_VRF_ID, &key, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_VRF, old->vrf.id, old, NULL);
}

const struct store_ops store_vrf_ops = {
	.db = DB_VRF,
	.size = sizeof(struct bb_vrf),
	.key = vrf_key,
	.decode = vrf_decode,
	.keep = vrf_keep,
	.put = vrf_put,
	.del = vrf_del,
};
