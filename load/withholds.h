/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule keeps out of the figures, as the edition of a vintage says it. */
#ifndef LOAD_WITHHOLDS_H
#define LOAD_WITHHOLDS_H

#include "schemas/edition/edition.h"

/* 1 when a finding of this rule takes this cell away: a rule of the edition takes the cells of its table, a rule of the
 * reader (a text that is no number, a code unknown) only the one that its finding names, which `named` says. */
int withholds(const struct edition *ed, const char *rule, const char *variable, const char *category, int named);

#endif
