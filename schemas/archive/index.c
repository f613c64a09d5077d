/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/index.h"

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    INDEX_VERSION = 1,
    BLOCK_MAX = 512 << 20,
    LINE_MAX_BYTES = 8192,
    CHUNK = 64 * 1024,
    KEEP_BYTES = 1 << 20,
    PATH_SIZE = 4096
};

static const char end_mark[] = "!end ";

/* ---- lines ---- */

enum flow index_encode(const char *s, size_t n, struct buf *out, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '%')
            f = buf_printf(out, e, "%%%02X", c);
        else
            f = buf_putc(out, s[i], e);
    }
    return f;
}

static int unhex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode(const char *s, size_t n, char *out, size_t size)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (k + 1 >= size)
            return 0;
        if (s[i] == '%') {
            if (i + 2 >= n || unhex(s[i + 1]) < 0 || unhex(s[i + 2]) < 0)
                return 0;
            out[k++] = (char)(unhex(s[i + 1]) * 16 + unhex(s[i + 2]));
            i += 2;
        } else {
            out[k++] = s[i];
        }
    }
    out[k] = '\0';
    return 1;
}

enum flow index_print(const struct index_entry *x, struct buf *out, struct err *e)
{
    char day[INSTANT_TEXT_MAX], stamp[16] = "";
    size_t n = clock_print_compact(x->at, day), k = 0;
    for (size_t i = 0; i < n && k < 14; i++)
        if (day[i] >= '0' && day[i] <= '9')
            stamp[k++] = day[i];
    stamp[k] = '\0';
    enum flow f = *x->unit ? index_encode(x->unit, strlen(x->unit), out, e) : buf_putc(out, '-', e);
    if (f == FLOW_OK)
        f = buf_printf(out, e,
                       " %s {\"at\":%" PRId64 ",\"outcome\":\"%s\",\"until\":%" PRId64 ",\"mark\":[%" PRIu64 ",%" PRIu64
                       "]",
                       stamp, x->at, x->outcome, x->until, x->mark_offset, x->mark_length);
    if (f == FLOW_OK && x->data_length)
        f = buf_printf(out, e,
                       ",\"data\":[%" PRIu64 ",%" PRIu64 "],\"type\":\"%s\",\"record\":\"%s\",\"digest\":\"%s\"",
                       x->data_offset, x->data_length, warc_type_name(x->type), x->record, x->digest);
    if (f == FLOW_OK && *x->inbox)
        f = buf_printf(out, e, ",\"inbox\":\"%s\"", x->inbox);
    return f == FLOW_OK ? buf_puts(out, "}\n", e) : f;
}

/* A cursor over one line; every step fails softly and stays failed. */
struct scan {
    const char *p, *end;
    int ok;
};

