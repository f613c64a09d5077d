/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/spool.h"

#include "schemas/run/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW_MIN = 256 * 1024, WINDOW_MAX = 64 << 20 };

struct spool {
    int fd[TABLE_COUNT];
    uint64_t size[TABLE_COUNT];
    char folder[4096];
};

static int open_unlinked(const char *folder, struct err *e)
{
    char path[4200];
    (void)snprintf(path, sizeof path, "%s/.spool-XXXXXX", folder);
    int fd = mkstemp(path);
    if (fd < 0)
        (void)err_sys(e, err_status(errno, STATUS_CANTCREAT), "%s", path);
    else if (unlink(path) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        (void)err_sys(e, STATUS_IO, "%s", path);
    return fd;
}

struct spool *spool_open(const char *folder, struct err *e)
{
    struct spool *s = calloc(1, sizeof *s);
    if (!s) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    (void)snprintf(s->folder, sizeof s->folder, "%s", folder);
    for (int t = 0; t < TABLE_COUNT; t++)
        s->fd[t] = -1;
    for (int t = 0; t < TABLE_COUNT; t++)
        if ((s->fd[t] = open_unlinked(folder, e)) < 0) {
            spool_close(s);
            return NULL;
        }
    return s;
}

void spool_close(struct spool *s)
{
    for (int t = 0; s && t < TABLE_COUNT; t++)
        if (s->fd[t] >= 0)
            (void)close(s->fd[t]);
    free(s);
}

enum flow spool_put(struct spool *s, enum dataset_table t, const void *p, size_t n, struct err *e)
{
    const char *at = p;
    while (n) {
        ssize_t k = pwrite(s->fd[t], at, n, (off_t)s->size[t]);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return err_sys(e, err_status(k < 0 ? errno : EIO, STATUS_IO), "%s: temporary rows", s->folder);
        at += k;
        n -= (size_t)k;
        s->size[t] += (uint64_t)k;
    }
    return FLOW_OK;
}

static enum flow read_at(const struct spool *s, enum dataset_table t, void *p, size_t n, uint64_t offset, size_t *got,
                         struct err *e)
{
    ssize_t k = fs_read_at(s->fd[t], p, n, offset);
    if (k < 0)
        return err_sys(e, STATUS_IO, "%s: temporary rows", s->folder);
    *got = (size_t)k;
    return FLOW_OK;
}

/* ---- sorting ---- */
/* The rows of a table in memory, as the spool holds them, and where each begins: a row costs its text and 8 bytes. */
struct rows {
    char *text;
    size_t size, fields, count;
    uint64_t *start;
};

/* qsort has no context; only the main thread sorts. */
static const struct table_spec *sorting;
static const char *sorted_text;
static size_t sorted_fields;

static const char *field(const char *row, size_t c)
{
    while (c-- > 0)
        row += strlen(row) + 1;
    return row;
}

static int compare(const struct table_spec *t, size_t fields, const char *x, const char *y)
{
    for (int key = 1; key <= 3; key++)
        for (size_t c = 0; c < t->count && c < fields; c++)
            if (t->columns[c].key == key) {
                const char *v = field(x, c), *w = field(y, c);
                size_t n = strlen(v), m = strlen(w);
                if (t->columns[c].type == COLUMN_INTEGER && n != m)
                    return n < m ? -1 : 1;
                int order = strcmp(v, w);
                if (order)
                    return order;
            }
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return compare(sorting, sorted_fields, sorted_text + *(const uint64_t *)a, sorted_text + *(const uint64_t *)b);
}

/* Rows often are in order as they come, as the sources of units are, and then none of them need be in memory. */
static enum flow in_order(struct spool *s, enum dataset_table t, size_t fields, int *sorted, struct err *e)
{
    struct spool_reader *r = spool_read(s, t, fields, e);
    struct buf before;
    const char *const *v;
    enum flow f = r ? FLOW_OK : FLOW_FATAL;
    buf_init(&before, WINDOW_MAX);
    *sorted = 1;
    while (f == FLOW_OK && *sorted && (f = spool_next(r, &v, e)) == FLOW_OK) {
        *sorted = !before.len || compare(table_spec(t), fields, before.data, v[0]) <= 0;
        buf_reset(&before);
        f = buf_put(&before, v[0], (size_t)(field(v[0], fields) - v[0]), e);
    }
    buf_fini(&before);
    spool_reader_close(r);
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow find_rows(const struct spool *s, struct rows *r, struct err *e)
{
    size_t ends = 0;
    if (r->size && r->text[r->size - 1] != '\0')
        return err_set(e, STATUS_IO, "%s: temporary rows are cut", s->folder);
    for (size_t i = 0; i < r->size; i++)
        ends += r->text[i] == '\0';
    if (ends % r->fields)
        return err_set(e, STATUS_IO, "%s: temporary rows are cut", s->folder);
    r->start = calloc(ends / r->fields + 1, sizeof *r->start);
    if (!r->start)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t at = 0; at < r->size; at = (size_t)(field(r->text + at, r->fields) - r->text))
        r->start[r->count++] = at;
    return FLOW_OK;
}

static enum flow load_rows(const struct spool *s, enum dataset_table t, struct rows *r, struct err *e)
{
    size_t got = 0;
    enum flow f = FLOW_OK;
    r->size = (size_t)s->size[t];
    r->text = malloc(r->size + 1);
    if (!r->text)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t have = 0; f == FLOW_OK && have < r->size; have += got)
        if ((f = read_at(s, t, r->text + have, r->size - have, have, &got, e)) == FLOW_OK && !got)
            f = err_set(e, STATUS_IO, "%s: temporary rows are cut", s->folder);
    return f == FLOW_OK ? find_rows(s, r, e) : f;
}

