/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that answer show, count and status: from the store, the cache and the counters. */
#ifndef BLUEBIRD_SHOW_H
#define BLUEBIRD_SHOW_H

#include <jansson.h>

#include "daemon/gateway.h"
#include "lib/grammar.h"

/* Appends the command's rows. The transaction sees what the same batch has changed before. */
int show(struct gateway *g, struct store_txn *txn, const struct bb_command *cmd, json_t *rows, struct bb_error *err);
/* Rows {"line": TEXT} that recreate the whole state. */
int show_export(struct store_txn *txn, json_t *rows);
/* The record as a line of the grammar; the caller frees it. Null when out of memory. */
char *record_line(enum bb_object object, enum bb_verb verb, const union bb_record *rec);

#endif
