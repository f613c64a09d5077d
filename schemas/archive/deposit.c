/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sync_file_range */
#include "schemas/archive/deposit.h"

#include "schemas/archive/gzip.h"
#include "schemas/archive/index.h"
#include "schemas/archive/packer.h"
#include "schemas/run/clock.h"
#include "schemas/run/crash.h"
#include "schemas/run/fs.h"
#include "schemas/run/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 4096,
    NAME_SIZE = 256,
    FIELDS = 24,
    RECORD_MAX = 1 << 30,
    ID_SIZE = 56,
    AHEAD = 256 * 1024,
    CHUNK = 64 << 10,
    SECOND = 1000000
};

struct deposit {
    int fd, level;
    char dir[PATH_SIZE], name[NAME_SIZE], path[PATH_SIZE], part[PATH_SIZE];
    struct packer *packer;
    struct digest *digest;
    struct buf *text;        /* records of the commit being made: they go out in one write */
    uint64_t committed;      /* bytes of the part that end after a mark */
    uint64_t written, plain; /* commits put out; those before the first mark */
    uint64_t sent;           /* bytes the disk was asked to write already */
    int64_t ahead;           /* of the clock, the instant in the name: µs */
    uint64_t sequence;
    char info_id[ID_SIZE];
};

static const char end[] = ".warc.gz", part_end[] = ".warc.gz.part";

static void shard_text(const struct deposit_options *o, char *out, size_t size)
{
    out[0] = '\0';
    if (o->shards > 0)
        (void)snprintf(out, size, "-s%02dof%02d", o->shard, o->shards);
}

/* ---- names and ids ---- */

static int name_file(struct deposit *d, const struct deposit_options *o, int64_t second, struct err *e)
{
    char stamp[INSTANT_TEXT_MAX], shard[32];
    (void)clock_print_compact(second, stamp);
    shard_text(o, shard, sizeof shard);
    int n = snprintf(d->name, sizeof d->name, "%s-%s%s%s", o->campaign, stamp, shard, end);
    int m = snprintf(d->dir, sizeof d->dir, "%s", o->dir);
    int k = snprintf(d->path, sizeof d->path, "%s/%s", o->dir, d->name),
        l = snprintf(d->part, sizeof d->part, "%s/%s.part", o->dir, d->name);
    if (n < 0 || (size_t)n >= sizeof d->name || m < 0 || (size_t)m >= sizeof d->dir || k < 0 ||
        (size_t)k >= sizeof d->path || l < 0 || (size_t)l >= sizeof d->part) {
        (void)err_set(e, STATUS_CANTCREAT, "%s: the path is too long", o->dir);
        return 0;
    }
    return 1;
}

/* "<urn:uuid:...>": version 8 (RFC 9562) from what the record is, so that one run gives one set of ids. */
static enum flow make_id(struct deposit *d, const char *unit, const char *digest, char out[ID_SIZE], struct err *e)
{
    char text[NAME_SIZE + 512], h[DIGEST_HEX_MAX];
    int n = snprintf(text, sizeof text, "%s %llu %.200s %.64s", d->name, (unsigned long long)d->sequence++, unit,
                     digest ? digest : "");
    enum flow f = digest_of(text, n > 0 ? (size_t)n : 0, h, e);
    if (f == FLOW_OK)
        (void)snprintf(out, ID_SIZE, "<urn:uuid:%.8s-%.4s-8%.3s-a%.3s-%.12s>", h, h + 8, h + 12, h + 15, h + 18);
    return f;
}

/* ---- opening ---- */

/* Lets the disk begin, so that little is left for the fsync at the end; only that says whether all went well. */
static void write_ahead(struct deposit *d)
{
#ifdef SYNC_FILE_RANGE_WRITE
    (void)sync_file_range(d->fd, (off_t)d->sent, 0, SYNC_FILE_RANGE_WRITE);
#endif
    d->sent = d->committed;
}

