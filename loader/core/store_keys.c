// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's keys: to bytes whose order is the natural one, and back. */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "core/store_impl.h"

static void append(struct store_key *k, const void *b, size_t len)
{
	assert(k->len + len <= sizeof(k->b));
	memcpy(k->b + k->len, b, len);
	k->len += len;
}

static void append16(struct store_key *k, uint16_t v)
{
	v = htobe16(v);
	append(k, &v, sizeof(v));
}

static void append32(struct store_key *k, uint32_t v)
{
	v = htobe32(v);
	append(k, &v, sizeof(v));
}

static size_t addr_bytes(uint8_t family)
{
	return family == 4 ? 4 : family == 6 ? 16 : 0;
}

/* The family stands first: IPv4 sorts before IPv6, and no address is the beginning of another. */
static void append_addr(struct store_key *k, const struct bb_addr *addr)
{
	append(k, &addr->family, 1);
	append(k, addr->b, addr_bytes(addr->family));
}

void key_text(struct store_key *k, const char *text, size_t size)
{
	k->len = 0;
	append(k, text, strnlen(text, size));
}

void key_id(struct store_key *k, uint32_t id)
{
	k->len = 0;
	append32(k, id);
}

void key_vrf(struct store_key *k, uint16_t vrf)
{
	k->len = 0;
	append16(k, vrf);
}

void key_addr(struct store_key *k, const struct bb_addr *addr)
{
	k->len = 0;
	append_addr(k, addr);
}

void key_vrf_addr(struct store_key *k, uint16_t vrf, const struct bb_addr *addr)
{
	key_vrf(k, vrf);
	append_addr(k, addr);
}

/* Of fixed width, so that "eth1" is no prefix of "eth10". */
void key_port(struct store_key *k, const char *dev)
{
	char fixed[BB_DEV_LEN] = { 0 };

	memcpy(fixed, dev, strnlen(dev, sizeof(fixed)));
	k->len = 0;
	append(k, fixed, sizeof(fixed));
}

void key_attach(struct store_key *k, const char *dev, const struct bb_vid *vid)
{
	key_port(k, dev);
	append16(k, vid->outer);
	append16(k, vid->inner);
}

void key_vrf_attach(struct store_key *k, uint16_t vrf, uint16_t attach)
{
	key_vrf(k, vrf);
	append16(k, attach);
}

void key_gateway(struct store_key *k, uint16_t vrf, const struct bb_addr *addr, uint16_t attach)
{
	key_vrf_addr(k, vrf, addr);
	append16(k, attach);
}

void key_attach_endpoint(struct store_key *k, uint16_t attach, uint16_t vrf, const struct bb_addr *ca)
{
	k->len = 0;
	append16(k, attach);
	append16(k, vrf);
	append_addr(k, ca);
}

static uint16_t read16(const void *b)
{
	uint16_t v;

	memcpy(&v, b, sizeof(v));
	return be16toh(v);
}

int key_read_id(const void *b, size_t len, uint32_t *id)
{
	uint32_t v;

	if (len != sizeof(v))
		return -EUCLEAN;
	memcpy(&v, b, sizeof(v));
	*id = be32toh(v);
	return 0;
}

int key_read_addr(const void *b, size_t len, struct bb_addr *addr)
{
	const uint8_t *p = b;
	size_t bytes = len ? addr_bytes(p[0]) : 0;

	if (!bytes || len != 1 + bytes)
		return -EUCLEAN;
	memset(addr, 0, sizeof(*addr));
	addr->family = p[0];
	memcpy(addr->b, p + 1, bytes);
	return 0;
}

int key_read_vrf_addr(const void *b, size_t len, uint16_t *vrf, struct bb_addr *addr)
{
	int rc;

	if (len < sizeof(*vrf))
		return -EUCLEAN;
	rc = key_read_addr((const uint8_t *)b + sizeof(*vrf), len - sizeof(*vrf), addr);
	if (!rc)
		*vrf = read16(b);
	return rc;
}

int key_read_attach(const void *b, size_t len, char dev[BB_DEV_LEN], struct bb_vid *vid)
{
	const char *p = b;

	if (len != STORE_ATTACH_KEY || p[BB_DEV_LEN - 1])
		return -EUCLEAN;
	memcpy(dev, p, BB_DEV_LEN);
	vid->outer = read16(p + BB_DEV_LEN);
	vid->inner = read16(p + BB_DEV_LEN + 2);
	return 0;
}
