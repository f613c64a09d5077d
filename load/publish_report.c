/* SPDX-License-Identifier: Apache-2.0 */
/* rapport.html: one self-contained page, from the figures of the store and the tables already filled. Each section is
 * one function of the table at the end; a section without matter says so or is left out. */
#include "load/publish_chart.h"
#include "load/publish_model.h"
#include "load/publish_places.h"
#include "load/publish_style.h"
#include "load/report.h"
#include "schemas/run/clock.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BARS_MAX = 64 };

static double number(const char *exact)
{
    double v;
    return *exact && double_parse(exact, strlen(exact), &v) ? v : 0;
}

static void heading(const struct publication *p, struct html *h, const char *id, const char *fr, const char *en)
{
    html_printf(h, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    html_text(h, publication_words(p, fr, en));
    html_raw(h, "</h2>\n");
}

static void paragraph(const struct publication *p, struct html *h, const char *fr, const char *en)
{
    html_element(h, "p", publication_words(p, fr, en));
    html_raw(h, "\n");
}

/* "12 340 – 13 020", or "" */
static const char *interval(struct publication *p, const struct published_figure *f, char *out, size_t size)
{
    if (!*f->lower || !*f->upper)
        return "";
    (void)snprintf(out, size, "%s – %s", publication_value(p, f->spec, f->lower, 1),
                   publication_value(p, f->spec, f->upper, 1));
    return out;
}

static const char *base_text(struct publication *p, const struct published_figure *f, char *out, size_t size)
{
    (void)snprintf(out, size, "%s %lld %s %lld, %s %s", publication_words(p, "base :", "base:"), (long long)f->base,
                   publication_words(p, "sur", "of"), (long long)f->units, publication_percent(p, f->coverage, 0),
                   publication_words(p, "des crédits", "of credits"));
    return out;
}

/* ---- key figures ---- */

static int is_key(const struct published_figure *f)
{
    if (strcmp(f->domain, "nation") != 0 || !f->spec)
        return 0;
    switch (f->spec->kind) {
    case EDITION_FIGURE_COUNT:
    case EDITION_FIGURE_REGISTER_TOTAL:
    case EDITION_FIGURE_TOTAL:
    case EDITION_FIGURE_RATIO:
    case EDITION_FIGURE_RATE:
        return 1;
    default:
        return 0;
    }
}

static const char *status_words(const struct publication *p, const char *status)
{
    static const struct {
        const char *status, *fr, *en;
    } table[] = {
        {"unreliable", "à lire avec prudence", "read with care"},
        {"withheld", "trop incertain pour être diffusé", "too uncertain to publish"},
        {"exact", "donnée du registre ou exhaustive, sans erreur d'échantillonnage",
         "register figure or exhaustive, no sampling error"},
        {"no-interval", "sans intervalle", "no interval"},
        {"no-return", "aucun répondant", "no respondent"},
        {"early", "pas encore estimable", "not yet estimable"},
        {"not-asked", "non demandé", "not asked"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].status, status) == 0)
            return publication_words(p, table[i].fr, table[i].en);
    return "";
}

static void card(struct publication *p, struct html *h, const struct published_figure *f)
{
    char text[256], range[160];
    const char *best = *f->estimated ? f->estimated : f->observed;
    html_raw(h, "<div class=\"card\">");
    html_element(h, "div class=\"name\"", publication_label(p, &f->spec->label));
    html_printf(h, "<div class=\"value\" data-figure=\"%.32s\">", f->id);
    html_text(h, publication_value(p, f->spec, best, *f->estimated != '\0'));
    html_raw(h, strcmp(f->spec->unit, "euro") == 0 ? "\xC2\xA0€</div>" : "</div>");
    if (*interval(p, f, range, sizeof range)) {
        (void)snprintf(text, sizeof text, "%s %s", publication_words(p, "intervalle à 95 % :", "95 % interval:"),
                       range);
        html_element(h, "div class=\"range\"", text);
    }
    if (*f->observed && strcmp(f->observed, best) != 0) {
        (void)snprintf(text, sizeof text, "%s %s", publication_words(p, "observé :", "observed:"),
                       publication_value(p, f->spec, f->observed, 0));
        html_element(h, "div class=\"range\"", text);
    }
    html_element(h, "div class=\"base\"", base_text(p, f, text, sizeof text));
    if (*status_words(p, f->status))
        html_element(h, "div class=\"base\"", status_words(p, f->status));
    html_raw(h, "</div>\n");
}

