/* SPDX-License-Identifier: Apache-2.0 */
/* Three renderings of the same calls. Text keeps up to KEPT_ROWS rows to find out how wide its columns are, then goes
 * on with those widths, so that memory stays bounded whatever is asked. */
#include "load/report.h"

#include "schemas/run/decimal.h"
#include "schemas/run/json.h"
#include "schemas/run/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { KEPT_ROWS = 1000, KEPT_MAX = 64 << 20, CELL_MAX = 8192, NARROWEST = 8, WIDTH_DEFAULT = 100, PENDING = 32 << 10 };

struct report {
    enum report_format format;
    enum report_lang lang;
    struct sink out;
    struct buf pending; /* bytes on their way out */
    struct err err;
    int failed;
    struct jsonw json;
    struct err json_err;
    /* the table at hand */
    const struct report_column *column;
    size_t columns, at; /* columns, cell about to be given */
    int printed;        /* text: head printed, widths fixed */
    size_t tables;
    size_t width[REPORT_COLUMNS_MAX];
    struct buf kept; /* cells of the rows kept, NUL after each */
    size_t kept_rows;
    struct buf line;
    struct buf notes; /* JSON: notes, NUL after each */
};

static void check(struct report *r, enum flow f)
{
    if (f != FLOW_OK) {
        r->failed = 1;
    }
}

static void flush(struct report *r)
{
    if (!r->failed && r->pending.len > 0) {
        check(r, sink_write(r->out, r->pending.data, r->pending.len, &r->err));
    }
    buf_reset(&r->pending);
}

static void emit(struct report *r, const char *s, size_t n)
{
    if (!r->failed) {
        check(r, buf_put(&r->pending, s, n, &r->err));
    }
    if (r->pending.len >= PENDING) {
        flush(r);
    }
}

/* Where the JSON writer puts its bytes. */
static enum flow json_write(void *ctx, const void *p, size_t n, struct err *e)
{
    struct report *r = ctx;
    emit(r, p, n);
    if (r->failed) {
        *e = r->err;
        return FLOW_FATAL;
    }
    return FLOW_OK;
}

static void emits(struct report *r, const char *s)
{
    emit(r, s, strlen(s));
}

static int shown(const struct report *r, size_t column)
{
    enum report_where w = r->column[column].where;
    return w == REPORT_ALWAYS || (w == REPORT_ON_TEXT) == (r->format == REPORT_TEXT);
}

const char *report_words(const struct report *r, const char *fr, const char *en)
{
    return r->lang == REPORT_FR ? fr : en;
}

enum report_lang report_lang(const struct report *r)
{
    return r->lang;
}

int report_is_text(const struct report *r)
{
    return r->format == REPORT_TEXT;
}

struct report *report_open(const char *name, enum report_format format, enum report_lang lang, struct sink out,
                           struct err *e)
{
    struct report *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for a report");
        return NULL;
    }
    r->format = format;
    r->lang = lang;
    r->out = out;
    buf_init(&r->pending, KEPT_MAX);
    buf_init(&r->kept, KEPT_MAX);
    buf_init(&r->line, KEPT_MAX);
    buf_init(&r->notes, KEPT_MAX);
    if (format == REPORT_JSON) {
        jsonw_init(&r->json, (struct sink){json_write, r}, 1, &r->json_err);
        jsonw_object(&r->json, NULL);
        jsonw_text(&r->json, "confidentiality", "internal");
        jsonw_text(&r->json, "show", name);
    } else {
        emits(r, format == REPORT_CSV ? "# " : "");
        emits(r, report_words(r, "interne : ne pas diffuser\n", "internal: not for publication\n"));
    }
    return r;
}

static void write_notes(struct report *r)
{
    jsonw_array(&r->json, "notes");
    for (size_t i = 0; i < r->notes.len; i += strlen(r->notes.data + i) + 1) {
        jsonw_text(&r->json, NULL, r->notes.data + i);
    }
    jsonw_end(&r->json);
}

enum flow report_close(struct report *r, struct err *e)
{
    if (r->format == REPORT_JSON) {
        write_notes(r);
        jsonw_end(&r->json);
        if (jsonw_finish(&r->json) != FLOW_OK && !r->failed) {
            r->failed = 1;
            r->err = r->json_err;
        }
    }
    flush(r);
    int failed = r->failed;
    if (failed) {
        *e = r->err;
    }
    buf_fini(&r->pending);
    buf_fini(&r->kept);
    buf_fini(&r->line);
    buf_fini(&r->notes);
    free(r);
    return failed ? FLOW_FATAL : FLOW_OK;
}

