/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, MACs, prefixes and VLAN ids: the types, and their one way from and to text. */
#ifndef BLUEBIRD_ADDR_H
#define BLUEBIRD_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of these are plain bytes without holes: they are compared with memcmp and stored as they are. */
struct bb_addr {
	uint8_t family; /* 4, 6, or 0: unset */
	uint8_t b[16];	/* network order; IPv4 in the first four, the rest zero */
};

struct bb_prefix {
	struct bb_addr addr; /* host bits kept as written */
	uint8_t len;
};

struct bb_mac {
	uint8_t b[6];
};

/* 0 = untagged; with inner != 0, outer is 802.1ad and inner 802.1Q. */
struct bb_vid {
	uint16_t outer;
	uint16_t inner;
};

#define BB_ADDR_TEXT 46
#define BB_PREFIX_TEXT 50
#define BB_MAC_TEXT 18
#define BB_VID_TEXT 10

/*
 * Text to value. 0, or -EINVAL with the output untouched. Strict: no leading or trailing junk, no
 * shorthand ("10.1"), no leading zeros in IPv4 octets, no scope, no multicast or group MAC checks
 * (bb_addr_is_unicast, bb_mac_is_unicast are for that).
 */
int bb_addr_parse(const char *text, struct bb_addr *out);
int bb_prefix_parse(const char *text, struct bb_prefix *out);
int bb_mac_parse(const char *text, struct bb_mac *out);
int bb_vid_parse(const char *text, struct bb_vid *out); /* 0..4094, or A.B with A and B in 1..4094 */
int bb_u32_parse(const char *text, uint32_t min, uint32_t max, uint32_t *out); /* decimal only */

/* Value to text; buf must have the BB_*_TEXT size. Returns buf. Lower case, RFC 5952 for IPv6. */
const char *bb_addr_text(const struct bb_addr *a, char *buf);
const char *bb_prefix_text(const struct bb_prefix *p, char *buf);
const char *bb_mac_text(const struct bb_mac *m, char *buf);
const char *bb_vid_text(const struct bb_vid *v, char *buf);

/* Not unspecified, loopback, multicast, nor (IPv4) 0/8, class E or broadcast. */
bool bb_addr_is_unicast(const struct bb_addr *a);
/* Not zero, no group bit. */
bool bb_mac_is_unicast(const struct bb_mac *m);
/* IPv4 from and to the network-order word used in BPF maps. */
struct bb_addr bb_addr_from4(uint32_t be32);
uint32_t bb_addr_to4(const struct bb_addr *a);

#endif
