/* SPDX-License-Identifier: Apache-2.0 */
/* The acceptor's model of a schema: elements, complex types and their content, read from the tree of the schema. See
 * model.h. libxml2 has compiled the same tree without a word, so it is taken to be a correct schema. */
#include "transform/xsd/model.h"

#include <stdlib.h>
#include <string.h>

#define XS "http://www.w3.org/2001/XMLSchema"

enum { MODEL_MAX = 32 << 20, TYPE_ATTRIBUTES = 64, MODEL_NAMES = 256 };

/* ---- the tree of the schema ---- */

void *xsd_get(struct xsd_model *m, size_t n)
{
    void *p = arena_get(&m->arena, n ? n : 1);
    if (!p)
        m->declined = "out of memory";
    return p;
}

const char *xsd_attribute_of(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (!a->ns && strcmp((const char *)a->name, name) == 0)
            return a->children && a->children->content ? (const char *)a->children->content : "";
    return NULL;
}

int xsd_is(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && node->ns && strcmp((const char *)node->ns->href, XS) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

const xmlNode *xsd_child(const xmlNode *node, const char *name)
{
    for (const xmlNode *c = node->children; c; c = c->next)
        if (xsd_is(c, name))
            return c;
    return NULL;
}

const char *xsd_resolve(const struct xsd_model *m, const xmlNode *node, const char *qname, int *built_in)
{
    char prefix[128];
    const char *colon = strchr(qname, ':'), *local = colon ? colon + 1 : qname;
    size_t n = colon ? (size_t)(colon - qname) : 0;
    if (n >= sizeof prefix || strpbrk(qname, " \t\r\n"))
        return NULL;
    memcpy(prefix, qname, n);
    prefix[n] = '\0';
    xmlNode *at = (xmlNode *)(uintptr_t)node;
    const xmlNs *ns = xmlSearchNs(at->doc, at, colon ? BAD_CAST prefix : NULL);
    const char *uri = ns && ns->href ? (const char *)ns->href : "";
    *built_in = strcmp(uri, XS) == 0;
    return *built_in || strcmp(uri, m->target) == 0 ? local : NULL;
}

const xmlNode *xsd_global(const struct xsd_model *m, const char *kind, const char *name)
{
    for (const xmlNode *c = m->root->children; c; c = c->next) {
        const char *own = xsd_is(c, kind) ? xsd_attribute_of(c, "name") : NULL;
        if (own && strcmp(own, name) == 0)
            return c;
    }
    return NULL;
}

void **xsd_memo(struct xsd_model *m, struct xsd_named **list, const char *name)
{
    for (struct xsd_named *n = *list; n; n = n->next)
        if (strcmp(n->name, name) == 0)
            return &n->made;
    struct xsd_named *fresh = xsd_get(m, sizeof *fresh);
    if (!fresh || (fresh->name = arena_strdup(&m->arena, name)) == NULL)
        return NULL;
    fresh->next = *list;
    *list = fresh;
    return &fresh->made;
}

static const char *copy(struct xsd_model *m, const char *s)
{
    const char *kept = s ? arena_strdup(&m->arena, s) : NULL;
    if (s && !kept)
        m->declined = "out of memory";
    return kept;
}

static int is_true(const char *value)
{
    return value && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* ---- attributes ---- */

struct attributes {
    struct xsd_attribute item[TYPE_ATTRIBUTES];
    uint32_t count;
    int bad;
};

static void attribute(struct xsd_model *m, const xmlNode *node, struct attributes *list)
{
    const char *name = xsd_attribute_of(node, "name"), *use = xsd_attribute_of(node, "use");
    const char *type = xsd_attribute_of(node, "type"), *form = xsd_attribute_of(node, "form");
    const xmlNode *inner = xsd_child(node, "simpleType");
    if (use && strcmp(use, "prohibited") == 0)
        return; /* a document that has it is doubted */
    if (!name || list->count == TYPE_ATTRIBUTES || (form ? strcmp(form, "qualified") == 0 : m->qualified_attributes)) {
        list->bad = 1;
        return;
    }
    list->item[list->count++] = (struct xsd_attribute){
        .name = copy(m, name),
        .type = type    ? xsd_simple_named(m, node, type)
                : inner ? xsd_simple_read(m, inner)
                        : xsd_simple_any(),
        .fixed = copy(m, xsd_attribute_of(node, "fixed")),
        .defaulted = xsd_attribute_of(node, "fixed") || xsd_attribute_of(node, "default"),
        .required = use && strcmp(use, "required") == 0,
    };
}

static void attributes_in(struct xsd_model *m, const xmlNode *parent, struct attributes *list);

static void attribute_group(struct xsd_model *m, const xmlNode *node, struct attributes *list)
{
    int of_schema;
    const char *ref = xsd_attribute_of(node, "ref"), *local = ref ? xsd_resolve(m, node, ref, &of_schema) : NULL;
    const xmlNode *global = local && !of_schema ? xsd_global(m, "attributeGroup", local) : NULL;
    if (global && m->depth++ < XSD_DEPTH)
        attributes_in(m, global, list);
    else
        list->bad = 1;
    m->depth -= global != NULL;
}

/* xs:anyAttribute is passed over: a document that makes use of it is doubted. */
static void attributes_in(struct xsd_model *m, const xmlNode *parent, struct attributes *list)
{
    for (const xmlNode *c = parent->children; c; c = c->next)
        if (xsd_is(c, "attribute"))
            attribute(m, c, list);
        else if (xsd_is(c, "attributeGroup"))
            attribute_group(m, c, list);
}

static void keep_attributes(struct xsd_model *m, struct xsd_type *t, const struct attributes *list)
{
    struct xsd_attribute *kept = xsd_get(m, list->count * sizeof *kept);
    if (!kept || list->bad) {
        t->content = CONTENT_DOUBT;
        return;
    }
    memcpy(kept, list->item, list->count * sizeof *kept);
    t->attribute = kept;
    t->attributes = list->count;
    for (uint32_t i = 0; i < list->count; i++)
        t->required += (uint32_t)kept[i].required;
}

/* ---- particles ---- */

/* NULL when not understood. */
static struct xsd_particle *particle(struct xsd_model *m, const xmlNode *node);
static const struct xsd_element *element(struct xsd_model *m, const xmlNode *node);

static int occurs(const xmlNode *node, const char *name, uint32_t *n)
{
    const char *s = xsd_attribute_of(node, name);
    size_t digits = s ? strspn(s, "0123456789") : 0;
    if (!s)
        return 1;
    if (strcmp(s, "unbounded") == 0) {
        *n = XSD_UNBOUNDED;
        return 1;
    }
    if (digits == 0 || digits > 6 || s[digits])
        return 0;
    for (*n = 0; *s; s++)
        *n = 10 * *n + (uint32_t)(*s - '0');
    return 1;
}

static int is_particle(const xmlNode *c)
{
    return xsd_is(c, "element") || xsd_is(c, "sequence") || xsd_is(c, "choice") || xsd_is(c, "all") ||
           xsd_is(c, "group") || xsd_is(c, "any");
}

static void can_be_empty(struct xsd_particle *p)
{
    int all = 1, one = p->parts == 0;
    for (uint32_t i = 0; i < p->parts; i++) {
        all = all && p->part[i]->empty;
        one = one || p->part[i]->empty;
    }
    p->empty = p->min == 0 || (p->group != GROUP_ELEMENT && (p->group == GROUP_CHOICE ? one : all));
}

static int parts_of(struct xsd_model *m, const xmlNode *node, struct xsd_particle *p)
{
    uint32_t count = 0;
    for (const xmlNode *c = node->children; c; c = c->next)
        count += (uint32_t)is_particle(c);
    p->part = xsd_get(m, count * sizeof *p->part);
    if (!p->part || (p->group == GROUP_CHOICE && count == 0) || (p->group == GROUP_ALL && count > 64))
        return 0;
    for (const xmlNode *c = node->children; c; c = c->next)
        if (is_particle(c) && (p->part[p->parts++] = particle(m, c)) == NULL)
            return 0;
    return 1;
}

/* A reference to a group has the occurrences of the reference and the content of the group. */
static const xmlNode *group_content(const struct xsd_model *m, const xmlNode *node)
{
    int of_schema;
    const char *ref = xsd_attribute_of(node, "ref"), *local = ref ? xsd_resolve(m, node, ref, &of_schema) : NULL;
    const xmlNode *global = local && !of_schema ? xsd_global(m, "group", local) : NULL;
    for (const xmlNode *c = global ? global->children : NULL; c; c = c->next)
        if (is_particle(c))
            return c;
    return NULL;
}

static struct xsd_particle *group(struct xsd_model *m, const xmlNode *node, struct xsd_particle *p)
{
    const xmlNode *content = xsd_is(node, "group") ? group_content(m, node) : node;
    /* counted groups are not compiled */
    if (!content || p->min > 1 || (p->max != 1 && p->max != XSD_UNBOUNDED))
        return NULL;
    if (xsd_is(content, "sequence"))
        p->group = GROUP_SEQUENCE;
    else if (xsd_is(content, "choice"))
        p->group = GROUP_CHOICE;
    else if (xsd_is(content, "all") && p->max == 1)
        p->group = GROUP_ALL;
    else
        return NULL;
    return parts_of(m, content, p) ? p : NULL;
}

static struct xsd_particle *read_particle(struct xsd_model *m, const xmlNode *node)
{
    struct xsd_particle *p = xsd_get(m, sizeof *p);
    if (!p)
        return NULL;
    p->min = p->max = 1;
    if (!occurs(node, "minOccurs", &p->min) || !occurs(node, "maxOccurs", &p->max) || p->max == 0)
        return NULL;
    if (xsd_is(node, "element"))
        p->element = element(m, node);
    else if (!group(m, node, p))
        return NULL;
    can_be_empty(p);
    return p->group != GROUP_ELEMENT || p->element ? p : NULL;
}

static struct xsd_particle *particle(struct xsd_model *m, const xmlNode *node)
{
    struct xsd_particle *p = m->depth++ < XSD_DEPTH ? read_particle(m, node) : NULL;
    m->depth--;
    return p;
}

/* ---- ambiguity ---- */

struct names {
    const struct xsd_element *item[MODEL_NAMES];
    uint32_t count;
};

/* Each name in one place, and nothing repeated within a repeated group. libxml2 lets models pass that leave a choice
 * beyond this, and does not judge some documents within minutes then. */
static int is_plain(const struct xsd_particle *p, int repeated, struct names *seen)
{
    if (p->group == GROUP_ELEMENT) {
        for (uint32_t i = 0; i < seen->count; i++)
            if (strcmp(seen->item[i]->name, p->element->name) == 0)
                return 0;
        if (seen->count == MODEL_NAMES || (repeated && p->max != 1))
            return 0;
        seen->item[seen->count++] = p->element;
        return 1;
    }
    if (repeated && p->max != 1)
        return 0;
    repeated |= p->max != 1;
    for (uint32_t i = 0; i < p->parts; i++)
        if (!is_plain(p->part[i], repeated, seen))
            return 0;
    return 1;
}

static void doubt_unless_plain(struct xsd_type *t)
{
    struct names seen = {.count = 0};
    if (t->particle && !is_plain(t->particle, 0, &seen))
        t->content = CONTENT_DOUBT;
}

/* ---- complex types ---- */

static const struct xsd_type doubtful; /* CONTENT_DOUBT */

static const struct xsd_type *complex_named(struct xsd_model *m, const xmlNode *node, const char *name);

/* The particle of a type, or of what an extension adds. 0 when not understood. */
static int content_of(struct xsd_model *m, const xmlNode *node, struct xsd_type *t)
{
    t->content = CONTENT_EMPTY;
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!is_particle(c))
            continue;
        t->particle = particle(m, c);
        t->content = CONTENT_ELEMENTS;
        return t->particle != NULL && (t->particle->group == GROUP_ELEMENT || t->particle->parts > 0);
    }
    return 1;
}

