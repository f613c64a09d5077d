/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an expression for quick.c: recursive descent over the grammar of XPath 1.0 (section 3), giving up at the
 * first thing that quick.c does not know. Giving up is no error: libxml2 takes the expression then. */
#include "transform/rules/quick_model.h"

#include <libxml/xpath.h>

#include <string.h>

struct parse {
    const char *at;
    const struct quick_names *names;
    struct quick_pool *pool;
    struct arena *arena; /* of the pool */
    unsigned depth;
};

enum { DEPTH_MAX = 64 };

/* ---- characters ---- */
static void space(struct parse *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static int starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    if (!starts_name(*s))
        return 0;
    while (starts_name(s[n]) || (s[n] >= '0' && s[n] <= '9') || s[n] == '-' || s[n] == '.')
        n++;
    return n;
}

static int take(struct parse *p, const char *text)
{
    size_t n = strlen(text);
    space(p);
    if (strncmp(p->at, text, n) != 0)
        return 0;
    p->at += n;
    return 1;
}

/* An operator that is a word: "or" but not the beginning of "order". */
static int take_word(struct parse *p, const char *word)
{
    space(p);
    if (name_length(p->at) != strlen(word) || strncmp(p->at, word, strlen(word)) != 0)
        return 0;
    p->at += strlen(word);
    return 1;
}

static struct quick *node(struct parse *p, enum quick_op op, enum quick_type type)
{
    struct quick *q = arena_get(p->arena, sizeof *q);
    if (q) {
        q->op = op;
        q->type = type;
    }
    return q;
}

static struct quick *binary(struct parse *p, enum quick_op op, enum quick_type type, const struct quick *left,
                            const struct quick *right)
{
    struct quick *q = left && right ? node(p, op, type) : NULL;
    if (q) {
        q->left = left;
        q->right = right;
    }
    return quick_share(p->pool, q);
}

static struct quick *parse_or(struct parse *p);

/* ---- paths ---- */
static int parse_name(struct parse *p, struct quick_step *s)
{
    size_t n = name_length(p->at);
    if (!n && *p->at == '*') {
        p->at++;
        return 1;
    }
    if (n && p->at[n] == ':' && p->at[n + 1] != ':') {
        s->uri = p->names->uri_of(p->names->ctx, p->at, n);
        p->at += n + 1;
        n = name_length(p->at);
        if (!s->uri)
            return 0;
    }
    s->local = n ? arena_copy(p->arena, p->at, n) : NULL;
    p->at += n;
    return s->local && *p->at != '(' && *p->at != ':';
}

/* A predicate that could be a number would ask for a position. */
static int parse_predicates(struct parse *p, struct quick_step *s)
{
    while (take(p, "[")) {
        const struct quick *q = s->predicates < QUICK_PREDICATES_MAX ? parse_or(p) : NULL;
        if (!q || q->type == QUICK_NUMBER || q->op == OP_VARIABLE || !take(p, "]"))
            return 0;
        s->predicate[s->predicates++] = q;
    }
    return 1;
}

static int parse_step(struct parse *p, struct quick_step *s, int first)
{
    space(p);
    *s = (struct quick_step){.axis = AXIS_CHILD};
    if (strncmp(p->at, "..", 2) == 0) {
        s->axis = AXIS_PARENT;
        p->at += 2;
        return first; /* elsewhere several nodes may share a parent */
    }
    if (*p->at == '.') {
        s->axis = AXIS_SELF;
        p->at++;
        return 1;
    }
    if (strncmp(p->at, "self::", 6) == 0) {
        s->axis = AXIS_SELF;
        p->at += 6;
        return parse_name(p, s) && s->local && parse_predicates(p, s);
    }
    if (*p->at == '@') {
        s->axis = AXIS_ATTRIBUTE;
        p->at++;
    } else if (strncmp(p->at, "child::", 7) == 0) {
        p->at += 7;
    }
    return parse_name(p, s) && parse_predicates(p, s);
}

