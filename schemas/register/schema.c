/* SPDX-License-Identifier: Apache-2.0 */
/* register.schema.json (Table Schema): types, constraints, foreign keys into reference lists. Paths of resources are
 * relative to the edition. `former` beside a foreign key names a table of abolished codes, so that the message can say
 * which code took over. */
#include "schemas/register/frame.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

enum { KEY_MAX = 512 };
enum type { TYPE_STRING, TYPE_NUMBER, TYPE_INTEGER, TYPE_DATE, TYPE_URI };

struct field {
    uint32_t column; /* REGISTER_NONE: not in this register */
    enum type type;
    int required, has_pattern, has_minimum;
    regex_t pattern;
    const char *pattern_text;
    struct decimal minimum;
};

struct foreign_key {
    uint32_t columns[REGISTER_KEY_MAX];
    size_t count;
    struct map *codes; /* NULL: the register itself, checked with the successors */
    const char *resource;
    const struct json *former; /* of abolished codes, read when a code is not among those in force; or NULL */
};

struct schema {
    const struct edition *edition;
    struct json *json;
    struct field *fields;
    size_t field_count;
    struct foreign_key *keys;
    size_t key_count;
};

static enum flow PRINTF_LIKE(3, 4) fault(const struct edition *ed, struct err *e, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(e, STATUS_CONFIG, "%s/%s: %s", ed->folder, ed->frame.schema, what);
}

/* ---- fields ---- */
static enum flow read_type(const struct edition *ed, const struct json *j, const char *name, struct field *f,
                           struct err *e)
{
    static const char *const words[] = {"string", "number", "integer", "date", "uri"};
    const char *type = json_text(j, "type");
    for (size_t i = 0; type && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(type, words[i]) == 0) {
            f->type = (enum type)i;
            return FLOW_OK;
        }
    return fault(ed, e, "field \"%s\": type \"%s\" is not string, number, integer, date or uri", name,
                 type ? type : "");
}

static enum flow read_field(const struct edition *ed, const struct register_table *t, const struct json *j,
                            struct field *f, struct err *e)
{
    const char *name = json_text(j, "name");
    double minimum;
    if (!name || !*name)
        return fault(ed, e, "a field has no name");
    f->column = register_column_index(t, name);
    f->required = json_bool(j, "constraints.required") == 1;
    if (read_type(ed, j, name, f, e) != FLOW_OK)
        return FLOW_FATAL;
    if (f->required && f->column == REGISTER_NONE)
        return register_missing_column(t, name, e);
    if (json_number(j, "constraints.minimum", &minimum)) {
        char text[32];
        size_t n = double_print(minimum, text);
        f->has_minimum = decimal_parse(text, n, &f->minimum) == DECIMAL_OK;
    }
    f->pattern_text = json_text(j, "constraints.pattern");
    if (f->pattern_text && regcomp(&f->pattern, f->pattern_text, REG_EXTENDED | REG_NOSUB) != 0)
        return fault(ed, e, "field \"%s\": pattern \"%s\" is no regular expression", name, f->pattern_text);
    f->has_pattern = f->pattern_text != NULL;
    return FLOW_OK;
}

/* ---- foreign keys ---- */
static int key_of(char *out, size_t size, const char *const *parts, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = strlen(parts[i]);
        if (k + 1 >= size - used)
            return 0;
        memcpy(out + used, parts[i], k);
        used += k;
        out[used++] = i + 1 < n ? '\x1f' : '\0';
    }
    return 1;
}

static enum flow names_of(const struct edition *ed, const struct json *j, const char *path, const char **names,
                          size_t *n, struct err *e)
{
    const struct json *list = json_at(j, path);
    const char *one = json_text(j, path);
    *n = one ? 1 : json_count(list);
    if (!*n || *n > REGISTER_KEY_MAX)
        return fault(ed, e, "a foreign key: \"%s\" must name 1 to %d columns", path, REGISTER_KEY_MAX);
    for (size_t i = 0; i < *n; i++) {
        names[i] = one ? one : json_text(json_item(list, i), "");
        if (!names[i])
            return fault(ed, e, "a foreign key: \"%s\" holds no text", path);
    }
    names[*n] = NULL;
    return FLOW_OK;
}

