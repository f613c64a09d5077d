/* SPDX-License-Identifier: Apache-2.0 */
/* Walking paths. Each node reached is shown to a visitor, depth first, which may stop the walk: that is document order
 * without duplicates, because `..` may only stand where there is one node, and predicates never ask for positions. A
 * path whose beginning is shared with others starts from the nodes kept for that beginning. */
#include "transform/rules/quick_model.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <string.h>

/* Nodes kept for one path: more are walked each time, so that a hostile document cannot make the memos large. */
enum { KEPT_NODES_MAX = 1024 };
/* Two sets of so few nodes are merged without numbering their document first. */
enum { FEW_NODES = 64 };

int quick_fail(struct quick_machine *m, enum quick_fault f)
{
    if (!m->fault)
        m->fault = f;
    return 0;
}

/* ---- names ---- */
static int in_namespace(struct quick_step *s, const xmlNode *n)
{
    if (!n->ns)
        return !s->uri;
    if (s->seen_ns == n->ns)
        return 1;
    if (!s->uri || (s->uri != (const char *)n->ns->href && strcmp(s->uri, (const char *)n->ns->href) != 0))
        return 0;
    s->seen_ns = n->ns;
    return 1;
}

/* The first characters tell most names apart, the pointer most names alike. */
static int name_matches(struct quick_step *s, const xmlNode *n)
{
    if (s->seen_name != n->name) {
        const char *name = (const char *)n->name;
        if (*s->local != *name || strcmp(s->local, name) != 0)
            return 0;
        s->seen_name = n->name;
    }
    return in_namespace(s, n);
}

/* Pointers seen in another document, or when nothing says which one this is, mean nothing. */
static void forget_others(const struct quick_machine *m, struct quick_step *s)
{
    if (s->stamp == m->stamp && m->stamp)
        return;
    s->stamp = m->stamp;
    s->seen_name = s->seen_ns = NULL;
}

/* ---- steps ---- */
static int walk(struct quick_visit *v, struct quick_step *s, size_t left, xmlNodePtr node);

static int step_into(struct quick_visit *v, struct quick_step *s, size_t left, xmlNodePtr n)
{
    struct quick_machine *m = v->m;
    if (++m->steps > m->step_limit)
        return quick_fail(m, QUICK_STEPS);
    for (size_t i = 0; i < s->predicates; i++)
        if (!quick_boolean(m, s->predicate[i], n))
            return !m->fault;
    if (m->fault)
        return 0;
    return left == 1 ? v->see(v, n) : walk(v, s + 1, left - 1, n);
}

static int walk_attributes(struct quick_visit *v, struct quick_step *s, size_t left, xmlNodePtr node)
{
    if (node->type != XML_ELEMENT_NODE)
        return 1;
    for (xmlAttrPtr a = node->properties; a; a = a->next) {
        v->m->steps++;
        if ((!s->local || name_matches(s, (xmlNodePtr)a)) && !step_into(v, s, left, (xmlNodePtr)a))
            return 0;
    }
    return 1;
}

static int walk_children(struct quick_visit *v, struct quick_step *s, size_t left, xmlNodePtr node)
{
    if (node->type != XML_ELEMENT_NODE && node->type != XML_DOCUMENT_NODE)
        return 1;
    for (xmlNodePtr c = node->children; c; c = c->next) {
        v->m->steps++;
        if (c->type == XML_ELEMENT_NODE && (!s->local || name_matches(s, c)) && !step_into(v, s, left, c))
            return 0;
    }
    return 1;
}

static xmlNodePtr parent_of(xmlNodePtr n)
{
    return n->type == XML_DOCUMENT_NODE ? NULL : n->parent;
}

