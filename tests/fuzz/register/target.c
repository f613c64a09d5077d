/* SPDX-License-Identifier: Apache-2.0 */
/* A register, or decisions about the units of the worked example, made of any bytes; the header line tells which. */
#include "schemas/register/decisions.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct edition *edition;
static struct register_table *frame;

static void clean(void)
{
    register_close(frame);
    edition_close(edition);
}

static void begin(void)
{
    struct err e;
    edition = edition_open(FUZZ_EDITION, &e);
    frame = edition ? register_open(edition, FUZZ_EDITION "/../../register/example/register.csv", &e) : NULL;
    if (!frame || atexit(clean) != 0)
        abort();
}

/* Everything a program asks of a register that was accepted. */
static void walk(const struct register_table *t)
{
    size_t in = 0;
    struct err e;
    struct register_reader *rows = register_reader_new(t, &e);
    if (!rows)
        abort();
    for (size_t i = 0; i < register_count(t); i++) {
        const struct register_unit u = register_unit(t, i);
        if (register_find(t, u.id, strlen(u.id)) != i)
            abort();
        for (uint32_t c = 0; c < register_columns(t); c++)
            (void)strlen(register_value(rows, i, c));
        for (uint32_t k = u.first_predecessor; k != REGISTER_NONE; k = register_unit(t, k).next_predecessor)
            if (k >= register_count(t))
                abort();
        in += u.scope == REGISTER_IN;
    }
    register_reader_free(rows);
    if (in != register_in_scope(t))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct err e;
    const char *text = size ? (const char *)data : "";
    if (!edition)
        begin();
    if (size > 5 && memcmp(text, "unit,", 5) == 0) {
        struct decisions *d = decisions_read(edition, frame, text, size, "decisions.csv", &e);
        for (size_t i = 1; i < decisions_count(d); i++)
            if (decisions_get(d, i - 1)->unit > decisions_get(d, i)->unit)
                abort();
        decisions_close(d);
        return 0;
    }
    struct register_table *t = register_read(edition, text, size, "register.csv", &e);
    if (t)
        walk(t);
    register_close(t);
    return 0;
}
