/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The far ends of a gateway's two cables: a generator that sends by one, and a sink that counts on all. */
#ifndef BENCH_ENDS_H
#define BENCH_ENDS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

struct bench_wire;

struct sink {
	struct bench_wire *skel;
};

/* Attaches to both far ends of each gateway named, in the current namespace. 0 or -errno. */
int sink_open(struct sink *s, const char *const *gateways, unsigned int n);
void sink_close(struct sink *s);
void sink_expect(struct sink *s, uint32_t len);
uint64_t sink_count(const struct sink *s);

struct generator {
	struct bench_wire *skel;
	struct frame frame;
};

int generator_open(struct generator *g, const struct frame *frame);
void generator_close(struct generator *g);
/* Sends `frames` into the gateway's server (or fabric) cable; *seconds is the time the kernel took for it all. */
int generator_run(struct generator *g, const char *gateway, bool fabric, uint32_t frames, double *seconds);

#endif
