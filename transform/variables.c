/* SPDX-License-Identifier: Apache-2.0 */
/* See variables.h. Order: scalars and keyed variables are read and put in form first, computed ones after, because they
 * count and add what is then in the tree. A code or number that no reviewed table explains is a finding and a withheld
 * value, never a guess. */
#include "transform/variables.h"

#include "schemas/run/clock.h"
#include "schemas/dataset/expected.h"
#include "schemas/run/text.h"
#include "transform/content.h"
#include "transform/number.h"
#include "transform/territory.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define XSI "http://www.w3.org/2001/XMLSchema-instance"
enum { RAW_MAX = 1000, KEY_MAX = 4096 };

struct select {
    struct route context, key, value;
    xmlXPathCompExprPtr computed;
    struct route parent; /* computed: what must stand for a count of nothing to be an answer */
    int has_parent;
};

struct variables {
    const struct plan *plan;
    xmlXPathContextPtr xpath;
    struct arena arena;
    struct select *selects;
    struct nodes rows, found;
    struct nodes unmapped; /* keys reported in this document: two variables may share a context */
    struct buf key;
};

/* What one reading carries along. */
struct reading {
    struct variables *v;
    const struct edition *ed;
    struct xml_reader *reader;
    xmlDocPtr doc;
    struct cell *cells;
    struct findings *f;
    struct arena *arena;
    int twice; /* a cell of the table being read came a second time */
    struct err *e;
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

/* ---- compiling ---- */
static int known_prefix(const void *ctx, const char *name, size_t n)
{
    const struct edition *ed = ctx;
    for (size_t i = 0; i < ed->prefix_count; i++)
        if (strncmp(ed->prefixes[i].prefix, name, n) == 0 && ed->prefixes[i].prefix[n] == '\0')
            return 1;
    return 0;
}

/* "count(/a/b/c)" or "sum(/a/b/c)": the path /a/b, whose absence makes the number an absence and no zero. */
static enum flow find_parent(struct variables *v, struct select *s, const char *text, struct err *e)
{
    size_t n = strlen(text);
    const char *open = strchr(text, '(');
    if (!open || n < 2 || text[n - 1] != ')' || open[1] != '/' || strpbrk(open + 1, "([|") ||
        strchr(open + 1, ')') != text + n - 1)
        return FLOW_OK;
    const char *slash = strrchr(text, '/');
    if (slash <= open + 1 || slash[-1] == '/')
        return FLOW_OK;
    char *path = arena_copy(&v->arena, open + 1, (size_t)(slash - open - 1));
    if (!path)
        return no_memory(e);
    s->has_parent = 1;
    return route_compile(&s->parent, path, v->plan->edition, v->xpath, &v->arena, e);
}

static enum flow compile(struct variables *v, const struct edition_variable *var, struct select *s, struct err *e)
{
    const struct edition *ed = v->plan->edition;
    struct xpath_scope scope = {NULL, known_prefix, ed};
    if (var->shape == EDITION_COMPUTED) {
        s->computed = xpath_compile(v->xpath, var->select, &scope, e);
        return s->computed ? find_parent(v, s, var->select, e) : FLOW_FATAL;
    }
    enum flow f = FLOW_OK;
    if (var->shape == EDITION_KEYED) {
        f = route_compile(&s->context, var->context, ed, v->xpath, &v->arena, e);
        if (f == FLOW_OK)
            f = route_compile(&s->key, var->key, ed, v->xpath, &v->arena, e);
    }
    return f == FLOW_OK ? route_compile(&s->value, var->select, ed, v->xpath, &v->arena, e) : f;
}

struct variables *variables_new(const struct plan *p, xmlXPathContextPtr x, struct err *e)
{
    const struct edition *ed = p->edition;
    struct variables *v = calloc(1, sizeof *v);
    if (!v) {
        (void)no_memory(e);
        return NULL;
    }
    v->plan = p;
    v->xpath = x;
    arena_init(&v->arena, 16 << 20);
    buf_init(&v->key, KEY_MAX);
    v->selects = calloc(ed->variable_count + 1, sizeof *v->selects);
    enum flow f = v->selects ? FLOW_OK : no_memory(e);
    for (size_t i = 0; i < ed->variable_count && f == FLOW_OK; i++) {
        f = compile(v, &ed->variables[i], &v->selects[i], e);
        if (f != FLOW_OK)
            (void)err_prefix(e, "%s/variables.csv:%llu: %s", ed->folder, (unsigned long long)ed->variables[i].line,
                             ed->variables[i].id);
    }
    if (f != FLOW_OK) {
        variables_free(v);
        return NULL;
    }
    return v;
}

void variables_free(struct variables *v)
{
    if (!v)
        return;
    for (size_t i = 0; v->selects && i < v->plan->edition->variable_count; i++) {
        struct select *s = &v->selects[i];
        route_free(&s->context);
        route_free(&s->key);
        route_free(&s->value);
        route_free(&s->parent);
        if (s->computed)
            xmlXPathFreeCompExpr(s->computed);
    }
    free(v->selects);
    nodes_fini(&v->rows);
    nodes_fini(&v->found);
    nodes_fini(&v->unmapped);
    buf_fini(&v->key);
    arena_fini(&v->arena);
    free(v);
}

/* ---- findings ---- */
static enum flow place(struct reading *r, struct finding *x, const struct edition_variable *var, const struct cell *c,
                       xmlNodePtr node)
{
    if (!x)
        return no_memory(r->e);
    x->variable = var->index;
    if (c && var->shape == EDITION_KEYED)
        x->category = (uint32_t)(c - r->cells) - var->first_cell;
    return finding_place(r->f, x, r->reader, node) == FLOW_OK ? FLOW_OK : no_memory(r->e);
}

static enum flow note(struct reading *r, enum builtin rule, const struct edition_variable *var, struct cell *c,
                      xmlNodePtr node, const char *before, const char *after)
{
    struct findings *f = r->f;
    struct finding *x = findings_builtin(f, rule, FINDING_NORMALISED);
    if (place(r, x, var, c, node) != FLOW_OK)
        return FLOW_FATAL;
    x->value = finding_text(f, before, strlen(before));
    x->expected = finding_text(f, after, strlen(after));
    enum flow k = finding_say(f, x, LANG_FR, "%s : « %s » lu « %s »", var->label.fr, x->value, x->expected);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN, "%s: \"%s\" read as \"%s\"", var->label.en, x->value, x->expected);
    return k == FLOW_OK ? FLOW_OK : no_memory(r->e);
}

