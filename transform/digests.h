/* SPDX-License-Identifier: Apache-2.0 */
/* A set of content digests, kept by their first 128 bits: enough to know a content again, 16 bytes a document. */
#ifndef TRANSFORM_DIGESTS_H
#define TRANSFORM_DIGESTS_H

#include "schemas/run/err.h"

#include <stddef.h>

struct digest_bits {
    unsigned char bits[16];
};

/* Empty when zeroed. Filled with digests_put, then sorted once by digests_settle or digests_keep_doubles, then asked.
 */
struct digests {
    struct digest_bits *items;
    size_t count, max;
};

/* The bits of a hexadecimal digest. */
struct digest_bits digest_bits_of(const char *hex);
int digest_bits_compare(const void *a, const void *b); /* for qsort and bsearch */

enum flow digests_put(struct digests *d, const char *hex, struct err *e) MUST_USE;
void digests_settle(struct digests *d);
/* Keeps each digest that was put more than once, once. */
void digests_keep_doubles(struct digests *d);
int digests_have(const struct digests *d, const char *hex);
void digests_free(struct digests *d);

#endif
