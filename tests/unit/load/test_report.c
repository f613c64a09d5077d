/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as text that fits, as CSV, as JSON; numbers rounded half away from zero. */
#include "load/show/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void numbers_are_rounded_half_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        double v;
        int decimals;
        enum report_lang lang;
        const char *text;
    } cases[] = {
        {85000.0, 0, REPORT_EN, "85 000"},
        {84998.7, -1, REPORT_EN, "85 000"},
        {85.0, -1, REPORT_EN, "90"},
        {-85.0, -1, REPORT_EN, "-90"},
        {2.5, 0, REPORT_EN, "3"},
        {-2.5, 0, REPORT_EN, "-3"},
        {58.25, 1, REPORT_FR, "58,3"},
        {58.25, 1, REPORT_EN, "58.3"},
        {0.05, 1, REPORT_EN, "0.1"},
        {-0.04, 1, REPORT_EN, "0.0"},
        {1234567.0, 2, REPORT_FR, "1 234 567,00"},
        {999.96, 1, REPORT_EN, "1 000.0"},
        {0.0, 0, REPORT_EN, "0"},
        {1e300, 0, REPORT_EN, "1e+300"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        report_format_number(cases[i].v, cases[i].decimals, cases[i].lang, out);
        assert_string_equal(out, cases[i].text);
    }
}

