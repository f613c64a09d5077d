/* SPDX-License-Identifier: Apache-2.0 */
/* Names given with a question: each must be one that the vintage knows, or the question fails with those that come
 * nearest. An answer about nothing would look like an answer. */
#include "load/show/nearest.h"
#include "load/show/show.h"
#include "schemas/run/text.h"

#include <stdio.h>
#include <string.h>

/* The vintage in words: "campaign 2022, vintage 3". */
static const char *where_of(const struct question *q, char out[STORE_LONG])
{
    snprintf(out, STORE_LONG, "campaign %s, vintage %lld", q->vintage.campaign, (long long)q->vintage.number);
    return out;
}

static enum flow offer(void *ctx, const struct db_query *row, struct err *e)
{
    (void)e;
    nearest_offer(ctx, db_text(row, 0));
    return FLOW_OK;
}

/* A unit that left the register is still one of the campaign: its story is told by the vintages that had it. */
enum flow show_check_unit(struct question *q, const char *unit, struct err *e)
{
    struct nearest n;
    char where[STORE_LONG];
    snprintf(where, sizeof where, "campaign %s", q->vintage.campaign);
    nearest_init(&n, unit);
    enum flow f = db_each(q->db,
                          "SELECT DISTINCT u.unit FROM vintage_unit u JOIN vintage v ON v.vintage = u.vintage "
                          "WHERE v.campaign = $1 ORDER BY u.unit",
                          DB_ARGS(DB_TEXT(q->vintage.campaign)), offer, &n, e);
    return f == FLOW_OK ? nearest_check(&n, "unit", where, e) : f;
}

enum flow show_check_rule(struct question *q, const struct edition *ed, const char *rule, struct err *e)
{
    struct nearest n;
    char where[STORE_LONG];
    size_t length = strlen(rule);
    nearest_init(&n, rule);
    for (size_t i = 0; i < ed->rule_count; i++) {
        const char *id = ed->rules[i].id;
        nearest_offer(&n, id);
        n.found |= strncmp(id, rule, length) == 0 && id[length] == '.';
    }
    n.found |= edition_rule(ed, rule) != NULL;
    return nearest_check(&n, "rule", where_of(q, where), e);
}

enum flow show_check_variable(struct question *q, const struct edition *ed, const char *variable, struct err *e)
{
    struct nearest n;
    char where[STORE_LONG];
    nearest_init(&n, variable);
    for (size_t i = 0; i < ed->variable_count; i++) {
        nearest_offer(&n, ed->variables[i].id);
    }
    return nearest_check(&n, "variable", where_of(q, where), e);
}

enum flow show_check_figure(struct question *q, const struct edition *ed, const char *figure, struct err *e)
{
    struct nearest n;
    char where[STORE_LONG];
    nearest_init(&n, figure);
    for (size_t i = 0; i < ed->figure_count; i++) {
        nearest_offer(&n, ed->figures[i].id);
    }
    return nearest_check(&n, "figure", where_of(q, where), e);
}

/* ---- domains ---- */

struct areas_seen {
    struct nearest nearest;
    char with[STORE_TEXT]; /* the area that the one wanted is published with */
};

static enum flow offer_area(void *ctx, const struct db_query *row, struct err *e)
{
    struct areas_seen *s = ctx;
    const char *area = db_text(row, 0);
    nearest_offer(&s->nearest, area);
    if (text_in_list(area, '+', s->nearest.wanted, strlen(s->nearest.wanted))) {
        STORE_KEEP(s->with, area);
    }
    (void)e;
    return FLOW_OK;
}

enum flow show_check_area(struct question *q, struct err *e)
{
    static const char figures[] = "SELECT DISTINCT area FROM figure WHERE vintage = $1 AND domain = $2 ORDER BY area";
    static const char frames[] =
        "SELECT DISTINCT CASE $2 WHEN 'region' THEN r.region WHEN 'departement' THEN r.departement ELSE r.carrier END "
        "AS area FROM vintage_unit v JOIN frame r ON r.frame = v.frame WHERE v.vintage = $1 AND r.scope = 'in' ORDER "
        "BY "
        "area";
    struct areas_seen s = {.with = ""};
    char where[STORE_LONG];
    nearest_init(&s.nearest, q->code);
    enum flow f = db_each(q->db, q->areas == AREAS_OF_FIGURES ? figures : frames,
                          DB_ARGS(DB_INT(q->vintage.id), DB_TEXT(q->kind)), offer_area, &s, e);
    if (f != FLOW_OK || s.nearest.found) {
        return f;
    }
    if (*s.with == '\0') {
        return nearest_check(&s.nearest, q->kind, where_of(q, where), e);
    }
    STORE_KEEP(q->asked, q->code); /* told by the heading */
    STORE_KEEP(q->code, s.with);
    return FLOW_OK;
}
