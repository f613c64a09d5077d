/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a schema: what schematron.c (its structure), schematron_scope.c (names and expressions) and schematron_text.c
 * (messages and diagnostics) share. */
#ifndef TRANSFORM_RULES_SCHEMATRON_READER_H
#define TRANSFORM_RULES_SCHEMATRON_READER_H

#include "transform/rules/schematron_model.h"

#include <string.h>

#define SCHEMATRON_NS "http://purl.oclc.org/dsdl/schematron"

struct reader {
    struct schematron *s;
    xmlDocPtr doc;
    const char *phase; /* NULL: all */
    struct pattern *pattern;
    struct rule *rule;
    const xmlNode *anywhere; /* reading diagnostics: a variable of any rule below this element may be used */
    struct err *e;
};

/* ---- the tree ---- */
static inline int is_ours(const xmlNode *n)
{
    return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, SCHEMATRON_NS) == 0;
}

static inline int is(const xmlNode *n, const char *name)
{
    return is_ours(n) && strcmp((const char *)n->name, name) == 0;
}

/* Errors that name file, line and the element. */
enum flow reader_refuse(struct reader *r, const xmlNode *n, const char *what);
enum flow reader_no_memory(struct reader *r);
/* "file:line: A01", or the element's name for what has no id. */
void reader_place(const struct reader *r, const xmlNode *n, char *out, size_t size);
/* The attribute kept in the arena; "" when absent. NULL without memory. */
const char *reader_attribute(struct reader *r, const xmlNode *n, const char *name);
/* Children of this name. */
size_t reader_count(const xmlNode *n, const char *name);
/* Only the named elements may stand in n; elements of other namespaces are comments by the standard. */
enum flow reader_only(struct reader *r, const xmlNode *n, const char *const *names) MUST_USE;

/* ---- names and expressions ---- */
static inline int same(const char *kept, const char *name, size_t n)
{
    return strncmp(kept, name, n) == 0 && kept[n] == '\0';
}

/* Is it a variable where the reader stands? */
int reader_knows(const void *reader, const char *name, size_t n);
/* Compiles for libxml2, refusing what is no XPath 1.0 or uses an unknown name; n is where the text stands. */
enum flow reader_compile(struct reader *r, const xmlNode *n, const char *text, xmlXPathCompExprPtr *expr) MUST_USE;
/* Compiles for the quick engine; NULL: libxml2 evaluates it. */
const struct quick *reader_quick(struct reader *r, const char *text);

/* ---- what tests say ---- */
/* Every diagnostic of the schema; to be called before its patterns are read. */
enum flow reader_diagnostics(struct reader *r, const xmlNode *root) MUST_USE;
/* The text of a test, the diagnostics it names, and which of them speaks each language. */
enum flow reader_says(struct reader *r, const xmlNode *n, struct test *t) MUST_USE;

#endif
