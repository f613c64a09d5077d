/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/run/locales.h"

#include "schemas/run/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct parse_case {
    const char *name, *text;
    enum decimal_fault fault;
    int64_t unscaled;
    int scale;
    const char *canonical;
};

static const struct parse_case parse_cases[] = {
    {"a count is an integer of scale 0", "85000", DECIMAL_OK, 85000, 0, "85000"},
    {"zero is a value", "0", DECIMAL_OK, 0, 0, "0"},
    {"minus zero is zero", "-0", DECIMAL_OK, 0, 0, "0"},
    {"minus zero with a fraction is zero", "-0.00", DECIMAL_OK, 0, 2, "0"},
    {"leading zeros change nothing", "007.50", DECIMAL_OK, 750, 2, "7.5"},
    {"trailing zeros stay in the scale", "1.50", DECIMAL_OK, 150, 2, "1.5"},
    {"xs:decimal allows a plus", "+12.25", DECIMAL_OK, 1225, 2, "12.25"},
    {"xs:decimal allows a point at the end", "5.", DECIMAL_OK, 5, 0, "5"},
    {"xs:decimal allows a point in front", ".5", DECIMAL_OK, 5, 1, "0.5"},
    {"negative below one keeps its sign", "-.05", DECIMAL_OK, -5, 2, "-0.05"},
    {"twelve digits of fraction fit", "0.000000000001", DECIMAL_OK, 1, 12, "0.000000000001"},
    {"a thirteenth digit does not", "0.0000000000001", DECIMAL_RANGE, 0, 0, NULL},
    {"a thirteenth zero does no harm", "0.5000000000000", DECIMAL_OK, 5, 1, "0.5"},
    {"zeros that would overflow are dropped", "12345678901.000000000000", DECIMAL_OK, 12345678901, 0, "12345678901"},
    {"largest int64", "9223372036854775807", DECIMAL_OK, INT64_MAX, 0, "9223372036854775807"},
    {"one above the largest", "9223372036854775808", DECIMAL_RANGE, 0, 0, NULL},
    {"smallest int64", "-9223372036854775808", DECIMAL_OK, INT64_MIN, 0, "-9223372036854775808"},
    {"one below the smallest", "-9223372036854775809", DECIMAL_RANGE, 0, 0, NULL},
    {"largest with a scale", "922337203685477.5807", DECIMAL_OK, INT64_MAX, 4, "922337203685477.5807"},
    {"twenty digits", "99999999999999999999", DECIMAL_RANGE, 0, 0, NULL},
    {"nothing", "", DECIMAL_EMPTY, 0, 0, NULL},
    {"a comma is no point", "12,5", DECIMAL_SYNTAX, 0, 0, NULL},
    {"an exponent is no decimal", "1e3", DECIMAL_SYNTAX, 0, 0, NULL},
    {"a leading space is not ours to trim", " 5", DECIMAL_SYNTAX, 0, 0, NULL},
    {"a trailing space neither", "5 ", DECIMAL_SYNTAX, 0, 0, NULL},
    {"thousands are not guessed", "1 234", DECIMAL_SYNTAX, 0, 0, NULL},
    {"a lonely point", ".", DECIMAL_SYNTAX, 0, 0, NULL},
    {"a lonely sign", "-", DECIMAL_SYNTAX, 0, 0, NULL},
    {"two signs", "--1", DECIMAL_SYNTAX, 0, 0, NULL},
    {"two points", "1.2.3", DECIMAL_SYNTAX, 0, 0, NULL},
    {"hexadecimal", "0x10", DECIMAL_SYNTAX, 0, 0, NULL},
    {"not a number", "NaN", DECIMAL_SYNTAX, 0, 0, NULL},
    {"infinity", "INF", DECIMAL_SYNTAX, 0, 0, NULL},
    {"Arabic digits", "\xd9\xa1\xd9\xa2", DECIMAL_SYNTAX, 0, 0, NULL},
};

static void parses_and_prints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct decimal d = {42, 1};
        char out[DECIMAL_TEXT_MAX];
        enum decimal_fault fault = decimal_parse(c->text, strlen(c->text), &d);
        if (fault != c->fault)
            fail_msg("%s: '%s' gives fault %d, not %d", c->name, c->text, (int)fault, (int)c->fault);
        if (fault != DECIMAL_OK)
            continue;
        if (d.unscaled != c->unscaled || d.scale != c->scale)
            fail_msg("%s: '%s' is %lld scale %d", c->name, c->text, (long long)d.unscaled, d.scale);
        assert_int_equal(decimal_print(d, out), strlen(c->canonical));
        assert_string_equal(out, c->canonical);
    }
}

