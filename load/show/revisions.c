/* SPDX-License-Identifier: Apache-2.0 */
/* --show revisions A B: each national figure before and after, what moved it (Shapley contributions by cause, an exact
 * sum), and the units behind each cause. A new return moves an estimate by what it says minus what was supposed for it.
 */
#include "load/estimate/revision.h"

#include "load/estimation.h"
#include "load/show/show.h"
#include "schemas/run/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one unit in the two vintages. */
struct pair {
    unsigned char before, after; /* responds, in scope */
    unsigned char same_record, same_judgement, same_frame;
    unsigned char decided; /* what was decided about it differs */
};

struct compared {
    struct map *units;
    struct pair *pair;
    size_t room;
    int decisions, edition; /* do they differ */
};

static struct pair *pair_of(struct compared *c, const char *unit, struct err *e)
{
    uint32_t i;
    int added;
    if (map_put(c->units, unit, strlen(unit), &i, &added, e) != FLOW_OK) {
        return NULL;
    }
    if (i >= c->room) {
        size_t room = c->room == 0 ? 1024 : 2 * c->room;
        struct pair *more = realloc(c->pair, room * sizeof *more);
        if (more == NULL) {
            err_set(e, STATUS_SYSTEM, "no memory for %zu units", room);
            return NULL;
        }
        c->pair = more;
        c->room = room;
    }
    if (added) {
        c->pair[i] = (struct pair){0};
    }
    return &c->pair[i];
}

#define RESPONDS(j, f) "(CASE WHEN " j ".outcome IN ('complete', 'partial') AND " f ".scope = 'in' THEN 1 ELSE 0 END)"

static enum flow read_pairs(struct question *q, const struct vintage *a, const struct vintage *b, struct compared *c,
                            struct err *e)
{
    static const char sql[] = "SELECT u.unit, " RESPONDS("i", "g") ", " RESPONDS(
        "j",
        "f") ", "
             "CASE WHEN i.record = j.record THEN 1 ELSE 0 END, CASE WHEN t.judgement = u.judgement THEN 1 ELSE 0 END, "
             "CASE WHEN t.frame = u.frame THEN 1 ELSE 0 END FROM vintage_unit u JOIN frame f ON f.frame = u.frame "
             "JOIN judgement j ON j.judgement = u.judgement LEFT JOIN vintage_unit t ON t.vintage = $1 AND t.unit = "
             "u.unit "
             "LEFT JOIN frame g ON g.frame = t.frame LEFT JOIN judgement i ON i.judgement = t.judgement "
             "WHERE u.vintage = $2 ORDER BY u.unit";
    struct db_query *rows = db_select(q->db, sql, DB_ARGS(DB_INT(a->id), DB_INT(b->id)), e);
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(rows, e)) == FLOW_OK) {
        struct pair *p = pair_of(c, db_text(rows, 0), e);
        if (p == NULL) {
            f = FLOW_FATAL;
        } else {
            *p = (struct pair){(unsigned char)db_int(rows, 1), (unsigned char)db_int(rows, 2),
                               (unsigned char)db_int(rows, 3), (unsigned char)db_int(rows, 4),
                               (unsigned char)db_int(rows, 5), 0};
        }
    }
    db_query_close(rows);
    return f == FLOW_END ? FLOW_OK : f;
}

/* Units of the first vintage that the second does not have at all. */
static enum flow read_gone(struct question *q, const struct vintage *a, const struct vintage *b, struct compared *c,
                           struct err *e)
{
    static const char sql[] = "SELECT u.unit, " RESPONDS(
        "j", "f") " FROM vintage_unit u JOIN frame f ON f.frame = u.frame "
                  "JOIN judgement j ON j.judgement = u.judgement WHERE u.vintage = $1 AND NOT EXISTS "
                  "(SELECT 1 FROM vintage_unit t WHERE t.vintage = $2 AND t.unit = u.unit) ORDER BY u.unit";
    struct db_query *rows = db_select(q->db, sql, DB_ARGS(DB_INT(a->id), DB_INT(b->id)), e);
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(rows, e)) == FLOW_OK) {
        struct pair *p = pair_of(c, db_text(rows, 0), e);
        if (p == NULL) {
            f = FLOW_FATAL;
        } else {
            p->before = (unsigned char)db_int(rows, 1);
        }
    }
    db_query_close(rows);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- decisions: where the edition differs too, what each unit's own judgement says of them ---- */

