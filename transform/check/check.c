/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/check/check.h"

#include "schemas/dataset/csv.h"
#include "schemas/dataset/expected.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/json.h"
#include "schemas/run/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 30, LINE_MAX_BYTES = 16 << 20 };

struct check_output {
    enum check_format format;
    enum check_language language;
    struct fd_sink fd;
    struct buf line;
    struct csv_writer csv;
    struct jsonw json;
    struct err json_err;
    uint64_t files, refused;
};

const char *check_expected(enum check_language l, const char *expected, const char *message_fr, struct arena *a)
{
    char text[EXPECTED_TEXT_MAX];
    return l == CHECK_ENGLISH ? expected : arena_strdup(a, expected_french(expected, message_fr, text));
}

enum status check_status(int verdict)
{
    return verdict >= 3 ? STATUS_DATA : verdict == 2 ? STATUS_PARTIAL : STATUS_OK;
}

static const char *verdict_word(int verdict, enum check_language l)
{
    static const char *const words[][4] = {
        {"accepté", "accepté avec avertissements", "accepté en partie", "refusé"},
        {"accepted", "accepted with warnings", "partly accepted", "refused"},
    };
    return words[l][verdict < 0 || verdict > 3 ? 3 : verdict];
}

/* ---- CSV ---- */

static const char *const csv_header[] = {"file",     "sha256", "verdict", "rule",     "severity", "line",
                                         "column",   "path",   "value",   "expected", "message",  "original",
                                         "repeated", "remedy", "bom",     "declared", "used",     NULL};

static enum flow csv_begin(struct check_output *o, struct err *e)
{
    enum flow f = FLOW_OK;
    csv_writer_init(&o->csv, sink_fd(&o->fd));
    for (size_t i = 0; csv_header[i] && f == FLOW_OK; i++)
        f = csv_put(&o->csv, csv_header[i], e);
    return f == FLOW_OK ? csv_end_row(&o->csv, e) : f;
}

static enum flow csv_number(struct check_output *o, uint64_t n, struct err *e)
{
    return n ? csv_put_int(&o->csv, (int64_t)n, e) : csv_put(&o->csv, NULL, e);
}

static enum flow csv_row_of(struct check_output *o, const struct check_report *r, const struct check_row *row,
                            struct err *e)
{
    enum flow f = csv_put(&o->csv, r->file, e);
    if (f == FLOW_OK)
        f = csv_put(&o->csv, r->digest, e);
    if (f == FLOW_OK)
        f = csv_put_int(&o->csv, r->verdict, e);
    if (f == FLOW_OK)
        f = csv_put(&o->csv, row->rule, e);
    if (f == FLOW_OK)
        f = csv_put(&o->csv, row->severity, e);
    if (f == FLOW_OK)
        f = csv_number(o, row->line, e);
    if (f == FLOW_OK)
        f = csv_number(o, row->column, e);
    const char *const texts[] = {row->path, row->value, row->expected, row->message, row->original};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && f == FLOW_OK; i++)
        f = csv_put(&o->csv, texts[i], e);
    if (f == FLOW_OK)
        f = csv_number(o, row->folded, e);
    const char *const rest[] = {row->remedy, r->bom, r->declared, r->used};
    for (size_t i = 0; i < sizeof rest / sizeof rest[0] && f == FLOW_OK; i++)
        f = csv_put(&o->csv, rest[i], e);
    return f == FLOW_OK ? csv_end_row(&o->csv, e) : f;
}

static enum flow csv_report(struct check_output *o, const struct check_report *r, struct err *e)
{
    static const struct check_row nothing;
    enum flow f = r->rows == 0 ? csv_row_of(o, r, &nothing, e) : FLOW_OK;
    for (size_t i = 0; i < r->rows && f == FLOW_OK; i++)
        f = csv_row_of(o, r, &r->row[i], e);
    return f;
}

/* ---- JSON ---- */

