/* SPDX-License-Identifier: Apache-2.0 */
/* ISO Schematron (ISO/IEC 19757-3) over compiled XPath 1.0 (quick.h where it can, else libxml2): schema, ns, let
 * (schema, phase, pattern, rule), phase, pattern, rule with first match, assert, report, value-of, name, diagnostics by
 * language, role, flag. Not here, and refused by name: include, extends, abstract. One object serves one thread:
 * libxml2 writes into compiled expressions while it runs them, so each worker compiles its own.
 *
 * Three outcomes that are no success: a test that failed (assert false, report true); a test that is not evaluable (a
 * report with role="not-evaluable", the guard of its pattern, was true); a test that crashed (its expression stopped
 * with an error). */
#ifndef TRANSFORM_RULES_SCHEMATRON_H
#define TRANSFORM_RULES_SCHEMATRON_H

#include "schemas/run/buf.h"
#include "transform/rules/bound.h"

#include <libxml/tree.h>
#include <stdint.h>

struct schematron; /* opaque */

enum { SCHEMATRON_LANGUAGES = 4 };

struct schematron_options {
    const char *name;             /* file name in errors */
    const char *phase;            /* NULL: the schema's defaultPhase, else all patterns */
    const char *const *externals; /* NULL-terminated names of variables bound by the caller; NULL for none */
    const char *const
        *languages; /* NULL-terminated, at most SCHEMATRON_LANGUAGES: messages are made in each, in this order */
    int slow;       /* every expression by libxml2, none by the quick engine: for comparing the two */
};

enum schematron_outcome { SCHEMATRON_FAILED, SCHEMATRON_NOT_EVALUABLE, SCHEMATRON_CRASHED };

struct schematron_result {
    enum schematron_outcome outcome;
    const char *id;                            /* of the assert or report */
    const char *pattern;                       /* id of its pattern, "" when it has none */
    const char *role;                          /* of the test, else of the rule, else "" */
    const char *flag;                          /* likewise */
    int report;                                /* 1: report, 0: assert */
    int line;                                  /* of the test in the schema */
    xmlNodePtr node;                           /* the context node; the document when the context itself crashed */
    const char *message[SCHEMATRON_LANGUAGES]; /* the diagnostic in that language, else the text of the test; white
                                                  space collapsed */
    const char *fault;                         /* crashed: what stopped the expression; else "" */
};

struct schematron_counts {
    uint64_t fired, passed, failed, not_evaluable, crashed;
};

/* Reads and compiles the schema in text[0..n). NULL with STATUS_CONFIG, naming file and line. The caller frees with
 * schematron_close. */
struct schematron *schematron_open(const char *text, size_t n, const struct schematron_options *o, struct err *e);
void schematron_close(struct schematron *s); /* accepts NULL */

/* Gives an external variable the value of a row's element (borrowed until bound again or closed); NULL is the empty
 * node-set. To be called again whenever the row's values have changed. FLOW_FATAL with STATUS_BUG when no such name was
 * declared. */
enum flow schematron_bind(struct schematron *s, const char *name, const struct bound *row, struct err *e) MUST_USE;

/* Runs the active patterns over the document; found is called for each result, in the order of patterns, rules and
 * document, and stops the run with anything but FLOW_OK. counts may be NULL; what it holds is added to. */
enum flow schematron_run(struct schematron *s, xmlDocPtr doc,
                         enum flow (*found)(void *ctx, const struct schematron_result *r, struct err *e), void *ctx,
                         struct schematron_counts *counts, struct err *e) MUST_USE;

/* ---- what the schema contains, for proofs on an edition ---- */
struct schematron_rule_info {
    const char *pattern, *context;
    int line;
    int guard;           /* holds nothing but reports of role not-evaluable */
    size_t first, tests; /* its tests: schematron_test(s, first) ... */
};
struct schematron_test_info {
    const char *id, *role, *test;
    int line, report;
};
size_t schematron_rules(const struct schematron *s);
struct schematron_rule_info schematron_rule(const struct schematron *s, size_t i);
size_t schematron_tests(const struct schematron *s);
struct schematron_test_info schematron_test(const struct schematron *s, size_t i);
/* Nodes that the context of rule i matches, whatever earlier rules of its pattern take; -1 when it crashes. */
int schematron_matches(struct schematron *s, size_t i, xmlDocPtr doc);
/* A test that computes with numbers in a pattern whose first rule is no guard: *line and its id, else NULL. */
const char *schematron_unguarded(const struct schematron *s, int *line);

#endif