/* 1: go on; 0: the visitor, or a fault, stopped the walk. */
static int walk(struct quick_visit *v, struct quick_step *s, size_t left, xmlNodePtr node)
{
    if (!left)
        return v->see(v, node);
    if (s->axis == AXIS_PARENT)
        return parent_of(node) ? step_into(v, s, left, parent_of(node)) : 1;
    forget_others(v->m, s);
    switch (s->axis) {
    case AXIS_SELF:
        return s->local && (node->type != XML_ELEMENT_NODE || !name_matches(s, node)) ? 1 : step_into(v, s, left, node);
    case AXIS_ATTRIBUTE:
        return walk_attributes(v, s, left, node);
    default:
        return walk_children(v, s, left, node);
    }
}

/* ---- from a variable ---- */
/* `$row/@name` of a bound row: the attribute is found by its number, which is looked for again only when the row has
 * learned more names. */
static xmlNodePtr find_bound(const struct quick *q)
{
    const struct bound *row = q->variable->row;
    struct quick_place *p = q->place;
    if (p->row != row || p->names != bound_names(row)) {
        p->row = row;
        p->names = bound_names(row);
        p->index = bound_find(row, q->steps->local, strlen(q->steps->local));
    }
    return p->index == BOUND_NONE ? NULL : bound_attribute(row, p->index);
}

static void visit_variable(struct quick_visit *v, const struct quick *q)
{
    xmlNodePtr n = q->place && q->variable->row ? find_bound(q) : NULL;
    if (n)
        (void)step_into(v, q->steps, 1, n);
    if (q->place && q->variable->row)
        return;
    const struct quick_value *value = v->m->variable(v->m->ctx, q->variable);
    if (!value) {
        (void)quick_fail(v->m, QUICK_VARIABLE);
    } else if (value->type != QUICK_NODES) {
        (void)quick_fail(v->m, QUICK_TYPE);
    } else {
        for (size_t i = 0; i < value->count; i++)
            if (!walk(v, q->steps, q->count, value->nodes[i]))
                return;
    }
}

/* ---- gathering ---- */
static int see_first(struct quick_visit *v, xmlNodePtr n)
{
    v->first = n;
    return 0;
}

static int see_node(struct quick_visit *v, xmlNodePtr n)
{
    if (v->count == v->max) {
        size_t max = v->max ? 2 * v->max : 8;
        xmlNodePtr *grown = quick_room(v->m, &v->m->scratch, max * sizeof *grown);
        if (!grown)
            return 0;
        if (v->count)
            memcpy(grown, v->nodes, v->count * sizeof *grown);
        v->nodes = grown;
        v->max = max;
    }
    v->nodes[v->count++] = n;
    return 1;
}

/* ---- unions ---- */
/* Elements of a document that is numbered are compared at once, else by walking over what stands between them. */
static void number_elements(xmlDocPtr doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (root && !root->content)
        (void)xmlXPathOrderDocElems(doc);
}

/* Both in document order, without duplicates; so is the result, in a's place of the scratch arena. */
static void merge(struct quick_visit *a, const struct quick_visit *b)
{
    struct quick_visit out = {.m = a->m};
    size_t i = 0, k = 0;
    if (a->count + b->count > FEW_NODES)
        number_elements(a->nodes[0]->doc);
    while ((i < a->count || k < b->count) && !a->m->fault) {
        int order = i == a->count ? -1 : k == b->count ? 1 : xmlXPathCmpNodes(a->nodes[i], b->nodes[k]);
        (void)see_node(&out, order >= 0 ? a->nodes[i] : b->nodes[k]);
        i += order >= 0;
        k += order <= 0;
        if (++a->m->steps > a->m->step_limit)
            (void)quick_fail(a->m, QUICK_STEPS);
    }
    a->nodes = out.nodes;
    a->count = out.count;
    a->max = out.max;
}

