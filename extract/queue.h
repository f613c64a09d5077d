/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is. Hosts take turns, each up to its own number of requests at once, so that a slow host never holds
 * the others; what waits for another try stands aside in order of time. Numbers in, numbers out: a task is an index. */
#ifndef EXTRACT_QUEUE_H
#define EXTRACT_QUEUE_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

enum { QUEUE_NONE = UINT32_MAX };

struct queue;
struct queue *queue_open(size_t tasks, struct err *e);
void queue_close(struct queue *q); /* accepts NULL */
/* A host with its limit; the index it got. */
enum flow queue_add_host(struct queue *q, long limit, uint32_t *host, struct err *e) MUST_USE;
/* The host of a task, remembered here before it is first queued. */
void queue_set_host(struct queue *q, uint32_t task, uint32_t host);
uint32_t queue_host(const struct queue *q, uint32_t task);
/* The task may be asked now, after those already waiting for its host. */
void queue_put(struct queue *q, uint32_t task, uint32_t host);
/* The task may be asked from `due` (µs, any clock the caller uses throughout). */
void queue_put_later(struct queue *q, uint32_t task, uint32_t host, int64_t due);
/* Moves what is due at `now` into the turns. */
void queue_tick(struct queue *q, int64_t now);
/* The next task whose host has room, or QUEUE_NONE; it counts as running until queue_done. */
uint32_t queue_take(struct queue *q);
void queue_done(struct queue *q, uint32_t task);
/* The host asked for less: half as many at once, at least one. */
void queue_slow_down(struct queue *q, uint32_t task);
/* When the first waiting task is due; INT64_MAX when none waits. */
int64_t queue_next_due(const struct queue *q);
size_t queue_waiting(const struct queue *q); /* ready and waiting together */

#endif
