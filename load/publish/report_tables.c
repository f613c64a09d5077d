/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of the report that are tables: what changed, findings, sensitivity, bias, method, origin. */
#include "load/publish/model.h"
#include "load/publish/report.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <string.h>

/* ---- tables shown as they are ---- */

static const char *shown_cell(struct publication *p, const struct publish_table *t, size_t row, size_t column)
{
    double v;
    const struct publish_column *c = &t->column[column];
    const struct publish_cell *cell = &t->cell[row * t->columns + column];
    const char *s = cell->text ? cell->text : "";
    int decimals = cell->decimals >= 0 ? cell->decimals : c->decimals;
    int share = cell->share > 0 || (cell->share < 0 && c->kind == PUBLISH_SHARE);
    if (c->kind < PUBLISH_INTEGER || !*s || !double_parse(s, strlen(s), &v))
        return publish_shown(t, column, s, p->language);
    if (c->kind == PUBLISH_CHANGE)
        return publication_difference(p, v, share, decimals);
    return share ? publication_percent(p, s, decimals) : publication_number(p, v, decimals);
}

/* A number column that says nothing: empty or zero in every row. */
static int says_nothing(const struct publish_table *t, size_t column)
{
    if (t->column[column].kind < PUBLISH_INTEGER)
        return 0;
    for (size_t r = 0; r < t->rows; r++)
        if (report_exact(publish_at(t, r, column)) != 0)
            return 0;
    return 1;
}

static void plain_table(struct publication *p, struct html *h, const struct publish_table *t, size_t limit)
{
    int skipped[64] = {0};
    html_raw(h, "<div class=\"wrap\"><table class=\"plain\"><thead><tr>");
    for (size_t c = 0; c < t->columns && c < 64; c++)
        skipped[c] = says_nothing(t, c);
    for (size_t c = 0; c < t->columns; c++)
        if (!skipped[c])
            html_element(h, t->column[c].kind >= PUBLISH_INTEGER ? "th scope=\"col\" class=\"n\"" : "th scope=\"col\"",
                         publication_words(p, t->column[c].fr, t->column[c].en));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < t->rows && r < limit; r++) {
        html_raw(h, "<tr>");
        for (size_t c = 0; c < t->columns; c++)
            if (!skipped[c])
                html_element(h,
                             c == 0                                 ? "th scope=\"row\""
                             : t->column[c].kind >= PUBLISH_INTEGER ? "td class=\"n\""
                                                                    : "td",
                             shown_cell(p, t, r, c));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

/* "Depuis la version 1, arrêtée au ... : nouveaux répondants 34 ; annulations 8." */
static void causes(struct publication *p, struct html *h)
{
    static const char *const words[CAUSE_COUNT][2] = {
        {"unités dont le registre a changé", "units changed in the register"},
        {"nouveaux répondants", "new respondents"},
        {"retours corrigés", "corrected returns"},
        {"réponses annulées, inexploitables ou mises en suspens", "answers withdrawn, unusable or undecided"},
        {"unités touchées par une décision", "units touched by a decision"},
        {"unités jugées autrement par l'édition", "units judged otherwise by the edition"},
        {"unités touchées par la méthode", "units touched by the method"},
    };
    int said = 0;
    html_raw(h, "<p id=\"changed\">");
    html_text(h, publication_words(p, "Depuis la version ", "Since vintage "));
    html_printf(h, "%lld", (long long)p->before.number);
    html_text(h, publication_words(p, ", arrêtée au ", ", as of "));
    html_text(h, publication_date(p, p->before.as_of));
    html_text(h, publication_words(p, " : ", ": "));
    for (int c = 0; c < CAUSE_COUNT; c++)
        if (p->causes[c]) {
            html_printf(h, "%s<strong>%lld</strong> ", said++ ? ", " : "", (long long)p->causes[c]);
            html_text(h, publication_words(p, words[c][0], words[c][1]));
        }
    if (!said)
        html_text(h, publication_words(p, "aucune réponse n'a changé", "no answer has changed"));
    html_raw(h, ".</p>\n");
}

void report_revisions(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "revisions");
    report_heading(p, h, "revisions", t->fr, t->en);
    if (t->rows)
        causes(p, h);
    html_element(h, "p class=\"note\"", publication_words(p, t->note_fr, t->note_en));
    if (t->rows)
        plain_table(p, h, t, 200);
    html_raw(h, "</section>\n");
}

