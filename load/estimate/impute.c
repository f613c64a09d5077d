/* SPDX-License-Identifier: Apache-2.0 */
/* Item non-response. A missing total: ratio within the response group on last edition's value, else on size, else
 * the mean. A missing breakdown: the total times the shares of the group. A missing mean length: the mean of the group.
 * Donors are never imputed or influential, and there are at least five of them: else the region, else the nation.
 * Deduction by arithmetic came before (transform). */
#include "load/estimate/donors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *impute_rule_name(enum impute_rule r)
{
    static const char *const names[] = {"previous", "size", "mean", "share"};
    return names[r];
}

const char *impute_level_name(enum impute_level l)
{
    static const char *const names[] = {"group", "region", "nation"};
    return names[l];
}

uint32_t variable_of_item(const struct population *p, uint32_t item)
{
    for (size_t v = 0; v < p->variables; v++)
        if (item >= p->variable[v].first && item < p->variable[v].first + p->variable[v].count)
            return (uint32_t)v;
    return POPULATION_NONE;
}

/* What does not apply is worth zero where values are added; a mean that does not apply is no mean of zero. */
void column_reported(const struct estimate *x, uint32_t item, double *value, uint8_t *known)
{
    const struct item *it = &x->population->item[item];
    const struct estimate_work *w = x->work;
    uint32_t v = variable_of_item(x->population, item);
    int mean = x->population->variable[v].weight != POPULATION_NONE;
    for (size_t i = 0; i < w->n; i++) {
        enum cell_status status = cells_status(&it->answer, w->unit[i]);
        known[i] = (uint8_t)(cell_known(status) && !(mean && status == CELL_NA));
        value[i] = known[i] ? cells_value(&it->answer, w->unit[i]) : 0.0;
    }
    for (size_t i = 0; v == w->options.mask_variable && i < w->n; i++)
        if (w->unit[i] == w->options.mask_unit)
            value[i] = known[i] = 0;
}

/* Of a breakdown that adds to its total, all or nothing is known. */
static void whole_table(const struct estimate *x, uint32_t variable, uint8_t *known)
{
    const struct variable *v = &x->population->variable[variable];
    const struct estimate_work *w = x->work;
    memset(known, 1, w->n);
    for (uint32_t k = 0; k < v->count; k++) {
        const struct cells *answer = &x->population->item[v->first + k].answer;
        for (size_t i = 0; i < w->n; i++)
            known[i] = (uint8_t)(known[i] && cell_known(cells_status(answer, w->unit[i])));
    }
    for (size_t i = 0; variable == w->options.mask_variable && i < w->n; i++)
        if (w->unit[i] == w->options.mask_unit)
            known[i] = 0;
}

void column_get(const struct estimate *x, uint32_t item, double *value, uint8_t *known)
{
    uint32_t v = variable_of_item(x->population, item);
    column_reported(x, item, value, known);
    if (x->population->variable[v].sums)
        whole_table(x, v, known);
    const uint32_t *first = x->imputed.first;
    if (!first)
        return;
    size_t at = 0;
    for (uint32_t k = first[item]; k < first[item + 1]; k++) {
        uint32_t unit = imputed_at(&x->imputed, k).unit;
        while (x->work->unit[at] != unit)
            at++;
        value[at] = x->imputed.value[k];
    }
}

enum { RULE_SHIFT = 2, UNIT_SHIFT = 4, MADE_MASK = 3 };

struct imputed_cell imputed_at(const struct imputed_cells *c, size_t k)
{
    return (struct imputed_cell){.unit = c->made[k] >> UNIT_SHIFT,
                                 .value = c->value[k],
                                 .rule = (enum impute_rule)(c->made[k] >> RULE_SHIFT & MADE_MASK),
                                 .level = (enum impute_level)(c->made[k] & MADE_MASK)};
}

static int imputed_grow(struct imputed_cells *c)
{
    size_t room = c->room ? 2 * c->room : 1024;
    double *value = realloc(c->value, room * sizeof *value);
    if (value)
        c->value = value;
    uint32_t *made = value ? realloc(c->made, room * sizeof *made) : NULL;
    if (made)
        c->made = made;
    c->room = made ? room : c->room;
    return made != NULL;
}

