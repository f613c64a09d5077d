/* SPDX-License-Identifier: Apache-2.0 */
/* Residuals are taken on the weights before calibration (d, or d - 1 in the silent-part form) and multiplied by g =
 * w/d; a domain keeps the whole group, its value being zero outside. Squares are taken about the mean of the group in a
 * second pass. */
#include "load/estimate/variance.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum flow variance_init(struct variance *v, const struct design *d, struct err *e)
{
    memset(v, 0, sizeof *v);
    v->design = *d;
    v->columns = terms_columns(d->term, d->terms);
    size_t k = v->columns + 1;
    v->pool_start = calloc(d->groups + 2, sizeof *v->pool_start);
    v->pool_units = calloc(d->groups + 1, sizeof *v->pool_units);
    v->pool_known = calloc(d->groups + 1, sizeof *v->pool_known);
    v->matrix = calloc(k * k, sizeof *v->matrix);
    v->vector = calloc(k, sizeof *v->vector);
    v->beta = calloc(k, sizeof *v->beta);
    v->e = calloc(d->n + 1, sizeof *v->e);
    if (!v->pool_start || !v->pool_units || !v->pool_known || !v->matrix || !v->vector || !v->beta || !v->e)
        return err_set(e, STATUS_SYSTEM, "out of memory for the variance over %zu respondents", d->n);
    return FLOW_OK;
}

void variance_fini(struct variance *v)
{
    free(v->pool_start);
    free(v->pool_units);
    free(v->pool_known);
    free(v->matrix);
    free(v->vector);
    free(v->beta);
    free(v->e);
    linalg_fini(&v->factor);
    memset(v, 0, sizeof *v);
}

static int known_at(const uint8_t *known, size_t i)
{
    return !known || known[i];
}

static double known_count(const uint8_t *known, size_t from, size_t to)
{
    size_t m = 0;
    for (size_t i = from; i < to; i++)
        m += (size_t)(known_at(known, i) != 0);
    return (double)m;
}

/* Pools from the smallest group up: too few known values join the next group, the last one the group before. */
static void pool(struct variance *v)
{
    const struct design *d = &v->design;
    size_t pools = 0;
    double units = 0.0, m = 0.0;
    uint32_t from = 0;
    v->pooled = 0;
    for (size_t h = 0; h < d->groups; h++) {
        units += d->units[h];
        m += known_count(v->known, d->start[h], d->start[h + 1]);
        int poor = m < 2.0 && m < units;
        if (poor && h + 1 < d->groups) {
            v->pooled++;
            continue;
        }
        if (poor && pools > 0) {
            v->pooled++;
            pools--;
            units += v->pool_units[pools];
            m += v->pool_known[pools];
            from = v->pool_start[pools];
        }
        v->pool_start[pools] = from;
        v->pool_units[pools] = units;
        v->pool_known[pools++] = m;
        from = d->start[h + 1];
        units = m = 0.0;
    }
    v->pools = pools;
    v->pool_start[pools] = (uint32_t)d->n;
}

static size_t column_at(const struct design *d, size_t t, size_t i, size_t offset)
{
    return offset + term_column(&d->term[t], i);
}

static enum flow fit(struct variance *v, struct err *e)
{
    const struct design *d = &v->design;
    size_t k = v->columns;
    memset(v->matrix, 0, k * k * sizeof *v->matrix);
    for (size_t i = 0; i < d->n; i++) {
        if (!known_at(v->known, i) || d->fit[i] == 0.0)
            continue;
        for (size_t t = 0, o = 0; t < d->terms; o += d->term[t].levels, t++) {
            size_t a = column_at(d, t, i, o);
            double x = d->fit[i] * term_value(&d->term[t], i);
            for (size_t s = 0, q = 0; s <= t; q += d->term[s].levels, s++)
                v->matrix[a * k + column_at(d, s, i, q)] += x * term_value(&d->term[s], i);
        }
    }
    return linalg_factor(&v->factor, v->matrix, k, e);
}

