/* SPDX-License-Identifier: Apache-2.0 */
/* --show figures: observed and estimated side by side, each with its base. Text is rounded as the method says (counts
 * to 1, estimates to 10, shares to 0.1, half away from zero); CSV and JSON carry what is stored. Public text of the
 * enquiry's owner stands beside it. */
#include "load/show/show.h"

#include "schemas/run/decimal.h"

#include <stdio.h>
#include <string.h>

enum {
    F_ID,
    F_DOMAIN,
    F_AREA,
    F_STATUS,
    F_OBSERVED,
    F_ESTIMATED,
    F_VARIANCE,
    F_CV,
    F_LOWER,
    F_UPPER,
    F_DF,
    F_BASE,
    F_UNITS,
    F_COVERAGE,
    F_RANK,
    F_TIED,
    F_SHARE,
    F_IMPUTED
};

static const struct report_column columns[] = {
    {"figure", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"label", "", "", REPORT_LEFT, 1, REPORT_ON_DATA},
    {"text", "chiffre", "figure", REPORT_LEFT, 1, REPORT_ON_TEXT},
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"domain", "domaine", "domain", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"area", "zone", "area", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"observed", "observé", "observed", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"estimated", "estimé", "estimated", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"interval", "95 %", "95 %", REPORT_RIGHT, 0, REPORT_ON_TEXT},
    {"lower", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"upper", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"variance", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"df", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"cv", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"rank", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"tied", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"share", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"imputed", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"base", "base", "base", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"units", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"coverage", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"status", "", "", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"published", "publié", "published", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* One letter in text: SDMX observation status where one exists, else a sign the last line explains. */
static const char *status_letter(const char *status)
{
    static const struct {
        const char *status, *letter;
    } table[] = {{"free", "A"},        {"unreliable", "U"}, {"withheld", "N"}, {"exact", "="},
                 {"no-interval", "~"}, {"no-return", "-"},  {"early", "E"},    {"not-asked", "M"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].status, status) == 0) {
            return table[i].letter;
        }
    }
    return status;
}

/* Estimated totals are shown to ten when they would be shown to one. */
static int decimals_of(const struct edition_figure *f, int estimated)
{
    if (f == NULL) {
        return 3;
    }
    int level = f->kind == EDITION_FIGURE_TOTAL || f->kind == EDITION_FIGURE_RANK;
    return level && estimated && f->decimals == 0 ? -1 : f->decimals;
}

/* 1 when the column holds a number. */
static int number_at(const struct db_query *q, int column, double *v)
{
    const char *s = db_text(q, column);
    return s != NULL && double_parse(s, strlen(s), v);
}

static void put_value(struct report *r, const struct db_query *q, int column, const struct edition_figure *f,
                      int estimated)
{
    double v;
    if (!number_at(q, column, &v)) {
        report_none(r);
    } else if (edition_figure_in_percent(f)) {
        report_percent(r, v, f->decimals);
    } else {
        report_number(r, v, decimals_of(f, estimated));
    }
}

static void put_interval(struct report *r, const struct db_query *q, const struct edition_figure *f)
{
    double low, high;
    char a[64], b[64], text[160];
    if (!number_at(q, F_LOWER, &low) || !number_at(q, F_UPPER, &high)) {
        report_none(r);
        return;
    }
    double factor = edition_figure_in_percent(f) ? 100.0 : 1.0;
    report_format_number(low * factor, decimals_of(f, 1), report_lang(r), a);
    report_format_number(high * factor, decimals_of(f, 1), report_lang(r), b);
    snprintf(text, sizeof text, "%s – %s", a, b);
    report_text(r, text);
}

static void put_data(struct report *r, const struct db_query *q, int column)
{
    double v;
    if (number_at(q, column, &v)) {
        report_number(r, v, 3);
    } else {
        report_none(r);
    }
}

/* In text: "F10.ISOLEMENT Social isolation, rank 2≈, 45.2 %". */
static void put_label(struct report *r, const struct db_query *q, const struct edition_figure *f)
{
    char percent[64] = "", rank[32] = "", text[STORE_LONG];
    double share;
    const char *label = f != NULL ? report_words(r, f->label.fr, f->label.en) : "";
    report_text(r, db_text(q, F_ID));
    report_text(r, label);
    if (!db_null(q, F_RANK)) {
        snprintf(rank, sizeof rank, ", %s %lld%s", report_words(r, "rang", "rank"), (long long)db_int(q, F_RANK),
                 db_int(q, F_TIED) ? "≈" : "");
        if (number_at(q, F_SHARE, &share)) {
            char digits[48];
            report_format_number(100.0 * share, 1, report_lang(r), digits);
            snprintf(percent, sizeof percent, ", %.40s %%", digits);
        }
    }
    snprintf(text, sizeof text, "%s %s%s%s", db_text(q, F_ID), label, rank, percent);
    report_text(r, text);
}

static void put_base(struct report *r, const struct db_query *q)
{
    char a[64], b[64], c[64], text[220];
    double coverage;
    if (!report_is_text(r)) {
        report_int(r, db_int(q, F_BASE));
        return;
    }
    report_format_number((double)db_int(q, F_BASE), 0, report_lang(r), a);
    report_format_number((double)db_int(q, F_UNITS), 0, report_lang(r), b);
    report_format_number(number_at(q, F_COVERAGE, &coverage) ? 100.0 * coverage : 0.0, 0, report_lang(r), c);
    snprintf(text, sizeof text, "%s/%s %s %%", a, b, c);
    report_text(r, text);
}

