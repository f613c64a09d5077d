/* SPDX-License-Identifier: Apache-2.0 */
#include "load/store/db_sender.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAITING_MAX = 3 };

struct waiting {
    struct db_batch batch;
    struct db_cell *cells;
    struct buf text;
};

struct db_sender {
    const struct db_driver *driver;
    void *ctx;
    struct waiting ring[WAITING_MAX];
    size_t put, sent; /* batches so far; the one being sent is ring[sent % WAITING_MAX] */
    int closing;
    enum flow flow; /* of the first batch that failed, with err */
    struct err err;
    int started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void *work(void *arg)
{
    struct db_sender *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (s->put == s->sent && !s->closing) {
            pthread_cond_wait(&s->changed, &s->lock);
        }
        if (s->put == s->sent) {
            break;
        }
        struct waiting *w = &s->ring[s->sent % WAITING_MAX];
        if (s->flow == FLOW_OK) {
            struct err e;
            pthread_mutex_unlock(&s->lock);
            enum flow f = s->driver->insert(s->ctx, &w->batch, &e);
            pthread_mutex_lock(&s->lock);
            if (f != FLOW_OK) {
                s->err = e;
                s->flow = f;
            }
        }
        s->sent++;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Waits until no more than `left` batches do. */
static enum flow wait_for(struct db_sender *s, size_t left, struct err *e)
{
    pthread_mutex_lock(&s->lock);
    while (s->put - s->sent > left) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    enum flow f = s->flow;
    if (f != FLOW_OK) {
        *e = s->err;
    }
    pthread_mutex_unlock(&s->lock);
    return f;
}

struct db_sender *db_sender_new(const struct db_driver *driver, void *ctx, struct err *e)
{
    struct db_sender *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_set(e, STATUS_SYSTEM, "no memory for rows on their way");
        return NULL;
    }
    s->driver = driver;
    s->ctx = ctx;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    int room = 1;
    for (size_t i = 0; i < WAITING_MAX; i++) {
        buf_init(&s->ring[i].text, DB_BATCH_TEXT_MAX);
        s->ring[i].cells = calloc(driver->batch, sizeof *s->ring[i].cells);
        room &= s->ring[i].cells != NULL;
    }
    s->started = room && pthread_create(&s->thread, NULL, work, s) == 0;
    if (!s->started) {
        err_set(e, STATUS_SYSTEM,
                room ? "cannot start the thread that writes rows" : "no memory for rows on their way");
        db_sender_free(s);
        return NULL;
    }
    return s;
}

enum flow db_sender_put(struct db_sender *s, const struct db_batch *b, struct db_cell **cells, struct buf *text,
                        struct err *e)
{
    if (wait_for(s, WAITING_MAX - 1, e) != FLOW_OK) {
        return FLOW_FATAL;
    }
    struct waiting *w = &s->ring[s->put % WAITING_MAX];
    struct db_cell *empty_cells = w->cells;
    struct buf empty_text = w->text;
    w->cells = *cells;
    w->text = *text;
    *cells = empty_cells;
    *text = empty_text;
    buf_reset(text);
    w->batch = *b;
    w->batch.cells = w->cells;
    w->batch.text = buf_str(&w->text);
    pthread_mutex_lock(&s->lock);
    s->put++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return FLOW_OK;
}

enum flow db_sender_wait(struct db_sender *s, struct err *e)
{
    return s == NULL ? FLOW_OK : wait_for(s, 0, e);
}

void db_sender_free(struct db_sender *s)
{
    if (s == NULL) {
        return;
    }
    if (s->started) {
        pthread_mutex_lock(&s->lock);
        s->closing = 1;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        free(s->ring[i].cells);
        buf_fini(&s->ring[i].text);
    }
    free(s);
}
