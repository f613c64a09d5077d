/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and compiling a schema; see schematron.h. Whatever the reader does not know in the Schematron namespace is
 * refused, so that no rule is silently left out. A context is a pattern: `a/b` matches wherever it stands, so it is
 * evaluated once per document as `//a/b`; an anchored one is evaluated as written. A variable may use only those
 * declared before it: the common order of all engines, and no circle is possible. */
#include "transform/rules/schematron_reader.h"

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>

#include <stdlib.h>
#include <string.h>

enum { MODEL_BYTES_MAX = 64 << 20, MESSAGE_BYTES_MAX = 64 << 10 };

/* ---- the tree ---- */
static int is_any(const xmlNode *n, const char *const *names)
{
    for (; *names; names++)
        if (is(n, *names))
            return 1;
    return 0;
}

/* "file:line: A01", or the element's name for what has no id. */
void reader_place(const struct reader *r, const xmlNode *n, char *out, size_t size)
{
    xmlChar *id = xmlGetNoNsProp(n, BAD_CAST "id");
    if (id)
        (void)snprintf(out, size, "%s:%ld: %s", r->s->name, xmlGetLineNo(n), (const char *)id);
    else
        (void)snprintf(out, size, "%s:%ld: <%s>", r->s->name, xmlGetLineNo(n), (const char *)n->name);
    xmlFree(id);
}

enum flow reader_refuse(struct reader *r, const xmlNode *n, const char *what)
{
    char place[ERR_TEXT_MAX / 2];
    reader_place(r, n, place, sizeof place);
    return err_set(r->e, STATUS_CONFIG, "%s: %s", place, what);
}

enum flow reader_no_memory(struct reader *r)
{
    return err_set(r->e, STATUS_SYSTEM, "%s: out of memory", r->s->name);
}

/* The attribute kept in the arena; "" when absent. NULL without memory. */
const char *reader_attribute(struct reader *r, const xmlNode *n, const char *name)
{
    xmlChar *v = xmlGetNoNsProp(n, BAD_CAST name);
    const char *kept = arena_strdup(&r->s->arena, v ? (const char *)v : "");
    xmlFree(v);
    return kept;
}

size_t reader_count(const xmlNode *n, const char *name)
{
    size_t count = 0;
    for (const xmlNode *c = n->children; c; c = c->next)
        count += (size_t)is(c, name);
    return count;
}

/* Only the named elements may stand in n; elements of other namespaces are comments by the standard. */
enum flow reader_only(struct reader *r, const xmlNode *n, const char *const *names)
{
    for (const xmlNode *c = n->children; c; c = c->next)
        if (is_ours(c) && !is_any(c, names))
            return reader_refuse(r, c, "not supported here (include, extends, abstract and parameters are not)");
    return FLOW_OK;
}
/* ---- variables ---- */
static enum flow read_lets(struct reader *r, const xmlNode *n, struct lets *l, size_t more)
{
    if (!l->items)
        l->items = arena_get(&r->s->arena, (reader_count(n, "let") + more + 1) * sizeof *l->items);
    if (!l->items)
        return reader_no_memory(r);
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (!is(c, "let"))
            continue;
        const char *name = reader_attribute(r, c, "name"), *value = reader_attribute(r, c, "value");
        if (!name || !value)
            return reader_no_memory(r);
        if (!*name || reader_knows(r, name, strlen(name)))
            return reader_refuse(r, c, *name ? "this variable has a value already" : "no name");
        struct let *let = &l->items[l->count];
        let->is.name = name;
        let->scope = l;
        enum flow f = reader_compile(r, c, value, &let->expr);
        if (f != FLOW_OK)
            return f;
        let->quick = reader_quick(r, value);
        l->count++;
    }
    return FLOW_OK;
}

/* ---- contexts ---- */
/* `a | /b` as one expression over the document: each alternative that is not anchored may stand anywhere. */
static const char *anywhere(struct reader *r, const char *text)
{
    struct buf b;
    const char *kept = NULL;
    buf_init(&b, MESSAGE_BYTES_MAX);
    while (1) {
        size_t n = xpath_alternative(text);
        const char *p = text + strspn(text, " \t\r\n");
        if (p < text + n && *p != '/' && buf_puts(&b, "//", r->e) != FLOW_OK)
            goto out;
        if (buf_put(&b, p, (size_t)(text + n - p), r->e) != FLOW_OK)
            goto out;
        if (!text[n])
            break;
        if (buf_puts(&b, "|", r->e) != FLOW_OK)
            goto out;
        text += n + 1;
    }
    kept = arena_strdup(&r->s->arena, buf_str(&b));
out:
    buf_fini(&b);
    return kept;
}

