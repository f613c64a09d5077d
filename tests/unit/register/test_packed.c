/* SPDX-License-Identifier: Apache-2.0 */
/* Rows packed and read again: whatever stands in a field, wherever the row stands in its block, in whatever order rows
 * are asked. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/register/packed.h"

enum { FIELDS = 40, ROWS_MAX = 3 * PACKED_BLOCK + 2 };

/* The value of a field, in texts of its own. */
typedef void make(size_t row, size_t field, char *out, size_t size);

static void put_rows(struct packed *p, size_t rows, size_t fields, size_t size, make *value)
{
    struct err e = {0};
    const char *texts[FIELDS];
    char *room = malloc(fields * size);
    packed_init(p, fields);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < fields; k++) {
            value(i, k, room + k * size, size);
            texts[k] = room + k * size;
        }
        assert_int_equal(packed_put(p, texts, &e), FLOW_OK);
    }
    packed_settle(p);
    free(room);
}

static void check_row(struct packed_reader *r, size_t row, size_t size, make *value)
{
    char *due = malloc(size);
    const char *at = packed_row(r, row);
    for (size_t k = 0; k < r->of->fields; k++, at += strlen(at) + 1) {
        value(row, k, due, size);
        if (strcmp(at, due) != 0)
            fail_msg("row %zu, field %zu: \"%.60s\" where \"%.60s\" was put", row, k, at, due);
    }
    free(due);
}

/* In order, backwards, the same twice, and by leaps. */
static void round_trip(size_t rows, size_t fields, size_t size, make *value)
{
    struct err e = {0};
    struct packed p;
    struct packed_reader r;
    put_rows(&p, rows, fields, size, value);
    assert_int_equal(p.rows, rows);
    assert_int_equal(packed_reader_init(&r, &p, &e), FLOW_OK);
    for (size_t i = 0; i < rows; i++)
        check_row(&r, i, size, value);
    for (size_t i = rows; i-- > 0;) {
        check_row(&r, i, size, value);
        check_row(&r, i, size, value);
    }
    for (size_t i = 0; i < rows; i++)
        check_row(&r, i * 61 % rows, size, value);
    packed_reader_fini(&r);
    packed_fini(&p);
}

static void sequence(size_t row, size_t field, char *out, size_t size)
{
    (void)snprintf(out, size, "%zu-%zu", field, row);
}

static void every_number_of_rows_comes_back(void **state)
{
    (void)state;
    for (size_t rows = 1; rows <= ROWS_MAX; rows++)
        round_trip(rows, 3, 64, sequence);
}

static void mixed(size_t row, size_t field, char *out, size_t size)
{
    static const char *const texts[] = {"", "é", "è", "ée", "Œuvre", "œuvre", "a", "", "\xf0\x9f\x8f\xab", "\x01\x7f"};
    (void)snprintf(out, size, "%s%s", texts[(row / (field + 1) + field) % 10], row % 3 == field % 3 ? "é" : "");
}

static void empty_fields_and_other_alphabets_come_back(void **state)
{
    (void)state;
    round_trip(ROWS_MAX, 1, 64, mixed);
    round_trip(ROWS_MAX, FIELDS, 64, mixed);
}

static void alike(size_t row, size_t field, char *out, size_t size)
{
    (void)row;
    (void)snprintf(out, size, "%s", field % 2 ? "constant" : "");
}

static void alike_but_one(size_t row, size_t field, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", row % FIELDS == field ? "other" : "constant");
}

static void rows_all_alike_come_back_and_cost_next_to_nothing(void **state)
{
    struct packed p;
    (void)state;
    round_trip(ROWS_MAX, FIELDS, 64, alike);
    round_trip(ROWS_MAX, FIELDS, 64, alike_but_one);
    put_rows(&p, PACKED_BLOCK, FIELDS, 64, alike);
    /* the first: 20 texts and a byte before each of 40 fields at most; the others: 16 fields a byte */
    assert_true(p.bytes.len <= 20 * strlen("constant") + 40 + (PACKED_BLOCK - 1) * 3);
    packed_fini(&p);
}

/* Lengths around those where one byte more is needed to say them: 13, 14, 15 and 127, 128, 16 383 beyond. */
static const size_t lengths[] = {0,   1,   12,  13,  14,  15,    16,    28,    29,   30,
                                 140, 141, 142, 143, 144, 16396, 16397, 16398, 16399};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void long_shared(size_t row, size_t field, char *out, size_t size)
{
    size_t shared = lengths[row % LENGTHS], rest = lengths[(row / LENGTHS + field * 3) % LENGTHS];
    assert_true(shared + rest < size);
    memset(out, 'x', shared);
    memset(out + shared, 'a' + (int)(row % 23), rest);
    out[shared + rest] = '\0';
}

static void long_fields_come_back(void **state)
{
    (void)state;
    round_trip(ROWS_MAX, 4, 40000, long_shared);
}

static void unit_of_a_register(size_t row, size_t field, char *out, size_t size)
{
    static const char *const fixed[] = {"", "", "", "59", "32", "7361", "", "2006-01-01", "", "", ""};
    (void)snprintf(out, size, "%s", fixed[field]);
    if (field == 1)
        (void)snprintf(out, size, "PRE de Villeneuve (%zu)", row);
    if (field == 2)
        (void)snprintf(out, size, "59%03zu", row % 600);
    if (field == 6)
        (void)snprintf(out, size, "%zu", 40000 + row * 7919 % 90000);
    if (field == 10)
        (void)snprintf(out, size, "https://depot.example/pre/PRE-59-%02zu.xml", row);
}

static void a_row_of_a_register_costs_half_its_text(void **state)
{
    struct packed p;
    size_t text = 0;
    char field[64];
    (void)state;
    put_rows(&p, 3200, 11, 64, unit_of_a_register);
    for (size_t i = 0; i < 3200; i++)
        for (size_t k = 0; k < 11; k++) {
            unit_of_a_register(i, k, field, sizeof field);
            text += strlen(field) + 1;
        }
    assert_true(p.bytes.cap + p.starts.cap < text / 2);
    packed_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_rows_comes_back),
        cmocka_unit_test(empty_fields_and_other_alphabets_come_back),
        cmocka_unit_test(rows_all_alike_come_back_and_cost_next_to_nothing),
        cmocka_unit_test(long_fields_come_back),
        cmocka_unit_test(a_row_of_a_register_costs_half_its_text),
    };
    return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
