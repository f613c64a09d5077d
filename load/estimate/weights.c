/* SPDX-License-Identifier: Apache-2.0 */
/* Weights: d = N/n of the response group, calibrated on the number of units by region and on size. In the default
 * form only the part that stands for the silent is moved: w = 1 + (d - 1) F, against what the silent are known to hold,
 * so that nobody counts for less than one and no estimate falls below the count. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Differences of weights are looked at: they ask for more digits than the weights. */
static const double REWEIGHTING_GAP = 1e-12;

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory for weights");
}

/* Positions: respondents by group, then unit. */
static enum flow positions_make(struct estimate *x, struct err *e)
{
    struct estimate_work *w = x->work;
    size_t units = x->population->units;
    w->start = calloc(x->groups + 2, sizeof *w->start);
    w->group_units = calloc(x->groups + 1, sizeof *w->group_units);
    w->unit = calloc(units + 1, sizeof *w->unit);
    if (!w->start || !w->group_units || !w->unit)
        return no_memory(e);
    for (size_t i = 0; i < units; i++) {
        w->group_units[x->group[i]] += 1.0;
        w->start[x->group[i] + 1] += (uint32_t)responds(x, i);
    }
    for (size_t h = 0; h < x->groups; h++)
        w->start[h + 1] += w->start[h];
    w->n = w->start[x->groups];
    uint32_t *at = calloc(x->groups + 1, sizeof *at);
    if (!at)
        return no_memory(e);
    memcpy(at, w->start, x->groups * sizeof *at);
    for (size_t i = 0; i < units; i++)
        if (responds(x, i))
            w->unit[at[x->group[i]]++] = (uint32_t)i;
    free(at);
    return FLOW_OK;
}

static enum flow columns_make(struct estimate *x, struct err *e)
{
    struct estimate_work *w = x->work;
    size_t n = w->n + 1;
    w->d = calloc(n, sizeof *w->d);
    w->w = calloc(n, sizeof *w->w);
    w->fit = calloc(n, sizeof *w->fit);
    w->region = calloc(n, sizeof *w->region);
    w->size = calloc(n, sizeof *w->size);
    w->excluded = calloc(n, 1);
    if (!w->d || !w->w || !w->fit || !w->region || !w->size || !w->excluded)
        return no_memory(e);
    for (size_t i = 0; i < w->n; i++) {
        uint32_t u = w->unit[i];
        w->d[i] = w->w[i] = x->response_group[x->group[u]].weight;
        w->region[i] = x->region[u];
        w->size[i] = x->population->size[u];
    }
    w->terms = 0;
    if (x->method->by_region)
        w->term[w->terms++] = (struct term){.level = w->region, .levels = (uint32_t)x->regions};
    if (x->method->by_size)
        w->term[w->terms++] = (struct term){.levels = 1, .x = w->size};
    return FLOW_OK;
}

/* Totals of the margins over the units that count: all of them, or the silent alone. */
static void margins(const struct estimate *x, int silent_only, double *total)
{
    const struct population *p = x->population;
    size_t k = 0;
    if (x->method->by_region) {
        memset(total, 0, x->regions * sizeof *total);
        for (size_t i = 0; i < p->units; i++)
            total[x->region[i]] += silent_only && responds(x, i) ? 0.0 : 1.0;
        k = x->regions;
    }
    if (x->method->by_size) {
        struct sum s = {0};
        for (size_t i = 0; i < p->units; i++)
            if (!silent_only || !responds(x, i))
                sum_add(&s, p->size[i]);
        total[k] = sum_value(&s);
    }
}

static enum flow names(struct estimate *x, const char **name, struct err *e)
{
    size_t k = 0;
    for (; x->method->by_region && k < x->regions; k++) {
        char text[80];
        (void)snprintf(text, sizeof text, "units of region %s", x->region_name[k]);
        if (!(name[k] = arena_strdup(&x->work->arena, text)))
            return no_memory(e);
    }
    if (x->method->by_size)
        name[k] = "total size";
    return FLOW_OK;
}

/* Input weights of the calibration: d, d N/S d, or d - 1. */
static void start_weights(const struct estimate *x, const double *d, double *start)
{
    const struct estimate_work *w = x->work;
    struct sum all = {0};
    for (size_t i = 0; i < w->n; i++)
        sum_add(&all, d[i]);
    double scale =
        x->method->scale && x->method->form == FORM_STANDARD ? (double)x->population->units / sum_value(&all) : 1.0;
    for (size_t i = 0; i < w->n; i++)
        start[i] = x->method->form == FORM_SILENT ? d[i] - 1.0 : d[i] * scale;
}

static double calibrated_weight(const struct estimate *x, double start, double factor)
{
    return x->method->form == FORM_SILENT ? 1.0 + start * factor : start * factor;
}

