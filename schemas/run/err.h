/* SPDX-License-Identifier: Apache-2.0 */
/* An error: exit status, place, sentence. Set once at the origin, prefixed on the way up, printed once by main.c.
 * Fixed size, no allocation, so that it can report the lack of memory. Findings about a return are data, not errors. */
#ifndef SCHEMAS_RUN_ERR_H
#define SCHEMAS_RUN_ERR_H

#include "schemas/run/flow.h"
#include "schemas/run/status.h"

enum { ERR_TEXT_MAX = 1024 };

struct err {
    enum status status;
    char text[ERR_TEXT_MAX]; /* "where: what: remedy or system text"; cut at a character boundary */
};

/* Sets e and returns FLOW_FATAL, so that a failing function can end with `return err_set(...)`. e may be NULL. */
enum flow err_set(struct err *e, enum status s, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Same, with ": " and the text of the current errno at the end. */
enum flow err_sys(struct err *e, enum status s, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Puts "prefix: " before the text; the status stays. Returns FLOW_FATAL. */
enum flow err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The status for an errno of an output or input path: ENOSPC, EIO, EFBIG... 74; EACCES, EPERM 77; ENOENT 66; else
 * `other`. */
enum status err_status(int errnum, enum status other);

#ifdef __clang_analyzer__
/* The analyzer reads one file at a time: here it learns what these three return. */
static inline enum flow err_fatal(enum flow f)
{
    (void)f;
    return FLOW_FATAL;
}
#define err_set(...) err_fatal(err_set(__VA_ARGS__))
#define err_sys(...) err_fatal(err_sys(__VA_ARGS__))
#define err_prefix(...) err_fatal(err_prefix(__VA_ARGS__))
#endif

#endif
