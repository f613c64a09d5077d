/* SPDX-License-Identifier: Apache-2.0 */
/* Reading records back: bodies, marks, kept files, and what extraction asks of earlier runs. */
#include "schemas/archive/http.h"
#include "schemas/archive/known.h"
#include "schemas/archive/memory.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, KEPT_OPEN = 256 }; /* files whose descriptors are kept */

/* ---- loading ---- */

/* A descriptor that stays open until the archive is closed, shared by threads; -1 when there are too many files, or it
 * cannot be had. */
static int descriptor(struct file *f, uint32_t i, const char *path)
{
    int have = atomic_load(&f->open), none = 0;
    if (have || i >= KEPT_OPEN)
        return have - 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || atomic_compare_exchange_strong(&f->open, &none, fd + 1))
        return fd;
    (void)close(fd); /* another thread was first */
    return none - 1;
}

static enum flow read_spot(const struct archive *a, struct spot s, struct warc_record *r, struct err *e)
{
    char path[PATH_SIZE];
    if (!fs_join(path, sizeof path, a->dir, a->file[s.file].name))
        return err_set(e, STATUS_NOINPUT, "%s/%s: the path is too long", a->dir, a->file[s.file].name);
    int fd = descriptor(&a->file[s.file], s.file, path);
    enum flow f = fd < 0 ? warc_read_at(path, spot_offset(s), s.length, r, e)
                         : warc_read_fd(fd, path, spot_offset(s), s.length, r, e);
    if (f == FLOW_OK && (r->block_digest == WARC_DIGEST_BAD || r->payload_digest == WARC_DIGEST_BAD))
        return err_set(e, STATUS_DATA, "%s: record at offset %llu: its digest is not the one stated", path,
                       (unsigned long long)spot_offset(s));
    return f;
}

/* The record that holds a payload, which has that digest, in full; FLOW_END when none does. */
static enum flow read_body(const struct archive *a, uint32_t body, const char *digest, struct warc_record *r,
                           struct err *e)
{
    char stated[DIGEST_HEX_MAX];
    if (body == MAP_NONE || a->body[body].file == NO_FILE)
        return FLOW_END;
    struct spot s = a->body[body];
    enum flow f = read_spot(a, s, r, e);
    if (f == FLOW_OK)
        index_payload_digest(r, stated, sizeof stated);
    if (f == FLOW_OK && strcmp(stated, digest) != 0)
        return err_set(
            e, STATUS_DATA,
            "%s: the record at offset %llu is not the body with digest %s; remove the .index folder and run again",
            a->file[s.file].name, (unsigned long long)spot_offset(s), digest);
    return f;
}

static enum flow put_text(struct buf *b, const char *s, struct err *e)
{
    buf_reset(b);
    return s ? buf_puts(b, s, e) : FLOW_OK;
}

/* Media type and coding announced: of the HTTP head when there is one, else of the record. */
static enum flow take_head(const struct warc_record *r, struct archive_body *b, struct err *e)
{
    const char *uri = warc_get(r, "WARC-Target-URI");
    enum flow f = put_text(&b->source, uri, e);
    buf_reset(&b->type);
    if (f == FLOW_OK && r->payload) {
        struct http_value v = http_field(r->block.data, r->payload, "Content-Type");
        f = v.text ? buf_put(&b->type, v.text, v.len, e) : FLOW_OK;
    } else if (f == FLOW_OK && r->type == WARC_RESOURCE && warc_get(r, "Content-Type")) {
        f = buf_puts(&b->type, warc_get(r, "Content-Type"), e);
    }
    return f;
}

static int is_gzip(const char *p, size_t n)
{
    return n >= 2 && (unsigned char)p[0] == 0x1f && (unsigned char)p[1] == 0x8b;
}

/* Takes off what the server (Content-Encoding) or the sender (a .gz file) put around the document: XML never begins
 * like a gzip member. */
enum gzip_fault archive_decode(const char *p, size_t n, unsigned ratio, struct buf *out, struct err *e)
{
    struct buf inner;
    buf_reset(out);
    if (!is_gzip(p, n))
        return buf_put(out, p, n, e) == FLOW_OK ? GZIP_OK : e->status == STATUS_SYSTEM ? GZIP_MEMORY : GZIP_TOO_LARGE;
    enum gzip_fault fault = gzip_inflate(p, n, ratio, out, e);
    if (fault != GZIP_OK || !is_gzip(buf_str(out), out->len))
        return fault;
    inner = *out;
    buf_init(out, inner.max);
    fault = gzip_inflate(inner.data, inner.len, ratio, out, e);
    buf_fini(&inner);
    return fault;
}

void archive_body_init(struct archive_body *b, size_t body_max)
{
    *b = (struct archive_body){0};
    buf_init(&b->bytes, body_max);
    buf_init(&b->source, WARC_HEAD_MAX);
    buf_init(&b->type, WARC_HEAD_MAX);
    warc_record_init(&b->record, body_max + WARC_HEAD_MAX);
}

void archive_body_fini(struct archive_body *b)
{
    buf_fini(&b->bytes);
    buf_fini(&b->source);
    buf_fini(&b->type);
    warc_record_fini(&b->record);
}

/* A payload that needs no decoding is not copied: the record gives its buffer away. 0: it cannot. */
static int give_away(struct warc_record *r, const char *p, size_t n, struct buf *out)
{
    struct buf *from = r->chunked ? &r->plain : &r->block, had = *out;
    if (is_gzip(p, n) || n > out->max || n >= from->cap)
        return 0;
    memmove(from->data, p, n);
    from->data[n] = '\0';
    *out = (struct buf){from->data, n, from->cap, out->max};
    *from = (struct buf){had.data, 0, had.cap, from->max};
    r->payload = 0;
    r->chunked = 0;
    return 1;
}

