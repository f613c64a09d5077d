/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as one workbook; the only file that includes libxlsxwriter. Same tables, same bytes: the creation time is
 * given, and numbers are written while LC_NUMERIC is "C" (products never change the locale). */
#include "load/publish/table.h"

#ifdef PRE_HAVE_XLSX

#include "schemas/run/decimal.h"

#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

enum { DECIMALS = 4, WIDTH_MAX = 48 };

struct book {
    lxw_workbook *workbook;
    lxw_format *title, *warning, *head, *text, *code, *note, *bold;
    lxw_format *number[DECIMALS], *share[DECIMALS], *change[DECIMALS], *points[DECIMALS]; /* by decimals */
    enum publish_language language;
};

static const char *words(const struct book *b, const char *fr, const char *en)
{
    return b->language == PUBLISH_FR ? fr : en;
}

static lxw_format *format(struct book *b, const char *number)
{
    lxw_format *f = workbook_add_format(b->workbook);
    if (f && number)
        format_set_num_format(f, number);
    return f;
}

static int make_formats(struct book *b)
{
    static const char *const digits[DECIMALS] = {"0", "0.0", "0.00", "0.000"};
    char text[64];
    int made = 1;
    b->title = format(b, NULL);
    b->warning = format(b, NULL);
    b->head = format(b, NULL);
    b->text = format(b, NULL);
    b->code = format(b, "@");
    b->note = format(b, NULL);
    b->bold = format(b, NULL);
    for (int i = 0; i < DECIMALS; i++) {
        (void)snprintf(text, sizeof text, "#,##%s", digits[i]);
        b->number[i] = format(b, text);
        (void)snprintf(text, sizeof text, "+#,##%s;-#,##%s;0", digits[i], digits[i]);
        b->change[i] = format(b, text);
        (void)snprintf(text, sizeof text, "%s%%", digits[i]);
        b->share[i] = format(b, text);
        (void)snprintf(text, sizeof text, "+%s%%;-%s%%;0%%", digits[i], digits[i]);
        b->points[i] = format(b, text);
        made = made && b->number[i] && b->change[i] && b->share[i] && b->points[i];
    }
    if (!made || !b->title || !b->warning || !b->head || !b->text || !b->code || !b->note || !b->bold)
        return 0;
    format_set_bold(b->title);
    format_set_font_size(b->title, 16);
    format_set_bold(b->warning);
    format_set_font_color(b->warning, 0xB00020);
    format_set_bold(b->head);
    format_set_bg_color(b->head, 0xE3E9F2);
    format_set_text_wrap(b->head);
    format_set_align(b->head, LXW_ALIGN_VERTICAL_TOP);
    format_set_bottom(b->head, LXW_BORDER_THIN);
    format_set_italic(b->note);
    format_set_bold(b->bold);
    return 1;
}

/* Width in characters, roughly: bytes that begin a character. */
static double width_of(const char *s)
{
    double n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static lxw_error put(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const struct publish_table *t,
                     const struct publish_cell *cell)
{
    double v;
    const char *s = cell->text;
    const struct publish_column *c = &t->column[col];
    if (!s)
        return LXW_NO_ERROR;
    if (c->kind < PUBLISH_INTEGER || !double_parse(s, strlen(s), &v))
        return worksheet_write_string(sheet, row, col, publish_shown(t, col, s, b->language),
                                      c->kind == PUBLISH_CODE ? b->code : b->text);
    int d = cell->decimals >= 0 ? cell->decimals : c->decimals;
    int share = cell->share >= 0 ? cell->share : c->kind == PUBLISH_SHARE;
    int change = c->kind == PUBLISH_CHANGE;
    lxw_format *const *by_decimals = share && change ? b->points : share ? b->share : change ? b->change : b->number;
    d = d < 0 ? 0 : d;
    return worksheet_write_number(sheet, row, col, v, d < DECIMALS ? by_decimals[d] : b->text);
}

/* A column is as wide as what it shows, within reason; a number shows few digits. */
static double column_width(const struct book *b, const struct publish_table *t, size_t c)
{
    double widest = width_of(words(b, t->column[c].fr, t->column[c].en)) * 0.7;
    int number = t->column[c].kind >= PUBLISH_INTEGER;
    for (size_t r = 0; r < t->rows && r < 200; r++) {
        double w = width_of(publish_at(t, r, c));
        w = number && w > 12 ? 12 : w;
        widest = w > widest ? w : widest;
    }
    return widest < 9 ? 9 : widest > WIDTH_MAX ? WIDTH_MAX : widest + 2;
}

enum { FIRST = 3 }; /* title, warning, note above the header */

static lxw_error add_table(struct book *b, const struct publish_table *t)
{
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, words(b, t->sheet_fr, t->sheet_en));
    if (!sheet)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    /* From the first row to the last: a large book keeps one of them. */
    lxw_error rc = worksheet_set_row(sheet, 0, 26, NULL);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_write_string(sheet, 0, 0, words(b, t->fr, t->en), b->title);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_write_string(sheet, 1, 0, words(b, "INTERNE : ne pas diffuser", "INTERNAL: not for release"),
                                    b->warning);
    if (rc == LXW_NO_ERROR && *words(b, t->note_fr, t->note_en))
        rc = worksheet_write_string(sheet, 2, 0, words(b, t->note_fr, t->note_en), b->note);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_set_row(sheet, FIRST, 46, NULL); /* headings of three lines */
    for (size_t c = 0; c < t->columns && rc == LXW_NO_ERROR; c++) {
        rc = worksheet_set_column(sheet, (lxw_col_t)c, (lxw_col_t)c, column_width(b, t, c), NULL);
        if (rc == LXW_NO_ERROR)
            rc =
                worksheet_write_string(sheet, FIRST, (lxw_col_t)c, words(b, t->column[c].fr, t->column[c].en), b->head);
    }
    for (size_t r = 0; r < t->rows && rc == LXW_NO_ERROR; r++)
        for (size_t c = 0; c < t->columns && rc == LXW_NO_ERROR; c++)
            rc = put(b, sheet, (lxw_row_t)(r + FIRST + 1), (lxw_col_t)c, t, &t->cell[r * t->columns + c]);
    worksheet_freeze_panes(sheet, FIRST + 1, 0);
    if (rc == LXW_NO_ERROR && t->columns)
        rc = worksheet_autofilter(sheet, FIRST, 0, (lxw_row_t)(t->rows + FIRST), (lxw_col_t)(t->columns - 1));
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, FIRST, FIRST);
    return rc;
}

