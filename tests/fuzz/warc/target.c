/* SPDX-License-Identifier: Apache-2.0 */
/* An archive file of any bytes: records, then bodies as the transformer loads them. */
#include "schemas/archive/archive.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char folder[] = "/tmp/fuzz-warc-XXXXXX";

static void clean(void)
{
    struct err e;
    (void)(fs_remove(folder, &e) == FLOW_OK);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static int made;
    char path[64];
    struct err e;
    struct archive_options o = {.as_of = INSTANT_NONE, .body_max = 1 << 20, .ratio = 200};
    struct archive_body b;
    if (!made && mkdtemp(folder) && atexit(clean) == 0)
        made = 1;
    (void)snprintf(path, sizeof path, "%s/2022-20220101T000000Z.warc.gz", folder);
    if (!made || output_file(path, data, size, &e) != FLOW_OK)
        return 0;
    struct archive *a = archive_open(folder, &o, &e);
    archive_body_init(&b, o.body_max);
    for (size_t i = 0; a && i < archive_documents(a); i++)
        (void)(archive_load(a, i, &b, &e) == FLOW_OK);
    archive_body_fini(&b);
    archive_close(a);
    return 0;
}
