/* SPDX-License-Identifier: Apache-2.0 */
/* Instants: int64 microseconds since 1970-01-01T00:00:00Z. Stored in UTC, shown in legal time of Paris with its offset.
 */
#ifndef SCHEMAS_RUN_CLOCK_H
#define SCHEMAS_RUN_CLOCK_H

#include "schemas/run/flow.h"

#include <stddef.h>
#include <stdint.h>

enum { INSTANT_TEXT_MAX = 40 };
#define INSTANT_NONE INT64_MIN

/* Now; the environment variable PRE_NOW (RFC 3339) fixes it, for tests and reproductions. */
int64_t clock_now(void);
/* Monotonic microseconds, for timeouts and durations; PRE_NOW has no effect. */
int64_t clock_monotonic(void);
/* "2022-05-12T10:11:00Z", "2022-05-12T10:11:00.123456Z" or with +hh:mm; a date alone "2022-05-12" only when date_ok
 * (midnight UTC). 0 when it is not one (no zone included). Leap second :60 accepted as :59.999999. */
int clock_parse(const char *s, size_t n, int date_ok, int64_t *t) MUST_USE;
/* "2022-05-12T08:11:00Z", with ".ffffff" when micro != 0. Returns the length; out has INSTANT_TEXT_MAX bytes. */
size_t clock_print(int64_t t, char *out);
/* Compact for file names: "20220512T081100Z". */
size_t clock_print_compact(int64_t t, char *out);
/* "2022-05-12 10:11:00 +02:00 (Paris)"; rules of Europe/Paris computed here, since a chroot may lack the zone file. */
size_t clock_print_paris(int64_t t, char *out);
/* Offset of Paris from UTC at t, in seconds (3600 or 7200). */
int clock_paris_offset(int64_t t);
/* "YYYY-MM-DD" to days since the epoch; 0 when it is no calendar date. */
int clock_parse_date(const char *s, size_t n, int64_t *days) MUST_USE;

#endif
