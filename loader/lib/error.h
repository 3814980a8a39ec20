/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One error text, written once where the context is known and carried up to whoever shows it. */
#ifndef BLUEBIRD_ERROR_H
#define BLUEBIRD_ERROR_H

struct bb_error {
	char text[512];
};

/*
 * Writes the text and returns -code (code is a positive errno), so that a failing function can
 * `return bb_fail(err, EINVAL, "...")`. A null err only returns.
 */
int bb_fail(struct bb_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
