/* SPDX-License-Identifier: Apache-2.0 */
/* See bound.h. The attributes and their texts are structures of libxml2's tree, made here and linked by hand: libxml2
 * reads them like any other and must never free them, so they are unlinked before the document goes. */
#include "transform/rules/bound.h"

#include "schemas/run/arena.h"
#include "schemas/run/map.h"

#include <libxml/parserInternals.h>

#include <stdlib.h>
#include <string.h>

enum { NAMES_BYTES_MAX = 64 << 20 };

struct item {
    xmlAttr attribute;
    xmlNode text;
    int is_name, has_value;
};

struct bound {
    xmlDocPtr doc;
    xmlNodePtr row;
    xmlAttrPtr last;
    struct arena arena; /* items and names */
    struct map *index;  /* name -> number */
    struct item **items;
    size_t count, max;
};

struct bound *bound_new(void)
{
    struct bound *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    arena_init(&b->arena, NAMES_BYTES_MAX);
    b->index = map_new();
    b->doc = xmlNewDoc(BAD_CAST "1.0");
    b->row = b->doc ? xmlNewDocNode(b->doc, NULL, BAD_CAST "row", NULL) : NULL;
    if (b->row)
        (void)xmlDocSetRootElement(b->doc, b->row);
    if (b->row && b->index)
        return b;
    bound_free(b);
    return NULL;
}

void bound_free(struct bound *b)
{
    if (!b)
        return;
    if (b->row)
        b->row->properties = NULL;
    xmlFreeDoc(b->doc);
    map_free(b->index);
    free(b->items);
    arena_fini(&b->arena);
    free(b);
}

/* ---- names ---- */
static int is_name(const char *s)
{
    if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_'))
        return 0;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("_-.", *s)))
            return 0;
    return 1;
}

static struct item *new_item(struct bound *b, const char *name, size_t n)
{
    struct item *x = arena_get(&b->arena, sizeof *x);
    const char *kept = x ? arena_copy(&b->arena, name, n) : NULL;
    if (!kept)
        return NULL;
    x->is_name = is_name(kept);
    x->attribute = (xmlAttr){.type = XML_ATTRIBUTE_NODE,
                             .name = BAD_CAST kept,
                             .children = &x->text,
                             .last = &x->text,
                             .parent = b->row,
                             .doc = b->doc};
    x->text =
        (xmlNode){.type = XML_TEXT_NODE, .name = xmlStringText, .parent = (xmlNodePtr)&x->attribute, .doc = b->doc};
    return x;
}

uint32_t bound_name(struct bound *b, const char *name, size_t n)
{
    struct err ignored;
    uint32_t i = map_get(b->index, name, n);
    if (i != MAP_NONE)
        return i;
    if (b->count == b->max) {
        size_t max = b->max ? 2 * b->max : 64;
        struct item **grown = realloc(b->items, max * sizeof *grown);
        if (!grown)
            return BOUND_NONE;
        b->items = grown;
        b->max = max;
    }
    struct item *x = new_item(b, name, n);
    if (!x || map_put(b->index, name, n, &i, NULL, &ignored) != FLOW_OK)
        return BOUND_NONE;
    b->items[b->count++] = x;
    return i;
}

uint32_t bound_find(const struct bound *b, const char *name, size_t n)
{
    uint32_t i = map_get(b->index, name, n);
    return i == MAP_NONE ? BOUND_NONE : i;
}

size_t bound_names(const struct bound *b)
{
    return b->count;
}

/* ---- values ---- */
void bound_clear(struct bound *b)
{
    for (xmlAttrPtr a = b->row->properties; a; a = a->next)
        ((struct item *)a)->has_value = 0;
    b->row->properties = b->last = NULL;
}

void bound_put(struct bound *b, uint32_t i, const char *value)
{
    struct item *x = b->items[i];
    if (!x->is_name || x->has_value)
        return;
    x->has_value = 1;
    x->text.content = (xmlChar *)(uintptr_t)value; /* nothing writes into it */
    x->attribute.next = NULL;
    x->attribute.prev = b->last;
    if (b->last)
        b->last->next = &x->attribute;
    else
        b->row->properties = &x->attribute;
    b->last = &x->attribute;
}

xmlDocPtr bound_document(const struct bound *b)
{
    return b->doc;
}

xmlNodePtr bound_row(const struct bound *b)
{
    return b->row;
}

xmlNodePtr bound_attribute(const struct bound *b, uint32_t i)
{
    return b->items[i]->has_value ? (xmlNodePtr)&b->items[i]->attribute : NULL;
}
