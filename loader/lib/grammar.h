/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one grammar: OBJECT { COMMAND | help } with keyword/value in any order, for argv, batch files
 * and the control socket; and the way back, from a record to a line of the same grammar.
 */
#ifndef BLUEBIRD_GRAMMAR_H
#define BLUEBIRD_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/model.h"

enum bb_type {
	BB_T_DEV,     /* char[16] */
	BB_T_NAME,    /* char[32] */
	BB_T_WORD,    /* char[32]: a reason */
	BB_T_ADDR,    /* struct bb_addr */
	BB_T_PREFIXES,/* struct bb_prefix[], repeatable; count in the byte at `aux` */
	BB_T_MAC,     /* struct bb_mac */
	BB_T_VID,     /* struct bb_vid */
	BB_T_U8,
	BB_T_U16,
	BB_T_U32,     /* min..max of the field */
	BB_T_ONOFF,   /* uint8_t */
	BB_T_ROLE,    /* uint8_t, enum bb_role */
	BB_T_MODE,    /* uint8_t, enum bb_mode */
	BB_T_DSCP,    /* uint8_t 0..63 at `offset`, or "copy": 1 in the byte at `aux` */
};

#define BB_F_KEY 1	   /* part of the object's key */
#define BB_F_OPTIONAL_ZERO 2 /* all-zero means unset: null in JSON, absent in a line */
#define BB_F_BARE 4	   /* the value may stand without its keyword, right after the verb */
#define BB_F_EXPLICIT 8	   /* written even at its preset: where it is left out, it stays as it is */
#define BB_F_V6 16	   /* the address must be IPv6 */
#define BB_F_LATER 32	   /* any value but the preset is refused with "not yet" */
#define BB_F_LATER_WIDE 64 /* so is an IPv6 address or a double tag */

#define BB_LINE_LEN 4096 /* of a line, with its NUL */
#define BB_LINE_WORDS 64
#define BB_FILE_LEN 4096

#define BB_VERB_BIT(verb) (1u << (verb))

struct bb_field {
	const char *word; /* as typed: "dst-port"; JSON's key is the same with '_' */
	enum bb_type type;
	uint16_t offset; /* in the object's record */
	uint16_t aux;
	uint32_t min, max, preset; /* of numbers and on/off */
	uint32_t flags;
	uint32_t take; /* bits of the verbs that take the field (for show and flush it is a filter) */
	uint32_t need; /* bits of the verbs that cannot do without */
};

struct bb_object_def {
	const char *word;
	const char *help; /* usage lines, as `bluebird OBJECT help` prints them */
	uint32_t verbs;	  /* bits of the verbs there are; where it is one only, its word may be left out */
	enum bb_verb bare; /* what the object's word alone means */
	uint32_t file;	  /* bits of the verbs that take FILE instead of fields */
	const struct bb_field *fields;
	unsigned int n_fields;
	size_t size; /* of the record */
	bool config; /* part of export and apply */
	bool later;  /* "not yet" */
};

struct bb_command {
	enum bb_object object;
	enum bb_verb verb;
	uint32_t set; /* bit i: field i of the object was given */
	union bb_record rec;
	char file[BB_FILE_LEN]; /* of `apply` and `mapping import` */
};

/* Never null for a valid object. */
const struct bb_object_def *bb_object_def(enum bb_object object);
const char *bb_verb_word(enum bb_verb verb);
/* Was the field with this keyword given? An unknown keyword is a programming error (assert). */
bool bb_given(const struct bb_command *cmd, const char *word);

/*
 * Words (without "bluebird" and without options) to a command. Fields that were not given have their
 * preset. 0; -EINVAL bad word, quoted in err; -ENOSYS "not yet"; -ENOMSG the words ask for help
 * (cmd->object set, or BB_OBJ_NONE for the top level).
 */
int bb_parse_words(int argc, const char *const *argv, struct bb_command *cmd, struct bb_error *err);

/*
 * One line of a batch file: blanks separate words, '#' starts a comment. A blank line gives BB_OBJ_NONE.
 * Asking for help is an error here.
 */
int bb_parse_line(const char *line, struct bb_command *cmd, struct bb_error *err);
/* The same for a line of `mapping import`: the keywords of `mapping replace` without these two words. */
int bb_parse_import_line(const char *line, struct bb_command *cmd, struct bb_error *err);

/* What may stand in a batch, and in the file of `apply`. */
bool bb_fits_batch(const struct bb_command *cmd);
bool bb_fits_apply(const struct bb_command *cmd);

/*
 * Writes the record as a line of the grammar without newline: "mapping add vrf blue ca ...".
 * Keywords with their preset value are left out. `verb` is ADD, REPLACE, DEL (keys only) or SET.
 */
void bb_record_line(FILE *to, enum bb_object object, enum bb_verb verb, const union bb_record *rec);

/* Writes a whole command as a line, filters included: what the client sends and the daemon parses. */
void bb_command_line(FILE *to, const struct bb_command *cmd);

/* Words for enumerations: "access", "native", NULL if out of range. */
const char *bb_role_word(uint8_t role);
const char *bb_mode_word(uint8_t mode);

#endif
