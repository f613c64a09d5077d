/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/archive.h"

#include "schemas/archive/http.h"
#include "schemas/archive/index.h"
#include "schemas/archive/memory.h"
#include "schemas/run/arena.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, STRINGS_MAX = 1 << 30, WORDS_MAX = 64 };

/* A place in the archives: 16 bytes, since there is one per unit and per body. */
struct spot {
    uint64_t offset;
    uint32_t length;
    uint32_t file; /* NO_FILE: nowhere */
};
#define NO_FILE UINT32_MAX
enum { KEPT_OPEN = 256 }; /* files whose descriptors are kept */

struct file {
    char *name;
    char hex[DIGEST_HEX_MAX];
    _Atomic int open; /* descriptor + 1, kept for loading bodies; 0: none yet */
};

/* What is known of a unit; index as in `units`. */
struct unit_state {
    struct spot mark; /* last commit mark of its source */
    struct spot data; /* last believed data record of its source */
    uint32_t body;    /* its payload, index in `bodies`; MAP_NONE */
    uint32_t outcome; /* index in words */
    int64_t at, until;
};

/* A kept file that stands in full: few, since a register changes rarely. */
struct kept {
    uint32_t body;
    size_t name; /* in kept_names */
    int64_t at;
    char record[INDEX_ID_MAX];
};

struct archive {
    char *dir;
    struct archive_options options;
    struct file *file;
    size_t files;
    struct map *units, *bodies, *inbox, *words;
    struct unit_state *unit;
    size_t unit_cap;
    struct spot *body; /* where the payload of a digest stands in full, by index of `bodies` */
    size_t body_cap;
    struct archive_document *document;
    size_t documents, document_cap;
    struct archive_fetch *fetch;
    size_t fetches;
    struct spot kept[2]; /* register, decisions */
    uint32_t kept_body[2];
    struct kept *whole;
    size_t wholes, whole_cap;
    struct arena strings;
    uint32_t current; /* file being read */
};

static const char *const kept_names[2] = {"register", "decisions"};

/* ---- taking entries ---- */

static enum flow grow(void **p, size_t *cap, size_t need, size_t size, struct err *e)
{
    if (need <= *cap)
        return FLOW_OK;
    size_t n = *cap ? *cap * 2 : 256;
    while (n < need)
        n *= 2;
    void *q = realloc(*p, n * size);
    if (!q)
        return err_set(e, STATUS_SYSTEM, "out of memory for %zu entries of the archive", n);
    *p = q;
    *cap = n;
    return FLOW_OK;
}

static struct spot spot_of(const struct archive *a, uint64_t offset, uint64_t length)
{
    return (struct spot){offset, (uint32_t)length, a->current};
}

/* Notes where the payload of this digest stands, the first time it is seen in full. */
static enum flow take_body(struct archive *a, const struct index_entry *x, uint32_t *body, struct err *e)
{
    int added = 0;
    *body = MAP_NONE;
    if (!*x->digest)
        return FLOW_OK;
    enum flow f = map_put(a->bodies, x->digest, strlen(x->digest), body, &added, e);
    if (f == FLOW_OK)
        f = grow((void **)&a->body, &a->body_cap, *body + 1, sizeof *a->body, e);
    if (f != FLOW_OK)
        return f;
    if (added)
        a->body[*body] = (struct spot){0, 0, NO_FILE};
    if (a->body[*body].file == NO_FILE && x->type != WARC_REVISIT)
        a->body[*body] = spot_of(a, x->data_offset, x->data_length);
    return FLOW_OK;
}

static enum flow take_unit(struct archive *a, const char *unit, uint32_t *i, struct err *e)
{
    int added = 0;
    enum flow f = map_put(a->units, unit, strlen(unit), i, &added, e);
    if (f == FLOW_OK)
        f = grow((void **)&a->unit, &a->unit_cap, *i + 1, sizeof *a->unit, e);
    if (f == FLOW_OK && added)
        a->unit[*i] =
            (struct unit_state){{0, 0, NO_FILE}, {0, 0, NO_FILE}, MAP_NONE, MAP_NONE, INSTANT_NONE, INSTANT_NONE};
    return f;
}

