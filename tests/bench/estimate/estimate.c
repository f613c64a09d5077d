/* SPDX-License-Identifier: Apache-2.0 */
/* Time of an estimate, figures by region, size and carrier included: estimate [UNITS]... (530, 5 300 and 53 000 by
 * default). */
#include "load/estimate/estimate.h"
#include "schemas/run/clock.h"
#include "tests/bench/coverage/world.h"

#include <stdio.h>
#include <stdlib.h>

static int one(size_t units)
{
    struct world_shape shape = {"bench", units, 0.60, 0.40, 0.10, 0.70, 0.5, 0.10, 77};
    struct world *w = world_new(&shape);
    struct figures *f = world_figures();
    struct random r = {78};
    struct method m;
    struct err e = {0};
    method_defaults(&m);
    for (size_t i = 0; i < f->count; i++)
        f->figure[i].domains = 31;
    world_draw(w, &r, 0.0);
    int64_t began = clock_monotonic();
    struct estimate *x = estimate_run(w->population, f, &m, &e);
    int64_t took = clock_monotonic() - began;
    if (x)
        (void)printf("%zu units, %zu figures: %zu rows in %.1f ms, %.2f us a unit\n", units, f->count, x->rows,
                     (double)took / 1e3, (double)took / (double)units);
    else
        (void)fprintf(stderr, "%s\n", e.text);
    int failed = x == NULL;
    estimate_free(x);
    figures_free(f);
    method_fini(&m);
    world_free(w);
    return failed;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {530, 5300, 53000};
    int failed = 0;
    for (size_t k = 0; argc < 2 && k < 3; k++)
        failed |= one(sizes[k]);
    for (int k = 1; k < argc; k++)
        failed |= one((size_t)strtoul(argv[k], NULL, 10));
    return failed;
}
