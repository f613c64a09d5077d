/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/recall.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { AHEAD = 64 };

enum state { FREE, BUSY, READY };

struct slot {
    enum state state;
    size_t task;
    enum flow flow;
    struct err err;
    struct ask_memory memory;
};

struct recall {
    const struct run *run;
    struct register_reader *rows;
    struct warc_record record;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t room, ready;
    int stop;
    unsigned char *given; /* by task: taken or dropped */
    struct slot slot[AHEAD];
};

/* The place for a task, once it is free; NULL when nobody waits for the task any more. */
static struct slot *free_slot(struct recall *c, size_t task)
{
    struct slot *s = &c->slot[task % AHEAD];
    while (!c->stop && !c->given[task] && s->state != FREE)
        (void)pthread_cond_wait(&c->room, &c->mutex);
    return c->stop || c->given[task] ? NULL : s;
}

/* No other source can be asked under a condition. */
static int is_http(const struct recall *c, const struct task *t)
{
    return strncasecmp(register_value(c->rows, t->unit, c->run->source_column), "http", 4) == 0;
}

static void *work(void *ctx)
{
    struct recall *c = ctx;
    const struct run *r = c->run;
    (void)pthread_mutex_lock(&c->mutex);
    for (size_t i = 0; i < r->tasks && !c->stop; i++) {
        struct slot *s = is_http(c, &r->task[i]) ? free_slot(c, i) : NULL;
        if (!s)
            continue;
        s->state = BUSY;
        s->task = i;
        (void)pthread_mutex_unlock(&c->mutex);
        memset(&s->memory, 0, sizeof s->memory);
        s->flow = ask_recall(r, &r->task[i], &c->record, &s->memory, &s->err);
        (void)pthread_mutex_lock(&c->mutex);
        s->state = READY;
        (void)pthread_cond_signal(&c->ready);
    }
    (void)pthread_mutex_unlock(&c->mutex);
    return NULL;
}

static void recall_free(struct recall *c)
{
    (void)pthread_mutex_destroy(&c->mutex);
    (void)pthread_cond_destroy(&c->room);
    (void)pthread_cond_destroy(&c->ready);
    warc_record_fini(&c->record);
    register_reader_free(c->rows);
    free(c->given);
    free(c);
}

struct recall *recall_open(const struct run *r)
{
    struct err unsaid;
    struct recall *c = r->archive && sysconf(_SC_NPROCESSORS_ONLN) > 1 ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->run = r;
    c->given = malloc(r->tasks + 1);
    c->rows = register_reader_new(r->table, &unsaid);
    warc_record_init(&c->record, r->record.block.max);
    (void)pthread_mutex_init(&c->mutex, NULL);
    (void)pthread_cond_init(&c->room, NULL);
    (void)pthread_cond_init(&c->ready, NULL);
    for (size_t i = 0; c->given && i < r->tasks; i++)
        c->given[i] = r->task[i].outcome != OUTCOME_NOT_ASKED;
    if (c->given && c->rows && pthread_create(&c->thread, NULL, work, c) == 0)
        return c;
    recall_free(c);
    return NULL;
}

void recall_close(struct recall *c)
{
    if (!c)
        return;
    (void)pthread_mutex_lock(&c->mutex);
    c->stop = 1;
    (void)pthread_cond_signal(&c->room);
    (void)pthread_mutex_unlock(&c->mutex);
    (void)pthread_join(c->thread, NULL);
    recall_free(c);
}

int recall_take(struct recall *c, size_t task, struct ask_memory *m, enum flow *f, struct err *e)
{
    struct slot *s = &c->slot[task % AHEAD];
    (void)pthread_mutex_lock(&c->mutex);
    while (s->state == BUSY && s->task == task)
        (void)pthread_cond_wait(&c->ready, &c->mutex);
    int have = !c->given[task] && s->state == READY && s->task == task;
    if (have) {
        s->state = FREE;
        *f = s->flow;
        if (*f != FLOW_OK)
            *e = s->err;
        *m = s->memory;
    }
    c->given[task] = 1;
    (void)pthread_cond_signal(&c->room);
    (void)pthread_mutex_unlock(&c->mutex);
    return have;
}

void recall_drop(struct recall *c, size_t task)
{
    struct ask_memory unused;
    struct err ignored;
    enum flow f;
    (void)recall_take(c, task, &unused, &f, &ignored);
}
