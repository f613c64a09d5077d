/* SPDX-License-Identifier: Apache-2.0 */
#include "load/estimate/linear.h"

#include <stdlib.h>
#include <string.h>

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
}

static struct piece piece_of(const struct linear *l, const struct linear_sum *s, size_t i, uint32_t hidden)
{
    struct piece t = {.data = 1.0};
    if (s->kind != LINEAR_EXPECTED || pieces_known(&l->pieces, s->item, i, hidden))
        piece_item(&l->pieces, s->item, i, hidden, &t);
    else if (!piece_expected(&l->pieces, s->item, i, 1, &t))
        t.data = 0.0;
    if (s->kind == LINEAR_PRODUCT)
        piece_item(&l->pieces, s->beside, i, hidden, &t);
    return t;
}

/* ---- sums and rows ---- */
static enum flow sum_want(struct linear *l, enum linear_kind kind, uint32_t item, uint32_t beside, uint32_t *at,
                          struct err *e)
{
    for (uint32_t k = 0; k < l->sums; k++)
        if (l->sum[k].kind == kind && l->sum[k].item == item && l->sum[k].beside == beside) {
            *at = k;
            return FLOW_OK;
        }
    if (!pieces_grow(&l->sum, l->sums, &l->sums_room, sizeof *l->sum))
        return no_memory(e);
    *at = (uint32_t)l->sums++;
    l->sum[*at] = (struct linear_sum){.kind = kind, .item = item, .beside = beside};
    enum flow f = pieces_want(&l->pieces, item, e);
    return f == FLOW_OK && kind == LINEAR_PRODUCT ? pieces_want(&l->pieces, beside, e) : f;
}

static enum flow row_make(struct linear *l, const struct row_plan *plan, struct linear_row *r, struct err *e)
{
    enum figure_kind kind = plan->figure->kind;
    enum flow f = FLOW_OK;
    r->ratio = kind == FIGURE_SHARE || kind == FIGURE_RATIO || kind == FIGURE_MEAN;
    r->parts = plan->parts;
    r->denominators = kind == FIGURE_MEAN ? plan->parts : r->ratio ? plan->denominators : 0;
    const uint32_t *below = kind == FIGURE_MEAN ? plan->weight : plan->denominator;
    r->part = calloc(r->parts + 1, sizeof *r->part);
    r->denominator = calloc(r->denominators + 1, sizeof *r->denominator);
    if (!r->part || !r->denominator)
        return no_memory(e);
    for (size_t k = 0; f == FLOW_OK && k < r->parts; k++)
        f = kind == FIGURE_MEAN ? sum_want(l, LINEAR_PRODUCT, plan->part[k], plan->weight[k], &r->part[k], e)
                                : sum_want(l, LINEAR_ITEM, plan->part[k], POPULATION_NONE, &r->part[k], e);
    for (size_t k = 0; f == FLOW_OK && k < r->denominators; k++)
        f = sum_want(l, LINEAR_ITEM, below[k], POPULATION_NONE, &r->denominator[k], e);
    return f;
}

/* ---- bundles ---- */
static int same_ratios(const struct bundle *b, const struct piece *t)
{
    return b->ratios == t->ratios && memcmp(b->ratio, t->ratio, t->ratios * sizeof *t->ratio) == 0;
}

/* The bundle of a piece; units come by group, so that the last one found is mostly right. */
static size_t bundle_find(const struct linear *l, const struct linear_sum *s, const struct piece *t, size_t *last)
{
    if (*last < s->bundles && same_ratios(&l->bundle[s->bundle[*last]], t))
        return s->bundle[*last];
    for (size_t k = 0; k < s->bundles; k++)
        if (same_ratios(&l->bundle[s->bundle[k]], t)) {
            *last = k;
            return s->bundle[k];
        }
    return l->bundles;
}

static enum flow bundle_add(struct linear *l, struct linear_sum *s, const struct piece *t, struct err *e)
{
    if (t->ratios > PIECE_RATIOS)
        return FLOW_END;
    if (!pieces_grow(&l->bundle, l->bundles, &l->bundles_room, sizeof *l->bundle) ||
        !pieces_grow(&s->bundle, s->bundles, &s->room, sizeof *s->bundle))
        return no_memory(e);
    struct bundle *b = &l->bundle[l->bundles];
    *b = (struct bundle){.ratios = t->ratios};
    memcpy(b->ratio, t->ratio, t->ratios * sizeof *t->ratio);
    for (unsigned k = 0; k < t->ratios; k++)
        l->pieces.used[t->ratio[k]] = 1;
    s->bundle[s->bundles++] = (uint32_t)l->bundles++;
    return FLOW_OK;
}

