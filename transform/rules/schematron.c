/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and compiling a schema; see schematron.h. Whatever the reader does not know in the Schematron namespace is
 * refused, so that no rule is silently left out. A context is a pattern: `a/b` matches wherever it stands, so it is
 * evaluated once per document as `//a/b`; an anchored one is evaluated as written. A variable may use only those
 * declared before it: the common order of all engines, and no circle is possible. */
#include "transform/rules/schematron_model.h"

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>

#include <stdlib.h>
#include <string.h>

#define SCHEMATRON_NS "http://purl.oclc.org/dsdl/schematron"
enum { MODEL_BYTES_MAX = 64 << 20, MESSAGE_BYTES_MAX = 64 << 10 };

struct reader {
    struct schematron *s;
    xmlDocPtr doc;
    const char *phase; /* NULL: all */
    struct pattern *pattern;
    struct rule *rule;
    const xmlNode *anywhere; /* reading diagnostics: a variable of any rule below this element may be used */
    struct err *e;
};

/* ---- the tree ---- */
static int is_ours(const xmlNode *n)
{
    return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, SCHEMATRON_NS) == 0;
}

static int is(const xmlNode *n, const char *name)
{
    return is_ours(n) && strcmp((const char *)n->name, name) == 0;
}

static int is_any(const xmlNode *n, const char *const *names)
{
    for (; *names; names++)
        if (is(n, *names))
            return 1;
    return 0;
}

/* "file:line: A01", or the element's name for what has no id. */
static void place_of(const struct reader *r, const xmlNode *n, char *out, size_t size)
{
    xmlChar *id = xmlGetNoNsProp(n, BAD_CAST "id");
    if (id)
        (void)snprintf(out, size, "%s:%ld: %s", r->s->name, xmlGetLineNo(n), (const char *)id);
    else
        (void)snprintf(out, size, "%s:%ld: <%s>", r->s->name, xmlGetLineNo(n), (const char *)n->name);
    xmlFree(id);
}

static enum flow refuse(struct reader *r, const xmlNode *n, const char *what)
{
    char place[ERR_TEXT_MAX / 2];
    place_of(r, n, place, sizeof place);
    return err_set(r->e, STATUS_CONFIG, "%s: %s", place, what);
}

static enum flow no_memory(struct reader *r)
{
    return err_set(r->e, STATUS_SYSTEM, "%s: out of memory", r->s->name);
}

/* The attribute kept in the arena; "" when absent. NULL without memory. */
static const char *attribute(struct reader *r, const xmlNode *n, const char *name)
{
    xmlChar *v = xmlGetNoNsProp(n, BAD_CAST name);
    const char *kept = arena_strdup(&r->s->arena, v ? (const char *)v : "");
    xmlFree(v);
    return kept;
}

static const char *language_of(struct reader *r, const xmlNode *n)
{
    xmlChar *v = xmlNodeGetLang(n);
    const char *kept = arena_strdup(&r->s->arena, v ? (const char *)v : "");
    xmlFree(v);
    return kept;
}

static size_t count_children(const xmlNode *n, const char *name)
{
    size_t count = 0;
    for (const xmlNode *c = n->children; c; c = c->next)
        count += (size_t)is(c, name);
    return count;
}

/* Only the named elements may stand in n; elements of other namespaces are comments by the standard. */
static enum flow only(struct reader *r, const xmlNode *n, const char *const *names)
{
    for (const xmlNode *c = n->children; c; c = c->next)
        if (is_ours(c) && !is_any(c, names))
            return refuse(r, c, "not supported here (include, extends, abstract and parameters are not)");
    return FLOW_OK;
}

/* ---- names in scope ---- */
static int same(const char *kept, const char *name, size_t n)
{
    return strncmp(kept, name, n) == 0 && kept[n] == '\0';
}

static int in_lets(const struct lets *l, const char *name, size_t n)
{
    for (size_t i = 0; i < l->count; i++)
        if (same(l->items[i].is.name, name, n))
            return 1;
    return 0;
}

static int declared_below(const xmlNode *n, const char *name, size_t len)
{
    int found = 0;
    for (const xmlNode *c = n->children; c && !found; c = c->next) {
        xmlChar *v = is(c, "let") ? xmlGetNoNsProp(c, BAD_CAST "name") : NULL;
        found =
            (v && same((const char *)v, name, len)) || (c->type == XML_ELEMENT_NODE && declared_below(c, name, len));
        xmlFree(v);
    }
    return found;
}

