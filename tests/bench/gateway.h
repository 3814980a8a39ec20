/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bluebird's own BPF object, loaded and filled without the daemon, for runs of the program alone. */
#ifndef BENCH_GATEWAY_H
#define BENCH_GATEWAY_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "bluebird/reasons.h"

struct gateway {
	struct bpf_object *obj;
	int access; /* program fds */
	int fabric;
};

struct gateway_conf {
	const char *object;	 /* path */
	const char *const *off;	 /* switches (cfg_*) to turn off, ends with null */
	uint16_t vid;		 /* of the servers' attachment */
	uint32_t vms;		 /* mappings, all cached */
	uint32_t cache_size;	 /* configured */
};

#define GATEWAY_ACCESS_PORT 1
#define GATEWAY_FABRIC_PORT 2

/* 0 or -errno, said on stderr. */
int gateway_open(struct gateway *gw, const struct gateway_conf *conf);
void gateway_close(struct gateway *gw);
/* BPF_PROG_RUN's frames come in by the loopback device: it becomes this port. */
int gateway_ingress(struct gateway *gw, uint32_t port);
/* Frames counted by that reason in any block, all CPUs. */
uint64_t gateway_count(struct gateway *gw, enum bb_reason reason);

#endif