static enum flow bundles_of(struct linear *l, struct linear_sum *s, struct err *e)
{
    const struct piece none = {0};
    size_t last = 0;
    enum flow f = bundle_add(l, s, &none, e);
    for (size_t i = 0; f == FLOW_OK && i < l->x->work->n; i++) {
        struct piece t = piece_of(l, s, i, POPULATION_NONE);
        if (t.ratios && bundle_find(l, s, &t, &last) == l->bundles)
            f = bundle_add(l, s, &t, e);
    }
    return f;
}

void linear_add(const struct linear *l, const double *weight, size_t weightings, double *sum)
{
    memset(sum, 0, l->bundles * weightings * sizeof *sum);
    for (size_t k = 0; k < l->sums; k++) {
        const struct linear_sum *s = &l->sum[k];
        size_t last = 0;
        for (size_t i = 0; i < l->x->work->n; i++) {
            struct piece t = piece_of(l, s, i, POPULATION_NONE);
            double *to = sum + weightings * (t.ratios ? bundle_find(l, s, &t, &last) : s->bundle[0]);
            const double *w = weight + weightings * i;
            for (size_t j = 0; t.data != 0.0 && j < weightings; j++)
                to[j] += w[j] * t.data;
        }
    }
}

/* ---- making ---- */
/* S w y of a total before its influential values are known. */
static double total_expected(const struct linear *l, uint32_t item)
{
    const struct linear_sum s = {.kind = LINEAR_EXPECTED, .item = item};
    struct sum all = {0};
    for (size_t i = 0; i < l->x->work->n; i++) {
        struct piece t = piece_of(l, &s, i, POPULATION_NONE);
        sum_add(&all, l->x->work->w[i] * piece_value(&l->pieces, &t));
    }
    return sum_value(&all);
}

/* Could the value be influential, weights and ratios being off by as much as they may? The total is then not below
 * seven tenths of what it is. */
static int may_be_influential(const struct linear *l, uint32_t item, size_t i, double all)
{
    const struct pieces *p = &l->pieces;
    struct piece t = {.data = 1.0};
    if (!pieces_known(p, item, i, POPULATION_NONE) || !piece_expected(p, item, i, 1, &t))
        return 0;
    double v = piece_value(p, &t), off = fabs(pieces_number(p, item, i) - v) + RATIO_OFF * fabs(v);
    return (1.0 + WEIGHT_OFF) * weight_mass(l->x->work->w[i]) * off > 0.7 * all * l->x->method->influential;
}

static enum flow watch_item(struct linear *l, uint32_t item, struct err *e)
{
    double all = total_expected(l, item);
    uint32_t sum = POPULATION_NONE;
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && i < l->x->work->n; i++) {
        if (!may_be_influential(l, item, i, all))
            continue;
        if (sum == POPULATION_NONE)
            f = sum_want(l, LINEAR_EXPECTED, item, POPULATION_NONE, &sum, e);
        if (f == FLOW_OK && !pieces_grow(&l->watched, l->watches, &l->watches_room, sizeof *l->watched))
            f = no_memory(e);
        if (f == FLOW_OK)
            l->watched[l->watches++] = (struct watched){item, (uint32_t)i, sum};
    }
    return f;
}

/* Do the rows come out of the sums as they came out of the estimate? */
static enum flow reproduce(struct linear *l, const uint32_t *row, struct err *e)
{
    const struct estimate *x = l->x;
    double *sum = calloc(l->bundles + 1, sizeof *sum);
    const double whole = 1.0;
    struct weighting all = {.weight = x->work->w, .sum = sum, .stride = 1, .part = &whole, .parts = 1, .steady = 1};
    if (!sum)
        return no_memory(e);
    linear_add(l, x->work->w, 1, sum);
    int same = linear_without(l, &all, LINEAR_NOBODY, POPULATION_NONE, NULL);
    for (size_t k = 0; k < l->rows; k++)
        same = same && l->row[k].has &&
               fabs(l->row[k].value - x->row[row[k]].estimated) <= 1e-9 * fabs(x->row[row[k]].estimated);
    free(sum);
    return same ? FLOW_OK : FLOW_END;
}