static void json_report(struct check_output *o, const struct check_report *r)
{
    struct jsonw *j = &o->json;
    jsonw_object(j, NULL);
    jsonw_text(j, "file", r->file);
    jsonw_text(j, "sha256", r->digest);
    jsonw_int(j, "verdict", r->verdict);
    jsonw_text(j, "verdict_text", verdict_word(r->verdict, o->language));
    jsonw_object(j, "encoding");
    jsonw_text(j, "bom", r->bom);
    jsonw_text(j, "declared", r->declared);
    jsonw_text(j, "used", r->used);
    jsonw_end(j);
    jsonw_int(j, "total", (int64_t)r->total);
    jsonw_array(j, "findings");
    for (size_t i = 0; i < r->rows; i++) {
        const struct check_row *row = &r->row[i];
        jsonw_object(j, NULL);
        jsonw_text(j, "rule", row->rule);
        jsonw_text(j, "severity", row->severity);
        jsonw_int(j, "line", (int64_t)row->line);
        jsonw_int(j, "column", (int64_t)row->column);
        jsonw_text(j, "path", row->path);
        jsonw_text(j, "value", row->value);
        jsonw_text(j, "expected", row->expected);
        jsonw_text(j, "message", row->message);
        jsonw_text(j, "original", row->original);
        jsonw_int(j, "repeated", (int64_t)row->folded);
        jsonw_text(j, "remedy", row->remedy);
        jsonw_end(j);
    }
    jsonw_end(j);
    jsonw_end(j);
}

/* ---- table ---- */

static enum flow flush(struct check_output *o, enum flow f, struct err *e)
{
    if (f == FLOW_OK)
        f = sink_write(sink_fd(&o->fd), buf_str(&o->line), o->line.len, e);
    buf_reset(&o->line);
    return f;
}

static enum flow put_visible(struct check_output *o, const char *s, struct err *e)
{
    return text_visible(s, strlen(s), &o->line, e);
}

static enum flow table_row(struct check_output *o, const struct check_row *row, const char *remedy, struct err *e)
{
    char place[48] = "-";
    if (row->line && row->column)
        (void)snprintf(place, sizeof place, "%llu:%llu", (unsigned long long)row->line,
                       (unsigned long long)row->column);
    else if (row->line)
        (void)snprintf(place, sizeof place, "%llu", (unsigned long long)row->line);
    enum flow f = buf_printf(&o->line, e, "  %-9s %-4s %-11s ", place, row->rule, row->severity);
    if (f == FLOW_OK && row->path[0])
        f = put_visible(o, row->path, e);
    if (f == FLOW_OK)
        f = buf_puts(&o->line, row->path[0] ? "\n            " : "", e);
    if (f == FLOW_OK)
        f = put_visible(o, row->message, e);
    if (f == FLOW_OK && row->folded && !row->counted)
        f = buf_printf(&o->line, e,
                       o->language == CHECK_FRENCH ? " (et %llu autres de même nature)"
                                                   : " (and %llu more of this kind)",
                       (unsigned long long)row->folded);
    if (f == FLOW_OK)
        f = buf_putc(&o->line, '\n', e);
    if (f == FLOW_OK && remedy[0])
        f = buf_printf(&o->line, e, "            %s", o->language == CHECK_FRENCH ? "Que faire : " : "What to do: ");
    if (f == FLOW_OK && remedy[0])
        f = put_visible(o, remedy, e);
    if (f == FLOW_OK && remedy[0])
        f = buf_putc(&o->line, '\n', e);
    return flush(o, f, e);
}

/* The encodings found: mark and declaration where there are some, then what was read. */
static enum flow table_encoding(struct check_output *o, const struct check_report *r, struct err *e)
{
    int french = o->language == CHECK_FRENCH;
    const struct {
        const char *fr, *en, *name;
    } rows[] = {{"marque", "mark", r->bom}, {"déclaré", "declared", r->declared}, {"lu en", "read as", r->used}};
    const char *before = french ? "  encodage : " : "  encoding: ";
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && f == FLOW_OK; i++) {
        if (!rows[i].name[0])
            continue;
        f = buf_printf(&o->line, e, "%s%s ", before, french ? rows[i].fr : rows[i].en);
        if (f == FLOW_OK)
            f = put_visible(o, rows[i].name, e);
        before = ", ";
    }
    if (f == FLOW_OK && before[0] == ',')
        f = buf_putc(&o->line, '\n', e);
    return flush(o, f, e);
}

