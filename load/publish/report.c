/* SPDX-License-Identifier: Apache-2.0 */
/* rapport.html: one self-contained page, from the figures of the store and the tables already filled. Each section is
 * one function of the table at the end; a section without matter says so or is left out. */
#include "load/publish/chart.h"
#include "load/publish/model.h"
#include "load/publish/places.h"
#include "load/publish/report.h"
#include "load/publish/style.h"
#include "schemas/run/clock.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BARS_MAX = 64 };

double report_exact(const char *exact)
{
    double v;
    return *exact && double_parse(exact, strlen(exact), &v) ? v : 0;
}

void report_heading(const struct publication *p, struct html *h, const char *id, const char *fr, const char *en)
{
    html_printf(h, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    html_text(h, publication_words(p, fr, en));
    html_raw(h, "</h2>\n");
}

void report_paragraph(struct publication *p, struct html *h, const char *fr, const char *en)
{
    html_element(h, "p", publication_named(p, publication_words(p, fr, en), p->language));
    html_raw(h, "\n");
}

/* "12 340 – 13 020", or "" */
static const char *interval(struct publication *p, const struct published_figure *f, char *out, size_t size)
{
    if (!*f->lower || !*f->upper)
        return "";
    (void)snprintf(out, size, "%s\xC2\xA0–\xC2\xA0%s", publication_value(p, f->spec, f->lower, 1),
                   publication_value(p, f->spec, f->upper, 1));
    return out;
}

static const char *base_text(struct publication *p, const struct published_figure *f, char *out, size_t size)
{
    (void)snprintf(out, size, "%s %lld %s %lld (%s%s %s)", publication_words(p, "base :", "base:"), (long long)f->base,
                   publication_words(p, "sur", "of"), (long long)f->units, publication_label(p, &p->edition->size),
                   publication_words(p, " :", ":"), publication_percent(p, f->coverage, 0));
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
    const struct edition_measure *measure = edition_measure(p->edition, f->spec->unit);
    html_raw(h, "<div class=\"card\">");
    html_element(h, "div class=\"name\"", publication_label(p, &f->spec->label));
    html_printf(h, "<div class=\"value\" data-figure=\"%.32s\">", f->id);
    html_text(h, publication_value(p, f->spec, best, *f->estimated != '\0'));
    if (measure && *measure->sign) {
        html_raw(h, "\xC2\xA0");
        html_text(h, measure->sign);
    }
    html_raw(h, "</div>");
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
    report_heading(p, h, "key", "Chiffres clés", "Key figures");
    report_paragraph(
        p, h,
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
        const char *mark = publication_words(p, "&nbsp;%", "%");
        if (i == 0)
            html_printf(h, "%s %.0f%s</li>", publication_words(p, "moins de", "under"), next * 100, mark);
        else if (more)
            html_printf(h, "%.0f – %.0f%s</li>", from * 100, next * 100, mark);
        else
            html_printf(h, "%s %.0f%s</li>", publication_words(p, "au moins", "at least"), from * 100, mark);
    }
    html_printf(h,
                "<li><svg class=\"swatch\" viewBox=\"0 0 18 14\" aria-hidden=\"true\"><rect width=\"18\" height=\"14\" "
                "fill=\"%s\"/></svg> %s</li></ul>\n",
                chart_no_colour, publication_words(p, "aucune unité", "no unit"));
}

enum { R_LEVEL, R_AREA, R_NAME, R_EXPECTED, R_ACCEPTED, R_RATE = 14, R_SIZE };

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
    html_element(h, "th scope=\"col\" class=\"n\"",
                 publication_named(p, publication_words(p, "Taux ({size})", "Rate ({size})"), p->language));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < t->rows; r++) {
        int nation = strcmp(publish_at(t, r, R_LEVEL), "nation") == 0;
        if (!nation && strcmp(publish_at(t, r, R_LEVEL), level) != 0)
            continue;
        html_raw(h, nation ? "<tr class=\"sum\">" : "<tr>");
        html_element(h, "th scope=\"row\"", publish_at(t, r, R_NAME));
        html_element(h, "td class=\"n\"", publish_at(t, r, R_ACCEPTED));
        html_element(h, "td class=\"n\"", publish_at(t, r, R_EXPECTED));
        html_element(h, "td class=\"n\"", publication_percent(p, publish_at(t, r, R_RATE), 0));
        html_element(h, "td class=\"n\"", publication_percent(p, publish_at(t, r, R_SIZE), 0));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

static void draw_map(struct publication *p, struct html *h, const struct publish_table *t, int by_region)
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
        if (strcmp(publish_at(t, r, R_LEVEL), by_region ? "region" : "departement") != 0)
            continue;
        (void)snprintf(text, sizeof text, "%s (%s / %s)", publication_percent(p, publish_at(t, r, R_RATE), 0),
                       publish_at(t, r, R_ACCEPTED), publish_at(t, r, R_EXPECTED));
        area[n++] = (struct chart_area){.code = publish_at(t, r, R_AREA),
                                        .has_rate = 1,
                                        .rate = report_exact(publish_at(t, r, R_RATE)),
                                        .shown = arena_strdup(&p->arena, text)};
    }
    struct chart_map m = {.area = area, .areas = n, .by_region = by_region};
    m.inset = publication_words(p, "Paris et petite couronne", "Paris and its neighbours");
    m.title = by_region ? publication_words(p, "Carte du taux de réponse par région, mêmes valeurs que le tableau",
                                            "Map of the response rate by région, same values as the table")
                        : publication_words(p, "Carte du taux de réponse par département, mêmes valeurs que le tableau",
                                            "Map of the response rate by département, same values as the table");
    html_raw(h, "<figure>");
    html_element(h, "figcaption",
                 by_region ? publication_words(p, "Par région", "By région")
                           : publication_words(p, "Par département", "By département"));
    chart_map(h, &m);
    html_raw(h, "</figure>\n");
    free(area);
}

