/* SPDX-License-Identifier: Apache-2.0 */
/* Places within a partition: by level as printed, the residual category last; a place is marked when the next one
 * cannot be told apart. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/quantile.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MAX = 128 };

static int residual(const struct estimate *x, const struct figure_row *r)
{
    const struct figure *f = &x->figures->figure[r->figure];
    for (size_t i = 0; f->part.count == 1 && i < x->method->residuals; i++)
        if (strcmp(f->part.category[0], x->method->residual[i]) == 0)
            return 1;
    return 0;
}

static double printed(double v, double unit)
{
    return floor(fabs(v) / unit + 0.5) * unit * (v < 0 ? -1.0 : 1.0);
}

/* Orders rows by value, the residual last; equal values by their order in the edition. */
static void order(const struct estimate *x, uint32_t *row, size_t n, int observed)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0; j--) {
            const struct figure_row *a = &x->row[row[j - 1]], *b = &x->row[row[j]];
            int ra = residual(x, a), rb = residual(x, b);
            double va = observed ? a->observed : a->estimated, vb = observed ? b->observed : b->estimated;
            if (ra < rb || (ra == rb && va >= vb))
                break;
            uint32_t t = row[j];
            row[j] = row[j - 1];
            row[j - 1] = t;
        }
}

static void assign(struct estimate *x, const uint32_t *row, size_t n, int observed)
{
    double unit = observed ? 1.0 : 10.0, last = 0.0;
    uint32_t place = 0;
    for (size_t i = 0; i < n; i++) {
        struct figure_row *r = &x->row[row[i]];
        double v = printed(observed ? r->observed : r->estimated, unit);
        int share = i > 0 && v == last && residual(x, &x->row[row[i - 1]]) == residual(x, r);
        place = share ? place : (uint32_t)i + 1;
        last = v;
        if (observed)
            r->observed_rank = place;
        else
            r->rank = place;
    }
}

/* The mask of the last pair, so that pairs answered by the same units are fitted once. */
struct pair_mask {
    uint8_t *last;
    int set;
};

static enum flow tell_apart(struct estimate *x, struct figure_row *a, const struct figure_row *b,
                            struct pair_mask *mask, struct err *e)
{
    struct estimate_work *w = x->work;
    struct row_plan pa, pb;
    enum flow f = plan_make(x, &x->figures->figure[a->figure], &pa, e);
    if (f == FLOW_OK)
        f = plan_make(x, &x->figures->figure[b->figure], &pb, e);
    if (f != FLOW_OK)
        return f;
    double *ca = w->buffer[0], *u = w->buffer[2], *y = w->buffer[4];
    plan_columns(x, &pa, ca, w->buffer[1], w->flag[0]);
    plan_columns(x, &pb, u, w->buffer[1], w->flag[4]);
    int prorated = pa.base != POPULATION_NONE && pa.base == pb.base;
    if (prorated)
        column_get(x, pa.base, y, w->flag[2]);
    for (size_t i = 0; i < w->n; i++) {
        w->flag[0][i] = (uint8_t)(w->flag[0][i] && w->flag[4][i] && (!prorated || w->flag[2][i]));
        ca[i] -= u[i];
        u[i] = 0.0;
    }
    if (!mask->set || memcmp(mask->last, w->flag[0], w->n) != 0) {
        memcpy(mask->last, w->flag[0], w->n);
        mask->set = 1;
        if ((f = variance_mask(&w->variance, mask->last, e)) != FLOW_OK)
            return f;
    }
    const struct domain *d = &w->domain[a->domain];
    size_t area = 0;
    while (area + 1 < d->areas && d->name[area] != a->area)
        area++;
    const uint32_t *list = d->list + d->start[area];
    size_t count = d->start[area + 1] - d->start[area];
    for (size_t j = 0; j < count; j++)
        u[list[j]] = ca[list[j]];
    struct variance_answer v;
    struct prorated p = {.base_known = w->flag[2], .c = ca, .y = y, .scale = 1.0};
    const uint32_t *inside = d->kind == DOMAIN_NATION ? NULL : list;
    f = prorated ? variance_prorated(&w->variance, u, &p, inside, count, &v, e)
                 : variance_item(&w->variance, u, inside, count, &v, e);
    if (f == FLOW_OK && v.df > 0)
        a->tied = fabs(a->estimated - b->estimated) <=
                  student_remembered(&w->student, 0.5 + 0.5 * x->method->confidence, v.df) * sqrt(v.variance);
    return f;
}

static enum flow place_group(struct estimate *x, uint32_t *row, size_t n, struct pair_mask *mask, struct err *e)
{
    order(x, row, n, 1);
    assign(x, row, n, 1);
    if (!x->row[row[0]].has_estimated)
        return FLOW_OK;
    order(x, row, n, 0);
    assign(x, row, n, 0);
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && i + 1 < n && !x->work->options.no_variance; i++) {
        struct figure_row *a = &x->row[row[i]];
        const struct figure_row *b = &x->row[row[i + 1]];
        if (a->has_variance && b->has_variance && !residual(x, b))
            f = tell_apart(x, a, b, mask, e);
    }
    return f;
}

static int same_table(const struct estimate *x, const struct figure_row *a, const struct figure_row *b)
{
    const struct figure *f = &x->figures->figure[a->figure], *g = &x->figures->figure[b->figure];
    return g->kind == FIGURE_RANK && a->domain == b->domain && strcmp(a->area, b->area) == 0 &&
           strcmp(f->part.variable, g->part.variable) == 0 && strcmp(f->partition, g->partition) == 0;
}

/* Is the row the first of its table? */
static int opens(const struct estimate *x, size_t i)
{
    if (x->figures->figure[x->row[i].figure].kind != FIGURE_RANK || !x->row[i].has_observed)
        return 0;
    for (size_t j = 0; j < i; j++)
        if (x->row[j].has_observed && same_table(x, &x->row[i], &x->row[j]))
            return 0;
    return 1;
}

enum flow ranks_make(struct estimate *x, struct err *e)
{
    struct pair_mask mask = {.last = calloc(x->work->n + 1, 1)};
    enum flow f = mask.last ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for ranks");
    for (size_t i = 0; f == FLOW_OK && i < x->rows; i++) {
        uint32_t row[PLACES_MAX];
        size_t n = 0;
        if (!opens(x, i))
            continue;
        for (size_t j = i; j < x->rows && n < PLACES_MAX; j++)
            if (x->row[j].has_observed && same_table(x, &x->row[i], &x->row[j]))
                row[n++] = (uint32_t)j;
        f = place_group(x, row, n, &mask, e);
    }
    free(mask.last);
    return f;
}
