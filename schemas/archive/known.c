/* SPDX-License-Identifier: Apache-2.0 */
/* Taking the entries of indexes, in the order of the archives: what is believed of each unit, where each body is. */
#include "schemas/archive/known.h"
#include "schemas/archive/memory.h"
#include "schemas/run/clock.h"
#include "schemas/run/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kept_names[2] = {"register", "decisions"};

static enum flow no_memory(size_t n, struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory for %zu entries of the archive", n);
}

static enum flow grow(void **p, size_t *cap, size_t need, size_t size, struct err *e)
{
    if (need <= *cap)
        return FLOW_OK;
    size_t n = *cap ? *cap * 2 : 256;
    while (n < need)
        n *= 2;
    void *q = realloc(*p, n * size);
    if (!q)
        return no_memory(n, e);
    *p = q;
    *cap = n;
    return FLOW_OK;
}

static struct spot spot_of(const struct archive *a, uint64_t offset, uint64_t length)
{
    return (struct spot){
        .low = (uint32_t)offset, .length = (uint32_t)length, .file = a->current, .high = (uint8_t)(offset >> 32)};
}

/* ---- bytes for texts ---- */

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of lower-case hexadecimal digits into n bytes; 0 when s is not that. */
static int from_hex(const char *s, unsigned char *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = nibble(s[0]), low = high < 0 ? -1 : nibble(s[1]);
        if (low < 0)
            return 0;
        out[i] = (unsigned char)(high << 4 | low);
        s += 2;
    }
    return *s == '\0';
}

/* What a digest is looked up by: its bytes; of one written otherwise the digest of that text, turned over: no body has
 * it. */
static enum flow digest_key(const char *digest, unsigned char key[DIGEST_BYTES], struct err *e)
{
    char hex[DIGEST_HEX_MAX];
    if (from_hex(digest, key, DIGEST_BYTES))
        return FLOW_OK;
    enum flow f = digest_of(digest, strlen(digest), hex, e);
    if (f == FLOW_OK && !from_hex(hex, key, DIGEST_BYTES))
        return err_set(e, STATUS_BUG, "digest '%s'", hex);
    for (size_t i = 0; f == FLOW_OK && i < DIGEST_BYTES; i++)
        key[i] ^= 0xff;
    return f;
}

uint32_t known_body(const struct archive *a, const char *digest)
{
    unsigned char key[DIGEST_BYTES];
    struct err ignored;
    if (!a->bodies || digest_key(digest, key, &ignored) != FLOW_OK)
        return MAP_NONE;
    return map_get(a->bodies, (const char *)key, sizeof key);
}

/* ---- lines that matter ---- */

/* The line being taken matters whatever comes. */
static void matters(struct archive *a)
{
    if (!a->live.wanted)
        return;
    size_t line = a->live.lines - 1;
    a->live.bit[line / 8] |= (unsigned char)(1u << line % 8);
}

static enum flow count_line(struct archive *a, const struct index_entry *x, struct err *e)
{
    struct live *v = &a->live;
    size_t before = v->room;
    if (!v->wanted)
        return FLOW_OK;
    if (v->lines == NO_LINE - 1)
        return err_set(e, STATUS_DATA, "%s: more than %u lines of index", a->dir, (unsigned)v->lines);
    enum flow f = grow((void **)&v->bit, &v->room, v->lines++ / 8 + 1, 1, e);
    if (v->room > before)
        memset(v->bit + before, 0, v->room - before);
    if (x->at > v->latest)
        v->latest = x->at;
    return f;
}

/* ---- taking entries ---- */

