/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The truth on disk: records in LMDB under one schema with a version, every change a transaction.
 * Knows the rules of the configuration (references, uniqueness, sizes), and neither BPF nor sockets nor the clock.
 */
#ifndef BLUEBIRD_STORE_H
#define BLUEBIRD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/grammar.h"
#include "lib/model.h"

#define BB_SCHEMA_VERSION 1

struct store;
struct store_txn;

/* What a committed change means for the data plane, in the order it happened. */
enum effect_type {
	EFFECT_RECORD, /* object: old and/or new record (vtep, port, vrf, attach, endpoint, cache options) */
	EFFECT_KEY,    /* the answer for (vrf, addr) may have changed */
	EFFECT_PEER,   /* (vrf, addr) became (add) or stopped being a PA of that VRF */
	EFFECT_REMOTE, /* PA addr got (add) or lost index `remote` */
};

struct effect {
	enum effect_type type;
	enum bb_object object; /* EFFECT_RECORD */
	bool add;	       /* EFFECT_PEER, EFFECT_REMOTE */
	uint16_t vrf;	       /* id; of a record that has a VRF too: the new one's, or else the old one's */
	uint32_t remote;
	struct bb_addr addr;
	/* EFFECT_RECORD; null where there is none (the cache's options: never); owned by the transaction */
	union bb_record *old, *new;
};

/*
 * Opens or creates the store in `dir` (created 0700 if missing). A second process on the same directory is
 * refused with -EBUSY (a lock file of the store's own). A damaged file, a foreign or newer schema: a clear
 * error, never an empty store. `map_bytes` is the largest size the store may grow to.
 */
int store_open(struct store **out, const char *dir, size_t map_bytes, struct bb_error *err);
void store_close(struct store **store);
/* Random id made at creation, and the number of the last committed transaction. */
void store_identity(struct store *store, uint8_t id[16], uint64_t *last_txn);

/* Write transactions: one at a time, one thread. Read transactions: any thread; each in its own. */
int store_begin(struct store *store, bool write, struct store_txn **out, struct bb_error *err);
/* Durable when it returns 0. The transaction's effects stay readable until store_end. */
int store_commit(struct store_txn *txn, struct bb_error *err);
/* Frees the transaction; aborts it if it was not committed. Null is fine, *txn becomes null. */
void store_end(struct store_txn **txn);
size_t store_effects(const struct store_txn *txn, const struct effect **out);

/*
 * The verbs. `rec` has the record of `object` (vtep, port, vrf, attach, endpoint, mapping, cache as
 * bb_cache_cmd.opts). Errors in err name the thing: -EEXIST, -ENOENT, -EBUSY (still referred to, by whom),
 * -ENOSPC (table or store full), -EINVAL (a rule broken: VNI already used by, VRF/port/attachment not there,
 * fabric port in an attach, gateway addresses of an attachment).
 * `kept` fields are assigned here and filled in `rec`. Replacing a record by an equal one has no effect.
 */
int store_add(struct store_txn *txn, enum bb_object object, union bb_record *rec, struct bb_error *err);
int store_replace(struct store_txn *txn, enum bb_object object, union bb_record *rec, struct bb_error *err);
int store_del(struct store_txn *txn, enum bb_object object, const union bb_record *key, struct bb_error *err);
/* By key fields; -ENOENT without text. The vtep and the cache options have no key. */
int store_get(struct store_txn *txn, enum bb_object object, const union bb_record *key, union bb_record *out);
/* Changes only a port's `saved` field (no effect is recorded). */
int store_port_saved(struct store_txn *txn, const char *dev, uint32_t saved, struct bb_error *err);

/*
 * Calls `each` for every record that matches the fields `set` of `filter` (filter may be null), in key order;
 * stops at the first non-zero return and returns it. `each` must not change the store.
 */
int store_each(struct store_txn *txn, enum bb_object object, const union bb_record *filter, uint32_t set,
	       int (*each)(const union bb_record *rec, void *arg), void *arg);
/* Number of records of the object. */
uint64_t store_count(struct store_txn *txn, enum bb_object object);
int store_vrf_by_id(struct store_txn *txn, uint16_t id, struct bb_vrf *out); /* -ENOENT */

/* Derived tables, for filling the data plane at start. */
int store_each_peer(struct store_txn *txn, int (*each)(uint16_t vrf, const struct bb_addr *pa, void *arg), void *arg);
int store_each_remote(struct store_txn *txn, int (*each)(uint32_t remote, const struct bb_addr *pa, void *arg),
		      void *arg);

/* Is it a PA of that VRF? */
bool store_has_peer(struct store_txn *txn, uint16_t vrf, const struct bb_addr *pa);

/* Look-ups of the resolver, by VRF id: -ENOENT, or 0. */
int store_find_endpoint(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct bb_endpoint *out);
int store_find_mapping(struct store_txn *txn, uint16_t vrf, const struct bb_addr *ca, struct bb_mapping *out,
		       uint32_t *remote);

#endif
