/* SPDX-License-Identifier: Apache-2.0 */
/* From an archive to rows in unit order: one thread hands out units, N threads judge them, the first one collects what
 * they made in the order handed out, so that the bytes do not depend on N. Memory: a window of batches, whatever the
 * number of units, and one large document, whatever the number of threads. */
#ifndef TRANSFORM_PIPELINE_H
#define TRANSFORM_PIPELINE_H

#include "schemas/archive/archive.h"
#include "transform/judge.h"
#include "transform/memo.h"
#include "transform/observed.h"
#include "transform/spool.h"

#include <pthread.h>

struct pipeline {
    /* what to work on; all borrowed */
    const struct plan *plan;
    const struct xml_schema *schema;
    const struct archive *archive;
    struct previous *previous; /* NULL: none */
    struct memo *memo;         /* NULL: nothing is recalled, nothing kept */
    const char *normalised;    /* folder for normalised documents, or NULL */
    long jobs;                 /* threads */
    pthread_mutex_t *large;    /* held by the one that has a large document in hand: pipeline_run's own */
    int shard, shards;         /* 0, 0: all units */
    struct spool *spool;       /* of the units in order */
    struct spool *late;        /* of those that came after all others, to be sorted */
    /* what came of it */
    struct observed *observed; /* of all units; to be freed by the caller */
    uint64_t crashed;          /* rules that stopped */
};

/* FLOW_FATAL with STATUS_RETRY when a signal asked to stop. */
enum flow pipeline_run(struct pipeline *p, struct err *e) MUST_USE;

#endif
