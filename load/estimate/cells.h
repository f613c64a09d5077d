/* SPDX-License-Identifier: Apache-2.0 */
/* One column of answers, a cell a unit, in the smallest exact form: a status and a value in one, two or four bytes as
 * long as every value of the column is a whole number of tenths, hundredths ... not below zero; nine bytes a cell once
 * one is not. What is read back is the double that was put, to the last bit. */
#ifndef LOAD_ESTIMATE_CELLS_H
#define LOAD_ESTIMATE_CELLS_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

enum cell_status {
    CELL_UNIT = 0, /* nothing known: the unit did not answer, or no row was given */
    CELL_REPORTED,
    CELL_DEDUCED,  /* proved by arithmetic in transform */
    CELL_NA,       /* not applicable: an answer, worth zero */
    CELL_MISSING,  /* absent, empty, nil, blank, not available */
    CELL_REFUSED,  /* not communicated, refused */
    CELL_WITHHELD, /* a failed rule took it away */
    CELL_IMPUTED   /* set by the estimator in its own copy, never in input */
};

/* Below CELLS_FIRST a code is a status without a value; above, twice the number of steps, odd when deduced. */
enum { CELLS_FIRST = 8 };

struct cells {
    size_t units;
    union {
        void *any;
        uint8_t *one;
        uint16_t *two;
        uint32_t *four;
    } code;         /* [units] */
    double *wide;   /* [units] values when the codes cannot hold them: a code is the status alone; NULL else */
    double steps;   /* a value is a number of steps over this: 1, 10, 100 ... */
    uint32_t most;  /* the largest number of steps so far */
    unsigned bytes; /* of a code */
};

/* Every cell is CELL_UNIT. 0 without memory. */
int cells_init(struct cells *c, size_t units) MUST_USE;
void cells_fini(struct cells *c);
/* A value other than zero is kept with CELL_REPORTED and CELL_DEDUCED alone. 0 without memory: the column is as it
 * was. */
int cells_put(struct cells *c, size_t unit, enum cell_status s, double value) MUST_USE;

static inline uint32_t cells_code(const struct cells *c, size_t unit)
{
    return c->bytes == 2 ? c->code.two[unit] : c->bytes == 1 ? c->code.one[unit] : c->code.four[unit];
}

static inline enum cell_status cells_status(const struct cells *c, size_t unit)
{
    uint32_t code = cells_code(c, unit);
    return (enum cell_status)(code < CELLS_FIRST ? code : CELL_REPORTED + (code & 1));
}

static inline double cells_value(const struct cells *c, size_t unit)
{
    if (c->wide != NULL)
        return c->wide[unit];
    uint32_t code = cells_code(c, unit);
    return code < CELLS_FIRST ? 0.0 : (double)((code - CELLS_FIRST) >> 1) / c->steps;
}

#endif
