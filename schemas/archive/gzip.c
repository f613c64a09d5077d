/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) through zlib's inflate and deflate, never through gzread: its end-of-file checks say nothing about a
 * cut file or a wrong CRC unless three different calls are asked. Here one state machine reads members and gives one
 * verdict. A member that lies whole in memory is tried by libdeflate first, which takes less than half of the time and
 * says nothing but yes or no: every no, and every member with a field that it does not check, goes the long way. */
#include "schemas/archive/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* A member has at least a header, an empty block and a trailer; its flags stand at the fourth byte. */
enum { CHUNK = 64 * 1024, WINDOW_GZIP = 15 + 16, RATIO_FLOOR = 1 << 20, MEMBER_MIN = 18, FLAGS = 3, OS = 9, UNIX = 3 };

static const struct {
    enum gzip_fault fault;
    const char *text;
} fault_texts[] = {
    {GZIP_OK, "no fault"},
    {GZIP_NOT, "not a gzip file"},
    {GZIP_CUT, "gzip data ends inside a member"},
    {GZIP_CORRUPT, "gzip data is damaged (deflate stream, CRC or length)"},
    {GZIP_TRAILING, "bytes after the last gzip member"},
    {GZIP_TOO_LARGE, "inflates beyond the size limit"},
    {GZIP_RATIO, "inflates beyond the ratio limit"},
    {GZIP_MEMORY, "no memory to inflate it"},
};

const char *gzip_fault_text(enum gzip_fault f)
{
    for (size_t i = 0; i < sizeof fault_texts / sizeof fault_texts[0]; i++)
        if (fault_texts[i].fault == f)
            return fault_texts[i].text;
    return "unknown gzip fault";
}

static enum gzip_fault fault(enum gzip_fault f, struct err *e)
{
    (void)err_set(e, STATUS_DATA, "%s", gzip_fault_text(f));
    return f;
}

static enum gzip_fault no_memory(struct err *e)
{
    (void)err_set(e, STATUS_SYSTEM, "out of memory while inflating");
    return GZIP_MEMORY;
}

