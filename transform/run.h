/* SPDX-License-Identifier: Apache-2.0 */
/* The three things pre-transform does; each returns FLOW_OK with the exit status of a run that ended, or FLOW_FATAL. */
#ifndef TRANSFORM_RUN_H
#define TRANSFORM_RUN_H

#include "transform/settings.h"

/* An archive (or, with merge, the packages of all shards) becomes a dataset. */
enum flow run_dataset(const struct settings *s, enum status *status, struct err *e) MUST_USE;
/* Files are judged by an edition or a schema alone; the report goes to stdout. */
enum flow run_check(const struct settings *s, enum status *status, struct err *e) MUST_USE;

/* An edition is proved; one line on stdout says what it holds. */
enum flow run_check_edition(const struct settings *s, struct err *e) MUST_USE;

#endif
