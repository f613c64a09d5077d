/* SPDX-License-Identifier: Apache-2.0 */
/* variables.csv: what is asked, where it stands in a return, what its categories add up to. */
#include "schemas/edition/read.h"

#include <string.h>

enum {
    V_ID,
    V_GROUP,
    V_LABEL_FR,
    V_LABEL_EN,
    V_UNIT,
    V_TYPE,
    V_LIST,
    V_SUM_TO,
    V_CORE,
    V_MISSING,
    V_CONTENT,
    V_SHAPE,
    V_CONTEXT,
    V_KEY,
    V_SELECT,
    V_DEDUCE
};

static const char *const NAMES[] = {"id",      "group",  "label_fr", "label_en", "unit",    "type",
                                    "list",    "sum_to", "core",     "missing",  "content", "shape",
                                    "context", "key",    "select",   "deduce",   NULL};
static const char *const TYPES[] = {"count", "decimal", "code", "flag", "text", "date", "territory", NULL};
static const char *const SHAPES[] = {"scalar", "keyed", "computed", NULL};
static const char *const POLICIES[] = {"ask", "optional", NULL};

const char *edition_type_name(enum edition_type t)
{
    return TYPES[t];
}

static int is_numeric(const struct edition_variable *v)
{
    return v->type == EDITION_COUNT || v->type == EDITION_DECIMAL;
}

static enum flow read_shape(struct table *t, struct edition_variable *v)
{
    int keyed = v->shape == EDITION_KEYED;
    if (!*table_get(t, V_SELECT))
        return table_fault(t, V_SELECT, "an XPath expression is due");
    if (keyed != (*table_get(t, V_CONTEXT) != '\0'))
        return table_fault(t, V_CONTEXT,
                           keyed ? "a keyed variable needs a context" : "only a keyed variable has a context");
    if (keyed != (*table_get(t, V_KEY) != '\0'))
        return table_fault(t, V_KEY, keyed ? "a keyed variable needs a key" : "only a keyed variable has a key");
    if (v->shape == EDITION_COMPUTED && !is_numeric(v))
        return table_fault(t, V_TYPE, "a computed variable is a count or a decimal");
    v->context = table_copy(t, V_CONTEXT);
    v->key = table_copy(t, V_KEY);
    v->select = table_copy(t, V_SELECT);
    return v->context && v->key && v->select ? FLOW_OK : FLOW_FATAL;
}

static enum flow read_list(struct table *t, struct edition_variable *v)
{
    const char *id = table_get(t, V_LIST);
    int due = v->shape == EDITION_KEYED || v->type == EDITION_CODE || v->type == EDITION_FLAG;
    if (!*id)
        return due ? table_fault(t, V_LIST, "a list of categories.csv is due") : FLOW_OK;
    v->list = edition_list(t->ed, id);
    if (!v->list)
        return table_fault(t, V_LIST, "no such list in categories.csv");
    if (!due)
        return table_fault(t, V_LIST, "a list goes with a keyed variable, a code or a flag");
    if (v->shape == EDITION_KEYED && !is_numeric(v))
        return table_fault(t, V_TYPE, "a keyed variable holds counts or decimals");
    return FLOW_OK;
}

/* 0, 1, or the one category that counts. */
static enum flow read_core(struct table *t, struct edition_variable *v)
{
    const char *s = table_get(t, V_CORE);
    v->core_category = EDITION_NONE;
    if (!*s || strcmp(s, "0") == 0)
        return FLOW_OK;
    v->core = 1;
    if (strcmp(s, "1") == 0)
        return FLOW_OK;
    if (v->shape == EDITION_KEYED)
        v->core_category = edition_category(v->list, s, strlen(s));
    return v->core_category == EDITION_NONE ? table_fault(t, V_CORE, "not 0, 1 or a category of the variable's list")
                                            : FLOW_OK;
}

