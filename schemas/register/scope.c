/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in scope. In: alive from 1 January to 31 December of the reference year. Merged during the year: the
 * predecessor is out, its final successor is in (even if it was created by the merger), with the sizes of both. A
 * merger before the year is history: the successor's own size holds it already. */
#include "schemas/register/frame.h"

#include <stdio.h>
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

static enum flow day_of(const struct register_table *t, size_t i, uint32_t column, int64_t open, int64_t *day,
                        struct err *e)
{
    const char *s = register_value(t, i, column);
    *day = open;
    if (!*s || clock_parse_date(s, strlen(s), day))
        return FLOW_OK;
    return register_fault(t, t->units[i].line, t->columns[column], s, e, "not a date: write YYYY-MM-DD");
}

static enum flow classify(struct register_table *t, size_t i, const struct year *y, int64_t *ends, struct err *e)
{
    struct register_unit *u = &t->units[i];
    const char *successor = register_value(t, i, y->successor), *size = register_value(t, i, y->size);
    int64_t from;
    if (day_of(t, i, y->from, INT64_MIN, &from, e) != FLOW_OK || day_of(t, i, y->to, INT64_MAX, ends, e) != FLOW_OK)
        return FLOW_FATAL;
    if (*ends < from)
        return register_fault(t, u->line, t->columns[y->to], register_value(t, i, y->to), e, "ends before it begins");
    if (*size && decimal_parse(size, strlen(size), &u->size) != DECIMAL_OK)
        return register_fault(t, u->line, t->columns[y->size], size, e,
                              "not a number: digits, a point for decimals, no space");
    if (*successor) {
        u->successor = register_find(t, successor, strlen(successor));
        if (u->successor == REGISTER_NONE)
            return register_fault(t, u->line, t->columns[y->successor], successor, e, "no such unit in the register");
        if (*ends == INT64_MAX)
            return register_fault(t, u->line, t->columns[y->successor], successor, e,
                                  "a unit with a successor has an end of validity");
    }
    u->scope = *ends < y->last   ? (*successor ? REGISTER_MERGED : REGISTER_CLOSED)
               : from > y->first ? REGISTER_CREATED
                                 : REGISTER_IN;
    return FLOW_OK;
}

static int merged_in_year(const struct register_table *t, size_t i, const struct year *y, int64_t ends)
{
    return t->units[i].scope == REGISTER_MERGED && ends >= y->first;
}

static enum flow check_cycle(const struct register_table *t, size_t i, const struct year *y, struct err *e)
{
    uint32_t k = t->units[i].successor;
    for (size_t steps = 0; k != REGISTER_NONE; steps++, k = t->units[k].successor)
        if (k == i || steps > t->count)
            return register_fault(t, t->units[i].line, t->columns[y->successor], register_value(t, i, y->successor), e,
                                  "successors go round in a circle");
    return FLOW_OK;
}

/* A unit that had ended takes nobody over; one that ends on the same day is merged further. */
static enum flow check_alive(const struct register_table *t, size_t i, const struct year *y, int64_t ends,
                             struct err *e)
{
    uint32_t k = t->units[i].successor;
    int64_t over;
    if (k == REGISTER_NONE)
        return FLOW_OK;
    if (day_of(t, k, y->to, INT64_MAX, &over, e) != FLOW_OK)
        return FLOW_FATAL;
    if (over < ends)
        return register_fault(t, t->units[i].line, t->columns[y->successor], register_value(t, i, y->successor), e,
                              "ended on %s, before the unit that it takes over, which ended on %s",
                              register_value(t, k, y->to), register_value(t, i, y->to));
    return FLOW_OK;
}

/* The unit that answers for i in the end: successors followed through mergers that ended before 31 December. */
static uint32_t final_successor(const struct register_table *t, size_t i)
{
    uint32_t k = t->units[i].successor;
    while (t->units[k].scope == REGISTER_MERGED)
        k = t->units[k].successor;
    return k;
}

static enum flow join(struct register_table *t, size_t i, const struct year *y, struct err *e)
{
    struct register_unit *u = &t->units[i];
    uint32_t k = final_successor(t, i);
    struct register_unit *s = &t->units[k];
    struct decimal sum;
    if (s->scope == REGISTER_CREATED)
        s->scope = REGISTER_IN;
    u->next_predecessor = s->first_predecessor;
    s->first_predecessor = (uint32_t)i;
    if (!decimal_add(s->size, u->size, &sum))
        return register_fault(t, u->line, t->columns[y->size], register_value(t, i, y->size), e,
                              "too large once summed with its successor");
    s->size = sum;
    return FLOW_OK;
}

static enum flow check_size(const struct register_table *t, size_t i, const struct year *y, struct err *e)
{
    const struct register_unit *u = &t->units[i];
    if (u->scope != REGISTER_IN || y->size == REGISTER_NONE || u->size.unscaled > 0)
        return FLOW_OK;
    if (*register_value(t, i, y->size) && u->size.unscaled == 0 && *register_value(t, i, y->note))
        return FLOW_OK;
    return register_fault(t, u->line, t->columns[y->size], register_value(t, i, y->size), e,
                          "a unit in scope has a size above 0; 0 needs a reason in a column \"note\"");
}

enum flow register_scope_all(const struct edition *ed, struct register_table *t, struct err *e)
{
    const struct year y = year_of(ed, t);
    int64_t ends;
    for (size_t i = 0; i < t->count; i++)
        if (classify(t, i, &y, &ends, e) != FLOW_OK)
            return FLOW_FATAL;
    for (size_t i = 0; i < t->count; i++)
        if (check_cycle(t, i, &y, e) != FLOW_OK)
            return FLOW_FATAL;
    /* From the last to the first, so that the predecessors of a successor come out in order. */
    for (size_t i = t->count; i-- > 0;) {
        if (day_of(t, i, y.to, INT64_MAX, &ends, e) != FLOW_OK)
            return FLOW_FATAL;
        if (check_alive(t, i, &y, ends, e) != FLOW_OK)
            return FLOW_FATAL;
        if (merged_in_year(t, i, &y, ends) && join(t, i, &y, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (check_size(t, i, &y, e) != FLOW_OK)
            return FLOW_FATAL;
        t->in_scope += t->units[i].scope == REGISTER_IN;
    }
    return FLOW_OK;
}
