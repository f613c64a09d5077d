/* SPDX-License-Identifier: Apache-2.0 */
#include "load/show/spool.h"

#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 1 << 16, PATH_ROOM = 4096 };

/* A temporary file that is gone with its descriptor. */
static enum flow open_file(struct spool *s, struct err *e)
{
    char path[PATH_ROOM];
    if (!fs_join(path, sizeof path, fs_temporary(), "pre-load-XXXXXX")) {
        return err_set(e, STATUS_CANTCREAT, "%s: name too long; set TMPDIR to a shorter one", fs_temporary());
    }
    s->file.fd = mkstemp(path);
    if (s->file.fd < 0) {
        return err_sys(e, STATUS_CANTCREAT, "%s: an answer is kept there until it is complete (TMPDIR)", path);
    }
    (void)unlink(path);
    return FLOW_OK;
}

static enum flow spool_write(void *ctx, const void *p, size_t n, struct err *e)
{
    struct spool *s = ctx;
    if (s->file.fd < 0 && open_file(s, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    return sink_write(sink_fd(&s->file), p, n, e);
}

struct sink spool_sink(struct spool *s)
{
    return (struct sink){spool_write, s};
}

enum flow spool_send(struct spool *s, struct sink out, struct err *e)
{
    static char piece[PIECE];
    ssize_t n;
    for (uint64_t at = 0; s->file.fd >= 0 && (n = fs_read_at(s->file.fd, piece, sizeof piece, at)) != 0;
         at += (uint64_t)n) {
        if (n < 0) {
            return err_sys(e, STATUS_IO, "%s", s->file.name);
        }
        if (sink_write(out, piece, (size_t)n, e) != FLOW_OK) {
            return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

void spool_close(struct spool *s)
{
    if (s->file.fd >= 0) {
        (void)close(s->file.fd);
        s->file.fd = -1;
    }
}
