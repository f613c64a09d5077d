/* SPDX-License-Identifier: Apache-2.0 */
/* A document that the acceptor accepts is one in which libxml2 finds no fault. */
#include "transform/xml/reader.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct xml_reader *reader;

static void stop(const char *what)
{
    (void)fprintf(stderr, "%s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct xml_limits limits = xml_default_limits();
    struct xml_document d;
    struct err e;
    if (!reader) {
        struct xml_schema *schema = xml_setup(&e) == FLOW_OK ? xml_schema_open(FUZZ_EDITION "/return.xsd", &e) : NULL;
        if (!schema || !(reader = xml_reader_new(schema, &limits, &e)))
            stop(e.text);
    }
    if (xml_read(reader, (const char *)data, size, &d, &e) != FLOW_OK)
        return 0;
    reader->document = &d; /* the halves of xml_validate, each on its own */
    if (xsd_certain(reader) && xsd_judge(reader, &e) != FLOW_OK)
        stop(reader->faults.count ? reader->faults.item[0].original : e.text);
    return 0;
}
