/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/table.h"
#include "load/words.h"

#include "schemas/edition/edition.h"
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void publish_table_init(struct publish_table *t, const char *name, const struct publish_column *columns,
                        struct arena *arena)
{
    *t = (struct publish_table){.name = name,
                                .sheet_fr = name,
                                .sheet_en = name,
                                .fr = name,
                                .en = name,
                                .note_fr = "",
                                .note_en = "",
                                .column = columns,
                                .arena = arena};
    while (columns[t->columns].key)
        t->columns++;
}

void publish_table_fini(struct publish_table *t)
{
    free(t->cell);
    t->cell = NULL;
    t->rows = t->room = 0;
}

static int more_room(struct publish_table *t)
{
    size_t room = t->room ? 2 * t->room : 64;
    struct publish_cell *grown = realloc(t->cell, room * t->columns * sizeof *grown);
    if (!grown)
        return 0;
    t->cell = grown;
    t->room = room;
    return 1;
}

static void put(struct publish_table *t, const char *text)
{
    if (t->failed || t->next == t->columns || (t->rows == t->room && !more_room(t))) {
        t->failed = 1;
        return;
    }
    t->cell[t->rows * t->columns + t->next++] = (struct publish_cell){text, -1, -1};
}

void publish_text(struct publish_table *t, const char *s)
{
    const char *copy = s && *s ? arena_strdup(t->arena, s) : NULL;
    if (s && *s && !copy)
        t->failed = 1;
    put(t, copy);
}

void publish_int(struct publish_table *t, int64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)v);
    publish_text(t, text);
}

void publish_double(struct publish_table *t, double v)
{
    char text[32];
    if (!isfinite(v)) {
        t->failed = 1;
        return;
    }
    text[double_print(v, text)] = '\0';
    publish_text(t, text);
}

void publish_number(struct publish_table *t, const char *exact, int share, int decimals)
{
    publish_text(t, exact);
    if (!t->failed) {
        struct publish_cell *c = &t->cell[t->rows * t->columns + t->next - 1];
        c->share = (signed char)share;
        c->decimals = (signed char)decimals;
    }
}

void publish_none(struct publish_table *t)
{
    put(t, NULL);
}

enum flow publish_table_row(struct publish_table *t, struct err *e)
{
    if (t->failed)
        return err_set(e, STATUS_SYSTEM, "table %s: out of memory, or a number that is none", t->name);
    if (t->next != t->columns)
        return err_set(e, STATUS_BUG, "table %s: row %zu has %zu cells of %zu", t->name, t->rows + 1, t->next,
                       t->columns);
    t->rows++;
    t->next = 0;
    return FLOW_OK;
}

const char *publish_at(const struct publish_table *t, size_t row, size_t column)
{
    const char *text = t->cell[row * t->columns + column].text;
    return text ? text : "";
}

const char *publish_word(const char *code, enum publish_language l)
{
    return words_of(code, l == PUBLISH_FR);
}

const char *publish_measure(const struct edition *ed, const char *code, enum publish_language l)
{
    const struct edition_measure *m = ed ? edition_measure(ed, code) : NULL;
    return !m ? code : l == PUBLISH_FR ? m->label.fr : m->label.en;
}

const char *publish_shown(const struct publish_table *t, size_t column, const char *text, enum publish_language l)
{
    enum publish_kind kind = t->column[column].kind;
    return kind == PUBLISH_WORD      ? publish_word(text, l)
           : kind == PUBLISH_MEASURE ? publish_measure(t->edition, text, l)
                                     : text;
}