static void key_figures(struct publication *p, struct html *h)
{
    heading(p, h, "key", "Chiffres clés", "Key figures");
    paragraph(p, h,
              "Chaque estimation vaut pour toutes les unités du champ ; « observé » est la somme des seuls répondants. "
              "La base dit sur "
              "combien d'unités le chiffre repose.",
              "Each estimate is for all units in scope; \"observed\" is the sum over respondents alone. The base says "
              "how many units "
              "the figure rests on.");
    html_raw(h, "<div class=\"cards\">\n");
    for (size_t i = 0; i < p->figures; i++)
        if (is_key(&p->figure[i]))
            card(p, h, &p->figure[i]);
    html_raw(h, "</div>\n</section>\n");
}

/* ---- map ---- */

static void legend(struct publication *p, struct html *h)
{
    const char *colour;
    double from, next;
    html_raw(h, "<ul class=\"legend\">");
    for (size_t i = 0; chart_class(i, &colour, &from); i++) {
        const char *unused;
        int more = chart_class(i + 1, &unused, &next);
        html_printf(h,
                    "<li><svg class=\"swatch\" viewBox=\"0 0 18 14\" aria-hidden=\"true\"><rect width=\"18\" "
                    "height=\"14\" fill=\"%s\"/></svg> ",
                    colour);
        if (i == 0)
            html_printf(h, "%s %.0f&nbsp;%%</li>", publication_words(p, "moins de", "under"), next * 100);
        else if (more)
            html_printf(h, "%.0f – %.0f&nbsp;%%</li>", from * 100, next * 100);
        else
            html_printf(h, "%s %.0f&nbsp;%%</li>", publication_words(p, "au moins", "at least"), from * 100);
    }
    html_printf(h,
                "<li><svg class=\"swatch\" viewBox=\"0 0 18 14\" aria-hidden=\"true\"><rect width=\"18\" height=\"14\" "
                "fill=\"%s\"/></svg> %s</li></ul>\n",
                chart_no_colour, publication_words(p, "aucune unité", "no unit"));
}

enum { R_LEVEL, R_AREA, R_NAME, R_EXPECTED, R_ACCEPTED, R_RATE = 14, R_CREDITS };

