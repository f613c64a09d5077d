/* SPDX-License-Identifier: Apache-2.0 */
/* See quick.h. A path is walked depth first and each node reached is shown to a visitor, which may stop the walk: that
 * is document order without duplicates, because `..` may only stand where there is one node, and predicates never ask
 * for positions. Texts become numbers by libxml2's own function, so that both engines see the same double. */
#include "transform/rules/quick.h"

#include "transform/content.h"
#include "transform/rules/quick_model.h"

#include <libxml/xpath.h>

#include <math.h>
#include <string.h>

static int fail(struct quick_machine *m, enum quick_fault f)
{
    if (!m->fault)
        m->fault = f;
    return 0;
}

/* ---- walking ---- */
struct visit {
    struct quick_machine *m;
    int (*see)(struct visit *v, xmlNodePtr node); /* 0 stops the walk */
    /* what visitors gather */
    double number;
    size_t count;
    const char *string;
    const struct quick_value *other;
    enum quick_op op;
    xmlNodePtr first;
    xmlNodePtr *nodes;
    size_t max;
};

/* The local name first: it tells most nodes apart. */
static int name_matches(const struct quick_step *s, const xmlNode *n)
{
    if (!s->local)
        return 1;
    if (*s->local != (char)*n->name || strcmp(s->local, (const char *)n->name) != 0)
        return 0;
    if (!n->ns)
        return !s->uri;
    return s->uri && (s->uri == (const char *)n->ns->href || strcmp(s->uri, (const char *)n->ns->href) == 0);
}

static int holds(struct quick_machine *m, const struct quick_step *s, xmlNodePtr n)
{
    for (size_t i = 0; i < s->predicates; i++)
        if (!quick_boolean(m, s->predicate[i], n))
            return 0;
    return !m->fault;
}

static int walk(struct visit *v, const struct quick_step *s, size_t left, xmlNodePtr node);

static int step_into(struct visit *v, const struct quick_step *s, size_t left, xmlNodePtr n)
{
    if (++v->m->steps > v->m->step_limit)
        return fail(v->m, QUICK_STEPS);
    return !holds(v->m, s, n) ? !v->m->fault : walk(v, s + 1, left - 1, n);
}

static int walk_attributes(struct visit *v, const struct quick_step *s, size_t left, xmlNodePtr node)
{
    if (node->type != XML_ELEMENT_NODE)
        return 1;
    for (xmlAttrPtr a = node->properties; a; a = a->next) {
        v->m->steps++;
        if (name_matches(s, (xmlNodePtr)a) && !step_into(v, s, left, (xmlNodePtr)a))
            return 0;
    }
    return 1;
}

static xmlNodePtr parent_of(xmlNodePtr n)
{
    return n->type == XML_DOCUMENT_NODE ? NULL : n->parent;
}

/* 1: go on; 0: the visitor, or a fault, stopped the walk. */
static int walk(struct visit *v, const struct quick_step *s, size_t left, xmlNodePtr node)
{
    if (!left)
        return v->see(v, node);
    switch (s->axis) {
    case AXIS_SELF:
        return s->local && (node->type != XML_ELEMENT_NODE || !name_matches(s, node)) ? 1 : step_into(v, s, left, node);
    case AXIS_PARENT:
        return parent_of(node) ? step_into(v, s, left, parent_of(node)) : 1;
    case AXIS_ATTRIBUTE:
        return walk_attributes(v, s, left, node);
    case AXIS_CHILD:
        break;
    }
    if (node->type != XML_ELEMENT_NODE && node->type != XML_DOCUMENT_NODE)
        return 1;
    for (xmlNodePtr c = node->children; c; c = c->next) {
        v->m->steps++;
        if (c->type == XML_ELEMENT_NODE && name_matches(s, c) && !step_into(v, s, left, c))
            return 0;
    }
    return 1;
}

