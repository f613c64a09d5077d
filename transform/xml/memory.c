/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of libxml2: free lists by size, one set a thread. A tree is thousands of small blocks that live as long as one
 * document, so a list without locks takes a sixth to a quarter off parsing and validation. A block freed by another
 * thread joins that thread's list. What was taken from the system for small blocks stays with the process: bounded by
 * the largest document. Sanitizer builds keep malloc, to see. */
#include "transform/xml/reader.h"

#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

/* libxml2 goes on in many places as if what it had no memory for were not there: an attribute, a node of a set. */
static _Thread_local int starved;

int xml_starved(void)
{
    return starved;
}

void xml_starve(void)
{
    starved = 1;
}

#ifdef PRE_SANITIZE

int xml_memory(void)
{
    return 0;
}

#else

enum { STEP = 16, CLASSES = 48, CHUNK = 256 << 10 };

/* Before each block: its class (size / STEP), or 0 for one of malloc's own with its size. */
union header {
    struct {
        size_t class;
        size_t size;
    } b;
    max_align_t align;
};

struct free_block {
    struct free_block *next;
};

static _Thread_local struct free_block *lists[CLASSES];
static _Thread_local char *chunk, *chunk_end;

static void *carve(size_t class)
{
    size_t need = sizeof(union header) + class * STEP;
    if ((size_t)(chunk_end - chunk) < need) {
        char *fresh = malloc(CHUNK);
        starved |= !fresh;
        if (!fresh)
            return NULL;
        chunk = fresh;
        chunk_end = fresh + CHUNK;
    }
    union header *h = (union header *)(void *)chunk;
    chunk += need;
    h->b.class = class;
    return h + 1;
}

static void *get(size_t n)
{
    size_t class = n ? (n + STEP - 1) / STEP : 1;
    if (class < CLASSES) {
        struct free_block *b = lists[class];
        if (!b)
            return carve(class);
        lists[class] = b->next;
        return b;
    }
    if (n > SIZE_MAX - sizeof(union header))
        return NULL;
    union header *h = malloc(sizeof *h + n);
    starved |= !h;
    if (!h)
        return NULL;
    h->b.class = 0;
    h->b.size = n;
    return h + 1;
}

static void put(void *p)
{
    if (!p)
        return;
    union header *h = (union header *)p - 1;
    size_t class = h->b.class;
    if (class == 0) {
        free(h);
        return;
    }
    struct free_block *b = p;
    b->next = lists[class];
    lists[class] = b;
}

static void *resize(void *p, size_t n)
{
    if (!p)
        return get(n);
    union header *h = (union header *)p - 1;
    size_t old = h->b.class ? h->b.class * STEP : h->b.size;
    if (h->b.class && n <= old)
        return p;
    if (h->b.class == 0 && n >= CLASSES * STEP && n <= SIZE_MAX - sizeof *h) {
        h = realloc(h, sizeof *h + n);
        starved |= !h;
        if (!h)
            return NULL;
        h->b.size = n;
        return h + 1;
    }
    void *fresh = get(n);
    if (!fresh)
        return NULL;
    memcpy(fresh, p, old < n ? old : n);
    put(p);
    return fresh;
}

static char *duplicate(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = get(n);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

int xml_memory(void)
{
    return xmlMemSetup(put, get, resize, duplicate);
}

#endif
