// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and lines to commands, and commands and records to lines, driven by the tables of the objects. */
#include "lib/grammar.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/value.h"

#define NAME_LEN 32 /* of "mapping replace" and the like */

/* The words not read yet. */
struct words {
	const char *const *next;
	int left;
};

static const char *peek(const struct words *w)
{
	return w->left ? w->next[0] : NULL;
}

static const char *take(struct words *w)
{
	w->left--;
	return *w->next++;
}

static bool is_help(const char *word)
{
	return word && !strcmp(word, "help");
}

static int field_index(const struct bb_object_def *def, const char *word)
{
	for (unsigned int i = 0; i < def->n_fields; i++) {
		if (!strcmp(def->fields[i].word, word))
			return (int)i;
	}
	return -1;
}

bool bb_given(const struct bb_command *cmd, const char *word)
{
	int i = field_index(bb_object_def(cmd->object), word);

	assert(i >= 0);
	return cmd->set & 1u << i;
}

static enum bb_object find_object(const char *word)
{
	int object = BB_OBJ_NONE + 1;

	while (object < BB_OBJECTS && strcmp(bb_object_def(object)->word, word) != 0)
		object++;
	return object < BB_OBJECTS ? object : BB_OBJ_NONE;
}

/* RUN has no word of its own: it is what an object that is a command does. */
static enum bb_verb find_verb(uint32_t verbs, const char *word)
{
	for (int verb = BB_VERB_NONE + 1; verb < BB_VERB_RUN; verb++) {
		if (verbs & BB_VERB_BIT(verb) && !strcmp(bb_verb_word(verb), word))
			return verb;
	}
	return BB_VERB_NONE;
}

/* "mapping add", for errors. */
static const char *name_of(enum bb_object object, enum bb_verb verb, char buf[NAME_LEN])
{
	const char *word = bb_object_def(object)->word;

	if (verb == BB_VERB_RUN)
		snprintf(buf, NAME_LEN, "%s", word);
	else
		snprintf(buf, NAME_LEN, "%s %s", word, bb_verb_word(verb));
	return buf;
}

static int parse_object(struct words *w, struct bb_command *cmd, struct bb_error *err)
{
	char quoted[BB_QUOTE_LEN];
	const char *word = peek(w);

	if (!word)
		return bb_fail(err, EINVAL, "an object is missing");
	if (is_help(word))
		return bb_fail(err, ENOMSG, "help was asked for");
	take(w);
	cmd->object = find_object(word);
	if (!strcmp(word, "bluebird"))
		return bb_fail(err, EINVAL, "\"bluebird\": leave this word out");
	if (!cmd->object)
		return bb_fail(err, EINVAL, "unknown object \"%s\"", bb_quote(word, quoted));
	return 0;
}

static int parse_verb(struct words *w, struct bb_command *cmd, struct bb_error *err)
{
	const struct bb_object_def *def = bb_object_def(cmd->object);
	const char *word = peek(w);
	char quoted[BB_QUOTE_LEN];

	if (is_help(word))
		return bb_fail(err, ENOMSG, "help was asked for");
	if (def->later)
		return bb_fail(err, ENOSYS, "%s: not yet", def->word);
	cmd->verb = word ? find_verb(def->verbs, word) : def->bare;
	if (cmd->verb) {
		if (word)
			take(w);
		return 0;
	}
	/* An object with a single verb goes without its word: `stats port DEV`, `apply FILE`. */
	cmd->verb = def->bare;
	if (def->verbs == BB_VERB_BIT(def->bare))
		return 0;
	return bb_fail(err, EINVAL, "unknown command \"%s\" of %s", bb_quote(word, quoted), def->word);
}

