/* SPDX-License-Identifier: Apache-2.0 */
/* Figures: each one a numerator and a denominator over the respondents, summed by domain with and without weights, its
 * uncertainty from the linearised variable. Extremes and ranks come after, from the rows they look at. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/quantile.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ROUNDING = 1e-12;

/* ---- a figure tied to columns ---- */
static enum flow items_of(struct estimate *x, const struct figure *f, const struct figure_part *part, uint32_t **items,
                          size_t *count, struct err *e)
{
    const struct population *p = x->population;
    uint32_t v = population_find_variable(p, part->variable);
    *count = 0;
    if (v == POPULATION_NONE)
        return FLOW_END;
    int listed = part->count > 0 && part->category != NULL;
    size_t n = listed ? part->count : p->variable[v].count;
    *items = arena_get(&x->work->arena, (n + 1) * sizeof **items);
    if (!*items)
        return err_set(e, STATUS_SYSTEM, "out of memory for figure %s", f->id);
    for (size_t i = 0; i < n; i++) {
        uint32_t item = p->variable[v].first + (uint32_t)i;
        const char *category = listed ? part->category[i] : NULL;
        if (category)
            item = population_find_item(p, part->variable, category);
        if (item == POPULATION_NONE)
            return err_set(e, STATUS_CONFIG, "figure %s: variable %s has no category %s", f->id, part->variable,
                           category ? category : "");
        (*items)[(*count)++] = item;
    }
    return FLOW_OK;
}

static enum flow weights_of(struct estimate *x, const struct figure *f, struct row_plan *plan, struct err *e)
{
    const struct population *p = x->population;
    uint32_t v = population_find_variable(p, f->weight);
    if (v == POPULATION_NONE)
        return FLOW_END;
    plan->weight = arena_get(&x->work->arena, (plan->parts + 1) * sizeof *plan->weight);
    if (!plan->weight)
        return err_set(e, STATUS_SYSTEM, "out of memory for figure %s", f->id);
    for (size_t i = 0; i < plan->parts; i++) {
        const char *category = p->item[plan->part[i]].category;
        uint32_t item = p->variable[v].count == 1 ? p->variable[v].first : population_find_item(p, f->weight, category);
        if (item == POPULATION_NONE)
            return err_set(e, STATUS_CONFIG, "figure %s: the weights %s have no category %s", f->id, f->weight,
                           category);
        plan->weight[i] = item;
    }
    return FLOW_OK;
}

static enum flow denominators_of(struct estimate *x, const struct figure *f, struct row_plan *plan, struct err *e)
{
    struct figure_part own = {.variable = f->part.variable, .count = 0};
    int has = *f->denominator.variable != '\0';
    if (f->kind != FIGURE_SHARE && f->kind != FIGURE_RATIO && !(f->kind == FIGURE_RANK && has))
        return FLOW_OK;
    if (f->kind == FIGURE_RATIO && !has)
        return err_set(e, STATUS_CONFIG, "figure %s: a ratio needs a denominator", f->id);
    plan->same = !has || strcmp(f->denominator.variable, f->part.variable) == 0;
    return items_of(x, f, has ? &f->denominator : &own, &plan->denominator, &plan->denominators, e);
}

enum flow plan_make(struct estimate *x, const struct figure *f, struct row_plan *plan, struct err *e)
{
    *plan = (struct row_plan){.figure = f, .base = POPULATION_NONE};
    enum flow r = items_of(x, f, &f->part, &plan->part, &plan->parts, e);
    if (r == FLOW_OK && f->kind == FIGURE_MEAN)
        r = weights_of(x, f, plan, e);
    if (r == FLOW_OK)
        r = denominators_of(x, f, plan, e);
    if (r == FLOW_END)
        return FLOW_OK;
    if (r != FLOW_OK)
        return r;
    plan->asked = 1;
    uint32_t base = x->population->variable[variable_of_item(x->population, plan->part[0])].base;
    int level = f->kind == FIGURE_TOTAL || f->kind == FIGURE_RANK;
    int of_base = plan->denominators == 1 && plan->denominator[0] == base && !plan->same && f->kind != FIGURE_MEAN;
    if (base != POPULATION_NONE && (level || of_base))
        plan->base = base;
    return FLOW_OK;
}

typedef void column_reader(const struct estimate *x, uint32_t item, double *value, uint8_t *known);

/* Adds columns into sum; a unit is known when all of them are. */
static void add_columns(const struct estimate *x, const uint32_t *items, size_t count, column_reader *read, double *sum,
                        uint8_t *known, double *space, uint8_t *flags)
{
    for (size_t k = 0; k < count; k++) {
        read(x, items[k], space, flags);
        for (size_t i = 0; i < x->work->n; i++) {
            sum[i] += space[i];
            known[i] &= flags[i];
        }
    }
}

