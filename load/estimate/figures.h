/* SPDX-License-Identifier: Apache-2.0 */
/* The figures an edition asks for (its figures.csv), as the estimator uses them. Adding a figure needs no C.
 *
 * kind            value                                                          uncertainty
 * count           units in scope                                                 none
 * register_total  sum of the size column over the scope                          none
 * total           S w y over the categories                                      yes
 * share           S w c / S w c' over the denominator's categories               yes
 * mean            S w n m / S w n, n = weight variable in the same category      yes
 * ratio           S w y / S w z                                                  yes
 * rank            S w y, its place within the partition, its share of the denominator  of the level
 * rate            response rate named by `column` (RR1, RR2, RR1W, RR2W)         none
 * minimum, maximum  least and greatest of the mean figures of the same variable  none
 * Figures of one partition cover the categories of the denominator once; a partition that does not is refused. */
#ifndef LOAD_ESTIMATE_FIGURES_H
#define LOAD_ESTIMATE_FIGURES_H

#include "load/estimate/method.h"
#include "load/estimate/population.h"

struct edition;

enum figure_kind {
    FIGURE_COUNT,
    FIGURE_REGISTER_TOTAL,
    FIGURE_TOTAL,
    FIGURE_SHARE,
    FIGURE_MEAN,
    FIGURE_RATIO,
    FIGURE_RANK,
    FIGURE_RATE,
    FIGURE_MINIMUM,
    FIGURE_MAXIMUM,
    FIGURE_KINDS
};

enum domain_kind { DOMAIN_NATION, DOMAIN_REGION, DOMAIN_SIZE, DOMAIN_CARRIER, DOMAIN_DEPARTEMENT, DOMAIN_KINDS };

/* Categories of a variable; count 0: all of them, or the scalar. */
struct figure_part {
    const char *variable; /* "" for none */
    const char *const *category;
    size_t count;
};

struct figure {
    const char *id; /* "F05", "F06.G" */
    enum figure_kind kind;
    const char *label_fr, *label_en, *unit;
    const char *column;
    struct figure_part part, denominator;
    const char *weight;    /* variable of the weights of a mean, "" for none */
    const char *partition; /* "" for none */
    unsigned domains;      /* bits 1 << enum domain_kind; 0 means the nation */
    int decimals;          /* of the value as printed; shares are printed in per cent */
    const char *published;
};

struct figures {
    struct figure *figure; /* in printing order */
    size_t count, room;
    struct arena arena;
};

/* An empty list, to which figures are added; texts are copied. */
struct figures *figures_new(struct err *e);
enum flow figures_add(struct figures *f, const struct figure *one, struct err *e) MUST_USE;
void figures_free(struct figures *f); /* accepts NULL */
/* Those of an edition. */
struct figures *figures_of(const struct edition *ed, struct err *e);
/* Declares in p every variable that a figure of the edition needs, with its total and, for totals, room for last
 * edition's values. */
enum flow figures_declare(struct population *p, const struct edition *ed, struct err *e) MUST_USE;
/* Method parameters of an edition: strata, auxiliaries, region merges and the block "method" of edition.json. */
enum flow method_of(struct method *m, const struct edition *ed, struct err *e) MUST_USE;

const struct figure *figures_find(const struct figures *f, const char *id);
/* 1 when values of this kind are printed in per cent: shares and rates, not a ratio of two totals. */
int figure_in_percent(enum figure_kind k);
const char *figure_kind_name(enum figure_kind k);
const char *domain_kind_name(enum domain_kind d);

#endif