static void response_table(struct publication *p, struct html *h, const struct publish_table *t, const char *level,
                           const char *caption)
{
    html_raw(h, "<div class=\"wrap\"><table>");
    html_element(h, "caption", caption);
    html_raw(h, "<thead><tr>");
    html_element(h, "th scope=\"col\"", publication_words(p, "Territoire", "Place"));
    html_element(h, "th scope=\"col\" class=\"n\"", publication_words(p, "Retenus", "Accepted"));
    html_element(h, "th scope=\"col\" class=\"n\"", publication_words(p, "Attendus", "Expected"));
    html_element(h, "th scope=\"col\" class=\"n\"", publication_words(p, "Taux", "Rate"));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < t->rows; r++) {
        if (strcmp(publish_at(t, r, R_LEVEL), level) != 0)
            continue;
        html_raw(h, "<tr>");
        html_element(h, "th scope=\"row\"", publish_at(t, r, R_NAME));
        html_element(h, "td class=\"n\"", publish_at(t, r, R_ACCEPTED));
        html_element(h, "td class=\"n\"", publish_at(t, r, R_EXPECTED));
        html_element(h, "td class=\"n\"", publication_percent(p, publish_at(t, r, R_RATE), 0));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

static void draw_map(struct publication *p, struct html *h, const struct publish_table *t)
{
    struct chart_area *area = calloc(t->rows + 1, sizeof *area);
    size_t n = 0;
    if (!area) {
        h->failed = 1;
        (void)err_set(h->err, STATUS_SYSTEM, "out of memory");
        return;
    }
    for (size_t r = 0; r < t->rows; r++) {
        char text[96];
        if (strcmp(publish_at(t, r, R_LEVEL), "departement") != 0)
            continue;
        (void)snprintf(text, sizeof text, "%s (%s / %s)", publication_percent(p, publish_at(t, r, R_RATE), 0),
                       publish_at(t, r, R_ACCEPTED), publish_at(t, r, R_EXPECTED));
        area[n++] = (struct chart_area){.code = publish_at(t, r, R_AREA),
                                        .has_rate = 1,
                                        .rate = number(publish_at(t, r, R_RATE)),
                                        .shown = arena_strdup(&p->arena, text)};
    }
    chart_map(
        h, publication_words(p, "Carte du taux de réponse par département", "Map of the response rate by département"),
        area, n);
    free(area);
}

static void response(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "response");
    heading(p, h, "response", "Qui a répondu", "Who answered");
    html_raw(h, "<div class=\"two\"><figure>");
    draw_map(p, h, t);
    legend(p, h);
    html_raw(h, "<figcaption>");
    html_text(
        h,
        publication_words(
            p,
            "Taux de réponse par département : retours retenus sur unités attendues. Outre-mer en carreaux. Les mêmes "
            "valeurs sont dans le tableau.",
            "Response rate by département: accepted returns over expected units. Overseas as tiles. The same values "
            "stand in the table."));
    html_raw(h, "<br>");
    html_text(h, PLACES_CREDIT);
    html_raw(h, "</figcaption></figure><div>\n");
    response_table(p, h, t, "region", publication_words(p, "Par région", "By region"));
    html_raw(h, "</div></div>\n<details><summary>");
    html_text(h, publication_words(p, "Tableau par département", "Table by département"));
    html_raw(h, "</summary>\n");
    response_table(p, h, t, "departement", publication_words(p, "Par département", "By département"));
    html_raw(h, "</details>\n");
    html_raw(h, "</section>\n");
}

/* ---- response by week ---- */

enum { WEEK = 7 * 86400, WEEKS_MAX = 120 };

static int accepted(const struct published_unit *u)
{
    return strcmp(u->scope, "in") == 0 && (strcmp(u->outcome, "complete") == 0 || strcmp(u->outcome, "partial") == 0);
}

/* The Monday (UTC) of an instant, in seconds. */
static int64_t monday(int64_t t)
{
    int64_t days = t / 86400;
    return (days - (days + 3) % 7) * 86400;
}

static size_t count_weeks(const struct publication *p, int64_t *first, int64_t weeks[WEEKS_MAX])
{
    int64_t t, low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < p->units; i++)
        if (accepted(&p->unit[i]) && clock_parse(p->unit[i].received_at, strlen(p->unit[i].received_at), 0, &t)) {
            int64_t m = monday(t / 1000000);
            low = m < low ? m : low;
            high = m > high ? m : high;
        }
    if (low > high)
        return 0;
    size_t n = (size_t)((high - low) / WEEK) + 1;
    n = n > WEEKS_MAX ? WEEKS_MAX : n;
    memset(weeks, 0, WEEKS_MAX * sizeof *weeks);
    for (size_t i = 0; i < p->units; i++)
        if (accepted(&p->unit[i]) && clock_parse(p->unit[i].received_at, strlen(p->unit[i].received_at), 0, &t)) {
            size_t w = (size_t)((monday(t / 1000000) - low) / WEEK);
            weeks[w < n ? w : n - 1]++;
        }
    *first = low;
    return n;
}

static const char *day_text(struct publication *p, int64_t seconds)
{
    char text[INSTANT_TEXT_MAX];
    (void)clock_print(seconds * 1000000, text);
    text[10] = '\0';
    const char *kept = arena_strdup(&p->arena, text);
    return kept ? kept : "";
}

static void weeks_table(struct publication *p, struct html *h, const struct chart_point *point, const int64_t *weeks,
                        size_t n)
{
    html_raw(h, "<details><summary>");
    html_text(h, publication_words(p, "Tableau par semaine", "Table by week"));
    html_raw(h, "</summary><div class=\"wrap\"><table><thead><tr>");
    html_element(h, "th scope=\"col\"", publication_words(p, "Semaine du", "Week of"));
    html_element(h, "th scope=\"col\" class=\"n\"", publication_words(p, "Retours", "Returns"));
    html_element(h, "th scope=\"col\" class=\"n\"", publication_words(p, "Cumul", "Total so far"));
    html_raw(h, "</tr></thead><tbody>");
    for (size_t i = 0; i < n; i++) {
        html_raw(h, "<tr>");
        html_element(h, "th scope=\"row\"", point[i].label);
        html_printf(h, "<td class=\"n\">%lld</td><td class=\"n\">%.0f</td></tr>\n", (long long)weeks[i],
                    point[i].value);
    }
    html_raw(h, "</tbody></table></div></details>\n");
}

