/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Store -> data plane: what a committed change does to it, and the whole of it at start. */
#ifndef BLUEBIRD_SYNC_H
#define BLUEBIRD_SYNC_H

#include "daemon/gateway.h"

/*
 * Before the commit: brings the transaction's new and changed ports up, since that can fail for reasons the store
 * does not know. On failure what was done is undone; sync_ports_undo undoes it when the commit fails.
 */
int sync_ports_prepare(struct gateway *g, struct store_txn *txn, struct bb_error *err);
void sync_ports_undo(struct gateway *g, struct store_txn *txn);
/* Before the commit, too: a larger cache may find no memory. `undo`: back to the old options, the commit failed. */
int sync_cache_options(struct gateway *g, struct store_txn *txn, bool undo, struct bb_error *err);
/* After the commit: when it returns, no packet goes by what was before. */
int sync_effects(struct gateway *g, struct store_txn *txn, struct bb_error *err);

/* At start: everything. What an earlier daemon left in adopted maps and is not in the store goes. */
int sync_all(struct gateway *g, struct bb_error *err);

#endif
