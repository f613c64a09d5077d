/* SPDX-License-Identifier: Apache-2.0 */
/* --show revisions A B: each national figure before and after, what moved it (Shapley contributions by cause, an exact
 * sum), and the units behind each cause. A new return moves an estimate by what it says minus what was supposed for it.
 */
#include "load/estimate/revision.h"

#include "load/causes.h"
#include "load/estimation.h"
#include "load/show/show.h"
#include "load/words.h"

#include <stdio.h>
#include <string.h>

/* ---- the answer ---- */

static const char *cause_label(const struct report *r, enum revision_cause c)
{
    static const char *const fr[] = {"répertoire", "nouveaux", "corrections", "annulations",
                                     "décisions",  "édition",  "méthode",     "documents"};
    return report_words(r, fr[c], revision_cause_name(c));
}

static void put_level(struct report *r, const struct figure *f, const struct revision_row *row)
{
    show_level(r, f, row->before);
    show_level(r, f, row->after);
    show_difference(r, f, row->after - row->before);
}

static void put_half_widths(struct report *r, const struct revision_row *row)
{
    if (row->has_half_width) {
        report_difference(r, row->half_widths, 2);
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
            show_difference(r, f, row->part[c]);
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
        show_difference(r, f, row->after - row->before);
        for (int c = 0; c < CAUSE_COUNT; c++) {
            if (x->present >> c & 1u) {
                show_difference(r, f, row->part[c]);
            }
        }
        report_row(r);
    }
    report_end(r);
}

/* Documents that move nothing are no cause of a revision, only of a judgement. */
static uint32_t only_documents(const struct causes *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < causes_count(c); i++) {
        struct caused u = causes_at(c, i);
        n += u.has_cause && u.cause == CAUSE_DOCUMENTS;
    }
    return n;
}

static void put_notes(struct question *q, const struct vintage *a, const struct vintage *b, const struct revision *x,
                      const struct causes *c)
{
    struct report *r = q->report;
    uint32_t documents = only_documents(c);
    const struct vintage *each[] = {a, b};
    for (int k = 0; k < 2; k++) {
        report_note(r, "%s %lld: %s %s, %s, %s", report_words(r, "version", "vintage"), (long long)each[k]->number,
                    report_words(r, "état au", "as of"), each[k]->as_of,
                    words_of_answer(each[k]->status, report_lang(r) == REPORT_FR), each[k]->package_name);
    }
    for (int k = 0; k < CAUSE_COUNT; k++) {
        if (x->present >> k & 1u) {
            report_note(r, "%s: %u %s", cause_label(r, (enum revision_cause)k), x->units[k],
                        report_words(r, x->units[k] == 1 ? "unité" : "unités", x->units[k] == 1 ? "unit" : "units"));
        }
    }
    if (documents > 0) {
        report_note(r, "%s: %u %s", cause_label(r, CAUSE_DOCUMENTS), documents,
                    report_words(r,
                                 documents == 1 ? "unité, dont rien d'utilisé ne change"
                                                : "unités, dont rien d'utilisé ne change",
                                 documents == 1 ? "unit, nothing that is used of it changes"
                                                : "units, nothing that is used of them changes"));
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
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"cause", "cause", "cause", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"register", "répertoire", "register", REPORT_LEFT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static void put_units(struct question *q, const struct causes *c)
{
    struct report *r = q->report;
    report_begin(r, "units", report_words(r, "Unités jugées autrement", "Units judged otherwise"), unit_columns);
    for (uint32_t i = 0; i < causes_count(c); i++) {
        struct caused u = causes_at(c, i);
        if (u.same_judgement && u.same_frame) {
            continue;
        }
        report_text(r, u.unit);
        report_text(r, u.has_cause ? cause_label(r, u.cause) : "");
        report_text(r, u.same_frame ? "" : report_words(r, "changé", "changed"));
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

static enum flow compare(struct question *q, const struct vintage *a, const struct vintage *b, struct err *e)
{
    struct estimation x = {0}, y = {0};
    struct causes *c = NULL;
    struct revision *r = NULL;
    enum flow f = estimation_prepare(&x, q->db, a->id, a->edition, NULL, e);
    if (f == FLOW_OK) {
        f = estimation_prepare(&y, q->db, b->id, b->edition, NULL, e);
    }
    if (f == FLOW_OK) {
        c = causes_open(q->db, a, b, x.edition, y.edition, e);
        f = c != NULL ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK) {
        const struct revision_side one = {x.population, x.figures, &x.method},
                                   two = {y.population, y.figures, &y.method};
        r = revision_run(&one, &two, causes_owner, c, 0, e);
        f = r != NULL ? FLOW_OK : FLOW_FATAL;
    }
    if (f == FLOW_OK) {
        put_notes(q, a, b, r, c);
        put_figures(q, y.figures, r);
        put_units(q, c);
    }
    revision_free(r);
    causes_close(c);
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
    return compare(q, &a, &b, e);
}
