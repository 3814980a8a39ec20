/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of the configuration: what a command carries, the store keeps and the data plane is built from. */
#ifndef BLUEBIRD_MODEL_H
#define BLUEBIRD_MODEL_H

#include <stdint.h>

#include "lib/addr.h"

#define BB_NAME_LEN 32 /* of a VRF, with its NUL; letters, digits, '-', '_', '.' */
#define BB_DEV_LEN 16  /* IFNAMSIZ */
#define BB_ATTACH_GATEWAYS 8

enum bb_object {
	BB_OBJ_NONE,
	BB_OBJ_VTEP,
	BB_OBJ_PORT,
	BB_OBJ_VRF,
	BB_OBJ_ATTACH,
	BB_OBJ_ENDPOINT,
	BB_OBJ_MAPPING,
	BB_OBJ_ROUTE,
	BB_OBJ_NAT,
	BB_OBJ_CACHE, /* as a record: the cache's options */
	BB_OBJ_STATS,
	BB_OBJ_AUDIT,
	BB_OBJ_LIMITS,
	BB_OBJ_EXPORT,
	BB_OBJ_APPLY,
	BB_OBJ_TEARDOWN,
	BB_OBJECTS,
};

enum bb_verb {
	BB_VERB_NONE,
	BB_VERB_ADD,
	BB_VERB_REPLACE,
	BB_VERB_DEL,
	BB_VERB_SHOW,
	BB_VERB_FLUSH,
	BB_VERB_SET,
	BB_VERB_COUNT,
	BB_VERB_IMPORT,
	BB_VERB_STATUS,
	BB_VERB_RUN, /* objects that are commands themselves: export, apply, teardown, audit, limits */
	BB_VERBS,
};

enum bb_role { BB_PORT_ACCESS = 1, BB_PORT_FABRIC = 2 };
enum bb_mode { BB_MODE_NATIVE = 0, BB_MODE_GENERIC = 1 };

/*
 * Records are zeroed before they are filled, so that equal ones are equal bytes. Fields under "kept"
 * are the daemon's own: no keyword sets them, and a `replace` leaves them.
 */
struct bb_vtep {
	struct bb_addr local;
	struct bb_addr local6; /* family 0: unset */
	uint16_t dst_port;
	uint8_t ttl;
	uint8_t udp_csum;
};

struct bb_port {
	char dev[BB_DEV_LEN]; /* key */
	uint8_t role;	      /* enum bb_role */
	uint8_t mode;	      /* enum bb_mode */
	/* kept */
	uint16_t id;	/* 1..BB_MAX_PORTS-1 */
	uint32_t saved; /* BB_SAVED_*: what to restore on `del` */
};

struct bb_vrf {
	char name[BB_NAME_LEN]; /* key */
	uint32_t vni;
	struct bb_mac mac; /* zero: made from the VNI, see bb_vrf_mac */
	uint8_t dscp_copy;
	uint8_t dscp;
	uint8_t pa_check;
	uint8_t pad;
	uint32_t cache_max; /* 0: unset */
	/* kept */
	uint16_t id; /* 1..BB_MAX_VRFS-1 */
	uint16_t pad2;
};

struct bb_attach {
	char port[BB_DEV_LEN]; /* key */
	struct bb_vid vid;     /* key */
	char vrf[BB_NAME_LEN];
	struct bb_prefix gateway[BB_ATTACH_GATEWAYS];
	uint8_t gateways;
	uint8_t learn;
	uint8_t proxy;
	struct bb_addr dhcp_relay;
	/* kept */
	uint16_t id; /* 1..BB_MAX_ATTACHMENTS-1 */
};

struct bb_endpoint {
	char vrf[BB_NAME_LEN]; /* key */
	struct bb_addr ca;     /* key */
	struct bb_mac mac;
	char port[BB_DEV_LEN];
	uint8_t pad;
	struct bb_vid vid;
};

struct bb_mapping {
	char vrf[BB_NAME_LEN]; /* key */
	struct bb_addr ca;     /* key */
	struct bb_addr pa;
	struct bb_mac mac;
	uint32_t vni; /* 0: the VRF's */
};

struct bb_cache_opts {
	uint32_t size;
	uint32_t idle; /* seconds */
};

/* Filter of `stats`. */
struct bb_stats_query {
	char port[BB_DEV_LEN];
	char vrf[BB_NAME_LEN];
	char reason[32];
};

/* `cache show` and `cache flush` filter by the first two members of this, `cache set` fills opts. */
struct bb_cache_cmd {
	char vrf[BB_NAME_LEN];
	struct bb_addr ca;
	struct bb_cache_opts opts;
};

union bb_record {
	struct bb_vtep vtep;
	struct bb_port port;
	struct bb_vrf vrf;
	struct bb_attach attach;
	struct bb_endpoint endpoint;
	struct bb_mapping mapping;
	struct bb_cache_cmd cache;
	struct bb_stats_query stats;
};

/* The VRF's gateway MAC: its `mac`, or 02:bb:00:VV:VV:VV made from the VNI. */
struct bb_mac bb_vrf_mac(const struct bb_vrf *vrf);

#endif
