/* SPDX-License-Identifier: Apache-2.0 */
#include "load/estimate/population.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t TEXT_MAX = (size_t)1 << 30;

static const struct {
    const char *word;
    enum outcome outcome;
} outcomes[] = {{"complete", OUTCOME_COMPLETE}, {"partial", OUTCOME_PARTIAL},        {"unusable", OUTCOME_UNUSABLE},
                {"refusal", OUTCOME_REFUSAL},   {"withdrawn", OUTCOME_WITHDRAWN},    {"undecided", OUTCOME_UNDECIDED},
                {"silent", OUTCOME_SILENT},     {"unreachable", OUTCOME_UNREACHABLE}};

int outcome_of(const char *word, enum outcome *o)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (strcmp(word, outcomes[i].word) == 0) {
            *o = outcomes[i].outcome;
            return 1;
        }
    return 0;
}

const char *outcome_name(enum outcome o)
{
    return (size_t)o < sizeof outcomes / sizeof outcomes[0] ? outcomes[o].word : "unknown";
}

enum cell_status cell_status_of(const char *silence, const char *origin)
{
    if (!silence || !*silence)
        return origin && strcmp(origin, "deduced") == 0 ? CELL_DEDUCED : CELL_REPORTED;
    if (strcmp(silence, "SO") == 0)
        return CELL_NA;
    if (strcmp(silence, "NC") == 0 || strcmp(silence, "REFUS") == 0)
        return CELL_REFUSED;
    if (strcmp(silence, "withheld") == 0)
        return CELL_WITHHELD;
    if (strcmp(silence, "unit") == 0)
        return CELL_UNIT;
    return CELL_MISSING;
}

struct population *population_new(size_t units, struct err *e)
{
    struct population *p = units <= POPULATION_MOST ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu units", units);
        return NULL;
    }
    arena_init(&p->arena, TEXT_MAX);
    p->units = units;
    p->id = calloc(units + 1, sizeof *p->id);
    p->size = calloc(units + 1, sizeof *p->size);
    p->outcome = calloc(units + 1, sizeof *p->outcome);
    p->late = calloc(units + 1, sizeof *p->late);
    p->recent = calloc(units + 1, sizeof *p->recent);
    int ok = p->id && p->size && p->outcome && p->late && p->recent;
    for (int d = 0; d < DIM_COUNT; d++)
        ok = (p->dim[d] = calloc(units + 1, sizeof *p->dim[d])) && ok;
    if (!ok) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for %zu units", units);
        population_free(p);
        return NULL;
    }
    memset(p->outcome, OUTCOME_SILENT, units);
    return p;
}

void population_free(struct population *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->items; i++) {
        cells_fini(&p->item[i].answer);
        cells_fini(&p->item[i].previous);
    }
    for (int d = 0; d < DIM_COUNT; d++) {
        free(p->dim[d]);
        free(p->codes[d].code);
    }
    free(p->item);
    free(p->variable);
    free(p->id);
    free(p->size);
    free(p->outcome);
    free(p->late);
    free(p->recent);
    free(p->takeover);
    arena_fini(&p->arena);
    free(p);
}

uint32_t population_code(struct population *p, enum dimension d, const char *code)
{
    struct codes *c = &p->codes[d];
    for (size_t i = c->count; i-- > 0;)
        if (strcmp(c->code[i], code) == 0)
            return (uint32_t)i;
    if (c->count > UINT16_MAX)
        return POPULATION_NONE;
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 32;
        const char **more = realloc(c->code, room * sizeof *more);
        if (!more)
            return POPULATION_NONE;
        c->code = more;
        c->room = room;
    }
    const char *copy = arena_strdup(&p->arena, code);
    if (!copy)
        return POPULATION_NONE;
    c->code[c->count] = copy;
    return (uint32_t)c->count++;
}

enum flow population_unit(struct population *p, size_t i, const struct unit_facts *f, struct err *e)
{
    const char *const code[DIM_COUNT] = {
        [DIM_REGION] = f->region, [DIM_DEPARTEMENT] = f->departement, [DIM_CARRIER] = f->carrier};
    if (i >= p->units || (i > 0 && p->id[i - 1] && strcmp(p->id[i - 1], f->id) >= 0))
        return err_set(e, STATUS_BUG, "unit %s: out of order or beyond %zu units", f->id, p->units);
    if (!isfinite(f->size) || f->size < 0.0)
        return err_set(e, STATUS_DATA, "unit %s: its size is no amount", f->id);
    p->id[i] = arena_strdup(&p->arena, f->id);
    p->size[i] = f->size;
    p->outcome[i] = (uint8_t)f->outcome;
    p->late[i] = (uint8_t)(f->late != 0);
    p->recent[i] = (uint8_t)(f->recent != 0);
    if (!p->id[i])
        return err_set(e, STATUS_SYSTEM, "out of memory for unit %s", f->id);
    for (int d = 0; d < DIM_COUNT; d++) {
        uint32_t place = population_code(p, (enum dimension)d, code[d] ? code[d] : "");
        if (place == POPULATION_NONE)
            return err_set(e, STATUS_SYSTEM, "no room for the codes of unit %s beside %zu others", f->id,
                           p->codes[d].count);
        p->dim[d][i] = (uint16_t)place;
    }
    return FLOW_OK;
}

