/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

static const char end_mark[] = "!end ", own_mark[] = ",\"lines\":\"", own_end[] = "\"}\n";

/* ---- reading ---- */

/* Length of the lines before the last one, or -1. The last line is copied into tail. */
static off_t split_end(int fd, char *tail, size_t size)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size == 0)
        return -1;
    off_t from = st.st_size > (off_t)size - 1 ? st.st_size - (off_t)size + 1 : 0;
    ssize_t n = pread(fd, tail, (size_t)(st.st_size - from), from);
    if (n != st.st_size - from || tail[n - 1] != '\n')
        return -1;
    ssize_t at = n - 1;
    while (at > 0 && tail[at - 1] != '\n')
        at--;
    memmove(tail, tail + at, (size_t)(n - at));
    tail[n - at] = '\0';
    return from + at;
}

/* Reads [0, end) by chunks ending at a line end. */
static enum flow each_chunk(int fd, off_t end, lines_take *take, void *ctx, struct err *e)
{
    char chunk[CHUNK];
    off_t at = 0;
    while (at < end) {
        size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        ssize_t n = pread(fd, chunk, want, at);
        while (n > 0 && chunk[n - 1] != '\n')
            n--;
        if (n <= 0)
            return err_set(e, STATUS_DATA, "a line of the index has no end");
        enum flow f = take(ctx, chunk, (size_t)n, e);
        if (f != FLOW_OK)
            return f;
        at += n;
    }
    return FLOW_OK;
}

static enum flow digest_chunk(void *ctx, const char *p, size_t n, struct err *e)
{
    return digest_put(ctx, p, n, e);
}

/* "!end HEAD,"lines":"DIGEST"}" with that digest; HEAD into head. */
static int is_closed(const char *tail, struct digest *d, char *head)
{
    char right[DIGEST_HEX_MAX + sizeof own_mark + sizeof own_end], own[DIGEST_HEX_MAX];
    struct err e;
    size_t n = strlen(tail), m = strlen(end_mark);
    if (digest_hex(d, own, &e) != FLOW_OK)
        return 0;
    size_t k = (size_t)snprintf(right, sizeof right, "%s%s%s", own_mark, own, own_end);
    if (n < m + k || memcmp(tail, end_mark, m) != 0 || memcmp(tail + n - k, right, k) != 0)
        return 0;
    memcpy(head, tail + m, n - m - k);
    head[n - m - k] = '\0';
    return 1;
}

int lines_open(const char *path, struct digest *d, char head[LINES_ONE_MAX], off_t *end)
{
    char tail[LINES_ONE_MAX];
    struct err e;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *end = split_end(fd, tail, sizeof tail);
    if (*end >= 0 && digest_reset(d, &e) == FLOW_OK && each_chunk(fd, *end, digest_chunk, d, &e) == FLOW_OK &&
        is_closed(tail, d, head))
        return fd;
    (void)close(fd);
    return -1;
}

struct splitting {
    lines_take *take;
    void *ctx;
};

static enum flow split_chunk(void *ctx, const char *p, size_t n, struct err *e)
{
    struct splitting *s = ctx;
    for (const char *end = p + n, *lf; p < end; p = lf + 1) {
        lf = memchr(p, '\n', (size_t)(end - p));
        if (!lf)
            return err_set(e, STATUS_BUG, "a chunk of lines ends within one");
        enum flow f = s->take(s->ctx, p, (size_t)(lf - p), e);
        if (f != FLOW_OK)
            return f;
    }
    return FLOW_OK;
}

enum flow lines_each(int fd, off_t end, lines_take *take, void *ctx, struct err *e)
{
    struct splitting s = {take, ctx};
    return each_chunk(fd, end, split_chunk, &s, e);
}

/* ---- writing ---- */

void lines_begin(struct lines *l, const char *path)
{
    struct err ignored;
    *l = (struct lines){.digest = digest_new(&ignored)};
    l->out = l->digest ? output_cache_open(path, &ignored) : NULL;
    if (!l->out)
        lines_give_up(l);
}

void lines_put(struct lines *l, const char *p, size_t n)
{
    struct err ignored;
    if (l->out && (digest_put(l->digest, p, n, &ignored) != FLOW_OK ||
                   sink_write(output_sink(l->out), p, n, &ignored) != FLOW_OK))
        lines_give_up(l);
}

void lines_finish(struct lines *l, const char *head)
{
    char line[LINES_ONE_MAX + DIGEST_HEX_MAX], own[DIGEST_HEX_MAX];
    struct err ignored;
    if (l->out && digest_hex(l->digest, own, &ignored) == FLOW_OK) {
        int n = snprintf(line, sizeof line, "%s%s%s%s%s", end_mark, head, own_mark, own, own_end);
        if (n > 0 && n < LINES_ONE_MAX && sink_write(output_sink(l->out), line, (size_t)n, &ignored) == FLOW_OK) {
            (void)!output_commit(l->out, &ignored);
            l->out = NULL;
        }
    }
    lines_give_up(l);
}

void lines_give_up(struct lines *l)
{
    output_abort(l->out);
    digest_free(l->digest);
    *l = (struct lines){NULL, NULL};
}