enum flow spool_sort(struct spool *s, enum dataset_table t, size_t fields, struct err *e)
{
    struct rows r = {.fields = fields};
    struct buf out;
    int sorted;
    enum flow f = in_order(s, t, fields, &sorted, e);
    if (f != FLOW_OK || sorted)
        return f;
    buf_init(&out, SIZE_MAX / 2);
    f = load_rows(s, t, &r, e);
    sorting = table_spec(t);
    sorted_text = r.text;
    sorted_fields = fields;
    if (f == FLOW_OK) {
        qsort(r.start, r.count, sizeof *r.start, by_key);
        s->size[t] = 0; /* all of it is in memory: written again from the start, by pieces */
    }
    for (size_t i = 0; f == FLOW_OK && i < r.count; i++) {
        const char *row = r.text + r.start[i];
        f = buf_put(&out, row, (size_t)(field(row, fields) - row), e);
        if (f == FLOW_OK && (out.len >= WINDOW_MIN || i + 1 == r.count)) {
            f = spool_put(s, t, buf_str(&out), out.len, e);
            buf_reset(&out);
        }
    }
    buf_fini(&out);
    free(r.start);
    free(r.text);
    return f;
}

/* ---- reading ---- */
struct spool_reader {
    struct spool *spool;
    enum dataset_table table;
    size_t fields;
    uint64_t offset; /* of the byte after the window */
    char *window;
    size_t size, begin, end;
    const char *values[ROWS_FIELDS_MAX];
};

struct spool_reader *spool_read(struct spool *s, enum dataset_table t, size_t fields, struct err *e)
{
    struct spool_reader *r = calloc(1, sizeof *r);
    char *window = malloc(WINDOW_MIN);
    if (!r || !window || fields > ROWS_FIELDS_MAX) {
        free(r);
        free(window);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    *r = (struct spool_reader){.spool = s, .table = t, .fields = fields, .window = window, .size = WINDOW_MIN};
    return r;
}

void spool_reader_close(struct spool_reader *r)
{
    if (r)
        free(r->window);
    free(r);
}

static enum flow refill(struct spool_reader *r, struct err *e)
{
    memmove(r->window, r->window + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    if (r->end == r->size) {
        char *grown = r->size < WINDOW_MAX ? realloc(r->window, 2 * r->size) : NULL;
        if (!grown)
            return err_set(e, STATUS_SYSTEM, "out of memory for one row");
        r->window = grown;
        r->size *= 2;
    }
    size_t got = 0;
    enum flow f = read_at(r->spool, r->table, r->window + r->end, r->size - r->end, r->offset, &got, e);
    r->end += got;
    r->offset += got;
    return f == FLOW_OK && !got ? FLOW_END : f;
}

enum flow spool_next(struct spool_reader *r, const char *const **values, struct err *e)
{
    for (;;) {
        const char *at = r->window + r->begin;
        if (rows_split(&at, r->window + r->end, r->values, r->fields)) {
            r->begin = (size_t)(at - r->window);
            *values = r->values;
            return FLOW_OK;
        }
        enum flow f = refill(r, e);
        if (f == FLOW_END && r->begin < r->end)
            return err_set(e, STATUS_IO, "%s: temporary rows are cut", r->spool->folder);
        if (f != FLOW_OK)
            return f;
    }
}
