/* SPDX-License-Identifier: Apache-2.0 */
/* When documents say they were sent, against when they came and against their numbers. The number decides which return
 * stands; a clock that contradicts it, or reception, is told to a person, with both instants. */
#ifndef TRANSFORM_STAMPS_H
#define TRANSFORM_STAMPS_H

#include "transform/states.h"

/* I04: stamped after reception, beyond the parameter sequence.ahead (minutes; none: 0). Sets the verdict again. */
enum flow stamps_ahead(const struct plan *p, struct unit_judgement *u, struct err *e) MUST_USE;
/* I05: d declares a higher number and an earlier stamp than the other. */
enum flow stamps_cross(struct document *d, const struct document *other, struct err *e) MUST_USE;
/* Instant of the stamp; 0 when there is none, or none with a zone. */
int stamps_read(const struct document *d, int64_t *t) MUST_USE;

#endif
