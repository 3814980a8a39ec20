/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites of the packet tests. */
#ifndef BLUEBIRD_TESTS_PACKET_SUITES_H
#define BLUEBIRD_TESTS_PACKET_SUITES_H

#include <check.h>

Suite *tables_suite(void);

#endif
