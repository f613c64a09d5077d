/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/html.h"
#include "load/publish/places.h"
#include "load/publish/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct publish_column columns[] = {
    {"text", "texte", "text", PUBLISH_TEXT, 0},
    {"code", "code", "code", PUBLISH_CODE, 0},
    {"number", "nombre; exact", "number", PUBLISH_NUMBER, 2},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static const struct {
    const char *name, *text, *code, *number, *machine, *french;
} cases[] = {
    {"plain cells", "Lille", "PRE-59-01", "1.50", "internal,Lille,PRE-59-01,1.50\n",
     "interne;Lille;PRE-59-01;1,50\r\n"},
    {"a code that looks like a number is protected", "x", "01", "0", "internal,x,01,0\n",
     "interne;x;\"=\"\"01\"\"\";0\r\n"},
    {"2A and 2E3 too", "x", "2E3", "0", "internal,x,2E3,0\n", "interne;x;\"=\"\"2E3\"\"\";0\r\n"},
    {"a formula is neutralised", "=1+1", "a", "0", "internal,=1+1,a,0\n", "interne;\"'=1+1\";a;0\r\n"},
    {"so are the other triggers", "@SUM(A1)", "-x", "0", "internal,@SUM(A1),-x,0\n",
     "interne;\"'@SUM(A1)\";\"'-x\";0\r\n"},
    {"a formula with quotes", "+a\"b", "a", "0", "internal,\"+a\"\"b\",a,0\n", "interne;\"'+a\"\"b\";a;0\r\n"},
    {"a tab that hides one", "\t=1", "a", "0", "internal,\t=1,a,0\n", "interne;\"'\t=1\";a;0\r\n"},
    {"a negative number is never touched", "x", "a", "-12.25", "internal,x,a,-12.25\n", "interne;x;a;-12,25\r\n"},
    {"separators", "a,b;c", "a", "1e-7", "internal,\"a,b;c\",a,1e-7\n", "interne;\"a,b;c\";a;1e-7\r\n"},
    {"nothing", NULL, NULL, NULL, "internal,,,\n", "interne;;;\r\n"},
};

static void cells_come_out_as_each_reader_needs_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        struct publish_table t;
        struct err e = {0};
        struct buf machine, french;
        buf_init(&machine, 4096);
        buf_init(&french, 4096);
        arena_init(&arena, 1 << 20);
        publish_table_init(&t, "t", columns, &arena);
        publish_text(&t, cases[i].text);
        publish_text(&t, cases[i].code);
        publish_text(&t, cases[i].number);
        assert_int_equal(publish_table_row(&t, &e), FLOW_OK);
        assert_int_equal(publish_csv(&t, sink_buf(&machine), &e), FLOW_OK);
        assert_int_equal(publish_csv_french(&t, sink_buf(&french), &e), FLOW_OK);
        static const char head[] = "\xEF\xBB\xBF"
                                   "diffusion;texte;code;\"nombre; exact\"\r\n";
        assert_memory_equal(buf_str(&french), head, sizeof head - 1);
        if (strcmp(strchr(machine.data, '\n') + 1, cases[i].machine) != 0)
            fail_msg("%s: got %s", cases[i].name, machine.data);
        if (strcmp(strchr(french.data, '\n') + 1, cases[i].french) != 0)
            fail_msg("%s: got %s", cases[i].name, french.data);
        publish_table_fini(&t);
        arena_fini(&arena);
        buf_fini(&machine);
        buf_fini(&french);
    }
}

static void numbers_keep_their_shortest_text(void **state)
{
    (void)state;
    struct arena arena;
    struct publish_table t;
    struct err e = {0};
    arena_init(&arena, 1 << 20);
    publish_table_init(&t, "t", columns, &arena);
    publish_int(&t, -9000000000000000000);
    publish_double(&t, 0.1);
    publish_none(&t);
    assert_int_equal(publish_table_row(&t, &e), FLOW_OK);
    assert_string_equal(publish_at(&t, 0, 0), "-9000000000000000000");
    assert_string_equal(publish_at(&t, 0, 1), "0.1");
    assert_string_equal(publish_at(&t, 0, 2), "");
    publish_double(&t, NAN);
    assert_int_equal(publish_table_row(&t, &e), FLOW_FATAL);
    publish_table_fini(&t);
    publish_table_init(&t, "t", columns, &arena);
    publish_int(&t, 1);
    assert_int_equal(publish_table_row(&t, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    publish_table_fini(&t);
    arena_fini(&arena);
}

static void text_of_others_cannot_become_markup(void **state)
{
    (void)state;
    struct err e = {0};
    struct html h;
    html_open(&h, "fr", "a<b> & \"c\"", NULL, NULL, &e);
    assert_non_null(strstr(h.page.data, "<title>a&lt;b&gt; &amp; &quot;c&quot;</title>"));
    buf_reset(&h.page);
    html_element(&h, "td class=\"n\"",
                 "<script>alert('x')</script>\x1B[31m\xE2\x80\xAE"
                 "1\xE2\x80\xAF"
                 "000\xC2\xA0%");
    assert_string_equal(
        h.page.data, "<td class=\"n\">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;U+001B&gt;[31m&lt;U+202E&gt;"
                     "1\xE2\x80\xAF"
                     "000\xC2\xA0%</td>");
    assert_int_equal(html_close(&h, NULL), FLOW_OK);
    html_fini(&h);
}

static void the_policy_names_what_may_run(void **state)
{
    (void)state;
    struct err e = {0};
    char digest[64];
    assert_int_equal(html_integrity("", digest, &e), FLOW_OK);
    assert_string_equal(digest, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_int_equal(html_integrity("abc", digest, &e), FLOW_OK);
    assert_string_equal(digest, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    struct html h;
    html_open(&h, "fr", "t", "abc", "", &e);
    assert_non_null(strstr(h.page.data, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src "
                                        "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='; script-src "
                                        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='\""));
    html_fini(&h);
}

static void every_departement_has_a_name_and_a_region(void **state)
{
    (void)state;
    int shapes = 0, count = 0;
    for (const struct place_departement *d = places_departements; d->code; d++, count++) {
        shapes += *d->path != '\0';
        assert_true(*d->name != '\0' && *d->region != '\0');
    }
    assert_int_equal(shapes, 96);
    assert_true(count >= 101);
    assert_string_equal(places_departement("2A"), "Corse-du-Sud");
    assert_string_equal(places_region("32"), "Hauts-de-France");
    assert_string_equal(places_region("00"), "00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_come_out_as_each_reader_needs_them),  cmocka_unit_test(numbers_keep_their_shortest_text),
        cmocka_unit_test(text_of_others_cannot_become_markup),       cmocka_unit_test(the_policy_names_what_may_run),
        cmocka_unit_test(every_departement_has_a_name_and_a_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
