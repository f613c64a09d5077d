/* SPDX-License-Identifier: Apache-2.0 */
/* dir/.index/CAMPAIGN.merged: the lines of all indexes of a folder that still matter, so that a night costs what its
 * units cost, however many nights went before. First a line per archive, by which it is known again without being read;
 * then, after "!of N", the lines of the N-th. Taken in that order they leave the same behind as all lines would. Page:
 * pre-archive(5). */
#include "schemas/archive/known.h"

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, MERGED_VERSION = 1, SETTLED_S = 2 };

static const char of_mark[] = "!of ";

static int locate(const struct archive *a, char folder[PATH_SIZE], char path[PATH_SIZE])
{
    char name[INDEX_NAME_MAX];
    int n = snprintf(name, sizeof name, "%s.merged", a->options.campaign ? a->options.campaign : "");
    return n > 0 && (size_t)n < sizeof name && !strchr(name, '/') && fs_join(folder, PATH_SIZE, a->dir, ".index") &&
           fs_join(path, PATH_SIZE, folder, name);
}

/* ---- how an archive is known again ---- */

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A file that changed within the last two seconds may change again without showing it: its clock ticks slowly. */
void merged_stamp(const struct archive *a, struct file *f)
{
    char path[PATH_SIZE];
    struct stat st;
    struct timespec now;
    f->stamp[0] = '\0';
    if (!fs_join(path, sizeof path, a->dir, f->name) || stat(path, &st) != 0 ||
        clock_gettime(CLOCK_REALTIME, &now) != 0)
        return;
    if (st.st_ctim.tv_sec + SETTLED_S < now.tv_sec)
        (void)snprintf(f->stamp, sizeof f->stamp,
                       ",\"size\":%" PRId64 ",\"inode\":%" PRIu64 ",\"modified\":%" PRId64 ",\"changed\":%" PRId64,
                       (int64_t)st.st_size, (uint64_t)st.st_ino, nanoseconds(st.st_mtim), nanoseconds(st.st_ctim));
}

/* `!archive {"name":"NAME","sha256":"` */
static enum flow print_start(const struct file *f, struct buf *out, struct err *e)
{
    buf_reset(out);
    enum flow flow = buf_puts(out, "!archive {\"name\":\"", e);
    if (flow == FLOW_OK)
        flow = index_encode(f->name, strlen(f->name), out, e);
    return flow == FLOW_OK ? buf_puts(out, "\",\"sha256\":\"", e) : flow;
}

/* Is the file still the one of this line? Its digest is then in f->hex, and counts as read when stat(2) has it as it
 * was. */
static int is_same(const struct archive *a, struct file *f, const char *line, size_t n, struct buf *text, int *stale)
{
    char path[PATH_SIZE], hex[DIGEST_HEX_MAX];
    struct err e;
    size_t k = 2 * DIGEST_BYTES;
    if (print_start(f, text, &e) != FLOW_OK || n < text->len + k + 2 || memcmp(line, text->data, text->len) != 0)
        return 0;
    memcpy(f->hex, line + text->len, k);
    f->hex[k] = '\0';
    const char *stamp = line + text->len + k + 1;
    size_t m = n - (text->len + k + 2);
    merged_stamp(a, f);
    if (m && strlen(f->stamp) == m && memcmp(stamp, f->stamp, m) == 0)
        return 1;
    *stale = 1;
    return fs_join(path, sizeof path, a->dir, f->name) && digest_file(path, hex, &e) == FLOW_OK &&
           strcmp(hex, f->hex) == 0;
}

/* ---- reading ---- */

struct merged {
    struct archive *a;
    size_t covered;
    int stale, foreign;
    struct buf text;
};

static int is_start(const char *line, size_t n)
{
    static const char start[] = "!archive {";
    return n >= sizeof start - 1 && memcmp(line, start, sizeof start - 1) == 0;
}

static enum flow check_archive(void *ctx, const char *line, size_t n, struct err *e)
{
    struct merged *m = ctx;
    (void)e;
    if (!is_start(line, n))
        return FLOW_END;
    m->foreign = m->covered >= m->a->files || !is_same(m->a, &m->a->file[m->covered], line, n, &m->text, &m->stale);
    m->covered++;
    return m->foreign ? FLOW_END : FLOW_OK;
}

/* The number after "!of "; 0 when the line is another. */
static size_t group_of(const char *line, size_t n)
{
    size_t k = 0, m = sizeof of_mark - 1;
    if (n <= m || n > m + 9 || memcmp(line, of_mark, m) != 0)
        return 0;
    for (size_t i = m; i < n; i++) {
        if (line[i] < '0' || line[i] > '9')
            return 0;
        k = k * 10 + (size_t)(line[i] - '0');
    }
    return k;
}

static enum flow take_line(void *ctx, const char *line, size_t n, struct err *e)
{
    struct merged *m = ctx;
    struct index_entry x;
    size_t group = group_of(line, n);
    if (is_start(line, n))
        return FLOW_OK;
    if (group) {
        m->a->current = (uint32_t)group - 1;
        return group <= m->covered ? FLOW_OK
                                   : err_set(e, STATUS_BUG, "merged index: archive %zu of %zu", group, m->covered);
    }
    if (!index_parse(line, n, &x))
        return err_set(e, STATUS_BUG, "line of the merged index not understood: '%.*s'", (int)(n < 60 ? n : 60), line);
    return known_take(m->a, &x, e);
}

/* VERSION {"campaign":"NAME","latest":INSTANT */
static int print_head(const struct archive *a, int64_t latest, char head[LINES_ONE_MAX])
{
    int n = snprintf(head, LINES_ONE_MAX, "%d {\"campaign\":\"%s\",\"latest\":%" PRId64, MERGED_VERSION,
                     a->options.campaign, latest);
    return n > 0 && n < LINES_ONE_MAX;
}

