/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/digests.h"

#include <stdlib.h>
#include <string.h>

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

struct digest_bits digest_bits_of(const char *hex)
{
    struct digest_bits d = {{0}};
    for (size_t i = 0; i < sizeof d.bits && hex[2 * i] && hex[2 * i + 1]; i++)
        d.bits[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    return d;
}

int digest_bits_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct digest_bits));
}

enum flow digests_put(struct digests *d, const char *hex, struct err *e)
{
    if (d->count == d->max) {
        size_t max = d->max ? 2 * d->max : 1024;
        struct digest_bits *grown = realloc(d->items, max * sizeof *grown);
        if (!grown)
            return err_set(e, STATUS_SYSTEM, "out of memory");
        d->items = grown;
        d->max = max;
    }
    d->items[d->count++] = digest_bits_of(hex);
    return FLOW_OK;
}

void digests_settle(struct digests *d)
{
    if (d->count)
        qsort(d->items, d->count, sizeof *d->items, digest_bits_compare);
}

void digests_keep_doubles(struct digests *d)
{
    size_t kept = 0;
    digests_settle(d);
    for (size_t i = 1; i < d->count; i++)
        if (digest_bits_compare(&d->items[i], &d->items[i - 1]) == 0 &&
            (!kept || digest_bits_compare(&d->items[kept - 1], &d->items[i]) != 0))
            d->items[kept++] = d->items[i];
    d->count = kept;
}

int digests_have(const struct digests *d, const char *hex)
{
    struct digest_bits c = digest_bits_of(hex);
    return d->count && bsearch(&c, d->items, d->count, sizeof c, digest_bits_compare) != NULL;
}

void digests_free(struct digests *d)
{
    free(d->items);
    *d = (struct digests){0};
}
