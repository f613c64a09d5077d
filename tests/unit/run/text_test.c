/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/run/locales.h"

#include "schemas/run/text.h"

#include <string.h>

struct text_case {
    const char *name, *in, *out;
};

static void check(const struct text_case *c, enum flow f, struct buf *b)
{
    if (f != FLOW_OK || strcmp(buf_str(b), c->out) != 0)
        fail_msg("%s: '%s' becomes '%s', not '%s'", c->name, c->in, buf_str(b), c->out);
    buf_fini(b);
}

static void composes(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"ASCII stays", "abc", "abc"},
        {"nothing stays nothing", "", ""},
        {"e and acute join", "e\xcc\x81", "\xc3\xa9"},
        {"composed stays composed", "\xc3\xa9", "\xc3\xa9"},
        {"an Angstrom sign is a letter", "\xe2\x84\xab", "\xc3\x85"},
        {"the fi ligature is kept: NFC, not NFKC", "\xef\xac\x81", "\xef\xac\x81"},
        {"a no-break space is kept", "a\xc2\xa0:", "a\xc2\xa0:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;
        struct err e;
        buf_init(&b, 1000);
        check(&cases[i], text_nfc(cases[i].in, strlen(cases[i].in), &b, &e), &b);
    }
}

static void folds_keys(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"case and accents",
         "\xc3\x89"
         "COLE \xc3\x89L\xc3\x89MENTAIRE",
         "ecole elementaire"},
        {"a decomposed accent gives the same key",
         "E\xcc\x81"
         "cole",
         "ecole"},
        {"the Turkish locale does not touch i", "ISOLEMENT", "isolement"},
        {"narrow no-break space",
         "1\xe2\x80\xaf"
         "234",
         "1 234"},
        {"no-break space",
         "17\xc2\xa0"
         "ans",
         "17 ans"},
        {"runs of spaces and both ends", " \t gar\xc3\xa7on \n", "garcon"},
        {"curly apostrophe",
         "l\xe2\x80\x99"
         "\xc3\xa9"
         "cole",
         "l'ecole"},
        {"en dash",
         "2\xe2\x80\x93"
         "5",
         "2-5"},
        {"minus sign",
         "\xe2\x88\x92"
         "3",
         "-3"},
        {"oe ligature", "S\xc5\x93ur", "soeur"},
        {"soft hyphen and zero width space vanish",
         "so\xc2\xad"
         "cial\xe2\x80\x8b",
         "social"},
        {"byte order mark vanishes",
         "\xef\xbb\xbf"
         "G",
         "g"},
        {"sharp s",
         "STRASSE stra\xc3\x9f"
         "e",
         "strasse strasse"},
        {"only spaces", " \xc2\xa0 ", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;
        struct err e;
        buf_init(&b, 1000);
        check(&cases[i], text_key(cases[i].in, strlen(cases[i].in), TEXT_FOLD_ALL, &b, &e), &b);
    }
}

static void folds_only_what_is_asked(void **state)
{
    (void)state;
    struct buf b;
    struct err e;
    const char *in = " \xc3\x89t\xc3\xa9 ";
    static const struct text_case spaces = {"spaces", "", "\xc3\x89t\xc3\xa9"},
                                  letters = {"case", "", " \xc3\xa9t\xc3\xa9 "}, marks = {"accents", "", " Ete "};
    buf_init(&b, 1000);
    check(&spaces, text_key(in, strlen(in), TEXT_FOLD_SPACES, &b, &e), &b);
    check(&letters, text_key(in, strlen(in), TEXT_FOLD_CASE, &b, &e), &b);
    check(&marks, text_key(in, strlen(in), TEXT_FOLD_ACCENTS, &b, &e), &b);
}

static void finds_invalid_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *s;
        size_t n, at;
    } cases[] = {
        {"all is well",
         "\xc3\xa9"
         "a",
         3, 3},
        {"a Windows-1252 letter", "caf\xe9 ", 5, 3},
        {"an overlong slash", "a\xc0\xaf", 3, 1},
        {"a surrogate", "\xed\xa0\x80", 3, 0},
        {"beyond U+10FFFF", "\xf4\x90\x80\x80", 4, 0},
        {"cut at the end", "ab\xe2\x80", 4, 2},
        {"a lonely continuation", "\x80", 1, 0},
        {"a NUL is a character", "a\0b", 3, 3},
        {"nothing", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (text_invalid(cases[i].s, cases[i].n) != cases[i].at)
            fail_msg("%s: found at %zu", cases[i].name, text_invalid(cases[i].s, cases[i].n));
}

static void invalid_bytes_are_refused_by_keys(void **state)
{
    (void)state;
    struct buf b;
    struct err e;
    buf_init(&b, 1000);
    assert_int_equal(text_key("\xff", 1, TEXT_FOLD_ALL, &b, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    assert_int_equal(text_nfc("\xff", 1, &b, &e), FLOW_FATAL);
    buf_fini(&b);
}

static void shows_what_cannot_be_seen(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"letters stay", "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"right to left override",
         "a\xe2\x80\xae"
         "b",
         "a<U+202E>b"},
        {"isolates", "\xe2\x81\xa6", "<U+2066>"},
        {"narrow no-break space",
         "1\xe2\x80\xaf"
         "2",
         "1<U+202F>2"},
        {"escape sequences", "\x1b[31m", "<U+001B>[31m"},
        {"a C1 control",
         "\xc2\x9b"
         "31m",
         "<U+009B>31m"},
        {"line break", "a\nb", "a<U+000A>b"},
        {"a Windows-1252 byte", "\x92", "<\\x92>"},
        {"byte order mark", "\xef\xbb\xbf", "<U+FEFF>"},
        {"line separator", "\xe2\x80\xa8", "<U+2028>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;
        struct err e;
        buf_init(&b, 1000);
        check(&cases[i], text_visible(cases[i].in, strlen(cases[i].in), &b, &e), &b);
    }
}

static void measures_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width("abc", 3), 3);
    assert_int_equal(text_width("\xc3\xa9", 2), 1);
    assert_int_equal(text_width("e\xcc\x81", 3), 1);
    assert_int_equal(text_width("\xe6\xbc\xa2", 3), 2);
    assert_int_equal(text_width("\x1b", 1), 0);
}

static void cuts_between_characters(void **state)
{
    (void)state;
    assert_int_equal(text_cut("abc", 3, 5), 3);
    assert_int_equal(text_cut("abc", 3, 2), 2);
    assert_int_equal(text_cut("a\xc3\xa9", 3, 2), 1);
    assert_int_equal(text_cut("\xe2\x80\xaf", 3, 2), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(composes),
    cmocka_unit_test(folds_keys),
    cmocka_unit_test(folds_only_what_is_asked),
    cmocka_unit_test(finds_invalid_bytes),
    cmocka_unit_test(invalid_bytes_are_refused_by_keys),
    cmocka_unit_test(shows_what_cannot_be_seen),
    cmocka_unit_test(measures_columns),
    cmocka_unit_test(cuts_between_characters),
};

RUN_IN_LOCALES(tests)
