/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Steps back from a byte position inside a UTF-8 sequence to its first byte. */
static void cut_clean(char *text, size_t size)
{
    size_t n = strnlen(text, size);
    if (n + 1 < size)
        return;
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)text[n - 1] >= 0xC0)
        n--;
    text[n] = '\0';
}

static void append_system_text(struct err *e, int errnum)
{
    size_t n = strlen(e->text);
    char system_text[128];
    if (strerror_r(errnum, system_text, sizeof system_text) != 0)
        (void)snprintf(system_text, sizeof system_text, "error %d", errnum);
    (void)snprintf(e->text + n, sizeof e->text - n, ": %s", system_text);
}

enum flow(err_set)(struct err *e, enum status s, const char *fmt, ...)
{
    if (e) {
        va_list ap;
        va_start(ap, fmt);
        e->status = s;
        (void)vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
        cut_clean(e->text, sizeof e->text);
    }
    return FLOW_FATAL;
}

enum flow(err_sys)(struct err *e, enum status s, const char *fmt, ...)
{
    int errnum = errno;
    if (e) {
        va_list ap;
        va_start(ap, fmt);
        e->status = s;
        (void)vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
        append_system_text(e, errnum);
        cut_clean(e->text, sizeof e->text);
    }
    errno = errnum;
    return FLOW_FATAL;
}

enum flow(err_prefix)(struct err *e, const char *fmt, ...)
{
    if (e) {
        char old[ERR_TEXT_MAX];
        memcpy(old, e->text, sizeof old);
        va_list ap;
        va_start(ap, fmt);
        int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
        if (n >= 0 && (size_t)n < sizeof e->text)
            (void)snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", old);
        cut_clean(e->text, sizeof e->text);
    }
    return FLOW_FATAL;
}

enum status err_status(int errnum, enum status other)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EPIPE:
        return STATUS_IO;
    case EACCES:
    case EPERM:
    case EROFS:
        return STATUS_PERM;
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOINPUT;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return STATUS_SYSTEM;
    default:
        return other;
    }
}
