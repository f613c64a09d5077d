/* SPDX-License-Identifier: Apache-2.0 */
/* See value.h. Each form accepted here is one of those that libxml2 accepts, and no more is claimed: signs, times
 * at 24:00:00, years of five digits and the like are left to it. */
#include "transform/xsd/value.h"

#include <string.h>

enum { NUMBER_MAX = 20 }; /* characters; libxml2 counts no more than 24 digits, zeros included */

/* ---- text ---- */

int xsd_unfolded(const char *s, enum xsd_white white, uint32_t *characters)
{
    uint32_t count = 0;
    char before = ' ';
    for (const char *p = s; *p; before = *p++) {
        unsigned char c = (unsigned char)*p;
        count += (c & 0xC0) != 0x80;
        if (c > ' ' || white == WHITE_PRESERVE)
            continue;
        if (c != ' ' || (white == WHITE_COLLAPSE && before == ' '))
            return 0;
    }
    *characters = count;
    return white != WHITE_COLLAPSE || count == 0 || before != ' ';
}

static int is_text(const struct xsd_simple *t, const char *s)
{
    uint32_t n;
    return xsd_unfolded(s, t->white, &n) && n >= t->min_length && n <= t->max_length;
}

/* ---- numbers ---- */

static const char *some_digits(const char *s)
{
    while (*s >= '0' && *s <= '9')
        s++;
    return s;
}

int xsd_number(const char *s, struct xsd_number *n)
{
    int minus = *s == '-';
    const char *begin = s + minus, *end = some_digits(begin), *last = end;
    int64_t value = 0, unit = XSD_MILLION;
    if (end == begin)
        return 0;
    while (*begin == '0')
        begin++;
    n->fraction = 0;
    n->point = *end == '.';
    if (n->point) {
        last = some_digits(end + 1);
        if (last == end + 1 || *last || last - s > NUMBER_MAX)
            return 0;
        while (last[-1] == '0')
            last--;
        n->fraction = (uint32_t)(last - end - 1);
    } else if (*end) {
        return 0;
    }
    if (end - s > NUMBER_MAX || end - begin > 12 || n->fraction > 6)
        return 0;
    n->total = (uint32_t)(end > begin ? end - begin : 0) + n->fraction;
    for (const char *p = begin; *p >= '0' && *p <= '9'; p++)
        value = 10 * value + (*p - '0');
    value *= XSD_MILLION;
    for (const char *p = end + 1; p < last; p++)
        value += (unit /= 10) * (*p - '0');
    n->value = minus ? -value : value;
    return !minus || value != 0;
}

static int is_number(const struct xsd_simple *t, const char *s)
{
    struct xsd_number n;
    if (!xsd_number(s, &n) || n.value < t->min || n.value > t->max)
        return 0;
    if (t->base == BASE_INTEGER && n.point)
        return 0;
    return n.total <= t->total_digits && n.fraction <= t->fraction_digits;
}

static int is_boolean(const char *s)
{
    return strcmp(s, "true") == 0 || strcmp(s, "false") == 0 || strcmp(s, "1") == 0 || strcmp(s, "0") == 0;
}

/* ---- dates ---- */

/* Two digits and then one of ends (a NUL among them when the text may end). NULL when not. */
static const char *two(const char *s, int *n)
{
    if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
        return NULL;
    *n = 10 * (s[0] - '0') + (s[1] - '0');
    return s + 2;
}

static const char *year(const char *s, int *n)
{
    int high, low;
    const char *p = two(s, &high);
    p = p ? two(p, &low) : NULL;
    if (!p)
        return NULL;
    *n = 100 * high + low;
    return *n > 0 ? p : NULL;
}

