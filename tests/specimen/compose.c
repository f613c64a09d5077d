/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/compose.h"

#include "tests/specimen/calc.h"
#include "tests/specimen/judge.h"
#include "tests/specimen/rng.h"

#include <stdio.h>
#include <string.h>

/* A way of not answering: mostly leaving out, sometimes saying why. */
static enum how unanswered(struct rng *r)
{
    uint32_t x = rng_below(r, 100);
    return x < 45   ? HOW_ABSENT
           : x < 60 ? HOW_BLANK
           : x < 75 ? HOW_NIL
           : x < 85 ? HOW_ND
           : x < 93 ? HOW_NC
           : x < 95 ? HOW_SO
                    : HOW_REFUS;
}

static void silence_table(struct rng *r, const struct question *q, double p, struct reply *reply)
{
    if (rng_chance(r, p)) {
        enum how how = unanswered(r);
        for (size_t i = 0; i < q->count; i++)
            reply[q->first + i].how = how;
    } else if (rng_chance(r, p * 0.5)) {
        /* The place is drawn before the way: one order on every compiler. */
        size_t place = q->first + rng_below(r, (uint32_t)q->count);
        reply[place].how = unanswered(r);
    }
}

static void silence(const struct people *p, const struct pre *u, uint64_t attempt, struct letter *l)
{
    struct rng r;
    double chance = 0.14 * calc_exp(-0.45 * u->size);
    if (chance > 0.35)
        chance = 0.35;
    rng_seed(&r, p->seed, "silence", u->index + attempt * 1000003u);
    for (size_t i = 0; i < question_count(); i++) {
        const struct question *q = question_at(i);
        if (q->first == C_COMMUNES || q->first == C_QUARTIERS)
            continue;
        if (q->codes)
            silence_table(&r, q, q->first == C_SEXE || q->first == C_AGE ? chance * 0.6 : chance, l->reply);
        else if (rng_chance(&r, q->first == C_ENF_TOTAL ? chance * 0.25 : chance))
            l->reply[q->first].how = unanswered(&r);
    }
}

/* A mean length has no meaning for a profile without children. */
static void not_applicable(struct letter *l)
{
    for (size_t k = 0; k < 4; k++)
        if (l->from->truth[C_PROFIL + k] == 0)
            l->reply[C_DUREE + k].how = HOW_SO;
}

/* First returns in May, second sendings in the first half of June, later ones in the second, before the night of the
 * 25th; late ones in the two days before July's night: clocks and numbers agree. */
void compose_stamp(const struct people *p, const struct pre *u, int numero, int late, char *out, size_t size)
{
    struct rng r;
    rng_seed(&r, p->seed, "stamp", u->index * 64 + (uint64_t)numero * 2 + (uint64_t)late);
    static const struct {
        int month;
        uint32_t first, days;
    } spans[] = {{5, 1, 28}, {6, 1, 12}, {6, 13, 12}, {7, 1, 2}};
    size_t span = late ? 3 : numero < 2 ? 0 : numero < 3 ? 1 : 2;
    /* One draw a statement: the order of arguments is the compiler's. */
    uint32_t second = rng_below(&r, 60), minute = rng_below(&r, 60);
    uint32_t hour = 8 + rng_below(&r, 10), day = spans[span].first + rng_below(&r, spans[span].days);
    snprintf(out, size, "2022-%02d-%02uT%02u:%02u:%02u+02:00", spans[span].month, day, hour, minute, second);
}

static void start(const struct people *p, const struct pre *u, struct letter *l)
{
    struct rng r;
    memset(l, 0, sizeof *l);
    rng_seed(&r, p->seed, "software", u->index);
    l->from = u;
    l->pre = u->id;
    l->namespace_year = "2022";
    l->campagne = "2022";
    l->numero = 1;
    l->nature = "initial";
    l->software = rng_below(&r, 8) ? (enum software)rng_below(&r, SOFTWARE_DENSE) : SOFTWARE_DENSE;
    compose_stamp(p, u, 1, 0, l->horodatage, sizeof l->horodatage);
    for (size_t c = 0; c < CELLS; c++)
        l->reply[c].value = u->truth[c];
    not_applicable(l);
}

void compose(const struct people *p, const struct pre *u, enum compose how, struct letter *l)
{
    struct judged j;
    for (uint64_t attempt = 0; attempt < 50; attempt++) {
        start(p, u, l);
        if (how == COMPOSE_FULL)
            return;
        silence(p, u, attempt, l);
        judge(l, NULL, &j);
        if (j.outcome == OUTCOME_COMPLETE || j.outcome == OUTCOME_PARTIAL)
            return;
    }
    start(p, u, l);
}

void compose_before(const struct people *p, const struct pre *u, struct letter *l)
{
    start(p, u, l);
    for (size_t c = 0; c < CELLS; c++)
        l->reply[c].value = u->before[c];
}
