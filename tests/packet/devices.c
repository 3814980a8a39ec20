// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the veth pairs. Each carries a program that passes all, for only then its queue is known to XDP. */
#include "devices.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[DEVS] = { "acc0", "acc1", "fab0", "fab1", "other" };
static uint32_t indices[DEVS];

uint32_t device_index(enum dev dev)
{
	return indices[dev];
}

const char *device_name(enum dev dev)
{
	return names[dev];
}

static int pass_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL);
}

static int make(enum dev dev, int prog)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "ip link add %s type veth peer name %s-far && ip link set %s up && "
		 "ip link set %s-far up", names[dev], names[dev], names[dev], names[dev]);
	if (system(cmd)) {
		fprintf(stderr, "cannot make device %s\n", names[dev]);
		return -1;
	}
	indices[dev] = if_nametoindex(names[dev]);
	if (bpf_xdp_attach(indices[dev], prog, XDP_FLAGS_DRV_MODE, NULL)) {
		fprintf(stderr, "cannot attach XDP to device %s\n", names[dev]);
		return -1;
	}
	return 0;
}

int devices_make(void)
{
	int prog, rc = 0;

	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		return -1;
	}
	prog = pass_program();
	if (prog < 0) {
		perror("cannot load a program");
		return -1;
	}
	for (int dev = 0; dev < DEVS && !rc; dev++)
		rc = make(dev, prog);
	close(prog);
	return rc;
}