/* ---- numbers ---- */

/* Digits of a whole number in groups of three. */
static void group_digits(const char *digits, char *out, size_t size)
{
    size_t n = strlen(digits), o = 0;
    for (size_t i = 0; i < n && o + 4 < size; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            out[o++] = ' ';
        }
        out[o++] = digits[i];
    }
    out[o] = '\0';
}

void report_format_number(double v, int decimals, enum report_lang lang, char *out)
{
    int places = decimals > 9 ? 9 : decimals < -9 ? -9 : decimals;
    double scale = pow(10.0, places), scaled = round(fabs(v) * scale);
    char digits[24], whole[40], fraction[16] = "";
    if (!(scaled < 9e15)) {
        double_print(v, out);
        return;
    }
    int64_t all = (int64_t)scaled, unit = places > 0 ? (int64_t)round(scale) : 1;
    all *= places < 0 ? (int64_t)round(pow(10.0, -places)) : 1;
    snprintf(digits, sizeof digits, "%lld", (long long)(all / unit));
    group_digits(digits, whole, sizeof whole);
    if (places > 0) {
        /* unit added in front keeps the leading zeros */
        snprintf(digits, sizeof digits, "%lld", (long long)(all % unit + unit));
        snprintf(fraction, sizeof fraction, "%s%.10s", lang == REPORT_FR ? "," : ".", digits + 1);
    }
    snprintf(out, 64, "%s%s%s", v < 0 && all != 0 ? "-" : "", whole, fraction);
}

/* ---- text ---- */

size_t report_width(void)
{
    const char *columns = getenv("COLUMNS");
    long n = columns != NULL ? strtol(columns, NULL, 10) : 0;
    struct winsize w;
    if (n < 40 && isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0) {
        n = w.ws_col;
    }
    return n >= 40 && n <= 1000 ? (size_t)n : WIDTH_DEFAULT;
}

static const char *heading(const struct report *r, size_t c)
{
    return report_words(r, r->column[c].fr, r->column[c].en);
}

static void measure(struct report *r)
{
    const char *cell = r->kept.len > 0 ? r->kept.data : "";
    for (size_t c = 0; c < r->columns; c++) {
        r->width[c] = text_width(heading(r, c), strlen(heading(r, c)));
    }
    for (size_t i = 0; i < r->kept_rows * r->columns; i++) {
        size_t n = strlen(cell), w = text_width(cell, n);
        if (w > r->width[i % r->columns]) {
            r->width[i % r->columns] = w;
        }
        cell += n + 1;
    }
}

static size_t total_width(const struct report *r)
{
    size_t total = 0;
    for (size_t c = 0; c < r->columns; c++) {
        total += shown(r, c) ? r->width[c] + (total > 0 ? 2 : 0) : 0;
    }
    return total;
}

/* Takes columns from the widest flexible one until the table fits, or nothing gives way any more. */
static void fit(struct report *r)
{
    size_t limit = report_width();
    while (total_width(r) > limit) {
        size_t widest = r->columns;
        for (size_t c = 0; c < r->columns; c++) {
            if (shown(r, c) && r->column[c].flexible && r->width[c] > NARROWEST &&
                (widest == r->columns || r->width[c] > r->width[widest])) {
                widest = c;
            }
        }
        if (widest == r->columns) {
            return;
        }
        r->width[widest]--;
    }
}

/* Bytes of s that fit in `width` columns, cut at a space when there is one. */
static size_t wrap(const char *s, size_t width)
{
    size_t n = strlen(s);
    if (text_width(s, n) <= width) {
        return n;
    }
    size_t fits = 0, space = 0;
    for (size_t i = 0; i < n;) {
        size_t next = i + 1;
        while (next < n && ((unsigned char)s[next] & 0xc0) == 0x80) {
            next++;
        }
        if (text_width(s, next) > width) {
            break;
        }
        fits = next;
        if (s[i] == ' ') {
            space = next;
        }
        i = next;
    }
    return space > 0 ? space : fits > 0 ? fits : n;
}

/* Words on as many lines as the terminal makes of them. */
static void emit_words(struct report *r, const char *s)
{
    do {
        size_t n = wrap(s, report_width()), shown = n;
        while (shown > 0 && s[shown - 1] == ' ') {
            shown--;
        }
        emit(r, s, shown);
        emits(r, "\n");
        s += n;
    } while (*s != '\0');
}

