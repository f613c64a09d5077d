/* SPDX-License-Identifier: Apache-2.0 */
/* Simple types of the acceptor: read from the schema. See model.h; the values are judged in value.c. */
#include "transform/xsd/value.h"

#include <string.h>

enum { PATTERNS = 16 };

static const struct xsd_simple doubtful = {.base = BASE_DOUBT};

#define ANY_NUMBER                                                                                                     \
    .min = -XSD_NUMBER_MAX, .max = XSD_NUMBER_MAX, .total_digits = UINT32_MAX, .fraction_digits = UINT32_MAX
#define ANY_LENGTH .max_length = UINT32_MAX
#define INTEGER(low, high)                                                                                             \
    {                                                                                                                  \
        .base = BASE_INTEGER, .white = WHITE_COLLAPSE, .min = (low), .max = (high), .total_digits = UINT32_MAX,        \
        .fraction_digits = UINT32_MAX, ANY_LENGTH                                                                      \
    }
#define ONE ((int64_t)XSD_MILLION)

static const struct built_in {
    const char *name, *grammar;
    struct xsd_simple type;
} built_in[] = {
    {"string", NULL, {.base = BASE_STRING, .white = WHITE_PRESERVE, .text = 1, ANY_LENGTH}},
    {"normalizedString", NULL, {.base = BASE_STRING, .white = WHITE_REPLACE, .text = 1, ANY_LENGTH}},
    {"token", NULL, {.base = BASE_STRING, .white = WHITE_COLLAPSE, .text = 1, ANY_LENGTH}},
    {"NMTOKEN", "[A-Za-z0-9._:\\-]+", {.base = BASE_STRING, .white = WHITE_COLLAPSE, .text = 1, ANY_LENGTH}},
    {"Name", "[A-Za-z_:][A-Za-z0-9._:\\-]*", {.base = BASE_STRING, .white = WHITE_COLLAPSE, .text = 1, ANY_LENGTH}},
    {"NCName", "[A-Za-z_][A-Za-z0-9._\\-]*", {.base = BASE_STRING, .white = WHITE_COLLAPSE, .text = 1, ANY_LENGTH}},
    {"decimal", NULL, {.base = BASE_DECIMAL, .white = WHITE_COLLAPSE, ANY_LENGTH, ANY_NUMBER}},
    {"integer", NULL, INTEGER(-XSD_NUMBER_MAX, XSD_NUMBER_MAX)},
    {"nonNegativeInteger", NULL, INTEGER(0, XSD_NUMBER_MAX)},
    {"positiveInteger", NULL, INTEGER(ONE, XSD_NUMBER_MAX)},
    {"nonPositiveInteger", NULL, INTEGER(-XSD_NUMBER_MAX, 0)},
    {"negativeInteger", NULL, INTEGER(-XSD_NUMBER_MAX, -ONE)},
    {"long", NULL, INTEGER(-XSD_NUMBER_MAX, XSD_NUMBER_MAX)},
    {"int", NULL, INTEGER(-2147483648 * ONE, 2147483647 * ONE)},
    {"short", NULL, INTEGER(-32768 * ONE, 32767 * ONE)},
    {"byte", NULL, INTEGER(-128 * ONE, 127 * ONE)},
    {"unsignedLong", NULL, INTEGER(0, XSD_NUMBER_MAX)},
    {"unsignedInt", NULL, INTEGER(0, 4294967295 * ONE)},
    {"unsignedShort", NULL, INTEGER(0, 65535 * ONE)},
    {"unsignedByte", NULL, INTEGER(0, 255 * ONE)},
    {"boolean", NULL, {.base = BASE_BOOLEAN, .white = WHITE_COLLAPSE}},
    {"date", NULL, {.base = BASE_DATE, .white = WHITE_COLLAPSE}},
    {"time", NULL, {.base = BASE_TIME, .white = WHITE_COLLAPSE}},
    {"dateTime", NULL, {.base = BASE_DATETIME, .white = WHITE_COLLAPSE}},
    {"gYear", NULL, {.base = BASE_YEAR, .white = WHITE_COLLAPSE}},
};

/* ---- restrictions ---- */

struct restriction {
    struct xsd_simple type;
    const struct xsd_pattern *pattern[PATTERNS];
    size_t patterns;
    size_t enumerated;
    int bad;
};

static int is_number(const struct xsd_simple *t)
{
    return t->base == BASE_DECIMAL || t->base == BASE_INTEGER;
}

