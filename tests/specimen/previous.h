/* SPDX-License-Identifier: Apache-2.0 */
/* Last edition's dataset, as a package like any other: 85 % of the PRE, codes of that edition with their harmonised
 * ones. */
#ifndef TESTS_SPECIMEN_PREVIOUS_H
#define TESTS_SPECIMEN_PREVIOUS_H

#include "tests/specimen/people.h"

/* Writes DIR/previous/<name> and points DIR/previous/current at it. */
enum flow previous_write(const struct people *p, const char *dir, struct err *e) MUST_USE;

#endif