static void a_nul_byte_inside_is_refused(void **state)
{
    (void)state;
    struct decimal d;
    assert_int_equal(decimal_parse("1\0002", 3, &d), DECIMAL_SYNTAX);
}

static void prints_exactly_the_scale(void **state)
{
    (void)state;
    static const struct {
        struct decimal d;
        const char *text;
    } cases[] = {{{150, 2}, "1.50"}, {{0, 2}, "0.00"},     {{-5, 3}, "-0.005"},
                 {{7, 0}, "7"},      {{-120, 1}, "-12.0"}, {{INT64_MIN, 12}, "-9223372.036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[DECIMAL_TEXT_MAX];
        assert_int_equal(decimal_print_scaled(cases[i].d, out), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
    }
}

static void compares_across_scales(void **state)
{
    (void)state;
    static const struct {
        struct decimal a, b;
        int order;
    } cases[] = {{{15, 1}, {150, 2}, 0},
                 {{15, 1}, {151, 2}, -1},
                 {{-15, 1}, {-151, 2}, 1},
                 {{INT64_MAX, 0}, {INT64_MAX, 12}, 1},
                 {{INT64_MIN, 0}, {INT64_MIN, 12}, -1},
                 {{0, 0}, {0, 12}, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decimal_compare(cases[i].a, cases[i].b), cases[i].order);
        assert_int_equal(decimal_compare(cases[i].b, cases[i].a), -cases[i].order);
    }
}

static void adds_exactly_or_says_so(void **state)
{
    (void)state;
    struct decimal r;
    assert_true(decimal_add((struct decimal){1, 1}, (struct decimal){2, 1}, &r)); /* 0.1 + 0.2 */
    assert_int_equal(decimal_compare(r, (struct decimal){3, 1}), 0);
    assert_true(decimal_add((struct decimal){1050, 2}, (struct decimal){5, 1}, &r)); /* 10.50 + 0.5 */
    assert_int_equal(decimal_compare(r, (struct decimal){11, 0}), 0);
    assert_true(decimal_sub((struct decimal){1, 0}, (struct decimal){1, 12}, &r));
    assert_int_equal(r.unscaled, 999999999999);
    assert_int_equal(r.scale, 12);
    assert_false(decimal_add((struct decimal){INT64_MAX, 0}, (struct decimal){1, 0}, &r));
    assert_false(decimal_sub((struct decimal){INT64_MIN, 0}, (struct decimal){1, 0}, &r));
    assert_true(decimal_sub((struct decimal){INT64_MIN, 0}, (struct decimal){-1, 0}, &r));
    assert_int_equal(r.unscaled, INT64_MIN + 1);
    assert_false(decimal_add((struct decimal){INT64_MAX, 0}, (struct decimal){1, 12}, &r));
}

struct double_case {
    const char *name;
    double v;
    const char *text;
};

static const struct double_case double_cases[] = {
    {"the classic sum", 0.1 + 0.2, "0.30000000000000004"},
    {"a tenth is short", 0.1, "0.1"},
    {"an integer has no point", 123456789, "123456789"},
    {"a hundred keeps its zeros", 100, "100"},
    {"minus zero is zero", -0.0, "0"},
    {"small is still positional", 0.0000001, "0.0000001"},
    {"smaller has an exponent", 1.5e-8, "1.5e-8"},
    {"large has an exponent", 1e21, "1e+21"},
    {"largest double", 1.7976931348623157e308, "1.7976931348623157e+308"},
    {"smallest double", 4.9406564584124654e-324, "4.94065645841247e-324"},
    {"two to the 53rd plus two", 9007199254740994.0, "9007199254740994"},
    {"negative", -2.5, "-2.5"},
};

static void doubles_print_shortest_and_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof double_cases / sizeof double_cases[0]; i++) {
        const struct double_case *c = &double_cases[i];
        char out[32];
        double back;
        size_t n = double_print(c->v, out);
        if (n != strlen(c->text) || strcmp(out, c->text) != 0)
            fail_msg("%s: '%s', not '%s'", c->name, out, c->text);
        assert_true(double_parse(out, n, &back));
        if (back != c->v)
            fail_msg("%s: '%s' does not read back", c->name, out);
    }
}

static void doubles_round_to_significant_digits(void **state)
{
    (void)state;
    char out[32];
    (void)double_print_digits(1.0 / 3, 12, out);
    assert_string_equal(out, "0.333333333333");
    (void)double_print_digits(1.42857142857142857, 3, out);
    assert_string_equal(out, "1.43");
    (void)double_print_digits(99999.96, 6, out);
    assert_string_equal(out, "100000");
}

