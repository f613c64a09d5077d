/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/sink.h"

#include <errno.h>
#include <unistd.h>

static enum flow to_buf(void *ctx, const void *p, size_t n, struct err *e)
{
    return buf_put(ctx, p, n, e);
}

struct sink sink_buf(struct buf *b)
{
    return (struct sink){to_buf, b};
}

static enum flow to_fd(void *ctx, const void *p, size_t n, struct err *e)
{
    const struct fd_sink *f = ctx;
    const char *from = p;
    while (n > 0) {
        ssize_t done = write(f->fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_sys(e, err_status(errno, STATUS_IO), "%s", f->name);
        from += done;
        n -= (size_t)done;
    }
    return FLOW_OK;
}

struct sink sink_fd(struct fd_sink *f)
{
    return (struct sink){to_fd, f};
}
