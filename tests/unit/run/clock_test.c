/* SPDX-License-Identifier: Apache-2.0 */
/* Expected instants come from date(1) with the zone files of Debian (tzdata), not from this code. */
#include "tests/unit/run/locales.h"

#include "schemas/run/clock.h"

#include <stdlib.h>
#include <string.h>

struct parse_case {
    const char *name, *text;
    int date_ok, ok;
    int64_t micro;
};

#define S INT64_C(1000000)

static const struct parse_case cases[] = {
    {"the epoch", "1970-01-01T00:00:00Z", 0, 1, 0},
    {"one second before", "1969-12-31T23:59:59Z", 0, 1, -1 * S},
    {"a stamp with the summer offset", "2022-05-12T10:11:00+02:00", 0, 1, 1652343060 * S},
    {"the same in UTC", "2022-05-12T08:11:00Z", 0, 1, 1652343060 * S},
    {"a negative offset", "2022-05-12T00:11:00-08:00", 0, 1, 1652343060 * S},
    {"microseconds", "2022-05-12T08:11:00.123456Z", 0, 1, 1652343060 * S + 123456},
    {"a short fraction", "2022-05-12T08:11:00.5Z", 0, 1, 1652343060 * S + 500000},
    {"nanoseconds are cut", "2022-05-12T08:11:00.123456789Z", 0, 1, 1652343060 * S + 123456},
    {"a leap second is the end of its minute", "2016-12-31T23:59:60Z", 0, 1, 1483228799 * S + 999999},
    {"leap day", "2024-02-29T00:00:00Z", 0, 1, 1709164800 * S},
    {"leap day of 2000", "2000-02-29T00:00:00Z", 0, 1, 951782400 * S},
    {"no leap day in 1900", "1900-02-29T00:00:00Z", 0, 0, 0},
    {"no leap day in 2100", "2100-02-29T00:00:00Z", 0, 0, 0},
    {"no leap day in 2023", "2023-02-29T00:00:00Z", 0, 0, 0},
    {"no 31 April", "2022-04-31T00:00:00Z", 0, 0, 0},
    {"no month 13", "2022-13-01T00:00:00Z", 0, 0, 0},
    {"no hour 24", "2022-05-12T24:00:00Z", 0, 0, 0},
    {"no second 61", "2022-05-12T08:11:61Z", 0, 0, 0},
    {"no zone, no instant", "2022-05-12T08:11:00", 0, 0, 0},
    {"a blank instead of T", "2022-05-12 08:11:00Z", 0, 0, 0},
    {"an offset beyond 14 hours", "2022-05-12T08:11:00+14:01", 0, 0, 0},
    {"an offset without colon", "2022-05-12T08:11:00+0200", 0, 0, 0},
    {"something left over", "2022-05-12T08:11:00Zx", 0, 0, 0},
    {"a point without fraction", "2022-05-12T08:11:00.Z", 0, 0, 0},
    {"a date where dates are allowed", "2022-05-12", 1, 1, 1652313600 * S},
    {"a date where they are not", "2022-05-12", 0, 0, 0},
    {"year 0", "0000-01-01T00:00:00Z", 0, 0, 0},
    {"nothing", "", 1, 0, 0},
};

static void parses_instants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t t = 0;
        int ok = clock_parse(cases[i].text, strlen(cases[i].text), cases[i].date_ok, &t);
        if (ok != cases[i].ok || (ok && t != cases[i].micro))
            fail_msg("%s: '%s' gives %d, %lld", cases[i].name, cases[i].text, ok, (long long)t);
    }
}

static void prints_what_it_parsed(void **state)
{
    (void)state;
    static const char *const texts[] = {"1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2022-05-12T08:11:00.000001Z",
                                        "2000-02-29T12:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char out[INSTANT_TEXT_MAX];
        int64_t t;
        assert_true(clock_parse(texts[i], strlen(texts[i]), 0, &t));
        assert_int_equal(clock_print(t, out), strlen(texts[i]));
        assert_string_equal(out, texts[i]);
    }
}

static void every_day_of_four_centuries_follows_the_one_before(void **state)
{
    (void)state;
    char out[INSTANT_TEXT_MAX];
    for (int64_t day = -25567; day < -25567 + 146097; day++) { /* from 1900-01-01 */
        int64_t back;
        (void)clock_print(day * 86400 * S, out);
        assert_true(clock_parse_date(out, 10, &back));
        assert_int_equal(back, day);
    }
    assert_string_equal(out, "2299-12-31T00:00:00Z");
}

static void paris_changes_its_clocks_at_one_utc(void **state)
{
    (void)state;
    static const struct {
        const char *utc, *paris;
    } nights[] = {
        {"2026-03-29T00:59:59Z", "2026-03-29 01:59:59 +01:00 (Paris)"},
        {"2026-03-29T01:00:00Z", "2026-03-29 03:00:00 +02:00 (Paris)"},
        {"2026-10-25T00:30:00Z", "2026-10-25 02:30:00 +02:00 (Paris)"},
        {"2026-10-25T00:59:59Z", "2026-10-25 02:59:59 +02:00 (Paris)"},
        {"2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +01:00 (Paris)"},
        {"2026-10-25T01:30:00Z", "2026-10-25 02:30:00 +01:00 (Paris)"},
        {"2021-12-31T23:30:00Z", "2022-01-01 00:30:00 +01:00 (Paris)"},
        {"2024-03-31T01:00:00Z", "2024-03-31 03:00:00 +02:00 (Paris)"}, /* the 31st is the Sunday */
        {"2027-10-31T01:00:00Z", "2027-10-31 02:00:00 +01:00 (Paris)"},
    };
    for (size_t i = 0; i < sizeof nights / sizeof nights[0]; i++) {
        char out[INSTANT_TEXT_MAX];
        int64_t t;
        assert_true(clock_parse(nights[i].utc, strlen(nights[i].utc), 0, &t));
        (void)clock_print_paris(t, out);
        assert_string_equal(out, nights[i].paris);
    }
}

static void compact_form_is_a_file_name(void **state)
{
    (void)state;
    char out[INSTANT_TEXT_MAX];
    assert_int_equal(clock_print_compact(1652343060 * S + 5, out), 16);
    assert_string_equal(out, "20220512T081100Z");
}

static void no_instant_is_no_text(void **state)
{
    (void)state;
    char out[INSTANT_TEXT_MAX] = "x";
    assert_int_equal(clock_print(INSTANT_NONE, out), 0);
    assert_string_equal(out, "");
    assert_int_equal(clock_print_paris(INSTANT_NONE, out), 0);
}

static void the_environment_fixes_now(void **state)
{
    (void)state;
    assert_int_equal(setenv("PRE_NOW", "2022-05-12T08:11:00Z", 1), 0);
    assert_int_equal(clock_now(), 1652343060 * S);
    assert_int_equal(setenv("PRE_NOW", "yesterday", 1), 0);
    assert_true(clock_now() > 1652343060 * S);
    assert_int_equal(unsetenv("PRE_NOW"), 0);
    assert_true(clock_monotonic() > 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(parses_instants),
    cmocka_unit_test(prints_what_it_parsed),
    cmocka_unit_test(every_day_of_four_centuries_follows_the_one_before),
    cmocka_unit_test(paris_changes_its_clocks_at_one_utc),
    cmocka_unit_test(compact_form_is_a_file_name),
    cmocka_unit_test(no_instant_is_no_text),
    cmocka_unit_test(the_environment_fixes_now),
};

RUN_IN_LOCALES(tests)
