/* SPDX-License-Identifier: Apache-2.0 */
/* See quick.h. Texts become numbers as libxml2 makes them, so that both engines see the same double. */
#include "transform/rules/quick.h"

#include "transform/content.h"
#include "transform/rules/quick_model.h"

#include <libxml/xpath.h>

#include <math.h>
#include <string.h>

/* ---- what a node is worth ---- */
static double number_of(const xmlNode *n)
{
    xmlChar *owned;
    double d = quick_number_of(content_text(n, &owned));
    if (owned)
        xmlFree(owned);
    return d;
}

void *quick_room(struct quick_machine *m, struct arena *a, size_t n)
{
    void *p = arena_get(a, n);
    if (!p)
        (void)quick_fail(m, n > a->max || a->used > a->max - n ? QUICK_STEPS : QUICK_MEMORY);
    return p;
}

static const char *keep(struct quick_machine *m, struct arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *kept = quick_room(m, a, n);
    return kept ? memcpy(kept, s, n) : "";
}

static const char *text_of(struct quick_machine *m, const xmlNode *n)
{
    xmlChar *owned = NULL;
    if (n->type == XML_DOCUMENT_NODE) {
        owned = xmlNodeGetContent(n);
        const char *kept = keep(m, &m->scratch, owned ? (const char *)owned : "");
        xmlFree(owned);
        return kept;
    }
    const char *s = content_text(n, &owned);
    if (!owned)
        return s;
    s = keep(m, &m->scratch, s);
    xmlFree(owned);
    return s;
}

/* ---- visitors ---- */
static int see_count(struct quick_visit *v, xmlNodePtr n)
{
    (void)n;
    v->count++;
    return 1;
}

static int see_sum(struct quick_visit *v, xmlNodePtr n)
{
    v->number += number_of(n);
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
static int see_compare(struct quick_visit *v, xmlNodePtr n)
{
    const struct quick_value *o = v->other;
    int equality = v->op == OP_EQ || v->op == OP_NE;
    if (equality && o->type == QUICK_STRING)
        v->count = (strcmp(text_of(v->m, n), o->string) == 0) == (v->op == OP_EQ);
    else
        v->count = (size_t)compare_numbers(v->op, quick_number_of(text_of(v->m, n)),
                                           o->type == QUICK_STRING ? quick_number_of(o->string) : o->number);
    return v->count == 0;
}

/* ---- expressions ---- */
static double to_number(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
static const char *to_string(struct quick_machine *m, const struct quick *q, xmlNodePtr context);

static const struct quick_value *value_of_variable(struct quick_machine *m, const struct quick *q)
{
    const struct quick_value *v = m->variable(m->ctx, q->variable);
    if (!v)
        (void)quick_fail(m, QUICK_VARIABLE);
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
        return quick_number_of(v->string);
    case QUICK_NODES:
        break;
    }
    return quick_number_of((v->count ? text_of(m, v->nodes[0]) : ""));
}

static const char *print_number(struct quick_machine *m, double d)
{
    xmlChar *s = xmlXPathCastNumberToString(d);
    const char *kept = keep(m, &m->scratch, s ? (const char *)s : "");
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
    struct quick_visit v = {.m = m, .see = see_sum};
    quick_visit(&v, q, context);
    return v.number;
}

static double count_of(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_visit v = {.m = m, .see = see_count};
    quick_visit(&v, q, context);
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

static double number_now(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
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
    case OP_UNION:
        n = quick_first(m, q, context);
        return n ? number_of(n) : (double)NAN;
    default:
        break;
    }
    if (q->type == QUICK_BOOLEAN)
        return quick_boolean(m, q, context);
    return quick_number_of(to_string(m, q, context));
}

static double to_number(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = quick_memo(m, q, context);
    if (!k)
        return number_now(m, q, context);
    if (k->known & KNOWN_NUMBER)
        return k->number;
    double d = number_now(m, q, context);
    if (!m->fault) {
        k->number = d;
        k->known |= KNOWN_NUMBER;
    }
    return d;
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
    char *out = quick_room(m, &m->scratch, n + 1), *at = out;
    if (!out)
        return "";
    for (size_t i = 0; i < q->arguments; i++) {
        size_t k = strlen(parts[i]);
        memcpy(at, parts[i], k);
        at += k;
    }
    return out;
}

static const char *normalize(struct quick_machine *m, const char *s)
{
    char *out = quick_room(m, &m->scratch, strlen(s) + 1);
    size_t n = 0;
    if (!out)
        return "";
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
    char *out = quick_room(m, &m->scratch, strlen(s) + 1);
    size_t n = 0;
    if (!out)
        return "";
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
    case OP_UNION:
        n = quick_first(m, q, context);
        return n ? text_of(m, n) : "";
    default:
        break;
    }
    if (q->type == QUICK_BOOLEAN)
        return quick_boolean(m, q, context) ? "true" : "false";
    return print_number(m, to_number(m, q, context));
}

