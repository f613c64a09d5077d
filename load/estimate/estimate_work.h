/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the estimator share while they work; nobody else includes it.
 * Respondents stand in *positions* 0..n-1: by response group, then by unit, so that a group is a range and every sum
 * has one order. */
#ifndef LOAD_ESTIMATE_ESTIMATE_WORK_H
#define LOAD_ESTIMATE_ESTIMATE_WORK_H

#include "load/estimate/calibrate.h"
#include "load/estimate/estimate.h"
#include "load/estimate/quantile.h"
#include "load/estimate/variance.h"

/* How a run may differ from the plain one; zeroed means plain. */
struct run_options {
    int nation_only, no_variance;
    const double *weight;   /* [units] given weights: no calibration */
    const uint8_t *outcome; /* [units] instead of the population's */
    uint32_t mask_unit,
        mask_variable;       /* this unit's items of this variable count as missing (mask_variable NONE: no mask) */
    const char *only_figure; /* rows of this one; "" for none, NULL for all */
    const struct estimate
        *like; /* its groups and regions, and whether it can be estimated, are kept, whoever answers */
};

struct domain {
    enum domain_kind kind;
    size_t areas;
    const char **name;      /* [areas] in increasing order of code */
    const uint16_t *code;   /* [units] area of a unit, or its code; NULL: one area */
    const uint16_t *place;  /* [codes] area of a code; NULL: a code is an area */
    uint32_t *start, *list; /* positions by area: list[start[a]] .. list[start[a + 1] - 1] */
    uint32_t *units;        /* [areas] units in scope */
    double *size;           /* [areas] */
};

static inline uint32_t domain_area(const struct domain *d, size_t unit)
{
    return !d->code ? 0 : d->place ? d->place[d->code[unit]] : d->code[unit];
}

struct estimate_work {
    struct arena arena;
    struct run_options options;
    const uint8_t *outcome;
    size_t n;
    uint32_t *unit;      /* [n] unit at a position */
    uint32_t *start;     /* [groups + 1] first position of a group */
    double *group_units; /* [groups] N */
    double *d, *w, *fit; /* [n] */
    uint32_t *region;    /* [n] merged region */
    double *size;        /* [n] */
    struct term term[2];
    size_t terms;
    struct domain domain[DOMAIN_KINDS];
    uint8_t *excluded; /* [n] influential in some total: no donor */
    size_t steps_room, rows_room, influential_room;
    struct variance variance;
    struct student_memo student;
    /* [n] each, for the rows: numerator, denominator, linearised value, space, a total or weight beside, and two that
     * only a ratio of two variables touches. */
    double *buffer[7];
    uint8_t *flag[7];
};

struct estimate *estimate_run_with(const struct population *p, const struct figures *f, const struct method *m,
                                   const struct run_options *o, struct err *e);

/* A line of what was done, in French and English (printf formats over the same arguments given twice by the caller). */
enum flow step_add(struct estimate *x, const char *step, const char *fr, const char *en, struct err *e) MUST_USE;

/* groups.c */
enum flow groups_make(struct estimate *x, struct err *e) MUST_USE;
enum flow regions_make(struct estimate *x, struct err *e) MUST_USE;
enum flow domains_make(struct estimate *x, struct err *e) MUST_USE;
/* weights.c */
enum flow weights_make(struct estimate *x, struct err *e) MUST_USE;
/* Space for the weights as they would be had one more respondent been silent; x stands for the same method. */
struct reweighting {
    double *d, *start, *factor, *argument; /* [n]; argument: of the calibration with everybody */
    double *margin, *total;                /* [columns] with everybody, without the unit */
};
enum flow reweighting_init(const struct estimate *x, struct reweighting *r, struct err *e) MUST_USE;
void reweighting_fini(struct reweighting *r);
/* weight [n]: of the others without the respondent at position i of the group; at i what a unit like it would weigh
 * beside them. FLOW_END: no weights meet the margins. */
enum flow weights_without(const struct estimate *x, struct reweighting *r, size_t group, size_t i, double *weight,
                          struct err *e) MUST_USE;
/* impute.c */
enum flow impute_make(struct estimate *x, struct err *e) MUST_USE;
/* The column of an item at the positions: values as used (imputed where missing) and where it is known. For a breakdown
 * that adds to its total, known means that the whole table is. */
void column_get(const struct estimate *x, uint32_t item, double *value, uint8_t *known);
/* The same as reported or deduced, cell by cell. */
void column_reported(const struct estimate *x, uint32_t item, double *value, uint8_t *known);
uint32_t variable_of_item(const struct population *p, uint32_t item);
/* What is expected of every unit in scope for an item that is a total: last edition's value, else size, else the
 * mean, by ratio in its group; has[unit] 0 where nothing can be said. */
enum flow expected_of_units(struct estimate *x, uint32_t item, double *value, uint8_t *has, struct err *e) MUST_USE;
/* jackknife.c: `anew` computes every replicate from the beginning, as is done else where a decision could fall
 * otherwise; *refits counts these. */
enum flow jackknife_make(const struct estimate *x, int anew, struct jackknife_row **rows, size_t *count, size_t *refits,
                         struct err *e) MUST_USE;
/* ranks.c, after the rows */
enum flow ranks_make(struct estimate *x, struct err *e) MUST_USE;
/* rows.c */
enum flow rows_make(struct estimate *x, struct err *e) MUST_USE;
/* A row of a figure for an area, nothing in it yet; NULL with e set. Valid until the next one. */
struct figure_row *row_add(struct estimate *x, uint32_t figure, const struct domain *d, size_t area, struct err *e);
enum flow row_not_asked(struct estimate *x, uint32_t figure, struct err *e) MUST_USE;
/* Does the figure have rows of this kind of domain in this run? */
int row_wanted(const struct estimate *x, const struct figure *f, int d);
/* rows_other.c: rows of figure k, a count, register total or rate; a minimum or maximum of the rows of means */
enum flow rows_of_frame(struct estimate *x, uint32_t k, struct err *e) MUST_USE;
enum flow rows_of_extremes(struct estimate *x, uint32_t k, struct err *e) MUST_USE;

/* A figure tied to columns. */
struct row_plan {
    const struct figure *figure;
    int asked;
    uint32_t *part, *denominator, *weight; /* items; weight: beside each part */
    size_t parts, denominators;
    int same;      /* denominator of the same variable */
    uint32_t base; /* item of which the part is prorated, or NONE */
};
enum flow plan_make(struct estimate *x, const struct figure *f, struct row_plan *plan, struct err *e) MUST_USE;
/* The arrays of a plan at the positions: num, den (1 when there is none), known as for the variance. */
void plan_columns(const struct estimate *x, const struct row_plan *plan, double *num, double *den, uint8_t *known);

static inline int responds(const struct estimate *x, size_t unit)
{
    uint8_t o = x->work->outcome[unit];
    return o == OUTCOME_COMPLETE || o == OUTCOME_PARTIAL;
}

#endif
