/* SPDX-License-Identifier: Apache-2.0 */
/* What several questions need: names of items, the figure a campaign is about, what a rule may take away. */
#include "load/show/show.h"

#include <string.h>

const char *show_variable(const struct population *p, uint32_t item)
{
    for (size_t v = 0; v < p->variables; v++) {
        if (item >= p->variable[v].first && item < p->variable[v].first + p->variable[v].count) {
            return p->variable[v].id;
        }
    }
    return "";
}

void show_instant(struct report *r, const char *at)
{
    char text[20];
    if (!report_is_text(r) || at == NULL || strlen(at) < sizeof text || at[10] != 'T') {
        report_text(r, at);
        return;
    }
    memcpy(text, at, sizeof text - 1);
    text[10] = ' ';
    text[sizeof text - 1] = '\0';
    report_text(r, text);
}

static int finer(const struct figure *f)
{
    return f->decimals > 0 ? f->decimals + 1 : 0;
}

void show_level(struct report *r, const struct figure *f, double v)
{
    if (figure_in_percent(f->kind)) {
        report_percent(r, v, 2);
    } else {
        report_number(r, v, finer(f));
    }
}

void show_difference(struct report *r, const struct figure *f, double v)
{
    if (figure_in_percent(f->kind)) {
        report_difference_percent(r, v, 2);
    } else {
        report_difference(r, v, finer(f));
    }
}

/* How many variables add up to this one. */
static size_t parts_of(const struct edition *ed, const char *variable)
{
    const struct edition_variable *whole = edition_variable(ed, variable);
    size_t n = 0;
    for (size_t i = 0; whole != NULL && i < ed->variable_count; i++) {
        n += ed->variables[i].sum_to == whole->index;
    }
    return n;
}

const struct figure *show_main_figure(const struct edition *ed, const struct figures *figures, const char *wanted)
{
    const struct figure *best = NULL;
    size_t parts = 0;
    if (wanted != NULL) {
        return figures_find(figures, wanted);
    }
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *f = &figures->figure[i];
        size_t n = f->kind == FIGURE_TOTAL ? parts_of(ed, f->part.variable) : 0;
        if (n > parts) {
            best = f;
            parts = n;
        }
    }
    return best;
}

static enum flow note_eligibility(void *ctx, const struct db_query *row, struct err *e)
{
    struct report *r = ctx;
    (void)e;
    report_note(r, "%s", report_words(r, db_text(row, 0), db_text(row, 1)));
    return FLOW_OK;
}

enum flow show_eligibility(struct question *q, struct err *e)
{
    return db_each(q->db, "SELECT text_fr, text_en FROM step WHERE vintage = $1 AND step = 'eligibility'",
                   DB_ARGS(DB_INT(q->vintage.id)), note_eligibility, q->report, e);
}

enum domain_kind show_domain_kind(const char *kind)
{
    for (int d = 0; d < DOMAIN_KINDS; d++) {
        if (strcmp(domain_kind_name((enum domain_kind)d), kind) == 0) {
            return (enum domain_kind)d;
        }
    }
    return DOMAIN_NATION;
}