/* For the uncertainty a mean is known where its length is: children of the category may be prorated, their error is of
 * second order. What is observed needs both. */
static void mean_columns(const struct estimate *x, const struct row_plan *plan, column_reader *read, int known_only,
                         double *num, double *den, uint8_t *known)
{
    double *m = x->work->buffer[3], *n = x->work->buffer[4];
    uint8_t *fm = x->work->flag[1], *fn = x->work->flag[3];
    for (size_t k = 0; k < plan->parts; k++) {
        read(x, plan->part[k], m, fm);
        read(x, plan->weight[k], n, fn);
        for (size_t i = 0; i < x->work->n; i++) {
            int both = fn[i] && (fm[i] || n[i] == 0.0);
            known[i] &= (uint8_t)(known_only ? both : fm[i] || both);
            if (both || !known_only) {
                num[i] += n[i] * m[i];
                den[i] += n[i];
            }
        }
    }
}

static void fill_columns(const struct estimate *x, const struct row_plan *plan, column_reader *read, int observed,
                         double *num, double *den, uint8_t *known)
{
    size_t n = x->work->n;
    memset(num, 0, n * sizeof *num);
    memset(den, 0, n * sizeof *den);
    memset(known, 1, n);
    if (plan->figure->kind == FIGURE_MEAN) {
        mean_columns(x, plan, read, observed, num, den, known);
        return;
    }
    add_columns(x, plan->part, plan->parts, read, num, known, x->work->buffer[3], x->work->flag[1]);
    add_columns(x, plan->denominator, plan->denominators, read, den, known, x->work->buffer[3], x->work->flag[1]);
    /* Parts of another variable are compared over the units that gave both; the level of a rank is all that was given.
     */
    for (size_t i = 0; observed && plan->denominators && !plan->same && i < n; i++)
        if (!known[i]) {
            den[i] = 0.0;
            if (plan->figure->kind != FIGURE_RANK)
                num[i] = 0.0;
        }
}

void plan_columns(const struct estimate *x, const struct row_plan *plan, double *num, double *den, uint8_t *known)
{
    fill_columns(x, plan, column_get, 0, num, den, known);
}

