/* SPDX-License-Identifier: Apache-2.0 */
/* Three renderings of the same calls. Text is laid out KEPT_ROWS rows at a time, so that memory stays bounded whatever
 * is asked. */
#include "load/show/report.h"

#include "load/show/layout.h"
#include "load/words.h"
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

enum { KEPT_ROWS = 1000, KEPT_MAX = 64 << 20, CELL_MAX = 8192, WIDTH_DEFAULT = 80, PENDING = 32 << 10 };

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
    size_t tables;
    struct layout layout; /* text */
    int printed;          /* text: some rows are written */
    struct buf kept;      /* cells of the rows kept, NUL after each */
    size_t kept_rows;
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

/* Where the writers of JSON and of tables put their bytes. */
static enum flow pending_write(void *ctx, const void *p, size_t n, struct err *e)
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
    buf_init(&r->notes, KEPT_MAX);
    if (format == REPORT_JSON) {
        jsonw_init(&r->json, (struct sink){pending_write, r}, 1, &r->json_err);
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

static void free_report(struct report *r)
{
    buf_fini(&r->pending);
    buf_fini(&r->kept);
    layout_fini(&r->layout);
    buf_fini(&r->notes);
    free(r);
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
    free_report(r);
    return failed ? FLOW_FATAL : FLOW_OK;
}

void report_abort(struct report *r)
{
    free_report(r);
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

/* Words on as many lines as the terminal makes of them. */
static void emit_words(struct report *r, const char *s)
{
    do {
        size_t n = layout_wrap(s, report_width()), shown = n;
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

static void print_kept(struct report *r)
{
    if (!r->failed) {
        check(r, layout_rows(&r->layout, buf_str(&r->kept), r->kept_rows, (struct sink){pending_write, r}, &r->err));
    }
    r->printed = 1;
    buf_reset(&r->kept);
    r->kept_rows = 0;
}

/* The columns of a table as text; those of data stay out. */
static void begin_layout(struct report *r)
{
    layout_fini(&r->layout);
    layout_init(&r->layout, report_width());
    for (size_t c = 0; c < r->columns; c++) {
        const struct report_column *from = &r->column[c];
        if (shown(r, c)) {
            r->layout.column[r->layout.columns++] = (struct layout_column){
                .heading = report_words(r, from->fr, from->en),
                .right = from->align == REPORT_RIGHT,
                .flexible = from->flexible,
            };
        }
    }
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
            report_note(r, "%s", title);
        }
    }
    if (r->format == REPORT_CSV) {
        csv_names(r);
    } else if (r->format == REPORT_TEXT) {
        begin_layout(r);
    }
    r->tables++;
}

void report_end(struct report *r)
{
    if (r->format == REPORT_JSON) {
        jsonw_end(&r->json);
    } else if (r->format == REPORT_TEXT) {
        int empty = r->kept_rows == 0 && !r->printed;
        if (!empty) {
            print_kept(r);
        } else {
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
    if (r->format == REPORT_TEXT && shown(r, r->at)) {
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

enum dress { PLAIN = 0, PERCENT = 1, SIGNED = 2 };

static void give_number(struct report *r, double v, int decimals, unsigned dress)
{
    char number[64], text[80];
    if (r->format != REPORT_TEXT) {
        double_print(v, text);
    } else {
        report_format_number(dress & PERCENT ? 100.0 * v : v, decimals, r->lang, number);
        int plus = (dress & SIGNED) && v > 0.0 && strpbrk(number, "123456789") != NULL;
        snprintf(text, sizeof text, "%s%s%s", plus ? "+" : "", number, dress & PERCENT ? " %" : "");
    }
    give(r, text, GIVEN_NUMBER);
}

void report_number(struct report *r, double v, int decimals)
{
    give_number(r, v, decimals, PLAIN);
}

void report_percent(struct report *r, double v, int decimals)
{
    give_number(r, v, decimals, PERCENT);
}

void report_difference(struct report *r, double v, int decimals)
{
    give_number(r, v, decimals, SIGNED);
}

void report_difference_percent(struct report *r, double v, int decimals)
{
    give_number(r, v, decimals, PERCENT | SIGNED);
}

void report_code(struct report *r, const char *code)
{
    report_text(r, r->format == REPORT_TEXT && code != NULL ? words_of_answer(code, r->lang == REPORT_FR) : code);
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
    } else if (++r->kept_rows == KEPT_ROWS) {
        print_kept(r);
    }
}
