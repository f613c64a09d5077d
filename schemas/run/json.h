/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: reading through jansson (the only file that includes it; duplicate keys refused), writing by a small streaming
 * writer whose bytes depend on nothing but the calls. */
#ifndef SCHEMAS_RUN_JSON_H
#define SCHEMAS_RUN_JSON_H

#include "schemas/run/sink.h"

#include <stdint.h>

/* ---- reading: a value borrowed from its document; paths are "a.b.c", array members "list.0" ---- */
struct json; /* a document or a value inside one */

/* Parses; errors name `name`, line and column, with STATUS_CONFIG. The caller frees the document with json_free. */
struct json *json_parse(const char *text, size_t n, const char *name, struct err *e);
struct json *json_read(const char *path, size_t max, struct err *e);
void json_free(struct json *document);
/* NULL when the path leads nowhere. */
const struct json *json_at(const struct json *j, const char *path);
size_t json_count(const struct json *j);                                     /* members of an array or object, else 0 */
const struct json *json_item(const struct json *j, size_t i);                /* i-th member of an array */
const char *json_key(const struct json *j, size_t i);                        /* i-th key of an object, in file order */
const struct json *json_member(const struct json *j, size_t i);              /* its value */
const char *json_text(const struct json *j, const char *path);               /* string, or NULL */
int json_number(const struct json *j, const char *path, double *v) MUST_USE; /* 1 when a number */
int json_int(const struct json *j, const char *path, int64_t *v) MUST_USE;   /* 1 when an integer */
int json_bool(const struct json *j, const char *path);                       /* 1, 0, -1 when absent or no boolean */

/* ---- writing: two-space indentation or compact ---- */
struct jsonw {
    struct sink out;
    struct err *err; /* first failure; later calls do nothing */
    int failed;
    int compact;
    int depth;
    int first[16];  /* nothing written yet at this depth */
    unsigned array; /* one bit a depth: an array, not an object */
};
void jsonw_init(struct jsonw *w, struct sink out, int compact, struct err *e);
/* key is NULL inside arrays and for the root. */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end(struct jsonw *w);
void jsonw_text(struct jsonw *w, const char *key, const char *value); /* NULL writes null */
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_raw(struct jsonw *w, const char *key, const char *number); /* a number already printed */
void jsonw_bool(struct jsonw *w, const char *key, int value);
/* Final newline; FLOW_OK when every call succeeded. */
enum flow jsonw_finish(struct jsonw *w) MUST_USE;

#endif