struct complaint {
    enum builtin rule;
    const char *expected, *fr, *en;
};

static enum flow complain(struct reading *r, const struct complaint *p, const struct edition_variable *var,
                          struct cell *c, xmlNodePtr node, const char *text)
{
    struct findings *f = r->f;
    struct finding *x = findings_builtin(f, p->rule, FINDING_FAILED);
    if (place(r, x, var, c, node) != FLOW_OK)
        return FLOW_FATAL;
    x->value = finding_text(f, text, strlen(text));
    x->expected = p->expected;
    enum flow k = finding_say(f, x, LANG_FR, "%s : « %s » %s", var->label.fr, x->value, p->fr);
    if (k == FLOW_OK)
        k = finding_say(f, x, LANG_EN, "%s: \"%s\" %s", var->label.en, x->value, p->en);
    return k == FLOW_OK ? FLOW_OK : no_memory(r->e);
}

static void spoil(struct reading *r, struct cell *c)
{
    c->value = NULL;
    c->bad = c->withheld = 1;
    c->silence = r->v->plan->withheld;
}

static void spoil_all(struct reading *r, const struct edition_variable *var)
{
    for (uint32_t k = 0; k < var->cells; k++)
        spoil(r, &r->cells[var->first_cell + k]);
}

/* ---- silences ---- */
static int is_nil(const xmlNode *n)
{
    for (const xmlAttr *a = n->type == XML_ELEMENT_NODE ? n->properties : NULL; a; a = a->next)
        if (a->ns && strcmp((const char *)a->name, "nil") == 0 && strcmp((const char *)a->ns->href, XSI) == 0) {
            const char *v = a->children && a->children->content ? (const char *)a->children->content : "";
            v += strspn(v, " \t\r\n");
            return *v == '1' || strncmp(v, "true", 4) == 0;
        }
    return 0;
}

/* The silence named by the reason attribute of an element without value, or EDITION_NONE. */
static uint32_t reason_of(const struct edition *ed, const xmlNode *n)
{
    const char *name = ed->identity.nil_reason;
    for (const xmlAttr *a = *name && n->type == XML_ELEMENT_NODE ? n->properties : NULL; a; a = a->next)
        if (!a->ns && strcmp((const char *)a->name, name) == 0 && a->children && a->children->content) {
            const char *v = (const char *)a->children->content;
            v += strspn(v, " \t\r\n");
            return edition_silence(ed, v, strcspn(v, " \t\r\n"));
        }
    return EDITION_NONE;
}

