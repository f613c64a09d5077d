/* SPDX-License-Identifier: Apache-2.0 */
/* Questions put to a finished estimate: who makes a figure, whom the silent resemble, what if they differ, whom to
 * phone. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/quantile.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- contributions ---- */
static int larger(const struct contribution *a, const struct contribution *b)
{
    double x = fabs(a->contribution), y = fabs(b->contribution);
    return x > y || (x == y && a->unit < b->unit);
}

static int compare_contribution(const void *a, const void *b)
{
    return larger(a, b) ? -1 : 1;
}

static void sift(struct contribution *heap, size_t n, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t k = left; k < left + 2 && k < n; k++)
            if (larger(&heap[least], &heap[k]))
                least = k;
        if (least == at)
            return;
        struct contribution t = heap[at];
        heap[at] = heap[least];
        heap[least] = t;
        at = least;
    }
}

/* Keeps the largest `max` in a heap whose root is the smallest kept. */
static void keep(struct contribution *heap, size_t *n, size_t max, const struct contribution *c)
{
    if (*n < max) {
        heap[(*n)++] = *c;
        for (size_t at = *n - 1; at > 0 && larger(&heap[(at - 1) / 2], &heap[at]); at = (at - 1) / 2) {
            struct contribution t = heap[at];
            heap[at] = heap[(at - 1) / 2];
            heap[(at - 1) / 2] = t;
        }
    } else if (max > 0 && larger(c, &heap[0])) {
        heap[0] = *c;
        sift(heap, max, 0);
    }
}

static const struct domain *domain_of_row(const struct estimate *x, const struct figure_row *row, size_t *area)
{
    const struct domain *d = &x->work->domain[row->domain];
    for (*area = 0; *area < d->areas; ++*area)
        if (strcmp(d->name[*area], row->area) == 0)
            return d;
    return NULL;
}

size_t estimate_contributions(const struct estimate *x, const struct figure_row *row, struct contribution *out,
                              size_t max)
{
    struct estimate_work *w = x->work;
    struct row_plan plan;
    struct err e;
    size_t area, all = 0, kept = 0;
    const struct domain *d = domain_of_row(x, row, &area);
    const struct figure *f = &x->figures->figure[row->figure];
    if (!d || !x->estimable || f->kind == FIGURE_COUNT || f->kind == FIGURE_REGISTER_TOTAL || f->kind == FIGURE_RATE ||
        f->kind == FIGURE_MINIMUM || f->kind == FIGURE_MAXIMUM ||
        plan_make((struct estimate *)(uintptr_t)x, f, &plan, &e) != FLOW_OK || !plan.asked)
        return 0;
    double *num = w->buffer[0], *den = w->buffer[1];
    plan_columns(x, &plan, num, den, w->flag[0]);
    struct sum total = {0};
    for (size_t j = d->start[area]; j < d->start[area + 1]; j++)
        sum_add(&total, w->w[d->list[j]] * num[d->list[j]]);
    for (size_t j = d->start[area]; j < d->start[area + 1]; j++) {
        uint32_t i = d->list[j];
        struct contribution c = {.unit = w->unit[i],
                                 .item = plan.part[0],
                                 .value = num[i],
                                 .denominator = den[i],
                                 .weight = w->w[i],
                                 .contribution = w->w[i] * num[i]};
        c.status = w->flag[0][i] ? cells_status(&x->population->item[plan.part[0]].answer, c.unit) : CELL_IMPUTED;
        c.share = sum_value(&total) != 0.0 ? c.contribution / sum_value(&total) : 0.0;
        all++;
        if (out)
            keep(out, &kept, max, &c);
    }
    if (out && kept)
        qsort(out, kept, sizeof *out, compare_contribution);
    return all;
}

/* ---- respondents against the others ---- */
struct moments {
    struct sum n, x, xx;
};

static void moment_add(struct moments *m, double w, double x)
{
    sum_add(&m->n, w);
    sum_add(&m->x, w * x);
    sum_add(&m->xx, w * x * x);
}