/* Notes where the payload of this digest stands, the first time it is seen in full. */
static enum flow take_body(struct archive *a, const struct index_entry *x, uint32_t *body, struct err *e)
{
    unsigned char key[DIGEST_BYTES];
    int added = 0;
    *body = MAP_NONE;
    if (!*x->digest)
        return FLOW_OK;
    enum flow f = digest_key(x->digest, key, e);
    if (f == FLOW_OK)
        f = map_put(a->bodies, (const char *)key, sizeof key, body, &added, e);
    if (f == FLOW_OK)
        f = grow((void **)&a->body, &a->body_cap, *body + 1, sizeof *a->body, e);
    if (f != FLOW_OK)
        return f;
    if (added)
        a->body[*body] = NOWHERE;
    if (a->body[*body].file == NO_FILE && x->type != WARC_REVISIT) {
        a->body[*body] = spot_of(a, x->data_offset, x->data_length);
        matters(a);
    }
    return FLOW_OK;
}

static enum flow grow_units(struct archive *a, size_t need, struct err *e)
{
    size_t last = a->unit_cap, mark = last, source = last, line = last;
    enum flow f = grow((void **)&a->last, &last, need, sizeof *a->last, e);
    if (f == FLOW_OK && !a->options.last_only)
        f = grow((void **)&a->mark, &mark, need, sizeof *a->mark, e);
    if (f == FLOW_OK && !a->options.documents_only)
        f = grow((void **)&a->source, &source, need, sizeof *a->source, e);
    if (f == FLOW_OK && a->live.wanted)
        f = grow((void **)&a->live.last, &line, need, sizeof *a->live.last, e);
    if (f == FLOW_OK)
        a->unit_cap = last;
    return f;
}

static enum flow take_unit(struct archive *a, const char *unit, uint32_t *i, struct err *e)
{
    int added = 0;
    enum flow f = map_put(a->units, unit, strlen(unit), i, &added, e);
    if (f == FLOW_OK)
        f = grow_units(a, *i + 1, e);
    if (f != FLOW_OK || !added)
        return f;
    a->last[*i] = MAP_NONE;
    if (a->mark)
        a->mark[*i] = (struct unit_mark){INSTANT_NONE, NOWHERE, MAP_NONE};
    if (a->source)
        a->source[*i] = (struct unit_source){NOWHERE, NEVER_ASKED};
    if (a->live.last)
        a->live.last[*i] = (struct live_last){NO_LINE, NO_LINE};
    return FLOW_OK;
}

static enum flow add_document(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body,
                              struct err *e)
{
    matters(a);
    if (a->options.last_only)
        return FLOW_OK;
    enum flow f = grow((void **)&a->document, &a->document_cap, a->documents + 1, sizeof *a->document, e);
    if (f != FLOW_OK)
        return f;
    struct document *d = &a->document[a->documents++];
    *d = (struct document){.at = x->at, .spot = spot_of(a, x->data_offset, x->data_length), .unit = unit, .body = body};
    return FLOW_OK;
}

static int believed(const struct index_entry *x)
{
    return x->data_length && (strcmp(x->outcome, "fetched") == 0 || strcmp(x->outcome, "unchanged") == 0);
}

static enum flow note_whole(struct archive *a, const struct index_entry *x, size_t name, uint32_t body, struct err *e)
{
    if (x->type == WARC_REVISIT || body == MAP_NONE)
        return FLOW_OK;
    enum flow f = grow((void **)&a->whole, &a->whole_cap, a->wholes + 1, sizeof *a->whole, e);
    if (f != FLOW_OK)
        return f;
    struct kept *k = &a->whole[a->wholes++];
    *k = (struct kept){.body = body, .name = name, .at = x->at};
    memcpy(k->record, x->record, sizeof k->record);
    matters(a);
    return FLOW_OK;
}

static enum flow take_kept(struct archive *a, const struct index_entry *x, struct err *e)
{
    uint32_t body;
    enum flow f = take_body(a, x, &body, e);
    for (size_t i = 0; i < 2 && f == FLOW_OK; i++)
        if (strcmp(x->unit + 1, kept_names[i]) == 0) {
            a->kept[i] = spot_of(a, x->data_offset, x->data_length);
            a->kept_body[i] = body;
            a->live.kept[i] = (uint32_t)a->live.lines - 1;
            f = note_whole(a, x, i, body, e);
        }
    return f;
}