/* The path of the first n steps, and before it those of fewer: what begins alike is walked once. */
static struct quick *build_path(struct parse *p, enum quick_op op, struct quick_variable *variable,
                                struct quick_step *steps, size_t n)
{
    const struct quick *base = NULL;
    struct quick *q = NULL;
    for (size_t i = n ? 1 : 0; i <= n; i++) {
        q = node(p, op, QUICK_NODES);
        if (!q)
            return NULL;
        q->variable = variable;
        q->steps = steps;
        q->count = i;
        q->base = base;
        if (op == OP_PATH_VARIABLE && i == 1 && steps->axis == AXIS_ATTRIBUTE && steps->local && !steps->uri)
            q->place = arena_get(p->arena, sizeof *q->place); /* without memory it is walked */
        base = q = quick_share(p->pool, q);
        if (!q)
            return NULL;
    }
    return q;
}

static struct quick *parse_steps(struct parse *p, enum quick_op op, struct quick_variable *variable)
{
    struct quick_step steps[QUICK_STEPS_MAX];
    size_t n = 0;
    int leading = op == OP_PATH; /* only `..` so far: one node */
    do {
        if (n == QUICK_STEPS_MAX || !parse_step(p, &steps[n], leading))
            return NULL;
        leading &= steps[n].axis == AXIS_PARENT || (steps[n].axis == AXIS_SELF && !steps[n].local);
        n++;
        space(p);
        if (p->at[0] == '/' && p->at[1] == '/')
            return NULL;
    } while (take(p, "/"));
    struct quick_step *kept = arena_get(p->arena, n * sizeof *kept);
    if (!kept)
        return NULL;
    memcpy(kept, steps, n * sizeof *kept);
    return build_path(p, op, variable, kept, n);
}

static struct quick *parse_root(struct parse *p)
{
    p->at++;
    space(p);
    if (*p->at == '/')
        return NULL;
    if (!starts_name(*p->at) && *p->at != '*' && *p->at != '.')
        return build_path(p, OP_PATH_ROOT, NULL, NULL, 0);
    return parse_steps(p, OP_PATH_ROOT, NULL);
}

static struct quick *parse_variable(struct parse *p)
{
    size_t n = name_length(++p->at);
    struct quick_variable *v = n && p->names->variable ? p->names->variable(p->names->ctx, p->at, n) : NULL;
    p->at += n;
    space(p);
    if (!v || *p->at == ':' || *p->at == '[' || (p->at[0] == '/' && p->at[1] == '/'))
        return NULL;
    if (take(p, "/"))
        return parse_steps(p, OP_PATH_VARIABLE, v);
    struct quick *q = node(p, OP_VARIABLE, QUICK_STRING);
    if (q)
        q->variable = v;
    return quick_share(p->pool, q);
}

/* ---- primaries ---- */
static struct quick *parse_literal(struct parse *p)
{
    const char *end = strchr(p->at + 1, *p->at);
    struct quick *q = end ? node(p, OP_LITERAL, QUICK_STRING) : NULL;
    if (!q)
        return NULL;
    q->name = arena_copy(p->arena, p->at + 1, (size_t)(end - p->at - 1));
    p->at = end + 1;
    return q->name ? quick_share(p->pool, q) : NULL;
}

static struct quick *parse_number(struct parse *p)
{
    size_t n = strspn(p->at, "0123456789.");
    const char *text = arena_copy(p->arena, p->at, n);
    struct quick *q = text ? node(p, OP_NUMBER, QUICK_NUMBER) : NULL;
    if (!q)
        return NULL;
    q->number = xmlXPathCastStringToNumber((const xmlChar *)text);
    p->at += n;
    return quick_share(p->pool, q);
}

struct function {
    const char *name;
    enum quick_op op;
    enum quick_type type;
    size_t least, most;
    int nodes; /* its argument must be a path */
    int here;  /* without argument: the context node */
};

