// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's transactions: one writer, any number of readers, and readers at rest for the miss path. */
#include <errno.h>
#include <stdlib.h>

#include "core/store_impl.h"

#define POOL_MAX 8

static struct store_txn *pool_take(struct store *store)
{
	struct store_txn *t;

	pthread_mutex_lock(&store->pool_lock);
	t = store->pool;
	if (t) {
		store->pool = t->next;
		store->pooled--;
	}
	pthread_mutex_unlock(&store->pool_lock);
	return t;
}

/* A transaction at rest keeps its reader's slot but no snapshot, so that pages are not held back. */
static bool pool_give(struct store_txn *t)
{
	struct store *store = t->store;
	bool room;

	mdb_txn_reset(t->mdb);
	pthread_mutex_lock(&store->pool_lock);
	room = store->pooled < POOL_MAX;
	if (room) {
		t->next = store->pool;
		store->pool = t;
		store->pooled++;
	}
	pthread_mutex_unlock(&store->pool_lock);
	return room;
}

void txn_pool_drop(struct store *store)
{
	struct store_txn *t;

	while ((t = pool_take(store))) {
		mdb_txn_abort(t->mdb);
		free(t);
	}
}

static int begin_new(struct store *store, bool write, struct store_txn **out, struct bb_error *err)
{
	struct store_txn *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return bb_fail(err, ENOMEM, "out of memory");
	t->store = store;
	t->write = write;
	rc = mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &t->mdb);
	if (rc) {
		free(t);
		return db_error(store, rc, err);
	}
	*out = t;
	return 0;
}

static int begin_read(struct store *store, struct store_txn **out, struct bb_error *err)
{
	struct store_txn *t = pool_take(store);
	int rc;

	if (!t)
		return begin_new(store, false, out, err);
	t->memo.id = 0;
	rc = mdb_txn_renew(t->mdb);
	if (rc) {
		mdb_txn_abort(t->mdb);
		free(t);
		return db_error(store, rc, err);
	}
	*out = t;
	return 0;
}

/* A second writer is refused: in the same thread LMDB would wait for itself for ever. */
static int begin_write(struct store *store, struct store_txn **out, struct bb_error *err)
{
	int rc;

	if (atomic_exchange(&store->writing, true))
		return bb_fail(err, EBUSY, "another write transaction is open on the store");
	rc = begin_new(store, true, out, err);
	if (rc)
		atomic_store(&store->writing, false);
	return rc;
}

int store_begin(struct store *store, bool write, struct store_txn **out, struct bb_error *err)
{
	return write ? begin_write(store, out, err) : begin_read(store, out, err);
}

int store_commit(struct store_txn *txn, struct bb_error *err)
{
	int rc;

	if (!txn->write || !txn->mdb)
		return bb_fail(err, EINVAL, "nothing to commit: not an open write transaction");
	if (txn->broken) {
		txn_effects_drop(txn);
		return db_error(txn->store, MDB_BAD_TXN, err);
	}
	rc = mdb_txn_commit(txn->mdb);
	txn->mdb = NULL; /* freed, whatever the outcome */
	atomic_store(&txn->store->writing, false);
	if (rc)
		txn_effects_drop(txn);
	return db_error(txn->store, rc, err);
}

void store_end(struct store_txn **txn)
{
	struct store_txn *t = *txn;

	if (!t)
		return;
	*txn = NULL;
	if (!t->write && pool_give(t))
		return;
	if (t->mdb) {
		mdb_txn_abort(t->mdb);
		if (t->write)
			atomic_store(&t->store->writing, false);
	}
	txn_effects_drop(t);
	free(t);
}
