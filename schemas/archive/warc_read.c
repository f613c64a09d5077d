/* SPDX-License-Identifier: Apache-2.0 */
/* Reading WARC files: plain, one gzip member a record (ours), or any other cut into members. Every fault names file and
 * offset. */
#include "schemas/archive/gzip.h"
#include "schemas/archive/warc_parts.h"
#include "schemas/run/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AHEAD = 64 * 1024 };

struct warc_reader {
    char *path;
    struct gzip_reader *gz; /* NULL: plain file */
    int fd;
    uint64_t position; /* bytes consumed, plain file */
    uint64_t good;
    uint64_t records;
    int ended;
    size_t from, to; /* unread part of ahead; never holds bytes of two members */
    char ahead[AHEAD];
};

static int has_magic(const char *path, int fd, int *empty)
{
    unsigned char m[2];
    ssize_t n = pread(fd, m, 2, 0);
    size_t len = strlen(path);
    *empty = n == 0;
    return (n == 2 && m[0] == 0x1f && m[1] == 0x8b) || (len > 3 && strcmp(path + len - 3, ".gz") == 0);
}

struct warc_reader *warc_reader_open(const char *path, struct err *e)
{
    struct warc_reader *w = calloc(1, sizeof *w);
    int empty = 0;
    if (!w || !(w->path = strdup(path))) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a WARC reader");
        free(w);
        return NULL;
    }
    w->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (w->fd < 0) {
        (void)err_sys(e, err_status(errno, STATUS_NOINPUT), "%s", path);
        warc_reader_close(w);
        return NULL;
    }
    if (has_magic(path, w->fd, &empty) && !(w->gz = gzip_reader_open(path, e))) {
        warc_reader_close(w);
        return NULL;
    }
    if (empty) {
        (void)err_set(e, STATUS_DATA, "%s: an empty file is no archive", path);
        warc_reader_close(w);
        return NULL;
    }
    return w;
}

void warc_reader_close(struct warc_reader *w)
{
    if (!w)
        return;
    gzip_reader_close(w->gz);
    if (w->fd >= 0)
        (void)close(w->fd);
    free(w->path);
    free(w);
}

uint64_t warc_reader_good(const struct warc_reader *w)
{
    return w->good;
}

static enum flow plain_read(struct warc_reader *w, size_t *got, struct err *e)
{
    ssize_t k;
    do
        k = read(w->fd, w->ahead, sizeof w->ahead);
    while (k < 0 && errno == EINTR);
    if (k < 0)
        return err_sys(e, STATUS_IO, "%s", w->path);
    *got = (size_t)k;
    return k == 0 ? FLOW_END : FLOW_OK;
}

static enum flow more(struct warc_reader *w, struct err *e)
{
    size_t got = 0;
    if (w->from < w->to)
        return FLOW_OK;
    enum flow f = w->gz ? gzip_reader_read(w->gz, w->ahead, sizeof w->ahead, &got, e) : plain_read(w, &got, e);
    w->from = 0;
    w->to = got;
    return f;
}

static void consume(struct warc_reader *w, size_t n)
{
    w->from += n;
    w->position += n;
}

/* Where the next byte stands; 1 when a record beginning there can be sought. */
static int place(struct warc_reader *w, uint64_t *offset, struct err *e)
{
    if (!w->gz) {
        *offset = w->position;
        return 1;
    }
    int between = gzip_reader_between(w->gz, offset, e);
    return between && w->from == w->to;
}

static enum flow bad(struct warc_reader *w, uint64_t offset, struct err *e)
{
    return err_prefix(e, "%s: record %llu at offset %llu", w->path, (unsigned long long)w->records + 1,
                      (unsigned long long)offset);
}

static enum flow cut(struct warc_reader *w, uint64_t offset, struct err *e)
{
    (void)err_set(e, STATUS_DATA, "the file ends inside the record");
    return bad(w, offset, e);
}

