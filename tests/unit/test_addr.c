// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses from and to text: what is taken, in which form it comes back, and what is refused untouched. */
#include <errno.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/model.h"
#include "suites.h"

/* text == NULL: refused. */
struct text_case {
	const char *in;
	const char *text;
};

static const struct text_case addrs[] = {
	{ "192.168.10.2", "192.168.10.2" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "0:0:0:0:0:0:0:0", "::" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "", NULL },
	{ "10.1", NULL },
	{ "10.1.2.3.4", NULL },
	{ "300.1.1.1", NULL },
	{ "10.0.0.256", NULL },
	{ "010.0.0.1", NULL },
	{ "10.0.0.01", NULL },
	{ "10.0.0.1 ", NULL },
	{ " 10.0.0.1", NULL },
	{ "10.0.0.1x", NULL },
	{ "10.0.0.1/24", NULL },
	{ "0x0a000001", NULL },
	{ "167772161", NULL },
	{ "fe80::1%eth0", NULL },
	{ "2001:db8::1::2", NULL },
	{ "12345::1", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ ":", NULL },
	{ "gateway", NULL },
};

START_TEST(addr_text)
{
	const struct text_case *c = &addrs[_i];
	struct bb_addr addr, before;
	char buf[BB_ADDR_TEXT];

	memset(&addr, 0xaa, sizeof(addr));
	before = addr;
	if (c->text) {
		ck_assert_int_eq(bb_addr_parse(c->in, &addr), 0);
		ck_assert_str_eq(bb_addr_text(&addr, buf), c->text);
	} else {
		ck_assert_int_eq(bb_addr_parse(c->in, &addr), -EINVAL);
		ck_assert_mem_eq(&addr, &before, sizeof(addr));
	}
}
END_TEST

START_TEST(addr_bytes)
{
	static const struct bb_addr v4 = { 4, { 192, 0, 2, 1 } };
	static const struct bb_addr v6 = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 7 } };
	struct bb_addr addr;

	memset(&addr, 0xaa, sizeof(addr));
	ck_assert_int_eq(bb_addr_parse("192.0.2.1", &addr), 0);
	ck_assert_mem_eq(&addr, &v4, sizeof(addr));
	ck_assert_int_eq(bb_addr_parse("2001:db8::7", &addr), 0);
	ck_assert_mem_eq(&addr, &v6, sizeof(addr));
}
END_TEST

START_TEST(addr_word)
{
	static const uint8_t bytes[] = { 10, 0, 0, 1 };
	struct bb_addr addr, parsed;
	uint32_t be32;

	memcpy(&be32, bytes, sizeof(be32));
	addr = bb_addr_from4(be32);
	ck_assert_int_eq(bb_addr_parse("10.0.0.1", &parsed), 0);
	ck_assert_mem_eq(&addr, &parsed, sizeof(addr));
	ck_assert_uint_eq(bb_addr_to4(&parsed), be32);
}
END_TEST

static const struct {
	const char *addr;
	bool unicast;
} unicasts[] = {
	{ "192.168.10.2", true }, { "1.0.0.0", true },	     { "223.255.255.255", true }, { "126.1.1.1", true },
	{ "128.0.0.1", true },	  { "169.254.1.1", true },   { "0.0.0.0", false },	  { "0.1.2.3", false },
	{ "127.0.0.1", false },	  { "224.0.0.1", false },    { "239.1.1.1", false },	  { "240.0.0.1", false },
	{ "255.255.255.255", false },
	{ "2001:db8::1", true },  { "fe80::1", true },	     { "::2", true },		  { "1::", true },
	{ "::", false },	  { "::1", false },	     { "ff02::1", false },	  { "ff00::", false },
};

START_TEST(addr_unicast)
{
	struct bb_addr addr;

	ck_assert_int_eq(bb_addr_parse(unicasts[_i].addr, &addr), 0);
	ck_assert_msg(bb_addr_is_unicast(&addr) == unicasts[_i].unicast, "%s", unicasts[_i].addr);
}
END_TEST

START_TEST(addr_unset)
{
	struct bb_addr addr = { 0 };
	char buf[BB_ADDR_TEXT];

	ck_assert(!bb_addr_is_unicast(&addr));
	ck_assert_str_eq(bb_addr_text(&addr, buf), "");
}
END_TEST

