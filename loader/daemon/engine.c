// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs requests: parse, execute in one transaction, commit, bring the data plane in line, answer. */
#include "daemon/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/proto.h"
#include "daemon/apply.h"
#include "daemon/show.h"
#include "daemon/sync.h"
#include "lib/log.h"

enum mode { MODE_COMMAND, MODE_BATCH, MODE_APPLY, MODE_IMPORT };

struct request {
	struct gateway *g;
	enum mode mode;
	bool upsert; /* `add` acts as `replace` */
	const char *name; /* of the source, for errors; "-": none */
	struct store_txn *txn;
	json_t *results;
	json_t *rows; /* of the line that is being run */
	struct apply_set *wanted;
	bool saw_vtep, saw_cache;
	bool teardown;
	struct bb_error err;
};

static bool changes_state(const struct bb_command *cmd)
{
	switch (cmd->verb) {
	case BB_VERB_ADD:
	case BB_VERB_REPLACE:
	case BB_VERB_DEL:
	case BB_VERB_SET:
		return true;
	case BB_VERB_FLUSH:
		return cmd->object != BB_OBJ_CACHE;
	default:
		return false;
	}
}

/* What `cache set` leaves out stays as it is. */
static int merge_cache_opts(struct request *r, struct bb_command *cmd)
{
	union bb_record now;
	int rc;

	memset(&now, 0, sizeof(now));
	rc = store_get(r->txn, BB_OBJ_CACHE, NULL, &now);
	if (rc)
		return bb_fail(&r->err, -rc, "cannot read the cache's options: %s", strerror(-rc));
	if (!bb_given(cmd, "size"))
		cmd->rec.cache.opts.size = now.cache.opts.size;
	if (!bb_given(cmd, "idle"))
		cmd->rec.cache.opts.idle = now.cache.opts.idle;
	return 0;
}

static int add_change(struct request *r, const char *change, enum bb_object object, enum bb_verb verb,
		      const union bb_record *rec)
{
	char *line = record_line(object, verb, rec);
	int rc = 0;

	if (!line || json_array_append_new(r->rows, json_pack("{s:s, s:s}", "change", change, "line", line)))
		rc = bb_fail(&r->err, ENOMEM, "out of memory");
	free(line);
	return rc;
}

/* Upsert; with apply, what really changed becomes a row. */
static int run_replace(struct request *r, struct bb_command *cmd)
{
	bool set = cmd->verb == BB_VERB_SET, had;
	const struct effect *effects;
	union bb_record old;
	size_t before;
	int rc;

	if (r->mode != MODE_APPLY)
		return store_replace(r->txn, cmd->object, &cmd->rec, &r->err);
	had = !store_get(r->txn, cmd->object, &cmd->rec, &old);
	before = store_effects(r->txn, &effects);
	rc = store_replace(r->txn, cmd->object, &cmd->rec, &r->err);
	if (rc || store_effects(r->txn, &effects) == before)
		return rc;
	return add_change(r, set ? "set" : had ? "replace" : "add", cmd->object, set ? BB_VERB_SET : BB_VERB_ADD,
			  &cmd->rec);
}

struct flush {
	union bb_record *recs;
	size_t n, cap;
};

static int flush_collect(const union bb_record *rec, void *arg)
{
	struct flush *f = arg;

	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		union bb_record *recs = realloc(f->recs, cap * sizeof(*recs));

		if (!recs)
			return -ENOMEM;
		f->recs = recs;
		f->cap = cap;
	}
	f->recs[f->n++] = *rec;
	return 0;
}

static int run_flush(struct request *r, const struct bb_command *cmd)
{
	struct flush f = { 0 };
	int rc = store_each(r->txn, cmd->object, &cmd->rec, cmd->set, flush_collect, &f);

	if (rc)
		bb_fail(&r->err, -rc, "cannot list what to flush: %s", strerror(-rc));
	for (size_t i = 0; i < f.n && !rc; i++)
		rc = store_del(r->txn, cmd->object, &f.recs[i], &r->err);
	free(f.recs);
	return rc;
}