static void curve(struct publication *p, struct html *h)
{
    int64_t weeks[WEEKS_MAX], first = 0;
    size_t n = count_weeks(p, &first, weeks), expected = 0;
    struct chart_point point[WEEKS_MAX];
    double sum = 0;
    for (size_t i = 0; i < p->units; i++)
        expected += strcmp(p->unit[i].scope, "in") == 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)weeks[i];
        point[i] = (struct chart_point){day_text(p, first + (int64_t)i * WEEK), sum};
    }
    heading(p, h, "curve", "Arrivée des retours retenus", "Arrival of the accepted returns");
    if (n == 0) {
        paragraph(p, h, "Aucun retour retenu.", "No accepted return.");
    } else {
        html_raw(h, "<figure>");
        chart_curve(
            h, publication_words(p, "Retours retenus, cumul par semaine", "Accepted returns, running total by week"),
            point, n, (double)expected, (double)expected, publication_words(p, "unités attendues", "units expected"));
        html_raw(h, "<figcaption>");
        html_text(h, publication_words(p, "Date de réception du retour en vigueur, cumul par semaine (lundi).",
                                       "Date of receipt of the return in force, running total by week (Monday)."));
        html_raw(h, "</figcaption></figure>\n");
        weeks_table(p, h, point, weeks, n);
    }
    html_raw(h, "</section>\n");
}

/* ---- bars ---- */

/* "Part par sexe : garçon" -> title "Part par sexe", item "garçon". */
static const char *item_label(struct publication *p, const char *label)
{
    const char *mark = strstr(label, " : ");
    if (mark)
        return mark + 3;
    mark = p->language == PUBLISH_EN ? strstr(label, ": ") : NULL;
    return mark ? mark + 2 : label;
}

static const char *group_title(struct publication *p, const struct edition_figure *f)
{
    const char *label = publication_label(p, &f->label), *item = item_label(p, label);
    char text[200];
    if (item == label)
        return f->variable != EDITION_NONE ? publication_label(p, &p->edition->variables[f->variable].label) : label;
    size_t n = (size_t)(item - label) - (p->language == PUBLISH_FR ? 3 : 2);
    (void)snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text - 1), label);
    const char *kept = arena_strdup(&p->arena, text);
    return kept ? kept : label;
}

static struct chart_bar bar_of(struct publication *p, const struct published_figure *f)
{
    char range[160], rank[48];
    int ranked = f->spec->kind == EDITION_FIGURE_RANK;
    const char *best = *f->estimated ? f->estimated : f->observed;
    const char *share = *f->share ? f->share : f->observed_share;
    struct chart_bar b = {
        .label = item_label(p, publication_label(p, &f->spec->label)),
        .value = number(best),
        .low = number(f->lower),
        .high = number(f->upper),
        .has_value = *best != '\0',
        .has_interval = *f->lower && *f->upper,
        .shown = publication_value(p, f->spec, best, *f->estimated != '\0'),
        .interval = arena_strdup(&p->arena, interval(p, f, range, sizeof range)),
    };
    if (ranked) {
        (void)snprintf(rank, sizeof rank, "%s%s · %s", *f->rank ? f->rank : "–", f->tied ? " ≈" : "",
                       publication_percent(p, share, 1));
        b.note = arena_strdup(&p->arena, rank);
    }
    return b;
}

static int by_size(const void *a, const void *b)
{
    const struct chart_bar *x = a, *y = b;
    return x->value > y->value ? -1 : x->value < y->value;
}

