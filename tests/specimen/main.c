/* SPDX-License-Identifier: Apache-2.0 */
/* pre-specimen: a whole enquiry from a seed, with its truth beside it (tests/specimen/pre-specimen.1). */
#include "schemas/run/fs.h"
#include "schemas/run/log.h"
#include "schemas/run/options.h"
#include "tests/specimen/pack.h"
#include "tests/specimen/previous.h"
#include "tests/specimen/register.h"
#include "tests/specimen/truth.h"

#include <stdlib.h>
#include <string.h>

struct command {
    long seed, units;
    const char *edition, *reference, *output, *base_url, *decided, *archive;
    int mode, shift;
};

/* Everything that is written while units pass. */
struct scribe {
    struct story *story;
    struct truth *truth, *before;
    struct register_file *frame;
    struct pack *pack; /* NULL: no archive asked */
};

static void put_down(struct scribe *s)
{
    story_abort(s->story);
    truth_abort(s->truth);
    truth_abort(s->before);
    register_file_abort(s->frame);
    pack_abort(s->pack);
}

static enum flow take_up(struct scribe *s, const struct command *c, struct people *p, const struct places *places,
                         const char *dir, struct err *e)
{
    *s = (struct scribe){0};
    s->story = story_open(p, places, dir, c->base_url, c->decided, e);
    if (s->story)
        s->truth = truth_open(p, dir, "truth", e);
    if (s->truth)
        s->before = truth_open(p, dir, "truth-first", e);
    if (s->before)
        s->frame = register_file_open(dir, e);
    if (s->frame && c->archive)
        s->pack = pack_open(c->archive, dir, e);
    if (s->frame && (s->pack || !c->archive))
        return FLOW_OK;
    put_down(s);
    return FLOW_FATAL;
}

/* What was there before the drop folder was read. */
static enum flow tell_before(struct scribe *s, size_t i, const struct arrival *list, size_t n, struct err *e)
{
    struct arrival first[8];
    size_t count = 0;
    for (size_t k = 0; k < n && count < sizeof first / sizeof *first; k++) {
        if (!list[k].state_first)
            continue;
        first[count] = list[k];
        first[count].state = list[k].state_first;
        first[count].verdict = list[k].verdict_first;
        first[count++].rules = list[k].rules_first;
    }
    return truth_unit(s->before, i, story_first(s->story), first, count, e);
}

static enum flow tell_unit(struct scribe *s, const struct people *p, size_t i, struct err *e)
{
    struct judged j;
    const char *source;
    const struct arrival *list;
    enum flow flow = story_tell(s->story, i, &j, &source, e);
    size_t n = story_arrivals(s->story, &list);
    if (flow == FLOW_OK)
        flow = register_file_unit(s->frame, p, i, source, e);
    if (flow == FLOW_OK)
        flow = truth_unit(s->truth, i, &j, list, n, e);
    if (flow == FLOW_OK)
        flow = tell_before(s, i, list, n, e);
    return flow == FLOW_OK && s->pack ? pack_put(s->pack, list, n, e) : flow;
}

static enum flow tell_stray(struct scribe *s, struct err *e)
{
    const struct arrival *list;
    enum flow flow = story_stray(s->story, e);
    size_t n = story_arrivals(s->story, &list);
    if (flow == FLOW_OK)
        flow = truth_documents(s->truth, list, n, e);
    return flow == FLOW_OK && s->pack ? pack_put(s->pack, list, n, e) : flow;
}

static enum flow finish(struct scribe *s, struct err *e)
{
    enum flow flow = story_close(s->story, e);
    s->story = NULL;
    if (flow == FLOW_OK) {
        flow = truth_close(s->truth, e);
        s->truth = NULL;
    }
    if (flow == FLOW_OK) {
        flow = truth_close(s->before, e);
        s->before = NULL;
    }
    if (flow == FLOW_OK) {
        flow = register_file_close(s->frame, e);
        s->frame = NULL;
    }
    if (flow == FLOW_OK && s->pack) {
        flow = pack_close(s->pack, e);
        s->pack = NULL;
    }
    put_down(s);
    return flow;
}