/* Takes effect at once, also inside a batch: it changes nothing that was configured. */
static int run_cache_flush(struct request *r, const struct bb_command *cmd)
{
	const struct bb_cache_cmd *c = &cmd->rec.cache;
	struct gateway *g = r->g;
	uint16_t only = 0;

	if (c->vrf[0]) {
		only = gateway_vrf_id(g, c->vrf);
		if (!only)
			return bb_fail(&r->err, ENOENT, "vrf \"%s\" does not exist", c->vrf);
	}
	cache_change_begin(g->cache);
	for (uint16_t v = only ? only : 1; v < (only ? only + 1 : BB_MAX_VRFS); v++) {
		if (!g->vrf_names[v][0])
			continue;
		if (c->ca.family)
			cache_drop(g->cache, v, &c->ca);
		else
			cache_void(g->cache, v);
	}
	cache_change_end(g->cache);
	if (!c->ca.family)
		cache_sweep(g->cache);
	return 0;
}

static int run_set(struct request *r, struct bb_command *cmd)
{
	int rc = cmd->object == BB_OBJ_CACHE ? merge_cache_opts(r, cmd) : 0;

	r->saw_vtep |= cmd->object == BB_OBJ_VTEP;
	r->saw_cache |= cmd->object == BB_OBJ_CACHE;
	return rc ? rc : run_replace(r, cmd);
}

static int run_special(struct request *r, const struct bb_command *cmd)
{
	switch (cmd->object) {
	case BB_OBJ_EXPORT:
		return show_export(r->txn, r->rows);
	case BB_OBJ_TEARDOWN:
		r->teardown = true;
		return 0;
	default:
		return bb_fail(&r->err, EINVAL, "\"%s\" cannot be asked for in this way", bb_object_def(cmd->object)->word);
	}
}

/*
 * A configured port that is down is attached again by `port add` (or replace). Only for equal words is there
 * something to do here: a change brings the port up before the commit.
 */
static int revive_port(struct request *r, struct bb_command *cmd)
{
	const struct effect *effects;
	size_t before = store_effects(r->txn, &effects);
	int rc = run_replace(r, cmd);

	if (rc || store_effects(r->txn, &effects) != before)
		return rc;
	rc = ports_up(r->g->ports, &cmd->rec.port, &r->err);
	if (!rc)
		underlay_refresh(r->g->underlay);
	return rc;
}

static bool is_down_port(const struct request *r, const struct bb_command *cmd)
{
	struct port_status status;
	uint16_t id;

	if (cmd->object != BB_OBJ_PORT || (cmd->verb != BB_VERB_ADD && cmd->verb != BB_VERB_REPLACE))
		return false;
	id = ports_id(r->g->ports, cmd->rec.port.dev);
	ports_status(r->g->ports, id, &status);
	return id && !status.up;
}

static int run(struct request *r, struct bb_command *cmd)
{
	if (is_down_port(r, cmd))
		return revive_port(r, cmd);
	switch (cmd->verb) {
	case BB_VERB_ADD:
		if (!r->upsert)
			return store_add(r->txn, cmd->object, &cmd->rec, &r->err);
		return run_replace(r, cmd);
	case BB_VERB_REPLACE:
		return run_replace(r, cmd);
	case BB_VERB_SET:
		return run_set(r, cmd);
	case BB_VERB_DEL:
		return store_del(r->txn, cmd->object, &cmd->rec, &r->err);
	case BB_VERB_FLUSH:
		return cmd->object == BB_OBJ_CACHE ? run_cache_flush(r, cmd) : run_flush(r, cmd);
	case BB_VERB_RUN:
	case BB_VERB_IMPORT:
		return run_special(r, cmd);
	default:
		return show(r->g, r->txn, cmd, r->rows, &r->err);
	}
}

/* Runs one command and files its rows; those of changes are empty and are left out, but for a single command. */
static int run_and_file(struct request *r, struct bb_command *cmd)
{
	int rc;

	r->rows = json_array();
	if (!r->rows)
		return bb_fail(&r->err, ENOMEM, "out of memory");
	rc = run(r, cmd);
	if (rc && !r->err.text[0])
		bb_fail(&r->err, -rc, "%s: %s", bb_object_def(cmd->object)->word, strerror(-rc));
	if (!rc && (r->mode == MODE_COMMAND || json_array_size(r->rows)))
		rc = json_array_append_new(r->results, json_pack("{s:s, s:s, s:O}", "object",
					   r->mode == MODE_APPLY ? "apply" : bb_object_def(cmd->object)->word, "verb",
					   r->mode == MODE_APPLY ? "run" : bb_verb_word(cmd->verb), "rows", r->rows));
	json_decref(r->rows);
	r->rows = NULL;
	return rc;
}

