/* SPDX-License-Identifier: Apache-2.0 */
/* rules.csv and parameters.csv: severities and thresholds with dates of validity. One id has at most one row in force
 * on a day; all rows of an id say the same stage. */
#include "schemas/edition/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/run/clock.h"

enum {
    R_RULE,
    R_STAGE,
    R_LEVEL,
    R_SEVERITY,
    R_WITHHOLDS,
    R_FROM,
    R_TO,
    R_LABEL_FR,
    R_LABEL_EN,
    R_REMEDY_FR,
    R_REMEDY_EN
};

static const char *const STAGES[] = {"document", "xsd", "identity", "normalise", "rule", "campaign", NULL};
static const char *const SEVERITIES[] = {"information", "warning", "error", "fatal", NULL};

const char *edition_severity_name(enum edition_severity s)
{
    return SEVERITIES[s];
}

const char *edition_stage_name(enum edition_stage s)
{
    return STAGES[s];
}

static void mark(const struct edition_variable *v, char *marked)
{
    for (uint32_t i = 0; i < v->cells; i++)
        marked[v->first_cell + i] = 1;
}

static enum flow mark_group(struct table *t, const char *id, size_t n, char *marked)
{
    const struct edition *ed = t->ed;
    uint32_t g = map_get(ed->data->groups, id, n);
    if (g == MAP_NONE)
        return table_fault(t, R_WITHHOLDS, "no such group as \"%.*s\"", (int)n, id);
    for (size_t i = 0; i < ed->variable_count; i++)
        if (ed->variables[i].group == g)
            mark(&ed->variables[i], marked);
    return FLOW_OK;
}

/* VARIABLE, VARIABLE.CATEGORY or group:ID. */
static enum flow mark_word(struct table *t, const char *word, size_t n, char *marked)
{
    const struct edition *ed = t->ed;
    if (n > 6 && memcmp(word, "group:", 6) == 0)
        return mark_group(t, word + 6, n - 6, marked);
    const char *dot = memchr(word, '.', n);
    size_t id = dot ? (size_t)(dot - word) : n;
    uint32_t v = map_get(ed->data->variables, word, id);
    if (v == MAP_NONE)
        return table_fault(t, R_WITHHOLDS, "no such variable as \"%.*s\"", (int)id, word);
    if (!dot) {
        mark(&ed->variables[v], marked);
        return FLOW_OK;
    }
    uint32_t c = ed->variables[v].shape == EDITION_KEYED ? edition_category(ed->variables[v].list, dot + 1, n - id - 1)
                                                         : EDITION_NONE;
    if (c == EDITION_NONE)
        return table_fault(t, R_WITHHOLDS, "\"%.*s\": no such category", (int)n, word);
    marked[ed->variables[v].first_cell + c] = 1;
    return FLOW_OK;
}

static enum flow read_withholds(struct table *t, struct edition_rule *r)
{
    struct edition *ed = t->ed;
    const char *cursor = table_get(t, R_WITHHOLDS), *word;
    size_t n;
    if (!*cursor)
        return FLOW_OK;
    if (r->severity != EDITION_ERROR)
        return table_fault(t, R_WITHHOLDS, "only an error withholds variables");
    char *marked = edition_alloc(ed, ed->cell_count, 1, t->err);
    uint32_t *list = edition_alloc(ed, ed->cell_count, sizeof *list, t->err);
    if (!marked || !list)
        return FLOW_FATAL;
    while (edition_word(&cursor, &word, &n))
        if (mark_word(t, word, n, marked) != FLOW_OK)
            return FLOW_FATAL;
    for (uint32_t i = 0; i < ed->cell_count; i++)
        if (marked[i])
            list[r->withhold_count++] = i;
    r->withholds = list;
    return FLOW_OK;
}

static enum flow read_rule(struct table *t, struct rule_row *row)
{
    struct edition_rule *r = &row->rule;
    int stage, severity;
    int64_t level;
    if (!edition_is_name(table_get(t, R_RULE)))
        return table_fault(t, R_RULE, "not a name");
    if (table_choice(t, R_STAGE, STAGES, &stage) != FLOW_OK ||
        table_choice(t, R_SEVERITY, SEVERITIES, &severity) != FLOW_OK ||
        table_integer(t, R_LEVEL, 0, 5, &level) != FLOW_OK || table_dates(t, R_FROM, &row->from, &row->to) != FLOW_OK)
        return FLOW_FATAL;
    r->stage = (enum edition_stage)stage;
    r->severity = (enum edition_severity)severity;
    r->level = (int)level;
    r->line = csv_table_line(t->csv);
    r->id = table_copy(t, R_RULE);
    if (!r->id || table_label(t, R_LABEL_FR, &r->label) != FLOW_OK ||
        table_label(t, R_REMEDY_FR, &r->remedy) != FLOW_OK)
        return FLOW_FATAL;
    return read_withholds(t, r);
}