static int magic(const unsigned char *p, size_t n)
{
    return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

/* ---- memory to memory ---- */

/* Feeds at most what an unsigned int can count; returns how much. */
static size_t feed(z_stream *z, const unsigned char *p, size_t n)
{
    size_t k = n > (1u << 30) ? (1u << 30) : n;
    z->next_in = (z_const Bytef *)(uintptr_t)p;
    z->avail_in = (uInt)k;
    return k;
}

/* One inflate call into out; when out is full, one byte of scratch tells "more to come" from "exactly full". */
static int inflate_some(z_stream *z, struct buf *out, int *over, struct err *e)
{
    unsigned char scratch[1];
    char *to = NULL;
    size_t room = out->max - out->len;
    size_t want = room < CHUNK ? room : CHUNK;
    if (want && buf_room(out, want, &to, e) != FLOW_OK)
        return Z_MEM_ERROR;
    if (want && out->cap - out->len - 1 > want)
        want = out->cap - out->len - 1 < room ? out->cap - out->len - 1 : room;
    z->next_out = want ? (Bytef *)to : scratch;
    z->avail_out = want ? (uInt)want : 1u;
    int rc = inflate(z, Z_NO_FLUSH);
    size_t got = (want ? want : 1u) - z->avail_out;
    if (want) {
        out->len += got;
        out->data[out->len] = '\0';
    } else {
        *over = got > 0;
    }
    return rc;
}

static int too_dense(unsigned ratio, size_t inflated, size_t compressed)
{
    return ratio && inflated > RATIO_FLOOR && inflated / ratio > compressed;
}

static enum gzip_fault member(z_stream *z, const unsigned char *p, size_t n, unsigned ratio, struct buf *out,
                              size_t *used, struct err *e)
{
    size_t start = out->len, fed = 0;
    int over = 0;
    if (!magic(p, n))
        return fault(n < 2 && (n == 0 || p[0] == 0x1f) ? GZIP_CUT : GZIP_NOT, e);
    for (;;) {
        if (z->avail_in == 0) {
            if (fed == n)
                return fault(GZIP_CUT, e);
            fed += feed(z, p + fed, n - fed);
        }
        int rc = inflate_some(z, out, &over, e);
        *used = fed - z->avail_in;
        if (over)
            return fault(GZIP_TOO_LARGE, e);
        if (too_dense(ratio, out->len - start, *used))
            return fault(GZIP_RATIO, e);
        if (rc == Z_STREAM_END)
            return GZIP_OK;
        if (rc == Z_MEM_ERROR)
            return no_memory(e);
        if (rc == Z_BUF_ERROR && z->avail_in == 0 && fed == n)
            return fault(GZIP_CUT, e);
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            return fault(GZIP_CORRUPT, e);
    }
}

/* Inflates a plain member that ends with its n bytes; 0 when it is not sure, and nothing changed. The last four bytes
 * announce the size, which is believed only as far as room goes. */
static int inflate_whole(const unsigned char *p, size_t n, struct buf *out, size_t *used)
{
    struct err ignored;
    char *to;
    size_t got = 0;
    if (n < MEMBER_MIN || !magic(p, n) || p[FLAGS] != 0)
        return 0;
    size_t size = (size_t)p[n - 4] | (size_t)p[n - 3] << 8 | (size_t)p[n - 2] << 16 | (size_t)p[n - 1] << 24;
    if (size > RATIO_FLOOR || size > out->max - out->len || buf_room(out, size, &to, &ignored) != FLOW_OK)
        return 0;
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    int sure = d && libdeflate_gzip_decompress_ex(d, p, n, to, size, used, &got) == LIBDEFLATE_SUCCESS && *used == n;
    libdeflate_free_decompressor(d);
    if (sure)
        out->len += got;
    if (out->data)
        out->data[out->len] = '\0';
    return sure;
}

enum gzip_fault gzip_inflate_member(const void *p, size_t n, unsigned ratio, struct buf *out, size_t *used,
                                    struct err *e)
{
    z_stream z = {0};
    if (inflate_whole(p, n, out, used))
        return GZIP_OK;
    *used = 0;
    if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
        return no_memory(e);
    enum gzip_fault f = member(&z, p, n, ratio, out, used, e);
    (void)inflateEnd(&z);
    return f;
}

enum gzip_fault gzip_inflate(const void *p, size_t n, unsigned ratio, struct buf *out, struct err *e)
{
    const unsigned char *at = p;
    size_t start = out->len, done = 0;
    z_stream z = {0};
    if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
        return no_memory(e);
    enum gzip_fault f = GZIP_OK;
    do {
        size_t used = 0;
        if (done && !magic(at + done, n - done)) {
            f = fault(GZIP_TRAILING, e);
            break;
        }
        z.avail_in = 0;
        f = member(&z, at + done, n - done, 0, out, &used, e);
        done += used;
        if (f == GZIP_OK && too_dense(ratio, out->len - start, done))
            f = fault(GZIP_RATIO, e);
        if (f == GZIP_OK && inflateReset(&z) != Z_OK)
            f = no_memory(e);
    } while (f == GZIP_OK && done < n);
    (void)inflateEnd(&z);
    return f;
}

/* ---- writing ---- */

struct gzip_writer {
    z_stream z;
    struct sink out;
    int level;
    int open;  /* inside a member */
    int ready; /* deflateInit done */
    unsigned char chunk[CHUNK];
};

struct gzip_writer *gzip_writer_new(struct sink out, int level, struct err *e)
{
    struct gzip_writer *w = calloc(1, sizeof *w);
    if (!w) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a gzip writer");
        return NULL;
    }
    w->out = out;
    w->level = level;
    if (deflateInit2(&w->z, level, Z_DEFLATED, WINDOW_GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for deflate");
        free(w);
        return NULL;
    }
    w->ready = 1;
    return w;
}

/* The header is ours to the byte: time 0, OS 3 whatever the machine. zlib copies it before the first output. */
static enum flow begin(struct gzip_writer *w, struct err *e)
{
    static gz_header header = {.os = 3};
    if (deflateReset(&w->z) != Z_OK || deflateSetHeader(&w->z, &header) != Z_OK)
        return err_set(e, STATUS_BUG, "deflate refused to start a member");
    w->open = 1;
    return FLOW_OK;
}

static enum flow pump(struct gzip_writer *w, int flush, struct err *e)
{
    int rc;
    do {
        w->z.next_out = w->chunk;
        w->z.avail_out = sizeof w->chunk;
        rc = deflate(&w->z, flush);
        if (rc == Z_STREAM_ERROR)
            return err_set(e, STATUS_BUG, "deflate state is damaged");
        size_t got = sizeof w->chunk - w->z.avail_out;
        if (got) {
            enum flow f = sink_write(w->out, w->chunk, got, e);
            if (f != FLOW_OK)
                return f;
        }
    } while (w->z.avail_out == 0 || w->z.avail_in > 0 || (flush == Z_FINISH && rc != Z_STREAM_END));
    return FLOW_OK;
}

static enum flow put(void *ctx, const void *p, size_t n, struct err *e)
{
    struct gzip_writer *w = ctx;
    const unsigned char *at = p;
    if (!w->open) {
        enum flow f = begin(w, e);
        if (f != FLOW_OK)
            return f;
    }
    while (n > 0) {
        size_t k = feed(&w->z, at, n);
        enum flow f = pump(w, Z_NO_FLUSH, e);
        if (f != FLOW_OK)
            return f;
        at += k;
        n -= k;
    }
    return FLOW_OK;
}

struct sink gzip_writer_sink(struct gzip_writer *w)
{
    return (struct sink){put, w};
}

enum flow gzip_writer_finish(struct gzip_writer *w, struct err *e)
{
    if (!w->open) {
        enum flow f = begin(w, e);
        if (f != FLOW_OK)
            return f;
    }
    w->z.avail_in = 0;
    enum flow f = pump(w, Z_FINISH, e);
    w->open = 0;
    return f;
}

void gzip_writer_free(struct gzip_writer *w)
{
    if (!w)
        return;
    (void)deflateEnd(&w->z);
    free(w);
}

struct gzip_packer {
    struct libdeflate_compressor *z;
};

struct gzip_packer *gzip_packer_new(int level, struct err *e)
{
    struct gzip_packer *k = calloc(1, sizeof *k);
    if (k && (k->z = libdeflate_alloc_compressor(level)) != NULL)
        return k;
    free(k);
    (void)err_set(e, STATUS_SYSTEM, "out of memory for a compressor");
    return NULL;
}

void gzip_packer_free(struct gzip_packer *k)
{
    if (k)
        libdeflate_free_compressor(k->z);
    free(k);
}

enum flow gzip_pack(struct gzip_packer *k, const void *p, size_t n, struct buf *out, struct err *e)
{
    char *to;
    size_t room = libdeflate_gzip_compress_bound(k->z, n);
    enum flow f = buf_room(out, room, &to, e);
    if (f != FLOW_OK)
        return f;
    size_t got = libdeflate_gzip_compress(k->z, p, n, to, room);
    if (got <= OS)
        return err_set(e, STATUS_BUG, "a block of %zu bytes does not fit its own bound", n);
    to[OS] = UNIX; /* the library leaves it unknown; its time is 0 already */
    out->len += got;
    out->data[out->len] = '\0';
    return FLOW_OK;
}

/* ---- reading a file ---- */

struct gzip_reader {
    int fd;
    char *path;
    z_stream z;
    int inside;       /* in a member */
    int eof;          /* the file has no more bytes */
    uint64_t read;    /* bytes taken from the file */
    uint64_t start;   /* file offset of the current member */
    uint64_t members; /* members finished */
    int piecemeal;    /* a member did not go whole: no other is tried */
    struct libdeflate_decompressor *whole;
    unsigned char chunk[CHUNK];
};

struct gzip_reader *gzip_reader_open(const char *path, struct err *e)
{
    struct gzip_reader *r = calloc(1, sizeof *r);
    if (!r) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a gzip reader");
        return NULL;
    }
    r->path = strdup(path);
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0 || !r->path || inflateInit2(&r->z, WINDOW_GZIP) != Z_OK) {
        if (r->fd < 0)
            (void)err_sys(e, err_status(errno, STATUS_NOINPUT), "%s", path);
        else
            (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", path);
        if (r->fd >= 0)
            (void)close(r->fd);
        free(r->path);
        free(r);
        return NULL;
    }
    return r;
}