static void plain_content(struct xsd_model *m, const xmlNode *node, struct xsd_type *t)
{
    struct attributes list = {.count = 0};
    if (!content_of(m, node, t)) {
        t->content = CONTENT_DOUBT;
        return;
    }
    attributes_in(m, node, &list);
    keep_attributes(m, t, &list);
}

static void start_from(const struct xsd_type *base, struct attributes *list)
{
    memcpy(list->item, base->attribute, base->attributes * sizeof *list->item);
    list->count = base->attributes;
}

static void simple_content(struct xsd_model *m, const xmlNode *node, struct xsd_type *t)
{
    const xmlNode *extension = xsd_child(node, "extension");
    const char *base = extension ? xsd_attribute_of(extension, "base") : NULL;
    struct attributes list = {.count = 0};
    if (!base)
        return;
    t->simple = xsd_simple_named(m, extension, base);
    if (t->simple->base == BASE_DOUBT) {
        const struct xsd_type *from = complex_named(m, extension, base);
        if (from->content != CONTENT_SIMPLE)
            return;
        t->simple = from->simple;
        start_from(from, &list);
    }
    t->content = CONTENT_SIMPLE;
    attributes_in(m, extension, &list);
    keep_attributes(m, t, &list);
}

/* What is added follows what the base has. */
static int after_base(struct xsd_model *m, const struct xsd_type *base, struct xsd_type *t)
{
    if (!base->particle || !t->particle) {
        t->particle = t->particle ? t->particle : base->particle;
        t->content = t->particle ? CONTENT_ELEMENTS : CONTENT_EMPTY;
        return 1;
    }
    struct xsd_particle *both = xsd_get(m, sizeof *both);
    if (!both || (both->part = xsd_get(m, 2 * sizeof *both->part)) == NULL || base->particle->group == GROUP_ALL ||
        t->particle->group == GROUP_ALL)
        return 0;
    both->group = GROUP_SEQUENCE;
    both->min = both->max = 1;
    both->parts = 2;
    both->part[0] = base->particle;
    both->part[1] = t->particle;
    can_be_empty(both);
    t->particle = both;
    t->content = CONTENT_ELEMENTS;
    return 1;
}

