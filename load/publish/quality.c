/* SPDX-License-Identifier: Apache-2.0 */
/* Tables about the estimates: what moved them since the last vintage, whom they lean on, how far they depend on what
 * was supposed. */
#include "load/publish/tables.h"

#include "load/causes.h"
#include "load/words.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_shown(struct publish_table *t, double v, int share, int decimals)
{
    char text[32];
    text[double_print(v, text)] = '\0';
    publish_number(t, text, share, decimals);
}

/* ---- revisions ---- */

static const struct publish_column revision_columns[] = {
    {"figure", "chiffre", "figure", PUBLISH_CODE, 0},
    {"label", "libellé", "label", PUBLISH_TEXT, 0},
    {"before", "avant", "before", PUBLISH_NUMBER, 0},
    {"after", "après", "after", PUBLISH_NUMBER, 0},
    {"difference", "écart", "difference", PUBLISH_CHANGE, 0},
    {"register", "registre", "register", PUBLISH_CHANGE, 0},
    {"new", "nouveaux répondants", "new respondents", PUBLISH_CHANGE, 0},
    {"correction", "corrections", "corrections", PUBLISH_CHANGE, 0},
    {"withdrawal", "annulations", "withdrawals", PUBLISH_CHANGE, 0},
    {"decisions", "décisions", "decisions", PUBLISH_CHANGE, 0},
    {"edition", "édition", "edition", PUBLISH_CHANGE, 0},
    {"method", "méthode", "method", PUBLISH_CHANGE, 0},
    {"half_widths", "en demi-largeurs d'intervalle", "in half-widths of the interval", PUBLISH_CHANGE, 2},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static enum flow revision_rows(struct publication *p, struct publish_table *t, const struct revision *r, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < r->rows && f == FLOW_OK; i++) {
        const struct revision_row *x = &r->row[i];
        const struct edition_figure *spec = edition_figure(p->edition, x->figure);
        if (x->domain != DOMAIN_NATION)
            continue;
        publish_text(t, x->figure);
        publish_text(t, spec ? publication_label(p, &spec->label) : "");
        int share = edition_figure_in_percent(spec),
            decimals = spec ? spec->decimals + (share || spec->kind == EDITION_FIGURE_MEAN) : 3;
        put_shown(t, x->before, share, decimals);
        put_shown(t, x->after, share, decimals);
        put_shown(t, x->after - x->before, share, decimals);
        for (int c = 0; c < CAUSE_COUNT; c++)
            put_shown(t, x->part[c], share, decimals);
        if (x->has_half_width)
            publish_double(t, x->half_widths);
        else
            publish_none(t);
        f = publish_table_row(t, e);
    }
    return f;
}

static enum flow compare(struct publication *p, struct publish_table *t, struct err *e)
{
    struct estimation before = {0};
    struct causes *causes = NULL;
    struct revision *r = NULL;
    enum flow f = estimation_prepare(&before, p->db, p->before.id, p->before.edition, NULL, e);
    if (f == FLOW_OK) {
        causes = causes_open(p->db, &p->before, &p->vintage, before.edition, p->estimation.edition, e);
        f = causes ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK) {
        const struct revision_side a = {before.population, before.figures, &before.method};
        const struct revision_side b = {p->estimation.population, p->estimation.figures, &p->estimation.method};
        r = revision_run(&a, &b, causes_owner, causes, 0, e);
        f = r ? revision_rows(p, t, r, e) : FLOW_FATAL;
        for (int c = 0; r && c < CAUSE_COUNT; c++)
            p->causes[c] = r->units[c];
    }
    revision_free(r);
    causes_close(causes);
    estimation_fini(&before);
    return f;
}

enum flow tables_revisions(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "revisions", revision_columns);
    t->sheet_fr = "Révisions";
    t->sheet_en = "Revisions";
    t->fr = "Ce qui a changé depuis la version précédente, par cause";
    t->en = "What changed since the vintage before, by cause";
    t->note_fr =
        p->before.number
            ? "Les contributions des causes s'ajoutent exactement à l'écart (valeur de Shapley), en points pour les "
              "parts. Un nouveau retour déplace une estimation de ce qu'il dit moins ce qui était supposé à sa place."
            : "Première version de la campagne : rien à comparer.";
    t->note_en =
        p->before.number
            ? "Contributions of the causes add up exactly to the difference (Shapley value), in points for shares. A "
              "new return moves an estimate by what it says minus what was supposed in its place."
            : "First vintage of the campaign: nothing to compare with.";
    return p->before.number ? compare(p, t, e) : FLOW_OK;
}

/* ---- non-response bias ---- */

