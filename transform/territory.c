/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/territory.h"

#include <string.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int all_digits(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(s[i]))
        i++;
    return i == n;
}

/* 01 to 95 without 20, 2A, 2B. */
static int is_metropolitan(const char *s)
{
    if (s[0] == '2' && (s[1] == 'A' || s[1] == 'B'))
        return 1;
    if (!all_digits(s, 2))
        return 0;
    int number = 10 * (s[0] - '0') + (s[1] - '0');
    return number >= 1 && number <= 95 && number != 20;
}

static int is_overseas(const char *s)
{
    return s[0] == '9' && ((s[1] == '7' && s[2] >= '1' && s[2] <= '8') || (s[1] == '8' && s[2] >= '4' && s[2] <= '9'));
}

static int is_neighbourhood(const char *s)
{
    if (s[0] != 'Q' || (s[1] != 'P' && s[1] != 'N') || !((s[2] == '0' && is_metropolitan(s + 3)) || is_overseas(s + 2)))
        return 0;
    for (int i = 5; i < 8; i++)
        if (!is_digit(s[i]) && (s[i] < 'A' || s[i] > 'Z'))
            return 0;
    return 1;
}

static int is_code(const char *s, size_t n)
{
    switch (n) {
    case 2:
        return is_metropolitan(s);
    case 3:
        return is_overseas(s);
    case 5:
        return all_digits(s + 2, 3) && (is_metropolitan(s) || is_overseas(s));
    case 8:
        return is_neighbourhood(s);
    default:
        return 0;
    }
}

int territory_read(const char *s, size_t n, unsigned allowed, char *out, unsigned *used)
{
    size_t lost = (n == 1 || n == 4) && all_digits(s, n) && allowed & EDITION_LEADING_ZERO ? 1 : 0;
    *used = lost ? EDITION_LEADING_ZERO : 0;
    if (!n || n + lost >= TERRITORY_MAX)
        return 0;
    out[0] = '0';
    for (size_t i = 0; i < n; i++) {
        int lower = s[i] >= 'a' && s[i] <= 'z';
        out[lost + i] = (char)(lower ? s[i] - 'a' + 'A' : s[i]);
        if (lower)
            *used |= TERRITORY_CASE;
    }
    out[lost + n] = '\0';
    return is_code(out, n + lost);
}