static enum flow item_add(struct population *p, const char *category, int previous, struct err *e)
{
    if (p->items == p->items_room) {
        size_t room = p->items_room ? 2 * p->items_room : 32;
        struct item *more = realloc(p->item, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for %zu columns", room);
        p->item = more;
        p->items_room = room;
    }
    struct item *it = &p->item[p->items++];
    *it = (struct item){.category = arena_strdup(&p->arena, category), .keeps_previous = previous};
    if (!it->category || !cells_init(&it->answer, p->units) || (previous && !cells_init(&it->previous, p->units)))
        return err_set(e, STATUS_SYSTEM, "out of memory for a column of %zu units", p->units);
    return FLOW_OK;
}

void population_put(struct population *p, uint32_t item, uint32_t unit, enum cell_status s, double value)
{
    p->spoilt |= !cells_put(&p->item[item].answer, unit, s, value);
}

void population_put_previous(struct population *p, uint32_t item, uint32_t unit, double value)
{
    struct item *it = &p->item[item];
    p->spoilt |= it->keeps_previous && !cells_put(&it->previous, unit, CELL_REPORTED, value);
}

enum flow population_check(const struct population *p, struct err *e)
{
    return p->spoilt ? err_set(e, STATUS_SYSTEM, "out of memory for the answers of %zu units", p->units) : FLOW_OK;
}

static enum flow role_find(const struct population *p, const char *id, const char *role, uint32_t *v, struct err *e)
{
    *v = role ? population_find_variable(p, role) : POPULATION_NONE;
    if (role && *v == POPULATION_NONE)
        return err_set(e, STATUS_BUG, "variable %s: %s must be declared before", id, role);
    return FLOW_OK;
}

enum flow population_variable(struct population *p, const char *id, const char *const *categories, size_t n,
                              const struct variable_role *role, struct err *e)
{
    uint32_t base, weight;
    enum flow f = role_find(p, id, role->base, &base, e);
    if (f == FLOW_OK)
        f = role_find(p, id, role->weight, &weight, e);
    if (f != FLOW_OK)
        return f;
    if (p->variables == p->variables_room) {
        size_t room = p->variables_room ? 2 * p->variables_room : 16;
        struct variable *more = realloc(p->variable, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for %zu variables", room);
        p->variable = more;
        p->variables_room = room;
    }
    const char *copy = arena_strdup(&p->arena, id);
    if (!copy)
        return err_set(e, STATUS_SYSTEM, "out of memory for variable %s", id);
    p->variable[p->variables++] =
        (struct variable){.id = copy,
                          .first = (uint32_t)p->items,
                          .count = (uint32_t)(n ? n : 1),
                          .weight = weight,
                          .sums = role->sums,
                          .base = base == POPULATION_NONE ? POPULATION_NONE : p->variable[base].first};
    for (size_t i = 0; f == FLOW_OK && i < (n ? n : 1); i++)
        f = item_add(p, n ? categories[i] : "", role->previous, e);
    return f;
}

uint32_t population_find_variable(const struct population *p, const char *id)
{
    for (size_t i = 0; i < p->variables; i++)
        if (strcmp(p->variable[i].id, id) == 0)
            return (uint32_t)i;
    return POPULATION_NONE;
}

uint32_t population_find_item(const struct population *p, const char *variable, const char *category)
{
    uint32_t v = population_find_variable(p, variable);
    if (v == POPULATION_NONE)
        return POPULATION_NONE;
    for (uint32_t i = 0; i < p->variable[v].count; i++)
        if (strcmp(p->item[p->variable[v].first + i].category, category) == 0)
            return p->variable[v].first + i;
    return POPULATION_NONE;
}

uint32_t population_find_unit(const struct population *p, const char *id)
{
    size_t low = 0, high = p->units;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(p->id[mid], id);
        if (c == 0)
            return (uint32_t)mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return POPULATION_NONE;
}
