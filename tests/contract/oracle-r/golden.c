/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/oracle-r/golden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void previous_values(struct world *w, struct random *r)
{
    struct population *p = w->population;
    uint32_t y = population_find_item(p, "Y", "");
    for (uint32_t i = 0; i < p->units; i++)
        if (random_uniform(r) < 0.85)
            population_put_previous(p, y, i, floor(world_value(w, y, i) * exp(0.15 * random_normal(r)) + 0.5));
}

/* Region 24 answers too little to stand alone, region 28 hardly at all. */
static void thin_regions(struct world *w, struct random *r)
{
    struct population *p = w->population;
    for (uint32_t i = 0; i < p->units; i++) {
        const char *region = p->codes[DIM_REGION].code[p->dim[DIM_REGION][i]];
        if ((strcmp(region, "24") == 0 && random_uniform(r) < 0.75) ||
            (strcmp(region, "28") == 0 && random_uniform(r) < 0.95))
            p->outcome[i] = OUTCOME_SILENT;
    }
}

static void other_gaps(struct world *w, struct random *r)
{
    struct population *p = w->population;
    uint32_t etp = population_find_item(p, "ETP", ""), first_age = population_find_item(p, "AGE", "A1"),
             second = population_find_item(p, "REASON", "M2");
    for (uint32_t i = 0; i < p->units; i++) {
        if (random_uniform(r) < 0.03)
            population_put(p, etp, i, CELL_NA, 0.0);
        if (random_uniform(r) < 0.05)
            population_put(p, first_age, i, CELL_REFUSED, 0.0); /* a table with a hole */
        if (random_uniform(r) < 0.05)
            population_put(p, second, i, CELL_WITHHELD, 0.0);
        if (p->outcome[i] == OUTCOME_COMPLETE && random_uniform(r) < 0.1)
            p->outcome[i] = OUTCOME_PARTIAL;
    }
}

struct world *golden_world(void)
{
    static const struct world_shape shape = {"golden", 530, 0.60, 0.40, 0.10, 0.72, 0.5, 0.12, 909};
    struct world *w = world_new(&shape);
    struct random r = {910};
    previous_values(w, &r);
    world_draw(w, &r, 0.0);
    thin_regions(w, &r);
    other_gaps(w, &r);
    return w;
}

struct method golden_method(void)
{
    struct method m;
    method_defaults(&m);
    m.group_rate = 0.3333333333;
    m.merges = 2;
    m.merge[0] = (struct region_merge){"28", "27"};
    m.merge[1] = (struct region_merge){"24", "44"};
    m.residual[m.residuals++] = "AUTRE";
    return m;
}

struct figures *golden_figures(void)
{
    struct figures *f = world_figures();
    for (size_t i = 0; f && i < f->count; i++)
        f->figure[i].domains = 1U << DOMAIN_NATION | 1U << DOMAIN_REGION | 1U << DOMAIN_SIZE | 1U << DOMAIN_CARRIER;
    return f;
}
