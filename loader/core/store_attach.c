// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of attachments: on an access port, into a VRF, with gateway addresses that are nobody else's. */
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

int attach_by_id(struct store_txn *t, uint16_t id, char dev[BB_DEV_LEN], struct bb_vid *vid)
{
	struct store_key key;
	MDB_val val;
	int rc;

	key_id(&key, id);
	rc = db_get(t, DB_ATTACH_ID, &key, &val);
	if (rc)
		return rc == -ENOENT ? -EUCLEAN : rc;
	return key_read_attach(val.mv_data, val.mv_size, dev, vid);
}

static int attach_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	(void)t;
	key_attach(key, rec->attach.port, &rec->attach.vid);
	return 0;
}

static int attach_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	(void)t, (void)key;
	if (val->mv_size != sizeof(out->attach))
		return -EUCLEAN;
	memcpy(&out->attach, val->mv_data, sizeof(out->attach));
	return out->attach.gateways > BB_ATTACH_GATEWAYS ? -EUCLEAN : 0;
}

static void attach_keep(const union bb_record *old, union bb_record *rec)
{
	rec->attach.id = old->attach.id;
}

static int check_port(struct store_txn *t, const struct bb_attach *a, struct bb_error *err)
{
	union bb_record port = { 0 };
	int rc;

	memcpy(port.port.dev, a->port, sizeof(a->port));
	rc = store_get(t, BB_OBJ_PORT, &port, &port);
	if (rc == -ENOENT)
		return bb_fail(err, EINVAL, "port \"%s\" does not exist", a->port);
	if (!rc && port.port.role != BB_PORT_ACCESS)
		return bb_fail(err, EINVAL, "port \"%s\" has role fabric: only an access port takes attachments",
			       a->port);
	return rc;
}

static int check_gateway(struct store_txn *t, const struct bb_attach *a, unsigned int i, const struct bb_vrf *vrf,
			 struct bb_error *err)
{
	const struct bb_addr *addr = &a->gateway[i].addr;
	char text[BB_ADDR_TEXT];
	struct store_key key;
	MDB_val val;
	unsigned int j;
	int rc;

	for (j = 0; j < i; j++)
		if (!memcmp(&a->gateway[j].addr, addr, sizeof(*addr)))
			return bb_fail(err, EINVAL, "gateway \"%s\" is given twice", bb_addr_text(addr, text));
	key_vrf_addr(&key, vrf->id, addr);
	rc = db_get(t, DB_ENDPOINT, &key, &val);
	if (!rc)
		return bb_fail(err, EINVAL, "gateway \"%s\" is the address of an endpoint of vrf \"%s\"",
			       bb_addr_text(addr, text), vrf->name);
	return rc == -ENOENT ? 0 : rc;
}

static int check_gateways(struct store_txn *t, const struct bb_attach *old, const struct bb_attach *a,
			  const struct bb_vrf *vrf, struct bb_error *err)
{
	uint64_t others = db_entries(t, DB_GATEWAY) - (old ? old->gateways : 0);
	unsigned int i;
	int rc = 0;

	if (a->gateways > BB_ATTACH_GATEWAYS)
		return bb_fail(err, EINVAL, "an attachment has no more than %u gateways", BB_ATTACH_GATEWAYS);
	if (others + a->gateways > BB_MAX_GATEWAYS)
		return bb_fail(err, ENOSPC, "the table is full: no more than %u gateway addresses", BB_MAX_GATEWAYS);
	for (i = 0; i < a->gateways && !rc; i++)
		rc = check_gateway(t, a, i, vrf, err);
	return rc;
}

