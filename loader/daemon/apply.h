/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `apply`: the state becomes exactly what a list of commands says, by the fewest changes. */
#ifndef BLUEBIRD_APPLY_H
#define BLUEBIRD_APPLY_H

#include <jansson.h>

#include "core/store.h"
#include "lib/grammar.h"

/* What must exist in the end: keys that were seen. */
struct apply_set;

int apply_set_new(struct apply_set **out);
void apply_set_free(struct apply_set **set);
/* Remembers that this record shall exist. */
int apply_set_add(struct apply_set *set, enum bb_object object, const union bb_record *rec);
/*
 * Deletes every record that is not in the set, what refers to others first, and appends a row
 * {"change": "del", "line": TEXT} for each.
 */
int apply_delete_others(struct store_txn *txn, const struct apply_set *set, json_t *rows, struct bb_error *err);

#endif