static int days_of(int y, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static const char *date(const char *s)
{
    int y, month, day;
    const char *p = year(s, &y);
    if (!p || *p != '-' || (p = two(p + 1, &month)) == NULL || month < 1 || month > 12)
        return NULL;
    if (*p != '-' || (p = two(p + 1, &day)) == NULL || day < 1 || day > days_of(y, month))
        return NULL;
    return p;
}

static const char *time_of_day(const char *s)
{
    int hour, minute, second;
    const char *p = two(s, &hour), *end;
    if (!p || hour > 23 || *p != ':' || (p = two(p + 1, &minute)) == NULL || minute > 59)
        return NULL;
    if (*p != ':' || (p = two(p + 1, &second)) == NULL || second > 59)
        return NULL;
    if (*p != '.')
        return p;
    end = some_digits(p + 1);
    return end > p + 1 && end < p + 8 ? end : NULL;
}

/* The end of the text, after a time zone or none. */
static int zone(const char *s)
{
    int hour, minute;
    if (!s || !*s || strcmp(s, "Z") == 0)
        return s != NULL;
    if (*s != '+' && *s != '-')
        return 0;
    s = two(s + 1, &hour);
    if (!s || *s != ':' || hour > 13)
        return 0;
    s = two(s + 1, &minute);
    return s && minute <= 59 && !*s;
}

static int date_and_time(const char *s)
{
    const char *p = date(s);
    return p && *p == 'T' && (p = time_of_day(p + 1)) != NULL && zone(p);
}

/* ---- all ---- */

static int in_enumeration(const struct xsd_simple *t, const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < t->enumerated; i++)
        if (t->enumeration[i].length == n && memcmp(t->enumeration[i].text, s, n) == 0)
            return 1;
    return 0;
}

static int fits_patterns(const struct xsd_simple *t, const char *s)
{
    size_t n = strlen(s);
    const struct xsd_pattern *const *p = t->pattern;
    if (n > XSD_PATTERN_MAX)
        return 0;
    for (uint32_t i = 0; i < t->steps; i++) {
        int found = 0;
        for (uint32_t k = 0; k < t->alternatives[i]; k++, p++)
            found = found || xsd_pattern_matches(*p, s, n);
        if (!found)
            return 0;
    }
    return 1;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Blanks collapsed. out is as large as s. */
static void collapse(const char *s, char *out)
{
    size_t n = 0;
    for (; *s; s++)
        if (!is_blank(*s))
            out[n++] = *s;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    out[n - (n > 0 && out[n - 1] == ' ')] = '\0';
}

static int fits_folded(const struct xsd_simple *t, const char *s)
{
    char folded[XSD_PATTERN_MAX];
    uint32_t n;
    if (strnlen(s, sizeof folded) == sizeof folded || xsd_unfolded(s, WHITE_COLLAPSE, &n))
        return 0;
    collapse(s, folded);
    for (size_t i = 0; i < t->members; i++)
        if (t->member[i]->white == WHITE_COLLAPSE && xsd_simple_accepts(t->member[i], folded))
            return 1;
    return 0;
}

/* libxml2 folds the blanks of a value before it asks a member, which it does for other types only when a facet needs
 * it; and it may ask a member with a pattern about a value that another accepts. */
static int fits_member(const struct xsd_simple *t, const char *s)
{
    for (size_t i = 0; i < t->members; i++)
        if (xsd_simple_accepts(t->member[i], s))
            return strnlen(s, XSD_PATTERN_MAX) < XSD_PATTERN_MAX;
    return fits_folded(t, s);
}

static int in_lexical_space(const struct xsd_simple *t, const char *s)
{
    int y;
    switch (t->base) {
    case BASE_STRING:
        return is_text(t, s);
    case BASE_DECIMAL:
    case BASE_INTEGER:
        return is_number(t, s);
    case BASE_BOOLEAN:
        return is_boolean(s);
    case BASE_DATE:
        return zone(date(s));
    case BASE_TIME:
        return zone(time_of_day(s));
    case BASE_DATETIME:
        return date_and_time(s);
    case BASE_YEAR:
        return zone(year(s, &y));
    case BASE_UNION:
        return fits_member(t, s);
    case BASE_DOUBT:
        break;
    }
    return 0;
}

int xsd_simple_accepts(const struct xsd_simple *t, const char *value)
{
    return in_lexical_space(t, value) && (!t->enumeration || in_enumeration(t, value)) &&
           (t->steps == 0 || fits_patterns(t, value));
}