static int by_rule(const void *a, const void *b)
{
    const struct rule_row *x = a, *y = b;
    int c = strcmp(x->rule.id, y->rule.id);
    return c ? c : x->from < y->from ? -1 : x->from > y->from;
}

static enum flow check_rules(const struct edition *ed, const struct rule_row *rows, size_t n, struct err *e)
{
    for (size_t i = 1; i < n; i++) {
        const struct rule_row *a = &rows[i - 1], *b = &rows[i];
        if (strcmp(a->rule.id, b->rule.id) != 0)
            continue;
        if (a->to >= b->from)
            return err_set(e, STATUS_CONFIG,
                           "%s/rules.csv:%llu: rule \"%s\": in force together with the row of line %llu", ed->folder,
                           (unsigned long long)b->rule.line, b->rule.id, (unsigned long long)a->rule.line);
        if (a->rule.stage != b->rule.stage)
            return err_set(e, STATUS_CONFIG, "%s/rules.csv:%llu: rule \"%s\": stage differs from line %llu", ed->folder,
                           (unsigned long long)b->rule.line, b->rule.id, (unsigned long long)a->rule.line);
    }
    return FLOW_OK;
}

enum flow edition_read_rules(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"rule",     "stage",    "level",    "severity",  "withholds", "valid_from",
                                        "valid_to", "label_fr", "label_en", "remedy_fr", "remedy_en", NULL};
    struct table t;
    struct edition_data *d = ed->data;
    enum flow f = table_open(&t, ed, "rules.csv", names, 1, e);
    if (f != FLOW_OK)
        return f;
    d->rules = edition_alloc(ed, t.capacity, sizeof *d->rules, e);
    f = d->rules ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_rule(&t, &d->rules[d->rule_rows++]);
    table_close(&t);
    if (f != FLOW_END)
        return f;
    qsort(d->rules, d->rule_rows, sizeof *d->rules, by_rule);
    return check_rules(ed, d->rules, d->rule_rows, e);
}

enum { P_PARAMETER, P_VALUE, P_FROM, P_TO, P_LABEL_FR };

static enum flow read_parameter(struct table *t, struct parameter_row *row)
{
    const char *id = table_get(t, P_PARAMETER);
    if (!edition_is_name(id))
        return table_fault(t, P_PARAMETER, "not a name of letters, digits, '.', - and _");
    if (strncmp(id, "list.", 5) == 0)
        return table_fault(t, P_PARAMETER, "the sizes of lists are parameters by themselves");
    if (!*table_get(t, P_VALUE))
        return table_fault(t, P_VALUE, "a value is due");
    row->line = csv_table_line(t->csv);
    row->parameter.id = table_copy(t, P_PARAMETER);
    row->parameter.value = table_copy(t, P_VALUE);
    if (!row->parameter.id || !row->parameter.value || table_dates(t, P_FROM, &row->from, &row->to) != FLOW_OK)
        return FLOW_FATAL;
    return table_label(t, P_LABEL_FR, &row->parameter.label);
}

static int by_parameter(const void *a, const void *b)
{
    const struct parameter_row *x = a, *y = b;
    int c = strcmp(x->parameter.id, y->parameter.id);
    return c ? c : x->from < y->from ? -1 : x->from > y->from;
}

static enum flow add_list_sizes(struct edition *ed, struct err *e)
{
    struct edition_data *d = ed->data;
    for (size_t i = 0; i < ed->list_count; i++) {
        struct parameter_row *row = &d->parameters[d->parameter_rows++];
        char text[160];
        (void)snprintf(text, sizeof text, "list.%.100s", ed->lists[i].id);
        row->parameter.id = arena_strdup(&d->arena, text);
        (void)snprintf(text, sizeof text, "%zu", ed->lists[i].count);
        row->parameter.value = arena_strdup(&d->arena, text);
        row->parameter.label = (struct edition_label){"Nombre de catégories", "Number of categories"};
        row->from = INT64_MIN;
        row->to = INT64_MAX;
        if (!row->parameter.id || !row->parameter.value)
            return err_set(e, STATUS_SYSTEM, "%s: out of memory", ed->folder);
    }
    return FLOW_OK;
}