static void length(struct restriction *r, const char *name, const char *value)
{
    struct xsd_number n;
    if (r->type.base != BASE_STRING || !xsd_number(value, &n) || n.value < 0 || n.fraction > 0 ||
        n.value > UINT32_MAX / 2 * ONE) {
        r->bad = 1;
        return;
    }
    uint32_t length = (uint32_t)(n.value / ONE);
    if (strcmp(name, "maxLength") != 0 && length > r->type.min_length)
        r->type.min_length = length;
    if (strcmp(name, "minLength") != 0 && length < r->type.max_length)
        r->type.max_length = length;
}

static void digits(struct restriction *r, uint32_t *most, const char *value)
{
    struct xsd_number n;
    if (!is_number(&r->type) || !xsd_number(value, &n) || n.value < 0 || n.fraction > 0 || n.value > 1000 * ONE)
        r->bad = 1;
    else if ((uint32_t)(n.value / ONE) < *most)
        *most = (uint32_t)(n.value / ONE);
}

static void bound(struct restriction *r, const char *name, const char *value)
{
    struct xsd_number n;
    if (!is_number(&r->type) || !xsd_number(value, &n)) {
        r->bad = 1;
        return;
    }
    int exclusive = strcmp(name + 3, "Exclusive") == 0;
    if (strncmp(name, "min", 3) == 0 && n.value + exclusive > r->type.min)
        r->type.min = n.value + exclusive;
    else if (strncmp(name, "max", 3) == 0 && n.value - exclusive < r->type.max)
        r->type.max = n.value - exclusive;
}

static void white_space(struct restriction *r, const char *value)
{
    enum xsd_white w = strcmp(value, "collapse") == 0  ? WHITE_COLLAPSE
                       : strcmp(value, "replace") == 0 ? WHITE_REPLACE
                                                       : WHITE_PRESERVE;
    if (w > r->type.white)
        r->type.white = w;
}

static void pattern(struct xsd_model *m, struct restriction *r, const char *value)
{
    const struct xsd_pattern *p = r->patterns < PATTERNS ? xsd_pattern_compile(&m->arena, &m->patterns, value) : NULL;
    if (p)
        r->pattern[r->patterns++] = p;
    else
        r->bad = 1;
}

static void enumeration(struct restriction *r)
{
    if (r->type.base != BASE_STRING && !is_number(&r->type))
        r->bad = 1;
    r->enumerated++;
}

static void facet(struct xsd_model *m, struct restriction *r, const xmlNode *node)
{
    const char *name = (const char *)node->name, *value = xsd_attribute_of(node, "value");
    if (strcmp(name, "annotation") == 0 || strcmp(name, "simpleType") == 0)
        return;
    if (!value || r->type.base == BASE_UNION)
        r->bad = 1;
    else if (strcmp(name, "length") == 0 || strcmp(name, "minLength") == 0 || strcmp(name, "maxLength") == 0)
        length(r, name, value);
    else if (strcmp(name, "totalDigits") == 0)
        digits(r, &r->type.total_digits, value);
    else if (strcmp(name, "fractionDigits") == 0)
        digits(r, &r->type.fraction_digits, value);
    else if (strncmp(name, "min", 3) == 0 || strncmp(name, "max", 3) == 0)
        bound(r, name, value);
    else if (strcmp(name, "whiteSpace") == 0)
        white_space(r, value);
    else if (strcmp(name, "pattern") == 0)
        pattern(m, r, value);
    else if (strcmp(name, "enumeration") == 0)
        enumeration(r);
    else
        r->bad = 1;
}

/* The patterns of the base and then those of this step. */
static void add_patterns(struct xsd_model *m, struct restriction *r)
{
    struct xsd_simple *t = &r->type;
    uint32_t before = 0;
    for (uint32_t i = 0; i < t->steps; i++)
        before += t->alternatives[i];
    const struct xsd_pattern **all = xsd_get(m, (before + r->patterns) * sizeof *all);
    uint32_t *counts = xsd_get(m, (t->steps + 1) * sizeof *counts);
    if (!all || !counts) {
        r->bad = 1;
        return;
    }
    if (before > 0) {
        memcpy((void *)all, (const void *)t->pattern, before * sizeof *all);
        memcpy(counts, t->alternatives, t->steps * sizeof *counts);
    }
    memcpy((void *)(all + before), (const void *)r->pattern, r->patterns * sizeof *all);
    counts[t->steps++] = (uint32_t)r->patterns;
    t->pattern = all;
    t->alternatives = counts;
}

