/* SPDX-License-Identifier: Apache-2.0 */
/* What the run says of itself: JSON summary, CSV table, dry-run plan. Every unit appears, whatever became of it. */
#include "extract/ask.h"
#include "schemas/dataset/csv.h"
#include "schemas/run/json.h"
#include "schemas/run/log.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void summary_counts(const struct run *r, size_t counts[OUTCOMES])
{
    memset(counts, 0, OUTCOMES * sizeof *counts);
    for (size_t i = 0; i < r->tasks; i++)
        counts[r->task[i].outcome]++;
}

static const char *key_of(int outcome)
{
    static const char *const keys[OUTCOMES] = {"not_asked",     "fetched", "unchanged",
                                               "not_published", "failed",  "no_source"};
    return keys[outcome];
}

static void put_counts(struct jsonw *w, const size_t counts[OUTCOMES])
{
    for (int o = 0; o < OUTCOMES; o++)
        jsonw_int(w, key_of(o), (int64_t)counts[o]);
}

/* Of what failed, or of what was taken with a warning. */
static void put_classes(const struct run *r, const char *key, int failed, struct jsonw *w)
{
    size_t by[FAILURES] = {0};
    for (size_t i = 0; i < r->tasks; i++)
        by[r->task[i].failure] += (r->task[i].outcome == OUTCOME_FAILED) == failed;
    jsonw_object(w, key);
    for (int f = 1; f < FAILURES; f++)
        if (by[f])
            jsonw_int(w, failure_name((enum failure)f), (int64_t)by[f]);
    jsonw_end(w);
}

static const char *region(const struct run *r, const struct task *t)
{
    return register_value(r->rows, t->unit, r->region_column);
}

struct region {
    const char *name;
    size_t units, counts[OUTCOMES];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct region *)a)->name, ((const struct region *)b)->name);
}

/* Adds a task to its region, which may be new. */
static enum flow count_region(struct map *names, struct region **regions, const char *name, uint8_t outcome,
                              struct err *e)
{
    uint32_t i;
    int added;
    enum flow f = map_put(names, name, strlen(name), &i, &added, e);
    struct region *more = f == FLOW_OK && added ? realloc(*regions, (i + 1) * sizeof *more) : *regions;
    if (f != FLOW_OK)
        return f;
    if (!more)
        return err_set(e, STATUS_SYSTEM, "out of memory for the summary");
    *regions = more;
    if (added)
        more[i] = (struct region){.name = map_key(names, i)};
    more[i].units++;
    more[i].counts[outcome]++;
    return FLOW_OK;
}

static enum flow put_regions(const struct run *r, struct jsonw *w, struct err *e)
{
    struct region *regions = NULL;
    struct map *names = map_new();
    enum flow f = names ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for the summary");
    for (size_t i = 0; i < r->tasks && f == FLOW_OK; i++)
        f = count_region(names, &regions, region(r, &r->task[i]), r->task[i].outcome, e);
    size_t n = f == FLOW_OK && regions ? map_count(names) : 0;
    if (n)
        qsort(regions, n, sizeof *regions, by_name);
    jsonw_array(w, "regions");
    for (size_t k = 0; k < n; k++) {
        jsonw_object(w, NULL);
        jsonw_text(w, "region", regions[k].name);
        jsonw_int(w, "units", (int64_t)regions[k].units);
        put_counts(w, regions[k].counts);
        jsonw_end(w);
    }
    jsonw_end(w);
    free(regions);
    map_free(names);
    return f;
}