/* Bytes up to and including the first empty line into r->head (that line left out). */
static enum flow read_head(struct warc_reader *w, struct warc_record *r, struct err *e)
{
    enum flow f;
    size_t line = 0; /* bytes of the current line that are neither CR nor LF */
    while ((f = more(w, e)) == FLOW_OK) {
        char *p = w->ahead + w->from, *lf = memchr(p, '\n', w->to - w->from);
        size_t n = lf ? (size_t)(lf - p) + 1 : w->to - w->from;
        for (size_t i = 0; i < n; i++)
            line += p[i] != '\r' && p[i] != '\n';
        if (r->head.len + n > r->head.max)
            return err_set(e, STATUS_DATA, "record header longer than %zu bytes", r->head.max);
        f = buf_put(&r->head, p, n, e);
        consume(w, n);
        if (f != FLOW_OK)
            return f;
        if (lf && line == 0)
            return FLOW_OK;
        if (lf)
            line = 0;
    }
    return f;
}

static enum flow read_block(struct warc_reader *w, struct warc_record *r, uint64_t length, struct err *e)
{
    if (length > r->block.max)
        return err_set(e, STATUS_DATA, "block of %llu bytes, more than the %zu accepted", (unsigned long long)length,
                       r->block.max);
    while (length > 0) {
        enum flow f = more(w, e);
        if (f != FLOW_OK)
            return f;
        size_t n = w->to - w->from < length ? w->to - w->from : (size_t)length;
        f = buf_put(&r->block, w->ahead + w->from, n, e);
        if (f != FLOW_OK)
            return f;
        consume(w, n);
        length -= n;
    }
    return FLOW_OK;
}

static enum flow read_line_end(struct warc_reader *w, struct err *e)
{
    static const char end[2] = {'\r', '\n'};
    for (size_t i = 0; i < sizeof end; i++) {
        enum flow f = more(w, e);
        if (f != FLOW_OK)
            return f;
        if (w->ahead[w->from] != end[i])
            return err_set(e, STATUS_DATA, "the record does not end where its Content-Length says");
        consume(w, 1);
    }
    return FLOW_OK;
}

/* Two line ends follow a block; some crawlers leave out the second where the member or the file ends. */
static enum flow read_end(struct warc_reader *w, struct err *e)
{
    uint64_t offset;
    enum flow f = read_line_end(w, e);
    if (f != FLOW_OK || (w->gz && place(w, &offset, e)))
        return f;
    f = more(w, e);
    return f == FLOW_OK ? read_line_end(w, e) : f == FLOW_END ? FLOW_OK : f;
}

static enum flow read_record(struct warc_reader *w, struct warc_record *r, struct err *e)
{
    uint64_t length = 0;
    enum flow f = read_head(w, r, e);
    if (f == FLOW_OK)
        f = warc_head_parse(r, &length, e);
    if (f == FLOW_OK)
        f = read_block(w, r, length, e);
    if (f == FLOW_OK)
        f = read_end(w, e);
    return f == FLOW_OK ? warc_record_check(r, e) : f;
}

enum flow warc_next(struct warc_reader *w, struct warc_record *r, struct err *e)
{
    uint64_t start = 0, end = 0;
    warc_record_reset(r);
    int seekable = place(w, &start, e);
    enum flow f = more(w, e);
    if (f == FLOW_END)
        return FLOW_END;
    if (f != FLOW_OK)
        return bad(w, start, e);
    f = read_record(w, r, e);
    if (f == FLOW_END)
        return cut(w, start, e);
    if (f != FLOW_OK)
        return bad(w, start, e);
    r->offset = start;
    int whole = place(w, &end, e);
    if (!whole && (f = more(w, e)) != FLOW_OK)
        return f == FLOW_END ? cut(w, start, e) : bad(w, start, e);
    r->length = seekable && whole ? end - start : 0;
    if (whole)
        w->good = end;
    w->records++;
    return FLOW_OK;
}

/* ---- from memory, from a known place ---- */

/* The head of the record that begins at p, where its block begins and how long that is said to be. */
static enum flow put_head(const char *p, size_t n, struct warc_record *r, const char **block, uint64_t *length,
                          struct err *e)
{
    const char *at = p, *end = p + n, *lf;
    for (size_t line = 1; line; at = lf + 1) {
        lf = memchr(at, '\n', (size_t)(end - at));
        if (!lf)
            return err_set(e, STATUS_DATA, "the record header has no end");
        line = (size_t)(lf - at);
        line -= line && at[line - 1] == '\r';
    }
    if ((size_t)(at - p) > r->head.max)
        return err_set(e, STATUS_DATA, "record header longer than %zu bytes", r->head.max);
    *block = at;
    enum flow f = buf_put(&r->head, p, (size_t)(at - p), e);
    return f == FLOW_OK ? warc_head_parse(r, length, e) : f;
}

