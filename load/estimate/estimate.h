/* SPDX-License-Identifier: Apache-2.0 */
/* From a population to weights and figures: response groups, calibration, item non-response, figures with their
 * uncertainty. The method for readers stands in pre-method.7. One call computes everything once; the caller stores and
 * shows it.
 *
 *   struct estimate *x = estimate_run(population, figures, method, &err);
 *   ... x->weight[], x->group[], x->row[], x->step[] ...
 *   estimate_free(x);
 *
 * The population is borrowed and must outlive the estimate; it is never changed. */
#ifndef LOAD_ESTIMATE_ESTIMATE_H
#define LOAD_ESTIMATE_ESTIMATE_H

#include "load/estimate/figures.h"
#include "load/estimate/method.h"
#include "load/estimate/population.h"
#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

/* What a value of a figure is worth. Codes of SDMX CL_OBS_STATUS where one exists. */
enum figure_status {
    FIGURE_FREE,        /* A: publishable */
    FIGURE_UNRELIABLE,  /* U: shown with a mark */
    FIGURE_WITHHELD,    /* N: too uncertain to publish; not a matter of confidentiality */
    FIGURE_EXACT,       /* A: register figure, or every unit answered: no sampling error */
    FIGURE_NO_INTERVAL, /* groups alone, or too few answers for a variance */
    FIGURE_NO_RETURN,   /* no respondent in the domain: never 0 */
    FIGURE_EARLY,       /* not yet estimable */
    FIGURE_NOT_ASKED,   /* the edition does not ask the variable */
    FIGURE_STATUSES
};
const char *figure_status_name(enum figure_status s);

struct figure_row {
    uint32_t figure; /* index into figures->figure */
    enum domain_kind domain;
    const char *area; /* code of the domain; "" for the nation; the merged region's name is its codes joined by "+" */
    int has_observed, has_estimated, has_variance, has_interval, has_cv;
    double observed;  /* w = 1, reported and deduced values only; unrounded */
    double estimated; /* unrounded */
    double variance, se, cv, lower, upper;
    int df;
    uint32_t base, units; /* n of PRE in the base / N in the domain */
    double coverage;      /* size of the base over size of the domain, 0..1 */
    enum figure_status status;
    uint32_t rank; /* kind rank: place of the estimate (equal after rounding share it), 0 else */
    uint32_t observed_rank;
    int tied;      /* not distinguishable from the next one within the confidence */
    int has_share; /* kind rank with a denominator: the level's share of it */
    double share, observed_share;
    double imputed; /* part of the estimate that imputed values make, 0..1 */
};

/* What was done, in order: merges, weights, imputations in number. Printed and stored by the caller. */
struct estimate_step {
    const char *step; /* group-merge region-merge exhaustive calibration influential impute early ... */
    const char *text_fr, *text_en;
};

struct response_group {
    uint32_t units, respondents;
    double from, to; /* size [from, to); to is infinite for the last: has_to 0 */
    int has_to;
    double weight;    /* d = N/n */
    uint32_t classes; /* size classes merged into it */
};

struct estimate_rates {
    uint32_t complete, partial, refusal, other, noncontact, units; /* I P R O NC */
    uint32_t late;
    int has_last;          /* last edition's values are known of somebody */
    uint32_t silent_twice; /* not reached in two editions running, though in the scope of both: may no longer exist */
    double rr1, rr2, rr1_size, rr2_size; /* complete; respondents / in scope */
};

enum impute_rule { IMPUTE_PREVIOUS, IMPUTE_SIZE, IMPUTE_MEAN, IMPUTE_SHARE };
enum impute_level { LEVEL_GROUP, LEVEL_REGION, LEVEL_NATION };
const char *impute_rule_name(enum impute_rule r);
const char *impute_level_name(enum impute_level l);

struct imputed_cell {
    uint32_t unit;
    double value;
    enum impute_rule rule;
    enum impute_level level;
};

/* Those of one item stand together, by response group, then unit. */
struct imputed_cells {
    uint32_t *first; /* [items + 1] where an item begins; NULL before imputation */
    double *value;   /* [count] */
    uint32_t *made;  /* [count] unit, rule and level in one number */
    size_t count, room;
};
struct imputed_cell imputed_at(const struct imputed_cells *c, size_t k);

struct influential_value {
    uint32_t item, unit;
    double share; /* w |y - expected| / total */
};

struct estimate {
    const struct population *population;
    const struct figures *figures;
    const struct method *method;
    int estimable;        /* 0: early campaign; rows carry what is observed */
    int calibrated;       /* 0: response groups alone, by choice or because everybody answered */
    int groups_alone;     /* 1: the calibration failed and the configuration allows that; no intervals */
    double *weight;       /* [units] w, rounded to 12 significant digits; 0 for non-respondents */
    uint16_t *size_class; /* [units] national size class before merging */
    uint16_t *group;      /* [units] index into response_group, whose weight is d */
    uint16_t *region;     /* [units] index into region_name: regions after merging */
    struct response_group *response_group;
    size_t groups;
    const char **region_name; /* merged regions */
    size_t regions;
    double kish;         /* 1 + CV2(w) */
    uint32_t largest[5]; /* units with the five largest weights */
    size_t largest_count;
    struct estimate_rates rates;
    struct figure_row *row;
    size_t rows;
    struct estimate_step *step;
    size_t steps;
    struct imputed_cells imputed;
    struct influential_value *influential;
    size_t influentials;
    struct estimate_work *work; /* private */
};