static void put_units(const struct run *r, struct jsonw *w)
{
    jsonw_array(w, "units");
    for (size_t i = 0; i < r->tasks; i++) {
        const struct task *t = &r->task[i];
        jsonw_object(w, NULL);
        jsonw_text(w, "unit", run_unit(r, t));
        jsonw_text(w, "region", region(r, t));
        jsonw_text(w, "outcome", outcome_name((enum outcome)t->outcome));
        if (t->failure)
            jsonw_text(w, "class", failure_name((enum failure)t->failure));
        if (t->attempts)
            jsonw_int(w, "attempts", t->attempts);
        if (t->status)
            jsonw_int(w, "status", t->status);
        if (t->bytes)
            jsonw_int(w, "bytes", t->bytes);
        if (run_note(r, t))
            jsonw_text(w, "message", run_note(r, t));
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_inbox(const struct run *r, struct jsonw *w)
{
    const struct inbox_counts *n = &r->inbox;
    jsonw_object(w, "inbox");
    jsonw_int(w, "files", (int64_t)n->files);
    jsonw_int(w, "taken", (int64_t)n->taken);
    jsonw_int(w, "known", (int64_t)n->known);
    jsonw_int(w, "without_unit", (int64_t)n->without_unit);
    jsonw_int(w, "refused", (int64_t)n->refused);
    jsonw_int(w, "growing", (int64_t)n->growing);
    jsonw_int(w, "ignored", (int64_t)n->ignored);
    jsonw_end(w);
}

static void put_certificates(const struct run *r, struct jsonw *w)
{
    char date[INSTANT_TEXT_MAX];
    jsonw_array(w, "certificates_expiring");
    for (size_t i = 0; i < r->expiries; i++) {
        (void)clock_print(r->expiry[i].not_after, date);
        jsonw_object(w, NULL);
        jsonw_text(w, "host", r->expiry[i].host);
        jsonw_text(w, "on", date);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_instant(struct jsonw *w, const char *key, int64_t t)
{
    char text[INSTANT_TEXT_MAX];
    (void)clock_print(t, text);
    jsonw_text(w, key, text);
}

static enum flow put_summary(const struct run *r, enum status s, struct jsonw *w, struct err *e)
{
    size_t counts[OUTCOMES];
    summary_counts(r, counts);
    jsonw_object(w, NULL);
    jsonw_text(w, "program", "pre-extract");
    jsonw_text(w, "version", PRE_VERSION);
    jsonw_text(w, "campaign", r->edition->campaign);
    jsonw_int(w, "status", (int64_t)s);
    jsonw_text(w, "meaning", status_sentence(s));
    jsonw_bool(w, "changed", counts[OUTCOME_FETCHED] + r->inbox.taken > 0);
    jsonw_text(w, "archive", r->archive_name);
    put_instant(w, "started", r->started_clock);
    put_instant(w, "ended", clock_now());
    jsonw_int(w, "units_listed", (int64_t)r->tasks);
    jsonw_object(w, "outcomes");
    put_counts(w, counts);
    jsonw_end(w);
    put_classes(r, "failed_by_class", 1, w);
    put_classes(r, "warned_by_class", 0, w);
    jsonw_int(w, "requests", (int64_t)r->requests);
    jsonw_int(w, "bytes", (int64_t)r->bytes);
    jsonw_int(w, "salvaged", (int64_t)r->salvaged);
    if (r->stopped)
        jsonw_int(w, "stopped_by_signal", r->stopped);
    jsonw_bool(w, "past_deadline", r->past_deadline);
    put_inbox(r, w);
    put_certificates(r, w);
    enum flow f = put_regions(r, w, e);
    put_units(r, w);
    jsonw_end(w);
    return f;
}

enum flow summary_write(const struct run *r, enum status s, struct output **out, struct err *e)
{
    struct jsonw w;
    *out = r->config->summary ? output_open(r->config->summary, e) : NULL;
    if (!*out)
        return r->config->summary ? FLOW_FATAL : FLOW_OK;
    jsonw_init(&w, output_sink(*out), 0, e);
    enum flow f = put_summary(r, s, &w, e);
    if (f == FLOW_OK)
        f = jsonw_finish(&w);
    if (f == FLOW_OK)
        f = output_sync(*out, e);
    if (f != FLOW_OK) {
        output_abort(*out);
        *out = NULL;
    }
    return f;
}

/* ---- stdout ---- */

static enum flow put_row(struct csv_writer *w, const char *const *cell, size_t n, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++)
        f = csv_put(w, cell[i], e);
    return f == FLOW_OK ? csv_end_row(w, e) : f;
}

static enum flow table_row(const struct run *r, const struct task *t, struct csv_writer *w, struct err *e)
{
    char attempts[16], status[16], bytes[24];
    (void)snprintf(attempts, sizeof attempts, "%u", t->attempts);
    (void)snprintf(status, sizeof status, "%u", t->status);
    (void)snprintf(bytes, sizeof bytes, "%u", t->bytes);
    const char *cell[] = {run_unit(r, t),
                          region(r, t),
                          outcome_name((enum outcome)t->outcome),
                          failure_name((enum failure)t->failure),
                          attempts,
                          t->status ? status : "",
                          t->bytes ? bytes : "",
                          run_note(r, t) ? run_note(r, t) : ""};
    return put_row(w, cell, sizeof cell / sizeof cell[0], e);
}

/* Buffered: one write for many rows. */
static enum flow flush(struct buf *b, struct err *e)
{
    struct fd_sink out = {STDOUT_FILENO, "standard output"};
    enum flow f = b->len ? sink_write(sink_fd(&out), b->data, b->len, e) : FLOW_OK;
    buf_reset(b);
    return f;
}

typedef enum flow row_put(struct run *r, struct task *t, struct csv_writer *w, struct err *e);

static enum flow print_rows(struct run *r, const char *const *head, size_t n, row_put *put, struct err *e)
{
    struct buf b;
    struct csv_writer w;
    buf_init(&b, 1 << 20);
    csv_writer_init(&w, sink_buf(&b));
    enum flow f = put_row(&w, head, n, e);
    for (size_t i = 0; i < r->tasks && f == FLOW_OK; i++) {
        f = put(r, &r->task[i], &w, e);
        if (f == FLOW_OK && b.len > 60000)
            f = flush(&b, e);
    }
    if (f == FLOW_OK)
        f = flush(&b, e);
    csv_writer_fini(&w);
    buf_fini(&b);
    return f;
}

static enum flow put_table_row(struct run *r, struct task *t, struct csv_writer *w, struct err *e)
{
    return table_row(r, t, w, e);
}

enum flow summary_table(const struct run *r, struct err *e)
{
    static const char *const head[] = {"unit", "region", "outcome", "class", "attempts", "status", "bytes", "message"};
    struct run *mutable = (struct run *)(uintptr_t)r;
    return r->config->print_table ? print_rows(mutable, head, sizeof head / sizeof head[0], put_table_row, e) : FLOW_OK;
}

/* ---- what would be asked ---- */

static enum flow plan_row(struct run *r, struct task *t, struct csv_writer *w, struct err *e)
{
    char masked[URL_MAX] = "", until[INSTANT_TEXT_MAX] = "", conditions[ASK_TEXT + 80] = "";
    const char *action = "none";
    int64_t again;
    if (t->outcome == OUTCOME_NOT_ASKED) {
        struct ask *a = ask_open(r, t, e);
        if (!a)
            return FLOW_FATAL;
        action = "ask";
        enum flow f = ask_remember(r, t, a, e);
        if (f == FLOW_OK && ask_may_be_conditional(a))
            (void)snprintf(conditions, sizeof conditions, "%s: %s",
                           *a->memory.etag ? "If-None-Match" : "If-Modified-Since",
                           *a->memory.etag ? a->memory.etag : a->memory.modified);
        hosts_mask_url(a->hosts, &a->first, masked, sizeof masked);
        ask_close(a);
        if (f != FLOW_OK)
            return f;
        if (ask_deferred(r, t, &again)) {
            action = "defer";
            (void)clock_print(again, until);
        }
    }
    const char *cell[] = {run_unit(r, t), masked, action, conditions, until};
    return put_row(w, cell, sizeof cell / sizeof cell[0], e);
}

enum flow summary_plan(struct run *r, struct err *e)
{
    static const char *const head[] = {"unit", "source", "action", "conditions", "not_before"};
    return print_rows(r, head, sizeof head / sizeof head[0], plan_row, e);
}
