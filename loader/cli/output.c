// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows as text for people or as JSON: both come from the same rows, and no object has code of its own. */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_COLUMNS 32
#define CELL_LEN 64

static const char *cell_text(const json_t *value, const char *unset, char buf[CELL_LEN])
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		snprintf(buf, CELL_LEN, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return buf;
	case JSON_REAL:
		snprintf(buf, CELL_LEN, "%.9g", json_real_value(value));
		return buf;
	case JSON_TRUE:
		return "on";
	case JSON_FALSE:
		return "off";
	default:
		return unset;
	}
}

static void print_pair(const char *key, const json_t *value, const char **gap)
{
	char buf[CELL_LEN];

	fputs(*gap, stdout);
	*gap = " ";
	for (; *key; key++)
		putchar(*key == '_' ? '-' : *key);
	printf(" %s", cell_text(value, "-", buf));
}

/* Keywords and values as they would be typed; what is unset or off is left out. */
static void print_pairs(const json_t *row)
{
	const char *key, *gap = "";
	json_t *value, *item;
	size_t i;

	json_object_foreach((json_t *)row, key, value) {
		if (json_is_array(value)) {
			json_array_foreach(value, i, item)
				print_pair(key, item, &gap);
		} else if (!json_is_null(value) && !json_is_false(value)) {
			print_pair(key, value, &gap);
		}
	}
	putchar('\n');
}

static void print_status(const json_t *row)
{
	char buf[CELL_LEN];
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)row, key, value)
		printf("%s %s\n", key, cell_text(value, "-", buf));
}

/* "change: line", or what there is of both: a line alone is a batch line. */
static void print_line(const json_t *row)
{
	const char *change = json_string_value(json_object_get(row, "change"));
	const char *line = json_string_value(json_object_get(row, "line"));

	if (change)
		printf("%s: ", change);
	printf("%s\n", line ? line : "");
}

static void print_count(const json_t *row)
{
	char buf[CELL_LEN];
	const json_t *count = json_object_get(row, "count");

	printf("%s\n", count ? cell_text(count, "-", buf) : "-");
}

static void measure(const json_t *rows, const char *const *keys, int columns, int *width)
{
	char buf[CELL_LEN];
	json_t *row;
	size_t i;

	for (int c = 0; c < columns; c++)
		width[c] = (int)strlen(keys[c]);
	json_array_foreach(rows, i, row) {
		for (int c = 0; c < columns; c++) {
			const json_t *value = json_object_get(row, keys[c]);
			int len = value ? (int)strlen(cell_text(value, "-", buf)) : 1;

			if (len > width[c])
				width[c] = len;
		}
	}
}

/* Words to the left, numbers to the right, no blanks at the end. */
static void print_cell(const char *text, int width, bool right, bool last)
{
	if (right)
		printf("%*s", width, text);
	else
		printf("%-*s", last ? 0 : width, text);
	fputs(last ? "\n" : "  ", stdout);
}

static void print_table(const json_t *rows)
{
	const json_t *head = json_array_get(rows, 0);
	const char *keys[MAX_COLUMNS], *key;
	int width[MAX_COLUMNS], columns = 0;
	bool right[MAX_COLUMNS];
	char buf[CELL_LEN];
	json_t *value, *row;
	size_t i;

	json_object_foreach((json_t *)head, key, value) {
		if (columns == MAX_COLUMNS)
			break;
		right[columns] = json_is_number(value);
		keys[columns++] = key;
	}
	measure(rows, keys, columns, width);
	for (int c = 0; c < columns; c++)
		print_cell(keys[c], width[c], right[c], c == columns - 1);
	json_array_foreach(rows, i, row) {
		for (int c = 0; c < columns; c++) {
			value = json_object_get(row, keys[c]);
			print_cell(value ? cell_text(value, "-", buf) : "-", width[c], right[c], c == columns - 1);
		}
	}
}

