/* SPDX-License-Identifier: Apache-2.0 */
/* Questions asked of the store: one verb a file, all of the same shape, registered in show.c. */
#ifndef LOAD_SHOW_SHOW_H
#define LOAD_SHOW_SHOW_H

#include "load/estimate/figures.h"
#include "load/show/report.h"
#include "load/store/store.h"

enum { VINTAGE_NUMBER_MAX = 1000000 };

/* Where the codes of a domain come from: areas as published, or as registered. */
enum areas_of { AREAS_OF_FIGURES, AREAS_OF_REGISTER };

struct question {
    struct db *db;
    struct report *report;
    const char *const *operand; /* what follows the verb on the command line */
    size_t operands;
    const char *campaign;                                            /* NULL: the latest */
    long number;                                                     /* of the vintage; 0: the latest */
    const char *domain;                                              /* "region", "region=11", ... or NULL */
    const char *unit, *rule, *severity, *stage, *outcome, *variable; /* filters; NULL: all */
    const char *contacts;                                            /* contacts.csv, or NULL */
    const char *figure;                                              /* figure the follow-up serves, or NULL */
    /* filled by show_run for every verb */
    struct vintage vintage;
    enum areas_of areas;
    char kind[STORE_TEXT], code[STORE_TEXT]; /* of the domain, "" where none; the code exists */
    char asked[STORE_TEXT];                  /* the code given, when it is published with others */
};

/* What a visitor of rows needs, and how many it saw. */
struct answering {
    struct report *report;
    const struct edition *edition;
    size_t rows;
};

typedef enum flow show_verb(struct question *q, struct err *e);

show_verb show_figures, show_response, show_findings, show_unit, show_trace, show_followup, show_revisions, show_series;
show_verb show_vintages, show_method, show_quality, show_variance;

/* Names of the verbs, "figures|response|...". */
const char *show_choices(void);
/* Opens the report on `out`, finds campaign and vintage, runs the verb. */
enum flow show_run(int verb, struct question *q, enum report_format format, enum report_lang lang, struct sink out,
                   struct err *e) MUST_USE;

/* Names given with a question, each of which must exist (names.c): STATUS_NOINPUT with those that come nearest. */
enum flow show_check_unit(struct question *q, const char *unit, struct err *e) MUST_USE;
enum flow show_check_rule(struct question *q, const struct edition *ed, const char *rule, struct err *e) MUST_USE;
enum flow show_check_variable(struct question *q, const struct edition *ed, const char *variable,
                              struct err *e) MUST_USE;
enum flow show_check_figure(struct question *q, const struct edition *ed, const char *figure, struct err *e) MUST_USE;
/* The code of the domain; one that is published with others becomes theirs. */
enum flow show_check_area(struct question *q, struct err *e) MUST_USE;
enum domain_kind show_domain_kind(const char *kind);
/* An instant: in text "2022-06-30 10:00:00", as it is in data. */
void show_instant(struct report *r, const char *at);
/* A figure before or after, and what lies between, one digit finer than it is published. */
void show_level(struct report *r, const struct figure *f, double v);
void show_difference(struct report *r, const struct figure *f, double v);
/* The variable an item of a population belongs to. */
const char *show_variable(const struct population *p, uint32_t item);
/* The figure named, or (NULL) the total that most breakdowns add up to; NULL when there is none. */
const struct figure *show_main_figure(const struct edition *ed, const struct figures *figures, const char *wanted);
/* A line: unknown eligibility is assumed nil, and how many units it may concern. Vintages of older programs have
 * none. */
enum flow show_eligibility(struct question *q, struct err *e) MUST_USE;
/* First lines of most answers: campaign, vintage, as-of, status. */
void show_heading(struct question *q);

#endif
