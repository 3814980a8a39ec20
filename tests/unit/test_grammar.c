// SPDX-License-Identifier: GPL-2.0-or-later
/* The grammar: lines that are taken and what they mean, lines that are refused and why, and the way back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/abi.h"
#include "lib/grammar.h"
#include "suites.h"

#include "../fuzz/fuzz_grammar.c"

#define MAC "02:00:00:00:00:02"
#define MAPPING "mapping add vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC

/* Lines that are taken; `again` is how bb_command_line writes them (NULL: the same). */
static const struct {
	const char *line;
	const char *again;
} good[] = {
	{ "vtep set local 10.0.0.1", NULL },
	{ "vtep set ttl 32 dst-port 8472 local 10.0.0.1 udp-csum off",
	  "vtep set local 10.0.0.1 dst-port 8472 ttl 32 udp-csum off" },
	{ "vtep", "vtep show" },
	{ "vtep show", NULL },
	{ "port add eth0 role access", NULL },
	{ "port add port eth0 role access", "port add eth0 role access" },
	{ "port add role fabric port eth0 mode generic", "port add eth0 role fabric mode generic" },
	{ "port add eth0 mode native role fabric", "port add eth0 role fabric mode native" },
	{ "port add port port role access", NULL },
	{ "port add port role role access", NULL },
	{ "port add port help role access", NULL },
	{ "port add fifteen_letters role access", NULL },
	{ "port replace eth0.100@x role access", NULL },
	{ "port del eth0", NULL },
	{ "port show eth0", NULL },
	{ "port", "port show" },
	{ "port flush", NULL },
	{ "vrf add blue vni 20500", NULL },
	{ "vrf add vrf blue vni 1", "vrf add blue vni 1" },
	{ "vrf add a vni 16777215 mac 02:aa:00:00:00:01 dscp copy pa-check off", NULL },
	{ "vrf add a-B_0.9 vni 1 dscp 63 pa-check on", NULL },
	{ "vrf add name-of-thirty-one-letters-xxxx vni 1", NULL },
	{ "vrf del blue", NULL },
	{ "vrf show vrf blue", "vrf show blue" },
	{ "attach add port eth0 vid 400 vrf blue", NULL },
	{ "attach add gateway 192.168.11.254/24 vid 0 vrf blue gateway 10.1.0.1/31 port eth0",
	  "attach add port eth0 vid 0 vrf blue gateway 192.168.11.254/24 gateway 10.1.0.1/31" },
	{ "attach add port eth0 vid 4094 vrf blue gateway 10.1.0.1/32 learn off proxy off", NULL },
	{ "attach del port eth0 vid 400", NULL },
	{ "attach show vrf blue", NULL },
	{ "attach show vid 0", NULL },
	{ "attach flush port eth0", NULL },
	{ "endpoint add vrf blue ca 192.168.11.1 mac " MAC " port eth0 vid 400", NULL },
	{ "endpoint show port eth0 vrf blue ca 192.168.11.1", "endpoint show vrf blue ca 192.168.11.1 port eth0" },
	{ "endpoint del ca 192.168.11.1 vrf blue", "endpoint del vrf blue ca 192.168.11.1" },
	{ MAPPING, NULL },
	{ MAPPING " vni 7", NULL },
	{ "mapping", "mapping show" },
	{ "mapping show ca 192.168.10.2", NULL },
	{ "mapping flush vrf blue", NULL },
	{ "mapping count", NULL },
	{ "mapping count vrf blue", NULL },
	{ "mapping import maps.txt", NULL },
	{ "cache", "cache show" },
	{ "cache show vrf blue", NULL },
	{ "cache show ca 192.168.10.2", NULL },
	{ "cache status", NULL },
	{ "cache flush vrf blue ca 192.168.10.2", NULL },
	{ "cache set size 64", NULL },
	{ "cache set idle 0", NULL },
	{ "cache set idle 86400 size 8388608", "cache set size 8388608 idle 86400" },
	{ "stats", "stats show" },
	{ "stats port eth0 reason bad_pa", "stats show port eth0 reason bad_pa" },
	{ "stats show vrf blue", NULL },
	{ "stats reason miss_loop", "stats show reason miss_loop" },
	{ "export", NULL },
	{ "apply site.bb", NULL },
	{ "apply -", NULL },
	{ "teardown", NULL },
	{ "  \tvrf\t add  blue vni 1\r", "vrf add blue vni 1" },
	{ "vrf add blue vni 1 # a tenant", "vrf add blue vni 1" },
	{ "vrf add blue vni 1 #", "vrf add blue vni 1" },
	{ "vrf add blue vni 1\n", "vrf add blue vni 1" },
};