/* The digits of a text, without point, sign, exponent and the zeros at either end. */
static void only_digits(const char *text, char *out)
{
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n || *text != '0'))
            out[n++] = *text;
    while (n && out[n - 1] == '0')
        n--;
    out[n] = '\0';
}

static double parsed(const char *text)
{
    double v = NAN;
    (void)!double_parse(text, strlen(text), &v);
    return v;
}

/* What printf and strtod find: the first of 15, 16 and 17 digits that reads back. */
static void check_as_printf(double v)
{
    char out[64], theirs[64], digits[64], expected[64];
    int n = 15;
    do
        (void)snprintf(theirs, sizeof theirs, "%.*e", n - 1, v);
    while (strtod(theirs, NULL) != v && n++ < 17);
    (void)double_print(v, out);
    only_digits(out, digits);
    only_digits(theirs, expected);
    if (strcmp(digits, expected) != 0 || parsed(out) != v)
        fail_msg("%.17g: '%s', printf says %s", v, out, theirs);
    for (n = 1; n <= 17; n++) {
        (void)snprintf(theirs, sizeof theirs, "%.*e", n - 1, v);
        (void)double_print_digits(v, n, out);
        if (parsed(out) != strtod(theirs, NULL))
            fail_msg("%.17g with %d digits: '%s', printf says %s", v, n, out, theirs);
    }
}

static void doubles_have_the_digits_of_printf(void **state)
{
    (void)state;
    static const double odd[] = {0.5,
                                 2.5,
                                 0.125,
                                 1e22,
                                 1e23,
                                 9007199254740993.0,
                                 4503599627370495.5,
                                 1e-5,
                                 9.995e-6,
                                 99999.5,
                                 0.1,
                                 5e-324,
                                 1e308,
                                 1e15,
                                 1e16,
                                 999999999999999.875,
                                 1.0 / 3,
                                 0.045,
                                 8.5,
                                 1e-4,
                                 1023.0625};
    uint64_t seed = 88172645463325252U;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        check_as_printf(odd[i]);
        check_as_printf(nextafter(odd[i], 0));
        check_as_printf(-nextafter(odd[i], 1e300));
    }
    for (int k = 0; k < 1500; k++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double v = (double)(seed >> 11) * pow(2, (int)(seed % 80) - 70), whole = (double)(seed % 10000000);
        check_as_printf(v);
        check_as_printf(whole / 8);
        check_as_printf(whole / 1000);
    }
}

static void doubles_are_read_strictly(void **state)
{
    (void)state;
    static const char *const refused[] = {"",   " 1",  "1 ", "1,5",   "nan", "inf",  "0x1p3",
                                          "1e", "1e+", ".",  "1e400", "--1", "1.2.3"};
    static const char *const accepted[] = {"1", "-1.5", "+.5", "5.", "1e-3", "1E+3", "0", "1e-400"};
    double v;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (double_parse(refused[i], strlen(refused[i]), &v))
            fail_msg("'%s' was accepted", refused[i]);
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        if (!double_parse(accepted[i], strlen(accepted[i]), &v))
            fail_msg("'%s' was refused", accepted[i]);
    assert_true(double_parse("0.3", 3, &v) && v == 0.3);
    assert_true(double_parse("123456.789", 10, &v) && v == 123456.789);
    assert_true(double_parse("1.00000000000000011", 19, &v) && v == 1.0);
}

static void decimals_become_the_nearest_double(void **state)
{
    (void)state;
    assert_true(decimal_double((struct decimal){3, 1}) == 0.3);
    assert_true(decimal_double((struct decimal){-123456789, 4}) == -12345.6789);
    assert_true(decimal_double((struct decimal){85000, 0}) == 85000.0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(parses_and_prints),
    cmocka_unit_test(a_nul_byte_inside_is_refused),
    cmocka_unit_test(prints_exactly_the_scale),
    cmocka_unit_test(compares_across_scales),
    cmocka_unit_test(adds_exactly_or_says_so),
    cmocka_unit_test(doubles_print_shortest_and_read_back),
    cmocka_unit_test(doubles_round_to_significant_digits),
    cmocka_unit_test(doubles_have_the_digits_of_printf),
    cmocka_unit_test(doubles_are_read_strictly),
    cmocka_unit_test(decimals_become_the_nearest_double),
};

RUN_IN_LOCALES(tests)
