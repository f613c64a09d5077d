/* SPDX-License-Identifier: Apache-2.0 */
/* Change on constant field: what the units that gave an item both times say of its movement. New answers and new
 * silences cannot move it, and a unit's two values, being alike, leave little to chance. A unit that took others over
 * is held against the sum of what it and they gave. Linearised as one variable, over groups of which the panel is the
 * known part. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/quantile.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A position of today, and what one of the units behind it was then: a position too, NONE when it gave nothing. */
struct past {
    uint32_t now, then;
};

struct panel {
    double *num, *den, *old_num, *old_den; /* [n] at today's positions */
    uint8_t *known;
    struct past *past; /* each respondent of today itself, then the units that were taken over */
    size_t pasts;
};

/* Rows of a population to positions among its respondents. */
static uint32_t *places_of(const struct estimate *x)
{
    uint32_t *place = malloc((x->population->units + 1) * sizeof *place);
    for (size_t u = 0; place && u < x->population->units; u++)
        place[u] = POPULATION_NONE;
    for (size_t i = 0; place && i < x->work->n; i++)
        place[x->work->unit[i]] = (uint32_t)i;
    return place;
}

static uint32_t place_of(const struct estimate *x, const uint32_t *place, const char *unit)
{
    uint32_t u = population_find_unit(x->population, unit);
    return u == POPULATION_NONE ? POPULATION_NONE : place[u];
}

static enum flow pasts_make(struct panel *p, const struct estimate *now, const struct estimate *then, struct err *e)
{
    const struct population *q = now->population;
    uint32_t *place = places_of(now), *place_then = places_of(then);
    p->past = calloc(now->work->n + q->takeovers + 1, sizeof *p->past);
    enum flow f = place && place_then && p->past
                      ? FLOW_OK
                      : err_set(e, STATUS_SYSTEM, "out of memory for the change of %zu units", now->work->n);
    for (size_t i = 0; f == FLOW_OK && i < now->work->n; i++)
        p->past[p->pasts++] = (struct past){(uint32_t)i, place_of(then, place_then, q->id[now->work->unit[i]])};
    for (size_t i = 0; f == FLOW_OK && i < q->takeovers; i++)
        if (place[q->takeover[i].heir] != POPULATION_NONE)
            p->past[p->pasts++] =
                (struct past){place[q->takeover[i].heir], place_of(then, place_then, q->takeover[i].unit)};
    free(place);
    free(place_then);
    return f;
}

static enum flow panel_init(struct panel *p, const struct estimate *now, const struct estimate *then, struct err *e)
{
    size_t n = now->work->n + 1;
    *p = (struct panel){.num = calloc(n, sizeof(double)),
                        .den = calloc(n, sizeof(double)),
                        .old_num = calloc(n, sizeof(double)),
                        .old_den = calloc(n, sizeof(double)),
                        .known = calloc(n, 1)};
    if (!p->num || !p->den || !p->old_num || !p->old_den || !p->known)
        return err_set(e, STATUS_SYSTEM, "out of memory for the change of %zu units", n);
    return pasts_make(p, now, then, e);
}

static void panel_fini(struct panel *p)
{
    free(p->num);
    free(p->den);
    free(p->old_num);
    free(p->old_den);
    free(p->known);
    free(p->past);
}

/* Both sides of a figure at today's positions; known where both gave it. */
static void panel_fill(struct panel *p, const struct estimate *now, const struct row_plan *plan,
                       const struct estimate *then, const struct row_plan *old)
{
    double *num = then->work->buffer[0], *den = then->work->buffer[1];
    uint8_t *known = then->work->flag[0];
    plan_columns(now, plan, p->num, p->den, p->known);
    plan_columns(then, old, num, den, known);
    memset(p->old_num, 0, now->work->n * sizeof *p->old_num);
    memset(p->old_den, 0, now->work->n * sizeof *p->old_den);
    for (size_t k = 0; k < p->pasts; k++) {
        uint32_t i = p->past[k].now, at = p->past[k].then;
        p->known[i] = (uint8_t)(p->known[i] && at != POPULATION_NONE && known[at]);
        p->old_num[i] += p->known[i] ? num[at] : 0.0;
        p->old_den[i] += p->known[i] ? den[at] : 0.0;
    }
}

static double panel_sum(const struct estimate *x, const struct panel *p, const double *v)
{
    struct sum s = {0};
    for (size_t i = 0; i < x->work->n; i++)
        if (p->known[i])
            sum_add(&s, x->work->w[i] * v[i]);
    return sum_value(&s);
}

