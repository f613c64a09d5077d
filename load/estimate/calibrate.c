/* SPDX-License-Identifier: Apache-2.0 */
/* Newton from 0 with step halving on columns scaled so that every margin is 1. The system of a step is symmetric and
 * may be rank deficient (two factors both add to the population), hence the pivoted factor. After 50 steps a linear
 * program tells an impossible set of margins from a defect of ours. */
#include "load/estimate/calibrate.h"
#include "load/estimate/linalg.h"
#include "load/estimate/linprog.h"
#include "load/estimate/sums.h"
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 50, HALVINGS_MAX = 40 };
/* NEAR_END: of the squared norm of the gap. */
static const double GAP_MAX = 1e-9, TURN_MAX = 600.0, SHARE_OF_SLOPE = 1e-4, NEAR_END = 1e-8;

size_t terms_columns(const struct term *t, size_t terms)
{
    size_t k = 0;
    for (size_t j = 0; j < terms; j++)
        k += t[j].level ? t[j].levels : 1;
    return k;
}

double weight_round(double v)
{
    char text[40];
    double r;
    size_t n = double_print_digits(v, 12, text);
    return double_parse(text, n, &r) ? r : v;
}

struct state {
    const struct calibration *c;
    size_t k, n;
    size_t *offset;              /* first column of each term */
    double *scale;               /* [k] column and margin are multiplied by this */
    double *step, *gap, *matrix; /* gap [k]: scaled S d F x - total */
    double *u, *turn;            /* [n] argument of F, and what a whole step takes from it */
    uint8_t *out;                /* [n] units whose factor is 0: a margin of theirs is 0, or d is */
    uint8_t *column_out;         /* [k] margins met that way */
    struct linalg_factor factor;
};

static void state_fini(struct state *s)
{
    free(s->offset);
    free(s->scale);
    free(s->step);
    free(s->gap);
    free(s->matrix);
    free(s->u);
    free(s->turn);
    free(s->out);
    free(s->column_out);
    linalg_fini(&s->factor);
}

static enum flow state_init(struct state *s, const struct calibration *c, struct err *e)
{
    *s = (struct state){.c = c, .n = c->n, .k = terms_columns(c->term, c->terms)};
    size_t k = s->k + 1;
    if (s->k > LINALG_MAX)
        return err_set(e, STATUS_CONFIG, "calibration: %zu margins, at most %d", s->k, LINALG_MAX);
    s->offset = calloc(c->terms + 1, sizeof *s->offset);
    s->scale = calloc(k, sizeof *s->scale);
    s->step = calloc(k, sizeof *s->step);
    s->gap = calloc(k, sizeof *s->gap);
    s->matrix = calloc(k * k, sizeof *s->matrix);
    s->u = calloc(s->n + 1, sizeof *s->u);
    s->turn = calloc(s->n + 1, sizeof *s->turn);
    s->out = calloc(s->n + 1, 1);
    s->column_out = calloc(k, 1);
    if (!s->offset || !s->scale || !s->step || !s->gap || !s->matrix || !s->u || !s->turn || !s->out || !s->column_out)
        return err_set(e, STATUS_SYSTEM, "out of memory for the calibration of %zu units", s->n);
    for (size_t j = 0, o = 0; j < c->terms; j++) {
        s->offset[j] = o;
        o += c->term[j].level ? c->term[j].levels : 1;
    }
    return FLOW_OK;
}

static const char *margin_name(const struct state *s, size_t k, char *space, size_t size)
{
    if (s->c->name && s->c->name[k])
        return s->c->name[k];
    (void)snprintf(space, size, "%zu", k + 1);
    return space;
}

