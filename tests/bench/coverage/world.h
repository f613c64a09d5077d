/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed populations whose truth is known, and the silence drawn over them. */
#ifndef TESTS_BENCH_COVERAGE_WORLD_H
#define TESTS_BENCH_COVERAGE_WORLD_H

#include "load/estimate/figures.h"
#include "load/estimate/population.h"

struct random {
    uint64_t state;
};

double random_uniform(struct random *r);
double random_normal(struct random *r);

struct world_shape {
    const char *name;
    size_t units;
    double credits_spread; /* sd of log credits */
    double noise;          /* sd of log children per euro */
    double region_effect;  /* sd of the regional part of it */
    double response;       /* mean response */
    double slope;          /* of the logit of response on log credits */
    double item_silence;
    uint64_t seed;
};

struct world {
    struct world_shape shape;
    struct population *population; /* values complete; a draw sets outcomes and statuses */
    double *truth;                 /* [items][units] what would be answered */
    double *log_credits;           /* standardised */
    double intercept;
};

extern const struct world_shape world_shapes[];
extern const size_t world_count;

struct world *world_new(const struct world_shape *s);
void world_free(struct world *w);
double world_value(const struct world *w, uint32_t item, uint32_t unit);
/* Everybody answers everything: the truth. */
void world_complete(struct world *w);
/* One draw of silence. delta: response also falls with the answer itself, per sd of the noise (0: ignorable). */
void world_draw(struct world *w, struct random *r, double delta);
struct figures *world_figures(void);
struct figures *world_figures_only(const char *const *ids);

#endif
