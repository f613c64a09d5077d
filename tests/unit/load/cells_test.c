/* SPDX-License-Identifier: Apache-2.0 */
/* A column of answers against plain arrays of what was put: whatever its bytes and steps, the same double comes back,
 * bit for bit. */
#include "load/estimate/cells.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

enum { UNITS = 300 };

struct plain {
    double value[UNITS];
    enum cell_status status[UNITS];
};

static void same(const struct cells *c, const struct plain *p)
{
    for (size_t i = 0; i < UNITS; i++) {
        double v = cells_value(c, i);
        if (cells_status(c, i) != p->status[i] || memcmp(&v, &p->value[i], sizeof v) != 0)
            fail_msg("unit %zu: status %d, value %.17g; put were %d and %.17g", i, (int)cells_status(c, i), v,
                     (int)p->status[i], p->value[i]);
    }
}

static void put(struct cells *c, struct plain *p, size_t unit, enum cell_status s, double v)
{
    assert_true(cells_put(c, unit, s, v));
    p->status[unit] = s;
    p->value[unit] = s == CELL_REPORTED || s == CELL_DEDUCED ? v : 0.0;
}

static void a_column_takes_the_bytes_its_values_ask_for(void **state)
{
    (void)state;
    static const struct {
        double value;
        unsigned bytes;
        int wide;
    } table[] = {
        {0, 1, 0},          {123, 1, 0},       {124, 2, 0},        {32763, 2, 0},       {32764, 4, 0},
        {12.5, 2, 0},                                                                   /* 125 tenths */
        {3276.35, 4, 0},    {13782432, 4, 0},  {2147483643, 4, 0}, {21474836.43, 4, 0}, /* the same number of
                                                                                           hundredths: the last that
                                                                                           four bytes hold */
        {0.0001, 2, 0},     /* beside a 1, which is 10 000 such steps */
        {4294967296, 1, 1}, /* nine bytes: the code is the status */
        {-1, 1, 1},         {1.0 / 3.0, 1, 1}, {0.1 + 0.2, 1, 1},  {DBL_MAX, 1, 1},
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        struct cells c;
        struct plain p = {{0}, {CELL_UNIT}};
        assert_true(cells_init(&c, UNITS));
        same(&c, &p);
        if (table[k].value == 0.0001)
            put(&c, &p, 1, CELL_REPORTED, 1);
        put(&c, &p, 0, CELL_DEDUCED, table[k].value);
        same(&c, &p);
        assert_int_equal(c.bytes, table[k].bytes);
        assert_int_equal(c.wide != NULL, table[k].wide);
        cells_fini(&c);
    }
}

static void what_stood_there_survives_wider_bytes_and_finer_steps(void **state)
{
    (void)state;
    static const double value[] = {7, 120, 0.5, 300, 12.25, 65535, 0.125, 99999.5, 3.0625, 2e9, 1e-5, -4, 1e300};
    struct cells c;
    struct plain p = {{0}, {CELL_UNIT}};
    assert_true(cells_init(&c, UNITS));
    for (size_t k = 0; k < sizeof value / sizeof *value; k++) {
        put(&c, &p, 2 * k, CELL_REPORTED, value[k]);
        put(&c, &p, 2 * k + 1, CELL_DEDUCED, value[k]);
        put(&c, &p, UNITS - 1 - k, (enum cell_status)(CELL_NA + k % 4), value[k]);
        same(&c, &p);
    }
    assert_non_null(c.wide);
    cells_fini(&c);
}

/* Amounts with cents, hours in quarters, counts; answers changed, taken away and given back. */
static void any_order_of_answers_comes_back_as_it_went(void **state)
{
    (void)state;
    uint64_t random = 42;
    static const double steps[] = {1, 10, 100, 4};
    for (int round = 0; round < 40; round++) {
        struct cells c;
        struct plain p = {{0}, {CELL_UNIT}};
        assert_true(cells_init(&c, UNITS));
        for (int k = 0; k < 2000; k++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            uint32_t r = (uint32_t)(random >> 33);
            double v = (double)(r % (1U << (round % 24 + 1))) / steps[r / 7 % 4];
            put(&c, &p, r / 3 % UNITS, (enum cell_status)(r % CELL_IMPUTED), v);
        }
        same(&c, &p);
        cells_fini(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_takes_the_bytes_its_values_ask_for),
        cmocka_unit_test(what_stood_there_survives_wider_bytes_and_finer_steps),
        cmocka_unit_test(any_order_of_answers_comes_back_as_it_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
