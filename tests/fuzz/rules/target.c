/* SPDX-License-Identifier: Apache-2.0 */
/* A schema of rules read, and run over a small document when it compiles. */
#include "transform/rules/schematron.h"

#include <libxml/parser.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static enum flow ignore(void *ctx, const struct schematron_result *r, struct err *e)
{
    (void)ctx;
    (void)r;
    (void)e;
    return FLOW_OK;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const externals[] = {"register", "previous", "parameter", NULL};
    static const char *const languages[] = {"fr", "en", NULL};
    static const char text[] =
        "<retour xmlns='urn:fr:anct:pre:retour:2022'><enfants><total>3</total><sexe><effectif code='G'>1</effectif>"
        "</sexe></enfants></retour>";
    struct schematron_options o = {.name = "rules", .externals = externals, .languages = languages};
    struct err e;
    struct schematron *s = schematron_open((const char *)data, size, &o, &e);
    xmlDocPtr doc = s ? xmlReadMemory(text, (int)sizeof text - 1, "d", NULL, 0) : NULL;
    int line;
    if (doc) {
        (void)(schematron_run(s, doc, ignore, NULL, NULL, &e) == FLOW_OK);
        (void)schematron_unguarded(s, &line);
    }
    xmlFreeDoc(doc);
    schematron_close(s);
    return 0;
}
