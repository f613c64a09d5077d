/* SPDX-License-Identifier: Apache-2.0 */
/* Two deletions. First each respondent is silenced in turn (weights and imputation redone), which carries the sampling
 * of respondents; then each known value is hidden in turn (imputation redone), which carries what item non-response
 * adds: V = S (1 - f) (n-1)/n S (theta(i) - mean)2 + S f (1 - m/n) (m-1)/m S (theta[i] - mean)2,   f = n/N. With ratio
 * imputation within groups the two together have the expectation of the two-phase formula.
 * Nobody is left out of turn however many they are: the sums behind the figures are updated (linear.h), the weights of
 * the others come from removals.h, and only where a decision could fall otherwise is everything computed anew. */
#include "load/estimate/linear.h"
#include "load/estimate/removals.h"

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
    } * moment;       /* [rows], of the group in hand */
    uint8_t *outcome; /* [units] */
    struct linear linear;
    int summed;  /* the rows come out of the sums of linear */
    double *sum; /* [bundles x weightings] */
    size_t refits;
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory for the jackknife");
}

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

/* Everything computed anew. */
static enum flow refit(const struct estimate *x, const struct run_options *o, struct replicates *p, struct err *e)
{
    struct estimate *r = estimate_run_with(x->population, x->figures, x->method, o, e);
    if (r)
        gather(x, r, p);
    estimate_free(r);
    p->refits++;
    return r ? FLOW_OK : FLOW_FATAL;
}

static enum flow refit_without(const struct estimate *x, struct replicates *p, size_t i, struct err *e)
{
    const struct estimate_work *w = x->work;
    struct run_options o = {
        .nation_only = 1, .no_variance = 1, .mask_variable = POPULATION_NONE, .outcome = p->outcome, .like = x};
    uint8_t was = p->outcome[w->unit[i]];
    p->outcome[w->unit[i]] = OUTCOME_SILENT;
    enum flow f = refit(x, &o, p, e);
    p->outcome[w->unit[i]] = was;
    return f;
}

static enum flow refit_hidden(const struct estimate *x, struct replicates *p, size_t i, uint32_t variable,
                              struct err *e)
{
    const struct run_options o = {.nation_only = 1,
                                  .no_variance = 1,
                                  .mask_variable = variable,
                                  .mask_unit = x->work->unit[i],
                                  .weight = x->weight,
                                  .outcome = x->work->outcome,
                                  .like = x};
    return refit(x, &o, p, e);
}

static void gather_sums(const struct estimate *x, struct replicates *p)
{
    for (size_t k = 0; k < p->rows; k++)
        if (p->linear.row[k].has)
            replicate_add(&p->moment[k], x->row[p->row[k]].estimated, p->linear.row[k].value);
}

/* What the respondents of a group, each silent in turn, add to the variance. */
static void end_group(const struct estimate *x, struct replicates *p, size_t h)
{
    const struct estimate_work *w = x->work;
    double n = (double)(w->start[h + 1] - w->start[h]), units = w->group_units[h];
    for (size_t k = 0; k < p->rows; k++)
        p->variance[k] += (1.0 - n / units) * (n - 1.0) / n * squares(&p->moment[k]);
    memset(p->moment, 0, p->rows * sizeof *p->moment);
}

static enum flow silence_cell(const struct estimate *x, struct replicates *p, const struct removals *r,
                              const struct removal_cell *c, struct err *e)
{
    double part[REMOVAL_EXACT];
    struct weighting w = {.weight = r->weight + c->at,
                          .sum = p->sum + c->at,
                          .stride = r->points,
                          .part = part,
                          .parts = c->points,
                          .steady = c->solved && c->steady};
    enum flow f = FLOW_OK;
    for (size_t k = c->first; f == FLOW_OK && k < c->first + c->count; k++) {
        size_t i = r->order[k];
        removals_part(r, c, i, part);
        if (p->summed && linear_without(&p->linear, &w, i, POPULATION_NONE, NULL))
            gather_sums(x, p);
        else
            f = refit_without(x, p, i, e);
    }
    return f;
}