static int next_is(struct scan *s, const char *text)
{
    size_t n = strlen(text);
    if (!s->ok || (size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
        return 0;
    s->p += n;
    return 1;
}

static void expect(struct scan *s, const char *text)
{
    s->ok = next_is(s, text);
}

static int64_t integer(struct scan *s)
{
    int negative = next_is(s, "-");
    uint64_t v = 0;
    const char *from = s->p;
    while (s->ok && s->p < s->end && *s->p >= '0' && *s->p <= '9' && s->p - from < 19)
        v = v * 10 + (uint64_t)(*s->p++ - '0');
    s->ok = s->ok && s->p > from;
    return negative ? (int64_t)(0 - v) : (int64_t)v;
}

static void word(struct scan *s, char *out, size_t size)
{
    const char *quote = s->ok ? memchr(s->p, '"', (size_t)(s->end - s->p)) : NULL;
    size_t n = quote ? (size_t)(quote - s->p) : 0;
    s->ok = quote && n < size;
    if (s->ok) {
        memcpy(out, s->p, n);
        out[n] = '\0';
        s->p = quote + 1;
    }
}

static enum warc_type type_of(const char *name)
{
    for (int t = WARC_WARCINFO; t <= WARC_CONTINUATION; t++)
        if (strcmp(warc_type_name((enum warc_type)t), name) == 0)
            return (enum warc_type)t;
    return WARC_OTHER;
}

static void scan_data(struct scan *s, struct index_entry *x)
{
    char type[INDEX_WORD_MAX] = "";
    x->data_offset = (uint64_t)integer(s);
    expect(s, ",");
    x->data_length = (uint64_t)integer(s);
    expect(s, "],\"type\":\"");
    word(s, type, sizeof type);
    x->type = type_of(type);
    expect(s, ",\"record\":\"");
    word(s, x->record, sizeof x->record);
    expect(s, ",\"digest\":\"");
    word(s, x->digest, sizeof x->digest);
}

static void entry_clear(struct index_entry *x)
{
    x->unit[0] = x->outcome[0] = x->record[0] = x->digest[0] = x->inbox[0] = '\0';
    x->at = x->until = INSTANT_NONE;
    x->mark_offset = x->mark_length = x->data_offset = x->data_length = 0;
    x->type = WARC_OTHER;
}

int index_parse(const char *line, size_t n, struct index_entry *x)
{
    const char *space = memchr(line, ' ', n);
    entry_clear(x);
    if (!space || !decode(line, (size_t)(space - line), x->unit, sizeof x->unit))
        return 0;
    if (strcmp(x->unit, "-") == 0)
        x->unit[0] = '\0';
    struct scan s = {space + 1, line + n, 1};
    (void)integer(&s);
    expect(&s, " {\"at\":");
    x->at = integer(&s);
    expect(&s, ",\"outcome\":\"");
    word(&s, x->outcome, sizeof x->outcome);
    expect(&s, ",\"until\":");
    x->until = integer(&s);
    expect(&s, ",\"mark\":[");
    x->mark_offset = (uint64_t)integer(&s);
    expect(&s, ",");
    x->mark_length = (uint64_t)integer(&s);
    expect(&s, "]");
    if (next_is(&s, ",\"data\":["))
        scan_data(&s, x);
    if (next_is(&s, ",\"inbox\":\""))
        word(&s, x->inbox, sizeof x->inbox);
    expect(&s, "}");
    return s.ok && s.p == s.end;
}

/* ---- building from the archive ---- */

static void copy_text(char *out, size_t size, const char *s)
{
    size_t n = s ? strnlen(s, size - 1) : 0;
    if (n)
        memcpy(out, s, n);
    out[n] = '\0';
}

static void copy_id(char *out, size_t size, const char *id)
{
    copy_text(out, size, id && *id == '<' ? id + 1 : id);
    size_t n = strlen(out);
    if (n && out[n - 1] == '>')
        out[n - 1] = '\0';
}

static void take_data(const struct warc_record *r, struct index_entry *x)
{
    const char *digest = warc_get(r, "WARC-Payload-Digest"), *uri = warc_get(r, "WARC-Target-URI");
    x->data_offset = r->offset;
    x->data_length = r->length;
    x->type = r->type;
    copy_id(x->record, sizeof x->record, warc_get(r, "WARC-Record-ID"));
    copy_text(x->digest, sizeof x->digest, digest && strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : NULL);
    copy_text(x->inbox, sizeof x->inbox, uri && strncmp(uri, ARCHIVE_INBOX_URI, 6) == 0 ? uri + 6 : NULL);
}

static void instant(const char *text, int64_t *t)
{
    if (!text || !clock_parse(text, strlen(text), 0, t))
        *t = INSTANT_NONE;
}

static enum flow take_mark(struct warc_record *r, struct index_entry *x, struct err *e)
{
    struct warc_field field[WARC_FIELDS_MAX];
    size_t n = 0;
    copy_text(x->unit, sizeof x->unit, warc_get(r, "Unit-ID"));
    x->mark_offset = r->offset;
    x->mark_length = r->length;
    instant(warc_get(r, "WARC-Date"), &x->at);
    enum flow f = warc_block_fields(r, field, WARC_FIELDS_MAX, &n, e);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(field[i].name, "outcome") == 0)
            copy_text(x->outcome, sizeof x->outcome, field[i].value);
        else if (strcmp(field[i].name, "retry-after") == 0)
            instant(field[i].value, &x->until);
    }
    return f;
}

