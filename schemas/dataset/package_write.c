/* SPDX-License-Identifier: Apache-2.0 */
/* Writer of a dataset package: rows are judged, counted and made CSV text by a portion, here or by threads that hand
 * their text over; the text goes into a digest and a compressor, and compressed into a digest and a file. The folder
 * appears under its name by one rename, datapackage.json being its last file. */
#include "schemas/dataset/package_write.h"

#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One gzip member a block: where blocks end is fixed, so that bytes do not depend on threads. Of observations, level 1
 * makes a fifth of the text at a third of the time that zlib's level 4 took for a tenth fewer bytes. */
enum { BLOCK = 256 << 10, LEVEL = 1 };

/* ---- one table ---- */

static enum flow to_file(void *ctx, const void *p, size_t n, struct err *e)
{
    struct table_out *o = ctx;
    o->bytes += n;
    enum flow f = digest_put(o->file_digest, p, n, e);
    return f == FLOW_OK ? sink_write(output_sink(o->file), p, n, e) : f;
}

static enum flow flush(struct table_out *o, struct err *e)
{
    o->text_bytes += o->block.len;
    enum flow f = digest_put(o->text_digest, o->block.data, o->block.len, e);
    if (f == FLOW_OK)
        f = press_put(o->press, &o->block, (struct sink){to_file, o}, e);
    return f;
}

static enum flow to_block(void *ctx, const void *p, size_t n, struct err *e)
{
    struct table_out *o = ctx;
    enum flow f = buf_put(&o->block, p, n, e);
    return f == FLOW_OK && o->block.len >= BLOCK ? flush(o, e) : f;
}

static void close_table(struct table_out *o)
{
    output_abort(o->file);
    digest_free(o->file_digest);
    digest_free(o->text_digest);
    csv_writer_fini(&o->rows.csv);
    buf_fini(&o->block);
    o->file = NULL;
    o->file_digest = o->text_digest = NULL;
}

static enum flow open_streams(struct table_out *o, const char *path, struct err *e)
{
    buf_init(&o->block, (size_t)128 << 20);
    o->file = output_member_open(path, e);
    o->file_digest = o->file ? digest_new(e) : NULL;
    o->text_digest = o->file_digest ? digest_new(e) : NULL;
    return o->text_digest ? FLOW_OK : FLOW_FATAL;
}

static enum flow copy_extras(struct table_out *o, enum dataset_table t, const char *const *extra, size_t count,
                             struct err *e)
{
    o->extra = calloc(count + 1, sizeof *o->extra);
    if (!o->extra)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        if (table_find(table_spec(t), extra[i]) < table_spec(t)->count)
            return err_set(e, STATUS_DATA,
                           "register: column \"%s\" has the name of a column of the dataset: give it another name",
                           extra[i]);
        o->extra[i] = strdup(extra[i]);
        if (!o->extra[i])
            return err_set(e, STATUS_SYSTEM, "out of memory");
    }
    o->extra_count = count;
    return FLOW_OK;
}

const char *package_column(const struct table_out *o, enum dataset_table t, size_t i)
{
    const struct table_spec *s = table_spec(t);
    if (i == 0)
        return s->columns[0].name;
    return i <= o->extra_count ? o->extra[i - 1] : s->columns[i - o->extra_count].name;
}

static enum flow write_header(struct table_out *o, enum dataset_table t, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < table_spec(t)->count + o->extra_count && f == FLOW_OK; i++)
        f = csv_put(&o->rows.csv, package_column(o, t, i), e);
    return f == FLOW_OK ? csv_end_row(&o->rows.csv, e) : f;
}

