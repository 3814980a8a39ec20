/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of programs, maps and links: load or adopt, pin, attach, replace, tear down. Only user of the skeleton. */
#ifndef BLUEBIRD_DATAPLANE_H
#define BLUEBIRD_DATAPLANE_H

#include <stdbool.h>
#include <stdint.h>

#include "bluebird/abi.h"
#include "lib/error.h"
#include "lib/model.h"

/* X(map): every map of the skeleton. */
#define DP_MAPS(X)                                                                                 \
	X(state) X(vtep) X(ifindex_port) X(ports) X(port_vids) X(attachments) X(vrfs) X(vni_vrf)   \
	X(gateways) X(endpoints4) X(peers4) X(cache4) X(negatives4) X(remotes) X(nexthops)         \
	X(tx_ports) X(counters) X(budgets) X(rings)

enum dp_map {
#define DP_MAP_ENUM(map) DP_##map,
	DP_MAPS(DP_MAP_ENUM)
#undef DP_MAP_ENUM
	DP_MAP_COUNT,
};

/* X(switch, default): rodata that gates parts of the programs. */
#define DP_SWITCHES(X) X(source_check) X(pa_check) X(qos) X(budget) X(seen)

struct dp_config {
	const char *pin_dir; /* null: nothing is pinned (packet tests) */
	uint32_t cache_entries; /* of the kernel's LRU map */
	uint32_t switches_off; /* bit i: switch i of DP_SWITCHES is off */
};

enum dp_program { DP_PROG_ACCESS, DP_PROG_FABRIC, DP_PROG_INJECT };

struct dataplane;

/*
 * Loads the object; maps that are pinned under pin_dir with the same ABI are adopted, the others made new and
 * pinned. Attached links still run the old programs until dataplane_attach replaces them.
 * -EINVAL with text: pin_dir is not on a bpffs; -EBUSY: another daemon uses it; -EPERM and others from the load.
 */
int dataplane_open(struct dataplane **out, const struct dp_config *config, struct bb_error *err);
/* Closes file descriptors; what is pinned goes on. */
void dataplane_close(struct dataplane **dp);
/* Were the maps adopted from an earlier run? */
bool dataplane_adopted(const struct dataplane *dp);
uint32_t dataplane_cache_entries(const struct dataplane *dp);

int dataplane_map_fd(const struct dataplane *dp, enum dp_map map);
int dataplane_prog_fd(const struct dataplane *dp, enum dp_program prog);
/* The mmapped arrays: one aligned store changes what the programs see. */
struct bb_state *dataplane_state(struct dataplane *dp);
struct bb_page *dataplane_port_vids(struct dataplane *dp);
struct bb_page *dataplane_vni_vrf(struct dataplane *dp);
/* The miss ring of one CPU: a new fd, or -errno; *count is the number of rings. */
int dataplane_ring_fd(const struct dataplane *dp, unsigned int cpu);
unsigned int dataplane_rings(const struct dataplane *dp);

/*
 * Attaches the program of the port's role to the device, or replaces the program on our pinned link atomically.
 * -EBUSY: somebody else's XDP is there; -EOPNOTSUPP: the driver cannot do the mode. `err` says what to do.
 */
int dataplane_attach(struct dataplane *dp, const struct bb_port *port, uint32_t ifindex, struct bb_error *err);
/* Program id on our link of that port, 0 if there is none or its device is gone. */
uint32_t dataplane_link_prog(const struct dataplane *dp, uint16_t port);
void dataplane_detach(struct dataplane *dp, uint16_t port);
/* The injection port's inner end; not pinned, it goes with the daemon. */
int dataplane_attach_inject(struct dataplane *dp, uint32_t ifindex, struct bb_error *err);

/*
 * A larger cache: loads anew with a cache4 of `entries`, copies the entries, replaces the programs on all links.
 * The caller keeps everybody from writing to the cache meanwhile.
 */
int dataplane_resize_cache(struct dataplane *dp, uint32_t entries, struct bb_error *err);
/* Detaches everything and removes all pins and the pin directory. */
void dataplane_teardown(struct dataplane *dp);

#endif
