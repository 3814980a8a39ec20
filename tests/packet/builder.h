/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from lists of layers, with checksums of its own, and the difference of two frames by layer. */
#ifndef BLUEBIRD_TESTS_PACKET_BUILDER_H
#define BLUEBIRD_TESTS_PACKET_BUILDER_H

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FRAME_BYTES 9600
#define FRAME_LAYERS 16

#define ANY_PORT 0     /* a UDP source port that only has to be in the tunnel's range */
#define TTL_ZERO (-1)  /* 0 stands for 64 */
#define IP_DF_BIT 0x4000
#define IP_MF_BIT 0x2000

enum layer_kind { L_END, L_ETH, L_VLAN, L_ARP, L_IP4, L_UDP, L_TCP, L_VXLAN, L_DATA, L_PAD, L_INNER_PAD, L_INJECT };

/*
 * Addresses and MACs are numbers. Types, protocols, lengths and checksums that are 0 here follow from the other
 * layers; `*_add` makes them wrong by that much.
 */
struct layer {
	enum layer_kind kind;
	union {
		struct {
			uint64_t dst, src;
			uint16_t type;
		} eth;
		struct {
			uint16_t tpid, tci, type;
		} vlan;
		struct {
			uint16_t op;
			uint64_t sha, tha;
			uint32_t spa, tpa;
			int hrd_add, pro_add, hln_add, pln_add;
		} arp;
		struct {
			uint32_t src, dst;
			uint8_t tos, proto, version;
			int16_t ttl;
			uint16_t id, frag, options;
			int tot_add, ihl_add;
		} ip4;
		struct {
			uint16_t src, dst;
			int len_add;
			bool no_csum;
		} udp;
		struct {
			uint16_t src, dst;
		} tcp;
		struct {
			uint32_t vni, flags_xor;
			uint8_t reserved;
		} vxlan;
		struct {
			uint32_t len;
			uint8_t seed;
		} data; /* also of both kinds of padding */
		struct {
			uint16_t port;
			uint8_t runs;
			uint32_t magic_xor;
			uint16_t type_xor;
		} inject;
	};
};

#define L(...) (const struct layer[]){ __VA_ARGS__, { .kind = L_END } }
#define ETH(d, s, ...) { .kind = L_ETH, .eth = { .dst = (d), .src = (s), ##__VA_ARGS__ } }
#define VLAN(vid, ...) { .kind = L_VLAN, .vlan = { .tci = (vid), ##__VA_ARGS__ } }
#define ARP(o, sm, si, tm, ti, ...)                                                                                   \
	{ .kind = L_ARP, .arp = { .op = (o), .sha = (sm), .spa = (si), .tha = (tm), .tpa = (ti), ##__VA_ARGS__ } }
#define IP4(s, d, ...) { .kind = L_IP4, .ip4 = { .src = (s), .dst = (d), ##__VA_ARGS__ } }
#define UDP(s, d, ...) { .kind = L_UDP, .udp = { .src = (s), .dst = (d), ##__VA_ARGS__ } }
#define TCP(s, d) { .kind = L_TCP, .tcp = { .src = (s), .dst = (d) } }
#define VXLAN(v, ...) { .kind = L_VXLAN, .vxlan = { .vni = (v), ##__VA_ARGS__ } }
#define DATA(n, ...) { .kind = L_DATA, .data = { .len = (n), ##__VA_ARGS__ } }
/* Behind all IP packets, and behind the inner but within the outer one. */
#define PAD(n) { .kind = L_PAD, .data = { .len = (n) } }
#define INNER_PAD(n) { .kind = L_INNER_PAD, .data = { .len = (n) } }
#define INJECT(p, r, ...) { .kind = L_INJECT, .inject = { .port = (p), .runs = (r), ##__VA_ARGS__ } }

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t len;
	size_t any_port; /* offset of a source port that is ANY_PORT, or 0 */
	int layers;
	struct {
		enum layer_kind kind;
		size_t off, len;
	} layer[FRAME_LAYERS];
};

void frame_build(struct frame *f, const struct layer *layers);
/* Takes the tunnel's source port from `got` if it is in range, so that both compare equal. */
void frame_take_port(struct frame *want, const uint8_t *got, size_t len);
/* Prints the layers of `want` in which `got` differs. */
void frame_diff(FILE *to, const struct frame *want, const uint8_t *got, size_t len);

uint16_t be16_at(const uint8_t *p);
uint32_t be32_at(const uint8_t *p);
void put_be16(uint8_t *p, uint16_t v);
void put_be32(uint8_t *p, uint32_t v);

#endif