static const struct text_case prefixes[] = {
	{ "192.168.10.1/24", "192.168.10.1/24" },
	{ "0.0.0.0/0", "0.0.0.0/0" },
	{ "10.0.0.1/32", "10.0.0.1/32" },
	{ "2001:DB8::1/64", "2001:db8::1/64" },
	{ "::/128", "::/128" },
	{ "1111:2222:3333:4444:5555:6666:7777:8888/128", "1111:2222:3333:4444:5555:6666:7777:8888/128" },
	{ "10.0.0.1", NULL },
	{ "10.0.0.1/", NULL },
	{ "/24", NULL },
	{ "10.0.0.1/33", NULL },
	{ "10.0.0.1/024", NULL },
	{ "10.0.0.1/-1", NULL },
	{ "10.0.0.1/24/24", NULL },
	{ "10.0.0.1/255.255.255.0", NULL },
	{ "10.0/16", NULL },
	{ "::/129", NULL },
	{ "11111111111111111111111111111111111111111111111111111111111111/24", NULL },
};

START_TEST(prefix_text)
{
	const struct text_case *c = &prefixes[_i];
	struct bb_prefix prefix, before;
	char buf[BB_PREFIX_TEXT];

	memset(&prefix, 0xaa, sizeof(prefix));
	before = prefix;
	if (c->text) {
		ck_assert_int_eq(bb_prefix_parse(c->in, &prefix), 0);
		ck_assert_str_eq(bb_prefix_text(&prefix, buf), c->text);
	} else {
		ck_assert_int_eq(bb_prefix_parse(c->in, &prefix), -EINVAL);
		ck_assert_mem_eq(&prefix, &before, sizeof(prefix));
	}
}
END_TEST

static const struct text_case macs[] = {
	{ "02:bb:00:12:34:56", "02:bb:00:12:34:56" },
	{ "AA:BB:CC:DD:EE:FF", "aa:bb:cc:dd:ee:ff" },
	{ "00:00:00:00:00:00", "00:00:00:00:00:00" },
	{ "", NULL },
	{ "02", NULL },
	{ "02:", NULL },
	{ "02:bb:00:12:34", NULL },
	{ "02:bb:00:12:34:5", NULL },
	{ "02:bb:00:12:34:567", NULL },
	{ "02:bb:00:12:34:56:78", NULL },
	{ "02-bb-00-12-34-56", NULL },
	{ "02bb.0012.3456", NULL },
	{ "2:bb:0:12:34:56", NULL },
	{ "0g:bb:00:12:34:56", NULL },
	{ " 02:bb:00:12:34:56", NULL },
	{ "02:bb:00:12:34:56 ", NULL },
};

START_TEST(mac_text)
{
	const struct text_case *c = &macs[_i];
	struct bb_mac mac, before;
	char buf[BB_MAC_TEXT];

	memset(&mac, 0xaa, sizeof(mac));
	before = mac;
	if (c->text) {
		ck_assert_int_eq(bb_mac_parse(c->in, &mac), 0);
		ck_assert_str_eq(bb_mac_text(&mac, buf), c->text);
	} else {
		ck_assert_int_eq(bb_mac_parse(c->in, &mac), -EINVAL);
		ck_assert_mem_eq(&mac, &before, sizeof(mac));
	}
}
END_TEST

