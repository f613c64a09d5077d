/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel lock on a file (open file description lock, close-on-exec): freed on death, not inherited.
 * The text inside (program, pid, host, since) is information for people only. */
#ifndef SCHEMAS_RUN_LOCK_H
#define SCHEMAS_RUN_LOCK_H

#include "schemas/run/err.h"

struct lock;

/* Takes PATH without waiting. NULL with STATUS_RETRY and "held by PROGRAM (pid N on HOST) since INSTANT" when somebody
 * has it.
 */
struct lock *lock_take(const char *path, const char *program, struct err *e);
void lock_release(struct lock *l); /* accepts NULL; the file stays */

#endif
