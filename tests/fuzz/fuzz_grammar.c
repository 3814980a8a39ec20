// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any line is refused with one printable error, or its command written as a line is the same command again.
 * clang -fsanitize=fuzzer builds it with addr.c, error.c, grammar.c, objects.c and value.c of loader/lib.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static void require_error(int rc, const struct bb_error *err)
{
	FUZZ_REQUIRE(rc == -EINVAL || rc == -ENOSYS);
	FUZZ_REQUIRE(err->text[0]);
	for (const char *c = err->text; *c; c++)
		FUZZ_REQUIRE(*c >= ' ' && *c <= '~');
}

static void require_same(const struct bb_command *a, const struct bb_command *b)
{
	FUZZ_REQUIRE(a->object == b->object && a->verb == b->verb && a->set == b->set);
	FUZZ_REQUIRE(!memcmp(&a->rec, &b->rec, sizeof(a->rec)));
	FUZZ_REQUIRE(!strcmp(a->file, b->file));
}

/* The command written by bb_command_line, or (record) by bb_record_line; the caller frees. */
static char *write_line(const struct bb_command *cmd, bool record)
{
	char *line = NULL;
	size_t len;
	FILE *to = open_memstream(&line, &len);

	FUZZ_REQUIRE(to);
	if (record)
		bb_record_line(to, cmd->object, cmd->verb, &cmd->rec);
	else
		bb_command_line(to, cmd);
	FUZZ_REQUIRE(!fclose(to));
	return line;
}

static void require_fixed_point(const struct bb_command *cmd)
{
	char *line = write_line(cmd, false), *again;
	struct bb_command same;
	struct bb_error err;

	FUZZ_REQUIRE(!bb_parse_line(line, &same, &err));
	require_same(cmd, &same);
	again = write_line(&same, false);
	FUZZ_REQUIRE(!strcmp(line, again));
	free(again);
	free(line);
}

/* A record alone makes a line too, without its presets, and comes back equal. */
static void require_record(const struct bb_command *cmd)
{
	struct bb_command same;
	struct bb_error err;
	char *line;

	if (cmd->verb != BB_VERB_ADD && cmd->verb != BB_VERB_REPLACE && cmd->verb != BB_VERB_SET)
		return;
	line = write_line(cmd, true);
	FUZZ_REQUIRE(!bb_parse_line(line, &same, &err));
	FUZZ_REQUIRE(cmd->object == same.object && cmd->verb == same.verb);
	FUZZ_REQUIRE(!memcmp(&cmd->rec, &same.rec, sizeof(cmd->rec)));
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bb_command cmd;
	struct bb_error err = { "" };
	char *line = malloc(size + 1);
	int rc;

	FUZZ_REQUIRE(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	rc = bb_parse_line(line, &cmd, &err);
	if (rc) {
		require_error(rc, &err);
	} else if (cmd.object) {
		require_fixed_point(&cmd);
		require_record(&cmd);
	}
	rc = bb_parse_import_line(line, &cmd, &err);
	if (rc)
		require_error(rc, &err);
	else if (cmd.object)
		require_fixed_point(&cmd);
	free(line);
	return 0;
}
