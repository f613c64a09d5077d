/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a package as a stream: a window of inflated text is cut after its last complete row and read by the CSV
 * reader; what passes is digested and tallied, and the end of the stream is believed only when everything agrees with
 * datapackage.json. */
#include "schemas/dataset/package_read.h"

#include "schemas/archive/gzip.h"
#include "schemas/dataset/csv_pieces.h"
#include "schemas/run/fs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 320 << 10, ROW_MAX = 64 << 20 }; /* a window holds a block as it is written, with its last row */

struct package_rows {
    struct package *package;
    struct table_in *in;
    struct gzip_reader *gzip;
    struct digest *digest;
    struct csv *csv;
    struct csv_pieces pieces;
    struct tally tally;
    struct csv_row row;
    char path[4096];
};

static enum flow check_file(const struct package_rows *r, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    enum flow f = digest_file(r->path, hex, e);
    if (f == FLOW_OK && strcmp(hex, r->in->file_hex) != 0)
        f = err_set(e, STATUS_DATA, "%s: digest is not the one announced by " PACKAGE_FILE ": the file was altered",
                    r->path);
    return f;
}

static enum flow check_header(struct package_rows *r, struct err *e);
static csv_fill fill;

struct package_rows *package_rows_open(struct package *p, enum dataset_table t, struct err *e)
{
    struct package_rows *r = calloc(1, sizeof *r);
    char name[64];
    if (!r) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    r->package = p;
    r->in = &p->table[t];
    csv_pieces_init(&r->pieces, r->path, WINDOW, ROW_MAX, fill, r);
    package_table_path(t, name, sizeof name);
    if (!fs_join(r->path, sizeof r->path, p->path, name))
        (void)err_set(e, STATUS_DATA, "%s/%s: name too long", p->path, name);
    else if (tally_init(&r->tally, t, r->in->extra_count, t == TABLE_OBSERVATIONS ? p->sums : NULL, e) == FLOW_OK &&
             check_file(r, e) == FLOW_OK && (r->digest = digest_new(e)) != NULL &&
             (r->gzip = gzip_reader_open(r->path, e)) != NULL && (r->csv = csv_open("", 0, r->path, ',', e)) != NULL &&
             check_header(r, e) == FLOW_OK)
        return r;
    package_rows_close(r);
    return NULL;
}

void package_rows_close(struct package_rows *r)
{
    if (!r)
        return;
    csv_close(r->csv);
    gzip_reader_close(r->gzip);
    digest_free(r->digest);
    tally_fini(&r->tally);
    csv_pieces_fini(&r->pieces);
    free(r);
}

/* Inflated text, digested as it comes. */
static enum flow fill(void *ctx, char *to, size_t n, size_t *got, struct err *e)
{
    struct package_rows *r = ctx;
    enum flow f = gzip_reader_read(r->gzip, to, n, got, e);
    if (f == FLOW_FATAL || digest_put(r->digest, to, *got, e) != FLOW_OK)
        return FLOW_FATAL;
    return f;
}

static enum flow next_row(struct package_rows *r, struct err *e)
{
    for (;;) {
        enum flow f = csv_next(r->csv, &r->row, e);
        if (f != FLOW_END)
            return f;
        f = csv_pieces_next(&r->pieces, e);
        if (f != FLOW_OK)
            return f;
        csv_continue(r->csv, r->pieces.text.data, r->pieces.piece);
    }
}

static enum flow check_header(struct package_rows *r, struct err *e)
{
    enum flow f = next_row(r, e);
    if (f == FLOW_FATAL)
        return f;
    int same = f == FLOW_OK && r->row.count == r->in->columns;
    for (size_t i = 0; i < r->in->columns && same; i++)
        same = strcmp(r->row.field[i].text, r->in->column[i]) == 0;
    return same ? FLOW_OK
                : err_set(e, STATUS_DATA, "%s: the header is not the one announced by " PACKAGE_FILE, r->path);
}

