// SPDX-License-Identifier: GPL-2.0-or-later
/* Brings the data plane in line with the store, change by change and as a whole. */
#include "daemon/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

/* So many changed keys in one go are not taken out one by one: their VRFs are voided. */
#define KEYS_MAX 65536

uint16_t gateway_vrf_id(const struct gateway *g, const char *name)
{
	for (int i = 1; i < BB_MAX_VRFS; i++)
		if (!strcmp(g->vrf_names[i], name))
			return i;
	return 0;
}

/* ---- ports, before the commit ---- */

/* The net change of one device in a transaction: its first old and last new record. */
struct port_change {
	const struct bb_port *old, *new;
};

/* Fills `change` for the device of effect i; false if an earlier effect has been about it, too. */
static bool port_change(const struct effect *effects, size_t n, size_t i, struct port_change *change)
{
	const char *dev = effects[i].new ? effects[i].new->port.dev : effects[i].old->port.dev;

	memset(change, 0, sizeof(*change));
	for (size_t k = 0; k < n; k++) {
		const struct effect *e = &effects[k];
		const char *name;

		if (e->type != EFFECT_RECORD || e->object != BB_OBJ_PORT)
			continue;
		name = e->new ? e->new->port.dev : e->old->port.dev;
		if (strcmp(name, dev))
			continue;
		if (k < i)
			return false;
		if (k == i)
			change->old = e->old ? &e->old->port : NULL;
		change->new = e->new ? &e->new->port : NULL;
	}
	return true;
}

static bool is_port_effect(const struct effect *e)
{
	return e->type == EFFECT_RECORD && e->object == BB_OBJ_PORT;
}

static int port_prepare(struct gateway *g, struct store_txn *txn, const struct port_change *c, struct bb_error *err)
{
	struct bb_port rec;
	int rc;

	if (!c->new)
		return 0;
	rec = *c->new;
	if (c->old && c->old->id != rec.id) /* deleted and added again in one go */
		ports_remove(g->ports, c->old);
	rc = ports_up(g->ports, &rec, err);
	return rc ? rc : store_port_saved(txn, rec.dev, rec.saved, err);
}

static void port_undo(struct gateway *g, const struct port_change *c)
{
	struct bb_port old;
	struct bb_error err;

	if (!c->new)
		return;
	if (!c->old || c->old->id != c->new->id)
		ports_remove(g->ports, c->new);
	if (!c->old)
		return;
	old = *c->old;
	if (ports_up(g->ports, &old, &err))
		bb_log(BB_LOG_WARN, "a port could not be put back", "error=\"%s\"", err.text);
}

static void ports_undo(struct gateway *g, const struct effect *effects, size_t n, size_t until)
{
	struct port_change change;

	for (size_t i = until; i-- > 0;)
		if (is_port_effect(&effects[i]) && port_change(effects, n, i, &change))
			port_undo(g, &change);
}

int sync_ports_prepare(struct gateway *g, struct store_txn *txn, struct bb_error *err)
{
	const struct effect *effects;
	struct port_change change;
	size_t n = store_effects(txn, &effects);
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_port_effect(&effects[i]) || !port_change(effects, n, i, &change))
			continue;
		rc = port_prepare(g, txn, &change, err);
		if (rc) {
			ports_undo(g, effects, n, i + 1);
			return rc;
		}
	}
	return 0;
}

void sync_ports_undo(struct gateway *g, struct store_txn *txn)
{
	const struct effect *effects;
	size_t n = store_effects(txn, &effects);

	ports_undo(g, effects, n, n);
}

static void ports_finish(struct gateway *g, const struct effect *effects, size_t n)
{
	struct port_change change;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!is_port_effect(&effects[i]) || !port_change(effects, n, i, &change))
			continue;
		any = true;
		if (change.old && !change.new)
			ports_remove(g->ports, change.old);
	}
	if (any)
		underlay_refresh(g->underlay);
}

/* ---- everything else, after it ---- */