static enum flow find_context(struct reader *r, const xmlNode *n, const char *text, size_t *index)
{
    struct schematron *s = r->s;
    int own = r->pattern->lets.count && xpath_has_variable(text);
    for (size_t i = 0; i < s->contexts_count; i++)
        if (strcmp(s->contexts[i].source, text) == 0 && !own && !s->contexts[i].own) {
            *index = i;
            return FLOW_OK;
        }
    struct context *c = &s->contexts[s->contexts_count];
    const char *expression = anywhere(r, text);
    if (!expression)
        return reader_no_memory(r);
    c->source = text;
    c->own = own;
    *index = s->contexts_count++;
    c->quick = reader_quick(r, expression);
    if (c->quick && !quick_is_path(c->quick))
        c->quick = NULL;
    return reader_compile(r, n, *text ? expression : "", &c->expr);
}

/* ---- tests ---- */
static enum flow read_test(struct reader *r, const xmlNode *n, struct test *t)
{
    const char *role = reader_attribute(r, n, "role"), *flag = reader_attribute(r, n, "flag");
    t->id = reader_attribute(r, n, "id");
    t->source = reader_attribute(r, n, "test");
    if (!role || !flag || !t->id || !t->source)
        return reader_no_memory(r);
    t->role = *role ? role : r->rule->role;
    t->flag = *flag ? flag : r->rule->flag;
    t->report = is(n, "report");
    t->line = (int)xmlGetLineNo(n);
    t->not_evaluable = t->report && strcmp(t->role, "not-evaluable") == 0;
    if (!*t->id)
        return reader_refuse(r, n, "no id: each test needs one, findings are named by it");
    for (const struct test *u = r->s->tests; u < t; u++)
        if (strcmp(u->id, t->id) == 0)
            return reader_refuse(r, n, "this id is used twice");
    enum flow f = reader_compile(r, n, t->source, &t->expr);
    if (f == FLOW_OK)
        t->quick = reader_quick(r, t->source);
    return f == FLOW_OK ? reader_says(r, n, t) : f;
}

static enum flow read_tests(struct reader *r, const xmlNode *n)
{
    struct schematron *s = r->s;
    r->rule->first_test = s->tests_count;
    r->rule->guard = 1;
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (!is(c, "assert") && !is(c, "report"))
            continue;
        struct test *t = &s->tests[s->tests_count];
        enum flow f = read_test(r, c, t);
        if (f != FLOW_OK)
            return f;
        s->tests_count++;
        r->rule->tests++;
        r->rule->guard &= t->not_evaluable;
    }
    r->rule->guard &= r->rule->tests > 0;
    return FLOW_OK;
}

static enum flow read_rule(struct reader *r, const xmlNode *n)
{
    static const char *const known[] = {"let", "assert", "report", "title", "p", NULL};
    struct schematron *s = r->s;
    r->rule = &s->rules[s->rules_count++];
    r->rule->line = (int)xmlGetLineNo(n);
    r->rule->role = reader_attribute(r, n, "role");
    r->rule->flag = reader_attribute(r, n, "flag");
    const char *context = reader_attribute(r, n, "context"), *abstract = reader_attribute(r, n, "abstract");
    if (!r->rule->role || !r->rule->flag || !context || !abstract)
        return reader_no_memory(r);
    if (strcmp(abstract, "true") == 0)
        return reader_refuse(r, n, "abstract rules are not supported");
    enum flow f = reader_only(r, n, known);
    if (f == FLOW_OK)
        f = find_context(r, n, context, &r->rule->context);
    r->rule->lets.of_rule = 1;
    if (f == FLOW_OK)
        f = read_lets(r, n, &r->rule->lets, 0);
    if (f == FLOW_OK)
        f = read_tests(r, n);
    return f;
}

static int is_active(const struct reader *r, const xmlNode *root, const char *pattern)
{
    if (!r->phase)
        return 1;
    for (const xmlNode *p = root->children; p; p = p->next) {
        xmlChar *id = is(p, "phase") ? xmlGetNoNsProp(p, BAD_CAST "id") : NULL;
        int ours = id && strcmp((const char *)id, r->phase) == 0;
        xmlFree(id);
        for (const xmlNode *a = ours ? p->children : NULL; a; a = a->next) {
            xmlChar *name = is(a, "active") ? xmlGetNoNsProp(a, BAD_CAST "pattern") : NULL;
            int hit = name && strcmp((const char *)name, pattern) == 0;
            xmlFree(name);
            if (hit)
                return 1;
        }
    }
    return 0;
}

