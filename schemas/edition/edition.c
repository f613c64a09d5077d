/* SPDX-License-Identifier: Apache-2.0 */
/* Opening an edition (page pre-edition.5): the tables in the order in which they refer to each other. */
#include "schemas/edition/read.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/run/clock.h"

enum { ARENA_MAX = 64 << 20 };

static enum flow make(struct edition *ed, const char *folder, struct err *e)
{
    struct edition_data *d = calloc(1, sizeof *d);
    if (!d)
        return err_set(e, STATUS_SYSTEM, "%s: out of memory", folder);
    ed->data = d;
    arena_init(&d->arena, ARENA_MAX);
    arena_init(&d->dated, ARENA_MAX);
    buf_init(&d->key, 4096);
    ed->folder = arena_strdup(&d->arena, folder);
    struct map **maps[] = {&d->variables, &d->groups, &d->lists, &d->silences, &d->synonym_keys, &d->figures};
    int ok = ed->folder != NULL;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        ok &= (*maps[i] = map_new()) != NULL;
    return ok ? FLOW_OK : err_set(e, STATUS_SYSTEM, "%s: out of memory", folder);
}

static enum flow read_all(struct edition *ed, struct err *e)
{
    enum flow (*const parts[])(struct edition *, struct err *) = {
        edition_files_read,      edition_read_head,      edition_read_categories, edition_read_silences,
        edition_read_measures,   edition_read_variables, edition_read_synonyms,   edition_read_numbers,
        edition_read_no_answers, edition_read_rules,     edition_read_parameters, edition_read_figures,
        edition_read_published};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i](ed, e) != FLOW_OK)
            return FLOW_FATAL;
    return edition_resolve(ed, INSTANT_NONE, e);
}

struct edition *edition_open(const char *folder, struct err *e)
{
    struct edition *ed = calloc(1, sizeof *ed);
    if (!ed) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", folder);
        return NULL;
    }
    if (make(ed, folder, e) == FLOW_OK && read_all(ed, e) == FLOW_OK)
        return ed;
    edition_close(ed);
    return NULL;
}

void edition_close(struct edition *ed)
{
    if (!ed)
        return;
    struct edition_data *d = ed->data;
    if (d) {
        edition_files_free(d);
        json_free(d->json);
        struct map *maps[] = {d->variables, d->groups, d->lists, d->silences, d->synonym_keys, d->figures};
        for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
            map_free(maps[i]);
        buf_fini(&d->key);
        arena_fini(&d->arena);
        arena_fini(&d->dated);
        free(d);
    }
    free(ed);
}

const struct edition_variable *edition_variable(const struct edition *ed, const char *id)
{
    uint32_t i = map_get(ed->data->variables, id, strlen(id));
    return i == MAP_NONE ? NULL : &ed->variables[i];
}

const struct edition_list *edition_list(const struct edition *ed, const char *id)
{
    uint32_t i = map_get(ed->data->lists, id, strlen(id));
    return i == MAP_NONE ? NULL : &ed->lists[i];
}

uint32_t edition_category(const struct edition_list *l, const char *code, size_t len)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (strlen(l->categories[i].code) == len && memcmp(l->categories[i].code, code, len) == 0)
            return i;
    return EDITION_NONE;
}

uint32_t edition_harmonised(const struct edition_list *l, const char *code)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (strcmp(l->categories[i].harmonised, code) == 0)
            return i;
    return EDITION_NONE;
}

static int compare_rule(const void *key, const void *element)
{
    return strcmp(key, ((const struct edition_rule *)element)->id);
}

const struct edition_rule *edition_rule(const struct edition *ed, const char *id)
{
    char name[128];
    size_t n = strlen(id);
    if (n >= sizeof name)
        return NULL;
    memcpy(name, id, n + 1);
    while (1) {
        const struct edition_rule *r = bsearch(name, ed->rules, ed->rule_count, sizeof *ed->rules, compare_rule);
        char *dot = strrchr(name, '.');
        if (r || !dot)
            return r;
        *dot = '\0';
    }
}

static int compare_parameter(const void *key, const void *element)
{
    return strcmp(key, ((const struct edition_parameter *)element)->id);
}

const char *edition_parameter(const struct edition *ed, const char *id)
{
    const struct edition_parameter *p =
        bsearch(id, ed->parameters, ed->parameter_count, sizeof *ed->parameters, compare_parameter);
    return p ? p->value : NULL;
}

int edition_parameter_number(const struct edition *ed, const char *id, double *v)
{
    const char *s = edition_parameter(ed, id);
    return s && double_parse(s, strlen(s), v);
}

const struct edition_variable *edition_cell(const struct edition *ed, uint32_t cell, uint32_t *category)
{
    size_t low = 0, high = ed->variable_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (ed->variables[middle].first_cell <= cell)
            low = middle;
        else
            high = middle;
    }
    const struct edition_variable *v = &ed->variables[low];
    if (category)
        *category = v->shape == EDITION_KEYED ? cell - v->first_cell : EDITION_NONE;
    return v;
}

uint32_t edition_silence(const struct edition *ed, const char *id, size_t len)
{
    return map_get(ed->data->silences, id, len);
}

const struct edition_figure *edition_figure(const struct edition *ed, const char *id)
{
    for (size_t i = 0; i < ed->figure_count; i++)
        if (strcmp(ed->figures[i].id, id) == 0)
            return &ed->figures[i];
    return NULL;
}

const struct edition_measure *edition_measure(const struct edition *ed, const char *code)
{
    for (size_t i = 0; i < ed->measure_count; i++)
        if (strcmp(ed->measures[i].code, code) == 0)
            return &ed->measures[i];
    return NULL;
}