static const struct publish_column bias_columns[] = {
    {"what", "caractéristique", "characteristic", PUBLISH_TEXT, 0},
    {"category", "modalité", "category", PUBLISH_CODE, 0},
    {"category_label", "libellé", "label", PUBLISH_TEXT, 0},
    {"respondents", "répondants", "respondents", PUBLISH_NUMBER, 3},
    {"nonrespondents", "non-répondants", "non-respondents", PUBLISH_NUMBER, 3},
    {"standardised", "écart standardisé", "standardised difference", PUBLISH_NUMBER, 3},
    {"weighted", "répondants pondérés", "weighted respondents", PUBLISH_NUMBER, 3},
    {"population", "champ", "scope", PUBLISH_NUMBER, 3},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

enum flow tables_bias(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "bias", bias_columns);
    t->sheet_fr = "Biais";
    t->sheet_en = "Bias";
    struct bias_row *rows = NULL;
    size_t count = 0;
    t->fr = "Répondants et non-répondants selon le registre";
    t->en = "Respondents and non-respondents on what the register knows";
    t->note_fr = "Un écart standardisé au-delà de 0,1 en valeur absolue mérite l'attention.";
    t->note_en = "A standardised difference beyond 0.1 deserves attention.";
    enum flow f = p->estimation.estimate->estimable ? estimate_bias(p->estimation.estimate, &rows, &count, e) : FLOW_OK;
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        int whole = strcmp(rows[i].what, "size_mean") == 0;
        publish_text(t, words_of_characteristic(rows[i].what, p->language == PUBLISH_FR));
        publish_text(t, rows[i].category);
        publish_text(t, *rows[i].category ? publication_area(p, rows[i].what, rows[i].category) : "");
        put_shown(t, rows[i].respondents, 0, whole ? 0 : 3);
        put_shown(t, rows[i].nonrespondents, 0, whole ? 0 : 3);
        publish_double(t, rows[i].standardised);
        put_shown(t, rows[i].weighted, 0, whole ? 0 : 3);
        put_shown(t, rows[i].population, 0, whole ? 0 : 3);
        f = publish_table_row(t, e);
    }
    free(rows);
    return f;
}

/* ---- response groups ---- */

