/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests as proto.h describes them: lines in, one transaction, results out. The one way to change the state. */
#ifndef BLUEBIRD_ENGINE_H
#define BLUEBIRD_ENGINE_H

#include <jansson.h>

#include "daemon/gateway.h"

/* A new reference to the answer; null when out of memory. `text` is NUL-terminated and is written to. */
json_t *engine_request(struct gateway *g, char *text);
/* The daemon's --config file: a batch in which `add` acts as `replace`. */
int engine_config(struct gateway *g, const char *path, struct bb_error *err);

#endif