void report_sensitivity(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "sensitivity");
    report_heading(p, h, "sensitivity", t->fr, t->en);
    if (t->rows) {
        report_paragraph(
            p, h,
            "L'estimation suppose que, dans un groupe, les silencieux ressemblent aux répondants. Voici ce que le "
            "total deviendrait sous d'autres suppositions ; ce n'est pas un intervalle, aucune n'est plus probable "
            "qu'une autre.",
            "The estimate supposes that within a group the silent resemble the respondents. This is what the "
            "total would become under other suppositions; it is no interval, none is likelier than another.");
        plain_table(p, h, t, 200);
    } else {
        report_paragraph(p, h, "Pas encore estimable.", "Not yet estimable.");
    }
    html_raw(h, "</section>\n");
}

enum { BIAS_DIFFERENCE = 5 };

void report_bias(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "bias");
    size_t far = 0;
    for (size_t r = 0; r < t->rows; r++) {
        double d = report_exact(publish_at(t, r, BIAS_DIFFERENCE));
        far += d > 0.1 || d < -0.1;
    }
    report_heading(p, h, "bias", t->fr, t->en);
    html_element(h, "p class=\"note\"", publication_words(p, t->note_fr, t->note_en));
    if (t->rows) {
        html_printf(h, "<details><summary>%zu %s %zu</summary>\n", far,
                    publication_words(p, "caractéristiques au-delà de 0,1 sur", "characteristics beyond 0.1 of"),
                    t->rows);
        plain_table(p, h, t, 200);
        html_raw(h, "</details>\n");
    } else {
        report_paragraph(p, h, "Pas encore estimable.", "Not yet estimable.");
    }
    html_raw(h, "</section>\n");
}

/* ---- findings ---- */

enum { D_RULE, D_LABEL, D_STAGE, D_LEVEL, D_SEVERITY, D_OUTCOME, D_UNITS, D_FINDINGS };

static void finding_tools(struct publication *p, struct html *h)
{
    static const char *const severities[] = {"fatal", "error", "warning", "information"};
    html_raw(h, "<div class=\"tools\" id=\"tools\" hidden><div><label for=\"search\">");
    html_text(h, publication_words(p, "Chercher une règle ou un mot", "Search a rule or a word"));
    html_raw(h,
             "</label><input type=\"search\" id=\"search\" autocomplete=\"off\"></div><div><label for=\"severity\">");
    html_text(h, publication_words(p, "Gravité", "Severity"));
    html_raw(h, "</label><select id=\"severity\"><option value=\"\">");
    html_text(h, publication_words(p, "toutes", "all"));
    html_raw(h, "</option>");
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++) {
        html_printf(h, "<option value=\"%s\">", severities[i]);
        html_text(h, publish_word(severities[i], p->language));
        html_raw(h, "</option>");
    }
    html_raw(h, "</select></div><output id=\"shown\" for=\"search severity\" aria-live=\"polite\"></output></div>\n");
}

void report_findings(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "findings");
    static const char *const head[][2] = {{"Règle", "Rule"},    {"Libellé", "Label"}, {"Gravité", "Severity"},
                                          {"Issue", "Outcome"}, {"Unités", "Units"},  {"Constats", "Findings"}};
    report_heading(p, h, "rules", "Constats par règle", "Findings by rule");
    html_element(
        h, "p class=\"note\"",
        publication_words(p,
                          "Non respectée : la règle a trouvé un défaut ; non évaluable : une donnée manque pour en "
                          "juger ; normalisé : valeur lue par une table relue. La gravité est celle de la règle.",
                          "Broken: the rule found a fault; not evaluable: something is missing to tell; normalised: a "
                          "value read by a reviewed table. The severity is that of the rule."));
    finding_tools(p, h);
    html_raw(h, "<div class=\"wrap\"><table id=\"findings\"><thead><tr>");
    for (int i = 0; i < 6; i++)
        html_element(h, i < 4 ? "th scope=\"col\"" : "th scope=\"col\" class=\"n\"",
                     publication_words(p, head[i][0], head[i][1]));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < t->rows; r++) {
        const char *severity = publish_at(t, r, D_SEVERITY);
        html_printf(h, "<tr data-severity=\"%.16s\">", severity);
        html_element(h, "th scope=\"row\"", publish_at(t, r, D_RULE));
        html_element(h, "td", publish_at(t, r, D_LABEL));
        const char *outcome = publish_at(t, r, D_OUTCOME);
        html_printf(h, "<td class=\"%.16s\">", strcmp(outcome, "failed") == 0 ? severity : "note");
        html_text(h, publish_word(severity, p->language));
        html_raw(h, "</td>");
        html_element(h, "td", publish_word(outcome, p->language));
        html_element(h, "td class=\"n\"", publication_number(p, report_exact(publish_at(t, r, D_UNITS)), 0));
        html_element(h, "td class=\"n\"", publication_number(p, report_exact(publish_at(t, r, D_FINDINGS)), 0));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div></section>\n");
}

