/* SPDX-License-Identifier: Apache-2.0 */
/* A column starts with one byte a cell and is copied into a wider one when a value asks for it: at most four times in
 * its life, one column at a time. The quotient of two whole numbers below 2^53 is correctly rounded, so that finer
 * steps give the same double for the values that stood there. */
#include "load/estimate/cells.h"

#include <stdlib.h>

static const double STEPS_MAX = 10000.0;
static const uint32_t STEPS_LARGEST = (UINT32_MAX - CELLS_FIRST - 1) / 2;

int cells_init(struct cells *c, size_t units)
{
    *c = (struct cells){.units = units, .steps = 1.0, .bytes = 1};
    c->code.any = calloc(units + 1, c->bytes);
    return c->code.any != NULL;
}

void cells_fini(struct cells *c)
{
    free(c->code.any);
    free(c->wide);
    *c = (struct cells){0};
}

static void set_code(struct cells *c, size_t unit, uint32_t code)
{
    if (c->bytes == 1)
        c->code.one[unit] = (uint8_t)code;
    else if (c->bytes == 2)
        c->code.two[unit] = (uint16_t)code;
    else
        c->code.four[unit] = code;
}

static unsigned bytes_for(uint32_t most)
{
    uint32_t code = CELLS_FIRST + 2 * most + 1;
    return code <= UINT8_MAX ? 1 : code <= UINT16_MAX ? 2 : 4;
}

/* Is v a whole number of steps? */
static int is_whole(double v, double steps, uint32_t *whole)
{
    double x = v * steps;
    if (!(x >= 0.0 && x <= (double)STEPS_LARGEST))
        return 0;
    *whole = (uint32_t)(x + 0.5);
    return (double)*whole / steps == v;
}

/* The same values in codes of other bytes and steps. */
static int recode(struct cells *c, unsigned bytes, double steps)
{
    struct cells to = *c;
    uint32_t factor = (uint32_t)(steps / c->steps);
    to.bytes = bytes;
    to.steps = steps;
    to.most *= factor;
    to.code.any = calloc(c->units + 1, bytes);
    if (to.code.any == NULL)
        return 0;
    for (size_t i = 0; i < c->units; i++) {
        uint32_t code = cells_code(c, i);
        if (code >= CELLS_FIRST)
            code = CELLS_FIRST + 2 * ((code - CELLS_FIRST) / 2 * factor) + (code & 1);
        set_code(&to, i, code);
    }
    free(c->code.any);
    *c = to;
    return 1;
}

/* Values apart from now on. */
static int widen(struct cells *c)
{
    struct cells to = {.units = c->units, .steps = 1.0, .bytes = 1};
    to.code.any = calloc(c->units + 1, 1);
    to.wide = calloc(c->units + 1, sizeof *to.wide);
    if (to.code.any == NULL || to.wide == NULL) {
        cells_fini(&to);
        return 0;
    }
    for (size_t i = 0; i < c->units; i++) {
        to.code.one[i] = (uint8_t)cells_status(c, i);
        to.wide[i] = cells_value(c, i);
    }
    cells_fini(c);
    *c = to;
    return 1;
}

/* Makes room for v; *whole receives its steps unless the column is wide. */
static int make_room(struct cells *c, double v, uint32_t *whole)
{
    double steps = c->steps;
    while (!is_whole(v, steps, whole) && steps <= STEPS_MAX)
        steps *= 10.0;
    double most = (double)c->most * (steps / c->steps);
    if (steps > STEPS_MAX || most > (double)STEPS_LARGEST)
        return widen(c);
    uint32_t larger = *whole > (uint32_t)most ? *whole : (uint32_t)most;
    unsigned bytes = bytes_for(larger) > c->bytes ? bytes_for(larger) : c->bytes;
    if ((bytes != c->bytes || steps > c->steps) && !recode(c, bytes, steps))
        return 0;
    c->most = larger;
    return 1;
}

int cells_put(struct cells *c, size_t unit, enum cell_status s, double value)
{
    int valued = s == CELL_REPORTED || s == CELL_DEDUCED;
    uint32_t whole = 0;
    if (valued && c->wide == NULL && !make_room(c, value, &whole))
        return 0;
    if (c->wide != NULL) {
        c->wide[unit] = valued ? value : 0.0;
        set_code(c, unit, s);
        return 1;
    }
    set_code(c, unit, valued ? CELLS_FIRST + 2 * whole + (s == CELL_DEDUCED) : s);
    return 1;
}
