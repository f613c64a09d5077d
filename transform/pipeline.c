/* SPDX-License-Identifier: Apache-2.0 */
/* See pipeline.h. The main thread walks register and archive together, both sorted by unit; batches go round a ring:
 * filled in order, judged in any order, drained in order. */
#include "transform/pipeline.h"

#include "schemas/run/crash.h"
#include "schemas/run/log.h"
#include "schemas/run/progress.h"
#include "schemas/run/stop.h"
#include "transform/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_PER_JOB = 4, ITEM_BYTES_MAX = 256 << 20 };

/* A document received without a unit that says whose it is. */
struct adopted {
    uint32_t row;
    size_t document;
};

struct line { /* the ring and its guards */
    pthread_mutex_t lock, large;
    pthread_cond_t work, done;
    struct batch *ring;
    size_t size;
    uint64_t filled, taken, drained; /* batches so far */
    int closing;
};

struct hand {
    struct line *line;
    struct worker *worker;
    pthread_t thread;
    int started;
};

/* A unit whose turn comes after all others, with its documents [first, last) of the archive: one that takes over values
 * of the previous edition, or one that the register does not know, whose rows stand under no unit. */
struct later {
    struct item item;
    size_t first, last;
};

/* Where the walk through register and archive stands. */
struct walk {
    struct pipeline *p;
    size_t row, document, fetch, adopted;
    struct adopted *adoptions; /* sorted by row, then document */
    size_t adoption_count;
    unsigned char *is_adopted; /* by document without unit: they are the first of the archive */
    struct later *later;
    size_t later_count, later_max, later_given;
    int late; /* now it is their turn */
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

/* ---- documents without unit ---- */
static int by_row(const void *a, const void *b)
{
    const struct adopted *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->document < y->document ? -1 : x->document > y->document;
}

static enum flow adopt(struct walk *k, struct err *e)
{
    const struct archive *a = k->p->archive;
    size_t n = 0;
    while (n < archive_documents(a) && !*archive_document_at(a, n).unit)
        n++;
    k->adoptions = calloc(n + 1, sizeof *k->adoptions);
    k->is_adopted = calloc(n + 1, 1);
    struct worker *w = n ? worker_new(k->p, e) : NULL;
    enum flow f = !k->adoptions || !k->is_adopted ? no_memory(e) : n && !w ? FLOW_FATAL : FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        uint32_t row;
        f = worker_adopt(w, i, &row, e);
        if (f == FLOW_OK && row != REGISTER_NONE) {
            k->adoptions[k->adoption_count++] = (struct adopted){row, i};
            k->is_adopted[i] = 1;
        }
    }
    worker_free(w);
    if (k->adoptions)
        qsort(k->adoptions, k->adoption_count, sizeof *k->adoptions, by_row);
    return f;
}

/* ---- the walk ---- */
static int by_arrival(const struct archive *a, size_t x, size_t y)
{
    const struct archive_document p = archive_document_at(a, x), q = archive_document_at(a, y);
    if (p.received_at != q.received_at)
        return p.received_at < q.received_at ? -1 : 1;
    int order = strcmp(p.archive, q.archive);
    return order ? order : p.offset < q.offset ? -1 : 1;
}

/* Documents [first, last) of the archive and the adopted ones of this row, in order of arrival. */
static enum flow gather(struct walk *k, struct item *it, size_t first, size_t last, struct arena *arena, struct err *e)
{
    size_t adopted = 0;
    while (it->row != REGISTER_NONE && k->adopted < k->adoption_count && k->adoptions[k->adopted].row < it->row)
        k->adopted++;
    while (it->row != REGISTER_NONE && k->adopted + adopted < k->adoption_count &&
           k->adoptions[k->adopted + adopted].row == it->row)
        adopted++;
    size_t *all = arena_get(arena, (last - first + adopted + 1) * sizeof *all);
    if (!all)
        return no_memory(e);
    for (size_t i = first; i < last; i++)
        if (*it->unit || !k->is_adopted[i])
            all[it->count++] = i;
    for (size_t i = 0; i < adopted; i++) {
        size_t at = it->count++, document = k->adoptions[k->adopted + i].document;
        for (; at > 0 && by_arrival(k->p->archive, document, all[at - 1]) < 0; at--)
            all[at] = all[at - 1];
        all[at] = document;
    }
    it->documents = all;
    return FLOW_OK;
}

static int is_mine(const struct walk *k, uint32_t row)
{
    const struct pipeline *p = k->p;
    if (!p->shards)
        return 1;
    return row == REGISTER_NONE ? p->shard == 1 : (int)(row % (uint32_t)p->shards) == p->shard - 1;
}

/* The next unit with the documents of the archive that are its own; row REGISTER_NONE when the register does not know
 * it. */
