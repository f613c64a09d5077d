/* SPDX-License-Identifier: Apache-2.0 */
/* What arrived as archives, without a server and an extraction: for tests and measures of the stage that follows. The
 * site is received on 2022-06-25, the inbox on 2022-07-03, one second a document. */
#ifndef TESTS_SPECIMEN_PACK_H
#define TESTS_SPECIMEN_PACK_H

#include "tests/specimen/story.h"

struct pack; /* opaque */

/* root: folder below which the files of arrivals lie. */
struct pack *pack_open(const char *dir, const char *root, struct err *e);
/* Deposits what arrived of one unit. */
enum flow pack_put(struct pack *p, const struct arrival *list, size_t count, struct err *e) MUST_USE;
/* Frees in every case. */
enum flow pack_close(struct pack *p, struct err *e) MUST_USE;
void pack_abort(struct pack *p); /* accepts NULL */

#endif