static void visit_path(struct visit *v, const struct quick *q, xmlNodePtr context)
{
    if (q->op != OP_PATH_VARIABLE) {
        (void)walk(v, q->steps, q->count, q->op == OP_PATH_ROOT ? (xmlNodePtr)context->doc : context);
        return;
    }
    const struct quick_value *value = v->m->variable(v->m->ctx, q->name);
    if (!value) {
        (void)fail(v->m, QUICK_VARIABLE);
    } else if (value->type != QUICK_NODES) {
        (void)fail(v->m, QUICK_TYPE);
    } else {
        for (size_t i = 0; i < value->count; i++)
            if (!walk(v, q->steps, q->count, value->nodes[i]))
                return;
    }
}

/* ---- what a node is worth ---- */
static double number_of(const xmlNode *n)
{
    xmlChar *owned;
    double d = xmlXPathCastStringToNumber((const xmlChar *)content_text(n, &owned));
    xmlFree(owned);
    return d;
}

static const char *keep(struct quick_machine *m, const char *s)
{
    const char *kept = arena_strdup(&m->scratch, s);
    if (!kept)
        (void)fail(m, QUICK_MEMORY);
    return kept ? kept : "";
}

static const char *text_of(struct quick_machine *m, const xmlNode *n)
{
    xmlChar *owned = NULL;
    if (n->type == XML_DOCUMENT_NODE) {
        owned = xmlNodeGetContent(n);
        const char *kept = keep(m, owned ? (const char *)owned : "");
        xmlFree(owned);
        return kept;
    }
    const char *s = content_text(n, &owned);
    if (!owned)
        return s;
    s = keep(m, s);
    xmlFree(owned);
    return s;
}

/* ---- visitors ---- */
static int see_first(struct visit *v, xmlNodePtr n)
{
    v->first = n;
    return 0;
}

static int see_count(struct visit *v, xmlNodePtr n)
{
    (void)n;
    v->count++;
    return 1;
}

static int see_sum(struct visit *v, xmlNodePtr n)
{
    v->number +=
        n->type == XML_DOCUMENT_NODE ? xmlXPathCastStringToNumber((const xmlChar *)text_of(v->m, n)) : number_of(n);
    return 1;
}

static int compare_numbers(enum quick_op op, double a, double b)
{
    switch (op) {
    case OP_EQ:
        return a == b;
    case OP_NE:
        return a != b;
    case OP_LT:
        return a < b;
    case OP_LE:
        return a <= b;
    case OP_GT:
        return a > b;
    default:
        return a >= b;
    }
}

/* One node against a value that is no node-set: stops at the first that holds (count becomes 1). */
static int see_compare(struct visit *v, xmlNodePtr n)
{
    const struct quick_value *o = v->other;
    int equality = v->op == OP_EQ || v->op == OP_NE;
    if (equality && o->type == QUICK_STRING)
        v->count = (strcmp(text_of(v->m, n), o->string) == 0) == (v->op == OP_EQ);
    else
        v->count = (size_t)compare_numbers(
            v->op, xmlXPathCastStringToNumber((const xmlChar *)text_of(v->m, n)),
            o->type == QUICK_STRING ? xmlXPathCastStringToNumber((const xmlChar *)o->string) : o->number);
    return v->count == 0;
}

static int see_collect(struct visit *v, xmlNodePtr n)
{
    if (v->count == v->max) {
        size_t max = v->max ? 2 * v->max : 8;
        xmlNodePtr *grown = arena_get(&v->m->scratch, max * sizeof *grown);
        if (!grown)
            return fail(v->m, QUICK_MEMORY);
        if (v->count)
            memcpy(grown, v->nodes, v->count * sizeof *grown);
        v->nodes = grown;
        v->max = max;
    }
    v->nodes[v->count++] = n;
    return 1;
}

static xmlNodePtr first_of(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct visit v = {.m = m, .see = see_first};
    visit_path(&v, q, context);
    return m->fault ? NULL : v.first;
}

/* ---- expressions ---- */
static int is_path(const struct quick *q)
{
    return q->op == OP_PATH || q->op == OP_PATH_ROOT || q->op == OP_PATH_VARIABLE;
}