START_TEST(mac_unicast)
{
	static const struct {
		struct bb_mac mac;
		bool unicast;
	} cases[] = {
		{ { { 0x02, 0xbb, 0, 0, 0, 1 } }, true }, { { { 0, 0, 0, 0, 0, 1 } }, true },
		{ { { 0 } }, false },			  { { { 0x01, 0, 0x5e, 0, 0, 1 } }, false },
		{ { { 0x33, 0x33, 0, 0, 0, 1 } }, false }, { { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ck_assert_msg(bb_mac_is_unicast(&cases[i].mac) == cases[i].unicast, "case %zu", i);
}
END_TEST

START_TEST(mac_of_vrf)
{
	static const struct bb_mac made = { { 0x02, 0xbb, 0x00, 0x12, 0x34, 0x56 } };
	static const struct bb_mac own = { { 0x02, 1, 2, 3, 4, 5 } };
	struct bb_vrf vrf = { .vni = 0x123456 };
	struct bb_mac mac = bb_vrf_mac(&vrf);

	ck_assert_mem_eq(&mac, &made, sizeof(mac));
	vrf.mac = own;
	mac = bb_vrf_mac(&vrf);
	ck_assert_mem_eq(&mac, &own, sizeof(mac));
}
END_TEST

static const struct text_case vids[] = {
	{ "0", "0" },	       { "1", "1" },	   { "400", "400" },	 { "4094", "4094" },	   { "100.400", "100.400" },
	{ "1.1", "1.1" },      { "4094.4094", "4094.4094" },
	{ "", NULL },	       { "4095", NULL },   { "65536", NULL },	 { "0400", NULL },	   { "-1", NULL },
	{ "400 ", NULL },      { "4x", NULL },	   { "0.400", NULL },	 { "100.0", NULL },	   { "100.", NULL },
	{ ".400", NULL },      { "1.2.3", NULL },  { "4095.1", NULL },	 { "1.4095", NULL },	   { "0000000000001.1", NULL },
};

START_TEST(vid_text)
{
	const struct text_case *c = &vids[_i];
	struct bb_vid vid, before;
	char buf[BB_VID_TEXT];

	memset(&vid, 0xaa, sizeof(vid));
	before = vid;
	if (c->text) {
		ck_assert_int_eq(bb_vid_parse(c->in, &vid), 0);
		ck_assert_str_eq(bb_vid_text(&vid, buf), c->text);
	} else {
		ck_assert_int_eq(bb_vid_parse(c->in, &vid), -EINVAL);
		ck_assert_mem_eq(&vid, &before, sizeof(vid));
	}
}
END_TEST

START_TEST(vid_parts)
{
	struct bb_vid vid;

	ck_assert_int_eq(bb_vid_parse("100.400", &vid), 0);
	ck_assert_uint_eq(vid.outer, 100);
	ck_assert_uint_eq(vid.inner, 400);
	ck_assert_int_eq(bb_vid_parse("7", &vid), 0);
	ck_assert_uint_eq(vid.outer, 7);
	ck_assert_uint_eq(vid.inner, 0);
}
END_TEST

static const struct {
	const char *in;
	uint32_t min, max;
	int rc;
	uint32_t value;
} numbers[] = {
	{ "0", 0, 10, 0, 0 },
	{ "10", 0, 10, 0, 10 },
	{ "4294967295", 0, UINT32_MAX, 0, UINT32_MAX },
	{ "4294967296", 0, UINT32_MAX, -EINVAL, 0 },
	{ "18446744073709551617", 0, UINT32_MAX, -EINVAL, 0 },
	{ "99999999999999999999999999999999", 0, UINT32_MAX, -EINVAL, 0 },
	{ "11", 0, 10, -EINVAL, 0 },
	{ "0", 1, 10, -EINVAL, 0 },
	{ "", 0, 10, -EINVAL, 0 },
	{ "07", 0, 10, -EINVAL, 0 },
	{ "0x7", 0, 10, -EINVAL, 0 },
	{ "+7", 0, 10, -EINVAL, 0 },
	{ "-7", 0, 10, -EINVAL, 0 },
	{ " 7", 0, 10, -EINVAL, 0 },
	{ "7 ", 0, 10, -EINVAL, 0 },
	{ "7.0", 0, 10, -EINVAL, 0 },
};

START_TEST(number)
{
	uint32_t value = 12345;

	ck_assert_int_eq(bb_u32_parse(numbers[_i].in, numbers[_i].min, numbers[_i].max, &value), numbers[_i].rc);
	ck_assert_uint_eq(value, numbers[_i].rc ? 12345 : numbers[_i].value);
}
END_TEST

Suite *addr_suite(void)
{
	Suite *suite = suite_create("addr");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, addr_text, 0, ARRAY_LEN(addrs));
	tcase_add_test(tc, addr_bytes);
	tcase_add_test(tc, addr_word);
	tcase_add_loop_test(tc, addr_unicast, 0, ARRAY_LEN(unicasts));
	tcase_add_test(tc, addr_unset);
	tcase_add_loop_test(tc, prefix_text, 0, ARRAY_LEN(prefixes));
	tcase_add_loop_test(tc, mac_text, 0, ARRAY_LEN(macs));
	tcase_add_test(tc, mac_unicast);
	tcase_add_test(tc, mac_of_vrf);
	tcase_add_loop_test(tc, vid_text, 0, ARRAY_LEN(vids));
	tcase_add_test(tc, vid_parts);
	tcase_add_loop_test(tc, number, 0, ARRAY_LEN(numbers));
	suite_add_tcase(suite, tc);
	return suite;
}