/* Is the pending data record the one this mark speaks of? */
static int concurrent(const struct warc_record *mark, const struct index_entry *x)
{
    char id[INDEX_ID_MAX];
    copy_id(id, sizeof id, warc_get(mark, "WARC-Concurrent-To"));
    return *id && strcmp(id, x->record) == 0;
}

/* Where entries go while an archive is read: to the caller, and as lines into the cache being written, if one is. */
struct building {
    index_take *take;
    void *ctx;
    struct output *cache;
    struct digest *digest;
    struct buf line;
};

static void give_up_cache(struct building *b)
{
    output_abort(b->cache);
    b->cache = NULL;
}

static enum flow give(struct building *b, const struct index_entry *x, struct err *e)
{
    struct err ignored;
    if (b->cache) {
        buf_reset(&b->line);
        if (index_print(x, &b->line, &ignored) != FLOW_OK ||
            digest_put(b->digest, b->line.data, b->line.len, &ignored) != FLOW_OK ||
            sink_write(output_sink(b->cache), b->line.data, b->line.len, &ignored) != FLOW_OK)
            give_up_cache(b);
    }
    return b->take(b->ctx, x, e);
}

static enum flow give_kept(struct building *b, const struct warc_record *r, const char *what, struct err *e)
{
    struct index_entry x;
    entry_clear(&x);
    take_data(r, &x);
    x.unit[0] = '!';
    copy_text(x.unit + 1, sizeof x.unit - 1, what);
    instant(warc_get(r, "WARC-Date"), &x.at);
    return give(b, &x, e);
}

static enum flow take_record(struct building *b, struct warc_record *r, struct index_entry *pending, struct err *e)
{
    const char *uri = warc_get(r, "WARC-Target-URI");
    if (r->block_digest == WARC_DIGEST_BAD || r->payload_digest == WARC_DIGEST_BAD)
        return err_set(e, STATUS_DATA, "record at offset %" PRIu64 ": its digest is not the one stated", r->offset);
    if (r->type == WARC_METADATA) {
        if (!concurrent(r, pending))
            entry_clear(pending);
        enum flow f = take_mark(r, pending, e);
        if (f == FLOW_OK)
            f = give(b, pending, e);
        entry_clear(pending);
        return f;
    }
    if (r->type != WARC_RESPONSE && r->type != WARC_RESOURCE && r->type != WARC_REVISIT)
        return FLOW_OK;
    if (uri && strncmp(uri, ARCHIVE_KEPT_URI, strlen(ARCHIVE_KEPT_URI)) == 0)
        return give_kept(b, r, uri + strlen(ARCHIVE_KEPT_URI), e);
    entry_clear(pending);
    take_data(r, pending);
    return FLOW_OK;
}

