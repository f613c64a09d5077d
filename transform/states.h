/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the documents of one unit, one beside the other: states (exclusive, adding up to received), the
 * return in force, the outcome. Order is what the documents declare (number; where an edition has none, their stamp),
 * never when they came. */
#ifndef TRANSFORM_STATES_H
#define TRANSFORM_STATES_H

#include "transform/document.h"

enum unit_outcome {
    UNIT_COMPLETE,
    UNIT_PARTIAL,
    UNIT_UNUSABLE,
    UNIT_REFUSAL,
    UNIT_WITHDRAWN,
    UNIT_UNDECIDED,
    UNIT_SILENT,
    UNIT_OUTCOMES
};
const char *unit_outcome_name(enum unit_outcome o);

struct unit_judgement {
    struct document *documents; /* in order of arrival */
    size_t count;
    struct document *in_force; /* NULL: none */
    enum unit_outcome outcome;
    unsigned core_asked, core_answered, items_asked, items_answered;
};

/* Sets state, reason and related of each document, adds what is worth saying to their findings, and fills the rest of
 * u. The edition must ask something of the unit (row in the register, in scope) for the outcome to mean anything. */
enum flow states_decide(const struct plan *p, const struct subject *s, struct unit_judgement *u,
                        struct err *e) MUST_USE;

#endif
