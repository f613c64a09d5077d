/* SPDX-License-Identifier: Apache-2.0 */
/* Questions asked of the store: one verb a file, all of the same shape, registered in show.c. */
#ifndef LOAD_SHOW_H
#define LOAD_SHOW_H

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

show_verb show_figures, show_response, show_findings, show_unit, show_revisions, show_trace, show_followup, show_series,
    show_vintages, show_method, show_bias, show_sensitivity;

/* Names of the verbs, "figures|response|...". */
const char *show_choices(void);
/* Opens the report on `out`, finds campaign and vintage, runs the verb. */
enum flow show_run(int verb, struct question *q, enum report_format format, enum report_lang lang, struct sink out,
                   struct err *e) MUST_USE;

/* "region=11" cut into kind and code; code "" when none. 0 when the kind is not a domain. */
int show_domain(const char *domain, char kind[STORE_TEXT], char code[STORE_TEXT]) MUST_USE;
/* First lines of most answers: campaign, vintage, as-of, status. */
void show_heading(struct question *q);

#endif
