/* SPDX-License-Identifier: Apache-2.0 */
/* Withholding (step 9): an error keeps a group of variables out of the figures; its raw text stays, a decision
 * `confirm` keeps the value. */
#ifndef TRANSFORM_WITHHOLD_H
#define TRANSFORM_WITHHOLD_H

#include "transform/document.h"

/* The assertion `id` failed on d: withholds what its row of rules.csv says, cell by cell, unless confirmed. */
void withhold_rule(const struct plan *p, const struct subject *s, struct document *d, const char *id);
/* Whether a decision about the rule `asked` is about `id`: "A05" speaks for "A05.2" too, "" for every rule. */
int withhold_rule_speaks(const char *asked, const char *id);
/* 0 nothing above information, 1 only warnings, 2 something withheld, 3 fatal. */
int withhold_verdict(const struct plan *p, const struct document *d);

#endif
