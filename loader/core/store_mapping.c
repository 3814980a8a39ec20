// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings, and what follows from them: which PAs are peers of a VRF, and the index that each PA has. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/store_impl.h"

#define MAPPING4_BYTES (offsetof(struct store_mapping, pa) + 4)

static int mapping_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	struct bb_vrf vrf;
	int rc = vrf_by_name(t, rec->mapping.vrf, &vrf);

	if (!rc)
		key_vrf_addr(key, vrf.id, &rec->mapping.ca);
	return rc;
}

static int decode_value(const MDB_val *val, struct bb_mapping *out, uint32_t *remote)
{
	struct store_mapping v = { 0 };

	if (val->mv_size != MAPPING4_BYTES && val->mv_size != sizeof(v))
		return -EUCLEAN;
	memcpy(&v, val->mv_data, val->mv_size);
	if (v.family != (val->mv_size == sizeof(v) ? 6 : 4))
		return -EUCLEAN;
	out->pa.family = v.family;
	memcpy(out->pa.b, v.pa, sizeof(v.pa));
	memcpy(out->mac.b, v.mac, sizeof(v.mac));
	out->vni = v.vni;
	*remote = v.remote;
	return 0;
}

static int decode_vrf(struct store_txn *t, uint16_t id, struct bb_mapping *out)
{
	struct bb_vrf vrf;
	int rc = vrf_by_id(t, id, &vrf);

	if (rc)
		return rc == -ENOENT ? -EUCLEAN : rc;
	memcpy(out->vrf, vrf.name, sizeof(out->vrf));
	return 0;
}

static int mapping_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	uint32_t remote;
	uint16_t vrf;
	int rc;

	rc = key_read_vrf_addr(key->mv_data, key->mv_size, &vrf, &out->mapping.ca);
	if (!rc)
		rc = decode_value(val, &out->mapping, &remote);
	return rc ? rc : decode_vrf(t, vrf, &out->mapping);
}

/* One more VRF has this PA as a peer; the first one gives it an index. */
static int remote_ref(struct store_txn *t, const struct bb_addr *pa, uint32_t *remote, struct bb_error *err)
{
	struct store_refs refs = { 0 };
	struct store_key key, index;
	int rc;

	key_addr(&key, pa);
	rc = db_read(t, DB_PA, &key, &refs, sizeof(refs));
	if (rc == -ENOENT) {
		rc = db_new_id(t, DB_REMOTE, &refs.remote, err);
		if (rc)
			return rc;
		key_id(&index, refs.remote);
		rc = db_put(t, DB_REMOTE, &index, key.b, key.len, err);
		if (!rc)
			rc = txn_effect_remote(t, true, refs.remote, pa);
	}
	if (rc)
		return rc;
	refs.refs++;
	rc = db_put(t, DB_PA, &key, &refs, sizeof(refs), err);
	if (!rc)
		*remote = refs.remote;
	return rc;
}

static int remote_unref(struct store_txn *t, const struct bb_addr *pa, struct bb_error *err)
{
	struct store_key key, index;
	struct store_refs refs;
	int rc;

	key_addr(&key, pa);
	rc = db_read(t, DB_PA, &key, &refs, sizeof(refs));
	if (rc)
		return rc;
	if (--refs.refs)
		return db_put(t, DB_PA, &key, &refs, sizeof(refs), err);
	rc = db_del(t, DB_PA, &key, err);
	key_id(&index, refs.remote);
	if (!rc)
		rc = db_del(t, DB_REMOTE, &index, err);
	return rc ? rc : txn_effect_remote(t, false, refs.remote, pa);
}

/* One more mapping of the VRF names this PA. */
static int peer_ref(struct store_txn *t, uint16_t vrf, const struct bb_addr *pa, uint32_t *remote,
		    struct bb_error *err)
{
	struct store_refs refs = { 0 };
	struct store_key key;
	int rc;

	key_vrf_addr(&key, vrf, pa);
	rc = db_read(t, DB_PEER, &key, &refs, sizeof(refs));
	if (rc == -ENOENT) {
		if (db_entries(t, DB_PEER) >= BB_MAX_PEERS)
			return bb_fail(err, ENOSPC, "the table is full: no more than %u pairs of VRF and PA",
				       BB_MAX_PEERS);
		rc = remote_ref(t, pa, &refs.remote, err);
		if (!rc)
			rc = txn_effect_peer(t, true, vrf, refs.remote, pa);
	}
	if (rc)
		return rc;
	refs.refs++;
	rc = db_put(t, DB_PEER, &key, &refs, sizeof(refs), err);
	if (!rc)
		*remote = refs.remote;
	return rc;
}