/* Each respondent silent in turn. */
static enum flow silence_units(const struct estimate *x, struct replicates *p, struct err *e)
{
    struct removals r;
    enum flow f = removals_init(&r, x, e);
    for (size_t k = 0, end; f == FLOW_OK && k < r.cells; k = end) {
        f = removals_batch(&r, k, &end, e);
        if (f == FLOW_OK && p->summed)
            linear_add(&p->linear, r.weight, r.points, p->sum);
        for (size_t c = k; f == FLOW_OK && c < end; c++) {
            f = silence_cell(x, p, &r, &r.cell[c], e);
            if (c + 1 == r.cells || r.cell[c + 1].group != r.cell[c].group)
                end_group(x, p, r.cell[c].group);
        }
    }
    removals_fini(&r);
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

/* One variable whose values are hidden, each in turn. */
struct hiding {
    uint32_t variable;
    double *m;      /* [rows x groups] known values of what a row needs */
    uint8_t *use;   /* [rows] leans on the variable, and some of its values are missing */
    uint8_t *known; /* [n] for any of these rows */
    int any;
};

static enum flow hiding_init(struct hiding *v, struct estimate *x, const struct replicates *p,
                             const struct row_plan *plan, uint32_t variable, struct err *e)
{
    struct estimate_work *w = x->work;
    *v = (struct hiding){.variable = variable,
                         .m = calloc(p->rows * x->groups + 1, sizeof *v->m),
                         .use = calloc(p->rows + 1, 1),
                         .known = calloc(w->n + 1, 1)};
    if (!v->m || !v->use || !v->known)
        return no_memory(e);
    for (size_t k = 0; k < p->rows; k++)
        if (leans_on(x, &plan[k], variable) && count_known(x, &plan[k], variable, v->m + k * x->groups)) {
            v->any = v->use[k] = 1;
            for (size_t i = 0; i < w->n; i++)
                v->known[i] |= w->flag[0][i];
        }
    return FLOW_OK;
}

static void hiding_fini(struct hiding *v)
{
    free(v->m);
    free(v->use);
    free(v->known);
}

static enum flow hide_in_group(const struct estimate *x, const struct hiding *v, size_t h, struct replicates *p,
                               struct err *e)
{
    static const double whole = 1.0;
    const struct estimate_work *w = x->work;
    const struct weighting all = {.weight = w->w, .sum = p->sum, .stride = 1, .part = &whole, .parts = 1, .steady = 1};
    double n = (double)(w->start[h + 1] - w->start[h]), units = w->group_units[h];
    enum flow f = FLOW_OK;
    memset(p->moment, 0, p->rows * sizeof *p->moment);
    for (size_t i = w->start[h]; f == FLOW_OK && i < w->start[h + 1]; i++) {
        if (!v->known[i])
            continue;
        if (p->summed && linear_without(&p->linear, &all, i, v->variable, v->use))
            gather_sums(x, p);
        else
            f = refit_hidden(x, p, i, v->variable, e);
    }
    for (size_t k = 0; f == FLOW_OK && k < p->rows; k++) {
        double known = v->m[k * x->groups + h];
        if (v->use[k] && known > 1.0)
            p->variance[k] += n / units * (1.0 - known / n) * (known - 1.0) / known * squares(&p->moment[k]);
    }
    return f;
}

/* Each known value of a variable hidden in turn, for the rows that lean on it. */
static enum flow hide_values(struct estimate *x, struct replicates *p, const struct row_plan *plan, struct err *e)
{
    enum flow f = FLOW_OK;
    if (p->summed)
        linear_add(&p->linear, x->work->w, 1, p->sum);
    for (uint32_t k = 0; f == FLOW_OK && k < x->population->variables; k++) {
        struct hiding v;
        f = hiding_init(&v, x, p, plan, k, e);
        for (size_t h = 0; f == FLOW_OK && v.any && h < x->groups; h++)
            f = hide_in_group(x, &v, h, p, e);
        hiding_fini(&v);
    }
    return f;
}

static int eligible(const struct estimate *x, const struct figure_row *r)
{
    return r->domain == DOMAIN_NATION && r->has_variance && r->status != FIGURE_EXACT &&
           x->figures->figure[r->figure].kind != FIGURE_RATE;
}

static enum flow replicates_init(struct estimate *x, struct replicates *p, struct row_plan **plan, struct err *e)
{
    size_t units = x->population->units;
    *p = (struct replicates){.row = calloc(x->rows + 1, sizeof *p->row),
                             .variance = calloc(x->rows + 1, sizeof *p->variance),
                             .moment = calloc(x->rows + 1, sizeof *p->moment),
                             .outcome = calloc(units + 1, 1)};
    *plan = calloc(x->rows + 1, sizeof **plan);
    if (!p->row || !p->variance || !p->moment || !p->outcome || !*plan)
        return no_memory(e);
    memcpy(p->outcome, x->work->outcome, units);
    enum flow f = FLOW_OK;
    for (uint32_t i = 0; f == FLOW_OK && i < x->rows; i++)
        if (eligible(x, &x->row[i])) {
            f = plan_make(x, &x->figures->figure[x->row[i].figure], &(*plan)[p->rows], e);
            p->row[p->rows++] = i;
        }
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the caller frees the replicates */
    f = f == FLOW_OK ? linear_init(&p->linear, x, *plan, p->row, p->rows, e) : f;
    p->summed = f == FLOW_OK;
    if (p->summed && !(p->sum = calloc(p->linear.bundles * REMOVAL_BATCH + 1, sizeof *p->sum)))
        return no_memory(e);
    return f == FLOW_END ? FLOW_OK : f;
}

static void replicates_fini(struct replicates *p)
{
    linear_fini(&p->linear);
    free(p->row);
    free(p->variance);
    free(p->moment);
    free(p->outcome);
    free(p->sum);
}

enum flow jackknife_make(const struct estimate *done, int anew, struct jackknife_row **rows, size_t *count,
                         size_t *refits, struct err *e)
{
    struct estimate *x = (struct estimate *)(uintptr_t)done; /* its buffers are used again */
    struct replicates p;
    struct row_plan *plan = NULL;
    *rows = NULL;
    *count = 0;
    enum flow f = replicates_init(x, &p, &plan, e);
    p.summed = p.summed && !anew;
    f = f == FLOW_OK ? silence_units(x, &p, e) : f;
    f = f == FLOW_OK ? hide_values(x, &p, plan, e) : f;
    if (f == FLOW_OK && !(*rows = calloc(p.rows + 1, sizeof **rows)))
        f = no_memory(e);
    for (size_t k = 0; f == FLOW_OK && k < p.rows; k++) {
        struct jackknife_row r = {
            .row = p.row[k], .formula_se = x->row[p.row[k]].se, .jackknife_se = sqrt(p.variance[k])};
        r.agrees = fabs(r.jackknife_se - r.formula_se) <= 0.1 * r.formula_se;
        (*rows)[(*count)++] = r;
    }
    *refits = p.refits;
    replicates_fini(&p);
    free(plan);
    return f;
}

enum flow estimate_jackknife(const struct estimate *x, struct jackknife_row **rows, size_t *count, struct err *e)
{
    size_t refits;
    return jackknife_make(x, 0, rows, count, &refits, e);
}