/* The nation in words: "371 retours retenus sur 530 attendus, soit 70,0 % ..." */
static void response_sentence(struct publication *p, struct html *h, const struct publish_table *t)
{
    enum { COMPLETE = 5, PARTIAL, UNUSABLE, REFUSAL, UNDECIDED, WITHDRAWN, SILENT, UNREACHABLE, LATE };
    const struct {
        int column;
        const char *fr, *en;
    } parts[] = {
        {R_ACCEPTED, "", ""},
        {R_EXPECTED, " retours retenus sur ", " returns accepted of "},
        {R_RATE, " attendus, soit ", " expected, that is "},
        {R_SIZE, " ({size} : ", " ({size}: "},
        {COMPLETE, ") ; parmi eux, complets : ", "); among them, complete: "},
        {PARTIAL, ", partiels : ", ", partial: "},
        {LATE, ", reçus après la clôture : ", ", received after closing: "},
        {UNUSABLE, ". Les autres : inexploitables ", ". The others: unusable "},
        {REFUSAL, ", refus de répondre ", ", refusals to answer "},
        {UNDECIDED, ", en suspens ", ", undecided "},
        {WITHDRAWN, ", annulés ", ", withdrawn "},
        {SILENT, ", silencieux ", ", silent "},
        {UNREACHABLE, " (dont injoignables ", " (of which unreachable "},
    };
    if (t->rows == 0)
        return;
    html_raw(h, "<p id=\"responded\">");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *s = publish_at(t, 0, (size_t)parts[i].column);
        html_text(h, publication_named(p, publication_words(p, parts[i].fr, parts[i].en), p->language));
        html_text(h, parts[i].column == R_RATE || parts[i].column == R_SIZE ? publication_percent(p, s, 1) : s);
    }
    html_raw(h, ").</p>\n");
}