static enum flow check_counts(const struct package_rows *r, struct err *e)
{
    const struct tally *y = &r->tally;
    enum dataset_table t = r->in->table;
    for (size_t i = 0; i < y->counts; i++) {
        uint64_t said = package_control(r->package, t, y->count[i].value);
        if (said != y->count[i].n)
            return err_set(e, STATUS_DATA,
                           "%s: control total %s: %" PRIu64 " rows where " PACKAGE_FILE " announces %" PRIu64, r->path,
                           y->count[i].value, y->count[i].n, said);
    }
    uint64_t rows = package_control(r->package, t, package_rows_key(t));
    if (rows != y->rows)
        return err_set(e, STATUS_DATA,
                       "%s: control total %s: %" PRIu64 " rows where " PACKAGE_FILE " announces %" PRIu64, r->path,
                       package_rows_key(t), y->rows, rows);
    return FLOW_OK;
}

static enum flow check_sums(const struct package_rows *r, struct err *e)
{
    char found[DECIMAL_TEXT_MAX], said[DECIMAL_TEXT_MAX];
    for (uint32_t i = 0; r->tally.sums && i < map_count(r->tally.sums); i++) {
        if (decimal_compare(r->tally.sum[i], r->package->sum[i]) == 0)
            continue;
        (void)decimal_print(r->tally.sum[i], found);
        (void)decimal_print(r->package->sum[i], said);
        return err_set(e, STATUS_DATA, "%s: control total of %s: %s where " PACKAGE_FILE " announces %s", r->path,
                       map_key(r->tally.sums, i), found, said);
    }
    return FLOW_OK;
}

static enum flow check_end(struct package_rows *r, struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    enum flow f = digest_hex(r->digest, hex, e);
    if (f == FLOW_OK && strcmp(hex, r->package->text_hex[r->in->table]) != 0)
        f = err_set(e, STATUS_DATA, "%s: digest of the text is not the one announced by " PACKAGE_FILE, r->path);
    if (f == FLOW_OK && r->tally.rows != r->in->rows)
        f = err_set(e, STATUS_DATA, "%s: %" PRIu64 " rows where " PACKAGE_FILE " announces %" PRIu64, r->path,
                    r->tally.rows, r->in->rows);
    if (f == FLOW_OK && r->tally.spec->content)
        f = check_counts(r, e);
    if (f == FLOW_OK)
        f = check_sums(r, e);
    r->in->verified = f == FLOW_OK;
    return f == FLOW_OK ? FLOW_END : f;
}

enum flow package_rows_next(struct package_rows *r, const struct csv_row **row, struct err *e)
{
    enum flow f = next_row(r, e);
    if (f == FLOW_END)
        return check_end(r, e);
    if (f != FLOW_OK)
        return f;
    if (r->row.count != r->in->columns)
        return err_set(e, STATUS_DATA, "%s: line %" PRIu64 ": %zu fields where the header has %zu", r->path,
                       r->row.line, r->row.count, r->in->columns);
    f = tally_row(&r->tally, r->row.field, e);
    if (f != FLOW_OK) {
        if (f == FLOW_ITEM)
            e->status = STATUS_DATA;
        return err_prefix(e, "%s: line %" PRIu64, r->path, r->row.line);
    }
    *row = &r->row;
    return FLOW_OK;
}

static enum flow verify_table(struct package *p, enum dataset_table t, struct err *e)
{
    const struct csv_row *row;
    enum flow f = FLOW_FATAL;
    struct package_rows *r = package_rows_open(p, t, e);
    while (r && (f = package_rows_next(r, &row, e)) == FLOW_OK)
        ;
    package_rows_close(r);
    return f == FLOW_END ? FLOW_OK : f;
}

enum flow package_verify(struct package *p, struct err *e)
{
    struct buf content;
    enum flow f = FLOW_OK;
    buf_init(&content, ROW_MAX);
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        if (!p->table[t].verified)
            f = verify_table(p, t, e);
    for (size_t i = 0; i < p->file_count && f == FLOW_OK; i++) {
        buf_reset(&content);
        f = package_read_file(p, p->file[i].path, &content, e);
    }
    buf_fini(&content);
    return f;
}