static void keep_silence(struct reading *r, struct cell *c, const xmlNode *n)
{
    uint32_t reason = reason_of(r->ed, n);
    c->silence = reason != EDITION_NONE ? reason : is_nil(n) ? r->v->plan->nil : r->v->plan->blank;
}

/* ---- values ---- */
/* The tree knows lines below 65535; beyond, the reader counts. */
static uint32_t line_of(const struct reading *r, const xmlNode *n)
{
    const xmlNode *element = n->type == XML_ATTRIBUTE_NODE ? n->parent : n;
    uint64_t line;
    uint32_t column;
    if (element && element->type == XML_ELEMENT_NODE && element->line && element->line < UINT16_MAX)
        return element->line;
    xml_place(r->reader, n, &line, &column);
    return line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
}

static void trim(const char **s, size_t *n)
{
    size_t lead = strspn(*s, " \t\r\n");
    *s += lead;
    *n = strlen(*s);
    while (*n && strchr(" \t\r\n", (*s)[*n - 1]))
        (*n)--;
}

/* A number written in plain ASCII is its own comparison key. */
static int is_plain(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || s[i] == '.' || s[i] == '-'))
            return 0;
    return 1;
}

static enum flow no_answer(struct reading *r, const struct edition_variable *var, const char *s, size_t n,
                           uint32_t *silence)
{
    *silence = EDITION_NONE;
    if (!var->no_answer_count || n > KEY_MAX / 4)
        return FLOW_OK;
    if (is_plain(s, n)) {
        *silence = edition_no_answer(var, s, n);
        return FLOW_OK;
    }
    if (edition_key(s, n, &r->v->key, r->e) != FLOW_OK)
        return FLOW_FATAL;
    *silence = edition_no_answer(var, buf_str(&r->v->key), r->v->key.len);
    return FLOW_OK;
}

static enum flow silence_by_text(struct reading *r, const struct edition_variable *var, struct cell *c,
                                 uint32_t silence)
{
    c->value = NULL;
    c->silence = silence;
    if (note(r, RULE_NO_ANSWER, var, c, c->node, c->raw, r->ed->silences[silence].id) != FLOW_OK)
        return FLOW_FATAL;
    return content_put(c->node, "") ? FLOW_OK : no_memory(r->e);
}

static enum flow read_number(struct reading *r, const struct edition_variable *var, struct cell *c, const char *s,
                             size_t n)
{
    static const struct complaint faults[] = {
        [NUMBER_EMPTY] = {RULE_UNREADABLE, EXPECTED_NUMBER, "n'est pas un nombre", "is no number"},
        [NUMBER_SYNTAX] = {RULE_UNREADABLE, EXPECTED_NUMBER, "n'est ni un nombre ni une mention connue",
                           "is neither a number nor a known text"},
        [NUMBER_NEGATIVE] = {RULE_UNREADABLE, ">= 0", "est négatif", "is negative"},
        [NUMBER_FRACTION] = {RULE_UNREADABLE, "", "n'est pas un nombre entier", "is not a whole number"},
        [NUMBER_UNCLEAR] = {RULE_UNREADABLE, "0.00", "a trois décimales ou plus : décimales ou milliers ?",
                            "has three decimals or more: decimals or thousands?"},
        [NUMBER_RANGE] = {RULE_UNREADABLE, "", "est trop grand ou trop précis", "is too large or too precise"},
    };
    struct number number;
    char text[DECIMAL_TEXT_MAX];
    enum number_fault fault = number_read(s, n, var->type == EDITION_COUNT, var->conversions, &number);
    if (fault != NUMBER_OK) {
        spoil(r, c);
        if (!content_put(c->node, "")) /* XPath would read "1e3", which is no number here: rules see no value */
            return no_memory(r->e);
        return complain(r, &faults[fault], var, c, c->node, c->raw);
    }
    size_t len = decimal_print(number.value, text);
    c->number = number.value;
    c->value = arena_copy(r->arena, text, len);
    if (!c->value)
        return no_memory(r->e);
    if (number.used && note(r, RULE_CONVERTED, var, c, c->node, c->raw, text) != FLOW_OK)
        return FLOW_FATAL;
    /* XPath 1.0 reads no sign "+", and would print "-0": what it could not read is written in its plain form. */
    return !number.used && *s != '+' && *s != '-' ? FLOW_OK : content_put(c->node, text) ? FLOW_OK : no_memory(r->e);
}

