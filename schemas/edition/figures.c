/* SPDX-License-Identifier: Apache-2.0 */
/* figures.csv and published.csv. A figure that stands alone in its row; figures of one partition cover each category of
 * the list exactly once. */
#include "schemas/edition/read.h"

#include <stdlib.h>
#include <string.h>

enum {
    F_FIGURE,
    F_KIND,
    F_LABEL_FR,
    F_LABEL_EN,
    F_UNIT,
    F_VARIABLE,
    F_CATEGORY,
    F_DENOMINATOR,
    F_DENOMINATOR_CATEGORY,
    F_PARTITION,
    F_WEIGHT,
    F_DOMAINS,
    F_DECIMALS,
    F_PUBLISHED,
    F_ORDER
};

static const char *const NAMES[] = {"figure",
                                    "kind",
                                    "label_fr",
                                    "label_en",
                                    "unit",
                                    "variable",
                                    "category",
                                    "denominator_variable",
                                    "denominator_category",
                                    "partition",
                                    "weight_variable",
                                    "domains",
                                    "decimals",
                                    "published",
                                    "order",
                                    NULL};
static const char *const KINDS[] = {"count", "register_total", "total",   "share",   "mean", "ratio",
                                    "rank",  "rate",           "minimum", "maximum", NULL};

int edition_figure_in_percent(const struct edition_figure *f)
{
    return f && (f->kind == EDITION_FIGURE_SHARE || f->kind == EDITION_FIGURE_RATE);
}

static int reads_column(enum edition_figure_kind k)
{
    return k == EDITION_FIGURE_COUNT || k == EDITION_FIGURE_REGISTER_TOTAL || k == EDITION_FIGURE_RATE;
}

static enum flow find_variable(struct table *t, size_t column, uint32_t *index)
{
    const char *id = table_get(t, column);
    *index = *id ? map_get(t->ed->data->variables, id, strlen(id)) : EDITION_NONE;
    if (*id && *index == MAP_NONE)
        return table_fault(t, column, "no such variable");
    if (*index != EDITION_NONE && t->ed->variables[*index].type > EDITION_DECIMAL)
        return table_fault(t, column, "is not a number");
    return FLOW_OK;
}

static enum flow find_categories(struct table *t, size_t column, uint32_t variable, const uint32_t **out, size_t *count)
{
    const char *cursor = table_get(t, column), *word;
    size_t n, capacity = strlen(cursor) / 2 + 1;
    const struct edition_variable *v = variable == EDITION_NONE ? NULL : &t->ed->variables[variable];
    uint32_t *rows = edition_alloc(t->ed, capacity, sizeof *rows, t->err);
    if (!rows)
        return FLOW_FATAL;
    while (edition_word(&cursor, &word, &n)) {
        uint32_t c = v && v->shape == EDITION_KEYED ? edition_category(v->list, word, n) : EDITION_NONE;
        if (c == EDITION_NONE)
            return table_fault(t, column, "\"%.*s\" is no category of the variable", (int)n, word);
        for (size_t i = 0; i < *count; i++)
            if (rows[i] == c)
                return table_fault(t, column, "category \"%.*s\" stands twice", (int)n, word);
        rows[(*count)++] = c;
    }
    *out = rows;
    return FLOW_OK;
}

static enum flow read_domains(struct table *t, struct edition_figure *g)
{
    static const char *const words[] = {"nation", "region", "size", "carrier", "departement"};
    const struct edition_register *r = &t->ed->frame;
    const char *const columns[] = {"no column", r->region, r->size, r->carrier, r->departement};
    const char *cursor = table_get(t, F_DOMAINS), *word;
    size_t n;
    while (edition_word(&cursor, &word, &n)) {
        size_t i = 0;
        while (i < 5 && (strlen(words[i]) != n || memcmp(words[i], word, n) != 0))
            i++;
        if (i == 5)
            return table_fault(t, F_DOMAINS, "\"%.*s\" is not nation, region, size, carrier or departement", (int)n,
                               word);
        if (!*columns[i])
            return table_fault(t, F_DOMAINS, "\"%s\": edition.json names no such column of the register", words[i]);
        g->domains |= 1U << i;
    }
    return g->domains & EDITION_NATION ? FLOW_OK
                                       : table_fault(t, F_DOMAINS, "every figure has at least the domain nation");
}

static enum flow check_kind(struct table *t, const struct edition_figure *g)
{
    int share = g->kind == EDITION_FIGURE_SHARE || g->kind == EDITION_FIGURE_RATIO || g->kind == EDITION_FIGURE_RANK;
    if (!reads_column(g->kind) && g->variable == EDITION_NONE)
        return table_fault(t, F_VARIABLE, "this kind of figure needs a variable");
    if (g->kind == EDITION_FIGURE_REGISTER_TOTAL && (!*g->column || strcmp(g->column, t->ed->frame.size) != 0))
        return table_fault(t, F_VARIABLE, "only the size column of the register (\"%s\") is summed", t->ed->frame.size);
    if (share != (g->denominator != EDITION_NONE))
        return table_fault(t, F_DENOMINATOR,
                           share ? "this kind of figure needs a denominator"
                                 : "this kind of figure has no denominator");
    if (g->kind == EDITION_FIGURE_MEAN && g->weight == EDITION_NONE)
        return table_fault(t, F_WEIGHT, "a mean needs the number it is taken over");
    if (g->kind == EDITION_FIGURE_MEAN && t->ed->variables[g->weight].list != t->ed->variables[g->variable].list)
        return table_fault(t, F_WEIGHT, "its categories are not those of the variable");
    if (g->kind == EDITION_FIGURE_RANK && (!*g->partition || !g->category_count))
        return table_fault(t, F_PARTITION, "a rank needs a category and the set it is taken in");
    return FLOW_OK;
}

