// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects of the grammar as tables: their verbs, fields and help. */
#include <assert.h>
#include <stddef.h>

#include "bluebird/abi.h"
#include "lib/grammar.h"

#define V(verb) BB_VERB_BIT(BB_VERB_##verb)
#define PUT (V(ADD) | V(REPLACE))
#define LOOK (V(SHOW) | V(FLUSH))
#define CONFIG_VERBS (PUT | V(DEL) | LOOK)

/* How a field is used. */
#define KEY .take = CONFIG_VERBS, .need = PUT | V(DEL)
#define NEEDED .take = PUT, .need = PUT
#define NEEDED_FILTER .take = PUT | LOOK, .need = PUT
#define OPTIONAL .take = PUT

#define AT(type, member) .offset = offsetof(struct type, member)
#define FIELDS(table) .fields = (table), .n_fields = sizeof(table) / sizeof((table)[0])

static const struct bb_field vtep_fields[] = {
	{ "local", BB_T_ADDR, AT(bb_vtep, local), .flags = BB_F_LATER_WIDE, .take = V(SET), .need = V(SET) },
	{ "local6", BB_T_ADDR, AT(bb_vtep, local6), .flags = BB_F_OPTIONAL_ZERO | BB_F_V6 | BB_F_LATER,
	  .take = V(SET) },
	{ "dst-port", BB_T_U16, AT(bb_vtep, dst_port), .min = 1, .max = 65535, .preset = 4789, .take = V(SET) },
	{ "ttl", BB_T_U8, AT(bb_vtep, ttl), .min = 1, .max = 255, .preset = 64, .take = V(SET) },
	{ "udp-csum", BB_T_ONOFF, AT(bb_vtep, udp_csum), .flags = BB_F_LATER, .take = V(SET) },
};

static const struct bb_field port_fields[] = {
	{ "port", BB_T_DEV, AT(bb_port, dev), .flags = BB_F_KEY | BB_F_BARE, KEY },
	{ "role", BB_T_ROLE, AT(bb_port, role), NEEDED },
	{ "mode", BB_T_MODE, AT(bb_port, mode), .preset = BB_MODE_NATIVE, OPTIONAL },
};

static const struct bb_field vrf_fields[] = {
	{ "vrf", BB_T_NAME, AT(bb_vrf, name), .flags = BB_F_KEY | BB_F_BARE, KEY },
	{ "vni", BB_T_U32, AT(bb_vrf, vni), .min = 1, .max = BB_VNI_MAX, NEEDED },
	{ "mac", BB_T_MAC, AT(bb_vrf, mac), .flags = BB_F_OPTIONAL_ZERO, OPTIONAL },
	{ "dscp", BB_T_DSCP, AT(bb_vrf, dscp), .aux = offsetof(struct bb_vrf, dscp_copy), .max = 63, OPTIONAL },
	{ "pa-check", BB_T_ONOFF, AT(bb_vrf, pa_check), .preset = 1, OPTIONAL },
	{ "cache-max", BB_T_U32, AT(bb_vrf, cache_max), .min = 1, .max = BB_CACHE_SIZE_MAX,
	  .flags = BB_F_OPTIONAL_ZERO | BB_F_LATER, OPTIONAL },
};

static const struct bb_field attach_fields[] = {
	{ "port", BB_T_DEV, AT(bb_attach, port), .flags = BB_F_KEY, KEY },
	{ "vid", BB_T_VID, AT(bb_attach, vid), .flags = BB_F_KEY | BB_F_LATER_WIDE, KEY },
	{ "vrf", BB_T_NAME, AT(bb_attach, vrf), NEEDED_FILTER },
	{ "gateway", BB_T_PREFIXES, AT(bb_attach, gateway), .aux = offsetof(struct bb_attach, gateways),
	  .max = BB_ATTACH_GATEWAYS, .flags = BB_F_LATER_WIDE, OPTIONAL },
	{ "learn", BB_T_ONOFF, AT(bb_attach, learn), .flags = BB_F_LATER, OPTIONAL },
	{ "proxy", BB_T_ONOFF, AT(bb_attach, proxy), .flags = BB_F_LATER, OPTIONAL },
	{ "dhcp-relay", BB_T_ADDR, AT(bb_attach, dhcp_relay), .flags = BB_F_OPTIONAL_ZERO | BB_F_LATER, OPTIONAL },
};

