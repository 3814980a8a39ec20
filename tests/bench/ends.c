// SPDX-License-Identifier: GPL-2.0-or-later
/* Generator and sink over XDP: live frames by BPF_PROG_RUN out, counted drops in. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "ends.h"
#include "bench_wire.skel.h"

static unsigned int end_index(const char *gateway, bool fabric)
{
	char dev[IF_NAMESIZE];

	snprintf(dev, sizeof(dev), "%s-%c", gateway, fabric ? 'f' : 's');
	return if_nametoindex(dev);
}

static int sink_attach(struct sink *s, const char *gateway, bool fabric)
{
	unsigned int ifindex = end_index(gateway, fabric);
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int fd = -ENODEV;

	if (ifindex) /* the link lives as long as this process */
		fd = bpf_link_create(bpf_program__fd(s->skel->progs.sink), ifindex, BPF_XDP, &opts);
	if (fd < 0)
		fprintf(stderr, "bench: sink of gateway '%s': %s\n", gateway, strerror(-fd));
	return fd < 0 ? fd : 0;
}

int sink_open(struct sink *s, const char *const *gateways, unsigned int n)
{
	unsigned int i;
	int err = 0;

	s->skel = bench_wire__open_and_load();
	if (!s->skel)
		return -errno;
	for (i = 0; !err && i < n; i++) {
		err = sink_attach(s, gateways[i], false);
		err = err ?: sink_attach(s, gateways[i], true);
	}
	return err;
}

void sink_close(struct sink *s)
{
	bench_wire__destroy(s->skel);
}

void sink_expect(struct sink *s, uint32_t len)
{
	s->skel->bss->sink_len = len;
	s->skel->bss->sink_packets = 0;
}

uint64_t sink_count(const struct sink *s)
{
	return *(volatile __u64 *)&s->skel->bss->sink_packets;
}

int generator_open(struct generator *g, const struct frame *frame)
{
	g->frame = *frame;
	g->skel = bench_wire__open();
	if (!g->skel)
		return -errno;
	memcpy((void *)&g->skel->rodata->traffic, &frame->traffic, sizeof(frame->traffic));
	return bench_wire__load(g->skel);
}

void generator_close(struct generator *g)
{
	bench_wire__destroy(g->skel);
}

int generator_run(struct generator *g, const char *gateway, bool fabric, uint32_t frames, double *seconds)
{
	struct xdp_md ctx = { .data_end = g->frame.traffic.len, .ingress_ifindex = end_index(gateway, fabric) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = g->frame.b, .data_size_in = g->frame.traffic.len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int err = bpf_prog_test_run_opts(bpf_program__fd(g->skel->progs.generator), &opts);

	if (!err)
		*seconds = (opts.duration + 0.5) * frames / 1e9;
	else
		fprintf(stderr, "bench: generator of gateway '%s': %s\n", gateway, strerror(-err));
	return err;
}
