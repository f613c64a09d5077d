/* SPDX-License-Identifier: Apache-2.0 */
/* Every element that return.xsd allows stands in the example, at its place: the schema is walked from the root's
 * declaration, through named and inline types, references, groups and extensions, one step of the example for one step
 * of the schema. Nothing of the schema's meaning but its names is used; a type that contains itself is followed once.
 */
#include "transform/check/edition_parts.h"

#include "schemas/run/fs.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

#define XS "http://www.w3.org/2001/XMLSchema"
enum { DEPTH_MAX = 48, PATH_MAX_BYTES = 1024, SCHEMA_BYTES_MAX = 16 << 20 };

struct walk {
    struct proof *proof;
    xmlNodePtr schema;
    xmlNodePtr seen[DEPTH_MAX]; /* declarations that contain this one */
    int depth;
    char path[PATH_MAX_BYTES];
};

static int is(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, XS) == 0 &&
           strcmp((const char *)n->name, name) == 0;
}

/* An attribute's value without its prefix, in out; 0 when there is none. */
static int local(const xmlNode *n, const char *attribute, char *out, size_t size)
{
    xmlChar *s = xmlGetNoNsProp(n, BAD_CAST attribute);
    const char *colon = s ? strchr((const char *)s, ':') : NULL;
    if (s)
        (void)snprintf(out, size, "%s", colon ? colon + 1 : (const char *)s);
    xmlFree(s);
    return s != NULL;
}

static xmlNodePtr declared(const struct walk *w, const char *kind, const char *name)
{
    char own[256];
    for (xmlNodePtr c = w->schema->children; c; c = c->next)
        if (is(c, kind) && local(c, "name", own, sizeof own) && strcmp(own, name) == 0)
            return c;
    return NULL;
}

/* Finds in the example, among the children of any element found for the parent, one of that name. */
struct found {
    xmlNodePtr items[64];
    size_t count;
};

static struct found children_of(const struct found *parents, const char *name)
{
    struct found out = {.count = 0};
    for (size_t i = 0; i < parents->count; i++)
        for (xmlNodePtr c = parents->items[i]->children; c; c = c->next)
            if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0 && out.count < 64)
                out.items[out.count++] = c;
    return out;
}

static enum flow walk_content(struct walk *w, xmlNodePtr node, const struct found *parents);

static enum flow walk_named(struct walk *w, const char *kind, const char *name, const struct found *parents)
{
    xmlNodePtr d = declared(w, kind, name);
    return d ? walk_content(w, d, parents) : FLOW_OK;
}

static enum flow walk_element(struct walk *w, xmlNodePtr node, const struct found *parents)
{
    char name[256], type[256];
    xmlNodePtr d = node;
    enum flow f = FLOW_OK;
    if (local(node, "ref", name, sizeof name)) {
        d = declared(w, "element", name);
        if (!d)
            return FLOW_OK;
    } else if (!local(node, "name", name, sizeof name)) {
        return FLOW_OK;
    }
    for (int i = 0; i < w->depth; i++)
        if (w->seen[i] == d)
            return FLOW_OK;
    struct found here = children_of(parents, name);
    if (!here.count)
        return proof_fault(w->proof, "example.xml", 0, name,
                           "element %s/%s of return.xsd, line %ld, does not stand in the example", w->path, name,
                           xmlGetLineNo(node));
    if (w->depth == DEPTH_MAX)
        return FLOW_OK;
    size_t length = strlen(w->path);
    (void)snprintf(w->path + length, sizeof w->path - length, "/%s", name);
    w->seen[w->depth++] = d;
    w->proof->counts.elements++;
    f = walk_content(w, d, &here);
    if (f == FLOW_OK && local(d, "type", type, sizeof type))
        f = walk_named(w, "complexType", type, &here);
    w->depth--;
    w->path[length] = '\0';
    return f;
}

static enum flow walk_content(struct walk *w, xmlNodePtr node, const struct found *parents)
{
    char name[256];
    enum flow f = FLOW_OK;
    for (xmlNodePtr c = node->children; c && f == FLOW_OK; c = c->next) {
        if (is(c, "element"))
            f = walk_element(w, c, parents);
        else if (is(c, "group") && local(c, "ref", name, sizeof name))
            f = walk_named(w, "group", name, parents);
        else if (is(c, "complexType") || is(c, "sequence") || is(c, "choice") || is(c, "all") ||
                 is(c, "complexContent"))
            f = walk_content(w, c, parents);
        else if (is(c, "extension") || is(c, "restriction")) {
            if (is(c, "extension") && local(c, "base", name, sizeof name))
                f = walk_named(w, "complexType", name, parents);
            if (f == FLOW_OK)
                f = walk_content(w, c, parents);
        }
    }
    return f;
}

enum flow proof_elements(struct proof *p)
{
    char path[4096];
    struct buf text;
    struct walk w = {.proof = p};
    xmlDocPtr d = NULL;
    buf_init(&text, SCHEMA_BYTES_MAX);
    enum flow f =
        fs_join(path, sizeof path, p->edition->folder, "return.xsd") ? fs_read(path, &text, p->err) : FLOW_FATAL;
    if (f == FLOW_OK && !(d = xmlReadMemory(buf_str(&text), (int)text.len, path, NULL,
                                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)))
        f = proof_fault(p, "return.xsd", 0, "schema", "cannot be read");
    if (f == FLOW_OK) {
        struct found top = {.items = {(xmlNodePtr)p->example}, .count = 1};
        w.schema = xmlDocGetRootElement(d);
        xmlNodePtr root = declared(&w, "element", p->edition->root);
        f = root ? walk_element(&w, root, &top)
                 : proof_fault(p, "return.xsd", 0, p->edition->root, "no such element at the top of the schema");
    }
    xmlFreeDoc(d);
    buf_fini(&text);
    return f;
}
