/* SPDX-License-Identifier: Apache-2.0 */
/* The script of the fault server: a CSV of rows, the first that fits a request decides how it is answered.
 * Columns (only `path` is required):
 *   path      request path as sent without query, or a prefix ending in '*'
 *   from,to   the row fits the from-th to the to-th request of that very path (1-based; empty: no bound)
 *   status    status code (200)
 *   headers   extra header lines separated by '|'; {port} {host} {date+N} are replaced; "Name:" alone removes a default
 * header body      file beneath the root, or "text:..."; empty: the file of the path fault     none | drip | cut |
 * chunked | chunk-cut | length | no-length | no-length-cut | gzip | gzip-cut | gzip-false | gzip-double | gzip-members
 * | close | reset | stall | stall-body | garbage | endless at        byte count the fault needs (cut position,
 * announced length, bytes per drip) delay_ms  wait before the answer; between drips for drip */
#ifndef TESTS_SUPPORT_SCRIPT_H
#define TESTS_SUPPORT_SCRIPT_H

#include "schemas/run/err.h"

#include <stddef.h>

enum fault {
    FAULT_NONE,
    FAULT_DRIP,
    FAULT_CUT,
    FAULT_CHUNKED,
    FAULT_CHUNK_CUT,
    FAULT_LENGTH,
    FAULT_NO_LENGTH,
    FAULT_NO_LENGTH_CUT,
    FAULT_GZIP,
    FAULT_GZIP_CUT,
    FAULT_GZIP_FALSE,
    FAULT_GZIP_DOUBLE,
    FAULT_GZIP_MEMBERS,
    FAULT_CLOSE,
    FAULT_RESET,
    FAULT_STALL,
    FAULT_STALL_BODY,
    FAULT_GARBAGE,
    FAULT_ENDLESS
};
const char *fault_name(enum fault f);

struct script_row {
    char *path;
    int prefix;
    long from, to;
    int status;
    char *headers;
    char *body;
    enum fault fault;
    long at;
    long delay_ms;
};

struct script {
    struct script_row *row;
    size_t rows;
};

enum flow script_read(const char *path, struct script *s, struct err *e) MUST_USE;
void script_free(struct script *s);
/* The row for the n-th request of a path, or NULL: plain serving. */
const struct script_row *script_find(const struct script *s, const char *path, long n);

#endif
