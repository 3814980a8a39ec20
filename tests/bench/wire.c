// SPDX-License-Identifier: GPL-2.0-or-later
/* End to end: one core generates, forwards and counts, through each gateway in turn, round after round. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "ends.h"
#include "forward.h"
#include "frame.h"
#include "netns.h"
#include "plan.h"
#include "result.h"

#define ROUNDS 9
#define SECONDS 0.25	 /* of traffic in one run */
#define TRIAL 65536	 /* frames that tell how many a run needs */
#define LOSS_MAX 0.01	 /* more is no result */
#define WARM_FRAMES 1024 /* a call of the generator takes some 25 ms: 40,000 misses a second */
#define L3_LEN (FRAME_SERVER_LEN - 14)

enum { BLUEBIRD, FORWARD, KERNEL, ROUTING, GATEWAYS };

/* Names of the gateways: of namespaces, of the far ends, of the results. */
static const char *const gateways[GATEWAYS] = { "bluebird", "forward", "kernel", "routing" };

struct flow {
	const char *phase;
	const char *name;
	bool fabric; /* sent by the VM hosts, else by a server */
	uint32_t count;
	bool random;
	unsigned int gateways; /* bits: which can do it */
};

#define BIT(n) (1u << (n))

static const struct flow flows[] = {
	{ "few", "encap", false, PLAN_FEW, false, BIT(BLUEBIRD) | BIT(FORWARD) | BIT(KERNEL) | BIT(ROUTING) },
	{ "few", "decap", true, PLAN_FEW, false, BIT(BLUEBIRD) | BIT(FORWARD) | BIT(KERNEL) },
	{ "many", "encap_192k", false, PLAN_CACHED, true, BIT(BLUEBIRD) | BIT(FORWARD) },
};
#define FLOWS (sizeof(flows) / sizeof(flows[0]))

static const struct {
	const char *flow;
	int over;
} ratios[] = { { "encap", KERNEL },    { "decap", KERNEL },	 { "encap", FORWARD },
	       { "decap", FORWARD }, { "encap_192k", FORWARD } };
#define RATIOS (sizeof(ratios) / sizeof(ratios[0]))

/* One flow through one gateway. */
struct lane {
	uint32_t frames; /* of one run */
	uint64_t sent, delivered;
	struct samples mpps;
};

static struct lane lanes[FLOWS][GATEWAYS];

static void make_frame(const struct flow *f, struct frame *frame)
{
	if (f->fabric)
		frame_fabric(frame, L3_LEN, f->count, f->random);
	else
		frame_server(frame, 0, f->count, f->random);
}

static bool applies(const struct flow *f, const char *phase, int gw)
{
	return !strcmp(f->phase, phase) && f->gateways & BIT(gw);
}

/* The length of what must arrive: only tunnel ends change it. */
static uint32_t length_out(const struct flow *f, uint32_t in, int gw)
{
	if (gw == FORWARD || gw == ROUTING)
		return in;
	return f->fabric ? in - FRAME_ENCAP_BYTES : in + FRAME_ENCAP_BYTES;
}

/* The rate is of what arrived. */
static int run(struct sink *sink, struct generator *g, const struct flow *f, int gw, uint32_t frames, double *rate)
{
	uint64_t arrived;
	double seconds;
	int err;

	sink_expect(sink, length_out(f, g->frame.traffic.len, gw));
	err = generator_run(g, gateways[gw], f->fabric, frames, &seconds);
	if (err)
		return err;
	arrived = sink_count(sink);
	*rate = arrived / seconds;
	lanes[f - flows][gw].sent += frames;
	lanes[f - flows][gw].delivered += arrived;
	return 0;
}

static int trial(struct sink *sink, struct generator *g, const struct flow *f, int gw)
{
	struct lane *lane = &lanes[f - flows][gw];
	double rate;
	int err = run(sink, g, f, gw, TRIAL, &rate);

	if (!err)
		lane->frames = rate * SECONDS < TRIAL ? TRIAL : rate * SECONDS;
	return err;
}

