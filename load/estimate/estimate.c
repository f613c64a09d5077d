/* SPDX-License-Identifier: Apache-2.0 */
/* The run: rates, groups, regions, weights, imputation, figures. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *figure_status_name(enum figure_status s)
{
    static const char *const names[FIGURE_STATUSES] = {"free",        "unreliable", "withheld", "exact",
                                                       "no-interval", "no-return",  "early",    "not-asked"};
    return (unsigned)s < FIGURE_STATUSES ? names[s] : "unknown";
}

enum flow step_add(struct estimate *x, const char *step, const char *fr, const char *en, struct err *e)
{
    if (!x->step || x->steps == x->work->steps_room) {
        size_t room = x->work->steps_room ? 2 * x->work->steps_room : 16;
        struct estimate_step *more = realloc(x->step, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for the steps");
        x->step = more;
        x->work->steps_room = room;
    }
    struct estimate_step *s = &x->step[x->steps];
    *s = (struct estimate_step){step, arena_strdup(&x->work->arena, fr), arena_strdup(&x->work->arena, en)};
    if (!s->text_fr || !s->text_en)
        return err_set(e, STATUS_SYSTEM, "out of memory for the steps");
    x->steps++;
    return FLOW_OK;
}

void estimate_free(struct estimate *x)
{
    if (!x)
        return;
    struct estimate_work *w = x->work;
    if (w) {
        variance_fini(&w->variance);
        for (size_t i = 0; i < sizeof w->buffer / sizeof w->buffer[0]; i++)
            free(w->buffer[i]);
        for (size_t i = 0; i < sizeof w->flag / sizeof w->flag[0]; i++)
            free(w->flag[i]);
        free(w->unit);
        free(w->start);
        free(w->group_units);
        free(w->d);
        free(w->w);
        free(w->fit);
        free(w->region);
        free(w->size);
        free(w->excluded);
        arena_fini(&w->arena);
        free(w);
    }
    free(x->weight);
    free(x->size_class);
    free(x->group);
    free(x->region);
    free(x->response_group);
    free(x->region_name);
    free(x->row);
    free(x->step);
    free(x->imputed.first);
    free(x->imputed.value);
    free(x->imputed.made);
    free(x->influential);
    free(x);
}

static struct estimate *estimate_new(const struct population *p, const struct figures *f, const struct method *m,
                                     const struct run_options *o, struct err *e)
{
    struct estimate *x = calloc(1, sizeof *x);
    size_t n = p->units + 1;
    if (!x || !(x->work = calloc(1, sizeof *x->work)))
        goto fail;
    arena_init(&x->work->arena, (size_t)1 << 30);
    x->work->options = *o;
    x->work->outcome = o->outcome ? o->outcome : p->outcome;
    x->population = p;
    x->figures = f;
    x->method = m;
    x->weight = calloc(n, sizeof *x->weight);
    x->size_class = calloc(n, sizeof *x->size_class);
    x->group = calloc(n, sizeof *x->group);
    x->region = calloc(n, sizeof *x->region);
    if (x->weight && x->size_class && x->group && x->region)
        return x;
fail:
    (void)err_set(e, STATUS_SYSTEM, "out of memory for the estimate of %zu units", p->units);
    estimate_free(x);
    return NULL;
}

static int known_last(const struct population *p, size_t unit)
{
    double value;
    for (size_t k = 0; k < p->items; k++)
        if (item_previous(&p->item[k], unit, &value))
            return 1;
    return 0;
}

static int not_reached(uint8_t outcome)
{
    return outcome == OUTCOME_SILENT || outcome == OUTCOME_UNREACHABLE || outcome == OUTCOME_WITHDRAWN;
}

static void rates_make(struct estimate *x)
{
    struct estimate_rates *r = &x->rates;
    const struct population *p = x->population;
    struct sum all = {0}, complete = {0}, usable = {0};
    r->units = (uint32_t)p->units;
    for (size_t i = 0; i < p->units; i++) {
        uint8_t o = x->work->outcome[i];
        r->complete += o == OUTCOME_COMPLETE;
        r->partial += o == OUTCOME_PARTIAL;
        r->refusal += o == OUTCOME_REFUSAL;
        r->other += o == OUTCOME_UNUSABLE || o == OUTCOME_UNDECIDED;
        int last = known_last(p, i);
        r->has_last |= last;
        r->noncontact += (uint32_t)not_reached(o);
        r->silent_twice += (uint32_t)(not_reached(o) && !last && !p->recent[i]);
        r->late += p->late[i] && responds(x, i);
        sum_add(&all, p->size[i]);
        sum_add(&complete, o == OUTCOME_COMPLETE ? p->size[i] : 0.0);
        sum_add(&usable, responds(x, i) ? p->size[i] : 0.0);
    }
    double n = r->units ? r->units : 1.0, c = sum_value(&all) > 0.0 ? sum_value(&all) : 1.0;
    if (!r->has_last)
        r->silent_twice = 0;
    r->rr1 = r->complete / n;
    r->rr2 = (r->complete + r->partial) / n;
    r->rr1_size = sum_value(&complete) / c;
    r->rr2_size = sum_value(&usable) / c;
}

/* Every unit of the register is supposed to exist; said with the number of those that may not. */
static enum flow eligibility_say(struct estimate *x, struct err *e)
{
    char fr[200], en[200];
    if (x->rates.has_last) {
        (void)snprintf(fr, sizeof fr,
                       "éligibilité inconnue supposée nulle : %u unités silencieuses deux éditions de suite",
                       x->rates.silent_twice);
        (void)snprintf(en, sizeof en, "unknown eligibility is assumed nil: %u units silent two editions running",
                       x->rates.silent_twice);
    } else {
        (void)snprintf(fr, sizeof fr, "éligibilité inconnue supposée nulle ; rien n'est connu de l'édition précédente");
        (void)snprintf(en, sizeof en, "unknown eligibility is assumed nil; nothing is known of the last edition");
    }
    return step_add(x, "eligibility", fr, en, e);
}

