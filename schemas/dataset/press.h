/* SPDX-License-Identifier: Apache-2.0 */
/* Compression of the tables by several threads: text goes in as blocks, each becomes one gzip member, members come out
 * in the order the blocks went in. Where blocks end is the caller's choice, so the bytes do not depend on the number of
 * threads. */
#ifndef SCHEMAS_DATASET_PRESS_H
#define SCHEMAS_DATASET_PRESS_H

#include "schemas/run/sink.h"

struct press; /* opaque */

/* threads < 2: compresses in the caller's thread. */
struct press *press_new(long threads, int level, struct err *e);
void press_free(struct press *p); /* accepts NULL; drops what was not delivered */
/* Takes the content of text, which is empty after; its member goes to `out` now or in a later call. */
enum flow press_put(struct press *p, struct buf *text, struct sink out, struct err *e) MUST_USE;
/* Delivers all that is under way. */
enum flow press_drain(struct press *p, struct err *e) MUST_USE;

#endif