/* The figures that belong together: same partition, or means of one variable. */
static int same_group(const struct edition_figure *a, const struct edition_figure *b)
{
    if (a->kind != b->kind)
        return 0;
    return a->kind == EDITION_FIGURE_MEAN ? a->variable == b->variable
                                          : *a->partition && strcmp(a->partition, b->partition) == 0;
}

static void one_group(struct publication *p, struct html *h, const struct edition_figure *first)
{
    struct chart_bar bar[BARS_MAX];
    size_t n = 0;
    int ranked = first->kind == EDITION_FIGURE_RANK;
    const char *headings[] = {publication_words(p, "Modalité", "Category"),
                              publication_words(p, "Estimation", "Estimate"),
                              "",
                              publication_words(p, "Intervalle à 95 %", "95 % interval"),
                              ranked ? publication_words(p, "Rang · part", "Rank · share") : NULL,
                              NULL};
    headings[2] = first->kind == EDITION_FIGURE_MEAN ? publication_words(p, "Mois", "Months")
                  : ranked                           ? publication_words(p, "Enfants", "Children")
                                                     : publication_words(p, "Part", "Share");
    for (size_t i = 0; i < p->figures && n < BARS_MAX; i++)
        if (p->figure[i].spec && strcmp(p->figure[i].domain, "nation") == 0 && same_group(first, p->figure[i].spec))
            bar[n++] = bar_of(p, &p->figure[i]);
    if (ranked)
        qsort(bar, n, sizeof *bar, by_size);
    html_element(h, "h3", group_title(p, first));
    html_raw(h, "\n");
    chart_bars(h,
               publication_words(p, "Barre : estimation ; trait noir : intervalle de confiance à 95 %.",
                                 "Bar: estimate; black line: 95 % confidence interval."),
               headings, bar, n);
}

static void structure(struct publication *p, struct html *h)
{
    heading(p, h, "structure", "Les enfants, les motifs, les durées", "Children, reasons, lengths");
    paragraph(p, h,
              "Un enfant peut avoir plusieurs motifs : leurs parts dépassent 100 % ensemble. ≈ : rang non distinguable "
              "du suivant.",
              "A child may have several reasons: their shares exceed 100 % together. ≈: rank not distinguishable from "
              "the next.");
    for (size_t i = 0; i < p->edition->figure_count; i++) {
        const struct edition_figure *f = &p->edition->figures[i];
        int seen = f->kind != EDITION_FIGURE_SHARE && f->kind != EDITION_FIGURE_RANK && f->kind != EDITION_FIGURE_MEAN;
        for (size_t k = 0; k < i && !seen; k++)
            seen = same_group(f, &p->edition->figures[k]);
        if (!seen)
            one_group(p, h, f);
    }
    html_raw(h, "</section>\n");
}

/* ---- tables shown as they are ---- */

static const char *shown_cell(struct publication *p, const struct publish_column *c, const struct publish_cell *cell,
                              char *out)
{
    double v;
    const char *s = cell->text ? cell->text : "";
    if (c->kind == PUBLISH_TEXT || c->kind == PUBLISH_CODE || !*s || !double_parse(s, strlen(s), &v))
        return s;
    if (cell->share > 0 || (cell->share < 0 && c->kind == PUBLISH_SHARE))
        return publication_percent(p, s, cell->decimals >= 0 ? cell->decimals : c->decimals);
    report_format_number(v, cell->decimals >= 0 ? cell->decimals : c->decimals,
                         p->language == PUBLISH_FR ? REPORT_FR : REPORT_EN, out);
    return out;
}

/* A number column that says nothing: empty or zero in every row. */
static int says_nothing(const struct publish_table *t, size_t column)
{
    if (t->column[column].kind < PUBLISH_INTEGER)
        return 0;
    for (size_t r = 0; r < t->rows; r++)
        if (number(publish_at(t, r, column)) != 0)
            return 0;
    return 1;
}