/* What the packer puts out: whole commits, in order. */
static enum flow write_commit(void *ctx, const void *p, size_t n, struct err *e)
{
    struct deposit *d = ctx;
    struct fd_sink file = {d->fd, d->part};
    crash_point("commit ready");
    enum flow f = sink_write(sink_fd(&file), p, n, e);
    if (f == FLOW_OK) {
        d->committed += n;
        d->written++;
    }
    if (d->committed - d->sent >= AHEAD)
        write_ahead(d);
    crash_point("commit written");
    return f;
}

static enum flow put_lines(const struct warc_field *line, size_t n, struct buf *out, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        size_t from = out->len;
        if (!line[i].value || !*line[i].value)
            continue;
        f = buf_printf(out, e, "%s: %s", line[i].name, line[i].value);
        for (size_t k = from; f == FLOW_OK && k < out->len; k++)
            if ((unsigned char)out->data[k] < ' ')
                out->data[k] = ' ';
        if (f == FLOW_OK)
            f = buf_puts(out, "\r\n", e);
    }
    return f;
}

static enum flow put_info(struct deposit *d, const struct deposit_options *o, struct err *e)
{
    char date[INSTANT_TEXT_MAX];
    const struct warc_field first[] = {
        {"software", "pre-extract/" PRE_VERSION},
        {"format", "WARC File Format 1.1"},
        {"conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"},
        {"isPartOf", o->campaign},
    };
    struct buf block;
    buf_init(&block, WARC_HEAD_MAX);
    (void)clock_print(o->now, date);
    enum flow f = make_id(d, "", NULL, d->info_id, e);
    if (f == FLOW_OK)
        f = put_lines(first, sizeof first / sizeof first[0], &block, e);
    if (f == FLOW_OK)
        f = put_lines(o->info, o->infos, &block, e);
    const struct warc_field field[] = {{"WARC-Record-ID", d->info_id},
                                       {"WARC-Date", date},
                                       {"WARC-Filename", d->name},
                                       {"Content-Type", "application/warc-fields"}};
    if (f == FLOW_OK)
        f = packer_room(d->packer, 0, &d->text, e);
    if (f == FLOW_OK)
        f = warc_print(d->digest, WARC_WARCINFO, field, 4, (struct warc_part){NULL, 0},
                       (struct warc_part){block.data, block.len}, "", d->text, e);
    buf_fini(&block);
    d->plain++;
    return f == FLOW_OK ? packer_go(d->packer, d->text->len, e) : f;
}

/* The instant an archive or part of this campaign is named after; *same: by this shard. INSTANT_NONE for other files.
 */
static int64_t named_after(const char *name, const struct deposit_options *o, int *same)
{
    char shard[32], iso[INSTANT_TEXT_MAX];
    size_t c = strlen(o->campaign), n = strlen(name), stamp = strlen("20220512T081100Z");
    int64_t t;
    if (strncmp(name, o->campaign, c) != 0 || name[c] != '-' || n < c + 1 + stamp + strlen(end))
        return INSTANT_NONE;
    const char *p = name + c + 1, *rest = p + stamp;
    shard_text(o, shard, sizeof shard);
    *same = strncmp(rest, shard, strlen(shard)) == 0 && strncmp(rest + strlen(shard), end, strlen(end)) == 0;
    int k = snprintf(iso, sizeof iso, "%.4s-%.2s-%.5s:%.2s:%.3s", p, p + 4, p + 6, p + 11, p + 13);
    return strstr(rest, end) && k > 0 && clock_parse(iso, (size_t)k, 0, &t) ? t : INSTANT_NONE;
}

/* Name order is the order of runs, whatever the clock says: after an archive of the same second, or of a later one
 * because the clock was set back, the next second is taken. */