static const struct function functions[] = {
    {"boolean", OP_TO_BOOLEAN, QUICK_BOOLEAN, 1, 1, 0, 0},
    {"ceiling", OP_CEILING, QUICK_NUMBER, 1, 1, 0, 0},
    {"concat", OP_CONCAT, QUICK_STRING, 2, QUICK_ARGUMENTS_MAX, 0, 0},
    {"contains", OP_CONTAINS, QUICK_BOOLEAN, 2, 2, 0, 0},
    {"count", OP_COUNT, QUICK_NUMBER, 1, 1, 1, 0},
    {"false", OP_FALSE, QUICK_BOOLEAN, 0, 0, 0, 0},
    {"floor", OP_FLOOR, QUICK_NUMBER, 1, 1, 0, 0},
    {"normalize-space", OP_NORMALIZE, QUICK_STRING, 0, 1, 0, 1},
    {"not", OP_NOT, QUICK_BOOLEAN, 1, 1, 0, 0},
    {"number", OP_TO_NUMBER, QUICK_NUMBER, 0, 1, 0, 1},
    {"round", OP_ROUND, QUICK_NUMBER, 1, 1, 0, 0},
    {"starts-with", OP_STARTS, QUICK_BOOLEAN, 2, 2, 0, 0},
    {"string", OP_TO_STRING, QUICK_STRING, 0, 1, 0, 1},
    {"string-length", OP_LENGTH, QUICK_NUMBER, 0, 1, 0, 1},
    {"substring", OP_SUBSTRING, QUICK_STRING, 2, 3, 0, 0},
    {"sum", OP_SUM, QUICK_NUMBER, 1, 1, 1, 0},
    {"true", OP_TRUE, QUICK_BOOLEAN, 0, 0, 0, 0},
};

static const struct function *find_function(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strlen(functions[i].name) == n && strncmp(functions[i].name, s, n) == 0)
            return &functions[i];
    return NULL;
}

static struct quick *parse_call(struct parse *p, const struct function *f)
{
    struct quick *q = node(p, f->op, f->type);
    (void)take(p, "(");
    if (!q)
        return NULL;
    if (!take(p, ")")) {
        do {
            const struct quick *a = q->arguments < f->most ? parse_or(p) : NULL;
            if (!a || (f->nodes && !is_path(a)))
                return NULL;
            q->argument[q->arguments++] = a;
        } while (take(p, ","));
        if (!take(p, ")"))
            return NULL;
    }
    if (!q->arguments && f->here)
        q->argument[q->arguments++] = build_path(p, OP_PATH, NULL, NULL, 0);
    q->left = q->argument[0];
    space(p); /* a call gives no nodes here: nothing may follow it like a path */
    return q->arguments < f->least || (q->arguments && !q->left) || *p->at == '[' || *p->at == '/'
               ? NULL
               : quick_share(p->pool, q);
}

static struct quick *parse_bracket(struct parse *p)
{
    p->at++;
    struct quick *q = parse_or(p);
    if (!q || !take(p, ")"))
        return NULL;
    space(p);
    return *p->at == '[' || *p->at == '/' ? NULL : q;
}

static struct quick *parse_primary(struct parse *p)
{
    space(p);
    size_t n = name_length(p->at);
    const char *after = p->at + n + strspn(p->at + n, " \t\r\n");
    if (*p->at == '\'' || *p->at == '"')
        return parse_literal(p);
    if ((*p->at >= '0' && *p->at <= '9') || (*p->at == '.' && p->at[1] >= '0' && p->at[1] <= '9'))
        return parse_number(p);
    if (*p->at == '$')
        return parse_variable(p);
    if (*p->at == '(')
        return parse_bracket(p);
    if (*p->at == '/')
        return parse_root(p);
    if (n && *after == '(') {
        const struct function *f = find_function(p->at, n);
        p->at += n;
        return f ? parse_call(p, f) : NULL;
    }
    return parse_steps(p, OP_PATH, NULL);
}

/* ---- operators ---- */
/* Nodes of different documents have no order that XPath defines, so a union stays in one: that of the context, or that
 * of one variable. */