void report_note(struct report *r, const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (r->format == REPORT_JSON) {
        check(r, buf_put(&r->notes, text, strlen(text) + 1, &r->err));
    } else if (r->format == REPORT_CSV) {
        emits(r, "# ");
        emits(r, text);
        emits(r, "\n");
    } else {
        emit_words(r, text);
    }
}

static void pad(struct report *r, size_t n)
{
    static const char spaces[] = "                                                                                ";
    while (n > 0 && !r->failed) {
        size_t k = n < sizeof spaces - 1 ? n : sizeof spaces - 1;
        check(r, buf_put(&r->line, spaces, k, &r->err));
        n -= k;
    }
}

static void put_cell(struct report *r, size_t c, const char *s, size_t n)
{
    while (n > 0 && s[n - 1] == ' ') {
        n--;
    }
    size_t w = text_width(s, n), space = r->width[c] > w ? r->width[c] - w : 0;
    if (r->line.len > 0) {
        pad(r, 2);
    }
    if (r->column[c].align == REPORT_RIGHT) {
        pad(r, space);
    }
    check(r, buf_put(&r->line, s, n, &r->err));
    if (r->column[c].align == REPORT_LEFT) {
        pad(r, space);
    }
}

static void end_line(struct report *r)
{
    size_t n = r->line.len;
    while (n > 0 && r->line.data[n - 1] == ' ') {
        n--;
    }
    emit(r, buf_str(&r->line), n);
    emits(r, "\n");
    buf_reset(&r->line);
}

/* One row of cells, on as many lines as the flexible columns need. */
static void print_cells(struct report *r, const char *const *cell)
{
    const char *rest[REPORT_COLUMNS_MAX];
    memcpy(rest, cell, r->columns * sizeof *rest);
    for (int more = 1; more && !r->failed;) {
        more = 0;
        int first = 1;
        for (size_t c = 0; c < r->columns; c++) {
            if (!shown(r, c)) {
                continue;
            }
            size_t n = wrap(rest[c], r->width[c]);
            if (first && r->line.len == 0 && n == 0) {
                pad(r, r->width[c]);
            } else {
                put_cell(r, c, rest[c], n);
            }
            first = 0;
            rest[c] += n;
            more |= *rest[c] != '\0';
        }
        end_line(r);
    }
}

static void print_head(struct report *r)
{
    const char *cells[REPORT_COLUMNS_MAX];
    measure(r);
    fit(r);
    for (size_t c = 0; c < r->columns; c++) {
        cells[c] = heading(r, c);
    }
    print_cells(r, cells);
    for (size_t c = 0; c < r->columns; c++) {
        if (shown(r, c)) {
            if (r->line.len > 0) {
                pad(r, 2);
            }
            for (size_t k = 0; k < r->width[c]; k++) {
                check(r, buf_putc(&r->line, '-', &r->err));
            }
        }
    }
    end_line(r);
    r->printed = 1;
}

static void print_kept(struct report *r)
{
    const char *cells[REPORT_COLUMNS_MAX];
    const char *s = r->kept.len > 0 ? r->kept.data : "";
    if (!r->printed) {
        print_head(r);
    }
    for (size_t i = 0; i < r->kept_rows; i++) {
        for (size_t c = 0; c < r->columns; c++) {
            cells[c] = s;
            s += strlen(s) + 1;
        }
        print_cells(r, cells);
    }
    buf_reset(&r->kept);
    r->kept_rows = 0;
}

/* ---- tables ---- */

static void csv_names(struct report *r)
{
    int first = 1;
    for (size_t c = 0; c < r->columns; c++) {
        if (shown(r, c)) {
            emits(r, first ? "" : ",");
            emits(r, r->column[c].key);
            first = 0;
        }
    }
    emits(r, "\n");
}

void report_begin(struct report *r, const char *name, const char *title, const struct report_column *columns)
{
    r->column = columns;
    for (r->columns = 0; columns[r->columns].key != NULL && r->columns < REPORT_COLUMNS_MAX;) {
        r->columns++;
    }
    r->at = 0;
    r->printed = 0;
    if (r->format == REPORT_JSON) {
        jsonw_array(&r->json, name);
    } else {
        emits(r, r->tables > 0 || r->format == REPORT_TEXT ? "\n" : "");
        if (title != NULL) {
            emits(r, r->format == REPORT_CSV ? "# " : "");
            emits(r, title);
            emits(r, "\n");
        }
    }
    if (r->format == REPORT_CSV) {
        csv_names(r);
    }
    r->tables++;
}