static const struct bb_field endpoint_fields[] = {
	{ "vrf", BB_T_NAME, AT(bb_endpoint, vrf), .flags = BB_F_KEY, KEY },
	{ "ca", BB_T_ADDR, AT(bb_endpoint, ca), .flags = BB_F_KEY | BB_F_LATER_WIDE, KEY },
	{ "mac", BB_T_MAC, AT(bb_endpoint, mac), NEEDED },
	{ "port", BB_T_DEV, AT(bb_endpoint, port), NEEDED_FILTER },
	{ "vid", BB_T_VID, AT(bb_endpoint, vid), .flags = BB_F_LATER_WIDE, NEEDED },
};

/* `count` takes the first, `import` a file. */
static const struct bb_field mapping_fields[] = {
	{ "vrf", BB_T_NAME, AT(bb_mapping, vrf), .flags = BB_F_KEY, .take = CONFIG_VERBS | V(COUNT),
	  .need = PUT | V(DEL) },
	{ "ca", BB_T_ADDR, AT(bb_mapping, ca), .flags = BB_F_KEY | BB_F_LATER_WIDE, KEY },
	{ "pa", BB_T_ADDR, AT(bb_mapping, pa), .flags = BB_F_LATER_WIDE, NEEDED },
	{ "mac", BB_T_MAC, AT(bb_mapping, mac), NEEDED },
	{ "vni", BB_T_U32, AT(bb_mapping, vni), .min = 1, .max = BB_VNI_MAX, .flags = BB_F_OPTIONAL_ZERO, OPTIONAL },
};

static const struct bb_field cache_fields[] = {
	{ "vrf", BB_T_NAME, AT(bb_cache_cmd, vrf), .take = LOOK },
	{ "ca", BB_T_ADDR, AT(bb_cache_cmd, ca), .flags = BB_F_LATER_WIDE, .take = LOOK },
	{ "size", BB_T_U32, AT(bb_cache_cmd, opts.size), .min = BB_CACHE_SIZE_MIN, .max = BB_CACHE_SIZE_MAX,
	  .preset = BB_CACHE_SIZE_DEFAULT, .flags = BB_F_EXPLICIT, .take = V(SET) },
	{ "idle", BB_T_U32, AT(bb_cache_cmd, opts.idle), .max = 86400, .preset = BB_CACHE_IDLE_DEFAULT,
	  .flags = BB_F_EXPLICIT, .take = V(SET) },
};

static const struct bb_field stats_fields[] = {
	{ "port", BB_T_DEV, AT(bb_stats_query, port), .take = V(SHOW) },
	{ "vrf", BB_T_NAME, AT(bb_stats_query, vrf), .take = V(SHOW) },
	{ "reason", BB_T_WORD, AT(bb_stats_query, reason), .take = V(SHOW) },
};