static enum flow mark_decided(struct compared *c, const char *unit, struct err *e)
{
    struct pair *p = pair_of(c, unit, e);
    if (p != NULL) {
        p->decided = 1;
    }
    return p != NULL ? FLOW_OK : FLOW_FATAL;
}

#define SET_IN(these, those)                                                                                           \
    "EXISTS (SELECT 1 FROM finding f WHERE f.judgement = " these ".judgement AND f.rule = $1 AND NOT EXISTS "          \
    "(SELECT 1 FROM finding g WHERE g.judgement = " those ".judgement AND g.rule = f.rule AND g.variable = "           \
    "f.variable AND g.category = f.category AND g.expected = f.expected))"

/* Values set: the finding that a decision leaves. */
static enum flow read_set(struct question *q, const struct vintage *a, const struct vintage *b, struct compared *c,
                          struct err *e)
{
    static const char sql[] =
        "SELECT u.unit FROM vintage_unit t JOIN vintage_unit u ON u.unit = t.unit WHERE t.vintage = $2 AND "
        "u.vintage = $3 AND t.judgement <> u.judgement AND (" SET_IN("u", "t") " OR " SET_IN("t", "u") ")";
    struct db_query *rows = db_select(q->db, sql, DB_ARGS(DB_TEXT("D01"), DB_INT(a->id), DB_INT(b->id)), e);
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(rows, e)) == FLOW_OK) {
        f = mark_decided(c, db_text(rows, 0), e);
    }
    db_query_close(rows);
    return f == FLOW_END ? FLOW_OK : f;
}

/* Values confirmed: the same rule of the same level speaks in both vintages, in one it takes the value, in one it does
 * not. */
static enum flow read_confirmed(struct question *q, const struct vintage *a, const struct vintage *b,
                                const struct edition *before, const struct edition *after, struct compared *c,
                                struct err *e)
{
    static const char sql[] =
        "SELECT u.unit, f.rule, k.variable, k.category, "
        "max(CASE WHEN f.variable = k.variable AND f.category = k.category THEN 1 ELSE 0 END) "
        "FROM vintage_unit t JOIN vintage_unit u ON u.unit = t.unit "
        "JOIN observation o ON o.judgement = t.judgement JOIN mark m ON m.mark = o.mark "
        "JOIN cell k ON k.cell = o.cell JOIN cell l ON l.variable = k.variable AND l.category = k.category "
        "JOIN observation p ON p.judgement = u.judgement AND p.cell = l.cell JOIN mark n ON n.mark = p.mark "
        "JOIN finding f ON f.judgement = t.judgement JOIN finding g ON g.judgement = u.judgement AND g.rule = f.rule "
        "WHERE t.vintage = $1 AND u.vintage = $2 AND t.judgement <> u.judgement AND f.severity = 'error' AND "
        "g.severity = 'error' AND f.outcome = 'failed' AND g.outcome = 'failed' AND "
        "(m.silence = 'withheld') <> (n.silence = 'withheld') GROUP BY u.unit, f.rule, k.variable, k.category";
    struct db_query *rows = db_select(q->db, sql, DB_ARGS(DB_INT(a->id), DB_INT(b->id)), e);
    enum flow f = rows != NULL ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(rows, e)) == FLOW_OK) {
        const char *rule = db_text(rows, 1), *variable = db_text(rows, 2), *category = db_text(rows, 3);
        int named = db_int(rows, 4) > 0;
        if (show_withholds(before, rule, variable, category, named) &&
            show_withholds(after, rule, variable, category, named)) {
            f = mark_decided(c, db_text(rows, 0), e);
        }
    }
    db_query_close(rows);
    return f == FLOW_END ? FLOW_OK : f;
}

