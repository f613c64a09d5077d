/* SPDX-License-Identifier: Apache-2.0 */
/* Figures that no answer stands behind: what the register knows, rates of response, and the extremes of rows that are
 * there already. */
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

#include <stdlib.h>
#include <string.h>

/* ---- register figures and rates ---- */
static void register_row(const struct domain *d, size_t a, enum figure_kind k, struct figure_row *r)
{
    r->has_observed = r->has_estimated = 1;
    r->observed = r->estimated = k == FIGURE_COUNT ? (double)d->units[a] : d->size[a];
    r->base = r->units;
    r->coverage = 1.0;
    r->status = FIGURE_EXACT;
}

static int counts_in(const char *rate, uint8_t outcome)
{
    return outcome == OUTCOME_COMPLETE || (outcome == OUTCOME_PARTIAL && strncmp(rate, "RR2", 3) == 0);
}

static enum flow rate_rows(struct estimate *x, uint32_t figure, int kind, struct err *e)
{
    const struct figure *f = &x->figures->figure[figure];
    const struct domain *d = &x->work->domain[kind];
    int weighted = strlen(f->column) == 4 && f->column[3] == 'W';
    if (strncmp(f->column, "RR1", 3) != 0 && strncmp(f->column, "RR2", 3) != 0)
        return err_set(e, STATUS_CONFIG, "figure %s: unknown rate '%s' (RR1, RR2, RR1W or RR2W)", f->id, f->column);
    struct ratio_sums {
        struct sum in, size;
        uint32_t base;
    } *s = calloc(d->areas + 1, sizeof *s);
    if (!s)
        return err_set(e, STATUS_SYSTEM, "out of memory for rates");
    for (size_t i = 0; i < x->population->units; i++)
        if (counts_in(f->column, x->work->outcome[i])) {
            struct ratio_sums *t = &s[domain_area(d, i)];
            t->base++;
            sum_add(&t->size, x->population->size[i]);
            sum_add(&t->in, weighted ? x->population->size[i] : 1.0);
        }
    enum flow flow = FLOW_OK;
    for (size_t a = 0; flow == FLOW_OK && a < d->areas; a++) {
        struct figure_row *r = row_add(x, figure, d, a, e);
        if (!r) {
            flow = FLOW_FATAL;
            break;
        }
        double all = weighted ? d->size[a] : (double)d->units[a];
        r->has_observed = r->has_estimated = all > 0.0;
        r->observed = r->estimated = all > 0.0 ? sum_value(&s[a].in) / all : 0.0;
        r->base = s[a].base;
        r->coverage = d->size[a] > 0.0 ? sum_value(&s[a].size) / d->size[a] : 0.0;
        r->status = FIGURE_EXACT;
    }
    free(s);
    return flow;
}

enum flow rows_of_frame(struct estimate *x, uint32_t k, struct err *e)
{
    const struct figure *f = &x->figures->figure[k];
    enum flow r = FLOW_OK;
    for (int d = 0; r == FLOW_OK && d < DOMAIN_KINDS; d++) {
        if (!row_wanted(x, f, d))
            continue;
        if (f->kind == FIGURE_RATE) {
            r = rate_rows(x, k, d, e);
            continue;
        }
        for (size_t a = 0; r == FLOW_OK && a < x->work->domain[d].areas; a++) {
            struct figure_row *row = row_add(x, k, &x->work->domain[d], a, e);
            if (row)
                register_row(&x->work->domain[d], a, f->kind, row);
            else
                r = FLOW_FATAL;
        }
    }
    return r;
}

/* ---- extremes of the means of one variable ---- */
static void extreme_of(const struct estimate *x, const struct figure *f, struct figure_row *r)
{
    int low = f->kind == FIGURE_MINIMUM;
    for (size_t i = 0; i < x->rows; i++) {
        const struct figure_row *m = &x->row[i];
        const struct figure *g = &x->figures->figure[m->figure];
        if (g->kind != FIGURE_MEAN || m->domain != r->domain || strcmp(m->area, r->area) != 0 ||
            strcmp(g->part.variable, f->part.variable) != 0)
            continue;
        if (m->has_observed && (!r->has_observed || (low ? m->observed < r->observed : m->observed > r->observed))) {
            r->observed = m->observed;
            r->has_observed = 1;
        }
        if (m->has_estimated &&
            (!r->has_estimated || (low ? m->estimated < r->estimated : m->estimated > r->estimated))) {
            r->estimated = m->estimated;
            r->has_estimated = 1;
            r->base = m->base;
            r->coverage = m->coverage;
        }
        r->status = x->estimable ? FIGURE_NO_INTERVAL : FIGURE_EARLY;
    }
}

enum flow rows_of_extremes(struct estimate *x, uint32_t k, struct err *e)
{
    const struct figure *f = &x->figures->figure[k];
    if (population_find_variable(x->population, f->part.variable) == POPULATION_NONE)
        return row_not_asked(x, k, e);
    for (int d = 0; d < DOMAIN_KINDS; d++)
        for (size_t a = 0; row_wanted(x, f, d) && a < x->work->domain[d].areas; a++) {
            struct figure_row *r = row_add(x, k, &x->work->domain[d], a, e);
            if (!r)
                return FLOW_FATAL;
            extreme_of(x, f, r);
        }
    return FLOW_OK;
}
