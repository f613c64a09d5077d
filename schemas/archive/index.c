/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/index.h"

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDEX_VERSION = 1, BLOCK_MAX = 512 << 20, KEEP_BYTES = 1 << 20, PATH_SIZE = 4096 };

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

void index_record_id(const struct warc_record *r, char *id, size_t size)
{
    copy_id(id, size, warc_get(r, "WARC-Record-ID"));
}

void index_payload_digest(const struct warc_record *r, char *digest, size_t size)
{
    const char *s = warc_get(r, "WARC-Payload-Digest");
    copy_text(digest, size, s && strncmp(s, "sha256:", 7) == 0 ? s + 7 : NULL);
}

static void take_data(const struct warc_record *r, struct index_entry *x)
{
    const char *uri = warc_get(r, "WARC-Target-URI");
    x->data_offset = r->offset;
    x->data_length = r->length;
    x->type = r->type;
    index_record_id(r, x->record, sizeof x->record);
    index_payload_digest(r, x->digest, sizeof x->digest);
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
    struct lines cache;
    struct buf line;
};

static enum flow give(struct building *b, const struct index_entry *x, struct err *e)
{
    struct err ignored;
    if (b->cache.out) {
        buf_reset(&b->line);
        if (index_print(x, &b->line, &ignored) == FLOW_OK)
            lines_put(&b->cache, b->line.data, b->line.len);
        else
            lines_give_up(&b->cache);
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

/* What the last line of the cache says it is a cache of. */
static int print_head(const struct place *at, char head[LINES_ONE_MAX])
{
    int n = snprintf(head, LINES_ONE_MAX, "%d {\"archive\":\"%s\",\"size\":%" PRIu64 ",\"sha256\":\"%s\"",
                     INDEX_VERSION, at->name, at->size, at->hex);
    return n > 0 && n < LINES_ONE_MAX;
}

static enum flow parse_line(void *ctx, const char *line, size_t n, struct err *e)
{
    struct building *b = ctx;
    struct index_entry x;
    if (!index_parse(line, n, &x))
        return err_set(e, STATUS_BUG, "index line not understood: '%.*s'", (int)(n < 60 ? n : 60), line);
    return b->take(b->ctx, &x, e);
}

/* The descriptor of a cache worth believing, and where its lines end; -1 when there is none. */
static int open_cache(const struct place *at, off_t *end)
{
    char head[LINES_ONE_MAX], right[LINES_ONE_MAX];
    struct err e;
    struct digest *d = digest_new(&e);
    int fd = d ? lines_open(at->cached, d, head, end) : -1;
    digest_free(d);
    if (fd < 0 || (print_head(at, right) && strcmp(head, right) == 0))
        return fd;
    (void)close(fd);
    return -1;
}

static enum flow from_archive(struct building *b, const struct place *at, int keep, struct err *e)
{
    char head[LINES_ONE_MAX];
    struct err ignored;
    if (keep && fs_mkdirs(at->folder, &ignored) == FLOW_OK)
        lines_begin(&b->cache, at->cached);
    enum flow f = build(b, at->path, e);
    if (f == FLOW_OK && print_head(at, head))
        lines_finish(&b->cache, head);
    else
        lines_give_up(&b->cache);
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
    if (!locate(&at))
        return err_set(e, STATUS_NOINPUT, "%s/%s: the path is too long", dir, name);
    enum flow f = digest_file(at.path, hex, e);
    if (f != FLOW_OK)
        return f;
    buf_init(&b.line, LINES_ONE_MAX);
    int fd = use != INDEX_NONE ? open_cache(&at, &end) : -1;
    f = fd >= 0 ? lines_each(fd, end, parse_line, &b, e) : from_archive(&b, &at, use == INDEX_KEEP, e);
    if (fd >= 0)
        (void)close(fd);
    buf_fini(&b.line);
    return f;
}

enum flow index_lines(const char *dir, const char *name, const char *hex, lines_take *take, void *ctx, struct err *e)
{
    struct place at = {.dir = dir, .name = name, .hex = hex};
    off_t end = 0;
    int fd = locate(&at) ? open_cache(&at, &end) : -1;
    if (fd < 0)
        return FLOW_END;
    enum flow f = lines_each(fd, end, take, ctx, e);
    (void)close(fd);
    return f;
}
