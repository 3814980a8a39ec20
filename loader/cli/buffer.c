// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a file descriptor to its end, doubling the memory as it goes. */
#include "cli/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_SIZE 65536

int buffer_read(struct buffer *buf, int fd)
{
	size_t size = 0;

	for (;;) {
		ssize_t n;

		if (buf->len + 1 >= size) {
			size_t more = size ? size * 2 : FIRST_SIZE;
			char *data = realloc(buf->data, more);

			if (!data)
				return -ENOMEM;
			buf->data = data;
			size = more;
		}
		n = read(fd, buf->data + buf->len, size - buf->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf->len += (size_t)n;
		buf->data[buf->len] = '\0';
		if (n == 0)
			return 0;
	}
}

void buffer_free(struct buffer *buf)
{
	free(buf->data);
	*buf = (struct buffer){ 0 };
}
