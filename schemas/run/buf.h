/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded byte buffer: the only way a product file grows memory piece by piece. */
#ifndef SCHEMAS_RUN_BUF_H
#define SCHEMAS_RUN_BUF_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* always followed by a NUL once anything was put; NULL while empty */
    size_t len; /* bytes, without the NUL */
    size_t cap; /* allocated bytes */
    size_t max; /* refuses to hold more bytes than this */
};

/* An empty buffer that never holds more than max bytes. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is empty again and keeps its maximum. */
void buf_fini(struct buf *b);
/* Forgets the content, keeps the memory unless it is large: a buffer that once held a document of megabytes gives them
 * back. */
void buf_reset(struct buf *b);
/* Gives back the memory beyond what it holds. */
void buf_fit(struct buf *b);
/* Appends a copy of n bytes / a NUL-terminated string / one byte / formatted text. Fails with STATUS_DATA beyond max,
 * STATUS_SYSTEM without memory. */
enum flow buf_put(struct buf *b, const void *p, size_t n, struct err *e) MUST_USE;
enum flow buf_puts(struct buf *b, const char *s, struct err *e) MUST_USE;
enum flow buf_putc(struct buf *b, char c, struct err *e) MUST_USE;
enum flow buf_printf(struct buf *b, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_USE;
/* Room for n more bytes; *p is where they go; the caller then adds what it wrote to b->len. */
enum flow buf_room(struct buf *b, size_t n, char **p, struct err *e) MUST_USE;
/* The content as a string ("" when empty); valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