static enum flow find_second(const struct deposit_options *o, int64_t *second, struct err *e)
{
    char **names = NULL;
    size_t count = 0;
    enum flow f = fs_names(o->dir, &names, &count, e);
    *second = o->now;
    for (size_t i = 0; i < count; i++) {
        int same = 0;
        int64_t t = named_after(names[i], o, &same);
        if (t != INSTANT_NONE && t + (same ? SECOND : 0) > *second)
            *second = t + (same ? SECOND : 0);
    }
    fs_names_free(names, count);
    return f;
}

static enum flow create(struct deposit *d, const struct deposit_options *o, struct err *e)
{
    int64_t second;
    enum flow f = find_second(o, &second, e);
    if (f != FLOW_OK || !name_file(d, o, second, e))
        return FLOW_FATAL;
    d->ahead = second - o->now;
    d->fd = open(d->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->fd >= 0)
        return FLOW_OK;
    enum status s = err_status(errno, STATUS_CANTCREAT);
    return err_sys(e, s == STATUS_NOINPUT ? STATUS_CANTCREAT : s, "%s", d->part);
}

struct deposit *deposit_open(const struct deposit_options *o, struct err *e)
{
    struct deposit *d = calloc(1, sizeof *d);
    if (!d) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for an archive");
        return NULL;
    }
    d->fd = -1;
    d->level = o->level;
    d->digest = digest_new(e);
    d->packer = d->digest ? packer_open(o->threads, o->level, (struct sink){write_commit, d}, e) : NULL;
    enum flow f = d->packer ? create(d, o, e) : FLOW_FATAL;
    crash_point("deposit created");
    if (f == FLOW_OK)
        f = put_info(d, o, e);
    if (f != FLOW_OK) {
        deposit_abort(d);
        return NULL;
    }
    return d;
}

const char *deposit_name(const struct deposit *d)
{
    return d->name;
}

int64_t deposit_ahead(const struct deposit *d)
{
    return d->ahead;
}

uint64_t deposit_bytes(const struct deposit *d)
{
    return d->committed;
}

/* ---- records ---- */

struct fields {
    struct warc_field f[FIELDS];
    size_t n;
};

static void add(struct fields *x, const char *name, const char *value)
{
    if (value && *value && x->n < FIELDS)
        x->f[x->n++] = (struct warc_field){name, value};
}

static enum flow put_data(struct deposit *d, const char *unit, const struct deposit_data *x, const char *date,
                          char id[ID_SIZE], struct err *e)
{
    char refers[ID_SIZE + 4];
    struct fields r = {.n = 0};
    int revisit = x->type == WARC_REVISIT;
    enum flow f = make_id(d, unit, x->digest, id, e);
    if (f != FLOW_OK)
        return f;
    add(&r, "WARC-Record-ID", id);
    add(&r, "WARC-Date", date);
    add(&r, "WARC-Target-URI", x->uri);
    add(&r, "WARC-IP-Address", x->address);
    add(&r, "WARC-Warcinfo-ID", d->info_id);
    add(&r, "Unit-ID", unit);
    if (revisit) {
        (void)snprintf(refers, sizeof refers, *x->refers_id == '<' ? "%s" : "<%s>", x->refers_id);
        add(&r, "WARC-Profile",
            x->not_modified ? "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
                            : "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest");
        add(&r, "WARC-Refers-To", refers);
        add(&r, "WARC-Refers-To-Target-URI", x->refers_uri);
        add(&r, "WARC-Refers-To-Date", x->refers_date);
    }
    if (x->truncated || x->cut)
        add(&r, "WARC-Truncated", x->truncated ? "length" : "disconnect");
    add(&r, "Content-Type", x->head.len ? "application/http; msgtype=response" : x->content_type);
    struct warc_part none = {NULL, 0};
    return warc_print(d->digest, x->type, r.f, r.n, x->head, revisit ? none : x->payload, x->digest, d->text, e);
}

