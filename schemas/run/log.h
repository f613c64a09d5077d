/* SPDX-License-Identifier: Apache-2.0 */
/* One logfmt line per event on stderr, one write() a line:
 *   time=2022-05-12T08:11:00Z level=info program=pre-extract event=fetched unit=PRE-59-01 bytes=18211
 * Values with a space, quote, '=' or control character are quoted and escaped; nothing secret, no answer of a return.
 */
#ifndef SCHEMAS_RUN_LOG_H
#define SCHEMAS_RUN_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Once, from main, before any file is opened: program name (borrowed), lowest level printed. Descriptors 0 to 2 are
 * taken from then on, also when the program was started without them. */
void log_init(const char *program, enum log_level lowest);

struct log_field {
    const char *key;  /* NULL ends the list */
    const char *text; /* NULL: print `number` instead */
    int64_t number;
};
static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){key, text ? text : "", 0};
}
#define LOG_TEXT(k, v) log_text((k), (v))
#define LOG_NUM(k, v) ((struct log_field){(k), NULL, (int64_t)(v)})
#define LOG_LAST ((struct log_field){NULL, NULL, 0})

/* log_event(LOG_INFO, "fetched", LOG_TEXT("unit", id), LOG_NUM("bytes", n)) */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);
#define log_event(level, event, ...) log_fields((level), (event), (const struct log_field[]){__VA_ARGS__, LOG_LAST})

#endif
