// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, MACs, prefixes and VLAN ids from and to text, strictly. */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int bb_u32_parse(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return -EINVAL;
	}
	if (value < min || value > max)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

int bb_addr_parse(const char *text, struct bb_addr *out)
{
	struct bb_addr addr = { .family = strchr(text, ':') ? 6 : 4 };

	/* inet_pton is as strict as we want: four octets, no leading zeros, no scope. */
	if (inet_pton(addr.family == 6 ? AF_INET6 : AF_INET, text, addr.b) != 1)
		return -EINVAL;
	*out = addr;
	return 0;
}

int bb_prefix_parse(const char *text, struct bb_prefix *out)
{
	const char *slash = strchr(text, '/');
	char buf[BB_ADDR_TEXT];
	struct bb_prefix prefix;
	size_t n;
	uint32_t len;

	if (!slash)
		return -EINVAL;
	n = (size_t)(slash - text);
	if (n >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, n);
	buf[n] = '\0';
	if (bb_addr_parse(buf, &prefix.addr) || bb_u32_parse(slash + 1, 0, prefix.addr.family == 6 ? 128 : 32, &len))
		return -EINVAL;
	prefix.len = (uint8_t)len;
	*out = prefix;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int bb_mac_parse(const char *text, struct bb_mac *out)
{
	struct bb_mac mac;

	for (int i = 0; i < 6; i++, text += 3) {
		/* Left to right, so that a short text is never read past its end. */
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac.b[i] = (uint8_t)(high << 4 | low);
	}
	*out = mac;
	return 0;
}

int bb_vid_parse(const char *text, struct bb_vid *out)
{
	const char *dot = strchr(text, '.');
	char buf[BB_VID_TEXT];
	uint32_t outer, inner;
	size_t n;

	if (!dot) {
		if (bb_u32_parse(text, 0, 4094, &outer))
			return -EINVAL;
		*out = (struct bb_vid){ .outer = (uint16_t)outer };
		return 0;
	}
	n = (size_t)(dot - text);
	if (n >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, text, n);
	buf[n] = '\0';
	if (bb_u32_parse(buf, 1, 4094, &outer) || bb_u32_parse(dot + 1, 1, 4094, &inner))
		return -EINVAL;
	*out = (struct bb_vid){ .outer = (uint16_t)outer, .inner = (uint16_t)inner };
	return 0;
}

const char *bb_addr_text(const struct bb_addr *a, char *buf)
{
	buf[0] = '\0';
	if (a->family)
		inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->b, buf, BB_ADDR_TEXT);
	return buf;
}

const char *bb_prefix_text(const struct bb_prefix *p, char *buf)
{
	char addr[BB_ADDR_TEXT];

	snprintf(buf, BB_PREFIX_TEXT, "%s/%u", bb_addr_text(&p->addr, addr), p->len);
	return buf;
}

const char *bb_mac_text(const struct bb_mac *m, char *buf)
{
	snprintf(buf, BB_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m->b[0], m->b[1], m->b[2], m->b[3], m->b[4],
		 m->b[5]);
	return buf;
}

const char *bb_vid_text(const struct bb_vid *v, char *buf)
{
	/* The mask is the type's range in fact, and tells the compiler that the text fits. */
	if (v->inner)
		snprintf(buf, BB_VID_TEXT, "%u.%u", v->outer & 0xfffU, v->inner & 0xfffU);
	else
		snprintf(buf, BB_VID_TEXT, "%u", v->outer & 0xfffU);
	return buf;
}

static bool unicast4(const uint8_t *b)
{
	return b[0] != 0 && b[0] != 127 && b[0] < 224;
}

static bool unicast6(const uint8_t *b)
{
	static const uint8_t zero[15];

	if (b[0] == 0xff)
		return false;
	return memcmp(b, zero, sizeof(zero)) != 0 || b[15] > 1;
}

bool bb_addr_is_unicast(const struct bb_addr *a)
{
	switch (a->family) {
	case 4:
		return unicast4(a->b);
	case 6:
		return unicast6(a->b);
	default:
		return false;
	}
}

bool bb_mac_is_unicast(const struct bb_mac *m)
{
	static const struct bb_mac zero;

	return !(m->b[0] & 1) && memcmp(m, &zero, sizeof(zero)) != 0;
}

struct bb_addr bb_addr_from4(uint32_t be32)
{
	struct bb_addr addr = { .family = 4 };

	memcpy(addr.b, &be32, sizeof(be32));
	return addr;
}

uint32_t bb_addr_to4(const struct bb_addr *a)
{
	uint32_t be32;

	memcpy(&be32, a->b, sizeof(be32));
	return be32;
}
