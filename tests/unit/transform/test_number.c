/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them: what is read, by which conversion, what is refused. Values by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transform/number.h"

#include <string.h>

enum { T = EDITION_THOUSANDS, C = EDITION_DECIMAL_COMMA, U = EDITION_UNIT_SUFFIX, E = EDITION_CENTS };

struct sample {
    const char *text;
    int whole;
    unsigned allowed;
    enum number_fault fault;
    const char *value;
    unsigned used;
};

static const struct sample samples[] = {
    {"0", 1, 0, NUMBER_OK, "0", 0},
    {"  160\n", 1, 0, NUMBER_OK, "160", 0},
    {"+5", 1, 0, NUMBER_OK, "5", 0},
    {"007", 1, 0, NUMBER_OK, "7", 0},
    {"12.0", 1, 0, NUMBER_OK, "12", 0},
    {"12.50", 0, 0, NUMBER_OK, "12.5", 0},
    {".5", 0, 0, NUMBER_OK, "0.5", 0},
    {"5.", 0, 0, NUMBER_OK, "5", 0},
    {"", 0, 0, NUMBER_EMPTY, "", 0},
    {" \t ", 0, T, NUMBER_EMPTY, "", 0},
    {"12.5", 1, 0, NUMBER_FRACTION, "", 0},
    {"-3", 1, 0, NUMBER_NEGATIVE, "", 0},
    {"1e3", 0, T | C, NUMBER_SYNTAX, "", 0},
    {"0x10", 0, 0, NUMBER_SYNTAX, "", 0},
    {"NaN", 0, 0, NUMBER_SYNTAX, "", 0},
    {"12345678901234567890", 1, 0, NUMBER_RANGE, "", 0},
    /* strict by default */
    {"12,5", 0, 0, NUMBER_SYNTAX, "", 0},
    {"1 234", 1, 0, NUMBER_SYNTAX, "", 0},
    {"12 \xE2\x82\xAC", 0, T | C, NUMBER_SYNTAX, "", 0},
    /* decimal comma */
    {"12,5", 0, C, NUMBER_OK, "12.5", C},
    {"12,5", 1, C, NUMBER_FRACTION, "", C},
    {"1,234.5", 0, T | C, NUMBER_SYNTAX, "", 0},
    {"1,2,3", 0, T | C, NUMBER_SYNTAX, "", 0},
    /* thousands: one kind of separator, groups of three */
    {"1 234", 1, T, NUMBER_OK, "1234", T},
    {"1\xC2\xA0"
     "234",
     1, T, NUMBER_OK, "1234", T},
    {"171\xE2\x80\xAF"
     "000,50",
     0, T | C, NUMBER_OK, "171000.5", T | C},
    {"1'234'567", 0, T, NUMBER_OK, "1234567", T},
    {"1 234 567.25", 0, T, NUMBER_OK, "1234567.25", T},
    {"12 34", 1, T, NUMBER_SYNTAX, "", T},
    {"1 2345", 1, T, NUMBER_SYNTAX, "", T},
    {"1234 567", 1, T, NUMBER_SYNTAX, "", 0},
    {"1 234'567", 1, T, NUMBER_SYNTAX, "", T},
    {"1 234,5 6", 0, T | C, NUMBER_SYNTAX, "", T},
    {"\xC2\xA0"
     "12\xC2\xA0",
     1, T, NUMBER_OK, "12", 0},
    /* a unit after the number */
    {"12 000 \xE2\x82\xAC", 0, T | U, NUMBER_OK, "12000", T | U},
    {"3,5 ETP", 0, C | U, NUMBER_OK, "3.5", C | U},
    {"20 j.", 1, U, NUMBER_OK, "20", U},
    /* cents: a third decimal may be a thousand */
    {"12.50", 0, E, NUMBER_OK, "12.5", 0},
    {"12,50", 0, C | E, NUMBER_OK, "12.5", C},
    {"12.000", 0, E, NUMBER_UNCLEAR, "", 0},
    {"12,000", 0, C | E, NUMBER_UNCLEAR, "", C},
    {"12 000,500", 0, T | C | E, NUMBER_UNCLEAR, "", T | C},
    {"12 000,", 0, T | C | E, NUMBER_OK, "12000", T | C},
    {"environ 20", 1, U, NUMBER_SYNTAX, "", 0},
};

static void texts_are_read_as_written_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct number n;
        char value[DECIMAL_TEXT_MAX] = "";
        enum number_fault fault = number_read(s->text, strlen(s->text), s->whole, s->allowed, &n);
        if (fault == NUMBER_OK)
            (void)decimal_print(n.value, value);
        if (fault != s->fault || strcmp(value, s->value) != 0 || (fault == NUMBER_OK && n.used != s->used))
            fail_msg("\"%s\": fault %d, value \"%s\", conversions %u; expected %d, \"%s\", %u", s->text, (int)fault,
                     value, n.used, (int)s->fault, s->value, s->used);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_are_read_as_written_by_hand)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
