/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled form shared by quick_parse.c (reads it), quick_pool.c (keeps each expression once), quick_path.c (walks
 * paths) and quick.c (everything else). */
#ifndef TRANSFORM_RULES_QUICK_MODEL_H
#define TRANSFORM_RULES_QUICK_MODEL_H

#include "transform/rules/quick.h"

enum { QUICK_STEPS_MAX = 16, QUICK_PREDICATES_MAX = 4, QUICK_ARGUMENTS_MAX = 8 };

enum quick_op {
    OP_LITERAL, /* name: the text */
    OP_NUMBER,
    OP_VARIABLE, /* variable */
    OP_PATH,     /* from the context */
    OP_PATH_ROOT,
    OP_PATH_VARIABLE, /* variable, at least one step */
    OP_UNION,         /* of the paths in argument[] */
    OP_OR,
    OP_AND,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MODULO,
    OP_NEGATE,
    OP_NOT,
    OP_TO_BOOLEAN,
    OP_TO_NUMBER,
    OP_TO_STRING,
    OP_TRUE,
    OP_FALSE,
    OP_COUNT,
    OP_SUM,
    OP_ROUND,
    OP_FLOOR,
    OP_CEILING,
    OP_CONCAT,
    OP_CONTAINS,
    OP_STARTS,
    OP_SUBSTRING,
    OP_LENGTH,
    OP_NORMALIZE
};

enum quick_axis { AXIS_CHILD, AXIS_ATTRIBUTE, AXIS_SELF, AXIS_PARENT };

struct quick_step {
    enum quick_axis axis;
    const char *uri, *local; /* local NULL: any name */
    const struct quick *predicate[QUICK_PREDICATES_MAX];
    size_t predicates;
    /* the name and namespace that matched last in the document of this stamp: the parser keeps each once, so a pointer
     * mostly tells; another pointer tells nothing */
    uint64_t stamp;
    const void *seen_name, *seen_ns;
};

/* The last answer of a shared expression, for the stamp and the node it was asked of. */
enum quick_known { KNOWN_NUMBER = 1, KNOWN_BOOLEAN = 2, KNOWN_FIRST = 4, KNOWN_NODES = 8, KNOWN_TOO_MANY = 16 };
struct quick_memo {
    uint64_t stamp;
    const void *at;
    unsigned known; /* quick_known */
    unsigned busy;  /* its nodes are being walked: it may not be asked of another node meanwhile */
    double number;
    int boolean;
    xmlNodePtr first;
    struct arena *arena; /* of the nodes */
    xmlNodePtr *nodes;
    size_t count, max;
};

/* What the answer of an expression depends on, besides one variable that stands still (quick.fixed). The stamp of the
 * document stands for all of these but the last. */
enum quick_needs { NEEDS_CONTEXT = 1, NEEDS_DOCUMENT = 2, NEEDS_SEVERAL = 4, NEEDS_CHANGING = 8 };

/* Where a bound row keeps an attribute. */
struct quick_place {
    const struct bound *row;
    size_t names; /* that the row had then */
    uint32_t index;
};

struct quick {
    enum quick_op op;
    enum quick_type type; /* of the result; of a variable it is known only when it runs */
    double number;
    const char *name;
    struct quick_variable *variable;
    const struct quick *left, *right;
    const struct quick *argument[QUICK_ARGUMENTS_MAX];
    size_t arguments;
    struct quick_step *steps;
    size_t count;
    const struct quick *base; /* the same path without its last step, NULL for a single step */
    /* set by quick_pool.c */
    unsigned needs;               /* quick_needs */
    struct quick_variable *fixed; /* one of the variables it uses, NULL when none */
    size_t work;                  /* about how many nodes must be looked at */
    struct quick_memo *memo;      /* NULL while used once */
    struct quick_place *place;    /* of `$variable/@name`, else NULL */
};

static inline int is_path(const struct quick *q)
{
    return q->op == OP_PATH || q->op == OP_PATH_ROOT || q->op == OP_PATH_VARIABLE || q->op == OP_UNION;
}

/* The one expression of the pool that says the same; q itself when it is new. NULL for NULL, and without memory. */
struct quick *quick_share(struct quick_pool *pool, struct quick *q);

/* Sets the fault, unless one stands; 0. */
int quick_fail(struct quick_machine *m, enum quick_fault f);
/* n zeroed bytes of an arena, NULL with the fault set. An arena that is full is a document's fault, like too many
 * steps; only memory refused is the machine's. */
void *quick_room(struct quick_machine *m, struct arena *a, size_t n);

/* ---- answers kept ---- */
/* The memo to ask and to fill, NULL when nothing may be kept. */
static inline struct quick_memo *quick_memo(const struct quick_machine *m, const struct quick *q, xmlNodePtr context)
{
    struct quick_memo *k = q->memo;
    if (!k)
        return NULL;
    uint64_t stamp = q->fixed && !q->needs ? q->fixed->stamp : m->stamp;
    const void *at = q->needs & NEEDS_CONTEXT    ? (const void *)context
                     : q->needs & NEEDS_DOCUMENT ? (const void *)context->doc
                                                 : NULL;
    if (!stamp)
        return NULL;
    if (k->stamp == stamp && k->at == at)
        return k;
    if (k->busy)
        return NULL;
    k->stamp = stamp;
    k->at = at;
    k->known = 0;
    return k;
}

/* ---- walking ---- */
struct quick_visit {
    struct quick_machine *m;
    int (*see)(struct quick_visit *v, xmlNodePtr node); /* 0 stops the walk */
    /* what visitors gather */
    double number;
    size_t count;
    const struct quick_value *other;
    enum quick_op op;
    xmlNodePtr first;
    xmlNodePtr *nodes;
    size_t max;
};
/* Shows each node of a path or union, in document order and once. */
void quick_visit(struct quick_visit *v, const struct quick *q, xmlNodePtr context);
/* The first node, NULL when there is none or a fault. */
xmlNodePtr quick_first(struct quick_machine *m, const struct quick *q, xmlNodePtr context);
/* All of them, in the scratch arena. */
void quick_nodes(struct quick_machine *m, const struct quick *q, xmlNodePtr context, struct quick_value *out);

/* As number() reads a string: libxml2's own answer, without its cost for short plain numbers. */
double quick_number_of(const char *s);

#endif