static enum revision_cause cause_of(const struct compared *c, const struct pair *p)
{
    if (p->after && !p->before) {
        return CAUSE_NEW;
    }
    if (p->before && !p->after) {
        return CAUSE_WITHDRAWAL;
    }
    if (!p->same_record) {
        return CAUSE_CORRECTION;
    }
    return c->decisions && (!c->edition || p->decided) ? CAUSE_DECISIONS : CAUSE_EDITION;
}

static enum revision_cause own(void *ctx, const char *unit)
{
    const struct compared *c = ctx;
    uint32_t i = map_get(c->units, unit, strlen(unit));
    return i != MAP_NONE ? cause_of(c, &c->pair[i]) : CAUSE_EDITION;
}

/* ---- the answer ---- */

static const char *cause_label(const struct report *r, enum revision_cause c)
{
    static const char *const fr[CAUSE_COUNT] = {"répertoire", "nouveaux", "corrections", "annulations",
                                                "décisions",  "édition",  "méthode"};
    static const char *const en[CAUSE_COUNT] = {"register",  "new",     "correction", "withdrawal",
                                                "decisions", "edition", "method"};
    return report_words(r, fr[c], en[c]);
}

static int is_percent(const struct figure *f)
{
    return f->kind == FIGURE_SHARE || f->kind == FIGURE_RATE;
}

static void put_change(struct report *r, const struct figure *f, double v)
{
    if (is_percent(f)) {
        report_percent(r, v, 2);
    } else {
        report_number(r, v, f->decimals > 0 ? f->decimals + 1 : 0);
    }
}

static void put_level(struct report *r, const struct figure *f, const struct revision_row *row)
{
    put_change(r, f, row->before);
    put_change(r, f, row->after);
    put_change(r, f, row->after - row->before);
}

static void put_half_widths(struct report *r, const struct revision_row *row)
{
    if (row->has_half_width) {
        report_number(r, row->half_widths, 2);
    } else {
        report_none(r);
    }
}

/* ---- data: one table ---- */

enum { BEFORE_CAUSES = 5 };

static void put_data(struct question *q, const struct figures *figures, const struct revision *x)
{
    struct report *r = q->report;
    struct report_column columns[BEFORE_CAUSES + CAUSE_COUNT + 2] = {
        {"figure", "", "", REPORT_LEFT, 0, REPORT_ALWAYS},  {"label", "", "", REPORT_LEFT, 0, REPORT_ALWAYS},
        {"before", "", "", REPORT_RIGHT, 0, REPORT_ALWAYS}, {"after", "", "", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"change", "", "", REPORT_RIGHT, 0, REPORT_ALWAYS},
    };
    for (int c = 0; c < CAUSE_COUNT; c++) {
        columns[BEFORE_CAUSES + c] =
            (struct report_column){revision_cause_name((enum revision_cause)c), "", "", REPORT_RIGHT, 0, REPORT_ALWAYS};
    }
    columns[BEFORE_CAUSES + CAUSE_COUNT] =
        (struct report_column){"half_widths", "", "", REPORT_RIGHT, 0, REPORT_ALWAYS};
    report_begin(r, "revisions", NULL, columns);
    for (size_t i = 0; i < x->rows; i++) {
        const struct revision_row *row = &x->row[i];
        const struct figure *f = figures_find(figures, row->figure);
        if (row->domain != DOMAIN_NATION) {
            continue;
        }
        report_text(r, row->figure);
        report_text(r, report_words(r, f->label_fr, f->label_en));
        put_level(r, f, row);
        for (int c = 0; c < CAUSE_COUNT; c++) {
            put_change(r, f, row->part[c]);
        }
        put_half_widths(r, row);
        report_row(r);
    }
    report_end(r);
}

/* ---- text: how much, then why ---- */