static enum flow add_document(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body,
                              struct err *e)
{
    if (a->options.last_only)
        return FLOW_OK;
    enum flow f = grow((void **)&a->document, &a->document_cap, a->documents + 1, sizeof *a->document, e);
    char *record = f == FLOW_OK ? arena_strdup(&a->strings, x->record) : NULL;
    if (!record)
        return f == FLOW_OK ? err_set(e, STATUS_SYSTEM, "out of memory for the archive") : f;
    a->document[a->documents++] = (struct archive_document){map_key(a->units, unit),  record,         x->at,
                                                            a->file[a->current].name, x->data_offset, x->data_length,
                                                            map_key(a->bodies, body)};
    return FLOW_OK;
}

static int believed(const struct index_entry *x)
{
    return x->data_length && (strcmp(x->outcome, "fetched") == 0 || strcmp(x->outcome, "unchanged") == 0);
}

static enum flow note_whole(struct archive *a, const struct index_entry *x, size_t name, uint32_t body, struct err *e)
{
    if (x->type == WARC_REVISIT || body == MAP_NONE)
        return FLOW_OK;
    enum flow f = grow((void **)&a->whole, &a->whole_cap, a->wholes + 1, sizeof *a->whole, e);
    if (f != FLOW_OK)
        return f;
    struct kept *k = &a->whole[a->wholes++];
    *k = (struct kept){.body = body, .name = name, .at = x->at};
    memcpy(k->record, x->record, sizeof k->record);
    return FLOW_OK;
}

static enum flow take_kept(struct archive *a, const struct index_entry *x, struct err *e)
{
    uint32_t body;
    enum flow f = take_body(a, x, &body, e);
    for (size_t i = 0; i < 2 && f == FLOW_OK; i++)
        if (strcmp(x->unit + 1, kept_names[i]) == 0) {
            a->kept[i] = spot_of(a, x->data_offset, x->data_length);
            a->kept_body[i] = body;
            f = note_whole(a, x, i, body, e);
        }
    return f;
}

static enum flow take_inbox(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body, struct err *e)
{
    char key[INDEX_NAME_MAX + DIGEST_HEX_MAX + 2];
    uint32_t i;
    int n = snprintf(key, sizeof key, "%s %s", x->digest, x->inbox);
    enum flow f = map_put(a->inbox, key, (size_t)n, &i, NULL, e);
    return f == FLOW_OK && believed(x) && body != MAP_NONE ? add_document(a, x, unit, body, e) : f;
}

static enum flow take_source(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body,
                             struct err *e)
{
    struct unit_state *u = &a->unit[unit];
    enum flow f = map_put(a->words, x->outcome, strlen(x->outcome), &u->outcome, NULL, e);
    u->mark = spot_of(a, x->mark_offset, x->mark_length);
    u->at = x->at;
    u->until = x->until;
    if (f != FLOW_OK || !believed(x) || body == MAP_NONE)
        return f;
    int again = u->body == body;
    u->body = body;
    u->data = spot_of(a, x->data_offset, x->data_length);
    return again ? FLOW_OK : add_document(a, x, unit, body, e);
}

static enum flow take_entry(void *ctx, const struct index_entry *x, struct err *e)
{
    struct archive *a = ctx;
    uint32_t body = MAP_NONE, unit = 0;
    if (x->data_length > UINT32_MAX || x->mark_length > UINT32_MAX)
        return err_set(e, STATUS_DATA, "%s: a record of more than 4 GB", a->file[a->current].name);
    if (a->options.as_of != INSTANT_NONE && x->at > a->options.as_of)
        return FLOW_OK;
    if (x->unit[0] == '!')
        return take_kept(a, x, e);
    enum flow f = take_body(a, x, &body, e);
    if (f == FLOW_OK)
        f = take_unit(a, x->unit, &unit, e);
    if (f != FLOW_OK)
        return f;
    return *x->inbox ? take_inbox(a, x, unit, body, e) : take_source(a, x, unit, body, e);
}