/* ---- method ---- */

void report_method(struct publication *p, struct html *h)
{
    const struct estimate *x = p->estimation.estimate;
    report_heading(p, h, "method", "Méthode et limites", "Method and limits");
    report_paragraph(
        p, h,
        "Toutes les unités ne répondent pas. Les répondants sont repondérés pour représenter aussi les "
        "silencieux, par groupes de taille ({size}), puis calés sur le nombre d'unités par région et sur la taille "
        "totale ; un répondant ne compte jamais moins que pour lui-même. Une question sans réponse est déduite quand "
        "l'arithmétique la prouve, sinon supposée à partir d'unités semblables.",
        "Not every unit answers. Respondents are weighted to stand for the silent ones too, by groups of size "
        "({size}), then calibrated on the number of units by region and on total size; a respondent never counts for "
        "less than itself. A question without an answer is deduced when arithmetic proves it, else supposed from "
        "similar units.");
    report_paragraph(
        p, h,
        "L'intervalle à 95 % mesure l'incertitude due aux silences, en supposant que dans un groupe les "
        "silencieux ressemblent aux répondants. "
        "Si la réponse dépend de ce qu'on mesure, aucune formule ne le répare : voir la sensibilité. Un chiffre "
        "« à lire avec prudence » ou "
        "« trop incertain » est marqué comme tel ; ce n'est pas une question de secret.",
        "The 95 % interval measures the uncertainty due to silence, supposing that within a group the silent "
        "resemble the respondents. If "
        "answering depends on what is measured, no formula repairs it: see the sensitivity. A figure to \"read "
        "with care\" or \"too uncertain\" "
        "is marked so; that is no matter of confidentiality.");
    report_paragraph(
        p, h,
        "Les totaux peuvent différer par les arrondis. Ce document est interne : le contrôle du secret "
        "statistique n'a pas eu lieu.",
        "Totals may differ by rounding. This document is internal: no disclosure control has taken place.");
    if (x->estimable) {
        html_raw(h, "<p>");
        html_text(h, publication_words(
                         p, "Dispersion des poids (Kish, 1 + CV²) : ", "Dispersion of the weights (Kish, 1 + CV²): "));
        html_text(h, publication_number(p, x->kish, 3));
        html_raw(h, ".</p>\n");
    }
    html_raw(h, "<details><summary>");
    html_text(h, publication_words(p, "Journal de l'estimation", "Journal of the estimation"));
    html_raw(h, "</summary>\n");
    plain_table(p, h, publication_find_table(p, "steps"), 500);
    plain_table(p, h, publication_find_table(p, "groups"), 100);
    html_raw(h, "</details>\n</section>\n");
}

static void origin_row(struct html *h, const char *name, const char *value, int code)
{
    html_raw(h, "<tr>");
    html_element(h, "th scope=\"row\"", name);
    html_raw(h, code ? "<td><code>" : "<td>");
    html_verbatim(h, value);
    html_raw(h, code ? "</code></td></tr>\n" : "</td></tr>\n");
}

void report_origin(struct publication *p, struct html *h)
{
    const struct vintage *v = &p->vintage;
    report_heading(p, h, "origin", "D'où viennent ces chiffres", "Where these figures come from");
    html_raw(h, "<div class=\"wrap\"><table><tbody>\n");
    origin_row(h, publication_words(p, "Jeu de données", "Dataset"), v->package_name, 1);
    origin_row(h, publication_words(p, "Empreinte du contenu", "Content digest"), v->content_digest, 1);
    origin_row(h, publication_words(p, "Édition", "Edition"), v->edition_id, 0);
    origin_row(h, publication_words(p, "Empreinte de l'édition", "Digest of the edition"), v->edition_digest, 1);
    origin_row(h, publication_words(p, "Empreinte du registre", "Digest of the register"), v->register_digest, 1);
    origin_row(h, publication_words(p, "Empreinte des décisions", "Digest of the decisions"), v->decisions_digest, 1);
    origin_row(h, publication_words(p, "Méthode", "Method"), v->method, 0);
    origin_row(h, publication_words(p, "Programme", "Program"), v->program, 0);
    html_raw(h, "</tbody></table></div>\n</section>\n");
}
