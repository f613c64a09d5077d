/* SPDX-License-Identifier: Apache-2.0 */
/* datapackage.json of a publication: Table Schema of each machine file. */
#include "load/publish/table.h"

#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/json.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *type_of(enum publish_kind k)
{
    return k == PUBLISH_INTEGER ? "integer" : k < PUBLISH_INTEGER ? "string" : "number";
}

static void describe(struct jsonw *j, const struct publish_table *t, const char *path, int64_t bytes, const char *hex)
{
    char hash[80];
    (void)snprintf(hash, sizeof hash, "sha256:%s", hex);
    jsonw_object(j, NULL);
    jsonw_text(j, "name", t->name);
    jsonw_text(j, "title", t->fr);
    jsonw_text(j, "profile", "tabular-data-resource");
    jsonw_text(j, "path", path);
    jsonw_text(j, "format", "csv");
    jsonw_text(j, "mediatype", "text/csv");
    jsonw_text(j, "encoding", "utf-8");
    jsonw_int(j, "bytes", bytes);
    jsonw_text(j, "hash", hash);
    jsonw_int(j, "pre:rows", (int64_t)t->rows);
    jsonw_object(j, "schema");
    jsonw_array(j, "fields");
    jsonw_object(j, NULL);
    jsonw_text(j, "name", "audience");
    jsonw_text(j, "type", "string");
    jsonw_end(j);
    for (size_t c = 0; c < t->columns; c++) {
        jsonw_object(j, NULL);
        jsonw_text(j, "name", t->column[c].key);
        jsonw_text(j, "type", type_of(t->column[c].kind));
        jsonw_text(j, "title", t->column[c].fr);
        jsonw_end(j);
    }
    jsonw_end(j);
    jsonw_array(j, "missingValues");
    jsonw_text(j, NULL, "");
    jsonw_end(j);
    jsonw_end(j);
    jsonw_end(j);
}

static enum flow add(struct jsonw *j, const char *folder, const struct publish_table *t, struct err *e)
{
    char path[128], full[4096], hex[DIGEST_HEX_MAX];
    struct stat st;
    (void)snprintf(path, sizeof path, "tables/%s.csv", t->name);
    if (!fs_join(full, sizeof full, folder, path))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", folder, path);
    if (stat(full, &st) != 0)
        return err_sys(e, STATUS_IO, "%s", full);
    enum flow f = digest_file(full, hex, e);
    if (f == FLOW_OK)
        describe(j, t, path, (int64_t)st.st_size, hex);
    return f;
}

enum flow publish_package(const char *folder, const struct publish_table *const *tables, size_t count, const char *name,
                          const char *title, struct err *e)
{
    struct buf b;
    struct jsonw j;
    char path[4096];
    buf_init(&b, 4 << 20);
    jsonw_init(&j, sink_buf(&b), 0, e);
    jsonw_object(&j, NULL);
    jsonw_text(&j, "profile", "tabular-data-package");
    jsonw_text(&j, "pre:audience", "internal");
    jsonw_text(&j, "name", name);
    jsonw_text(&j, "title", title);
    jsonw_array(&j, "resources");
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < count && f == FLOW_OK; i++)
        f = add(&j, folder, tables[i], e);
    jsonw_end(&j);
    jsonw_end(&j);
    if (f == FLOW_OK)
        f = jsonw_finish(&j);
    if (f == FLOW_OK && !fs_join(path, sizeof path, folder, "datapackage.json"))
        f = err_set(e, STATUS_CANTCREAT, "%s: name too long", folder);
    if (f == FLOW_OK)
        f = output_member(path, b.data, b.len, e);
    buf_fini(&b);
    return f;
}
