/* SPDX-License-Identifier: Apache-2.0 */
/* An edition one of whose tables is any bytes: which one is told by the header line, so that each seed stands for its
 * own file. */
#include "schemas/edition/edition.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char folder[] = "/tmp/fuzz-edition-XXXXXX";
static struct edition *model;

static void clean(void)
{
    struct err e;
    edition_close(model);
    (void)(fs_remove(folder, &e) == FLOW_OK);
}

static void put(const char *name, const void *p, size_t n)
{
    char path[256];
    struct err e;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (output_file(path, p, n, &e) != FLOW_OK)
        abort();
}

static void begin(void)
{
    struct err e;
    const char *name, *bytes;
    size_t n;
    model = mkdtemp(folder) ? edition_open(FUZZ_EDITION, &e) : NULL;
    if (!model || atexit(clean) != 0)
        abort();
    for (size_t i = 0; (name = edition_file(model, i, &bytes, &n)); i++)
        put(name, bytes, n);
}

/* The file of the edition that begins as the input does; edition.json for anything else. */
static const char *meant(const unsigned char *data, size_t size, const char **bytes, size_t *n)
{
    const char *name, *json = NULL, *json_bytes = NULL;
    size_t json_size = 0;
    for (size_t i = 0; (name = edition_file(model, i, bytes, n)); i++) {
        size_t head = *n < 12 ? *n : 12;
        if (size >= head && memcmp(data, *bytes, head) == 0)
            return name;
        if (strcmp(name, "edition.json") == 0) {
            json = name;
            json_bytes = *bytes;
            json_size = *n;
        }
    }
    *bytes = json_bytes;
    *n = json_size;
    return json;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct err e;
    const char *bytes;
    size_t n;
    if (!model)
        begin();
    const char *name = meant(data, size, &bytes, &n);
    put(name, data, size);
    struct edition *ed = edition_open(folder, &e);
    edition_close(ed);
    put(name, bytes, n);
    return 0;
}
