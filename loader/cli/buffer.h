/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that can be read from a file descriptor, in one piece of memory. */
#ifndef BLUEBIRD_BUFFER_H
#define BLUEBIRD_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data; /* with a NUL behind it */
	size_t len;
};

/* Reads until the end. 0, or -errno. The caller frees with buffer_free, also after an error. */
int buffer_read(struct buffer *buf, int fd);
void buffer_free(struct buffer *buf);

#endif
