/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/queue.h"

#include <stdlib.h>
#include <string.h>

struct host {
    uint32_t head, tail; /* tasks ready, in order */
    uint32_t next;       /* in the ring of hosts that may go */
    uint32_t running, limit;
    int in_ring;
};

struct later {
    int64_t due;
    uint32_t task;
};

struct queue {
    struct host *host;
    size_t hosts, host_cap;
    uint32_t *next; /* by task: the one behind it */
    uint32_t *of;   /* by task: its host */
    size_t tasks;
    uint32_t ring_head, ring_tail;
    struct later *heap; /* least due first */
    size_t heaped;
    size_t ready;
};

struct queue *queue_open(size_t tasks, struct err *e)
{
    struct queue *q = calloc(1, sizeof *q);
    if (q) {
        q->tasks = tasks;
        q->next = malloc((tasks + 1) * sizeof *q->next);
        q->of = malloc((tasks + 1) * sizeof *q->of);
        q->heap = malloc((tasks + 1) * sizeof *q->heap);
        q->ring_head = q->ring_tail = QUEUE_NONE;
    }
    if (!q || !q->next || !q->of || !q->heap) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu sources", tasks);
        queue_close(q);
        return NULL;
    }
    return q;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    free(q->host);
    free(q->next);
    free(q->of);
    free(q->heap);
    free(q);
}

enum flow queue_add_host(struct queue *q, long limit, uint32_t *host, struct err *e)
{
    if (q->hosts == q->host_cap) {
        size_t cap = q->host_cap ? q->host_cap * 2 : 64;
        struct host *p = realloc(q->host, cap * sizeof *p);
        if (!p)
            return err_set(e, STATUS_SYSTEM, "out of memory for %zu hosts", cap);
        q->host = p;
        q->host_cap = cap;
    }
    q->host[q->hosts] = (struct host){QUEUE_NONE, QUEUE_NONE, QUEUE_NONE, 0, limit > 0 ? (uint32_t)limit : 1, 0};
    *host = (uint32_t)q->hosts++;
    return FLOW_OK;
}

/* Joins the ring when the host has something to ask and room to ask it. */
static void join(struct queue *q, uint32_t i)
{
    struct host *h = &q->host[i];
    if (h->in_ring || h->head == QUEUE_NONE || h->running >= h->limit)
        return;
    h->in_ring = 1;
    h->next = QUEUE_NONE;
    if (q->ring_tail == QUEUE_NONE)
        q->ring_head = i;
    else
        q->host[q->ring_tail].next = i;
    q->ring_tail = i;
}

void queue_set_host(struct queue *q, uint32_t task, uint32_t host)
{
    q->of[task] = host;
}

uint32_t queue_host(const struct queue *q, uint32_t task)
{
    return q->of[task];
}

void queue_put(struct queue *q, uint32_t task, uint32_t host)
{
    struct host *h = &q->host[host];
    q->of[task] = host;
    q->next[task] = QUEUE_NONE;
    if (h->tail == QUEUE_NONE)
        h->head = task;
    else
        q->next[h->tail] = task;
    h->tail = task;
    q->ready++;
    join(q, host);
}

static void sift_up(struct queue *q, size_t i)
{
    for (size_t up; i > 0 && q->heap[up = (i - 1) / 2].due > q->heap[i].due; i = up) {
        struct later t = q->heap[up];
        q->heap[up] = q->heap[i];
        q->heap[i] = t;
    }
}

static void sift_down(struct queue *q)
{
    for (size_t i = 0;;) {
        size_t least = i, l = 2 * i + 1, r = l + 1;
        if (l < q->heaped && q->heap[l].due < q->heap[least].due)
            least = l;
        if (r < q->heaped && q->heap[r].due < q->heap[least].due)
            least = r;
        if (least == i)
            return;
        struct later t = q->heap[least];
        q->heap[least] = q->heap[i];
        q->heap[i] = t;
        i = least;
    }
}

static uint32_t pop_later(struct queue *q)
{
    uint32_t task = q->heap[0].task;
    q->heap[0] = q->heap[--q->heaped];
    sift_down(q);
    return task;
}

void queue_put_later(struct queue *q, uint32_t task, uint32_t host, int64_t due)
{
    q->of[task] = host;
    q->heap[q->heaped] = (struct later){due, task};
    sift_up(q, q->heaped++);
}

void queue_tick(struct queue *q, int64_t now)
{
    while (q->heaped && q->heap[0].due <= now) {
        uint32_t task = pop_later(q);
        queue_put(q, task, q->of[task]);
    }
}

static uint32_t pop_task(struct queue *q, struct host *h)
{
    uint32_t task = h->head;
    h->head = q->next[task];
    if (h->head == QUEUE_NONE)
        h->tail = QUEUE_NONE;
    q->ready--;
    return task;
}

uint32_t queue_take(struct queue *q)
{
    while (q->ring_head != QUEUE_NONE) {
        uint32_t i = q->ring_head;
        struct host *h = &q->host[i];
        q->ring_head = h->next;
        if (q->ring_head == QUEUE_NONE)
            q->ring_tail = QUEUE_NONE;
        h->in_ring = 0;
        if (h->head == QUEUE_NONE || h->running >= h->limit)
            continue;
        uint32_t task = pop_task(q, h);
        h->running++;
        join(q, i);
        return task;
    }
    return QUEUE_NONE;
}

void queue_done(struct queue *q, uint32_t task)
{
    struct host *h = &q->host[q->of[task]];
    if (h->running)
        h->running--;
    join(q, q->of[task]);
}

void queue_slow_down(struct queue *q, uint32_t task)
{
    struct host *h = &q->host[q->of[task]];
    h->limit = h->limit > 1 ? h->limit / 2 : 1;
}

int64_t queue_next_due(const struct queue *q)
{
    return q->heaped ? q->heap[0].due : INT64_MAX;
}

size_t queue_waiting(const struct queue *q)
{
    return q->ready + q->heaped;
}