/* The head of the record that is p[0..n), and its block. */
static enum flow parse_head(const char *p, size_t n, struct warc_record *r, const char **block, size_t *block_n,
                            struct err *e)
{
    uint64_t length = 0;
    enum flow f = put_head(p, n, r, block, &length, e);
    if (f != FLOW_OK)
        return f;
    size_t left = n - (size_t)(*block - p);
    if (left < length + 4 || memcmp(*block + length, WARC_RECORD_END, 4) != 0)
        return err_set(e, STATUS_DATA, "the record does not end where its Content-Length says");
    *block_n = (size_t)length;
    return FLOW_OK;
}

enum flow warc_parse(const char *p, size_t n, struct warc_record *r, struct err *e)
{
    const char *block;
    size_t length = 0;
    warc_record_reset(r);
    enum flow f = parse_head(p, n, r, &block, &length, e);
    if (f == FLOW_OK)
        f = buf_put(&r->block, block, length, e);
    return f == FLOW_OK ? warc_record_check(r, e) : f;
}

/* The whole record stands in r->block: its head goes where it belongs. A large document is in memory once. */
static enum flow parse_in_place(struct warc_record *r, size_t block_max, struct err *e)
{
    struct buf *b = &r->block;
    const char *block;
    size_t length = 0;
    enum flow f = parse_head(buf_str(b), b->len, r, &block, &length, e);
    if (f != FLOW_OK)
        return f;
    if (length > block_max)
        return err_set(e, STATUS_DATA, "larger than %zu bytes", block_max);
    memmove(b->data, block, length);
    b->data[length] = '\0';
    b->len = length;
    return warc_record_check(r, e);
}

static enum flow read_piece(int fd, const char *path, uint64_t offset, size_t n, char *to, struct err *e)
{
    ssize_t have = fs_read_at(fd, to, n, offset);
    if (have < 0)
        return err_sys(e, STATUS_IO, "%s", path);
    return (size_t)have == n
               ? FLOW_OK
               : err_set(e, STATUS_DATA, "%s: ends before offset %llu", path, (unsigned long long)(offset + n));
}

enum flow warc_read_at(const char *path, uint64_t offset, uint64_t length, struct warc_record *r, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_NOINPUT), "%s", path);
    enum flow f = warc_read_fd(fd, path, offset, length, r, e);
    (void)close(fd);
    return f;
}

enum flow warc_read_fd(int fd, const char *path, uint64_t offset, uint64_t length, struct warc_record *r, struct err *e)
{
    size_t used = 0, block_max = r->block.max, max = block_max + WARC_HEAD_MAX + 64;
    const char *block;
    uint64_t stated;
    struct err ignored;
    warc_record_reset(r);
    char *piece = length <= max ? malloc((size_t)length + 1) : NULL;
    enum flow f = piece ? read_piece(fd, path, offset, (size_t)length, piece, e)
                        : err_set(e, length <= max ? STATUS_SYSTEM : STATUS_DATA, "%s: no room for %llu bytes", path,
                                  (unsigned long long)length);
    r->block.max = max; /* for the head too, as long as it stands there */
    if (f == FLOW_OK) {
        enum gzip_fault fault = gzip_inflate_member(piece, (size_t)length, 0, &r->block, &used, e);
        f = fault == GZIP_OK ? FLOW_OK : fault == GZIP_TOO_LARGE ? FLOW_ITEM : FLOW_FATAL;
    }
    free(piece);
    if (f == FLOW_ITEM) /* its beginning is there */
        (void)put_head(buf_str(&r->block), r->block.len, r, &block, &stated, &ignored);
    if (f == FLOW_OK)
        f = parse_in_place(r, block_max, e);
    r->block.max = block_max;
    if (f == FLOW_OK) {
        r->offset = offset;
        r->length = length;
    } else {
        buf_reset(&r->block);
        (void)err_prefix(e, "%s: record at offset %llu", path, (unsigned long long)offset);
    }
    return f;
}