static enum flow take_inbox(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body, struct err *e)
{
    char key[INDEX_NAME_MAX + DIGEST_HEX_MAX + 2];
    uint32_t i;
    int added, n = snprintf(key, sizeof key, "%s %s", x->digest, x->inbox);
    enum flow f = map_put(a->inbox, key, (size_t)n, &i, &added, e);
    if (f == FLOW_OK && added)
        matters(a);
    return f == FLOW_OK && believed(x) && body != MAP_NONE ? add_document(a, x, unit, body, e) : f;
}

/* When the source may be asked again. */
static enum flow note_until(struct archive *a, uint32_t unit, int64_t until, struct err *e)
{
    uint32_t *again = &a->source[unit].again;
    if (*again < NOT_BEFORE && until == INSTANT_NONE) {
        *again = ANY_TIME;
        return FLOW_OK;
    }
    if (*again < NOT_BEFORE) {
        enum flow f = grow((void **)&a->until, &a->until_cap, a->untils + 1, sizeof *a->until, e);
        if (f != FLOW_OK)
            return f;
        *again = NOT_BEFORE + (uint32_t)a->untils++;
    }
    a->until[*again - NOT_BEFORE] = until;
    return FLOW_OK;
}

static enum flow note_mark(struct archive *a, const struct index_entry *x, uint32_t unit, struct err *e)
{
    struct unit_mark *m = &a->mark[unit];
    m->at = x->at;
    m->spot = spot_of(a, x->mark_offset, x->mark_length);
    return map_put(a->words, x->outcome, strlen(x->outcome), &m->outcome, NULL, e);
}

static enum flow take_source(struct archive *a, const struct index_entry *x, uint32_t unit, uint32_t body,
                             struct err *e)
{
    uint32_t line = (uint32_t)a->live.lines - 1;
    enum flow f = a->mark ? note_mark(a, x, unit, e) : FLOW_OK;
    if (f == FLOW_OK && a->source)
        f = note_until(a, unit, x->until, e);
    if (a->live.last)
        a->live.last[unit].mark = line;
    if (f != FLOW_OK || !believed(x) || body == MAP_NONE)
        return f;
    int again = a->last[unit] == body;
    a->last[unit] = body;
    if (a->source)
        a->source[unit].data = spot_of(a, x->data_offset, x->data_length);
    if (a->live.last)
        a->live.last[unit].data = line;
    return again ? FLOW_OK : add_document(a, x, unit, body, e);
}

static enum flow check_place(const struct archive *a, const struct index_entry *x, struct err *e)
{
    const char *name = a->file[a->current].name;
    if (x->data_length > UINT32_MAX || x->mark_length > UINT32_MAX)
        return err_set(e, STATUS_DATA, "%s: a record of more than 4 GB", name);
    if (x->data_offset > SPOT_OFFSET_MAX || x->mark_offset > SPOT_OFFSET_MAX)
        return err_set(e, STATUS_DATA, "%s: a record behind the first 1024 GB: no archive may be larger", name);
    return FLOW_OK;
}

enum flow known_take(void *ctx, const struct index_entry *x, struct err *e)
{
    struct archive *a = ctx;
    uint32_t body = MAP_NONE, unit = 0;
    enum flow f = check_place(a, x, e);
    if (f == FLOW_OK && a->options.as_of != INSTANT_NONE && x->at > a->options.as_of)
        return FLOW_OK;
    if (f == FLOW_OK)
        f = count_line(a, x, e);
    if (f != FLOW_OK)
        return f;
    if (x->unit[0] == '!')
        return take_kept(a, x, e);
    f = take_body(a, x, &body, e);
    if (f == FLOW_OK)
        f = take_unit(a, x->unit, &unit, e);
    if (f != FLOW_OK)
        return f;
    return *x->inbox ? take_inbox(a, x, unit, body, e) : take_source(a, x, unit, body, e);
}