static double mean_of(const struct moments *m)
{
    double n = sum_value(&m->n);
    return n > 0.0 ? sum_value(&m->x) / n : 0.0;
}

static double variance_of(const struct moments *m)
{
    double mean = mean_of(m), n = sum_value(&m->n);
    return n > 0.0 ? fmax(0.0, sum_value(&m->xx) / n - mean * mean) : 0.0;
}

struct compare {
    struct moments in, out, weighted, all;
};

static void compare_add(const struct estimate *x, struct compare *c, size_t unit, double v)
{
    moment_add(responds(x, unit) ? &c->in : &c->out, 1.0, v);
    moment_add(&c->weighted, x->weight[unit], v);
    moment_add(&c->all, 1.0, v);
}

static struct bias_row compared(const char *what, const char *category, const struct compare *c)
{
    struct bias_row r = {.what = what,
                         .category = category,
                         .respondents = mean_of(&c->in),
                         .nonrespondents = mean_of(&c->out),
                         .weighted = mean_of(&c->weighted),
                         .population = mean_of(&c->all)};
    double spread = sqrt(0.5 * (variance_of(&c->in) + variance_of(&c->out)));
    r.standardised = spread > 0.0 ? (r.respondents - r.nonrespondents) / spread : 0.0;
    return r;
}

/* One row per area of a domain: the proportion of units there. */
static enum flow proportions(const struct estimate *x, const char *what, const struct domain *d, struct bias_row *rows,
                             size_t *count, struct err *e)
{
    double *one = calloc(d->areas * 4 + 4, sizeof *one), n[4] = {0};
    if (!one)
        return err_set(e, STATUS_SYSTEM, "out of memory for the bias table");
    for (size_t u = 0; u < x->population->units; u++) {
        const double add[4] = {responds(x, u), !responds(x, u), x->weight[u], 1.0};
        for (int k = 0; k < 4; k++) {
            one[(size_t)domain_area(d, u) * 4 + (size_t)k] += add[k];
            n[k] += add[k];
        }
    }
    for (size_t a = 0; a < d->areas; a++) {
        double p[4];
        for (int k = 0; k < 4; k++)
            p[k] = n[k] > 0.0 ? one[a * 4 + (size_t)k] / n[k] : 0.0;
        double spread = sqrt(0.5 * (p[0] * (1 - p[0]) + p[1] * (1 - p[1])));
        rows[(*count)++] =
            (struct bias_row){what, d->name[a], p[0], p[1], spread > 0.0 ? (p[0] - p[1]) / spread : 0.0, p[2], p[3]};
    }
    free(one);
    return FLOW_OK;
}

enum flow estimate_bias(const struct estimate *x, struct bias_row **rows, size_t *count, struct err *e)
{
    const struct domain *d = x->work->domain;
    struct compare size = {0}, logs = {0};
    *count = 0;
    *rows = calloc(2 + d[DOMAIN_SIZE].areas + d[DOMAIN_REGION].areas + d[DOMAIN_CARRIER].areas, sizeof **rows);
    if (!*rows)
        return err_set(e, STATUS_SYSTEM, "out of memory for the bias table");
    for (size_t u = 0; u < x->population->units; u++) {
        compare_add(x, &size, u, x->population->size[u]);
        if (x->population->size[u] > 0.0)
            compare_add(x, &logs, u, log(x->population->size[u]));
    }
    (*rows)[(*count)++] = compared("size_mean", "", &size);
    (*rows)[(*count)++] = compared("log_size_mean", "", &logs);
    enum flow f = proportions(x, "size", &d[DOMAIN_SIZE], *rows, count, e);
    f = f == FLOW_OK ? proportions(x, "region", &d[DOMAIN_REGION], *rows, count, e) : f;
    f = f == FLOW_OK ? proportions(x, "carrier", &d[DOMAIN_CARRIER], *rows, count, e) : f;
    if (f != FLOW_OK) {
        free(*rows);
        *rows = NULL;
    }
    return f;
}

