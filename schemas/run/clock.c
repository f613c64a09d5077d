/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic on the proleptic Gregorian calendar; the legal time of Paris follows directive 2000/84/EC: summer
 * time from the last Sunday of March to the last Sunday of October, both at 01:00 UTC. */
#include "schemas/run/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MICRO INT64_C(1000000)
#define DAY INT64_C(86400)

struct civil {
    int64_t year;
    int month, day, hour, minute, second, micro;
};

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0};
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * MICRO + t.tv_nsec / 1000;
}

int64_t clock_now(void)
{
    const char *fixed = getenv("PRE_NOW");
    int64_t t;
    if (fixed && clock_parse(fixed, strlen(fixed), 1, &t))
        return t;
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01; years begin in March here, so that the leap day comes last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    c->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    c->month = (int)(month < 10 ? month + 3 : month - 9);
    c->year = year_of_era + era * 400 + (c->month <= 2);
}

static int month_days(int64_t y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return days[m - 1] + (m == 2 && leap);
}

/* Exactly n digits at s. */
static int digits(const char *s, int n, int *v)
{
    *v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return 0;
        *v = *v * 10 + (s[i] - '0');
    }
    return 1;
}

int clock_parse_date(const char *s, size_t n, int64_t *days)
{
    int y, m, d;
    if (n != 10 || s[4] != '-' || s[7] != '-' || !digits(s, 4, &y) || !digits(s + 5, 2, &m) || !digits(s + 8, 2, &d))
        return 0;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days(y, m))
        return 0;
    *days = days_from_civil(y, m, d);
    return 1;
}

/* "10:11:12" and an optional fraction, as microseconds of the day; *used = bytes taken. */
static int parse_time(const char *s, size_t n, int64_t *micro, size_t *used)
{
    int h, m, sec;
    if (n < 8 || s[2] != ':' || s[5] != ':' || !digits(s, 2, &h) || !digits(s + 3, 2, &m) || !digits(s + 6, 2, &sec))
        return 0;
    size_t i = 8;
    int64_t fraction = 0, unit = MICRO / 10;
    if (i < n && s[i] == '.') {
        size_t first = ++i;
        for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
            fraction += (s[i] - '0') * unit;
            unit /= 10;
        }
        if (i == first)
            return 0;
    }
    if (h > 23 || m > 59 || sec > 60)
        return 0;
    if (sec == 60) {
        sec = 59;
        fraction = MICRO - 1;
    }
    *micro = (h * INT64_C(3600) + m * 60 + sec) * MICRO + fraction;
    *used = i;
    return 1;
}

/* "Z" or "+hh:mm", as seconds east of UTC. */
static int parse_zone(const char *s, size_t n, int64_t *seconds)
{
    int h, m;
    if (n == 1 && s[0] == 'Z') {
        *seconds = 0;
        return 1;
    }
    if (n != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' || !digits(s + 1, 2, &h) || !digits(s + 4, 2, &m))
        return 0;
    if (m > 59 || h * 60 + m > 14 * 60)
        return 0;
    *seconds = (s[0] == '-' ? -1 : 1) * (h * INT64_C(3600) + m * 60);
    return 1;
}

int clock_parse(const char *s, size_t n, int date_ok, int64_t *t)
{
    int64_t days, micro, zone;
    size_t used;
    if (n < 10 || !clock_parse_date(s, 10, &days))
        return 0;
    if (n == 10) {
        *t = days * DAY * MICRO;
        return date_ok != 0;
    }
    if (s[10] != 'T' || !parse_time(s + 11, n - 11, &micro, &used) || !parse_zone(s + 11 + used, n - 11 - used, &zone))
        return 0;
    *t = (days * DAY - zone) * MICRO + micro;
    return 1;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void civil_of(int64_t t, struct civil *c)
{
    int64_t seconds = floor_div(t, MICRO);
    int64_t days = floor_div(seconds, DAY);
    int of_day = (int)(seconds - days * DAY);
    civil_from_days(days, c);
    c->hour = of_day / 3600;
    c->minute = of_day / 60 % 60;
    c->second = of_day % 60;
    c->micro = (int)(t - seconds * MICRO);
}

/* "2022-05-12T08:11:00" with the separator asked for. */
static size_t print_civil(char *out, const struct civil *c, char separator)
{
    int n = snprintf(out, INSTANT_TEXT_MAX, "%04d-%02d-%02d%c%02d:%02d:%02d", (int)c->year, c->month, c->day, separator,
                     c->hour, c->minute, c->second);
    return n < 0 ? 0 : (size_t)n;
}

static size_t nothing(char *out)
{
    out[0] = '\0';
    return 0;
}

size_t clock_print(int64_t t, char *out)
{
    if (t == INSTANT_NONE)
        return nothing(out);
    struct civil c;
    civil_of(t, &c);
    size_t n = print_civil(out, &c, 'T');
    int m = c.micro ? snprintf(out + n, INSTANT_TEXT_MAX - n, ".%06dZ", c.micro)
                    : snprintf(out + n, INSTANT_TEXT_MAX - n, "Z");
    return n + (m < 0 ? 0 : (size_t)m);
}

size_t clock_print_compact(int64_t t, char *out)
{
    if (t == INSTANT_NONE)
        return nothing(out);
    struct civil c;
    civil_of(t, &c);
    int n = snprintf(out, INSTANT_TEXT_MAX, "%04d%02d%02dT%02d%02d%02dZ", (int)c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
    return n < 0 ? 0 : (size_t)n;
}

/* Seconds since the epoch of 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t last_sunday(int64_t year, int month)
{
    int64_t last = days_from_civil(year, month, 31);
    int64_t weekday = ((last + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday; Sunday = 0 */
    return (last - weekday) * DAY + 3600;
}

int clock_paris_offset(int64_t t)
{
    struct civil c;
    int64_t seconds = floor_div(t, MICRO);
    civil_of(t, &c);
    return seconds >= last_sunday(c.year, 3) && seconds < last_sunday(c.year, 10) ? 7200 : 3600;
}

size_t clock_print_paris(int64_t t, char *out)
{
    if (t == INSTANT_NONE)
        return nothing(out);
    struct civil c;
    int offset = clock_paris_offset(t);
    civil_of(t + offset * MICRO, &c);
    size_t n = print_civil(out, &c, ' ');
    int m = snprintf(out + n, INSTANT_TEXT_MAX - n, " +0%d:00 (Paris)", offset / 3600);
    return n + (m < 0 ? 0 : (size_t)m);
}