/* ---- order ---- */

struct ranked {
    const char *name;
    uint32_t unit;
};

static int by_name(const void *p, const void *q)
{
    return strcmp(((const struct ranked *)p)->name, ((const struct ranked *)q)->name);
}

/* Units sorted by name into a->name; rank[i]: where unit i went. */
static enum flow rank_units(struct archive *a, uint32_t *rank, struct err *e)
{
    uint32_t n = map_count(a->units);
    struct ranked *r = malloc((n + 1) * sizeof *r);
    a->name = malloc((n + 1) * sizeof *a->name);
    if (!r || !a->name) {
        free(r);
        return no_memory(n, e);
    }
    for (uint32_t i = 0; i < n; i++)
        r[i] = (struct ranked){map_key(a->units, i), i};
    qsort(r, n, sizeof *r, by_name);
    for (uint32_t i = 0; i < n; i++) {
        a->name[i] = r[i].name;
        rank[r[i].unit] = i;
    }
    free(r);
    return FLOW_OK;
}

static int by_document(const void *p, const void *q)
{
    const struct document *a = p, *b = q;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->spot.file != b->spot.file)
        return a->spot.file < b->spot.file ? -1 : 1;
    uint64_t x = spot_offset(a->spot), y = spot_offset(b->spot);
    return x < y ? -1 : x > y;
}

static int by_unit(const void *p, const void *q)
{
    const struct fetch *a = p, *b = q;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static enum flow list_fetches(struct archive *a, const uint32_t *rank, struct err *e)
{
    uint32_t n = map_count(a->units);
    a->fetch = malloc((n + 1) * sizeof *a->fetch);
    if (!a->fetch)
        return no_memory(n, e);
    for (uint32_t i = 0; i < n; i++)
        if (a->mark[i].outcome != MAP_NONE)
            a->fetch[a->fetches++] = (struct fetch){a->mark[i].spot, a->mark[i].at, rank[i], a->mark[i].outcome};
    qsort(a->fetch, a->fetches, sizeof *a->fetch, by_unit);
    return FLOW_OK;
}

enum flow known_sort(struct archive *a, struct err *e)
{
    uint32_t *rank = malloc((map_count(a->units) + 1) * sizeof *rank);
    enum flow f = rank ? rank_units(a, rank, e) : no_memory(map_count(a->units), e);
    for (size_t i = 0; i < a->documents && f == FLOW_OK; i++)
        a->document[i].unit = rank[a->document[i].unit];
    if (f == FLOW_OK && a->documents)
        qsort(a->document, a->documents, sizeof *a->document, by_document);
    if (f == FLOW_OK)
        f = list_fetches(a, rank, e);
    free(rank);
    return f;
}

/* ---- numbers for names ---- */

enum flow archive_number(struct archive *a, size_t units, archive_unit_name *name, void *ctx, struct err *e)
{
    uint32_t *last = malloc((units + 1) * sizeof *last);
    struct unit_source *source = malloc((units + 1) * sizeof *source);
    if (!last || !source) {
        free(last);
        free(source);
        return no_memory(units, e);
    }
    for (size_t i = 0; i < units; i++) {
        const char *unit = name(ctx, i);
        uint32_t k = map_get(a->units, unit, strlen(unit));
        last[i] = k == MAP_NONE ? MAP_NONE : a->last[k];
        source[i] = k == MAP_NONE ? (struct unit_source){NOWHERE, NEVER_ASKED} : a->source[k];
    }
    free(a->last);
    free(a->source);
    a->last = last;
    a->source = source;
    if (!a->name) { /* else documents are listed by the names */
        map_free(a->units);
        a->units = NULL;
    }
    return FLOW_OK;
}
