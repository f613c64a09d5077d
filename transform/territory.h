/* SPDX-License-Identifier: Apache-2.0 */
/* Official geographic codes, which are text: départements (01 to 95 without 20, 2A, 2B, 971 to 978, 984 to 989),
 * communes (département, then digits, five in all), priority neighbourhoods (QP or QN, the département on three
 * characters, three more). The form alone is judged: which codes exist in a year is for reference tables. */
#ifndef TRANSFORM_TERRITORY_H
#define TRANSFORM_TERRITORY_H

#include "schemas/edition/edition.h"

enum { TERRITORY_MAX = 9, TERRITORY_CASE = 1 << 16 };

/* Reads n bytes, white space around them already gone. Lower case is put in upper case; with EDITION_LEADING_ZERO in
 * `allowed`, 1 becomes 01 and 1004 becomes 01004. used: 0, or what was changed (TERRITORY_CASE, EDITION_LEADING_ZERO).
 * 0 when it is no such code. */
int territory_read(const char *s, size_t n, unsigned allowed, char *out, unsigned *used) MUST_USE;

#endif