enum flow variance_mask(struct variance *v, const uint8_t *known, struct err *e)
{
    v->known = known;
    pool(v);
    return v->columns ? fit(v, e) : FLOW_OK;
}

static void project(struct variance *v, const double *u, const uint32_t *inside, size_t count)
{
    const struct design *d = &v->design;
    memset(v->vector, 0, v->columns * sizeof *v->vector);
    for (size_t j = 0; j < (inside ? count : d->n); j++) {
        size_t i = inside ? inside[j] : j;
        if (!known_at(v->known, i))
            continue;
        double f = d->fit[i] * u[i];
        for (size_t t = 0, o = 0; t < d->terms; o += d->term[t].levels, t++)
            v->vector[column_at(d, t, i, o)] += f * term_value(&d->term[t], i);
    }
}

/* e = g (u - x'B). */
static enum flow residuals(struct variance *v, const double *u, const uint32_t *inside, size_t count, struct err *e)
{
    const struct design *d = &v->design;
    if (!v->columns) {
        for (size_t i = 0; i < d->n; i++)
            v->e[i] = u[i] * (d->w[i] / d->d[i]);
        return FLOW_OK;
    }
    project(v, u, inside, count);
    enum flow f = linalg_solve(&v->factor, v->vector, v->beta, e);
    if (f != FLOW_OK)
        return f;
    for (size_t i = 0; i < d->n; i++) {
        double fitted = 0.0;
        for (size_t t = 0, o = 0; t < d->terms; o += d->term[t].levels, t++)
            fitted += term_value(&d->term[t], i) * v->beta[column_at(d, t, i, o)];
        v->e[i] = (u[i] - fitted) * (d->w[i] / d->d[i]);
    }
    return FLOW_OK;
}

/* Sample variance of e over the known units of a pool. */
static double spread(const struct variance *v, size_t p, const double *e)
{
    double m = v->pool_known[p];
    struct sum mean = {0}, square = {0};
    if (m < 2.0)
        return 0.0;
    for (size_t i = v->pool_start[p]; i < v->pool_start[p + 1]; i++)
        if (known_at(v->known, i))
            sum_add(&mean, e[i]);
    double centre = sum_value(&mean) / m;
    for (size_t i = v->pool_start[p]; i < v->pool_start[p + 1]; i++)
        if (known_at(v->known, i))
            sum_add(&square, (e[i] - centre) * (e[i] - centre));
    return sum_value(&square) / (m - 1.0);
}

/* Does the domain have a known respondent in the pool? Positions of a domain increase. */
static int touches(const struct variance *v, size_t p, const uint32_t *inside, size_t count)
{
    if (!inside)
        return 1;
    for (size_t j = 0; j < count; j++)
        if (inside[j] >= v->pool_start[p] && inside[j] < v->pool_start[p + 1] && known_at(v->known, inside[j]))
            return 1;
    return 0;
}

static void answer_df(const struct variance *v, const uint32_t *inside, size_t count, struct variance_answer *a)
{
    a->df = 0;
    a->exhaustive = 1;
    for (size_t p = 0; p < v->pools; p++) {
        if (v->pool_known[p] >= v->pool_units[p])
            continue;
        a->exhaustive = 0;
        if (v->pool_known[p] > 1.0 && touches(v, p, inside, count))
            a->df += (int)v->pool_known[p] - 1;
    }
}

enum flow variance_item(struct variance *v, const double *u, const uint32_t *inside, size_t count,
                        struct variance_answer *a, struct err *e)
{
    struct sum total = {0};
    enum flow f = residuals(v, u, inside, count, e);
    if (f != FLOW_OK)
        return f;
    answer_df(v, inside, count, a);
    for (size_t p = 0; p < v->pools; p++) {
        double units = v->pool_units[p], m = v->pool_known[p];
        if (m < units && m > 1.0)
            sum_add(&total, units * units * (1.0 - m / units) * spread(v, p, v->e) / m);
    }
    a->variance = sum_value(&total);
    return FLOW_OK;
}

