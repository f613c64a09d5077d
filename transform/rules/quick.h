/* SPDX-License-Identifier: Apache-2.0 */
/* The part of XPath 1.0 that rules are made of, walked on the tree without building node-sets: five to ten times faster
 * than libxml2's evaluation, and the same answers (tests/unit/transform/test_quick.c holds both against each other).
 * What it does not know is not compiled: the caller then evaluates with libxml2.
 *
 * Known: or and = != < <= > >= + - * div mod, unary -, literals, numbers, variables; paths of child, attribute and self
 * steps and leading `..`, from here, from the root or from a variable; predicates that are no numbers; boolean ceiling
 * concat contains count false floor normalize-space not number round starts-with string string-length substring sum
 * true. */
#ifndef TRANSFORM_RULES_QUICK_H
#define TRANSFORM_RULES_QUICK_H

#include "schemas/run/arena.h"

#include <libxml/tree.h>
#include <stdint.h>

struct quick; /* opaque: a compiled expression, in an arena */

enum quick_type { QUICK_NUMBER, QUICK_BOOLEAN, QUICK_STRING, QUICK_NODES };
struct quick_value {
    enum quick_type type;
    double number;
    int boolean;
    const char *string;
    xmlNodePtr *nodes; /* in document order */
    size_t count;
};

enum quick_fault { QUICK_OK = 0, QUICK_TYPE, QUICK_VARIABLE, QUICK_STEPS, QUICK_MEMORY };

/* One a thread. */
struct quick_machine {
    const struct quick_value *(*variable)(void *ctx, const char *name); /* NULL: it has no value */
    void *ctx;
    struct arena scratch;       /* strings of one evaluation; quick_begin empties it */
    uint64_t steps, step_limit; /* since quick_begin of the document; the caller resets steps */
    enum quick_fault fault;
};

/* What names mean where an expression stands. */
struct quick_names {
    const char *(*uri_of)(const void *ctx, const char *prefix, size_t n); /* namespace of a prefix, NULL when unknown */
    const char *(*variable)(const void *ctx, const char *name,
                            size_t n); /* the pointer that the machine will be asked with; may be NULL */
    const void *ctx;
};

/* NULL when the text is not in the known part, or without memory. */
const struct quick *quick_compile(const char *text, const struct quick_names *names, struct arena *arena);
/* Does it give nodes? Then quick_select may be used. */
int quick_is_path(const struct quick *q);
/* Evaluations from a context node; after each, m->fault says whether it stopped. */
int quick_boolean(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
/* Any value; strings and nodes are copied into `kept`. */
void quick_evaluate(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct arena *kept,
                    struct quick_value *out);

#endif