static const struct report_column columns[] = {
    {"unit", "PRE", "unit", REPORT_LEFT, 0, REPORT_ALWAYS}, {"words", "mots", "words", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"n", "n", "n", REPORT_RIGHT, 0, REPORT_ALWAYS},        {"share", "part", "share", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static void answer(enum report_format format, struct buf *out)
{
    struct err e = {0};
    struct report *r = report_open("test", format, REPORT_FR, sink_buf(out), &e);
    assert_non_null(r);
    report_note(r, "note %d", 1);
    report_begin(r, "rows", NULL, columns);
    report_text(r, "PRE-2A-01");
    report_text(r, "des mots, \"cités\", assez longs pour passer à la ligne plus d'une fois");
    report_int(r, 12345);
    report_number(r, 0.125, 1);
    report_row(r);
    report_text(r, "PRE-59-01");
    report_text(r, "\x1b[31mrouge");
    report_none(r);
    report_none(r);
    report_row(r);
    report_end(r);
    assert_int_equal(report_close(r, &e), FLOW_OK);
}

static void text_fits_the_width_and_shows_controls(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(setenv("COLUMNS", "40", 1), 0);
    answer(REPORT_TEXT, &out);
    assert_string_equal(buf_str(&out), "interne : ne pas diffuser\n"
                                       "note 1\n"
                                       "\n"
                                       "PRE        mots                        n\n"
                                       "---------  ---------------------  ------\n"
                                       "PRE-2A-01  des mots, \"cités\",     12 345\n"
                                       "           assez longs pour\n"
                                       "           passer à la ligne\n"
                                       "           plus d'une fois\n"
                                       "PRE-59-01  <U+001B>[31mrouge           –\n");
    buf_fini(&out);
}

/* A code is put in words and a difference bears its sign in text alone; nought has none, whatever it was before. */
static void data_keep_codes_and_bare_differences(void **state)
{
    (void)state;
    static const struct report_column four[] = {
        {"code", "code", "code", REPORT_LEFT, 0, REPORT_ALWAYS},
        {"up", "plus", "up", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"down", "moins", "down", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"nothing", "rien", "nothing", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
    };
    static const struct {
        enum report_format format;
        enum report_lang lang;
        const char *row;
    } cases[] = {
        {REPORT_TEXT, REPORT_FR, "\nnon évaluable  +1 235  -12,5 %     0\n"},
        {REPORT_TEXT, REPORT_EN, "\nnot evaluable  +1 235  -12.5 %        0\n"},
        {REPORT_CSV, REPORT_FR, "\nnot-evaluable,1234.5,-0.125,0.25\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_int_equal(setenv("COLUMNS", "80", 1), 0);
        struct report *r = report_open("test", cases[i].format, cases[i].lang, sink_buf(&out), &e);
        report_begin(r, "rows", NULL, four);
        report_code(r, "not-evaluable");
        report_difference(r, 1234.5, 0);
        report_difference_percent(r, -0.125, 1);
        report_difference(r, 0.25, 0);
        report_row(r);
        report_end(r);
        assert_int_equal(report_close(r, &e), FLOW_OK);
        assert_non_null(strstr(buf_str(&out), cases[i].row));
        buf_fini(&out);
    }
}

/* A name and two numbers on a terminal. */
static void squeezed(const char *terminal, const char *name, int64_t n, struct buf *out)
{
    static const struct report_column three[] = {
        {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
        {"a", "champ constant", "constant field", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"b", "b", "b", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
    };
    struct err e = {0};
    buf_init(out, 1 << 20);
    assert_int_equal(setenv("COLUMNS", terminal, 1), 0);
    struct report *r = report_open("test", REPORT_TEXT, REPORT_EN, sink_buf(out), &e);
    report_begin(r, "rows", NULL, three);
    report_text(r, name);
    report_int(r, n);
    report_int(r, n);
    report_row(r);
    report_end(r);
    assert_int_equal(report_close(r, &e), FLOW_OK);
}

static void a_table_gives_way_in_order_and_never_cuts_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *terminal, *name;
        int64_t n;
        const char *text;
    } cases[] = {
        /* headings wrap between words */
        {"43", "PRE-2A-01-ABCDEFG", 123456789,
         "unit                  constant            b\n"
         "                         field\n"
         "-----------------  -----------  -----------\n"
         "PRE-2A-01-ABCDEFG  123 456 789  123 456 789\n"},
        /* one blank */
        {"41", "PRE-2A-01-ABCDEFG", 123456789,
         "unit                 constant           b\n"
         "                        field\n"
         "----------------- ----------- -----------\n"
         "PRE-2A-01-ABCDEFG 123 456 789 123 456 789\n"},
        /* names wrap */
        {"40", "PRE-2A-01-ABCDEFGHIJ", 123456789,
         "unit                constant           b\n"
         "                       field\n"
         "---------------- ----------- -----------\n"
         "PRE-2A-01-ABCDEF 123 456 789 123 456 789\n"
         "GHIJ\n"},
        /* a record */
        {"40", "PRE-2A-01", 123456789012345,
         "unit           PRE-2A-01\n"
         "constant       123 456 789 012 345\n"
         "field\n"
         "b              123 456 789 012 345\n\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        squeezed(cases[i].terminal, cases[i].name, cases[i].n, &out);
        assert_string_equal(buf_str(&out) + strlen("internal: not for publication\n\n"), cases[i].text);
        buf_fini(&out);
    }
}

static void later_rows_that_are_wider_get_a_head_of_their_own(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf out;
    buf_init(&out, 1 << 24);
    assert_int_equal(setenv("COLUMNS", "80", 1), 0);
    struct report *r = report_open("test", REPORT_TEXT, REPORT_EN, sink_buf(&out), &e);
    report_begin(r, "rows", NULL, columns);
    for (int i = 0; i < 2500; i++) {
        report_text(r, i < 1500 ? "PRE-2A-01" : "PRE-2A-01-LONGER");
        report_text(r, "");
        report_int(r, i);
        report_none(r);
        report_row(r);
    }
    report_end(r);
    assert_int_equal(report_close(r, &e), FLOW_OK);
    /* blocks of 1 000: 0 to 999; from 1 000 on wider numbers and, in the same block, longer names; nothing new after */
    const char *first = strstr(buf_str(&out), "\n---------  -----  ---\n");
    const char *second = strstr(buf_str(&out), "\n----------------  -----  -----\n");
    assert_non_null(first);
    assert_non_null(second);
    assert_null(strstr(second + 30, "---"));
    assert_true(first < strstr(buf_str(&out), "PRE-2A-01         999\n"));
    assert_true(second > strstr(buf_str(&out), "PRE-2A-01         999\n"));
    buf_fini(&out);
}

static void csv_quotes_what_must_be_and_keeps_numbers_whole(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 20);
    answer(REPORT_CSV, &out);
    assert_string_equal(
        buf_str(&out),
        "# interne : ne pas diffuser\n"
        "# note 1\n"
        "unit,words,n,share\n"
        "PRE-2A-01,\"des mots, \"\"cités\"\", assez longs pour passer à la ligne plus d'une fois\",12345,0.125\n"
        "PRE-59-01,\x1b[31mrouge,,\n");
    buf_fini(&out);
}

static void json_says_internal_on_its_first_line(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 20);
    answer(REPORT_JSON, &out);
    assert_non_null(strstr(buf_str(&out), "\"confidentiality\":\"internal\""));
    assert_non_null(
        strstr(buf_str(&out), "{\"unit\":\"PRE-59-01\",\"words\":\"\\u001b[31mrouge\",\"n\":null,\"share\":null}"));
    assert_non_null(strstr(buf_str(&out), "\"n\":12345,\"share\":0.125"));
    assert_non_null(strstr(buf_str(&out), "\"notes\":[\"note 1\"]"));
    const char *line = strchr(buf_str(&out), '\n');
    assert_true(line == NULL || line[1] == '\0');
    buf_fini(&out);
}

static void a_row_of_the_wrong_length_is_a_defect(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf out;
    buf_init(&out, 1 << 20);
    struct report *r = report_open("test", REPORT_CSV, REPORT_EN, sink_buf(&out), &e);
    report_begin(r, "rows", NULL, columns);
    report_text(r, "alone");
    report_row(r);
    report_end(r);
    assert_int_equal(report_close(r, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_half_away_from_zero),
        cmocka_unit_test(data_keep_codes_and_bare_differences),
        cmocka_unit_test(text_fits_the_width_and_shows_controls),
        cmocka_unit_test(a_table_gives_way_in_order_and_never_cuts_a_number),
        cmocka_unit_test(later_rows_that_are_wider_get_a_head_of_their_own),
        cmocka_unit_test(csv_quotes_what_must_be_and_keeps_numbers_whole),
        cmocka_unit_test(json_says_internal_on_its_first_line),
        cmocka_unit_test(a_row_of_the_wrong_length_is_a_defect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