START_TEST(good_line)
{
	const char *again = good[_i].again ? good[_i].again : good[_i].line;
	struct bb_command cmd;
	struct bb_error err = { "" };
	int rc = bb_parse_line(good[_i].line, &cmd, &err);
	char *line;

	ck_assert_msg(!rc, "\"%s\": %s", good[_i].line, err.text);
	line = write_line(&cmd, false);
	ck_assert_str_eq(line, again);
	free(line);
}
END_TEST

/* Lines that are refused, with the error's text in full. */
static const struct {
	const char *line;
	const char *error;
	int rc; /* 0: -EINVAL */
} bad[] = {
	{ .line = "frob", .error = "unknown object \"frob\"" },
	{ .line = "map show", .error = "unknown object \"map\"" },
	{ .line = "bluebird vrf add blue vni 1", .error = "\"bluebird\": leave this word out" },
	{ .line = "help", .error = "\"help\" has no place in a file" },
	{ .line = "vrf help", .error = "\"help\" has no place in a file" },
	{ .line = "vrf ad blue vni 1", .error = "unknown command \"ad\" of vrf" },
	{ .line = "vrf count", .error = "unknown command \"count\" of vrf" },
	{ .line = "vrf set blue", .error = "unknown command \"set\" of vrf" },
	{ .line = "vtep add local 10.0.0.1", .error = "unknown command \"add\" of vtep" },
	{ .line = "vtep flush", .error = "unknown command \"flush\" of vtep" },
	{ .line = "stats flush", .error = "unknown keyword \"flush\" of stats show" },
	{ .line = "export run", .error = "unknown keyword \"run\" of export" },
	{ .line = "teardown now", .error = "unknown keyword \"now\" of teardown" },
	{ .line = "apply", .error = "apply: a file is missing" },
	{ .line = "apply a b", .error = "apply: \"b\" is one word too many" },
	{ .line = "mapping import", .error = "mapping import: a file is missing" },
	{ .line = "cache status vrf blue", .error = "\"vrf\" is no keyword of cache status" },
	{ .line = "cache set", .error = "cache set: a keyword is missing" },
	{ .line = "cache set vrf blue", .error = "\"vrf\" is no keyword of cache set" },
	{ .line = "cache flush size 64", .error = "\"size\" is no keyword of cache flush" },
	{ .line = "cache set size 63", .error = "size: \"63\" is not a number from 64 to 8388608" },
	{ .line = "cache set size 8388609", .error = "size: \"8388609\" is not a number from 64 to 8388608" },
	{ .line = "cache set idle 86401", .error = "idle: \"86401\" is not a number from 0 to 86400" },
	{ .line = "vrf add", .error = "vrf add: \"vrf\" is missing" },
	{ .line = "vrf add blue", .error = "vrf add: \"vni\" is missing" },
	{ .line = "vrf add vrf", .error = "\"vrf\" needs a value" },
	{ .line = "vrf add blue vni", .error = "\"vni\" needs a value" },
	{ .line = "vrf add blue vni 1 vni 1", .error = "\"vni\" is given twice" },
	{ .line = "vrf add blue vrf green vni 1", .error = "\"vrf\" is given twice" },
	{ .line = "vrf add blue green vni 1", .error = "unknown keyword \"green\" of vrf add" },
	{ .line = "vrf add blue vni 1 gateway 10.0.0.1/24", .error = "unknown keyword \"gateway\" of vrf add" },
	{ .line = "vrf del blue vni 1", .error = "\"vni\" is no keyword of vrf del" },
	{ .line = "vrf show vni 1", .error = "\"vni\" is no keyword of vrf show" },
	{ .line = "vrf add blue vni 0", .error = "vni: \"0\" is not a number from 1 to 16777215" },
	{ .line = "vrf add blue vni 16777216", .error = "vni: \"16777216\" is not a number from 1 to 16777215" },
	{ .line = "vrf add blue vni 0x10", .error = "vni: \"0x10\" is not a number from 1 to 16777215" },
	{ .line = "vrf add blue vni 1 dscp 64", .error = "dscp: \"64\" is not \"copy\" or a number from 0 to 63" },
	{ .line = "vrf add blue vni 1 pa-check yes", .error = "pa-check: \"yes\" is not \"on\" or \"off\"" },
	{ .line = "vrf add blue vni 1 mac 01:00:00:00:00:01",
	  .error = "mac: \"01:00:00:00:00:01\" is not a unicast MAC address" },
	{ .line = "vrf add blue vni 1 mac 00:00:00:00:00:00",
	  .error = "mac: \"00:00:00:00:00:00\" is not a unicast MAC address" },
	{ .line = "vrf add blue vni 1 mac 1:2", .error = "mac: \"1:2\" is not a MAC address" },
	{ .line = "vrf add bl/ue vni 1",
	  .error = "vrf: \"bl/ue\" is not a name (1 to 31 of letters, digits, \"-\", \"_\", \".\")" },
	{ .line = "vrf add name-of-thirty-two-letters-xxxxx vni 1",
	  .error = "vrf: \"name-of-thirty-two-letters-xxxxx\" is not a name "
		   "(1 to 31 of letters, digits, \"-\", \"_\", \".\")" },
	{ .line = "port add eth0", .error = "port add: \"role\" is missing" },
	{ .line = "port add role access", .error = "port add: \"port\" is missing" },
	{ .line = "port del", .error = "port del: \"port\" is missing" },
	{ .line = "port add eth0 role uplink", .error = "role: \"uplink\" is not \"access\" or \"fabric\"" },
	{ .line = "port add eth0 role access mode skb", .error = "mode: \"skb\" is not \"native\" or \"generic\"" },
	{ .line = "port add a/b role access", .error = "port: \"a/b\" is not a device name (1 to 15 characters)" },
	{ .line = "port add .. role access", .error = "port: \"..\" is not a device name (1 to 15 characters)" },
	{ .line = "port add sixteen__letters role access",
	  .error = "port: \"sixteen__letters\" is not a device name (1 to 15 characters)" },
	{ .line = "vtep set", .error = "vtep set: \"local\" is missing" },
	{ .line = "vtep set ttl 64", .error = "vtep set: \"local\" is missing" },
	{ .line = "vtep set local 300.1.1.1", .error = "local: \"300.1.1.1\" is not an IP address" },
	{ .line = "vtep set local 224.0.0.1", .error = "local: \"224.0.0.1\" is not a unicast address" },
	{ .line = "vtep set local 10.0.0.1 ttl 0", .error = "ttl: \"0\" is not a number from 1 to 255" },
	{ .line = "vtep set local 10.0.0.1 ttl 256", .error = "ttl: \"256\" is not a number from 1 to 255" },
	{ .line = "vtep set local 10.0.0.1 dst-port 0", .error = "dst-port: \"0\" is not a number from 1 to 65535" },
	{ .line = "vtep set local 10.0.0.1 dst-port 65536",
	  .error = "dst-port: \"65536\" is not a number from 1 to 65535" },
	{ .line = "vtep set local 10.0.0.1 local6 10.0.0.2", .error = "local6: \"10.0.0.2\" is not an IPv6 address" },
	{ .line = "attach add port eth0 vrf blue", .error = "attach add: \"vid\" is missing" },
	{ .line = "attach add eth0 vid 1 vrf blue", .error = "unknown keyword \"eth0\" of attach add" },
	{ .line = "attach add port eth0 vid 4095 vrf blue",
	  .error = "vid: \"4095\" is not a VLAN id (0 to 4094, or two as 100.400)" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 10.0.0.1",
	  .error = "gateway: \"10.0.0.1\" is not an address and prefix length, as 192.0.2.1/24" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 10.0.0.1/0",
	  .error = "gateway: \"10.0.0.1/0\" is not the address of a host in its network" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 10.0.0.0/24",
	  .error = "gateway: \"10.0.0.0/24\" is not the address of a host in its network" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 10.0.0.255/24",
	  .error = "gateway: \"10.0.0.255/24\" is not the address of a host in its network" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 224.0.0.1/24",
	  .error = "gateway: \"224.0.0.1/24\" is not the address of a host in its network" },
	{ .line = "attach add port eth0 vid 1 vrf blue gateway 10.0.0.1/24 gateway 10.0.0.1/16",
	  .error = "gateway: \"10.0.0.1/16\" is given twice" },
	{ .line = "attach add port e vid 1 vrf b gateway 10.0.0.1/24 gateway 10.0.0.2/24 gateway 10.0.0.3/24 gateway "
		  "10.0.0.4/24 gateway 10.0.0.5/24 gateway 10.0.0.6/24 gateway 10.0.0.7/24 gateway 10.0.0.8/24 "
		  "gateway 10.0.0.9/24",
	  .error = "gateway: \"10.0.0.9/24\" is one too many, 8 is the most" },
	{ .line = "endpoint add vrf blue ca 192.168.11.1 mac " MAC " port eth0",
	  .error = "endpoint add: \"vid\" is missing" },
	{ .line = "endpoint show vid 1", .error = "\"vid\" is no keyword of endpoint show" },
	{ .line = "mapping add vrf blue ca 192.168.10.2 mac " MAC, .error = "mapping add: \"pa\" is missing" },
	{ .line = "mapping replace vrf blue ca 192.168.10.2 pa 10.0.0.2", .error = "mapping replace: \"mac\" is missing" },
	{ .line = "mapping del vrf blue", .error = "mapping del: \"ca\" is missing" },
	{ .line = "mapping count ca 192.168.10.2", .error = "\"ca\" is no keyword of mapping count" },
	{ .line = "mapping add vrf blue ca 127.0.0.1 pa 10.0.0.2 mac " MAC,
	  .error = "ca: \"127.0.0.1\" is not a unicast address" },
	{ .line = "mapping add vrf blue ca 10.0.0.3 pa 255.255.255.255 mac " MAC,
	  .error = "pa: \"255.255.255.255\" is not a unicast address" },
	{ .line = MAPPING " vni 0", .error = "vni: \"0\" is not a number from 1 to 16777215" },
	{ .line = MAPPING " help", .error = "\"help\" has no place in a file" },
	{ .line = "stats reason frob", .error = "reason: \"frob\" is not a reason" },
	{ .line = "vrf add bl\x01ue vni 1",
	  .error = "vrf: \"bl?ue\" is not a name (1 to 31 of letters, digits, \"-\", \"_\", \".\")" },
	{ .line = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  .error = "unknown object \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"" },
	{ .line = "route add vrf blue prefix 10.0.0.0/8 drop", .error = "route: not yet", .rc = -ENOSYS },
	{ .line = "route", .error = "route: not yet", .rc = -ENOSYS },
	{ .line = "nat show", .error = "nat: not yet", .rc = -ENOSYS },
	{ .line = "audit", .error = "audit: not yet", .rc = -ENOSYS },
	{ .line = "limits", .error = "limits: not yet", .rc = -ENOSYS },
	{ .line = "vtep set local 2001:db8::1", .error = "\"local 2001:db8::1\": not yet", .rc = -ENOSYS },
	{ .line = "vtep set local 10.0.0.1 local6 2001:db8::1", .error = "\"local6 2001:db8::1\": not yet",
	  .rc = -ENOSYS },
	{ .line = "vtep set local 10.0.0.1 udp-csum on", .error = "\"udp-csum on\": not yet", .rc = -ENOSYS },
	{ .line = "vrf add blue vni 1 cache-max 100", .error = "\"cache-max 100\": not yet", .rc = -ENOSYS },
	{ .line = "attach add port e vid 1 vrf b learn on", .error = "\"learn on\": not yet", .rc = -ENOSYS },
	{ .line = "attach add port e vid 1 vrf b proxy on", .error = "\"proxy on\": not yet", .rc = -ENOSYS },
	{ .line = "attach add port e vid 1 vrf b dhcp-relay 10.0.0.9", .error = "\"dhcp-relay 10.0.0.9\": not yet",
	  .rc = -ENOSYS },
	{ .line = "attach add port e vid 100.400 vrf b", .error = "\"vid 100.400\": not yet", .rc = -ENOSYS },
	{ .line = "attach add port e vid 1 vrf b gateway 2001:db8::1/64", .error = "\"gateway 2001:db8::1/64\": not yet",
	  .rc = -ENOSYS },
	{ .line = "mapping show ca 2001:db8::1", .error = "\"ca 2001:db8::1\": not yet", .rc = -ENOSYS },
	{ .line = "mapping add vrf b ca 10.0.0.2 pa 2001:db8::1 mac " MAC, .error = "\"pa 2001:db8::1\": not yet",
	  .rc = -ENOSYS },
};

START_TEST(bad_line)
{
	struct bb_command cmd;
	struct bb_error err = { "" };
	int rc = bb_parse_line(bad[_i].line, &cmd, &err);

	ck_assert_str_eq(err.text, bad[_i].error);
	ck_assert_int_eq(rc, bad[_i].rc ? bad[_i].rc : -EINVAL);
	/* A caller that wants no text gets the same verdict. */
	ck_assert_int_eq(bb_parse_line(bad[_i].line, &cmd, NULL), rc);
}
END_TEST

START_TEST(blank_line)
{
	static const char *const lines[] = { "", " \t", "\r", "# vrf add blue vni 1", "  #", "#x" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct bb_command cmd = { .object = BB_OBJ_VRF, .set = 1 };

		ck_assert_int_eq(bb_parse_line(lines[i], &cmd, NULL), 0);
		ck_assert_int_eq(cmd.object, BB_OBJ_NONE);
		ck_assert_uint_eq(cmd.set, 0);
	}
}
END_TEST

START_TEST(long_lines)
{
	char line[BB_LINE_LEN + 10];
	struct bb_command cmd;
	struct bb_error err;

	memset(line, ' ', sizeof(line));
	memcpy(line, "vrf add blue vni 1", strlen("vrf add blue vni 1"));
	line[BB_LINE_LEN - 1] = '\0';
	ck_assert_int_eq(bb_parse_line(line, &cmd, &err), 0);
	line[BB_LINE_LEN - 1] = ' ';
	line[BB_LINE_LEN] = '\0';
	ck_assert_int_eq(bb_parse_line(line, &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "the line is longer than 4095 characters");
	for (size_t i = 0; i < 2 * (BB_LINE_WORDS + 1); i++)
		line[i] = i % 2 ? ' ' : 'x';
	line[2 * BB_LINE_WORDS] = '\0';
	ck_assert_int_eq(bb_parse_line(line, &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "unknown object \"x\"");
	line[2 * BB_LINE_WORDS] = 'x';
	line[2 * BB_LINE_WORDS + 1] = '\0';
	ck_assert_int_eq(bb_parse_line(line, &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "the line has more than 64 words");
}
END_TEST

static void parse(const char *line, struct bb_command *cmd)
{
	struct bb_error err = { "" };

	memset(cmd, 0xaa, sizeof(*cmd));
	ck_assert_msg(!bb_parse_line(line, cmd, &err), "\"%s\": %s", line, err.text);
}

START_TEST(presets)
{
	struct bb_command cmd;

	parse("vtep set local 10.0.0.1", &cmd);
	ck_assert_uint_eq(cmd.rec.vtep.dst_port, 4789);
	ck_assert_uint_eq(cmd.rec.vtep.ttl, 64);
	ck_assert_uint_eq(cmd.rec.vtep.udp_csum, 0);
	ck_assert_uint_eq(cmd.rec.vtep.local6.family, 0);
	parse("vrf add blue vni 1", &cmd);
	ck_assert_uint_eq(cmd.rec.vrf.pa_check, 1);
	ck_assert_uint_eq(cmd.rec.vrf.dscp, 0);
	ck_assert_uint_eq(cmd.rec.vrf.dscp_copy, 0);
	parse("port add eth0 role access", &cmd);
	ck_assert_uint_eq(cmd.rec.port.mode, BB_MODE_NATIVE);
	parse("cache set size 100", &cmd);
	ck_assert_uint_eq(cmd.rec.cache.opts.idle, BB_CACHE_IDLE_DEFAULT);
	ck_assert(bb_given(&cmd, "size"));
	ck_assert(!bb_given(&cmd, "idle"));
}
END_TEST

START_TEST(values)
{
	static const struct bb_mac mac = { { 2, 0, 0, 0, 0, 2 } };
	struct bb_command cmd;

	parse(MAPPING " vni 7", &cmd);
	ck_assert_int_eq(cmd.object, BB_OBJ_MAPPING);
	ck_assert_int_eq(cmd.verb, BB_VERB_ADD);
	ck_assert_str_eq(cmd.rec.mapping.vrf, "blue");
	ck_assert_mem_eq(cmd.rec.mapping.ca.b, "\xc0\xa8\x0a\x02", 4);
	ck_assert_mem_eq(cmd.rec.mapping.pa.b, "\x0a\x00\x00\x02", 4);
	ck_assert_mem_eq(&cmd.rec.mapping.mac, &mac, sizeof(mac));
	ck_assert_uint_eq(cmd.rec.mapping.vni, 7);
	parse("attach add port eth0 vid 400 vrf blue gateway 10.0.0.1/24 gateway 10.1.0.1/16", &cmd);
	ck_assert_uint_eq(cmd.rec.attach.vid.outer, 400);
	ck_assert_uint_eq(cmd.rec.attach.gateways, 2);
	ck_assert_uint_eq(cmd.rec.attach.gateway[1].len, 16);
	ck_assert_mem_eq(cmd.rec.attach.gateway[1].addr.b, "\x0a\x01\x00\x01", 4);
	parse("vrf add blue vni 1 dscp copy pa-check off", &cmd);
	ck_assert_uint_eq(cmd.rec.vrf.dscp_copy, 1);
	ck_assert_uint_eq(cmd.rec.vrf.pa_check, 0);
	parse("port add eth0 mode generic role fabric", &cmd);
	ck_assert_uint_eq(cmd.rec.port.role, BB_PORT_FABRIC);
	ck_assert_uint_eq(cmd.rec.port.mode, BB_MODE_GENERIC);
}
END_TEST

/* Equal commands are equal bytes, whatever lay there before. */
START_TEST(equal_bytes)
{
	struct bb_command a, b;

	parse("vrf add name-of-thirty-one-letters-xxxx vni 16777215 mac " MAC " dscp 9", &a);
	parse(MAPPING, &a);
	parse(MAPPING, &b);
	ck_assert_mem_eq(&a.rec, &b.rec, sizeof(a.rec));
	ck_assert_str_eq(a.file, "");
}
END_TEST

/* bb_record_line: presets are left out, except where leaving out means "as it was". */
static const struct {
	const char *line;
	enum bb_verb verb;
	const char *record;
} records[] = {
	{ "vtep set local 10.0.0.1 dst-port 4789 ttl 64 udp-csum off", BB_VERB_SET, "vtep set local 10.0.0.1" },
	{ "vtep set local 10.0.0.1 dst-port 8472", BB_VERB_SET, "vtep set local 10.0.0.1 dst-port 8472" },
	{ "port add eth0 role access mode native", BB_VERB_ADD, "port add eth0 role access" },
	{ "port add eth0 role access mode generic", BB_VERB_REPLACE, "port replace eth0 role access mode generic" },
	{ "port add eth0 role access mode generic", BB_VERB_DEL, "port del eth0" },
	{ "vrf add blue vni 5 dscp 0 pa-check on", BB_VERB_ADD, "vrf add blue vni 5" },
	{ "vrf add blue vni 5 dscp copy pa-check off mac " MAC, BB_VERB_ADD,
	  "vrf add blue vni 5 mac " MAC " dscp copy pa-check off" },
	{ "attach add port eth0 vid 0 vrf blue learn off", BB_VERB_ADD, "attach add port eth0 vid 0 vrf blue" },
	{ "attach add port eth0 vid 0 vrf blue gateway 10.0.0.1/24", BB_VERB_DEL, "attach del port eth0 vid 0" },
	{ MAPPING " vni 9", BB_VERB_REPLACE,
	  "mapping replace vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC " vni 9" },
	{ MAPPING, BB_VERB_DEL, "mapping del vrf blue ca 192.168.10.2" },
	{ "cache set size 1000", BB_VERB_SET, "cache set size 1000 idle 300" },
};

START_TEST(record_line)
{
	struct bb_command cmd;
	char *line;

	parse(records[_i].line, &cmd);
	cmd.verb = records[_i].verb;
	line = write_line(&cmd, true);
	ck_assert_str_eq(line, records[_i].record);
	free(line);
}
END_TEST

START_TEST(import_line)
{
	struct bb_command cmd, same;
	struct bb_error err;
	static const char line[] = "vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC;

	ck_assert_int_eq(bb_parse_import_line(line, &cmd, &err), 0);
	parse("mapping replace vrf blue ca 192.168.10.2 pa 10.0.0.2 mac " MAC, &same);
	require_same(&cmd, &same);
	ck_assert_int_eq(bb_parse_import_line(" # none", &cmd, &err), 0);
	ck_assert_int_eq(cmd.object, BB_OBJ_NONE);
	ck_assert_int_eq(bb_parse_import_line("mapping replace vrf blue", &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "unknown keyword \"mapping\" of mapping replace");
	ck_assert_int_eq(bb_parse_import_line("vrf blue ca 192.168.10.2", &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "mapping replace: \"pa\" is missing");
}
END_TEST

static const struct {
	const char *words[8];
	enum bb_object object;
} helps[] = {
	{ { "help" }, BB_OBJ_NONE },
	{ { "mapping", "help" }, BB_OBJ_MAPPING },
	{ { "mapping", "add", "help" }, BB_OBJ_MAPPING },
	{ { "mapping", "add", "vrf", "help", "ca", "10.0.0.1", "help" }, BB_OBJ_MAPPING },
	{ { "mapping", "import", "help" }, BB_OBJ_MAPPING },
	{ { "vrf", "add", "help" }, BB_OBJ_VRF },
	{ { "stats", "help" }, BB_OBJ_STATS },
	{ { "apply", "help" }, BB_OBJ_APPLY },
	{ { "export", "help" }, BB_OBJ_EXPORT },
	{ { "route", "help" }, BB_OBJ_ROUTE },
};

START_TEST(help)
{
	struct bb_command cmd;
	struct bb_error err;
	int n = 0;

	while (helps[_i].words[n])
		n++;
	ck_assert_int_eq(bb_parse_words(n, helps[_i].words, &cmd, &err), -ENOMSG);
	ck_assert_int_eq(cmd.object, helps[_i].object);
	ck_assert_ptr_nonnull(strchr(bb_object_def(cmd.object)->help, '\n'));
}
END_TEST

START_TEST(words)
{
	static const char *const empty_name[] = { "vrf", "add", "", "vni", "1" };
	static const char *const blank_dev[] = { "port", "add", "a b", "role", "access" };
	static const char *const comment_dev[] = { "port", "add", "#a", "role", "access" };
	struct bb_command cmd;
	struct bb_error err;

	ck_assert_int_eq(bb_parse_words(0, NULL, &cmd, &err), -EINVAL);
	ck_assert_str_eq(err.text, "an object is missing");
	ck_assert_int_eq(bb_parse_words(5, empty_name, &cmd, &err), -EINVAL);
	ck_assert_int_eq(bb_parse_words(5, blank_dev, &cmd, &err), -EINVAL);
	ck_assert_int_eq(bb_parse_words(5, comment_dev, &cmd, &err), -EINVAL);
}
END_TEST

START_TEST(fits)
{
	static const struct {
		const char *line;
		bool batch, apply;
	} cases[] = {
		{ MAPPING, true, true },	    { "vtep set local 10.0.0.1", true, true },
		{ "cache set size 100", true, true }, { "vrf replace a vni 1", true, true },
		{ "vrf del a", true, false },	    { "mapping flush", true, false },
		{ "mapping show", true, false },    { "cache flush", true, false },
		{ "stats", true, false },	    { "mapping count", true, false },
		{ "mapping import f", false, false }, { "export", false, false },
		{ "apply f", false, false },	    { "teardown", false, false },
	};
	struct bb_command cmd;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		parse(cases[i].line, &cmd);
		ck_assert_msg(bb_fits_batch(&cmd) == cases[i].batch, "batch: %s", cases[i].line);
		ck_assert_msg(bb_fits_apply(&cmd) == cases[i].apply, "apply: %s", cases[i].line);
	}
}
END_TEST

/* The tables: every object has a word and help, keys come first, and masks name verbs that exist. */
START_TEST(tables)
{
	const struct bb_object_def *def = bb_object_def(_i);

	ck_assert(_i == BB_OBJ_NONE || def->word[0]);
	ck_assert_ptr_nonnull(def->help);
	ck_assert_uint_le(def->n_fields, 32);
	ck_assert_uint_le(def->size, sizeof(union bb_record));
	for (unsigned int i = 0; i < def->n_fields; i++) {
		const struct bb_field *f = &def->fields[i];

		ck_assert_msg(f->take && !(f->take & ~def->verbs), "%s %s", def->word, f->word);
		ck_assert_msg(!(f->need & ~f->take), "%s %s", def->word, f->word);
		ck_assert_msg(f->offset < def->size, "%s %s", def->word, f->word);
		ck_assert_msg(strstr(def->help, i || !(f->flags & BB_F_BARE) ? f->word : def->word), "%s %s", def->word,
			      f->word);
	}
}
END_TEST

START_TEST(enum_words)
{
	ck_assert_str_eq(bb_role_word(BB_PORT_ACCESS), "access");
	ck_assert_str_eq(bb_role_word(BB_PORT_FABRIC), "fabric");
	ck_assert_ptr_null(bb_role_word(0));
	ck_assert_ptr_null(bb_role_word(3));
	ck_assert_str_eq(bb_mode_word(BB_MODE_NATIVE), "native");
	ck_assert_str_eq(bb_mode_word(BB_MODE_GENERIC), "generic");
	ck_assert_ptr_null(bb_mode_word(2));
	for (int verb = BB_VERB_NONE + 1; verb < BB_VERBS; verb++)
		ck_assert(bb_verb_word(verb)[0]);
}
END_TEST

#define FUZZ_ROUNDS 20000

/* Lines of random words of the grammar, and good lines with a byte changed; the seed is fixed. */
static size_t random_line(char *line, size_t size)
{
	static const char *const spare[] = { "add",  "del",	"show",	   "set",      "blue",	      "eth0", "10.0.0.1",
					     "1",    "0",	"on",	   "off",      "10.0.0.1/24", MAC,    "help",
					     "#",    "access",	"generic", "copy",     "4294967296",  "\xff", "fd00::1",
					     "port", "2.2",	"apply",   "replace",  "encap" };
	size_t len = 0;

	for (int n = random() % 14; n >= 0; n--) {
		const struct bb_object_def *def = bb_object_def(random() % BB_OBJECTS);
		const char *word = spare[random() % ARRAY_LEN(spare)];

		if (random() % 3 == 0 && def->n_fields)
			word = def->fields[random() % def->n_fields].word;
		else if (random() % 4 == 0)
			word = def->word;
		len += (size_t)snprintf(line + len, size - len, "%s ", word);
	}
	return len;
}

static size_t mutated_line(char *line, size_t size)
{
	size_t len = (size_t)snprintf(line, size, "%s", good[random() % ARRAY_LEN(good)].line);

	for (int n = random() % 3; n >= 0; n--)
		line[random() % len] = (char)(random() % 5 ? ' ' + random() % 95 : random() % 256);
	return len;
}

START_TEST(fuzz)
{
	char line[1024];

	srandom(20500);
	for (int i = 0; i < FUZZ_ROUNDS; i++) {
		size_t len = i % 2 ? random_line(line, sizeof(line)) : mutated_line(line, sizeof(line));

		LLVMFuzzerTestOneInput((const uint8_t *)line, len);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		LLVMFuzzerTestOneInput((const uint8_t *)good[i].line, strlen(good[i].line));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		LLVMFuzzerTestOneInput((const uint8_t *)bad[i].line, strlen(bad[i].line));
}
END_TEST

Suite *grammar_suite(void)
{
	Suite *suite = suite_create("grammar");
	TCase *tc = tcase_create("lines");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, good_line, 0, ARRAY_LEN(good));
	tcase_add_loop_test(tc, bad_line, 0, ARRAY_LEN(bad));
	tcase_add_test(tc, blank_line);
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, presets);
	tcase_add_test(tc, values);
	tcase_add_test(tc, equal_bytes);
	tcase_add_loop_test(tc, record_line, 0, ARRAY_LEN(records));
	tcase_add_test(tc, import_line);
	tcase_add_loop_test(tc, help, 0, ARRAY_LEN(helps));
	tcase_add_test(tc, words);
	tcase_add_test(tc, fits);
	tcase_add_loop_test(tc, tables, BB_OBJ_NONE, BB_OBJECTS);
	tcase_add_test(tc, enum_words);
	tcase_add_test(tc, fuzz);
	suite_add_tcase(suite, tc);
	return suite;
}