/* Two factors over the same quantity add up to the same total. */
static enum flow totals_agree(const struct state *s, struct err *e)
{
    const struct calibration *c = s->c;
    for (size_t a = 0; a < c->terms; a++)
        for (size_t b = a + 1; b < c->terms; b++) {
            const struct term *ta = &c->term[a], *tb = &c->term[b];
            if (ta->x != tb->x)
                continue;
            struct sum sa = {0}, sb = {0};
            for (size_t j = 0; j < (ta->level ? ta->levels : 1); j++)
                sum_add(&sa, c->total[s->offset[a] + j]);
            for (size_t j = 0; j < (tb->level ? tb->levels : 1); j++)
                sum_add(&sb, c->total[s->offset[b] + j]);
            double va = sum_value(&sa), vb = sum_value(&sb);
            char na[32], nb[32];
            if (fabs(va - vb) > 1e-9 * fmax(fabs(va), fabs(vb)))
                return err_set(
                    e, STATUS_DATA,
                    "calibration: the margins from '%s' on add to %.15g, those from '%s' on to %.15g: they must agree",
                    margin_name(s, s->offset[a], na, sizeof na), va, margin_name(s, s->offset[b], nb, sizeof nb), vb);
        }
    return FLOW_OK;
}

/* Scales, the margins that only F = 0 can meet, and the units that bring nothing to any margin (d = 0): their factor
 * counts nowhere, so it must not stop a step by growing beyond all bounds. Columns of a factor are walked unit by unit.
 */
static void prepare(struct state *s)
{
    const struct calibration *c = s->c;
    double *mass = s->step, *negative = s->gap; /* borrowed before the iteration */
    memset(mass, 0, s->k * sizeof *mass);
    memset(negative, 0, s->k * sizeof *negative);
    for (size_t t = 0; t < c->terms; t++)
        for (size_t i = 0; i < s->n; i++) {
            size_t k = s->offset[t] + term_column(&c->term[t], i);
            double x = term_value(&c->term[t], i);
            mass[k] += c->d[i] * fabs(x);
            negative[k] += x < 0.0;
        }
    for (size_t k = 0; k < s->k; k++) {
        double t = c->total[k];
        s->column_out[k] = t == 0.0 && negative[k] == 0.0 && (c->distance == DISTANCE_RAKING || c->lower <= 0.0) &&
                           c->distance != DISTANCE_LINEAR;
        s->scale[k] = t != 0.0 ? 1.0 / fabs(t) : mass[k] > 0.0 ? 1.0 / mass[k] : 1.0;
    }
    for (size_t t = 0; t < c->terms; t++)
        for (size_t i = 0; i < s->n; i++)
            if (c->d[i] == 0.0 ||
                (s->column_out[s->offset[t] + term_column(&c->term[t], i)] && term_value(&c->term[t], i) > 0.0))
                s->out[i] = 1;
}

struct distance_value {
    double f, slope;
};

static struct distance_value distance_at(const struct calibration *c, double u)
{
    if (c->distance == DISTANCE_LINEAR)
        return (struct distance_value){1.0 + u, 1.0};
    if (c->distance == DISTANCE_RAKING) {
        double f = exp(u);
        return (struct distance_value){f, f};
    }
    double l = c->lower, h = c->upper, a = (h - l) / ((1.0 - l) * (h - 1.0));
    double below = (h - 1.0) / (h - l),
           above = (1.0 - l) / (h - l); /* shares of the two bounds at u = 0, adding to 1 */
    double v = a * u, low, high;        /* low + high = 1: F = l low + h high */
    if (v > 0.0) {
        double x = exp(-v);
        low = below * x / (below * x + above);
        high = above / (below * x + above);
    } else {
        double x = exp(v);
        low = below / (below + above * x);
        high = above * x / (below + above * x);
    }
    return (struct distance_value){l * low + h * high, a * (h - l) * low * high};
}

