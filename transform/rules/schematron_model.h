/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled schema, shared by schematron.c and its helpers (read it), schematron_run.c (runs it) and
 * schematron_info.c (tells of it). */
#ifndef TRANSFORM_RULES_SCHEMATRON_MODEL_H
#define TRANSFORM_RULES_SCHEMATRON_MODEL_H

#include "schemas/run/arena.h"
#include "transform/rules/quick.h"
#include "transform/rules/schematron.h"
#include "transform/rules/xpath.h"

/* ---- texts ---- */
enum part_kind { PART_TEXT, PART_VALUE, PART_NAME };
struct part {
    enum part_kind kind;
    const char *text;         /* PART_TEXT, white space collapsed at the end only */
    const char *source;       /* PART_VALUE: the expression */
    xmlXPathCompExprPtr expr; /* PART_VALUE; PART_NAME with a path, else NULL */
};
struct message {
    const char *language; /* inherited xml:lang, "" when none */
    struct part *parts;
    size_t count;
};

/* ---- variables: evaluated when first used, then kept while their scope stands ---- */
struct let {
    struct quick_variable is; /* first: the quick engine asks with it */
    struct lets *scope;
    xmlXPathCompExprPtr expr;
    const struct quick *quick; /* the same expression, when the quick engine knows it */
    uint64_t stamp;            /* of the scope the value was made for; 0: none */
    struct quick_value value;
    const char *fault; /* what stopped it, NULL when it has a value */
};
struct lets {
    struct let *items;
    size_t count;
    uint64_t stamp;
    int of_rule; /* evaluated from the node of the rule, else from the document */
};
struct external {
    struct quick_variable is; /* first; its stamp, never 0, tells it from a let */
    struct quick_value value; /* node-set of the bound row's element; empty when unbound */
    xmlNodePtr element;
};

/* ---- rules ---- */
struct diagnostic {
    const char *id;
    struct message message;
};
struct test {
    const char *id, *role, *flag, *source;
    int report, line, not_evaluable;
    xmlXPathCompExprPtr expr;
    const struct quick *quick;
    struct message message;
    const struct diagnostic **diagnostics;
    size_t diagnostics_count;
    struct spoken {
        const struct message *message; /* chosen when compiled */
        const struct quick **quick;    /* of each part, as it stands in this rule; NULL where libxml2 is asked */
    } spoken[SCHEMATRON_LANGUAGES];
};
struct context {
    const char *source;       /* the pattern as written */
    int own;                  /* uses variables of its pattern: not shared with other patterns */
    xmlXPathCompExprPtr expr; /* of the nodes it matches */
    const struct quick *quick;
    uint64_t stamp;
    struct quick_value nodes;
    const char *fault; /* what stopped it, NULL when it has nodes */
};
struct rule {
    const char *role, *flag;
    int line, guard;
    size_t context; /* in schematron.contexts */
    size_t first_test, tests;
    struct lets lets;
};
struct pattern {
    const char *id;
    int active;
    size_t first_rule, rules;
    struct lets lets;
};

/* Nodes that a rule of the pattern took already: open addressing, emptied by a new stamp. */
struct taken {
    struct slot {
        xmlNodePtr node;
        uint64_t stamp;
    } * slots;
    size_t size, used; /* size is a power of two */
    uint64_t stamp;
};

struct schematron {
    struct arena arena;
    struct quick_pool pool;
    xmlXPathContextPtr xpath;
    const char *name;
    const char *languages[SCHEMATRON_LANGUAGES];
    size_t languages_count;
    struct external *externals;
    size_t externals_count;
    struct lets lets; /* of the schema and of the active phase */
    struct diagnostic *diagnostics;
    size_t diagnostics_count;
    struct context *contexts;
    size_t contexts_count;
    struct pattern *patterns;
    size_t patterns_count;
    struct rule *rules;
    size_t rules_count;
    struct test *tests;
    size_t tests_count;
    xmlXPathCompExprPtr *compiled; /* every expression, for freeing */
    size_t compiled_count, compiled_max;

    int slow; /* the quick engine stays out */

    /* while running */
    struct quick_machine machine;
    struct arena values;   /* of variables and contexts, emptied before each document */
    const char *let_fault; /* what stopped the last variable asked for */
    uint64_t stamp;        /* the last one given: of a document, or of a variable bound anew */
    struct pattern *pattern;
    struct rule *rule;
    xmlNodePtr node;
    struct taken taken;
    struct buf text[SCHEMATRON_LANGUAGES];
};

/* Once, when the object is made: what running needs. */
void schematron_prepare(struct schematron *s);

#endif
