// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of endpoints: on an attachment of their VRF, and not at a gateway's address. A mapping may have the same
 * CA (a server that moves is known at both places for a while): the endpoint wins, see the resolver.
 */
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

static int endpoint_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	struct bb_vrf vrf;
	int rc = vrf_by_name(t, rec->endpoint.vrf, &vrf);

	if (!rc)
		key_vrf_addr(key, vrf.id, &rec->endpoint.ca);
	return rc;
}

static int decode_value(struct store_txn *t, const MDB_val *val, struct bb_endpoint *out)
{
	struct store_endpoint v;

	if (val->mv_size != sizeof(v))
		return -EUCLEAN;
	memcpy(&v, val->mv_data, sizeof(v));
	memcpy(out->mac.b, v.mac, sizeof(v.mac));
	return attach_by_id(t, v.attach, out->port, &out->vid);
}

static int decode_key(struct store_txn *t, const MDB_val *key, struct bb_endpoint *out)
{
	struct bb_vrf vrf;
	uint16_t id;
	int rc;

	rc = key_read_vrf_addr(key->mv_data, key->mv_size, &id, &out->ca);
	if (rc)
		return rc;
	rc = vrf_by_id(t, id, &vrf);
	if (rc)
		return rc == -ENOENT ? -EUCLEAN : rc;
	memcpy(out->vrf, vrf.name, sizeof(out->vrf));
	return 0;
}

static int endpoint_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	int rc = decode_key(t, key, &out->endpoint);

	return rc ? rc : decode_value(t, val, &out->endpoint);
}

static int check_ca(struct store_txn *t, const struct bb_endpoint *e, const struct bb_vrf *vrf, struct bb_error *err)
{
	struct store_key prefix, found;
	char text[BB_ADDR_TEXT];
	int rc;

	if (e->ca.family != 4 && e->ca.family != 6)
		return bb_fail(err, EINVAL, "an endpoint without an address");
	key_vrf_addr(&prefix, vrf->id, &e->ca);
	rc = db_first(t, DB_GATEWAY, &prefix, &found);
	if (!rc)
		return bb_fail(err, EINVAL, "ca \"%s\" is a gateway address of vrf \"%s\"",
			       bb_addr_text(&e->ca, text), vrf->name);
	return rc == -ENOENT ? 0 : rc;
}

/* The attachment that the endpoint names, which must be one of its VRF. */
static int find_attach(struct store_txn *t, const struct bb_endpoint *e, uint16_t *id, struct bb_error *err)
{
	union bb_record a = { 0 };
	char text[STORE_DESCRIBE_TEXT];
	int rc;

	memcpy(a.attach.port, e->port, sizeof(e->port));
	a.attach.vid = e->vid;
	rc = store_get(t, BB_OBJ_ATTACH, &a, &a);
	if (rc == -ENOENT)
		return bb_fail(err, EINVAL, "%s does not exist", store_describe(BB_OBJ_ATTACH, &a, text));
	if (rc)
		return rc;
	if (strncmp(a.attach.vrf, e->vrf, sizeof(e->vrf)))
		return bb_fail(err, EINVAL, "%s belongs to vrf \"%s\", not \"%s\"",
			       store_describe(BB_OBJ_ATTACH, &a, text), a.attach.vrf, e->vrf);
	*id = a.attach.id;
	return 0;
}

/* The attachment of a record that is on disk. */
static int attach_of(struct store_txn *t, const struct bb_endpoint *e, uint16_t *id)
{
	int rc = find_attach(t, e, id, NULL);

	return rc == -EINVAL ? -EUCLEAN : rc;
}

static int endpoint_write(struct store_txn *t, uint16_t vrf, uint16_t attach, const struct bb_endpoint *e,
			  struct bb_error *err)
{
	struct store_endpoint v = { .attach = attach };
	struct store_key key;
	int rc;

	memcpy(v.mac, e->mac.b, sizeof(v.mac));
	key_vrf_addr(&key, vrf, &e->ca);
	rc = db_put(t, DB_ENDPOINT, &key, &v, sizeof(v), err);
	key_attach_endpoint(&key, attach, vrf, &e->ca);
	return rc ? rc : db_put(t, DB_ATTACH_ENDPOINT, &key, "", 0, err);
}

/* The record first, then the key: what answers for the CA may be a mapping before or afterwards. */
static int endpoint_effects(struct store_txn *t, uint16_t vrf, const union bb_record *old, const union bb_record *new)
{
	int rc = txn_effect_record(t, BB_OBJ_ENDPOINT, vrf, old, new);

	return rc ? rc : txn_effect_key(t, vrf, &(new ? new : old)->endpoint.ca);
}

static int endpoint_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	const struct bb_endpoint *e = &rec->endpoint;
	uint16_t attach, was;
	struct store_key key;
	struct bb_vrf vrf;
	int rc;

	rc = vrf_required(t, e->vrf, &vrf, err);
	if (!rc)
		rc = find_attach(t, e, &attach, err);
	if (!rc)
		rc = check_ca(t, e, &vrf, err);
	if (!rc && !old && db_entries(t, DB_ENDPOINT) >= BB_MAX_ENDPOINTS)
		rc = bb_fail(err, ENOSPC, "the table is full: no more than %u endpoints", BB_MAX_ENDPOINTS);
	if (!rc && old)
		rc = attach_of(t, &old->endpoint, &was);
	if (!rc && old) {
		key_attach_endpoint(&key, was, vrf.id, &e->ca);
		rc = db_del(t, DB_ATTACH_ENDPOINT, &key, err);
	}
	if (!rc)
		rc = endpoint_write(t, vrf.id, attach, e, err);
	return rc ? rc : endpoint_effects(t, vrf.id, old, rec);
}

static int endpoint_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	const struct bb_endpoint *e = &old->endpoint;
	struct store_key key;
	struct bb_vrf vrf;
	uint16_t attach;
	int rc;

	rc = vrf_by_name(t, e->vrf, &vrf);
	if (!rc)
		rc = attach_of(t, e, &attach);
	if (rc)
		return rc;
	key_vrf_addr(&key, vrf.id, &e->ca);
	rc = db_del(t, DB_ENDPOINT, &key, err);
	key_attach_endpoint(&key, attach, vrf.id, &e->ca);
	if (!rc)
		rc = db_del(t, DB_ATTACH_ENDPOINT, &key, err);
	return rc ? rc : endpoint_effects(t, vrf.id, old, NULL);
}

const struct store_ops store_endpoint_ops = {
	.db = DB_ENDPOINT,
	.size = sizeof(struct bb_endpoint),
	.key = endpoint_key,
	.decode = endpoint_decode,
	.put = endpoint_put,
	.del = endpoint_del,
};

int store_find_endpoint(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct bb_endpoint *out)
{
	union bb_record rec = { 0 };
	struct store_key key;
	MDB_val id, val;
	int rc;

	key_vrf_addr(&key, vrf, ca);
	rc = db_get(txn, DB_ENDPOINT, &key, &val);
	if (rc)
		return rc;
	id = (MDB_val){ .mv_size = key.len, .mv_data = key.b };
	rc = endpoint_decode(txn, &id, &val, &rec);
	if (!rc)
		memcpy(out, &rec.endpoint, sizeof(*out));
	return rc;
}
