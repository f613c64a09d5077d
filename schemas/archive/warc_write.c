/* SPDX-License-Identifier: Apache-2.0 */
/* Writing WARC 1.1: header and block of a record as one gzip member, digests computed here so that no caller can forget
 * them. */
#include "schemas/archive/gzip.h"
#include "schemas/archive/warc.h"
#include "schemas/run/digest.h"

#include <stdlib.h>
#include <string.h>

struct warc_writer {
    struct sink out;
    uint64_t written;
    struct gzip_writer *gz;
    struct digest *digest;
    struct buf head;
};

static enum flow count(void *ctx, const void *p, size_t n, struct err *e)
{
    struct warc_writer *w = ctx;
    enum flow f = sink_write(w->out, p, n, e);
    if (f == FLOW_OK)
        w->written += n;
    return f;
}

struct warc_writer *warc_writer_new(struct sink out, int level, struct err *e)
{
    struct warc_writer *w = calloc(1, sizeof *w);
    if (!w) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a WARC writer");
        return NULL;
    }
    w->out = out;
    buf_init(&w->head, WARC_HEAD_MAX);
    w->gz = gzip_writer_new((struct sink){count, w}, level, e);
    w->digest = w->gz ? digest_new(e) : NULL;
    if (!w->digest) {
        warc_writer_free(w);
        return NULL;
    }
    return w;
}

void warc_writer_free(struct warc_writer *w)
{
    if (!w)
        return;
    gzip_writer_free(w->gz);
    digest_free(w->digest);
    buf_fini(&w->head);
    free(w);
}

static enum flow sum(struct warc_writer *w, struct warc_part a, struct warc_part b, char *hex, struct err *e)
{
    enum flow f = digest_reset(w->digest, e);
    if (f == FLOW_OK && a.len)
        f = digest_put(w->digest, a.data, a.len, e);
    if (f == FLOW_OK && b.len)
        f = digest_put(w->digest, b.data, b.len, e);
    return f == FLOW_OK ? digest_hex(w->digest, hex, e) : f;
}

/* A value must stay on its line: controls become spaces. */
static enum flow put_field(struct buf *b, const char *name, const char *value, struct err *e)
{
    enum flow f = buf_printf(b, e, "%s: ", name);
    size_t from = b->len;
    if (f == FLOW_OK)
        f = buf_puts(b, value, e);
    for (size_t i = from; f == FLOW_OK && i < b->len; i++)
        if ((unsigned char)b->data[i] < ' ' || b->data[i] == 0x7f)
            b->data[i] = ' ';
    return f == FLOW_OK ? buf_puts(b, "\r\n", e) : f;
}

static enum flow put_digests(struct warc_writer *w, struct warc_part head, struct warc_part payload, const char *given,
                             struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    struct warc_part none = {NULL, 0};
    enum flow f = sum(w, head, payload, hex, e);
    if (f == FLOW_OK)
        f = buf_printf(&w->head, e, "WARC-Block-Digest: sha256:%s\r\n", hex);
    if (f != FLOW_OK || (given && !*given))
        return f;
    if (!given && head.len)
        f = sum(w, payload, none, hex, e);
    return f == FLOW_OK ? buf_printf(&w->head, e, "WARC-Payload-Digest: sha256:%s\r\n", given ? given : hex) : f;
}

static enum flow put_head(struct warc_writer *w, enum warc_type type, const struct warc_field *field, size_t fields,
                          struct warc_part head, struct warc_part payload, const char *digest, struct err *e)
{
    buf_reset(&w->head);
    enum flow f = buf_printf(&w->head, e, "WARC/1.1\r\nWARC-Type: %s\r\n", warc_type_name(type));
    for (size_t i = 0; i < fields && f == FLOW_OK; i++)
        if (field[i].value && *field[i].value)
            f = put_field(&w->head, field[i].name, field[i].value, e);
    if (f == FLOW_OK)
        f = put_digests(w, head, payload, digest, e);
    return f == FLOW_OK ? buf_printf(&w->head, e, "Content-Length: %zu\r\n\r\n", head.len + payload.len) : f;
}

enum flow warc_put(struct warc_writer *w, enum warc_type type, const struct warc_field *field, size_t fields,
                   struct warc_part head, struct warc_part payload, const char *payload_digest, uint64_t *offset,
                   uint64_t *length, struct err *e)
{
    uint64_t start = w->written;
    struct sink z = gzip_writer_sink(w->gz);
    enum flow f = put_head(w, type, field, fields, head, payload, payload_digest, e);
    if (f == FLOW_OK)
        f = sink_write(z, w->head.data, w->head.len, e);
    if (f == FLOW_OK && head.len)
        f = sink_write(z, head.data, head.len, e);
    if (f == FLOW_OK && payload.len)
        f = sink_write(z, payload.data, payload.len, e);
    if (f == FLOW_OK)
        f = sink_write(z, "\r\n\r\n", 4, e);
    if (f == FLOW_OK)
        f = gzip_writer_finish(w->gz, e);
    if (offset)
        *offset = start;
    if (length)
        *length = w->written - start;
    return f;
}