enum flow package_table(struct package_writer *w, enum dataset_table t, const char *const *extra, size_t count,
                        struct err *e)
{
    struct table_out *o = &w->table[t];
    char name[64], path[4096];
    if (o->opened || (count && t != TABLE_UNITS))
        return err_set(e, STATUS_BUG, "table %s opened twice, or given foreign columns", table_spec(t)->name);
    o->opened = 1;
    if (!w->press && !(w->press = press_new(w->threads, LEVEL, e)))
        return FLOW_FATAL;
    o->press = w->press;
    package_table_path(t, name, sizeof name);
    if (!fs_join(path, sizeof path, outdir_path(w->dir), name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", outdir_path(w->dir), name);
    enum flow f = copy_extras(o, t, extra, count, e);
    if (f == FLOW_OK)
        f = portion_init(&o->rows, t, count, t == TABLE_OBSERVATIONS ? w->sums : NULL, (struct sink){to_block, o}, e);
    if (f == FLOW_OK)
        f = open_streams(o, path, e);
    return f == FLOW_OK ? write_header(o, t, e) : f;
}

static enum flow open_table(struct package_writer *w, enum dataset_table t, struct table_out **o, struct err *e)
{
    *o = &w->table[t];
    return (*o)->opened ? FLOW_OK : err_set(e, STATUS_BUG, "table %s is not open", table_spec(t)->name);
}

enum flow package_row(struct package_writer *w, enum dataset_table t, const char *const *values, struct err *e)
{
    struct table_out *o;
    if (open_table(w, t, &o, e) != FLOW_OK)
        return FLOW_FATAL;
    if (portion_row(&o->rows, values, e) == FLOW_OK)
        return FLOW_OK;
    return err_prefix(e, "dataset table %s, row %llu", table_spec(t)->name, (unsigned long long)o->rows.tally.rows + 1);
}

/* A block ends with the first row that fills it, wherever the text was made. */
enum flow package_text(struct package_writer *w, enum dataset_table t, const char *key, const char *text, size_t n,
                       struct err *e)
{
    struct table_out *o;
    const char *at = text, *end = text + n;
    if (open_table(w, t, &o, e) != FLOW_OK)
        return FLOW_FATAL;
    enum flow f = tally_pass(&o->rows.tally, key, e);
    if (f != FLOW_OK) {
        e->status = STATUS_BUG;
        return err_prefix(e, "dataset table %s", table_spec(t)->name);
    }
    while (f == FLOW_OK && (size_t)(end - text) >= BLOCK - o->block.len) {
        const char *full = text + (BLOCK - o->block.len);
        while (at < full) {
            at = csv_row_end(at, end);
            at += at < end;
        }
        f = to_block(o, text, (size_t)(at - text), e);
        text = at;
    }
    return f == FLOW_OK ? to_block(o, text, (size_t)(end - text), e) : f;
}

enum flow package_tally(struct package_writer *w, enum dataset_table t, const struct tally *counted, int sign,
                        struct err *e)
{
    struct table_out *o;
    return open_table(w, t, &o, e) == FLOW_OK ? tally_add(&o->rows.tally, counted, sign, e) : FLOW_FATAL;
}

static enum flow end_table(struct package_writer *w, enum dataset_table t, struct err *e)
{
    struct table_out *o = &w->table[t];
    enum flow f = o->opened ? FLOW_OK : package_table(w, t, NULL, 0, e);
    if (f == FLOW_OK && (o->block.len || !o->text_bytes))
        f = flush(o, e);
    if (f == FLOW_OK)
        f = press_drain(o->press, e);
    if (f == FLOW_OK)
        f = digest_hex(o->file_digest, o->file_hex, e);
    if (f == FLOW_OK)
        f = digest_hex(o->text_digest, o->text_hex, e);
    if (f == FLOW_OK) {
        struct output *file = o->file;
        o->file = NULL;
        f = output_commit(file, e);
    }
    close_table(o);
    tally_sort(&o->rows.tally);
    return f;
}

/* ---- the package ---- */

static void writer_free(struct package_writer *w)
{
    press_free(w->press);
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct table_out *o = &w->table[t];
        close_table(o);
        portion_fini(&o->rows);
        for (size_t i = 0; o->extra && o->extra[i]; i++)
            free(o->extra[i]);
        free(o->extra);
    }
    for (size_t i = 0; i < w->file_count; i++)
        free(w->file[i].path);
    free(w->file);
    map_free(w->sums);
    free(w->parent);
    free(w);
}

void package_abort(struct package_writer *w)
{
    if (!w)
        return;
    outdir_abort(w->dir);
    writer_free(w);
}

static enum flow fix_sums(struct package_writer *w, const char *const *sums, struct err *e)
{
    w->sums = map_new();
    if (!w->sums)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; sums && sums[i]; i++) {
        uint32_t index;
        if (map_put(w->sums, sums[i], strlen(sums[i]), &index, NULL, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

struct package_writer *package_create(const char *dir, const char *const *sums, struct err *e)
{
    return package_create_part(dir, 0, 0, sums, e);
}

struct package_writer *package_create_part(const char *dir, int shard, int shards, const char *const *sums,
                                           struct err *e)
{
    struct package_writer *w = calloc(1, sizeof *w);
    char path[4096], name[64] = ".package";
    if (!w || !(w->parent = strdup(dir))) {
        free(w);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    for (int t = 0; t < TABLE_COUNT; t++)
        buf_init(&w->table[t].block, 0);
    if (shards)
        (void)snprintf(name, sizeof name, ".package-%d-of-%d", shard, shards);
    if (!fs_join(path, sizeof path, dir, name))
        (void)err_set(e, STATUS_CANTCREAT, "%s: name too long", dir);
    else if (fs_mkdirs(dir, e) == FLOW_OK && fix_sums(w, sums, e) == FLOW_OK)
        w->dir = outdir_open(path, 0, e);
    if (w->dir)
        return w;
    writer_free(w);
    return NULL;
}

void package_threads(struct package_writer *w, long threads)
{
    w->threads = threads;
}

static int is_plain_name(const char *path)
{
    int slashes = 0;
    if (path[0] == '/' || path[0] == '.' || path[0] == '\0')
        return 0;
    for (const char *p = path; *p; p++) {
        if (*p == '/' && (++slashes > 3 || p[1] == '.' || p[1] == '\0'))
            return 0;
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/", *p))
            return 0;
    }
    return 1;
}

static enum flow note_file(struct package_writer *w, const char *path, size_t n, const char *hex, struct err *e)
{
    struct plain_file *grown = realloc(w->file, (w->file_count + 1) * sizeof *grown);
    char *copy = grown ? strdup(path) : NULL;
    if (grown)
        w->file = grown;
    if (!copy)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    size_t i = w->file_count++;
    for (; i > 0 && strcmp(w->file[i - 1].path, path) > 0; i--)
        w->file[i] = w->file[i - 1];
    w->file[i] = (struct plain_file){.path = copy, .bytes = n};
    memcpy(w->file[i].hex, hex, DIGEST_HEX_MAX);
    return FLOW_OK;
}

enum flow package_add_file(struct package_writer *w, const char *path, const void *p, size_t n, struct err *e)
{
    char full[4096], hex[DIGEST_HEX_MAX];
    if (!is_plain_name(path))
        return err_set(e, STATUS_BUG, "'%s': no name for a file of a package", path);
    if (!fs_join(full, sizeof full, outdir_path(w->dir), path))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", outdir_path(w->dir), path);
    char *slash = strchr(path, '/') ? strrchr(full, '/') : NULL;
    if (slash)
        *slash = '\0';
    enum flow f = slash ? fs_mkdirs(full, e) : FLOW_OK;
    if (slash)
        *slash = '/';
    if (f == FLOW_OK)
        f = output_member(full, p, n, e);
    if (f == FLOW_OK)
        f = digest_of(p, n, hex, e);
    return f == FLOW_OK ? note_file(w, path, n, hex, e) : f;
}

/* "2022-05-12T08:11:00.5Z" as 20220512T081100Z. */
static void compact(const char *instant, char *out, size_t size)
{
    size_t n = 0;
    for (; *instant && n + 2 < size; instant++) {
        if (*instant == '.') {
            out[n++] = 'Z';
            break;
        }
        if (*instant != '-' && *instant != ':')
            out[n++] = *instant;
    }
    out[n] = '\0';
}

static enum flow choose_name(const struct package_facts *facts, struct package_result *r, struct err *e)
{
    char when[32];
    if (strlen(facts->campaign) > 32 || !is_plain_name(facts->campaign) || strchr(facts->campaign, '/'))
        return err_set(e, STATUS_CONFIG,
                       "campaign '%.60s': a name of at most 32 letters, digits, '-' or '_' is expected",
                       facts->campaign);
    compact(facts->as_of[0] ? facts->as_of : "none", when, sizeof when);
    if (facts->shards)
        (void)snprintf(r->name, sizeof r->name, "part-%d-of-%d", facts->shard, facts->shards);
    else
        (void)snprintf(r->name, sizeof r->name, "%s-%s-%.12s", facts->campaign, when, r->content_digest);
    return FLOW_OK;
}

static int file_is(const char *dir, const char *name, const char *hex)
{
    char path[4096], found[DIGEST_HEX_MAX];
    struct err ignored;
    return fs_join(path, sizeof path, dir, name) && fs_is_file(path) && digest_file(path, found, &ignored) == FLOW_OK &&
           strcmp(found, hex) == 0;
}

/* Is the package that stands there already this one, byte for byte? */
static int stands(const struct package_writer *w, const char *dir, const char *json_hex)
{
    char name[64];
    int same = file_is(dir, PACKAGE_FILE, json_hex);
    for (int t = 0; t < TABLE_COUNT && same; t++) {
        package_table_path(t, name, sizeof name);
        same = file_is(dir, name, w->table[t].file_hex);
    }
    for (size_t i = 0; i < w->file_count && same; i++)
        same = file_is(dir, w->file[i].path, w->file[i].hex);
    return same;
}

static enum flow put_json(struct package_writer *w, const struct package_facts *facts, struct package_result *r,
                          char *hex, struct err *e)
{
    struct buf json;
    char path[4096];
    buf_init(&json, 8 << 20);
    enum flow f = package_describe(w, facts, r, &json, e);
    if (f == FLOW_OK)
        f = digest_of(json.data, json.len, hex, e);
    if (f == FLOW_OK) {
        char *seal = package_seal_place(json.data, json.len);
        if (seal)
            memcpy(seal, hex, DIGEST_HEX_MAX - 1);
        f = seal ? digest_of(json.data, json.len, hex, e) : err_set(e, STATUS_BUG, "no seal in " PACKAGE_FILE);
    }
    if (f == FLOW_OK && !fs_join(path, sizeof path, outdir_path(w->dir), PACKAGE_FILE))
        f = err_set(e, STATUS_CANTCREAT, "%s: name too long", outdir_path(w->dir));
    if (f == FLOW_OK)
        f = output_member(path, json.data, json.len, e);
    buf_fini(&json);
    return f;
}

static enum flow put_in_place(struct package_writer *w, struct package_result *r, const char *json_hex, struct err *e)
{
    char path[4096];
    if (!fs_join(path, sizeof path, w->parent, r->name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", w->parent, r->name);
    if (fs_is_dir(path) && stands(w, path, json_hex)) {
        r->change = PACKAGE_SAME;
        return FLOW_OK;
    }
    r->change = fs_is_dir(path) ? PACKAGE_REFRESHED : PACKAGE_NEW;
    enum flow f = outdir_rename(w->dir, path, 1, e);
    if (f == FLOW_OK) {
        struct outdir *dir = w->dir;
        w->dir = NULL;
        f = outdir_commit(dir, e);
    }
    return f;
}

enum flow package_commit(struct package_writer *w, const struct package_facts *facts, struct package_result *result,
                         struct err *e)
{
    struct package_result r = {.name = ""};
    char text_digest[TABLE_COUNT][DIGEST_HEX_MAX], json_hex[DIGEST_HEX_MAX];
    enum flow f = FLOW_OK;
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++) {
        f = end_table(w, t, e);
        memcpy(text_digest[t], w->table[t].text_hex, DIGEST_HEX_MAX);
    }
    if (f == FLOW_OK)
        f = package_content((const char(*)[DIGEST_HEX_MAX])text_digest, facts->edition_digest, facts->decisions_digest,
                            r.content_digest, e);
    if (f == FLOW_OK)
        f = choose_name(facts, &r, e);
    if (f == FLOW_OK)
        f = put_json(w, facts, &r, json_hex, e);
    if (f == FLOW_OK)
        f = put_in_place(w, &r, json_hex, e);
    if (f == FLOW_OK && result)
        *result = r;
    package_abort(w);
    return f;
}

enum flow package_point(const char *dir, const char *name, struct err *e)
{
    char path[4096];
    if (!fs_join(path, sizeof path, dir, "current"))
        return err_set(e, STATUS_CANTCREAT, "%s: name too long", dir);
    return output_link(name, path, e);
}
