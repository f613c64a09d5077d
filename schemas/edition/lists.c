/* SPDX-License-Identifier: Apache-2.0 */
/* categories.csv, silences.csv and measures.csv. */
#include "schemas/edition/read.h"

#include <stdlib.h>
#include <string.h>

enum { C_LIST, C_CODE, C_LABEL_FR, C_LABEL_EN, C_HARMONISED, C_POSITION };

struct category_row {
    uint32_t list;
    struct edition_category category;
};

/* Code of a category: what a return may carry and what a package key may hold. */
static int is_code(const char *s)
{
    return *s && strlen(s) <= 80 && !strpbrk(s, " \t\r\n\"'<>&,;|");
}

static enum flow read_category(struct table *t, struct category_row *row)
{
    int64_t position;
    struct edition_category *c = &row->category;
    if (!edition_is_name(table_get(t, C_LIST)))
        return table_fault(t, C_LIST, "not a name");
    if (!is_code(table_get(t, C_CODE)))
        return table_fault(t, C_CODE, "not a code: no space, quote, comma or semicolon");
    if (!is_code(table_get(t, C_HARMONISED)))
        return table_fault(t, C_HARMONISED,
                           "not a code: the category's code of the series, its own code when it has always been that");
    if (table_label(t, C_LABEL_FR, &c->label) != FLOW_OK ||
        table_integer(t, C_POSITION, 1, 1000000, &position) != FLOW_OK)
        return FLOW_FATAL;
    c->code = table_copy(t, C_CODE);
    c->harmonised = table_copy(t, C_HARMONISED);
    c->position = (int)position;
    c->line = csv_table_line(t->csv);
    if (!c->code || !c->harmonised)
        return FLOW_FATAL;
    const char *list = table_get(t, C_LIST);
    return map_put(t->ed->data->lists, list, strlen(list), &row->list, NULL, t->err);
}

static int by_list(const void *a, const void *b)
{
    const struct category_row *x = a, *y = b;
    if (x->list != y->list)
        return x->list < y->list ? -1 : 1;
    if (x->category.position != y->category.position)
        return x->category.position < y->category.position ? -1 : 1;
    return x->category.line < y->category.line ? -1 : x->category.line > y->category.line;
}

static enum flow check_twins(const struct edition *ed, const struct edition_list *l, struct err *e)
{
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(l->categories[i].code, l->categories[k].code) == 0)
                return err_set(e, STATUS_CONFIG, "%s/categories.csv:%llu: code \"%s\": stands twice in list \"%s\"",
                               ed->folder, (unsigned long long)l->categories[i].line, l->categories[i].code, l->id);
    return FLOW_OK;
}