static int place_error(struct request *r, int rc, unsigned int line)
{
	struct bb_error inner = r->err;

	if (strcmp(r->name, "-"))
		bb_fail(&r->err, 1, "%s:%u: %s", r->name, line, inner.text);
	return rc;
}

static int parse(struct request *r, const char *line, struct bb_command *cmd)
{
	int rc = r->mode == MODE_IMPORT ? bb_parse_import_line(line, cmd, &r->err) : bb_parse_line(line, cmd, &r->err);

	if (rc || cmd->object == BB_OBJ_NONE)
		return rc;
	if (r->mode == MODE_APPLY && !bb_fits_apply(cmd))
		return bb_fail(&r->err, EINVAL, "only add, replace and set have a place in a file to apply");
	if (r->mode == MODE_BATCH && !bb_fits_batch(cmd))
		return bb_fail(&r->err, EINVAL, "\"%s\" has no place in a batch", bb_object_def(cmd->object)->word);
	return 0;
}

/* Calls `each` with every line's command, in order. The text is left as it was. */
static int each_line(struct request *r, char *text, int (*each)(struct request *r, struct bb_command *cmd))
{
	struct bb_command cmd;
	unsigned int n = 0;
	char *next;
	int rc = 0;

	for (char *line = text; line && *line && !rc; line = next) {
		char *end = strchr(line, '\n');

		n++;
		if (end)
			*end = 0;
		rc = parse(r, line, &cmd);
		if (!rc && cmd.object != BB_OBJ_NONE)
			rc = each(r, &cmd);
		if (end)
			*end = '\n';
		next = end ? end + 1 : NULL;
	}
	return rc ? place_error(r, rc, n) : 0;
}

static int want(struct request *r, struct bb_command *cmd)
{
	r->saw_vtep |= cmd->object == BB_OBJ_VTEP;
	r->saw_cache |= cmd->object == BB_OBJ_CACHE;
	if (cmd->verb == BB_VERB_SET)
		return 0;
	return apply_set_add(r->wanted, cmd->object, &cmd->rec);
}

/* The vtep and the cache's options are not a table: what the file does not say goes back to the beginning. */
static int reset_unsaid(struct request *r)
{
	union bb_record rec, old;
	int rc = 0;

	memset(&rec, 0, sizeof(rec));
	if (!r->saw_vtep && !store_get(r->txn, BB_OBJ_VTEP, NULL, &old)) {
		rc = add_change(r, "del", BB_OBJ_VTEP, BB_VERB_SET, &old);
		if (!rc)
			rc = store_del(r->txn, BB_OBJ_VTEP, &rec, &r->err);
	}
	if (!rc && !r->saw_cache) {
		struct bb_command cmd = { .object = BB_OBJ_CACHE, .verb = BB_VERB_SET };

		cmd.rec.cache.opts = (struct bb_cache_opts){ BB_CACHE_SIZE_DEFAULT, BB_CACHE_IDLE_DEFAULT };
		rc = run_replace(r, &cmd);
	}
	return rc;
}

/* Deletes first, so that names, VNIs and VLANs are free for what comes. */
static int run_apply(struct request *r, char *text)
{
	int rc;

	r->upsert = true;
	rc = apply_set_new(&r->wanted);
	if (!rc)
		rc = each_line(r, text, want);
	r->rows = rc ? NULL : json_array();
	if (!rc)
		rc = r->rows ? apply_delete_others(r->txn, r->wanted, r->rows, &r->err) : -ENOMEM;
	if (!rc)
		rc = reset_unsaid(r);
	if (!rc && json_array_size(r->rows))
		rc = json_array_append_new(r->results, json_pack("{s:s, s:s, s:O}", "object", "apply", "verb", "run", "rows",
								 r->rows));
	json_decref(r->rows);
	r->rows = NULL;
	return rc ? rc : each_line(r, text, run_and_file);
}

