// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs every suite. CK_FORK=no keeps a failing test in a debugger's reach, CK_VERBOSITY names each test. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	SRunner *runner = srunner_create(addr_suite());
	int failed;

	srunner_add_suite(runner, grammar_suite());
	srunner_add_suite(runner, row_suite());
	srunner_add_suite(runner, store_suite());
	srunner_add_suite(runner, resolver_suite());
	srunner_add_suite(runner, eviction_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
