/* SPDX-License-Identifier: Apache-2.0 */
/* The true answers of every PRE of the field, with national totals met exactly, and those of last edition. */
#ifndef TESTS_SPECIMEN_ANSWERS_H
#define TESTS_SPECIMEN_ANSWERS_H

#include "tests/specimen/people.h"

/* PRE that hold more than 2 % of 85 000 children each: three for 530. */
size_t answers_giants(size_t field);
enum flow answers_make(struct people *p, enum mode mode, struct err *e) MUST_USE;
/* Last edition's values of one unit, from its true ones. */
void answers_before(const struct people *p, struct pre *u);

#endif