static const struct bb_object_def objects[BB_OBJECTS] = {
	[BB_OBJ_NONE] = {
		.word = "",
		.help = "usage: bluebird [OPTIONS] OBJECT { COMMAND | help }\n"
			"       bluebird [OPTIONS] -b FILE\n"
			"\n"
			"  vtep      this gateway's underlay address and tunnel options\n"
			"  port      a NIC, towards servers (access) or the underlay (fabric)\n"
			"  vrf       a tenant network and its VNI\n"
			"  attach    a VLAN of an access port, bound to a VRF\n"
			"  endpoint  a local server\n"
			"  mapping   a remote CA and the PA it lives at; also count, import\n"
			"  cache     what the data plane has at hand: show, status, flush, set\n"
			"  stats     frames and bytes by port, VRF and reason\n"
			"  export    print a batch that recreates the whole state\n"
			"  apply     make the state exactly what a file says\n"
			"  teardown  detach everything and stop forwarding; the configuration stays\n"
			"\n"
			"commands of most objects: add, replace, del, show, flush; an object alone is shown\n"
			"\n"
			"  -j, --json         JSON on stdout\n"
			"  -p, --pretty       JSON with line breaks\n"
			"  -b, --batch FILE   lines of this grammar as one transaction; - is stdin\n"
			"      --socket PATH  the daemon's socket\n"
			"  -V, --version      print the version\n"
			"  -h, --help         print this\n",
	},
	[BB_OBJ_VTEP] = {
		.word = "vtep",
		.help = "usage: bluebird vtep set local IP [local6 IP6] [dst-port 1..65535] [ttl 1..255] [udp-csum on|off]\n"
			"       bluebird vtep [show]\n"
			"presets: dst-port 4789, ttl 64, udp-csum off; set starts from these each time\n",
		.verbs = V(SET) | V(SHOW), .bare = BB_VERB_SHOW, .size = sizeof(struct bb_vtep), .config = true,
		FIELDS(vtep_fields),
	},
	[BB_OBJ_PORT] = {
		.word = "port",
		.help = "usage: bluebird port { add | replace } DEV role access|fabric [mode native|generic]\n"
			"       bluebird port del DEV\n"
			"       bluebird port { show | flush } [DEV]\n"
			"preset: mode native\n",
		.verbs = CONFIG_VERBS, .bare = BB_VERB_SHOW, .size = sizeof(struct bb_port), .config = true,
		FIELDS(port_fields),
	},
	[BB_OBJ_VRF] = {
		.word = "vrf",
		.help = "usage: bluebird vrf { add | replace } NAME vni 1..16777215 [mac MAC] [dscp copy|0..63]\n"
			"                    [pa-check on|off] [cache-max N]\n"
			"       bluebird vrf del NAME\n"
			"       bluebird vrf { show | flush } [NAME]\n"
			"presets: mac 02:bb:00:VV:VV:VV (from the VNI), dscp 0, pa-check on\n",
		.verbs = CONFIG_VERBS, .bare = BB_VERB_SHOW, .size = sizeof(struct bb_vrf), .config = true,
		FIELDS(vrf_fields),
	},
	[BB_OBJ_ATTACH] = {
		.word = "attach",
		.help = "usage: bluebird attach { add | replace } port DEV vid 0..4094 vrf NAME [gateway CA/LEN]...\n"
			"                       [learn on|off] [proxy on|off] [dhcp-relay IP]\n"
			"       bluebird attach del port DEV vid VID\n"
			"       bluebird attach { show | flush } [port DEV] [vid VID] [vrf NAME]\n"
			"vid 0 is untagged; up to 8 gateways; presets: learn off, proxy off\n",
		.verbs = CONFIG_VERBS, .bare = BB_VERB_SHOW, .size = sizeof(struct bb_attach), .config = true,
		FIELDS(attach_fields),
	},
	[BB_OBJ_ENDPOINT] = {
		.word = "endpoint",
		.help = "usage: bluebird endpoint { add | replace } vrf NAME ca CA mac MAC port DEV vid VID\n"
			"       bluebird endpoint del vrf NAME ca CA\n"
			"       bluebird endpoint { show | flush } [vrf NAME] [ca CA] [port DEV]\n",
		.verbs = CONFIG_VERBS, .bare = BB_VERB_SHOW, .size = sizeof(struct bb_endpoint), .config = true,
		FIELDS(endpoint_fields),
	},
	[BB_OBJ_MAPPING] = {
		.word = "mapping",
		.help = "usage: bluebird mapping { add | replace } vrf NAME ca CA pa PA mac MAC [vni 1..16777215]\n"
			"       bluebird mapping del vrf NAME ca CA\n"
			"       bluebird mapping { show | flush } [vrf NAME] [ca CA]\n"
			"       bluebird mapping count [vrf NAME]\n"
			"       bluebird mapping import FILE\n"
			"import: lines of the keywords of replace; - is stdin\n",
		.verbs = CONFIG_VERBS | V(COUNT) | V(IMPORT), .bare = BB_VERB_SHOW, .file = V(IMPORT),
		.size = sizeof(struct bb_mapping), .config = true, FIELDS(mapping_fields),
	},
	[BB_OBJ_ROUTE] = { .word = "route", .help = "route: not yet\n", .later = true },
	[BB_OBJ_NAT] = { .word = "nat", .help = "nat: not yet\n", .later = true },
	[BB_OBJ_CACHE] = {
		.word = "cache",
		.help = "usage: bluebird cache [show] [vrf NAME] [ca CA]\n"
			"       bluebird cache status\n"
			"       bluebird cache flush [vrf NAME] [ca CA]\n"
			"       bluebird cache set [size 64..8388608] [idle 0..86400]\n"
			"idle is in seconds, 0 keeps idle entries; presets: size 196608, idle 300\n",
		.verbs = LOOK | V(STATUS) | V(SET), .bare = BB_VERB_SHOW, .size = sizeof(struct bb_cache_cmd),
		.config = true, FIELDS(cache_fields),
	},
	[BB_OBJ_STATS] = {
		.word = "stats",
		.help = "usage: bluebird stats [show] [port DEV] [vrf NAME] [reason REASON]\n",
		.verbs = V(SHOW), .bare = BB_VERB_SHOW, .size = sizeof(struct bb_stats_query), FIELDS(stats_fields),
	},
	[BB_OBJ_AUDIT] = { .word = "audit", .help = "audit: not yet\n", .later = true },
	[BB_OBJ_LIMITS] = { .word = "limits", .help = "limits: not yet\n", .later = true },
	[BB_OBJ_EXPORT] = {
		.word = "export",
		.help = "usage: bluebird export > FILE\n"
			"prints a batch file that recreates the whole state\n",
		.verbs = V(RUN), .bare = BB_VERB_RUN,
	},
	[BB_OBJ_APPLY] = {
		.word = "apply",
		.help = "usage: bluebird apply FILE\n"
			"makes the state exactly what FILE says (lines of add, replace and set; - is stdin) and prints what changed\n",
		.verbs = V(RUN), .bare = BB_VERB_RUN, .file = V(RUN),
	},
	[BB_OBJ_TEARDOWN] = {
		.word = "teardown",
		.help = "usage: bluebird teardown\n"
			"detaches every port and removes what is pinned; the configuration stays\n",
		.verbs = V(RUN), .bare = BB_VERB_RUN,
	},
};

