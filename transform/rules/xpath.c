/* SPDX-License-Identifier: Apache-2.0 */
/* See xpath.h. The scanner below knows the tokens of XPath 1.0 (section 3.7) and nothing of its grammar: that is
 * libxml2's part. */
#include "transform/rules/xpath.h"

#include <libxml/xpathInternals.h>

#include <stdlib.h>
#include <string.h>

/* Steps of one evaluation: far above any honest rule on a return at its limits, far below a second. */
enum { STEP_LIMIT = 20000000 };

struct fault {
    int code;
};

static const char *code_text(int code)
{
    switch (code - XML_XPATH_EXPRESSION_OK) {
    case XPATH_EXPRESSION_OK:
        return "";
    case XPATH_NUMBER_ERROR:
        return "number expected";
    case XPATH_UNFINISHED_LITERAL_ERROR:
    case XPATH_START_LITERAL_ERROR:
        return "literal without its closing quote";
    case XPATH_VARIABLE_REF_ERROR:
        return "variable name expected after $";
    case XPATH_UNDEF_VARIABLE_ERROR:
        return "a variable has no value";
    case XPATH_INVALID_PREDICATE_ERROR:
        return "invalid predicate";
    case XPATH_EXPR_ERROR:
        return "expression expected";
    case XPATH_UNCLOSED_ERROR:
        return "closing bracket missing";
    case XPATH_UNKNOWN_FUNC_ERROR:
        return "unknown function";
    case XPATH_INVALID_OPERAND:
    case XPATH_INVALID_TYPE:
        return "a value of another type was expected";
    case XPATH_INVALID_ARITY:
        return "wrong number of arguments";
    case XPATH_MEMORY_ERROR:
        return "out of memory";
    case XPATH_UNDEF_PREFIX_ERROR:
        return "undeclared namespace prefix";
    case XPATH_OP_LIMIT_EXCEEDED:
    case XPATH_RECURSION_LIMIT_EXCEEDED:
        return "stopped after too many steps";
    default:
        return "invalid expression";
    }
}

static void keep_fault(void *ctx, xmlErrorPtr error)
{
    struct fault *f = ctx;
    if (f && !f->code)
        f->code = error->code;
}

static void say_nothing(void *ctx, const char *fmt, ...)
{
    (void)ctx;
    (void)fmt;
}

xmlXPathContextPtr xpath_context(void)
{
    xmlXPathContextPtr x = xmlXPathNewContext(NULL);
    struct fault *f = calloc(1, sizeof *f);
    if (!x || !f || xmlXPathContextSetCache(x, 1, -1, 0) != 0) {
        free(f);
        xmlXPathFreeContext(x);
        return NULL;
    }
    /* Thread-local: a few faults of libxml2 2.9 go to the generic channel as well as to the context. */
    xmlSetGenericErrorFunc(NULL, say_nothing);
    x->error = keep_fault;
    x->userData = f;
    x->opLimit = STEP_LIMIT;
    return x;
}

void xpath_context_free(xmlXPathContextPtr x)
{
    if (!x)
        return;
    free(x->userData);
    xmlXPathFreeContext(x);
}

const char *xpath_fault(xmlXPathContextPtr x)
{
    const struct fault *f = x->userData;
    return f->code ? code_text(f->code) : "";
}

void xpath_forget(xmlXPathContextPtr x)
{
    struct fault *f = x->userData;
    f->code = 0;
    x->opCount = 0;
}

void xpath_forget_fault(xmlXPathContextPtr x)
{
    ((struct fault *)x->userData)->code = 0;
}

/* ---- tokens ---- */
enum token {
    T_END,
    T_LITERAL,
    T_NUMBER,
    T_VARIABLE, /* name: after the $ */
    T_NAME,     /* name test, possibly prefix:* */
    T_FUNCTION, /* name followed by ( */
    T_AXIS,     /* name followed by :: */
    T_OPERATOR, /* and or div mod */
    T_OTHER     /* one character in `c` */
};

