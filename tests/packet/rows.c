// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges a row: its frame, verdict, counter and event; and all truncated forms of its frame. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner.h"

/* Of the rows that are being judged; too large for a stack. */
static struct frame in, want;
static struct result got;
static struct punted punted;

static bool complain(FILE *to, const char *what)
{
	fprintf(to, "  %s\n", what);
	return false;
}

static bool counter_holds(const struct row *row, const struct change *c, FILE *to)
{
	bool further = row->prog == DP_PROG_INJECT && in.bytes[offsetof(struct bb_inject, runs)];

	if (row->uncounted)
		return c->counters ? complain(to, "counted, but should not be") : true;
	if (c->counters == 1 && c->packets == 1 && c->reason == row->reason && c->port == row->port &&
	    c->vrf == row->vrf && c->further_run == further && c->bytes == in.len - header_len(row->prog))
		return true;
	fprintf(to, "  expected one packet of %zu bytes as %s%s at port %u, vrf %u\n", in.len - header_len(row->prog),
		reason_word(row->reason), further ? " (further run)" : "", row->port, row->vrf);
	fprintf(to, "  got %d counters changed; one: %llu packets, %llu bytes as %s%s at port %u, vrf %u\n",
		c->counters,
		(unsigned long long)c->packets, (unsigned long long)c->bytes, reason_word(c->reason),
		c->further_run ? " (further run)" : "", c->port, c->vrf);
	return false;
}

/* Passed and punted frames must be untouched; what becomes of a dropped one is nobody's business. */
static void want_frame(const struct row *row)
{
	size_t off = row->outcome == BB_PUNTED ? header_len(row->prog) : 0;

	if (row->out) {
		frame_build(&want, row->out);
		frame_take_port(&want, got.out, got.len);
		return;
	}
	want = in;
	if (!off)
		return;
	want.len -= off;
	memmove(want.bytes, want.bytes + off, want.len);
	want.layers = 0;
}

static bool frame_holds(const struct row *row, FILE *to)
{
	if (row->outcome == BB_DROPPED || row->uncounted)
		return true;
	want_frame(row);
	if (want.len == got.len && !memcmp(want.bytes, got.out, got.len))
		return true;
	complain(to, "another frame came out:");
	frame_diff(to, &want, got.out, got.len);
	return false;
}

static bool is_recent(uint64_t ns)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	return ns <= now && now - ns < 10000000000ULL;
}

/* The smallest tier that holds the frame. */
static size_t tier(size_t len)
{
	static const size_t tiers[] = { 128, 512, 1536, BB_FRAME_MAX };
	int i = 0;

	while (tiers[i] < len)
		i++;
	return tiers[i];
}

static bool event_head_holds(const struct row *row, size_t len, FILE *to)
{
	const struct bb_event *e = &punted.head;
	uint8_t runs = row->prog == DP_PROG_INJECT ? in.bytes[offsetof(struct bb_inject, runs)] + 1 : 1;

	if (e->len == len && e->port == row->port && e->attach == row->punt.attach && e->vrf == row->vrf &&
	    e->addr == htonl(row->punt.ca) && e->nexthop == row->punt.nexthop && e->runs == runs && is_recent(e->ns) &&
	    punted.room == tier(len))
		return true;
	fprintf(to, "  event: len %u port %u attach %u vrf %u addr %08x nexthop %u runs %u ns %llu room %zu\n", e->len,
		e->port, e->attach, e->vrf, ntohl(e->addr), e->nexthop, e->runs, (unsigned long long)e->ns,
			punted.room);
	return false;
}

static bool event_holds(const struct row *row, FILE *to)
{
	size_t off = header_len(row->prog);

	ring_drain(&punted);
	if (punted.events != (row->outcome == BB_PUNTED && !row->uncounted))
		return complain(to, punted.events ? "an event that should not be" : "no event");
	if (!punted.events)
		return true;
	if (!event_head_holds(row, in.len - off, to))
		return false;
	if (memcmp(punted.frame, in.bytes + off, in.len - off))
		return complain(to, "the event carries another frame");
	return true;
}

bool row_holds(const struct row *row, FILE *to)
{
	struct change c;
	bool ok = true;

	if (row->linear && !can_split())
		return true;
	frame_build(&in, row->in);
	world_ways_out(row->outcome == BB_FORWARDED ? row->to : PORT_NONE);
	ring_drain(NULL);
	counters_look(&c);
	run_frame(row->prog, row->dev, in.bytes, in.len, row->linear, &got);
	counters_look(&c);
	world_ways_out(PORT_NONE);
	if (got.action != row->action) {
		fprintf(to, "  verdict %u, expected %u\n", got.action, row->action);
		ok = false;
	}
	if (!row->uncounted && outcome_by_list(row->reason) != row->outcome)
		ok = complain(to, "the row's outcome is not its reason's");
	/* not && alone: every judge shall say its word */
	ok &= counter_holds(row, &c, to);
	ok &= frame_holds(row, to);
	ok &= event_holds(row, to);
	return ok;
}

/* The injection program drops what has no good header, or no Ethernet frame behind it, without a word. */
static bool may_be_uncounted(const struct row *row, size_t len)
{
	return row->uncounted || (row->prog == DP_PROG_INJECT && len < header_len(row->prog) + ETH_HLEN);
}

/* What leaves is what the whole frame's answer was: only padding may have been missing. */
static const char *check_truncated_frame(const struct row *row, size_t len, const struct change *c)
{
	size_t expected = want.len;

	if (outcome_by_list(c->reason) == BB_PASSED)
		return got.len == len && !memcmp(got.out, in.bytes, len) ? NULL : "passed, but changed";
	if (outcome_by_list(c->reason) != BB_FORWARDED)
		return NULL;
	if (row->outcome != BB_FORWARDED)
		return "forwarded, though the whole frame is not";
	frame_take_port(&want, got.out, got.len);
	if (row->reason == BB_R_ARP_REPLY) /* keeps the request's length */
		expected = len;
	if (got.len != expected || memcmp(got.out, want.bytes, expected))
		return "forwarded with other bytes than the whole frame";
	return NULL;
}

static const char *check_truncated(const struct row *row, size_t len)
{
	struct change c;
	const char *wrong;

	run_frame(row->prog, row->dev, in.bytes, len, 0, &got);
	counters_look(&c);
	ring_drain(NULL);
	if (!c.counters && may_be_uncounted(row, len))
		return got.action == XDP_DROP ? NULL : "not counted";
	wrong = check_any(row->prog, len, &got, &c);
	return wrong ? wrong : check_truncated_frame(row, len, &c);
}

bool row_truncated_holds(const struct row *row, FILE *to)
{
	const char *wrong;
	struct change c;

	frame_build(&in, row->in);
	if (row->out)
		frame_build(&want, row->out);
	else
		want = in;
	counters_look(&c);
	for (size_t len = ETH_HLEN; len < in.len && !row->twin; len++) {
		wrong = check_truncated(row, len);
		if (!wrong)
			continue;
		fprintf(to, "  cut to %zu of %zu bytes: %s\n", len, in.len, wrong);
		return false;
	}
	return true;
}

void row_run(const struct row *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool ok;

	ck_assert_ptr_nonnull(to);
	ok = row_holds(row, to);
	fclose(to);
	ck_assert_msg(ok, "%s\n%s", row->name, text);
	free(text);
}

void rows_run(const struct row *rows, int count)
{
	for (int i = 0; i < count; i++)
		row_run(&rows[i]);
}