static enum flow read_choices(struct table *t, struct edition_variable *v)
{
    int type, shape, missing;
    if (table_choice(t, V_TYPE, TYPES, &type) != FLOW_OK || table_choice(t, V_SHAPE, SHAPES, &shape) != FLOW_OK ||
        table_choice(t, V_MISSING, POLICIES, &missing) != FLOW_OK)
        return FLOW_FATAL;
    v->type = (enum edition_type)type;
    v->shape = (enum edition_shape)shape;
    v->missing = (enum edition_missing)missing;
    if (table_flag(t, V_CONTENT, &v->content) != FLOW_OK)
        return FLOW_FATAL;
    return table_flag(t, V_DEDUCE, &v->deduce);
}

static enum flow read_names(struct table *t, struct edition_variable *v)
{
    const char *id = table_get(t, V_ID), *group = table_get(t, V_GROUP);
    int added;
    if (!edition_is_name(id) || strchr(id, '.'))
        return table_fault(t, V_ID, "not a name of letters, digits, - and _");
    v->group = map_get(t->ed->data->groups, group, strlen(group));
    if (v->group == MAP_NONE)
        return table_fault(t, V_GROUP, "no such group in edition.json");
    if (!*table_get(t, V_UNIT))
        return table_fault(t, V_UNIT, "a unit of measure is due");
    if (map_put(t->ed->data->variables, id, strlen(id), &v->index, &added, t->err) != FLOW_OK)
        return FLOW_FATAL;
    if (!added)
        return table_fault(t, V_ID, "stands twice");
    v->id = table_copy(t, V_ID);
    v->line = csv_table_line(t->csv);
    if (!v->id || table_measure(t, V_UNIT, &v->unit) != FLOW_OK)
        return FLOW_FATAL;
    return table_label(t, V_LABEL_FR, &v->label);
}

static enum flow read_variable(struct table *t, struct edition_variable *v)
{
    enum flow (*const parts[])(struct table *, struct edition_variable *) = {read_names, read_choices, read_shape,
                                                                             read_list, read_core};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i](t, v) != FLOW_OK)
            return FLOW_FATAL;
    v->sum_to = EDITION_NONE;
    v->first_cell = t->ed->cell_count;
    v->cells = v->shape == EDITION_KEYED ? (uint32_t)v->list->count : 1;
    t->ed->cell_count += v->cells;
    return FLOW_OK;
}

/* A total may stand after its parts in the table, so it is looked up once all rows are known. */
static enum flow read_sum(struct table *t, struct edition_variable *rows, struct edition_variable *v)
{
    const char *id = table_get(t, V_SUM_TO);
    if (!*id)
        return FLOW_OK;
    v->sum_to = map_get(t->ed->data->variables, id, strlen(id));
    if (v->sum_to == MAP_NONE)
        return table_fault(t, V_SUM_TO, "no such variable");
    const struct edition_variable *total = &rows[v->sum_to];
    if (v->shape != EDITION_KEYED || total->shape == EDITION_KEYED || !is_numeric(total))
        return table_fault(t, V_SUM_TO, "the categories of a keyed variable add up to one number");
    return strcmp(v->unit, total->unit) == 0
               ? FLOW_OK
               : table_fault(t, V_SUM_TO, "its unit \"%s\" is not \"%s\"", total->unit, v->unit);
}

static enum flow each(struct edition *ed, struct edition_variable *rows, int pass, struct err *e)
{
    struct table t;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "variables.csv", NAMES, 1, e);
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK) {
        f = pass == 0 ? read_variable(&t, &rows[n]) : read_sum(&t, rows, &rows[n]);
        n++;
    }
    if (pass == 0)
        ed->variable_count = n;
    table_close(&t);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow edition_read_variables(struct edition *ed, struct err *e)
{
    const struct edition_bytes *b = edition_bytes(ed, "variables.csv");
    size_t capacity = b ? b->text.len / 8 + 1 : 1; /* a row has at least fifteen commas */
    struct edition_variable *rows = edition_alloc(ed, capacity, sizeof *rows, e);
    if (!rows)
        return FLOW_FATAL;
    ed->variables = rows;
    ed->data->variable_rows = rows;
    enum flow f = each(ed, rows, 0, e);
    if (f == FLOW_OK && !ed->variable_count)
        f = err_set(e, STATUS_CONFIG, "%s/variables.csv:1: no variable", ed->folder);
    return f == FLOW_OK ? each(ed, rows, 1, e) : f;
}
