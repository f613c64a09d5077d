/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/identity.h"

#include "schemas/run/text.h"
#include "transform/content.h"

#include <stdlib.h>
#include <string.h>

enum field { UNIT, CAMPAIGN, SEQUENCE, NATURE, STAMP, SOFTWARE, TEST, FIELDS };
enum { FIELD_MAX = 400 };

struct identifier {
    const struct plan *plan;
    xmlXPathContextPtr xpath;
    struct arena arena;
    struct {
        int used;
        struct route route; /* of string(PATH), when PATH is plain */
        xmlXPathCompExprPtr expr;
    } fields[FIELDS];
    struct nodes found;
};

static int known_prefix(const void *ctx, const char *name, size_t n)
{
    const struct edition *ed = ctx;
    for (size_t i = 0; i < ed->prefix_count; i++)
        if (strncmp(ed->prefixes[i].prefix, name, n) == 0 && ed->prefixes[i].prefix[n] == '\0')
            return 1;
    return 0;
}

static enum flow compile(struct identifier *i, enum field k, const char *text, struct err *e)
{
    struct xpath_scope scope = {NULL, known_prefix, i->plan->edition};
    size_t n = strlen(text);
    if (!n)
        return FLOW_OK;
    i->fields[k].used = 1;
    if (n > 8 && strncmp(text, "string(", 7) == 0 && text[n - 1] == ')') {
        const char *path = arena_copy(&i->arena, text + 7, n - 8);
        struct route r = {0};
        enum flow f = path ? route_compile(&r, path, i->plan->edition, i->xpath, &i->arena, e)
                           : err_set(e, STATUS_SYSTEM, "out of memory");
        if (f == FLOW_OK && r.plain) {
            i->fields[k].route = r;
            return FLOW_OK;
        }
        route_free(&r);
    }
    i->fields[k].expr = xpath_compile(i->xpath, text, &scope, e);
    return i->fields[k].expr ? FLOW_OK : FLOW_FATAL;
}

struct identifier *identifier_new(const struct plan *p, xmlXPathContextPtr x, struct err *e)
{
    const struct edition_identity *d = &p->edition->identity;
    const char *const texts[FIELDS] = {
        [UNIT] = d->unit,   [CAMPAIGN] = d->campaign, [SEQUENCE] = d->sequence, [NATURE] = d->nature,
        [STAMP] = d->stamp, [SOFTWARE] = d->software, [TEST] = d->test};
    struct identifier *i = calloc(1, sizeof *i);
    if (!i) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    i->plan = p;
    i->xpath = x;
    arena_init(&i->arena, 1 << 20);
    for (enum field k = 0; k < FIELDS; k++)
        if (compile(i, k, texts[k], e) != FLOW_OK) {
            (void)err_prefix(e, "%s/edition.json: identity", p->edition->folder);
            identifier_free(i);
            return NULL;
        }
    return i;
}

void identifier_free(struct identifier *i)
{
    if (!i)
        return;
    for (enum field k = 0; k < FIELDS; k++)
        if (i->fields[k].expr)
            xmlXPathFreeCompExpr(i->fields[k].expr);
    nodes_fini(&i->found);
    arena_fini(&i->arena);
    free(i);
}

static const char *keep(struct arena *arena, const char *s)
{
    s += strspn(s, " \t\r\n");
    size_t n = strlen(s);
    while (n && strchr(" \t\r\n", s[n - 1]))
        n--;
    return arena_copy(arena, s, text_cut(s, n, FIELD_MAX));
}

static enum flow read_field(struct identifier *i, enum field k, xmlDocPtr doc, const char **out, struct arena *arena,
                            struct err *e)
{
    xmlXPathContextPtr x = i->xpath;
    xmlChar *owned = NULL;
    *out = "";
    if (!i->fields[k].used)
        return FLOW_OK;
    if (i->fields[k].expr) {
        xpath_forget(x);
        x->doc = doc;
        x->node = (xmlNodePtr)doc;
        xmlXPathObjectPtr o = xmlXPathCompiledEval(i->fields[k].expr, x);
        owned = o ? xmlXPathCastToString(o) : NULL;
        xmlXPathFreeObject(o);
        *out = keep(arena, owned ? (const char *)owned : "");
    } else {
        if (route_select(&i->fields[k].route, (xmlNodePtr)doc, x, &i->found, e) != FLOW_OK)
            return FLOW_FATAL;
        *out = keep(arena, i->found.count ? content_text(i->found.items[0], &owned) : "");
    }
    xmlFree(owned);
    return *out ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

/* As xs:positiveInteger reads it: white space around, a sign "+". */
static uint64_t sequence_of(const char *s)
{
    uint64_t v = 0;
    s += strspn(s, " \t\r\n");
    s += *s == '+';
    for (; *s >= '0' && *s <= '9' && v < UINT64_C(1000000000000); s++)
        v = 10 * v + (uint64_t)(*s - '0');
    return s[strspn(s, " \t\r\n")] ? 0 : v;
}

enum flow identifier_read(struct identifier *i, xmlDocPtr doc, struct identity *out, struct arena *arena, struct err *e)
{
    const struct edition_identity *d = &i->plan->edition->identity;
    const char *texts[FIELDS];
    for (enum field k = 0; k < FIELDS; k++)
        if (read_field(i, k, doc, &texts[k], arena, e) != FLOW_OK)
            return FLOW_FATAL;
    *out = (struct identity){.unit = texts[UNIT],
                             .campaign = texts[CAMPAIGN],
                             .number = texts[SEQUENCE],
                             .stamp = texts[STAMP],
                             .software = texts[SOFTWARE],
                             .sequence = sequence_of(texts[SEQUENCE])};
    out->test = *texts[TEST] && strcmp(texts[TEST], d->test_true) == 0;
    out->nature_known = !i->fields[NATURE].used;
    for (size_t n = 0; n < d->nature_count; n++)
        if (strcmp(d->natures[n].code, texts[NATURE]) == 0) {
            out->nature = d->natures[n].nature;
            out->nature_known = 1;
        }
    return FLOW_OK;
}
