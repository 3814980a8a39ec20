// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of ports: a role stays as long as attachments stand on it, and fabric ports are few. */
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

static int port_key(struct store_txn *t, const union bb_record *rec, struct store_key *key)
{
	(void)t;
	key_text(key, rec->port.dev, sizeof(rec->port.dev));
	return 0;
}

static int port_decode(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out)
{
	(void)t, (void)key;
	if (val->mv_size != sizeof(out->port))
		return -EUCLEAN;
	memcpy(&out->port, val->mv_data, sizeof(out->port));
	return 0;
}

static void port_keep(const union bb_record *old, union bb_record *rec)
{
	rec->port.id = old->port.id;
	rec->port.saved = old->port.saved;
}

/* 0, or -EBUSY naming an attachment on the port. */
static int port_unused(struct store_txn *t, const union bb_record *port, struct bb_error *err)
{
	struct store_key prefix, found;
	union bb_record user = { 0 };
	int rc;

	key_port(&prefix, port->port.dev);
	rc = db_first(t, DB_ATTACH, &prefix, &found);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = key_read_attach(found.b, found.len, user.attach.port, &user.attach.vid);
	return rc ? rc : store_in_use(BB_OBJ_PORT, port, BB_OBJ_ATTACH, &user, err);
}

static int count_fabric(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg)
{
	unsigned int *fabric = arg;
	union bb_record rec;
	int rc = port_decode(t, key, val, &rec);

	if (!rc && rec.port.role == BB_PORT_FABRIC)
		(*fabric)++;
	return rc;
}

static int fabric_room(struct store_txn *t, struct bb_error *err)
{
	unsigned int fabric = 0;
	int rc = db_walk(t, DB_PORT, NULL, count_fabric, &fabric);

	if (!rc && fabric >= BB_MAX_FABRIC_PORTS)
		rc = bb_fail(err, ENOSPC, "the table is full: no more than %u fabric ports", BB_MAX_FABRIC_PORTS);
	return rc;
}

static int port_check(struct store_txn *t, const union bb_record *old, const union bb_record *rec,
		      struct bb_error *err)
{
	bool new_role = !old || old->port.role != rec->port.role;
	int rc = 0;

	if (rec->port.role != BB_PORT_ACCESS && rec->port.role != BB_PORT_FABRIC)
		return bb_fail(err, EINVAL, "port \"%s\" has no role", rec->port.dev);
	if (old && new_role)
		rc = port_unused(t, old, err);
	if (!rc && new_role && rec->port.role == BB_PORT_FABRIC)
		rc = fabric_room(t, err);
	return rc;
}

static int port_new(struct store_txn *t, struct bb_port *port, const struct store_key *key, struct bb_error *err)
{
	struct store_key id_key;
	uint32_t id;
	int rc;

	rc = db_new_id(t, DB_PORT_ID, &id, err);
	if (rc)
		return rc;
	port->id = id;
	port->saved = 0;
	key_id(&id_key, id);
	return db_put(t, DB_PORT_ID, &id_key, key->b, key->len, err);
}

static int port_put(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err)
{
	struct store_key key;
	int rc;

	port_key(t, rec, &key);
	rc = port_check(t, old, rec, err);
	if (!rc && !old)
		rc = port_new(t, &rec->port, &key, err);
	if (!rc)
		rc = db_put(t, DB_PORT, &key, &rec->port, sizeof(rec->port), err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_PORT, 0, old, rec);
}

static int port_del(struct store_txn *t, const union bb_record *old, struct bb_error *err)
{
	struct store_key key;
	int rc;

	rc = port_unused(t, old, err);
	if (rc)
		return rc;
	port_key(t, old, &key);
	rc = db_del(t, DB_PORT, &key, err);
	key_id(&key, old->port.id);
	if (!rc)
		rc = db_del(t, DB_PORT_ID, &key, err);
	return rc ? rc : txn_effect_record(t, BB_OBJ_PORT, 0, old, NULL);
}

const struct store_ops store_port_ops = {
	.db = DB_PORT,
	.size = sizeof(struct bb_port),
	.key = port_key,
	.decode = port_decode,
	.keep = port_keep,
	.put = port_put,
	.del = port_del,
};

int store_port_saved(struct store_txn *txn, const char *dev, uint32_t saved, struct bb_error *err)
{
	union bb_record rec = { 0 };
	struct store_key key;
	int rc;

	memcpy(rec.port.dev, dev, strnlen(dev, sizeof(rec.port.dev) - 1));
	rc = store_get(txn, BB_OBJ_PORT, &rec, &rec);
	if (rc == -ENOENT)
		return bb_fail(err, ENOENT, "port \"%s\" does not exist", dev);
	if (rc)
		return bb_fail(err, -rc, "cannot read port \"%s\" from the store: %s", dev, strerror(-rc));
	if (rec.port.saved == saved)
		return 0;
	rec.port.saved = saved;
	port_key(txn, &rec, &key);
	return db_put(txn, DB_PORT, &key, &rec.port, sizeof(rec.port), err);
}
