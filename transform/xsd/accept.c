/* SPDX-License-Identifier: Apache-2.0 */
/* The acceptor's walk of a document: see accept.h. A group takes as many elements as it can before the next has its
 * turn; schemas are deterministic, so this loses nothing, and what is found this way is a proof in any case. */
#include "transform/xsd/accept.h"

#include "transform/xsd/walk.h"

#include <stdlib.h>
#include <string.h>

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

struct xsd_accept {
    struct xsd_model *model;
};

struct xsd_accept *xsd_accept_open(const xmlDoc *schema)
{
    struct xsd_model *m = xsd_model_read(schema);
    struct xsd_accept *a = m && !m->declined ? calloc(1, sizeof *a) : NULL;
    if (!a) {
        xsd_model_free(m);
        return NULL;
    }
    a->model = m;
    return a;
}

void xsd_accept_close(struct xsd_accept *a)
{
    if (!a)
        return;
    xsd_model_free(a->model);
    free(a);
}

/* ---- nodes ---- */

int xsd_walk_in_target(struct xsd_walk *w, const xmlNs *ns)
{
    if (!ns)
        return !*w->target;
    if (!ns->href || strcmp((const char *)ns->href, w->target) != 0)
        return 0;
    w->known = ns;
    return 1;
}

/* The texts among the children, one after the other. */
static const char *joined(struct xsd_walk *w, const xmlNode *first)
{
    size_t n = 0;
    for (const xmlNode *c = first; c; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
            n += c->content ? strlen((const char *)c->content) : 0;
        else if (c->type != XML_COMMENT_NODE && c->type != XML_PI_NODE)
            return NULL;
    }
    char *text = arena_get(w->scratch, n + 1), *end = text;
    for (const xmlNode *c = first; c && text; c = c->next) {
        size_t part =
            c->type != XML_COMMENT_NODE && c->type != XML_PI_NODE && c->content ? strlen((const char *)c->content) : 0;
        if (part)
            memcpy(end, c->content, part);
        end += part;
    }
    return text;
}

const char *xsd_walk_text(struct xsd_walk *w, const xmlNode *node)
{
    const xmlNode *c = node->children;
    if (!c)
        return "";
    if (c->next || c->type != XML_TEXT_NODE)
        return joined(w, c);
    return c->content ? (const char *)c->content : "";
}

static int blank(const char *s)
{
    return s && !s[strspn(s, " \t\r\n")];
}

/* From a node on, the next element among its siblings: NULL at the end, and *doubt when there is something else. */
static const xmlNode *element_from(const xmlNode *node, int *doubt)
{
    for (; node && node->type != XML_ELEMENT_NODE; node = node->next)
        if (node->type == XML_TEXT_NODE ? !blank((const char *)node->content)
                                        : node->type != XML_COMMENT_NODE && node->type != XML_PI_NODE)
            *doubt = 1;
    return node;
}

/* ---- attributes ---- */

static int accept_attribute(struct xsd_walk *w, const struct xsd_type *t, const xmlAttr *a, uint32_t *required)
{
    const char *name = (const char *)a->name, *value;
    for (uint32_t i = 0; i < t->attributes; i++) {
        const struct xsd_attribute *d = &t->attribute[i];
        if (strcmp(d->name, name) != 0)
            continue;
        *required += (uint32_t)d->required;
        value = xsd_walk_text(w, (const xmlNode *)a);
        return value && xsd_simple_accepts(d->type, value) && (!d->fixed || strcmp(d->fixed, value) == 0);
    }
    return 0;
}