/* ---- opening ---- */

static int is_archive(const char *name, const char *campaign)
{
    static const char end[] = ".warc.gz";
    size_t n = strlen(name), m = campaign ? strlen(campaign) : 0;
    if (name[0] == '.' || n <= strlen(end) || strcmp(name + n - strlen(end), end) != 0)
        return 0;
    return !campaign || (n > m + 1 && strncmp(name, campaign, m) == 0 && name[m] == '-');
}

static enum flow list_files(struct archive *a, struct err *e)
{
    char **names = NULL;
    size_t count = 0;
    if (!fs_is_dir(a->dir))
        return err_set(e, STATUS_NOINPUT, "%s: no such archive folder", a->dir);
    enum flow f = fs_names(a->dir, &names, &count, e);
    a->file = f == FLOW_OK ? calloc(count + 1, sizeof *a->file) : NULL;
    if (f == FLOW_OK && !a->file)
        f = err_set(e, STATUS_SYSTEM, "out of memory for %zu archives", count);
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        if (!is_archive(names[i], a->options.campaign))
            continue;
        a->file[a->files].name = strdup(names[i]);
        if (!a->file[a->files++].name)
            f = err_set(e, STATUS_SYSTEM, "out of memory for %zu archives", count);
    }
    fs_names_free(names, count);
    return f;
}

static int by_document(const void *p, const void *q)
{
    const struct archive_document *a = p, *b = q;
    int c = strcmp(a->unit, b->unit);
    if (c == 0 && a->received_at != b->received_at)
        return a->received_at < b->received_at ? -1 : 1;
    if (c == 0)
        c = strcmp(a->archive, b->archive);
    return c ? c : a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_fetch(const void *p, const void *q)
{
    const struct archive_fetch *a = p, *b = q;
    return strcmp(a->unit, b->unit);
}

static enum flow list_fetches(struct archive *a, struct err *e)
{
    a->fetch = calloc(map_count(a->units) + 1, sizeof *a->fetch);
    if (!a->fetch)
        return err_set(e, STATUS_SYSTEM, "out of memory for the fetches");
    for (uint32_t i = 0; i < map_count(a->units); i++) {
        const struct unit_state *u = &a->unit[i];
        if (u->mark.file != NO_FILE)
            a->fetch[a->fetches++] = (struct archive_fetch){
                map_key(a->units, i), map_key(a->words, u->outcome), u->at, a->file[u->mark.file].name, u->mark.offset,
                u->mark.length};
    }
    qsort(a->fetch, a->fetches, sizeof *a->fetch, by_fetch);
    return FLOW_OK;
}

/* What is known of each unit is in the lists now: 110 bytes a unit less while they are worked through. */
static void forget_units(struct archive *a)
{
    free(a->unit);
    a->unit = NULL;
    a->unit_cap = 0;
    map_free(a->inbox);
    a->inbox = NULL;
    map_forget(a->units);
}

static enum flow read_all(struct archive *a, struct err *e)
{
    enum flow f = list_files(a, e);
    for (size_t i = 0; i < a->files && f == FLOW_OK; i++) {
        a->current = (uint32_t)i;
        f = index_each(a->dir, a->file[i].name, (enum index_use)a->options.use_index, take_entry, a, a->file[i].hex, e);
    }
    if (a->options.last_only)
        return f;
    if (f == FLOW_OK && a->documents)
        qsort(a->document, a->documents, sizeof *a->document, by_document);
    if (f == FLOW_OK)
        f = list_fetches(a, e);
    if (a->options.documents_only)
        forget_units(a);
    return f;
}

struct archive *archive_open(const char *dir, const struct archive_options *o, struct err *e)
{
    struct archive *a = calloc(1, sizeof *a);
    if (!a) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for an archive");
        return NULL;
    }
    arena_init(&a->strings, STRINGS_MAX);
    a->options = *o;
    a->dir = strdup(dir);
    a->units = map_new();
    a->bodies = map_new();
    a->inbox = map_new();
    a->words = map_new();
    a->kept[0].file = a->kept[1].file = NO_FILE;
    enum flow f = a->dir && a->units && a->bodies && a->inbox && a->words
                      ? FLOW_OK
                      : err_set(e, STATUS_SYSTEM, "out of memory for an archive");
    if (f == FLOW_OK)
        f = read_all(a, e);
    if (f != FLOW_OK) {
        archive_close(a);
        return NULL;
    }
    return a;
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    for (size_t i = 0; a->file && i < a->files; i++) {
        free(a->file[i].name);
        if (a->file[i].open)
            (void)close(a->file[i].open - 1);
    }
    free(a->file);
    free(a->unit);
    free(a->body);
    free(a->document);
    free(a->fetch);
    free(a->whole);
    map_free(a->units);
    map_free(a->bodies);
    map_free(a->inbox);
    map_free(a->words);
    arena_fini(&a->strings);
    free(a->dir);
    free(a);
}

