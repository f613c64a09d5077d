/* SPDX-License-Identifier: Apache-2.0 */
/* DIR/truth: what must come out, unit by unit, document by document, cell by cell, and for the nation. */
#ifndef TESTS_SPECIMEN_TRUTH_H
#define TESTS_SPECIMEN_TRUTH_H

#include "tests/specimen/story.h"

struct truth; /* opaque */

/* name: "truth", or "truth-first" for what stood before the drop folder was read and the analyst decided. */
struct truth *truth_open(const struct people *p, const char *dir, const char *name, struct err *e);
/* Unit i: what remained of it and what arrived. In order. */
enum flow truth_unit(struct truth *t, size_t i, const struct judged *j, const struct arrival *list, size_t count,
                     struct err *e) MUST_USE;
/* Documents of no unit. */
enum flow truth_documents(struct truth *t, const struct arrival *list, size_t count, struct err *e) MUST_USE;
/* Writes national.csv and frees in every case. */
enum flow truth_close(struct truth *t, struct err *e) MUST_USE;
void truth_abort(struct truth *t);

#endif