static double to_number(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
static const char *to_string(struct quick_machine *m, const struct quick *q, xmlNodePtr context);

static const struct quick_value *value_of_variable(struct quick_machine *m, const struct quick *q)
{
    const struct quick_value *v = m->variable(m->ctx, q->name);
    if (!v)
        (void)fail(m, QUICK_VARIABLE);
    return v;
}

static double number_of_value(struct quick_machine *m, const struct quick_value *v)
{
    switch (v->type) {
    case QUICK_NUMBER:
        return v->number;
    case QUICK_BOOLEAN:
        return v->boolean;
    case QUICK_STRING:
        return xmlXPathCastStringToNumber((const xmlChar *)v->string);
    case QUICK_NODES:
        break;
    }
    return xmlXPathCastStringToNumber((const xmlChar *)(v->count ? text_of(m, v->nodes[0]) : ""));
}

static const char *print_number(struct quick_machine *m, double d)
{
    xmlChar *s = xmlXPathCastNumberToString(d);
    const char *kept = keep(m, s ? (const char *)s : "");
    xmlFree(s);
    return kept;
}

static const char *string_of_value(struct quick_machine *m, const struct quick_value *v)
{
    switch (v->type) {
    case QUICK_NUMBER:
        return print_number(m, v->number);
    case QUICK_BOOLEAN:
        return v->boolean ? "true" : "false";
    case QUICK_STRING:
        return v->string;
    case QUICK_NODES:
        break;
    }
    return v->count ? text_of(m, v->nodes[0]) : "";
}

static int boolean_of_value(const struct quick_value *v)
{
    switch (v->type) {
    case QUICK_NUMBER:
        return v->number != 0 && !isnan(v->number);
    case QUICK_BOOLEAN:
        return v->boolean;
    case QUICK_STRING:
        return *v->string != '\0';
    case QUICK_NODES:
        break;
    }
    return v->count > 0;
}

static double sum_of(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct visit v = {.m = m, .see = see_sum};
    visit_path(&v, q, context);
    return v.number;
}

static double count_of(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct visit v = {.m = m, .see = see_count};
    visit_path(&v, q, context);
    return (double)v.count;
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* round() of XPath 1.0: half towards positive infinity. */
static double round_up_half(double d)
{
    if (!isfinite(d) || d == 0)
        return d;
    if (d >= -0.5 && d < 0)
        return -0.0;
    double low = floor(d);
    return d - low < 0.5 ? low : low + 1;
}

static double arithmetic(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    double a = to_number(m, q->left, context), b = to_number(m, q->right, context);
    switch (q->op) {
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return a / b;
    default:
        return fmod(a, b);
    }
}

static double to_number(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    const struct quick_value *v;
    xmlNodePtr n;
    switch (q->op) {
    case OP_NUMBER:
        return q->number;
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_MODULO:
        return arithmetic(m, q, context);
    case OP_NEGATE:
        return -to_number(m, q->left, context);
    case OP_COUNT:
        return count_of(m, q->left, context);
    case OP_SUM:
        return sum_of(m, q->left, context);
    case OP_TO_NUMBER:
        return to_number(m, q->left, context);
    case OP_ROUND:
        return round_up_half(to_number(m, q->left, context));
    case OP_FLOOR:
        return floor(to_number(m, q->left, context));
    case OP_CEILING:
        return ceil(to_number(m, q->left, context));
    case OP_LENGTH:
        return (double)characters(to_string(m, q->left, context));
    case OP_VARIABLE:
        v = value_of_variable(m, q);
        return v ? number_of_value(m, v) : (double)NAN;
    case OP_PATH:
    case OP_PATH_ROOT:
    case OP_PATH_VARIABLE:
        n = first_of(m, q, context);
        return n ? n->type == XML_DOCUMENT_NODE ? xmlXPathCastStringToNumber((const xmlChar *)text_of(m, n))
                                                : number_of(n)
                 : (double)NAN;
    default:
        break;
    }
    if (q->type == QUICK_BOOLEAN)
        return quick_boolean(m, q, context);
    return xmlXPathCastStringToNumber((const xmlChar *)to_string(m, q, context));
}

/* ---- strings ---- */
static const char *concatenate(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    const char *parts[QUICK_ARGUMENTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < q->arguments; i++) {
        parts[i] = to_string(m, q->argument[i], context);
        n += strlen(parts[i]);
    }
    char *out = arena_get(&m->scratch, n + 1), *at = out;
    if (!out) {
        (void)fail(m, QUICK_MEMORY);
        return "";
    }
    for (size_t i = 0; i < q->arguments; i++) {
        size_t k = strlen(parts[i]);
        memcpy(at, parts[i], k);
        at += k;
    }
    return out;
}

static const char *normalize(struct quick_machine *m, const char *s)
{
    char *out = arena_get(&m->scratch, strlen(s) + 1);
    size_t n = 0;
    if (!out) {
        (void)fail(m, QUICK_MEMORY);
        return "";
    }
    for (; *s; s++) {
        if (!strchr(" \t\r\n", *s))
            out[n++] = *s;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* substring(): the characters at p with round(from) <= p and, when a length is given, p < round(from) + round(length).
 */
static const char *substring(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    const char *s = to_string(m, q->argument[0], context);
    double from = round_up_half(to_number(m, q->argument[1], context)), end = (double)INFINITY, at = 0;
    if (q->arguments == 3)
        end = from + round_up_half(to_number(m, q->argument[2], context));
    char *out = arena_get(&m->scratch, strlen(s) + 1);
    size_t n = 0;
    if (!out) {
        (void)fail(m, QUICK_MEMORY);
        return "";
    }
    for (; *s; s++) {
        at += ((unsigned char)*s & 0xC0) != 0x80;
        if (at >= from && at < end)
            out[n++] = *s;
    }
    out[n] = '\0';
    return out;
}

static const char *to_string(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    const struct quick_value *v;
    xmlNodePtr n;
    switch (q->op) {
    case OP_LITERAL:
        return q->name;
    case OP_TO_STRING:
        return to_string(m, q->left, context);
    case OP_CONCAT:
        return concatenate(m, q, context);
    case OP_SUBSTRING:
        return substring(m, q, context);
    case OP_NORMALIZE:
        return normalize(m, to_string(m, q->left, context));
    case OP_VARIABLE:
        v = value_of_variable(m, q);
        return v ? string_of_value(m, v) : "";
    case OP_PATH:
    case OP_PATH_ROOT:
    case OP_PATH_VARIABLE:
        n = first_of(m, q, context);
        return n ? text_of(m, n) : "";
    default:
        break;
    }
    if (q->type == QUICK_BOOLEAN)
        return quick_boolean(m, q, context) ? "true" : "false";
    return print_number(m, to_number(m, q, context));
}

/* ---- comparisons ---- */
/* A value ready to be compared; nodes of a path are collected. */
static void take(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct quick_value *out)
{
    *out = (struct quick_value){.type = q->type};
    if (q->op == OP_VARIABLE) {
        const struct quick_value *v = value_of_variable(m, q);
        *out = v ? *v : (struct quick_value){.type = QUICK_STRING, .string = ""};
    } else if (is_path(q)) {
        struct visit v = {.m = m, .see = see_collect};
        visit_path(&v, q, context);
        out->nodes = v.nodes;
        out->count = v.count;
    } else if (q->type == QUICK_BOOLEAN) {
        out->boolean = quick_boolean(m, q, context);
    } else if (q->type == QUICK_STRING) {
        out->string = to_string(m, q, context);
    } else {
        out->number = to_number(m, q, context);
    }
}

static enum quick_op mirrored(enum quick_op op)
{
    switch (op) {
    case OP_LT:
        return OP_GT;
    case OP_LE:
        return OP_GE;
    case OP_GT:
        return OP_LT;
    case OP_GE:
        return OP_LE;
    default:
        return op;
    }
}

static int compare_sets(struct quick_machine *m, enum quick_op op, const struct quick_value *a,
                        const struct quick_value *b)
{
    int equality = op == OP_EQ || op == OP_NE;
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++) {
            const char *x = text_of(m, a->nodes[i]), *y = text_of(m, b->nodes[k]);
            if (++m->steps > m->step_limit)
                return fail(m, QUICK_STEPS);
            if (equality ? (strcmp(x, y) == 0) == (op == OP_EQ)
                         : compare_numbers(op, xmlXPathCastStringToNumber((const xmlChar *)x),
                                           xmlXPathCastStringToNumber((const xmlChar *)y)))
                return 1;
        }
    return 0;
}

static int compare_nodes(struct quick_machine *m, enum quick_op op, const struct quick_value *nodes,
                         const struct quick_value *other)
{
    struct visit v = {.m = m, .other = other, .op = op};
    for (size_t i = 0; i < nodes->count; i++)
        if (!see_compare(&v, nodes->nodes[i]))
            return 1;
    return 0;
}

/* Compared with a boolean: equality asks for booleans, order for numbers; a node-set counts for whether it is empty in
 * both. */
static double beside_boolean(struct quick_machine *m, const struct quick_value *v, int equality)
{
    return equality || v->type == QUICK_NODES ? boolean_of_value(v) : number_of_value(m, v);
}

static int compare_values(struct quick_machine *m, enum quick_op op, const struct quick_value *a,
                          const struct quick_value *b)
{
    int equality = op == OP_EQ || op == OP_NE;
    if (a->type == QUICK_BOOLEAN || b->type == QUICK_BOOLEAN)
        return compare_numbers(op, beside_boolean(m, a, equality), beside_boolean(m, b, equality));
    if (a->type == QUICK_NODES && b->type == QUICK_NODES)
        return compare_sets(m, op, a, b);
    if (a->type == QUICK_NODES)
        return compare_nodes(m, op, a, b);
    if (b->type == QUICK_NODES)
        return compare_nodes(m, mirrored(op), b, a);
    if (equality && a->type == QUICK_STRING && b->type == QUICK_STRING)
        return (a->string && b->string && strcmp(a->string, b->string) == 0) == (op == OP_EQ);
    return compare_numbers(op, number_of_value(m, a), number_of_value(m, b));
}

static int compare(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_value a, b;
    if (q->left->type == QUICK_NUMBER && q->right->type == QUICK_NUMBER && q->left->op != OP_VARIABLE &&
        q->right->op != OP_VARIABLE)
        return compare_numbers(q->op, to_number(m, q->left, context), to_number(m, q->right, context));
    take(m, q->left, context, &a);
    take(m, q->right, context, &b);
    return m->fault ? 0 : compare_values(m, q->op, &a, &b);
}

int quick_boolean(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    const struct quick_value *v;
    double d;
    switch (q->op) {
    case OP_OR:
        return quick_boolean(m, q->left, context) || (!m->fault && quick_boolean(m, q->right, context));
    case OP_AND:
        return quick_boolean(m, q->left, context) && !m->fault && quick_boolean(m, q->right, context);
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return compare(m, q, context);
    case OP_NOT:
        return !quick_boolean(m, q->left, context);
    case OP_TO_BOOLEAN:
        return quick_boolean(m, q->left, context);
    case OP_TRUE:
        return 1;
    case OP_FALSE:
        return 0;
    case OP_CONTAINS:
        return strstr(to_string(m, q->argument[0], context), to_string(m, q->argument[1], context)) != NULL;
    case OP_STARTS: {
        const char *s = to_string(m, q->argument[0], context), *head = to_string(m, q->argument[1], context);
        return strncmp(s, head, strlen(head)) == 0;
    }
    case OP_VARIABLE:
        v = value_of_variable(m, q);
        return v ? boolean_of_value(v) : 0;
    case OP_PATH:
    case OP_PATH_ROOT:
    case OP_PATH_VARIABLE:
        return first_of(m, q, context) != NULL;
    default:
        break;
    }
    if (q->type == QUICK_STRING)
        return *to_string(m, q, context) != '\0';
    d = to_number(m, q, context);
    return d != 0 && !isnan(d);
}

int quick_is_path(const struct quick *q)
{
    return is_path(q);
}

void quick_evaluate(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct arena *kept,
                    struct quick_value *out)
{
    take(m, q, context, out);
    if (out->type == QUICK_STRING) {
        out->string = arena_strdup(kept, out->string);
        if (!out->string)
            (void)fail(m, QUICK_MEMORY);
    }
    if (out->type == QUICK_NODES && out->count) {
        xmlNodePtr *nodes = arena_get(kept, out->count * sizeof *nodes);
        if (nodes)
            memcpy(nodes, out->nodes, out->count * sizeof *nodes);
        else
            (void)fail(m, QUICK_MEMORY);
        out->nodes = nodes;
    }
}
