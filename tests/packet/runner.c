// SPDX-License-Identifier: GPL-2.0-or-later
/* BPF_PROG_RUN, the counters and the miss ring, as one observation per frame. */
#include "runner.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"

#define BLOCKS_SEEN 64

struct seen_block {
	uint16_t port, vrf;
	struct bb_block sum;
};

struct sight {
	int count;
	struct seen_block block[BLOCKS_SEEN];
};

/* Two sights: the last one, and the one that is being taken. */
static struct sight sights[2];
static int current;
static struct ring_buffer *ring;
static struct punted latest;

static const enum bb_outcome outcomes[] = {
#define OUTCOME(NAME, word, outcome) [BB_R_##NAME] = BB_##outcome,
	BB_REASON_LIST(OUTCOME)
#undef OUTCOME
};

static const char *const words[] = {
#define WORD(NAME, word, outcome) [BB_R_##NAME] = #word,
	BB_REASON_LIST(WORD)
#undef WORD
};

/* Check writes a file at each assertion that holds, which is too slow for what happens a hundred thousand times. */
static void must(bool ok, const char *what)
{
	if (!ok)
		ck_abort_msg("%s", what);
}

enum bb_outcome outcome_by_list(enum bb_reason reason)
{
	return outcomes[reason];
}

const char *reason_word(enum bb_reason reason)
{
	return reason < BB_REASONS ? words[reason] : "?";
}

size_t header_len(enum dp_program prog)
{
	return prog == DP_PROG_INJECT ? sizeof(struct bb_inject) : 0;
}

static int on_event(void *ctx, void *data, size_t size)
{
	struct bb_event *e = data;

	(void)ctx;
	latest.events++;
	latest.head = *e;
	latest.room = size - sizeof(*e);
	if (e->len <= latest.room && e->len <= sizeof(latest.frame))
		memcpy(latest.frame, e + 1, e->len);
	return 0;
}

void ring_drain(struct punted *p)
{
	memset(&latest, 0, offsetof(struct punted, frame));
	must(ring_buffer__consume(ring) >= 0, "cannot read the ring");
	if (p)
		*p = latest;
}

static int add_block(uint16_t port, uint16_t vrf, const struct bb_block *sum, void *arg)
{
	struct sight *s = arg;

	must(s->count < BLOCKS_SEEN, "more counter blocks than expected");
	s->block[s->count++] = (struct seen_block){ .port = port, .vrf = vrf, .sum = *sum };
	return 0;
}

/* Block 0 has no owner: frames of no known port. */
static void add_block_zero(struct sight *s)
{
	int cpus = libbpf_num_possible_cpus();
	struct bb_block *per_cpu = calloc(cpus, sizeof(*per_cpu)), sum = { 0 };
	uint32_t zero = 0;

	must(!bpf_map_lookup_elem(dataplane_map_fd(world.dp, DP_counters), &zero, per_cpu), "cannot read block 0");
	for (int cpu = 0; cpu < cpus; cpu++)
		for (int i = 0; i < 2 * BB_REASON_MAX; i++) {
			sum.c[i].packets += per_cpu[cpu].c[i].packets;
			sum.c[i].bytes += per_cpu[cpu].c[i].bytes;
		}
	free(per_cpu);
	add_block(PORT_NONE, 0, &sum, s);
}

static void take_sight(struct sight *s)
{
	s->count = 0;
	add_block_zero(s);
	must(!tables_each_block(world.tables, add_block, s), "cannot read the counters");
}

static void compare_blocks(const struct seen_block *was, const struct seen_block *is, struct change *c)
{
	if (!memcmp(&was->sum, &is->sum, sizeof(is->sum)))
		return;
	for (int i = 0; i < 2 * BB_REASON_MAX; i++) {
		if (!memcmp(&was->sum.c[i], &is->sum.c[i], sizeof(struct bb_counter)))
			continue;
		c->counters++;
		c->port = is->port;
		c->vrf = is->vrf;
		c->reason = i % BB_REASON_MAX;
		c->further_run = i >= BB_REASON_MAX;
		c->packets = is->sum.c[i].packets - was->sum.c[i].packets;
		c->bytes = is->sum.c[i].bytes - was->sum.c[i].bytes;
	}
}

void counters_look(struct change *c)
{
	const struct sight *was = &sights[current];
	struct sight *is = &sights[!current];

	memset(c, 0, sizeof(*c));
	take_sight(is);
	for (int i = 0; i < is->count && i < was->count; i++)
		compare_blocks(&was->block[i], &is->block[i], c);
	current = !current;
}

