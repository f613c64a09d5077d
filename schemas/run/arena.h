/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: many small things of one life. Everything goes at once: arena_reset (per return) or arena_fini. Bounded. */
#ifndef SCHEMAS_RUN_ARENA_H
#define SCHEMAS_RUN_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used; /* bytes handed out since the last reset */
    size_t max;  /* arena_get returns NULL beyond */
};

void arena_init(struct arena *a, size_t max);
void arena_fini(struct arena *a);
/* Forgets everything, keeps one block for reuse. */
void arena_reset(struct arena *a);
/* n zeroed bytes aligned for any type, or NULL (no memory, or beyond max). */
void *arena_get(struct arena *a, size_t n);
/* A copy of n bytes followed by a NUL / of a string, packed: texts cost what they hold; NULL as above. */
char *arena_copy(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);

#endif
