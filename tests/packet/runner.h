/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one frame through one program by BPF_PROG_RUN, and sees what came of it: frame, verdict, counter, event. */
#ifndef BLUEBIRD_TESTS_PACKET_RUNNER_H
#define BLUEBIRD_TESTS_PACKET_RUNNER_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "builder.h"
#include "plan.h"
#include "world.h"

/* One case. Macros below fill the fields that belong together. */
struct row {
	const char *name;
	enum dp_program prog;
	enum dev dev;
	const struct layer *in;
	const struct layer *out; /* null: the frame is as it came */
	uint32_t linear;	 /* bytes in the first buffer; 0: as many as fit */
	uint32_t action;
	enum bb_outcome outcome;
	enum bb_reason reason;
	enum port_id to; /* the way out */
	enum port_id port; /* whose counters */
	uint16_t vrf;
	bool uncounted;
	bool twin; /* its truncated forms are another row's */
	struct {
		enum attach_id attach;
		uint32_t ca, nexthop;
	} punt;
};

#define ACCESS(p, v) .prog = DP_PROG_ACCESS, .dev = DEV_##p, .port = PORT_##p, .vrf = (v)
#define FABRIC(p, v) .prog = DP_PROG_FABRIC, .dev = DEV_##p, .port = PORT_##p, .vrf = (v)
#define INJECTED(p, v) .prog = DP_PROG_INJECT, .dev = DEV_OTHER, .port = PORT_##p, .vrf = (v)
/* A device that is no port. */
#define STRAY(program) .prog = program, .dev = DEV_OTHER, .port = PORT_NONE, .vrf = 0

#define FORWARD(r, way) .action = XDP_REDIRECT, .outcome = BB_FORWARDED, .reason = BB_R_##r, .to = PORT_##way
#define PASS(r) .action = XDP_PASS, .outcome = BB_PASSED, .reason = BB_R_##r
#define DROP(r) .action = XDP_DROP, .outcome = BB_DROPPED, .reason = BB_R_##r
#define PUNT(at, addr, ...)                                                                                           \
	.action = XDP_DROP, .outcome = BB_PUNTED, .reason = BB_R_MISS,                                                \
	.punt = { .attach = (at), .ca = (addr), ##__VA_ARGS__ }
#define UNCOUNTED .action = XDP_DROP, .uncounted = true

struct table {
	const char *name;
	const struct row *rows;
	int count;
};
#define TABLE(title, array) { .name = (title), .rows = (array), .count = sizeof(array) / sizeof((array)[0]) }

struct result {
	uint32_t action;
	uint32_t len;
	uint8_t out[FRAME_BYTES];
};

/* What changed in all counters since the last look. */
struct change {
	int counters; /* how many differ */
	uint16_t port, vrf; /* of one that does */
	enum bb_reason reason;
	bool further_run; /* in the block's second half */
	uint64_t packets, bytes;
};

/* The newest event in this CPU's miss ring. */
struct punted {
	int events;
	size_t room; /* bytes behind the header */
	struct bb_event head;
	uint8_t frame[BB_FRAME_MAX];
};

/* In the process that tests, after the world is there. */
void runner_open(void);
void runner_close(void);

void run_frame(enum dp_program prog, enum dev dev, const void *in, size_t len, uint32_t linear, struct result *r);
/* Can this kernel put a small frame into two buffers? Before 6.18 it cannot. */
bool can_split(void);
/* Runs the very frame `repeat` times and returns the last verdict; for frames that are not modified. */
uint32_t run_many(enum dp_program prog, enum dev dev, const void *in, size_t len, uint32_t repeat);
void counters_look(struct change *c);
/* The sum over all blocks' first halves. */
uint64_t counter_total(enum bb_reason reason);
void ring_drain(struct punted *p);

enum bb_outcome outcome_by_list(enum bb_reason reason);
const char *reason_word(enum bb_reason reason);
/* Bytes of a frame that are the injection header and not counted. */
size_t header_len(enum dp_program prog);
/*
 * What holds for every frame: exactly one packet in one counter, with its bytes, and a verdict that fits. Returns
 * null, or what is wrong.
 */
const char *check_any(enum dp_program prog, size_t len, const struct result *r, const struct change *c);

/* A frame that may be any: the verdict, output and event must fit the counter. */
const char *check_frame(enum dp_program prog, const void *in, size_t len, const struct result *r,
			const struct change *c, const struct punted *p);

/* Runs the row; false with a report in `to` if it does not come out as it says. */
bool row_holds(const struct row *row, FILE *to);
/* Runs every shorter form of the row's frame. */
bool row_truncated_holds(const struct row *row, FILE *to);
/* Fail the test with that report. */
void row_run(const struct row *row);
void rows_run(const struct row *rows, int count);
#define ROWS_RUN(array) rows_run(array, sizeof(array) / sizeof((array)[0]))

#endif