/* How people see the rows of a command; what is not listed is printed as pairs. */
static const struct view {
	const char *object;
	const char *verb;
	void (*row)(const json_t *row);
	void (*rows)(const json_t *rows);
} views[] = {
	{ .object = "stats", .verb = "show", .rows = print_table },
	{ .object = "cache", .verb = "show", .rows = print_table },
	{ .object = "cache", .verb = "status", .row = print_status },
	{ .object = "mapping", .verb = "count", .row = print_count },
	{ .object = "export", .verb = "run", .row = print_line },
	{ .object = "apply", .verb = "run", .row = print_line },
};

static void print_result(const json_t *result)
{
	const char *object = json_string_value(json_object_get(result, "object"));
	const char *verb = json_string_value(json_object_get(result, "verb"));
	const json_t *rows = json_object_get(result, "rows");
	void (*print_row)(const json_t *row) = print_pairs;
	json_t *row;
	size_t i;

	for (i = 0; object && verb && i < sizeof(views) / sizeof(views[0]); i++) {
		if (strcmp(views[i].object, object) != 0 || strcmp(views[i].verb, verb) != 0)
			continue;
		if (views[i].rows && json_array_size(rows) > 0)
			views[i].rows(rows);
		if (views[i].rows)
			return;
		print_row = views[i].row;
	}
	json_array_foreach(rows, i, row)
		print_row(row);
}

static void print_json(const struct output *out, const json_t *value)
{
	json_dumpf(value, stdout, JSON_REAL_PRECISION(9) | (out->pretty ? JSON_INDENT(4) : JSON_COMPACT));
	putchar('\n');
}

static int print_all_json(const struct output *out, const json_t *results)
{
	json_t *all = json_array(), *result;
	size_t i;

	json_array_foreach(results, i, result) {
		if (json_array_extend(all, json_object_get(result, "rows"))) {
			json_decref(all);
			return -ENOMEM;
		}
	}
	print_json(out, all);
	json_decref(all);
	return 0;
}

static bool results_are_valid(const json_t *results)
{
	json_t *result, *row;
	size_t i, r;

	if (!json_is_array(results))
		return false;
	json_array_foreach(results, i, result) {
		const json_t *rows = json_object_get(result, "rows");

		if (!json_is_array(rows))
			return false;
		json_array_foreach(rows, r, row) {
			if (!json_is_object(row))
				return false;
		}
	}
	return true;
}

int output_results(const struct output *out, const json_t *results, struct bb_error *err)
{
	json_t *result;
	int rc = 0;
	size_t i;

	if (!results_are_valid(results))
		return bb_fail(err, EPROTO, "the daemon's answer makes no sense; is it of another version?");
	errno = 0;
	if (out->json) {
		rc = print_all_json(out, results);
	} else {
		json_array_foreach(results, i, result)
			print_result(result);
	}
	if (rc)
		return bb_fail(err, -rc, "cannot print the answer: %s", strerror(-rc));
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE)
		return bb_fail(err, errno ? errno : EIO, "cannot write the output: %s", strerror(errno ? errno : EIO));
	return 0;
}

void output_error(const struct output *out, const char *text)
{
	char line[sizeof(((struct bb_error *)0)->text)];
	json_t *error;
	size_t i;

	for (i = 0; text[i] && i < sizeof(line) - 1; i++)
		line[i] = text[i] == '\n' || text[i] == '\r' ? ' ' : text[i];
	line[i] = '\0';
	fprintf(stderr, "bluebird: %s\n", line);
	if (!out->json)
		return;
	error = json_pack("{s:s}", "error", line);
	/* Names of files and devices need not be UTF-8, which JSON must be. */
	for (i = 0; !error && line[i]; i++)
		line[i] = (unsigned char)line[i] < 0x80 ? line[i] : '?';
	if (!error)
		error = json_pack("{s:s}", "error", line);
	if (error)
		print_json(out, error);
	json_decref(error);
	fflush(stdout);
}