static const struct publish_column group_columns[] = {
    {"group", "groupe", "group", PUBLISH_INTEGER, 0},
    {"from", "{size} : de", "{size}: from", PUBLISH_NUMBER, 0},
    {"to", "à (exclu)", "to (excluded)", PUBLISH_NUMBER, 0},
    {"units", "unités", "units", PUBLISH_INTEGER, 0},
    {"respondents", "répondants", "respondents", PUBLISH_INTEGER, 0},
    {"weight", "poids de base", "base weight", PUBLISH_NUMBER, 3},
    {"classes", "classes réunies", "classes merged", PUBLISH_INTEGER, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

enum flow tables_groups(struct publication *p, struct err *e)
{
    const struct estimate *x = p->estimation.estimate;
    struct publish_table *t = publication_table(p, "groups", group_columns);
    t->sheet_fr = "Groupes";
    t->sheet_en = "Groups";
    enum flow f = FLOW_OK;
    t->fr = "Groupes de réponse";
    t->en = "Response groups";
    for (size_t g = 0; g < x->groups && f == FLOW_OK; g++) {
        const struct response_group *r = &x->response_group[g];
        publish_int(t, (int64_t)g + 1);
        publish_double(t, r->from);
        if (r->has_to)
            publish_double(t, r->to);
        else
            publish_none(t);
        publish_int(t, r->units);
        publish_int(t, r->respondents);
        if (r->respondents)
            publish_double(t, r->weight);
        else
            publish_none(t);
        publish_int(t, r->classes);
        f = publish_table_row(t, e);
    }
    return f;
}

/* ---- sensitivity of the main total ---- */

static const struct publish_column sensitivity_columns[] = {
    {"figure", "chiffre", "figure", PUBLISH_CODE, 0},
    {"supposition", "supposition sur les silencieux", "supposition about the silent", PUBLISH_TEXT, 0},
    {"value", "valeur", "value", PUBLISH_NUMBER, 0},
    {"difference", "écart à l'estimation", "difference from the estimate", PUBLISH_SHARE, 1},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

/* The total that suppositions are told of: the first one of a whole variable. */
static const struct edition_figure *main_total(const struct publication *p)
{
    for (size_t i = 0; i < p->edition->figure_count; i++) {
        const struct edition_figure *f = &p->edition->figures[i];
        if (f->kind == EDITION_FIGURE_TOTAL && f->category_count == 0)
            return f;
    }
    return NULL;
}

enum flow tables_sensitivity(struct publication *p, struct err *e)
{
    const struct estimate *x = p->estimation.estimate;
    struct publish_table *t = publication_table(p, "sensitivity", sensitivity_columns);
    t->sheet_fr = "Sensibilité";
    t->sheet_en = "Sensitivity";
    const struct edition_figure *spec = main_total(p);
    const struct figure_row *row = spec ? estimate_row(x, spec->id, DOMAIN_NATION, "") : NULL;
    struct sensitivity_row s[SENSITIVITY_ROWS];
    t->fr = "Sensibilité du total aux suppositions sur les silencieux";
    t->en = "Sensitivity of the total to what is supposed of the silent units";
    if (!row || !row->has_estimated || !x->estimable)
        return FLOW_OK;
    enum flow f = estimate_sensitivity(x, p->edition->variables[spec->variable].id, "", s, e);
    for (int i = 0; i < SENSITIVITY_ROWS && f == FLOW_OK; i++) {
        if (!s[i].has_value)
            continue;
        publish_text(t, spec->id);
        publish_text(t, words_of_supposition(s[i].supposition, p->language == PUBLISH_FR));
        publish_double(t, s[i].value);
        put_shown(t, s[i].value / row->estimated - 1.0, 1, 1);
        f = publish_table_row(t, e);
    }
    return f;
}

/* ---- contributions ---- */

static const struct publish_column contribution_columns[] = {
    {"figure", "chiffre", "figure", PUBLISH_CODE, 0},
    {"place", "place", "place", PUBLISH_INTEGER, 0},
    {"unit", "identifiant", "unit", PUBLISH_CODE, 0},
    {"value", "valeur", "value", PUBLISH_NUMBER, 1},
    {"weight", "poids", "weight", PUBLISH_NUMBER, 3},
    {"contribution", "contribution", "contribution", PUBLISH_NUMBER, 1},
    {"share", "part de l'estimation", "share of the estimate", PUBLISH_SHARE, 1},
    {"imputed", "valeur imputée", "imputed value", PUBLISH_INTEGER, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

enum { TOP = 20 };

static enum flow top_of(struct publication *p, struct publish_table *t, const struct figure_row *row, const char *id,
                        struct err *e)
{
    struct contribution top[TOP];
    size_t n = estimate_contributions(p->estimation.estimate, row, top, TOP);
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && i < TOP && f == FLOW_OK; i++) {
        publish_text(t, id);
        publish_int(t, (int64_t)i + 1);
        publish_text(t, p->estimation.population->id[top[i].unit]);
        publish_double(t, top[i].value);
        publish_double(t, top[i].weight);
        publish_double(t, top[i].contribution);
        publish_double(t, top[i].share);
        publish_int(t, top[i].status == CELL_IMPUTED);
        f = publish_table_row(t, e);
    }
    return f;
}

enum flow tables_contributions(struct publication *p, struct err *e)
{
    const struct estimate *x = p->estimation.estimate;
    struct publish_table *t = publication_table(p, "contributions", contribution_columns);
    t->sheet_fr = "Contributions";
    t->sheet_en = "Contributions";
    enum flow f = FLOW_OK;
    t->fr = "Les vingt plus fortes contributions à chaque total";
    t->en = "The twenty largest contributions to each total";
    for (size_t i = 0; i < p->edition->figure_count && f == FLOW_OK; i++) {
        const struct edition_figure *spec = &p->edition->figures[i];
        const struct figure_row *row =
            spec->kind == EDITION_FIGURE_TOTAL ? estimate_row(x, spec->id, DOMAIN_NATION, "") : NULL;
        if (row && row->has_estimated)
            f = top_of(p, t, row, spec->id, e);
    }
    return f;
}

/* ---- what was done ---- */

static const struct publish_column step_columns[] = {
    {"position", "ordre", "order", PUBLISH_INTEGER, 0},
    {"step", "étape", "step", PUBLISH_WORD, 0},
    {"text", "ce qui a été fait", "what was done", PUBLISH_TEXT, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

enum flow tables_steps(struct publication *p, struct err *e)
{
    const struct estimate *x = p->estimation.estimate;
    struct publish_table *t = publication_table(p, "steps", step_columns);
    t->sheet_fr = "Journal";
    t->sheet_en = "Journal";
    enum flow f = FLOW_OK;
    t->fr = "Journal de l'estimation";
    t->en = "Journal of the estimation";
    for (size_t i = 0; i < x->steps && f == FLOW_OK; i++) {
        publish_int(t, (int64_t)i + 1);
        publish_text(t, x->step[i].step);
        publish_text(t, publication_words(p, x->step[i].text_fr, x->step[i].text_en));
        f = publish_table_row(t, e);
    }
    return f;
}
