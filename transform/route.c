/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/route.h"

#include <libxml/xpathInternals.h>

#include <stdlib.h>
#include <string.h>

void nodes_fini(struct nodes *n)
{
    free(n->items);
    *n = (struct nodes){0};
}

enum flow nodes_put(struct nodes *n, xmlNodePtr node, struct err *e)
{
    if (n->count == n->max) {
        size_t max = n->max ? 2 * n->max : 64;
        xmlNodePtr *grown = realloc(n->items, max * sizeof *grown);
        if (!grown)
            return err_set(e, STATUS_SYSTEM, "out of memory");
        n->items = grown;
        n->max = max;
    }
    n->items[n->count++] = node;
    return FLOW_OK;
}

/* ---- compiling ---- */
static const char *uri_of(const struct edition *ed, const char *prefix, size_t n)
{
    for (size_t i = 0; i < ed->prefix_count; i++)
        if (strncmp(ed->prefixes[i].prefix, prefix, n) == 0 && ed->prefixes[i].prefix[n] == '\0')
            return ed->prefixes[i].uri;
    return NULL;
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || s[n] == '_' || (unsigned char)s[n] >= 0x80 ||
           (n && ((s[n] >= '0' && s[n] <= '9') || s[n] == '-' || s[n] == '.')))
        n++;
    return n;
}

/* One step "p:name" or "name"; the bytes it takes, 0 when it is none. */
static size_t read_step(struct route *r, const char *s, const struct edition *ed, struct arena *arena)
{
    size_t n = name_length(s), prefix = 0;
    struct route_step *step = &r->steps[r->count];
    *step = (struct route_step){0};
    if (n && s[n] == ':') {
        prefix = n + 1;
        step->uri = uri_of(ed, s, n);
        n = name_length(s + prefix);
        if (!step->uri)
            return 0;
    }
    if (!n || r->count == ROUTE_STEPS_MAX - 1)
        return 0;
    step->local = arena_copy(arena, s + prefix, n);
    r->count++;
    return step->local ? prefix + n : 0;
}

static int read_plain(struct route *r, const char *s, const struct edition *ed, struct arena *arena)
{
    if (strcmp(s, ".") == 0)
        return 1;
    r->absolute = *s == '/';
    s += r->absolute;
    for (;;) {
        if (*s == '@') {
            size_t n = name_length(s + 1);
            r->attribute = n && !s[n + 1] ? arena_copy(arena, s + 1, n) : NULL;
            return r->attribute != NULL;
        }
        size_t n = read_step(r, s, ed, arena);
        if (!n)
            return 0;
        s += n;
        if (!*s)
            return 1;
        if (*s++ != '/')
            return 0;
    }
}

static int known_prefix(const void *ctx, const char *name, size_t n)
{
    return uri_of(ctx, name, n) != NULL;
}

enum flow route_compile(struct route *r, const char *text, const struct edition *ed, xmlXPathContextPtr x,
                        struct arena *arena, struct err *e)
{
    struct xpath_scope scope = {NULL, known_prefix, ed};
    *r = (struct route){0};
    r->plain = read_plain(r, text, ed, arena);
    if (r->plain)
        return FLOW_OK;
    *r = (struct route){0};
    r->expr = xpath_compile(x, text, &scope, e);
    return r->expr ? FLOW_OK : FLOW_FATAL;
}

void route_free(struct route *r)
{
    if (r->expr)
        xmlXPathFreeCompExpr(r->expr);
    r->expr = NULL;
}

/* ---- walking ---- */
static int matches(const xmlNode *n, const struct route_step *s)
{
    const char *name = (const char *)n->name;
    if (n->type != XML_ELEMENT_NODE || *name != *s->local || strcmp(name, s->local) != 0)
        return 0;
    return n->ns ? s->uri && strcmp((const char *)n->ns->href, s->uri) == 0 : !s->uri;
}

static enum flow put_attribute(const struct route *r, xmlNodePtr node, struct nodes *out, struct err *e)
{
    for (xmlAttrPtr a = node->type == XML_ELEMENT_NODE ? node->properties : NULL; a; a = a->next)
        if (!a->ns && strcmp((const char *)a->name, r->attribute) == 0)
            return nodes_put(out, (xmlNodePtr)a, e);
    return FLOW_OK;
}

static enum flow walk(const struct route *r, size_t step, xmlNodePtr node, struct nodes *out, struct err *e)
{
    if (step == r->count)
        return r->attribute ? put_attribute(r, node, out, e) : nodes_put(out, node, e);
    enum flow f = FLOW_OK;
    for (xmlNodePtr c = node->children; c && f == FLOW_OK; c = c->next)
        if (matches(c, &r->steps[step]))
            f = walk(r, step + 1, c, out, e);
    return f;
}

static enum flow evaluate(const struct route *r, xmlNodePtr from, xmlXPathContextPtr x, struct nodes *out,
                          struct err *e)
{
    xpath_forget(x);
    x->node = from;
    x->doc = from->doc;
    x->contextSize = x->proximityPosition = 1;
    xmlXPathObjectPtr o = xmlXPathCompiledEval(r->expr, x);
    enum flow f = FLOW_OK;
    if (!o || o->type != XPATH_NODESET)
        f = err_set(e, STATUS_CONFIG, "a select gave no nodes: %s", o ? "it is no path" : xpath_fault(x));
    else if (o->nodesetval)
        xmlXPathNodeSetSort(o->nodesetval);
    for (int i = 0; f == FLOW_OK && o->nodesetval && i < o->nodesetval->nodeNr; i++)
        f = nodes_put(out, o->nodesetval->nodeTab[i], e);
    xmlXPathFreeObject(o);
    return f;
}

enum flow route_select(const struct route *r, xmlNodePtr from, xmlXPathContextPtr x, struct nodes *out, struct err *e)
{
    out->count = 0;
    if (!r->plain)
        return evaluate(r, from, x, out, e);
    return walk(r, 0, r->absolute ? (xmlNodePtr)from->doc : from, out, e);
}
