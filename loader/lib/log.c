// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes log lines to stderr, one write per line. */
#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum bb_log_level max_level = BB_LOG_INFO;

void bb_log_set_level(enum bb_log_level level)
{
	max_level = level;
}

void bb_log(enum bb_log_level level, const char *msg, const char *fields, ...)
{
	/* sd-daemon(3): "<N>" at the start of a line is its syslog priority. */
	static const char *const prefix[] = { "<3>", "<4>", "<6>", "<7>" };
	static const char *const word[] = { "error: ", "warning: ", "", "debug: " };
	char text[1024] = "";
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fields);
	vsnprintf(text, sizeof(text), fields, ap);
	va_end(ap);
	fprintf(stderr, "%s%s%s%s\n", getenv("JOURNAL_STREAM") ? prefix[level] : word[level], msg,
		text[0] ? " " : "", text);
}