static void extended_content(struct xsd_model *m, const xmlNode *node, struct xsd_type *t)
{
    const xmlNode *extension = xsd_child(node, "extension");
    const char *name = extension ? xsd_attribute_of(extension, "base") : NULL;
    const struct xsd_type *base = name ? complex_named(m, extension, name) : &doubtful;
    struct attributes list = {.count = 0};
    if ((base->content != CONTENT_EMPTY && base->content != CONTENT_ELEMENTS) ||
        is_true(xsd_attribute_of(node, "mixed")))
        return;
    start_from(base, &list);
    if (!content_of(m, extension, t) || !after_base(m, base, t)) {
        t->content = CONTENT_DOUBT;
        return;
    }
    attributes_in(m, extension, &list);
    keep_attributes(m, t, &list);
}

static void complex(struct xsd_model *m, const xmlNode *node, struct xsd_type *t)
{
    const xmlNode *inner;
    if (is_true(xsd_attribute_of(node, "mixed")))
        return;
    if ((inner = xsd_child(node, "simpleContent")) != NULL)
        simple_content(m, inner, t);
    else if ((inner = xsd_child(node, "complexContent")) != NULL)
        extended_content(m, inner, t);
    else
        plain_content(m, node, t);
    doubt_unless_plain(t);
}

