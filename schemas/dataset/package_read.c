/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of a dataset package: datapackage.json is checked when it is opened, tables while their rows pass. */
#include "schemas/dataset/package_read.h"

#include "schemas/run/fs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { JSON_MAX = 16 << 20 };

static enum flow bad(const struct package *p, struct err *e, const char *what)
{
    return err_set(e, STATUS_DATA, "%s/" PACKAGE_FILE ": %s", p->path, what);
}

static const char *text_at(const struct json *j, const char *path)
{
    const char *s = json_text(j, path);
    return s ? s : "";
}

/* "sha256:<64 hex>" -> hex. */
static int read_hash(const struct json *j, const char *key, char *hex)
{
    const char *s = json_text(j, key);
    if (!s || strncmp(s, "sha256:", 7) != 0 || strlen(s + 7) != DIGEST_HEX_MAX - 1)
        return 0;
    memcpy(hex, s + 7, DIGEST_HEX_MAX);
    return 1;
}

static enum flow check_size(const struct package *p, const char *name, int64_t bytes, struct err *e)
{
    char path[4096];
    struct stat st;
    if (!fs_join(path, sizeof path, p->path, name) || stat(path, &st) != 0)
        return err_set(e, STATUS_DATA, "%s/%s: announced by " PACKAGE_FILE " and missing", p->path, name);
    if ((int64_t)st.st_size != bytes)
        return err_set(e, STATUS_DATA, "%s/%s: %lld bytes where " PACKAGE_FILE " announces %" PRId64, p->path, name,
                       (long long)st.st_size, bytes);
    return FLOW_OK;
}

/* The register's own columns are what stands between the unit and the scope. */
static enum flow read_columns(struct package *p, struct table_in *t, const struct json *fields, struct err *e)
{
    const struct table_spec *s = table_spec(t->table);
    size_t count = json_count(fields);
    if (count < s->count || count > CSV_FIELDS_MAX || (t->table != TABLE_UNITS && count != s->count))
        return err_set(e, STATUS_DATA, "%s: table %s: %zu columns where %zu are expected", p->path, s->name, count,
                       s->count);
    t->extra_count = count - s->count;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_text(json_item(fields, i), "name");
        size_t fixed = i == 0 ? 0 : i - t->extra_count;
        int own = i > 0 && i <= t->extra_count;
        if (!name || (!own && strcmp(name, s->columns[fixed].name) != 0))
            return err_set(e, STATUS_DATA, "%s: table %s: column %zu is '%s' where '%s' is expected", p->path, s->name,
                           i + 1, name ? name : "", own ? "a name" : s->columns[fixed].name);
        t->column[i] = name;
    }
    t->columns = count;
    return FLOW_OK;
}

static const struct json *find_resource(const struct json *resources, const char *name)
{
    for (size_t i = 0; i < json_count(resources); i++)
        if (strcmp(text_at(json_item(resources, i), "name"), name) == 0)
            return json_item(resources, i);
    return NULL;
}

static enum flow read_table(struct package *p, enum dataset_table table, const struct json *resources, struct err *e)
{
    struct table_in *t = &p->table[table];
    const struct table_spec *s = table_spec(table);
    const struct json *r = find_resource(resources, s->name);
    char path[64];
    int64_t bytes, rows;
    t->table = table;
    package_table_path(table, path, sizeof path);
    if (!r || strcmp(text_at(r, "path"), path) != 0 || !json_int(r, "bytes", &bytes) ||
        !json_int(r, "pre:rows", &rows) || rows < 0 || !read_hash(r, "hash", t->file_hex) ||
        !read_hash(r, "pre:uncompressed_hash", p->text_hex[table]))
        return err_set(e, STATUS_DATA, "%s/" PACKAGE_FILE ": resource %s is missing or incomplete", p->path, s->name);
    t->rows = (uint64_t)rows;
    enum flow f = read_columns(p, t, json_at(r, "schema.fields"), e);
    return f == FLOW_OK ? check_size(p, path, bytes, e) : f;
}