/* Category of a code text: exact, or by the reviewed synonyms; EDITION_NONE when neither. */
static enum flow find_category(struct reading *r, const struct edition_list *list, const char *s, size_t n,
                               uint32_t *category, int *mapped)
{
    *mapped = 0;
    *category = edition_category(list, s, n);
    if (*category != EDITION_NONE || n > KEY_MAX / 4)
        return FLOW_OK;
    if (edition_key(s, n, &r->v->key, r->e) != FLOW_OK)
        return FLOW_FATAL;
    const struct edition_synonym *known = edition_synonym(r->ed, list, buf_str(&r->v->key), r->v->key.len);
    if (known) {
        *category = known->category;
        *mapped = 1;
    }
    return FLOW_OK;
}

static enum flow read_code(struct reading *r, const struct edition_variable *var, struct cell *c, const char *s,
                           size_t n)
{
    static const struct complaint unmapped = {RULE_UNMAPPED, "", "n'est dans aucune table de codes",
                                              "is in no table of codes"};
    uint32_t category;
    int mapped;
    if (find_category(r, var->list, s, n, &category, &mapped) != FLOW_OK)
        return FLOW_FATAL;
    if (category == EDITION_NONE) {
        spoil(r, c);
        return complain(r, &unmapped, var, c, c->node, c->raw);
    }
    c->value = var->list->categories[category].code;
    if (!mapped)
        return FLOW_OK;
    if (note(r, RULE_MAPPED, var, c, c->node, c->raw, c->value) != FLOW_OK)
        return FLOW_FATAL;
    return content_put(c->node, c->value) ? FLOW_OK : no_memory(r->e);
}

static enum flow read_text(struct reading *r, struct cell *c, const char *s, size_t n)
{
    struct buf b;
    char *to;
    buf_init(&b, 16 << 20);
    enum flow f = text_nfc(s, n, &b, r->e);
    if (f == FLOW_OK && (to = arena_copy(r->arena, buf_str(&b), b.len)) != NULL) {
        size_t k = 0;
        for (size_t i = 0; i < b.len; i++) { /* runs of XML white space become one space */
            int space = strchr(" \t\r\n", to[i]) != NULL;
            if (!space)
                to[k++] = to[i];
            else if (k && to[k - 1] != ' ')
                to[k++] = ' ';
        }
        to[k] = '\0';
        c->value = to;
    } else if (f == FLOW_OK) {
        f = no_memory(r->e);
    }
    buf_fini(&b);
    return f;
}

static enum flow read_date(struct reading *r, const struct edition_variable *var, struct cell *c, const char *s,
                           size_t n)
{
    static const struct complaint fault = {RULE_UNREADABLE, EXPECTED_DAY, "n'est pas une date", "is no date"};
    int64_t days;
    if (clock_parse_date(s, n, &days)) {
        c->value = arena_copy(r->arena, s, n);
        return c->value ? FLOW_OK : no_memory(r->e);
    }
    spoil(r, c);
    return complain(r, &fault, var, c, c->node, c->raw);
}

static enum flow read_territory(struct reading *r, const struct edition_variable *var, struct cell *c, const char *s,
                                size_t n)
{
    static const struct complaint fault = {RULE_UNREADABLE, "01, 2A, 971, 01004, QP059077",
                                           "n'est pas un code de territoire", "is no territory code"};
    char code[TERRITORY_MAX];
    unsigned used;
    if (!territory_read(s, n, var->conversions, code, &used)) {
        spoil(r, c);
        return complain(r, &fault, var, c, c->node, c->raw);
    }
    c->value = arena_strdup(r->arena, code);
    if (!c->value)
        return no_memory(r->e);
    if (!used)
        return FLOW_OK;
    if (note(r, used & EDITION_LEADING_ZERO ? RULE_CONVERTED : RULE_MAPPED, var, c, c->node, c->raw, code) != FLOW_OK)
        return FLOW_FATAL;
    return content_put(c->node, code) ? FLOW_OK : no_memory(r->e);
}

static enum flow read_typed(struct reading *r, const struct edition_variable *var, struct cell *c, const char *s,
                            size_t n)
{
    switch (var->type) {
    case EDITION_COUNT:
    case EDITION_DECIMAL:
        return read_number(r, var, c, s, n);
    case EDITION_CODE:
    case EDITION_FLAG:
        return read_code(r, var, c, s, n);
    case EDITION_DATE:
        return read_date(r, var, c, s, n);
    case EDITION_TERRITORY:
        return read_territory(r, var, c, s, n);
    case EDITION_TEXT:
        break;
    }
    return read_text(r, c, s, n);
}