static enum flow put_mark(struct deposit *d, const char *unit, const char *uri, const char *data_id,
                          const struct warc_field *mark, size_t marks, const char *date, struct err *e)
{
    char id[ID_SIZE] = ""; /* stays empty when its digest fails: nothing is written then */
    struct fields r = {.n = 0};
    struct buf block;
    buf_init(&block, WARC_HEAD_MAX);
    enum flow f = make_id(d, unit, "mark", id, e);
    if (f == FLOW_OK)
        f = put_lines(mark, marks, &block, e);
    add(&r, "WARC-Record-ID", id);
    add(&r, "WARC-Date", date);
    add(&r, "WARC-Target-URI", uri);
    add(&r, "WARC-Concurrent-To", data_id);
    add(&r, "WARC-Warcinfo-ID", d->info_id);
    add(&r, "Unit-ID", unit);
    add(&r, "Content-Type", "application/warc-fields");
    if (f == FLOW_OK)
        f = warc_print(d->digest, WARC_METADATA, r.f, r.n, (struct warc_part){NULL, 0},
                       (struct warc_part){block.data, block.len}, "", d->text, e);
    buf_fini(&block);
    return f;
}

enum flow deposit_commit(struct deposit *d, const char *unit, const struct deposit_data *data, const char *uri,
                         const struct warc_field *mark, size_t marks, int64_t at, struct err *e)
{
    char date[INSTANT_TEXT_MAX], id[ID_SIZE] = "";
    (void)clock_print(at, date);
    enum flow f = packer_room(d->packer, data && data->type != WARC_REVISIT ? data->payload.len : 0, &d->text, e);
    if (f == FLOW_OK && data)
        f = put_data(d, unit, data, date, id, e);
    size_t split = data ? d->text->len : 0;
    if (f == FLOW_OK)
        f = put_mark(d, unit, uri, id, mark, marks, date, e);
    return f == FLOW_OK ? packer_go(d->packer, data ? split : d->text->len, e) : f;
}

/* ---- inputs kept ---- */

static enum flow print_kept(struct deposit *d, const char *what, struct deposit_data *x, struct err *e)
{
    char date[INSTANT_TEXT_MAX], uri[128], id[ID_SIZE];
    (void)snprintf(uri, sizeof uri, ARCHIVE_KEPT_URI "%s", what);
    (void)clock_print(clock_now(), date);
    x->uri = uri;
    enum flow f = packer_room(d->packer, x->payload.data ? x->payload.len : 0, &d->text, e);
    if (f == FLOW_OK)
        f = put_data(d, "", x, date, id, e);
    x->uri = NULL; /* of this call only */
    return f;
}

static enum flow put_kept(struct deposit *d, const char *what, struct deposit_data *x, struct err *e)
{
    enum flow f = print_kept(d, what, x, e);
    d->plain++;
    return f == FLOW_OK ? packer_go(d->packer, d->text->len, e) : f;
}

enum flow deposit_keep(struct deposit *d, const char *what, const char *type, struct warc_part bytes, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    struct deposit_data x = {.type = WARC_RESOURCE, .content_type = type, .payload = bytes, .digest = hex};
    enum flow f = digest_of(bytes.data, bytes.len, hex, e);
    return f == FLOW_OK ? put_kept(d, what, &x, e) : f;
}

/* Out by pieces, while nothing else is under way. */
static enum flow write_piece(void *ctx, const void *p, size_t n, struct err *e)
{
    struct deposit *d = ctx;
    struct fd_sink file = {d->fd, d->part};
    enum flow f = sink_write(sink_fd(&file), p, n, e);
    d->committed += f == FLOW_OK ? n : 0;
    return f;
}

