/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* usable bytes */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

static void free_chain(struct arena_block *b)
{
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_fini(struct arena *a)
{
    free_chain(a->head);
    arena_init(a, a->max);
}

void arena_reset(struct arena *a)
{
    if (a->head) {
        free_chain(a->head->next);
        a->head->next = NULL;
        a->head->used = 0;
    }
    a->used = 0;
}

static struct arena_block *add_block(struct arena *a, size_t n)
{
    size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;
    struct arena_block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    *b = (struct arena_block){.next = a->head, .size = size};
    a->head = b;
    return b;
}

/* n bytes at a multiple of step, which is a power of two. */
static void *take(struct arena *a, size_t n, size_t step)
{
    if (n > a->max || a->used > a->max - n || n > SIZE_MAX - BLOCK_MIN)
        return NULL;
    struct arena_block *b = a->head;
    size_t from = b ? (b->used + step - 1) & ~(step - 1) : 0;
    if (!b || from > b->size || b->size - from < n) {
        b = add_block(a, n);
        from = 0;
    }
    if (!b)
        return NULL;
    b->used = from + n;
    a->used += n;
    return b->data + from;
}

void *arena_get(struct arena *a, size_t n)
{
    void *p = take(a, n ? n : 1, alignof(max_align_t));
    return p ? memset(p, 0, n) : NULL;
}

char *arena_copy(struct arena *a, const char *s, size_t n)
{
    char *p = n < SIZE_MAX ? take(a, n + 1, 1) : NULL;
    if (!p)
        return NULL;
    if (n)
        memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_copy(a, s, strlen(s));
}