/* The integral of F from 0: what is searched is the lowest point of S d/q G(u) - total'lambda, which is convex. */
static double integral_at(const struct calibration *c, double u)
{
    if (c->distance == DISTANCE_LINEAR)
        return u + 0.5 * u * u;
    if (c->distance == DISTANCE_RAKING)
        return expm1(u);
    double l = c->lower, h = c->upper, a = (h - l) / ((1.0 - l) * (h - 1.0));
    double below = (h - 1.0) / (h - l), above = (1.0 - l) / (h - l), v = a * u;
    return l * u + (h - l) / a * (v > 0.0 ? v + log(below * exp(-v) + above) : log(below + above * exp(v)));
}

double calibration_factor(const struct calibration *c, double argument)
{
    return distance_at(c, argument).f;
}

/* The arguments are carried along instead of the multipliers: where columns are nearly alike the multipliers are huge
 * and of both signs, and q x'lambda would lose digits that no further step could bring back. */
static void turns(struct state *s)
{
    const struct calibration *c = s->c;
    for (size_t i = 0; i < s->n; i++) {
        double v = 0.0;
        for (size_t t = 0; t < c->terms; t++) {
            size_t k = s->offset[t] + term_column(&c->term[t], i);
            v += term_value(&c->term[t], i) * s->scale[k] * s->step[k];
        }
        s->turn[i] = c->q ? v * c->q[i] : v;
    }
}

/* Fills gap (scaled) as it stands after this part of the step; returns its squared norm, infinite when a factor
 * overflows. */
static double gaps(struct state *s, double part)
{
    const struct calibration *c = s->c;
    struct sum one[LINALG_MAX];
    memset(one, 0, s->k * sizeof *one);
    for (size_t i = 0; i < s->n; i++) {
        double w = s->out[i] ? 0.0 : c->d[i] * distance_at(c, s->u[i] - part * s->turn[i]).f;
        if (!isfinite(w))
            return HUGE_VAL;
        for (size_t t = 0; t < c->terms; t++) {
            size_t k = s->offset[t] + term_column(&c->term[t], i);
            sum_add(&one[k], w * term_value(&c->term[t], i) * s->scale[k]);
        }
    }
    double norm = 0.0;
    for (size_t k = 0; k < s->k; k++) {
        sum_add(&one[k], -c->total[k] * s->scale[k]);
        s->gap[k] = s->column_out[k] ? 0.0 : sum_value(&one[k]);
        norm += s->gap[k] * s->gap[k];
    }
    return norm;
}

/* What this part of the step adds to the convex function; below 0: downhill. */
static double descent(const struct state *s, double part)
{
    const struct calibration *c = s->c;
    struct sum all = {0};
    for (size_t i = 0; i < s->n; i++) {
        double q = c->q ? c->q[i] : 1.0;
        if (s->out[i] || s->turn[i] == 0.0)
            continue;
        sum_add(&all, c->d[i] / q * (integral_at(c, s->u[i] - part * s->turn[i]) - integral_at(c, s->u[i])));
    }
    for (size_t k = 0; k < s->k; k++)
        sum_add(&all, s->column_out[k] ? 0.0 : part * c->total[k] * s->scale[k] * s->step[k]);
    return sum_value(&all);
}

static void slopes(struct state *s)
{
    const struct calibration *c = s->c;
    memset(s->matrix, 0, s->k * s->k * sizeof *s->matrix);
    for (size_t i = 0; i < s->n; i++) {
        if (s->out[i])
            continue;
        double v = c->d[i] * (c->q ? c->q[i] : 1.0) * distance_at(c, s->u[i]).slope;
        for (size_t t = 0; t < c->terms; t++) {
            size_t k = s->offset[t] + term_column(&c->term[t], i);
            double xk = v * term_value(&c->term[t], i) * s->scale[k];
            for (size_t u = 0; u <= t; u++) {
                size_t j = s->offset[u] + term_column(&c->term[u], i);
                s->matrix[k * s->k + j] += xk * term_value(&c->term[u], i) * s->scale[j];
            }
        }
    }
}

static double largest(const double *v, size_t n)
{
    double m = 0.0;
    for (size_t k = 0; k < n; k++)
        m = fmax(m, fabs(v[k]));
    return m;
}

