/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers are computed once, here, and kept as the shortest text that reads back the same, so that both databases hold
 * the same bytes. */
#include "load/estimation.h"

#include "load/store/fill.h"
#include "load/store/store.h"
#include "schemas/run/decimal.h"

#include <stdlib.h>
#include <string.h>

enum { METHOD_TEXT_MAX = 64 << 10, WEIGHT_DIGITS = 12, NUMBER_TEXT = 32 };

static const char *edition_table(const struct edition *ed, const char *name, size_t *n)
{
    const char *bytes, *file;
    for (size_t i = 0; (file = edition_file(ed, i, &bytes, n)) != NULL; i++) {
        if (strcmp(file, name) == 0) {
            return bytes;
        }
    }
    *n = 0;
    return "";
}

enum flow estimation_method(const struct edition *ed, struct buf *text, char digest[DIGEST_HEX_MAX], struct err *e)
{
    struct method m;
    char figures[DIGEST_HEX_MAX];
    size_t n;
    const char *table = edition_table(ed, "figures.csv", &n);
    method_defaults(&m);
    enum flow f = method_of(&m, ed, e);
    if (f == FLOW_OK) {
        f = digest_of(table, n, figures, e);
    }
    if (f == FLOW_OK) {
        f = buf_printf(text, e, "method=%s\nfigures=%s\n", METHOD_ID, figures);
    }
    if (f == FLOW_OK) {
        f = method_text(&m, text, e);
    }
    method_fini(&m);
    return f == FLOW_OK ? digest_of(text->data, text->len, digest, e) : f;
}

static enum flow take(struct estimation *x, struct population *p, const struct edition *ed, struct err *e)
{
    x->population = p;
    x->figures = p != NULL ? figures_of(ed, e) : NULL;
    if (x->figures == NULL) {
        return FLOW_FATAL;
    }
    method_defaults(&x->method);
    x->has_method = 1;
    return method_of(&x->method, ed, e);
}

static enum flow estimate(struct estimation *x, struct estimate_asking asking, struct err *e)
{
    x->estimate = estimate_run_for(x->population, x->figures, &x->method, &asking, e);
    return x->estimate != NULL ? FLOW_OK : FLOW_FATAL;
}

enum flow estimation_prepare(struct estimation *x, struct db *db, int64_t vintage, int64_t edition,
                             struct edition *borrowed, struct err *e)
{
    *x = (struct estimation){0};
    const struct edition *ed = borrowed;
    if (ed == NULL) {
        ed = x->edition = store_edition(db, edition, e);
    }
    return ed != NULL ? take(x, fill_population(db, vintage, ed, NULL, e), ed, e) : FLOW_FATAL;
}

enum flow estimation_run(struct estimation *x, struct db *db, int64_t vintage, int64_t edition,
                         struct estimate_asking asking, struct err *e)
{
    return estimation_prepare(x, db, vintage, edition, NULL, e) == FLOW_OK ? estimate(x, asking, e) : FLOW_FATAL;
}

enum flow estimation_of(struct estimation *x, struct population *p, const struct edition *ed, struct err *e)
{
    *x = (struct estimation){0};
    return take(x, p, ed, e) == FLOW_OK ? estimate(x, (struct estimate_asking){0}, e) : FLOW_FATAL;
}

void estimation_fini(struct estimation *x)
{
    estimate_free(x->estimate);
    if (x->has_method) {
        method_fini(&x->method);
    }
    figures_free(x->figures);
    population_free(x->population);
    edition_close(x->edition);
    *x = (struct estimation){0};
}

/* ---- keeping ---- */

static void put_number(struct db_insert *i, int there, double v)
{
    char text[NUMBER_TEXT];
    if (!there) {
        db_put_null(i);
        return;
    }
    double_print(v, text);
    db_put_text(i, text);
}

static void put_whole(struct db_insert *i, int there, int64_t v)
{
    if (there) {
        db_put_int(i, v);
    } else {
        db_put_null(i);
    }
}

static void put_weight(struct db_insert *i, double v)
{
    char text[NUMBER_TEXT];
    double_print_digits(v, WEIGHT_DIGITS, text);
    db_put_text(i, text);
}