static struct calibration calibration_of(const struct estimate *x, const double *start, const double *total)
{
    const struct estimate_work *w = x->work;
    return (struct calibration){.n = w->n,
                                .d = start,
                                .term = w->term,
                                .terms = w->terms,
                                .total = total,
                                .distance = x->method->distance,
                                .lower = x->method->lower,
                                .upper = x->method->upper};
}

static enum flow log_calibration(struct estimate *x, const struct calibration_report *r, struct err *e)
{
    static const char *const distance[] = {"raking", "linear", "logit"};
    char fr[256], en[256], gap[40];
    (void)double_print_digits(r->gap, 2, gap);
    (void)snprintf(fr, sizeof fr, "calage (%s, %s) sur %zu marges, rang %d, %d pas, plus grand écart relatif %s",
                   distance[x->method->distance], x->method->form == FORM_SILENT ? "part muette" : "forme usuelle",
                   r->columns, r->rank, r->steps, gap);
    (void)snprintf(en, sizeof en, "calibration (%s, %s) on %zu margins, rank %d, %d steps, largest relative gap %s",
                   distance[x->method->distance], x->method->form == FORM_SILENT ? "silent part" : "standard form",
                   r->columns, r->rank, r->steps, gap);
    return step_add(x, "calibration", fr, en, e);
}

/* Fully answered in the groups: nothing is left to stand for. */
static int nobody_silent(const struct estimate *x)
{
    return x->work->n == x->population->units;
}

static enum flow calibrate_weights(struct estimate *x, struct err *e)
{
    struct estimate_work *w = x->work;
    size_t k = terms_columns(w->term, w->terms) + 1;
    double *total = calloc(k, sizeof *total), *start = calloc(w->n + 1, sizeof *start),
           *factor = calloc(w->n + 1, sizeof *factor);
    const char **name = calloc(k, sizeof *name);
    struct calibration_report report;
    enum flow f = FLOW_FATAL;
    if (!total || !start || !factor || !name) {
        f = no_memory(e);
        goto out;
    }
    margins(x, x->method->form == FORM_SILENT, total);
    f = names(x, name, e);
    if (f != FLOW_OK)
        goto out;
    start_weights(x, w->d, start);
    struct calibration c = calibration_of(x, start, total);
    c.name = name;
    f = calibrate(&c, factor, &report, e);
    if (f != FLOW_OK)
        goto out;
    for (size_t i = 0; i < w->n; i++) {
        w->fit[i] = start[i];
        w->w[i] = weight_round(calibrated_weight(x, start[i], factor[i]));
    }
    x->calibrated = 1;
    f = log_calibration(x, &report, e);
out:
    free(total);
    free(start);
    free(factor);
    free(name);
    return f;
}

/* The groups alone: no regression either. */
static void keep_groups(struct estimate *x)
{
    struct estimate_work *w = x->work;
    w->terms = 0;
    for (size_t i = 0; i < w->n; i++) {
        w->w[i] = weight_round(w->d[i]);
        w->fit[i] = w->d[i];
    }
}

static void given_weights(struct estimate *x, const double *weight)
{
    struct estimate_work *w = x->work;
    for (size_t i = 0; i < w->n; i++) {
        w->w[i] = weight[w->unit[i]];
        w->fit[i] = x->method->form == FORM_SILENT ? w->d[i] - 1.0 : w->d[i];
    }
    x->calibrated = x->method->form != FORM_NONE && w->terms > 0;
    if (!x->calibrated)
        w->terms = 0;
}

static void spread_of_weights(struct estimate *x)
{
    const struct estimate_work *w = x->work;
    struct sum one = {0}, two = {0};
    x->largest_count = 0;
    for (size_t i = 0; i < w->n; i++) {
        sum_add(&one, w->w[i]);
        sum_add(&two, w->w[i] * w->w[i]);
        x->weight[w->unit[i]] = w->w[i];
    }
    double s = sum_value(&one);
    x->kish = s > 0.0 ? (double)w->n * sum_value(&two) / (s * s) : 0.0;
    for (size_t u = 0; u < x->population->units; u++) {
        size_t at = x->largest_count;
        while (at > 0 && x->weight[u] > x->weight[x->largest[at - 1]])
            at--;
        if (x->weight[u] <= 0.0 || at >= 5)
            continue;
        size_t last = x->largest_count < 5 ? x->largest_count : 4;
        memmove(&x->largest[at + 1], &x->largest[at], (last - at) * sizeof x->largest[0]);
        x->largest[at] = (uint32_t)u;
        x->largest_count = last + 1;
    }
}