/* What is supposed of the units of which nothing is known. */
static void eligibility(struct publication *p, struct html *h)
{
    const struct publish_table *t = publication_find_table(p, "steps");
    for (size_t r = 0; r < t->rows; r++)
        if (strcmp(publish_at(t, r, 1), "eligibility") == 0) {
            html_raw(h, "<p id=\"eligibility\">");
            html_text(h, publish_at(t, r, 2));
            html_raw(h, ".</p>\n");
        }
}

static void maps(struct publication *p, struct html *h, const struct publish_table *t)
{
    chart_shapes(h);
    html_raw(h, "<div class=\"two\">");
    draw_map(p, h, t, 0);
    draw_map(p, h, t, 1);
    html_raw(h, "</div>\n");
    legend(p, h);
    html_element(
        h, "p class=\"note\"",
        publication_words(p,
                          "Taux de réponse : retours retenus sur unités attendues. Outre-mer en carreaux, avec "
                          "leur code. Les mêmes valeurs sont dans les tableaux.",
                          "Response rate: accepted returns over expected units. Overseas as tiles, with their "
                          "codes. The same values stand in the tables."));
    html_element(h, "p class=\"note\"", publication_words(p, PLACES_CREDIT, PLACES_CREDIT_EN));
}

static void response(struct publication *p, struct html *h)
{
    const struct edition_register *frame = &p->edition->frame;
    const struct publish_table *t = publication_find_table(p, "response");
    report_heading(p, h, "response", "Qui a répondu", "Who answered");
    response_sentence(p, h, t);
    eligibility(p, h);
    if (*frame->departement)
        maps(p, h, t);
    if (*frame->region)
        response_table(p, h, t, "region", publication_words(p, "Par région", "By région"));
    if (*frame->departement) {
        html_raw(h, "<details><summary>");
        html_text(h, publication_words(p, "Tableau par département", "Table by département"));
        html_raw(h, "</summary>\n");
        response_table(p, h, t, "departement", publication_words(p, "Par département", "By département"));
        html_raw(h, "</details>\n");
    }
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

/* "16/05" of 16/05/2022, "05-16" of 2022-05-16 */
static const char *week_tick(struct publication *p, const char *day)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%.5s", p->language == PUBLISH_FR || strlen(day) < 5 ? day : day + 5);
    const char *kept = arena_strdup(&p->arena, text);
    return kept ? kept : "";
}