/* xsi:nil, and the names of schemas, which libxml2 passes over. */
static int accept_instance(struct xsd_walk *w, const struct xsd_element *e, const xmlAttr *a, int *nil)
{
    const char *name = (const char *)a->name, *value = xsd_walk_text(w, (const xmlNode *)a);
    if (!a->ns->href || strcmp((const char *)a->ns->href, XSI) != 0 || !value)
        return 0;
    if (strcmp(name, "schemaLocation") == 0 || strcmp(name, "noNamespaceSchemaLocation") == 0)
        return 1;
    if (strcmp(name, "nil") != 0 || !e->nillable)
        return 0;
    *nil = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    return *nil || strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static int accept_attributes(struct xsd_walk *w, const struct xsd_element *e, const xmlNode *node, int *nil)
{
    uint32_t required = 0;
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (a->ns ? !accept_instance(w, e, a, nil) : !accept_attribute(w, e->type, a, &required))
            return 0;
    return required == e->type->required;
}

/* ---- content ---- */

static int accept_element(struct xsd_walk *w, const struct xsd_element *e, const xmlNode *node);
/* Takes what matches from *node on. 0 in doubt. */
static int accept_particle(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node);

static int begins(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode *node)
{
    if (p->group == GROUP_ELEMENT)
        return xsd_walk_named(w, node, p->element->name, p->element->qualified);
    for (uint32_t i = 0; i < p->parts; i++) {
        if (begins(w, p->part[i], node))
            return 1;
        if (p->group == GROUP_SEQUENCE && !p->part[i]->empty)
            return 0;
    }
    return 0;
}

static int accept_elements(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node)
{
    const struct xsd_element *e = p->element;
    uint32_t n = 0;
    int doubt = 0;
    for (; n < p->max && *node && xsd_walk_named(w, *node, e->name, e->qualified); n++) {
        if (!accept_element(w, e, *node))
            return 0;
        *node = element_from((*node)->next, &doubt);
    }
    return n >= p->min && !doubt;
}

static int accept_all(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; *node && i < p->parts;) {
        if ((seen >> i) & 1 || !begins(w, p->part[i], *node)) {
            i++;
            continue;
        }
        if (!accept_particle(w, p->part[i], node))
            return 0;
        seen |= (uint64_t)1 << i;
        i = 0;
    }
    for (uint32_t i = 0; i < p->parts; i++)
        if (!((seen >> i) & 1) && !p->part[i]->empty)
            return seen == 0 && p->min == 0;
    return 1;
}

static int accept_choice(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node)
{
    for (uint32_t i = 0; i < p->parts; i++)
        if (begins(w, p->part[i], *node))
            return accept_particle(w, p->part[i], node);
    return 0;
}

static int accept_once(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node)
{
    if (p->group == GROUP_CHOICE)
        return accept_choice(w, p, node);
    if (p->group == GROUP_ALL)
        return accept_all(w, p, node);
    for (uint32_t i = 0; i < p->parts; i++)
        if (!accept_particle(w, p->part[i], node))
            return 0;
    return 1;
}

static int accept_particle(struct xsd_walk *w, const struct xsd_particle *p, const xmlNode **node)
{
    if (p->group == GROUP_ELEMENT)
        return accept_elements(w, p, node);
    uint32_t n = 0;
    for (; n < p->max && *node && begins(w, p, *node); n++)
        if (!accept_once(w, p, node))
            return 0;
    return n > 0 || p->empty;
}

static int accept_content(struct xsd_walk *w, const struct xsd_type *t, const xmlNode *node)
{
    int doubt = 0;
    const char *text;
    const xmlNode *first;
    switch (t->content) {
    case CONTENT_SIMPLE:
        text = xsd_walk_text(w, node);
        return text && xsd_simple_accepts(t->simple, text);
    case CONTENT_EMPTY:
        return node->children == NULL;
    case CONTENT_ELEMENTS:
        first = element_from(node->children, &doubt);
        return !doubt && accept_particle(w, t->particle, &first) && first == NULL;
    case CONTENT_DOUBT:
        break;
    }
    return 0;
}

static int accept_element(struct xsd_walk *w, const struct xsd_element *e, const xmlNode *node)
{
    int nil = 0;
    if (e->type->content == CONTENT_DOUBT || !accept_attributes(w, e, node, &nil))
        return 0;
    if (nil ? node->children != NULL : !accept_content(w, e->type, node))
        return 0;
    return !e->keys || xsd_keys_accept(w, e->keys, node);
}

int xsd_accepts(const struct xsd_accept *a, const xmlDoc *doc, struct arena *scratch)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct xsd_walk w = {.target = a->model->target, .scratch = scratch};
    const struct xsd_named *n = a->model->element;
    while (root && n && strcmp(n->name, (const char *)root->name) != 0)
        n = n->next;
    return root && n && n->made && xsd_walk_in_target(&w, root->ns) && accept_element(&w, n->made, root);
}
