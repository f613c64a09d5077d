/* SPDX-License-Identifier: Apache-2.0 */
/* Ending a run: the archive is made durable and named, then the summary that speaks of it. */
#ifndef EXTRACT_FINISH_H
#define EXTRACT_FINISH_H

#include "extract/run.h"

enum flow run_finish(struct run *r, enum status *s, struct err *e) MUST_USE;
/* The disk is full, or worse: what is whole stays, the rest goes, the error is told. FLOW_FATAL. */
enum flow run_rescue(struct run *r);

#endif