/* A type may contain elements of itself: it is known before it is read. An extension of one still being read finds it
 * doubtful. */
static const struct xsd_type *complex_named(struct xsd_model *m, const xmlNode *node, const char *name)
{
    int of_schema;
    const char *local = xsd_resolve(m, node, name, &of_schema);
    const xmlNode *global = local && !of_schema ? xsd_global(m, "complexType", local) : NULL;
    void **made = global ? xsd_memo(m, &m->complex, local) : NULL;
    if (!made)
        return &doubtful;
    if (!*made) {
        struct xsd_type *t = *made = xsd_get(m, sizeof *t);
        if (!t)
            return &doubtful;
        complex(m, global, t);
    }
    return *made;
}

static const struct xsd_type *of_simple(struct xsd_model *m, const struct xsd_simple *simple)
{
    struct xsd_type *t = simple->base != BASE_DOUBT ? xsd_get(m, sizeof *t) : NULL;
    if (!t)
        return &doubtful;
    t->content = CONTENT_SIMPLE;
    t->simple = simple;
    return t;
}

static const struct xsd_type *type_of(struct xsd_model *m, const xmlNode *node)
{
    const char *name = xsd_attribute_of(node, "type");
    const xmlNode *inner = xsd_child(node, "complexType");
    if (name) {
        const struct xsd_simple *simple = xsd_simple_named(m, node, name);
        return simple->base != BASE_DOUBT ? of_simple(m, simple) : complex_named(m, node, name);
    }
    if (inner) {
        struct xsd_type *t = xsd_get(m, sizeof *t);
        if (!t)
            return &doubtful;
        complex(m, inner, t);
        return t;
    }
    inner = xsd_child(node, "simpleType");
    return inner ? of_simple(m, xsd_simple_read(m, inner)) : &doubtful;
}

