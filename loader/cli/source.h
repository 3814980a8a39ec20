/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of lines that goes to the daemon whole, after every line has been read here. */
#ifndef BLUEBIRD_SOURCE_H
#define BLUEBIRD_SOURCE_H

#include "cli/buffer.h"
#include "lib/error.h"

struct source {
	const char *mode; /* BB_MODE_*_WORD: decides which lines fit */
	const char *name; /* of the file, as errors show it */
	struct buffer text;
};

/* Reads FILE ("-": stdin) and checks each line; -errno with NAME or NAME:LINE in the error. */
int source_load(struct source *src, const char *mode, const char *file, struct bb_error *err);
void source_free(struct source *src);

#endif
