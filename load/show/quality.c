/* SPDX-License-Identifier: Apache-2.0 */
/* --show quality: what could be wrong with the estimates of a vintage. Respondents against the others on what the
 * register knows; the main total under other suppositions about the silent units; what the rules took away. --show
 * variance holds the formula against a jackknife. */
#include "load/estimation.h"
#include "load/show/show.h"
#include "load/withholds.h"
#include "load/words.h"
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct report_column bias_columns[] = {
    {"what", "sur quoi", "on what", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"category", "modalité", "category", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"respondents", "ayant répondu", "answered", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"nonrespondents", "autres", "others", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"standardised", "écart réduit", "std. gap", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"weighted", "pondérés", "weighted", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"population", "champ", "scope", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column sensitivity_columns[] = {
    {"supposition", "supposition", "supposition", REPORT_LEFT, 1, REPORT_ALWAYS},
    {"value", "total", "total", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"change", "écart", "change", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column variance_columns[] = {
    {"figure", "chiffre", "figure", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"formula_se", "erreur-type", "formula", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"jackknife_se", "jackknife", "jackknife", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"ratio", "rapport", "ratio", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"agrees", "accord", "agrees", REPORT_LEFT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column editing_columns[] = {
    {"rule", "règle", "rule", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"cells", "valeurs", "values", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"figure", "chiffre", "figure", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"without", "sans la règle", "without the rule", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"with", "avec", "with", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"change", "effet", "effect", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

typedef const char *words_for(const char *code, int french);

/* Text speaks, data keep the code. */
static const char *in_words(const struct report *r, words_for *words, const char *code)
{
    return report_is_text(r) ? words(code, report_lang(r) == REPORT_FR) : code;
}

static void put_share_or_mean(struct report *r, const struct bias_row *b, double v)
{
    if (*b->category != '\0') {
        report_percent(r, v, 1);
    } else {
        report_number(r, v, fabs(v) < 1000.0 ? 2 : 0);
    }
}

static enum flow put_bias(struct report *r, const struct estimate *x, struct err *e)
{
    struct bias_row *rows = NULL;
    size_t n = 0;
    enum flow f = estimate_bias(x, &rows, &n, e);
    report_begin(r, "bias", report_words(r, "Répondants et autres", "Respondents and others"), bias_columns);
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        report_text(r, in_words(r, words_of_characteristic, rows[i].what));
        report_text(r, rows[i].category);
        put_share_or_mean(r, &rows[i], rows[i].respondents);
        put_share_or_mean(r, &rows[i], rows[i].nonrespondents);
        report_difference(r, rows[i].standardised, 2);
        put_share_or_mean(r, &rows[i], rows[i].weighted);
        put_share_or_mean(r, &rows[i], rows[i].population);
        report_row(r);
    }
    report_end(r);
    free(rows);
    return f;
}

static enum flow put_sensitivity(struct question *q, const struct estimation *x, const struct edition *ed,
                                 struct err *e)
{
    struct report *r = q->report;
    struct sensitivity_row rows[SENSITIVITY_ROWS];
    if (q->figure != NULL && show_check_figure(q, ed, q->figure, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    const struct figure *figure = show_main_figure(ed, x->figures, q->figure);
    const struct figure_row *now = figure != NULL ? estimate_row(x->estimate, figure->id, DOMAIN_NATION, "") : NULL;
    if (now == NULL || !now->has_estimated) {
        return FLOW_OK;
    }
    const char *category = figure->part.count > 0 ? figure->part.category[0] : "";
    if (estimate_sensitivity(x->estimate, figure->part.variable, category, rows, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    report_begin(r, "sensitivity",
                 report_words(r, "Le total principal si les silencieux différaient",
                              "The main total, were the silent units different"),
                 sensitivity_columns);
    report_text(r, report_words(r, "retenu", "as estimated"));
    report_number(r, now->estimated, -1);
    report_none(r);
    report_row(r);
    for (size_t i = 0; i < SENSITIVITY_ROWS; i++) {
        if (rows[i].has_value) {
            report_text(r, in_words(r, words_of_supposition, rows[i].supposition));
            report_number(r, rows[i].value, -1);
            report_difference_percent(r, rows[i].value / now->estimated - 1.0, 1);
            report_row(r);
        }
    }
    report_end(r);
    return FLOW_OK;
}

/* ---- what the rules took away ---- */

struct withheld_list {
    struct withheld_cell *cell;
    size_t count, room;
    struct arena rules; /* names of the rules */
};

static enum flow add_withheld(struct withheld_list *l, const char *rule, uint32_t item, uint32_t unit, double value,
                              struct err *e)
{
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 256 : 2 * l->room;
        struct withheld_cell *more = realloc(l->cell, room * sizeof *more);
        if (more == NULL) {
            return err_set(e, STATUS_SYSTEM, "no memory for %zu withheld values", room);
        }
        l->cell = more;
        l->room = room;
    }
    const char *name = l->count > 0 && strcmp(l->cell[l->count - 1].rule, rule) == 0 ? l->cell[l->count - 1].rule
                                                                                     : arena_strdup(&l->rules, rule);
    l->cell[l->count++] = (struct withheld_cell){name, item, unit, value};
    return name != NULL ? FLOW_OK : err_set(e, STATUS_SYSTEM, "no memory for the names of rules");
}

struct finding_withheld {
    const struct estimation *x;
    struct withheld_list *list;
};

static enum flow keep_withheld(void *ctx, const struct db_query *row, struct err *e)
{
    struct finding_withheld *w = ctx;
    struct decimal d;
    const char *rule = db_text(row, 0), *variable = db_text(row, 2), *category = db_text(row, 3),
               *raw = db_text(row, 4);
    uint32_t unit = population_find_unit(w->x->population, db_text(row, 1));
    uint32_t item = population_find_item(w->x->population, variable, category);
    if (unit == POPULATION_NONE || item == POPULATION_NONE ||
        !withholds(w->x->edition, rule, variable, category, db_int(row, 5) > 0) ||
        decimal_parse(raw, strlen(raw), &d) != DECIMAL_OK) {
        return FLOW_OK;
    }
    return add_withheld(w->list, rule, item, unit, decimal_double(d), e);
}

/* Values with each rule that took them away, in order of rule. */
static enum flow find_withheld(struct question *q, const struct estimation *x, struct withheld_list *l, struct err *e)
{
    static const char sql[] =
        "SELECT f.rule, u.unit, c.variable, c.category, o.raw, "
        "max(CASE WHEN f.variable = c.variable AND f.category = c.category THEN 1 ELSE 0 END) "
        "FROM vintage_unit u JOIN judgement j ON j.judgement = u.judgement "
        "JOIN observation o ON o.judgement = u.judgement JOIN mark m ON m.mark = o.mark JOIN cell c ON c.cell = o.cell "
        "JOIN finding f ON f.judgement = u.judgement AND f.record = j.record WHERE u.vintage = $1 AND m.silence = "
        "'withheld' AND f.severity = 'error' AND f.outcome = 'failed' AND o.raw IS NOT NULL "
        "GROUP BY f.rule, u.unit, c.variable, c.category, o.raw ORDER BY f.rule, u.unit, c.variable, c.category";
    struct finding_withheld w = {x, l};
    return db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id)), keep_withheld, &w, e);
}

static enum flow put_editing(struct question *q, const struct estimation *x, struct err *e)
{
    struct report *r = q->report;
    struct withheld_list l = {0};
    struct editing_row *rows = NULL;
    size_t n = 0;
    arena_init(&l.rules, 16 << 20);
    enum flow f = find_withheld(q, x, &l, e);
    if (f == FLOW_OK && l.count > 0) {
        f = estimate_editing(x->estimate, l.cell, l.count, &rows, &n, e);
    }
    report_begin(r, "editing", report_words(r, "Effet des contrôles", "Effect of editing"), editing_columns);
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        report_text(r, rows[i].rule);
        report_int(r, rows[i].cells);
        const struct figure *figure = &x->figures->figure[x->estimate->row[rows[i].row].figure];
        report_text(r, figure->id);
        show_level(r, figure, rows[i].without);
        show_level(r, figure, rows[i].with);
        show_difference(r, figure, rows[i].with - rows[i].without);
        report_row(r);
    }
    report_end(r);
    free(rows);
    free(l.cell);
    arena_fini(&l.rules);
    return f;
}

enum flow show_quality(struct question *q, struct err *e)
{
    struct estimation x;
    enum flow f =
        estimation_run(&x, q->db, q->vintage.id, q->vintage.edition, (struct estimate_asking){.nation = 1}, e);
    if (f == FLOW_OK) {
        show_heading(q);
        f = put_bias(q->report, x.estimate, e);
    }
    if (f == FLOW_OK && x.estimate->estimable) {
        f = put_sensitivity(q, &x, x.edition, e);
    }
    if (f == FLOW_OK && x.estimate->estimable) {
        f = put_editing(q, &x, e);
    }
    estimation_fini(&x);
    return f;
}

enum flow show_variance(struct question *q, struct err *e)
{
    struct report *r = q->report;
    struct estimation x;
    struct jackknife_row *rows = NULL;
    size_t n = 0;
    enum flow f =
        estimation_run(&x, q->db, q->vintage.id, q->vintage.edition, (struct estimate_asking){.nation = 1}, e);
    if (f == FLOW_OK) {
        f = estimate_jackknife(x.estimate, &rows, &n, e);
    }
    if (f == FLOW_OK) {
        show_heading(q);
        report_begin(r, "variance", NULL, variance_columns);
        for (size_t i = 0; i < n; i++) {
            report_text(r, x.figures->figure[x.estimate->row[rows[i].row].figure].id);
            report_number(r, rows[i].formula_se, 4);
            report_number(r, rows[i].jackknife_se, 4);
            if (rows[i].formula_se > 0.0) {
                report_number(r, rows[i].jackknife_se / rows[i].formula_se, 3);
            } else {
                report_none(r);
            }
            report_text(r, rows[i].agrees ? report_words(r, "oui", "yes") : report_words(r, "non", "no"));
            report_row(r);
        }
        report_end(r);
    }
    free(rows);
    estimation_fini(&x);
    return f;
}
