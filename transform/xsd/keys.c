/* SPDX-License-Identifier: Apache-2.0 */
/* Identity constraints of the acceptor: compiled after all types, and checked on an element whose content has been
 * accepted. An element with a constraint beyond the plain ones is doubtful as a whole. See model.h. */
#include "transform/xsd/value.h"
#include "transform/xsd/walk.h"

#include <string.h>

static const struct xsd_type doubtful; /* CONTENT_DOUBT */

/* ---- compiling ---- */

static int plain_name(const char *s)
{
    return *s && !s[strcspn(s, " \t\r\n*./|@()[]")] && !strstr(s, "::");
}

/* The steps of a selector: names of children, separated by slashes. */
static int read_steps(struct xsd_model *m, const xmlNode *selector, struct xsd_key *k)
{
    const char *p = xsd_attribute_of(selector, "xpath");
    char name[256];
    while (p) {
        size_t n = strcspn(p, "/");
        int of_schema;
        if (n == 0 || n >= sizeof name || k->steps == XSD_STEPS)
            return 0;
        memcpy(name, p, n);
        name[n] = '\0';
        const char *local = plain_name(name) && strchr(name, ':') ? xsd_resolve(m, selector, name, &of_schema) : name;
        if (!local || !plain_name(name) || (local != name && of_schema))
            return 0;
        struct xsd_step *step = &k->step[k->steps++];
        step->qualified = local != name;
        step->name = arena_strdup(&m->arena, local);
        if (!step->name)
            return 0;
        p = p[n] ? p + n + 1 : NULL;
    }
    return k->steps > 0;
}

static int read_field(struct xsd_model *m, const xmlNode *node, struct xsd_key *k)
{
    const char *p = xsd_attribute_of(node, "xpath");
    if (!p || k->fields == XSD_FIELDS)
        return 0;
    const char **field = &k->field[k->fields++];
    *field = NULL;
    if (strcmp(p, ".") == 0)
        return 1;
    if (*p != '@' || !plain_name(p + 1) || strchr(p, ':'))
        return 0;
    return (*field = arena_strdup(&m->arena, p + 1)) != NULL;
}

static const struct xsd_element *declared(const struct xsd_particle *p, const struct xsd_step *s)
{
    if (!p)
        return NULL;
    if (p->group == GROUP_ELEMENT)
        return strcmp(p->element->name, s->name) == 0 && p->element->qualified == s->qualified ? p->element : NULL;
    for (uint32_t i = 0; i < p->parts; i++) {
        const struct xsd_element *found = declared(p->part[i], s);
        if (found)
            return found;
    }
    return NULL;
}

static const struct xsd_simple *type_of(const struct xsd_element *e, const char *field)
{
    if (!field)
        return e->type->content == CONTENT_SIMPLE && !e->nillable ? e->type->simple : NULL;
    for (uint32_t i = 0; i < e->type->attributes; i++)
        if (strcmp(e->type->attribute[i].name, field) == 0)
            return e->type->attribute[i].defaulted ? NULL : e->type->attribute[i].type;
    return NULL;
}

static int compares_as_text(const struct xsd_element *e, struct xsd_key *k, uint32_t field)
{
    const struct xsd_simple *t = type_of(e, k->field[field]);
    k->folded[field] = t && t->base == BASE_STRING && t->white == WHITE_COLLAPSE;
    return t && t->text;
}

static int read_key(struct xsd_model *m, const xmlNode *node, const struct xsd_element *e, struct xsd_key *k)
{
    const xmlNode *selector = xsd_child(node, "selector");
    if (!selector || !read_steps(m, selector, k))
        return 0;
    for (const xmlNode *c = node->children; c; c = c->next)
        if (xsd_is(c, "field") && !read_field(m, c, k))
            return 0;
    for (uint32_t i = 0; i < k->steps && e; i++)
        e = e->type->content == CONTENT_ELEMENTS ? declared(e->type->particle, &k->step[i]) : NULL;
    for (uint32_t i = 0; i < k->fields && e; i++)
        if (!compares_as_text(e, k, i))
            return 0;
    k->every = xsd_is(node, "key");
    k->name = arena_strdup(&m->arena, xsd_attribute_of(node, "name"));
    return e && k->fields > 0 && k->name;
}

static int read_refer(struct xsd_model *m, const xmlNode *node, const struct xsd_element *e, struct xsd_key *k)
{
    int of_schema;
    const char *refer = xsd_attribute_of(node, "refer"),
               *local = refer ? xsd_resolve(m, node, refer, &of_schema) : NULL;
    for (const struct xsd_key *other = e->keys; other && local && !of_schema; other = other->next)
        if (!other->refer && other->fields == k->fields && strcmp(other->name, local) == 0)
            k->refer = other;
    return k->refer != NULL;
}

/* Those referred to come first, so that a keyref finds them. */
static int read_keys(struct xsd_model *m, const xmlNode *node, struct xsd_element *e)
{
    for (int references = 0; references < 2; references++)
        for (const xmlNode *c = node->children; c; c = c->next) {
            int reference = xsd_is(c, "keyref");
            if (reference != references || !(reference || xsd_is(c, "key") || xsd_is(c, "unique")))
                continue;
            struct xsd_key *k = xsd_get(m, sizeof *k);
            if (!k || !read_key(m, c, e, k) || (reference && !read_refer(m, c, e, k)))
                return 0;
            k->next = e->keys;
            e->keys = k;
        }
    return 1;
}

void xsd_keys_read(struct xsd_model *m)
{
    for (const struct xsd_pending *p = m->pending; p; p = p->next)
        if (!read_keys(m, p->node, p->element))
            p->element->type = &doubtful;
}

