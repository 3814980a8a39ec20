// SPDX-License-Identifier: GPL-2.0-or-later
/* Records as JSON: keys in the table's order, each value with the type that the manual promises. */
#include <stdlib.h>
#include <string.h>

#include "lib/row.h"
#include "suites.h"

#define MAC "02:00:00:00:00:02"

static const struct {
	const char *line;
	const char *json;
} rows[] = {
	{ "vtep set local 10.0.0.1",
	  "{\"local\":\"10.0.0.1\",\"local6\":null,\"dst_port\":4789,\"ttl\":64,\"udp_csum\":false}" },
	{ "port add eth0 role access", "{\"port\":\"eth0\",\"role\":\"access\",\"mode\":\"native\"}" },
	{ "port add eth1 role fabric mode generic", "{\"port\":\"eth1\",\"role\":\"fabric\",\"mode\":\"generic\"}" },
	{ "vrf add blue vni 20500",
	  "{\"vrf\":\"blue\",\"vni\":20500,\"mac\":\"02:bb:00:00:50:14\",\"dscp\":0,\"pa_check\":true,\"cache_max\":null}" },
	{ "vrf add blue vni 16777215 mac " MAC " dscp copy pa-check off",
	  "{\"vrf\":\"blue\",\"vni\":16777215,\"mac\":\"" MAC "\",\"dscp\":\"copy\",\"pa_check\":false,\"cache_max\":null}" },
	{ "vrf add blue vni 1 dscp 46",
	  "{\"vrf\":\"blue\",\"vni\":1,\"mac\":\"02:bb:00:00:00:01\",\"dscp\":46,\"pa_check\":true,\"cache_max\":null}" },
	{ "attach add port eth0 vid 0 vrf blue",
	  "{\"port\":\"eth0\",\"vid\":0,\"vrf\":\"blue\",\"gateway\":[],"
	  "\"learn\":false,\"proxy\":false,\"dhcp_relay\":null}" },
	{ "attach add port eth0 vid 400 vrf blue gateway 10.0.0.1/24 gateway 10.1.0.1/16",
	  "{\"port\":\"eth0\",\"vid\":400,\"vrf\":\"blue\",\"gateway\":[\"10.0.0.1/24\",\"10.1.0.1/16\"],"
	  "\"learn\":false,\"proxy\":false,\"dhcp_relay\":null}" },
	{ "endpoint add vrf blue ca 192.168.11.1 mac " MAC " port eth0 vid 400",
	  "{\"vrf\":\"blue\",\"ca\":\"192.168.11.1\",\"mac\":\"" MAC "\",\"port\":\"eth0\",\"vid\":400}" },
	{ "mapping add vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC,
	  "{\"vrf\":\"blue\",\"ca\":\"192.168.10.2\",\"pa\":\"10.0.0.2\",\"mac\":\"" MAC "\",\"vni\":null}" },
	{ "mapping add vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC " vni 7",
	  "{\"vrf\":\"blue\",\"ca\":\"192.168.10.2\",\"pa\":\"10.0.0.2\",\"mac\":\"" MAC "\",\"vni\":7}" },
};

static void check_json(json_t *row, const char *want)
{
	char *text = json_dumps(row, JSON_COMPACT);

	ck_assert_str_eq(text, want);
	free(text);
	json_decref(row);
}

START_TEST(row)
{
	struct bb_command cmd;
	struct bb_error err = { "" };

	ck_assert_msg(!bb_parse_line(rows[_i].line, &cmd, &err), "%s", err.text);
	check_json(bb_row(cmd.object, &cmd.rec), rows[_i].json);
}
END_TEST

/* What no line may say yet, a record may. */
START_TEST(later_values)
{
	union bb_record rec = { .attach = { .port = "eth0", .vid = { 100, 400 }, .vrf = "blue", .learn = 1 } };

	bb_addr_parse("2001:db8::1", &rec.attach.dhcp_relay);
	check_json(bb_row(BB_OBJ_ATTACH, &rec), "{\"port\":\"eth0\",\"vid\":\"100.400\",\"vrf\":\"blue\",\"gateway\":[],"
						"\"learn\":true,\"proxy\":false,\"dhcp_relay\":\"2001:db8::1\"}");
	memset(&rec, 0, sizeof(rec));
	strcpy(rec.vrf.name, "blue");
	rec.vrf.vni = 2;
	rec.vrf.cache_max = 4000000000;
	check_json(bb_row(BB_OBJ_VRF, &rec), "{\"vrf\":\"blue\",\"vni\":2,\"mac\":\"02:bb:00:00:00:02\",\"dscp\":0,"
					     "\"pa_check\":false,\"cache_max\":4000000000}");
}
END_TEST

Suite *row_suite(void)
{
	Suite *suite = suite_create("row");
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, row, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, later_values);
	suite_add_tcase(suite, tc);
	return suite;
}
