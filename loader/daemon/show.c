// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the rows of show, count, status and export. */
#include "daemon/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/stats.h"
#include "lib/row.h"

struct listing {
	struct gateway *g;
	struct store_txn *txn;
	enum bb_object object;
	json_t *rows;
	struct bb_addr ca; /* of a cache filter */
	uint64_t count;
};

char *record_line(enum bb_object object, enum bb_verb verb, const union bb_record *rec)
{
	char *line = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return NULL;
	bb_record_line(f, object, verb, rec);
	if (fclose(f)) {
		free(line);
		return NULL;
	}
	return line;
}

/* What the device does is not in the store. */
static int add_port_status(struct gateway *g, const struct bb_port *port, json_t *row)
{
	struct port_status s;

	ports_status(g->ports, port->id, &s);
	return json_object_set_new(row, "state", json_string(s.up ? "up" : "down")) ||
	       json_object_set_new(row, "ifindex", s.up ? json_integer(s.ifindex) : json_null()) ||
	       json_object_set_new(row, "mtu", s.up ? json_integer(s.mtu) : json_null());
}

static int list_record(const union bb_record *rec, void *arg)
{
	struct listing *l = arg;
	json_t *row = bb_row(l->object, rec);

	if (row && l->object == BB_OBJ_PORT && add_port_status(l->g, &rec->port, row)) {
		json_decref(row);
		return -ENOMEM;
	}
	return json_array_append_new(l->rows, row) ? -ENOMEM : 0;
}

static int count_record(const union bb_record *rec, void *arg)
{
	struct listing *l = arg;

	(void)rec;
	l->count++;
	return 0;
}

static int show_config(struct listing *l, const struct bb_command *cmd)
{
	return store_each(l->txn, cmd->object, &cmd->rec, cmd->set, list_record, l);
}

/* Without a filter the store knows the number by heart. */
static int show_count(struct listing *l, const struct bb_command *cmd)
{
	int rc = 0;

	if (cmd->set)
		rc = store_each(l->txn, cmd->object, &cmd->rec, cmd->set, count_record, l);
	else
		l->count = store_count(l->txn, cmd->object);
	if (rc)
		return rc;
	return json_array_append_new(l->rows, json_pack("{s:I}", "count", (json_int_t)l->count)) ? -ENOMEM : 0;
}

static json_t *cache_row(struct listing *l, const struct cache_entry *e)
{
	char ca[BB_ADDR_TEXT], mac[BB_MAC_TEXT], pa[BB_ADDR_TEXT] = "";
	struct bb_mapping mapping;
	uint32_t remote;

	/* The PA by the store: it is what the entry's number stands for. */
	if (!store_find_mapping(l->txn, e->vrf, &e->ca, &mapping, &remote) && remote == e->remote)
		bb_addr_text(&mapping.pa, pa);
	return json_pack("{s:s, s:s, s:s?, s:s, s:I, s:I}", "vrf", l->g->vrf_names[e->vrf], "ca",
			 bb_addr_text(&e->ca, ca), "pa", pa[0] ? pa : NULL, "mac", bb_mac_text(&e->mac, mac), "vni",
			 (json_int_t)e->vni, "idle", (json_int_t)e->idle);
}

static int list_cached(const struct cache_entry *e, void *arg)
{
	struct listing *l = arg;

	if (l->ca.family && memcmp(&l->ca, &e->ca, sizeof(l->ca)))
		return 0;
	return json_array_append_new(l->rows, cache_row(l, e)) ? -ENOMEM : 0;
}

static int cache_vrf(const struct gateway *g, const struct bb_command *cmd, uint16_t *vrf, struct bb_error *err)
{
	*vrf = 0;
	if (!cmd->rec.cache.vrf[0])
		return 0;
	*vrf = gateway_vrf_id(g, cmd->rec.cache.vrf);
	return *vrf ? 0 : bb_fail(err, ENOENT, "vrf \"%s\" does not exist", cmd->rec.cache.vrf);
}

