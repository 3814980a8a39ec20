// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns counter blocks into rows: one per port, VRF and reason that has counted anything. */
#include "daemon/stats.h"

#include <errno.h>
#include <string.h>

#include "bluebird/reasons.h"

#define REASON_WORD(NAME, word, outcome) [BB_R_##NAME] = #word,
static const char *const reason_words[] = { BB_REASON_LIST(REASON_WORD) };
#undef REASON_WORD
_Static_assert(sizeof(reason_words) / sizeof(reason_words[0]) == BB_REASONS, "a reason has no word");

#define REASON_OUTCOME(NAME, word, outcome) [BB_R_##NAME] = BB_##outcome,
static const enum bb_outcome reason_outcomes[] = { BB_REASON_LIST(REASON_OUTCOME) };
#undef REASON_OUTCOME

static const char *const outcome_words[] = {
	[BB_FORWARDED] = "forwarded",
	[BB_PASSED] = "passed",
	[BB_PUNTED] = "punted",
	[BB_DROPPED] = "dropped",
};
_Static_assert(sizeof(outcome_words) / sizeof(outcome_words[0]) == BB_OUTCOMES, "an outcome has no word");

struct listing {
	struct gateway *g;
	const struct bb_stats_query *query;
	json_t *rows;
};

/* Asking for a reason finds the frames that met it on a later run, too. */
static bool wanted(const struct listing *l, const char *reason, const char *final)
{
	const char *want = l->query->reason;

	return !want[0] || !strcmp(want, reason) || !strcmp(want, final);
}

/* further: runs of punted frames after the first; `final` then says what became of them. */
static int add_row(const struct listing *l, const char *port, const char *vrf, int i, bool further,
		   const struct bb_counter *c)
{
	const char *reason = further ? reason_words[BB_R_REINJECTED] : reason_words[i];
	json_t *row;

	if (!c->packets || !wanted(l, reason, reason_words[i]))
		return 0;
	row = json_pack("{s:s, s:s?, s:s, s:s, s:I, s:I, s:s}", "port", port, "vrf", vrf, "outcome",
			outcome_words[reason_outcomes[i]], "reason", reason, "packets", (json_int_t)c->packets, "bytes",
			(json_int_t)c->bytes, "final", reason_words[i]);
	return json_array_append_new(l->rows, row) ? -ENOMEM : 0;
}

static int list_block(uint16_t port, uint16_t vrf, const struct bb_block *sum, void *arg)
{
	const struct listing *l = arg;
	const char *port_name = ports_name(l->g->ports, port);
	const char *vrf_name = vrf ? l->g->vrf_names[vrf] : NULL;
	int rc = 0;

	if (!port_name || (l->query->port[0] && strcmp(l->query->port, port_name)) ||
	    (l->query->vrf[0] && (!vrf_name || strcmp(l->query->vrf, vrf_name))))
		return 0;
	for (int i = 0; i < BB_REASONS && !rc; i++)
		rc = add_row(l, port_name, vrf_name, i, false, &sum->c[i]);
	for (int i = 0; i < BB_REASONS && !rc; i++)
		rc = add_row(l, port_name, vrf_name, i, true, &sum->c[BB_REASON_MAX + i]);
	return rc;
}

static bool is_reason(const char *word)
{
	for (int i = 0; i < BB_REASONS; i++)
		if (!strcmp(word, reason_words[i]))
			return true;
	return false;
}

int stats_rows(struct gateway *g, const struct bb_stats_query *query, json_t *rows, struct bb_error *err)
{
	struct listing l = { g, query, rows };

	if (query->reason[0] && !is_reason(query->reason))
		return bb_fail(err, EINVAL, "\"%s\" is not a reason", query->reason);
	return tables_each_block(g->tables, list_block, &l);
}

struct sum {
	enum bb_reason reason;
	uint64_t packets;
};

static int sum_block(uint16_t port, uint16_t vrf, const struct bb_block *sum, void *arg)
{
	struct sum *s = arg;

	(void)port, (void)vrf;
	s->packets += sum->c[s->reason].packets;
	return 0;
}

uint64_t stats_sum(struct gateway *g, enum bb_reason reason)
{
	struct sum s = { reason, 0 };

	tables_each_block(g->tables, sum_block, &s);
	return s.packets;
}