static void visit_union(struct quick_visit *v, const struct quick *q, xmlNodePtr context)
{
    struct quick_visit all = {.m = v->m, .see = see_node};
    for (size_t i = 0; i < q->arguments && !v->m->fault; i++) {
        struct quick_visit one = {.m = v->m, .see = see_node};
        quick_visit(&one, q->argument[i], context);
        if (!all.count)
            all = one;
        else if (one.count)
            merge(&all, &one);
    }
    for (size_t i = 0; i < all.count && !v->m->fault; i++)
        if (!v->see(v, all.nodes[i]))
            return;
}

/* ---- nodes kept ---- */
static int keep_nodes(struct quick_memo *k, const struct quick_visit *v)
{
    if (v->count > KEPT_NODES_MAX) {
        k->known |= KNOWN_TOO_MANY;
        return 0;
    }
    if (v->count > k->max) {
        size_t max = k->max ? k->max : 8;
        while (max < v->count)
            max *= 2;
        xmlNodePtr *grown = arena_get(k->arena, max * sizeof *grown);
        if (!grown)
            return 0;
        k->nodes = grown;
        k->max = max;
    }
    if (v->count)
        memcpy(k->nodes, v->nodes, v->count * sizeof *k->nodes);
    k->count = v->count;
    k->known |= KNOWN_NODES;
    return 1;
}

static void walk_anew(struct quick_visit *v, const struct quick *q, xmlNodePtr context);

/* The memo of a path with its nodes in it; NULL when they are not kept. */
static struct quick_memo *kept_nodes(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = quick_memo(m, q, context);
    if (!k || k->known & (KNOWN_NODES | KNOWN_TOO_MANY))
        return k && k->known & KNOWN_NODES ? k : NULL;
    struct quick_visit v = {.m = m, .see = see_node};
    walk_anew(&v, q, context);
    return !m->fault && keep_nodes(k, &v) ? k : NULL;
}

static void show_kept(struct quick_visit *v, struct quick_memo *k)
{
    k->busy++;
    for (size_t i = 0; i < k->count; i++)
        if (!v->see(v, k->nodes[i]))
            break;
    k->busy--;
}

/* The last step of q from the nodes kept for all before it. 0: they are not kept. */
static int walk_from_base(struct quick_visit *v, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = q->base && q->base->memo ? kept_nodes(v->m, q->base, context) : NULL;
    if (!k)
        return v->m->fault != QUICK_OK;
    k->busy++;
    for (size_t i = 0; i < k->count; i++)
        if (!walk(v, &q->steps[q->count - 1], 1, k->nodes[i]))
            break;
    k->busy--;
    return 1;
}

static void walk_anew(struct quick_visit *v, const struct quick *q, xmlNodePtr context)
{
    if (q->op == OP_UNION)
        visit_union(v, q, context);
    else if (walk_from_base(v, q, context))
        return;
    else if (q->op == OP_PATH_VARIABLE)
        visit_variable(v, q);
    else
        (void)walk(v, q->steps, q->count, q->op == OP_PATH_ROOT ? (xmlNodePtr)context->doc : context);
}

void quick_visit(struct quick_visit *v, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = q->memo ? kept_nodes(v->m, q, context) : NULL;
    if (k)
        show_kept(v, k);
    else if (!v->m->fault)
        walk_anew(v, q, context);
}

xmlNodePtr quick_first(struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = quick_memo(m, q, context);
    if (k && k->known & KNOWN_FIRST)
        return k->first;
    if (k && k->known & KNOWN_NODES)
        return k->count ? k->nodes[0] : NULL;
    struct quick_visit v = {.m = m, .see = see_first};
    walk_anew(&v, q, context);
    if (m->fault)
        return NULL;
    if (k) {
        k->first = v.first;
        k->known |= KNOWN_FIRST;
    }
    return v.first;
}

/* Copied from the memo, because what is evaluated next may put others there. */
void quick_nodes(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct quick_value *out)
{
    struct quick_visit v = {.m = m, .see = see_node};
    quick_visit(&v, q, context);
    *out = (struct quick_value){.type = QUICK_NODES, .nodes = v.nodes, .count = v.count};
}