/* The whole step, or of a logit the part beyond which a factor would be at its bound to the last digit: no slope would
 * lead back. */
static double longest(const struct state *s)
{
    const struct calibration *c = s->c;
    if (c->distance != DISTANCE_LOGIT)
        return 1.0;
    double a = (c->upper - c->lower) / ((1.0 - c->lower) * (c->upper - 1.0));
    return fmin(1.0, TURN_MAX / (a * largest(s->turn, s->n)));
}

/* Halves the step until it goes downhill by a share of what the slope promises; of the last steps, where that is lost
 * in rounding, until the gap shrinks. The gap alone would not do: it may shrink towards a point where it cannot vanish.
 * 0: no part does. The gap, and *norm of it, are those after the part. */
static double part_downhill(struct state *s, double before, double *norm)
{
    double promised = 0.0, part = longest(s);
    for (size_t k = 0; k < s->k; k++)
        promised += s->gap[k] * s->step[k];
    for (int h = 0; h < HALVINGS_MAX; h++) {
        *norm = gaps(s, part);
        if (isfinite(*norm) &&
            (descent(s, part) <= -SHARE_OF_SLOPE * part * promised || (before < NEAR_END && *norm < before)))
            return part;
        part *= 0.5;
    }
    return 0.0;
}

/* Newton; *done when every relative gap is under the limit. */
static enum flow iterate(struct state *s, struct calibration_report *r, int *done, struct err *e)
{
    double norm = gaps(s, 0.0), limit = s->c->limit > 0.0 ? s->c->limit : GAP_MAX;
    *done = 0;
    for (r->steps = 0; r->steps < STEPS_MAX; r->steps++) {
        r->gap = isfinite(norm) ? largest(s->gap, s->k) : HUGE_VAL;
        if (r->gap < limit) {
            *done = 1;
            return FLOW_OK;
        }
        if (!isfinite(norm))
            return FLOW_OK;
        slopes(s);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the caller frees the state */
        enum flow f = linalg_factor(&s->factor, s->matrix, s->k, e);
        if (f == FLOW_OK)
            f = linalg_solve(&s->factor, s->gap, s->step, e);
        if (f != FLOW_OK)
            return f;
        r->rank = s->factor.rank;
        turns(s);
        double next, part = part_downhill(s, norm, &next);
        if (part == 0.0) {
            (void)gaps(s, 0.0); /* the gap at the point that is kept */
            r->gap = largest(s->gap, s->k);
            return FLOW_OK;
        }
        norm = next;
        for (size_t i = 0; i < s->n; i++)
            s->u[i] -= part * s->turn[i];
    }
    r->gap = largest(s->gap, s->k);
    *done = r->gap < limit;
    return FLOW_OK;
}

static int program_fill(const struct state *s, struct linprog *lp, int **start, int **index, double **values)
{
    const struct calibration *c = s->c;
    size_t n = s->n;
    *start = calloc(n + 1, sizeof **start);
    *index = calloc(n * c->terms + 1, sizeof **index);
    *values = calloc(n * (c->terms + 2) + 2 * s->k + 1, sizeof **values);
    if (!*start || !*index || !*values)
        return 0;
    double *value = *values, *lower = value + n * c->terms, *upper = lower + n, *target = upper + n;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t t = 0; t < c->terms; t++) {
            size_t k = s->offset[t] + term_column(&c->term[t], i);
            double v = c->d[i] * term_value(&c->term[t], i) * s->scale[k];
            if (v == 0.0)
                continue;
            (*index)[at] = (int)k;
            value[at++] = v;
        }
        (*start)[i + 1] = (int)at;
        lower[i] = c->distance == DISTANCE_LOGIT ? c->lower : c->distance == DISTANCE_RAKING ? 0.0 : -1e30;
        upper[i] = c->distance == DISTANCE_LOGIT ? c->upper : 1e30;
    }
    for (size_t k = 0; k < s->k; k++)
        target[k] = c->total[k] * s->scale[k];
    *lp = (struct linprog){.rows = s->k,
                           .columns = n,
                           .start = *start,
                           .index = *index,
                           .value = value,
                           .lower = lower,
                           .upper = upper,
                           .target = target};
    return 1;
}

