// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads the plain forward and attaches it. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "forward.h"
#include "plan.h"
#include "bench_forward.skel.h"

static int attach(struct bench_forward *f, struct bpf_program *prog, uint32_t slot, const char *dev)
{
	unsigned int ifindex = if_nametoindex(dev);
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int fd, err;

	if (!ifindex)
		return -ENODEV;
	err = bpf_map_update_elem(bpf_map__fd(f->maps.ports), &slot, &ifindex, BPF_ANY);
	if (err)
		return err;
	fd = bpf_link_create(bpf_program__fd(prog), ifindex, BPF_XDP, &opts);
	return fd < 0 ? fd : 0;
}

int forward_open(const char *access, const char *fabric)
{
	struct plan_mac dmac = plan_mac(PLAN_MAC_UNDERLAY, 1), smac = plan_mac(PLAN_MAC_UNDERLAY, 0);
	struct bench_forward *f = bench_forward__open();
	int err;

	if (!f)
		return -errno;
	memcpy((void *)f->rodata->dmac, dmac.b, sizeof(dmac.b));
	memcpy((void *)f->rodata->smac, smac.b, sizeof(smac.b));
	err = bench_forward__load(f);
	err = err ?: attach(f, f->progs.to_fabric, 0, access);
	err = err ?: attach(f, f->progs.to_access, 1, fabric);
	if (err)
		fprintf(stderr, "bench: plain forward: %s\n", strerror(-err));
	return err;
}