static int known_variable(const void *ctx, const char *name, size_t n)
{
    const struct reader *r = ctx;
    for (size_t i = 0; i < r->s->externals_count; i++)
        if (same(r->s->externals[i].is.name, name, n))
            return 1;
    if (r->anywhere)
        return declared_below(r->anywhere, name, n);
    return in_lets(&r->s->lets, name, n) || (r->pattern && in_lets(&r->pattern->lets, name, n)) ||
           (r->rule && in_lets(&r->rule->lets, name, n));
}

static int known_prefix(const void *ctx, const char *name, size_t n)
{
    const struct reader *r = ctx;
    char prefix[64];
    if (n >= sizeof prefix)
        return 0;
    memcpy(prefix, name, n);
    prefix[n] = '\0';
    return xmlXPathNsLookup(r->s->xpath, BAD_CAST prefix) != NULL;
}

static enum flow compile(struct reader *r, const xmlNode *n, const char *text, xmlXPathCompExprPtr *expr)
{
    struct schematron *s = r->s;
    struct xpath_scope scope = {known_variable, known_prefix, r};
    if (!*text)
        return refuse(r, n, "empty or missing expression");
    if (s->compiled_count == s->compiled_max) {
        size_t max = s->compiled_max ? 2 * s->compiled_max : 256;
        xmlXPathCompExprPtr *grown = realloc(s->compiled, max * sizeof *grown);
        if (!grown)
            return no_memory(r);
        s->compiled = grown;
        s->compiled_max = max;
    }
    *expr = xpath_compile(s->xpath, text, &scope, r->e);
    if (!*expr) {
        char place[ERR_TEXT_MAX / 2];
        place_of(r, n, place, sizeof place);
        return err_prefix(r->e, "%s", place);
    }
    s->compiled[s->compiled_count++] = *expr;
    return FLOW_OK;
}

static const char *uri_of(const void *ctx, const char *prefix, size_t n)
{
    const struct reader *r = ctx;
    char name[64];
    if (n >= sizeof name)
        return NULL;
    memcpy(name, prefix, n);
    name[n] = '\0';
    const xmlChar *uri = xmlXPathNsLookup(r->s->xpath, BAD_CAST name);
    return uri ? arena_strdup(&r->s->arena, (const char *)uri) : NULL;
}

/* The variable in scope, so that nothing is looked for when it is asked. */
static struct quick_variable *variable_of(const void *ctx, const char *name, size_t n)
{
    const struct reader *r = ctx;
    const struct lets *scopes[] = {r->rule ? &r->rule->lets : NULL, r->pattern ? &r->pattern->lets : NULL, &r->s->lets};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; scopes[k] && i < scopes[k]->count; i++)
            if (same(scopes[k]->items[i].is.name, name, n))
                return &scopes[k]->items[i].is;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a reader always has its schema */
    for (size_t i = 0; i < r->s->externals_count; i++)
        if (same(r->s->externals[i].is.name, name, n))
            return &r->s->externals[i].is;
    return NULL;
}

static const struct quick *compile_quick(struct reader *r, const char *text)
{
    const struct quick_names names = {uri_of, variable_of, r};
    return r->s->slow ? NULL : quick_compile(text, &names, &r->s->pool);
}

/* ---- texts ---- */
static size_t count_parts(const xmlNode *n)
{
    size_t count = 0;
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE || is(c, "value-of") || is(c, "name"))
            count++;
        else if (c->type == XML_ELEMENT_NODE)
            count += count_parts(c);
    }
    return count;
}

static enum flow read_expression_part(struct reader *r, const xmlNode *c, struct part *p)
{
    int value = is(c, "value-of");
    const char *text = attribute(r, c, value ? "select" : "path");
    p->kind = value ? PART_VALUE : PART_NAME;
    if (!text)
        return no_memory(r);
    p->source = text;
    return !value && !*text ? FLOW_OK : compile(r, c, text, &p->expr);
}

/* emph, dir, span and foreign inline elements count for their text. */
static enum flow read_parts(struct reader *r, const xmlNode *n, struct message *m)
{
    static const char *const inline_elements[] = {"value-of", "name", "emph", "dir", "span", NULL};
    enum flow f = only(r, n, inline_elements);
    for (const xmlNode *c = n->children; c && f == FLOW_OK; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) {
            struct part *p = &m->parts[m->count++];
            p->kind = PART_TEXT;
            p->text = arena_strdup(&r->s->arena, (const char *)c->content);
            f = p->text ? FLOW_OK : no_memory(r);
        } else if (is(c, "value-of") || is(c, "name")) {
            f = read_expression_part(r, c, &m->parts[m->count++]);
        } else if (c->type == XML_ELEMENT_NODE) {
            f = read_parts(r, c, m);
        }
    }
    return f;
}