static enum flow next_unit(struct walk *k, struct item *it, size_t *first, size_t *last)
{
    const struct register_table *t = k->p->plan->frame;
    const struct archive *a = k->p->archive;
    size_t rows = register_count(t), documents = archive_documents(a);
    const char *row = k->row < rows ? register_id(t, k->row) : NULL;
    const char *document = k->document < documents ? archive_document_at(a, k->document).unit : NULL;
    if (!row && !document)
        return FLOW_END;
    int order = !row ? 1 : !document ? -1 : strcmp(row, document);
    *it = (struct item){.unit = order <= 0 ? row : document, .row = REGISTER_NONE};
    if (order <= 0)
        it->row = (uint32_t)k->row++;
    *first = k->document;
    while (k->document < documents && strcmp(archive_document_at(a, k->document).unit, it->unit) == 0)
        k->document++;
    *last = k->document;
    while (k->fetch < archive_fetches(a) && strcmp(archive_fetch_at(a, k->fetch).unit, it->unit) < 0)
        k->fetch++;
    if (k->fetch < archive_fetches(a) && strcmp(archive_fetch_at(a, k->fetch).unit, it->unit) == 0)
        it->fetch = archive_fetch_at(a, k->fetch);
    return FLOW_OK;
}

static enum flow put_later(struct walk *k, const struct item *it, size_t first, size_t last, struct err *e)
{
    if (k->later_count == k->later_max) {
        size_t max = k->later_max ? 2 * k->later_max : 64;
        struct later *grown = realloc(k->later, max * sizeof *grown);
        if (!grown)
            return no_memory(e);
        k->later = grown;
        k->later_max = max;
    }
    k->later[k->later_count++] = (struct later){*it, first, last};
    return FLOW_OK;
}

