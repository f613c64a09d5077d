/* SPDX-License-Identifier: Apache-2.0 */
/* See number.h. Thousands: one kind of separator (space, U+00A0, U+2009, U+202F, apostrophe) between groups of exactly
 * three digits. Decimal comma: one comma, no point. Unit: letters or a currency sign after the number. */
#include "transform/number.h"

#include <string.h>

enum { PLAIN_MAX = 64 };

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of a thousands separator at s, 0 when there is none. */
static size_t separator(const char *s, size_t n)
{
    static const char *const kinds[] = {" ", "\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF", "'", "\xE2\x80\x99"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t k = strlen(kinds[i]);
        if (k <= n && memcmp(s, kinds[i], k) == 0)
            return k;
    }
    return 0;
}

static void trim(const char **s, size_t *n, unsigned allowed)
{
    while (*n && is_space(**s)) {
        (*s)++;
        (*n)--;
    }
    while (*n && is_space((*s)[*n - 1]))
        (*n)--;
    /* No-break spaces around a number are the same habit as those inside it. */
    static const char *const odd[] = {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"};
    for (size_t i = 0; allowed & EDITION_THOUSANDS && i < sizeof odd / sizeof *odd; i++) {
        size_t k = strlen(odd[i]);
        while (*n > k && memcmp(*s, odd[i], k) == 0) {
            *s += k;
            *n -= k;
        }
        while (*n > k && memcmp(*s + *n - k, odd[i], k) == 0)
            *n -= k;
    }
}

/* Drops letters or a currency sign after the last digit, and the space before them. */
static size_t without_unit(const char *s, size_t n, unsigned *used)
{
    size_t end = n;
    while (end && !is_digit(s[end - 1]))
        end--;
    if (end == 0 || end == n)
        return n;
    for (size_t i = end; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (!(c >= 0x80 || is_space(s[i]) || (unsigned)((c | 0x20) - 'a') < 26u || (c == '.' && i == n - 1)))
            return n;
    }
    *used |= EDITION_UNIT_SUFFIX;
    return end;
}

/* Copies s without separators into plain; 0 when a group is not three digits, separators differ or the text is too
 * long. */
static size_t ungroup(const char *s, size_t n, unsigned allowed, char *plain, unsigned *used)
{
    size_t out = 0, group = 0, kind = 0;
    const char *first = NULL;
    int fraction = 0;
    for (size_t i = 0; i < n;) {
        size_t k = allowed & EDITION_THOUSANDS ? separator(s + i, n - i) : 0;
        if (k) {
            int bad = fraction || group == 0 || group > 3 ||
                      (first && (group != 3 || k != kind || memcmp(first, s + i, k) != 0));
            if (bad || i + k == n)
                return 0;
            first = s + i;
            kind = k;
            group = 0;
            *used |= EDITION_THOUSANDS;
            i += k;
            continue;
        }
        if (s[i] == '.' || s[i] == ',') {
            if (first && group != 3)
                return 0;
            fraction = 1;
        } else if (is_digit(s[i])) {
            group++;
        }
        if (out == PLAIN_MAX)
            return 0;
        plain[out++] = s[i++];
    }
    return first && !fraction && group != 3 ? 0 : out;
}

static int comma_to_point(char *plain, size_t n, unsigned allowed, unsigned *used)
{
    char *comma = memchr(plain, ',', n);
    if (!comma)
        return 1;
    if (!(allowed & EDITION_DECIMAL_COMMA) || memchr(plain, '.', n) ||
        memchr(comma + 1, ',', n - (size_t)(comma + 1 - plain)))
        return 0;
    *comma = '.';
    *used |= EDITION_DECIMAL_COMMA;
    return 1;
}

enum number_fault number_read(const char *s, size_t n, int whole, unsigned allowed, struct number *out)
{
    char plain[PLAIN_MAX];
    *out = (struct number){0};
    trim(&s, &n, allowed);
    if (!n)
        return NUMBER_EMPTY;
    if (allowed & EDITION_UNIT_SUFFIX)
        n = without_unit(s, n, &out->used);
    size_t len = ungroup(s, n, allowed, plain, &out->used);
    if (!len || !comma_to_point(plain, len, allowed, &out->used))
        return NUMBER_SYNTAX;
    const char *point = allowed & EDITION_CENTS ? memchr(plain, '.', len) : NULL;
    if (point && plain + len - point > 3)
        return NUMBER_UNCLEAR;
    enum decimal_fault fault = decimal_parse(plain, len, &out->value);
    if (fault != DECIMAL_OK)
        return fault == DECIMAL_RANGE ? NUMBER_RANGE : NUMBER_SYNTAX;
    out->value = decimal_canonical(out->value);
    if (out->value.unscaled < 0)
        return NUMBER_NEGATIVE;
    return whole && out->value.scale ? NUMBER_FRACTION : NUMBER_OK;
}
