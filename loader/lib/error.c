// SPDX-License-Identifier: GPL-2.0-or-later
/* Formats the one error text. */
#include "lib/error.h"

#include <stdarg.h>
#include <stdio.h>

int bb_fail(struct bb_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		/* The text becomes JSON and a terminal's line: what is quoted in it can be anything. */
		for (unsigned char *c = (unsigned char *)err->text; *c; c++)
			if (*c < ' ' || *c > '~')
				*c = '?';
	}
	return -code;
}