static const char *const verb_words[BB_VERBS] = {
	[BB_VERB_NONE] = "",	   [BB_VERB_ADD] = "add",	[BB_VERB_REPLACE] = "replace", [BB_VERB_DEL] = "del",
	[BB_VERB_SHOW] = "show",   [BB_VERB_FLUSH] = "flush",	[BB_VERB_SET] = "set",	       [BB_VERB_COUNT] = "count",
	[BB_VERB_IMPORT] = "import", [BB_VERB_STATUS] = "status", [BB_VERB_RUN] = "run",
};
_Static_assert(BB_VERBS == BB_VERB_RUN + 1 && BB_OBJECTS == BB_OBJ_TEARDOWN + 1, "a word is missing above");

const struct bb_object_def *bb_object_def(enum bb_object object)
{
	assert(object < BB_OBJECTS);
	return &objects[object];
}

const char *bb_verb_word(enum bb_verb verb)
{
	assert(verb < BB_VERBS);
	return verb_words[verb];
}

const char *bb_role_word(uint8_t role)
{
	static const char *const words[] = { [BB_PORT_ACCESS] = "access", [BB_PORT_FABRIC] = "fabric" };

	return role < sizeof(words) / sizeof(words[0]) ? words[role] : NULL;
}

const char *bb_mode_word(uint8_t mode)
{
	static const char *const words[] = { [BB_MODE_NATIVE] = "native", [BB_MODE_GENERIC] = "generic" };

	return mode < sizeof(words) / sizeof(words[0]) ? words[mode] : NULL;
}
