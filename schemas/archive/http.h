/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1.x message (RFC 9112 §2-5) as kept in archives: status line and header fields, then an empty
 * line. Reads only; never copies. */
#ifndef SCHEMAS_ARCHIVE_HTTP_H
#define SCHEMAS_ARCHIVE_HTTP_H

#include "schemas/run/buf.h"

struct http_value {
    const char
        *text; /* borrowed from the message, not NUL-terminated, ends trimmed; NULL when there is no such field */
    size_t len;
};

/* Bytes of the head, the empty line included (LF alone accepted); 0 when the message does not begin with a complete
 * HTTP head. */
size_t http_head_length(const char *p, size_t n);
/* Value of the last field of that name (case ignored) in a head. */
struct http_value http_field(const char *p, size_t head, const char *name);
/* Do all fields of that name say the same? */
int http_field_agrees(const char *p, size_t head, const char *name);
/* Appends a head line by line with CRLF ends: the values of Set-Cookie, Set-Cookie2, Cookie, Authorization,
 * Authentication-Info, WWW-Authenticate and Proxy-* become "redacted". */
enum flow http_head_copy(const char *p, size_t head, struct buf *out, struct err *e) MUST_USE;
/* Is the body behind this head sent in chunks? */
int http_is_chunked(const char *p, size_t head);
/* Appends what the chunks of a body hold; *whole is 0 when it ends before the last chunk, or is no chunked body. */
enum flow http_dechunk(const char *p, size_t n, struct buf *out, int *whole, struct err *e) MUST_USE;
/* Does something else stand where a chunk must begin? A body that only ends too soon is not broken. */
int http_chunks_broken(const char *p, size_t n);

#endif