static enum flow read_texts(struct table *t, struct edition_figure *g)
{
    int kind, added;
    int64_t decimals, order;
    uint32_t index;
    const char *id = table_get(t, F_FIGURE);
    if (!edition_is_name(id))
        return table_fault(t, F_FIGURE, "not a name");
    if (map_put(t->ed->data->figures, id, strlen(id), &index, &added, t->err) != FLOW_OK)
        return FLOW_FATAL;
    if (!added)
        return table_fault(t, F_FIGURE, "stands twice");
    if (table_choice(t, F_KIND, KINDS, &kind) != FLOW_OK || table_label(t, F_LABEL_FR, &g->label) != FLOW_OK ||
        table_integer(t, F_DECIMALS, 0, 9, &decimals) != FLOW_OK ||
        table_integer(t, F_ORDER, 0, 1000000, &order) != FLOW_OK)
        return FLOW_FATAL;
    g->kind = (enum edition_figure_kind)kind;
    g->decimals = (int)decimals;
    g->order = (int)order;
    g->line = csv_table_line(t->csv);
    g->id = table_copy(t, F_FIGURE);
    g->partition = table_copy(t, F_PARTITION);
    g->published = table_copy(t, F_PUBLISHED);
    g->column = reads_column(g->kind) ? table_copy(t, F_VARIABLE) : "";
    if (!g->id || !g->partition || !g->published || !g->column)
        return FLOW_FATAL;
    return table_measure(t, F_UNIT, &g->unit);
}

static enum flow read_figure(struct table *t, struct edition_figure *g)
{
    if (read_texts(t, g) != FLOW_OK)
        return FLOW_FATAL;
    g->variable = EDITION_NONE;
    if (!reads_column(g->kind) && find_variable(t, F_VARIABLE, &g->variable) != FLOW_OK)
        return FLOW_FATAL;
    if (find_variable(t, F_DENOMINATOR, &g->denominator) != FLOW_OK ||
        find_variable(t, F_WEIGHT, &g->weight) != FLOW_OK ||
        find_categories(t, F_CATEGORY, g->variable, &g->categories, &g->category_count) != FLOW_OK ||
        find_categories(t, F_DENOMINATOR_CATEGORY, g->denominator, &g->denominator_categories,
                        &g->denominator_category_count) != FLOW_OK ||
        read_domains(t, g) != FLOW_OK)
        return FLOW_FATAL;
    return check_kind(t, g);
}

static enum flow check_partition(const struct edition *ed, const struct edition_figure *first, size_t n, struct err *e)
{
    const struct edition_variable *v = &ed->variables[first->variable];
    for (uint32_t c = 0; v->list && c < v->list->count; c++) {
        unsigned times = 0;
        for (size_t i = 0; i < n; i++) {
            const struct edition_figure *g = &ed->figures[i];
            if (g->kind != EDITION_FIGURE_SHARE || strcmp(g->partition, first->partition) != 0)
                continue;
            if (g->variable != first->variable)
                return err_set(e, STATUS_CONFIG,
                               "%s/figures.csv:%llu: figure \"%s\": partition \"%s\" mixes two variables", ed->folder,
                               (unsigned long long)g->line, g->id, g->partition);
            for (size_t k = 0; k < g->category_count; k++)
                times += g->categories[k] == c;
        }
        if (times != 1)
            return err_set(
                e, STATUS_CONFIG,
                "%s/figures.csv:%llu: partition \"%s\": category \"%s\" of \"%s\" is counted %u times, not once",
                ed->folder, (unsigned long long)first->line, first->partition, v->list->categories[c].code, v->id,
                times);
    }
    return FLOW_OK;
}

static int by_order(const void *a, const void *b)
{
    const struct edition_figure *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->id, y->id);
}

enum flow edition_read_figures(struct edition *ed, struct err *e)
{
    struct table t;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "figures.csv", NAMES, 1, e);
    if (f != FLOW_OK)
        return f;
    struct edition_figure *rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_figure(&t, &rows[n++]);
    table_close(&t);
    if (f != FLOW_END)
        return f;
    qsort(rows, n, sizeof *rows, by_order);
    ed->figures = rows;
    ed->figure_count = n;
    for (size_t i = 0; i < n; i++)
        if (rows[i].kind == EDITION_FIGURE_SHARE && *rows[i].partition &&
            check_partition(ed, &rows[i], n, e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

enum flow edition_read_published(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"figure", "year", "value", "low", "high", "text", "source", NULL};
    struct table t;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "published.csv", names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    struct edition_published *rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK) {
        struct edition_published *p = &rows[n++];
        if (map_get(ed->data->figures, table_get(&t, 0), strlen(table_get(&t, 0))) == MAP_NONE) {
            f = table_fault(&t, 0, "no such figure in figures.csv");
            break;
        }
        const char **fields[] = {&p->figure, &p->year, &p->value, &p->low, &p->high, &p->text, &p->source};
        for (size_t i = 0; f == FLOW_OK && i < 7; i++)
            if (!(*fields[i] = table_copy(&t, i)))
                f = FLOW_FATAL;
    }
    table_close(&t);
    ed->published = rows;
    ed->published_count = n;
    return f == FLOW_END ? FLOW_OK : f;
}