static int vrf_effect(struct gateway *g, const struct bb_vrf *old, const struct bb_vrf *new, struct bb_error *err)
{
	if (old && !new) {
		tables_del_vrf(g->tables, old);
		g->vrf_names[old->id][0] = 0;
		return 0;
	}
	memcpy(g->vrf_names[new->id], new->name, sizeof(new->name));
	/* Answers carry the VNI. */
	if (old && old->vni != new->vni)
		cache_void(g->cache, new->id);
	return tables_set_vrf(g->tables, new, err);
}

static int attach_effect(struct gateway *g, const struct bb_attach *old, const struct bb_attach *new, struct bb_error *err)
{
	int rc;

	if (old && !new) {
		tables_set_gateways(g->tables, old, NULL);
		tables_del_attach(g->tables, old, ports_id(g->ports, old->port), gateway_vrf_id(g, old->vrf));
		return 0;
	}
	rc = tables_set_gateways(g->tables, old, new);
	if (rc)
		return bb_fail(err, -rc, "cannot write the gateway addresses: %s", strerror(-rc));
	return tables_set_attach(g->tables, new, ports_id(g->ports, new->port), gateway_vrf_id(g, new->vrf), err);
}

static int endpoint_set(struct gateway *g, const struct bb_endpoint *ep)
{
	uint16_t port = ports_id(g->ports, ep->port);
	uint16_t attach = dataplane_port_vids(g->dp)[port].slot[ep->vid.outer % BB_VLANS];

	return tables_set_endpoint(g->tables, gateway_vrf_id(g, ep->vrf), ep, attach);
}

static int endpoint_effect(struct gateway *g, const struct bb_endpoint *old, const struct bb_endpoint *new,
			   struct bb_error *err)
{
	int rc;

	if (old && !new) {
		tables_del_endpoint(g->tables, gateway_vrf_id(g, old->vrf), &old->ca);
		return 0;
	}
	rc = endpoint_set(g, new);
	return rc ? bb_fail(err, -rc, "cannot write the endpoint's table: %s", strerror(-rc)) : 0;
}

static int record_effect(struct gateway *g, const struct effect *e, struct bb_error *err)
{
	union bb_record *o = e->old, *n = e->new;

	switch (e->object) {
	case BB_OBJ_VTEP:
		return tables_set_vtep(g->tables, n ? &n->vtep : NULL);
	case BB_OBJ_VRF:
		return vrf_effect(g, o ? &o->vrf : NULL, n ? &n->vrf : NULL, err);
	case BB_OBJ_ATTACH:
		return attach_effect(g, o ? &o->attach : NULL, n ? &n->attach : NULL, err);
	case BB_OBJ_ENDPOINT:
		return endpoint_effect(g, o ? &o->endpoint : NULL, n ? &n->endpoint : NULL, err);
	default:
		return 0; /* ports come before, the cache's options after */
	}
}

static int effect(struct gateway *g, const struct effect *e, bool drop_keys, struct bb_error *err)
{
	switch (e->type) {
	case EFFECT_RECORD:
		return record_effect(g, e, err);
	case EFFECT_KEY:
		if (drop_keys)
			cache_drop(g->cache, e->vrf, &e->addr);
		return 0;
	case EFFECT_PEER:
		return tables_set_peer(g->tables, e->vrf, &e->addr, e->add);
	case EFFECT_REMOTE:
		if (!e->add)
			underlay_del(g->underlay, e->remote);
		return 0;
	}
	return 0;
}

/* Many keys: void each VRF that is concerned, once. */
static void void_vrfs(struct gateway *g, const struct effect *effects, size_t n)
{
	bool done[BB_MAX_VRFS] = { false };

	for (size_t i = 0; i < n; i++) {
		if (effects[i].type != EFFECT_KEY || done[effects[i].vrf])
			continue;
		done[effects[i].vrf] = true;
		cache_void(g->cache, effects[i].vrf);
	}
}

