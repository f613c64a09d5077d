/* SPDX-License-Identifier: Apache-2.0 */
/* An answer on its way: kept aside until it is complete, so that one that fails midway leaves nothing half-written. */
#ifndef LOAD_SHOW_SPOOL_H
#define LOAD_SHOW_SPOOL_H

#include "schemas/run/sink.h"

struct spool {
    struct fd_sink file; /* without a name in any folder; fd -1 until the first bytes come */
};

#define SPOOL_EMPTY ((struct spool){{-1, "the answer kept aside"}})

struct sink spool_sink(struct spool *s);
/* Sends everything to `out`. */
enum flow spool_send(struct spool *s, struct sink out, struct err *e) MUST_USE;
void spool_close(struct spool *s);

#endif
