/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Rows as text: fields between [ ], a quoted one between { }, rows separated by a space, each with its line. */
static void render(const char *text, size_t n, char delimiter, char *out, size_t size)
{
    struct err e = {0};
    struct csv_row row;
    struct csv *c = csv_open(text, n, "t.csv", delimiter, &e);
    enum flow f;
    size_t len = 0;
    out[0] = '\0';
    assert_non_null(c);
    while ((f = csv_next(c, &row, &e)) == FLOW_OK) {
        len += (size_t)snprintf(out + len, size - len, "%s%llu:", len ? " " : "", (unsigned long long)row.line);
        for (size_t i = 0; i < row.count; i++) {
            const struct csv_field *v = &row.field[i];
            assert_int_equal(strlen(v->text), v->len);
            len += (size_t)snprintf(out + len, size - len, v->quoted ? "{%u %s}" : "[%u %s]", v->column, v->text);
        }
    }
    if (f == FLOW_FATAL) {
        assert_int_equal(e.status, STATUS_DATA);
        (void)snprintf(out + len, size - len, "%s! %s", len ? " " : "", e.text);
    }
    csv_close(c);
}

static const struct {
    const char *name;
    const char *text;
    size_t n; /* 0: strlen */
    char delimiter;
    const char *expected;
} cases[] = {
    {"an empty text has no row", "", 0, 0, ""},
    {"plain rows", "a,b\n1,2\n", 0, 0, "1:[1 a][3 b] 2:[1 1][3 2]"},
    {"a missing final newline is accepted", "a,b\n1,2", 0, 0, "1:[1 a][3 b] 2:[1 1][3 2]"},
    {"CRLF is a line end", "a,b\r\n1,2\r\n", 0, 0, "1:[1 a][3 b] 2:[1 1][3 2]"},
    {"a BOM is skipped",
     "\xEF\xBB\xBF"
     "a;b\n",
     0, 0, "1:[1 a][3 b]"},
    {"semicolons are recognised on the header", "a;b,c;d\n1;2;3\n", 0, 0, "1:[1 a][3 b,c][7 d] 2:[1 1][3 2][5 3]"},
    {"commas inside quotes do not decide", "\"a,b,c\";d\n", 0, 0, "1:{1 a,b,c}[9 d]"},
    {"a given delimiter is obeyed", "a;b,c\n", 0, ',', "1:[1 a;b][5 c]"},
    {"empty lines are skipped and counted", "a\n\n\r\n1\n", 0, 0, "1:[1 a] 4:[1 1]"},
    {"empty fields", ",,\n", 0, 0, "1:[1 ][2 ][3 ]"},
    {"a quoted empty field differs from an empty one", "\"\",\n", 0, 0, "1:{1 }[4 ]"},
    {"doubled quotes", "\"a \"\"b\"\"\",c\n", 0, 0, "1:{1 a \"b\"}[11 c]"},
    {"a line feed inside quotes counts lines", "\"a\nb\",c\nd,e\n", 0, 0, "1:{1 a\nb}[4 c] 3:[1 d][3 e]"},
    {"CRLF inside quotes is kept", "\"a\r\nb\"\r\n", 0, 0, "1:{1 a\r\nb}"},
    {"columns count characters of every length",
     "\xC3\xA9l\xC3\xA8ves \xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA0 c\xC3\xB4t\xC3\xA9,z,abcdefgh\xC3\xA9,y\n", 0, 0,
     "1:[1 \xC3\xA9l\xC3\xA8ves \xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA0 c\xC3\xB4t\xC3\xA9][17 z][19 abcdefgh\xC3\xA9][29 "
     "y]"},
    {"columns count characters", "\xC3\xA9t\xC3\xA9,x,\"y\"\n\xC3\xA9,z\n", 0, 0,
     "1:[1 \xC3\xA9t\xC3\xA9][5 x]{7 y} 2:[1 \xC3\xA9][3 z]"},
    {"a quote inside a bare field", "a,b\"c\n", 0, 0,
     "! t.csv: line 1, column 4: a quote inside a field that does not begin with one"},
    {"text after a closing quote", "x\n\"a\"b,c\n", 0, 0,
     "1:[1 x] ! t.csv: line 2, column 4: text after a closing quote"},
    {"an unclosed quote names where it opens", "x\ny,\"a\nb\n", 0, 0,
     "1:[1 x] ! t.csv: line 2, column 3: a quote opens here and is never closed"},
    {"a lone carriage return", "a\rb\n", 0, 0, "! t.csv: line 1, column 2: a carriage return without line feed"},
    {"a NUL byte", "a,b\n1,\0002\n", 9, 0, "1:[1 a][3 b] ! t.csv: line 2: a NUL byte; this is not a CSV text file"},
    {"Windows-1252 bytes", "pre,label\nPRE-59-01,Saint-\xC9tienne\n", 0, 0,
     "1:[1 pre][5 label] ! t.csv: line 2: byte 0xC9 at offset 26 is not UTF-8; save the file as \"CSV UTF-8\" (a "
     "French "
     "Excel writes Windows-1252 by default)"},
    {"an overlong sequence", "a\xC0\xAF\n", 0, 0,
     "! t.csv: line 1: byte 0xC0 at offset 1 is not UTF-8; save the file as \"CSV UTF-8\" (a French Excel writes "
     "Windows-1252 by default)"},
    {"a surrogate", "abcdefgh\xED\xA0\x80\n", 0, 0,
     "! t.csv: line 1: byte 0xED at offset 8 is not UTF-8; save the file as \"CSV UTF-8\" (a French Excel writes "
     "Windows-1252 by default)"},
    {"a bad byte on the second line of a quoted field", "\"a\n\xFF\"\n", 0, 0,
     "! t.csv: line 2: byte 0xFF at offset 3 is not UTF-8; save the file as \"CSV UTF-8\" (a French Excel writes "
     "Windows-1252 by default)"},
};

