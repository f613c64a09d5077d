/* SPDX-License-Identifier: Apache-2.0 */
/* Questions asked of the store: one verb a file, all of the same shape, registered in show.c. */
#ifndef LOAD_SHOW_H
#define LOAD_SHOW_H

#include "load/figures.h"
#include "load/report.h"
#include "load/store.h"

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
    struct vintage vintage;                                          /* filled by show_run for every verb */
};

typedef enum flow show_verb(struct question *q, struct err *e);

show_verb show_figures, show_response, show_findings, show_unit, show_trace, show_followup, show_revisions, show_series;
show_verb show_vintages, show_method, show_quality, show_variance;

/* Names of the verbs, "figures|response|...". */
const char *show_choices(void);
/* Opens the report on `out`, finds campaign and vintage, runs the verb. */
enum flow show_run(int verb, struct question *q, enum report_format format, enum report_lang lang, struct sink out,
                   struct err *e) MUST_USE;

/* "region=11" cut into kind and code; code "" when none. 0 when the kind is not a domain. */
int show_domain(const char *domain, char kind[STORE_TEXT], char code[STORE_TEXT]) MUST_USE;
enum domain_kind show_domain_kind(const char *kind);
/* An instant: in text "2022-06-30 10:00:00", as it is in data. */
void show_instant(struct report *r, const char *at);
/* The variable an item of a population belongs to. */
const char *show_variable(const struct population *p, uint32_t item);
/* The figure named, or (NULL) the total that most breakdowns add up to; NULL when there is none. */
const struct figure *show_main_figure(const struct edition *ed, const struct figures *figures, const char *wanted);
/* 1 when a finding of this rule takes this cell away: a rule of the edition takes the cells of its table, a rule of the
 * reader (a text that is no number, a code unknown) only the one that its finding names, which `named` says. */
int show_withholds(const struct edition *ed, const char *rule, const char *variable, const char *category, int named);
/* A line: unknown eligibility is assumed nil, and how many units it may concern. Vintages of older programs have
 * none. */
enum flow show_eligibility(struct question *q, struct err *e) MUST_USE;
/* First lines of most answers: campaign, vintage, as-of, status. */
void show_heading(struct question *q);

#endif
