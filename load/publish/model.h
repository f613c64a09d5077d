/* SPDX-License-Identifier: Apache-2.0 */
/* One vintage as its publishers see it: read once from the store, then constant. */
#ifndef LOAD_PUBLISH_MODEL_H
#define LOAD_PUBLISH_MODEL_H

#include "load/estimation.h"
#include "load/estimate/revision.h"
#include "load/publish/table.h"
#include "load/store/store.h"

struct published_unit {
    const char *id, *label, *scope, *region, *departement, *carrier, *size; /* size as exact text, "" when unknown */
    const char *outcome, *record, *received_at;
    int64_t judgement;
    int late, verdict; /* verdict -1: none */
    int64_t fatal, error, warning, information, not_evaluable, core_answered, core_asked, items_answered, items_asked;
    const char *weight; /* "" when it does not respond */
    int unreachable;    /* silent, and its source failed last time */
};

struct published_figure {
    const char *id, *domain, *area, *status;
    const char *observed, *estimated, *variance, *cv, *lower, *upper, *coverage, *share, *observed_share,
        *imputed; /* exact; "" */
    const char *df, *rank, *observed_rank;
    int64_t base, units;
    int tied;
    const struct edition_figure *spec; /* NULL when the edition forgot it */
};

enum { PUBLISH_TABLES_MAX = 24 };

struct publication {
    struct db *db;
    struct vintage vintage, before; /* before.number 0: the first of its campaign */
    struct estimation estimation;
    const struct edition *edition;
    enum publish_language language;
    struct published_unit *unit; /* by identifier */
    size_t units;
    struct published_figure *figure; /* in printing order */
    size_t figures;
    struct publish_table table[PUBLISH_TABLES_MAX];
    size_t tables;
    int64_t causes[CAUSE_COUNT]; /* units whose answers moved since the vintage before, by cause */
    int64_t as_of;               /* seconds since 1970: the only date in the files */
    const char *folder;          /* where files go */
    char title[256];
    char name[128]; /* 2022-v3-internal */
    struct arena arena;
};

/* Reads a vintage; folder, name and title are set by the caller. */
enum flow publication_read(struct publication *p, struct db *db, const struct vintage *v, enum publish_language l,
                           struct err *e) MUST_USE;
void publication_fini(struct publication *p);

/* The words of the language. */
const char *publication_words(const struct publication *p, const char *fr, const char *en);
const char *publication_label(const struct publication *p, const struct edition_label *l);
/* Status of the vintage in words. */
const char *publication_status(const struct publication *p);
/* A text in which "{size}" stands for what the edition calls the size of a unit, and "{nation}" for the whole area. */
const char *publication_named(struct publication *p, const char *text, enum publish_language l);
/* Names of places and carriers, sizes of a size class: the code itself when unknown. */
const char *publication_area(struct publication *p, const char *domain, const char *area);
/* A value as printed: rounded as its figure says, in per cent when it is a share; "–" when nothing. */
const char *publication_value(struct publication *p, const struct edition_figure *f, const char *exact, int estimated);
const char *publication_percent(struct publication *p, const char *exact, int decimals);
/* An instant as people read it, in legal time of Paris; "" stays "". */
const char *publication_date(struct publication *p, const char *instant);
/* A number in the words of the language, thousands apart; difference: with its sign, shares in points. */
const char *publication_number(struct publication *p, double v, int decimals);
const char *publication_difference(struct publication *p, double v, int share, int decimals);
/* The day of an instant, "30/06/2022", as the edition counts days (UTC). */
const char *publication_day(struct publication *p, int64_t micros);

/* ---- publishers: each writes its files below p->folder ---- */
enum flow publish_tables(struct publication *p,
                         struct err *e) MUST_USE; /* fills p->table, writes CSV, workbook, datapackage.json */
enum flow publish_report(struct publication *p, struct err *e) MUST_USE; /* rapport.html */
enum flow publish_feedback(struct publication *p,
                           struct err *e) MUST_USE; /* retours/: a page and a text for each unit, index.csv */
enum flow publish_kit(struct publication *p, struct err *e) MUST_USE; /* kit/ */

/* Helpers of publishers. */
enum flow publication_file(const struct publication *p, const char *name, const void *bytes, size_t n,
                           struct err *e) MUST_USE;
struct publish_table *publication_table(struct publication *p, const char *name, const struct publish_column *columns);
const struct publish_table *publication_find_table(const struct publication *p, const char *name);

#endif