static void plain_table(struct publication *p, struct html *h, const struct publish_table *t, size_t limit)
{
    char text[64];
    int skipped[64] = {0};
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
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
                html_element(h, t->column[c].kind >= PUBLISH_INTEGER ? "td class=\"n\"" : "td",
                             shown_cell(p, &t->column[c], &t->cell[r * t->columns + c], text));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

static void table_section(struct publication *p, struct html *h, const char *name, const char *empty_fr,
                          const char *empty_en)
{
    const struct publish_table *t = publication_find_table(p, name);
    heading(p, h, name, t->fr, t->en);
    if (*t->note_fr)
        html_element(h, "p class=\"note\"", publication_words(p, t->note_fr, t->note_en));
    if (t->rows)
        plain_table(p, h, t, 200);
    else
        paragraph(p, h, empty_fr, empty_en);
    html_raw(h, "</section>\n");
}

static void revisions(struct publication *p, struct html *h)
{
    table_section(p, h, "revisions", "Rien à comparer.", "Nothing to compare.");
}

static void sensitivity(struct publication *p, struct html *h)
{
    table_section(p, h, "sensitivity", "Pas encore estimable.", "Not yet estimable.");
}

static void bias(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "bias");
    size_t far = 0;
    for (size_t r = 0; r < t->rows; r++) {
        double d = number(publish_at(t, r, 4));
        far += d > 0.1 || d < -0.1;
    }
    heading(p, h, "bias", t->fr, t->en);
    html_element(h, "p class=\"note\"", publication_words(p, t->note_fr, t->note_en));
    if (t->rows) {
        html_printf(h, "<details><summary>%zu %s %zu</summary>\n", far,
                    publication_words(p, "caractéristiques au-delà de 0,1 sur", "characteristics beyond 0.1 of"),
                    t->rows);
        plain_table(p, h, t, 200);
        html_raw(h, "</details>\n");
    } else {
        paragraph(p, h, "Pas encore estimable.", "Not yet estimable.");
    }
    html_raw(h, "</section>\n");
}

/* ---- findings ---- */

enum { D_RULE, D_LABEL, D_STAGE, D_LEVEL, D_SEVERITY, D_OUTCOME, D_UNITS, D_FINDINGS };

static const char *severity_words(const struct publication *p, const char *s)
{
    return strcmp(s, "fatal") == 0     ? publication_words(p, "fatal", "fatal")
           : strcmp(s, "error") == 0   ? publication_words(p, "erreur", "error")
           : strcmp(s, "warning") == 0 ? publication_words(p, "avertissement", "warning")
                                       : publication_words(p, "information", "information");
}

static const char *outcome_words(const struct publication *p, const char *s)
{
    return strcmp(s, "failed") == 0          ? publication_words(p, "non respectée", "broken")
           : strcmp(s, "not-evaluable") == 0 ? publication_words(p, "non évaluable", "not evaluable")
                                             : publication_words(p, "normalisé", "normalised");
}

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
        html_text(h, severity_words(p, severities[i]));
        html_raw(h, "</option>");
    }
    html_raw(h, "</select></div><output id=\"shown\" for=\"search severity\" aria-live=\"polite\"></output></div>\n");
}

static void findings(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "findings");
    static const char *const head[][2] = {{"Règle", "Rule"},    {"Libellé", "Label"}, {"Gravité", "Severity"},
                                          {"Issue", "Outcome"}, {"Unités", "Units"},  {"Constats", "Findings"}};
    heading(p, h, "rules", "Constats par règle", "Findings by rule");
    html_element(h, "p class=\"note\"", publication_words(p, t->note_fr, t->note_en));
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
        html_printf(h, "<td class=\"%.16s\">", severity);
        html_text(h, severity_words(p, severity));
        html_raw(h, "</td>");
        html_element(h, "td", outcome_words(p, publish_at(t, r, D_OUTCOME)));
        html_element(h, "td class=\"n\"", publish_at(t, r, D_UNITS));
        html_element(h, "td class=\"n\"", publish_at(t, r, D_FINDINGS));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div></section>\n");
}

/* ---- method ---- */

