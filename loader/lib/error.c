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
	}
	return -code;
}
