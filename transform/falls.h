/* SPDX-License-Identifier: Apache-2.0 */
/* I06: what only grows in the course of a campaign is lower in a return than in the one it replaces. Told with both
 * values, and left as sent: the correction may be right. */
#ifndef TRANSFORM_FALLS_H
#define TRANSFORM_FALLS_H

#include "transform/document.h"
#include "transform/plan.h"

/* The parameter sequence.grows names the variables, separated by spaces; without it nothing is told. */
enum flow falls_tell(const struct plan *p, const struct document *before, struct document *d, struct err *e) MUST_USE;
/* STATUS_CONFIG when it names something else than variables that are numbers. */
enum flow falls_check(const struct edition *ed, struct err *e) MUST_USE;

#endif
