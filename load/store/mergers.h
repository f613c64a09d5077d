/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the size of units out of scope: that of a unit merged during the reference year goes to the one in
 * scope that took over in the end; all others stand on their own line (pre-method(7): the successor is in scope with
 * the size of both, and beside its answer of today stand those of both from the last edition). */
#ifndef LOAD_STORE_MERGERS_H
#define LOAD_STORE_MERGERS_H

#include "load/estimate/population.h"

struct mergers; /* opaque */

/* NULL: STATUS_SYSTEM. */
struct mergers *mergers_new(int reference_year, struct err *e);
void mergers_free(struct mergers *m); /* accepts NULL */
/* A unit out of scope. Texts are copied; `ends` is its last day ("YYYY-MM-DD" or ""), `successor` its heir ("" when
 * none). */
enum flow mergers_add(struct mergers *m, const char *unit, const char *scope, const char *successor, const char *ends,
                      double size, struct err *e) MUST_USE;
/* Once every unit of the population is there: hands the size over, notes who took over whom, counts the units out of
 * scope. */
enum flow mergers_settle(const struct mergers *m, struct population *p, struct err *e) MUST_USE;

#endif
