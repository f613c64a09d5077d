/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/model.h"

#include "load/publish/places.h"
#include "load/show/report.h"
#include "schemas/run/clock.h"
#include "schemas/run/decimal.h"
#include "schemas/run/fs.h"
#include "schemas/run/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_MAX = 1 << 30 };

const char *publication_words(const struct publication *p, const char *fr, const char *en)
{
    return p->language == PUBLISH_FR ? fr : en;
}

const char *publication_label(const struct publication *p, const struct edition_label *l)
{
    return publication_words(p, l->fr, l->en);
}

static const char *keep(struct publication *p, const char *s)
{
    const char *copy = s && *s ? arena_strdup(&p->arena, s) : "";
    return copy ? copy : "";
}

const char *publication_status(const struct publication *p)
{
    const char *status = p->vintage.status;
    return strcmp(status, "final") == 0        ? publication_words(p, "définitive", "final")
           : strcmp(status, "semi-final") == 0 ? publication_words(p, "semi-définitive", "semi-final")
                                               : publication_words(p, "provisoire", "provisional");
}

/* ---- units ---- */

static const char units_sql[] =
    "SELECT v.unit, r.scope, r.region, r.departement, r.carrier, r.size_unscaled, r.size_scale, "
    "(SELECT x.value FROM frame_value x WHERE x.frame = r.frame AND x.attribute = 'label'), "
    "j.judgement, j.outcome, j.record, j.received_at, j.late, j.verdict, j.fatal, j.error, j.warning, j.information, "
    "j.not_evaluable, j.core_answered, j.core_asked, j.items_answered, j.items_asked, w.weight, "
    "(SELECT count(*) FROM fetched f WHERE f.campaign = r.campaign AND f.unit = v.unit AND f.outcome IN " STORE_UNHEARD
    ") "
    "FROM vintage_unit v JOIN frame r ON r.frame = v.frame JOIN judgement j ON j.judgement = v.judgement "
    "LEFT JOIN weight w ON w.vintage = v.vintage AND w.unit = v.unit "
    "WHERE v.vintage = $1 AND v.unit <> '' ORDER BY v.unit";

enum {
    U_ID,
    U_SCOPE,
    U_REGION,
    U_DEPARTEMENT,
    U_CARRIER,
    U_SIZE,
    U_SCALE,
    U_LABEL,
    U_JUDGEMENT,
    U_OUTCOME,
    U_RECORD,
    U_RECEIVED,
    U_LATE,
    U_VERDICT,
    U_COUNTS,
    U_WEIGHT = U_COUNTS + 9,
    U_FAILED
};

static void take_unit(struct publication *p, const struct db_query *q, struct published_unit *u)
{
    char size[DECIMAL_TEXT_MAX] = "";
    int64_t *const counts[] = {&u->fatal,       &u->error,          &u->warning,
                               &u->information, &u->not_evaluable,  &u->core_answered,
                               &u->core_asked,  &u->items_answered, &u->items_asked};
    if (!db_null(q, U_SIZE))
        (void)decimal_print((struct decimal){db_int(q, U_SIZE), (int)db_int(q, U_SCALE)}, size);
    u->id = keep(p, db_text(q, U_ID));
    u->scope = keep(p, db_text(q, U_SCOPE));
    u->region = keep(p, db_text(q, U_REGION));
    u->departement = keep(p, db_text(q, U_DEPARTEMENT));
    u->carrier = keep(p, db_text(q, U_CARRIER));
    u->size = keep(p, size);
    u->label = keep(p, db_text(q, U_LABEL));
    u->judgement = db_int(q, U_JUDGEMENT);
    u->outcome = keep(p, db_text(q, U_OUTCOME));
    u->record = keep(p, db_text(q, U_RECORD));
    u->received_at = keep(p, db_text(q, U_RECEIVED));
    u->late = (int)db_int(q, U_LATE);
    u->verdict = db_null(q, U_VERDICT) ? -1 : (int)db_int(q, U_VERDICT);
    for (int i = 0; i < 9; i++)
        *counts[i] = db_int(q, U_COUNTS + i);
    u->weight = keep(p, db_text(q, U_WEIGHT));
    u->unreachable = strcmp(u->outcome, "silent") == 0 && db_int(q, U_FAILED) > 0;
}