/* The next unit of ours in the register's order; the others are put aside. */
static enum flow next_in_order(struct walk *k, struct item *it, struct arena *arena, struct err *e)
{
    struct previous *previous = k->p->previous;
    size_t first, last;
    for (;;) {
        enum flow f = next_unit(k, it, &first, &last);
        if (f != FLOW_OK)
            return f;
        if (!is_mine(k, it->row))
            continue;
        int known = it->row != REGISTER_NONE;
        if (known && previous && (f = previous_of(previous, it->row, arena, &it->previous, e)) != FLOW_OK)
            return f;
        if (known && !(previous && previous_waits(previous, it->row)))
            break; /* the others are judged each time */
        if (put_later(k, it, first, last, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    if (k->p->memo)
        it->remembered = memo_find(k->p->memo, it->unit);
    return gather(k, it, first, last, arena, e);
}

static enum flow next_late(struct walk *k, struct item *it, struct arena *arena, struct err *e)
{
    if (k->later_given == k->later_count)
        return FLOW_END;
    const struct later *l = &k->later[k->later_given++];
    *it = l->item;
    enum flow f =
        it->row == REGISTER_NONE ? FLOW_OK : previous_merged(k->p->previous, it->row, arena, &it->previous, e);
    return f == FLOW_OK ? gather(k, it, l->first, l->last, arena, e) : f;
}

/* All units in order have been given: now the others. */
static enum flow begin_late(struct walk *k, struct err *e)
{
    k->late = 1;
    k->adopted = 0;
    return k->p->previous ? previous_end(k->p->previous, e) : FLOW_OK;
}

/* ---- the ring ---- */
static void *work(void *arg)
{
    struct hand *h = arg;
    struct line *l = h->line;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (l->taken == l->filled && !l->closing)
            pthread_cond_wait(&l->work, &l->lock);
        if (l->taken == l->filled)
            break;
        struct batch *b = &l->ring[l->taken++ % l->size];
        b->state = BATCH_BUSY;
        pthread_mutex_unlock(&l->lock);
        worker_batch(h->worker, b);
        pthread_mutex_lock(&l->lock);
        b->state = BATCH_DONE;
        pthread_cond_signal(&l->done);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* A batch is all in order or all late: the two go to different spools. */
static enum flow fill(struct walk *k, struct batch *b, struct err *e)
{
    enum flow f = FLOW_OK;
    arena_reset(&b->arena);
    unit_rows_reset(&b->rows);
    buf_reset(&b->entries);
    b->count = 0;
    do {
        b->late = k->late;
        while (b->count < BATCH_UNITS && f == FLOW_OK) {
            struct item *it = &b->items[b->count];
            f = k->late ? next_late(k, it, &b->arena, e) : next_in_order(k, it, &b->arena, e);
            b->count += f == FLOW_OK;
        }
        if (f == FLOW_END && !k->late)
            f = begin_late(k, e);
    } while (f == FLOW_OK && b->count == 0);
    return f == FLOW_END && b->count ? FLOW_OK : f;
}

static void submit(struct line *l, struct batch *b)
{
    pthread_mutex_lock(&l->lock);
    b->state = BATCH_READY;
    l->filled++;
    pthread_cond_signal(&l->work);
    pthread_mutex_unlock(&l->lock);
}

/* Waits for the oldest batch and keeps its rows. */
static enum flow drain(struct pipeline *p, struct line *l, struct err *e)
{
    struct batch *b = &l->ring[l->drained++ % l->size];
    pthread_mutex_lock(&l->lock);
    while (b->state != BATCH_DONE)
        pthread_cond_wait(&l->done, &l->lock);
    pthread_mutex_unlock(&l->lock);
    b->state = BATCH_FREE;
    if (b->flow != FLOW_OK) {
        *e = b->err;
        return b->flow;
    }
    p->crashed += b->rows.crashed;
    if (p->memo)
        memo_put(p->memo, &b->entries);
    enum flow f = FLOW_OK;
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        f = spool_put(b->late ? p->late : p->spool, (enum dataset_table)t, buf_str(&b->rows.table[t]),
                      b->rows.table[t].len, e);
    return f;
}

static enum flow run_line(struct pipeline *p, struct line *l, struct walk *k, struct err *e)
{
    struct progress bar;
    enum flow f = FLOW_OK;
    progress_begin(&bar, "units", register_count(p->plan->frame));
    while (f == FLOW_OK) {
        if (stop_asked()) {
            f = err_set(e, STATUS_RETRY, "stopped by a signal; nothing was written");
            break;
        }
        if (l->filled - l->drained == l->size && (f = drain(p, l, e)) != FLOW_OK)
            break;
        struct batch *b = &l->ring[l->filled % l->size];
        f = fill(k, b, e);
        if (f == FLOW_OK)
            submit(l, b);
        progress_step(&bar, k->row);
        crash_point("transform-batch");
    }
    while ((f == FLOW_OK || f == FLOW_END) && l->drained < l->filled) {
        enum flow g = drain(p, l, e);
        if (g != FLOW_OK)
            f = g;
    }
    progress_end(&bar);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- setting up ---- */
static enum flow open_ring(struct pipeline *p, struct line *l, struct err *e)
{
    l->size = (size_t)p->jobs * WINDOW_PER_JOB;
    l->ring = calloc(l->size, sizeof *l->ring);
    if (!l->ring)
        return no_memory(e);
    for (size_t i = 0; i < l->size; i++) {
        arena_init(&l->ring[i].arena, ITEM_BYTES_MAX);
        unit_rows_init(&l->ring[i].rows);
        buf_init(&l->ring[i].entries, ITEM_BYTES_MAX);
    }
    return FLOW_OK;
}

static void close_ring(struct line *l)
{
    for (size_t i = 0; l->ring && i < l->size; i++) {
        arena_fini(&l->ring[i].arena);
        unit_rows_fini(&l->ring[i].rows);
        buf_fini(&l->ring[i].entries);
    }
    free(l->ring);
}

static enum flow start(struct pipeline *p, struct line *l, struct hand *hands, struct err *e)
{
    for (long i = 0; i < p->jobs; i++) {
        struct hand *h = &hands[i];
        h->line = l;
        h->worker = worker_new(p, e);
        if (!h->worker)
            return FLOW_FATAL;
        if (pthread_create(&h->thread, NULL, work, h) != 0)
            return err_set(e, STATUS_SYSTEM, "cannot start thread %ld of %ld", i + 1, p->jobs);
        h->started = 1;
    }
    return FLOW_OK;
}

/* What the workers counted, when all of them have done their part. */
static enum flow add_up(struct pipeline *p, const struct hand *hands, struct err *e)
{
    p->observed = observed_new(p->plan->edition, p->previous && !p->shards, e);
    enum flow f = p->observed ? FLOW_OK : FLOW_FATAL;
    for (long i = 0; i < p->jobs && f == FLOW_OK; i++)
        f = observed_add(p->observed, worker_observed(hands[i].worker), e);
    return f;
}

static void stop_hands(struct line *l, struct hand *hands, long jobs)
{
    pthread_mutex_lock(&l->lock);
    l->closing = 1;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    for (long i = 0; i < jobs; i++)
        if (hands[i].started)
            pthread_join(hands[i].thread, NULL);
}

enum flow pipeline_run(struct pipeline *p, struct err *e)
{
    struct line l = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .large = PTHREAD_MUTEX_INITIALIZER,
                     .work = PTHREAD_COND_INITIALIZER,
                     .done = PTHREAD_COND_INITIALIZER};
    struct walk k = {.p = p};
    p->large = &l.large;
    struct hand *hands = calloc((size_t)p->jobs, sizeof *hands);
    enum flow f = hands ? open_ring(p, &l, e) : no_memory(e);
    if (f == FLOW_OK)
        f = adopt(&k, e);
    if (f == FLOW_OK)
        f = start(p, &l, hands, e);
    if (f == FLOW_OK)
        f = run_line(p, &l, &k, e);
    if (hands)
        stop_hands(&l, hands, p->jobs);
    if (f == FLOW_OK)
        f = add_up(p, hands, e);
    for (long i = 0; hands && i < p->jobs; i++)
        worker_free(hands[i].worker);
    close_ring(&l);
    free(k.adoptions);
    free(k.is_adopted);
    free(k.later);
    free(hands);
    return f;
}
