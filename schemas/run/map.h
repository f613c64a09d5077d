/* SPDX-License-Identifier: Apache-2.0 */
/* String to index map: open addressing, keys copied. Iteration is by insertion order, so output never depends on
 * hashing. */
#ifndef SCHEMAS_RUN_MAP_H
#define SCHEMAS_RUN_MAP_H

#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

struct map; /* opaque */
#define MAP_NONE UINT32_MAX

/* NULL without memory. The caller frees with map_free (accepts NULL). */
struct map *map_new(void);
/* The same for keys that all have this length: held side by side, they cost themselves and some ten bytes more. */
struct map *map_new_of(size_t length);
void map_free(struct map *m);
/* Index of the key: 0, 1, 2... in order of first insertion; *added (may be NULL) says whether it is new. */
enum flow map_put(struct map *m, const char *key, size_t len, uint32_t *index, int *added, struct err *e) MUST_USE;
/* Index of the key, or MAP_NONE. */
uint32_t map_get(const struct map *m, const char *key, size_t len);
/* The i-th key, borrowed until map_free (keys of one length: until map_put); NULL past the end. */
const char *map_key(const struct map *m, uint32_t i);
uint32_t map_count(const struct map *m);
/* Empties the map, but keys already borrowed stay until map_free. */
void map_forget(struct map *m);

#endif