static enum flow tell(const struct command *c, struct people *p, const struct places *places, const char *dir,
                      struct err *e)
{
    struct scribe s;
    enum flow flow = take_up(&s, c, p, places, dir, e);
    if (flow != FLOW_OK)
        return flow;
    for (size_t i = 0; flow == FLOW_OK && i < p->count; i++)
        flow = tell_unit(&s, p, i, e);
    if (flow == FLOW_OK)
        flow = tell_stray(&s, e);
    if (flow == FLOW_OK)
        return finish(&s, e);
    put_down(&s);
    return flow;
}

static enum flow run(const struct command *c, struct err *e)
{
    struct places places = {0};
    struct people people = {0};
    char dir[4096];
    enum flow flow = fs_mkdirs(c->output, e);
    if (flow == FLOW_OK && !realpath(c->output, dir))
        flow = err_sys(e, STATUS_CANTCREAT, "%s", c->output);
    if (flow == FLOW_OK)
        flow = places_read(&places, c->reference, e);
    if (flow == FLOW_OK)
        flow = people_make(&people, (uint64_t)c->seed, (size_t)c->units, c->mode ? MODE_OBSERVED : MODE_ESTIMATE,
                           &places, e);
    if (flow == FLOW_OK && c->shift)
        people_shift(&people);
    if (flow == FLOW_OK)
        flow = tell(c, &people, &places, dir, e);
    if (flow == FLOW_OK)
        flow = previous_write(&people, dir, e);
    if (flow == FLOW_OK)
        log_event(LOG_INFO, "made", LOG_TEXT("output", dir), LOG_NUM("units", people.count),
                  LOG_NUM("field", people.field));
    people_fini(&people);
    places_fini(&places);
    return flow;
}

int main(int argc, char **argv)
{
    struct command c = {1, 530, NULL, NULL, NULL, "", "2022-07-04", NULL, 0, 0};
    const struct option_row rows[] = {
        {"seed", OPTION_NUMBER, &c.seed, "S", "same seed, same bytes (1)", 0, 2147483647, 0},
        {"units", OPTION_NUMBER, &c.units, "N", "PRE in the field (530)", 1, 100000, 0},
        {"edition", OPTION_TEXT, &c.edition, "DIR",
         "edition the returns are for: its folder goes into last edition's dataset", 0, 0, 1},
        {"reference", OPTION_TEXT, &c.reference, "DIR", "reference geography (communes.csv)", 0, 0, 1},
        {"mode", OPTION_CHOICE, &c.mode, "estimate|observed",
         "published totals are those of the field, or of the respondents", 0, 0, 0},
        {"base-url", OPTION_TEXT, &c.base_url, "URL", "where site/ will be served; without it sources are files", 0, 0,
         0},
        {"decided", OPTION_TEXT, &c.decided, "DATE", "when the analyst decided (2022-07-04)", 0, 0, 0},
        {"shift", OPTION_FLAG, &c.shift, NULL, "last edition had two categories of exits the other way round", 0, 0, 0},
        {"archive", OPTION_TEXT, &c.archive, "DIR", "write archives too, as an extraction would", 0, 0, 0},
        {"output", OPTION_TEXT, &c.output, "DIR", "folder to fill", 0, 0, 1},
        {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0, 0}};
    const struct option_spec spec = {
        "pre-specimen", "Makes a whole enquiry from a seed: register, returns, troubles, and the truth.", NULL, rows};
    struct err e = {STATUS_OK, ""};
    int first;
    log_init("pre-specimen", LOG_INFO);
    switch (options_parse(&spec, argc, argv, &first)) {
    case OPTIONS_DONE:
        return STATUS_OK;
    case OPTIONS_MISUSE:
        return STATUS_USAGE;
    case OPTIONS_UNSAID:
        return STATUS_IO;
    default:
        break;
    }
    if (run(&c, &e) != FLOW_OK) {
        log_event(LOG_ERROR, "failed", LOG_TEXT("message", e.text));
        return (int)e.status;
    }
    return STATUS_OK;
}