static enum flow read_files(struct package *p, struct err *e)
{
    const struct json *files = json_at(p->json, "pre:files");
    size_t count = json_count(files);
    p->file = calloc(count + 1, sizeof *p->file);
    if (!p->file)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct file_in *f = &p->file[i];
        const struct json *j = json_item(files, i);
        f->path = json_text(j, "path");
        if (!f->path || f->path[0] == '/' || strstr(f->path, "..") || !json_int(j, "bytes", &f->bytes) ||
            !read_hash(j, "hash", f->hex))
            return bad(p, e, "pre:files: an entry is incomplete");
        p->file_count = i + 1;
        if (check_size(p, f->path, f->bytes, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

static enum flow read_sums(struct package *p, struct err *e)
{
    const struct json *controls = json_at(p->json, "pre:controls"), *sums = NULL;
    for (size_t i = 0; i < json_count(controls); i++)
        if (strcmp(json_key(controls, i), "sums") == 0)
            sums = json_member(controls, i);
    size_t count = json_count(sums);
    p->sums = map_new();
    p->sum = calloc(count + 1, sizeof *p->sum);
    p->sum_names = calloc(count + 1, sizeof *p->sum_names);
    if (!p->sums || !p->sum || !p->sum_names)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const char *key = json_key(sums, i), *value = json_text(json_member(sums, i), "");
        uint32_t index;
        if (!value || decimal_parse(value, strlen(value), &p->sum[i]) != DECIMAL_OK)
            return bad(p, e, "pre:controls.sums: not a decimal");
        if (map_put(p->sums, key, strlen(key), &index, NULL, e) != FLOW_OK)
            return FLOW_FATAL;
        p->sum_names[i] = map_key(p->sums, index);
    }
    return FLOW_OK;
}

static enum flow read_archives(struct package *p, struct err *e)
{
    const struct json *archives = json_at(p->json, "pre:archives");
    size_t count = json_count(archives);
    p->archive = calloc(count + 1, sizeof *p->archive);
    if (!p->archive)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        p->archive[i] = (struct package_archive){text_at(json_item(archives, i), "name"),
                                                 text_at(json_item(archives, i), "sha256")};
    p->facts.archives = p->archive;
    p->facts.archive_count = count;
    return FLOW_OK;
}

static enum flow read_facts(struct package *p, struct err *e)
{
    const struct json *j = p->json;
    int64_t shard = 0, shards = 0;
    p->facts = (struct package_facts){
        .title = text_at(j, "title"),
        .enquiry = text_at(j, "pre:enquiry"),
        .campaign = text_at(j, "pre:campaign"),
        .as_of = text_at(j, "pre:as_of"),
        .edition_id = text_at(j, "pre:edition.id"),
        .edition_digest = text_at(j, "pre:edition.digest"),
        .register_digest = text_at(j, "pre:register_digest"),
        .decisions_digest = text_at(j, "pre:decisions_digest"),
        .sums = p->sum_names,
    };
    if (!json_int(j, "pre:edition.revision", &p->facts.edition_revision))
        return bad(p, e, "pre:edition.revision is missing");
    if (json_at(j, "pre:shard") && (!json_int(j, "pre:shard.index", &shard) || !json_int(j, "pre:shard.of", &shards)))
        return bad(p, e, "pre:shard is incomplete");
    p->facts.shard = (int)shard;
    p->facts.shards = (int)shards;
    return read_archives(p, e);
}

/* The text with its seal put back to zeros must have the digest that the seal says. */
static enum flow check_seal(struct package *p, struct buf *text, struct err *e)
{
    char said[DIGEST_HEX_MAX], found[DIGEST_HEX_MAX];
    if (digest_of(text->data ? text->data : "", text->len, p->json_hex, e) != FLOW_OK)
        return FLOW_FATAL;
    char *place = text->data ? package_seal_place(text->data, text->len) : NULL;
    if (!place)
        return bad(p, e, "no seal (pre:seal): not a dataset package, or an altered one");
    memcpy(said, place, DIGEST_HEX_MAX - 1);
    said[DIGEST_HEX_MAX - 1] = '\0';
    memcpy(place, PACKAGE_UNSEALED, DIGEST_HEX_MAX - 1);
    if (digest_of(text->data, text->len, found, e) != FLOW_OK)
        return FLOW_FATAL;
    return strcmp(said, found) == 0 ? FLOW_OK : bad(p, e, "the seal does not match: the file was altered");
}

static enum flow read_json(struct package *p, struct err *e)
{
    char path[4096];
    struct buf text;
    buf_init(&text, JSON_MAX);
    if (!fs_join(path, sizeof path, p->path, PACKAGE_FILE))
        return err_set(e, STATUS_DATA, "%s: name too long", p->path);
    enum flow f = fs_read(path, &text, e);
    if (f == FLOW_OK)
        f = check_seal(p, &text, e);
    if (f == FLOW_OK) {
        p->json = json_parse(text.data, text.len, path, e);
        f = p->json ? FLOW_OK : FLOW_FATAL;
        if (f != FLOW_OK && e->status != STATUS_SYSTEM)
            e->status = STATUS_DATA;
    }
    buf_fini(&text);
    if (f == FLOW_OK && strcmp(text_at(p->json, "pre:format"), PACKAGE_FORMAT) != 0)
        f = bad(p, e, "pre:format is not \"" PACKAGE_FORMAT "\": not a package of this program");
    return f;
}

static enum flow read_all(struct package *p, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    enum flow f = read_json(p, e);
    const struct json *resources = f == FLOW_OK ? json_at(p->json, "resources") : NULL;
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        f = read_table(p, t, resources, e);
    if (f == FLOW_OK)
        f = read_files(p, e);
    if (f == FLOW_OK)
        f = read_sums(p, e);
    if (f == FLOW_OK)
        f = read_facts(p, e);
    if (f == FLOW_OK)
        f = package_content((const char(*)[DIGEST_HEX_MAX])p->text_hex, p->facts.edition_digest,
                            p->facts.decisions_digest, hex, e);
    if (f == FLOW_OK && strcmp(hex, package_content_digest(p)) != 0)
        f = bad(p, e, "pre:content_digest does not follow from the digests of the tables");
    return f;
}

struct package *package_open(const char *path, struct err *e)
{
    struct package *p = calloc(1, sizeof *p);
    if (!p || !(p->path = strdup(path))) {
        free(p);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    if (read_all(p, e) == FLOW_OK)
        return p;
    package_close(p);
    return NULL;
}

void package_close(struct package *p)
{
    if (!p)
        return;
    json_free(p->json);
    map_free(p->sums);
    free(p->sum);
    free(p->sum_names);
    free(p->archive);
    free(p->file);
    free(p->path);
    free(p);
}

const char *package_path(const struct package *p)
{
    return p->path;
}

const char *package_name(const struct package *p)
{
    return text_at(p->json, "name");
}

const char *package_content_digest(const struct package *p)
{
    return text_at(p->json, "pre:content_digest");
}

const struct package_facts *package_facts(const struct package *p)
{
    return &p->facts;
}

const char *package_digest(const struct package *p)
{
    return p->json_hex;
}

size_t package_extra_count(const struct package *p)
{
    return p->table[TABLE_UNITS].extra_count;
}

const char *package_extra(const struct package *p, size_t i)
{
    return p->table[TABLE_UNITS].column[i + 1];
}

size_t package_units_position(const struct package *p, enum units_column c)
{
    return c == UNITS_UNIT ? 0 : c + package_extra_count(p);
}

size_t package_extra_position(const struct package *p, const char *name)
{
    for (size_t i = 0; i < package_extra_count(p); i++)
        if (strcmp(package_extra(p, i), name) == 0)
            return i + 1;
    return SIZE_MAX;
}

size_t package_file_count(const struct package *p)
{
    return p->file_count;
}

const char *package_file(const struct package *p, size_t i)
{
    return p->file[i].path;
}

enum flow package_read_file(const struct package *p, const char *path, struct buf *out, struct err *e)
{
    char full[4096], hex[DIGEST_HEX_MAX];
    size_t i = 0;
    while (i < p->file_count && strcmp(p->file[i].path, path) != 0)
        i++;
    if (i == p->file_count)
        return err_set(e, STATUS_NOINPUT, "%s: the package has no file %s", p->path, path);
    size_t start = out->len;
    enum flow f = fs_join(full, sizeof full, p->path, path)
                      ? fs_read(full, out, e)
                      : err_set(e, STATUS_DATA, "%s/%s: name too long", p->path, path);
    if (f == FLOW_OK)
        f = digest_of(out->len > start ? out->data + start : "", out->len - start, hex, e);
    if (f == FLOW_OK && strcmp(hex, p->file[i].hex) != 0)
        f = err_set(e, STATUS_DATA, "%s: digest is not the one announced by " PACKAGE_FILE ": the file was altered",
                    full);
    return f;
}

uint64_t package_rows_count(const struct package *p, enum dataset_table t)
{
    return p->table[t].rows;
}

uint64_t package_control(const struct package *p, enum dataset_table t, const char *value)
{
    const struct json *controls = json_at(p->json, "pre:controls");
    const struct json *counts = json_at(controls, table_spec(t)->name);
    int64_t n = 0;
    for (size_t i = 0; i < json_count(counts); i++)
        if (strcmp(json_key(counts, i), value) == 0 && json_int(json_member(counts, i), "", &n))
            return n < 0 ? 0 : (uint64_t)n;
    return 0;
}

int package_sum(const struct package *p, const char *variable, struct decimal *sum)
{
    uint32_t i = map_get(p->sums, variable, strlen(variable));
    if (i == MAP_NONE)
        return 0;
    *sum = p->sum[i];
    return 1;
}