struct scan {
    const char *at;
    enum token kind;
    const char *name; /* VARIABLE, NAME, FUNCTION, AXIS, OPERATOR */
    size_t len;
    size_t prefix; /* bytes of its prefix, 0 without */
    char c;
    int operand; /* the token before ended an operand: a name here is an operator, a * multiplies */
    int multiplies;
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static int in_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static const char *after_name(const char *p)
{
    while (in_name(*p))
        p++;
    return p;
}

static const char *after_space(const char *p)
{
    while (is_space(*p))
        p++;
    return p;
}

/* A qualified name at s->at: sets name, len, prefix. */
static void take_qname(struct scan *s)
{
    s->name = s->at;
    s->prefix = 0;
    const char *p = after_name(s->at);
    if (p[0] == ':' && p[1] != ':' && (starts_name(p[1]) || p[1] == '*')) {
        s->prefix = (size_t)(p - s->at);
        p = p[1] == '*' ? p + 2 : after_name(p + 1);
    }
    s->len = (size_t)(p - s->name);
    s->at = p;
}

static int is_word(const struct scan *s, const char *word)
{
    return s->len == strlen(word) && memcmp(s->name, word, s->len) == 0;
}

static int is_any(const struct scan *s, const char *const *words)
{
    for (; *words; words++)
        if (is_word(s, *words))
            return 1;
    return 0;
}

static void take_name(struct scan *s)
{
    static const char *const operators[] = {"and", "or", "div", "mod", NULL};
    take_qname(s);
    const char *next = after_space(s->at);
    if (s->operand && is_any(s, operators)) {
        s->kind = T_OPERATOR;
        s->operand = 0;
    } else if (*next == '(') {
        s->kind = T_FUNCTION;
        s->operand = 0;
    } else if (next[0] == ':' && next[1] == ':') {
        s->kind = T_AXIS;
        s->at = next + 2;
        s->operand = 0;
    } else {
        s->kind = T_NAME;
        s->operand = 1;
    }
}

static void take_literal(struct scan *s)
{
    const char *end = strchr(s->at + 1, *s->at);
    s->at = end ? end + 1 : s->at + strlen(s->at);
    s->kind = T_LITERAL;
    s->operand = 1;
}

static void take_number(struct scan *s)
{
    while ((*s->at >= '0' && *s->at <= '9') || *s->at == '.')
        s->at++;
    s->kind = T_NUMBER;
    s->operand = 1;
}

static void take_other(struct scan *s)
{
    s->kind = T_OTHER;
    s->c = *s->at++;
    s->multiplies = s->c == '*' && s->operand;
    s->operand = s->c == ')' || s->c == ']' || s->c == '.' || (s->c == '*' && !s->multiplies);
}

static void next_token(struct scan *s)
{
    s->at = after_space(s->at);
    s->multiplies = 0;
    char c = *s->at;
    if (!c) {
        s->kind = T_END;
    } else if (c == '"' || c == '\'') {
        take_literal(s);
    } else if (c == '$') {
        s->at = after_space(s->at + 1);
        take_qname(s);
        s->kind = T_VARIABLE;
        s->operand = 1;
    } else if ((c >= '0' && c <= '9') || (c == '.' && s->at[1] >= '0' && s->at[1] <= '9')) {
        take_number(s);
    } else if (starts_name(c)) {
        take_name(s);
    } else {
        take_other(s);
    }
}

/* ---- proofs ---- */
static const char *const functions[] = {"last",
                                        "position",
                                        "count",
                                        "id",
                                        "local-name",
                                        "namespace-uri",
                                        "name",
                                        "string",
                                        "concat",
                                        "starts-with",
                                        "contains",
                                        "substring-before",
                                        "substring-after",
                                        "substring",
                                        "string-length",
                                        "normalize-space",
                                        "translate",
                                        "boolean",
                                        "not",
                                        "true",
                                        "false",
                                        "lang",
                                        "number",
                                        "sum",
                                        "floor",
                                        "ceiling",
                                        "round",
                                        "comment",
                                        "text",
                                        "processing-instruction",
                                        "node",
                                        NULL};

static enum flow unknown(struct err *e, const char *what, const struct scan *s, size_t len, const char *text)
{
    return err_set(e, STATUS_CONFIG, "unknown %s \"%.*s\" in \"%s\"", what, (int)len, s->name, text);
}

static enum flow prove(const char *text, const struct xpath_scope *scope, struct err *e)
{
    struct scan s = {.at = text};
    for (next_token(&s); s.kind != T_END; next_token(&s)) {
        if (s.kind == T_VARIABLE && !(scope && scope->variable && scope->variable(scope->ctx, s.name, s.len)))
            return unknown(e, "variable", &s, s.len, text);
        if (s.kind == T_FUNCTION && !is_any(&s, functions))
            return unknown(e, "function", &s, s.len, text);
        if (s.kind != T_VARIABLE && (s.kind == T_NAME || s.kind == T_FUNCTION) && s.prefix &&
            !(scope && scope->prefix && scope->prefix(scope->ctx, s.name, s.prefix)))
            return unknown(e, "namespace prefix", &s, s.prefix, text);
    }
    return FLOW_OK;
}

xmlXPathCompExprPtr xpath_compile(xmlXPathContextPtr x, const char *text, const struct xpath_scope *scope,
                                  struct err *e)
{
    if (prove(text, scope, e) != FLOW_OK)
        return NULL;
    xpath_forget(x);
    xmlXPathCompExprPtr c = xmlXPathCtxtCompile(x, BAD_CAST text);
    int code = ((const struct fault *)x->userData)->code;
    if (!c && (code == 0 || code == XML_ERR_NO_MEMORY)) /* what is wrong in a text always has a code */
        (void)err_set(e, STATUS_SYSTEM, "out of memory for the expression \"%s\"", text);
    else if (!c)
        (void)err_set(e, STATUS_CONFIG, "no XPath 1.0 expression: \"%s\": %s", text, code_text(code));
    return c;
}

int xpath_numeric(const char *text)
{
    static const char *const numeric[] = {"number", "sum", "floor", "ceiling", "round", NULL};
    struct scan s = {.at = text};
    for (next_token(&s); s.kind != T_END; next_token(&s)) {
        if (s.kind == T_FUNCTION && is_any(&s, numeric))
            return 1;
        if (s.kind == T_OPERATOR && (is_word(&s, "div") || is_word(&s, "mod")))
            return 1;
        if (s.kind == T_OTHER && (s.c == '<' || s.c == '>' || s.c == '+' || s.c == '-' || s.multiplies))
            return 1;
    }
    return 0;
}

int xpath_has_variable(const char *text)
{
    struct scan s = {.at = text};
    for (next_token(&s); s.kind != T_END; next_token(&s))
        if (s.kind == T_VARIABLE)
            return 1;
    return 0;
}

size_t xpath_alternative(const char *text)
{
    int depth = 0;
    struct scan s = {.at = text};
    for (next_token(&s); s.kind != T_END; next_token(&s)) {
        if (s.kind != T_OTHER)
            continue;
        depth += (s.c == '(' || s.c == '[') - (s.c == ')' || s.c == ']');
        if (s.c == '|' && depth == 0)
            return (size_t)(s.at - 1 - text);
    }
    return strlen(text);
}