const char *quick_string(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    return to_string(m, q, context);
}

/* ---- comparisons ---- */
/* A value ready to be compared: that of a variable where it stands, else made in *room; nodes of a path are collected.
 */
static const struct quick_value *take(struct quick_machine *m, const struct quick *q, xmlNodePtr context,
                                      struct quick_value *room)
{
    if (q->op == OP_VARIABLE) {
        static const struct quick_value none = {.type = QUICK_STRING, .string = ""};
        const struct quick_value *v = value_of_variable(m, q);
        return v ? v : &none;
    }
    *room = (struct quick_value){.type = q->type};
    if (is_path(q))
        quick_nodes(m, q, context, room);
    else if (q->type == QUICK_BOOLEAN)
        room->boolean = quick_boolean(m, q, context);
    else if (q->type == QUICK_STRING)
        room->string = to_string(m, q, context);
    else
        room->number = to_number(m, q, context);
    return room;
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
                return quick_fail(m, QUICK_STEPS);
            if (equality ? (strcmp(x, y) == 0) == (op == OP_EQ)
                         : compare_numbers(op, quick_number_of(x), quick_number_of(y)))
                return 1;
        }
    return 0;
}

static int compare_nodes(struct quick_machine *m, enum quick_op op, const struct quick_value *nodes,
                         const struct quick_value *other)
{
    struct quick_visit v = {.m = m, .other = other, .op = op};
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
    const struct quick_value *x = take(m, q->left, context, &a), *y = take(m, q->right, context, &b);
    if (m->fault)
        return 0;
    return x->type == QUICK_NUMBER && y->type == QUICK_NUMBER ? compare_numbers(q->op, x->number, y->number)
                                                              : compare_values(m, q->op, x, y);
}

static int boolean_now(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
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
    case OP_UNION:
        return quick_first(m, q, context) != NULL;
    default:
        break;
    }
    if (q->type == QUICK_STRING)
        return *to_string(m, q, context) != '\0';
    d = to_number(m, q, context);
    return d != 0 && !isnan(d);
}

int quick_boolean(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = quick_memo(m, q, context);
    if (!k)
        return boolean_now(m, q, context);
    if (k->known & KNOWN_BOOLEAN)
        return k->boolean;
    int truth = boolean_now(m, q, context);
    if (!m->fault) {
        k->boolean = truth;
        k->known |= KNOWN_BOOLEAN;
    }
    return truth;
}

int quick_is_path(const struct quick *q)
{
    return is_path(q);
}

void quick_evaluate(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct arena *kept,
                    struct quick_value *out)
{
    struct quick_value room;
    *out = *take(m, q, context, &room);
    if (out->type == QUICK_STRING)
        out->string = keep(m, kept, out->string);
    if (out->type == QUICK_NODES && out->count) {
        xmlNodePtr *nodes = quick_room(m, kept, out->count * sizeof *nodes);
        out->nodes = nodes ? memcpy(nodes, out->nodes, out->count * sizeof *nodes) : NULL;
    }
}
