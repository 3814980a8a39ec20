/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites of the packet tests. */
#ifndef BLUEBIRD_TESTS_PACKET_SUITES_H
#define BLUEBIRD_TESTS_PACKET_SUITES_H

#include <check.h>

Suite *tables_suite(void);
Suite *flow_suite(void);
Suite *limits_suite(void);
Suite *changes_suite(void);
Suite *switches_suite(void);
Suite *cache_suite(void);
Suite *pins_suite(void);
Suite *mutate_suite(void);

#endif