/* 0, or -EBUSY naming an endpoint of the attachment. */
static int attach_unused(struct store_txn *t, const union bb_record *attach, struct bb_error *err)
{
	struct store_key prefix, found;
	union bb_record user = { 0 };
	uint16_t vrf;
	int rc;

	key_vrf(&prefix, attach->attach.id); /* two bytes all the same */
	rc = db_first(t, DB_ATTACH_ENDPOINT, &prefix, &found);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = key_read_vrf_addr(found.b + prefix.len, found.len - prefix.len, &vrf, &user.endpoint.ca);
	if (rc)
		return rc;
	memcpy(user.endpoint.vrf, attach->attach.vrf, sizeof(user.endpoint.vrf));
	return store_in_use(BB_OBJ_ATTACH, attach, BB_OBJ_ENDPOINT, &user, err);
}

/* Enters the attachment into the tables that lead to it, or takes it out of them. */
static int attach_index(struct store_txn *t, const struct bb_attach *a, uint16_t vrf, bool add, struct bb_error *err)
{
	struct store_key key;
	unsigned int i;
	int rc;

	key_vrf_attach(&key, vrf, a->id);
	rc = add ? db_put(t, DB_VRF_ATTACH, &key, "", 0, err) : db_del(t, DB_VRF_ATTACH, &key, err);
	for (i = 0; i < a->gateways && !rc; i++) {
		key_gateway(&key, vrf, &a->gateway[i].addr, a->id);
		rc = add ? db_put(t, DB_GATEWAY, &key, "", 0, err) : db_del(t, DB_GATEWAY, &key, err);
	}
	return rc;
}

static int attach_new(struct store_txn *t, struct bb_attach *a, struct bb_error *err)
{
	struct store_key key, id_key;
	uint32_t id;
	int rc;

	rc = db_new_id(t, DB_ATTACH_ID, &id, err);
	if (rc)
		return rc;
	a->id = id;
	key_id(&id_key, id);
	key_attach(&key, a->port, &a->vid);
	return db_put(t, DB_ATTACH_ID, &id_key, key.b, key.len, err);
}

/* Takes the old record out of the indexes: nothing may refuse after this. */
static int attach_retire(struct store_txn *t, const struct bb_attach *old, struct bb_error *err)
{
	struct bb_vrf vrf;
	int rc = vrf_by_name(t, old->vrf, &vrf);

	if (rc)
		return rc == -ENOENT ? -EUCLEAN : rc;
	return attach_index(t, old, vrf.id, false, err);
}

static int attach_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	struct bb_attach *a = &rec->attach;
	struct store_key key;
	struct bb_vrf vrf = { 0 };
	int rc;

	rc = check_port(t, a, err);
	if (!rc)
		rc = vrf_required(t, a->vrf, &vrf, err);
	if (!rc)
		rc = check_gateways(t, old ? &old->attach : NULL, a, &vrf, err);
	if (!rc && old && strncmp(old->attach.vrf, a->vrf, sizeof(a->vrf)))
		rc = attach_unused(t, old, err);
	if (!rc)
		rc = old ? attach_retire(t, &old->attach, err) : attach_new(t, a, err);
	if (!rc)
		rc = attach_index(t, a, vrf.id, true, err);
	key_attach(&key, a->port, &a->vid);
	if (!rc)
		rc = db_put(t, DB_ATTACH, &key, a, sizeof(*a), err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_ATTACH, vrf.id, old, rec);
}

static int attach_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	struct store_key key;
	struct bb_vrf vrf;
	int rc;

	rc = attach_unused(t, old, err);
	if (!rc)
		rc = vrf_by_name(t, old->attach.vrf, &vrf);
	if (rc)
		return rc;
	rc = attach_index(t, &old->attach, vrf.id, false, err);
	key_attach(&key, old->attach.port, &old->attach.vid);
	if (!rc)
		rc = db_del(t, DB_ATTACH, &key, err);
	key_id(&key, old->attach.id);
	if (!rc)
		rc = db_del(t, DB_ATTACH_ID, &key, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_ATTACH, vrf.id, old, NULL);
}

const struct store_ops store_attach_ops = {
	.db = DB_ATTACH,
	.size = sizeof(struct bb_attach),
	.key = attach_key,
	.decode = attach_decode,
	.keep = attach_keep,
	.put = attach_put,
	.del = attach_del,
};
