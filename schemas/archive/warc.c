/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing share: record types, one record in memory, its fields, its digests (ISO 28500:2017 §4-5). */
#include "schemas/archive/warc.h"

#include "schemas/archive/http.h"
#include "schemas/archive/warc_parts.h"
#include "schemas/run/digest.h"

#include <string.h>
#include <strings.h>

static const struct {
    enum warc_type type;
    const char *name;
} types[] = {
    {WARC_WARCINFO, "warcinfo"},     {WARC_RESPONSE, "response"},         {WARC_RESOURCE, "resource"},
    {WARC_REQUEST, "request"},       {WARC_METADATA, "metadata"},         {WARC_REVISIT, "revisit"},
    {WARC_CONVERSION, "conversion"}, {WARC_CONTINUATION, "continuation"},
};

const char *warc_type_name(enum warc_type t)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == t)
            return types[i].name;
    return "other";
}

static enum warc_type type_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(types[i].name, name) == 0)
            return types[i].type;
    return WARC_OTHER;
}

void warc_record_init(struct warc_record *r, size_t block_max)
{
    *r = (struct warc_record){0};
    buf_init(&r->head, WARC_HEAD_MAX);
    buf_init(&r->block, block_max);
    buf_init(&r->plain, block_max);
}

void warc_record_fini(struct warc_record *r)
{
    buf_fini(&r->head);
    buf_fini(&r->block);
    buf_fini(&r->plain);
}

void warc_record_reset(struct warc_record *r)
{
    struct buf head = r->head, block = r->block, plain = r->plain;
    *r = (struct warc_record){0};
    r->head = head;
    r->block = block;
    r->plain = plain;
    buf_reset(&r->head);
    buf_reset(&r->block);
    buf_reset(&r->plain);
}

const char *warc_get(const struct warc_record *r, const char *name)
{
    for (size_t i = 0; i < r->fields; i++)
        if (strcasecmp(r->field[i].name, name) == 0)
            return r->field[i].value;
    return NULL;
}

/* ---- "name: value" lines, changed in place ---- */

/* Cuts the line at p (NUL at its end, CR dropped); returns the next line, or NULL after the last. */
static char *cut_line(char *p, char *end)
{
    char *lf = memchr(p, '\n', (size_t)(end - p));
    if (!lf)
        return NULL;
    *lf = '\0';
    if (lf > p && lf[-1] == '\r')
        lf[-1] = '\0';
    return lf + 1;
}

static void trim_end(char *s)
{
    size_t n = strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        s[--n] = '\0';
}

/* Appends a continuation line to the last value: both lie in the same storage, so the text moves down over the line
 * end. */
static void join(struct warc_field *last, char *line)
{
    char *to = last->value ? (char *)(uintptr_t)last->value + strlen(last->value) : NULL;
    while (*line == ' ' || *line == '\t')
        line++;
    if (!to)
        return;
    *to++ = ' ';
    memmove(to, line, strlen(line) + 1);
}

enum flow warc_fields_parse(char *p, char *end, struct warc_field *field, size_t max, size_t *count, struct err *e)
{
    *count = 0;
    while (p && p < end) {
        char *next = cut_line(p, end);
        char *colon = strchr(p, ':');
        if (*p == '\0') {
            p = next;
            continue;
        }
        if ((*p == ' ' || *p == '\t') && *count) {
            join(&field[*count - 1], p);
        } else if (!colon || colon == p) {
            return err_set(e, STATUS_DATA, "line without a field name: '%.40s'", p);
        } else if (*count == max) {
            return err_set(e, STATUS_DATA, "more than %zu fields", max);
        } else {
            *colon = '\0';
            trim_end(p);
            char *value = colon + 1;
            while (*value == ' ' || *value == '\t')
                value++;
            trim_end(value);
            field[(*count)++] = (struct warc_field){p, value};
        }
        p = next;
    }
    return FLOW_OK;
}