static int show_cache(struct listing *l, const struct bb_command *cmd, struct bb_error *err)
{
	uint16_t vrf;
	int rc = cache_vrf(l->g, cmd, &vrf, err);

	l->ca = cmd->rec.cache.ca;
	return rc ? rc : cache_each(l->g->cache, vrf, list_cached, l);
}

static int show_status(struct listing *l)
{
	struct gateway *g = l->g;
	struct cache_status c;
	struct miss_status m = { 0 };
	json_t *row;

	cache_get_status(g->cache, &c);
	miss_get_status(g->miss, &m);
	row = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "size", (json_int_t)c.size, "used",
			(json_int_t)c.used, "hits", (json_int_t)stats_sum(g, BB_R_ENCAP), "misses",
			(json_int_t)stats_sum(g, BB_R_MISS), "promoted", (json_int_t)c.promoted, "evicted_idle",
			(json_int_t)c.evicted_idle, "evicted_lru", (json_int_t)c.evicted_lru, "deleted", (json_int_t)c.deleted,
			"flushed", (json_int_t)c.flushed, "negative", (json_int_t)c.negative);
	if (!row || json_object_update_new(row, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "ring_drops",
			(json_int_t)stats_sum(g, BB_R_RING_FULL), "over_budget", (json_int_t)stats_sum(g, BB_R_OVER_BUDGET),
			"expired", (json_int_t)m.expired, "unheld", (json_int_t)m.unheld, "miss_p50_us", (json_int_t)m.p50_us,
			"miss_p99_us", (json_int_t)m.p99_us))) {
		json_decref(row);
		return -ENOMEM;
	}
	return json_array_append_new(l->rows, row) ? -ENOMEM : 0;
}

static int show_vtep(struct listing *l)
{
	union bb_record rec;

	return store_get(l->txn, BB_OBJ_VTEP, NULL, &rec) ? 0 : list_record(&rec, l);
}

int show(struct gateway *g, struct store_txn *txn, const struct bb_command *cmd, json_t *rows, struct bb_error *err)
{
	struct listing l = { .g = g, .txn = txn, .object = cmd->object, .rows = rows };

	if (cmd->verb == BB_VERB_COUNT)
		return show_count(&l, cmd);
	if (cmd->verb == BB_VERB_STATUS)
		return show_status(&l);
	switch (cmd->object) {
	case BB_OBJ_CACHE:
		return show_cache(&l, cmd, err);
	case BB_OBJ_STATS:
		return stats_rows(g, &cmd->rec.stats, rows, err);
	case BB_OBJ_VTEP:
		return show_vtep(&l);
	default:
		return show_config(&l, cmd);
	}
}

static int export_record(const union bb_record *rec, void *arg)
{
	struct listing *l = arg;
	enum bb_verb verb = l->object == BB_OBJ_VTEP || l->object == BB_OBJ_CACHE ? BB_VERB_SET : BB_VERB_ADD;
	char *line = record_line(l->object, verb, rec);
	json_t *row = line ? json_pack("{s:s}", "line", line) : NULL;

	free(line);
	return json_array_append_new(l->rows, row) ? -ENOMEM : 0;
}

int show_export(struct store_txn *txn, json_t *rows)
{
	static const enum bb_object order[] = { BB_OBJ_PORT, BB_OBJ_VRF, BB_OBJ_ATTACH, BB_OBJ_ENDPOINT, BB_OBJ_MAPPING };
	struct listing l = { .txn = txn, .object = BB_OBJ_VTEP, .rows = rows };
	union bb_record rec;
	int rc = 0;

	if (!store_get(txn, BB_OBJ_VTEP, NULL, &rec))
		rc = export_record(&rec, &l);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && !rc; i++) {
		l.object = order[i];
		rc = store_each(txn, l.object, NULL, 0, export_record, &l);
	}
	memset(&rec, 0, sizeof(rec));
	l.object = BB_OBJ_CACHE;
	if (!rc)
		rc = store_get(txn, BB_OBJ_CACHE, NULL, &rec);
	return rc ? rc : export_record(&rec, &l);
}