static enum flow read_pattern(struct reader *r, const xmlNode *root, const xmlNode *n)
{
    static const char *const known[] = {"let", "rule", "title", "p", NULL};
    struct schematron *s = r->s;
    r->pattern = &s->patterns[s->patterns_count++];
    r->rule = NULL;
    r->pattern->id = reader_attribute(r, n, "id");
    const char *abstract = reader_attribute(r, n, "abstract"), *is_a = reader_attribute(r, n, "is-a");
    if (!r->pattern->id || !abstract || !is_a)
        return reader_no_memory(r);
    if (strcmp(abstract, "true") == 0 || *is_a)
        return reader_refuse(r, n, "abstract patterns are not supported");
    r->pattern->active = is_active(r, root, r->pattern->id);
    r->pattern->first_rule = s->rules_count;
    enum flow f = reader_only(r, n, known);
    if (f == FLOW_OK)
        f = read_lets(r, n, &r->pattern->lets, 0);
    for (const xmlNode *c = n->children; c && f == FLOW_OK; c = c->next) {
        if (!is(c, "rule"))
            continue;
        f = read_rule(r, c);
        r->rule = NULL;
        r->pattern->rules++;
    }
    r->pattern = f == FLOW_OK ? NULL : r->pattern;
    return f;
}

/* ---- the schema ---- */
static enum flow read_ns(struct reader *r, const xmlNode *root)
{
    for (const xmlNode *c = root->children; c; c = c->next) {
        if (!is(c, "ns"))
            continue;
        const char *prefix = reader_attribute(r, c, "prefix"), *uri = reader_attribute(r, c, "uri");
        if (!prefix || !uri)
            return reader_no_memory(r);
        if (!*prefix || !*uri || xmlXPathRegisterNs(r->s->xpath, BAD_CAST prefix, BAD_CAST uri) != 0)
            return reader_refuse(r, c, "prefix and uri are due");
    }
    return FLOW_OK;
}

static const xmlNode *find_phase(struct reader *r, const xmlNode *root)
{
    for (const xmlNode *p = root->children; p; p = p->next) {
        xmlChar *id = is(p, "phase") ? xmlGetNoNsProp(p, BAD_CAST "id") : NULL;
        int ours = id && r->phase && strcmp((const char *)id, r->phase) == 0;
        xmlFree(id);
        if (ours)
            return p;
    }
    return NULL;
}

static enum flow choose_phase(struct reader *r, const xmlNode *root, const char *asked)
{
    const char *by_default = reader_attribute(r, root, "defaultPhase");
    if (!by_default)
        return reader_no_memory(r);
    r->phase = asked ? asked : by_default;
    if (!*r->phase || strcmp(r->phase, "#ALL") == 0 || (!asked && strcmp(r->phase, "#DEFAULT") == 0))
        r->phase = NULL;
    if (r->phase && !find_phase(r, root))
        return err_set(r->e, STATUS_CONFIG, "%s: the schema has no phase \"%s\"", r->s->name, r->phase);
    return FLOW_OK;
}

static enum flow read_schema_lets(struct reader *r, const xmlNode *root)
{
    const xmlNode *phase = find_phase(r, root);
    enum flow f = read_lets(r, root, &r->s->lets, phase ? reader_count(phase, "let") : 0);
    return f == FLOW_OK && phase ? read_lets(r, phase, &r->s->lets, 0) : f;
}

static size_t count_all(const xmlNode *n, const char *name)
{
    size_t count = 0;
    for (const xmlNode *c = n->children; c; c = c->next)
        count += (size_t)is(c, name) + (c->type == XML_ELEMENT_NODE ? count_all(c, name) : 0);
    return count;
}

static enum flow reserve(struct reader *r, const xmlNode *root)
{
    struct schematron *s = r->s;
    size_t rules = count_all(root, "rule"), tests = count_all(root, "assert") + count_all(root, "report");
    s->patterns = arena_get(&s->arena, (reader_count(root, "pattern") + 1) * sizeof *s->patterns);
    s->rules = arena_get(&s->arena, (rules + 1) * sizeof *s->rules);
    s->contexts = arena_get(&s->arena, (rules + 1) * sizeof *s->contexts);
    s->tests = arena_get(&s->arena, (tests + 1) * sizeof *s->tests);
    return s->patterns && s->rules && s->contexts && s->tests ? FLOW_OK : reader_no_memory(r);
}