static void reader_follows_its_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[2048];
        render(cases[i].text, cases[i].n ? cases[i].n : strlen(cases[i].text), cases[i].delimiter, got, sizeof got);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s:\n  got      %s\n  expected %s", cases[i].name, got, cases[i].expected);
    }
}

static void more_fields_than_the_limit_are_refused(void **state)
{
    (void)state;
    char text[CSV_FIELDS_MAX * 3 + 16], got[8192];
    memset(text, ',', CSV_FIELDS_MAX);
    text[CSV_FIELDS_MAX] = '\0';
    render(text, CSV_FIELDS_MAX, ',', got, sizeof got);
    assert_string_equal(strrchr(got, '!'), "! t.csv: line 1, column 257: more than 256 fields");
    size_t n = 0;
    for (int i = 0; i <= CSV_FIELDS_MAX; i++, n += 3)
        memcpy(text + n, "\"\",", 3);
    render(text, n, ',', got, sizeof got);
    assert_string_equal(strrchr(got, '!'), "! t.csv: line 1, column 769: more than 256 fields");
}

static void table_finds_columns_in_any_order(void **state)
{
    (void)state;
    static const char text[] = "b;a;extra\n2;1;x\n";
    static const char *const names[] = {"a", "b", NULL};
    struct err e = {0};
    struct csv_table *t = csv_table_open(text, sizeof text - 1, "t.csv", 0, names, &e);
    assert_non_null(t);
    assert_int_equal(csv_table_next(t, &e), FLOW_OK);
    assert_string_equal(csv_table_get(t, 0), "1");
    assert_string_equal(csv_table_get(t, 1), "2");
    assert_string_equal(csv_table_named(t, "extra"), "x");
    assert_null(csv_table_named(t, "none"));
    assert_int_equal(csv_table_columns(t), 3);
    assert_string_equal(csv_table_column(t, 2), "extra");
    assert_string_equal(csv_table_at(t, 0)->text, "2");
    assert_int_equal(csv_table_field(t, 0)->column, 3);
    assert_int_equal(csv_table_line(t), 2);
    assert_int_equal(csv_table_next(t, &e), FLOW_END);
    csv_table_close(t);
}

static void table_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } refusals[] = {
        {"", "t.csv: empty file: a header line is expected"},
        {"a\n1\n", "t.csv: line 1: column \"b\" is missing from the header"},
        {"a,b,a\n", "t.csv: line 1: column \"a\" stands twice in the header"},
        {"a,b\n1\n", "t.csv: line 2: 1 fields where the header has 2"},
    };
    static const char *const names[] = {"a", "b", NULL};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct err e = {0};
        struct csv_table *t = csv_table_open(refusals[i].text, strlen(refusals[i].text), "t.csv", 0, names, &e);
        if (t) {
            assert_int_equal(csv_table_next(t, &e), FLOW_FATAL);
            csv_table_close(t);
        }
        assert_int_equal(e.status, STATUS_DATA);
        assert_string_equal(e.text, refusals[i].expected);
    }
}

static enum flow collect(void *ctx, const void *p, size_t n, struct err *e)
{
    return buf_put(ctx, p, n, e);
}

static void writer_quotes_only_when_needed(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf out;
    struct csv_writer w;
    static const char *const values[] = {"plain",  NULL,     "a,b",  "say \"x\"", " lead",
                                         "trail ", "l1\nl2", "cr\r", "\xC3\xA9;"};
    buf_init(&out, 4096);
    csv_writer_init(&w, (struct sink){collect, &out});
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(csv_put(&w, values[i], &e), FLOW_OK);
    assert_int_equal(csv_put_int(&w, INT64_MIN, &e), FLOW_OK);
    assert_int_equal(csv_put_int(&w, 0, &e), FLOW_OK);
    assert_int_equal(csv_end_row(&w, &e), FLOW_OK);
    assert_int_equal(csv_put(&w, "", &e), FLOW_OK);
    assert_int_equal(csv_end_row(&w, &e), FLOW_OK);
    assert_int_equal(w.rows, 2);
    assert_string_equal(buf_str(&out),
                        "plain,,\"a,b\",\"say \"\"x\"\"\",\" lead\",\"trail \",\"l1\nl2\",\"cr\r\",\xC3\xA9;,"
                        "-9223372036854775808,0\n\"\"\n");
    csv_writer_fini(&w);

    struct csv *c = csv_open(out.data, out.len, "t.csv", ',', &e);
    struct csv_row row;
    assert_int_equal(csv_next(c, &row, &e), FLOW_OK);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_string_equal(row.field[i].text, values[i] ? values[i] : "");
    assert_int_equal(csv_next(c, &row, &e), FLOW_OK);
    assert_int_equal(row.count, 1);
    csv_close(c);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_follows_its_table),         cmocka_unit_test(more_fields_than_the_limit_are_refused),
        cmocka_unit_test(table_finds_columns_in_any_order), cmocka_unit_test(table_refuses),
        cmocka_unit_test(writer_quotes_only_when_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