enum flow archive_load(const struct archive *a, size_t i, struct archive_body *b, struct err *e)
{
    const struct document *d = &a->document[i];
    b->fault = GZIP_OK;
    b->received = 0;
    buf_reset(&b->bytes);
    b->id[0] = b->digest[0] = '\0';
    enum flow f = read_spot(a, d->spot, &b->record, e);
    if (f == FLOW_OK || f == FLOW_ITEM) {
        index_record_id(&b->record, b->id, sizeof b->id);
        index_payload_digest(&b->record, b->digest, sizeof b->digest);
    }
    if (f == FLOW_ITEM) { /* larger than any document may be */
        b->fault = GZIP_TOO_LARGE;
        buf_reset(&b->source);
        buf_reset(&b->type);
        return f;
    }
    if (f == FLOW_OK)
        f = take_head(&b->record, b, e);
    if (f == FLOW_OK && b->record.type == WARC_REVISIT) /* has no payload of its own */
        f = read_body(a, d->body, b->digest, &b->record, e);
    if (f == FLOW_END)
        return err_set(e, STATUS_DATA, "the archive holds no body with digest %s", b->digest);
    if (f != FLOW_OK)
        return f;
    size_t n;
    const char *p = warc_payload(&b->record, &n);
    b->received = n;
    if (give_away(&b->record, p, n, &b->bytes))
        return FLOW_OK;
    b->fault = archive_decode(p, n, a->options.ratio, &b->bytes, e);
    if (b->fault == GZIP_OK)
        return FLOW_OK;
    buf_reset(&b->bytes);
    return b->fault == GZIP_MEMORY ? FLOW_FATAL : FLOW_ITEM;
}

/* The last four bytes of a member announce its size, the lowest first. */
size_t archive_size(const struct archive *a, size_t i)
{
    const struct document *d = &a->document[i];
    struct spot s = d->spot;
    unsigned char end[4];
    char path[PATH_SIZE];
    if (d->body != MAP_NONE && a->body[d->body].file != NO_FILE) /* that of a revisit stands elsewhere */
        s = a->body[d->body];
    int fd = fs_join(path, sizeof path, a->dir, a->file[s.file].name) ? descriptor(&a->file[s.file], s.file, path) : -1;
    if (fd < 0 || s.length < sizeof end ||
        fs_read_at(fd, end, sizeof end, spot_offset(s) + s.length - sizeof end) != (ssize_t)sizeof end)
        return 0;
    return (size_t)end[0] | (size_t)end[1] << 8 | (size_t)end[2] << 16 | (size_t)end[3] << 24;
}

enum flow archive_fetch_read(const struct archive *a, size_t i, struct warc_record *r, struct err *e)
{
    return read_spot(a, a->fetch[i].mark, r, e);
}

enum flow archive_kept(const struct archive *a, const char *what, struct buf *out, struct err *e)
{
    size_t i = strcmp(what, kept_names[0]) == 0 ? 0 : 1;
    struct warc_record r;
    if (a->kept[i].file == NO_FILE || a->kept_body[i] == MAP_NONE || a->body[a->kept_body[i]].file == NO_FILE)
        return FLOW_END;
    warc_record_init(&r, out->max + WARC_HEAD_MAX);
    enum flow f = read_spot(a, a->body[a->kept_body[i]], &r, e);
    size_t n;
    const char *p = warc_payload(&r, &n);
    if (f == FLOW_OK)
        f = buf_put(out, p, n, e);
    warc_record_fini(&r);
    return f;
}

/* ---- memory of extraction ---- */

int archive_last(const struct archive *a, size_t unit, int64_t *until)
{
    uint32_t again = a->source ? a->source[unit].again : NEVER_ASKED;
    *until = again < NOT_BEFORE ? INSTANT_NONE : a->until[again - NOT_BEFORE];
    return again != NEVER_ASKED;
}

int archive_last_is(const struct archive *a, size_t unit, const char *digest)
{
    return a->last[unit] != MAP_NONE && a->last[unit] == known_body(a, digest);
}

enum flow archive_last_data(const struct archive *a, size_t unit, struct warc_record *r, struct err *e)
{
    struct spot s = a->source[unit].data;
    return s.file == NO_FILE ? FLOW_END : read_spot(a, s, r, e);
}

enum flow archive_find_body(const struct archive *a, const char *digest, struct warc_record *r, struct err *e)
{
    return read_body(a, known_body(a, digest), digest, r, e);
}

int archive_has_inbox(const struct archive *a, const char *name, const char *digest)
{
    char key[INDEX_NAME_MAX + DIGEST_HEX_MAX + 2];
    int n = snprintf(key, sizeof key, "%s %s", digest, name);
    return a->inbox && n > 0 && (size_t)n < sizeof key && map_get(a->inbox, key, (size_t)n) != MAP_NONE;
}

int archive_kept_before(const struct archive *a, const char *digest, struct archive_kept_record *k)
{
    uint32_t body = known_body(a, digest);
    for (size_t i = 0; body != MAP_NONE && i < a->wholes; i++)
        if (a->whole[i].body == body) {
            *k = (struct archive_kept_record){a->whole[i].record, kept_names[a->whole[i].name], a->whole[i].at};
            return 1;
        }
    return 0;
}
