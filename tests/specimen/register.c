/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/register.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <stdlib.h>

enum { REGISTER_MAX = 64 * 1024 * 1024, PATH_ROOM = 4096 };

struct register_file {
    char path[PATH_ROOM];
    struct buf text;
    struct csv_writer csv;
};

static enum flow put(struct register_file *f, const char *const *fields, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (csv_put(&f->csv, fields[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return csv_end_row(&f->csv, e);
}

struct register_file *register_file_open(const char *dir, struct err *e)
{
    static const char *const HEADER[] = {"pre",     "label",      "commune",  "departement", "region", "carrier",
                                         "credits", "valid_from", "valid_to", "successor",   "source"};
    struct register_file *f = calloc(1, sizeof *f);
    if (!f) {
        err_set(e, STATUS_SYSTEM, "no memory");
        return NULL;
    }
    buf_init(&f->text, REGISTER_MAX);
    csv_writer_init(&f->csv, sink_buf(&f->text));
    if (!fs_join(f->path, sizeof f->path, dir, "register.csv")) {
        err_set(e, STATUS_CANTCREAT, "%s: path too long", dir);
        register_file_abort(f);
        return NULL;
    }
    if (put(f, HEADER, sizeof HEADER / sizeof *HEADER, e) != FLOW_OK) {
        register_file_abort(f);
        return NULL;
    }
    return f;
}

enum flow register_file_unit(struct register_file *f, const struct people *p, size_t i, const char *source,
                             struct err *e)
{
    static const char *const TO[] = {"", "2021-06-30", "", "2021-08-31"};
    const struct pre *u = &p->items[i];
    char label[128], credits[16], from[16];
    snprintf(label, sizeof label, "PRE de %s", u->place->name);
    if (u->sequence > 1)
        snprintf(label, sizeof label, "PRE de %s (%u)", u->place->name, (unsigned)u->sequence);
    snprintf(credits, sizeof credits, "%d", (int)u->credits);
    if (u->scope == SCOPE_CREATED)
        snprintf(from, sizeof from, "2021-09-01");
    else
        snprintf(from, sizeof from, "%d-01-01", 2006 + (int)(u->index % 11));
    const char *const fields[] = {u->id,
                                  label,
                                  u->place->commune,
                                  u->place->departement,
                                  u->place->region,
                                  PORTEUR_CODES[u->carrier],
                                  credits,
                                  from,
                                  TO[u->scope],
                                  u->successor >= 0 ? p->items[u->successor].id : "",
                                  source};
    return put(f, fields, sizeof fields / sizeof *fields, e);
}

void register_file_abort(struct register_file *f)
{
    if (!f)
        return;
    csv_writer_fini(&f->csv);
    buf_fini(&f->text);
    free(f);
}

enum flow register_file_close(struct register_file *f, struct err *e)
{
    enum flow flow = output_file(f->path, buf_str(&f->text), f->text.len, e);
    register_file_abort(f);
    return flow;
}
