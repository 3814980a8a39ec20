/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user reads: rows for people or as JSON, and errors for both. */
#ifndef BLUEBIRD_OUTPUT_H
#define BLUEBIRD_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/error.h"

struct output {
	bool json;
	bool pretty;
};

/* One line on stderr, and with JSON also an object on stdout. */
void output_error(const struct output *out, const char *text);

/*
 * The daemon's "results" to stdout. 0, or -EPROTO if they are not what proto.h says, or -errno if stdout cannot
 * be written; a reader that has gone away is no error.
 */
int output_results(const struct output *out, const json_t *results, struct bb_error *err);

#endif