uint64_t counter_total(enum bb_reason reason)
{
	static struct sight s;
	uint64_t n = 0;

	take_sight(&s);
	for (int i = 0; i < s.count; i++)
		n += s.block[i].sum.c[reason].packets;
	return n;
}

void runner_open(void)
{
	struct change ignored;
	int fd;

	fd = dataplane_ring_fd(world.dp, sched_getcpu()); /* the only one that we fill: see main */
	ck_assert_int_ge(fd, 0);
	ring = ring_buffer__new(fd, on_event, NULL, NULL);
	ck_assert_ptr_nonnull(ring);
	close(fd);
	can_split(); /* its probe is counted */
	ring_drain(NULL);
	counters_look(&ignored);
}

void runner_close(void)
{
	ring_buffer__free(ring);
	ring = NULL;
	sights[current].count = 0;
}

static int test_run(enum dp_program prog, enum dev dev, const void *in, size_t len, uint32_t linear,
		    struct bpf_test_run_opts *opts)
{
	struct xdp_md ctx = { .data_end = linear ? linear : len, .ingress_ifindex = device_index(dev) };

	opts->data_in = in;
	opts->data_size_in = len;
	opts->ctx_in = &ctx;
	opts->ctx_size_in = sizeof(ctx);
	return bpf_prog_test_run_opts(dataplane_prog_fd(world.dp, prog), opts);
}

void run_frame(enum dp_program prog, enum dev dev, const void *in, size_t len, uint32_t linear, struct result *r)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_out = r->out, .data_size_out = sizeof(r->out), .repeat = 1);
	int rc = test_run(prog, dev, in, len, linear, &opts);

	must(!rc, strerror(-rc));
	r->action = opts.retval;
	r->len = opts.data_size_out;
}

bool can_split(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = 1);
	static const uint8_t bytes[64];
	static int known = -1;

	if (known < 0)
		known = !test_run(DP_PROG_FABRIC, DEV_OTHER, bytes, sizeof(bytes), 32, &opts);
	return known;
}

uint32_t run_many(enum dp_program prog, enum dev dev, const void *in, size_t len, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = repeat);
	int rc = test_run(prog, dev, in, len, 0, &opts);

	must(!rc, strerror(-rc));
	return opts.retval;
}

static uint32_t action_of(enum bb_outcome outcome)
{
	switch (outcome) {
	case BB_FORWARDED:
		return XDP_REDIRECT;
	case BB_PASSED:
		return XDP_PASS;
	default:
		return XDP_DROP;
	}
}

const char *check_any(enum dp_program prog, size_t len, const struct result *r, const struct change *c)
{
	if (c->counters != 1 || c->packets != 1)
		return "not counted exactly once";
	if (c->bytes != len - header_len(prog))
		return "counted with other bytes than the frame had";
	if (c->reason >= BB_REASONS || c->reason == BB_R_REINJECTED)
		return "counted under no reason";
	if (r->action != action_of(outcome_by_list(c->reason)))
		return "the verdict does not fit the counter";
	if (r->len > len + BB_ENCAP4_BYTES)
		return "more than a tunnel's headers longer than it was";
	return NULL;
}

/* Passed and punted frames are as they came; a punted one is in the ring, all of it. */
static const char *check_untouched(const void *in, size_t len, const struct result *r, const struct punted *p,
				   bool is_punted)
{
	if (r->len != len || memcmp(r->out, in, len))
		return "passed or punted, but changed";
	if (!is_punted)
		return NULL;
	if (p->events != 1 || p->head.len != len)
		return "punted, but there is not one event of its length";
	return memcmp(p->frame, in, len) ? "the event carries another frame" : NULL;
}

const char *check_frame(enum dp_program prog, const void *in, size_t len, const struct result *r,
			const struct change *c, const struct punted *p)
{
	const char *wrong = check_any(prog, len, r, c);
	size_t off = header_len(prog);

	if (wrong)
		return wrong;
	switch (outcome_by_list(c->reason)) {
	case BB_PASSED:
		return check_untouched(in, len, r, p, false);
	case BB_PUNTED:
		return check_untouched((const char *)in + off, len - off, r, p, true);
	default:
		return p->events ? "an event of a frame that was not punted" : NULL;
	}
}
