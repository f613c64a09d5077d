/* SPDX-License-Identifier: Apache-2.0 */
/* Effect of editing: the population with the values of one rule put back, estimated again. */
#include "load/estimate/estimate_work.h"

#include <stdlib.h>
#include <string.h>

/* Puts the values of cells [from, to) back into a copy of their columns; `was` keeps what stood there. */
static uint32_t put_back(struct population *p, const struct withheld_cell *cells, size_t from, size_t to, uint8_t *was)
{
    uint32_t n = 0;
    for (size_t k = from; k < to; k++) {
        was[k - from] = (uint8_t)cells_status(&p->item[cells[k].item].answer, cells[k].unit);
        if (was[k - from] != CELL_WITHHELD)
            continue;
        population_put(p, cells[k].item, cells[k].unit, CELL_REPORTED, cells[k].value);
        n++;
    }
    return n;
}

static void take_away(struct population *p, const struct withheld_cell *cells, size_t from, size_t to,
                      const uint8_t *was)
{
    for (size_t k = to; k-- > from;)
        if (was[k - from] == CELL_WITHHELD)
            population_put(p, cells[k].item, cells[k].unit, CELL_WITHHELD, 0.0);
}

struct editing_out {
    struct editing_row *row;
    size_t count, room;
};

static enum flow out_add(struct editing_out *o, const struct editing_row *r, struct err *e)
{
    if (o->count == o->room) {
        size_t room = o->room ? 2 * o->room : 64;
        struct editing_row *more = realloc(o->row, room * sizeof *more);
        if (!more)
            return err_set(e, STATUS_SYSTEM, "out of memory for the effect of editing");
        o->row = more;
        o->room = room;
    }
    o->row[o->count++] = *r;
    return FLOW_OK;
}

static enum flow differences(const struct estimate *x, const struct estimate *r, const char *rule, uint32_t cells,
                             struct editing_out *o, struct err *e)
{
    for (uint32_t i = 0; i < x->rows; i++) {
        const struct figure_row *now = &x->row[i];
        if (now->domain != DOMAIN_NATION || !now->has_estimated)
            continue;
        const struct figure_row *without = estimate_row(r, x->figures->figure[now->figure].id, DOMAIN_NATION, "");
        if (!without || !without->has_estimated || without->estimated == now->estimated)
            continue;
        struct editing_row row = {rule, i, cells, without->estimated, now->estimated};
        enum flow f = out_add(o, &row, e);
        if (f != FLOW_OK)
            return f;
    }
    return FLOW_OK;
}

enum flow estimate_editing(const struct estimate *x, const struct withheld_cell *cells, size_t n,
                           struct editing_row **rows, size_t *count, struct err *e)
{
    struct population *p = (struct population *)(uintptr_t)x->population; /* put back as it was after each rule */
    struct editing_out o = {0};
    uint8_t *was = malloc(n + 1);
    enum flow f = was ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for the effect of editing");
    *rows = NULL;
    *count = 0;
    for (size_t from = 0, to; f == FLOW_OK && from < n; from = to) {
        for (to = from + 1; to < n && strcmp(cells[to].rule, cells[from].rule) == 0;)
            to++;
        struct run_options options = {.nation_only = 1, .no_variance = 1, .mask_variable = POPULATION_NONE};
        uint32_t put = put_back(p, cells, from, to, was);
        struct estimate *r = put ? estimate_run_with(p, x->figures, x->method, &options, e) : NULL;
        take_away(p, cells, from, to, was);
        if (put)
            f = r ? differences(x, r, cells[from].rule, put, &o, e) : FLOW_FATAL;
        estimate_free(r);
    }
    free(was);
    if (f != FLOW_OK) {
        free(o.row);
        return f;
    }
    *rows = o.row;
    *count = o.count;
    return f;
}
