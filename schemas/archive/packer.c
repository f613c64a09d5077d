/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/packer.h"

#include "schemas/archive/gzip.h"

#include <pthread.h>
#include <stdlib.h>

enum { JOBS = 64, THREADS_MAX = 8, TEXT_MAX = 1 << 30, UNDER_WAY_MAX = 6 << 20, KEEP = 256 * 1024 };

enum state { FREE, READY, BUSY, DONE };

struct job {
    struct buf text, out;
    size_t split;
    enum state state;
    enum flow flow;
    struct err err;
};

/* jobs [first, next) are under way, in order; [first, take) were taken by a thread. Indices grow, places are modulo
 * JOBS. */
struct packer {
    struct sink out;
    int level, threads, stop;
    pthread_t thread[THREADS_MAX];
    pthread_mutex_t mutex;
    pthread_cond_t work, done;
    struct job job[JOBS];
    size_t first, take, next;
    size_t bytes; /* of text under way */
};

static enum flow pack(struct job *j, struct gzip_writer *z, struct err *e)
{
    struct sink s = gzip_writer_sink(z);
    size_t second = j->text.len - j->split;
    enum flow f = sink_write(s, buf_str(&j->text), j->split, e);
    if (f == FLOW_OK)
        f = gzip_writer_finish(z, e);
    if (f == FLOW_OK && second)
        f = sink_write(s, buf_str(&j->text) + j->split, second, e);
    if (f == FLOW_OK && second)
        f = gzip_writer_finish(z, e);
    return f;
}

/* The writer's sink: the job in hand. */
static enum flow into_job(void *ctx, const void *p, size_t n, struct err *e)
{
    struct job **j = ctx;
    return buf_put(&(*j)->out, p, n, e);
}

static struct job *next_job(struct packer *p)
{
    while (!p->stop && p->take == p->next)
        (void)pthread_cond_wait(&p->work, &p->mutex);
    if (p->stop)
        return NULL;
    struct job *j = &p->job[p->take++ % JOBS];
    j->state = BUSY;
    return j;
}

static void *work(void *ctx)
{
    struct packer *p = ctx;
    struct job *j = NULL;
    struct err e = {STATUS_OK, ""};
    struct gzip_writer *z = gzip_writer_new((struct sink){into_job, &j}, p->level, &e);
    (void)pthread_mutex_lock(&p->mutex);
    while ((j = next_job(p))) {
        (void)pthread_mutex_unlock(&p->mutex);
        j->flow = z ? pack(j, z, &j->err) : FLOW_FATAL;
        if (!z)
            j->err = e;
        (void)pthread_mutex_lock(&p->mutex);
        j->state = DONE;
        (void)pthread_cond_signal(&p->done);
    }
    (void)pthread_mutex_unlock(&p->mutex);
    gzip_writer_free(z);
    return NULL;
}

struct packer *packer_open(int threads, int level, struct sink out, struct err *e)
{
    struct packer *p = calloc(1, sizeof *p);
    if (!p) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for compression");
        return NULL;
    }
    p->out = out;
    p->level = level;
    (void)pthread_mutex_init(&p->mutex, NULL);
    (void)pthread_cond_init(&p->work, NULL);
    (void)pthread_cond_init(&p->done, NULL);
    for (size_t i = 0; i < JOBS; i++) {
        buf_init(&p->job[i].text, TEXT_MAX);
        buf_init(&p->job[i].out, TEXT_MAX);
    }
    for (int i = 0; i < threads && i < THREADS_MAX; i++) {
        if (pthread_create(&p->thread[i], NULL, work, p) != 0)
            break; /* fewer threads do it too */
        p->threads++;
    }
    return p;
}

static void recycle(struct packer *p, struct job *j)
{
    p->bytes -= j->text.len;
    if (j->text.cap > KEEP)
        buf_fini(&j->text);
    if (j->out.cap > KEEP)
        buf_fini(&j->out);
    buf_reset(&j->text);
    buf_reset(&j->out);
    j->state = FREE;
    p->first++;
}

/* Puts out what is done, in order; waits for the oldest while `all`, or while too much is under way with so many bytes
 * more. */
static enum flow drain(struct packer *p, int all, size_t more, struct err *e)
{
    enum flow f = FLOW_OK;
    while (f == FLOW_OK && p->first < p->next) {
        struct job *j = &p->job[p->first % JOBS];
        int full = p->next - p->first == JOBS || p->bytes + more > UNDER_WAY_MAX;
        (void)pthread_mutex_lock(&p->mutex);
        while ((all || full) && j->state != DONE)
            (void)pthread_cond_wait(&p->done, &p->mutex);
        enum state state = j->state;
        (void)pthread_mutex_unlock(&p->mutex);
        if (state != DONE)
            return FLOW_OK;
        f = j->flow == FLOW_OK ? sink_write(p->out, j->out.data, j->out.len, e)
                               : err_set(e, j->err.status, "%s", j->err.text);
        if (f == FLOW_OK)
            recycle(p, j);
    }
    return f;
}

enum flow packer_room(struct packer *p, size_t bytes, struct buf **text, struct err *e)
{
    enum flow f = drain(p, 0, bytes, e);
    *text = &p->job[p->next % JOBS].text;
    buf_reset(*text);
    return f;
}

/* Without a thread: the same work, here. */
static enum flow do_it(struct packer *p, struct job *j, struct err *e)
{
    struct gzip_writer *z = gzip_writer_new((struct sink){into_job, &j}, p->level, e);
    enum flow f = z ? pack(j, z, e) : FLOW_FATAL;
    gzip_writer_free(z);
    j->flow = f;
    j->state = DONE;
    p->take++;
    return f;
}

enum flow packer_go(struct packer *p, size_t split, struct err *e)
{
    struct job *j = &p->job[p->next % JOBS];
    j->split = split < j->text.len ? split : j->text.len;
    p->bytes += j->text.len;
    (void)pthread_mutex_lock(&p->mutex);
    j->state = READY;
    p->next++;
    (void)pthread_cond_signal(&p->work);
    (void)pthread_mutex_unlock(&p->mutex);
    enum flow f = p->threads ? FLOW_OK : do_it(p, j, e);
    return f == FLOW_OK ? drain(p, 0, 0, e) : f;
}

enum flow packer_flush(struct packer *p, struct err *e)
{
    return drain(p, 1, 0, e);
}

void packer_close(struct packer *p)
{
    if (!p)
        return;
    (void)pthread_mutex_lock(&p->mutex);
    p->stop = 1;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->mutex);
    for (int i = 0; i < p->threads; i++)
        (void)pthread_join(p->thread[i], NULL);
    for (size_t i = 0; i < JOBS; i++) {
        buf_fini(&p->job[i].text);
        buf_fini(&p->job[i].out);
    }
    (void)pthread_mutex_destroy(&p->mutex);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_cond_destroy(&p->done);
    free(p);
}
