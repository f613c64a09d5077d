/* SPDX-License-Identifier: Apache-2.0 */
/* What earlier runs keep of each source, looked up and proven by a thread of its own before it is needed: reading a
 * body back and digesting it takes as long as asking whether it has changed. Units come in the order of the register,
 * in which they are asked when no host holds up another; who is asked out of turn is looked up on the spot. */
#ifndef EXTRACT_RECALL_H
#define EXTRACT_RECALL_H

#include "extract/ask.h"

struct recall;
/* NULL when there is nothing to recall, or nobody to do it. Reads of r what stays as it is while sources are asked. */
struct recall *recall_open(const struct run *r);
void recall_close(struct recall *c); /* accepts NULL; stops what is left to do */
/* 1 when the memory was filled, or the error set (*f); 0 when the caller must look itself, or looks a second time. */
int recall_take(struct recall *c, size_t task, struct ask_memory *m, enum flow *f, struct err *e);
/* The source will not be asked. */
void recall_drop(struct recall *c, size_t task);

#endif