static void add_enumeration(struct xsd_model *m, struct restriction *r, const xmlNode *restriction)
{
    struct xsd_literal *literal = xsd_get(m, r->enumerated * sizeof *literal);
    size_t n = 0;
    if (!literal) {
        r->bad = 1;
        return;
    }
    for (const xmlNode *c = restriction->children; c; c = c->next) {
        if (!xsd_is(c, "enumeration"))
            continue;
        const char *text = arena_strdup(&m->arena, xsd_attribute_of(c, "value"));
        if (!text || !xsd_unfolded(text, r->type.white, &(uint32_t){0}))
            r->bad = 1;
        literal[n].text = text;
        literal[n++].length = text ? strlen(text) : 0;
    }
    r->type.enumeration = literal;
    r->type.enumerated = n;
}

static const struct xsd_simple *keep(struct xsd_model *m, const struct xsd_simple *t)
{
    struct xsd_simple *kept = xsd_get(m, sizeof *kept);
    if (!kept)
        return &doubtful;
    *kept = *t;
    return kept;
}

static const struct xsd_simple *restricted(struct xsd_model *m, const xmlNode *node)
{
    const char *base = xsd_attribute_of(node, "base");
    const xmlNode *inner = xsd_child(node, "simpleType");
    struct restriction r = {0};
    if (base)
        r.type = *xsd_simple_named(m, node, base);
    else if (inner)
        r.type = *xsd_simple_read(m, inner);
    for (const xmlNode *c = node->children; c && r.type.base != BASE_DOUBT && !r.bad; c = c->next)
        if (c->type == XML_ELEMENT_NODE)
            facet(m, &r, c);
    if (r.type.base == BASE_DOUBT || r.bad)
        return &doubtful;
    if (r.patterns > 0)
        add_patterns(m, &r);
    if (r.enumerated > 0)
        add_enumeration(m, &r, node);
    return r.bad ? &doubtful : keep(m, &r.type);
}

/* ---- unions ---- */

enum { MEMBERS = 16 };

static void member(struct xsd_simple *t, const struct xsd_simple **list, const struct xsd_simple *one)
{
    if (t->members == MEMBERS || one->base == BASE_DOUBT) {
        t->base = BASE_DOUBT;
        return;
    }
    list[t->members++] = one;
    t->text &= one->text;
}

static const struct xsd_simple *union_of(struct xsd_model *m, const xmlNode *node)
{
    const struct xsd_simple **list = xsd_get(m, MEMBERS * sizeof *list);
    struct xsd_simple t = {.base = list ? BASE_UNION : BASE_DOUBT, .text = 1, .member = list};
    char name[256];
    const char *p = xsd_attribute_of(node, "memberTypes");
    while (p && *(p += strspn(p, " \t\r\n")) && t.base == BASE_UNION) {
        size_t n = strcspn(p, " \t\r\n");
        if (n >= sizeof name)
            return &doubtful;
        memcpy(name, p, n);
        name[n] = '\0';
        member(&t, list, xsd_simple_named(m, node, name));
        p += n;
    }
    for (const xmlNode *c = node->children; c && t.base == BASE_UNION; c = c->next)
        if (xsd_is(c, "simpleType"))
            member(&t, list, xsd_simple_read(m, c));
    return t.base == BASE_UNION ? keep(m, &t) : &doubtful;
}

/* ---- names ---- */

const struct xsd_simple *xsd_simple_any(void)
{
    static const struct xsd_simple any = {.base = BASE_STRING, .white = WHITE_PRESERVE, ANY_LENGTH};
    return &any;
}

static const struct xsd_simple *built_in_type(struct xsd_model *m, const char *name)
{
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        const struct built_in *b = &built_in[i];
        struct restriction r = {.type = b->type};
        if (strcmp(b->name, name) != 0)
            continue;
        if (!b->grammar)
            return &b->type;
        pattern(m, &r, b->grammar);
        add_patterns(m, &r);
        return r.bad ? &doubtful : keep(m, &r.type);
    }
    return &doubtful;
}

const struct xsd_simple *xsd_simple_named(struct xsd_model *m, const xmlNode *node, const char *name)
{
    int of_schema;
    const char *local = xsd_resolve(m, node, name, &of_schema);
    if (!local)
        return &doubtful;
    if (of_schema)
        return built_in_type(m, local);
    void **made = xsd_memo(m, &m->simple, local);
    const xmlNode *global = xsd_global(m, "simpleType", local);
    if (!made || !global)
        return &doubtful;
    if (!*made)
        *made = (void *)(uintptr_t)xsd_simple_read(m, global);
    return *made;
}

const struct xsd_simple *xsd_simple_read(struct xsd_model *m, const xmlNode *type)
{
    const xmlNode *node = xsd_child(type, "restriction");
    const struct xsd_simple *t = &doubtful;
    if (m->depth++ < XSD_DEPTH) {
        if (node)
            t = restricted(m, node);
        else if ((node = xsd_child(type, "union")) != NULL)
            t = union_of(m, node);
    }
    m->depth--;
    return t;
}
