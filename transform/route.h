/* SPDX-License-Identifier: Apache-2.0 */
/* A select of the edition, compiled for one thread: the plain kinds (child steps from the root or from here, an
 * attribute, `.`) are walked on the tree, which costs a tenth of an evaluation; anything else is XPath 1.0. Names match
 * by namespace URI and local name, never by prefix. */
#ifndef TRANSFORM_ROUTE_H
#define TRANSFORM_ROUTE_H

#include "schemas/edition/edition.h"
#include "transform/rules/xpath.h"

enum { ROUTE_STEPS_MAX = 16 };

struct route_step {
    const char *uri, *local; /* uri NULL: no namespace */
};

struct route {
    int plain;
    int absolute;
    struct route_step steps[ROUTE_STEPS_MAX];
    size_t count;
    const char *attribute;    /* last step; NULL: an element */
    xmlXPathCompExprPtr expr; /* when not plain */
};

/* Nodes found, in document order; grows as needed, reused. */
struct nodes {
    xmlNodePtr *items;
    size_t count, max;
};
void nodes_fini(struct nodes *n);
enum flow nodes_put(struct nodes *n, xmlNodePtr node, struct err *e) MUST_USE;

/* texts are kept in the arena. STATUS_CONFIG when it is no expression. */
enum flow route_compile(struct route *r, const char *text, const struct edition *ed, xmlXPathContextPtr x,
                        struct arena *arena, struct err *e) MUST_USE;
void route_free(struct route *r);
/* Replaces the content of out by the nodes it selects from `from` (the document for an absolute one). */
enum flow route_select(const struct route *r, xmlNodePtr from, xmlXPathContextPtr x, struct nodes *out,
                       struct err *e) MUST_USE;

#endif
