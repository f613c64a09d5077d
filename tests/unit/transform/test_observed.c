/* SPDX-License-Identifier: Apache-2.0 */
/* What two workers counted, less a unit that turned out to be a twin, is what one would have counted of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transform/observed.h"

#include "schemas/run/fs.h"

#include <stdlib.h>
#include <string.h>

static struct edition *ed;

static int open_edition(void **state)
{
    (void)state;
    struct err e = {0};
    char path[4096];
    const char *source = getenv("PRE_SOURCE");
    ed = source && fs_join(path, sizeof path, source, "schemas/pre/2022") ? edition_open(path, &e) : NULL;
    return ed && edition_resolve(ed, 0, &e) == FLOW_OK ? 0 : -1;
}

static int close_edition(void **state)
{
    (void)state;
    edition_close(ed);
    return 0;
}

/* Boys and girls of a unit, now and in the last edition; a silence and a total beside them. */
struct unit {
    const char *id, *boys, *girls, *boys_before, *girls_before, *total, *silence;
};
static const struct unit first = {"PRE-59-01", "60", "40", "40", "60", "100.5", NULL},
                         second = {"PRE-59-02", "50", "50", "40", "60", "100.25", "ND"},
                         twin = {"PRE-59-03", "0", "100", "90", "10", "1000", "NC"},
                         unusable = {"PRE-59-04", "100", "1", "1", "100", "7", NULL};

static void put(struct observed *o, const char *unit, const char *variable, const char *category, const char *value,
                const char *before, const char *silence)
{
    struct err e = {0};
    const char *v[OBSERVATIONS_COLUMNS] = {
        [OBSERVATIONS_UNIT] = unit,         [OBSERVATIONS_VARIABLE] = variable,
        [OBSERVATIONS_CATEGORY] = category, [OBSERVATIONS_VALUE] = value,
        [OBSERVATIONS_PREVIOUS] = before,   [OBSERVATIONS_OBS_STATUS] = silence ? silence : "A",
        [OBSERVATIONS_SILENCE] = silence,   [OBSERVATIONS_ORIGIN] = silence ? NULL : "reported"};
    if (observed_row(o, v, &e) != FLOW_OK)
        fail_msg("%s", e.text);
}

static void observe(struct observed *o, const struct unit *u, int respondent, struct buf *out)
{
    observed_begin(o, respondent, out);
    put(o, u->id, "ENF_MOTIF", NULL, u->silence ? NULL : "3", NULL, u->silence);
    put(o, u->id, "FIN_TOTAL", NULL, u->total, NULL, NULL);
    put(o, u->id, "SEXE", "F", u->girls, u->girls_before, NULL);
    put(o, u->id, "SEXE", "G", u->boys, u->boys_before, NULL);
}

struct seen {
    struct shift_alarm alarm[4];
    size_t count;
};

static enum flow note(void *ctx, const struct shift_alarm *a, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    assert_true(s->count < 4);
    s->alarm[s->count++] = *a;
    return FLOW_OK;
}

static uint64_t counted(const struct tally *y, const char *value)
{
    for (size_t i = 0; i < y->counts; i++)
        if (strcmp(y->count[i].value, value) == 0)
            return y->count[i].n;
    return UINT64_MAX;
}

static void sum_is(const struct observed *o, const char *variable, const char *expected)
{
    char text[DECIMAL_TEXT_MAX];
    uint32_t i = map_get(o->sums, variable, strlen(variable));
    assert_true(i != MAP_NONE);
    (void)decimal_print(o->rows.tally.sum[i], text);
    assert_string_equal(text, expected);
}

static void workers_add_up_and_a_twin_goes(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf text;
    struct observed *one = observed_new(ed, 1, &e), *two = observed_new(ed, 1, &e), *all = observed_new(ed, 1, &e),
                    *gone = observed_new(ed, 1, &e);
    struct seen seen = {0};
    buf_init(&text, 1 << 20);
    assert_true(one && two && all && gone);
    observe(one, &second, 1, &text); /* in any order of units */
    observe(one, &first, 1, &text);
    observe(two, &twin, 1, &text);
    observe(two, &unusable, 0, &text);
    observe(gone, &twin, 1, &text);
    assert_int_equal(observed_add(all, one, &e), FLOW_OK);
    assert_int_equal(observed_add(all, two, &e), FLOW_OK);
    assert_int_equal(all->rows.tally.rows, 16);
    assert_int_equal(counted(&all->rows.tally, "NC"), 1);
    sum_is(all, "FIN_TOTAL", "1207.75");
    sum_is(all, "SEXE", "401");

    assert_int_equal(tally_add(&all->rows.tally, &gone->rows.tally, -1, &e), FLOW_OK);
    assert_int_equal(shift_add(all->shift, gone->shift, -1, &e), FLOW_OK);
    tally_sort(&all->rows.tally);
    assert_int_equal(all->rows.tally.rows, 12);
    assert_int_equal(counted(&all->rows.tally, "ND"), 1);
    assert_int_equal(counted(&all->rows.tally, "reported"), 11);
    sum_is(all, "FIN_TOTAL", "207.75");
    sum_is(all, "SEXE", "301");
    for (size_t i = 0; i < all->rows.tally.counts; i++) /* a status that only the twin had is no status of the table */
        if (strcmp(all->rows.tally.count[i].value, "NC") == 0)
            assert_int_equal(all->rows.tally.count[i].column, OBSERVATIONS_SILENCE);

    /* (60 + 50) / 200 = 55 % boys now, (40 + 40) / 200 = 40 % before. */
    assert_int_equal(shift_end(all->shift, note, &seen, &e), FLOW_OK);
    assert_int_equal(seen.count, 2);
    assert_string_equal(ed->variables[seen.alarm[0].variable].id, "SEXE");
    assert_int_equal(seen.alarm[0].units, 2);
    assert_true(seen.alarm[0].after == 55 && seen.alarm[0].before == 40);
    assert_true(seen.alarm[1].after == 45 && seen.alarm[1].before == 60);
    observed_free(one);
    observed_free(two);
    observed_free(all);
    observed_free(gone);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(workers_add_up_and_a_twin_goes)};
    return cmocka_run_group_tests(tests, open_edition, close_edition);
}