static enum flow read_message(struct reader *r, const xmlNode *n, struct message *m)
{
    m->language = language_of(r, n);
    m->parts = arena_get(&r->s->arena, (count_parts(n) + 1) * sizeof *m->parts);
    return m->language && m->parts ? read_parts(r, n, m) : no_memory(r);
}

/* ---- variables ---- */
static enum flow read_lets(struct reader *r, const xmlNode *n, struct lets *l, size_t more)
{
    if (!l->items)
        l->items = arena_get(&r->s->arena, (count_children(n, "let") + more + 1) * sizeof *l->items);
    if (!l->items)
        return no_memory(r);
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (!is(c, "let"))
            continue;
        const char *name = attribute(r, c, "name"), *value = attribute(r, c, "value");
        if (!name || !value)
            return no_memory(r);
        if (!*name || known_variable(r, name, strlen(name)))
            return refuse(r, c, *name ? "this variable has a value already" : "no name");
        struct let *let = &l->items[l->count];
        let->is.name = name;
        let->scope = l;
        enum flow f = compile(r, c, value, &let->expr);
        if (f != FLOW_OK)
            return f;
        let->quick = compile_quick(r, value);
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
        return no_memory(r);
    c->source = text;
    c->own = own;
    *index = s->contexts_count++;
    c->quick = compile_quick(r, expression);
    if (c->quick && !quick_is_path(c->quick))
        c->quick = NULL;
    return compile(r, n, *text ? expression : "", &c->expr);
}

/* ---- tests ---- */
static const struct diagnostic *find_diagnostic(const struct schematron *s, const char *id, size_t n)
{
    for (size_t i = 0; i < s->diagnostics_count; i++)
        if (same(s->diagnostics[i].id, id, n))
            return &s->diagnostics[i];
    return NULL;
}

static enum flow link_diagnostics(struct reader *r, const xmlNode *n, struct test *t)
{
    const char *ids = attribute(r, n, "diagnostics");
    if (!ids)
        return no_memory(r);
    t->diagnostics = arena_get(&r->s->arena, (strlen(ids) / 2 + 2) * sizeof *t->diagnostics);
    if (!t->diagnostics)
        return no_memory(r);
    for (ids += strspn(ids, " \t\r\n"); *ids; ids += strspn(ids, " \t\r\n")) {
        size_t len = strcspn(ids, " \t\r\n");
        const struct diagnostic *d = find_diagnostic(r->s, ids, len);
        if (!d)
            return refuse(r, n, "names a diagnostic that the schema does not have");
        t->diagnostics[t->diagnostics_count++] = d;
        ids += len;
    }
    return FLOW_OK;
}

/* "fr" speaks for "fr" and "fr-FR". */
static int speaks(const char *has, const char *wanted)
{
    size_t n = strlen(wanted);
    return strncmp(has, wanted, n) == 0 && (has[n] == '\0' || has[n] == '-');
}

static const struct message *message_in(const struct test *t, const char *language)
{
    if (t->message.count && speaks(t->message.language, language))
        return &t->message;
    for (size_t i = 0; i < t->diagnostics_count; i++)
        if (speaks(t->diagnostics[i]->message.language, language))
            return &t->diagnostics[i]->message;
    return &t->message;
}

/* A diagnostic may serve several rules, so its expressions are compiled for each: variables are those of the rule. */
static enum flow choose_messages(struct reader *r, struct test *t)
{
    for (size_t l = 0; l < r->s->languages_count; l++) {
        const struct message *m = message_in(t, r->s->languages[l]);
        const struct quick **quick = arena_get(&r->s->arena, (m->count + 1) * sizeof *quick);
        if (!quick)
            return no_memory(r);
        for (size_t i = 0; i < m->count; i++)
            quick[i] = m->parts[i].kind == PART_VALUE ? compile_quick(r, m->parts[i].source) : NULL;
        t->spoken[l] = (struct spoken){m, quick};
    }
    return FLOW_OK;
}

