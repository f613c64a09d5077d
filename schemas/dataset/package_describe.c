/* SPDX-License-Identifier: Apache-2.0 */
/* datapackage.json: Data Package v1 (profile tabular-data-package), Table Schema v1, and our own members under the
 * prefix "pre:". */
#include "schemas/dataset/package_write.h"

#include "schemas/run/json.h"

#include <stdio.h>
#include <string.h>

static void describe_constraints(struct jsonw *j, const struct table_column *c)
{
    if (!c->required && !c->values)
        return;
    jsonw_object(j, "constraints");
    if (c->required)
        jsonw_bool(j, "required", 1);
    if (c->values) {
        jsonw_array(j, "enum");
        for (const char *p = c->values; p;) {
            char value[64];
            size_t n = strcspn(p, "|");
            (void)snprintf(value, sizeof value, "%.*s", (int)n, p);
            if (c->type == COLUMN_INTEGER)
                jsonw_raw(j, NULL, value);
            else
                jsonw_text(j, NULL, value);
            p = p[n] ? p + n + 1 : NULL;
        }
        jsonw_end(j);
    }
    jsonw_end(j);
}

static void describe_field(struct jsonw *j, const struct table_column *c)
{
    jsonw_object(j, NULL);
    jsonw_text(j, "name", c->name);
    jsonw_text(j, "type", c->type == COLUMN_INTEGER ? "integer" : "string");
    jsonw_text(j, "title", c->title);
    describe_constraints(j, c);
    jsonw_end(j);
}

static void describe_key(struct jsonw *j, const struct table_spec *s)
{
    jsonw_array(j, "primaryKey");
    for (int k = 1; k <= 3; k++)
        for (size_t i = 0; i < s->count; i++)
            if (s->columns[i].key == k)
                jsonw_text(j, NULL, s->columns[i].name);
    jsonw_end(j);
}

static void describe_schema(struct jsonw *j, const struct table_out *o, enum dataset_table t)
{
    const struct table_spec *s = table_spec(t);
    jsonw_object(j, "schema");
    jsonw_array(j, "fields");
    describe_field(j, &s->columns[0]);
    for (size_t i = 0; i < o->extra_count; i++) {
        const struct table_column c = {.name = o->extra[i], .title = "Column of the register"};
        describe_field(j, &c);
    }
    for (size_t i = 1; i < s->count; i++)
        describe_field(j, &s->columns[i]);
    jsonw_end(j);
    jsonw_array(j, "missingValues");
    jsonw_text(j, NULL, "");
    jsonw_end(j);
    describe_key(j, s);
    jsonw_end(j);
}

static void put_hash(struct jsonw *j, const char *key, const char *hex)
{
    char text[80];
    (void)snprintf(text, sizeof text, "sha256:%s", hex);
    jsonw_text(j, key, text);
}

static void describe_table(struct jsonw *j, const struct table_out *o, enum dataset_table t)
{
    char path[64];
    package_table_path(t, path, sizeof path);
    jsonw_object(j, NULL);
    jsonw_text(j, "name", table_spec(t)->name);
    jsonw_text(j, "title", table_spec(t)->title);
    jsonw_text(j, "profile", "tabular-data-resource");
    jsonw_text(j, "path", path);
    jsonw_text(j, "format", "csv");
    jsonw_text(j, "mediatype", "text/csv");
    jsonw_text(j, "encoding", "utf-8");
    jsonw_text(j, "compression", "gz");
    jsonw_int(j, "bytes", (int64_t)o->bytes);
    put_hash(j, "hash", o->file_hex);
    jsonw_int(j, "pre:uncompressed_bytes", (int64_t)o->text_bytes);
    put_hash(j, "pre:uncompressed_hash", o->text_hex);
    jsonw_int(j, "pre:rows", (int64_t)o->rows.tally.rows);
    jsonw_bool(j, "pre:content", table_spec(t)->content);
    describe_schema(j, o, t);
    jsonw_end(j);
}