static enum flow make_lists(struct edition *ed, struct category_row *rows, size_t n, struct err *e)
{
    size_t count = map_count(ed->data->lists);
    struct edition_list *lists = edition_alloc(ed, count, sizeof *lists, e);
    struct edition_category *categories = edition_alloc(ed, n, sizeof *categories, e);
    if (!lists || !categories)
        return FLOW_FATAL;
    qsort(rows, n, sizeof *rows, by_list);
    for (size_t i = 0; i < n; i++) {
        struct edition_list *l = &lists[rows[i].list];
        categories[i] = rows[i].category;
        if (!l->count++)
            l->categories = &categories[i];
        l->id = map_key(ed->data->lists, rows[i].list);
    }
    ed->lists = lists;
    ed->data->list_rows = lists;
    ed->list_count = count;
    for (size_t i = 0; i < count; i++)
        if (check_twins(ed, &lists[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

enum flow edition_read_categories(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"list", "code", "label_fr", "label_en", "harmonised", "position", NULL};
    struct table t;
    struct category_row *rows = NULL;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "categories.csv", names, 1, e);
    if (f != FLOW_OK)
        return f;
    rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_category(&t, &rows[n++]);
    table_close(&t);
    return f == FLOW_END ? make_lists(ed, rows, n, e) : f;
}

enum { S_SILENCE, S_STATUS, S_DEDUCE, S_ANSWERED, S_LABEL_FR, S_LABEL_EN };

/* SDMX CL_OBS_STATUS 2.1 */
static const char *const STATUSES[] = {"A", "B", "D", "E", "F", "G", "H", "I", "J", "K", "L",
                                       "M", "N", "O", "P", "Q", "S", "U", "V", "W", "X", NULL};

static enum flow read_silence(struct table *t, struct edition_silence *s)
{
    int status, added;
    uint32_t index;
    const char *id = table_get(t, S_SILENCE);
    if (!edition_is_name(id))
        return table_fault(t, S_SILENCE, "not a name");
    if (*table_get(t, S_STATUS) && table_choice(t, S_STATUS, STATUSES, &status) != FLOW_OK)
        return FLOW_FATAL;
    if (table_flag(t, S_DEDUCE, &s->deduce) != FLOW_OK || table_flag(t, S_ANSWERED, &s->answered) != FLOW_OK ||
        table_label(t, S_LABEL_FR, &s->label) != FLOW_OK)
        return FLOW_FATAL;
    s->id = table_copy(t, S_SILENCE);
    s->obs_status = table_copy(t, S_STATUS);
    if (!s->id || !s->obs_status || map_put(t->ed->data->silences, id, strlen(id), &index, &added, t->err) != FLOW_OK)
        return FLOW_FATAL;
    return added ? FLOW_OK : table_fault(t, S_SILENCE, "stands twice");
}

enum flow edition_read_silences(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"silence", "obs_status", "deduce", "answered", "label_fr", "label_en", NULL};
    static const char *const structural[] = {"absent", "blank", "nil", "withheld", "unit", "not-asked"};
    struct table t;
    enum flow f = table_open(&t, ed, "silences.csv", names, 1, e);
    if (f != FLOW_OK)
        return f;
    struct edition_silence *rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_silence(&t, &rows[ed->silence_count++]);
    table_close(&t);
    if (f != FLOW_END)
        return f;
    ed->silences = rows;
    for (size_t i = 0; i < sizeof structural / sizeof structural[0]; i++)
        if (edition_silence(ed, structural[i], strlen(structural[i])) == EDITION_NONE)
            return err_set(e, STATUS_CONFIG, "%s/silences.csv:1: silence \"%s\": missing; every edition names it",
                           ed->folder, structural[i]);
    return FLOW_OK;
}

enum { M_MEASURE, M_LABEL_FR, M_LABEL_EN, M_SIGN };

static enum flow read_measure(struct table *t, struct edition_measure *m)
{
    if (!edition_is_name(table_get(t, M_MEASURE)))
        return table_fault(t, M_MEASURE, "not a name");
    if (edition_measure(t->ed, table_get(t, M_MEASURE)))
        return table_fault(t, M_MEASURE, "stands twice");
    m->code = table_copy(t, M_MEASURE);
    m->sign = table_copy(t, M_SIGN);
    return m->code && m->sign ? table_label(t, M_LABEL_FR, &m->label) : FLOW_FATAL;
}

enum flow edition_read_measures(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"measure", "label_fr", "label_en", "sign", NULL};
    struct table t;
    enum flow f = table_open(&t, ed, "measures.csv", names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    struct edition_measure *rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    ed->measures = rows;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK &&
           (f = read_measure(&t, &rows[ed->measure_count])) == FLOW_OK)
        ed->measure_count++;
    table_close(&t);
    return f == FLOW_END ? edition_check_size_measure(ed, e) : f;
}

enum flow table_measure(struct table *t, size_t column, const char **code)
{
    if (t->ed->measure_count && !edition_measure(t->ed, table_get(t, column)))
        return table_fault(t, column, "no such unit of measure in measures.csv");
    *code = table_copy(t, column);
    return *code ? FLOW_OK : FLOW_FATAL;
}