static enum flow build(struct building *b, const char *path, struct err *e)
{
    struct warc_record r;
    struct index_entry pending;
    struct warc_reader *w = warc_reader_open(path, e);
    if (!w)
        return FLOW_FATAL;
    entry_clear(&pending);
    warc_record_init(&r, BLOCK_MAX);
    enum flow f;
    while ((f = warc_next(w, &r, e)) == FLOW_OK) {
        f = take_record(b, &r, &pending, e);
        if (r.block.cap > KEEP_BYTES) /* a register is read once: its room is not kept for small records */
            buf_fini(&r.block);
        if (f != FLOW_OK) {
            (void)err_prefix(e, "%s", path);
            break;
        }
    }
    warc_record_fini(&r);
    warc_reader_close(w);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- the cache ---- */

struct place {
    const char *dir, *name;
    char path[PATH_SIZE], folder[PATH_SIZE], cached[PATH_SIZE];
    uint64_t size;
    const char *hex; /* of the archive */
};

static int print_end(const struct place *at, struct digest *lines, char *out, size_t size)
{
    char own[DIGEST_HEX_MAX];
    struct err e;
    if (digest_hex(lines, own, &e) != FLOW_OK)
        return 0;
    int n = snprintf(out, size, "%s%d {\"archive\":\"%s\",\"size\":%" PRIu64 ",\"sha256\":\"%s\",\"lines\":\"%s\"}\n",
                     end_mark, INDEX_VERSION, at->name, at->size, at->hex, own);
    return n > 0 && (size_t)n < size;
}

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
typedef enum flow chunk_take(void *ctx, const char *p, size_t n, struct err *e);

static enum flow each_chunk(int fd, off_t end, chunk_take *take, void *ctx, struct err *e)
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

static enum flow parse_chunk(void *ctx, const char *p, size_t n, struct err *e)
{
    struct building *b = ctx;
    struct index_entry x;
    for (const char *end = p + n; p < end;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        if (!lf || !index_parse(p, (size_t)(lf - p), &x))
            return err_set(e, STATUS_BUG, "index line not understood: '%.60s'", p);
        enum flow f = b->take(b->ctx, &x, e);
        if (f != FLOW_OK)
            return f;
        p = lf + 1;
    }
    return FLOW_OK;
}

/* The descriptor of a cache worth believing, and where its lines end; -1 when there is none. */
static int open_cache(const struct place *at, struct digest *d, off_t *end)
{
    char tail[LINE_MAX_BYTES], right[LINE_MAX_BYTES];
    struct err e;
    int fd = open(at->cached, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *end = split_end(fd, tail, sizeof tail);
    if (*end >= 0 && strncmp(tail, end_mark, strlen(end_mark)) == 0 && digest_reset(d, &e) == FLOW_OK &&
        each_chunk(fd, *end, digest_chunk, d, &e) == FLOW_OK && print_end(at, d, right, sizeof right) &&
        strcmp(tail, right) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static void finish_cache(struct building *b, const struct place *at)
{
    char line[LINE_MAX_BYTES];
    struct err e;
    if (!b->cache)
        return;
    if (!print_end(at, b->digest, line, sizeof line) ||
        sink_write(output_sink(b->cache), line, strlen(line), &e) != FLOW_OK) {
        give_up_cache(b);
        return;
    }
    (void)!output_commit(b->cache, &e);
    b->cache = NULL;
}

static enum flow from_archive(struct building *b, const struct place *at, int keep, struct err *e)
{
    struct err ignored;
    if (keep && digest_reset(b->digest, &ignored) == FLOW_OK && fs_mkdirs(at->folder, &ignored) == FLOW_OK)
        b->cache = output_open(at->cached, &ignored);
    enum flow f = build(b, at->path, e);
    if (f == FLOW_OK)
        finish_cache(b, at);
    else
        give_up_cache(b);
    return f;
}

static int locate(struct place *at)
{
    char file[INDEX_NAME_MAX];
    struct stat st;
    int n = snprintf(file, sizeof file, "%s.cdxj", at->name);
    if (n < 0 || (size_t)n >= sizeof file || !fs_join(at->path, sizeof at->path, at->dir, at->name) ||
        !fs_join(at->folder, sizeof at->folder, at->dir, ".index") ||
        !fs_join(at->cached, sizeof at->cached, at->folder, file))
        return 0;
    at->size = stat(at->path, &st) == 0 ? (uint64_t)st.st_size : 0;
    return 1;
}

enum flow index_each(const char *dir, const char *name, enum index_use use, index_take *take, void *ctx, char *hex,
                     struct err *e)
{
    struct place at = {.dir = dir, .name = name, .hex = hex};
    struct building b = {.take = take, .ctx = ctx};
    off_t end = 0;
    buf_init(&b.line, LINE_MAX_BYTES);
    if (!locate(&at))
        return err_set(e, STATUS_NOINPUT, "%s/%s: the path is too long", dir, name);
    enum flow f = digest_file(at.path, hex, e);
    if (f != FLOW_OK)
        return f;
    b.digest = digest_new(e);
    if (!b.digest)
        return FLOW_FATAL;
    int fd = use != INDEX_NONE ? open_cache(&at, b.digest, &end) : -1;
    f = fd >= 0 ? each_chunk(fd, end, parse_chunk, &b, e) : from_archive(&b, &at, use == INDEX_KEEP, e);
    if (fd >= 0)
        (void)close(fd);
    digest_free(b.digest);
    buf_fini(&b.line);
    return f;
}