enum flow warc_head_parse(struct warc_record *r, uint64_t *length, struct err *e)
{
    char *p = r->head.data, *end = p ? p + r->head.len : NULL;
    char *next = p ? cut_line(p, end) : NULL;
    if (!next || strncmp(p, "WARC/1.", 7) != 0 || p[7] < '0' || p[7] > '1' || p[8] != '\0')
        return err_set(e, STATUS_DATA, "not a WARC 1.0 or 1.1 record: begins with '%.20s'", p ? p : "");
    r->minor = p[7] - '0';
    enum flow f = warc_fields_parse(next, end, r->field, WARC_FIELDS_MAX, &r->fields, e);
    if (f != FLOW_OK)
        return f;
    r->type = type_of(warc_get(r, "WARC-Type"));
    const char *text = warc_get(r, "Content-Length");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (!digits || digits > 18 || text[digits])
        return err_set(e, STATUS_DATA, "no usable Content-Length: '%.30s'", text ? text : "");
    *length = 0;
    for (size_t i = 0; i < digits; i++)
        *length = *length * 10 + (uint64_t)(text[i] - '0');
    return FLOW_OK;
}

/* ---- digests ---- */

static enum flow check(const char *stated, const void *p, size_t n, enum warc_digest *verdict, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    if (!stated) {
        *verdict = WARC_DIGEST_ABSENT;
        return FLOW_OK;
    }
    if (strncasecmp(stated, "sha256:", 7) != 0 || strlen(stated) != 7 + 64) {
        *verdict = WARC_DIGEST_UNCHECKED;
        return FLOW_OK;
    }
    enum flow f = digest_of(p, n, hex, e);
    if (f == FLOW_OK)
        *verdict = strcasecmp(stated + 7, hex) == 0 ? WARC_DIGEST_GOOD : WARC_DIGEST_BAD;
    return f;
}

static int is_http(const struct warc_record *r)
{
    const char *type = warc_get(r, "Content-Type");
    return (r->type == WARC_RESPONSE || r->type == WARC_REVISIT) &&
           (!type || strncasecmp(type, "application/http", 16) == 0);
}

const char *warc_payload(const struct warc_record *r, size_t *n)
{
    *n = r->chunked ? r->plain.len : r->block.len - r->payload;
    return r->chunked ? buf_str(&r->plain) : buf_str(&r->block) + r->payload;
}

static enum flow find_payload(struct warc_record *r, struct err *e)
{
    const char *p = buf_str(&r->block);
    int whole;
    r->payload = is_http(r) ? http_head_length(p, r->block.len) : 0;
    r->chunked = r->payload && r->block.len > r->payload && http_is_chunked(p, r->payload);
    if (!r->chunked)
        return FLOW_OK;
    enum flow f = http_dechunk(p + r->payload, r->block.len - r->payload, &r->plain, &whole, e);
    r->chunked = whole || r->plain.len > 0; /* some tools keep the header and take the chunks off */
    return f;
}

enum flow warc_record_check(struct warc_record *r, struct err *e)
{
    size_t n;
    const char *p = buf_str(&r->block);
    enum flow f = find_payload(r, e);
    if (f == FLOW_OK)
        f = check(warc_get(r, "WARC-Block-Digest"), p, r->block.len, &r->block_digest, e);
    if (f != FLOW_OK)
        return f;
    const char *payload = warc_get(r, "WARC-Payload-Digest");
    if (r->type == WARC_REVISIT && payload) {
        r->payload_digest = WARC_DIGEST_UNCHECKED;
        return FLOW_OK;
    }
    p = warc_payload(r, &n);
    return check(payload, p, n, &r->payload_digest, e);
}

enum flow warc_block_fields(struct warc_record *r, struct warc_field *field, size_t max, size_t *count, struct err *e)
{
    *count = 0;
    if (r->block.len == 0)
        return FLOW_OK;
    return warc_fields_parse(r->block.data, r->block.data + r->block.len, field, max, count, e);
}
