// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the tests that need root and make network namespaces of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "world.h"

int main(void)
{
	SRunner *sr;
	int failed;

	if (geteuid()) {
		fprintf(stderr, "skipped: needs root\n");
		return 4;
	}
	sr = srunner_create(underlay_suite());
	srunner_add_suite(sr, nic_suite());
	/* Each test's namespaces end with its process. */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
