// SPDX-License-Identifier: GPL-2.0-or-later
/* Each row of each table as a test of its own, whole and truncated. */
#include <check.h>
#include <stdlib.h>

#include "rows.h"
#include "suites.h"

const struct table *const tables[] = {
	&encap_table, &access_table, &arp_table,    &local_table, &decap_table,
	&fabric_table, &miss_table,   &inject_table, &size_table,  NULL,
};

static void truncate_row(const struct row *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool ok;

	ck_assert_ptr_nonnull(to);
	ok = row_truncated_holds(row, to);
	fclose(to);
	ck_assert_msg(ok, "%s\n%s", row->name, text);
	free(text);
}

/* A loop test of one table; the runner lives in the test's process. */
#define TABLE_TEST(name)                                                                                              \
	START_TEST(name##_row)                                                                                        \
	{                                                                                                             \
		runner_open();                                                                                        \
		world_refill_budgets();                                                                               \
		row_run(&name##_table.rows[_i]);                                                                      \
		truncate_row(&name##_table.rows[_i]);                                                                 \
		runner_close();                                                                                       \
	}                                                                                                             \
	END_TEST

TABLE_TEST(encap)
TABLE_TEST(access)
TABLE_TEST(arp)
TABLE_TEST(local)
TABLE_TEST(decap)
TABLE_TEST(fabric)
TABLE_TEST(miss)
TABLE_TEST(inject)
TABLE_TEST(size)

static void add_table(Suite *s, const struct table *table, const TTest *row)
{
	TCase *tc = tcase_create(table->name);

	tcase_add_unchecked_fixture(tc, world_setup_shared, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, row, 0, table->count);
	suite_add_tcase(s, tc);
}

Suite *tables_suite(void)
{
	Suite *s = suite_create("packet tables");

#define ADD(name) add_table(s, &name##_table, name##_row)
	ADD(encap);
	ADD(access);
	ADD(arp);
	ADD(local);
	ADD(decap);
	ADD(fabric);
	ADD(miss);
	ADD(inject);
	ADD(size);
#undef ADD
	return s;
}
