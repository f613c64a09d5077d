/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what became of a source into the archive: the bytes, when they are worth keeping, and the mark. */
#ifndef EXTRACT_COMMIT_H
#define EXTRACT_COMMIT_H

#include "extract/judge.h"

/* The outcome of a unit's source, final. answer NULL when nothing was asked. */
enum flow commit_task(struct run *r, struct task *t, const struct fetch_answer *answer, const struct verdict *v,
                      struct err *e) MUST_USE;
/* One file of the drop folder; name percent-encoded, unit "" when the name says none. */
enum flow commit_inbox(struct run *r, const char *unit, const char *name, const struct verdict *v,
                       struct err *e) MUST_USE;

#endif
