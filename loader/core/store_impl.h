/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the store: its tables, keys and values on disk, and what its files share with one another.
 *
 * Every key is big-endian, so that a listing comes in natural order and "all of this VRF" is a prefix. Values
 * are in host order: LMDB's file belongs to machines of one byte order and word size anyhow.
 */
#ifndef BLUEBIRD_STORE_IMPL_H
#define BLUEBIRD_STORE_IMPL_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bluebird/abi.h"
#include "core/store.h"

/* X(NAME, name on disk). Any change here or to a key or value is a new BB_SCHEMA_VERSION. */
#define STORE_DB_LIST(X)                                                                                      \
	X(META, meta)			    /* word -> schema version, store id, the cursors of the ids */    \
	X(VTEP, vtep)			    /* "vtep" -> struct bb_vtep */                                    \
	X(CACHE, cache)			    /* "cache" -> struct bb_cache_opts, absent when the defaults */   \
	X(PORT, port)			    /* dev -> struct bb_port */                                       \
	X(PORT_ID, port_id)		    /* id -> dev */                                                   \
	X(VRF, vrf)			    /* name -> id */                                                  \
	X(VRF_ID, vrf_id)		    /* id -> struct bb_vrf */                                         \
	X(VNI, vni)			    /* VNI -> VRF's id */                                             \
	X(ATTACH, attach)		    /* dev, vid -> struct bb_attach */                                \
	X(ATTACH_ID, attach_id)		    /* id -> dev, vid */                                              \
	X(VRF_ATTACH, vrf_attach)	    /* VRF's id, attachment's id -> nothing */                        \
	X(GATEWAY, gateway)		    /* VRF's id, address, attachment's id -> nothing */               \
	X(ENDPOINT, endpoint)		    /* VRF's id, CA -> struct store_endpoint */                       \
	X(ATTACH_ENDPOINT, attach_endpoint) /* attachment's id, VRF's id, CA -> nothing */                    \
	X(MAPPING, mapping)		    /* VRF's id, CA -> struct store_mapping */                        \
	X(PEER, peer)			    /* VRF's id, PA -> struct store_refs: mappings of it */           \
	X(PA, pa)			    /* PA -> struct store_refs: VRFs that it is a peer of */          \
	X(REMOTE, remote)		    /* index -> PA */

#define STORE_DB_ENUM(NAME, name) DB_##NAME,
enum store_db {
	STORE_DB_LIST(STORE_DB_ENUM)
	STORE_DBS,
};
#undef STORE_DB_ENUM

extern const char *const store_db_name[STORE_DBS];

/* Records that are small and few lie on disk as they are in memory. */
_Static_assert(sizeof(struct bb_vtep) == 38, "on disk");
_Static_assert(sizeof(struct bb_cache_opts) == 8, "on disk");
_Static_assert(sizeof(struct bb_port) == 24, "on disk");
_Static_assert(sizeof(struct bb_vrf) == 56, "on disk");
_Static_assert(sizeof(struct bb_attach) == 218, "on disk");

struct store_endpoint {
	uint16_t attach;
	uint8_t mac[6];
};
_Static_assert(sizeof(struct store_endpoint) == 8, "on disk");

/* A million of these is the normal case: an IPv4 PA leaves the last 12 bytes off. */
struct store_mapping {
	uint32_t remote; /* the PA's index */
	uint32_t vni;
	uint8_t mac[6];
	uint8_t family; /* of the PA */
	uint8_t pad;
	uint8_t pa[16];
};
_Static_assert(sizeof(struct store_mapping) == 32, "on disk");

struct store_refs {
	uint32_t remote;
	uint32_t refs; /* never 0 on disk */
};
_Static_assert(sizeof(struct store_refs) == 8, "on disk");

struct store {
	MDB_env *env;
	MDB_dbi dbi[STORE_DBS];
	int lock_fd;
	uint8_t id[16];
	size_t map_bytes;
	atomic_bool writing;
	pthread_mutex_t pool_lock;
	struct store_txn *pool; /* read transactions at rest: beginning one costs no allocation */
	unsigned int pooled;
};

struct store_txn {
	struct store *store;
	MDB_txn *mdb; /* null once committed */
	bool write;
	bool broken; /* a write failed half-way: only fit to be aborted */
	struct bb_vrf memo; /* the VRF looked up last; id 0: none */
	struct effect *effects;
	size_t n_effects, cap_effects;
	struct store_txn *next; /* in the pool */
};

/* store_file.c: is the file a whole LMDB environment? Gives the bytes that it needs of the map. */
int store_check_file(const char *path, size_t *bytes, struct bb_error *err);

/* store_txn.c: frees the read transactions at rest. */
void txn_pool_drop(struct store *store);

/* store_keys.c */
#define STORE_KEY_MAX 40
#define STORE_ATTACH_KEY (BB_DEV_LEN + 4)

struct store_key {
	uint8_t len;
	uint8_t b[STORE_KEY_MAX];
};

