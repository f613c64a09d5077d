/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/script.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"none",       "drip",        "cut",           "chunked", "chunk-cut",
                                    "length",     "no-length",   "no-length-cut", "gzip",    "gzip-cut",
                                    "gzip-false", "gzip-double", "gzip-members",  "close",   "reset",
                                    "stall",      "stall-body",  "garbage",       "endless"};

const char *fault_name(enum fault f)
{
    return names[f];
}

static int fault_of(const char *name, enum fault *f)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) {
            *f = (enum fault)i;
            return 1;
        }
    return 0;
}

static const char *value(const struct csv_table *t, const char *column)
{
    const char *v = csv_table_named(t, column);
    return v ? v : "";
}

static long number(const struct csv_table *t, const char *column, long otherwise)
{
    const char *v = value(t, column);
    return *v ? strtol(v, NULL, 10) : otherwise;
}

static enum flow take_row(const struct csv_table *t, struct script_row *r, struct err *e)
{
    const char *fault = value(t, "fault");
    size_t n;
    r->path = strdup(csv_table_get(t, 0));
    r->headers = strdup(value(t, "headers"));
    r->body = strdup(value(t, "body"));
    if (!r->path || !r->headers || !r->body)
        return err_set(e, STATUS_SYSTEM, "out of memory for the script");
    n = strlen(r->path);
    r->prefix = n > 0 && r->path[n - 1] == '*';
    if (r->prefix)
        r->path[n - 1] = '\0';
    r->from = number(t, "from", 1);
    r->to = number(t, "to", 0);
    r->status = (int)number(t, "status", 200);
    r->at = number(t, "at", 0);
    r->delay_ms = number(t, "delay_ms", 0);
    if (*fault && !fault_of(fault, &r->fault))
        return err_set(e, STATUS_CONFIG, "line %llu: unknown fault '%s'", (unsigned long long)csv_table_line(t), fault);
    return FLOW_OK;
}

static enum flow take_rows(struct csv_table *t, struct script *s, struct err *e)
{
    enum flow f;
    while ((f = csv_table_next(t, e)) == FLOW_OK) {
        struct script_row *row = realloc(s->row, (s->rows + 1) * sizeof *row);
        if (!row)
            return err_set(e, STATUS_SYSTEM, "out of memory for the script");
        s->row = row;
        row[s->rows] = (struct script_row){0};
        f = take_row(t, &row[s->rows++], e);
        if (f != FLOW_OK)
            return f;
    }
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow script_read(const char *path, struct script *s, struct err *e)
{
    static const char *const columns[] = {"path", NULL};
    struct buf text;
    buf_init(&text, 64 << 20);
    struct csv_table *t = NULL;
    enum flow f = fs_read(path, &text, e);
    if (f == FLOW_OK) {
        t = csv_table_open(buf_str(&text), text.len, path, 0, columns, e);
        f = t ? take_rows(t, s, e) : FLOW_FATAL;
    }
    csv_table_close(t);
    buf_fini(&text);
    return f;
}

void script_free(struct script *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        free(s->row[i].path);
        free(s->row[i].headers);
        free(s->row[i].body);
    }
    free(s->row);
    *s = (struct script){0};
}

static int fits(const struct script_row *r, const char *path, long n)
{
    int same = r->prefix ? strncmp(path, r->path, strlen(r->path)) == 0 : strcmp(path, r->path) == 0;
    return same && n >= r->from && (r->to == 0 || n <= r->to);
}

const struct script_row *script_find(const struct script *s, const char *path, long n)
{
    for (size_t i = 0; i < s->rows; i++)
        if (fits(&s->row[i], path, n))
            return &s->row[i];
    return NULL;
}