static void put_whole(struct report *r, const struct db_query *q, int column)
{
    if (db_null(q, column)) {
        report_none(r);
    } else {
        report_int(r, db_int(q, column));
    }
}

static enum flow put_row(void *ctx, const struct db_query *q, struct err *e)
{
    struct answering *asked = ctx;
    struct report *r = asked->report;
    const struct edition *ed = asked->edition;
    static const int data[] = {F_LOWER, F_UPPER, F_VARIANCE};
    const struct edition_figure *f = edition_figure(ed, db_text(q, F_ID));
    put_label(r, q, f);
    report_text(r, f != NULL ? f->unit : "");
    report_text(r, db_text(q, F_DOMAIN));
    report_text(r, db_text(q, F_AREA));
    put_value(r, q, F_OBSERVED, f, 0);
    put_value(r, q, F_ESTIMATED, f, !db_null(q, F_VARIANCE));
    put_interval(r, q, f);
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        put_data(r, q, data[i]);
    }
    put_whole(r, q, F_DF);
    put_data(r, q, F_CV);
    put_whole(r, q, F_RANK);
    put_whole(r, q, F_TIED);
    put_data(r, q, F_SHARE);
    put_data(r, q, F_IMPUTED);
    put_base(r, q);
    report_int(r, db_int(q, F_UNITS));
    put_data(r, q, F_COVERAGE);
    report_text(r, report_is_text(r) ? status_letter(db_text(q, F_STATUS)) : db_text(q, F_STATUS));
    report_text(r, f != NULL && strcmp(db_text(q, F_DOMAIN), "nation") == 0 ? f->published : "");
    report_row(r);
    asked->rows++;
    (void)e;
    return FLOW_OK;
}

static void explain(struct report *r)
{
    if (!report_is_text(r)) {
        return;
    }
    report_note(
        r, "%s",
        report_words(
            r, "base : répondants / champ et leur part de la taille totale. Les totaux peuvent différer par l'arrondi.",
            "base: respondents / scope, and their part of total size. Totals may differ by rounding."));
    report_note(r, "%s",
                report_words(r,
                             "A publiable, U peu fiable, N trop imprécis, = exact ou exhaustif, ~ sans intervalle, - "
                             "aucun retour, E trop tôt, M non demandé",
                             "A publishable, U unreliable, N too uncertain, = exact or exhaustive, ~ no interval, - no "
                             "return, E too early, M not asked"));
}

enum { AREA_COLUMN = 5, PUBLISHED_COLUMN = 22, WIDE = 100 };

static void begin(struct question *q, struct report_column *shown)
{
    if (*q->kind != '\0' && strcmp(q->kind, "nation") != 0) {
        shown[AREA_COLUMN].where = REPORT_ALWAYS;
    }
    if (report_width() < WIDE) {
        shown[PUBLISHED_COLUMN].where = REPORT_ON_DATA;
    }
    report_begin(q->report, "figures", NULL, shown);
}

/* "F06" is all of F06.G, F06.F: both names find it. */
static enum flow check_figure(struct question *q, const struct edition *ed, struct err *e)
{
    size_t n = q->figure != NULL ? strlen(q->figure) : 0;
    for (size_t i = 0; n > 0 && i < ed->figure_count; i++) {
        if (strncmp(ed->figures[i].id, q->figure, n) == 0 && ed->figures[i].id[n] == '.') {
            return FLOW_OK;
        }
    }
    return n > 0 ? show_check_figure(q, ed, q->figure, e) : FLOW_OK;
}

static enum flow answer(struct question *q, const struct edition *ed, struct err *e)
{
    static const char sql[] =
        "SELECT figure, domain, area, status, observed, estimated, variance, cv, lower_bound, upper_bound, df, base, "
        "units, coverage, rank, tied, share, "
        "imputed FROM figure WHERE vintage = $1 AND domain = $2 AND ($3 = '' OR area = $3) AND ($4 = '' OR figure = $4 "
        "OR substr(figure, 1, length($4) + 1) = $4 || '.') ORDER BY position";
    struct report *r = q->report;
    struct report_column shown[sizeof columns / sizeof *columns];
    struct answering asked = {r, ed, 0};
    const char *kind = *q->kind != '\0' ? q->kind : "nation", *figure = q->figure != NULL ? q->figure : "";
    memcpy(shown, columns, sizeof columns);
    show_heading(q);
    if (!q->vintage.estimable) {
        report_note(
            r, "%s",
            report_words(r, "début de campagne : pas encore d'estimation", "early campaign: not yet estimable"));
    }
    if (show_eligibility(q, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    begin(q, shown);
    enum flow f = db_each(q->db, sql, DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(kind), DB_TEXT(q->code), DB_TEXT(figure)),
                          put_row, &asked, e);
    report_end(r);
    if (asked.rows == 0) {
        report_note(r, "%s %s", report_words(r, "aucun chiffre pour", "no figure for"), kind);
    }
    explain(r);
    return f;
}

enum flow show_figures(struct question *q, struct err *e)
{
    struct edition *ed = store_edition(q->db, q->vintage.edition, e);
    enum flow f = ed != NULL ? check_figure(q, ed, e) : FLOW_FATAL;
    f = f == FLOW_OK ? answer(q, ed, e) : f;
    edition_close(ed);
    return f;
}
