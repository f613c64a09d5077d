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

void map_free(struct map *m)
{
    if (!m)
        return;
    arena_fini(&m->keys);
    free(m->entries);
    free(m->slots);
    free(m);
}

/* The slot that holds the key, or the free slot where it belongs. */
static uint32_t find(const struct map *m, const char *key, size_t len, uint32_t hash)
{
    uint32_t at = hash & m->mask;
    while (m->slots[at]) {
        const struct entry *x = &m->entries[m->slots[at] - 1];
        if (x->hash == hash && x->len == len && memcmp(x->key, key, len) == 0)
            break;
        at = (at + 1) & m->mask;
    }
    return at;
}

static enum flow grow(struct map *m, struct err *e)
{
    uint32_t room = m->room ? m->room * 2 : 32;
    if (room > UINT32_MAX / 4)
        return err_set(e, STATUS_SYSTEM, "map: more than %u keys", (unsigned)m->room);
    struct entry *entries = realloc(m->entries, room * sizeof *entries);
    if (!entries)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    m->entries = entries;
    uint32_t *slots = calloc((size_t)room * 2, sizeof *slots);
    if (!slots)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    free(m->slots);
    m->slots = slots;
    m->room = room;
    m->mask = room * 2 - 1;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t at = entries[i].hash & m->mask;
        while (slots[at])
            at = (at + 1) & m->mask;
        slots[at] = i + 1;
    }
    return FLOW_OK;
}

enum flow map_put(struct map *m, const char *key, size_t len, uint32_t *index, int *added, struct err *e)
{
    if (len > UINT32_MAX)
        return err_set(e, STATUS_SYSTEM, "map: a key of more than 4 GB");
    if (m->count == m->room) {
        enum flow f = grow(m, e);
        if (f != FLOW_OK)
            return f;
    }
    uint32_t hash = hash_of(m, key, len);
    uint32_t at = find(m, key, len, hash);
    int fresh = m->slots[at] == 0;
    if (fresh) {
        const char *copy = arena_copy(&m->keys, key, len);
        if (!copy)
            return err_set(e, STATUS_SYSTEM, "out of memory");
        m->entries[m->count] = (struct entry){copy, (uint32_t)len, hash};
        m->slots[at] = ++m->count;
    }
    *index = m->slots[at] - 1;
    if (added)
        *added = fresh;
    return FLOW_OK;
}

uint32_t map_get(const struct map *m, const char *key, size_t len)
{
    if (!m->count)
        return MAP_NONE;
    uint32_t slot = m->slots[find(m, key, len, hash_of(m, key, len))];
    return slot ? slot - 1 : MAP_NONE;
}

const char *map_key(const struct map *m, uint32_t i)
{
    return i < m->count ? m->entries[i].key : NULL;
}

const char *map_key_length(const struct map *m, uint32_t i, size_t *len)
{
    *len = i < m->count ? m->entries[i].len : 0;
    return map_key(m, i);
}

uint32_t map_count(const struct map *m)
{
    return m->count;
}

void map_forget(struct map *m)
{
    free(m->entries);
    free(m->slots);
    m->entries = NULL;
    m->slots = NULL;
    m->count = m->room = m->mask = 0;
}
