/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/retry.h"

#include "schemas/run/clock.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

int64_t retry_delay(int attempts, int64_t base, int64_t cap, uint64_t *random)
{
    int64_t d = base;
    for (int i = 1; i < attempts && d < cap; i++)
        d *= 2;
    if (d > cap)
        d = cap;
    return d / 2 + (int64_t)(next_random(random) % (uint64_t)(d / 2 + 1));
}

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (strncasecmp(names + 3 * i, name, 3) == 0)
            return i;
    return -1;
}

/* Up to `most` digits at *p; -1 when there is none. */
static int number(const char **p, int most)
{
    int v = -1;
    for (; most > 0 && **p >= '0' && **p <= '9'; most--, ++*p)
        v = (v < 0 ? 0 : v * 10) + (**p - '0');
    return v;
}

static int clock_time(const char **p, struct tm *tm)
{
    tm->tm_hour = number(p, 2);
    int colon = *(*p)++ == ':';
    tm->tm_min = colon ? number(p, 2) : -1;
    colon = colon && **p == ':' && ++*p;
    tm->tm_sec = colon ? number(p, 2) : -1;
    return tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 &&
           tm->tm_sec <= 60;
}

/* IMF-fixdate, RFC 850 and asctime forms have the same words: a month by name, the day before the year, a time with
 * colons. */
int64_t http_date(const char *text)
{
    struct tm tm = {.tm_mon = -1, .tm_mday = -1, .tm_year = -1, .tm_hour = -1};
    for (const char *p = text; *p;) {
        size_t letters = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
               digits = strspn(p, "0123456789");
        if (letters) {
            int month = letters == 3 ? month_of(p) : -1;
            tm.tm_mon = month >= 0 ? month : tm.tm_mon;
            p += letters;
        } else if (digits && p[digits] == ':') {
            if (!clock_time(&p, &tm))
                return INSTANT_NONE;
        } else if (digits) {
            int v = digits <= 4 ? number(&p, 4) : -1;
            if (v < 0 || tm.tm_year >= 0)
                return INSTANT_NONE;
            *(tm.tm_mday < 0 ? &tm.tm_mday : &tm.tm_year) = v;
        } else if (!strchr(" ,-", *p++)) {
            return INSTANT_NONE;
        }
    }
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 0 || tm.tm_hour < 0)
        return INSTANT_NONE;
    tm.tm_year += tm.tm_year < 70 ? 100 : tm.tm_year < 100 ? 0 : -1900;
    return (int64_t)timegm(&tm) * 1000000;
}

int64_t retry_after(const char *p, size_t n, int64_t now, int64_t most)
{
    char text[64];
    int64_t seconds = 0, at;
    if (n == 0 || n >= sizeof text)
        return INSTANT_NONE;
    memcpy(text, p, n);
    text[n] = '\0';
    size_t digits = strspn(text, "0123456789");
    if (digits == n) {
        for (size_t i = 0; i < n && seconds < 1000000000; i++)
            seconds = seconds * 10 + (text[i] - '0');
        at = now + seconds * 1000000;
    } else {
        at = http_date(text);
    }
    if (at == INSTANT_NONE)
        return at;
    return at < now ? now : at > now + most ? now + most : at;
}
