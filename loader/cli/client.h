/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's end of the control socket. */
#ifndef BLUEBIRD_CLIENT_H
#define BLUEBIRD_CLIENT_H

#include <jansson.h>
#include <stddef.h>

#include "lib/error.h"

struct request {
	const char *mode; /* BB_MODE_*_WORD */
	const char *name; /* what errors call the source, "-" for none */
	const char *text; /* lines */
	size_t len;
};

/*
 * One exchange as proto.h describes it. 0 with the answer's "results" (a new reference), or -errno: the daemon
 * refused, could not be reached, or its answer was cut short.
 */
int client_exchange(const char *path, const struct request *request, json_t **results, struct bb_error *err);

#endif
