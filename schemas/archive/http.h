/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1.x message (RFC 9112 §2-5) as kept in archives: status line and header fields, then an empty line. Reads only; never copies. */
#ifndef SCHEMAS_ARCHIVE_HTTP_H
#define SCHEMAS_ARCHIVE_HTTP_H

#include "schemas/run/buf.h"

struct http_value {
    const char *text; /* borrowed from the message, not NUL-terminated, ends trimmed; NULL when there is no such field */
    size_t len;
};

/* Bytes of the head, the empty line included (LF alone accepted); 0 when the message does not begin with a complete HTTP head. */
size_t http_head_length(const char *p, size_t n);
/* Status code of the status line, or 0. */
int http_status(const char *p, size_t n);
/* Value of the last field of that name (case ignored) in a head. */
struct http_value http_field(const char *p, size_t head, const char *name);
/* Copies a head line by line with CRLF ends: the values of Set-Cookie, Set-Cookie2, Cookie, Authorization, Proxy-*, WWW-Authenticate become
 * "redacted", and Transfer-Encoding is left out when `drop_transfer`, since the kept body is the decoded one. */
enum flow http_head_copy(const char *p, size_t head, int drop_transfer, struct buf *out, struct err *e) MUST_USE;

#endif
