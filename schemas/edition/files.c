/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an edition: read once, given out again for the package, digested. The two dated tables are given out
 * with the rows in force only, so that a row added for a later date does not change what an earlier date produced. */
#include "schemas/edition/read.h"

#include <stdio.h>
#include <string.h>

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

static const char *const TABLES[] = {"categories.csv",       "edition.json", "figures.csv",    "measures.csv",
                                     "nonresponse.csv",      "numbers.csv",  "parameters.csv", "published.csv",
                                     "register.schema.json", "rules.csv",    "silences.csv",   "synonyms.csv",
                                     "variables.csv"};
enum { TABLE_COUNT = sizeof TABLES / sizeof TABLES[0] };

static enum flow digest_if_there(const struct edition *ed, const char *name, char *hex, struct err *e)
{
    char path[4096];
    hex[0] = '\0';
    if (!fs_join(path, sizeof path, ed->folder, name))
        return err_set(e, STATUS_CONFIG, "%s: path too long", ed->folder);
    return fs_is_file(path) ? digest_file(path, hex, e) : FLOW_OK;
}

enum flow edition_files_read(struct edition *ed, struct err *e)
{
    struct edition_data *d = ed->data;
    if (!fs_is_dir(ed->folder))
        return err_set(e, STATUS_NOINPUT, "%s: no such edition folder", ed->folder);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        struct edition_bytes *b = &d->files[i];
        b->name = TABLES[i];
        buf_init(&b->text, EDITION_FILE_BYTES_MAX);
        buf_init(&b->resolved, EDITION_FILE_BYTES_MAX);
        d->file_count = i + 1;
        char path[4096];
        if (!fs_join(path, sizeof path, ed->folder, TABLES[i]))
            return err_set(e, STATUS_CONFIG, "%s: path too long", ed->folder);
        if (!fs_is_file(path))
            continue;
        if (fs_read(path, &b->text, e) != FLOW_OK)
            return FLOW_FATAL;
        b->present = 1;
    }
    if (digest_if_there(ed, "return.xsd", d->schema_digest, e) != FLOW_OK)
        return FLOW_FATAL;
    return digest_if_there(ed, "rules.sch", d->rules_digest, e);
}

void edition_files_free(struct edition_data *d)
{
    for (size_t i = 0; i < d->file_count; i++) {
        buf_fini(&d->files[i].text);
        buf_fini(&d->files[i].resolved);
    }
}

struct edition_bytes *edition_bytes(const struct edition *ed, const char *name)
{
    struct edition_data *d = ed->data;
    for (size_t i = 0; i < d->file_count; i++)
        if (strcmp(d->files[i].name, name) == 0)
            return d->files[i].present ? &d->files[i] : NULL;
    return NULL;
}

static enum flow put_row(const struct csv_table *t, struct csv_writer *w, int header, struct err *e)
{
    for (size_t i = 0; i < csv_table_columns(t); i++)
        if (csv_put(w, header ? csv_table_column(t, i) : csv_table_at(t, i)->text, e) != FLOW_OK)
            return FLOW_FATAL;
    return csv_end_row(w, e);
}

static enum flow resolve_file(struct edition *ed, const char *name, int64_t day, struct err *e)
{
    static const char *const names[] = {"valid_from", "valid_to", NULL};
    struct edition_bytes *b = edition_bytes(ed, name);
    struct table t;
    struct csv_writer w;
    enum flow f = table_open(&t, ed, name, names, 0, e);
    if (f != FLOW_OK)
        return f == FLOW_END ? FLOW_OK : f;
    buf_reset(&b->resolved);
    csv_writer_init(&w, sink_buf(&b->resolved));
    f = put_row(t.csv, &w, 1, e);
    while (f == FLOW_OK && (f = table_next(&t)) == FLOW_OK) {
        int64_t from, to;
        f = table_dates(&t, 0, &from, &to);
        if (f == FLOW_OK && from <= day && day <= to)
            f = put_row(t.csv, &w, 0, e);
    }
    csv_writer_fini(&w);
    table_close(&t);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow edition_files_resolve(struct edition *ed, int64_t day, struct err *e)
{
    enum flow f = resolve_file(ed, "rules.csv", day, e);
    return f == FLOW_OK ? resolve_file(ed, "parameters.csv", day, e) : f;
}

static int is_dated(const char *name)
{
    return strcmp(name, "rules.csv") == 0 || strcmp(name, "parameters.csv") == 0;
}

const char *edition_file(const struct edition *ed, size_t i, const char **bytes, size_t *n)
{
    const struct edition_data *d = ed->data;
    for (size_t k = 0; k < d->file_count; k++) {
        const struct edition_bytes *b = &d->files[k];
        if (!b->present || i-- > 0)
            continue;
        const struct buf *text = is_dated(b->name) ? &b->resolved : &b->text;
        *bytes = buf_str(text);
        *n = text->len;
        return b->name;
    }
    return NULL;
}

static enum flow digest_part(struct digest *d, const char *name, const char *bytes, size_t n, struct err *e)
{
    char size[32];
    int k = snprintf(size, sizeof size, " %zu\n", n);
    enum flow f = digest_put(d, name, strlen(name), e);
    if (f == FLOW_OK)
        f = digest_put(d, size, (size_t)k, e);
    return f == FLOW_OK ? digest_put(d, bytes, n, e) : f;
}

enum flow edition_digest(const struct edition *ed, char hex[DIGEST_HEX_MAX], struct err *e)
{
    struct digest *d = digest_new(e);
    const char *name, *bytes;
    size_t n;
    enum flow f = d ? FLOW_OK : FLOW_FATAL;
    for (size_t i = 0; f == FLOW_OK && (name = edition_file(ed, i, &bytes, &n)) != NULL; i++)
        f = digest_part(d, name, bytes, n, e);
    if (f == FLOW_OK)
        f = digest_part(d, "return.xsd", ed->data->schema_digest, strlen(ed->data->schema_digest), e);
    if (f == FLOW_OK)
        f = digest_part(d, "rules.sch", ed->data->rules_digest, strlen(ed->data->rules_digest), e);
    if (f == FLOW_OK)
        f = digest_hex(d, hex, e);
    digest_free(d);
    return f;
}