/* ---- other suppositions ---- */
static enum flow total_item(const struct estimate *x, const char *variable, const char *category, uint32_t *item,
                            struct err *e)
{
    *item = population_find_item(x->population, variable, category ? category : "");
    if (*item == POPULATION_NONE || !x->estimable)
        return err_set(e, STATUS_DATA, "%s %s: %s", variable, category ? category : "",
                       x->estimable ? "the edition asks no such total" : "not yet estimable");
    return FLOW_OK;
}

enum flow estimate_sensitivity(const struct estimate *x, const char *variable, const char *category,
                               struct sensitivity_row out[SENSITIVITY_ROWS], struct err *e)
{
    static const struct {
        const char *name;
        double factor;
    } shifts[] = {{"-20%", 0.8}, {"-10%", 0.9}, {"+10%", 1.1}, {"+20%", 1.2}};
    struct estimate_work *w = x->work;
    uint32_t item;
    enum flow f = total_item(x, variable, category, &item, e);
    if (f != FLOW_OK)
        return f;
    size_t units = x->population->units;
    double *value = calloc(units + 1, sizeof *value);
    uint8_t *has = calloc(units + 1, 1);
    if (!value || !has) {
        f = err_set(e, STATUS_SYSTEM, "out of memory for the sensitivity");
        goto out;
    }
    f = expected_of_units((struct estimate *)(uintptr_t)x, item, value, has, e);
    if (f != FLOW_OK)
        goto out;
    struct sum held = {0}, whole = {0}, groups = {0}, previous = {0};
    double *y = w->buffer[0];
    column_get(x, item, y, w->flag[0]);
    for (size_t i = 0; i < w->n; i++) {
        sum_add(&held, y[i]);
        sum_add(&whole, w->w[i] * y[i]);
        sum_add(&groups, w->d[i] * y[i]);
    }
    for (size_t u = 0; u < units; u++)
        if (!responds(x, u) && has[u])
            sum_add(&previous, value[u]);
    for (int k = 0; k < 4; k++)
        out[k] = (struct sensitivity_row){shifts[k].name, 1,
                                          sum_value(&held) + shifts[k].factor * (sum_value(&whole) - sum_value(&held))};
    out[4] = (struct sensitivity_row){"previous", x->population->item[item].keeps_previous,
                                      sum_value(&held) + sum_value(&previous)};
    out[5] = (struct sensitivity_row){"groups", 1, sum_value(&groups)};
out:
    free(value);
    free(has);
    return f;
}

/* ---- whom to phone ---- */
static int compare_followup(const void *a, const void *b)
{
    const struct followup_row *x = a, *y = b;
    if (x->gain != y->gain)
        return x->gain > y->gain ? -1 : 1;
    if (x->expected != y->expected)
        return x->expected > y->expected ? -1 : 1;
    return x->unit < y->unit ? -1 : 1;
}

/* By how much one more answer lowers the variance of each group, and the half-width's ingredients. */
struct gains {
    double *lower, *squares; /* [groups] mean reduction; sum of the squared expectations of those who may answer */
    double *candidates;
    double variance, t;
};