static int peer_unref(struct store_txn *t, uint16_t vrf, const struct bb_addr *pa, struct bb_error *err)
{
	struct store_refs refs;
	struct store_key key;
	int rc;

	key_vrf_addr(&key, vrf, pa);
	rc = db_read(t, DB_PEER, &key, &refs, sizeof(refs));
	if (!rc && --refs.refs)
		return db_put(t, DB_PEER, &key, &refs, sizeof(refs), err);
	if (!rc)
		rc = db_del(t, DB_PEER, &key, err);
	if (!rc)
		rc = txn_effect_peer(t, false, vrf, refs.remote, pa);
	if (!rc)
		rc = remote_unref(t, pa, err);
	if (rc)
		t->broken = true;
	return rc;
}

static int mapping_write(struct store_txn *t, uint16_t vrf, const struct bb_mapping *m, uint32_t remote,
			 struct bb_error *err)
{
	struct store_mapping v = { .remote = remote, .vni = m->vni, .family = m->pa.family };
	struct store_key key;

	memcpy(v.mac, m->mac.b, sizeof(v.mac));
	memcpy(v.pa, m->pa.b, sizeof(v.pa));
	key_vrf_addr(&key, vrf, &m->ca);
	return db_put(t, DB_MAPPING, &key, &v, v.family == 4 ? MAPPING4_BYTES : sizeof(v), err);
}

static int mapping_check(struct store_txn *t, bool new, const struct bb_mapping *m, struct bb_error *err)
{
	if ((m->ca.family != 4 && m->ca.family != 6) || (m->pa.family != 4 && m->pa.family != 6))
		return bb_fail(err, EINVAL, "a mapping without an address");
	if (new && db_entries(t, DB_MAPPING) >= BB_MAX_MAPPINGS)
		return bb_fail(err, ENOSPC, "the table is full: no more than %u mappings", BB_MAX_MAPPINGS);
	return 0;
}

/* The new PA is known before the key changes and the old one until it has, so that no answer ever lacks its PA. */
static int mapping_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	const struct bb_mapping *m = &rec->mapping;
	struct bb_vrf vrf;
	uint32_t remote = 0;
	int rc;

	rc = vrf_required(t, m->vrf, &vrf, err);
	if (!rc)
		rc = mapping_check(t, !old, m, err);
	if (!rc)
		rc = peer_ref(t, vrf.id, &m->pa, &remote, err);
	if (!rc)
		rc = mapping_write(t, vrf.id, m, remote, err);
	if (!rc)
		rc = txn_effect_key(t, vrf.id, &m->ca);
	if (!rc && old)
		rc = peer_unref(t, vrf.id, &old->mapping.pa, err);
	return rc;
}

static int mapping_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	const struct bb_mapping *m = &old->mapping;
	struct store_key key;
	struct bb_vrf vrf;
	int rc;

	rc = vrf_by_name(t, m->vrf, &vrf);
	if (rc)
		return rc;
	key_vrf_addr(&key, vrf.id, &m->ca);
	rc = db_del(t, DB_MAPPING, &key, err);
	if (!rc)
		rc = txn_effect_key(t, vrf.id, &m->ca);
	return rc ? rc : peer_unref(t, vrf.id, &m->pa, err);
}

const struct store_ops store_mapping_ops = {
	.db = DB_MAPPING,
	.size = sizeof(struct bb_mapping),
	.key = mapping_key,
	.decode = mapping_decode,
	.put = mapping_put,
	.del = mapping_del,
};

/* On the miss path: two look-ups (one when the VRF is the last one's), no allocation. */
int store_find_mapping(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct bb_mapping *out,
		       uint32_t *remote)
{
	struct bb_mapping m = { .ca = *ca };
	struct store_key key;
	uint32_t index;
	MDB_val val;
	int rc;

	key_vrf_addr(&key, vrf, ca);
	rc = db_get(txn, DB_MAPPING, &key, &val);
	if (!rc)
		rc = decode_value(&val, &m, &index);
	if (!rc)
		rc = decode_vrf(txn, vrf, &m);
	if (rc)
		return rc;
	memcpy(out, &m, sizeof(*out));
	*remote = index;
	return 0;
}