static int round_of(struct sink *sink, struct generator *g, const struct flow *f, bool first)
{
	double rate;
	int gw, err;

	for (gw = 0; gw < GATEWAYS; gw++) {
		if (!(f->gateways & BIT(gw)))
			continue;
		err = first ? trial(sink, g, f, gw) : 0;
		err = err ?: run(sink, g, f, gw, lanes[f - flows][gw].frames, &rate);
		if (err)
			return err;
		samples_add(&lanes[f - flows][gw].mpps, rate / 1e6);
	}
	return 0;
}

static int measure(struct sink *sink, struct generator *generators, const char *phase)
{
	unsigned int round, i;
	int err = 0;

	for (round = 0; !err && round < ROUNDS; round++)
		for (i = 0; !err && i < FLOWS; i++)
			if (!strcmp(flows[i].phase, phase))
				err = round_of(sink, &generators[i], &flows[i], !round);
	return err;
}

static bool lost_too_much(const struct lane *lane)
{
	return lane->delivered < lane->sent * (1 - LOSS_MAX);
}

static void tell_lanes(const char *phase, FILE *results)
{
	const struct lane *lane;
	char name[64];
	unsigned int i;
	int gw;

	for (i = 0; i < FLOWS; i++)
		for (gw = 0; gw < GATEWAYS; gw++) {
			if (!applies(&flows[i], phase, gw))
				continue;
			lane = &lanes[i][gw];
			snprintf(name, sizeof(name), "%s_%s_mpps", gateways[gw], flows[i].name);
			result_number(results, name, samples_median(&lane->mpps));
			snprintf(name, sizeof(name), "%s_%s_sent", gateways[gw], flows[i].name);
			result_number(results, name, lane->sent);
			snprintf(name, sizeof(name), "%s_%s_lost", gateways[gw], flows[i].name);
			result_number(results, name, (double)lane->sent - lane->delivered);
		}
}

static void tell_ratio(const struct flow *f, int over, FILE *results)
{
	const struct lane *mine = &lanes[f - flows][BLUEBIRD], *theirs = &lanes[f - flows][over];
	const struct lane *bad = lost_too_much(mine) ? mine : lost_too_much(theirs) ? theirs : NULL;
	char name[64];

	snprintf(name, sizeof(name), "%s_vs_%s", f->name, gateways[over]);
	if (bad)
		result_null(results, name, "gateway '%s' delivered %llu of %llu frames",
			    gateways[bad == mine ? BLUEBIRD : over], (unsigned long long)bad->delivered,
			    (unsigned long long)bad->sent);
	else
		result_number(results, name, samples_ratio(&mine->mpps, &theirs->mpps));
}

static void tell_ratios(const char *phase, FILE *results)
{
	unsigned int i, k;

	for (i = 0; i < FLOWS; i++)
		for (k = 0; k < RATIOS; k++)
			if (!strcmp(flows[i].phase, phase) && !strcmp(ratios[k].flow, flows[i].name))
				tell_ratio(&flows[i], ratios[k].over, results);
}

int bench_wire(const char *prefix, const char *phase, FILE *results)
{
	static struct generator generators[FLOWS];
	struct frame frame;
	struct sink sink;
	unsigned int i;
	int err;

	err = netns_enter(prefix, gateways[FORWARD]);
	err = err ?: forward_open("acc0", "fab0");
	err = err ?: netns_enter(prefix, "far");
	err = err ?: sink_open(&sink, gateways, GATEWAYS);
	for (i = 0; !err && i < FLOWS; i++) {
		make_frame(&flows[i], &frame);
		err = generator_open(&generators[i], &frame);
	}
	err = err ?: measure(&sink, generators, phase);
	if (err)
		return err;
	tell_ratios(phase, results);
	tell_lanes(phase, results);
	return 0;
}

int bench_warm(const char *prefix, const char *phase)
{
	struct generator g;
	struct frame frame;
	uint32_t sent;
	double seconds;
	struct sink sink;
	int err;

	frame_server(&frame, 0, !strcmp(phase, "many") ? PLAN_CACHED : PLAN_FEW, false);
	err = netns_enter(prefix, "far");
	err = err ?: sink_open(&sink, gateways, 1);
	err = err ?: generator_open(&g, &frame);
	for (sent = 0; !err && sent < frame.traffic.count; sent += WARM_FRAMES)
		err = generator_run(&g, gateways[BLUEBIRD], false, WARM_FRAMES, &seconds);
	return err;
}