static enum flow gains_make(struct estimate *x, uint32_t item, struct gains *g, struct err *e)
{
    struct estimate_work *w = x->work;
    struct variance_answer a;
    double *y = w->buffer[2];
    column_get(x, item, y, w->flag[0]);
    enum flow f = variance_mask(&w->variance, w->flag[0], e);
    f = f == FLOW_OK ? variance_item(&w->variance, y, NULL, 0, &a, e) : f;
    if (f != FLOW_OK)
        return f;
    g->variance = a.variance;
    g->t = a.df > 0 ? student_quantile(0.5 + 0.5 * x->method->confidence, a.df) : 0.0;
    const struct variance *v = &w->variance;
    for (size_t h = 0; h < x->groups; h++) {
        double units = w->group_units[h], m = 0.0;
        struct sum mean = {0}, square = {0};
        for (size_t i = w->start[h]; i < w->start[h + 1]; i++)
            if (w->flag[0][i]) {
                m += 1.0;
                sum_add(&mean, v->e[i]);
            }
        for (size_t i = w->start[h]; i < w->start[h + 1]; i++)
            if (w->flag[0][i]) {
                double z = v->e[i] - sum_value(&mean) / m;
                sum_add(&square, z * z);
            }
        double s2 = m > 1.0 ? sum_value(&square) / (m - 1.0) : 0.0;
        g->lower[h] = m > 0.0 && m < units ? units * units * s2 * (1.0 / m - 1.0 / (m + 1.0)) : 0.0;
    }
    return FLOW_OK;
}

static int may_answer(const struct estimate *x, uint32_t item, size_t unit)
{
    return !responds(x, unit) || !cell_known(cells_status(&x->population->item[item].answer, unit));
}

static void followup_fill(const struct estimate *x, uint32_t item, const struct gains *g, const double *value,
                          const uint8_t *has, double total, struct followup_row *rows, size_t *count)
{
    for (size_t u = 0; u < x->population->units; u++) {
        if (!may_answer(x, item, u) || !has[u])
            continue;
        uint32_t h = x->group[u];
        struct followup_row r = {.unit = (uint32_t)u,
                                 .silent = !responds(x, u),
                                 .expected = value[u],
                                 .share = total > 0.0 ? value[u] / total : 0.0};
        double mean = g->candidates[h] > 0.0 ? g->squares[h] / g->candidates[h] : 0.0;
        double lower = mean > 0.0 ? g->lower[h] * value[u] * value[u] / mean : g->lower[h];
        r.gain = g->t * (sqrt(g->variance) - sqrt(fmax(0.0, g->variance - lower)));
        rows[(*count)++] = r;
    }
}

enum flow estimate_followup(const struct estimate *x, const char *variable, const char *category,
                            struct followup_row **rows, size_t *count, struct err *e)
{
    uint32_t item;
    enum flow f = total_item(x, variable, category, &item, e);
    *rows = NULL;
    *count = 0;
    if (f != FLOW_OK)
        return f;
    size_t units = x->population->units;
    struct gains g = {.lower = calloc(x->groups + 1, sizeof(double)),
                      .squares = calloc(x->groups + 1, sizeof(double)),
                      .candidates = calloc(x->groups + 1, sizeof(double))};
    double *value = calloc(units + 1, sizeof *value);
    uint8_t *has = calloc(units + 1, 1);
    *rows = calloc(units + 1, sizeof **rows);
    if (!g.lower || !g.squares || !g.candidates || !value || !has || !*rows) {
        f = err_set(e, STATUS_SYSTEM, "out of memory for the follow-up");
        goto out;
    }
    f = expected_of_units((struct estimate *)(uintptr_t)x, item, value, has, e);
    f = f == FLOW_OK ? gains_make((struct estimate *)(uintptr_t)x, item, &g, e) : f;
    if (f != FLOW_OK)
        goto out;
    struct sum total = {0};
    for (size_t i = 0; i < x->work->n; i++)
        sum_add(&total, x->work->w[i] * x->work->buffer[2][i]);
    for (size_t u = 0; u < units; u++)
        if (may_answer(x, item, u) && has[u]) {
            g.squares[x->group[u]] += value[u] * value[u];
            g.candidates[x->group[u]] += 1.0;
        }
    followup_fill(x, item, &g, value, has, sum_value(&total), *rows, count);
    if (*count)
        qsort(*rows, *count, sizeof **rows, compare_followup);
out:
    free(g.lower);
    free(g.squares);
    free(g.candidates);
    free(value);
    free(has);
    if (f != FLOW_OK) {
        free(*rows);
        *rows = NULL;
    }
    return f;
}
