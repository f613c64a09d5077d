/* SPDX-License-Identifier: Apache-2.0 */
/* Where bytes go: a file, a compressor, a digest, a buffer, nothing. A tiny function table, so that tests run on
 * memory. */
#ifndef SCHEMAS_RUN_SINK_H
#define SCHEMAS_RUN_SINK_H

#include "schemas/run/buf.h"

struct sink {
    enum flow (*write)(void *ctx, const void *p, size_t n, struct err *e); /* takes all n bytes or fails */
    void *ctx;
};

static inline MUST_USE enum flow sink_write(struct sink s, const void *p, size_t n, struct err *e)
{
    return s.write(s.ctx, p, n, e);
}

/* Appends to a buffer the caller owns. */
struct sink sink_buf(struct buf *b);
/* Writes to a file descriptor the caller owns; EINTR and short writes handled; every error reported with `name`. */
struct fd_sink {
    int fd;
    const char *name;
};
struct sink sink_fd(struct fd_sink *f);

#endif
