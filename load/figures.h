/* SPDX-License-Identifier: Apache-2.0 */
/* The figures an edition asks for: rows of figures.csv, so that adding a figure needs no C.
 *
 * kind            variable, category                     denominator                      value
 * count           -                                      -                                units in scope
 * register_total  register column (credits)              -                                sum over the units in scope
 * total           variable, category                     -                                S w y
 * share           variable, category                     the categories of `partition`,   S w c / S w (denominator)
 *                                                        else denominator_variable and
 *                                                        _category, else all categories
 * mean            variable, category                     weight_variable, same category   S w n m / S w n
 * ratio           variable, category                     denominator_variable, _category  S w y / S w z
 * rank            variable, category *                   -                                place by level, AUTRE last
 * rate            RR1 or RR2 (a final "-credits": weighted)  -                            AAPOR
 * category: empty for a scalar; several codes separated by spaces are added; "*" makes one row per category.
 * partition ("P2 P3|P1 P4"): one row per group of codes, which together must be every category exactly once.
 * domains: nation, region, size, carrier, departement, separated by spaces; empty means nation. */
#ifndef LOAD_FIGURES_H
#define LOAD_FIGURES_H

#include "schemas/run/arena.h"
#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

enum figure_kind {
    FIGURE_COUNT,
    FIGURE_REGISTER_TOTAL,
    FIGURE_TOTAL,
    FIGURE_SHARE,
    FIGURE_MEAN,
    FIGURE_RATIO,
    FIGURE_RANK,
    FIGURE_RATE,
    FIGURE_KINDS
};

enum domain_kind { DOMAIN_NATION, DOMAIN_REGION, DOMAIN_SIZE, DOMAIN_CARRIER, DOMAIN_DEPARTEMENT, DOMAIN_KINDS };

struct figure {
    const char *id;
    enum figure_kind kind;
    const char *label_fr, *label_en, *unit;
    const char *variable, *category;
    const char *denominator_variable, *denominator_category;
    const char *partition;
    const char *weight_variable;
    unsigned domains; /* bit 1 << enum domain_kind */
    int decimals;
    const char *published;
    int order;
    uint64_t line; /* of figures.csv */
};

struct figures {
    struct figure *figure; /* by order, then id */
    size_t count, room;
    struct arena arena;
};

/* Reads the text of a figures.csv; a row that is no figure is STATUS_CONFIG with file and line. */
struct figures *figures_read(const char *text, size_t n, const char *name, struct err *e);
void figures_free(struct figures *f); /* accepts NULL */
const struct figure *figures_find(const struct figures *f, const char *id);
const char *figure_kind_name(enum figure_kind k);
const char *domain_kind_name(enum domain_kind d);

#endif
