/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers without the locale: decimals are exact integers, doubles are read and printed by their digits. */
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 wide; /* holds any int64 times 10^DECIMAL_SCALE_MAX */

static wide power10(int n)
{
    wide p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits s[0..n) after acc; 0 when the result leaves [-2^63, 2^63). */
static int take_digits(const char *s, size_t n, int negative, int64_t *acc)
{
    for (size_t i = 0; i < n; i++) {
        int digit = s[i] - '0';
        if (__builtin_mul_overflow(*acc, 10, acc) ||
            (negative ? __builtin_sub_overflow(*acc, digit, acc) : __builtin_add_overflow(*acc, digit, acc)))
            return 0;
    }
    return 1;
}

/* The parts of a number in decimal notation. */
struct parts {
    int negative;
    const char *whole, *fraction;
    size_t whole_n, fraction_n;
};

static enum decimal_fault split(const char *s, size_t n, struct parts *p)
{
    *p = (struct parts){0};
    if (n == 0)
        return DECIMAL_EMPTY;
    size_t i = 0;
    if (s[0] == '-' || s[0] == '+') {
        p->negative = s[0] == '-';
        i = 1;
    }
    p->whole = s + i;
    while (i < n && is_digit(s[i]))
        i++;
    p->whole_n = (size_t)(s + i - p->whole);
    if (i < n && s[i] == '.')
        i++;
    p->fraction = s + i;
    while (i < n && is_digit(s[i]))
        i++;
    p->fraction_n = (size_t)(s + i - p->fraction);
    return i == n && p->whole_n + p->fraction_n > 0 ? DECIMAL_OK : DECIMAL_SYNTAX;
}

static size_t without_zeros(const char *s, size_t n)
{
    while (n > 0 && s[n - 1] == '0')
        n--;
    return n;
}

enum decimal_fault decimal_parse(const char *s, size_t n, struct decimal *d)
{
    struct parts p;
    enum decimal_fault fault = split(s, n, &p);
    if (fault != DECIMAL_OK)
        return fault;
    /* Trailing zeros are kept as long as they fit; they never make a value out of range. */
    size_t least = without_zeros(p.fraction, p.fraction_n);
    for (size_t digits = p.fraction_n;; digits = least) {
        int64_t acc = 0;
        if (digits <= DECIMAL_SCALE_MAX && take_digits(p.whole, p.whole_n, p.negative, &acc) &&
            take_digits(p.fraction, digits, p.negative, &acc)) {
            *d = (struct decimal){acc, (int)digits};
            return DECIMAL_OK;
        }
        if (digits == least)
            return DECIMAL_RANGE;
    }
}

struct decimal decimal_canonical(struct decimal d)
{
    while (d.scale > 0 && d.unscaled % 10 == 0) {
        d.unscaled /= 10;
        d.scale--;
    }
    return d;
}

size_t decimal_print_scaled(struct decimal d, char *out)
{
    char digits[DECIMAL_TEXT_MAX];
    uint64_t left = d.unscaled < 0 ? -(uint64_t)d.unscaled : (uint64_t)d.unscaled;
    int n = 0;
    while (left || n <= d.scale) {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    }
    char *to = out;
    if (d.unscaled < 0)
        *to++ = '-';
    while (n > 0) {
        if (n == d.scale)
            *to++ = '.';
        *to++ = digits[--n];
    }
    *to = '\0';
    return (size_t)(to - out);
}

size_t decimal_print(struct decimal d, char *out)
{
    return decimal_print_scaled(decimal_canonical(d), out);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    wide x = (wide)a.unscaled * power10(b.scale), y = (wide)b.unscaled * power10(a.scale);
    return (x > y) - (x < y);
}

static int narrow(wide v, int scale, struct decimal *r)
{
    while (scale > 0 && (v > INT64_MAX || v < INT64_MIN) && v % 10 == 0) {
        v /= 10;
        scale--;
    }
    if (v > INT64_MAX || v < INT64_MIN)
        return 0;
    *r = (struct decimal){(int64_t)v, scale};
    return 1;
}

int decimal_add(struct decimal a, struct decimal b, struct decimal *r)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    return narrow((wide)a.unscaled * power10(scale - a.scale) + (wide)b.unscaled * power10(scale - b.scale), scale, r);
}

int decimal_sub(struct decimal a, struct decimal b, struct decimal *r)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    return narrow((wide)a.unscaled * power10(scale - a.scale) - (wide)b.unscaled * power10(scale - b.scale), scale, r);
}

double decimal_double(struct decimal d)
{
    return (double)d.unscaled / (double)power10(d.scale);
}

/* ---- doubles ----
 * strtod and printf follow the decimal point of LC_NUMERIC, so that none is ever shown to them: numbers go in as digits
 * and an exponent, and of what comes out only the digits count. */

enum { DIGITS_MAX = 17, DOUBLE_TEXT_MAX = 512 };

static int valid_double(const char *s, size_t n)
{
    size_t i = 0, digits = 0;
    if (i < n && (s[i] == '-' || s[i] == '+'))
        i++;
    for (; i < n && is_digit(s[i]); i++)
        digits++;
    if (i < n && s[i] == '.')
        i++;
    for (; i < n && is_digit(s[i]); i++)
        digits++;
    if (!digits)
        return 0;
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < n && (s[i] == '-' || s[i] == '+'))
            i++;
        size_t first = i;
        while (i < n && is_digit(s[i]))
            i++;
        if (i == first)
            return 0;
    }
    return i == n;
}

