// SPDX-License-Identifier: GPL-2.0-or-later
/* The program alone: total time under the wrapper, over the time of an empty program under the same wrapper. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bench.h"
#include "bluebird/abi.h"
#include "frame.h"
#include "bench_program.skel.h" /* knows struct traffic */
#include "gateway.h"
#include "plan.h"
#include "result.h"

#define ROUNDS 15
#define REPEAT 400000
#define VID 400

struct path {
	const char *name;
	bool fabric;
	uint16_t vid;
	uint32_t count; /* of destinations */
	bool random;
	enum bb_reason reason; /* what each frame must be counted as */
};

static const struct path paths[] = {
	{ "encap", false, VID, PLAN_FEW, false, BB_R_ENCAP },
	{ "decap", true, VID, PLAN_FEW, false, BB_R_DECAP },
	{ "encap_128k", false, VID, PLAN_MANY, true, BB_R_ENCAP },
	{ "encap_untagged", false, 0, PLAN_FEW, false, BB_R_ENCAP },
	{ "decap_untagged", true, 0, PLAN_FEW, false, BB_R_DECAP },
};
#define PATHS (sizeof(paths) / sizeof(paths[0]))

/* One path ready to run, and what it took. */
struct setup {
	struct frame frame;
	struct gateway gw;
	struct bench_program *wrap;
	uint64_t runs;
	struct samples total, empty;
};

static int wire_up(struct setup *s, const struct path *p)
{
	int fd = bpf_map__fd(s->wrap->maps.targets), target = p->fabric ? s->gw.fabric : s->gw.access;
	int empty = bpf_program__fd(s->wrap->progs.empty), err;
	uint32_t slot = 0;

	err = bpf_map_update_elem(fd, &slot, &target, BPF_ANY);
	slot = 1;
	err = err ?: bpf_map_update_elem(fd, &slot, &empty, BPF_ANY);
	return err ?: gateway_ingress(&s->gw, p->fabric ? GATEWAY_FABRIC_PORT : GATEWAY_ACCESS_PORT);
}

static int setup_open(struct setup *s, const struct path *p, const char *object, const char *const *off)
{
	struct gateway_conf conf = { .object = object, .off = off, .vid = p->vid, .cache_size = BB_CACHE_SIZE_DEFAULT,
				     .vms = p->fabric ? PLAN_FEW : p->count };
	int err;

	if (p->fabric)
		frame_fabric(&s->frame, FRAME_SERVER_LEN - 14 - (p->vid ? 4 : 0), p->count, p->random);
	else
		frame_server(&s->frame, p->vid, p->count, p->random);
	err = gateway_open(&s->gw, &conf);
	if (err)
		return err;
	s->wrap = bench_program__open();
	if (!s->wrap)
		return -errno;
	memcpy((void *)&s->wrap->rodata->traffic, &s->frame.traffic, sizeof(s->frame.traffic));
	err = bench_program__load(s->wrap);
	return err ?: wire_up(s, p);
}

static void setup_close(struct setup *s)
{
	bench_program__destroy(s->wrap);
	if (s->gw.obj)
		gateway_close(&s->gw);
}

/* The kernel reports whole nanoseconds, rounded down. */
static int run(struct setup *s, struct bpf_program *prog, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = s->frame.b, .data_size_in = s->frame.traffic.len,
		    .repeat = REPEAT);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	if (err)
		return err;
	if (opts.retval == XDP_ABORTED)
		return -EIO;
	*ns = opts.duration + 0.5;
	return 0;
}

static int round_of(struct setup *s)
{
	double empty, total;
	int err = run(s, s->wrap->progs.wrap_empty, &empty);

	err = err ?: run(s, s->wrap->progs.wrap_target, &total);
	if (err)
		return err;
	s->runs += REPEAT;
	samples_add(&s->empty, empty);
	samples_add(&s->total, total);
	return 0;
}

/* Every frame must have gone the path's way, or the figure is of something else. */
static void tell(struct setup *s, const struct path *p, FILE *results)
{
	uint64_t counted = gateway_count(&s->gw, p->reason);
	char name[64];

	snprintf(name, sizeof(name), "%s_prog_vs_empty", p->name);
	if (counted != s->runs) {
		result_null(results, name, "%llu of %llu frames took another path",
			    (unsigned long long)(s->runs - counted), (unsigned long long)s->runs);
		return;
	}
	result_number(results, name, samples_ratio(&s->total, &s->empty));
	snprintf(name, sizeof(name), "%s_prog_ns", p->name);
	result_number(results, name, samples_median(&s->total));
	snprintf(name, sizeof(name), "%s_empty_ns", p->name);
	result_number(results, name, samples_median(&s->empty));
}

static void tell_size(int fd, const char *prog, FILE *results)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	char name[64];

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	snprintf(name, sizeof(name), "%s_verified_insns", prog);
	result_number(results, name, info.verified_insns);
	snprintf(name, sizeof(name), "%s_xlated_insns", prog);
	result_number(results, name, info.xlated_prog_len / sizeof(struct bpf_insn));
	snprintf(name, sizeof(name), "%s_jited_bytes", prog);
	result_number(results, name, info.jited_prog_len);
}

/* Paths take turns, so that what the machine does to one round it does to all. */
static int measure(struct setup *setups)
{
	unsigned int round, i;
	int err = 0;

	for (round = 0; !err && round < ROUNDS; round++)
		for (i = 0; !err && i < PATHS; i++)
			err = round_of(&setups[i]);
	return err;
}

int bench_program(const char *object, const char *const *off, FILE *results)
{
	static struct setup setups[PATHS];
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < PATHS; i++)
		err = setup_open(&setups[i], &paths[i], object, off);
	err = err ?: measure(setups);
	if (err)
		fprintf(stderr, "bench: program alone: %s\n", strerror(-err));
	for (i = 0; !err && i < PATHS; i++)
		tell(&setups[i], &paths[i], results);
	if (!err) {
		tell_size(setups[0].gw.access, "access", results);
		tell_size(setups[0].gw.fabric, "fabric", results);
	}
	for (i = 0; i < PATHS; i++)
		setup_close(&setups[i]);
	return err;
}
