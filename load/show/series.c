/* SPDX-License-Identifier: Apache-2.0 */
/* --show series: the figures of every campaign in the store, last vintage of each, on harmonised codes. A figure of one
 * edition is asked of the others through the harmonised codes of its categories (a reason that was split in two is
 * added up again), so that every year is estimated by its own answers and the same definition. Breaks are marked: a
 * code split, a list that gained or lost a code, a question not asked. */
#include "load/estimation.h"
#include "load/show/nearest.h"
#include "load/show/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAMPAIGNS_MAX = 64, CODES_MAX = 256, BREAK_TEXT = 256 };

struct year {
    struct vintage vintage;
    struct edition *edition;
    struct estimation x;
    struct change_row *change; /* since the year before, on constant field */
    size_t changes;
};

struct series {
    struct year *year;
    size_t years;
    struct figures *figures; /* the definitions, from the first edition that has them */
    size_t *origin;          /* year each comes from */
};

static const struct report_column columns[] = {
    {"figure", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"label", "", "", REPORT_LEFT, 0, REPORT_ON_DATA},
    {"text", "id", "id", REPORT_LEFT, 0, REPORT_ON_TEXT},
    {"campaign", "année", "year", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"vintage", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"observed", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"estimated", "estimé", "estimated", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"half_width", "±", "±", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"base", "base", "base", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"change", "évol.", "change", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"constant", "mêmes unités", "same units", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"constant_se", "e.-t.", "s.e.", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"constant_units", "", "", REPORT_RIGHT, 0, REPORT_ON_DATA},
    {"break", "libellé ; rupture", "label; break", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* ---- harmonised definitions ---- */

static const struct edition_list *list_of(const struct edition *ed, const char *variable)
{
    const struct edition_variable *v = edition_variable(ed, variable);
    return v != NULL && v->shape == EDITION_KEYED ? v->list : NULL;
}

static const char *harmonised(const struct edition *ed, const char *variable, const char *code)
{
    const struct edition_list *l = list_of(ed, variable);
    uint32_t at = l != NULL ? edition_category(l, code, strlen(code)) : EDITION_NONE;
    return at != EDITION_NONE ? l->categories[at].harmonised : code;
}

/* The codes of `to` that have the harmonised codes of a part defined in `from`; 0 when one of them has no counterpart.
 */
static size_t translate(const struct edition *from, const struct edition *to, const struct figure_part *part,
                        const char **codes)
{
    const struct edition_list *l = list_of(to, part->variable);
    size_t n = 0;
    for (size_t c = 0; c < part->count; c++) {
        const char *wanted = harmonised(from, part->variable, part->category[c]);
        size_t found = 0;
        for (size_t k = 0; l != NULL && k < l->count && n < CODES_MAX; k++) {
            if (strcmp(l->categories[k].harmonised, wanted) == 0) {
                found++;
                int there = 0;
                for (size_t i = 0; i < n; i++) {
                    there |= strcmp(codes[i], l->categories[k].code) == 0;
                }
                if (!there) {
                    codes[n++] = l->categories[k].code;
                }
            }
        }
        if (found == 0) {
            return 0;
        }
    }
    return n;
}

/* Can the edition answer a figure defined in another. */
static int asked(const struct edition *ed, const struct figure *f)
{
    int codes_needed = f->kind == FIGURE_RATE || f->kind == FIGURE_COUNT || f->kind == FIGURE_REGISTER_TOTAL;
    return codes_needed ||
           ((*f->part.variable == '\0' || edition_variable(ed, f->part.variable) != NULL) &&
            (*f->denominator.variable == '\0' || edition_variable(ed, f->denominator.variable) != NULL));
}

/* The figure as edition `to` can answer it; 0 when it cannot. The arrays belong to the caller. */
static int adapt(const struct figure *f, const struct edition *from, const struct edition *to, struct figure *out,
                 const char **part, const char **denominator)
{
    *out = *f;
    out->partition = ""; /* ranks and partitions are of one year */
    out->domains = 1u << DOMAIN_NATION;
    if (out->kind == FIGURE_RANK) {
        out->kind = FIGURE_TOTAL;
        out->denominator = (struct figure_part){.variable = ""};
    }
    if (!asked(to, out)) {
        return 0;
    }
    if (out->part.count > 0) {
        out->part.count = translate(from, to, &f->part, part);
        out->part.category = part;
        if (out->part.count == 0) {
            return 0;
        }
    }
    if (out->denominator.count > 0) {
        out->denominator.count = translate(from, to, &f->denominator, denominator);
        out->denominator.category = denominator;
        if (out->denominator.count == 0) {
            return 0;
        }
    }
    return 1;
}

/* Same question by harmonised codes: kind, variables, sets of codes. */
static int same_part(const struct edition *one, const struct figure_part *a, const struct edition *two,
                     const struct figure_part *b)
{
    if (strcmp(a->variable, b->variable) != 0 || (a->count == 0) != (b->count == 0)) {
        return 0;
    }
    for (size_t i = 0; i < a->count + b->count; i++) {
        int left = i < a->count, there = 0;
        const struct figure_part *other = left ? b : a;
        const char *code = left ? harmonised(one, a->variable, a->category[i])
                                : harmonised(two, b->variable, b->category[i - a->count]);
        for (size_t k = 0; k < other->count && !there; k++) {
            there = strcmp(code, harmonised(left ? two : one, other->variable, other->category[k])) == 0;
        }
        if (!there) {
            return 0;
        }
    }
    return 1;
}

static int same_figure(const struct edition *one, const struct figure *a, const struct edition *two,
                       const struct figure *b)
{
    return a->kind == b->kind && strcmp(a->column, b->column) == 0 && strcmp(a->weight, b->weight) == 0 &&
           same_part(one, &a->part, two, &b->part) && same_part(one, &a->denominator, two, &b->denominator);
}

/* A part that is a split of one that an earlier edition has: its harmonised codes are those of an earlier figure, or
 * part of them. */
static int covered(const struct series *s, size_t year, const struct figure *f)
{
    for (size_t i = 0; i < s->figures->count; i++) {
        if (same_figure(s->year[s->origin[i]].edition, &s->figures->figure[i], s->year[year].edition, f)) {
            return 1;
        }
    }
    return 0;
}

/* Keeps a definition; one that an earlier year gives the same name but another content is told apart by its campaign.
 */
static enum flow keep_definition(struct series *s, size_t year, const struct figure *f, struct err *e)
{
    struct figure one = *f;
    char id[STORE_TEXT];
    if (figures_find(s->figures, f->id) != NULL) {
        snprintf(id, sizeof id, "%.60s@%.60s", f->id, s->year[year].vintage.campaign);
        one.id = id;
    }
    s->origin[s->figures->count] = year;
    return figures_add(s->figures, &one, e);
}

static enum flow collect(struct series *s, struct err *e)
{
    size_t room = 0;
    s->figures = figures_new(e);
    if (s->figures == NULL) {
        return FLOW_FATAL;
    }
    for (size_t y = 0; y < s->years; y++) {
        const struct figures *own = s->year[y].x.figures;
        size_t *more = realloc(s->origin, (room + own->count + 1) * sizeof *more);
        if (more == NULL) {
            return err_set(e, STATUS_SYSTEM, "no memory for %zu figures", room + own->count);
        }
        memset(more + s->figures->count, 0, (room + own->count + 1 - s->figures->count) * sizeof *more);
        s->origin = more;
        room += own->count;
        for (size_t i = 0; i < own->count; i++) {
            if (!covered(s, y, &own->figure[i]) && keep_definition(s, y, &own->figure[i], e) != FLOW_OK) {
                return FLOW_FATAL;
            }
        }
    }
    return FLOW_OK;
}

/* Every definition asked of one year. */
static enum flow estimate_year(struct series *s, struct year *year, struct err *e)
{
    const char *part[CODES_MAX], *denominator[CODES_MAX];
    struct figures *asking = figures_new(e);
    enum flow f = asking != NULL ? FLOW_OK : FLOW_FATAL;
    for (size_t i = 0; f == FLOW_OK && i < s->figures->count; i++) {
        struct figure one;
        if (adapt(&s->figures->figure[i], s->year[s->origin[i]].edition, year->edition, &one, part, denominator)) {
            f = figures_add(asking, &one, e);
        }
    }
    if (f != FLOW_OK) {
        figures_free(asking);
        return f;
    }
    figures_free(year->x.figures);
    year->x.figures = asking;
    year->x.estimate = estimate_run(year->x.population, asking, &year->x.method, e);
    return year->x.estimate != NULL ? FLOW_OK : err_prefix(e, "campaign %s", year->vintage.campaign);
}

/* ---- breaks ---- */

static size_t count_harmonised(const struct edition_list *l, const char *code)
{
    size_t n = 0;
    for (size_t k = 0; l != NULL && k < l->count; k++) {
        n += strcmp(l->categories[k].harmonised, code) == 0;
    }
    return n;
}

static void add_words(char *out, const char *sign, const char *word)
{
    size_t n = strlen(out);
    if (n + strlen(word) + 4 < BREAK_TEXT) {
        snprintf(out + n, BREAK_TEXT - n, "%s%s%s", n > 0 ? " " : "", sign, word);
    }
}

/* Codes that only one of the lists of a variable has. */
static void compare_lists(const struct edition *a, const struct edition *b, const char *variable, char *out)
{
    const struct edition_list *one = list_of(a, variable), *two = list_of(b, variable);
    for (size_t k = 0; one != NULL && two != NULL && k < two->count; k++) {
        if (count_harmonised(one, two->categories[k].harmonised) == 0) {
            add_words(out, "+", two->categories[k].code);
        }
    }
    for (size_t k = 0; one != NULL && two != NULL && k < one->count; k++) {
        if (count_harmonised(two, one->categories[k].harmonised) == 0) {
            add_words(out, "-", one->categories[k].code);
        }
    }
}

/* Codes of the figure that were cut or joined between the editions. */
static void compare_codes(const struct report *r, const struct edition *a, const struct edition *b,
                          const struct figure *f, const struct edition *origin, char *out)
{
    for (size_t c = 0; c < f->part.count; c++) {
        const char *code = harmonised(origin, f->part.variable, f->part.category[c]);
        size_t before = count_harmonised(list_of(a, f->part.variable), code),
               after = count_harmonised(list_of(b, f->part.variable), code);
        if (before != after) {
            add_words(out, after > before ? report_words(r, "scindé ", "split ") : report_words(r, "réuni ", "joined "),
                      code);
        }
    }
}

static void find_break(const struct report *r, const struct edition *a, const struct edition *b, const struct figure *f,
                       const struct edition *origin, char *out)
{
    out[0] = '\0';
    compare_codes(r, a, b, f, origin, out);
    compare_lists(a, b, f->part.variable, out);
    if (strcmp(f->denominator.variable, f->part.variable) != 0) {
        compare_lists(a, b, f->denominator.variable, out);
    }
}

/* ---- rows ---- */

static int is_difference(const struct figure *f)
{
    return figure_in_percent(f->kind) || f->kind == FIGURE_MEAN || f->kind == FIGURE_RATIO ||
           f->kind == FIGURE_MINIMUM || f->kind == FIGURE_MAXIMUM;
}

static void put_value(struct report *r, const struct figure *f, int there, double v)
{
    if (!there) {
        report_none(r);
    } else if (figure_in_percent(f->kind)) {
        report_percent(r, v, 1);
    } else {
        report_number(r, v, f->decimals > 0 ? f->decimals : 0);
    }
}

/* Totals change in per cent, shares in points, means by their difference. */
static void put_change(struct report *r, const struct figure *f, int there, double v)
{
    if (!there) {
        report_none(r);
    } else if (figure_in_percent(f->kind) || !is_difference(f)) {
        report_difference_percent(r, v, 2);
    } else {
        report_difference(r, v, 2);
    }
}

static double change_of(const struct figure *f, double before, double after)
{
    return is_difference(f) ? after - before : after / before - 1.0;
}

/* The change of a row on constant field; NULL when there is none. */
static const struct change_row *constant_field(const struct year *y, const struct figure_row *row)
{
    for (size_t i = 0; row != NULL && i < y->changes; i++) {
        if (&y->x.estimate->row[y->change[i].row] == row) {
            return &y->change[i];
        }
    }
    return NULL;
}

static void put_year(struct question *q, const struct series *s, size_t i, size_t y)
{
    struct report *r = q->report;
    const struct year *now = &s->year[y], *before = y > 0 ? &s->year[y - 1] : NULL;
    const struct figure *f = &s->figures->figure[i];
    const struct edition *origin = s->year[s->origin[i]].edition;
    const struct figure_row *row = estimate_row(now->x.estimate, f->id, DOMAIN_NATION, "");
    const struct figure_row *earlier =
        before != NULL ? estimate_row(before->x.estimate, f->id, DOMAIN_NATION, "") : NULL;
    const struct change_row *constant = constant_field(now, row);
    char words[BREAK_TEXT] = "";
    if (row == NULL) {
        store_keep(words, sizeof words, report_words(r, "non demandé", "not asked"));
    } else if (before != NULL && earlier == NULL) {
        store_keep(words, sizeof words, report_words(r, "nouveau", "new"));
    } else if (before != NULL) {
        find_break(r, before->edition, now->edition, f, origin, words);
    }
    int both = row != NULL && earlier != NULL && row->has_estimated && earlier->has_estimated &&
               (is_difference(f) || earlier->estimated > 0.0);
    report_text(r, f->id);
    report_text(r, report_words(r, f->label_fr, f->label_en));
    report_text(r, y == 0 ? f->id : "");
    report_text(r, now->vintage.campaign);
    report_id(r, now->vintage.number);
    put_value(r, f, row != NULL && row->has_observed, row != NULL ? row->observed : 0.0);
    put_value(r, f, row != NULL && row->has_estimated, row != NULL ? row->estimated : 0.0);
    put_value(r, f, row != NULL && row->has_interval,
              row != NULL && row->has_interval ? (row->upper - row->lower) / 2.0 : 0.0);
    report_int(r, row != NULL ? row->base : 0);
    put_change(r, f, both, both ? change_of(f, earlier->estimated, row->estimated) : 0.0);
    put_change(r, f, constant != NULL, constant != NULL ? constant->change : 0.0);
    put_change(r, f, constant != NULL && constant->has_interval, constant != NULL ? constant->se : 0.0);
    report_int(r, constant != NULL ? constant->panel : 0);
    report_text(r, report_is_text(r) && y == 0 ? report_words(r, f->label_fr, f->label_en) : words);
    report_row(r);
}

/* ---- the story ---- */

struct opening {
    struct question *question;
    struct series *series;
};

static enum flow open_year(void *ctx, const struct db_query *row, struct err *e)
{
    struct opening *o = ctx;
    struct series *s = o->series;
    struct db *db = o->question->db;
    if (s->years == CAMPAIGNS_MAX) {
        return err_set(e, STATUS_DATA, "the store holds more than %d campaigns", CAMPAIGNS_MAX);
    }
    struct year *y = &s->year[s->years];
    if (store_vintage(db, db_text(row, 0), 0, &y->vintage, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    s->years++;
    y->edition = store_edition(db, y->vintage.edition, e);
    return y->edition != NULL ? estimation_prepare(&y->x, db, y->vintage.id, y->vintage.edition, y->edition, e)
                              : FLOW_FATAL;
}

static enum flow open_years(struct question *q, struct series *s, struct err *e)
{
    struct opening o = {q, s};
    s->year = calloc(CAMPAIGNS_MAX, sizeof *s->year);
    if (s->year == NULL) {
        return err_set(e, STATUS_SYSTEM, "no memory for the campaigns");
    }
    return db_each(q->db, "SELECT DISTINCT campaign FROM vintage ORDER BY campaign", DB_NO_ARGS, open_year, &o, e);
}

static void close_series(struct series *s)
{
    for (size_t y = 0; y < s->years; y++) {
        free(s->year[y].change);
        estimation_fini(&s->year[y].x);
        edition_close(s->year[y].edition);
    }
    figures_free(s->figures);
    free(s->origin);
    free(s->year);
}

/* A figure of one of the campaigns, by the name that it has here. */
static enum flow check_figure(const struct question *q, const struct series *s, struct err *e)
{
    struct nearest n;
    nearest_init(&n, q->figure);
    for (size_t i = 0; i < s->figures->count; i++) {
        nearest_offer(&n, s->figures->figure[i].id);
    }
    return nearest_check(&n, "figure", "the series", e);
}

static void put_all(struct question *q, const struct series *s)
{
    report_note(q->report, "%s",
                report_words(q->report,
                             "dernière version de chaque campagne, codes harmonisés ; mêmes unités : évolution à champ "
                             "constant, celle des unités ayant répondu les deux fois, poids de la dernière, et son "
                             "erreur-type",
                             "last vintage of each campaign, harmonised codes; same units: change on the constant "
                             "field, of the units that answered both times, later weights, and its standard error"));
    report_begin(q->report, "series", NULL, columns);
    for (size_t i = 0; i < s->figures->count; i++) {
        if (q->figure != NULL && strcmp(q->figure, s->figures->figure[i].id) != 0) {
            continue;
        }
        for (size_t y = 0; y < s->years; y++) {
            put_year(q, s, i, y);
        }
    }
    report_end(q->report);
}

enum flow show_series(struct question *q, struct err *e)
{
    struct series s = {0};
    enum flow f = open_years(q, &s, e);
    if (f == FLOW_OK) {
        f = collect(&s, e);
    }
    for (size_t y = 0; y < s.years && f == FLOW_OK; y++) {
        f = estimate_year(&s, &s.year[y], e);
    }
    for (size_t y = 1; y < s.years && f == FLOW_OK; y++) {
        f = estimate_change(s.year[y].x.estimate, s.year[y - 1].x.estimate, &s.year[y].change, &s.year[y].changes, e);
    }
    f = f == FLOW_OK && q->figure != NULL ? check_figure(q, &s, e) : f;
    if (f == FLOW_OK) {
        put_all(q, &s);
    }
    close_series(&s);
    return f;
}
