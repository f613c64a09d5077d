/* SPDX-License-Identifier: Apache-2.0 */
/* schematron-ids SCHEMA DOCUMENT...: what our engine says, one "document<TAB>id" a line for each failed assert and
 * successful report, so that the output of other engines over the same files can be compared with it. */
#include "schemas/run/fs.h"
#include "transform/rules/schematron.h"
#include "transform/xml/xml.h"

#include <stdio.h>
#include <string.h>

static enum flow print(void *ctx, const struct schematron_result *r, struct err *e)
{
    static const char *const outcome[] = {"", "", "crashed "};
    (void)e;
    (void)printf("%s\t%s%s\n", (const char *)ctx, outcome[r->outcome], r->id);
    return FLOW_OK;
}

static enum flow run(struct schematron *s, struct xml_reader *reader, char *file, struct err *e)
{
    struct xml_document d;
    struct buf text;
    char *slash = strrchr(file, '/');
    buf_init(&text, 16 << 20);
    enum flow f = fs_read(file, &text, e);
    if (f == FLOW_OK)
        f = xml_read(reader, buf_str(&text), text.len, &d, e);
    if (f == FLOW_OK)
        f = schematron_run(s, d.doc, print, slash ? slash + 1 : file, NULL, e);
    buf_fini(&text);
    return f == FLOW_ITEM ? err_set(e, STATUS_DATA, "%s: not readable", file) : f;
}

int main(int argc, char **argv)
{
    static const char *const languages[] = {"fr", NULL};
    struct schematron_options o = {.name = argc > 1 ? argv[1] : "", .languages = languages};
    struct xml_limits limits = xml_default_limits();
    struct err e = {0};
    struct buf text;
    buf_init(&text, 16 << 20);
    struct schematron *s = NULL;
    struct xml_reader *reader = NULL;
    enum flow f = argc > 1 ? xml_setup(&e) : err_set(&e, STATUS_USAGE, "usage: schematron-ids SCHEMA DOCUMENT...");
    if (f == FLOW_OK)
        f = fs_read(argv[1], &text, &e);
    if (f == FLOW_OK &&
        (!(s = schematron_open(buf_str(&text), text.len, &o, &e)) || !(reader = xml_reader_new(NULL, &limits, &e))))
        f = FLOW_FATAL;
    for (int i = 2; i < argc && f == FLOW_OK; i++)
        f = run(s, reader, argv[i], &e);
    if (f != FLOW_OK)
        (void)fprintf(stderr, "%s\n", e.text);
    schematron_close(s);
    xml_reader_free(reader);
    buf_fini(&text);
    return f == FLOW_OK ? 0 : 1;
}
