/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/beside.h"

static void *work(void *ctx)
{
    struct beside *b = ctx;
    b->flow = b->work(b->ctx, &b->err);
    return NULL;
}

void beside_begin(struct beside *b, enum flow (*what)(void *ctx, struct err *e), void *ctx)
{
    b->work = what;
    b->ctx = ctx;
    b->apart = pthread_create(&b->thread, NULL, work, b) == 0;
}

enum flow beside_wait(struct beside *b, struct err *e)
{
    if (b->apart)
        (void)pthread_join(b->thread, NULL);
    else
        (void)work(b);
    if (b->flow != FLOW_OK)
        *e = b->err;
    return b->flow;
}

enum flow beside_join(struct beside *b, enum flow mine, struct err *e)
{
    struct err other;
    enum flow theirs = beside_wait(b, &other);
    if (mine != FLOW_OK || theirs == FLOW_OK)
        return mine;
    *e = other;
    return theirs;
}
