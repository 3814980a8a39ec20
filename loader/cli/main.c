// SPDX-License-Identifier: GPL-2.0-or-later
/* The command `bluebird`: options and words in, one exchange with the daemon, rows or one error out. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bluebird/proto.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/source.h"
#include "lib/grammar.h"
#include "lib/value.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_REFUSED = 2 };
enum { OPT_SOCKET = 256 };

struct options {
	struct output out;
	const char *socket;
	const char *batch;
	bool help;
	bool version;
};

static int usage_error(const struct options *opt, const struct bb_error *err, const char *object)
{
	struct bb_error full;

	bb_fail(&full, EINVAL, "%s (see \"bluebird %s%shelp\")", err->text, object, *object ? " " : "");
	output_error(&opt->out, full.text);
	return EXIT_USAGE;
}

static int fail(const struct options *opt, const struct bb_error *err, int code)
{
	output_error(&opt->out, err->text);
	return code;
}

static int bad_option(int c, const char *word, struct bb_error *err)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	char quoted[BB_QUOTE_LEN];

	/* getopt tells a short option by its letter, which may stand amid others; of a long one there is the word. */
	bb_quote(optopt && word[1] != '-' ? letter : word, quoted);
	if (c == ':')
		return bb_fail(err, EINVAL, "option \"%s\" needs a value", quoted);
	return bb_fail(err, EINVAL, "unknown option \"%s\"", quoted);
}

/* All options are read even after a bad one, so that -j holds for its error too. */
static int parse_options(int argc, char **argv, struct options *opt, struct bb_error *err)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },	   { "pretty", no_argument, NULL, 'p' },
		{ "batch", required_argument, NULL, 'b' }, { "socket", required_argument, NULL, OPT_SOCKET },
		{ "version", no_argument, NULL, 'V' },	   { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, rc = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jpb:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			opt->out.json = true;
			break;
		case 'p':
			opt->out.pretty = true;
			break;
		case 'b':
			opt->batch = optarg;
			break;
		case OPT_SOCKET:
			opt->socket = optarg;
			break;
		case 'V':
			opt->version = true;
			break;
		case 'h':
			opt->help = true;
			break;
		default:
			if (!rc)
				rc = bad_option(c, argv[optind - 1], err);
		}
	}
	return rc;
}

static int exchange(const struct options *opt, const struct request *request)
{
	struct bb_error err;
	json_t *results = NULL;
	int rc = client_exchange(opt->socket, request, &results, &err);

	if (!rc)
		rc = output_results(&opt->out, results, &err);
	json_decref(results);
	return rc ? fail(opt, &err, EXIT_REFUSED) : EXIT_DONE;
}

static int run_file(const struct options *opt, const char *mode, const char *file)
{
	struct source src;
	struct bb_error err;
	int code;

	if (source_load(&src, mode, file, &err))
		return fail(opt, &err, EXIT_USAGE);
	code = exchange(opt, &(struct request){ src.mode, src.name, src.text.data, src.text.len });
	source_free(&src);
	return code;
}

static int run_command(const struct options *opt, const struct bb_command *cmd)
{
	struct bb_error err;
	char *line = NULL;
	size_t len = 0;
	FILE *to;
	int code;

	if (cmd->object == BB_OBJ_APPLY)
		return run_file(opt, BB_MODE_APPLY_WORD, cmd->file);
	if (cmd->verb == BB_VERB_IMPORT)
		return run_file(opt, BB_MODE_IMPORT_WORD, cmd->file);
	to = open_memstream(&line, &len);
	if (to) {
		bb_command_line(to, cmd);
		putc('\n', to);
	}
	if (!to || fclose(to)) {
		bb_fail(&err, ENOMEM, "out of memory");
		code = fail(opt, &err, EXIT_REFUSED);
	} else {
		code = exchange(opt, &(struct request){ BB_MODE_COMMAND_WORD, "-", line, len });
	}
	free(line);
	return code;
}

static int run_words(const struct options *opt, int argc, char **argv)
{
	struct bb_command cmd;
	struct bb_error err;
	int rc = bb_parse_words(argc, (const char *const *)argv, &cmd, &err);

	if (rc == -ENOMSG) {
		fputs(bb_object_def(cmd.object)->help, stdout);
		return EXIT_DONE;
	}
	if (rc)
		return usage_error(opt, &err, bb_object_def(cmd.object)->word);
	return run_command(opt, &cmd);
}

int main(int argc, char **argv)
{
	const char *env = getenv(BB_SOCKET_ENV);
	struct options opt = { .socket = env && *env ? env : BB_SOCKET_DEFAULT };
	struct bb_error err;

	/* A reader that goes away (`| head`) is seen as EPIPE. */
	signal(SIGPIPE, SIG_IGN);
	if (parse_options(argc, argv, &opt, &err))
		return usage_error(&opt, &err, "");
	if (opt.version) {
		printf("bluebird %s\n", BB_VERSION);
		return EXIT_DONE;
	}
	if (opt.help) {
		fputs(bb_object_def(BB_OBJ_NONE)->help, stdout);
		return EXIT_DONE;
	}
	if (!opt.batch)
		return run_words(&opt, argc - optind, argv + optind);
	if (optind < argc) {
		char quoted[BB_QUOTE_LEN];

		bb_fail(&err, EINVAL, "\"%s\": no command goes with -b", bb_quote(argv[optind], quoted));
		return usage_error(&opt, &err, "");
	}
	return run_file(&opt, BB_MODE_BATCH_WORD, opt.batch);
}
