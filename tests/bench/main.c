// SPDX-License-Identifier: GPL-2.0-or-later
/* The bench's steps as commands, called by selftests/bench.sh. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "result.h"

static const char usage[] =
	"usage: bench program OBJECT RESULTS [SWITCH-TO-TURN-OFF...]\n"
	"       bench wire PREFIX few|many RESULTS\n"
	"       bench warm PREFIX few|many\n"
	"       bench lines WHAT\n"
	"       bench report RESULTS JSON\n";

/* The last processor does all the work of a measurement; daemons and shells have the others. */
static void pin_to_core(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int with_results(const char *path, char **argv)
{
	FILE *results = fopen(path, "a");
	int err;

	if (!results) {
		perror(path);
		return -1;
	}
	pin_to_core();
	if (!strcmp(argv[1], "program"))
		err = bench_program(argv[2], (const char *const *)argv + 4, results);
	else
		err = bench_wire(argv[2], argv[3], results);
	return fclose(results) ? -1 : err;
}

static int command(int argc, char **argv)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
	if (argc >= 4 && !strcmp(argv[1], "program"))
		return with_results(argv[3], argv);
	if (argc == 5 && !strcmp(argv[1], "wire"))
		return with_results(argv[4], argv);
	if (argc == 4 && !strcmp(argv[1], "warm"))
		return bench_warm(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "lines"))
		return bench_lines(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "report"))
		return report(argv[2], argv[3]);
	fputs(usage, stderr);
	return 1;
}

int main(int argc, char **argv)
{
	return command(argc, argv) ? EXIT_FAILURE : EXIT_SUCCESS;
}
