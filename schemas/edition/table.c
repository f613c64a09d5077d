/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of an edition's table with errors that name file, line, column and value: an analyst edits these files by hand.
 */
#include "schemas/edition/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/run/clock.h"

void *edition_alloc(struct edition *ed, size_t n, size_t size, struct err *e)
{
    void *p = arena_get(&ed->data->arena, (n ? n : 1) * size);
    if (!p)
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory, or tables of more than %zu bytes", ed->folder,
                      ed->data->arena.max);
    return p;
}

static size_t lines_of(const struct buf *b)
{
    size_t n = 1;
    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '\n';
    return n;
}

enum flow table_open(struct table *t, struct edition *ed, const char *file, const char *const *names, int required,
                     struct err *e)
{
    memset(t, 0, sizeof *t);
    const struct edition_bytes *b = edition_bytes(ed, file);
    if (!b && !required)
        return FLOW_END;
    if (!b)
        return err_set(e, STATUS_CONFIG, "%s/%s: missing file of the edition", ed->folder, file);
    t->ed = ed;
    t->file = file;
    t->names = names;
    t->err = e;
    t->capacity = lines_of(&b->text);
    char name[512];
    (void)snprintf(name, sizeof name, "%s/%s", ed->folder, file);
    t->csv = csv_table_open(buf_str(&b->text), b->text.len, name, 0, names, e);
    if (t->csv)
        return FLOW_OK;
    if (e && e->status == STATUS_DATA)
        e->status = STATUS_CONFIG;
    return FLOW_FATAL;
}

void table_close(struct table *t)
{
    csv_table_close(t->csv);
    t->csv = NULL;
}

enum flow table_next(struct table *t)
{
    enum flow f = csv_table_next(t->csv, t->err);
    if (f == FLOW_FATAL && t->err && t->err->status == STATUS_DATA)
        t->err->status = STATUS_CONFIG;
    return f;
}

enum flow table_fault(const struct table *t, size_t column, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(t->err, STATUS_CONFIG, "%s/%s:%llu: %s \"%s\": %s", t->ed->folder, t->file,
                   (unsigned long long)csv_table_line(t->csv), t->names[column], table_get(t, column), what);
}

const char *table_get(const struct table *t, size_t column)
{
    return csv_table_get(t->csv, column);
}

const char *table_copy(struct table *t, size_t column)
{
    const char *copy = arena_strdup(&t->ed->data->arena, table_get(t, column));
    if (!copy)
        (void)err_set(t->err, STATUS_SYSTEM, "%s/%s: out of memory", t->ed->folder, t->file);
    return copy;
}

enum flow table_label(struct table *t, size_t fr, struct edition_label *l)
{
    if (!*table_get(t, fr))
        return table_fault(t, fr, "a text is due in both languages");
    if (!*table_get(t, fr + 1))
        return table_fault(t, fr + 1, "a text is due in both languages");
    l->fr = table_copy(t, fr);
    l->en = table_copy(t, fr + 1);
    return l->fr && l->en ? FLOW_OK : FLOW_FATAL;
}

enum flow table_choice(const struct table *t, size_t column, const char *const *words, int *value)
{
    const char *s = table_get(t, column);
    char all[256] = "";
    size_t used = 0;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], s) == 0) {
            *value = i;
            return FLOW_OK;
        }
        int n = snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", words[i]);
        if (n > 0 && used + (size_t)n < sizeof all)
            used += (size_t)n;
    }
    return table_fault(t, column, "not one of %s", all);
}

enum flow table_flag(const struct table *t, size_t column, int *value)
{
    const char *s = table_get(t, column);
    *value = strcmp(s, "1") == 0;
    return *value || !*s || strcmp(s, "0") == 0 ? FLOW_OK : table_fault(t, column, "not 0 or 1");
}

enum flow table_integer(const struct table *t, size_t column, int64_t low, int64_t high, int64_t *value)
{
    const char *s = table_get(t, column);
    struct decimal d;
    if (decimal_parse(s, strlen(s), &d) != DECIMAL_OK || d.scale || d.unscaled < low || d.unscaled > high)
        return table_fault(t, column, "not a whole number from %lld to %lld", (long long)low, (long long)high);
    *value = d.unscaled;
    return FLOW_OK;
}

static enum flow date(const struct table *t, size_t column, int64_t open, int64_t *day)
{
    const char *s = table_get(t, column);
    *day = open;
    if (!*s || clock_parse_date(s, strlen(s), day))
        return FLOW_OK;
    return table_fault(t, column, "not a date YYYY-MM-DD");
}

enum flow table_dates(const struct table *t, size_t from_column, int64_t *from, int64_t *to)
{
    enum flow f = date(t, from_column, INT64_MIN, from);
    if (f == FLOW_OK)
        f = date(t, from_column + 1, INT64_MAX, to);
    if (f == FLOW_OK && *from > *to)
        f = table_fault(t, from_column + 1, "ends before it begins");
    return f;
}

static int is_name_byte(char c, int first)
{
    int letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

int edition_is_name(const char *s)
{
    if (!is_name_byte(*s, 1))
        return 0;
    while (*s && is_name_byte(*s, 0))
        s++;
    return !*s;
}

int edition_word(const char **cursor, const char **word, size_t *n)
{
    const char *s = *cursor;
    s += strspn(s, " ");
    *word = s;
    *n = strcspn(s, " ");
    *cursor = s + *n;
    return *n > 0;
}