static enum flow early_make(struct estimate *x, struct err *e)
{
    const struct estimate_rates *r = &x->rates;
    const struct estimate *like = x->work->options.like;
    x->estimable =
        like ? like->estimable
             : r->rr2 >= x->method->early_rate && r->rr2_size >= x->method->early_rate && r->complete + r->partial > 0;
    if (x->estimable)
        return FLOW_OK;
    char fr[200], en[200];
    (void)snprintf(
        fr, sizeof fr,
        "pas encore estimable : %.1f %% des unités et %.1f %% de la taille totale ont répondu, il en faut %.0f %%",
        100.0 * r->rr2, 100.0 * r->rr2_size, 100.0 * x->method->early_rate);
    (void)snprintf(en, sizeof en,
                   "not yet estimable: %.1f %% of the units and %.1f %% of total size have answered, %.0f %% are due",
                   100.0 * r->rr2, 100.0 * r->rr2_size, 100.0 * x->method->early_rate);
    return step_add(x, "early", fr, en, e);
}

static enum flow buffers_make(struct estimate *x, struct err *e)
{
    struct estimate_work *w = x->work;
    int ok = 1;
    for (size_t i = 0; i < sizeof w->buffer / sizeof w->buffer[0]; i++)
        ok = (w->buffer[i] = calloc(w->n + 1, sizeof(double))) && ok;
    for (size_t i = 0; i < sizeof w->flag / sizeof w->flag[0]; i++)
        ok = (w->flag[i] = calloc(w->n + 1, 1)) && ok;
    return ok ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for %zu respondents", w->n);
}

static int compare_rows(const void *a, const void *b)
{
    const struct figure_row *x = a, *y = b;
    if (x->figure != y->figure)
        return x->figure < y->figure ? -1 : 1;
    if (x->domain != y->domain)
        return x->domain < y->domain ? -1 : 1;
    return strcmp(x->area, y->area);
}

/* NaN and infinity are defects, never results. */
static enum flow rows_check(struct estimate *x, struct err *e)
{
    for (size_t i = 0; i < x->rows; i++) {
        const struct figure_row *r = &x->row[i];
        const double numbers[] = {r->observed, r->estimated, r->variance, r->se,    r->cv,
                                  r->lower,    r->upper,     r->coverage, r->share, r->imputed};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            if (!isfinite(numbers[k]))
                return err_set(e, STATUS_BUG, "figure %s, %s %s: number %zu is none", x->figures->figure[r->figure].id,
                               domain_kind_name(r->domain), r->area, k);
    }
    return FLOW_OK;
}

static enum flow run(struct estimate *x, struct err *e)
{
    rates_make(x);
    enum flow f = eligibility_say(x, e);
    f = f == FLOW_OK ? early_make(x, e) : f;
    f = f == FLOW_OK ? groups_make(x, e) : f;
    f = f == FLOW_OK ? regions_make(x, e) : f;
    f = f == FLOW_OK ? weights_make(x, e) : f;
    f = f == FLOW_OK ? buffers_make(x, e) : f;
    f = f == FLOW_OK ? domains_make(x, e) : f;
    if (f == FLOW_OK && x->estimable)
        f = impute_make(x, e);
    f = f == FLOW_OK ? rows_make(x, e) : f;
    if (f != FLOW_OK)
        return f;
    if (x->rows)
        qsort(x->row, x->rows, sizeof *x->row, compare_rows);
    return rows_check(x, e);
}

struct estimate *estimate_run_with(const struct population *p, const struct figures *f, const struct method *m,
                                   const struct run_options *o, struct err *e)
{
    struct estimate *x = population_check(p, e) == FLOW_OK ? estimate_new(p, f, m, o, e) : NULL;
    if (x && run(x, e) != FLOW_OK) {
        estimate_free(x);
        return NULL;
    }
    return x;
}

struct estimate *estimate_run(const struct population *p, const struct figures *f, const struct method *m,
                              struct err *e)
{
    return estimate_run_for(p, f, m, &(struct estimate_asking){0}, e);
}

struct estimate *estimate_run_for(const struct population *p, const struct figures *f, const struct method *m,
                                  const struct estimate_asking *asking, struct err *e)
{
    struct run_options o = {
        .mask_variable = POPULATION_NONE, .nation_only = asking->nation, .only_figure = asking->figure};
    return estimate_run_with(p, f, m, &o, e);
}

const struct figure_row *estimate_row(const struct estimate *x, const char *figure, enum domain_kind d,
                                      const char *area)
{
    for (size_t i = 0; i < x->rows; i++)
        if (x->row[i].domain == d && strcmp(x->figures->figure[x->row[i].figure].id, figure) == 0 &&
            strcmp(x->row[i].area, area) == 0)
            return &x->row[i];
    return NULL;
}