static enum flow read_test(struct reader *r, const xmlNode *n, struct test *t)
{
    const char *role = attribute(r, n, "role"), *flag = attribute(r, n, "flag");
    t->id = attribute(r, n, "id");
    t->source = attribute(r, n, "test");
    if (!role || !flag || !t->id || !t->source)
        return no_memory(r);
    t->role = *role ? role : r->rule->role;
    t->flag = *flag ? flag : r->rule->flag;
    t->report = is(n, "report");
    t->line = (int)xmlGetLineNo(n);
    t->not_evaluable = t->report && strcmp(t->role, "not-evaluable") == 0;
    if (!*t->id)
        return refuse(r, n, "no id: each test needs one, findings are named by it");
    for (const struct test *u = r->s->tests; u < t; u++)
        if (strcmp(u->id, t->id) == 0)
            return refuse(r, n, "this id is used twice");
    enum flow f = compile(r, n, t->source, &t->expr);
    if (f == FLOW_OK)
        t->quick = compile_quick(r, t->source);
    if (f == FLOW_OK)
        f = read_message(r, n, &t->message);
    if (f == FLOW_OK)
        f = link_diagnostics(r, n, t);
    return f == FLOW_OK ? choose_messages(r, t) : f;
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
    r->rule->role = attribute(r, n, "role");
    r->rule->flag = attribute(r, n, "flag");
    const char *context = attribute(r, n, "context"), *abstract = attribute(r, n, "abstract");
    if (!r->rule->role || !r->rule->flag || !context || !abstract)
        return no_memory(r);
    if (strcmp(abstract, "true") == 0)
        return refuse(r, n, "abstract rules are not supported");
    enum flow f = only(r, n, known);
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
    r->pattern->id = attribute(r, n, "id");
    const char *abstract = attribute(r, n, "abstract"), *is_a = attribute(r, n, "is-a");
    if (!r->pattern->id || !abstract || !is_a)
        return no_memory(r);
    if (strcmp(abstract, "true") == 0 || *is_a)
        return refuse(r, n, "abstract patterns are not supported");
    r->pattern->active = is_active(r, root, r->pattern->id);
    r->pattern->first_rule = s->rules_count;
    enum flow f = only(r, n, known);
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
        const char *prefix = attribute(r, c, "prefix"), *uri = attribute(r, c, "uri");
        if (!prefix || !uri)
            return no_memory(r);
        if (!*prefix || !*uri || xmlXPathRegisterNs(r->s->xpath, BAD_CAST prefix, BAD_CAST uri) != 0)
            return refuse(r, c, "prefix and uri are due");
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
    const char *by_default = attribute(r, root, "defaultPhase");
    if (!by_default)
        return no_memory(r);
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
    enum flow f = read_lets(r, root, &r->s->lets, phase ? count_children(phase, "let") : 0);
    return f == FLOW_OK && phase ? read_lets(r, phase, &r->s->lets, 0) : f;
}

static enum flow read_diagnostics(struct reader *r, const xmlNode *root)
{
    struct schematron *s = r->s;
    size_t n = 0;
    for (const xmlNode *g = root->children; g; g = g->next)
        n += is(g, "diagnostics") ? count_children(g, "diagnostic") : 0;
    s->diagnostics = arena_get(&s->arena, (n + 1) * sizeof *s->diagnostics);
    if (!s->diagnostics)
        return no_memory(r);
    for (const xmlNode *g = root->children; g; g = g->next)
        for (const xmlNode *c = is(g, "diagnostics") ? g->children : NULL; c; c = c->next)
            if (is(c, "diagnostic")) {
                s->diagnostics[s->diagnostics_count].id = attribute(r, c, "id");
                if (!s->diagnostics[s->diagnostics_count].id)
                    return no_memory(r);
                s->diagnostics_count++;
            }
    return FLOW_OK;
}

/* The text of a diagnostic is evaluated where its test stands, so it may use the variables of that rule; which rule is
 * not known yet. */
static enum flow compile_diagnostics(struct reader *r, const xmlNode *root)
{
    size_t i = 0;
    r->anywhere = root;
    for (const xmlNode *g = root->children; g; g = g->next)
        for (const xmlNode *c = is(g, "diagnostics") ? g->children : NULL; c; c = c->next)
            if (is(c, "diagnostic")) {
                enum flow f = read_message(r, c, &r->s->diagnostics[i++].message);
                if (f != FLOW_OK)
                    return f;
            }
    r->anywhere = NULL;
    return FLOW_OK;
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
    s->patterns = arena_get(&s->arena, (count_children(root, "pattern") + 1) * sizeof *s->patterns);
    s->rules = arena_get(&s->arena, (rules + 1) * sizeof *s->rules);
    s->contexts = arena_get(&s->arena, (rules + 1) * sizeof *s->contexts);
    s->tests = arena_get(&s->arena, (tests + 1) * sizeof *s->tests);
    return s->patterns && s->rules && s->contexts && s->tests ? FLOW_OK : no_memory(r);
}

