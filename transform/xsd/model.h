/* SPDX-License-Identifier: Apache-2.0 */
/* A schema as the acceptor knows it. Made by model.c and simple.c, walked by accept.c; all in one arena.
 * What is not understood is left doubtful: whoever meets it leaves the document to libxml2. */
#ifndef TRANSFORM_XSD_MODEL_H
#define TRANSFORM_XSD_MODEL_H

#include "transform/xsd/pattern.h"

#include <libxml/tree.h>
#include <stdint.h>

/* ---- simple types (simple.c) ---- */

enum xsd_base {
    BASE_DOUBT,
    BASE_STRING, /* and what restricts it without a grammar of its own */
    BASE_DECIMAL,
    BASE_INTEGER,
    BASE_BOOLEAN,
    BASE_DATE,
    BASE_TIME,
    BASE_DATETIME,
    BASE_YEAR,
    BASE_UNION
};

enum xsd_white { WHITE_PRESERVE, WHITE_REPLACE, WHITE_COLLAPSE };

struct xsd_literal {
    const char *text;
    size_t length;
};

struct xsd_simple {
    enum xsd_base base;
    enum xsd_white white;
    uint32_t min_length, max_length; /* in characters */
    int64_t min, max;                /* in millionths, both included */
    uint32_t total_digits, fraction_digits;
    const struct xsd_literal *enumeration; /* NULL: any */
    size_t enumerated;
    const struct xsd_pattern *const *pattern; /* steps[0] has patterns[0] of them, one of which must match... */
    const uint32_t *alternatives;
    uint32_t steps;
    const struct xsd_simple *const *member; /* of a union */
    size_t members;
    int text; /* two different values are written differently and never equal */
};

struct xsd_model;
/* From an xs:simpleType element; never NULL, doubtful when not understood. */
const struct xsd_simple *xsd_simple_read(struct xsd_model *m, const xmlNode *type);
/* The type that an attribute (type, base) of a node of the schema names. */
const struct xsd_simple *xsd_simple_named(struct xsd_model *m, const xmlNode *node, const char *name);
/* That of an attribute without a type: any text. */
const struct xsd_simple *xsd_simple_any(void);
/* Whether a value is certainly of the type. */
int xsd_simple_accepts(const struct xsd_simple *t, const char *value);

/* ---- elements ---- */

struct xsd_attribute {
    const char *name;
    const struct xsd_simple *type;
    const char *fixed;
    int required, defaulted;
};

enum xsd_content { CONTENT_DOUBT, CONTENT_EMPTY, CONTENT_SIMPLE, CONTENT_ELEMENTS };

struct xsd_type {
    enum xsd_content content;
    const struct xsd_attribute *attribute;
    uint32_t attributes, required;
    const struct xsd_simple *simple;
    struct xsd_particle *particle; /* NULL: no element */
};

enum xsd_group { GROUP_ELEMENT, GROUP_SEQUENCE, GROUP_CHOICE, GROUP_ALL };
#define XSD_UNBOUNDED UINT32_MAX

struct xsd_particle {
    enum xsd_group group;
    uint32_t min, max;
    const struct xsd_element *element;
    struct xsd_particle **part;
    uint32_t parts;
    int empty; /* it may match no element at all */
};

enum { XSD_STEPS = 4, XSD_FIELDS = 4, XSD_DEPTH = 100 };

/* xs:unique, xs:key, xs:keyref with a selector of child steps and fields that are an attribute or the node itself, all
 * of types that compare as text. */
struct xsd_step {
    const char *name;
    int qualified;
};

struct xsd_key {
    const char *name;
    int every;                   /* a key: each field of each node is there */
    const struct xsd_key *refer; /* of a keyref: the constraint of the same element that is referred to */
    struct xsd_step step[XSD_STEPS];
    uint32_t steps;
    const char *field[XSD_FIELDS]; /* name of an attribute; NULL: the node itself */
    int folded[XSD_FIELDS];        /* its blanks are known to be folded when its type has accepted it */
    uint32_t fields;
    struct xsd_key *next;
};

struct xsd_element {
    const char *name;
    int qualified; /* in the target namespace, else in none */
    int nillable;
    const struct xsd_type *type;
    struct xsd_key *keys;
};

struct xsd_named {
    const char *name;
    void *made;
    struct xsd_named *next;
};

struct xsd_pending {
    struct xsd_element *element;
    const xmlNode *node;
    struct xsd_pending *next;
};

struct xsd_model {
    struct arena arena;
    const char *target; /* "" when none */
    const xmlNode *root;
    const char *declined; /* why the whole schema is left to libxml2; NULL: it is not */
    int qualified_elements, qualified_attributes;
    struct xsd_named *simple, *complex, *element;
    struct xsd_pattern *patterns;
    struct xsd_pending *pending; /* elements with identity constraints, compiled last */
    unsigned depth;
};

/* From the tree of a schema that libxml2 compiled without a word. NULL without memory. */
struct xsd_model *xsd_model_read(const xmlDoc *schema);
void xsd_model_free(struct xsd_model *m); /* accepts NULL */
/* The declaration of a root element. */
const struct xsd_element *xsd_model_element(struct xsd_model *m, const char *name);

/* ---- reading, shared by the files that compile ---- */
void *xsd_get(struct xsd_model *m, size_t n); /* declines the schema and gives NULL without memory */
const char *xsd_attribute_of(const xmlNode *node, const char *name); /* borrowed; NULL when absent */
int xsd_is(const xmlNode *node, const char *name);                   /* an element of XML Schema of that name */
const xmlNode *xsd_child(const xmlNode *node, const char *name);     /* the first */
/* Resolves "p:name": *built_in says of XML Schema itself. NULL when of neither it nor the target namespace. */
const char *xsd_resolve(const struct xsd_model *m, const xmlNode *node, const char *qname, int *built_in);
const xmlNode *xsd_global(const struct xsd_model *m, const char *kind, const char *name);
void **xsd_memo(struct xsd_model *m, struct xsd_named **list, const char *name);
/* keys.c: the identity constraints of the elements that have some. */
void xsd_keys_read(struct xsd_model *m);

#endif