/* ---- reference lists ---- */

/* One list being read; `take` is given the key of each row, made of the first `parts` columns. */
struct list {
    const struct edition *edition;
    const char *resource;
    size_t parts;
    enum flow (*take)(void *ctx, const char *key, const struct csv_table *row, struct err *e);
    void *ctx;
};

static enum flow read_row(const struct list *l, const struct csv_table *csv, struct err *e)
{
    const char *parts[REGISTER_KEY_MAX] = {""};
    char key[KEY_MAX];
    for (size_t i = 0; i < l->parts; i++)
        parts[i] = csv_table_get(csv, i);
    if (!key_of(key, sizeof key, parts, l->parts))
        return fault(l->edition, e, "resource \"%s\": line %llu: key too long", l->resource,
                     (unsigned long long)csv_table_line(csv));
    return l->take(l->ctx, key, csv, e);
}

static enum flow read_list(const struct list *l, const char *const *names, struct err *e)
{
    char path[4096];
    struct buf b;
    if (!fs_join(path, sizeof path, l->edition->folder, l->resource))
        return fault(l->edition, e, "resource \"%s\": path too long", l->resource);
    buf_init(&b, REGISTER_BYTES_MAX);
    enum flow f = fs_read(path, &b, e);
    struct csv_table *csv = f == FLOW_OK ? csv_table_open(buf_str(&b), b.len, path, 0, names, e) : NULL;
    f = csv ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = csv_table_next(csv, e)) == FLOW_OK)
        f = read_row(l, csv, e);
    if (f != FLOW_END && e && (e->status == STATUS_DATA || e->status == STATUS_NOINPUT))
        e->status = STATUS_CONFIG;
    csv_table_close(csv);
    buf_fini(&b);
    return f == FLOW_END ? FLOW_OK : FLOW_FATAL;
}

static enum flow take_code(void *codes, const char *key, const struct csv_table *row, struct err *e)
{
    uint32_t index;
    (void)row;
    return map_put(codes, key, strlen(key), &index, NULL, e);
}

struct sought {
    const char *key;
    size_t parts;
    char successor[KEY_MAX]; /* "" until it is found */
};

static enum flow take_successor(void *sought, const char *key, const struct csv_table *row, struct err *e)
{
    struct sought *s = sought;
    (void)e;
    if (!*s->successor && strcmp(key, s->key) == 0)
        (void)snprintf(s->successor, sizeof s->successor, "%s", csv_table_get(row, s->parts));
    return FLOW_OK;
}

/* Which code took over from an abolished one: read when it is asked for, since most registers hold none. */
static enum flow find_successor(const struct edition *ed, const struct json *former, struct sought *s, struct err *e)
{
    const char *names[REGISTER_KEY_MAX + 2] = {""};
    if (names_of(ed, former, "fields", names, &s->parts, e) != FLOW_OK)
        return FLOW_FATAL;
    names[s->parts] = json_text(former, "successor");
    names[s->parts + 1] = NULL;
    const struct list l = {ed, json_text(former, "resource"), s->parts, take_successor, s};
    return read_list(&l, names, e);
}

