/* SPDX-License-Identifier: Apache-2.0 */
/* The reviewed tables of normalisation: synonyms.csv (what stands for a code), numbers.csv (which lenient conversions a
 * variable allows), nonresponse.csv (which texts mean a silence). All compared on the folded key; nothing outside these
 * tables is converted. */
#include "schemas/edition/read.h"

#include <string.h>

#include "schemas/run/text.h"

enum flow edition_key(const char *s, size_t n, struct buf *out, struct err *e)
{
    buf_reset(out);
    return text_key(s, n, TEXT_FOLD_CASE | TEXT_FOLD_ACCENTS | TEXT_FOLD_SPACES | TEXT_FOLD_QUOTES, out, e);
}

/* "list" newline "key" into the scratch buffer. */
static enum flow list_key(const struct edition *ed, const char *list, const char *text, struct buf *key, struct err *e)
{
    struct buf folded;
    buf_init(&folded, 4096);
    enum flow f = edition_key(text, strlen(text), &folded, e);
    (void)ed;
    buf_reset(key);
    if (f == FLOW_OK)
        f = buf_printf(key, e, "%s\n%s", list, buf_str(&folded));
    buf_fini(&folded);
    return f;
}

enum { Y_LIST, Y_TEXT, Y_CODE, Y_KIND };
static const char *const SYNONYM_KINDS[] = {"case", "label", "previous", "typo", NULL};

static enum flow check_other_code(struct table *t, const struct edition_list *l, uint32_t category)
{
    const char *text = table_get(t, Y_TEXT);
    uint32_t other = edition_category(l, text, strlen(text));
    if (other == EDITION_NONE || other == category)
        return FLOW_OK;
    return table_fault(t, Y_TEXT, "is itself a code of the list, other than \"%s\"", table_get(t, Y_CODE));
}

static enum flow read_synonym(struct table *t, struct edition_synonym *s)
{
    const struct edition_list *l = edition_list(t->ed, table_get(t, Y_LIST));
    int kind, added;
    uint32_t index;
    struct buf *key = &t->ed->data->key;
    if (!l)
        return table_fault(t, Y_LIST, "no such list in categories.csv");
    s->category = edition_category(l, table_get(t, Y_CODE), strlen(table_get(t, Y_CODE)));
    if (s->category == EDITION_NONE)
        return table_fault(t, Y_CODE, "no such code in list \"%s\"", l->id);
    if (!*table_get(t, Y_TEXT))
        return table_fault(t, Y_TEXT, "a text is due");
    if (table_choice(t, Y_KIND, SYNONYM_KINDS, &kind) != FLOW_OK || check_other_code(t, l, s->category) != FLOW_OK)
        return FLOW_FATAL;
    s->text = table_copy(t, Y_TEXT);
    s->kind = SYNONYM_KINDS[kind];
    if (!s->text || list_key(t->ed, l->id, s->text, key, t->err) != FLOW_OK ||
        map_put(t->ed->data->synonym_keys, buf_str(key), key->len, &index, &added, t->err) != FLOW_OK)
        return FLOW_FATAL;
    return added
               ? FLOW_OK
               : table_fault(t, Y_TEXT, "stands twice in list \"%s\" once case, accents and spaces are folded", l->id);
}

enum flow edition_read_synonyms(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"list", "text", "code", "kind", NULL};
    struct table t;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "synonyms.csv", names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    ed->data->synonyms = edition_alloc(ed, t.capacity, sizeof *ed->data->synonyms, e);
    f = ed->data->synonyms ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_synonym(&t, &ed->data->synonyms[n++]);
    table_close(&t);
    return f == FLOW_END ? FLOW_OK : f;
}

const struct edition_synonym *edition_synonym(const struct edition *ed, const struct edition_list *l, const char *key,
                                              size_t len)
{
    char full[512];
    size_t n = strlen(l->id);
    if (n + 1 + len > sizeof full)
        return NULL;
    memcpy(full, l->id, n);
    full[n] = '\n';
    memcpy(full + n + 1, key, len);
    uint32_t i = map_get(ed->data->synonym_keys, full, n + 1 + len);
    return i == MAP_NONE ? NULL : &ed->data->synonyms[i];
}

/* "*" stands for every variable that can be concerned. */
static enum flow each_variable(struct table *t, size_t column, int *all, uint32_t *index)
{
    const char *id = table_get(t, column);
    *all = strcmp(id, "*") == 0;
    *index = *all ? 0 : map_get(t->ed->data->variables, id, strlen(id));
    return *index == MAP_NONE ? table_fault(t, column, "no such variable") : FLOW_OK;
}

