/* SPDX-License-Identifier: Apache-2.0 */
/* A figure is a ratio of two weighted sums (a total has one unit for denominator). With w the later weights and the
 * units of the constant field: totals: C = Σ w y2 / Σ w y1 - 1, e = (y2 - (C + 1) y1) / Σ w y1; others: D = R2 - R1, e
 * = (a2 - R2 b2) / Σ w b2 - (a1 - R1 b1) / Σ w b1. Variance as for item response in the response groups: Σ_h N_h² (1 -
 * m_h / N_h) s²_h / m_h, m_h being the units of the field in the group. */
#include "load/constant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numerator and denominator of a figure for one unit. */
struct pair {
    double a, b;
};

/* Sum of a part over its categories; 0 when one of them is not known. */
static int part_value(const struct population *p, const struct figure_part *part, const char *weight, uint32_t unit,
                      double *sum)
{
    uint32_t v = population_find_variable(p, part->variable);
    *sum = 0.0;
    if (v == POPULATION_NONE) {
        return 0;
    }
    const struct variable *var = &p->variable[v];
    for (uint32_t k = 0; k < var->count; k++) {
        uint32_t item = var->first + k;
        int wanted = part->count == 0;
        for (size_t c = 0; c < part->count && !wanted; c++) {
            wanted = strcmp(part->category[c], p->item[item].category) == 0;
        }
        if (!wanted) {
            continue;
        }
        if (!cell_known(p->item[item].status[unit])) {
            return 0;
        }
        double n = 1.0;
        if (*weight != '\0') {
            uint32_t w = population_find_item(p, weight, p->item[item].category);
            if (w == POPULATION_NONE || !cell_known(p->item[w].status[unit])) {
                return 0;
            }
            n = p->item[w].value[unit];
        }
        *sum += n * p->item[item].value[unit];
    }
    return 1;
}

static int is_level(const struct figure *f)
{
    return f->kind == FIGURE_TOTAL || f->kind == FIGURE_RANK;
}

static int unit_pair(const struct population *p, const struct figure *f, uint32_t unit, struct pair *out)
{
    if (!unit_responds(p, unit)) {
        return 0;
    }
    if (is_level(f)) {
        out->b = 1.0;
        return part_value(p, &f->part, "", unit, &out->a);
    }
    if (f->kind == FIGURE_MEAN) {
        struct figure_part weights = f->part;
        weights.variable = f->weight;
        return part_value(p, &f->part, f->weight, unit, &out->a) && part_value(p, &weights, "", unit, &out->b);
    }
    return part_value(p, &f->part, "", unit, &out->a) && part_value(p, &f->denominator, "", unit, &out->b);
}

struct field {
    const struct estimate *x; /* the later one */
    uint32_t *unit;           /* its units in the field */
    struct pair *before, *after;
    size_t count;
};

static enum flow find_field(struct field *f, const struct estimate *before, const struct estimate *after,
                            const struct figure *one, const struct figure *two, struct err *e)
{
    size_t n = after->population->units + 1;
    f->x = after;
    f->unit = calloc(n, sizeof *f->unit);
    f->before = calloc(n, sizeof *f->before);
    f->after = calloc(n, sizeof *f->after);
    if (f->unit == NULL || f->before == NULL || f->after == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for the constant field");
    }
    for (uint32_t u = 0; u < after->population->units; u++) {
        uint32_t same = population_find_unit(before->population, after->population->id[u]);
        if (same != POPULATION_NONE && unit_pair(before->population, one, same, &f->before[f->count]) &&
            unit_pair(after->population, two, u, &f->after[f->count])) {
            f->unit[f->count++] = u;
        }
    }
    return FLOW_OK;
}

/* The linearised values of the change, one a unit of the field, into e[]; the change itself is returned; *ok 0 when a
 * sum is zero. */
static double linearise(const struct field *f, int level, double *e, int *ok)
{
    double a1 = 0.0, b1 = 0.0, a2 = 0.0, b2 = 0.0;
    for (size_t i = 0; i < f->count; i++) {
        double w = f->x->weight[f->unit[i]];
        a1 += w * f->before[i].a;
        b1 += w * f->before[i].b;
        a2 += w * f->after[i].a;
        b2 += w * f->after[i].b;
    }
    *ok = level ? a1 > 0.0 : b1 > 0.0 && b2 > 0.0;
    if (!*ok) {
        return 0.0;
    }
    for (size_t i = 0; i < f->count; i++) {
        e[i] = level
                   ? (f->after[i].a - a2 / a1 * f->before[i].a) / a1
                   : (f->after[i].a - a2 / b2 * f->after[i].b) / b2 - (f->before[i].a - a1 / b1 * f->before[i].b) / b1;
    }
    return level ? a2 / a1 - 1.0 : a2 / b2 - a1 / b1;
}

/* Stratified by response group; a group with one unit of the field, and more in the population, has no variance: then
 * there is none. */
static int variance(const struct field *f, const double *e, double *v)
{
    size_t groups = f->x->groups;
    double *sum = calloc(groups + 1, sizeof *sum), *square = calloc(groups + 1, sizeof *square);
    uint32_t *n = calloc(groups + 1, sizeof *n);
    int ok = sum != NULL && square != NULL && n != NULL;
    for (size_t i = 0; ok && i < f->count; i++) {
        uint32_t g = f->x->group[f->unit[i]];
        sum[g] += e[i];
        n[g]++;
    }
    for (size_t i = 0; ok && i < f->count; i++) {
        uint32_t g = f->x->group[f->unit[i]];
        double d = e[i] - sum[g] / n[g];
        square[g] += d * d;
    }
    *v = 0.0;
    for (size_t g = 0; ok && g < groups; g++) {
        double big = f->x->response_group[g].units;
        if (n[g] == 0 || (double)n[g] >= big) {
            continue;
        }
        if (n[g] < 2) {
            ok = 0;
            break;
        }
        *v += big * big * (1.0 - n[g] / big) * square[g] / (n[g] - 1) / n[g];
    }
    free(sum);
    free(square);
    free(n);
    return ok;
}

static int has_change(const struct figure *f)
{
    return is_level(f) || f->kind == FIGURE_SHARE || f->kind == FIGURE_MEAN || f->kind == FIGURE_RATIO;
}

enum flow constant_change(const struct estimate *before, const struct estimate *after, const char *figure,
                          struct constant_change *out, struct err *e)
{
    const struct figure *one = figures_find(before->figures, figure), *two = figures_find(after->figures, figure);
    *out = (struct constant_change){0};
    if (one == NULL || two == NULL || one->kind != two->kind || !has_change(two) || !after->estimable) {
        return FLOW_OK;
    }
    struct field f = {0};
    enum flow flow = find_field(&f, before, after, one, two, e);
    double *residual = flow == FLOW_OK ? calloc(f.count + 1, sizeof *residual) : NULL;
    if (flow == FLOW_OK && residual == NULL) {
        flow = err_set(e, STATUS_SYSTEM, "no memory for the constant field");
    }
    if (flow == FLOW_OK && f.count > 0) {
        double v = 0.0;
        out->units = (uint32_t)f.count;
        out->change = linearise(&f, is_level(two), residual, &out->has_value);
        out->has_se = out->has_value && variance(&f, residual, &v);
        out->se = out->has_se ? sqrt(v) : 0.0;
    }
    free(residual);
    free(f.unit);
    free(f.before);
    free(f.after);
    return flow;
}