static enum flow imputed_add(struct estimate *x, size_t i, double value, enum impute_rule r, enum impute_level l,
                             struct err *e)
{
    struct imputed_cells *c = &x->imputed;
    if (c->count == c->room && !imputed_grow(c))
        return err_set(e, STATUS_SYSTEM, "out of memory for %zu imputed values", c->count);
    c->value[c->count] = value;
    c->made[c->count++] = x->work->unit[i] << UNIT_SHIFT | (uint32_t)r << RULE_SHIFT | (uint32_t)l;
    return FLOW_OK;
}

/* ---- totals ---- */
struct total_columns {
    double *y, *previous, *ones;
    uint8_t *known, *with_previous;
    struct donors on_previous, on_size, on_ones;
};

static void total_fill(const struct estimate *x, uint32_t item, struct total_columns *c)
{
    const struct item *it = &x->population->item[item];
    const struct estimate_work *w = x->work;
    column_reported(x, item, c->y, c->known);
    for (size_t i = 0; i < w->n; i++) {
        int has = item_previous(it, w->unit[i], &c->previous[i]);
        c->with_previous[i] = (uint8_t)(c->known[i] && has);
        c->ones[i] = 1.0;
    }
}

static enum flow total_ratios(const struct estimate *x, struct total_columns *c, struct err *e)
{
    enum flow f = donors_make(x, c->y, c->previous, c->with_previous, &c->on_previous, e);
    if (f == FLOW_OK)
        f = donors_make(x, c->y, x->work->size, c->known, &c->on_size, e);
    if (f == FLOW_OK)
        f = donors_make(x, c->y, c->ones, c->known, &c->on_ones, e);
    return f;
}

static void total_free_ratios(struct total_columns *c)
{
    donors_free(&c->on_previous);
    donors_free(&c->on_size);
    donors_free(&c->on_ones);
}

/* What is expected of the unit at a position; 0 when nothing can be said. */
static int expected(const struct estimate *x, const struct total_columns *c, size_t group, size_t i, double *v,
                    enum impute_rule *r, enum impute_level *l)
{
    double ratio;
    *r = IMPUTE_PREVIOUS;
    *l = LEVEL_GROUP;
    if (c->previous[i] > 0.0 && donors_ratio(x, &c->on_previous, group, &ratio)) {
        *v = ratio * c->previous[i];
        return 1;
    }
    *r = IMPUTE_SIZE;
    if (x->work->size[i] > 0.0 && donors_find(x, &c->on_size, group, i, &ratio, l)) {
        *v = ratio * x->work->size[i];
        return 1;
    }
    *r = IMPUTE_MEAN;
    return donors_find(x, &c->on_ones, group, i, v, l);
}