void report_end(struct report *r)
{
    if (r->format == REPORT_JSON) {
        jsonw_end(&r->json);
    } else if (r->format == REPORT_TEXT) {
        int empty = r->kept_rows == 0 && !r->printed;
        print_kept(r);
        if (empty) {
            emits(r, report_words(r, "(aucune ligne)\n", "(no rows)\n"));
        }
    }
}

static void csv_cell(struct report *r, const char *s)
{
    int quote = s[strcspn(s, ",\"\r\n")] != '\0' || *s == ' ' || *s == '#' || (*s != '\0' && s[strlen(s) - 1] == ' ');
    size_t first = 0;
    for (size_t c = 0; c < r->at; c++) {
        first += (size_t)shown(r, c);
    }
    emits(r, first > 0 ? "," : "");
    if (!quote) {
        emits(r, s);
        return;
    }
    emits(r, "\"");
    for (const char *q; (q = strchr(s, '"')) != NULL; s = q + 1) {
        emit(r, s, (size_t)(q - s + 1));
        emits(r, "\"");
    }
    emits(r, s);
    emits(r, "\"");
}

enum given { GIVEN_TEXT, GIVEN_NUMBER, GIVEN_NONE };

static void give(struct report *r, const char *s, enum given kind)
{
    if (r->at >= r->columns) {
        r->failed = 1;
        err_set(&r->err, STATUS_BUG, "a row has more than its %zu cells", r->columns);
        return;
    }
    if (r->format == REPORT_JSON && r->at == 0) {
        jsonw_object(&r->json, NULL);
    }
    if (r->format == REPORT_TEXT) {
        struct buf visible;
        buf_init(&visible, CELL_MAX * 8);
        check(r, text_visible(s, strlen(s), &visible, &r->err));
        check(r, buf_put(&r->kept, buf_str(&visible), visible.len + 1, &r->err));
        buf_fini(&visible);
    } else if (shown(r, r->at)) {
        if (r->format == REPORT_CSV) {
            csv_cell(r, s);
        } else {
            const char *key = r->column[r->at].key;
            if (kind == GIVEN_NUMBER) {
                jsonw_raw(&r->json, key, s);
            } else {
                jsonw_text(&r->json, key, kind == GIVEN_NONE ? NULL : s);
            }
        }
    }
    r->at++;
}

void report_text(struct report *r, const char *s)
{
    give(r, s != NULL ? s : "", GIVEN_TEXT);
}

void report_int(struct report *r, int64_t v)
{
    char text[64];
    if (r->format == REPORT_TEXT) {
        report_format_number((double)v, 0, r->lang, text);
    } else {
        snprintf(text, sizeof text, "%lld", (long long)v);
    }
    give(r, text, GIVEN_NUMBER);
}

void report_id(struct report *r, int64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)v);
    give(r, text, GIVEN_NUMBER);
}

void report_number(struct report *r, double v, int decimals)
{
    char text[64];
    if (r->format == REPORT_TEXT) {
        report_format_number(v, decimals, r->lang, text);
    } else {
        double_print(v, text);
    }
    give(r, text, GIVEN_NUMBER);
}

void report_percent(struct report *r, double v, int decimals)
{
    char text[80];
    if (r->format != REPORT_TEXT) {
        report_number(r, v, decimals);
        return;
    }
    report_format_number(100.0 * v, decimals, r->lang, text);
    memcpy(text + strlen(text), " %", 3);
    give(r, text, GIVEN_NUMBER);
}

void report_none(struct report *r)
{
    give(r, r->format == REPORT_TEXT ? "–" : "", GIVEN_NONE);
}

void report_row(struct report *r)
{
    if (r->at != r->columns && !r->failed) {
        r->failed = 1;
        err_set(&r->err, STATUS_BUG, "a row has %zu cells for %zu columns", r->at, r->columns);
    }
    r->at = 0;
    if (r->format == REPORT_CSV) {
        emits(r, "\n");
    } else if (r->format == REPORT_JSON) {
        jsonw_end(&r->json);
    } else if (++r->kept_rows == KEPT_ROWS || r->printed) {
        print_kept(r);
    }
}
