/* SPDX-License-Identifier: Apache-2.0 */
/* The hash is seeded by the address of the map, so that a hostile document cannot choose colliding keys. */
#include "schemas/run/map.h"

#include "schemas/run/arena.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *key;
    uint32_t len, hash;
};

struct map {
    struct arena keys;
    struct entry *entries;
    size_t length;   /* of every key, or 0 */
    char *side;      /* then the keys, side by side */
    uint32_t *slots; /* entry index + 1, 0 = free; always a power of two, at most half full */
    uint32_t count, room, mask;
};

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint32_t hash_of(const struct map *m, const char *key, size_t len)
{
    uint64_t h = mix((uint64_t)(uintptr_t)m ^ len);
    while (len >= 8) {
        uint64_t word;
        memcpy(&word, key, 8);
        h = mix(h ^ word);
        key += 8;
        len -= 8;
    }
    uint64_t tail = 0;
    if (len)
        memcpy(&tail, key, len);
    return (uint32_t)mix(h ^ tail);
}

struct map *map_new(void)
{
    struct map *m = calloc(1, sizeof *m);
    if (m)
        arena_init(&m->keys, SIZE_MAX);
    return m;
}

struct map *map_new_of(size_t length)
{
    struct map *m = map_new();
    if (m)
        m->length = length;
    return m;
}

void map_free(struct map *m)
{
    if (!m)
        return;
    arena_fini(&m->keys);
    free(m->entries);
    free(m->side);
    free(m->slots);
    free(m);
}

static int is_key(const struct map *m, uint32_t i, const char *key, size_t len, uint32_t hash)
{
    if (m->length)
        return memcmp(m->side + i * m->length, key, len) == 0;
    const struct entry *x = &m->entries[i];
    return x->hash == hash && x->len == len && memcmp(x->key, key, len) == 0;
}

/* The slot that holds the key, or the free slot where it belongs. */
static uint32_t find(const struct map *m, const char *key, size_t len, uint32_t hash)
{
    uint32_t at = hash & m->mask;
    while (m->slots[at] && !is_key(m, m->slots[at] - 1, key, len, hash))
        at = (at + 1) & m->mask;
    return at;
}

static int grow_rows(struct map *m, uint32_t room)
{
    size_t size = m->length ? m->length : sizeof *m->entries;
    void *rows = realloc(m->length ? (void *)m->side : (void *)m->entries, room * size);
    if (rows && m->length)
        m->side = rows;
    else if (rows)
        m->entries = rows;
    return rows != NULL;
}

static enum flow grow(struct map *m, struct err *e)
{
    uint32_t room = m->room ? m->room * 2 : 32;
    if (room > UINT32_MAX / 4)
        return err_set(e, STATUS_SYSTEM, "map: more than %u keys", (unsigned)m->room);
    uint32_t *slots = grow_rows(m, room) ? calloc((size_t)room * 2, sizeof *slots) : NULL;
    if (!slots)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    free(m->slots);
    m->slots = slots;
    m->room = room;
    m->mask = room * 2 - 1;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t hash = m->length ? hash_of(m, m->side + i * m->length, m->length) : m->entries[i].hash;
        uint32_t at = hash & m->mask;
        while (slots[at])
            at = (at + 1) & m->mask;
        slots[at] = i + 1;
    }
    return FLOW_OK;
}

static int put_key(struct map *m, const char *key, size_t len, uint32_t hash)
{
    if (m->length) {
        memcpy(m->side + m->count * m->length, key, len);
        return 1;
    }
    const char *copy = arena_copy(&m->keys, key, len);
    m->entries[m->count] = (struct entry){copy, (uint32_t)len, hash};
    return copy != NULL;
}

enum flow map_put(struct map *m, const char *key, size_t len, uint32_t *index, int *added, struct err *e)
{
    if (len > UINT32_MAX)
        return err_set(e, STATUS_SYSTEM, "map: a key of more than 4 GB");
    if (m->length && len != m->length)
        return err_set(e, STATUS_BUG, "map: a key of %zu bytes among those of %zu", len, m->length);
    if (m->count == m->room) {
        enum flow f = grow(m, e);
        if (f != FLOW_OK)
            return f;
    }
    uint32_t hash = hash_of(m, key, len);
    uint32_t at = find(m, key, len, hash);
    int fresh = m->slots[at] == 0;
    if (fresh) {
        if (!put_key(m, key, len, hash))
            return err_set(e, STATUS_SYSTEM, "out of memory");
        m->slots[at] = ++m->count;
    }
    *index = m->slots[at] - 1;
    if (added)
        *added = fresh;
    return FLOW_OK;
}

uint32_t map_get(const struct map *m, const char *key, size_t len)
{
    if (!m->count || (m->length && len != m->length))
        return MAP_NONE;
    uint32_t slot = m->slots[find(m, key, len, hash_of(m, key, len))];
    return slot ? slot - 1 : MAP_NONE;
}

const char *map_key(const struct map *m, uint32_t i)
{
    if (i >= m->count)
        return NULL;
    return m->length ? m->side + i * m->length : m->entries[i].key;
}

uint32_t map_count(const struct map *m)
{
    return m->count;
}

void map_forget(struct map *m)
{
    free(m->entries);
    free(m->side);
    free(m->slots);
    m->side = NULL;
    m->entries = NULL;
    m->slots = NULL;
    m->count = m->room = m->mask = 0;
}