static enum flow read_key(const struct edition *ed, const struct register_table *t, const struct json *j,
                          struct foreign_key *k, struct err *e)
{
    const char *names[REGISTER_KEY_MAX + 2] = {""};
    size_t n;
    if (names_of(ed, j, "fields", names, &k->count, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < k->count; i++)
        k->columns[i] = register_column_index(t, names[i]);
    k->resource = json_text(j, "reference.resource");
    if (!k->resource)
        return fault(ed, e, "a foreign key has no reference.resource");
    if (!*k->resource)
        return FLOW_OK;
    if (names_of(ed, j, "reference.fields", names, &n, e) != FLOW_OK)
        return FLOW_FATAL;
    if (n != k->count)
        return fault(ed, e, "resource \"%s\": as many reference fields as fields are due", k->resource);
    k->former = json_text(j, "former.resource") && json_text(j, "former.successor") ? json_at(j, "former") : NULL;
    k->codes = map_new();
    if (!k->codes)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", ed->folder);
    const struct list l = {ed, k->resource, n, take_code, k->codes};
    return read_list(&l, names, e);
}

static enum flow read_schema(const struct edition *ed, const struct register_table *t, struct schema *s, struct err *e)
{
    char path[4096];
    if (!*ed->frame.schema)
        return FLOW_OK;
    if (!fs_join(path, sizeof path, ed->folder, ed->frame.schema))
        return fault(ed, e, "path too long");
    s->json = json_read(path, 1 << 20, e);
    if (!s->json)
        return FLOW_FATAL;
    const struct json *fields = json_at(s->json, "schema.fields"), *keys = json_at(s->json, "schema.foreignKeys");
    s->fields = calloc(json_count(fields) + 1, sizeof *s->fields);
    s->keys = calloc(json_count(keys) + 1, sizeof *s->keys);
    if (!s->fields || !s->keys)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", path);
    for (size_t i = 0; i < json_count(fields); i++) {
        if (read_field(ed, t, json_item(fields, i), &s->fields[i], e) != FLOW_OK)
            return FLOW_FATAL;
        s->field_count = i + 1;
    }
    for (size_t i = 0; i < json_count(keys); i++) {
        s->key_count = i + 1;
        if (read_key(ed, t, json_item(keys, i), &s->keys[i], e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

struct schema *schema_open(const struct edition *ed, const struct register_table *t, struct err *e)
{
    struct schema *s = calloc(1, sizeof *s);
    if (!s) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", t->name);
        return NULL;
    }
    s->edition = ed;
    if (read_schema(ed, t, s, e) == FLOW_OK)
        return s;
    schema_close(s);
    return NULL;
}

void schema_close(struct schema *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->field_count; i++)
        if (s->fields[i].has_pattern)
            regfree(&s->fields[i].pattern);
    for (size_t i = 0; i < s->key_count; i++)
        map_free(s->keys[i].codes);
    free(s->fields);
    free(s->keys);
    json_free(s->json);
    free(s);
}

/* ---- checking a row ---- */

/* The value is shown without what could be a secret: the scheme and the host only. */
static enum flow check_uri(const struct register_table *t, const char *column, const char *value, uint64_t line,
                           struct err *e)
{
    static const char *const schemes[] = {"https://", "http://", "sftp://", "ftps://", "file://"};
    size_t i = 0;
    while (i < 5 && strncasecmp(value, schemes[i], strlen(schemes[i])) != 0)
        i++;
    if (i == 5) {
        char start[32];
        (void)snprintf(start, sizeof start, "%.*s", (int)strcspn(value, ":/@?"), value);
        return register_fault(t, line, column, start, e,
                              "a source begins with https://, http://, sftp://, ftps:// or file://, or is empty");
    }
    const char *authority = value + strlen(schemes[i]);
    size_t n = strcspn(authority, "/?#");
    if (memchr(authority, '@', n))
        return register_fault(t, line, column, schemes[i], e,
                              "a source carries no user and no password: take them out and put them in the hosts file");
    if (!n && strcmp(schemes[i], "file://") != 0)
        return register_fault(t, line, column, schemes[i], e, "a source names a host");
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strncmp(c, "\xc2\xa0", 2) == 0 ||
            strncmp(c, "\xe2\x80\x8b", 3) == 0)
            return register_fault(t, line, column, schemes[i], e,
                                  "a source holds no space, be it one that is not seen, and no control character");
    return FLOW_OK;
}

static enum flow check_type(const struct register_table *t, const struct field *f, const char *value, uint64_t line,
                            struct err *e)
{
    const char *column = t->columns[f->column];
    struct decimal d;
    int64_t days;
    switch (f->type) {
    case TYPE_NUMBER:
    case TYPE_INTEGER:
        if (decimal_parse(value, strlen(value), &d) != DECIMAL_OK || (f->type == TYPE_INTEGER && d.scale))
            return register_fault(t, line, column, value, e,
                                  "not a number: digits, a point for decimals, no space, no sign of currency");
        if (f->has_minimum && decimal_compare(d, f->minimum) < 0)
            return register_fault(t, line, column, value, e, "too small");
        return FLOW_OK;
    case TYPE_DATE:
        if (clock_parse_date(value, strlen(value), &days))
            return FLOW_OK;
        return register_fault(t, line, column, value, e, "not a date: write YYYY-MM-DD");
    case TYPE_URI:
        return check_uri(t, column, value, line, e);
    default:
        return FLOW_OK;
    }
}

static enum flow unknown_code(const struct schema *s, const struct register_table *t, const struct foreign_key *k,
                              const char *key, const char *const *parts, uint64_t line, struct err *e)
{
    struct sought sought = {.key = key};
    const char *column = t->columns[k->columns[0]];
    if (k->former && find_successor(s->edition, k->former, &sought, e) != FLOW_OK)
        return FLOW_FATAL;
    /* some kept the number for a part of the commune that took over under it */
    if (*sought.successor && strcmp(sought.successor, parts[0]) != 0)
        return register_fault(t, line, column, parts[0], e, "this code was abolished: write \"%s\", which took over",
                              sought.successor);
    if (k->count > 1)
        return register_fault(t, line, column, parts[0], e, "does not go with %s \"%s\" in %s: correct one of them",
                              t->columns[k->columns[1]], parts[1], k->resource);
    return register_fault(t, line, column, parts[0], e,
                          "no such code in %s: correct it, or add the row there if it is new", k->resource);
}

static enum flow check_key(const struct schema *s, const struct register_table *t, const struct foreign_key *k,
                           const char *const *values, uint64_t line, struct err *e)
{
    char key[KEY_MAX];
    const char *parts[REGISTER_KEY_MAX] = {""};
    for (size_t i = 0; i < k->count; i++) {
        if (k->columns[i] == REGISTER_NONE || !*values[k->columns[i]])
            return FLOW_OK; /* an absent value refers to nothing; whether it may be absent is a constraint */
        parts[i] = values[k->columns[i]];
    }
    if (!key_of(key, sizeof key, parts, k->count))
        return register_fault(t, line, t->columns[k->columns[0]], parts[0], e, "too long for a code");
    if (!k->codes || map_get(k->codes, key, strlen(key)) != MAP_NONE)
        return FLOW_OK;
    return unknown_code(s, t, k, key, parts, line, e);
}

enum flow schema_check(const struct schema *s, const struct register_table *t, const char *const *values, uint64_t line,
                       struct err *e)
{
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *f = &s->fields[i];
        if (f->column == REGISTER_NONE)
            continue;
        const char *value = values[f->column];
        if (!*value && f->required)
            return register_fault(t, line, t->columns[f->column], value, e, "a value is due");
        if (!*value)
            continue;
        if (f->has_pattern && regexec(&f->pattern, value, 0, NULL, 0) != 0)
            return register_fault(t, line, t->columns[f->column], value, e, "not of the form %s", f->pattern_text);
        if (check_type(t, f, value, line, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    for (size_t i = 0; i < s->key_count; i++)
        if (check_key(s, t, &s->keys[i], values, line, e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

/* ---- the schema by itself ---- */
int register_has_field(const struct edition *ed, const char *name)
{
    const char *bytes = NULL, *file;
    size_t n = 0;
    struct err ignored;
    struct json *j = NULL;
    int found = 0;
    for (size_t i = 0; (file = edition_file(ed, i, &bytes, &n)) != NULL; i++)
        if (strcmp(file, ed->frame.schema) == 0)
            break;
    if (!file || !(j = json_parse(bytes, n, file, &ignored)))
        return 1;
    const struct json *fields = json_at(j, "schema.fields");
    for (size_t i = 0; i < json_count(fields) && !found; i++) {
        const char *field = json_text(json_item(fields, i), "name");
        found = field && strcmp(field, name) == 0;
    }
    json_free(j);
    return found;
}

/* A header line of the fields, so that the schema is bound to a register that has them all. */
static enum flow header_of(const struct edition *ed, struct buf *out, struct err *e)
{
    char path[4096];
    if (!fs_join(path, sizeof path, ed->folder, ed->frame.schema))
        return fault(ed, e, "path too long");
    struct json *j = json_read(path, 1 << 20, e);
    const struct json *fields = json_at(j, "schema.fields");
    enum flow f = j ? FLOW_OK : FLOW_FATAL;
    if (f == FLOW_OK && !json_count(fields))
        f = fault(ed, e, "schema.fields is missing or empty");
    for (size_t i = 0; f == FLOW_OK && i < json_count(fields); i++) {
        const char *name = json_text(json_item(fields, i), "name");
        f = name && *name && !strpbrk(name, ",;\"\r\n") ? buf_printf(out, e, "%s%s", i ? "," : "", name)
                                                        : fault(ed, e, "a field has no name");
    }
    json_free(j);
    return f == FLOW_OK ? buf_putc(out, '\n', e) : f;
}

static enum flow check_keys(const struct edition *ed, const struct schema *s, struct err *e)
{
    for (size_t i = 0; i < s->key_count; i++)
        for (size_t k = 0; k < s->keys[i].count; k++)
            if (s->keys[i].columns[k] == REGISTER_NONE)
                return fault(ed, e, "foreign key %zu: field %zu is none of schema.fields", i + 1, k + 1);
    return FLOW_OK;
}

/* They are read here, since a register without a fault never asks for them. */
static enum flow check_former(const struct edition *ed, const struct schema *s, struct err *e)
{
    for (size_t i = 0; i < s->key_count; i++) {
        struct sought none = {.key = ""};
        if (s->keys[i].former && find_successor(ed, s->keys[i].former, &none, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

static enum flow check_columns(const struct edition *ed, const struct register_table *t, struct err *e)
{
    const struct edition_register *r = &ed->frame;
    const char *due[] = {r->unit,   r->size,       r->region,   r->departement, r->carrier,
                         r->source, r->valid_from, r->valid_to, r->successor};
    for (size_t i = 0; i < sizeof due / sizeof due[0]; i++)
        if (*due[i] && register_column_index(t, due[i]) == REGISTER_NONE)
            return fault(ed, e, "column \"%s\" of edition.json is none of schema.fields", due[i]);
    return FLOW_OK;
}

enum flow register_check_schema(const struct edition *ed, struct err *e)
{
    struct buf header;
    struct register_table *t = NULL;
    struct schema *s = NULL;
    buf_init(&header, 1 << 16);
    enum flow f = *ed->frame.schema ? header_of(ed, &header, e) : FLOW_END;
    if (f == FLOW_OK && !(t = register_bare(ed, buf_str(&header), header.len, ed->frame.schema, e)))
        f = FLOW_FATAL;
    if (f == FLOW_OK)
        f = check_columns(ed, t, e);
    if (f == FLOW_OK && !(s = schema_open(ed, t, e)))
        f = FLOW_FATAL;
    if (f == FLOW_OK)
        f = check_keys(ed, s, e);
    if (f == FLOW_OK)
        f = check_former(ed, s, e);
    schema_close(s);
    register_close(t);
    buf_fini(&header);
    if (f == FLOW_FATAL && e && e->status != STATUS_SYSTEM)
        e->status = STATUS_CONFIG;
    return f == FLOW_END ? FLOW_OK : f;
}
