/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a directory of its own, driven by lines of the grammar. */
#ifndef BLUEBIRD_STORE_FIXTURE_H
#define BLUEBIRD_STORE_FIXTURE_H

#include <check.h>

#include "core/store.h"

#define FIXTURE_MAP (64u << 20)
#define FIXTURE_TEXT 4096

struct fixture {
	char dir[64];
	struct store *store;
};

/* A port, a VRF, an attachment, an endpoint and a mapping, and a second VRF with its attachment. */
extern const char *const fixture_base[];

void fixture_open(struct fixture *f, size_t map_bytes); /* an empty store */
void fixture_base_open(struct fixture *f);		/* with fixture_base */
void fixture_reopen(struct fixture *f);
void fixture_close(struct fixture *f); /* and removes the directory */
const char *fixture_path(const struct fixture *f, const char *file);

/* The verb of one line within a transaction. */
int fixture_do(struct store_txn *t, const char *line, struct bb_error *err);
/* Lines, up to a null, in one transaction that must succeed. */
void fixture_commit(struct fixture *f, const char *const *lines);
/* The transaction's effects as one line each: "+remote 1 10.0.0.2", "~record vrf 1", "key 1 10.0.0.1". */
const char *fixture_effects(const struct store_txn *t, char text[FIXTURE_TEXT]);
/* All that the store holds, derived tables included, as text; freed by the caller. */
char *fixture_dump(struct store_txn *t);
char *fixture_dump_now(struct store *store);

#endif