static lxw_error add_first(struct book *b, const struct publish_table *const *tables, size_t count, const char *title,
                           const struct publish_fact *facts, size_t fact_count)
{
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, words(b, "Lisez-moi", "Read me"));
    lxw_row_t row = 3;
    if (!sheet)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 1);
    lxw_error rc = worksheet_set_row(sheet, 0, 26, NULL);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_write_string(sheet, 0, 0, title, b->title);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_write_string(sheet, 1, 0,
                                    words(b, "INTERNE : avant contrôle du secret statistique, ne pas diffuser",
                                          "INTERNAL: before disclosure control, not for release"),
                                    b->warning);
    for (size_t i = 0; i < fact_count && rc == LXW_NO_ERROR; i++, row++) {
        rc = worksheet_write_string(sheet, row, 0, words(b, facts[i].fr, facts[i].en), b->bold);
        if (rc == LXW_NO_ERROR)
            rc = worksheet_write_string(sheet, row, 1, facts[i].value, b->text);
    }
    row++;
    for (size_t i = 0; i < count && rc == LXW_NO_ERROR; i++, row++) {
        char link[112];
        const char *name = words(b, tables[i]->sheet_fr, tables[i]->sheet_en);
        (void)snprintf(link, sizeof link, "internal:'%.80s'!A1", name);
        rc = worksheet_write_url_opt(sheet, row, 0, link, NULL, name, NULL);
        if (rc == LXW_NO_ERROR)
            rc = worksheet_write_string(sheet, row, 1, words(b, tables[i]->fr, tables[i]->en), b->text);
    }
    if (rc == LXW_NO_ERROR)
        rc = worksheet_set_column(sheet, 0, 0, 36, NULL);
    return rc == LXW_NO_ERROR ? worksheet_set_column(sheet, 1, 1, 90, NULL) : rc;
}

/* A book of many cells is written row by row, each with its texts; a small one holds every text once. */
static int is_large(const struct publish_table *const *tables, size_t count)
{
    size_t cells = 0;
    for (size_t i = 0; i < count; i++)
        cells += tables[i]->rows * tables[i]->columns;
    return cells > PUBLISH_XLSX_CELLS;
}

enum flow publish_xlsx(const char *path, const struct publish_table *const *tables, size_t count, const char *title,
                       const struct publish_fact *facts, size_t fact_count, int64_t created, enum publish_language l,
                       struct err *e)
{
    lxw_workbook_options options = {.constant_memory = (uint8_t)is_large(tables, count)};
    struct book b = {.workbook = workbook_new_opt(path, &options), .language = l};
    lxw_error rc = LXW_ERROR_MEMORY_MALLOC_FAILED;
    if (b.workbook && make_formats(&b)) {
        lxw_doc_properties p = {.title = (char *)(uintptr_t)title, .created = (time_t)created};
        rc = workbook_set_properties(b.workbook, &p);
        if (rc == LXW_NO_ERROR)
            rc = add_first(&b, tables, count, title, facts, fact_count);
        for (size_t i = 0; i < count && rc == LXW_NO_ERROR; i++)
            rc = add_table(&b, tables[i]);
    }
    lxw_error closed = b.workbook ? workbook_close(b.workbook) : LXW_NO_ERROR;
    if (rc == LXW_NO_ERROR)
        rc = closed;
    return rc == LXW_NO_ERROR ? FLOW_OK : err_set(e, STATUS_IO, "%s: %s", path, lxw_strerror(rc));
}

#else

enum flow publish_xlsx(const char *path, const struct publish_table *const *tables, size_t count, const char *title,
                       const struct publish_fact *facts, size_t fact_count, int64_t created, enum publish_language l,
                       struct err *e)
{
    (void)path, (void)tables, (void)count, (void)title, (void)facts, (void)fact_count, (void)created, (void)l, (void)e;
    return FLOW_END;
}

#endif