/* Room for one more in a growing array. */
static enum flow grow(void **array, size_t count, size_t size, struct err *e)
{
    if (count & (count - 1))
        return FLOW_OK;
    void *grown = realloc(*array, (count ? 2 * count : 1) * size);
    if (!grown)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    *array = grown;
    return FLOW_OK;
}

static enum flow read_units(struct publication *p, struct err *e)
{
    struct db_query *q = db_select(p->db, units_sql, DB_ARGS(DB_INT(p->vintage.id)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        void *array = p->unit;
        f = grow(&array, p->units, sizeof *p->unit, e);
        p->unit = array;
        if (f == FLOW_OK && p->unit)
            take_unit(p, q, &p->unit[p->units++]);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- figures ---- */

static const char figures_sql[] = "SELECT figure, domain, area, status, observed, estimated, variance, cv, "
                                  "lower_bound, upper_bound, coverage, share, "
                                  "observed_share, imputed, df, rank, observed_rank, base, units, tied FROM figure "
                                  "WHERE vintage = $1 ORDER BY position";

static void take_figure(struct publication *p, const struct db_query *q, struct published_figure *f)
{
    const char **const texts[] = {
        &f->id, &f->domain, &f->area,         &f->status,   &f->observed, &f->estimated,      &f->variance,
        &f->cv, &f->lower,  &f->upper,        &f->coverage, &f->share,    &f->observed_share, &f->imputed,
        &f->df, &f->rank,   &f->observed_rank};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    for (int i = 0; i < TEXTS; i++)
        *texts[i] = keep(p, db_text(q, i));
    f->base = db_int(q, TEXTS);
    f->units = db_int(q, TEXTS + 1);
    f->tied = (int)db_int(q, TEXTS + 2);
    f->spec = edition_figure(p->edition, f->id);
}

static enum flow read_figures(struct publication *p, struct err *e)
{
    struct db_query *q = db_select(p->db, figures_sql, DB_ARGS(DB_INT(p->vintage.id)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        void *array = p->figure;
        f = grow(&array, p->figures, sizeof *p->figure, e);
        p->figure = array;
        if (f == FLOW_OK)
            take_figure(p, q, &p->figure[p->figures++]);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- the whole ---- */

enum flow publication_read(struct publication *p, struct db *db, const struct vintage *v, enum publish_language l,
                           struct err *e)
{
    int found = 0;
    int64_t micros;
    *p = (struct publication){.db = db, .vintage = *v, .language = l};
    arena_init(&p->arena, ARENA_MAX);
    if (clock_parse(v->as_of, strlen(v->as_of), 0, &micros))
        p->as_of = micros / 1000000;
    enum flow f = v->number > 1 ? store_find_vintage(db, v->campaign, v->number - 1, &p->before, &found, e) : FLOW_OK;
    if (!found)
        p->before.number = 0;
    if (f == FLOW_OK)
        f = estimation_run(&p->estimation, db, v->id, v->edition, (struct estimate_asking){0}, e);
    p->edition = p->estimation.edition;
    if (f == FLOW_OK)
        f = read_units(p, e);
    if (f == FLOW_OK)
        f = read_figures(p, e);
    return f;
}

void publication_fini(struct publication *p)
{
    for (size_t i = 0; i < p->tables; i++)
        publish_table_fini(&p->table[i]);
    estimation_fini(&p->estimation);
    free(p->unit);
    free(p->figure);
    arena_fini(&p->arena);
}

const char *publication_named(struct publication *p, const char *text, enum publish_language l)
{
    const struct edition_label *label[] = {&p->edition->size, &p->edition->nation};
    static const char *const mark[] = {"{size}", "{nation}"};
    struct buf whole;
    struct err ignored;
    enum flow f = FLOW_OK;
    buf_init(&whole, 4096);
    while (*text && f == FLOW_OK) {
        int i = strncmp(text, mark[0], strlen(mark[0])) == 0 ? 0 : strncmp(text, mark[1], strlen(mark[1])) == 0 ? 1 : 2;
        f = i == 2 ? buf_putc(&whole, *text, &ignored)
                   : buf_puts(&whole, l == PUBLISH_FR ? label[i]->fr : label[i]->en, &ignored);
        text += i == 2 ? 1 : strlen(mark[i]);
    }
    const char *kept = keep(p, buf_str(&whole));
    buf_fini(&whole);
    return kept;
}

/* "€", or the words of the measure of sizes. */
static const char *size_sign(const struct publication *p)
{
    const struct edition_measure *m = edition_measure(p->edition, p->edition->frame.measure);
    return !m ? "" : *m->sign ? m->sign : publication_label(p, &m->label);
}

/* "de 18 750 à 28 900 €": what the units of a size class hold. */
static const char *size_words(struct publication *p, const char *area)
{
    const struct population *x = p->estimation.population;
    const uint16_t *of = p->estimation.estimate ? p->estimation.estimate->size_class : NULL;
    double low = 0, high = 0;
    char text[160];
    size_t n = 0;
    for (size_t i = 0; of && i < x->units; i++)
        if (snprintf(text, sizeof text, "%u", of[i] + 1U) > 0 && strcmp(text, area) == 0) {
            low = n == 0 || x->size[i] < low ? x->size[i] : low;
            high = n++ == 0 || x->size[i] > high ? x->size[i] : high;
        }
    if (n == 0)
        return area;
    const char *sign = size_sign(p);
    (void)snprintf(text, sizeof text, "%s%s %s %s%s%s", publication_words(p, "de ", ""), publication_number(p, low, 0),
                   publication_words(p, "à", "to"), publication_number(p, high, 0), *sign ? "\xC2\xA0" : "", sign);
    return keep(p, text);
}

/* A carrier is a code of a list of the questionnaire. */
static const char *carrier_words(const struct publication *p, const char *area)
{
    for (size_t i = 0; i < p->edition->variable_count; i++) {
        const struct edition_variable *v = &p->edition->variables[i];
        uint32_t at = v->type == EDITION_CODE && v->list ? edition_category(v->list, area, strlen(area)) : EDITION_NONE;
        if (at != EDITION_NONE)
            return publication_label(p, &v->list->categories[at].label);
    }
    return area;
}

/* A merged region is its codes joined by "+". */
static const char *region_words(struct publication *p, const char *area)
{
    char text[400];
    size_t n = 0;
    text[0] = '\0';
    for (const char *at = area; *at;) {
        char code[16];
        size_t k = strcspn(at, "+");
        (void)snprintf(code, sizeof code, "%.*s", (int)k, at);
        int put = snprintf(text + n, sizeof text - n, "%s%s", n ? " + " : "", places_region(code));
        n += put > 0 && (size_t)put < sizeof text - n ? (size_t)put : 0;
        at += at[k] ? k + 1 : k;
    }
    return keep(p, text);
}

const char *publication_area(struct publication *p, const char *domain, const char *area)
{
    return strcmp(domain, "region") == 0        ? region_words(p, area)
           : strcmp(domain, "departement") == 0 ? places_departement(area)
           : strcmp(domain, "size") == 0        ? size_words(p, area)
           : strcmp(domain, "carrier") == 0     ? carrier_words(p, area)
           : *area                              ? area
                                                : publication_label(p, &p->edition->nation);
}

/* A number never breaks at its thousands, and its sign is a minus, not a hyphen. */
const char *publication_number(struct publication *p, double v, int decimals)
{
    char digits[64], text[200];
    size_t n = 0;
    report_format_number(v, decimals, p->language == PUBLISH_FR ? REPORT_FR : REPORT_EN, digits);
    for (const char *d = digits; *d && n + 4 < sizeof text; d++) {
        const char *as = *d == ' ' ? "\xE2\x80\xAF" : *d == '-' ? "\xE2\x88\x92" : NULL;
        memcpy(text + n, as ? as : d, as ? 3 : 1);
        n += as ? 3 : 1;
    }
    text[n] = '\0';
    return keep(p, text);
}

const char *publication_difference(struct publication *p, double v, int share, int decimals)
{
    char text[160];
    const char *size = publication_number(p, share ? v * 100 : v, decimals);
    int nothing = size[strspn(size, "0,.")] == '\0';
    (void)snprintf(text, sizeof text, "%s%s%s", v > 0 && !nothing ? "+" : "", size, !share ? "" : "\xC2\xA0pt");
    return keep(p, text);
}

static const char *print(struct publication *p, const char *exact, double factor, int decimals, const char *suffix)
{
    double v;
    char whole[256];
    if (!*exact || !double_parse(exact, strlen(exact), &v))
        return "–";
    (void)snprintf(whole, sizeof whole, "%s%s", publication_number(p, v * factor, decimals), suffix);
    return keep(p, whole);
}

const char *publication_value(struct publication *p, const struct edition_figure *f, const char *exact, int estimated)
{
    if (edition_figure_in_percent(f))
        return publication_percent(p, exact, f->decimals);
    int level = f && (f->kind == EDITION_FIGURE_TOTAL || f->kind == EDITION_FIGURE_RANK);
    int decimals = !f ? 3 : level && estimated && f->decimals == 0 ? -1 : f->decimals;
    return print(p, exact, 1.0, decimals, "");
}

const char *publication_percent(struct publication *p, const char *exact, int decimals)
{
    return print(p, exact, 100.0, decimals, p->language == PUBLISH_FR ? "\xC2\xA0%" : "%");
}

const char *publication_day(struct publication *p, int64_t micros)
{
    char iso[INSTANT_TEXT_MAX], text[16];
    (void)clock_print(micros, iso);
    if (p->language == PUBLISH_EN) /* 05/07 would be read otherwise across the sea */
        (void)snprintf(text, sizeof text, "%.10s", iso);
    else
        (void)snprintf(text, sizeof text, "%.2s/%.2s/%.4s", iso + 8, iso + 5, iso);
    return keep(p, text);
}

const char *publication_date(struct publication *p, const char *instant)
{
    int64_t t;
    char local[INSTANT_TEXT_MAX], text[96];
    if (!*instant || !clock_parse(instant, strlen(instant), 0, &t))
        return instant;
    (void)clock_print_paris(t, local); /* 2022-05-12 10:11:00 +02:00 (Paris) */
    if (p->language == PUBLISH_EN)
        (void)snprintf(text, sizeof text, "%.10s at %.5s (Paris time)", local, local + 11);
    else
        (void)snprintf(text, sizeof text, "%.2s/%.2s/%.4s à %.5s (heure de Paris)", local + 8, local + 5, local,
                       local + 11);
    return keep(p, text);
}

enum flow publication_file(const struct publication *p, const char *name, const void *bytes, size_t n, struct err *e)
{
    char path[4096];
    if (!fs_join(path, sizeof path, p->folder, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", p->folder, name);
    /* no sync, no rename of its own: the folder is flushed and appears as a whole */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_CANTCREAT), "cannot create %s", path);
    struct fd_sink sink = {fd, path};
    enum flow f = sink_write(sink_fd(&sink), bytes, n, e);
    if (close(fd) != 0 && f == FLOW_OK)
        f = err_sys(e, err_status(errno, STATUS_IO), "%s", path);
    return f;
}

struct publish_table *publication_table(struct publication *p, const char *name, const struct publish_column *columns)
{
    struct publish_table *t = &p->table[p->tables++];
    publish_table_init(t, name, columns, &p->arena);
    struct publish_column *named = arena_get(&p->arena, t->columns * sizeof *named);
    t->edition = p->edition;
    t->failed = named == NULL;
    for (size_t c = 0; named && c < t->columns; c++) {
        named[c] = columns[c];
        named[c].fr = publication_named(p, columns[c].fr, PUBLISH_FR);
        named[c].en = publication_named(p, columns[c].en, PUBLISH_EN);
    }
    t->column = named ? named : columns;
    return t;
}

const struct publish_table *publication_find_table(const struct publication *p, const char *name)
{
    for (size_t i = 0; i < p->tables; i++)
        if (strcmp(p->table[i].name, name) == 0)
            return &p->table[i];
    return NULL;
}