/* What to do is said once below findings of one rule. */
static int last_of_rule(const struct check_report *r, size_t i)
{
    return i + 1 == r->rows || strcmp(r->row[i].remedy, r->row[i + 1].remedy) != 0;
}

static enum flow table_report(struct check_output *o, const struct check_report *r, struct err *e)
{
    enum flow f = put_visible(o, r->file, e);
    if (f == FLOW_OK)
        f = buf_printf(&o->line, e, ": %s (%d)", verdict_word(r->verdict, o->language), r->verdict);
    if (f == FLOW_OK && r->total)
        f = buf_printf(&o->line, e, o->language == CHECK_FRENCH ? ", %llu constat(s)" : ", %llu finding(s)",
                       (unsigned long long)r->total);
    if (f == FLOW_OK)
        f = buf_putc(&o->line, '\n', e);
    f = flush(o, f, e);
    if (f == FLOW_OK)
        f = table_encoding(o, r, e);
    for (size_t i = 0; i < r->rows && f == FLOW_OK; i++)
        f = table_row(o, &r->row[i], last_of_rule(r, i) ? r->row[i].remedy : "", e);
    return f;
}

/* ---- one output ---- */

struct check_output *check_output_new(enum check_format format, enum check_language language, int fd,
                                      const char *schema, const char *schema_digest, struct err *e)
{
    struct check_output *o = calloc(1, sizeof *o);
    if (!o) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    o->format = format;
    o->language = language;
    o->fd = (struct fd_sink){fd, "standard output"};
    buf_init(&o->line, LINE_MAX_BYTES);
    csv_writer_init(&o->csv, sink_fd(&o->fd));
    if (format == CHECK_CSV && csv_begin(o, e) != FLOW_OK) {
        check_output_free(o);
        return NULL;
    }
    if (format == CHECK_JSON) {
        jsonw_init(&o->json, sink_fd(&o->fd), 0, &o->json_err);
        jsonw_object(&o->json, NULL);
        jsonw_object(&o->json, "schema");
        jsonw_text(&o->json, "path", schema);
        jsonw_text(&o->json, "sha256", schema_digest);
        jsonw_end(&o->json);
        jsonw_array(&o->json, "files");
    }
    return o;
}

enum flow check_output_put(struct check_output *o, const struct check_report *r, struct err *e)
{
    o->files++;
    o->refused += r->verdict == 3;
    if (o->format == CHECK_CSV)
        return csv_report(o, r, e);
    if (o->format == CHECK_TABLE)
        return table_report(o, r, e);
    json_report(o, r);
    return FLOW_OK;
}

static enum flow last_line(struct check_output *o, struct err *e)
{
    if (o->files < 2)
        return FLOW_OK;
    enum flow f = buf_printf(
        &o->line, e, o->language == CHECK_FRENCH ? "%llu fichiers, %llu refusé(s)\n" : "%llu files, %llu refused\n",
        (unsigned long long)o->files, (unsigned long long)o->refused);
    return flush(o, f, e);
}

enum flow check_output_end(struct check_output *o, struct err *e)
{
    enum flow f = FLOW_OK;
    if (o->format == CHECK_TABLE)
        f = last_line(o, e);
    if (o->format == CHECK_JSON) {
        jsonw_end(&o->json);
        jsonw_end(&o->json);
        f = jsonw_finish(&o->json);
        if (f != FLOW_OK)
            *e = o->json_err;
    }
    check_output_free(o);
    return f;
}

void check_output_free(struct check_output *o)
{
    if (!o)
        return;
    csv_writer_fini(&o->csv);
    buf_fini(&o->line);
    free(o);
}

/* ---- files against a schema ---- */

