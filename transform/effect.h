/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that change nothing: whoever took one believes that something changed, so it is told beside the document
 * concerned (use-record I03, the others D01), and in the log when the unit has sent nothing. */
#ifndef TRANSFORM_EFFECT_H
#define TRANSFORM_EFFECT_H

#include "transform/states.h"

/* Once the states, the return in force and the outcome stand. */
enum flow effect_tell(const struct plan *p, const struct subject *s, struct unit_judgement *u, struct err *e) MUST_USE;

#endif