/* The file, which must be the one with this digest and so many bytes. */
static enum flow copy_file(struct deposit *d, int fd, const char *path, const struct deposit_data *x, struct sink to,
                           struct err *e)
{
    char *chunk = malloc(CHUNK), hex[DIGEST_HEX_MAX];
    size_t got = 0, left = x->payload.len;
    enum flow f = chunk ? digest_reset(d->digest, e) : err_set(e, STATUS_SYSTEM, "%s: out of memory", path);
    while (f == FLOW_OK && (f = fs_read_some(fd, path, chunk, CHUNK, &got, e)) == FLOW_OK && got <= left) {
        left -= got;
        f = digest_put(d->digest, chunk, got, e);
        if (f == FLOW_OK)
            f = sink_write(to, chunk, got, e);
    }
    free(chunk);
    if (f == FLOW_FATAL || digest_hex(d->digest, hex, e) != FLOW_OK)
        return FLOW_FATAL;
    return f == FLOW_END && !left && strcmp(hex, x->digest) == 0
               ? FLOW_OK
               : err_set(e, STATUS_RETRY, "%s: it was changed while it was read: run again", path);
}

static enum flow stream_file(struct deposit *d, const char *what, const char *path, int fd, struct deposit_data *x,
                             struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_sys(e, STATUS_IO, "%s", path);
    struct gzip_writer *z = gzip_writer_new((struct sink){write_piece, d}, d->level, e);
    x->payload.len = (size_t)st.st_size;
    enum flow f = z ? packer_flush(d->packer, e) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = print_kept(d, what, x, e);
    if (f == FLOW_OK)
        f = sink_write(gzip_writer_sink(z), d->text->data, d->text->len, e);
    if (f == FLOW_OK && st.st_size)
        f = copy_file(d, fd, path, x, gzip_writer_sink(z), e);
    if (f == FLOW_OK && st.st_size)
        f = sink_write(gzip_writer_sink(z), WARC_RECORD_END, strlen(WARC_RECORD_END), e);
    if (f == FLOW_OK)
        f = gzip_writer_finish(z, e);
    gzip_writer_free(z);
    crash_point("file kept");
    return f;
}

enum flow deposit_keep_file(struct deposit *d, const char *what, const char *type, const char *path, const char *digest,
                            struct err *e)
{
    struct deposit_data x = {.type = WARC_RESOURCE, .content_type = type, .digest = digest};
    int fd = fs_open(path, e);
    if (fd < 0)
        return FLOW_FATAL;
    enum flow f = stream_file(d, what, path, fd, &x, e);
    (void)close(fd);
    return f;
}

enum flow deposit_keep_again(struct deposit *d, const char *what, const char *digest, const struct archive *earlier,
                             struct err *e)
{
    char date[INSTANT_TEXT_MAX], uri[128];
    struct archive_kept_record k;
    if (!earlier || !archive_kept_before(earlier, digest, &k))
        return FLOW_END;
    (void)snprintf(uri, sizeof uri, ARCHIVE_KEPT_URI "%s", k.what);
    (void)clock_print(k.at, date);
    struct deposit_data x = {
        .type = WARC_REVISIT, .digest = digest, .refers_id = k.record, .refers_uri = uri, .refers_date = date};
    return put_kept(d, what, &x, e);
}

/* ---- ending ---- */

static void deposit_free(struct deposit *d)
{
    if (d->fd >= 0)
        (void)close(d->fd);
    packer_close(d->packer);
    digest_free(d->digest);
    free(d);
}

static enum flow publish(const char *dir, const char *part, const char *path, int fd, struct err *e)
{
    if (fsync(fd) != 0)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", part);
    crash_point("archive synced");
    if (rename(part, path) != 0) /* the folder was taken away under the run: no input of ours is missing */
        return err_sys(e, errno == ENOENT ? STATUS_CANTCREAT : err_status(errno, STATUS_CANTCREAT), "%s", path);
    crash_point("archive renamed");
    return fs_sync_dir(dir, e);
}

void deposit_rescue(struct deposit *d, int *kept)
{
    struct err e;
    *kept = d->written > d->plain && ftruncate(d->fd, (off_t)d->committed) == 0 &&
            publish(d->dir, d->part, d->path, d->fd, &e) == FLOW_OK;
    if (!*kept)
        (void)unlink(d->part);
    deposit_free(d);
}

