/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/rng.h"

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed, const char *purpose, uint64_t index)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a of the purpose */
    for (const char *p = purpose; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    uint64_t state = seed;
    state = splitmix(&state) ^ h;
    state = splitmix(&state) ^ index;
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix(&state);
}

static uint64_t turn(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = turn(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turn(s[3], 45);
    return result;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
    uint32_t reject = (0u - n) % n; /* the lowest values that would come once too often */
    for (;;) {
        uint32_t x = (uint32_t)(rng_next(r) >> 32);
        if (x >= reject)
            return x % n;
    }
}

int32_t rng_between(struct rng *r, int32_t low, int32_t high)
{
    return low + (int32_t)rng_below(r, (uint32_t)(high - low) + 1);
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

int rng_chance(struct rng *r, double p)
{
    return rng_unit(r) < p;
}

double rng_normal(struct rng *r)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return sum;
}
