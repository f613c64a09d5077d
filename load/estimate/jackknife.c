/* SPDX-License-Identifier: Apache-2.0 */
/* Two deletions. First each respondent is silenced in turn (weights and imputation redone), which carries the sampling
 * of respondents; then each known value is hidden in turn (imputation redone), which carries what item non-response
 * adds: V = S (1 - f) (n-1)/n S (theta(i) - mean)2 + S f (1 - m/n) (m-1)/m S (theta[i] - mean)2,   f = n/N. With ratio
 * imputation within groups the two together have the expectation of the two-phase formula. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct replicates {
    size_t rows;
    uint32_t *row;    /* [rows] national rows with a variance */
    double *variance; /* [rows] */
    struct moment {
        struct sum one, two;
        double n;
    } * moment; /* [rows], of the group in hand */
};

static void replicate_add(struct moment *m, double centre, double v)
{
    sum_add(&m->one, v - centre);
    sum_add(&m->two, (v - centre) * (v - centre));
    m->n += 1.0;
}

static double squares(const struct moment *m)
{
    double one = sum_value(&m->one);
    return m->n > 0.0 ? fmax(0.0, sum_value(&m->two) - one * one / m->n) : 0.0;
}

static double value_of(const struct estimate *r, const struct estimate *x, uint32_t row, int *has)
{
    const struct figure_row *want = &x->row[row];
    for (size_t i = 0; i < r->rows; i++)
        if (r->row[i].figure == want->figure && r->row[i].domain == DOMAIN_NATION) {
            *has = r->row[i].has_estimated;
            return r->row[i].estimated;
        }
    *has = 0;
    return 0.0;
}

static void gather(const struct estimate *x, const struct estimate *r, struct replicates *p)
{
    for (size_t k = 0; k < p->rows; k++) {
        int has;
        double v = value_of(r, x, p->row[k], &has);
        if (has)
            replicate_add(&p->moment[k], x->row[p->row[k]].estimated, v);
    }
}

/* Each respondent silent in turn. */
static enum flow silence_units(const struct estimate *x, struct replicates *p, struct err *e)
{
    const struct estimate_work *w = x->work;
    uint8_t *outcome = malloc(x->population->units + 1);
    enum flow f = outcome ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    if (outcome)
        memcpy(outcome, w->outcome, x->population->units);
    for (size_t h = 0; f == FLOW_OK && h < x->groups; h++) {
        double n = (double)(w->start[h + 1] - w->start[h]), units = w->group_units[h];
        if (n < 2.0 || n >= units)
            continue;
        memset(p->moment, 0, p->rows * sizeof *p->moment);
        for (size_t i = w->start[h]; f == FLOW_OK && i < w->start[h + 1]; i++) {
            struct run_options o = {
                .nation_only = 1, .no_variance = 1, .mask_variable = POPULATION_NONE, .outcome = outcome, .like = x};
            uint8_t was = outcome[w->unit[i]];
            outcome[w->unit[i]] = OUTCOME_SILENT;
            struct estimate *r = estimate_run_with(x->population, x->figures, x->method, &o, e);
            outcome[w->unit[i]] = was;
            if (r)
                gather(x, r, p);
            else
                f = FLOW_FATAL;
            estimate_free(r);
        }
        for (size_t k = 0; f == FLOW_OK && k < p->rows; k++)
            p->variance[k] += (1.0 - n / units) * (n - 1.0) / n * squares(&p->moment[k]);
    }
    free(outcome);
    return f;
}

/* A ratio of two variables, each imputed on its own. */
static int is_apart(const struct row_plan *plan)
{
    return plan->figure->kind == FIGURE_RATIO && !plan->same && plan->base == POPULATION_NONE;
}

/* Does the variance formula of the row see missing values of the variable? */
static int leans_on(const struct estimate *x, const struct row_plan *plan, uint32_t variable)
{
    const struct population *p = x->population;
    if (!plan->asked)
        return 0;
    return variable_of_item(p, plan->part[0]) == variable ||
           (is_apart(plan) && variable_of_item(p, plan->denominator[0]) == variable) ||
           (plan->base != POPULATION_NONE && variable_of_item(p, plan->base) == variable);
}

static void known_of(struct estimate *x, const struct row_plan *plan, uint32_t variable, uint8_t *known)
{
    struct estimate_work *w = x->work;
    if (plan->base != POPULATION_NONE && variable_of_item(x->population, plan->base) == variable)
        column_get(x, plan->base, w->buffer[0], known);
    else if (is_apart(plan))
        column_get(x, variable_of_item(x->population, plan->part[0]) == variable ? plan->part[0] : plan->denominator[0],
                   w->buffer[0], known);
    else
        plan_columns(x, plan, w->buffer[0], w->buffer[1], known);
}

