/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's part of the pipeline: loads the documents of a unit, judges each, sets them beside each other, writes
 * the rows. */
#include "transform/batch.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT_BYTES_MAX = 512 << 20, FETCH_BLOCK_MAX = 1 << 20 };

struct worker {
    const struct pipeline *p;
    struct judge *judge;
    struct observed *observed;
    struct archive_body body;
    struct warc_record record; /* commit mark of a fetch */
    struct arena arena;        /* of the unit */
};

struct worker *worker_new(const struct pipeline *p, struct err *e)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    w->p = p;
    arena_init(&w->arena, UNIT_BYTES_MAX);
    archive_body_init(&w->body, (size_t)p->plan->edition->limits.body_bytes);
    warc_record_init(&w->record, FETCH_BLOCK_MAX);
    w->judge = judge_new(p->plan, p->schema, e);
    w->observed = w->judge ? observed_new(p->plan->edition, p->previous && !p->shards, e) : NULL;
    if (!w->observed) {
        worker_free(w);
        return NULL;
    }
    judge_write_normalised(w->judge, p->normalised);
    return w;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    judge_free(w->judge);
    observed_free(w->observed);
    archive_body_fini(&w->body);
    warc_record_fini(&w->record);
    arena_fini(&w->arena);
    free(w);
}

/* ---- documents ---- */
static const char *keep(struct worker *w, const char *s)
{
    return arena_strdup(&w->arena, s);
}

static enum flow judge_one(struct worker *w, size_t i, struct document *d, struct err *e)
{
    struct archive_body *b = &w->body;
    const struct archive_document a = archive_document_at(w->p->archive, i);
    enum flow f = archive_load(w->p->archive, i, b, e);
    if (f != FLOW_OK && f != FLOW_ITEM)
        return f;
    const char *undecodable = f == FLOW_ITEM ? gzip_fault_text(b->fault) : NULL;
    d->record = keep(w, b->id);
    d->archive = a.archive;
    d->raw_digest = keep(w, b->digest);
    d->received_at = a.received_at;
    d->bytes = b->received;
    d->source = keep(w, buf_str(&b->source));
    if (!d->record || !d->raw_digest || !d->source)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    buf_reset(&b->record.block); /* a large document is in memory once while it is judged, and not at all after */
    f = judge_document(w->judge, buf_str(&b->bytes), b->bytes.len, undecodable, d, &w->arena, e);
    buf_reset(&b->bytes);
    return f;
}

/* The decisions about the unit that were taken by the as-of. */
static enum flow find_decisions(struct worker *w, struct subject *s, struct err *e)
{
    const struct plan *p = w->p->plan;
    size_t first = 0, n = s->row == REGISTER_NONE ? 0 : decisions_of(p->decisions, s->row, &first);
    const struct decision **found = arena_get(&w->arena, (n + 1) * sizeof *found);
    if (!found)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const struct decision *d = decisions_get(p->decisions, first + i);
        if (p->as_of == INSTANT_NONE || d->when <= p->as_of)
            found[s->decision_count++] = d;
    }
    s->decisions = found;
    return FLOW_OK;
}

/* ---- fetches ---- */
static enum flow put_fetch(struct worker *w, const struct item *it, struct buf *out, struct err *e)
{
    static const char *const names[] = {"source", "outcome", "class", "attempts", "status", "message"};
    static const enum fetches_column columns[] = {FETCHES_SOURCE,   FETCHES_OUTCOME, FETCHES_CLASS,
                                                  FETCHES_ATTEMPTS, FETCHES_STATUS,  FETCHES_MESSAGE};
    const char *v[FETCHES_COLUMNS] = {0};
    char when[INSTANT_TEXT_MAX];
    enum flow f = archive_fetch_read(w->p->archive, it->fetch.index, &w->record, e);
    if (f != FLOW_OK)
        return f;
    struct warc_field fields[WARC_FIELDS_MAX];
    size_t n = 0;
    if (warc_block_fields(&w->record, fields, WARC_FIELDS_MAX, &n, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < n; k++)
            if (strcmp(fields[k].name, names[i]) == 0)
                v[columns[i]] = fields[k].value;
    (void)clock_print(it->fetch.at, when);
    v[FETCHES_UNIT] = it->fetch.unit;
    v[FETCHES_OUTCOME] = it->fetch.outcome;
    v[FETCHES_AT] = when;
    v[FETCHES_RECORD] = warc_get(&w->record, "WARC-Concurrent-To");
    return rows_put(out, v, FETCHES_COLUMNS, e);
}

/* ---- units ---- */
static enum flow judge_item(struct worker *w, struct batch *b, const struct item *it, struct err *e)
{
    struct subject s = {.unit = it->unit, .row = it->row, .previous = it->previous, .last = w->p->previous};
    struct unit_judgement u = {.count = it->count};
    arena_reset(&w->arena);
    u.documents = arena_get(&w->arena, (it->count + 1) * sizeof *u.documents);
    if (!u.documents)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    enum flow f = find_decisions(w, &s, e);
    if (f == FLOW_OK && it->count)
        f = judge_subject(w->judge, &s, e);
    for (size_t i = 0; i < it->count && f == FLOW_OK; i++)
        f = judge_one(w, it->documents[i], &u.documents[i], e);
    if (f == FLOW_OK)
        f = states_decide(w->p->plan, &s, &u, e);
    if (f == FLOW_OK)
        f = unit_write(w->p->plan, &s, &u, &b->rows, w->observed, &w->arena, e);
    if (f == FLOW_OK && it->fetch.unit)
        f = put_fetch(w, it, &b->rows.table[TABLE_FETCHES], e);
    return f == FLOW_OK ? FLOW_OK : err_prefix(e, "%s", *it->unit ? it->unit : "document without unit");
}

void worker_batch(struct worker *w, struct batch *b)
{
    b->flow = FLOW_OK;
    for (size_t i = 0; i < b->count && b->flow == FLOW_OK; i++)
        b->flow = judge_item(w, b, &b->items[i], &b->err);
}

const struct observed *worker_observed(const struct worker *w)
{
    return w->observed;
}

enum flow worker_adopt(struct worker *w, size_t document, uint32_t *row, struct err *e)
{
    struct identity id;
    *row = REGISTER_NONE;
    arena_reset(&w->arena);
    enum flow f = archive_load(w->p->archive, document, &w->body, e);
    if (f == FLOW_OK)
        f = judge_identity(w->judge, buf_str(&w->body.bytes), w->body.bytes.len, &id, &w->arena, e);
    if (f == FLOW_OK)
        *row = register_find(w->p->plan->frame, id.unit, strlen(id.unit));
    return f == FLOW_ITEM ? FLOW_OK : f;
}