/* ---- rows ---- */
struct figure_row *row_add(struct estimate *x, uint32_t figure, const struct domain *d, size_t area, struct err *e)
{
    if (x->rows == x->work->rows_room) {
        size_t room = x->work->rows_room ? 2 * x->work->rows_room : 256;
        struct figure_row *more = realloc(x->row, room * sizeof *more);
        if (!more) {
            (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu figures", room);
            return NULL;
        }
        x->row = more;
        x->work->rows_room = room;
    }
    struct figure_row *r = &x->row[x->rows++];
    *r = (struct figure_row){.figure = figure,
                             .domain = d->kind,
                             .area = d->name[area],
                             .units = d->units[area],
                             .status = FIGURE_NO_RETURN};
    return r;
}

struct columns {
    double *num, *den, *u;
    uint8_t *known;
    int ratio; /* has a denominator in its value */
    /* A ratio of two variables: each imputed on its own. */
    int apart;
    double *num_on, *den_on;
    uint8_t *num_known, *den_known, *every;
};

/* Positions of an area. */
struct area {
    const uint32_t *list;
    size_t count;
    int whole; /* the nation: every position */
    double units, size;
};

static struct area area_of(const struct domain *d, size_t a)
{
    return (struct area){.list = d->list + d->start[a],
                         .count = d->start[a + 1] - d->start[a],
                         .whole = d->kind == DOMAIN_NATION,
                         .units = d->units[a],
                         .size = d->size[a]};
}

static double sum_over(const struct area *a, const double *v, const double *w)
{
    struct sum s = {0};
    for (size_t j = 0; j < a->count; j++)
        sum_add(&s, w ? w[a->list[j]] * v[a->list[j]] : v[a->list[j]]);
    return sum_value(&s);
}

static void base_of(const struct estimate *x, const struct area *a, const uint8_t *seen, struct figure_row *r)
{
    struct sum size = {0};
    for (size_t j = 0; j < a->count; j++)
        if (seen[a->list[j]]) {
            r->base++;
            sum_add(&size, x->work->size[a->list[j]]);
        }
    r->coverage = a->size > 0.0 ? sum_value(&size) / a->size : 0.0;
}

/* Every unit of the area answered this item and stands for itself alone. */
static int area_exact(const struct estimate *x, const struct area *a, const struct columns *c)
{
    if ((double)a->count != a->units)
        return 0;
    for (size_t j = 0; j < a->count; j++)
        if (!c->known[a->list[j]] || x->work->w[a->list[j]] != 1.0)
            return 0;
    return 1;
}

static void imputed_part(const struct estimate *x, const struct area *a, const struct columns *c, struct figure_row *r)
{
    struct sum imputed = {0}, all = {0};
    const double *v = c->num;
    for (size_t j = 0; j < a->count; j++) {
        uint32_t i = a->list[j];
        double y = x->work->w[i] * v[i];
        sum_add(&all, y);
        if (!c->known[i])
            sum_add(&imputed, y);
    }
    double total = sum_value(&all);
    r->imputed = total != 0.0 ? sum_value(&imputed) / total : 0.0;
}

static int is_share(const struct figure *f)
{
    return f->kind == FIGURE_SHARE;
}

static void interval(const struct estimate *x, const struct figure *f, struct figure_row *r)
{
    const struct method *m = x->method;
    double t = student_remembered(&x->work->student, 0.5 + 0.5 * m->confidence, r->df), p = r->estimated;
    r->has_interval = 1;
    if (is_share(f) && p > 0.0 && p < 1.0 && (p < m->logit_interval || p > 1.0 - m->logit_interval)) {
        double centre = log(p / (1.0 - p)), half = t * r->se / (p * (1.0 - p));
        r->lower = 1.0 / (1.0 + exp(-(centre - half)));
        r->upper = 1.0 / (1.0 + exp(-(centre + half)));
        return;
    }
    r->lower = p - t * r->se;
    r->upper = p + t * r->se;
}

static enum figure_status band(const struct estimate *x, const struct figure *f, const struct figure_row *r)
{
    const double *limit = is_share(f) ? x->method->band_share : x->method->band_total;
    double v = is_share(f) ? 0.5 * (r->upper - r->lower) : r->cv;
    if (!is_share(f) && !r->has_cv)
        return FIGURE_FREE;
    return v <= limit[0] ? FIGURE_FREE : v <= limit[1] ? FIGURE_UNRELIABLE : FIGURE_WITHHELD;
}

/* Linearised variable in the area, zero elsewhere. */
static void linearise(const struct columns *c, const struct area *a, double ratio, double total, double *u)
{
    for (size_t j = 0; j < a->count; j++) {
        uint32_t i = a->list[j];
        u[i] = c->ratio ? (c->num[i] - ratio * c->den[i]) / total : c->num[i];
    }
}

static void forget(const struct area *a, double *u)
{
    for (size_t j = 0; j < a->count; j++)
        u[a->list[j]] = 0.0;
}

/* The ratio of two variables: respondents are a first phase, what each one's imputation adds comes on top. */
static enum flow variance_apart(struct estimate *x, const struct columns *c, const struct area *a,
                                const uint32_t *inside, double total, double ratio, struct variance_answer *answer,
                                struct err *e)
{
    struct estimate_work *w = x->work;
    struct prorated p = {.base_known = c->every, .c = c->num, .y = c->den, .scale = 0.0};
    enum flow f = variance_prorated(&w->variance, c->u, &p, inside, a->count, answer, e);
    const struct design *d = &w->variance.design;
    answer->variance +=
        variance_imputation(d, c->num_known, c->num, c->num_on, 1.0 / total, inside, a->count, w->buffer[3]);
    answer->variance +=
        variance_imputation(d, c->den_known, c->den, c->den_on, ratio / total, inside, a->count, w->buffer[3]);
    return f;
}

static enum flow variance_row(struct estimate *x, const struct row_plan *plan, const struct columns *c,
                              const struct area *a, double total, struct figure_row *r, struct err *e)
{
    struct estimate_work *w = x->work;
    struct variance_answer answer = {0};
    const uint32_t *inside = a->whole ? NULL : a->list;
    enum flow f;
    if (area_exact(x, a, c)) {
        r->has_variance = 1;
        r->status = FIGURE_EXACT;
        r->lower = r->upper = r->estimated;
        r->has_interval = 1;
        return FLOW_OK;
    }
    linearise(c, a, r->estimated, total, c->u);
    if (plan->base != POPULATION_NONE) {
        struct prorated p = {
            .base_known = w->flag[2], .c = c->num, .y = w->buffer[4], .scale = c->ratio ? 1.0 / total : 1.0};
        f = variance_prorated(&w->variance, c->u, &p, inside, a->count, &answer, e);
    } else if (c->apart) {
        f = variance_apart(x, c, a, inside, total, r->estimated, &answer, e);
    } else {
        f = variance_item(&w->variance, c->u, inside, a->count, &answer, e);
    }
    forget(a, c->u);
    if (f != FLOW_OK)
        return f;
    r->df = answer.df;
    r->status = FIGURE_NO_INTERVAL;
    if (x->groups_alone || answer.df <= 0)
        return FLOW_OK;
    r->has_variance = 1;
    r->se = sqrt(answer.variance);
    if (r->se < ROUNDING * fabs(r->estimated)) /* an item the margins explain wholly: what is left is rounding */
        r->se = 0.0;
    r->variance = r->se > 0.0 ? answer.variance : 0.0;
    r->has_cv = r->estimated != 0.0;
    r->cv = r->has_cv ? r->se / fabs(r->estimated) : 0.0;
    r->status = FIGURE_FREE;
    if (!r->has_cv)
        return FLOW_OK;
    interval(x, plan->figure, r);
    r->status = band(x, plan->figure, r);
    return FLOW_OK;
}

/* What units gave that gave the denominator too. */
static double seen_together(const struct area *a, const struct columns *seen)
{
    struct sum s = {0};
    for (size_t j = 0; j < a->count; j++) {
        uint32_t i = a->list[j];
        if (seen->known[i])
            sum_add(&s, seen->num[i]);
    }
    return sum_value(&s);
}

/* Has a domain estimates? */
static int estimated(const struct estimate *x, enum domain_kind d)
{
    return x->estimable && d != DOMAIN_DEPARTEMENT;
}

/* What is reported and deduced. */
static void observed_row(const struct estimate *x, const struct row_plan *plan, const struct columns *seen,
                         const struct area *a, struct figure_row *r)
{
    base_of(x, a, seen->known, r);
    if (r->base == 0)
        return;
    double num = sum_over(a, seen->num, NULL),
           den = plan->denominators || seen->ratio ? sum_over(a, seen->den, NULL) : 0.0;
    r->has_observed = !seen->ratio || den > 0.0;
    r->observed = seen->ratio ? (r->has_observed ? num / den : 0.0) : num;
    r->status = x->estimable ? FIGURE_NO_INTERVAL : FIGURE_EARLY;
    if (estimated(x, r->domain) && plan->figure->kind == FIGURE_RANK && plan->denominators && den > 0.0) {
        r->has_share = 1;
        r->observed_share = seen_together(a, seen) / den;
    }
}

static enum flow estimated_row(struct estimate *x, const struct row_plan *plan, const struct columns *c,
                               const struct area *a, struct figure_row *r, struct err *e)
{
    const double *w = x->work->w;
    double num = sum_over(a, c->num, w), den = c->ratio || plan->denominators ? sum_over(a, c->den, w) : 0.0;
    if (c->ratio && !(den > 0.0))
        return FLOW_OK;
    r->has_estimated = 1;
    r->estimated = c->ratio ? num / den : num;
    if (!isfinite(r->estimated))
        return err_set(e, STATUS_BUG, "figure %s, %s %s: the estimate is no number", plan->figure->id,
                       domain_kind_name(r->domain), r->area);
    if (plan->figure->kind == FIGURE_RANK && plan->denominators) {
        r->has_share = r->has_share && den > 0.0;
        r->share = den > 0.0 ? num / den : 0.0;
    }
    imputed_part(x, a, c, r);
    return x->work->options.no_variance ? FLOW_OK : variance_row(x, plan, c, a, den, r, e);
}

/* Known of the first phase (the base) and of the mask (part and base) of a prorated level. */
static void prorated_columns(struct estimate *x, const struct row_plan *plan, struct columns *c)
{
    struct estimate_work *w = x->work;
    column_get(x, plan->base, w->buffer[4], w->flag[2]);
    for (size_t i = 0; i < w->n; i++)
        c->known[i] &= w->flag[2][i];
}

/* On what the missing values of an item were set: its total, else size. */
static void imputed_on(struct estimate *x, uint32_t item, double *on)
{
    uint32_t base = x->population->variable[variable_of_item(x->population, item)].base;
    if (base != POPULATION_NONE)
        column_get(x, base, on, x->work->flag[1]);
    else
        memcpy(on, x->work->size, x->work->n * sizeof *on);
}

static void apart_columns(struct estimate *x, const struct row_plan *plan, struct columns *c)
{
    struct estimate_work *w = x->work;
    double *sum = w->buffer[4];
    c->apart = 1;
    c->num_on = w->buffer[5];
    c->den_on = w->buffer[6];
    c->num_known = w->flag[5];
    c->den_known = w->flag[6];
    c->every = w->flag[2];
    memset(c->num_known, 1, w->n);
    memset(c->den_known, 1, w->n);
    memset(c->every, 1, w->n);
    add_columns(x, plan->part, plan->parts, column_get, sum, c->num_known, w->buffer[3], w->flag[1]);
    add_columns(x, plan->denominator, plan->denominators, column_get, sum, c->den_known, w->buffer[3], w->flag[1]);
    imputed_on(x, plan->part[0], c->num_on);
    imputed_on(x, plan->denominator[0], c->den_on);
}

/* Observed columns first, estimated ones later: they stand in the same place. */
static struct columns columns_seen(const struct estimate *x, const struct row_plan *plan)
{
    struct estimate_work *w = x->work;
    struct columns c = {.num = w->buffer[0], .den = w->buffer[1], .u = w->buffer[2], .known = w->flag[0]};
    c.ratio =
        plan->figure->kind == FIGURE_SHARE || plan->figure->kind == FIGURE_RATIO || plan->figure->kind == FIGURE_MEAN;
    fill_columns(x, plan, column_reported, 1, c.num, c.den, c.known);
    return c;
}

static enum flow columns_estimated(struct estimate *x, const struct row_plan *plan, struct columns *c, struct err *e)
{
    struct estimate_work *w = x->work;
    plan_columns(x, plan, c->num, c->den, c->known);
    if (plan->base != POPULATION_NONE)
        prorated_columns(x, plan, c);
    else if (c->ratio && plan->denominators && !plan->same)
        apart_columns(x, plan, c);
    memset(c->u, 0, w->n * sizeof *c->u);
    return w->options.no_variance ? FLOW_OK : variance_mask(&w->variance, c->known, e);
}

enum flow row_not_asked(struct estimate *x, uint32_t figure, struct err *e)
{
    struct figure_row *r = row_add(x, figure, &x->work->domain[DOMAIN_NATION], 0, e);
    if (!r)
        return FLOW_FATAL;
    r->status = FIGURE_NOT_ASKED;
    return FLOW_OK;
}

int row_wanted(const struct estimate *x, const struct figure *f, int d)
{
    return (f->domains >> d & 1U) && (d == DOMAIN_NATION || !x->work->options.nation_only);
}

static enum flow survey_figure(struct estimate *x, uint32_t k, struct err *e)
{
    const struct figure *f = &x->figures->figure[k];
    struct row_plan plan;
    enum flow r = plan_make(x, f, &plan, e);
    if (r != FLOW_OK)
        return r;
    if (!plan.asked)
        return row_not_asked(x, k, e);
    struct columns c = columns_seen(x, &plan);
    size_t first = x->rows;
    for (int d = 0; d < DOMAIN_KINDS; d++)
        for (size_t a = 0; row_wanted(x, f, d) && a < x->work->domain[d].areas; a++) {
            struct figure_row *row = row_add(x, k, &x->work->domain[d], a, e);
            struct area area = area_of(&x->work->domain[d], a);
            if (!row)
                return FLOW_FATAL;
            observed_row(x, &plan, &c, &area, row);
        }
    if (x->estimable)
        r = columns_estimated(x, &plan, &c, e);
    for (int d = 0; r == FLOW_OK && d < DOMAIN_KINDS; d++)
        for (size_t a = 0; r == FLOW_OK && row_wanted(x, f, d) && a < x->work->domain[d].areas; a++) {
            struct figure_row *row = &x->row[first++];
            struct area area = area_of(&x->work->domain[d], a);
            if (row->base > 0 && estimated(x, row->domain))
                r = estimated_row(x, &plan, &c, &area, row, e);
        }
    return r;
}

enum flow rows_make(struct estimate *x, struct err *e)
{
    enum flow r = FLOW_OK;
    const char *only = x->work->options.only_figure;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t k = 0; r == FLOW_OK && k < x->figures->count; k++) {
            const struct figure *f = &x->figures->figure[k];
            int extreme = f->kind == FIGURE_MINIMUM || f->kind == FIGURE_MAXIMUM;
            if (extreme != (pass == 1) || (only && strcmp(f->id, only) != 0))
                continue;
            if (extreme)
                r = rows_of_extremes(x, k, e);
            else if (f->kind == FIGURE_COUNT || f->kind == FIGURE_REGISTER_TOTAL || f->kind == FIGURE_RATE)
                r = rows_of_frame(x, k, e);
            else
                r = survey_figure(x, k, e);
        }
    return r == FLOW_OK ? ranks_make(x, e) : r;
}