static int takes_numbers(const struct edition_variable *v)
{
    return v->shape != EDITION_COMPUTED && (v->type == EDITION_COUNT || v->type == EDITION_DECIMAL);
}

/* A leading zero is lost by codes that a spreadsheet took for numbers; the other conversions are of numbers. */
static int takes(const struct edition_variable *v, int zero)
{
    return zero ? v->type == EDITION_TERRITORY : takes_numbers(v);
}

static enum flow read_number(struct table *t)
{
    static const char *const conversions[] = {"thousands", "decimal_comma", "unit_suffix",
                                              "cents",     "leading_zero",  NULL};
    struct edition *ed = t->ed;
    int all, bit;
    uint32_t index;
    if (each_variable(t, 0, &all, &index) != FLOW_OK || table_choice(t, 1, conversions, &bit) != FLOW_OK)
        return FLOW_FATAL;
    int zero = (1U << bit) == EDITION_LEADING_ZERO;
    if (!all && !takes(&ed->variables[index], zero))
        return table_fault(t, 0, zero ? "holds no territory code" : "holds no number of the return");
    for (size_t i = 0; i < ed->variable_count; i++)
        if ((all || i == index) && takes(&ed->variables[i], zero))
            ed->data->variable_rows[i].conversions |= 1U << bit;
    return FLOW_OK;
}

enum flow edition_read_numbers(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"variable", "conversion", NULL};
    struct table t;
    enum flow f = table_open(&t, ed, "numbers.csv", names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_number(&t);
    table_close(&t);
    return f == FLOW_END ? FLOW_OK : f;
}

struct no_answer_row {
    uint32_t variable; /* MAP_NONE: all */
    struct edition_no_answer answer;
};

static enum flow read_no_answer(struct table *t, struct no_answer_row *row)
{
    int all;
    struct buf *key = &t->ed->data->key;
    const char *text = table_get(t, 1), *silence = table_get(t, 2);
    if (each_variable(t, 0, &all, &row->variable) != FLOW_OK)
        return FLOW_FATAL;
    if (all)
        row->variable = MAP_NONE;
    row->answer.silence = edition_silence(t->ed, silence, strlen(silence));
    if (row->answer.silence == EDITION_NONE)
        return table_fault(t, 2, "no such silence in silences.csv");
    if (edition_key(text, strlen(text), key, t->err) != FLOW_OK)
        return FLOW_FATAL;
    if (!key->len)
        return table_fault(t, 1, "a text is due; an empty element is a silence by itself");
    row->answer.text = arena_strdup(&t->ed->data->arena, buf_str(key));
    return row->answer.text ? FLOW_OK : err_set(t->err, STATUS_SYSTEM, "%s: out of memory", t->ed->folder);
}

static enum flow give_no_answers(struct table *t, const struct no_answer_row *rows, size_t n)
{
    struct edition *ed = t->ed;
    for (size_t i = 0; i < ed->variable_count; i++) {
        struct edition_variable *v = &ed->data->variable_rows[i];
        struct edition_no_answer *mine = edition_alloc(ed, n, sizeof *mine, t->err);
        if (!mine)
            return FLOW_FATAL;
        v->no_answers = mine;
        for (size_t k = 0; k < n; k++) {
            if (rows[k].variable != MAP_NONE && rows[k].variable != i)
                continue;
            const char *text = rows[k].answer.text;
            if (edition_no_answer(v, text, strlen(text)) != EDITION_NONE)
                return err_set(t->err, STATUS_CONFIG, "%s/nonresponse.csv: variable \"%s\": text \"%s\" stands twice",
                               ed->folder, v->id, text);
            mine[v->no_answer_count++] = rows[k].answer;
        }
    }
    return FLOW_OK;
}

enum flow edition_read_no_answers(struct edition *ed, struct err *e)
{
    static const char *const names[] = {"variable", "text", "silence", NULL};
    struct table t;
    size_t n = 0;
    enum flow f = table_open(&t, ed, "nonresponse.csv", names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    struct no_answer_row *rows = edition_alloc(ed, t.capacity, sizeof *rows, e);
    f = rows ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK)
        f = read_no_answer(&t, &rows[n++]);
    if (f == FLOW_END)
        f = give_no_answers(&t, rows, n);
    table_close(&t);
    return f;
}

uint32_t edition_no_answer(const struct edition_variable *v, const char *key, size_t len)
{
    for (size_t i = 0; i < v->no_answer_count; i++)
        if (strlen(v->no_answers[i].text) == len && memcmp(v->no_answers[i].text, key, len) == 0)
            return v->no_answers[i].silence;
    return EDITION_NONE;
}
