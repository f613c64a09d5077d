/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's part of the pipeline: loads the documents of a unit, judges each, sets them beside each other, writes
 * the rows. */
#include "transform/batch.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT_BYTES_MAX = 512 << 20, FETCH_BLOCK_MAX = 1 << 20, LARGE_DOCUMENT = 1 << 20 };

struct worker {
    const struct pipeline *p;
    struct judge *judge;
    struct observed *observed;
    struct register_reader *rows;
    struct archive_body body;
    struct warc_record record; /* commit mark of a fetch */
    struct arena arena;        /* of the unit */
    /* with a memo */
    struct memo_desk *desk;
    struct observed *one; /* of the unit */
    struct buf entry;
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
    buf_init(&w->entry, UNIT_BYTES_MAX);
    w->rows = w->observed ? register_reader_new(p->plan->frame, e) : NULL;
    if (!w->rows || (p->memo && (!(w->desk = memo_desk_new(p->memo, e)) ||
                                 !(w->one = observed_new(p->plan->edition, p->previous && !p->shards, e))))) {
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
    register_reader_free(w->rows);
    observed_free(w->one);
    memo_desk_free(w->desk);
    buf_fini(&w->entry);
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

/* keyed: it goes into the key of its unit. */
static enum flow load_and_judge(struct worker *w, size_t i, int keyed, struct document *d, struct err *e)
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
    if (keyed && memo_key_document(w->desk, &a, b, e) != FLOW_OK)
        return FLOW_FATAL;
    buf_reset(&b->record.block); /* a large document is in memory once while it is judged, and not at all after */
    f = judge_document(w->judge, buf_str(&b->bytes), b->bytes.len, undecodable, d, &w->arena, e);
    buf_reset(&b->bytes);
    return f;
}

/* Large documents are few, and each takes some times its size: they are judged one at a time. */
static enum flow judge_one(struct worker *w, size_t i, int keyed, struct document *d, struct err *e)
{
    int large = archive_size(w->p->archive, i) > LARGE_DOCUMENT;
    if (large)
        pthread_mutex_lock(w->p->large);
    enum flow f = load_and_judge(w, i, keyed, d, e);
    if (large)
        pthread_mutex_unlock(w->p->large);
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

/* ---- what the last run made of a unit ---- */
static enum flow take_entry(struct worker *w, struct batch *b, const struct memo_entry *entry, struct err *e)
{
    observed_clear(w->one);
    enum flow f = observed_restore(w->one, entry->counted.text, entry->counted.len);
    if (f == FLOW_OK)
        f = observed_add(w->observed, w->one, e);
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        f = buf_put(&b->rows.table[t], entry->rows[t].text, entry->rows[t].len, e);
    if (f == FLOW_OK && memo_keeps(w->p->memo))
        f = memo_keep(w->desk, &b->entries, e);
    if (f == FLOW_OK)
        b->rows.crashed += entry->crashed;
    return f;
}

/* FLOW_ITEM: something is new. Each body is read and its digests are checked all the same. */
static enum flow recall(struct worker *w, struct batch *b, const struct item *it, const struct subject *s,
                        struct err *e)
{
    struct memo_entry entry;
    char key[DIGEST_HEX_MAX];
    if (!it->remembered.size)
        return FLOW_ITEM;
    enum flow f = memo_key_begin(w->desk, s, e);
    for (size_t i = 0; i < it->count && f == FLOW_OK; i++) {
        const struct archive_document a = archive_document_at(w->p->archive, it->documents[i]);
        f = archive_load(w->p->archive, it->documents[i], &w->body, e);
        if (f == FLOW_OK || f == FLOW_ITEM)
            f = memo_key_document(w->desk, &a, &w->body, e);
    }
    if (f == FLOW_OK)
        f = memo_key_end(w->desk, key, e);
    if (f == FLOW_OK)
        f = memo_recall(w->desk, it->remembered, key, &w->entry, &entry, e);
    return f == FLOW_OK ? take_entry(w, b, &entry, e) : f;
}

/* Not kept: a document of another unit, told by the whole register; a decision that nothing was received for, told in
 * the log. */
static int is_kept(const struct subject *s, const struct unit_judgement *u)
{
    for (size_t i = 0; i < u->count; i++)
        if (u->documents[i].named_wrong)
            return 0;
    return u->count > 0 || s->decision_count == 0;
}

/* The rows that were added since the tables had these lengths. */
static enum flow keep_rows(struct worker *w, struct batch *b, const char *unit, const size_t *before, uint64_t crashed,
                           struct err *e)
{
    struct memo_entry entry = {.crashed = b->rows.crashed - crashed};
    char key[DIGEST_HEX_MAX];
    buf_reset(&w->entry);
    enum flow f = memo_key_end(w->desk, key, e);
    if (f == FLOW_OK)
        f = observed_save(w->one, &w->entry, e);
    entry.counted.text = buf_str(&w->entry);
    entry.counted.len = w->entry.len;
    for (int t = 0; t < TABLE_COUNT; t++) {
        entry.rows[t].text = buf_str(&b->rows.table[t]) + before[t];
        entry.rows[t].len = b->rows.table[t].len - before[t];
    }
    return f == FLOW_OK ? memo_write(w->desk, unit, key, &entry, &b->entries, e) : f;
}

/* ---- units ---- */
static enum flow write_unit(struct worker *w, struct batch *b, const struct subject *s, const struct unit_judgement *u,
                            int keyed, struct err *e)
{
    size_t before[TABLE_COUNT];
    uint64_t crashed = b->rows.crashed;
    if (!keyed)
        return unit_write(w->p->plan, s, u, &b->rows, w->observed, &w->arena, e);
    for (int t = 0; t < TABLE_COUNT; t++)
        before[t] = b->rows.table[t].len;
    observed_clear(w->one);
    enum flow f = unit_write(w->p->plan, s, u, &b->rows, w->one, &w->arena, e);
    if (f == FLOW_OK && is_kept(s, u))
        f = keep_rows(w, b, s->unit, before, crashed, e);
    return f == FLOW_OK ? observed_add(w->observed, w->one, e) : f;
}

static enum flow judge_unit(struct worker *w, struct batch *b, const struct item *it, const struct subject *s,
                            struct err *e)
{
    struct unit_judgement u = {.count = it->count};
    int keyed = w->p->memo && memo_keeps(w->p->memo) && !b->late;
    u.documents = arena_get(&w->arena, (it->count + 1) * sizeof *u.documents);
    if (!u.documents)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    enum flow f = keyed ? memo_key_begin(w->desk, s, e) : FLOW_OK;
    if (f == FLOW_OK && it->count)
        f = judge_subject(w->judge, s, e);
    for (size_t i = 0; i < it->count && f == FLOW_OK; i++)
        f = judge_one(w, it->documents[i], keyed, &u.documents[i], e);
    if (f == FLOW_OK)
        f = states_decide(w->p->plan, s, &u, e);
    return f == FLOW_OK ? write_unit(w, b, s, &u, keyed, e) : f;
}

static enum flow judge_item(struct worker *w, struct batch *b, const struct item *it, struct err *e)
{
    struct subject s = {
        .unit = it->unit, .row = it->row, .rows = w->rows, .previous = it->previous, .last = w->p->previous};
    arena_reset(&w->arena);
    enum flow f = find_decisions(w, &s, e);
    if (f == FLOW_OK)
        f = recall(w, b, it, &s, e);
    if (f == FLOW_ITEM)
        f = judge_unit(w, b, it, &s, e);
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
