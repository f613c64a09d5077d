/* SPDX-License-Identifier: Apache-2.0 */
/* What every worker shares and nobody changes: the edition, what is derived from it, the register, the decisions. */
#ifndef TRANSFORM_PLAN_H
#define TRANSFORM_PLAN_H

#include "schemas/edition/edition.h"
#include "schemas/register/decisions.h"
#include "schemas/register/register.h"

struct plan_cell {
    uint32_t variable;
    uint32_t category; /* position, or EDITION_NONE */
};

struct sibling { /* another edition of the same enquiry, beside ours */
    const char *id, *namespace_uri;
};

struct plan {
    const struct edition *edition;
    const struct register_table *frame; /* NULL: --check without a register */
    const struct decisions *decisions;  /* NULL: none */
    int64_t as_of;                      /* decisions after it do not count; INSTANT_NONE: all do */
    struct arena arena;
    struct plan_cell *cells; /* by cell number: first_cell + position */
    uint32_t *order;         /* cell numbers in the order of observations: variable id, category code, bytewise */
    uint32_t *content_order; /* the same by harmonised code, so that editions that rename a code agree */
    uint32_t absent, blank, nil, withheld, unit; /* silences */
    struct sibling *siblings;
    size_t sibling_count;
    struct buf rules_text; /* rules.sch; empty when the edition has none */
};

/* decisions, frame: borrowed, may be NULL. The caller frees with plan_fini. */
enum flow plan_init(struct plan *p, const struct edition *ed, const struct register_table *frame,
                    const struct decisions *d, int64_t as_of, struct err *e) MUST_USE;
void plan_fini(struct plan *p);
/* Code of a cell's category, "" for a scalar. */
const char *plan_category(const struct plan *p, uint32_t cell);
/* Harmonised code, "" for a scalar. */
const char *plan_harmonised(const struct plan *p, uint32_t cell);
/* The edition that a namespace belongs to, or NULL. */
const char *plan_edition_of(const struct plan *p, const char *namespace_uri);

#endif