static const char *bounds_text(const struct calibration *c, char *space, size_t size)
{
    if (c->distance == DISTANCE_LOGIT)
        (void)snprintf(space, size, "factors between %.6g and %.6g", c->lower, c->upper);
    else
        (void)snprintf(space, size, "%s", c->distance == DISTANCE_RAKING ? "positive factors" : "any factors");
    return space;
}

/* No convergence: impossible, or our fault? */
static enum flow explain(const struct state *s, const struct calibration_report *r, struct err *e)
{
    struct linprog lp;
    int *start = NULL, *index = NULL;
    double *values = NULL, *missing = NULL;
    enum linprog_answer answer = LINPROG_UNKNOWN;
    enum flow f = FLOW_FATAL;
    char name[32], bounds[80];
    if (!program_fill(s, &lp, &start, &index, &values) || !(missing = calloc(s->k + 1, sizeof *missing))) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for the proof that a calibration is impossible");
        goto out;
    }
    f = linprog_feasible(&lp, 1e-7, &answer, missing, e);
    if (f != FLOW_OK)
        goto out;
    size_t worst = 0;
    const double *blame = answer == LINPROG_INFEASIBLE ? missing : s->gap;
    for (size_t k = 1; k < s->k; k++)
        if (fabs(blame[k]) > fabs(blame[worst]))
            worst = k;
    const char *margin = margin_name(s, worst, name, sizeof name);
    if (answer == LINPROG_INFEASIBLE)
        f = err_set(e, STATUS_DATA,
                    "calibration: impossible with %s: margin '%s' (%.15g) is missed by at least %.3g %%; widen the "
                    "bounds, merge or drop the margin",
                    bounds_text(s->c, bounds, sizeof bounds), margin, s->c->total[worst], 100.0 * fabs(missing[worst]));
    else
        f = err_set(e, STATUS_BUG, "calibration: no convergence in %d steps, margin '%s' still off by %.3g (%s)",
                    r->steps, margin, r->gap,
                    answer == LINPROG_FEASIBLE ? "a solution exists"
                                               : "not known whether a solution exists: built without CLP");
out:
    free(start);
    free(index);
    free(values);
    free(missing);
    return f;
}

enum flow calibrate(const struct calibration *c, double *factor, struct calibration_report *report, struct err *e)
{
    struct state s;
    int done = 0;
    *report = (struct calibration_report){0};
    enum flow f = state_init(&s, c, e);
    if (f == FLOW_OK)
        f = totals_agree(&s, e);
    if (f != FLOW_OK)
        goto out;
    if (c->distance == DISTANCE_LOGIT && !(c->lower < 1.0 && c->upper > 1.0)) {
        f = err_set(e, STATUS_CONFIG, "calibration: logit bounds %.6g and %.6g must stand on both sides of 1", c->lower,
                    c->upper);
        goto out;
    }
    prepare(&s);
    if (c->argument)
        memcpy(s.u, c->argument, s.n * sizeof *s.u);
    report->columns = s.k;
    for (size_t k = 0; k < s.k; k++)
        report->dropped += s.column_out[k];
    f = iterate(&s, report, &done, e);
    if (f == FLOW_OK && !done)
        f = explain(&s, report, e);
    if (f == FLOW_OK)
        for (size_t i = 0; i < s.n; i++)
            factor[i] = s.out[i] ? 0.0 : distance_at(c, s.u[i]).f;
    if (f == FLOW_OK && c->argument)
        memcpy(c->argument, s.u, s.n * sizeof *s.u);
out:
    state_fini(&s);
    return f;
}