/* ---- lists ---- */

size_t archive_files(const struct archive *a)
{
    return a->files;
}

const char *archive_file_name(const struct archive *a, size_t i)
{
    return a->file[i].name;
}

const char *archive_file_digest(const struct archive *a, size_t i)
{
    return a->file[i].hex;
}

size_t archive_documents(const struct archive *a)
{
    return a->documents;
}

const struct archive_document *archive_document_at(const struct archive *a, size_t i)
{
    return &a->document[i];
}

size_t archive_fetches(const struct archive *a)
{
    return a->fetches;
}

const struct archive_fetch *archive_fetch_at(const struct archive *a, size_t i)
{
    return &a->fetch[i];
}

/* ---- loading ---- */

/* A descriptor that stays open until the archive is closed, shared by threads; -1 when there are too many files, or it
 * cannot be had. */
static int descriptor(const struct archive *a, const char *name, const char *path)
{
    for (size_t i = 0; i < a->files && i < KEPT_OPEN; i++) {
        struct file *f = &a->file[i];
        if (f->name != name && strcmp(f->name, name) != 0)
            continue;
        int have = atomic_load(&f->open), none = 0;
        if (have)
            return have - 1;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || atomic_compare_exchange_strong(&f->open, &none, fd + 1))
            return fd;
        (void)close(fd); /* another thread was first */
        return none - 1;
    }
    return -1;
}

static enum flow read_named(const struct archive *a, const char *name, uint64_t offset, uint64_t length,
                            struct warc_record *r, struct err *e)
{
    char path[PATH_SIZE];
    if (!fs_join(path, sizeof path, a->dir, name))
        return err_set(e, STATUS_NOINPUT, "%s/%s: the path is too long", a->dir, name);
    int fd = descriptor(a, name, path);
    enum flow f = fd < 0 ? warc_read_at(path, offset, length, r, e) : warc_read_fd(fd, path, offset, length, r, e);
    if (f == FLOW_OK && (r->block_digest == WARC_DIGEST_BAD || r->payload_digest == WARC_DIGEST_BAD))
        return err_set(e, STATUS_DATA, "%s: record at offset %llu: its digest is not the one stated", path,
                       (unsigned long long)offset);
    return f;
}

