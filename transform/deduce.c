/* SPDX-License-Identifier: Apache-2.0 */
/* See deduce.h. Passes are repeated until one finds nothing: a total proved by one table may prove the missing part of
 * another. When two tables prove different totals, neither does. */
#include "transform/deduce.h"

#include <string.h>

struct table {
    int clean;      /* every cell reported, deduced or deducible, no failed rule */
    uint32_t holes; /* silent cells */
    uint32_t hole;  /* the last of them */
    struct decimal sum;
};

static int numeric(const struct edition_variable *v)
{
    return v->type == EDITION_COUNT || v->type == EDITION_DECIMAL;
}

static int deducible(const struct plan *p, const struct edition_variable *v, const struct cell *c)
{
    return v->deduce && numeric(v) && !c->value && !c->withheld && !c->suspect &&
           p->edition->silences[c->silence].deduce;
}

static struct table look(const struct plan *p, const struct document *d, const struct edition_variable *v)
{
    struct table t = {.clean = 1};
    for (uint32_t i = v->first_cell; i < v->first_cell + v->cells && t.clean; i++) {
        const struct cell *c = &d->cells[i];
        if (c->value) {
            t.clean = !c->suspect && decimal_add(t.sum, c->number, &t.sum);
        } else {
            t.clean = deducible(p, v, c);
            t.hole = i;
            t.holes++;
        }
    }
    return t;
}

static enum flow fill(struct document *d, struct cell *c, struct decimal value, unsigned *made, struct err *e)
{
    char text[DECIMAL_TEXT_MAX];
    struct decimal plain = decimal_canonical(value);
    size_t n = decimal_print(plain, text);
    c->value = arena_copy(d->findings.arena, text, n);
    c->number = plain;
    c->deduced = 1;
    (*made)++;
    return c->value ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

/* A total that every complete table below it agrees on. */
static int agreed_total(const struct plan *p, const struct document *d, uint32_t total, struct decimal *sum)
{
    int seen = 0;
    for (size_t i = 0; i < p->edition->variable_count; i++) {
        const struct edition_variable *v = &p->edition->variables[i];
        if (v->sum_to != total || !numeric(v))
            continue;
        struct table t = look(p, d, v);
        if (!t.clean || t.holes)
            continue;
        if (seen && decimal_compare(*sum, t.sum) != 0)
            return 0;
        *sum = t.sum;
        seen = 1;
    }
    return seen;
}

static enum flow try_totals(const struct plan *p, struct document *d, unsigned *made, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < p->edition->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &p->edition->variables[i];
        struct cell *c = &d->cells[v->first_cell];
        struct decimal sum;
        if (v->cells == 1 && deducible(p, v, c) && agreed_total(p, d, v->index, &sum))
            f = fill(d, c, sum, made, e);
    }
    return f;
}

static enum flow try_parts(const struct plan *p, struct document *d, unsigned *made, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < p->edition->variable_count && f == FLOW_OK; i++) {
        const struct edition_variable *v = &p->edition->variables[i];
        if (v->sum_to == EDITION_NONE || !v->deduce || !numeric(v))
            continue;
        const struct cell *total = &d->cells[p->edition->variables[v->sum_to].first_cell];
        struct table t = look(p, d, v);
        struct decimal rest;
        if (total->value && !total->suspect && t.clean && t.holes == 1 && decimal_sub(total->number, t.sum, &rest) &&
            rest.unscaled >= 0)
            f = fill(d, &d->cells[t.hole], rest, made, e);
    }
    return f;
}

enum flow deduce(const struct plan *p, struct document *d, unsigned *made, struct err *e)
{
    enum flow f = FLOW_OK;
    unsigned before;
    *made = 0;
    do {
        before = *made;
        f = try_totals(p, d, made, e);
        if (f == FLOW_OK)
            f = try_parts(p, d, made, e);
    } while (f == FLOW_OK && *made > before);
    return f;
}
