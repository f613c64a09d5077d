/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of trouble does to an honest letter. */
#ifndef TESTS_SPECIMEN_TROUBLE_H
#define TESTS_SPECIMEN_TROUBLE_H

#include "tests/specimen/kinds.h"
#include "tests/specimen/letter.h"

/* 1 when the kind needs a full letter to start from (it breaks a rule that looks at many cells). */
int trouble_needs_full(enum kind k);
/* Changes the letter. Kinds that are about doors, numbers or several documents leave it alone. */
void trouble_apply(enum kind k, const struct people *p, struct letter *l);
/* Changes what last edition knew of a unit, where the kind is about that. */
void trouble_before(enum kind k, struct pre *u);
/* The rule an analyst confirmed for this kind, or NULL. */
const char *trouble_confirmed(enum kind k);

#endif