/* Moves what is left to the front and reads until `least` bytes are there or the file ends. */
static enum flow fill(struct gzip_reader *r, uInt least, struct err *e)
{
    if (r->z.avail_in >= least)
        return FLOW_OK;
    if (r->z.avail_in)
        memmove(r->chunk, r->z.next_in, r->z.avail_in);
    r->z.next_in = r->chunk;
    while (r->z.avail_in < least && !r->eof) {
        ssize_t k = read(r->fd, r->chunk + r->z.avail_in, sizeof r->chunk - r->z.avail_in);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_sys(e, STATUS_IO, "%s", r->path);
        r->eof = k == 0;
        r->z.avail_in += (uInt)k;
        r->read += (uint64_t)k;
    }
    return FLOW_OK;
}

static enum flow refuse(struct gzip_reader *r, enum gzip_fault f, struct err *e)
{
    return err_set(e, STATUS_DATA, "%s: %s (member %llu, offset %llu)", r->path, gzip_fault_text(f),
                   (unsigned long long)r->members + 1, (unsigned long long)r->start);
}

static enum flow next_member(struct gzip_reader *r, size_t n, struct err *e)
{
    enum flow f = fill(r, n > CHUNK && !r->piecemeal ? CHUNK : 2, e);
    if (f != FLOW_OK)
        return f;
    r->start = r->read - r->z.avail_in;
    if (r->z.avail_in == 0)
        return r->members ? FLOW_END : refuse(r, GZIP_CUT, e);
    if (!magic(r->z.next_in, r->z.avail_in)) {
        int stub = r->z.avail_in == 1 && r->z.next_in[0] == 0x1f;
        return refuse(r, stub ? GZIP_CUT : r->members ? GZIP_TRAILING : GZIP_NOT, e);
    }
    if (inflateReset(&r->z) != Z_OK)
        return err_set(e, STATUS_BUG, "%s: inflate refused to start", r->path);
    r->inside = 1;
    return FLOW_OK;
}

