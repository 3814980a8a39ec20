// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a batch, apply or import file and checks its lines, so that nothing is sent that cannot be right. */
#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bluebird/proto.h"
#include "lib/grammar.h"

#define NAME_SHOWN 256

static int check_batch(const char *line, struct bb_command *cmd, struct bb_error *err)
{
	int rc = bb_parse_line(line, cmd, err);

	if (!rc && !bb_fits_batch(cmd))
		return bb_fail(err, EINVAL, "\"%s\" has no place in a batch",
			       cmd->verb == BB_VERB_IMPORT ? "import" : bb_object_def(cmd->object)->word);
	return rc;
}

static int check_apply(const char *line, struct bb_command *cmd, struct bb_error *err)
{
	int rc = bb_parse_line(line, cmd, err);

	if (!rc && cmd->object && !bb_fits_apply(cmd))
		return bb_fail(err, EINVAL, "\"%s %s\" has no place in a file to apply: add, replace and set have",
			       bb_object_def(cmd->object)->word, bb_verb_word(cmd->verb));
	return rc;
}

typedef int check_fn(const char *line, struct bb_command *cmd, struct bb_error *err);

static int check_lines(struct source *src, check_fn *check, struct bb_error *err)
{
	char *at = src->text.data, *end = at + src->text.len;
	struct bb_command cmd;
	struct bb_error why;

	for (unsigned long number = 1; at < end; number++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		char *stop = newline ? newline : end;
		int rc;

		/* The text is sent as it is: the line ends here only while it is read. */
		*stop = '\0';
		if (strlen(at) != (size_t)(stop - at))
			rc = bb_fail(&why, EINVAL, "the line has a NUL byte in it");
		else
			rc = check(at, &cmd, &why);
		if (newline)
			*newline = '\n';
		if (rc)
			return bb_fail(err, -rc, "%.*s:%lu: %s", NAME_SHOWN, src->name, number, why.text);
		at = stop + 1;
	}
	return 0;
}

static int read_file(struct source *src, const char *file)
{
	bool is_stdin = !strcmp(file, "-");
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = buffer_read(&src->text, fd);
	if (!is_stdin)
		close(fd);
	return rc;
}

int source_load(struct source *src, const char *mode, const char *file, struct bb_error *err)
{
	int rc;

	*src = (struct source){ .mode = mode, .name = strcmp(file, "-") ? file : "stdin" };
	rc = read_file(src, file);
	if (rc)
		bb_fail(err, -rc, "%.*s: %s", NAME_SHOWN, src->name, strerror(-rc));
	else if (!strcmp(mode, BB_MODE_APPLY_WORD))
		rc = check_lines(src, check_apply, err);
	else if (!strcmp(mode, BB_MODE_IMPORT_WORD))
		rc = check_lines(src, bb_parse_import_line, err);
	else
		rc = check_lines(src, check_batch, err);
	if (rc)
		source_free(src);
	return rc;
}

void source_free(struct source *src)
{
	buffer_free(&src->text);
}
