/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in scope. In: alive from 1 January to 31 December of the reference year. Merged during the year: the
 * predecessor is out, its final successor is in (even if it was created by the merger), with the sizes of both. A
 * merger before the year is history: the successor's own size holds it already. */
#include "schemas/register/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/run/clock.h"

const char *register_scope_name(enum register_scope s)
{
    static const char *const names[] = {"in", "closed", "created", "merged"};
    return names[s];
}

struct year {
    int64_t first, last;
    uint32_t from, to, successor, size, note; /* columns */
    struct register_reader *rows, *others;    /* of the unit at hand, and of one it is held against */
};

static struct year year_of(const struct edition *ed, const struct register_table *t)
{
    struct year y = {.from = register_column_index(t, ed->frame.valid_from),
                     .to = register_column_index(t, ed->frame.valid_to),
                     .successor = register_column_index(t, ed->frame.successor),
                     .size = register_column_index(t, ed->frame.size),
                     .note = register_column_index(t, "note")};
    char day[16];
    (void)snprintf(day, sizeof day, "%04d-01-01", ed->reference_year);
    if (!clock_parse_date(day, strlen(day), &y.first))
        y.first = INT64_MIN;
    (void)snprintf(day, sizeof day, "%04d-12-31", ed->reference_year);
    if (!clock_parse_date(day, strlen(day), &y.last))
        y.last = INT64_MAX;
    return y;
}

/* A fault of the unit at hand, in that column. */
#define FAULT(t, y, i, column, e, ...)                                                                                 \
    register_fault(t, (t)->place[i].line, (t)->columns[column], register_value((y)->rows, i, column), e, __VA_ARGS__)

static enum flow day_of(const struct register_table *t, struct register_reader *rows, size_t i, uint32_t column,
                        int64_t open, int64_t *day, struct err *e)
{
    const char *s = register_value(rows, i, column);
    *day = open;
    if (!*s || clock_parse_date(s, strlen(s), day))
        return FLOW_OK;
    return register_fault(t, t->place[i].line, t->columns[column], s, e, "not a date: write YYYY-MM-DD");
}

/* ---- each unit by itself ---- */

enum { LINKED = 0x80 }; /* beside the scope, until there are links */

static enum flow take_successor(struct register_table *t, size_t i, const struct year *y, int64_t ends, struct err *e)
{
    const char *successor = register_value(y->rows, i, y->successor);
    if (!*successor)
        return FLOW_OK;
    uint32_t k = register_find(t, successor, strlen(successor));
    if (k == REGISTER_NONE)
        return FAULT(t, y, i, y->successor, e, "no such unit in the register");
    if (ends == INT64_MAX)
        return FAULT(t, y, i, y->successor, e, "a unit with a successor has an end of validity");
    t->scope[i] |= LINKED;
    t->scope[k] |= LINKED;
    return FLOW_OK;
}

static enum flow classify(struct register_table *t, size_t i, const struct year *y, struct err *e)
{
    const char *size = register_value(y->rows, i, y->size);
    int64_t from, ends;
    struct decimal d;
    if (day_of(t, y->rows, i, y->from, INT64_MIN, &from, e) != FLOW_OK ||
        day_of(t, y->rows, i, y->to, INT64_MAX, &ends, e) != FLOW_OK)
        return FLOW_FATAL;
    if (ends < from)
        return FAULT(t, y, i, y->to, e, "ends before it begins");
    if (*size && decimal_parse(size, strlen(size), &d) != DECIMAL_OK)
        return FAULT(t, y, i, y->size, e, "not a number: digits, a point for decimals, no space");
    enum register_scope scope = ends < y->last
                                    ? (*register_value(y->rows, i, y->successor) ? REGISTER_MERGED : REGISTER_CLOSED)
                                : from > y->first ? REGISTER_CREATED
                                                  : REGISTER_IN;
    t->scope[i] = (unsigned char)(t->scope[i] | scope);
    return take_successor(t, i, y, ends, e);
}

/* ---- mergers ---- */

static enum flow make_links(struct register_table *t, const struct year *y, struct err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += (t->scope[i] & LINKED) != 0;
    t->link = calloc(n + 1, sizeof *t->link);
    if (!t->link)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
    for (size_t i = 0; i < t->count; i++) {
        if (!(t->scope[i] & LINKED))
            continue;
        const char *successor = register_value(y->rows, i, y->successor);
        t->scope[i] &= (unsigned char)~LINKED;
        struct decimal size = register_size(y->rows, i); /* its own: it has no link yet */
        t->link[t->links++] = (struct register_link){(uint32_t)i, register_find(t, successor, strlen(successor)),
                                                     REGISTER_NONE, REGISTER_NONE, size};
    }
    return FLOW_OK;
}