enum flow linear_init(struct linear *l, const struct estimate *x, const struct row_plan *plan, const uint32_t *row,
                      size_t rows, struct err *e)
{
    *l = (struct linear){.x = x, .row = calloc(rows + 1, sizeof *l->row), .rows = rows};
    enum flow f = pieces_init(&l->pieces, x, e);
    if (f == FLOW_OK && !l->row)
        f = no_memory(e);
    for (size_t k = 0; f == FLOW_OK && k < rows; k++)
        f = row_make(l, &plan[k], &l->row[k], e);
    f = f == FLOW_OK ? pieces_ready(&l->pieces, e) : f;
    for (uint32_t item = 0; f == FLOW_OK && item < x->population->items; item++)
        if (l->pieces.set_of[item] != POPULATION_NONE && pieces_is_total(&l->pieces, item))
            f = watch_item(l, item, e);
    for (size_t k = 0; f == FLOW_OK && k < l->sums; k++)
        f = bundles_of(l, &l->sum[k], e);
    return f == FLOW_OK ? reproduce(l, row, e) : f;
}

void linear_fini(struct linear *l)
{
    for (size_t k = 0; k < l->sums; k++)
        free(l->sum[k].bundle);
    for (size_t k = 0; l->row && k < l->rows; k++) {
        free(l->row[k].part);
        free(l->row[k].denominator);
    }
    if (l->x)
        pieces_fini(&l->pieces);
    free(l->sum);
    free(l->bundle);
    free(l->watched);
    free(l->row);
}

/* ---- without a unit, or one of its variables ---- */
static double combined(const struct weighting *w, const double *beside)
{
    double v = 0.0;
    for (size_t k = 0; k < w->parts; k++)
        v += w->part[k] * beside[k];
    return v;
}

/* 0: the value that takes the place of the hidden one leans on more ratios than a piece has room for. */
static int sum_without(const struct linear *l, struct linear_sum *s, const struct weighting *w, size_t i,
                       uint32_t hidden)
{
    struct piece instead = {0};
    s->value = 0.0;
    for (size_t k = 0; k < s->bundles; k++) {
        const struct bundle *b = &l->bundle[s->bundle[k]];
        s->value += combined(w, w->sum + w->stride * s->bundle[k]) * pieces_product(&l->pieces, b->ratio, b->ratios);
    }
    if (i == LINEAR_NOBODY)
        return 1;
    if (hidden != POPULATION_NONE)
        instead = piece_of(l, s, i, hidden);
    if (instead.ratios > PIECE_RATIOS)
        return 0;
    s->value +=
        combined(w, w->weight + w->stride * i) * (piece_value(&l->pieces, &instead) - piece_value(&l->pieces, &s->own));
    return 1;
}

static double total_of(const struct linear *l, const uint32_t *sum, size_t n)
{
    double v = 0.0;
    for (size_t k = 0; k < n; k++)
        v += l->sum[sum[k]].value;
    return v;
}

/* Are the same values influential? */
static int influence_stands(const struct linear *l, const struct weighting *w, size_t i, uint32_t hidden)
{
    const struct pieces *p = &l->pieces;
    for (size_t k = 0; k < l->watches; k++) {
        const struct watched *v = &l->watched[k];
        if (v->at == i || (hidden != POPULATION_NONE && p->variable[v->item] != hidden))
            continue;
        struct piece t = {.data = 1.0};
        double all = l->sum[v->sum].value, share = 0.0;
        if (all > 0.0 && piece_expected(p, v->item, v->at, 1, &t))
            share = combined(w, w->weight + w->stride * v->at) *
                    fabs(pieces_number(p, v->item, v->at) - piece_value(p, &t)) / all;
        if ((share > l->x->method->influential) != (p->excluded[v->item] && p->excluded[v->item][v->at]))
            return 0;
    }
    return 1;
}

int linear_without(struct linear *l, const struct weighting *w, size_t i, uint32_t hidden, const uint8_t *used)
{
    int someone = i != LINEAR_NOBODY;
    for (size_t k = 0; someone && k < l->sums; k++)
        l->sum[k].own = piece_of(l, &l->sum[k], i, POPULATION_NONE);
    if (someone)
        pieces_without(&l->pieces, i, hidden);
    int sure = w->steady && !l->pieces.doubt;
    for (size_t k = 0; sure && k < l->sums; k++)
        sure = sum_without(l, &l->sum[k], w, i, hidden);
    sure = sure && (!someone || influence_stands(l, w, i, hidden));
    pieces_restore(&l->pieces);
    for (size_t k = 0; sure && k < l->rows; k++) {
        struct linear_row *r = &l->row[k];
        double below = total_of(l, r->denominator, r->denominators);
        r->has = (!used || used[k]) && (!r->ratio || below > 0.0);
        r->value = r->has ? total_of(l, r->part, r->parts) / (r->ratio ? below : 1.0) : 0.0;
    }
    return sure;
}