static int commit(struct request *r)
{
	const struct effect *effects;
	int rc;

	if (!store_effects(r->txn, &effects))
		return 0;
	rc = sync_ports_prepare(r->g, r->txn, &r->err);
	if (rc)
		return rc;
	rc = sync_cache_options(r->g, r->txn, false, &r->err);
	if (!rc) {
		rc = store_commit(r->txn, &r->err);
		if (rc)
			sync_cache_options(r->g, r->txn, true, NULL);
	}
	if (rc) {
		sync_ports_undo(r->g, r->txn);
		return rc;
	}
	return sync_effects(r->g, r->txn, &r->err);
}

static bool needs_write(struct request *r, char *text)
{
	struct bb_command cmd;
	struct bb_error ignored;

	if (r->mode != MODE_COMMAND)
		return true;
	return !bb_parse_line(strtok(text, "\n") ?: "", &cmd, &ignored) && changes_state(&cmd);
}

static int run_lines(struct request *r, char *text)
{
	int rc = store_begin(r->g->store, needs_write(r, text), &r->txn, &r->err);

	if (rc)
		return rc;
	rc = r->mode == MODE_APPLY ? run_apply(r, text) : each_line(r, text, run_and_file);
	if (!rc)
		rc = commit(r);
	store_end(&r->txn);
	return rc;
}

/*
 * "bluebird 1 MODE LENGTH NAME". Returns what follows the line, or null. The length tells a request that was
 * cut short, and one with a NUL in it, from a whole one.
 */
static char *parse_head(struct request *r, char *text)
{
	static const char *const words[] = {
		[MODE_COMMAND] = BB_MODE_COMMAND_WORD,
		[MODE_BATCH] = BB_MODE_BATCH_WORD,
		[MODE_APPLY] = BB_MODE_APPLY_WORD,
		[MODE_IMPORT] = BB_MODE_IMPORT_WORD,
	};
	size_t hello = strlen(BB_PROTO_HELLO);
	char *end = strchr(text, '\n'), *mode, *name, *length;

	if (!end || strncmp(text, BB_PROTO_HELLO " ", hello + 1))
		return NULL;
	*end = 0;
	mode = text + hello + 1;
	length = strchr(mode, ' ');
	name = length ? strchr(length + 1, ' ') : NULL;
	if (!name)
		return NULL;
	*length++ = 0;
	*name++ = 0;
	if (strtoull(length, NULL, 10) != strlen(end + 1))
		return NULL;
	r->name = name;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(mode, words[i])) {
			r->mode = i;
			return end + 1;
		}
	return NULL;
}

static json_t *request_answer(struct request *r, int rc)
{
	json_t *answer;

	if (rc)
		answer = json_pack("{s:s}", "error", r->err.text[0] ? r->err.text : strerror(-rc));
	else
		answer = json_pack("{s:O}", "results", r->results);
	json_decref(r->results);
	apply_set_free(&r->wanted);
	return answer;
}

json_t *engine_request(struct gateway *g, char *text)
{
	struct request r = { .g = g, .name = "-", .results = json_array() };
	char *lines = parse_head(&r, text);
	int rc;

	if (!r.results)
		return NULL;
	if (lines)
		rc = run_lines(&r, lines);
	else
		rc = bb_fail(&r.err, EPROTO, "the request is cut short or not understood: are command and daemon of the same version?");
	if (!rc && r.teardown)
		g->torn_down = true;
	return request_answer(&r, rc);
}

static char *read_file(const char *path, struct bb_error *err)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!f || (getdelim(&text, &size, 0, f) < 0 && ferror(f))) {
		bb_fail(err, errno, "cannot read \"%s\": %s", path, strerror(errno));
		free(text);
		text = NULL;
	} else if (!size) {
		text = strdup(""); /* an empty file */
	} else if (!feof(f)) {
		free(text);
		text = NULL;
		bb_fail(err, EINVAL, "\"%s\" is not a text file", path);
	}
	if (f)
		fclose(f);
	return text;
}

int engine_config(struct gateway *g, const char *path, struct bb_error *err)
{
	struct request r = { .g = g, .mode = MODE_BATCH, .upsert = true, .name = path, .results = json_array() };
	char *text = r.results ? read_file(path, err) : NULL;
	int rc = text ? run_lines(&r, text) : -EINVAL;

	if (text && rc)
		*err = r.err;
	json_decref(r.results);
	free(text);
	return rc;
}
