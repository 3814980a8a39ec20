// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds frames from layers, back to front, so that lengths and checksums are known when they are written. */
#include "builder.h"

#include <stdlib.h>
#include <string.h>

#include "bluebird/abi.h"

#define PORT_MIN 49152 /* of the tunnel's source ports */
#define VXLAN_I 0x08000000u

static const char *const layer_names[] = {
	[L_ETH] = "ethernet", [L_VLAN] = "vlan", [L_ARP] = "arp",   [L_IP4] = "ipv4",
	[L_UDP] = "udp",      [L_TCP] = "tcp",	 [L_VXLAN] = "vxlan", [L_DATA] = "data",
	[L_PAD] = "padding",  [L_INNER_PAD] = "inner padding", [L_INJECT] = "inject header",
};

uint16_t be16_at(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)be16_at(p) << 16 | be16_at(p + 2);
}

void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, v >> 16);
	put_be16(p + 2, v);
}

static void put_mac(uint8_t *p, uint64_t mac)
{
	put_be16(p, mac >> 32);
	put_be32(p + 2, mac);
}

/* RFC 1071, the plain way. */
static uint32_t sum(const uint8_t *p, size_t len, uint32_t start)
{
	for (; len > 1; len -= 2, p += 2)
		start += be16_at(p);
	return len ? start + (p[0] << 8) : start;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static size_t layer_size(const struct layer *l)
{
	switch (l->kind) {
	case L_ETH:
		return 14;
	case L_VLAN:
		return 4;
	case L_ARP:
		return 28;
	case L_IP4:
		return 20 + l->ip4.options;
	case L_UDP:
	case L_VXLAN:
		return 8;
	case L_TCP:
		return 20;
	case L_DATA:
	case L_PAD:
	case L_INNER_PAD:
		return l->data.len;
	case L_INJECT:
		return sizeof(struct bb_inject);
	case L_END:
		break;
	}
	return 0;
}

/* Is this layer within an IP packet that began before it? `inner`: that packet is inside a tunnel. */
static bool is_within(const struct layer *l, bool inner)
{
	return l->kind != L_PAD && (l->kind != L_INNER_PAD || !inner);
}

/* Bytes of layer i and all that its IP packet holds behind it. */
static size_t extent(const struct layer *layers, int i)
{
	bool inner = false;
	size_t n = 0;

	for (int k = 0; k < i; k++)
		inner |= layers[k].kind == L_VXLAN;
	for (int k = i; layers[k].kind != L_END; k++)
		if (is_within(&layers[k], inner))
			n += layer_size(&layers[k]);
	return n;
}

/* The type that announces this layer. */
static uint16_t type_of(const struct layer *l)
{
	switch (l->kind) {
	case L_VLAN:
		return l->vlan.tpid ? l->vlan.tpid : 0x8100;
	case L_ARP:
		return 0x0806;
	default:
		return 0x0800;
	}
}

static void build_vlan(uint8_t *p, const struct layer *l)
{
	put_be16(p, l->vlan.tci);
	put_be16(p + 2, l->vlan.type ? l->vlan.type : type_of(l + 1));
}

static void build_eth(uint8_t *p, const struct layer *l)
{
	put_mac(p, l->eth.dst);
	put_mac(p + 6, l->eth.src);
	put_be16(p + 12, l->eth.type ? l->eth.type : type_of(l + 1));
}

static void build_arp(uint8_t *p, const struct layer *l)
{
	put_be16(p, 1 + l->arp.hrd_add);
	put_be16(p + 2, 0x0800 + l->arp.pro_add);
	p[4] = 6 + l->arp.hln_add;
	p[5] = 4 + l->arp.pln_add;
	put_be16(p + 6, l->arp.op);
	put_mac(p + 8, l->arp.sha);
	put_be32(p + 14, l->arp.spa);
	put_mac(p + 18, l->arp.tha);
	put_be32(p + 24, l->arp.tpa);
}

static uint8_t proto_of(const struct layer *l)
{
	if (l->ip4.proto)
		return l->ip4.proto;
	return l[1].kind == L_TCP ? IPPROTO_TCP : IPPROTO_UDP;
}

static void build_ip4(uint8_t *p, const struct layer *l, size_t len)
{
	size_t header = layer_size(l);

	p[0] = (l->ip4.version ? l->ip4.version : 4) << 4 | (header / 4 + l->ip4.ihl_add);
	p[1] = l->ip4.tos;
	put_be16(p + 2, len + l->ip4.tot_add);
	put_be16(p + 4, l->ip4.id);
	put_be16(p + 6, l->ip4.frag);
	p[8] = l->ip4.ttl ? (l->ip4.ttl == TTL_ZERO ? 0 : l->ip4.ttl) : 64;
	p[9] = proto_of(l);
	put_be32(p + 12, l->ip4.src);
	put_be32(p + 16, l->ip4.dst);
	memset(p + 20, 1, l->ip4.options); /* no-operation */
	put_be16(p + 10, fold(sum(p, header, 0)));
}

static uint16_t l4_csum(const uint8_t *p, size_t len, const struct layer *ip)
{
	uint32_t s = proto_of(ip) + len;

	s += (ip->ip4.src >> 16) + (ip->ip4.src & 0xffff) + (ip->ip4.dst >> 16) + (ip->ip4.dst & 0xffff);
	return fold(sum(p, len, s));
}

static void build_udp(uint8_t *p, const struct layer *l, size_t len, const struct layer *ip)
{
	uint16_t check;

	put_be16(p, l->udp.src);
	put_be16(p + 2, l->udp.dst);
	put_be16(p + 4, len + l->udp.len_add);
	if (l->udp.no_csum || !ip)
		return;
	check = l4_csum(p, len, ip);
	put_be16(p + 6, check ? check : 0xffff);
}

static void build_tcp(uint8_t *p, const struct layer *l, size_t len, const struct layer *ip)
{
	put_be16(p, l->tcp.src);
	put_be16(p + 2, l->tcp.dst);
	put_be32(p + 4, 0x01020304);
	p[12] = 5 << 4;
	p[13] = 0x18; /* PSH, ACK */
	put_be16(p + 14, 512);
	if (ip)
		put_be16(p + 16, l4_csum(p, len, ip));
}

static void build_vxlan(uint8_t *p, const struct layer *l)
{
	put_be32(p, VXLAN_I ^ l->vxlan.flags_xor);
	put_be32(p + 4, l->vxlan.vni << 8 | l->vxlan.reserved);
}

static void build_inject(uint8_t *p, const struct layer *l)
{
	struct bb_inject head = {
		.ethertype = htons(BB_INJECT_ETHERTYPE ^ l->inject.type_xor),
		.port = l->inject.port,
		.magic = BB_INJECT_MAGIC ^ l->inject.magic_xor,
		.runs = l->inject.runs,
	};

	memcpy(p, &head, sizeof(head));
}

static void build_data(uint8_t *p, const struct layer *l)
{
	for (uint32_t i = 0; i < l->data.len; i++)
		p[i] = l->kind == L_DATA ? 'a' + (i + l->data.seed + i / 256) % 26 : 0xee;
}

/* The IP layer that layer i lies in. */
static const struct layer *ip_before(const struct layer *layers, int i)
{
	while (i-- > 0)
		if (layers[i].kind == L_IP4)
			return &layers[i];
	return NULL;
}

static void build_layer(uint8_t *p, const struct layer *layers, int i)
{
	const struct layer *l = &layers[i], *ip = ip_before(layers, i);
	size_t len = extent(layers, i);

	switch (l->kind) {
	case L_ETH:
		return build_eth(p, l);
	case L_VLAN:
		return build_vlan(p, l);
	case L_ARP:
		return build_arp(p, l);
	case L_IP4:
		return build_ip4(p, l, len);
	case L_UDP:
		return build_udp(p, l, len, ip);
	case L_TCP:
		return build_tcp(p, l, len, ip);
	case L_VXLAN:
		return build_vxlan(p, l);
	case L_INJECT:
		return build_inject(p, l);
	case L_DATA:
	case L_PAD:
	case L_INNER_PAD:
		return build_data(p, l);
	case L_END:
		return;
	}
}

static void frame_append(struct frame *f, const struct layer *l)
{
	size_t size = layer_size(l);

	if (f->len + size > FRAME_BYTES || f->layers == FRAME_LAYERS) {
		fprintf(stderr, "a frame of a test does not fit\n");
		abort();
	}
	if (l->kind == L_UDP && l->udp.src == ANY_PORT)
		f->any_port = f->len;
	f->layer[f->layers].kind = l->kind;
	f->layer[f->layers].off = f->len;
	f->layer[f->layers++].len = size;
	f->len += size;
}

void frame_build(struct frame *f, const struct layer *layers)
{
	memset(f, 0, sizeof(*f));
	for (const struct layer *l = layers; l->kind != L_END; l++)
		frame_append(f, l);
	for (int i = f->layers; i-- > 0;)
		build_layer(f->bytes + f->layer[i].off, layers, i);
}

void frame_take_port(struct frame *want, const uint8_t *got, size_t len)
{
	size_t off = want->any_port;

	if (off && off + 2 <= len && be16_at(got + off) >= PORT_MIN)
		memcpy(want->bytes + off, got + off, 2);
}

static void print_bytes(FILE *to, const char *title, const uint8_t *p, size_t len)
{
	fprintf(to, "    %s", title);
	for (size_t i = 0; i < len && i < 48; i++)
		fprintf(to, "%s%02x", i % 4 ? "" : " ", p[i]);
	fprintf(to, "%s\n", len > 48 ? " ..." : "");
}

void frame_diff(FILE *to, const struct frame *want, const uint8_t *got, size_t len)
{
	if (want->len != len)
		fprintf(to, "  length %zu, expected %zu\n", len, want->len);
	for (int i = 0; i < want->layers; i++) {
		size_t off = want->layer[i].off, n = want->layer[i].len;
		size_t there = off >= len ? 0 : len - off < n ? len - off : n;

		if (there == n && !memcmp(want->bytes + off, got + off, n))
			continue;
		fprintf(to, "  %s at %zu\n", layer_names[want->layer[i].kind], off);
		print_bytes(to, "expected", want->bytes + off, n);
		print_bytes(to, "got     ", got + off, there);
	}
}