static void put_much(struct question *q, const struct figures *figures, const struct revision *x)
{
    static const struct report_column columns[] = {
        {"text", "chiffre", "figure", REPORT_LEFT, 1, REPORT_ALWAYS},
        {"before", "avant", "before", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"after", "après", "after", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"change", "écart", "change", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {"half_widths", "demi-int.", "half-widths", REPORT_RIGHT, 0, REPORT_ALWAYS},
        {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
    };
    struct report *r = q->report;
    report_begin(r, "revisions", NULL, columns);
    for (size_t i = 0; i < x->rows; i++) {
        const struct revision_row *row = &x->row[i];
        const struct figure *f = figures_find(figures, row->figure);
        char text[STORE_LONG];
        if (row->domain == DOMAIN_NATION) {
            snprintf(text, sizeof text, "%s %s", row->figure, report_words(r, f->label_fr, f->label_en));
            report_text(r, text);
            put_level(r, f, row);
            put_half_widths(r, row);
            report_row(r);
        }
    }
    report_end(r);
}

static int moved(const struct revision_row *row)
{
    int any = 0;
    for (int c = 0; c < CAUSE_COUNT; c++) {
        any |= row->part[c] != 0.0;
    }
    return any;
}

/* Columns for the causes that are present, rows for the figures that something moved. */
static void put_why(struct question *q, const struct figures *figures, const struct revision *x)
{
    struct report *r = q->report;
    struct report_column columns[CAUSE_COUNT + 3] = {{"figure", "chiffre", "figure", REPORT_LEFT, 0, REPORT_ALWAYS},
                                                     {"change", "écart", "change", REPORT_RIGHT, 0, REPORT_ALWAYS}};
    size_t n = 2;
    for (int c = 0; c < CAUSE_COUNT; c++) {
        const char *label = cause_label(r, (enum revision_cause)c);
        if (x->present >> c & 1u) {
            columns[n++] = (struct report_column){
                revision_cause_name((enum revision_cause)c), label, label, REPORT_RIGHT, 0, REPORT_ALWAYS};
        }
    }
    report_begin(r, "causes", report_words(r, "Ce qui les a déplacés", "What moved them"), columns);
    for (size_t i = 0; i < x->rows; i++) {
        const struct revision_row *row = &x->row[i];
        const struct figure *f = figures_find(figures, row->figure);
        if (row->domain != DOMAIN_NATION || !moved(row)) {
            continue;
        }
        report_text(r, row->figure);
        put_change(r, f, row->after - row->before);
        for (int c = 0; c < CAUSE_COUNT; c++) {
            if (x->present >> c & 1u) {
                put_change(r, f, row->part[c]);
            }
        }
        report_row(r);
    }
    report_end(r);
}

static void put_notes(struct question *q, const struct vintage *a, const struct vintage *b, const struct revision *x)
{
    struct report *r = q->report;
    const struct vintage *each[] = {a, b};
    for (int k = 0; k < 2; k++) {
        report_note(r, "%s %lld: %s %s, %s, %s", report_words(r, "version", "vintage"), (long long)each[k]->number,
                    report_words(r, "état au", "as of"), each[k]->as_of, each[k]->status, each[k]->package_name);
    }
    for (int c = 0; c < CAUSE_COUNT; c++) {
        if (x->present >> c & 1u) {
            report_note(r, "%s: %u %s", cause_label(r, (enum revision_cause)c), x->units[c],
                        report_words(r, "PRE", x->units[c] == 1 ? "unit" : "units"));
        }
    }
    if (x->present == 0) {
        report_note(r, "%s", report_words(r, "rien qui change un chiffre", "nothing that changes a figure"));
    }
    if (x->present >> CAUSE_NEW & 1u) {
        report_note(r, "%s",
                    report_words(
                        r, "un nouveau retour déplace l'estimation de ce qu'il dit moins ce qui était supposé pour lui",
                        "a new return moves the estimate by what it says minus what was supposed for it"));
    }
}

static void put_figures(struct question *q, const struct figures *figures, const struct revision *x)
{
    if (!report_is_text(q->report)) {
        put_data(q, figures, x);
        return;
    }
    put_much(q, figures, x);
    if (x->present != 0) {
        put_why(q, figures, x);
    }
}

static const struct report_column unit_columns[] = {
    {"unit", "PRE", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"cause", "cause", "cause", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"register", "répertoire", "register", REPORT_LEFT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static void put_units(struct question *q, const struct compared *c)
{
    struct report *r = q->report;
    report_begin(r, "units", report_words(r, "PRE dont le jugement a changé", "Units judged otherwise"), unit_columns);
    for (uint32_t i = 0; i < map_count(c->units); i++) {
        const struct pair *p = &c->pair[i];
        if (p->same_judgement && p->same_frame) {
            continue;
        }
        int counts = !p->same_judgement && (p->before || p->after);
        report_text(r, map_key(c->units, i));
        report_text(r, counts ? cause_label(r, cause_of(c, p)) : "");
        report_text(r, p->same_frame ? "" : report_words(r, "changé", "changed"));
        report_row(r);
    }
    report_end(r);
}

static enum flow read_number(const char *s, int64_t *n, struct err *e)
{
    size_t digits = strspn(s, "0123456789");
    *n = 0;
    for (size_t i = 0; i < digits && *n <= VINTAGE_NUMBER_MAX; i++) {
        *n = *n * 10 + (s[i] - '0');
    }
    return *n > 0 && *n <= VINTAGE_NUMBER_MAX && s[digits] == '\0'
               ? FLOW_OK
               : err_set(e, STATUS_USAGE, "--show revisions: '%.200s' is not a whole number from 1 to %d", s,
                         VINTAGE_NUMBER_MAX);
}

static enum flow compare(struct question *q, const struct vintage *a, const struct vintage *b, struct compared *c,
                         struct err *e)
{
    struct estimation x = {0}, y = {0};
    struct revision *r = NULL;
    enum flow f = estimation_prepare(&x, q->db, a->id, a->edition, NULL, e);
    if (f == FLOW_OK) {
        f = estimation_prepare(&y, q->db, b->id, b->edition, NULL, e);
    }
    if (f == FLOW_OK && c->decisions && c->edition) {
        f = read_set(q, a, b, c, e);
        f = f == FLOW_OK ? read_confirmed(q, a, b, x.edition, y.edition, c, e) : f;
    }
    if (f == FLOW_OK) {
        const struct revision_side one = {x.population, x.figures, &x.method},
                                   two = {y.population, y.figures, &y.method};
        r = revision_run(&one, &two, own, c, 0, e);
        f = r != NULL ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK) {
        put_notes(q, a, b, r);
        put_figures(q, y.figures, r);
        put_units(q, c);
    }
    revision_free(r);
    estimation_fini(&x);
    estimation_fini(&y);
    return f;
}

enum flow show_revisions(struct question *q, struct err *e)
{
    struct vintage a, b;
    int64_t first, second;
    if (read_number(q->operand[0], &first, e) != FLOW_OK || read_number(q->operand[1], &second, e) != FLOW_OK ||
        store_vintage(q->db, q->vintage.campaign, first, &a, e) != FLOW_OK ||
        store_vintage(q->db, q->vintage.campaign, second, &b, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    struct compared c = {.units = map_new(),
                         .decisions = strcmp(a.decisions_digest, b.decisions_digest) != 0,
                         .edition = strcmp(a.edition_digest, b.edition_digest) != 0};
    enum flow f = c.units != NULL ? read_pairs(q, &a, &b, &c, e) : err_set(e, STATUS_SYSTEM, "no memory for the units");
    if (f == FLOW_OK) {
        f = read_gone(q, &a, &b, &c, e);
    }
    if (f == FLOW_OK) {
        f = compare(q, &a, &b, &c, e);
    }
    map_free(c.units);
    free(c.pair);
    return f;
}
