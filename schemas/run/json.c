/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/json.h"

#include "schemas/run/fs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct json is jansson's json_t under a name of ours, so that no other file knows the library. */
static const json_t *raw(const struct json *j)
{
    return (const json_t *)(const void *)j;
}

static const struct json *ours(const json_t *j)
{
    return (const struct json *)(const void *)j;
}

struct json *json_parse(const char *text, size_t n, const char *name, struct err *e)
{
    json_error_t why;
    json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (!j && (why.line < 0 || json_error_code(&why) == json_error_out_of_memory)) /* refused before the first line */
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", name);
    else if (!j)
        (void)err_set(e, STATUS_CONFIG, "%s: line %d, column %d: %s", name, why.line, why.column, why.text);
    return (struct json *)(void *)j;
}

struct json *json_read(const char *path, size_t max, struct err *e)
{
    struct buf b;
    buf_init(&b, max);
    struct json *j = NULL;
    if (fs_read(path, &b, e) == FLOW_OK)
        j = json_parse(buf_str(&b), b.len, path, e);
    buf_fini(&b);
    return j;
}

void json_free(struct json *document)
{
    json_decref((json_t *)(void *)document);
}

/* One step of a path: a key, or an index in an array. */
static const json_t *step(const json_t *j, const char *part, size_t n)
{
    if (json_is_object(j))
        return json_object_getn(j, part, n);
    char digits[12];
    if (!json_is_array(j) || n == 0 || n >= sizeof digits)
        return NULL;
    memcpy(digits, part, n);
    digits[n] = '\0';
    char *end;
    unsigned long i = strtoul(digits, &end, 10);
    return *end || digits[0] < '0' || digits[0] > '9' ? NULL : json_array_get(j, i);
}

const struct json *json_at(const struct json *j, const char *path)
{
    const json_t *at = raw(j);
    while (at && path && *path) {
        size_t n = strcspn(path, ".");
        at = step(at, path, n);
        path += n + (path[n] == '.');
    }
    return ours(at);
}

size_t json_count(const struct json *j)
{
    return json_is_array(raw(j)) ? json_array_size(raw(j)) : json_object_size(raw(j));
}

const struct json *json_item(const struct json *j, size_t i)
{
    return ours(json_array_get(raw(j), i));
}

/* jansson's iterators want a document they could change; we only look. */
static void *iterator(const struct json *j, size_t i, json_t **object)
{
    union {
        const struct json *from;
        json_t *to;
    } u = {.from = j};
    *object = u.to;
    void *at = json_is_object(u.to) ? json_object_iter(u.to) : NULL;
    while (at && i-- > 0)
        at = json_object_iter_next(u.to, at);
    return at;
}

const char *json_key(const struct json *j, size_t i)
{
    json_t *object;
    void *at = iterator(j, i, &object);
    return at ? json_object_iter_key(at) : NULL;
}

const struct json *json_member(const struct json *j, size_t i)
{
    json_t *object;
    void *at = iterator(j, i, &object);
    return at ? ours(json_object_iter_value(at)) : NULL;
}

const char *json_text(const struct json *j, const char *path)
{
    return json_string_value(raw(json_at(j, path)));
}

int json_number(const struct json *j, const char *path, double *v)
{
    const json_t *x = raw(json_at(j, path));
    if (!json_is_number(x))
        return 0;
    *v = json_number_value(x);
    return 1;
}

int json_int(const struct json *j, const char *path, int64_t *v)
{
    const json_t *x = raw(json_at(j, path));
    if (!json_is_integer(x))
        return 0;
    *v = json_integer_value(x);
    return 1;
}

int json_bool(const struct json *j, const char *path)
{
    const json_t *x = raw(json_at(j, path));
    return json_is_boolean(x) ? json_is_true(x) : -1;
}

/* ---- writing ---- */

enum { DEPTH_MAX = 15 };

void jsonw_init(struct jsonw *w, struct sink out, int compact, struct err *e)
{
    *w = (struct jsonw){.out = out, .err = e, .compact = compact};
    w->first[0] = 1;
}

static void put(struct jsonw *w, const char *s, size_t n)
{
    if (!w->failed && sink_write(w->out, s, n, w->err) != FLOW_OK)
        w->failed = 1;
}

static void puts_to(struct jsonw *w, const char *s)
{
    put(w, s, strlen(s));
}

static void new_line(struct jsonw *w)
{
    if (w->compact)
        return;
    puts_to(w, "\n");
    for (int i = 0; i < w->depth; i++)
        puts_to(w, "  ");
}

static void put_string(struct jsonw *w, const char *s)
{
    puts_to(w, "\"");
    while (*s) {
        size_t n = 0;
        while ((unsigned char)s[n] >= 0x20 && s[n] != '"' && s[n] != '\\')
            n++;
        put(w, s, n);
        s += n;
        if (!*s)
            break;
        char code[8];
        if (*s == '"' || *s == '\\')
            (void)snprintf(code, sizeof code, "\\%c", *s);
        else if (*s == '\n')
            (void)snprintf(code, sizeof code, "\\n");
        else
            (void)snprintf(code, sizeof code, "\\u%04x", (unsigned)(unsigned char)*s);
        puts_to(w, code);
        s++;
    }
    puts_to(w, "\"");
}

/* Comma, line and key before a value. */
static void begin(struct jsonw *w, const char *key)
{
    if (w->depth > 0) {
        if (!w->first[w->depth])
            puts_to(w, ",");
        new_line(w);
    }
    w->first[w->depth] = 0;
    if (key) {
        put_string(w, key);
        puts_to(w, w->compact ? ":" : ": ");
    }
}

static void open_level(struct jsonw *w, const char *key, const char *bracket)
{
    begin(w, key);
    puts_to(w, bracket);
    if (w->depth == DEPTH_MAX) {
        if (!w->failed)
            (void)err_set(w->err, STATUS_BUG, "JSON nested deeper than %d levels", DEPTH_MAX);
        w->failed = 1;
        return;
    }
    w->depth++;
    w->first[w->depth] = 1;
}

void jsonw_object(struct jsonw *w, const char *key)
{
    open_level(w, key, "{");
    w->array &= ~(1u << w->depth);
}

void jsonw_array(struct jsonw *w, const char *key)
{
    open_level(w, key, "[");
    w->array |= 1u << w->depth;
}

void jsonw_end(struct jsonw *w)
{
    if (w->depth == 0)
        return;
    int empty = w->first[w->depth], array = (w->array >> w->depth) & 1;
    w->depth--;
    if (!empty)
        new_line(w);
    puts_to(w, array ? "]" : "}");
}

void jsonw_text(struct jsonw *w, const char *key, const char *value)
{
    begin(w, key);
    if (value)
        put_string(w, value);
    else
        puts_to(w, "null");
}

void jsonw_raw(struct jsonw *w, const char *key, const char *number)
{
    begin(w, key);
    puts_to(w, number);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    jsonw_raw(w, key, text);
}

void jsonw_bool(struct jsonw *w, const char *key, int value)
{
    jsonw_raw(w, key, value ? "true" : "false");
}

enum flow jsonw_finish(struct jsonw *w)
{
    if (w->depth != 0 && !w->failed) {
        (void)err_set(w->err, STATUS_BUG, "JSON ended with %d levels open", w->depth);
        w->failed = 1;
    }
    puts_to(w, "\n");
    return w->failed ? FLOW_FATAL : FLOW_OK;
}
