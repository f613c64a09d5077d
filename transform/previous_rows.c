/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/previous_rows.h"

#include "schemas/run/fs.h"
#include "schemas/run/output.h"
#include "transform/rows.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 64 << 10 };

/* The file: this, then the rows as rows_put makes them, then the SHA-256 of all that in hex, with its NUL. */
struct head {
    char magic[16];
    char package[DIGEST_HEX_MAX]; /* digest of the package's description, which holds those of its files */
};

static const char magic[16] = "pre-previous1";

struct previous_rows {
    struct package_rows *rows; /* NULL: from the cache */
    struct head head;
    /* reading the cache */
    int fd;
    uint64_t at, end; /* what is not in the window yet */
    char *window;
    size_t begin, len;
    /* writing it */
    struct output *out; /* NULL: not, or not any more */
    struct digest *digest;
    struct buf chunk;
    const char *values[PREVIOUS_COLUMNS];
};

/* ---- reading ---- */
/* 1 when the file is of this package and what its digest says. */
static int is_whole(struct previous_rows *r, uint64_t size)
{
    struct err ignored;
    char said[DIGEST_HEX_MAX], hex[DIGEST_HEX_MAX];
    struct head h;
    const uint64_t end = size - sizeof said;
    if (fs_read_at(r->fd, &h, sizeof h, 0) != (ssize_t)sizeof h || memcmp(&h, &r->head, sizeof h) != 0 ||
        fs_read_at(r->fd, said, sizeof said, end) != (ssize_t)sizeof said ||
        digest_reset(r->digest, &ignored) != FLOW_OK)
        return 0;
    for (uint64_t at = 0; at < end;) {
        uint64_t want = end - at < WINDOW ? end - at : WINDOW;
        ssize_t k = fs_read_at(r->fd, r->window, (size_t)want, at);
        if (k <= 0 || digest_put(r->digest, r->window, (size_t)k, &ignored) != FLOW_OK)
            return 0;
        at += (uint64_t)k;
    }
    r->at = sizeof h;
    r->end = end;
    return digest_hex(r->digest, hex, &ignored) == FLOW_OK && memcmp(said, hex, sizeof hex) == 0;
}

static int open_cache(struct previous_rows *r, const char *path)
{
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    off_t size = r->fd < 0 ? 0 : lseek(r->fd, 0, SEEK_END);
    return size >= (off_t)(sizeof(struct head) + DIGEST_HEX_MAX) && is_whole(r, (uint64_t)size);
}

static enum flow next_kept(struct previous_rows *r, struct err *e)
{
    for (;;) {
        const char *at = r->window + r->begin;
        if (rows_split(&at, r->window + r->len, r->values, PREVIOUS_COLUMNS)) {
            r->begin = (size_t)(at - r->window);
            return FLOW_OK;
        }
        r->len -= r->begin;
        memmove(r->window, r->window + r->begin, r->len);
        r->begin = 0;
        if (r->at == r->end && r->len == 0)
            return FLOW_END;
        uint64_t left = r->end - r->at, room = WINDOW - r->len;
        ssize_t k = fs_read_at(r->fd, r->window + r->len, (size_t)(left < room ? left : room), r->at);
        if (k <= 0)
            return err_set(e, STATUS_IO, "values kept of the last edition: changed while they were read: run again");
        r->at += (uint64_t)k;
        r->len += (size_t)k;
    }
}

/* ---- writing: whatever goes wrong leaves no cache ---- */
static void give_up(struct previous_rows *r)
{
    output_abort(r->out);
    r->out = NULL;
}

static void put(struct previous_rows *r, const void *p, size_t n)
{
    struct err ignored;
    if (r->out && (digest_put(r->digest, p, n, &ignored) != FLOW_OK ||
                   sink_write(output_sink(r->out), p, n, &ignored) != FLOW_OK))
        give_up(r);
}

static void put_chunk(struct previous_rows *r)
{
    if (r->chunk.len)
        put(r, buf_str(&r->chunk), r->chunk.len);
    buf_reset(&r->chunk);
}

static void begin_cache(struct previous_rows *r, const char *path)
{
    struct err ignored;
    r->out = output_cache_open(path, &ignored);
    if (r->out && digest_reset(r->digest, &ignored) != FLOW_OK)
        give_up(r);
    put(r, &r->head, sizeof r->head);
}

/* A row must fit the window of whoever reads it. */
static void keep_row(struct previous_rows *r)
{
    struct err ignored;
    size_t before = r->chunk.len;
    if (rows_put(&r->chunk, r->values, PREVIOUS_COLUMNS, &ignored) != FLOW_OK || r->chunk.len - before > WINDOW)
        give_up(r);
    if (r->chunk.len >= WINDOW)
        put_chunk(r);
}

static void end_cache(struct previous_rows *r)
{
    char hex[DIGEST_HEX_MAX];
    struct err ignored;
    put_chunk(r);
    if (r->out && (digest_hex(r->digest, hex, &ignored) != FLOW_OK ||
                   sink_write(output_sink(r->out), hex, sizeof hex, &ignored) != FLOW_OK))
        give_up(r);
    if (r->out)
        (void)!output_commit(r->out, &ignored);
    r->out = NULL;
}

static enum flow next_proved(struct previous_rows *r, struct err *e)
{
    static const enum observations_column columns[PREVIOUS_COLUMNS] = {[PREVIOUS_UNIT] = OBSERVATIONS_UNIT,
                                                                       [PREVIOUS_VARIABLE] = OBSERVATIONS_VARIABLE,
                                                                       [PREVIOUS_HARMONISED] = OBSERVATIONS_HARMONISED,
                                                                       [PREVIOUS_VALUE] = OBSERVATIONS_VALUE};
    const struct csv_row *row;
    enum flow f;
    do
        f = package_rows_next(r->rows, &row, e);
    while (f == FLOW_OK && !row->field[OBSERVATIONS_VALUE].len);
    if (f == FLOW_END)
        end_cache(r);
    if (f != FLOW_OK)
        return f;
    for (int i = 0; i < PREVIOUS_COLUMNS; i++)
        r->values[i] = row->field[columns[i]].text;
    if (r->out)
        keep_row(r);
    return FLOW_OK;
}

/* ---- both ---- */
enum flow previous_rows_next(struct previous_rows *r, const char *const **values, struct err *e)
{
    *values = r->values;
    return r->rows ? next_proved(r, e) : next_kept(r, e);
}

/* The package's file is opened in any case: that proves its digest. */
struct previous_rows *previous_rows_open(struct package *p, const char *cache, int read, struct err *e)
{
    struct previous_rows *r = calloc(1, sizeof *r);
    if (!r || !(r->window = malloc(WINDOW))) {
        free(r);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    r->fd = -1;
    buf_init(&r->chunk, SIZE_MAX / 2);
    memcpy(r->head.magic, magic, sizeof magic);
    memcpy(r->head.package, package_digest(p), DIGEST_HEX_MAX);
    if (!(r->digest = digest_new(e)) || !(r->rows = package_rows_open(p, TABLE_OBSERVATIONS, e))) {
        previous_rows_close(r);
        return NULL;
    }
    if (cache && read && open_cache(r, cache)) {
        package_rows_close(r->rows);
        r->rows = NULL;
    } else if (cache) {
        begin_cache(r, cache);
    }
    return r;
}

void previous_rows_close(struct previous_rows *r)
{
    if (!r)
        return;
    output_abort(r->out);
    package_rows_close(r->rows);
    if (r->fd >= 0)
        (void)close(r->fd);
    digest_free(r->digest);
    buf_fini(&r->chunk);
    free(r->window);
    free(r);
}