/* NULL on failure: STATUS_DATA when a calibration is infeasible (the margin is named), STATUS_BUG for a number that is
 * none, STATUS_SYSTEM without memory, STATUS_CONFIG for a figure whose variable, category or partition cannot be. */
struct estimate *estimate_run(const struct population *p, const struct figures *f, const struct method *m,
                              struct err *e);
/* The same with fewer rows, for those who ask about the weights or about some figures; zeroed: all of them. */
struct estimate_asking {
    const char *figure; /* rows of this one alone; "" for no row, NULL for all */
    int nation;         /* rows of the nation alone */
};
struct estimate *estimate_run_for(const struct population *p, const struct figures *f, const struct method *m,
                                  const struct estimate_asking *asking, struct err *e);
void estimate_free(struct estimate *x); /* accepts NULL */

/* The row of a figure; NULL when there is none. area "" for the nation. */
const struct figure_row *estimate_row(const struct estimate *x, const char *figure, enum domain_kind d,
                                      const char *area);

/* ---- questions asked of a finished estimate ---- */

/* Units of one row with what each brings: value as used, status, weight, contribution (w y, or its linearised part for
 * a share). */
struct contribution {
    uint32_t unit;
    uint32_t item; /* first item behind the row */
    enum cell_status status;
    double value, denominator, weight;
    double contribution; /* w y for a total; for a ratio its part of the numerator */
    double share;        /* of the estimate */
};
/* Fills at most `max` contributions, largest first (max 0: all are counted), returns how many exist. */
size_t estimate_contributions(const struct estimate *x, const struct figure_row *row, struct contribution *out,
                              size_t max);

/* Respondents against non-respondents on what the register knows. */
struct bias_row {
    const char *what;                   /* size_mean, log_size_mean, region, size, carrier */
    const char *category;               /* "" for a mean */
    double respondents, nonrespondents; /* mean or proportion */
    double standardised;                /* difference over the pooled standard deviation */
    double weighted;                    /* respondents with final weights */
    double population;
};
enum flow estimate_bias(const struct estimate *x, struct bias_row **rows, size_t *count,
                        struct err *e) MUST_USE; /* free(*rows) */

/* What a total would be under other suppositions about the silent units. */
struct sensitivity_row {
    const char *supposition; /* -20% -10% +10% +20% previous groups */
    int has_value;
    double value;
};
enum { SENSITIVITY_ROWS = 6 };
enum flow estimate_sensitivity(const struct estimate *x, const char *variable, const char *category,
                               struct sensitivity_row out[SENSITIVITY_ROWS], struct err *e) MUST_USE;

/* Whom to phone first: each unit in scope whose value of the variable is not known (silent, refused by a rule, left
 * empty), what is expected of it and by how much the half-width of the total's interval shrinks when it answers as
 * supposed. Most useful first. */
struct followup_row {
    uint32_t unit;
    int silent;      /* 1: no usable return; 0: a respondent whose value is missing or withheld */
    double expected; /* of the variable */
    double share;    /* of the estimated total */
    double gain;     /* half-width now minus after, in units of the variable; 0 when there is no interval */
};
enum flow estimate_followup(const struct estimate *x, const char *variable, const char *category,
                            struct followup_row **rows, size_t *count, struct err *e) MUST_USE; /* free(*rows) */

/* Delete-one jackknife with weights and imputation redone, to hold the formula against. National rows that have a
 * variance. */
struct jackknife_row {
    uint32_t row; /* index into estimate->row */
    double formula_se, jackknife_se;
    int agrees; /* within 10 % */
};
enum flow estimate_jackknife(const struct estimate *x, struct jackknife_row **rows, size_t *count,
                             struct err *e) MUST_USE; /* free(*rows) */

/* Change since another vintage or campaign on constant field: over the units that gave the item both times, with
 * today's weights. */
struct change_row {
    uint32_t row;         /* index into now->row (the nation) */
    uint32_t panel;       /* units that gave it both times */
    double coverage;      /* their size over all */
    double before, after; /* the figure over the panel */
    int relative;         /* 1: change = after / before - 1 (totals); 0: after - before */
    double change;
    int has_interval;
    double se, lower, upper;
    int df;
};
/* Figures of the same id in both; each side reads its own variables and categories. */
enum flow estimate_change(const struct estimate *now, const struct estimate *then, struct change_row **rows,
                          size_t *count, struct err *e) MUST_USE; /* free(*rows) */

/* Effect of editing: each national figure as it would be had one rule not withheld its values. */
struct withheld_cell {
    const char *rule;
    uint32_t item, unit;
    double value; /* what the return said */
};
struct editing_row {
    const char *rule;     /* of the cells */
    uint32_t row;         /* index into estimate->row */
    uint32_t cells;       /* values the rule took away (all figures together) */
    double without, with; /* estimate had the rule not been there, estimate as it is */
};
/* cells sorted by rule; a cell that is not withheld in the population is ignored. Rows in order of rule, then figure;
 * only those that move. */
enum flow estimate_editing(const struct estimate *x, const struct withheld_cell *cells, size_t n,
                           struct editing_row **rows, size_t *count, struct err *e) MUST_USE; /* free(*rows) */

#endif