static enum flow influential_add(struct estimate *x, uint32_t item, size_t i, double share, struct err *e)
{
    if (x->influentials == x->work->influential_room) {
        size_t room = x->work->influential_room ? 2 * x->work->influential_room : 64;
        struct influential_value *more = realloc(x->influential, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for influential values");
        x->influential = more;
        x->work->influential_room = room;
    }
    x->influential[x->influentials++] = (struct influential_value){item, x->work->unit[i], share};
    x->work->excluded[i] = 1;
    return FLOW_OK;
}

/* Values whose weighted distance from what is expected exceeds the limit of the total. */
static enum flow find_influential(struct estimate *x, uint32_t item, const struct total_columns *c, struct err *e)
{
    const struct estimate_work *w = x->work;
    struct sum total = {0};
    enum impute_rule r;
    enum impute_level l;
    for (int pass = 0; pass < 2; pass++)
        for (size_t h = 0; h < x->groups; h++)
            for (size_t i = w->start[h]; i < w->start[h + 1]; i++) {
                double v = 0.0; /* where nothing is expected */
                int has = expected(x, c, h, i, &v, &r, &l);
                if (pass == 0) {
                    sum_add(&total, w->w[i] * (c->known[i] ? c->y[i] : has ? v : 0.0));
                    continue;
                }
                double all = sum_value(&total),
                       share = all > 0.0 && c->known[i] && has ? w->w[i] * fabs(c->y[i] - v) / all : 0.0;
                if (share > x->method->influential) {
                    enum flow f = influential_add(x, item, i, share, e);
                    if (f != FLOW_OK)
                        return f;
                }
            }
    return FLOW_OK;
}

static enum flow impute_total(struct estimate *x, uint32_t item, struct total_columns *c, struct err *e)
{
    const struct estimate_work *w = x->work;
    enum flow f;
    memset(w->excluded, 0, w->n);
    total_fill(x, item, c);
    f = total_ratios(x, c, e);
    if (f == FLOW_OK)
        f = find_influential(x, item, c, e);
    total_free_ratios(c);
    if (f == FLOW_OK)
        f = total_ratios(x, c, e);
    for (size_t h = 0; f == FLOW_OK && h < x->groups; h++)
        for (size_t i = w->start[h]; f == FLOW_OK && i < w->start[h + 1]; i++) {
            enum impute_rule r;
            enum impute_level l;
            double v;
            if (!c->known[i] && expected(x, c, h, i, &v, &r, &l))
                f = imputed_add(x, i, v, r, l, e);
        }
    total_free_ratios(c);
    return f;
}

/* ---- breakdowns and means ---- */
/* Units that give nothing: influential in the total behind. */
static void exclude_influential(struct estimate *x, uint32_t item)
{
    memset(x->work->excluded, 0, x->work->n);
    for (size_t k = 0; k < x->influentials; k++) {
        if (x->influential[k].item != item)
            continue;
        for (size_t i = 0; i < x->work->n; i++)
            if (x->work->unit[i] == x->influential[k].unit)
                x->work->excluded[i] = 1;
    }
}

/* Missing parts = base x S c / S on of the donors; `on` is the table's own sum, or the base. */
static enum flow impute_part(struct estimate *x, const double *c, const uint8_t *known, const double *base,
                             const double *on, const uint8_t *donor, enum impute_rule rule, struct err *e)
{
    const struct estimate_work *w = x->work;
    struct donors r;
    enum flow f = donors_make(x, c, on, donor, &r, e);
    for (size_t h = 0; f == FLOW_OK && h < x->groups; h++)
        for (size_t i = w->start[h]; f == FLOW_OK && i < w->start[h + 1]; i++) {
            enum impute_level l;
            double ratio;
            if (!known[i] && donors_find(x, &r, h, i, &ratio, &l))
                f = imputed_add(x, i, rule == IMPUTE_MEAN ? ratio : ratio * base[i], rule, l, e);
        }
    donors_free(&r);
    return f;
}

static enum flow impute_breakdown(struct estimate *x, const struct variable *v, struct err *e)
{
    double *base = x->work->buffer[0], *c = x->work->buffer[1], *sum = x->work->buffer[2];
    uint8_t *base_known = x->work->flag[0], *known = x->work->flag[1], *donor = x->work->flag[2];
    size_t n = x->work->n;
    enum flow f = FLOW_OK;
    exclude_influential(x, v->base);
    column_get(x, v->base, base, base_known);
    memset(sum, 0, n * sizeof *sum);
    for (uint32_t k = 0; v->sums && k < v->count; k++) {
        column_get(x, v->first + k, c, known);
        for (size_t i = 0; i < n; i++)
            sum[i] += c[i];
    }
    for (uint32_t k = 0; f == FLOW_OK && k < v->count; k++) {
        x->imputed.first[v->first + k] = (uint32_t)x->imputed.count;
        x->imputed.first[v->first + k + 1] = (uint32_t)x->imputed.count;
        column_get(x, v->first + k, c, known);
        for (size_t i = 0; i < n; i++)
            donor[i] = (uint8_t)(known[i] && base_known[i]);
        f = impute_part(x, c, known, base, v->sums ? sum : base, donor, IMPUTE_SHARE, e);
        x->imputed.first[v->first + k + 1] = (uint32_t)x->imputed.count;
    }
    return f;
}

/* m of category k, weighted by n of the same category: donors S n m / S n. */
static enum flow impute_mean(struct estimate *x, const struct variable *v, struct err *e)
{
    const struct variable *weight = &x->population->variable[v->weight];
    double *m = x->work->buffer[0], *n = x->work->buffer[1], *product = x->work->buffer[2];
    uint8_t *known = x->work->flag[0], *weight_known = x->work->flag[1], *donor = x->work->flag[2];
    enum flow f = FLOW_OK;
    memset(x->work->excluded, 0, x->work->n);
    for (uint32_t k = 0; f == FLOW_OK && k < v->count; k++) {
        uint32_t item = v->first + k,
                 beside = weight->count == 1
                              ? weight->first
                              : population_find_item(x->population, weight->id, x->population->item[item].category);
        x->imputed.first[item] = x->imputed.first[item + 1] = (uint32_t)x->imputed.count;
        if (beside == POPULATION_NONE)
            continue;
        column_get(x, item, m, known);
        column_get(x, beside, n, weight_known);
        for (size_t i = 0; i < x->work->n; i++) {
            product[i] = m[i] * n[i];
            donor[i] = (uint8_t)(known[i] && weight_known[i]);
        }
        f = impute_part(x, product, known, NULL, n, donor, IMPUTE_MEAN, e);
        x->imputed.first[item + 1] = (uint32_t)x->imputed.count;
    }
    return f;
}

static enum flow log_imputed(struct estimate *x, struct err *e)
{
    char fr[256], en[256];
    (void)snprintf(fr, sizeof fr, "%zu valeurs imputées, %zu valeurs influentes écartées des donneurs",
                   x->imputed.count, x->influentials);
    (void)snprintf(en, sizeof en, "%zu values imputed, %zu influential values kept from giving", x->imputed.count,
                   x->influentials);
    return step_add(x, "impute", fr, en, e);
}

static enum flow impute_totals(struct estimate *x, const struct variable *v, struct total_columns *c, struct err *e)
{
    enum flow f = FLOW_OK;
    for (uint32_t k = 0; f == FLOW_OK && k < v->count; k++) {
        x->imputed.first[v->first + k] = x->imputed.first[v->first + k + 1] = (uint32_t)x->imputed.count;
        f = impute_total(x, v->first + k, c, e);
        x->imputed.first[v->first + k + 1] = (uint32_t)x->imputed.count;
    }
    return f;
}

enum flow impute_make(struct estimate *x, struct err *e)
{
    struct estimate_work *w = x->work;
    struct total_columns c = {.y = w->buffer[0],
                              .previous = w->buffer[1],
                              .ones = w->buffer[2],
                              .known = w->flag[0],
                              .with_previous = w->flag[1]};
    enum flow f = FLOW_OK;
    x->imputed.first = calloc(x->population->items + 2, sizeof *x->imputed.first);
    if (!x->imputed.first)
        return err_set(e, STATUS_SYSTEM, "out of memory for imputation");
    for (size_t k = 0; f == FLOW_OK && k < x->population->variables; k++) {
        const struct variable *v = &x->population->variable[k];
        if (v->weight != POPULATION_NONE)
            f = impute_mean(x, v, e);
        else if (v->base != POPULATION_NONE)
            f = impute_breakdown(x, v, e);
        else
            f = impute_totals(x, v, &c, e);
    }
    return f == FLOW_OK ? log_imputed(x, e) : f;
}

/* ---- what is expected of everybody, for those who ask ---- */
enum flow expected_of_units(struct estimate *x, uint32_t item, double *value, uint8_t *has, struct err *e)
{
    struct estimate_work *w = x->work;
    const struct item *it = &x->population->item[item];
    struct total_columns c = {.y = w->buffer[0],
                              .previous = w->buffer[1],
                              .ones = w->buffer[2],
                              .known = w->flag[0],
                              .with_previous = w->flag[1]};
    exclude_influential(x, item);
    total_fill(x, item, &c);
    enum flow f = total_ratios(x, &c, e);
    const size_t nation = donors_nation(x);
    for (size_t u = 0; f == FLOW_OK && u < x->population->units; u++) {
        double ratio, before, size = x->population->size[u];
        const uint32_t h = x->group[u];
        (void)item_previous(it, u, &before);
        has[u] = 1;
        if (before > 0.0 && donors_ratio(x, &c.on_previous, h, &ratio))
            value[u] = ratio * before;
        else if (size > 0.0 && (donors_ratio(x, &c.on_size, h, &ratio) || donors_ratio(x, &c.on_size, nation, &ratio) ||
                                donors_ratio(x, &c.on_size, nation + 1, &ratio)))
            value[u] = ratio * size;
        else
            has[u] = (uint8_t)donors_ratio(x, &c.on_ones, nation + 1, &value[u]);
    }
    total_free_ratios(&c);
    return f;
}