int sync_cache_options(struct gateway *g, struct store_txn *txn, bool undo, struct bb_error *err)
{
	static const struct bb_cache_opts preset = { BB_CACHE_SIZE_DEFAULT, BB_CACHE_IDLE_DEFAULT };
	const struct effect *effects;
	size_t n = store_effects(txn, &effects);
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		const union bb_record *rec = undo ? effects[i].old : effects[i].new;

		if (effects[i].type == EFFECT_RECORD && effects[i].object == BB_OBJ_CACHE)
			rc = cache_set(g->cache, rec ? &rec->cache.opts : &preset, err);
	}
	return rc;
}

/* The maps now say what the store's last transaction says: a later start may rely on it. */
static void mark_synced(struct gateway *g)
{
	struct bb_state *state = dataplane_state(g->dp);

	store_identity(g->store, state->store_id, (uint64_t *)&state->store_txn);
}

int sync_effects(struct gateway *g, struct store_txn *txn, struct bb_error *err)
{
	const struct effect *effects;
	size_t n = store_effects(txn, &effects), keys = 0;
	int rc = 0, failed = 0;

	/* New PAs first, and outside the lock: nothing refers to them yet, and asking the kernel takes its time. */
	for (size_t i = 0; i < n; i++) {
		keys += effects[i].type == EFFECT_KEY;
		if (effects[i].type == EFFECT_REMOTE && effects[i].add)
			rc = underlay_add(g->underlay, effects[i].remote, &effects[i].addr);
		if (rc)
			failed = rc;
	}
	cache_change_begin(g->cache);
	for (size_t i = 0; i < n; i++) {
		rc = effect(g, &effects[i], keys <= KEYS_MAX, failed ? NULL : err);
		if (rc && !failed)
			failed = rc;
	}
	if (keys > KEYS_MAX)
		void_vrfs(g, effects, n);
	cache_change_end(g->cache);
	ports_finish(g, effects, n);
	mark_synced(g);
	if (failed && !err->text[0])
		bb_fail(err, -failed, "stored, but the data plane refused it: %s", strerror(-failed));
	return failed;
}

/* ---- the whole, at start ---- */

static int note_port(const union bb_record *rec, void *arg)
{
	struct gateway *g = arg;

	ports_note(g->ports, &rec->port);
	return 0;
}

static int load_port(const union bb_record *rec, void *arg)
{
	struct gateway *g = arg;
	struct bb_port port = rec->port;
	struct bb_error err;

	if (ports_up(g->ports, &port, &err)) {
		bb_log(BB_LOG_WARN, "a configured port is down", "error=\"%s\"", err.text);
		ports_add_down(g->ports, &rec->port);
	}
	return 0;
}

static int load_vrf(const union bb_record *rec, void *arg)
{
	struct gateway *g = arg;
	struct bb_error err = { "" };
	int rc = vrf_effect(g, NULL, &rec->vrf, &err);

	if (rc)
		bb_log(BB_LOG_ERR, "a VRF could not be loaded", "error=\"%s\"", err.text);
	return rc;
}

static int load_attach(const union bb_record *rec, void *arg)
{
	struct gateway *g = arg;
	struct bb_error err = { "" };
	int rc = attach_effect(g, NULL, &rec->attach, &err);

	if (rc)
		bb_log(BB_LOG_ERR, "an attachment could not be loaded", "error=\"%s\"", err.text);
	return rc;
}

static int load_endpoint(const union bb_record *rec, void *arg)
{
	return endpoint_set(arg, &rec->endpoint);
}

static int load_peer(uint16_t vrf, const struct bb_addr *pa, void *arg)
{
	struct gateway *g = arg;

	return tables_set_peer(g->tables, vrf, pa, true);
}

static int load_remote(uint32_t remote, const struct bb_addr *pa, void *arg)
{
	struct gateway *g = arg;

	return underlay_add(g->underlay, remote, pa);
}

struct known {
	struct gateway *g;
	struct store_txn *txn;
};