/* Ratio of the parts to their base over the units of a pool where both are known. */
static double part_ratio(const struct variance *v, const struct prorated *r, size_t p)
{
    struct sum c = {0}, y = {0};
    for (size_t i = v->pool_start[p]; i < v->pool_start[p + 1]; i++)
        if (known_at(v->known, i)) {
            sum_add(&c, r->c[i]);
            sum_add(&y, r->y[i]);
        }
    return sum_value(&y) != 0.0 ? sum_value(&c) / sum_value(&y) : 0.0;
}

enum flow variance_prorated(struct variance *v, const double *u, const struct prorated *r, const uint32_t *inside,
                            size_t count, struct variance_answer *a, struct err *e)
{
    struct sum total = {0};
    enum flow f = residuals(v, u, inside, count, e);
    if (f != FLOW_OK)
        return f;
    answer_df(v, inside, count, a);
    for (size_t p = 0; p < v->pools; p++) {
        double units = v->pool_units[p], m = v->pool_known[p];
        double base = known_count(r->base_known, v->pool_start[p], v->pool_start[p + 1]);
        if (m > 1.0 && base < units)
            sum_add(&total, units * units * (1.0 - base / units) * spread(v, p, v->e) / base);
    }
    memset(v->e, 0, v->design.n * sizeof *v->e);
    for (size_t p = 0; p < v->pools; p++) {
        double ratio = part_ratio(v, r, p);
        for (size_t i = v->pool_start[p]; !inside && i < v->pool_start[p + 1]; i++)
            v->e[i] = r->scale * (r->c[i] - ratio * r->y[i]);
        for (size_t j = 0; inside && j < count; j++)
            if (inside[j] >= v->pool_start[p] && inside[j] < v->pool_start[p + 1])
                v->e[inside[j]] = r->scale * (r->c[inside[j]] - ratio * r->y[inside[j]]);
        double units = v->pool_units[p], m = v->pool_known[p];
        double base = known_count(r->base_known, v->pool_start[p], v->pool_start[p + 1]);
        if (m > 1.0 && m < base)
            sum_add(&total, units * units * (1.0 - m / base) * spread(v, p, v->e) / m);
    }
    a->variance = sum_value(&total);
    return FLOW_OK;
}

/* Residuals of one group about its ratio, zero outside the domain; returns the number of known values. */
static double group_residuals(const uint8_t *known, const double *c, const double *on, size_t from, size_t to,
                              double *r)
{
    struct sum top = {0}, below = {0};
    double m = 0.0;
    for (size_t i = from; i < to; i++)
        if (known[i]) {
            m += 1.0;
            sum_add(&top, c[i]);
            sum_add(&below, on[i]);
        }
    double ratio = sum_value(&below) != 0.0 ? sum_value(&top) / sum_value(&below) : 0.0;
    for (size_t i = from; i < to; i++)
        r[i] *= c[i] - ratio * on[i];
    return m;
}

double variance_imputation(const struct design *d, const uint8_t *known, const double *c, const double *on,
                           double scale, const uint32_t *inside, size_t count, double *space)
{
    struct sum total = {0};
    for (size_t i = 0; i < d->n; i++)
        space[i] = inside ? 0.0 : scale;
    for (size_t j = 0; inside && j < count; j++)
        space[inside[j]] = scale;
    for (size_t h = 0; h < d->groups; h++) {
        double n = (double)(d->start[h + 1] - d->start[h]),
               m = group_residuals(known, c, on, d->start[h], d->start[h + 1], space);
        if (m < 2.0 || m >= n)
            continue;
        struct sum mean = {0}, square = {0};
        for (size_t i = d->start[h]; i < d->start[h + 1]; i++)
            sum_add(&mean, known[i] ? space[i] : 0.0);
        double centre = sum_value(&mean) / m;
        for (size_t i = d->start[h]; i < d->start[h + 1]; i++)
            sum_add(&square, known[i] ? (space[i] - centre) * (space[i] - centre) : 0.0);
        sum_add(&total, d->units[h] * d->units[h] * (1.0 - m / n) * sum_value(&square) / (m - 1.0) / m);
    }
    return sum_value(&total);
}
