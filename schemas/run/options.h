/* SPDX-License-Identifier: Apache-2.0 */
/* Command line: a table of options over getopt_long; usage and --help are made from the same table.
 * GNU long options (with unambiguous abbreviations), --help on stdout status 0, --version, misuse two lines on stderr
 * status 64. */
#ifndef SCHEMAS_RUN_OPTIONS_H
#define SCHEMAS_RUN_OPTIONS_H

#include "schemas/run/err.h"

#include <stddef.h>

enum option_kind {
    OPTION_FLAG,   /* int *: set to 1 */
    OPTION_TEXT,   /* const char **: borrowed from argv */
    OPTION_NUMBER, /* long *: decimal, within [low, high] */
    OPTION_CHOICE, /* int *: index in the '|'-separated list `arg` */
    OPTION_LIST    /* struct option_list *: may be repeated, comma separated values are NOT split */
};

struct option_list {
    const char **items; /* borrowed texts; the array is freed by options_free_list */
    size_t count;
};

struct option_row {
    const char *name; /* long name without dashes; NULL ends the table */
    enum option_kind kind;
    void *value;
    const char *arg;  /* metavariable in --help ("DIR"), or the choices "text|csv|json" */
    const char *help; /* one line */
    long low, high;   /* OPTION_NUMBER */
    int required;     /* misuse when absent (checked unless an option of kind FLAG with `required == -1` is set: --check
                         etc.) */
};

struct option_spec {
    const char *program;  /* "pre-extract" */
    const char *purpose;  /* one sentence */
    const char *operands; /* "DATASET..." or NULL when none is accepted */
    const struct option_row *rows;
};

enum options_result { OPTIONS_GO, OPTIONS_DONE, OPTIONS_MISUSE, OPTIONS_UNSAID };

/* Parses argv. GO: run (operands are argv[*first..argc-1]). DONE: help or version printed on stdout. MISUSE: the two
 * lines printed on stderr. UNSAID: standard output did not take the help (74), said on stderr. getopt permutes argv. */
enum options_result options_parse(const struct option_spec *spec, int argc, char **argv, int *first) MUST_USE;
/* Prints the two lines of misuse for a check the table cannot express. */
void options_misuse(const struct option_spec *spec, const char *fmt, ...) PRINTF_LIKE(2, 3);
void options_free_list(struct option_list *l);
/* "3/8" -> i=3, n=8 (1 <= i <= n <= 999); 0 otherwise. */
int options_shard(const char *s, int *i, int *n) MUST_USE;

#endif