/* A value beside the reason why there is none: a program that writes 0 for what it does not know does this. */
static enum flow contradiction(struct reading *r, const struct edition_variable *var, struct cell *c)
{
    static const struct complaint fault = {RULE_UNREADABLE, "",
                                           "vient avec un motif de non-réponse : l'un des deux est de trop",
                                           "comes with a reason for no answer: one of the two is too many"};
    spoil(r, c);
    return content_put(c->node, "") ? complain(r, &fault, var, c, c->node, c->raw) : no_memory(r->e);
}

static enum flow read_value(struct reading *r, const struct edition_variable *var, struct cell *c, xmlNodePtr node)
{
    xmlChar *owned;
    const char *s = content_text(node, &owned);
    size_t n = strlen(s);
    uint32_t silence = EDITION_NONE;
    c->raw = arena_copy(r->arena, s, text_cut(s, n, RAW_MAX));
    c->line = line_of(r, node);
    c->node = node;
    enum flow f = c->raw ? FLOW_OK : no_memory(r->e);
    trim(&s, &n);
    if (f == FLOW_OK && n == 0) {
        keep_silence(r, c, node);
        goto out;
    }
    if (f == FLOW_OK && reason_of(r->ed, node) != EDITION_NONE) {
        f = contradiction(r, var, c);
        goto out;
    }
    if (f == FLOW_OK)
        f = no_answer(r, var, s, n, &silence);
    if (f == FLOW_OK)
        f = silence != EDITION_NONE ? silence_by_text(r, var, c, silence) : read_typed(r, var, c, s, n);
out:
    xmlFree(owned);
    return f;
}

/* ---- shapes ---- */
static enum flow twice(struct reading *r, const struct edition_variable *var, struct cell *c, xmlNodePtr node)
{
    static const struct complaint fault = {RULE_TWICE, "1", "vient une seconde fois pour la même case",
                                           "comes a second time for the same cell"};
    xmlChar *owned;
    const char *text = content_text(node, &owned);
    spoil(r, c);
    r->twice = 1;
    enum flow f = complain(r, &fault, var, c, node, text);
    xmlFree(owned);
    return f;
}

static enum flow read_cell(struct reading *r, const struct edition_variable *var, struct cell *c, xmlNodePtr from)
{
    struct nodes *found = &r->v->found;
    if (route_select(&r->v->selects[var->index].value, from, r->v->xpath, found, r->e) != FLOW_OK)
        return err_prefix(r->e, "%s", var->id);
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < found->count && f == FLOW_OK; i++)
        f = c->node ? twice(r, var, c, found->items[i]) : read_value(r, var, c, found->items[i]);
    return f;
}

static int was_reported(struct reading *r, xmlNodePtr node)
{
    struct nodes *u = &r->v->unmapped;
    struct err ignored;
    for (size_t i = 0; i < u->count; i++)
        if (u->items[i] == node)
            return 1;
    return nodes_put(u, node, &ignored) != FLOW_OK;
}

/* The category of a row, its key put in form in the tree. EDITION_NONE: unmapped, reported. */
static enum flow read_key(struct reading *r, const struct edition_variable *var, xmlNodePtr row, uint32_t *category)
{
    static const struct complaint unmapped = {RULE_UNMAPPED, "", "n'est dans aucune table de codes",
                                              "is in no table of codes"};
    struct nodes *found = &r->v->found;
    xmlChar *owned = NULL;
    int mapped = 0;
    *category = EDITION_NONE;
    if (route_select(&r->v->selects[var->index].key, row, r->v->xpath, found, r->e) != FLOW_OK)
        return err_prefix(r->e, "%s", var->id);
    xmlNodePtr node = found->count ? found->items[0] : row;
    const char *text = found->count ? content_text(node, &owned) : "", *s = text;
    size_t n;
    trim(&s, &n);
    enum flow f = find_category(r, var->list, s, n, category, &mapped);
    if (f == FLOW_OK && *category == EDITION_NONE && !was_reported(r, node))
        f = complain(r, &unmapped, var, NULL, node, text);
    if (f == FLOW_OK && mapped) {
        const char *code = var->list->categories[*category].code;
        f = note(r, RULE_MAPPED, var, &r->cells[var->first_cell + *category], node, text, code);
        if (f == FLOW_OK && !content_put(node, code))
            f = no_memory(r->e);
    }
    xmlFree(owned);
    return f;
}

