/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/log.h"

#include "schemas/run/buf.h"
#include "schemas/run/clock.h"
#include "schemas/run/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384 };

static const char *program_name = "pre";
static enum log_level lowest_level = LOG_INFO;

/* Standard descriptors that were closed are held by something that takes no writing: else the next file opened gets
 * the number, an archive say, and the log or a table is written into it. */
static void hold_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

void log_init(const char *program, enum log_level lowest)
{
    hold_standard();
    program_name = program;
    lowest_level = lowest;
}

static int needs_quotes(const char *s)
{
    if (!*s)
        return 1;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F)
            return 1;
    }
    return 0;
}

static enum flow put_escaped(struct buf *line, const char *s, struct err *e)
{
    enum flow f = FLOW_OK;
    for (; *s && f == FLOW_OK; s++) {
        switch (*s) {
        case '"':
        case '\\':
            f = buf_putc(line, '\\', e);
            if (f == FLOW_OK)
                f = buf_putc(line, *s, e);
            break;
        case '\n':
            f = buf_puts(line, "\\n", e);
            break;
        case '\r':
            f = buf_puts(line, "\\r", e);
            break;
        case '\t':
            f = buf_puts(line, "\\t", e);
            break;
        default:
            f = buf_putc(line, *s, e);
        }
    }
    return f;
}

/* Line breaks become \n and the like; other controls, invisible and bidirectional characters their code point. */
static enum flow put_value(struct buf *line, const char *s, struct err *e)
{
    if (!needs_quotes(s) && text_invalid(s, strlen(s)) == strlen(s)) {
        size_t ascii = 0;
        while (s[ascii] && (unsigned char)s[ascii] < 0x80)
            ascii++;
        if (!s[ascii])
            return buf_puts(line, s, e);
    }
    struct buf safe, escaped;
    buf_init(&safe, LINE_MAX_BYTES);
    buf_init(&escaped, LINE_MAX_BYTES);
    enum flow f = put_escaped(&escaped, s, e);
    if (f == FLOW_OK)
        f = text_visible(buf_str(&escaped), escaped.len, &safe, e);
    if (f == FLOW_OK)
        f = needs_quotes(s) ? buf_printf(line, e, "\"%s\"", buf_str(&safe)) : buf_puts(line, buf_str(&safe), e);
    buf_fini(&safe);
    buf_fini(&escaped);
    return f;
}

static enum flow put_line(struct buf *line, enum log_level level, const char *event, const struct log_field *fields)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    struct err e;
    char now[INSTANT_TEXT_MAX];
    int64_t t = clock_now();
    (void)clock_print(t - t % 1000000, now);
    enum flow f = buf_printf(line, &e, "time=%s level=%s program=%s event=%s", now, names[level], program_name, event);
    for (; fields->key && f == FLOW_OK; fields++) {
        f = buf_printf(line, &e, " %s=", fields->key);
        if (f == FLOW_OK)
            f = fields->text ? put_value(line, fields->text, &e)
                             : buf_printf(line, &e, "%lld", (long long)fields->number);
    }
    return f == FLOW_OK ? buf_putc(line, '\n', &e) : f;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    if (level < lowest_level)
        return;
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    if (put_line(&line, level, event, fields) != FLOW_OK && line.len && line.data[line.len - 1] != '\n')
        line.data[line.len++] = '\n'; /* too long: the end is lost, the line is not (a buffer has room for its NUL) */
    ssize_t n;
    do {
        n = line.len ? write(STDERR_FILENO, line.data, line.len) : 0;
    } while (n < 0 && errno == EINTR);
    buf_fini(&line);
}
