/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes at which a large cell is computed are those of its units that stand nearest to the extremes of a Chebyshev
 * polynomial over the cell, both ends among them, so that nothing is ever extrapolated. */
#include "load/estimate/removals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

struct place {
    uint32_t at, region;
    double size;
};

static int compare_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->region != y->region)
        return x->region < y->region ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Positions of a group by region and size, and their cells. */
static void group_cells(struct removals *r, size_t group, struct place *place, size_t *count)
{
    const struct estimate_work *w = r->x->work;
    size_t n = w->start[group + 1] - w->start[group];
    if (n < 2 || (double)n >= w->group_units[group])
        return;
    for (size_t k = 0; k < n; k++) {
        uint32_t at = w->start[group] + (uint32_t)k;
        place[k] = (struct place){at, w->region[at], w->size[at]};
    }
    qsort(place, n, sizeof *place, compare_place);
    for (size_t k = 0; k < n; k++) {
        if (k == 0 || place[k].region != place[k - 1].region)
            r->cell[r->cells++] = (struct removal_cell){.group = group, .first = *count};
        r->cell[r->cells - 1].count++;
        r->order[(*count)++] = place[k].at;
    }
}

static void point_add(const struct removals *r, struct removal_cell *c, uint32_t at)
{
    c->unit[c->points] = at;
    c->size[c->points++] = r->x->work->size[at];
}

/* distinct [n]: one position a size, in increasing order. */
static void choose_points(const struct removals *r, struct removal_cell *c, const uint32_t *distinct, size_t n)
{
    const double *size = r->x->work->size;
    if (n <= REMOVAL_EXACT) {
        for (size_t k = 0; k < n; k++)
            point_add(r, c, distinct[k]);
        return;
    }
    double middle = 0.5 * (size[distinct[0]] + size[distinct[n - 1]]), half = size[distinct[n - 1]] - middle;
    size_t at = 0;
    for (size_t k = 0; k < REMOVAL_NODES; k++, at++) {
        double want = middle - half * cos(PI * (double)k / (REMOVAL_NODES - 1));
        size_t last = n - (REMOVAL_NODES - k);
        while (at < last && fabs(size[distinct[at + 1]] - want) <= fabs(size[distinct[at]] - want))
            at++;
        point_add(r, c, distinct[at]);
    }
}

enum flow removals_init(struct removals *r, const struct estimate *x, struct err *e)
{
    size_t n = x->work->n + 1, count = 0;
    struct place *place = calloc(n, sizeof *place);
    *r = (struct removals){.x = x,
                           .order = calloc(n, sizeof *r->order),
                           .cell = calloc(n, sizeof *r->cell),
                           .weight = calloc(n * REMOVAL_BATCH, sizeof *r->weight),
                           .column = calloc(n, sizeof *r->column)};
    enum flow f = place && r->order && r->cell && r->weight && r->column
                      ? reweighting_init(x, &r->space, e)
                      : err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    for (size_t h = 0; f == FLOW_OK && h < x->groups; h++)
        group_cells(r, h, place, &count);
    free(place);
    uint32_t *distinct = f == FLOW_OK ? calloc(n, sizeof *distinct) : NULL;
    if (f == FLOW_OK && !distinct)
        f = err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    for (size_t k = 0; f == FLOW_OK && k < r->cells; k++) {
        const struct removal_cell *c = &r->cell[k];
        size_t sizes = 0;
        for (size_t j = c->first; j < c->first + c->count; j++)
            if (sizes == 0 || x->work->size[distinct[sizes - 1]] != x->work->size[r->order[j]])
                distinct[sizes++] = r->order[j];
        choose_points(r, &r->cell[k], distinct, sizes);
    }
    free(distinct);
    return f;
}

void removals_fini(struct removals *r)
{
    reweighting_fini(&r->space);
    free(r->order);
    free(r->cell);
    free(r->weight);
    free(r->column);
}

static int steady(const struct removals *r)
{
    const struct estimate_work *w = r->x->work;
    for (size_t i = 0; i < w->n; i++)
        if (!(fabs(r->column[i] - w->w[i]) <= WEIGHT_OFF * weight_mass(w->w[i])))
            return 0;
    return 1;
}

static enum flow cell_weights(struct removals *r, struct removal_cell *c, struct err *e)
{
    enum flow f = FLOW_OK;
    c->solved = c->steady = 1;
    for (size_t k = 0; f == FLOW_OK && k < c->points; k++) {
        f = weights_without(r->x, &r->space, c->group, c->unit[k], r->column, e);
        c->steady = c->steady && f == FLOW_OK && steady(r);
        for (size_t i = 0; f == FLOW_OK && i < r->x->work->n; i++)
            r->weight[i * r->points + c->at + k] = r->column[i];
    }
    c->solved = f == FLOW_OK;
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow removals_batch(struct removals *r, size_t first, size_t *end, struct err *e)
{
    enum flow f = FLOW_OK;
    r->points = 0;
    for (*end = first; *end < r->cells && r->points + r->cell[*end].points <= REMOVAL_BATCH; (*end)++) {
        r->cell[*end].at = r->points;
        r->points += r->cell[*end].points;
    }
    memset(r->weight, 0, r->x->work->n * r->points * sizeof *r->weight);
    for (size_t k = first; f == FLOW_OK && k < *end; k++)
        f = cell_weights(r, &r->cell[k], e);
    return f;
}

void removals_part(const struct removals *r, const struct removal_cell *c, size_t i, double *part)
{
    double s = r->x->work->size[i];
    for (size_t k = 0; k < c->points; k++) {
        part[k] = 1.0;
        for (size_t j = 0; j < c->points; j++)
            if (j != k)
                part[k] *= (s - c->size[j]) / (c->size[k] - c->size[j]);
    }
}
