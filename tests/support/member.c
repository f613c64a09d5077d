/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/member.h"

#include "schemas/archive/gzip.h"

enum { LEVEL = 6 };

enum flow member_put(const void *p, size_t n, struct buf *out, struct err *e)
{
    struct gzip_writer *w = gzip_writer_new(sink_buf(out), LEVEL, e);
    enum flow f = w ? sink_write(gzip_writer_sink(w), p, n, e) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = gzip_writer_finish(w, e);
    gzip_writer_free(w);
    return f;
}
