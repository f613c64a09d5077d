/* SPDX-License-Identifier: Apache-2.0 */
/* XPath 1.0 of the edition: compiled once, proved before use. libxml2 finds unknown variables, functions and prefixes
 * only when an expression runs; xpath_compile finds them when the edition is read, so that no return meets them. */
#ifndef TRANSFORM_RULES_XPATH_H
#define TRANSFORM_RULES_XPATH_H

#include "schemas/run/err.h"

#include <libxml/xpath.h>

/* Says whether a variable or a namespace prefix is known where the expression stands. n bytes of name, no NUL. */
struct xpath_scope {
    int (*variable)(const void *ctx, const char *name, size_t n); /* NULL: no variable is known */
    int (*prefix)(const void *ctx, const char *name, size_t n);   /* NULL: no prefix is known */
    const void *ctx;
};

/* A context for one thread: object cache on, errors kept in it (xpath_fault), no message printed. NULL without memory.
 */
xmlXPathContextPtr xpath_context(void);
void xpath_context_free(xmlXPathContextPtr x); /* accepts NULL */
/* What went wrong in the last evaluation ("Invalid type"), "" when nothing did; and forgetting it. */
const char *xpath_fault(xmlXPathContextPtr x);
void xpath_forget(xmlXPathContextPtr x);
void xpath_forget_fault(xmlXPathContextPtr x); /* but not the steps it took */

/* Compiles; NULL with STATUS_CONFIG and the reason when the text is no XPath 1.0 expression or uses an unknown
 * function, variable or prefix. */
xmlXPathCompExprPtr xpath_compile(xmlXPathContextPtr x, const char *text, const struct xpath_scope *scope,
                                  struct err *e);
/* Does the expression compare or compute numbers: arithmetic, an order comparison, or a number function outside
 * literals? */
int xpath_numeric(const char *text);
/* Does the expression use a variable? */
int xpath_has_variable(const char *text);

/* Length of the first alternative of a union pattern: up to the next '|' outside brackets and literals, or the whole
 * text. */
size_t xpath_alternative(const char *text);

#endif
