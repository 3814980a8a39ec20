/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration in BPF maps: typed verbs over ports, attachments, VRFs, endpoints, peers and next hops. */
#ifndef BLUEBIRD_TABLES_H
#define BLUEBIRD_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/dataplane.h"
#include "lib/model.h"

struct tables;

/* Reads back what adopted maps hold (counter blocks, generations, next hops). */
int tables_open(struct tables **out, struct dataplane *dp, struct bb_error *err);
void tables_close(struct tables **t);

/*
 * All of these write the map before they return, 0 or -errno (-ENOSPC: a table is full, text in err where
 * there is one). Setting what is already so is cheap and harmless: a start sets everything again.
 */
int tables_set_vtep(struct tables *t, const struct bb_vtep *vtep); /* null: none */

/* A port that exists as a device. Its counters live on from an earlier device of that port. */
int tables_set_port(struct tables *t, const struct bb_port *port, uint32_t ifindex, uint32_t mtu, struct bb_error *err);
/* The device is gone or detached: no way out by it, counters stay. */
void tables_port_down(struct tables *t, const struct bb_port *port);
/* The port leaves the configuration, its counters too. */
void tables_del_port(struct tables *t, const struct bb_port *port);

int tables_set_vrf(struct tables *t, const struct bb_vrf *vrf, struct bb_error *err);
void tables_del_vrf(struct tables *t, const struct bb_vrf *vrf);

/* `port` and `vrf` are the records that the attachment names. */
int tables_set_attach(struct tables *t, const struct bb_attach *attach, uint16_t port, uint16_t vrf, struct bb_error *err);
void tables_del_attach(struct tables *t, const struct bb_attach *attach, uint16_t port, uint16_t vrf);
int tables_set_gateways(struct tables *t, const struct bb_attach *old, const struct bb_attach *new);

int tables_set_endpoint(struct tables *t, uint16_t vrf, const struct bb_endpoint *ep, uint16_t attach);
void tables_del_endpoint(struct tables *t, uint16_t vrf, const struct bb_addr *ca);
int tables_set_peer(struct tables *t, uint16_t vrf, const struct bb_addr *pa, bool present);

/* Which PA has this number, and through which next hop it goes (0: none). */
int tables_set_remote(struct tables *t, uint32_t remote, const struct bb_addr *pa, uint32_t nexthop);
int tables_set_nexthop(struct tables *t, uint32_t index, const struct bb_nexthop *nh);
/* State of a remote's next hop; any thread. */
enum bb_nexthop_state tables_remote_state(const struct tables *t, uint32_t remote);
enum bb_nexthop_state tables_nexthop_state(const struct tables *t, uint32_t index);

/* A VRF's generation: answers of another one are void. Bumping it voids them all, at once. Any thread. */
uint32_t tables_generation(const struct tables *t, uint16_t vrf);
int tables_bump_generation(struct tables *t, uint16_t vrf);

/* Removes attachments, and their gateways, that have not been set since tables_open. */
void tables_prune_attachments(struct tables *t);
/* Removes all gateway addresses: adopted ones that may be out of date. */
void tables_clear_gateways(struct tables *t);
/* Highest next hop that a remote of the adopted maps uses: new ones shall begin behind it. */
uint32_t tables_last_nexthop(const struct tables *t);
/* Removes entries of adopted hash maps that `keep` does not know (an earlier daemon died before it could). */
int tables_prune_endpoints(struct tables *t, bool (*keep)(uint16_t vrf, uint32_t ca, void *arg), void *arg);
int tables_prune_peers(struct tables *t, bool (*keep)(uint16_t vrf, uint32_t pa, void *arg), void *arg);

/*
 * Counters: calls `each` for every block in use with the sum over CPUs; vrf is 0 for frames without a VRF.
 * Stops at non-zero.
 */
int tables_each_block(struct tables *t, int (*each)(uint16_t port, uint16_t vrf, const struct bb_block *sum, void *arg),
		      void *arg);

#endif