static enum flow read_keyed(struct reading *r, const struct edition_variable *var)
{
    struct nodes *rows = &r->v->rows;
    int spoilt = 0;
    r->twice = 0;
    if (route_select(&r->v->selects[var->index].context, (xmlNodePtr)r->doc, r->v->xpath, rows, r->e) != FLOW_OK)
        return err_prefix(r->e, "%s", var->id);
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < rows->count && f == FLOW_OK; i++) {
        uint32_t category;
        f = read_key(r, var, rows->items[i], &category);
        if (f == FLOW_OK && category != EDITION_NONE)
            f = read_cell(r, var, &r->cells[var->first_cell + category], rows->items[i]);
        spoilt |= f == FLOW_OK && category == EDITION_NONE;
    }
    if (spoilt || r->twice) /* a row without place, or two for one: what the table says cannot be told */
        spoil_all(r, var);
    return f;
}

static enum flow read_computed(struct reading *r, const struct edition_variable *var)
{
    struct select *s = &r->v->selects[var->index];
    struct cell *c = &r->cells[var->first_cell];
    xmlXPathContextPtr x = r->v->xpath;
    if (s->has_parent) {
        if (route_select(&s->parent, (xmlNodePtr)r->doc, x, &r->v->found, r->e) != FLOW_OK)
            return err_prefix(r->e, "%s", var->id);
        if (!r->v->found.count)
            return FLOW_OK;
        c->line = line_of(r, r->v->found.items[0]);
    }
    xpath_forget(x);
    x->doc = r->doc;
    x->node = (xmlNodePtr)r->doc;
    xmlXPathObjectPtr o = xmlXPathCompiledEval(s->computed, x);
    double d = o ? xmlXPathCastToNumber(o) : (double)NAN;
    xmlXPathFreeObject(o);
    if (!isfinite(d))
        return FLOW_OK;
    char text[32];
    size_t n = double_print_digits(d, 15, text);
    struct number number;
    if (number_read(text, n, 0, 0, &number) != NUMBER_OK)
        return FLOW_OK;
    c->number = number.value;
    c->value = c->raw = arena_copy(r->arena, text, decimal_print(number.value, text));
    return c->value ? FLOW_OK : no_memory(r->e);
}

enum flow variables_read(struct variables *v, struct xml_reader *reader, xmlDocPtr doc, struct cell *cells,
                         struct findings *f, struct err *e)
{
    struct reading r = {.v = v,
                        .ed = v->plan->edition,
                        .reader = reader,
                        .doc = doc,
                        .cells = cells,
                        .f = f,
                        .arena = f->arena,
                        .e = e};
    enum flow flow = FLOW_OK;
    v->unmapped.count = 0;
    for (uint32_t i = 0; i < r.ed->cell_count; i++)
        cells[i] = (struct cell){.raw = "", .silence = v->plan->absent};
    for (size_t i = 0; i < r.ed->variable_count && flow == FLOW_OK; i++) {
        const struct edition_variable *var = &r.ed->variables[i];
        if (var->shape == EDITION_KEYED)
            flow = read_keyed(&r, var);
        else if (var->shape == EDITION_SCALAR)
            flow = read_cell(&r, var, &cells[var->first_cell], (xmlNodePtr)doc);
    }
    for (size_t i = 0; i < r.ed->variable_count && flow == FLOW_OK; i++)
        if (r.ed->variables[i].shape == EDITION_COMPUTED)
            flow = read_computed(&r, &r.ed->variables[i]);
    return flow;
}

enum flow variables_compute(struct variables *v, struct xml_reader *reader, xmlDocPtr doc, struct cell *cells,
                            uint32_t variable, struct arena *arena, struct err *e)
{
    struct reading r = {
        .v = v, .ed = v->plan->edition, .reader = reader, .doc = doc, .cells = cells, .arena = arena, .e = e};
    const struct edition_variable *var = &r.ed->variables[variable];
    cells[var->first_cell] = (struct cell){.raw = "", .silence = v->plan->absent};
    return read_computed(&r, var);
}

struct variable_routes variables_routes(const struct variables *v, uint32_t variable)
{
    const struct select *s = &v->selects[variable];
    return (struct variable_routes){&s->context, &s->key, &s->value, v->xpath};
}
