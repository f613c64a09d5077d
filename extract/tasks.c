/* SPDX-License-Identifier: Apache-2.0 */
/* Which units are asked: all of the register, or --only some, or one shard of them. Those without a source are listed
 * too: they are not silent. */
#include "extract/run.h"
#include "extract/url.h"
#include "schemas/run/log.h"
#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>

const char *run_unit(const struct run *r, const struct task *t)
{
    return register_id(r->table, t->unit);
}

const char *run_source(const struct run *r, const struct task *t)
{
    return register_value(r->rows, t->unit, r->source_column);
}

/* FNV-1a. */
static uint32_t fnv(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

/* A unit stays in its shard when the register grows. */
static uint32_t shard_of(const char *unit, int shards)
{
    return fnv(unit) % (uint32_t)shards;
}

static int in_list(const char *list, const char *unit)
{
    size_t n = strlen(unit);
    for (const char *p = list; *p;) {
        size_t len = strcspn(p, ",");
        if (len == n && memcmp(p, unit, n) == 0)
            return 1;
        p += len + (p[len] == ',');
    }
    return 0;
}

static enum flow check_only(const struct run *r, const char *list, struct err *e)
{
    for (const char *p = list; *p;) {
        size_t len = strcspn(p, ",");
        if (register_find(r->table, p, len) == REGISTER_NONE)
            return err_set(e, STATUS_DATA, "--only: unit '%.*s' is not in the register", (int)(len < 60 ? len : 60), p);
        p += len + (p[len] == ',');
    }
    return FLOW_OK;
}

int task_chosen(const struct run *r, const char *unit)
{
    const struct config *c = r->config;
    if (!*unit)
        return !c->only && c->shard <= 1;
    if (c->only && !in_list(c->only, unit))
        return 0;
    return !c->shards || shard_of(unit, c->shards) == (uint32_t)(c->shard - 1);
}

/* Finds or makes the host's place in the turns. */
static enum flow take_host(struct run *r, const struct url *u, uint32_t *host, struct err *e)
{
    int added = 0;
    uint32_t i, made;
    const struct host_rule *rule = hosts_find(r->hosts, u);
    enum flow f = map_put(r->hosts_seen, u->host, strlen(u->host), &i, &added, e);
    if (f == FLOW_OK && added)
        f = queue_add_host(r->queue, rule && rule->parallel ? rule->parallel : r->config->per_host, &made, e);
    *host = i;
    return f;
}

static enum flow open_task(struct run *r, struct task *t, struct err *e)
{
    struct url u;
    const char *source = run_source(r, t);
    if (!*source) {
        t->outcome = OUTCOME_NO_SOURCE;
        r->done++;
        return FLOW_OK;
    }
    const char *why = url_parse(source, &u);
    if (why)
        return err_set(e, STATUS_DATA, "%s:%u: source: unit %s: %s", r->config->table,
                       register_unit(r->table, t->unit).line, run_unit(r, t), why);
    uint32_t host;
    enum flow f = take_host(r, &u, &host, e);
    if (f == FLOW_OK)
        queue_set_host(r->queue, (uint32_t)(t - r->task), host);
    return f;
}

/* ---- one address for two units ---- */

static const char *source_of(const struct run *r, uint32_t unit)
{
    return register_value(r->rows, unit, r->source_column);
}

static void warn_shared(const struct run *r, uint32_t one, uint32_t other, const struct url *u)
{
    char masked[URL_MAX];
    const char *a = register_id(r->table, one), *b = register_id(r->table, other);
    if (!task_chosen(r, a) && !task_chosen(r, b))
        return;
    hosts_mask_url(r->hosts, u, masked, sizeof masked);
    log_event(LOG_WARNING, "source-shared", LOG_TEXT("unit", a), LOG_TEXT("with", b), LOG_TEXT("source", masked),
              LOG_TEXT("message", "two units of the register name one address: one of them gets the other's return"));
}

struct address {
    uint32_t hash, unit;
};

static int by_hash(const void *a, const void *b)
{
    const struct address *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* The unit before list[i] with the same address, by the places of its hash; i when there is none. */
static enum flow find_shared(const struct run *r, const struct address *list, size_t i, size_t *other, struct url *u,
                             struct err *e)
{
    struct url v;
    *other = i;
    if (i == 0 || list[i - 1].hash != list[i].hash)
        return FLOW_OK;
    if (url_parse(source_of(r, list[i].unit), u))
        return err_set(e, STATUS_BUG, "an address was accepted once and is no more");
    for (size_t k = i; k-- > 0 && list[k].hash == list[i].hash;)
        if (!url_parse(source_of(r, list[k].unit), &v) && strcmp(u->text, v.text) == 0) {
            *other = k;
            break;
        }
    return FLOW_OK;
}

/* Addresses by their hashes: a few bytes a unit, however long they are. */
static struct address *list_addresses(const struct run *r, size_t *count, struct err *e)
{
    uint32_t n = (uint32_t)register_count(r->table);
    struct address *list = malloc((n + 1) * sizeof *list);
    *count = 0;
    if (!list) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %u sources", (unsigned)n);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct url u;
        if (*source_of(r, i) && !url_parse(source_of(r, i), &u))
            list[(*count)++] = (struct address){fnv(u.text), i};
    }
    qsort(list, *count, sizeof *list, by_hash);
    return list;
}

/* Two units with one address: the same bytes would be taken for the returns of both. Told in the order of the
 * register. */
static enum flow warn_of_shared(const struct run *r, struct err *e)
{
    size_t count, other;
    struct url u;
    struct address *list = list_addresses(r, &count, e);
    uint32_t *with = list ? calloc(register_count(r->table) + 1, sizeof *with) : NULL; /* unit + 1; 0: none */
    enum flow f = with ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for %zu sources", count);
    for (size_t i = 0; i < count && f == FLOW_OK; i++) {
        f = find_shared(r, list, i, &other, &u, e);
        if (f == FLOW_OK && other != i)
            with[list[i].unit] = list[other].unit + 1;
    }
    for (uint32_t i = 0; f == FLOW_OK && i < register_count(r->table); i++)
        if (with[i] && !url_parse(source_of(r, i), &u))
            warn_shared(r, with[i] - 1, i, &u);
    free(list);
    free(with);
    return f;
}

enum flow tasks_open(struct run *r, struct err *e)
{
    size_t n = register_count(r->table);
    enum flow f = r->config->only ? check_only(r, r->config->only, e) : FLOW_OK;
    if (f != FLOW_OK)
        return f;
    r->source_column = register_column_index(r->table, r->edition->frame.source);
    r->region_column = register_column_index(r->table, r->edition->frame.region);
    r->task = calloc(n + 1, sizeof *r->task);
    r->hosts_seen = map_new();
    r->queue = queue_open(n, e);
    if (!r->task || !r->hosts_seen || !r->queue)
        return err_set(e, STATUS_SYSTEM, "out of memory for %zu units", n);
    for (size_t i = 0; i < n && f == FLOW_OK; i++) {
        if (!task_chosen(r, register_id(r->table, i)))
            continue;
        struct task *t = &r->task[r->tasks++];
        t->unit = (uint32_t)i;
        f = open_task(r, t, e);
    }
    return f == FLOW_OK ? warn_of_shared(r, e) : f;
}