void key_text(struct store_key *k, const char *text, size_t size);
void key_id(struct store_key *k, uint32_t id);
void key_vrf(struct store_key *k, uint16_t vrf);
void key_addr(struct store_key *k, const struct bb_addr *addr);
void key_vrf_addr(struct store_key *k, uint16_t vrf, const struct bb_addr *addr);
void key_port(struct store_key *k, const char *dev); /* prefix of key_attach */
void key_attach(struct store_key *k, const char *dev, const struct bb_vid *vid);
void key_vrf_attach(struct store_key *k, uint16_t vrf, uint16_t attach);
void key_gateway(struct store_key *k, uint16_t vrf, const struct bb_addr *addr, uint16_t attach);
void key_attach_endpoint(struct store_key *k, uint16_t attach, uint16_t vrf, const struct bb_addr *ca);
/* The way back. 0, or -EUCLEAN with the output untouched. */
int key_read_id(const void *b, size_t len, uint32_t *id);
int key_read_addr(const void *b, size_t len, struct bb_addr *addr);
int key_read_vrf_addr(const void *b, size_t len, uint16_t *vrf, struct bb_addr *addr);
int key_read_attach(const void *b, size_t len, char dev[BB_DEV_LEN], struct bb_vid *vid);

/* store_db.c: LMDB's calls with our keys and errors. -ENOENT is without text. */
int db_error(const struct store *store, int rc, struct bb_error *err);
int db_get(struct store_txn *t, enum store_db db, const struct store_key *key, MDB_val *val);
int db_read(struct store_txn *t, enum store_db db, const struct store_key *key, void *out, size_t size);
int db_put(struct store_txn *t, enum store_db db, const struct store_key *key, const void *val, size_t size,
	   struct bb_error *err);
int db_del(struct store_txn *t, enum store_db db, const struct store_key *key, struct bb_error *err);
uint64_t db_entries(struct store_txn *t, enum store_db db);
/* The first key that begins with `prefix`. */
int db_first(struct store_txn *t, enum store_db db, const struct store_key *prefix, struct store_key *found);
/* Every record whose key begins with `prefix` (null: every record), until `each` returns other than 0. */
typedef int (*db_each_fn)(struct store_txn *t, const MDB_val *key, const MDB_val *val, void *arg);
int db_walk(struct store_txn *t, enum store_db db, const struct store_key *prefix, db_each_fn each, void *arg);
/* A free id of DB_PORT_ID, DB_VRF_ID, DB_ATTACH_ID or DB_REMOTE, in turn; -ENOSPC. The caller puts it there. */
int db_new_id(struct store_txn *t, enum store_db db, uint32_t *id, struct bb_error *err);

/* store_effects.c: a failure breaks the transaction. */
int txn_effect_record(struct store_txn *t, enum bb_object object, uint16_t vrf, const union bb_record *old,
		      const union bb_record *new);
int txn_effect_key(struct store_txn *t, uint16_t vrf, const struct bb_addr *addr);
int txn_effect_peer(struct store_txn *t, bool add, uint16_t vrf, uint32_t remote, const struct bb_addr *pa);
int txn_effect_remote(struct store_txn *t, bool add, uint32_t remote, const struct bb_addr *pa);
void txn_effects_drop(struct store_txn *t);

/* store_records.c: one line of this table per object that the store keeps. */
struct store_ops {
	enum store_db db;
	size_t size; /* of the record that is compared */
	/* -ENOENT: something in the key does not exist, so the record does not either. */
	int (*key)(struct store_txn *t, const union bb_record *rec, struct store_key *key);
	/* `out` is zeroed; -EUCLEAN: the store is damaged. */
	int (*decode)(struct store_txn *t, const MDB_val *key, const MDB_val *val, union bb_record *out);
	/* Copies the fields that a replace leaves; may be null. */
	void (*keep)(const union bb_record *old, union bb_record *rec);
	/* Rules first, then writes and effects. `old` is null for a new record. */
	int (*put)(struct store_txn *t, const union bb_record *old, union bb_record *rec, struct bb_error *err);
	int (*del)(struct store_txn *t, const union bb_record *old, struct bb_error *err);
};

extern const struct store_ops store_port_ops, store_vrf_ops, store_attach_ops, store_endpoint_ops, store_mapping_ops;
const struct store_ops *store_ops(enum bb_object object); /* null: not kept */

#define STORE_DESCRIBE_TEXT 160
/* The key of a record as errors name it: `vrf "blue"`, `mapping vrf "blue" ca "10.0.0.1"`. Returns buf. */
const char *store_describe(enum bb_object object, const union bb_record *rec, char buf[STORE_DESCRIBE_TEXT]);
/* -EBUSY with "X is in use by Y". */
int store_in_use(enum bb_object object, const union bb_record *rec, enum bb_object by, const union bb_record *user,
		 struct bb_error *err);

/* store_vrf.c */
int vrf_by_id(struct store_txn *t, uint16_t id, struct bb_vrf *out);
int vrf_by_name(struct store_txn *t, const char *name, struct bb_vrf *out);
/* As vrf_by_name, for records that refer to a VRF: -EINVAL with text. */
int vrf_required(struct store_txn *t, const char *name, struct bb_vrf *out, struct bb_error *err);

/* store_attach.c: what lies behind an id; -EUCLEAN when nothing does. */
int attach_by_id(struct store_txn *t, uint16_t id, char dev[BB_DEV_LEN], struct bb_vid *vid);

#endif
