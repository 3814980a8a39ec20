/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One field's value in a record: from text, its preset, and back to text. */
#ifndef BLUEBIRD_VALUE_H
#define BLUEBIRD_VALUE_H

#include "lib/grammar.h"

#define BB_QUOTE_LEN 64
#define BB_VALUE_TEXT 64

/* A user's word as it may stand in an error: one line, plain characters, not endless. Returns buf. */
const char *bb_quote(const char *word, char buf[BB_QUOTE_LEN]);

void bb_value_preset(const struct bb_field *field, union bb_record *rec);
/* Text to value; a repeatable field gets one more. 0, -EINVAL or -ENOSYS; the error quotes the text. */
int bb_value_parse(const struct bb_field *field, const char *text, union bb_record *rec, struct bb_error *err);

bool bb_value_is_preset(const struct bb_field *field, const union bb_record *rec);
/* How many values there are (1 unless repeatable), and one of them as text; buf has BB_VALUE_TEXT. Returns buf. */
unsigned int bb_value_count(const struct bb_field *field, const union bb_record *rec);
const char *bb_value_text(const struct bb_field *field, const union bb_record *rec, unsigned int i, char *buf);

#endif
