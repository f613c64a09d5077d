/* SPDX-License-Identifier: Apache-2.0 */
/* pre-specimen: a whole enquiry from a seed, with its truth beside it (tests/specimen/pre-specimen.1). */
#include "schemas/run/fs.h"
#include "schemas/run/log.h"
#include "schemas/run/options.h"
#include "tests/specimen/previous.h"
#include "tests/specimen/register.h"
#include "tests/specimen/truth.h"

#include <stdlib.h>
#include <string.h>

struct command {
    long seed, units;
    const char *edition, *reference, *output, *base_url, *decided;
    int mode;
};

static enum flow tell(const struct command *c, struct people *p, const struct places *places, const char *dir,
                      struct err *e)
{
    struct story *story = story_open(p, places, dir, c->base_url, c->decided, e);
    struct truth *truth = story ? truth_open(p, dir, e) : NULL;
    struct register_file *frame = truth ? register_file_open(dir, e) : NULL;
    enum flow flow = frame ? FLOW_OK : FLOW_FATAL;
    for (size_t i = 0; flow == FLOW_OK && i < p->count; i++) {
        struct judged j;
        const char *source;
        const struct arrival *list;
        flow = story_tell(story, i, &j, &source, e);
        if (flow == FLOW_OK)
            flow = register_file_unit(frame, p, i, source, e);
        if (flow == FLOW_OK) {
            size_t n = story_arrivals(story, &list);
            flow = truth_unit(truth, i, &j, list, n, e);
        }
    }
    if (flow == FLOW_OK)
        flow = story_stray(story, e);
    if (flow == FLOW_OK) {
        const struct arrival *list;
        size_t n = story_arrivals(story, &list);
        flow = truth_documents(truth, list, n, e);
    }
    if (flow != FLOW_OK) {
        story_abort(story);
        truth_abort(truth);
        register_file_abort(frame);
        return flow;
    }
    flow = story_close(story, e);
    if (flow == FLOW_OK)
        flow = truth_close(truth, e);
    else
        truth_abort(truth);
    if (flow != FLOW_OK) {
        register_file_abort(frame);
        return flow;
    }
    return register_file_close(frame, e);
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
    struct command c = {1, 530, NULL, NULL, NULL, "", "2022-07-04", 0};
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
    default:
        break;
    }
    if (run(&c, &e) != FLOW_OK) {
        log_event(LOG_ERROR, "failed", LOG_TEXT("message", e.text));
        return (int)e.status;
    }
    return STATUS_OK;
}