static enum flow weight_rows(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e)
{
    for (size_t u = 0; u < x->population->units; u++) {
        if (!x->estimable || x->weight == NULL || !unit_responds(x->population, u)) {
            continue;
        }
        db_put_int(i, vintage);
        db_put_text(i, x->population->id[u]);
        db_put_int(i, (int64_t)x->group[u] + 1);
        put_weight(i, x->response_group[x->group[u]].weight);
        put_weight(i, x->weight[u]);
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow group_rows(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e)
{
    for (size_t g = 0; g < x->groups; g++) {
        const struct response_group *r = &x->response_group[g];
        db_put_int(i, vintage);
        db_put_int(i, (int64_t)g + 1);
        db_put_int(i, r->units);
        db_put_int(i, r->respondents);
        put_number(i, 1, r->from);
        put_number(i, r->has_to, r->to);
        put_weight(i, r->weight);
        db_put_int(i, r->classes);
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow step_rows(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e)
{
    for (size_t s = 0; s < x->steps; s++) {
        db_put_int(i, vintage);
        db_put_int(i, (int64_t)s + 1);
        db_put_text(i, x->step[s].step);
        db_put_text(i, x->step[s].text_fr);
        db_put_text(i, x->step[s].text_en);
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static const char *variable_of_item(const struct population *p, uint32_t item)
{
    for (size_t v = 0; v < p->variables; v++) {
        if (item >= p->variable[v].first && item < p->variable[v].first + p->variable[v].count) {
            return p->variable[v].id;
        }
    }
    return "";
}

static enum flow imputation_rows(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e)
{
    const struct population *p = x->population;
    uint32_t item = 0;
    for (size_t k = 0; k < x->imputed.count; k++) {
        struct imputed_cell c = imputed_at(&x->imputed, k);
        while (k >= x->imputed.first[item + 1]) {
            item++;
        }
        db_put_int(i, vintage);
        db_put_text(i, p->id[c.unit]);
        db_put_text(i, variable_of_item(p, item));
        db_put_text(i, p->item[item].category);
        put_number(i, 1, c.value);
        db_put_text(i, impute_rule_name(c.rule));
        db_put_text(i, impute_level_name(c.level));
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

static enum flow figure_rows(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e)
{
    for (size_t k = 0; k < x->rows; k++) {
        const struct figure_row *r = &x->row[k];
        db_put_int(i, vintage);
        db_put_int(i, (int64_t)k + 1);
        db_put_text(i, x->figures->figure[r->figure].id);
        db_put_text(i, domain_kind_name(r->domain));
        db_put_text(i, r->area);
        db_put_text(i, figure_status_name(r->status));
        put_number(i, r->has_observed, r->observed);
        put_number(i, r->has_estimated, r->estimated);
        put_number(i, r->has_variance, r->variance);
        put_number(i, r->has_cv, r->cv);
        put_number(i, r->has_interval, r->lower);
        put_number(i, r->has_interval, r->upper);
        put_whole(i, r->has_variance, r->df);
        db_put_int(i, r->base);
        db_put_int(i, r->units);
        put_number(i, 1, r->coverage);
        put_whole(i, r->rank != 0, r->rank);
        put_whole(i, r->observed_rank != 0, r->observed_rank);
        db_put_int(i, r->tied != 0);
        put_number(i, r->has_share, r->share);
        put_number(i, r->has_share, r->observed_share);
        put_number(i, 1, r->imputed);
        if (db_end_row(i, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

enum flow estimation_keep(const struct estimation *x, struct db *db, int64_t vintage, struct err *e)
{
    static const struct {
        const char *table, *columns;
        enum flow (*rows)(const struct estimate *x, int64_t vintage, struct db_insert *i, struct err *e);
    } tables[] = {
        {"response_group", "vintage, response_group, units, respondents, size_from, size_to, weight, classes",
         group_rows},
        {"weight", "vintage, unit, response_group, design, weight", weight_rows},
        {"step", "vintage, position, step, text_fr, text_en", step_rows},
        {"imputation", "vintage, unit, variable, category, value, rule, level", imputation_rows},
        {"figure",
         "vintage, position, figure, domain, area, status, observed, estimated, variance, cv, lower_bound, "
         "upper_bound, df, base, units, coverage, rank, observed_rank, "
         "tied, share, observed_share, imputed",
         figure_rows},
    };
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        struct db_insert *i = db_insert_open(db, tables[k].table, tables[k].columns, e);
        enum flow f = i != NULL ? tables[k].rows(x->estimate, vintage, i, e) : FLOW_FATAL;
        if (f == FLOW_OK) {
            f = db_insert_finish(i, e);
        }
        db_insert_close(i);
        if (f != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}
