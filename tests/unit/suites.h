/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every suite of the unit tests; main.c runs them all. */
#ifndef BLUEBIRD_SUITES_H
#define BLUEBIRD_SUITES_H

#include <check.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

Suite *addr_suite(void);
Suite *grammar_suite(void);
Suite *row_suite(void);
Suite *store_suite(void);
Suite *resolver_suite(void);
Suite *eviction_suite(void);

#endif