static enum flow make(struct estimate *x, struct err *e)
{
    const struct run_options *o = &x->work->options;
    if (o->weight) {
        given_weights(x, o->weight);
        return FLOW_OK;
    }
    if (x->method->form == FORM_NONE || x->work->terms == 0 || nobody_silent(x)) {
        keep_groups(x);
        return FLOW_OK;
    }
    struct err why = {0};
    enum flow f = calibrate_weights(x, &why);
    if (f == FLOW_OK)
        return f;
    if (why.status != STATUS_DATA) {
        if (e)
            *e = why;
        return f;
    }
    if (!x->method->groups_alone_allowed)
        return err_set(e, STATUS_DATA,
                       "%s: in edition.json, regions_merge says which region joins which, auxiliaries which margins "
                       "there are, and groups_alone of method allows figures without interval",
                       why.text);
    x->groups_alone = 1;
    keep_groups(x);
    return step_add(x, "groups-alone", why.text, why.text, e);
}

enum flow weights_make(struct estimate *x, struct err *e)
{
    enum flow f = positions_make(x, e);
    if (f == FLOW_OK)
        f = columns_make(x, e);
    if (f == FLOW_OK && x->estimable)
        f = make(x, e);
    if (f != FLOW_OK)
        return f;
    if (!x->estimable)
        return FLOW_OK;
    spread_of_weights(x);
    struct design d = {.n = x->work->n,
                       .groups = x->groups,
                       .start = x->work->start,
                       .units = x->work->group_units,
                       .d = x->work->d,
                       .w = x->work->w,
                       .fit = x->work->fit,
                       .term = x->work->term,
                       .terms = x->work->terms};
    return variance_init(&x->work->variance, &d, e);
}

/* ---- had one more been silent ---- */
static enum flow reweighting_memory(const struct estimate *x, struct reweighting *r, struct err *e)
{
    size_t n = x->work->n + 1;
    r->d = calloc(n, sizeof *r->d);
    r->start = calloc(n, sizeof *r->start);
    r->factor = calloc(n, sizeof *r->factor);
    r->argument = calloc(n, sizeof *r->argument);
    r->margin = calloc(terms_columns(x->work->term, x->work->terms) + 1, sizeof *r->margin);
    r->total = calloc(terms_columns(x->work->term, x->work->terms) + 1, sizeof *r->total);
    return r->d && r->start && r->factor && r->argument && r->margin && r->total ? FLOW_OK : no_memory(e);
}

enum flow reweighting_init(const struct estimate *x, struct reweighting *r, struct err *e)
{
    struct calibration_report report;
    *r = (struct reweighting){0};
    enum flow f = reweighting_memory(x, r, e);
    if (f != FLOW_OK || !x->calibrated)
        return f;
    margins(x, x->method->form == FORM_SILENT, r->margin);
    start_weights(x, x->work->d, r->start);
    struct calibration c = calibration_of(x, r->start, r->margin);
    c.argument = r->argument;
    return calibrate(&c, r->factor, &report, e);
}

void reweighting_fini(struct reweighting *r)
{
    free(r->d);
    free(r->start);
    free(r->factor);
    free(r->argument);
    free(r->margin);
    free(r->total);
}

/* The margins that the others have to meet: those of the silent with the unit among them, or those of all. */
static void reweighting_totals(const struct estimate *x, struct reweighting *r, size_t i)
{
    const struct estimate_work *w = x->work;
    size_t k = 0;
    for (size_t t = 0; t < w->terms; t++) {
        for (size_t j = 0; j < w->term[t].levels; j++, k++)
            r->total[k] =
                r->margin[k] +
                (x->method->form == FORM_SILENT && term_column(&w->term[t], i) == j ? term_value(&w->term[t], i) : 0.0);
    }
}

enum flow weights_without(const struct estimate *x, struct reweighting *r, size_t group, size_t i, double *weight,
                          struct err *e)
{
    const struct estimate_work *w = x->work;
    struct calibration_report report;
    struct err why = {0};
    memcpy(r->d, w->d, w->n * sizeof *r->d);
    for (size_t j = w->start[group]; j < w->start[group + 1]; j++)
        r->d[j] = w->group_units[group] / (double)(w->start[group + 1] - w->start[group] - 1);
    memcpy(weight, r->d, w->n * sizeof *weight);
    if (!x->calibrated)
        return FLOW_OK;
    start_weights(x, r->d, r->start);
    double own = r->start[i];
    r->start[i] = 0.0;
    reweighting_totals(x, r, i);
    struct calibration c = calibration_of(x, r->start, r->total);
    memcpy(weight, r->argument, w->n * sizeof *weight);
    c.argument = weight;
    c.limit = REWEIGHTING_GAP;
    enum flow f = calibrate(&c, r->factor, &report, &why);
    if (f != FLOW_OK && why.status != STATUS_SYSTEM)
        return FLOW_END;
    if (f != FLOW_OK) {
        if (e)
            *e = why;
        return f;
    }
    r->start[i] = own;
    r->factor[i] = calibration_factor(&c, weight[i]);
    for (size_t j = 0; j < w->n; j++)
        weight[j] = calibrated_weight(x, r->start[j], r->factor[j]);
    return FLOW_OK;
}