static uint32_t successor_of(const struct register_table *t, uint32_t unit)
{
    const struct register_link *l = register_link_of(t, unit);
    return l ? l->successor : REGISTER_NONE;
}

static enum flow check_cycle(const struct register_table *t, const struct register_link *l, const struct year *y,
                             struct err *e)
{
    uint32_t k = l->successor;
    for (size_t steps = 0; k != REGISTER_NONE; steps++, k = successor_of(t, k))
        if (k == l->unit || steps > t->count)
            return FAULT(t, y, l->unit, y->successor, e, "successors go round in a circle");
    return FLOW_OK;
}

/* A unit that had ended takes nobody over; one that ends on the same day is merged further. */
static enum flow check_alive(const struct register_table *t, const struct register_link *l, const struct year *y,
                             int64_t ends, struct err *e)
{
    int64_t over;
    if (day_of(t, y->others, l->successor, y->to, INT64_MAX, &over, e) != FLOW_OK)
        return FLOW_FATAL;
    if (over < ends)
        return FAULT(t, y, l->unit, y->successor, e,
                     "ended on %s, before the unit that it takes over, which ended on %s",
                     register_value(y->others, l->successor, y->to), register_value(y->rows, l->unit, y->to));
    return FLOW_OK;
}

/* The unit that answers for this one in the end: successors followed through mergers that ended before 31 December. */
static struct register_link *final_successor(const struct register_table *t, const struct register_link *l)
{
    struct register_link *k = register_link_of(t, l->successor);
    while (t->scope[k->unit] == REGISTER_MERGED)
        k = register_link_of(t, k->successor);
    return k;
}

static enum flow join(struct register_table *t, struct register_link *l, const struct year *y, struct err *e)
{
    struct register_link *s = final_successor(t, l);
    struct decimal sum;
    if (t->scope[s->unit] == REGISTER_CREATED)
        t->scope[s->unit] = REGISTER_IN;
    l->next_predecessor = s->first_predecessor;
    s->first_predecessor = l->unit;
    if (!decimal_add(s->size, l->size, &sum))
        return FAULT(t, y, l->unit, y->size, e, "too large once summed with its successor");
    s->size = sum;
    return FLOW_OK;
}

/* From the last to the first, so that the predecessors of a successor come out in order. */
static enum flow merge_all(struct register_table *t, const struct year *y, struct err *e)
{
    int64_t ends;
    for (size_t i = 0; i < t->links; i++)
        if (check_cycle(t, &t->link[i], y, e) != FLOW_OK)
            return FLOW_FATAL;
    for (size_t i = t->links; i-- > 0;) {
        struct register_link *l = &t->link[i];
        if (l->successor == REGISTER_NONE)
            continue;
        if (day_of(t, y->rows, l->unit, y->to, INT64_MAX, &ends, e) != FLOW_OK ||
            check_alive(t, l, y, ends, e) != FLOW_OK)
            return FLOW_FATAL;
        int in_year = t->scope[l->unit] == REGISTER_MERGED && ends >= y->first;
        if (in_year && join(t, l, y, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

/* ---- all ---- */

static enum flow check_size(const struct register_table *t, size_t i, const struct year *y, struct err *e)
{
    if (t->scope[i] != REGISTER_IN || y->size == REGISTER_NONE)
        return FLOW_OK;
    struct decimal size = register_size(y->rows, i);
    if (size.unscaled > 0 ||
        (*register_value(y->rows, i, y->size) && size.unscaled == 0 && *register_value(y->rows, i, y->note)))
        return FLOW_OK;
    return FAULT(t, y, i, y->size, e, "a unit in scope has a size above 0; 0 needs a reason in a column \"note\"");
}

static enum flow scope_all(struct register_table *t, const struct year *y, struct err *e)
{
    for (size_t i = 0; i < t->count; i++)
        t->scope[i] = 0;
    for (size_t i = 0; i < t->count; i++)
        if (classify(t, i, y, e) != FLOW_OK)
            return FLOW_FATAL;
    if (make_links(t, y, e) != FLOW_OK || merge_all(t, y, e) != FLOW_OK)
        return FLOW_FATAL;
    t->in_scope = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (check_size(t, i, y, e) != FLOW_OK)
            return FLOW_FATAL;
        t->in_scope += t->scope[i] == REGISTER_IN;
    }
    return FLOW_OK;
}

enum flow register_scope_all(const struct edition *ed, struct register_table *t, struct err *e)
{
    struct year y = year_of(ed, t);
    y.rows = register_reader_new(t, e);
    y.others = y.rows ? register_reader_new(t, e) : NULL;
    enum flow f = y.others ? scope_all(t, &y, e) : FLOW_FATAL;
    register_reader_free(y.rows);
    register_reader_free(y.others);
    return f;
}
