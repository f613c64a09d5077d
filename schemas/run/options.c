/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 64, LISTED_MAX = 10000, VALUE_HELP = 1000, VALUE_VERSION = 1001 };

static size_t row_count(const struct option_spec *spec)
{
    size_t n = 0;
    while (spec->rows[n].name && n < ROWS_MAX)
        n++;
    return n;
}

void options_misuse(const struct option_spec *spec, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fprintf(stderr, "%s: ", spec->program);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "\nTry '%s --help'.\n", spec->program);
}

/* ---- --help ---- */

static void row_left(const struct option_row *r, char *out, size_t size)
{
    (void)snprintf(out, size, "  --%s%s%s", r->name, r->kind == OPTION_FLAG ? "" : "=",
                   r->kind == OPTION_FLAG ? "" : r->arg);
}

static void print_row(const char *left, int width, const char *help)
{
    if ((int)strlen(left) > width)
        (void)printf("%s\n%*s  %s\n", left, width, "", help);
    else
        (void)printf("%-*s  %s\n", width, left, help);
}

static void print_help(const struct option_spec *spec)
{
    enum { WIDTH = 30 };
    char left[256];
    size_t n = row_count(spec);
    (void)printf("Usage: %s [OPTION]...%s%s\n%s\n\n", spec->program, spec->operands ? " " : "",
                 spec->operands ? spec->operands : "", spec->purpose);
    for (size_t i = 0; i < n; i++) {
        row_left(&spec->rows[i], left, sizeof left);
        print_row(left, WIDTH, spec->rows[i].help);
    }
    print_row("  --help", WIDTH, "print this and stop");
    print_row("  --version", WIDTH, "print the version and stop");
    (void)printf("\nThe manual page %s(1) has the exit statuses and examples.\n", spec->program);
}

/* What was asked for is on standard output, or it was not told. */
static enum options_result printed(const struct option_spec *spec)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return OPTIONS_DONE;
    (void)fprintf(stderr, "%s: standard output: %s\n", spec->program, strerror(errno));
    return OPTIONS_UNSAID;
}

/* ---- values ---- */

static int set_number(const struct option_spec *spec, const struct option_row *r, const char *text)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    int digit_first = (text[0] >= '0' && text[0] <= '9') || (text[0] == '-' && text[1] >= '0' && text[1] <= '9');
    if (!digit_first || *end || errno || v < r->low || v > r->high) {
        options_misuse(spec, "--%s: '%s' is not a whole number from %ld to %ld", r->name, text, r->low, r->high);
        return 0;
    }
    *(long *)r->value = v;
    return 1;
}

static int set_choice(const struct option_spec *spec, const struct option_row *r, const char *text)
{
    size_t len = strlen(text);
    int i = 0;
    for (const char *p = r->arg; p; i++) {
        const char *bar = strchr(p, '|');
        size_t n = bar ? (size_t)(bar - p) : strlen(p);
        if (n == len && memcmp(p, text, n) == 0) {
            *(int *)r->value = i;
            return 1;
        }
        p = bar ? bar + 1 : NULL;
    }
    options_misuse(spec, "--%s: '%s' is none of %s", r->name, text, r->arg);
    return 0;
}

static int add_listed(const struct option_spec *spec, const struct option_row *r, const char *text)
{
    struct option_list *l = r->value;
    const char **more = l->count < LISTED_MAX ? realloc(l->items, (l->count + 1) * sizeof *more) : NULL;
    if (!more) {
        options_misuse(spec, "--%s: given too many times", r->name);
        return 0;
    }
    l->items = more;
    l->items[l->count++] = text;
    return 1;
}

static int set_value(const struct option_spec *spec, const struct option_row *r, const char *text)
{
    if (r->kind != OPTION_FLAG && !*text) {
        options_misuse(spec, "--%s: the value is empty", r->name);
        return 0;
    }
    switch (r->kind) {
    case OPTION_FLAG:
        *(int *)r->value = 1;
        return 1;
    case OPTION_TEXT:
        *(const char **)r->value = text;
        return 1;
    case OPTION_NUMBER:
        return set_number(spec, r, text);
    case OPTION_CHOICE:
        return set_choice(spec, r, text);
    case OPTION_LIST:
        return add_listed(spec, r, text);
    }
    return 0;
}