static bool known_endpoint(uint16_t vrf, uint32_t ca, void *arg)
{
	struct known *k = arg;
	struct bb_addr addr = bb_addr_from4(ca);
	struct bb_endpoint ep;

	return !store_find_endpoint(k->txn, vrf, &addr, &ep);
}

static bool known_peer(uint16_t vrf, uint32_t pa, void *arg)
{
	struct known *k = arg;
	struct bb_addr addr = bb_addr_from4(pa);

	return store_has_peer(k->txn, vrf, &addr);
}

/* Ports, VLANs and VNIs that the store does not know, in maps that an earlier daemon left behind. */
static void prune_arrays(struct gateway *g, struct store_txn *txn)
{
	struct bb_vrf vrf;

	tables_prune_attachments(g->tables);
	for (int i = 1; i < BB_MAX_PORTS; i++)
		if (!ports_name(g->ports, i)) {
			dataplane_detach(g->dp, i);
			tables_del_port(g->tables, &(struct bb_port){ .id = i });
		}
	for (int i = 1; i < BB_MAX_VRFS; i++)
		if (store_vrf_by_id(txn, i, &vrf))
			tables_del_vrf(g->tables, &(struct bb_vrf){ .id = i });
}

static int load_tables(struct gateway *g, struct store_txn *txn)
{
	struct known known = { g, txn };
	union bb_record vtep;
	int rc;

	rc = tables_set_vtep(g->tables, store_get(txn, BB_OBJ_VTEP, NULL, &vtep) ? NULL : &vtep.vtep);
	if (!rc)
		rc = store_each(txn, BB_OBJ_PORT, NULL, 0, note_port, g);
	if (!rc)
		rc = store_each(txn, BB_OBJ_VRF, NULL, 0, load_vrf, g);
	if (!rc)
		rc = store_each(txn, BB_OBJ_ATTACH, NULL, 0, load_attach, g);
	if (!rc)
		rc = store_each(txn, BB_OBJ_ENDPOINT, NULL, 0, load_endpoint, g);
	if (!rc)
		rc = store_each_peer(txn, load_peer, g);
	if (!rc && dataplane_adopted(g->dp)) {
		prune_arrays(g, txn);
		rc = tables_prune_endpoints(g->tables, known_endpoint, &known);
		if (!rc)
			rc = tables_prune_peers(g->tables, known_peer, &known);
	}
	/* Last, so that programs which meet new tables meet them full. */
	if (!rc)
		rc = store_each(txn, BB_OBJ_PORT, NULL, 0, load_port, g);
	if (!rc)
		rc = store_each_remote(txn, load_remote, g);
	return rc;
}

/* Were the maps left as the store's last transaction has it? If not, no cached answer can be trusted. */
static void check_synced(struct gateway *g)
{
	struct bb_state *state = dataplane_state(g->dp);
	uint8_t id[16];
	uint64_t txn;

	store_identity(g->store, id, &txn);
	if (!dataplane_adopted(g->dp) || (state->store_txn == txn && !memcmp(state->store_id, id, sizeof(id))))
		return;
	bb_log(BB_LOG_WARN, "the store has changed since the maps were written: the cache starts anew", "txn=%llu",
	       (unsigned long long)txn);
	tables_clear_gateways(g->tables);
	cache_change_begin(g->cache);
	for (int i = 1; i < BB_MAX_VRFS; i++)
		cache_void(g->cache, i);
	cache_change_end(g->cache);
}

int sync_all(struct gateway *g, struct bb_error *err)
{
	struct store_txn *txn = NULL;
	int rc;

	check_synced(g);
	rc = store_begin(g->store, false, &txn, err);
	if (rc)
		return rc;
	rc = load_tables(g, txn);
	store_end(&txn);
	if (rc)
		return bb_fail(err, -rc, "cannot load the store into the data plane: %s", strerror(-rc));
	mark_synced(g);
	return 0;
}