static enum flow read_parameter_rows(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"parameter", "value", "valid_from", "valid_to", "label_fr", "label_en", NULL};
    struct table t;
    struct edition_data *d = ed->data;
    enum flow f = table_open(&t, ed, "parameters.csv", names, 0, e);
    if (f == FLOW_FATAL)
        return f;
    d->parameters = edition_alloc(ed, t.capacity + ed->list_count, sizeof *d->parameters, e);
    if (!d->parameters)
        f = FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_parameter(&t, &d->parameters[d->parameter_rows++]);
    table_close(&t);
    return f == FLOW_END ? add_list_sizes(ed, e) : f;
}

enum flow edition_read_parameters(struct edition *ed, struct err *e)
{
    struct edition_data *d = ed->data;
    if (read_parameter_rows(ed, e) != FLOW_OK)
        return FLOW_FATAL;
    qsort(d->parameters, d->parameter_rows, sizeof *d->parameters, by_parameter);
    for (size_t i = 1; i < d->parameter_rows; i++) {
        const struct parameter_row *a = &d->parameters[i - 1], *b = &d->parameters[i];
        if (strcmp(a->parameter.id, b->parameter.id) != 0)
            continue;
        if (a->to >= b->from)
            return err_set(e, STATUS_CONFIG,
                           "%s/parameters.csv:%llu: parameter \"%s\": in force together with the row of line %llu",
                           ed->folder, (unsigned long long)b->line, b->parameter.id, (unsigned long long)a->line);
        if (a->to + 1 != b->from)
            return err_set(e, STATUS_CONFIG,
                           "%s/parameters.csv:%llu: parameter \"%s\": days without a value since the row of line %llu",
                           ed->folder, (unsigned long long)b->line, b->parameter.id, (unsigned long long)a->line);
    }
    return FLOW_OK;
}

static enum flow choose(struct edition *ed, int64_t day, struct err *e)
{
    struct edition_data *d = ed->data;
    arena_reset(&d->dated);
    struct edition_rule *rules = arena_get(&d->dated, (d->rule_rows + 1) * sizeof *rules);
    struct edition_parameter *parameters = arena_get(&d->dated, (d->parameter_rows + 1) * sizeof *parameters);
    if (!rules || !parameters)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", ed->folder);
    ed->rule_count = ed->parameter_count = 0;
    for (size_t i = 0; i < d->rule_rows; i++)
        if (d->rules[i].from <= day && day <= d->rules[i].to)
            rules[ed->rule_count++] = d->rules[i].rule;
    for (size_t i = 0; i < d->parameter_rows; i++)
        if (d->parameters[i].from <= day && day <= d->parameters[i].to)
            parameters[ed->parameter_count++] = d->parameters[i].parameter;
    ed->rules = rules;
    ed->parameters = parameters;
    return edition_files_resolve(ed, day, e);
}

enum flow edition_resolve(struct edition *ed, int64_t as_of, struct err *e)
{
    /* The day in legal time of Paris; the latest rows are those without end. */
    int64_t day = INT64_MAX;
    if (as_of != INSTANT_NONE) {
        int64_t seconds = as_of / 1000000 - (as_of % 1000000 < 0) + clock_paris_offset(as_of);
        day = seconds / 86400 - (seconds % 86400 < 0);
    }
    ed->as_of = as_of;
    return choose(ed, day, e);
}

/* ---- dated states ---- */
static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* A row begins a state where it begins, and another where it has ended. */
static void put_days(int64_t *days, size_t *n, int64_t from, int64_t to)
{
    if (from != INT64_MIN)
        days[(*n)++] = from;
    if (to != INT64_MAX)
        days[(*n)++] = to + 1;
}

enum flow edition_states(const struct edition *ed, const struct edition_state **states, size_t *count, struct err *e)
{
    enum { HALF_DAY = 43200, MICRO = 1000000 };
    struct edition_data *d = ed->data;
    size_t most = 2 * (d->rule_rows + d->parameter_rows) + 1, n = 0, kept = 0;
    int64_t *days = arena_get(&d->arena, most * sizeof *days);
    struct edition_state *list = arena_get(&d->arena, (most + 1) * sizeof *list);
    if (!days || !list)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", ed->folder);
    for (size_t i = 0; i < d->rule_rows; i++)
        put_days(days, &n, d->rules[i].from, d->rules[i].to);
    for (size_t i = 0; i < d->parameter_rows; i++)
        put_days(days, &n, d->parameters[i].from, d->parameters[i].to);
    qsort(days, n, sizeof *days, by_day);
    int64_t from = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        if (days[i] == from)
            continue;
        /* Noon of its last day: one date in Paris and at Greenwich. */
        list[kept++] = (struct edition_state){from, days[i] - 1, ((days[i] - 1) * 86400 + HALF_DAY) * MICRO};
        from = days[i];
    }
    list[kept++] = (struct edition_state){from, INT64_MAX, INSTANT_NONE};
    *states = list;
    *count = kept;
    return FLOW_OK;
}
