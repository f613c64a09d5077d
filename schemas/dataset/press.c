/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/press.h"

#include "schemas/archive/gzip.h"

#include <pthread.h>
#include <stdlib.h>

enum { MEMBER_MAX = 256 << 20, THREADS_MAX = 16 };

struct block {
    struct buf text, member;
    struct sink out;
    int done;
    enum flow flow;
    struct err err;
};

struct press {
    int level;
    struct gzip_packer *own; /* the caller's, where there is no thread; each thread has its own */
    size_t threads, size;    /* size: of the ring */
    struct block *ring;
    pthread_t thread[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    uint64_t filled, taken, delivered;
    int closing;
};

/* k NULL: there was no memory for it. */
static void compress(struct gzip_packer *k, struct block *b)
{
    buf_reset(&b->member);
    b->flow = !k ? err_set(&b->err, STATUS_SYSTEM, "out of memory for a compressor")
                 : gzip_pack(k, buf_str(&b->text), b->text.len, &b->member, &b->err);
}

static void *work(void *arg)
{
    struct press *p = arg;
    struct err ignored; /* told by the first block */
    struct gzip_packer *mine = gzip_packer_new(p->level, &ignored);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->taken == p->filled && !p->closing)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->closing)
            break;
        struct block *b = &p->ring[p->taken++ % p->size];
        pthread_mutex_unlock(&p->lock);
        compress(mine, b);
        pthread_mutex_lock(&p->lock);
        b->done = 1;
        pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    gzip_packer_free(mine);
    return NULL;
}

struct press *press_new(long threads, int level, struct err *e)
{
    struct press *p = calloc(1, sizeof *p);
    size_t wanted = threads < 2 ? 0 : threads > THREADS_MAX ? THREADS_MAX : (size_t)threads;
    if (p) {
        p->size = wanted ? 2 * wanted : 1;
        p->ring = calloc(p->size, sizeof *p->ring);
    }
    if (!p || !p->ring) {
        free(p);
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    p->level = level;
    for (size_t i = 0; i < p->size; i++) {
        buf_init(&p->ring[i].text, MEMBER_MAX);
        buf_init(&p->ring[i].member, MEMBER_MAX);
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    /* A thread that cannot be had is work for the others. */
    while (p->threads < wanted && pthread_create(&p->thread[p->threads], NULL, work, p) == 0)
        p->threads++;
    if (!p->threads && !(p->own = gzip_packer_new(level, e))) {
        press_free(p);
        return NULL;
    }
    return p;
}

void press_free(struct press *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->closing = 1;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    for (size_t i = 0; i < p->size; i++) {
        buf_fini(&p->ring[i].text);
        buf_fini(&p->ring[i].member);
    }
    gzip_packer_free(p->own);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p->ring);
    free(p);
}

/* Waits for the oldest block and writes its member. */
static enum flow deliver(struct press *p, struct err *e)
{
    struct block *b = &p->ring[p->delivered++ % p->size];
    pthread_mutex_lock(&p->lock);
    while (!b->done)
        pthread_cond_wait(&p->done, &p->lock);
    b->done = 0;
    pthread_mutex_unlock(&p->lock);
    if (b->flow != FLOW_OK) {
        *e = b->err;
        return b->flow;
    }
    return sink_write(b->out, buf_str(&b->member), b->member.len, e);
}

enum flow press_put(struct press *p, struct buf *text, struct sink out, struct err *e)
{
    if (p->filled - p->delivered == p->size && deliver(p, e) != FLOW_OK)
        return FLOW_FATAL;
    struct block *b = &p->ring[p->filled % p->size];
    struct buf spare = b->text;
    spare.max = text->max;
    buf_reset(&spare);
    b->text = *text;
    *text = spare;
    b->out = out;
    if (!p->threads) {
        compress(p->own, b);
        b->done = 1;
    }
    pthread_mutex_lock(&p->lock);
    p->filled++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return p->threads ? FLOW_OK : deliver(p, e);
}

enum flow press_drain(struct press *p, struct err *e)
{
    enum flow f = FLOW_OK;
    while (f == FLOW_OK && p->delivered < p->filled)
        f = deliver(p, e);
    return f;
}