/* The keyword at hand: its field's index, or an error. A bare value stands for its keyword. */
static int parse_keyword(struct words *w, const struct bb_command *cmd, bool first, struct bb_error *err)
{
	const struct bb_object_def *def = bb_object_def(cmd->object);
	const char *word = peek(w);
	char quoted[BB_QUOTE_LEN], name[NAME_LEN];
	int i;

	if (is_help(word))
		return bb_fail(err, ENOMSG, "help was asked for");
	i = field_index(def, word);
	if (i < 0 && first && def->n_fields && def->fields[0].flags & BB_F_BARE)
		return 0;
	if (i < 0)
		return bb_fail(err, EINVAL, "unknown keyword \"%s\" of %s", bb_quote(word, quoted),
			       name_of(cmd->object, cmd->verb, name));
	if (!(def->fields[i].take & BB_VERB_BIT(cmd->verb)))
		return bb_fail(err, EINVAL, "\"%s\" is no keyword of %s", word, name_of(cmd->object, cmd->verb, name));
	if (cmd->set & 1u << i && def->fields[i].type != BB_T_PREFIXES)
		return bb_fail(err, EINVAL, "\"%s\" is given twice", word);
	take(w);
	if (!w->left)
		return bb_fail(err, EINVAL, "\"%s\" needs a value", word);
	return i;
}

static int check_needs(const struct bb_command *cmd, struct bb_error *err)
{
	const struct bb_object_def *def = bb_object_def(cmd->object);
	char name[NAME_LEN];

	for (unsigned int i = 0; i < def->n_fields; i++) {
		if (def->fields[i].need & BB_VERB_BIT(cmd->verb) && !(cmd->set & 1u << i))
			return bb_fail(err, EINVAL, "%s: \"%s\" is missing", name_of(cmd->object, cmd->verb, name),
				       def->fields[i].word);
	}
	if (cmd->verb == BB_VERB_SET && !cmd->set)
		return bb_fail(err, EINVAL, "%s: a keyword is missing", name_of(cmd->object, cmd->verb, name));
	return 0;
}

static int parse_fields(struct words *w, struct bb_command *cmd, struct bb_error *err)
{
	const struct bb_object_def *def = bb_object_def(cmd->object);

	for (unsigned int i = 0; i < def->n_fields; i++) {
		if (def->fields[i].take & BB_VERB_BIT(cmd->verb))
			bb_value_preset(&def->fields[i], &cmd->rec);
	}
	for (bool first = true; w->left; first = false) {
		int i = parse_keyword(w, cmd, first, err);
		int rc;

		if (i < 0)
			return i;
		rc = bb_value_parse(&def->fields[i], take(w), &cmd->rec, err);
		if (rc)
			return rc;
		cmd->set |= 1u << i;
	}
	return check_needs(cmd, err);
}

static int parse_file(struct words *w, struct bb_command *cmd, struct bb_error *err)
{
	char quoted[BB_QUOTE_LEN], name[NAME_LEN];
	const char *file = peek(w);

	name_of(cmd->object, cmd->verb, name);
	if (!file || !*file)
		return bb_fail(err, EINVAL, "%s: a file is missing", name);
	if (is_help(file))
		return bb_fail(err, ENOMSG, "help was asked for");
	take(w);
	if (w->left)
		return bb_fail(err, EINVAL, "%s: \"%s\" is one word too many", name, bb_quote(peek(w), quoted));
	if (strlen(file) >= sizeof(cmd->file))
		return bb_fail(err, EINVAL, "%s: the name \"%s\" is too long", name, bb_quote(file, quoted));
	memcpy(cmd->file, file, strlen(file) + 1);
	return 0;
}

/* Everything but the file's name, which is long: a million lines are parsed into one command. */
static void command_init(struct bb_command *cmd)
{
	memset(cmd, 0, offsetof(struct bb_command, file));
	cmd->file[0] = '\0';
}

int bb_parse_words(int argc, const char *const *argv, struct bb_command *cmd, struct bb_error *err)
{
	struct words w = { .next = argv, .left = argc };
	int rc;

	command_init(cmd);
	rc = parse_object(&w, cmd, err);
	if (!rc)
		rc = parse_verb(&w, cmd, err);
	if (rc)
		return rc;
	if (bb_object_def(cmd->object)->file & BB_VERB_BIT(cmd->verb))
		return parse_file(&w, cmd, err);
	return parse_fields(&w, cmd, err);
}

