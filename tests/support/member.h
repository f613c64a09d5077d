/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as senders and servers compress them. */
#ifndef TESTS_SUPPORT_MEMBER_H
#define TESTS_SUPPORT_MEMBER_H

#include "schemas/run/buf.h"

/* Appends p[0..n) to out as one gzip member of the usual level. */
enum flow member_put(const void *p, size_t n, struct buf *out, struct err *e) MUST_USE;

#endif
