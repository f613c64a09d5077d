/* SPDX-License-Identifier: Apache-2.0 */
/* The enquiry as the estimator sees it: units in scope and, column-wise, the cells the figures need. Plain arrays, no
 * database.
 *
 * A unit is a row 0..units-1 in increasing order of its identifier (bytewise), so that every sum has one order.
 * A variable owns one item (scalar) or one item per category, in the order of the edition's list; an item is a column
 * of values and statuses. A value counts only where its status says so: missing is a status, never a magic number. The
 * filler: population_new, population_dimension codes and unit columns, population_variable for each variable that a
 * figure uses, population_put for each observation, population_check at the end. Everything belongs to the population
 * and goes with population_free.
 */
#ifndef LOAD_ESTIMATE_POPULATION_H
#define LOAD_ESTIMATE_POPULATION_H

#include "load/estimate/cells.h"
#include "schemas/run/arena.h"
#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_COMPLETE,
    OUTCOME_PARTIAL,
    OUTCOME_UNUSABLE,
    OUTCOME_REFUSAL,
    OUTCOME_WITHDRAWN,
    OUTCOME_UNDECIDED,
    OUTCOME_SILENT,
    OUTCOME_UNREACHABLE,
    OUTCOME_COUNT
};

enum dimension { DIM_REGION, DIM_DEPARTEMENT, DIM_CARRIER, DIM_COUNT };

#define POPULATION_NONE UINT32_MAX
enum { POPULATION_MOST = 1 << 28 }; /* units; four bits are left beside a unit's number */

struct codes {
    const char **code; /* in order of arrival; an empty code is a code like any other */
    size_t count, room;
};

struct item {
    const char *category; /* "" for a scalar */
    struct cells answer;
    int keeps_previous;
    struct cells previous; /* last edition's value: CELL_REPORTED where there is one */
};

struct variable {
    const char *id;
    uint32_t first, count; /* its items */
    uint32_t base;         /* item of the total it is a part of (sum_to, or the children a motif is a share of), or
                              POPULATION_NONE */
    uint32_t weight; /* variable whose same category weights this one (children of a mean length), or POPULATION_NONE */
    int sums;        /* 1: its categories add to the base, so that a table is complete or not as a whole */
};

/* A unit that was merged during the reference year, and the row of the one in scope that took it over. */
struct takeover {
    const char *unit;
    uint32_t heir;
};

struct population {
    size_t units;
    const char **id;          /* [units] */
    double *size;             /* [units] size from the budget, > 0 */
    uint16_t *dim[DIM_COUNT]; /* [units] index into codes[] */
    uint8_t *outcome;         /* [units] enum outcome */
    uint8_t *late;            /* [units] received after closing */
    uint8_t *recent;          /* [units] too young to have been in the scope of the last edition */
    struct codes codes[DIM_COUNT];
    struct variable *variable;
    size_t variables, variables_room;
    struct item *item;
    size_t items, items_room;
    double size_out; /* size of the units out of scope, on their own line */
    size_t units_out;
    struct takeover *takeover; /* their size is the heir's already */
    size_t takeovers;
    int spoilt;         /* an answer found no memory */
    struct arena arena; /* texts */
};

/* Room for `units` units with every array zeroed (outcome silent). NULL: STATUS_SYSTEM. */
struct population *population_new(size_t units, struct err *e);
void population_free(struct population *p); /* accepts NULL */
/* Unit i; size must be finite and >= 0, ids in strictly increasing order (STATUS_BUG else). Texts are copied. */
struct unit_facts {
    const char *id;
    double size;
    const char *region, *departement, *carrier;
    enum outcome outcome;
    int late, recent;
};
enum flow population_unit(struct population *p, size_t i, const struct unit_facts *f, struct err *e) MUST_USE;
/* Index of a code, added when new; POPULATION_NONE without memory, or when there are 65 536 others. */
uint32_t population_code(struct population *p, enum dimension d, const char *code);

/* Declares a variable with its categories (categories NULL, n 0: scalar). The variables named by the role must stand
 * already. */
struct variable_role {
    const char *base; /* variable whose first item is its total; NULL: it is a total itself */
    int sums;
    const char *weight; /* variable of the weights of a mean; NULL */
    int previous;       /* room for last edition's values */
};
enum flow population_variable(struct population *p, const char *id, const char *const *categories, size_t n,
                              const struct variable_role *role, struct err *e) MUST_USE;
/* POPULATION_NONE when there is no such variable / item (the edition does not ask it, or no figure uses it). */
uint32_t population_find_variable(const struct population *p, const char *id);
uint32_t population_find_item(const struct population *p, const char *variable, const char *category);
/* Row of a unit by identifier (binary search), POPULATION_NONE when it is not in scope. */
uint32_t population_find_unit(const struct population *p, const char *id);

/* Without memory the population is spoilt: population_check says so, and no estimate is made of it. */
void population_put(struct population *p, uint32_t item, uint32_t unit, enum cell_status s, double value);
/* Nothing when the item keeps none. */
void population_put_previous(struct population *p, uint32_t item, uint32_t unit, double value);
enum flow population_check(const struct population *p, struct err *e) MUST_USE;

/* 1 when last edition's value of the unit is known. */
static inline int item_previous(const struct item *it, size_t unit, double *value)
{
    int has = it->keeps_previous && cells_status(&it->previous, unit) == CELL_REPORTED;
    *value = has ? cells_value(&it->previous, unit) : 0.0;
    return has;
}

/* The status for a silence word of the dataset ("" with a value: reported or, with origin "deduced", deduced; SO: not
 * applicable; NC, REFUS: refused; withheld; unit; the rest: missing). */
enum cell_status cell_status_of(const char *silence, const char *origin);
/* The outcome for its word in the dataset; 0 when unknown. */
int outcome_of(const char *word, enum outcome *o) MUST_USE;
const char *outcome_name(enum outcome o);

static inline int unit_responds(const struct population *p, size_t i)
{
    return p->outcome[i] == OUTCOME_COMPLETE || p->outcome[i] == OUTCOME_PARTIAL;
}

/* Known: reported, deduced or not applicable (worth zero). */
static inline int cell_known(enum cell_status s)
{
    return s == CELL_REPORTED || s == CELL_DEDUCED || s == CELL_NA;
}

#endif
