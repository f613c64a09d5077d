/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of --check-edition share. */
#ifndef TRANSFORM_CHECK_EDITION_PARTS_H
#define TRANSFORM_CHECK_EDITION_PARTS_H

#include "transform/check/edition.h"
#include "transform/judge.h"

struct proof {
    const struct edition *edition;
    struct plan plan;
    struct xml_schema *schema;
    struct xml_reader *reader;
    struct buf text;                   /* of example.xml */
    xmlDocPtr example;                 /* the reader's */
    const struct edition_state *state; /* the dated rows now resolved */
    struct edition_proof counts;
    struct err *err;
};

/* "folder/file:line: name: what", STATUS_CONFIG; line 0 is left out. */
enum flow proof_fault(const struct proof *p, const char *file, uint64_t line, const char *name, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* 1 for the latest rows, those that rules.sch is written for. */
static inline int proof_is_latest(const struct proof *p)
{
    return p->state->as_of == INSTANT_NONE;
}

/* Every select of variables.csv finds something in the example: each category of a keyed variable too. */
enum flow proof_selects(struct proof *p) MUST_USE;
/* Every element that return.xsd allows stands in the example. */
enum flow proof_elements(struct proof *p) MUST_USE;
/* Rules: ids, rows, severities, guards, contexts, names of bound attributes. */
enum flow proof_rules(struct proof *p) MUST_USE;
/* The example breaks no rule; every counter-example fires the rule it is named after and nothing else. */
enum flow proof_examples(struct proof *p) MUST_USE;

#endif