/* Known values per group of what the row needs of the variable; 1 when any is missing. */
static int count_known(struct estimate *x, const struct row_plan *plan, uint32_t variable, double *m)
{
    struct estimate_work *w = x->work;
    int missing = 0;
    known_of(x, plan, variable, w->flag[0]);
    for (size_t h = 0; h < x->groups; h++) {
        m[h] = 0.0;
        for (size_t i = w->start[h]; i < w->start[h + 1]; i++)
            m[h] += w->flag[0][i];
        missing |= m[h] < (double)(w->start[h + 1] - w->start[h]);
    }
    return missing;
}

/* Each known value of one variable hidden in turn, for the rows that lean on it. */
static enum flow hide_values(struct estimate *x, uint32_t variable, struct replicates *p, const struct row_plan *plan,
                             struct err *e)
{
    struct estimate_work *w = x->work;
    double *m = calloc(p->rows * x->groups + 1, sizeof *m);
    uint8_t *use = calloc(p->rows + 1, 1), *known = calloc(w->n + 1, 1);
    int any = 0;
    enum flow f = m && use && known ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    for (size_t k = 0; f == FLOW_OK && k < p->rows; k++)
        if (leans_on(x, &plan[k], variable) && count_known(x, &plan[k], variable, m + k * x->groups)) {
            any = use[k] = 1;
            for (size_t i = 0; i < w->n; i++)
                known[i] |= w->flag[0][i];
        }
    for (size_t h = 0; f == FLOW_OK && any && h < x->groups; h++) {
        double n = (double)(w->start[h + 1] - w->start[h]), units = w->group_units[h];
        memset(p->moment, 0, p->rows * sizeof *p->moment);
        for (size_t i = w->start[h]; f == FLOW_OK && i < w->start[h + 1]; i++) {
            if (!known[i])
                continue;
            struct run_options o = {.nation_only = 1,
                                    .no_variance = 1,
                                    .mask_variable = variable,
                                    .mask_unit = w->unit[i],
                                    .weight = x->weight,
                                    .outcome = w->outcome,
                                    .like = x};
            struct estimate *r = estimate_run_with(x->population, x->figures, x->method, &o, e);
            if (r)
                gather(x, r, p);
            else
                f = FLOW_FATAL;
            estimate_free(r);
        }
        for (size_t k = 0; f == FLOW_OK && k < p->rows; k++) {
            double known_here = m[k * x->groups + h];
            if (use[k] && known_here > 1.0)
                p->variance[k] +=
                    n / units * (1.0 - known_here / n) * (known_here - 1.0) / known_here * squares(&p->moment[k]);
        }
    }
    free(m);
    free(use);
    free(known);
    return f;
}

static int eligible(const struct estimate *x, const struct figure_row *r)
{
    return r->domain == DOMAIN_NATION && r->has_variance && r->status != FIGURE_EXACT &&
           x->figures->figure[r->figure].kind != FIGURE_RATE;
}

static enum flow replicates_init(struct estimate *x, struct replicates *p, struct row_plan **plan, struct err *e)
{
    memset(p, 0, sizeof *p);
    p->row = calloc(x->rows + 1, sizeof *p->row);
    p->variance = calloc(x->rows + 1, sizeof *p->variance);
    p->moment = calloc(x->rows + 1, sizeof *p->moment);
    *plan = calloc(x->rows + 1, sizeof **plan);
    if (!p->row || !p->variance || !p->moment || !*plan)
        return err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    enum flow f = FLOW_OK;
    for (uint32_t i = 0; f == FLOW_OK && i < x->rows; i++)
        if (eligible(x, &x->row[i])) {
            f = plan_make(x, &x->figures->figure[x->row[i].figure], &(*plan)[p->rows], e);
            p->row[p->rows++] = i;
        }
    return f;
}

enum flow estimate_jackknife(const struct estimate *done, struct jackknife_row **rows, size_t *count, struct err *e)
{
    struct estimate *x = (struct estimate *)(uintptr_t)done; /* its buffers are used again */
    struct replicates p;
    struct row_plan *plan = NULL;
    *rows = NULL;
    *count = 0;
    enum flow f = replicates_init(x, &p, &plan, e);
    f = f == FLOW_OK ? silence_units(x, &p, e) : f;
    for (uint32_t v = 0; f == FLOW_OK && v < x->population->variables; v++)
        f = hide_values(x, v, &p, plan, e);
    if (f == FLOW_OK && !(*rows = calloc(p.rows + 1, sizeof **rows)))
        f = err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
    for (size_t k = 0; f == FLOW_OK && k < p.rows; k++) {
        struct jackknife_row r = {
            .row = p.row[k], .formula_se = x->row[p.row[k]].se, .jackknife_se = sqrt(p.variance[k])};
        r.agrees = fabs(r.jackknife_se - r.formula_se) <= 0.1 * r.formula_se;
        (*rows)[(*count)++] = r;
    }
    free(p.row);
    free(p.variance);
    free(p.moment);
    free(plan);
    return f;
}