/* ---- elements ---- */

static void later(struct xsd_model *m, struct xsd_element *e, const xmlNode *node)
{
    struct xsd_pending *p = xsd_get(m, sizeof *p);
    if (!p)
        return;
    *p = (struct xsd_pending){.element = e, .node = node, .next = m->pending};
    m->pending = p;
}

static void declare(struct xsd_model *m, const xmlNode *node, struct xsd_element *e)
{
    const char *form = xsd_attribute_of(node, "form");
    int global = node->parent == m->root;
    e->name = copy(m, xsd_attribute_of(node, "name"));
    e->qualified = global || (form ? strcmp(form, "qualified") == 0 : m->qualified_elements);
    e->nillable = is_true(xsd_attribute_of(node, "nillable"));
    e->type = xsd_attribute_of(node, "default") || xsd_attribute_of(node, "fixed") ? &doubtful : type_of(m, node);
    if (xsd_child(node, "key") || xsd_child(node, "unique") || xsd_child(node, "keyref"))
        later(m, e, node);
}

static const struct xsd_element *element(struct xsd_model *m, const xmlNode *node)
{
    int of_schema;
    const char *ref = xsd_attribute_of(node, "ref");
    if (ref) {
        const char *local = xsd_resolve(m, node, ref, &of_schema);
        return local && !of_schema ? xsd_model_element(m, local) : NULL;
    }
    struct xsd_element *e = xsd_get(m, sizeof *e);
    if (e)
        declare(m, node, e);
    return e;
}

const struct xsd_element *xsd_model_element(struct xsd_model *m, const char *name)
{
    const xmlNode *node = xsd_global(m, "element", name);
    void **made = node ? xsd_memo(m, &m->element, name) : NULL;
    if (!made)
        return NULL;
    if (!*made) {
        struct xsd_element *e = *made = xsd_get(m, sizeof *e);
        if (e)
            declare(m, node, e);
    }
    return *made;
}

/* ---- the whole ---- */

/* What changes the meaning of elements far from where it stands. */
static const char *beyond(const xmlNode *node)
{
    static const char *const names[] = {"include", "import", "redefine"};
    const char *why = NULL;
    for (; node && !why; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (xsd_is(node, names[i]))
                why = names[i];
        if (xsd_attribute_of(node, "substitutionGroup") || is_true(xsd_attribute_of(node, "abstract")))
            why = "substitution";
        if (!why && !xsd_is(node, "annotation"))
            why = beyond(node->children);
    }
    return why;
}

struct xsd_model *xsd_model_read(const xmlDoc *schema)
{
    const xmlNode *root = xmlDocGetRootElement(schema);
    struct xsd_model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    arena_init(&m->arena, MODEL_MAX);
    m->root = root;
    const char *form = xsd_attribute_of(root, "elementFormDefault"),
               *target = xsd_attribute_of(root, "targetNamespace");
    m->qualified_elements = form && strcmp(form, "qualified") == 0;
    form = xsd_attribute_of(root, "attributeFormDefault");
    m->qualified_attributes = form && strcmp(form, "qualified") == 0;
    m->target = copy(m, target ? target : "");
    m->declined = m->target ? beyond(root->children) : "out of memory";
    for (const xmlNode *c = root->children; c && !m->declined; c = c->next)
        if (xsd_is(c, "element"))
            (void)xsd_model_element(m, xsd_attribute_of(c, "name"));
    if (!m->declined)
        xsd_keys_read(m);
    return m;
}

void xsd_model_free(struct xsd_model *m)
{
    if (!m)
        return;
    xsd_patterns_free(m->patterns);
    arena_fini(&m->arena);
    free(m);
}
