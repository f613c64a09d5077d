/* SPDX-License-Identifier: Apache-2.0 */
/* register.csv of the specimen. */
#ifndef TESTS_SPECIMEN_REGISTER_H
#define TESTS_SPECIMEN_REGISTER_H

#include "tests/specimen/people.h"

struct register_file; /* opaque */

struct register_file *register_file_open(const char *dir, struct err *e);
enum flow register_file_unit(struct register_file *f, const struct people *p, size_t i, const char *source,
                             struct err *e) MUST_USE;
/* Writes the file; frees in every case. */
enum flow register_file_close(struct register_file *f, struct err *e) MUST_USE;
void register_file_abort(struct register_file *f);

#endif