/* ---- parsing ---- */

static void make_table(const struct option_spec *spec, struct option *table)
{
    size_t n = row_count(spec);
    for (size_t i = 0; i < n; i++)
        table[i] = (struct option){spec->rows[i].name,
                                   spec->rows[i].kind == OPTION_FLAG ? no_argument : required_argument, NULL, (int)i};
    table[n] = (struct option){"help", no_argument, NULL, VALUE_HELP};
    table[n + 1] = (struct option){"version", no_argument, NULL, VALUE_VERSION};
    table[n + 2] = (struct option){0};
}

/* How many long names begin with the given word (up to '='). */
static int matches(const struct option *table, const char *word)
{
    size_t n = strcspn(word, "=");
    int found = 0;
    for (; table->name; table++) {
        if (strncmp(table->name, word, n) == 0)
            found += table->name[n] ? 1 : 100;
    }
    return found;
}

static void explain(const struct option_spec *spec, const struct option *table, int what, const char *word)
{
    if (strncmp(word, "--", 2) != 0)
        options_misuse(spec, "%.20s: options are spelled --name", word);
    else if (what == ':')
        options_misuse(spec, "%s needs a value", word);
    else if (matches(table, word + 2) == 0)
        options_misuse(spec, "%s: no such option", word);
    else if (matches(table, word + 2) < 100 && matches(table, word + 2) > 1)
        options_misuse(spec, "%s: could be several options; spell it out", word);
    else
        options_misuse(spec, "%s: takes no value", word);
}

static int required_given(const struct option_spec *spec, const int *given)
{
    size_t n = row_count(spec);
    for (size_t i = 0; i < n; i++)
        if (spec->rows[i].kind == OPTION_FLAG && spec->rows[i].required == -1 && given[i])
            return 1;
    for (size_t i = 0; i < n; i++) {
        if (spec->rows[i].required == 1 && !given[i]) {
            options_misuse(spec, "--%s is required", spec->rows[i].name);
            return 0;
        }
    }
    return 1;
}

enum options_result options_parse(const struct option_spec *spec, int argc, char **argv, int *first)
{
    struct option table[ROWS_MAX + 3];
    int given[ROWS_MAX] = {0};
    make_table(spec, table);
    opterr = 0;
    optind = 0; /* glibc: start again, whatever was parsed before */
    for (;;) {
        int seen = optind ? optind : 1;
        int c = getopt_long(argc, argv, ":", table, NULL);
        if (c == -1)
            break;
        if (c == VALUE_HELP) {
            print_help(spec);
            return printed(spec);
        }
        if (c == VALUE_VERSION) {
            (void)printf("%s %s\n", spec->program, PRE_VERSION);
            return printed(spec);
        }
        if (c == '?' || c == ':') {
            explain(spec, table, c, argv[optind > seen ? optind - 1 : seen]);
            return OPTIONS_MISUSE;
        }
        if (!set_value(spec, &spec->rows[c], optarg ? optarg : ""))
            return OPTIONS_MISUSE;
        given[c] = 1;
    }
    if (!spec->operands && optind < argc) {
        options_misuse(spec, "'%s': no operand is expected", argv[optind]);
        return OPTIONS_MISUSE;
    }
    if (!required_given(spec, given))
        return OPTIONS_MISUSE;
    *first = optind;
    return OPTIONS_GO;
}

void options_free_list(struct option_list *l)
{
    free(l->items);
    *l = (struct option_list){0};
}

/* 1 to 3 digits; NULL otherwise. */
static const char *small(const char *s, int *v)
{
    int n = 0;
    *v = 0;
    while (n < 4 && s[n] >= '0' && s[n] <= '9')
        *v = *v * 10 + (s[n++] - '0');
    return n >= 1 && n <= 3 ? s + n : NULL;
}

int options_shard(const char *s, int *i, int *n)
{
    s = small(s, i);
    if (!s || *s != '/')
        return 0;
    s = small(s + 1, n);
    return s && !*s && *i >= 1 && *i <= *n;
}
