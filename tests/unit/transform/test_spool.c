/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a spool are given back in the order of the table's key, whatever the order in which they came. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "transform/rows.h"
#include "transform/spool.h"

enum { ROWS = 5000 };

/* Row i of the fetches in order: every second source has two units, for the second part of the key. */
static void print_row(unsigned i, char source[64], char unit[16])
{
    (void)snprintf(source, 64, "https://depot.example/%05u.xml", i / 3 * 3 + (i % 3 == 2));
    (void)snprintf(unit, 16, "PRE-%05u", i % 3 == 2 ? 0 : i);
}

static void come_back_in_order(unsigned step)
{
    struct err e = {0};
    struct buf text;
    char source[64], unit[16];
    struct spool *s = spool_open("/tmp", &e);
    assert_non_null(s);
    buf_init(&text, 4 << 20);
    for (unsigned k = 0, i = 0; k < ROWS; k++, i = (i + step) % ROWS) {
        const char *v[FETCHES_COLUMNS] = {0};
        print_row(i, source, unit);
        v[FETCHES_SOURCE] = source;
        v[FETCHES_UNIT] = unit;
        v[FETCHES_OUTCOME] = "fetched";
        assert_int_equal(rows_put(&text, v, FETCHES_COLUMNS, &e), FLOW_OK);
    }
    assert_int_equal(spool_put(s, TABLE_FETCHES, text.data, text.len, &e), FLOW_OK);
    assert_int_equal(spool_sort(s, TABLE_FETCHES, FETCHES_COLUMNS, &e), FLOW_OK);
    struct spool_reader *r = spool_read(s, TABLE_FETCHES, FETCHES_COLUMNS, &e);
    const char *const *v;
    for (unsigned i = 0; i < ROWS; i++) {
        print_row(i, source, unit);
        assert_int_equal(spool_next(r, &v, &e), FLOW_OK);
        assert_string_equal(v[FETCHES_SOURCE], source);
        assert_string_equal(v[FETCHES_UNIT], unit);
        assert_string_equal(v[FETCHES_OUTCOME], "fetched");
    }
    assert_int_equal(spool_next(r, &v, &e), FLOW_END);
    spool_reader_close(r);
    spool_close(s);
    buf_fini(&text);
}

static void rows_in_order_stay_so(void **state)
{
    (void)state;
    come_back_in_order(1);
}

static void rows_in_any_order_are_sorted(void **state)
{
    (void)state;
    come_back_in_order(ROWS - 1);
    come_back_in_order(1237);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_order_stay_so),
        cmocka_unit_test(rows_in_any_order_are_sorted),
    };
    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