static void method(struct publication *p, struct html *h)
{
    const struct estimate *x = p->estimation.estimate;
    heading(p, h, "method", "Méthode et limites", "Method and limits");
    paragraph(p, h,
              "Toutes les unités ne répondent pas. Les répondants sont repondérés pour représenter aussi les "
              "silencieux, par groupes de taille "
              "(crédits), puis calés sur le nombre d'unités par région et sur le total des crédits ; un répondant ne "
              "compte jamais moins que pour "
              "lui-même. Une question sans réponse est déduite quand l'arithmétique la prouve, sinon supposée à partir "
              "d'unités semblables.",
              "Not every unit answers. Respondents are weighted to stand for the silent ones too, by groups of size "
              "(credits), then calibrated on "
              "the number of units by region and on total credits; a respondent never counts for less than itself. A "
              "question without an answer "
              "is deduced when arithmetic proves it, else supposed from similar units.");
    paragraph(p, h,
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
    paragraph(p, h,
              "Les totaux peuvent différer par les arrondis. Ce document est interne : le contrôle du secret "
              "statistique n'a pas eu lieu.",
              "Totals may differ by rounding. This document is internal: no disclosure control has taken place.");
    if (x->estimable) {
        html_raw(h, "<p>");
        html_text(h, publication_words(
                         p, "Dispersion des poids (Kish, 1 + CV²) : ", "Dispersion of the weights (Kish, 1 + CV²): "));
        char text[64];
        report_format_number(x->kish, 3, p->language == PUBLISH_FR ? REPORT_FR : REPORT_EN, text);
        html_text(h, text);
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
    html_text(h, value);
    html_raw(h, code ? "</code></td></tr>\n" : "</td></tr>\n");
}

static void origin(struct publication *p, struct html *h)
{
    const struct vintage *v = &p->vintage;
    heading(p, h, "origin", "D'où viennent ces chiffres", "Where these figures come from");
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

/* ---- the page ---- */

static const struct {
    const char *id, *fr, *en;
    void (*write)(struct publication *p, struct html *h);
} sections[] = {
    {"key", "Chiffres clés", "Key figures", key_figures},
    {"response", "Qui a répondu", "Who answered", response},
    {"curve", "Arrivée des retours", "Arrival", curve},
    {"structure", "Enfants, motifs, durées", "Children, reasons, lengths", structure},
    {"revisions", "Ce qui a changé", "What changed", revisions},
    {"rules", "Constats", "Findings", findings},
    {"sensitivity", "Sensibilité", "Sensitivity", sensitivity},
    {"bias", "Biais de non-réponse", "Non-response bias", bias},
    {"method", "Méthode", "Method", method},
    {"origin", "Origine", "Origin", origin},
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

static void page_head(struct publication *p, struct html *h)
{
    html_raw(h, "<a class=\"skip\" href=\"#key\">");
    html_text(h, publication_words(p, "Aller aux chiffres", "Skip to the figures"));
    html_raw(h, "</a>\n<div class=\"banner\" role=\"note\">");
    html_text(h, publication_words(p, "INTERNE – avant contrôle du secret statistique, ne pas diffuser",
                                   "INTERNAL – before disclosure control, not for release"));
    html_raw(h, "</div>\n<header>\n");
    html_element(h, "h1", p->title);
    html_printf(h, "<p class=\"meta\">%s %lld · ", publication_words(p, "Version", "Vintage"),
                (long long)p->vintage.number);
    html_text(h, publication_status(p));
    html_printf(h, " · %s ", publication_words(p, "arrêtée au", "as of"));
    html_text(h, publication_date(p, p->vintage.as_of));
    html_raw(h, "</p>\n<nav aria-label=\"sections\"><ul>\n");
    for (size_t i = 0; i < SECTIONS; i++) {
        html_printf(h, "<li><a href=\"#%s\">", sections[i].id);
        html_text(h, publication_words(p, sections[i].fr, sections[i].en));
        html_raw(h, "</a></li>\n");
    }
    html_raw(h, "</ul></nav>\n</header>\n<main>\n");
}

enum flow publish_report(struct publication *p, struct err *e)
{
    struct html h;
    html_open(&h, publication_words(p, "fr", "en"), p->title, publish_style, publish_script, e);
    page_head(p, &h);
    for (size_t i = 0; i < SECTIONS; i++)
        sections[i].write(p, &h);
    html_raw(&h, "</main>\n<footer>");
    html_text(&h, p->name);
    html_raw(&h, "</footer>\n");
    enum flow f = html_close(&h, publish_script);
    if (f == FLOW_OK)
        f = publication_file(p, publication_words(p, "rapport.html", "report.html"), h.page.data, h.page.len, e);
    html_fini(&h);
    return f;
}