enum flow deposit_flush(struct deposit *d, struct err *e)
{
    enum flow f = packer_flush(d->packer, e);
    write_ahead(d);
    return f;
}

enum flow deposit_close(struct deposit *d, struct err *e)
{
    enum flow f = packer_flush(d->packer, e);
    if (f != FLOW_OK) { /* the disk filled under the last commits: what is whole stays */
        int kept;
        deposit_rescue(d, &kept);
        return f;
    }
    f = publish(d->dir, d->part, d->path, d->fd, e);
    int closed = close(d->fd);
    d->fd = -1;
    if (f == FLOW_OK && closed != 0)
        f = err_sys(e, err_status(errno, STATUS_IO), "%s", d->path);
    deposit_free(d);
    return f;
}

void deposit_abort(struct deposit *d)
{
    if (!d)
        return;
    if (d->fd >= 0)
        (void)unlink(d->part);
    deposit_free(d);
}

/* ---- parts of dead runs ---- */

/* Offset after the last mark that is whole; 0 when there is none. */
static uint64_t last_mark(const char *path)
{
    struct warc_record r;
    struct err e;
    uint64_t good = 0;
    struct warc_reader *w = warc_reader_open(path, &e);
    if (!w)
        return 0;
    warc_record_init(&r, RECORD_MAX);
    while (warc_next(w, &r, &e) == FLOW_OK && r.block_digest != WARC_DIGEST_BAD && r.payload_digest != WARC_DIGEST_BAD)
        if (r.type == WARC_METADATA)
            good = warc_reader_good(w);
    warc_record_fini(&r);
    warc_reader_close(w);
    return good;
}

static int is_part(const char *name, const struct deposit_options *o)
{
    char text[32], shard[64];
    shard_text(o, text, sizeof text);
    (void)snprintf(shard, sizeof shard, "%s%s", text, part_end);
    size_t n = strlen(name), m = strlen(shard), c = strlen(o->campaign);
    if (n < m || strcmp(name + n - m, shard) != 0 || strncmp(name, o->campaign, c) != 0 || name[c] != '-')
        return 0;
    /* without a shard, "…-s03of08.warc.gz.part" belongs to somebody else */
    return o->shards > 0 || n == c + 1 + strlen("20220512T081100Z") + strlen(part_end);
}

static enum flow salvage_one(const char *dir, const char *name, size_t *salvaged, struct err *e)
{
    char part[PATH_SIZE], path[PATH_SIZE];
    if (!fs_join(part, sizeof part, dir, name) || !fs_join(path, sizeof path, dir, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: the path is too long", dir, name);
    path[strlen(path) - strlen(".part")] = '\0';
    uint64_t good = last_mark(part);
    struct stat st;
    if (good == 0 || lstat(path, &st) == 0)
        return unlink(part) == 0 ? FLOW_OK : err_sys(e, err_status(errno, STATUS_IO), "%s", part);
    int fd = open(part, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", part);
    crash_point("salvage opened");
    enum flow f = ftruncate(fd, (off_t)good) == 0 ? FLOW_OK : err_sys(e, err_status(errno, STATUS_IO), "%s", part);
    if (f == FLOW_OK)
        f = publish(dir, part, path, fd, e);
    (void)close(fd);
    *salvaged += f == FLOW_OK;
    return f;
}

enum flow deposit_salvage(const struct deposit_options *o, size_t *salvaged, struct err *e)
{
    char **names = NULL;
    size_t count = 0;
    *salvaged = 0;
    if (!fs_is_dir(o->dir))
        return FLOW_OK;
    enum flow f = fs_names(o->dir, &names, &count, e);
    for (size_t i = 0; i < count && f == FLOW_OK; i++)
        if (is_part(names[i], o))
            f = salvage_one(o->dir, names[i], salvaged, e);
    fs_names_free(names, count);
    return f;
}
