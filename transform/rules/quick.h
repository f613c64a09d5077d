/* SPDX-License-Identifier: Apache-2.0 */
/* The part of XPath 1.0 that rules are made of, walked on the tree without building node-sets: many times faster than
 * libxml2's evaluation, and the same answers (tests/unit/transform/test_quick.c holds both against each other). What it
 * does not know is not compiled: the caller then evaluates with libxml2.
 *
 * Known: or and = != < <= > >= + - * div mod, unary -, literals, numbers, variables; paths of child, attribute and self
 * steps and leading `..`, from here, from the root or from a variable; unions of paths; predicates that are no numbers;
 * boolean ceiling concat contains count false floor normalize-space not number round starts-with string string-length
 * substring sum true.
 *
 * Rules ask the same things again and again: expressions compiled into one pool share what they have in common, and
 * what is shared keeps its last answer for as long as nothing it was made of can have changed. */
#ifndef TRANSFORM_RULES_QUICK_H
#define TRANSFORM_RULES_QUICK_H

#include "schemas/run/arena.h"
#include "transform/rules/bound.h"

#include <libxml/tree.h>
#include <stdint.h>

struct quick; /* opaque: a compiled expression, in the arena of its pool; one thread runs it */

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

/* A variable as its owner keeps it; the owner's own structure begins with it. */
struct quick_variable {
    const char *name;
    uint64_t stamp;          /* not 0, from before expressions are compiled: its value stands while this stamp does;
                                0, always: it may change at any time */
    const struct bound *row; /* its value is the element of this row, else NULL */
};

/* One a thread. */
struct quick_machine {
    const struct quick_value *(*variable)(void *ctx, struct quick_variable *v); /* NULL: it has no value */
    void *ctx;
    struct arena scratch;       /* strings of one evaluation; the caller empties it */
    uint64_t stamp;             /* of the document: a number never used before, for this machine's expressions and for
                                   variables, whenever the tree or what stands in it may have changed; 0: keep nothing */
    uint64_t steps, step_limit; /* of the document; the caller resets steps */
    enum quick_fault fault;
};

/* What names mean where an expression stands. */
struct quick_names {
    const char *(*uri_of)(const void *ctx, const char *prefix, size_t n); /* namespace of a prefix, NULL when unknown */
    struct quick_variable *(*variable)(const void *ctx, const char *name, size_t n); /* NULL: unknown */
    const void *ctx;
};

/* What expressions share. Zeroed but for the arena; lives and goes with it. */
struct quick_pool {
    struct arena *arena;
    struct quick **slots;
    size_t size, used;
};

/* NULL when the text is not in the known part, or without memory. */
const struct quick *quick_compile(const char *text, const struct quick_names *names, struct quick_pool *pool);
/* Does it give nodes, whatever the variables are? */
int quick_is_path(const struct quick *q);
/* Evaluations from a context node; after each, m->fault says whether it stopped. */
int quick_boolean(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
/* As string() gives it: in the scratch arena, in the tree or in the expression. */
const char *quick_string(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
/* Any value; strings and nodes are copied into `kept`. */
void quick_evaluate(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct arena *kept,
                    struct quick_value *out);

#endif