/* Does it hold nothing that came after the as-of? Then what no longer matters did not matter at the as-of either. */
static int is_early_enough(const struct archive *a, const char *head)
{
    char right[LINES_ONE_MAX];
    const char *colon = strrchr(head, ':');
    int64_t latest = colon ? strtoll(colon + 1, NULL, 10) : INT64_MAX;
    return (a->options.as_of == INSTANT_NONE || latest <= a->options.as_of) && print_head(a, latest, right) &&
           strcmp(head, right) == 0;
}

static int open_merged(const struct archive *a, off_t *end)
{
    char folder[PATH_SIZE], path[PATH_SIZE], head[LINES_ONE_MAX];
    struct err ignored;
    struct digest *d = locate(a, folder, path) ? digest_new(&ignored) : NULL;
    int fd = d ? lines_open(path, d, head, end) : -1;
    digest_free(d);
    if (fd < 0 || is_early_enough(a, head))
        return fd;
    (void)close(fd);
    return -1;
}

enum flow merged_read(struct archive *a, size_t *covered, int *stale, struct err *e)
{
    struct merged m = {.a = a};
    off_t end = 0;
    struct err ignored;
    int fd = a->options.campaign && a->options.use_index != ARCHIVE_INDEX_NONE ? open_merged(a, &end) : -1;
    *covered = 0;
    *stale = 1;
    if (fd < 0)
        return FLOW_OK;
    buf_init(&m.text, LINES_ONE_MAX);
    enum flow f = FLOW_OK;
    if (lines_each(fd, end, check_archive, &m, &ignored) != FLOW_FATAL && !m.foreign) {
        f = lines_each(fd, end, take_line, &m, e);
        *covered = m.covered;
        *stale = m.stale;
        a->live.merged = fd;
        a->live.merged_end = end;
    } else {
        (void)close(fd);
    }
    buf_fini(&m.text);
    return f;
}

/* ---- writing ---- */

struct writing {
    const struct archive *a;
    unsigned char *bit; /* lines that still matter */
    struct lines out;
    size_t line, group, written; /* group: of the line at hand; written: the last one named */
};

/* The lines that still matter, bit by bit. */
static unsigned char *live_bits(const struct archive *a)
{
    const struct live *v = &a->live;
    unsigned char *bit = v->room ? malloc(v->room) : NULL;
    if (!bit)
        return NULL;
    memcpy(bit, v->bit, v->room);
    for (uint32_t i = 0; i < map_count(a->units) + 2; i++) {
        const uint32_t line[2] = {i < 2 ? v->kept[i] : v->last[i - 2].mark, i < 2 ? NO_LINE : v->last[i - 2].data};
        for (size_t k = 0; k < 2; k++)
            if (line[k] != NO_LINE)
                bit[line[k] / 8] |= (unsigned char)(1u << line[k] % 8);
    }
    return bit;
}

static enum flow write_line(void *ctx, const char *line, size_t n, struct err *e)
{
    struct writing *w = ctx;
    char mark[32];
    size_t group = group_of(line, n), i = w->line;
    if (group)
        w->group = group;
    if (group || is_start(line, n))
        return FLOW_OK;
    if (i >= w->a->live.lines)
        return err_set(e, STATUS_DATA, "an index has grown");
    w->line++;
    if (!(w->bit[i / 8] >> i % 8 & 1))
        return FLOW_OK;
    if (w->group != w->written)
        lines_put(&w->out, mark, (size_t)snprintf(mark, sizeof mark, "%s%zu\n", of_mark, w->group));
    w->written = w->group;
    lines_put(&w->out, line, n + 1);
    return FLOW_OK;
}

static enum flow write_archives(struct writing *w, struct err *e)
{
    struct buf text;
    enum flow f = FLOW_OK;
    buf_init(&text, LINES_ONE_MAX);
    for (size_t i = 0; i < w->a->files && f == FLOW_OK; i++) {
        const struct file *file = &w->a->file[i];
        f = print_start(file, &text, e);
        if (f == FLOW_OK)
            f = buf_printf(&text, e, "%s\"%s}\n", file->hex, file->stamp);
        if (f == FLOW_OK)
            lines_put(&w->out, text.data, text.len);
    }
    buf_fini(&text);
    return f;
}

static enum flow write_all(struct writing *w, size_t covered, struct err *e)
{
    const struct archive *a = w->a;
    enum flow f = write_archives(w, e);
    if (f == FLOW_OK && covered)
        f = lines_each(a->live.merged, a->live.merged_end, write_line, w, e);
    for (size_t i = covered; i < a->files && f == FLOW_OK; i++) {
        w->group = i + 1;
        f = index_lines(a->dir, a->file[i].name, a->file[i].hex, write_line, w, e);
    }
    return f == FLOW_OK && w->line != a->live.lines ? err_set(e, STATUS_DATA, "an index has shrunk") : f;
}

void merged_write(const struct archive *a, size_t covered)
{
    char folder[PATH_SIZE], path[PATH_SIZE], head[LINES_ONE_MAX];
    struct writing w = {.a = a, .bit = live_bits(a)};
    struct err ignored;
    if (w.bit && locate(a, folder, path) && fs_mkdirs(folder, &ignored) == FLOW_OK) {
        lines_begin(&w.out, path);
        if (w.out.out && write_all(&w, covered, &ignored) == FLOW_OK && print_head(a, a->live.latest, head))
            lines_finish(&w.out, head);
        else
            lines_give_up(&w.out);
    }
    free(w.bit);
}
