/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that are the same on every machine: splitmix64 for seeding, xoshiro256** for drawing (both public
 * domain, Blackman and Vigna, written anew from the published recurrences). A stream is named by (seed, purpose,
 * index), so that what is drawn for one unit never depends on how many draws another one took. */
#ifndef TESTS_SPECIMEN_RNG_H
#define TESTS_SPECIMEN_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed, const char *purpose, uint64_t index);
uint64_t rng_next(struct rng *r);
/* Uniform in [0, n), without bias; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Uniform in [low, high]. */
int32_t rng_between(struct rng *r, int32_t low, int32_t high);
/* Uniform in [0, 1), 53 bits. */
double rng_unit(struct rng *r);
/* 1 with the given chance. */
int rng_chance(struct rng *r, double p);
/* Mean 0, variance 1: twelve uniforms added, so only additions, and never beyond 6. */
double rng_normal(struct rng *r);

#endif
