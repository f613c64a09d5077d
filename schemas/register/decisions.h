/* SPDX-License-Identifier: Apache-2.0 */
/* decisions.csv: what an analyst decided about a unit, a record or a value, by whom, when and why (page
 * pre-register.5). Columns: unit, action, record, rule, variable, category, old, new, who, when, reason. */
#ifndef SCHEMAS_REGISTER_DECISIONS_H
#define SCHEMAS_REGISTER_DECISIONS_H

#include "schemas/register/register.h"

enum decision_action {
    DECISION_USE_RECORD, /* this record is the return of the unit, whatever the order says */
    DECISION_WITHDRAW,   /* this record is withdrawn; without record: the unit's return */
    DECISION_REFUSAL,    /* the unit declines to answer */
    DECISION_CONFIRM, /* the value that a rule would withhold is right: by rule, by variable (and category), or both */
    DECISION_SET      /* the value of one cell, old to new; empty new: no value */
};
const char *decision_action_name(enum decision_action a);

struct decision {
    uint32_t unit; /* index in the register */
    enum decision_action action;
    const char *record; /* record id, or "" : whatever record is in force */
    const char *rule;   /* rule id, or "" */
    uint32_t variable;  /* or EDITION_NONE */
    uint32_t category;  /* position in the variable's list, or EDITION_NONE */
    const char *old_value, *new_value;
    const char *who, *reason;
    int64_t when; /* instant; a date alone is midnight UTC */
    uint32_t line;
};

struct decisions; /* opaque */

/* STATUS_NOINPUT, or STATUS_DATA "file:line: column: value: what: remedy". */
struct decisions *decisions_open(const struct edition *ed, const struct register_table *t, const char *path,
                                 struct err *e);
struct decisions *decisions_read(const struct edition *ed, const struct register_table *t, const char *text, size_t n,
                                 const char *name, struct err *e);
/* FLOW_FATAL with STATUS_DATA, line, date and remedy when one is dated after `now`: a slip of the pen that would count
 * at once. */
enum flow decisions_not_after(const struct decisions *d, int64_t now, const char *name, struct err *e) MUST_USE;
void decisions_close(struct decisions *d);         /* accepts NULL */
size_t decisions_count(const struct decisions *d); /* 0 for NULL */
/* By unit, then when, then line: the later decision wins. */
const struct decision *decisions_get(const struct decisions *d, size_t i);
/* The rows of one unit: first index and count. */
size_t decisions_of(const struct decisions *d, uint32_t unit, size_t *first);
/* SHA-256 of the file's bytes, hex; "" for NULL. */
const char *decisions_digest(const struct decisions *d);

#endif
