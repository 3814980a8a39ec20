// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the packet tests: as root, in a network namespace of their own. */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "devices.h"
#include "lib/log.h"
#include "suites.h"

/* Miss rings and budgets are per CPU: stay on one. */
static void stay_here(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

int main(void)
{
	SRunner *sr;
	int failed;

	if (geteuid()) {
		fprintf(stderr, "skipped: needs root\n");
		return 4;
	}
	bb_log_set_level(BB_LOG_ERR);
	if (devices_make())
		return EXIT_FAILURE;
	stay_here();
	sr = srunner_create(tables_suite());
	srunner_add_suite(sr, flow_suite());
	srunner_add_suite(sr, mutate_suite());
	srunner_add_suite(sr, limits_suite());
	srunner_add_suite(sr, changes_suite());
	srunner_add_suite(sr, switches_suite());
	srunner_add_suite(sr, cache_suite());
	srunner_add_suite(sr, pins_suite());
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