/* ---- checking ---- */

struct sequence {
    const char *value[XSD_FIELDS];
    uint32_t hash;
};

/* Of the selected nodes that have all fields; more than there is room for are only counted. */
struct sequences {
    struct sequence *item;
    uint32_t count, room;
    int missing; /* a field of some node is not there */
    int doubt;
};

/* Values are compared as they are written, so they must be written as they are compared. */
static const char *field_of(struct xsd_walk *w, const xmlNode *node, const struct xsd_key *k, uint32_t i,
                            struct sequences *all)
{
    const char *field = k->field[i];
    const xmlNode *holder = field ? NULL : node;
    uint32_t n;
    for (const xmlAttr *a = field ? node->properties : NULL; a && !holder; a = a->next)
        if (!a->ns && strcmp((const char *)a->name, field) == 0)
            holder = (const xmlNode *)a;
    if (!holder) {
        all->missing = 1;
        return NULL;
    }
    const char *text = xsd_walk_text(w, holder);
    if (!text || (!k->folded[i] && !xsd_unfolded(text, WHITE_COLLAPSE, &n)))
        all->doubt = 1;
    return text;
}

static void take(struct xsd_walk *w, const struct xsd_key *k, const xmlNode *node, struct sequences *all)
{
    struct sequence *s = all->count < all->room ? &all->item[all->count] : NULL;
    uint32_t hash = 2166136261U;
    for (uint32_t i = 0; i < k->fields && s; i++) {
        s->value[i] = field_of(w, node, k, i, all);
        if (!s->value[i])
            return;
        for (const char *p = s->value[i]; *p; p++)
            hash = (hash ^ (unsigned char)*p) * 16777619U;
        hash = (hash ^ '\n') * 16777619U;
    }
    if (s)
        s->hash = hash;
    all->count++;
}

static void select_nodes(struct xsd_walk *w, const struct xsd_key *k, uint32_t step, const xmlNode *node,
                         struct sequences *all)
{
    if (step == k->steps) {
        take(w, k, node, all);
        return;
    }
    for (const xmlNode *c = node->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE && xsd_walk_named(w, c, k->step[step].name, k->step[step].qualified))
            select_nodes(w, k, step + 1, c, all);
}

static int same(const struct xsd_key *k, const struct sequence *a, const struct sequence *b)
{
    if (a->hash != b->hash)
        return 0;
    for (uint32_t i = 0; i < k->fields; i++)
        if (strcmp(a->value[i], b->value[i]) != 0)
            return 0;
    return 1;
}

/* A table of hashes, each slot the number plus one of a sequence. Its size is a power of two. */
static uint32_t *table_of(struct xsd_walk *w, uint32_t count, uint32_t *size)
{
    for (*size = 8; *size < 2 * count;)
        *size *= 2;
    return arena_get(w->scratch, *size * sizeof(uint32_t));
}

/* The slot of a sequence equal to s, or the free one where it would be. */
static uint32_t *slot_of(uint32_t *table, uint32_t size, const struct xsd_key *k, const struct sequences *all,
                         const struct sequence *s)
{
    uint32_t i = s->hash & (size - 1);
    while (table[i] && !same(k, &all->item[table[i] - 1], s))
        i = (i + 1) & (size - 1);
    return &table[i];
}

enum { FEW = 24 };

static int gather(struct xsd_walk *w, const struct xsd_key *k, const xmlNode *node, struct sequence *few,
                  struct sequences *all)
{
    *all = (struct sequences){.item = few, .room = FEW};
    select_nodes(w, k, 0, node, all);
    if (all->count > FEW) {
        uint32_t count = all->count;
        *all = (struct sequences){.item = arena_get(w->scratch, count * sizeof *few), .room = count};
        if (!all->item)
            return 0;
        select_nodes(w, k, 0, node, all);
    }
    return !all->doubt;
}

/* Fills the table with sequences that all differ. */
static uint32_t *distinct(struct xsd_walk *w, const struct xsd_key *k, const struct sequences *all, uint32_t *size)
{
    uint32_t *table = table_of(w, all->count, size);
    for (uint32_t i = 0; i < all->count && table; i++) {
        uint32_t *slot = slot_of(table, *size, k, all, &all->item[i]);
        if (*slot)
            return NULL;
        *slot = i + 1;
    }
    return table;
}

static int few_differ(const struct xsd_key *k, const struct sequences *all)
{
    for (uint32_t i = 1; i < all->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (same(k, &all->item[i], &all->item[j]))
                return 0;
    return 1;
}

static int refers(struct xsd_walk *w, const struct xsd_key *k, const struct sequences *all, const xmlNode *node)
{
    struct sequence few[FEW];
    struct sequences targets;
    uint32_t size;
    if (!gather(w, k->refer, node, few, &targets))
        return 0;
    uint32_t *table = distinct(w, k->refer, &targets, &size);
    for (uint32_t i = 0; i < all->count && table; i++)
        if (!*slot_of(table, size, k->refer, &targets, &all->item[i]))
            return 0;
    return table != NULL;
}

int xsd_keys_accept(struct xsd_walk *w, const struct xsd_key *k, const xmlNode *node)
{
    struct sequence few[FEW];
    struct sequences all;
    uint32_t size;
    for (; k; k = k->next) {
        if (!gather(w, k, node, few, &all) || (k->every && all.missing))
            return 0;
        if (k->refer           ? !refers(w, k, &all, node)
            : all.count <= FEW ? !few_differ(k, &all)
                               : distinct(w, k, &all, &size) == NULL)
            return 0;
    }
    return 1;
}