static enum flow read_schema(struct reader *r, const char *phase)
{
    static const char *const known[] = {"title", "ns", "p", "let", "phase", "pattern", "diagnostics", NULL};
    const xmlNode *root = xmlDocGetRootElement(r->doc);
    if (!root || !is(root, "schema"))
        return err_set(r->e, STATUS_CONFIG, "%s: no ISO Schematron schema (root <schema> in %s)", r->s->name,
                       SCHEMATRON_NS);
    const char *binding = reader_attribute(r, root, "queryBinding");
    if (!binding)
        return reader_no_memory(r);
    if (*binding && strcmp(binding, "xslt") != 0 && strcmp(binding, "xpath") != 0)
        return reader_refuse(r, root, "queryBinding must be xslt or xpath: expressions are XPath 1.0");
    enum flow f = reader_only(r, root, known);
    if (f == FLOW_OK)
        f = reserve(r, root);
    if (f == FLOW_OK)
        f = read_ns(r, root);
    if (f == FLOW_OK)
        f = choose_phase(r, root, phase);
    if (f == FLOW_OK)
        f = read_schema_lets(r, root);
    if (f == FLOW_OK)
        f = reader_diagnostics(r, root);
    for (const xmlNode *c = root->children; c && f == FLOW_OK; c = c->next)
        if (is(c, "pattern"))
            f = read_pattern(r, root, c);
    return f;
}

static enum flow declare(struct reader *r, const struct schematron_options *o)
{
    struct schematron *s = r->s;
    size_t n = 0;
    while (o->externals && o->externals[n])
        n++;
    s->externals = arena_get(&s->arena, (n + 1) * sizeof *s->externals);
    if (!s->externals)
        return reader_no_memory(r);
    for (; s->externals_count < n; s->externals_count++) {
        struct external *x = &s->externals[s->externals_count];
        x->is.name = arena_strdup(&s->arena, o->externals[s->externals_count]);
        x->is.stamp = ++s->stamp;
        x->value.type = QUICK_NODES;
        x->value.nodes = &x->element;
        if (!x->is.name)
            return reader_no_memory(r);
    }
    for (const char *const *l = o->languages; l && *l && s->languages_count < SCHEMATRON_LANGUAGES; l++) {
        s->languages[s->languages_count] = arena_strdup(&s->arena, *l);
        if (!s->languages[s->languages_count++])
            return reader_no_memory(r);
    }
    return FLOW_OK;
}

static void say_nothing(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

static enum flow parse(struct reader *r, const char *text, size_t n)
{
    if (n > INT32_MAX)
        return err_set(r->e, STATUS_CONFIG, "%s: too large for a schema", r->s->name);
    xmlParserCtxtPtr p = xmlNewParserCtxt();
    if (!p)
        return reader_no_memory(r);
    p->sax->serror = say_nothing;
    r->doc = xmlCtxtReadMemory(p, text, (int)n, r->s->name, NULL,
                               XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
    enum flow f = FLOW_OK;
    if (!r->doc && (p->errNo == XML_ERR_NO_MEMORY || !p->lastError.message))
        f = reader_no_memory(r);
    else if (!r->doc)
        f = err_set(r->e, STATUS_CONFIG, "%s:%d: not well-formed XML: %s", r->s->name, p->lastError.line,
                    p->lastError.message ? p->lastError.message : "");
    else if (r->doc->intSubset)
        f = err_set(r->e, STATUS_CONFIG, "%s: a DOCTYPE is not accepted", r->s->name);
    xmlFreeParserCtxt(p);
    return f;
}

struct schematron *schematron_open(const char *text, size_t n, const struct schematron_options *o, struct err *e)
{
    struct schematron *s = calloc(1, sizeof *s);
    if (!s) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", o->name);
        return NULL;
    }
    arena_init(&s->arena, MODEL_BYTES_MAX);
    s->pool.arena = &s->arena;
    for (size_t l = 0; l < SCHEMATRON_LANGUAGES; l++)
        buf_init(&s->text[l], MESSAGE_BYTES_MAX);
    struct reader r = {.s = s, .e = e};
    s->name = arena_strdup(&s->arena, o->name);
    s->xpath = xpath_context();
    s->slow = o->slow;
    schematron_prepare(s);
    enum flow f = s->name && s->xpath ? declare(&r, o) : reader_no_memory(&r);
    if (f == FLOW_OK)
        f = parse(&r, text, n);
    if (f == FLOW_OK)
        f = read_schema(&r, o->phase);
    xmlFreeDoc(r.doc);
    if (f != FLOW_OK) {
        schematron_close(s);
        return NULL;
    }
    return s;
}