/* Value of both sides, and the linearised change in u. 0 when a denominator is nil. */
static int panel_change(const struct estimate *x, const struct panel *p, int ratio, struct change_row *r, double *u)
{
    double top = panel_sum(x, p, p->num), old_top = panel_sum(x, p, p->old_num);
    double below = ratio ? panel_sum(x, p, p->den) : 1.0, old_below = ratio ? panel_sum(x, p, p->old_den) : 1.0;
    r->relative = !ratio;
    if (!(below > 0.0) || !(old_below > 0.0) || (!ratio && !(old_top > 0.0)))
        return 0;
    r->after = top / below;
    r->before = old_top / old_below;
    r->change = ratio ? r->after - r->before : top / old_top - 1.0;
    for (size_t i = 0; i < x->work->n; i++) {
        if (!p->known[i])
            u[i] = 0.0;
        else if (ratio)
            u[i] = (p->num[i] - r->after * p->den[i]) / below - (p->old_num[i] - r->before * p->old_den[i]) / old_below;
        else
            u[i] = (p->num[i] - top / old_top * p->old_num[i]) / old_top;
    }
    return 1;
}

static void panel_base(const struct estimate *x, const struct panel *p, struct change_row *r)
{
    struct sum in = {0}, all = {0};
    for (size_t i = 0; i < x->work->n; i++)
        if (p->known[i]) {
            r->panel++;
            sum_add(&in, x->work->size[i]);
        }
    for (size_t u = 0; u < x->population->units; u++)
        sum_add(&all, x->population->size[u]);
    r->coverage = sum_value(&all) > 0.0 ? sum_value(&in) / sum_value(&all) : 0.0;
}

static enum flow change_of(struct estimate *now, struct estimate *then, const struct figure *f, const struct figure *g,
                           struct panel *p, struct change_row *r, int *has, struct err *e)
{
    struct row_plan plan, old;
    enum flow flow = plan_make(now, f, &plan, e);
    if (flow == FLOW_OK)
        flow = plan_make(then, g, &old, e);
    *has = 0;
    if (flow != FLOW_OK || !plan.asked || !old.asked)
        return flow;
    double *u = now->work->buffer[2];
    panel_fill(p, now, &plan, then, &old);
    panel_base(now, p, r);
    int ratio = f->kind == FIGURE_SHARE || f->kind == FIGURE_MEAN || f->kind == FIGURE_RATIO;
    if (r->panel == 0 || !panel_change(now, p, ratio, r, u))
        return FLOW_OK;
    *has = 1;
    struct variance_answer a;
    flow = variance_mask(&now->work->variance, p->known, e);
    flow = flow == FLOW_OK ? variance_item(&now->work->variance, u, NULL, 0, &a, e) : flow;
    if (flow != FLOW_OK || now->groups_alone || (a.df <= 0 && !a.exhaustive))
        return flow;
    double t = a.df > 0 ? student_quantile(0.5 + 0.5 * now->method->confidence, a.df) : 0.0;
    r->has_interval = 1;
    r->df = a.df;
    r->se = sqrt(a.variance);
    r->lower = r->change - t * r->se;
    r->upper = r->change + t * r->se;
    return FLOW_OK;
}

static int has_change(const struct figure_row *row, const struct figure *f)
{
    return row->domain == DOMAIN_NATION && row->has_estimated &&
           (f->kind == FIGURE_TOTAL || f->kind == FIGURE_RANK || f->kind == FIGURE_SHARE || f->kind == FIGURE_MEAN ||
            f->kind == FIGURE_RATIO);
}

enum flow estimate_change(const struct estimate *now, const struct estimate *then, struct change_row **rows,
                          size_t *count, struct err *e)
{
    struct estimate *x = (struct estimate *)(uintptr_t)now,
                    *y = (struct estimate *)(uintptr_t)then; /* their buffers are used again */
    struct panel p = {0};
    *count = 0;
    *rows = calloc(now->rows + 1, sizeof **rows);
    enum flow f = *rows ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for %zu changes", now->rows);
    if (f == FLOW_OK && now->estimable && then->estimable)
        f = panel_init(&p, now, then, e);
    for (uint32_t i = 0; f == FLOW_OK && now->estimable && then->estimable && i < now->rows; i++) {
        const struct figure *mine = &now->figures->figure[now->row[i].figure];
        const struct figure *theirs = figures_find(then->figures, mine->id);
        int has = 0;
        if (!has_change(&now->row[i], mine) || !theirs || theirs->kind != mine->kind)
            continue;
        struct change_row *r = &(*rows)[*count];
        *r = (struct change_row){.row = i};
        f = change_of(x, y, mine, theirs, &p, r, &has, e);
        *count += (size_t)has;
    }
    panel_fini(&p);
    if (f != FLOW_OK) {
        free(*rows);
        *rows = NULL;
    }
    return f;
}