/* Cuts the line in place into words behind those there are; returns how many there are then. */
static int split(char *line, const char **words, int n)
{
	static const char blanks[] = " \t\r\n";

	for (line += strspn(line, blanks); *line && *line != '#'; line += strspn(line, blanks)) {
		if (n == BB_LINE_WORDS)
			return -E2BIG;
		words[n++] = line;
		line += strcspn(line, blanks);
		if (*line)
			*line++ = '\0';
	}
	return n;
}

/* The line's words stand behind those that go without saying. */
static int parse_line(const char *const *implied, int n_implied, const char *line, struct bb_command *cmd,
		      struct bb_error *err)
{
	const char *words[BB_LINE_WORDS] = { NULL };
	char buf[BB_LINE_LEN];
	size_t len = strnlen(line, sizeof(buf));
	int n, rc;

	command_init(cmd);
	if (len == sizeof(buf))
		return bb_fail(err, EINVAL, "the line is longer than %d characters", BB_LINE_LEN - 1);
	memcpy(buf, line, len + 1);
	for (n = 0; n < n_implied; n++)
		words[n] = implied[n];
	n = split(buf, words, n);
	if (n < 0)
		return bb_fail(err, EINVAL, "the line has more than %d words", BB_LINE_WORDS);
	if (n == n_implied)
		return 0;
	rc = bb_parse_words(n, words, cmd, err);
	if (rc == -ENOMSG)
		return bb_fail(err, EINVAL, "\"help\" has no place in a file");
	return rc;
}

int bb_parse_line(const char *line, struct bb_command *cmd, struct bb_error *err)
{
	return parse_line(NULL, 0, line, cmd, err);
}

int bb_parse_import_line(const char *line, struct bb_command *cmd, struct bb_error *err)
{
	const char *const implied[] = { bb_object_def(BB_OBJ_MAPPING)->word, bb_verb_word(BB_VERB_REPLACE) };

	return parse_line(implied, 2, line, cmd, err);
}

bool bb_fits_batch(const struct bb_command *cmd)
{
	return cmd->verb != BB_VERB_RUN && cmd->verb != BB_VERB_IMPORT;
}

bool bb_fits_apply(const struct bb_command *cmd)
{
	return bb_object_def(cmd->object)->config &&
	       (cmd->verb == BB_VERB_ADD || cmd->verb == BB_VERB_REPLACE || cmd->verb == BB_VERB_SET);
}

static void write_field(FILE *to, const struct bb_object_def *def, unsigned int i, const union bb_record *rec)
{
	const struct bb_field *field = &def->fields[i];
	char buf[BB_VALUE_TEXT];

	for (unsigned int n = 0; n < bb_value_count(field, rec); n++) {
		const char *text = bb_value_text(field, rec, n, buf);

		/* Bare, unless the value would be taken for something else. */
		if (!(field->flags & BB_F_BARE) || is_help(text) || field_index(def, text) >= 0)
			fprintf(to, " %s", field->word);
		fprintf(to, " %s", text);
	}
}

static void write_line(FILE *to, enum bb_object object, enum bb_verb verb, uint32_t fields,
		       const union bb_record *rec)
{
	const struct bb_object_def *def = bb_object_def(object);
	char name[NAME_LEN];

	fputs(name_of(object, verb, name), to);
	for (unsigned int i = 0; i < def->n_fields; i++) {
		if (fields & 1u << i)
			write_field(to, def, i, rec);
	}
}

void bb_record_line(FILE *to, enum bb_object object, enum bb_verb verb, const union bb_record *rec)
{
	const struct bb_object_def *def = bb_object_def(object);
	uint32_t bit = BB_VERB_BIT(verb), fields = 0;

	for (unsigned int i = 0; i < def->n_fields; i++) {
		const struct bb_field *f = &def->fields[i];

		if (f->take & bit && (f->need & bit || f->flags & BB_F_EXPLICIT || !bb_value_is_preset(f, rec)))
			fields |= 1u << i;
	}
	write_line(to, object, verb, fields, rec);
}

void bb_command_line(FILE *to, const struct bb_command *cmd)
{
	write_line(to, cmd->object, cmd->verb, cmd->set, &cmd->rec);
	if (cmd->file[0])
		fprintf(to, " %s", cmd->file);
}
