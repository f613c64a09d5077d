/* SPDX-License-Identifier: Apache-2.0 */
/* Deduction by arithmetic (METHOD 3a): the one missing part of a table whose total is known, or a total whose parts are
 * all known. Only for the silences and variables that the edition allows, never below zero, never in a table with a
 * failed rule, never seen by a rule. */
#ifndef TRANSFORM_DEDUCE_H
#define TRANSFORM_DEDUCE_H

#include "transform/document.h"

/* Fills cells of d; *made is how many. */
enum flow deduce(const struct plan *p, struct document *d, unsigned *made, struct err *e) MUST_USE;

#endif