static void closing_words(struct publication *p, struct html *h)
{
    if (p->edition->closing == INSTANT_NONE)
        return;
    html_text(h, publication_words(p, " Clôture de la collecte : ", " The collection closes on "));
    html_text(h, publication_day(p, p->edition->closing));
    html_raw(h, ".");
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
        point[i].label = publication_day(p, (first + (int64_t)i * WEEK) * 1000000);
        point[i].tick = week_tick(p, point[i].label);
        point[i].value = sum;
    }
    report_heading(p, h, "curve", "Arrivée des retours retenus", "Arrival of the accepted returns");
    if (n == 0) {
        report_paragraph(p, h, "Aucun retour retenu.", "No accepted return.");
    } else {
        char label[64];
        (void)snprintf(label, sizeof label, "%zu %s", expected,
                       publication_words(p, "unités attendues", "units expected"));
        html_raw(h, "<figure class=\"curve\">");
        chart_curve(
            h, publication_words(p, "Retours retenus, cumul par semaine", "Accepted returns, running total by week"),
            point, n, (double)expected, (double)expected, label);
        html_raw(h, "<figcaption>");
        html_text(
            h, publication_words(p,
                                 "Retours retenus, cumul à la fin de chaque semaine, d'après la date de réception du "
                                 "retour en vigueur ; la date est celle du lundi.",
                                 "Accepted returns, running total at the end of each week, by the date of receipt of "
                                 "the return in force; the date is that of the Monday."));
        closing_words(p, h);
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
        .status = strcmp(f->status, "exact") == 0 ? "" : status_words(p, f->status),
        .value = report_exact(best),
        .low = report_exact(f->lower),
        .high = report_exact(f->upper),
        .rank = *f->rank ? report_exact(f->rank) : BARS_MAX,
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

/* By rank, which keeps "other" last; what has none, by size. */
static int by_rank(const void *a, const void *b)
{
    const struct chart_bar *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
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

/* "366 à 370 sur 530" */
static const char *bases(const struct publication *p, int64_t low, int64_t high, int64_t units, char *out, size_t size)
{
    if (low == high)
        (void)snprintf(out, size, "%lld %s %lld", (long long)low, publication_words(p, "sur", "of"), (long long)units);
    else
        (void)snprintf(out, size, "%lld %s %lld %s %lld", (long long)low, publication_words(p, "à", "to"),
                       (long long)high, publication_words(p, "sur", "of"), (long long)units);
    return out;
}

static void one_group(struct publication *p, struct html *h, const struct edition_figure *first)
{
    struct chart_bar bar[BARS_MAX];
    char caption[320], text[80];
    size_t n = 0;
    int64_t low = 0, high = 0, units = 0;
    int ranked = first->kind == EDITION_FIGURE_RANK;
    const char *headings[] = {publication_words(p, "Modalité", "Category"),
                              publication_words(p, "Estimation", "Estimate"),
                              "",
                              publication_words(p, "Intervalle à 95 %", "95 % interval"),
                              ranked ? publication_words(p, "Rang · part", "Rank · share") : NULL,
                              NULL};
    headings[2] = first->kind == EDITION_FIGURE_MEAN ? publish_measure(p->edition, first->unit, p->language)
                  : ranked ? publish_measure(p->edition, p->edition->variables[first->variable].unit, p->language)
                           : publication_words(p, "Part", "Share");
    for (size_t i = 0; i < p->figures && n < BARS_MAX; i++) {
        const struct published_figure *f = &p->figure[i];
        if (!f->spec || strcmp(f->domain, "nation") != 0 || !same_group(first, f->spec))
            continue;
        low = n == 0 || f->base < low ? f->base : low;
        high = n == 0 || f->base > high ? f->base : high;
        units = f->units;
        bar[n++] = bar_of(p, f);
    }
    if (ranked)
        qsort(bar, n, sizeof *bar, by_rank);
    html_element(h, "h3", group_title(p, first));
    html_raw(h, "\n");
    (void)snprintf(caption, sizeof caption, "%s %s.",
                   publication_words(p, "Barre : estimation ; trait noir : intervalle de confiance à 95 %. Base :",
                                     "Bar: estimate; black line: 95 % confidence interval. Base:"),
                   bases(p, low, high, units, text, sizeof text));
    chart_bars(h, caption, headings, bar, n, first->kind == EDITION_FIGURE_SHARE ? 1.0 : 0);
}

static void structure(struct publication *p, struct html *h)
{
    report_heading(p, h, "structure", "Les parts, les rangs, les moyennes", "Shares, ranks, means");
    report_paragraph(
        p, h,
        "Les parts d'une question à plusieurs réponses dépassent 100 % ensemble. ≈ : rang non distinguable "
        "du suivant.",
        "Shares of a question with several answers exceed 100 % together. ≈: rank not distinguishable from "
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

/* ---- the page ---- */

static const struct {
    const char *id, *fr, *en;
    void (*write)(struct publication *p, struct html *h);
} sections[] = {
    {"key", "Chiffres clés", "Key figures", key_figures},
    {"response", "Qui a répondu", "Who answered", response},
    {"curve", "Arrivée des retours", "Arrival", curve},
    {"structure", "Parts, rangs, moyennes", "Shares, ranks, means", structure},
    {"revisions", "Ce qui a changé", "What changed", report_revisions},
    {"rules", "Constats", "Findings", report_findings},
    {"sensitivity", "Sensibilité", "Sensitivity", report_sensitivity},
    {"bias", "Biais de non-réponse", "Non-response bias", report_bias},
    {"method", "Méthode", "Method", report_method},
    {"origin", "Origine", "Origin", report_origin},
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