static enum flow read_schema(struct reader *r, const char *phase)
{
    static const char *const known[] = {"title", "ns", "p", "let", "phase", "pattern", "diagnostics", NULL};
    const xmlNode *root = xmlDocGetRootElement(r->doc);
    if (!root || !is(root, "schema"))
        return err_set(r->e, STATUS_CONFIG, "%s: no ISO Schematron schema (root <schema> in %s)", r->s->name,
                       SCHEMATRON_NS);
    const char *binding = attribute(r, root, "queryBinding");
    if (!binding)
        return no_memory(r);
    if (*binding && strcmp(binding, "xslt") != 0 && strcmp(binding, "xpath") != 0)
        return refuse(r, root, "queryBinding must be xslt or xpath: expressions are XPath 1.0");
    enum flow f = only(r, root, known);
    if (f == FLOW_OK)
        f = reserve(r, root);
    if (f == FLOW_OK)
        f = read_ns(r, root);
    if (f == FLOW_OK)
        f = choose_phase(r, root, phase);
    if (f == FLOW_OK)
        f = read_schema_lets(r, root);
    if (f == FLOW_OK)
        f = read_diagnostics(r, root);
    if (f == FLOW_OK)
        f = compile_diagnostics(r, root);
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
        return no_memory(r);
    for (; s->externals_count < n; s->externals_count++) {
        struct external *x = &s->externals[s->externals_count];
        x->is.name = arena_strdup(&s->arena, o->externals[s->externals_count]);
        x->is.stamp = ++s->stamp;
        x->value.type = QUICK_NODES;
        x->value.nodes = &x->element;
        if (!x->is.name)
            return no_memory(r);
    }
    for (const char *const *l = o->languages; l && *l && s->languages_count < SCHEMATRON_LANGUAGES; l++) {
        s->languages[s->languages_count] = arena_strdup(&s->arena, *l);
        if (!s->languages[s->languages_count++])
            return no_memory(r);
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
        return no_memory(r);
    p->sax->serror = say_nothing;
    r->doc = xmlCtxtReadMemory(p, text, (int)n, r->s->name, NULL,
                               XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
    enum flow f = FLOW_OK;
    if (!r->doc && (p->errNo == XML_ERR_NO_MEMORY || !p->lastError.message))
        f = no_memory(r);
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
    enum flow f = s->name && s->xpath ? declare(&r, o) : no_memory(&r);
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

/* ---- what the schema contains ---- */
size_t schematron_rules(const struct schematron *s)
{
    return s->rules_count;
}

static const struct pattern *pattern_of(const struct schematron *s, size_t rule)
{
    const struct pattern *p = s->patterns;
    while (rule >= p->first_rule + p->rules)
        p++;
    return p;
}

struct schematron_rule_info schematron_rule(const struct schematron *s, size_t i)
{
    const struct rule *r = &s->rules[i];
    return (struct schematron_rule_info){.pattern = pattern_of(s, i)->id,
                                         .context = s->contexts[r->context].source,
                                         .line = r->line,
                                         .guard = r->guard,
                                         .first = r->first_test,
                                         .tests = r->tests};
}

size_t schematron_tests(const struct schematron *s)
{
    return s->tests_count;
}

struct schematron_test_info schematron_test(const struct schematron *s, size_t i)
{
    const struct test *t = &s->tests[i];
    return (struct schematron_test_info){
        .id = t->id, .role = t->role, .test = t->source, .line = t->line, .report = t->report};
}

static const struct test *unguarded_in(const struct schematron *s, const struct rule *r)
{
    for (const struct test *t = s->tests + r->first_test; t < s->tests + r->first_test + r->tests; t++)
        if (!t->not_evaluable && xpath_numeric(t->source))
            return t;
    return NULL;
}

const char *schematron_unguarded(const struct schematron *s, int *line)
{
    for (const struct pattern *p = s->patterns; p < s->patterns + s->patterns_count; p++) {
        if (p->rules && s->rules[p->first_rule].guard)
            continue;
        for (const struct rule *r = s->rules + p->first_rule; r < s->rules + p->first_rule + p->rules; r++) {
            const struct test *t = unguarded_in(s, r);
            if (t) {
                *line = t->line;
                return t->id;
            }
        }
    }
    return NULL;
}