/* s without its point; the exponent that the fraction stood for is put at the end. */
static void without_point(const char *s, size_t n, char *out, size_t size)
{
    size_t used = 0, i = 0;
    long exponent = 0;
    int fraction = 0;
    for (; i < n && s[i] != 'e' && s[i] != 'E'; i++) {
        if (s[i] == '.')
            fraction = 1;
        else
            out[used++] = s[i];
        exponent -= fraction && s[i] != '.';
    }
    if (i < n)
        exponent += strtol(s + i + 1, NULL, 10); /* ends at the NUL or at what follows the number */
    (void)snprintf(out + used, size - used, "e%ld", exponent);
}

int double_parse(const char *s, size_t n, double *v)
{
    char copy[DOUBLE_TEXT_MAX], text[DOUBLE_TEXT_MAX + 32];
    struct decimal d;
    if (n >= sizeof copy || !valid_double(s, n))
        return 0;
    if (decimal_parse(s, n, &d) == DECIMAL_OK && d.unscaled != 0 && llabs(d.unscaled) < (1LL << 53)) {
        *v = decimal_double(d); /* both operands exact: the quotient is correctly rounded */
        return 1;
    }
    memcpy(copy, s, n);
    copy[n] = '\0';
    without_point(copy, n, text, sizeof text);
    double x = strtod(text, NULL);
    if (!isfinite(x))
        return 0;
    *v = x;
    return 1;
}

/* A double as digits d.ddd times 10^exponent, no trailing zero. */
struct digits {
    char text[DIGITS_MAX + 1];
    int n, exponent;
};

static void set_digits(struct digits *d, const char *text, int n, int exponent)
{
    while (n > 1 && text[n - 1] == '0')
        n--;
    memcpy(d->text, text, (size_t)n);
    d->text[n] = '\0';
    d->n = n;
    d->exponent = exponent;
}

enum { EXACT_POWER_MAX = 22 }; /* 10^22 is the last power of ten that a double holds */

/* v with n digits, rounded half to even as printf does. With v = m / 2^e, m times a power of ten fits 128 bits for
 * numbers of everyday size; 0 for the others. */
static int take_apart_exactly(double v, int n, struct digits *d)
{
    if (!(v >= 1e-5 && v < 0x1p52))
        return 0;
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(v, &e), 53);
    int exponent = (int)floor((e - 1) * 0.30102999566398120); /* or one more */
    e = 53 - e;
    uint64_t least = (uint64_t)power10(n - 1);
    for (;; exponent++) {
        int k = n - 1 - exponent;
        if (k < 0)
            return 0;
        unsigned __int128 scaled = (unsigned __int128)m * (unsigned __int128)power10(k), half = (wide)1 << (e - 1);
        unsigned __int128 whole = scaled >> e, rest = scaled & ((half << 1) - 1);
        whole += rest > half || (rest == half && (whole & 1));
        if (whole >= 10 * (unsigned __int128)least)
            continue; /* or the digits were all nines */
        char text[DECIMAL_TEXT_MAX];
        (void)decimal_print_scaled((struct decimal){(int64_t)whole, 0}, text);
        set_digits(d, text, n, exponent);
        return 1;
    }
}

static void take_apart(double v, int n, struct digits *d)
{
    if (take_apart_exactly(fabs(v), n, d))
        return;
    char text[64], digits[DIGITS_MAX];
    (void)snprintf(text, sizeof text, "%.*e", n - 1, fabs(v));
    const char *p = text;
    int used = 0;
    for (; *p && *p != 'e'; p++)
        if (is_digit(*p) && used < DIGITS_MAX)
            digits[used++] = *p;
    set_digits(d, digits, used, *p == 'e' ? (int)strtol(p + 1, NULL, 10) : 0);
}

static double put_together(const struct digits *d, int negative)
{
    char text[64];
    int64_t whole = 0;
    int power = d->exponent - (d->n - 1);
    double v;
    (void)take_digits(d->text, (size_t)d->n, 0, &whole); /* 17 digits at most */
    if (whole < (1LL << 53) && abs(power) <= EXACT_POWER_MAX) {
        double ten = (double)power10(abs(power)); /* both exact: one rounding */
        v = power < 0 ? (double)whole / ten : (double)whole * ten;
    } else {
        (void)snprintf(text, sizeof text, "%se%d", d->text, power);
        v = strtod(text, NULL);
    }
    return negative ? -v : v;
}

/* Lays out digits (no trailing zero) with the point after the first one times 10^exponent. */
static size_t lay_out(const char *digits, int n, int exponent, int negative, char *out)
{
    char *to = out;
    if (negative)
        *to++ = '-';
    if (exponent < -7 || exponent > 20) {
        *to++ = digits[0];
        if (n > 1) {
            *to++ = '.';
            memcpy(to, digits + 1, (size_t)n - 1);
            to += n - 1;
        }
        to += snprintf(to, 6, "e%+d", exponent);
        return (size_t)(to - out);
    }
    if (exponent < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int i = -1; i > exponent; i--)
            *to++ = '0';
    }
    for (int i = 0; i < n || i <= exponent; i++) {
        if (exponent >= 0 && i == exponent + 1)
            *to++ = '.';
        *to++ = i < n ? digits[i] : '0';
    }
    *to = '\0';
    return (size_t)(to - out);
}

size_t double_print(double v, char *out)
{
    if (v == 0) {
        memcpy(out, "0", 2);
        return 1;
    }
    struct digits d;
    int n = 15;
    take_apart(v, n, &d);
    while (n < DIGITS_MAX && put_together(&d, v < 0) != v)
        take_apart(v, ++n, &d);
    return lay_out(d.text, d.n, d.exponent, v < 0, out);
}

size_t double_print_digits(double v, int n, char *out)
{
    struct digits d;
    take_apart(v, n < DIGITS_MAX ? n : DIGITS_MAX, &d);
    return double_print(put_together(&d, v < 0), out);
}
