/* SPDX-License-Identifier: Apache-2.0 */
/* Which variable and which namespace a name means where an expression of the schema stands, and compiling it: for
 * libxml2, which knows all of XPath, and for the quick engine, which knows most of what rules say. */
#include "transform/rules/schematron_reader.h"

#include <libxml/xpathInternals.h>

#include <stdlib.h>

/* ---- names in scope ---- */
static struct quick_variable *external_of(const struct reader *r, const char *name, size_t n)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a reader always has its schema */
    for (size_t i = 0; i < r->s->externals_count; i++)
        if (same(r->s->externals[i].is.name, name, n))
            return &r->s->externals[i].is;
    return NULL;
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
    return external_of(r, name, n);
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

int reader_knows(const void *ctx, const char *name, size_t n)
{
    const struct reader *r = ctx;
    if (!r->anywhere)
        return variable_of(r, name, n) != NULL;
    return external_of(r, name, n) || declared_below(r->anywhere, name, n);
}

/* The namespace of a prefix; NULL: unknown. */
static const xmlChar *namespace_of(const struct reader *r, const char *prefix, size_t n)
{
    char name[64];
    if (n >= sizeof name)
        return NULL;
    memcpy(name, prefix, n);
    name[n] = '\0';
    return xmlXPathNsLookup(r->s->xpath, BAD_CAST name);
}

static int known_prefix(const void *ctx, const char *prefix, size_t n)
{
    return namespace_of(ctx, prefix, n) != NULL;
}

enum flow reader_compile(struct reader *r, const xmlNode *n, const char *text, xmlXPathCompExprPtr *expr)
{
    struct schematron *s = r->s;
    struct xpath_scope scope = {reader_knows, known_prefix, r};
    if (!*text)
        return reader_refuse(r, n, "empty or missing expression");
    if (s->compiled_count == s->compiled_max) {
        size_t max = s->compiled_max ? 2 * s->compiled_max : 256;
        xmlXPathCompExprPtr *grown = realloc(s->compiled, max * sizeof *grown);
        if (!grown)
            return reader_no_memory(r);
        s->compiled = grown;
        s->compiled_max = max;
    }
    *expr = xpath_compile(s->xpath, text, &scope, r->e);
    if (!*expr) {
        char place[ERR_TEXT_MAX / 2];
        reader_place(r, n, place, sizeof place);
        return err_prefix(r->e, "%s", place);
    }
    s->compiled[s->compiled_count++] = *expr;
    return FLOW_OK;
}

static const char *uri_of(const void *ctx, const char *prefix, size_t n)
{
    const struct reader *r = ctx;
    const xmlChar *uri = namespace_of(r, prefix, n);
    return uri ? arena_strdup(&r->s->arena, (const char *)uri) : NULL;
}

const struct quick *reader_quick(struct reader *r, const char *text)
{
    const struct quick_names names = {uri_of, variable_of, r};
    return r->s->slow ? NULL : quick_compile(text, &names, &r->s->pool);
}
