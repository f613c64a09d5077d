/* SPDX-License-Identifier: Apache-2.0 */
/* When to ask again. */
#ifndef EXTRACT_RETRY_H
#define EXTRACT_RETRY_H

#include <stddef.h>
#include <stdint.h>

/* µs to wait before try number `attempts` + 1: base doubled each time, at most cap, with full jitter between half and
 * all of it. */
int64_t retry_delay(int attempts, int64_t base, int64_t cap, uint64_t *random);
enum { RETRY_REMEMBERED_S = 7 * 86400 }; /* a longer Retry-After is cut to this */
/* The instant of an HTTP date in its three forms; INSTANT_NONE when it is none. */
int64_t http_date(const char *text);
/* The instant a Retry-After value means (RFC 9110 §10.2.3: seconds, or an HTTP date in its three forms), not after now
 * + most; INSTANT_NONE when it is neither. */
int64_t retry_after(const char *p, size_t n, int64_t now, int64_t most);

#endif