static struct quick *parse_union(struct parse *p)
{
    struct quick *first = parse_primary(p);
    space(p);
    if (!first || *p->at != '|')
        return first;
    struct quick *q = is_path(first) ? node(p, OP_UNION, QUICK_NODES) : NULL;
    if (!q)
        return NULL;
    q->variable = first->variable;
    q->argument[q->arguments++] = first;
    while (take(p, "|")) {
        const struct quick *next = q->arguments < QUICK_ARGUMENTS_MAX ? parse_primary(p) : NULL;
        if (!next || !is_path(next) || next->variable != first->variable)
            return NULL;
        q->argument[q->arguments++] = next;
    }
    return quick_share(p->pool, q);
}

static struct quick *parse_unary(struct parse *p)
{
    if (!take(p, "-"))
        return parse_union(p);
    struct quick *inner = ++p->depth < DEPTH_MAX ? parse_unary(p) : NULL,
                 *q = inner ? node(p, OP_NEGATE, QUICK_NUMBER) : NULL;
    p->depth--;
    if (q)
        q->left = inner;
    return quick_share(p->pool, q);
}

static struct quick *parse_multiplicative(struct parse *p)
{
    struct quick *q = parse_unary(p);
    while (q) {
        if (take(p, "*"))
            q = binary(p, OP_MULTIPLY, QUICK_NUMBER, q, parse_unary(p));
        else if (take_word(p, "div"))
            q = binary(p, OP_DIVIDE, QUICK_NUMBER, q, parse_unary(p));
        else if (take_word(p, "mod"))
            q = binary(p, OP_MODULO, QUICK_NUMBER, q, parse_unary(p));
        else
            break;
    }
    return q;
}

static struct quick *parse_additive(struct parse *p)
{
    struct quick *q = parse_multiplicative(p);
    while (q) {
        if (take(p, "+"))
            q = binary(p, OP_ADD, QUICK_NUMBER, q, parse_multiplicative(p));
        else if (take(p, "-"))
            q = binary(p, OP_SUBTRACT, QUICK_NUMBER, q, parse_multiplicative(p));
        else
            break;
    }
    return q;
}

static struct quick *parse_relational(struct parse *p)
{
    struct quick *q = parse_additive(p);
    while (q) {
        if (take(p, "<="))
            q = binary(p, OP_LE, QUICK_BOOLEAN, q, parse_additive(p));
        else if (take(p, ">="))
            q = binary(p, OP_GE, QUICK_BOOLEAN, q, parse_additive(p));
        else if (take(p, "<"))
            q = binary(p, OP_LT, QUICK_BOOLEAN, q, parse_additive(p));
        else if (take(p, ">"))
            q = binary(p, OP_GT, QUICK_BOOLEAN, q, parse_additive(p));
        else
            break;
    }
    return q;
}

static struct quick *parse_equality(struct parse *p)
{
    struct quick *q = parse_relational(p);
    while (q) {
        if (take(p, "!="))
            q = binary(p, OP_NE, QUICK_BOOLEAN, q, parse_relational(p));
        else if (take(p, "="))
            q = binary(p, OP_EQ, QUICK_BOOLEAN, q, parse_relational(p));
        else
            break;
    }
    return q;
}

static struct quick *parse_and(struct parse *p)
{
    struct quick *q = parse_equality(p);
    while (q && take_word(p, "and"))
        q = binary(p, OP_AND, QUICK_BOOLEAN, q, parse_equality(p));
    return q;
}

static struct quick *parse_or(struct parse *p)
{
    if (++p->depth > DEPTH_MAX)
        return NULL;
    struct quick *q = parse_and(p);
    while (q && take_word(p, "or"))
        q = binary(p, OP_OR, QUICK_BOOLEAN, q, parse_and(p));
    p->depth--;
    return q;
}

const struct quick *quick_compile(const char *text, const struct quick_names *names, struct quick_pool *pool)
{
    struct parse p = {.at = text, .names = names, .pool = pool, .arena = pool->arena};
    const struct quick *q = parse_or(&p);
    space(&p);
    return q && !*p.at ? q : NULL;
}