static enum flow fill_row(struct check_row *row, const struct xml_fault *f, enum check_language l, struct arena *a)
{
    const char *expected = check_expected(l, f->expected, f->fr, a);
    int notice = f->kind == XML_BOM || f->kind == XML_CONTROL || f->kind == XML_HINT;
    *row = (struct check_row){.rule = xml_rule(f->kind),
                              .severity = f->kind == XML_HINT ? "information"
                                          : notice            ? "warning"
                                                              : "fatal",
                              .line = f->line,
                              .column = f->column,
                              .path = f->path,
                              .value = f->value,
                              .expected = expected ? expected : "",
                              .remedy = "",
                              .message = l == CHECK_FRENCH ? f->fr : f->en,
                              .original = f->original,
                              .folded = f->folded};
    return expected ? FLOW_OK : FLOW_FATAL;
}

static int verdict_of(const struct xml_document *d)
{
    if (d->total > 0)
        return 3;
    for (size_t i = 0; i < d->notices; i++)
        if (d->notice[i].kind != XML_HINT)
            return 1;
    return 0;
}

static enum flow report(struct check_output *o, const char *file, const char *digest, const struct xml_document *d,
                        enum check_language l, int *verdict, struct err *e)
{
    enum { TEXTS_MAX = 64 << 20 };
    size_t rows = d->notices + d->faults;
    struct arena texts;
    enum flow f = FLOW_OK;
    struct check_row *row = calloc(rows + 1, sizeof *row);
    if (!row)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    arena_init(&texts, TEXTS_MAX);
    for (size_t i = 0; i < rows && f == FLOW_OK; i++)
        f = fill_row(&row[i], i < d->notices ? &d->notice[i] : &d->fault[i - d->notices], l, &texts);
    struct check_report r = {.file = file,
                             .digest = digest,
                             .verdict = verdict_of(d),
                             .bom = d->bom,
                             .declared = d->declared,
                             .used = d->used,
                             .row = row,
                             .rows = rows,
                             .total = d->total + d->notices};
    if (r.verdict > *verdict)
        *verdict = r.verdict;
    f = f == FLOW_OK ? check_output_put(o, &r, e) : err_set(e, STATUS_SYSTEM, "out of memory");
    arena_fini(&texts);
    free(row);
    return f;
}

static enum flow check_one(struct xml_reader *r, const char *file, struct check_output *o, enum check_language l,
                           int *verdict, struct err *e)
{
    struct xml_document d = {0};
    struct buf content;
    char digest[DIGEST_HEX_MAX];
    buf_init(&content, FILE_LIMIT);
    enum flow f = fs_read(file, &content, e);
    if (f == FLOW_OK)
        f = digest_of(buf_str(&content), content.len, digest, e);
    if (f == FLOW_OK)
        f = xml_read(r, buf_str(&content), content.len, &d, e);
    if (f == FLOW_OK)
        f = xml_validate(r, &d, e);
    if (f == FLOW_OK || f == FLOW_ITEM)
        f = report(o, file, digest, &d, l, verdict, e);
    buf_fini(&content);
    return f;
}

enum flow check_files(const struct check *c, int *verdict, struct err *e)
{
    struct xml_limits limits = xml_default_limits();
    struct xml_reader *r = NULL;
    struct check_output *o = NULL;
    *verdict = 0;
    struct xml_schema *schema = xml_schema_open(c->xsd, e);
    enum flow f = schema ? FLOW_OK : FLOW_FATAL;
    if (f == FLOW_OK)
        r = xml_reader_new(schema, &limits, e);
    if (r)
        o = check_output_new(c->format, c->language, STDOUT_FILENO, c->xsd, xml_schema_digest(schema), e);
    if (!o)
        f = FLOW_FATAL;
    for (size_t i = 0; i < c->count && f == FLOW_OK; i++)
        f = check_one(r, c->files[i], o, c->language, verdict, e);
    if (f == FLOW_OK) {
        f = check_output_end(o, e);
        o = NULL;
    }
    check_output_free(o);
    xml_reader_free(r);
    xml_schema_close(schema);
    return f;
}
