/* SPDX-License-Identifier: Apache-2.0 */
/* A document through all nine steps: sniffed, parsed, validated, read, judged by the rules, deduced. */
#include "transform/judge.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct judge *judge;
static struct plan plan;
static struct arena arena;

static void stop(const struct err *e)
{
    (void)fprintf(stderr, "%s\n", e->text);
    abort();
}

static void open_judge(void)
{
    static const struct subject nobody = {.unit = "PRE-59-01", .row = REGISTER_NONE};
    struct err e;
    struct edition *ed = xml_setup(&e) == FLOW_OK ? edition_open(FUZZ_EDITION, &e) : NULL;
    struct xml_schema *schema = ed ? xml_schema_open(FUZZ_EDITION "/return.xsd", &e) : NULL;
    if (!schema || plan_init(&plan, ed, NULL, NULL, INSTANT_NONE, &e) != FLOW_OK ||
        !(judge = judge_new(&plan, schema, &e)) || judge_subject(judge, &nobody, &e) != FLOW_OK)
        stop(&e);
    arena_init(&arena, 256 << 20);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct document d = {.record = "", .archive = "", .source = "", .raw_digest = ""};
    struct err e;
    if (!judge)
        open_judge();
    arena_reset(&arena);
    if (judge_document(judge, (const char *)data, size, NULL, &d, &arena, &e) != FLOW_OK)
        stop(&e); /* nothing a sender writes may be our failure */
    return 0;
}