static enum flow read_spot(const struct archive *a, struct spot s, struct warc_record *r, struct err *e)
{
    return read_named(a, a->file[s.file].name, s.offset, s.length, r, e);
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

/* A revisit has no payload of its own: the body of the same digest is read in its place. */
static enum flow resolve(const struct archive *a, const char *digest, struct archive_body *b, struct err *e)
{
    uint32_t i = map_get(a->bodies, digest, strlen(digest));
    if (i == MAP_NONE || a->body[i].file == NO_FILE)
        return err_set(e, STATUS_DATA, "the archive holds no body with digest %s", digest);
    enum flow f = read_spot(a, a->body[i], &b->record, e);
    const char *stated = f == FLOW_OK ? warc_get(&b->record, "WARC-Payload-Digest") : NULL;
    if (f == FLOW_OK && (!stated || strcmp(stated + (strlen(stated) > 7 ? 7 : 0), digest) != 0))
        return err_set(
            e, STATUS_DATA,
            "%s: the record at offset %llu is not the body with digest %s; remove the .index folder and run again",
            a->file[a->body[i].file].name, (unsigned long long)a->body[i].offset, digest);
    return f;
}

enum flow archive_load(const struct archive *a, const struct archive_document *d, struct archive_body *b, struct err *e)
{
    b->fault = GZIP_OK;
    b->received = 0;
    buf_reset(&b->bytes);
    enum flow f = read_named(a, d->archive, d->offset, d->length, &b->record, e);
    if (f == FLOW_ITEM) { /* larger than any document may be */
        b->fault = GZIP_TOO_LARGE;
        buf_reset(&b->source);
        buf_reset(&b->type);
        return f;
    }
    if (f == FLOW_OK)
        f = take_head(&b->record, b, e);
    if (f == FLOW_OK && b->record.type == WARC_REVISIT)
        f = resolve(a, d->digest, b, e);
    if (f != FLOW_OK)
        return f;
    size_t n;
    const char *p = warc_payload(&b->record, &n);
    b->received = n;
    b->fault = archive_decode(p, n, a->options.ratio, &b->bytes, e);
    if (b->fault == GZIP_OK)
        return FLOW_OK;
    buf_reset(&b->bytes);
    return b->fault == GZIP_MEMORY ? FLOW_FATAL : FLOW_ITEM;
}

enum flow archive_fetch_read(const struct archive *a, const struct archive_fetch *f, struct warc_record *r,
                             struct err *e)
{
    return read_named(a, f->archive, f->offset, f->length, r, e);
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

int archive_last(const struct archive *a, const char *unit, struct archive_last *l)
{
    uint32_t i = map_get(a->units, unit, strlen(unit));
    if (i == MAP_NONE || a->unit[i].mark.file == NO_FILE)
        return 0;
    const struct unit_state *u = &a->unit[i];
    *l = (struct archive_last){map_key(a->words, u->outcome), u->at, u->until,
                               u->body != MAP_NONE ? map_key(a->bodies, u->body) : NULL, i};
    return 1;
}

enum flow archive_last_data(const struct archive *a, const struct archive_last *l, struct warc_record *r, struct err *e)
{
    return a->unit[l->index].data.file == NO_FILE ? FLOW_END : read_spot(a, a->unit[l->index].data, r, e);
}

enum flow archive_find_body(const struct archive *a, const char *digest, struct warc_record *r, struct err *e)
{
    uint32_t i = map_get(a->bodies, digest, strlen(digest));
    if (i == MAP_NONE || a->body[i].file == NO_FILE)
        return FLOW_END;
    return read_spot(a, a->body[i], r, e);
}

int archive_has_inbox(const struct archive *a, const char *name, const char *digest)
{
    char key[INDEX_NAME_MAX + DIGEST_HEX_MAX + 2];
    int n = snprintf(key, sizeof key, "%s %s", digest, name);
    return a->inbox && n > 0 && (size_t)n < sizeof key && map_get(a->inbox, key, (size_t)n) != MAP_NONE;
}

int archive_kept_before(const struct archive *a, const char *digest, struct archive_kept_record *k)
{
    uint32_t body = map_get(a->bodies, digest, strlen(digest));
    for (size_t i = 0; body != MAP_NONE && i < a->wholes; i++)
        if (a->whole[i].body == body) {
            *k = (struct archive_kept_record){a->whole[i].record, kept_names[a->whole[i].name], a->whole[i].at};
            return 1;
        }
    return 0;
}
