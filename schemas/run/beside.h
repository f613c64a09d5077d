/* SPDX-License-Identifier: Apache-2.0 */
/* Something done in a thread of its own while the caller does something else: both wait for the disk, or one for the
 * other no longer than it must. Where no thread is to be had it is done when it is waited for. */
#ifndef SCHEMAS_RUN_BESIDE_H
#define SCHEMAS_RUN_BESIDE_H

#include "schemas/run/err.h"

#include <pthread.h>

struct beside {
    enum flow (*work)(void *ctx, struct err *e);
    void *ctx;
    /* until it is waited for */
    int apart;
    pthread_t thread;
    enum flow flow;
    struct err err;
};

/* The structure stays where it is until beside_wait. */
void beside_begin(struct beside *b, enum flow (*work)(void *ctx, struct err *e), void *ctx);
/* What the work gave; *e is written only when that is not FLOW_OK. */
enum flow beside_wait(struct beside *b, struct err *e) MUST_USE;
/* The same after the caller's own work, whose fault (`mine`, already in *e) comes first. */
enum flow beside_join(struct beside *b, enum flow mine, struct err *e) MUST_USE;

#endif