static void describe_controls(struct jsonw *j, const struct package_writer *w)
{
    char text[DECIMAL_TEXT_MAX];
    jsonw_object(j, "pre:controls");
    for (int t = 0; t < TABLE_COUNT; t++) {
        const struct tally *y = &w->table[t].rows.tally;
        if (!table_spec(t)->content)
            continue;
        jsonw_object(j, table_spec(t)->name);
        jsonw_int(j, package_rows_key(t), (int64_t)y->rows);
        for (size_t i = 0; i < y->counts; i++)
            jsonw_int(j, y->count[i].value, (int64_t)y->count[i].n);
        jsonw_end(j);
    }
    jsonw_object(j, "sums");
    for (uint32_t i = 0; i < map_count(w->sums); i++) {
        (void)decimal_print(w->table[TABLE_OBSERVATIONS].rows.tally.sum[i], text);
        jsonw_text(j, map_key(w->sums, i), text);
    }
    jsonw_end(j);
    jsonw_end(j);
}

static void describe_origin(struct jsonw *j, const struct package_facts *facts)
{
    jsonw_object(j, "pre:edition");
    jsonw_text(j, "id", facts->edition_id);
    jsonw_int(j, "revision", facts->edition_revision);
    jsonw_text(j, "digest", facts->edition_digest);
    jsonw_end(j);
    jsonw_text(j, "pre:register_digest", facts->register_digest);
    jsonw_text(j, "pre:decisions_digest", facts->decisions_digest);
    jsonw_array(j, "pre:archives");
    for (size_t i = 0; i < facts->archive_count; i++) {
        jsonw_object(j, NULL);
        jsonw_text(j, "name", facts->archives[i].name);
        jsonw_text(j, "sha256", facts->archives[i].sha256);
        jsonw_end(j);
    }
    jsonw_end(j);
    if (facts->shards) {
        jsonw_object(j, "pre:shard");
        jsonw_int(j, "index", facts->shard);
        jsonw_int(j, "of", facts->shards);
        jsonw_end(j);
    }
}

static void describe_files(struct jsonw *j, const struct package_writer *w)
{
    jsonw_array(j, "pre:files");
    for (size_t i = 0; i < w->file_count; i++) {
        jsonw_object(j, NULL);
        jsonw_text(j, "path", w->file[i].path);
        jsonw_int(j, "bytes", (int64_t)w->file[i].bytes);
        put_hash(j, "hash", w->file[i].hex);
        jsonw_end(j);
    }
    jsonw_end(j);
}

/* Data Package names are lower-case. */
static void lower_name(const char *name, char *out, size_t size)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    out[i] = '\0';
}

enum flow package_describe(const struct package_writer *w, const struct package_facts *facts,
                           const struct package_result *r, struct buf *out, struct err *e)
{
    struct jsonw j;
    char name[sizeof r->name];
    lower_name(r->name, name, sizeof name);
    jsonw_init(&j, sink_buf(out), 0, e);
    jsonw_object(&j, NULL);
    jsonw_text(&j, "profile", "tabular-data-package");
    jsonw_text(&j, "pre:format", PACKAGE_FORMAT);
    jsonw_text(&j, "name", name);
    jsonw_text(&j, "title", facts->title);
    jsonw_text(&j, "pre:enquiry", facts->enquiry);
    jsonw_text(&j, "pre:campaign", facts->campaign);
    jsonw_text(&j, "pre:as_of", facts->as_of);
    jsonw_text(&j, "pre:content_digest", r->content_digest);
    describe_origin(&j, facts);
    describe_controls(&j, w);
    jsonw_array(&j, "resources");
    for (int t = 0; t < TABLE_COUNT; t++)
        describe_table(&j, &w->table[t], t);
    jsonw_end(&j);
    describe_files(&j, w);
    jsonw_text(&j, "pre:seal", PACKAGE_UNSEALED);
    jsonw_end(&j);
    return jsonw_finish(&j);
}