/* The member that begins here, when it is plain, lies whole in the chunk and fits n bytes; 0 when it is not sure, and
 * nothing changed. */
static int read_whole(struct gzip_reader *r, void *p, size_t n, size_t *got)
{
    size_t used = 0;
    if (r->piecemeal || n <= CHUNK || r->z.avail_in < MEMBER_MIN || r->z.next_in[FLAGS] != 0)
        return 0;
    if (!r->whole)
        r->whole = libdeflate_alloc_decompressor();
    r->piecemeal = !r->whole || libdeflate_gzip_decompress_ex(r->whole, r->z.next_in, r->z.avail_in, p, n, &used,
                                                              got) != LIBDEFLATE_SUCCESS;
    if (r->piecemeal) {
        *got = 0;
        return 0;
    }
    r->z.next_in += used;
    r->z.avail_in -= (uInt)used;
    r->inside = 0;
    r->members++;
    return 1;
}

enum flow gzip_reader_read(struct gzip_reader *r, void *p, size_t n, size_t *got, struct err *e)
{
    *got = 0;
    while (*got == 0) {
        int begins = !r->inside;
        enum flow f = begins ? next_member(r, n, e) : FLOW_OK;
        if (f == FLOW_OK && begins && read_whole(r, p, n, got))
            continue;
        if (f == FLOW_OK && r->z.avail_in == 0)
            f = fill(r, 1, e);
        if (f != FLOW_OK)
            return f;
        if (r->z.avail_in == 0)
            return refuse(r, GZIP_CUT, e);
        size_t want = n > CHUNK ? CHUNK : n;
        r->z.next_out = p;
        r->z.avail_out = (uInt)want;
        int rc = inflate(&r->z, Z_NO_FLUSH);
        *got = want - r->z.avail_out;
        if (rc == Z_STREAM_END) {
            r->inside = 0;
            r->members++;
        } else if (rc == Z_MEM_ERROR) {
            return err_set(e, STATUS_SYSTEM, "%s: out of memory while inflating", r->path);
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return refuse(r, GZIP_CORRUPT, e);
        }
    }
    return FLOW_OK;
}

int gzip_reader_between(struct gzip_reader *r, uint64_t *offset, struct err *e)
{
    unsigned char none[1];
    if (r->inside && (r->z.avail_in || fill(r, 1, e) == FLOW_OK)) {
        r->z.next_out = none;
        r->z.avail_out = 0;
        if (inflate(&r->z, Z_NO_FLUSH) == Z_STREAM_END) {
            r->inside = 0;
            r->members++;
        }
    }
    *offset = r->inside ? r->start : r->read - r->z.avail_in;
    return !r->inside;
}

void gzip_reader_close(struct gzip_reader *r)
{
    if (!r)
        return;
    (void)inflateEnd(&r->z);
    libdeflate_free_decompressor(r->whole);
    (void)close(r->fd);
    free(r->path);
    free(r);
}
