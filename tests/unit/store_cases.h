/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of the store's suite, one file each. */
#ifndef BLUEBIRD_STORE_CASES_H
#define BLUEBIRD_STORE_CASES_H

#include <check.h>

TCase *store_rules_case(void);	 /* test_store.c */
TCase *store_file_case(void);	 /* test_store_file.c: opening, damage, full disks */
TCase *store_txn_case(void);	 /* test_store_txn.c: transactions and threads */
TCase *store_random_case(void);	 /* test_store_random.c: against a model in memory */

#endif
