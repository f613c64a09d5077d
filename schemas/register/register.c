/* SPDX-License-Identifier: Apache-2.0 */
/* The register as it is asked; reading it is read.c. */
#include "schemas/register/frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schemas/run/fs.h"
#include "schemas/run/text.h"

enum flow register_fault(const struct register_table *t, uint64_t line, const char *column, const char *value,
                         struct err *e, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2];
    struct err ignored;
    struct buf shown; /* a no-break space at the end is a fault that nobody sees */
    buf_init(&shown, 4096);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    int whole = text_visible(value, text_cut(value, strlen(value), 100), &shown, &ignored) == FLOW_OK;
    enum flow f = err_set(e, STATUS_DATA, "%s:%llu: %s \"%s\": %s", t->name, (unsigned long long)line, column,
                          whole ? buf_str(&shown) : "?", what);
    buf_fini(&shown);
    return f;
}

/* ---- opening ---- */

/* A text from memory or, when there is a descriptor, from a file; digested as it passes. */
struct origin {
    const char *text;
    size_t left;
    int fd;
    const char *name;
    uint64_t passed;
    struct digest *digest;
};

static enum flow read_some(struct origin *o, char *to, size_t n, size_t *got, struct err *e)
{
    if (o->fd >= 0)
        return fs_read_some(o->fd, o->name, to, n, got, e);
    *got = n < o->left ? n : o->left;
    if (*got)
        memcpy(to, o->text, *got);
    o->text += *got;
    o->left -= *got;
    return o->left ? FLOW_OK : FLOW_END;
}

static enum flow fill(void *ctx, char *to, size_t n, size_t *got, struct err *e)
{
    struct origin *o = ctx;
    enum flow f = read_some(o, to, n, got, e);
    o->passed += *got;
    if (f != FLOW_FATAL && o->passed > REGISTER_BYTES_MAX)
        return err_set(e, STATUS_DATA, "%s: larger than %d bytes", o->name, REGISTER_BYTES_MAX);
    return f != FLOW_FATAL && digest_put(o->digest, to, *got, e) != FLOW_OK ? FLOW_FATAL : f;
}

static struct register_table *make(const struct edition *ed, struct origin *o, int checked, struct err *e)
{
    struct register_table *t = calloc(1, sizeof *t);
    if (t)
        t->name = strdup(o->name);
    if (!t || !t->name) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", o->name);
        register_close(t);
        return NULL;
    }
    packed_init(&t->rows, 0);
    buf_init(&t->ids, UINT32_MAX);
    o->digest = digest_new(e);
    enum flow f = o->digest ? register_read_rows(ed, t, fill, o, checked, e) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = digest_hex(o->digest, t->digest, e);
    digest_free(o->digest);
    if (f == FLOW_OK)
        return t;
    register_close(t);
    return NULL;
}

struct register_table *register_read(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e)
{
    struct origin o = {.text = text, .left = n, .fd = -1, .name = name};
    return make(ed, &o, 1, e);
}

struct register_table *register_bare(const struct edition *ed, const char *text, size_t n, const char *name,
                                     struct err *e)
{
    struct origin o = {.text = text, .left = n, .fd = -1, .name = name};
    return make(ed, &o, 0, e);
}

struct register_table *register_open(const struct edition *ed, const char *path, struct err *e)
{
    struct origin o = {.fd = fs_open(path, e), .name = path};
    struct register_table *t = o.fd >= 0 ? make(ed, &o, 1, e) : NULL;
    if (o.fd >= 0)
        (void)close(o.fd);
    return t;
}

void register_close(struct register_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->column_count; i++)
        free(t->columns[i]);
    free(t->columns);
    packed_fini(&t->rows);
    buf_fini(&t->ids);
    free(t->place);
    free(t->scope);
    free(t->link);
    free(t->name);
    free(t);
}

/* ---- units ---- */

size_t register_count(const struct register_table *t)
{
    return t->count;
}

const char *register_id(const struct register_table *t, size_t i)
{
    return t->ids.data + t->place[i].id;
}

struct register_link *register_link_of(const struct register_table *t, size_t unit)
{
    size_t low = 0, high = t->links;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->link[middle].unit < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->links && t->link[low].unit == unit ? &t->link[low] : NULL;
}

struct register_unit register_unit(const struct register_table *t, size_t i)
{
    const struct register_link *l = register_link_of(t, i);
    return (struct register_unit){.id = register_id(t, i),
                                  .line = t->place[i].line,
                                  .successor = l ? l->successor : REGISTER_NONE,
                                  .first_predecessor = l ? l->first_predecessor : REGISTER_NONE,
                                  .next_predecessor = l ? l->next_predecessor : REGISTER_NONE,
                                  .scope = (enum register_scope)t->scope[i]};
}

uint32_t register_find(const struct register_table *t, const char *id, size_t len)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = register_id(t, middle);
        int c = strncmp(at, id, len);
        if (c == 0 && at[len] != '\0')
            c = 1;
        if (c == 0)
            return (uint32_t)middle;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return REGISTER_NONE;
}

/* ---- values ---- */

struct register_reader {
    const struct register_table *t;
    struct packed_reader rows;
};

struct register_reader *register_reader_new(const struct register_table *t, struct err *e)
{
    struct register_reader *r = calloc(1, sizeof *r);
    if (!r) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
        return NULL;
    }
    r->t = t;
    if (packed_reader_init(&r->rows, &t->rows, e) == FLOW_OK)
        return r;
    register_reader_free(r);
    return NULL;
}

void register_reader_free(struct register_reader *r)
{
    if (r)
        packed_reader_fini(&r->rows);
    free(r);
}

const char *register_value(struct register_reader *r, size_t unit, uint32_t column)
{
    if (column >= r->t->column_count)
        return "";
    if (column == r->t->unit_column)
        return register_id(r->t, unit);
    const char *s = packed_row(&r->rows, unit);
    while (column-- > 0)
        s += strlen(s) + 1;
    return s;
}

struct decimal register_size(struct register_reader *r, size_t unit)
{
    const struct register_link *l = register_link_of(r->t, unit);
    const char *text = register_value(r, unit, r->t->size_column);
    struct decimal size;
    return l ? l->size : decimal_parse(text, strlen(text), &size) == DECIMAL_OK ? size : (struct decimal){0, 0};
}

/* ---- columns ---- */

size_t register_columns(const struct register_table *t)
{
    return t->column_count;
}

const char *register_column(const struct register_table *t, size_t column)
{
    return t->columns[column];
}

uint32_t register_column_index(const struct register_table *t, const char *name)
{
    for (size_t i = 0; *name && i < t->column_count; i++)
        if (strcmp(t->columns[i], name) == 0)
            return (uint32_t)i;
    return REGISTER_NONE;
}

enum flow register_mask_source(const char *source, struct buf *out, struct err *e)
{
    size_t n = strcspn(source, "?");
    enum flow f = buf_put(out, source, n, e);
    for (const char *p = source + n; *p && f == FLOW_OK;) { /* at '?' or '&' */
        size_t len = 1 + strcspn(p + 1, "&");
        const char *equals = memchr(p, '=', len);
        f = buf_put(out, p, equals ? (size_t)(equals - p) + 1 : 1, e);
        if (f == FLOW_OK && len > 1)
            f = buf_puts(out, "masked", e);
        p += len;
    }
    return f;
}

size_t register_in_scope(const struct register_table *t)
{
    return t->in_scope;
}

const char *register_digest(const struct register_table *t)
{
    return t->digest;
}
