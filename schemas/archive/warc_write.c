/* SPDX-License-Identifier: Apache-2.0 */
/* Writing WARC 1.1: header and block of a record as one gzip member, digests computed here so that no caller can forget
 * them. */
#include "schemas/archive/warc.h"
#include "schemas/run/digest.h"

#include <stdlib.h>
#include <string.h>

static enum flow sum(struct digest *d, struct warc_part a, struct warc_part b, char *hex, struct err *e)
{
    enum flow f = digest_reset(d, e);
    if (f == FLOW_OK && a.len)
        f = digest_put(d, a.data, a.len, e);
    if (f == FLOW_OK && b.len)
        f = digest_put(d, b.data, b.len, e);
    return f == FLOW_OK ? digest_hex(d, hex, e) : f;
}

/* A value must stay on its line: controls become spaces. */
static enum flow put_field(struct buf *b, const char *name, const char *value, struct err *e)
{
    enum flow f = buf_puts(b, name, e);
    if (f == FLOW_OK)
        f = buf_puts(b, ": ", e);
    size_t from = b->len;
    if (f == FLOW_OK)
        f = buf_puts(b, value, e);
    for (size_t i = from; f == FLOW_OK && i < b->len; i++)
        if ((unsigned char)b->data[i] < ' ' || b->data[i] == 0x7f)
            b->data[i] = ' ';
    return f == FLOW_OK ? buf_puts(b, "\r\n", e) : f;
}

static int comes_later(struct warc_part payload)
{
    return !payload.data && payload.len;
}

static enum flow put_digests(struct digest *d, struct warc_part head, struct warc_part payload, const char *given,
                             struct buf *out, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    struct warc_part none = {NULL, 0};
    int later = comes_later(payload);
    enum flow f = later ? FLOW_OK : sum(d, head, payload, hex, e);
    if (f == FLOW_OK)
        f = buf_printf(out, e, "WARC-Block-Digest: sha256:%s\r\n", later ? given : hex);
    if (f != FLOW_OK || (given && !*given))
        return f;
    if (!given && head.len)
        f = sum(d, payload, none, hex, e);
    return f == FLOW_OK ? buf_printf(out, e, "WARC-Payload-Digest: sha256:%s\r\n", given ? given : hex) : f;
}

enum flow warc_print(struct digest *d, enum warc_type type, const struct warc_field *field, size_t fields,
                     struct warc_part head, struct warc_part payload, const char *payload_digest, struct buf *out,
                     struct err *e)
{
    enum flow f = buf_printf(out, e, "WARC/1.1\r\nWARC-Type: %s\r\n", warc_type_name(type));
    for (size_t i = 0; i < fields && f == FLOW_OK; i++)
        if (field[i].value && *field[i].value)
            f = put_field(out, field[i].name, field[i].value, e);
    if (f == FLOW_OK)
        f = put_digests(d, head, payload, payload_digest, out, e);
    if (f == FLOW_OK)
        f = buf_printf(out, e, "Content-Length: %zu\r\n\r\n", head.len + payload.len);
    if (f != FLOW_OK || comes_later(payload))
        return f;
    f = buf_put(out, head.data, head.len, e);
    if (f == FLOW_OK)
        f = buf_put(out, payload.data, payload.len, e);
    return f == FLOW_OK ? buf_puts(out, WARC_RECORD_END, e) : f;
}
