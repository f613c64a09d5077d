/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ends: one log line, the JSON of --summary, the exit status. */
#ifndef TRANSFORM_SUMMARY_H
#define TRANSFORM_SUMMARY_H

#include "transform/merge.h"

/* path NULL: no file. */
enum flow summary_tell(const struct merge *m, uint64_t crashed, int64_t microseconds, const char *path,
                       struct err *e) MUST_USE;
/* STATUS_PARTIAL when a document was refused or is undecided, else STATUS_OK. */
enum status summary_status(const struct merge *m);

#endif
