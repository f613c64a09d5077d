/* SPDX-License-Identifier: Apache-2.0 */
/* CSV read; what was read, written and read again must be the same. */
#include "schemas/dataset/csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static size_t read_all(const char *text, size_t n, char delimiter, struct csv_writer *out, enum flow *end)
{
    struct err e;
    struct csv_row row;
    size_t rows = 0;
    struct csv *c = csv_open(text, n, "input", delimiter, &e);
    *end = c ? FLOW_OK : FLOW_FATAL;
    while (c && (*end = csv_next(c, &row, &e)) == FLOW_OK) {
        rows++;
        for (size_t i = 0; out && i < row.count; i++)
            if (csv_putn(out, row.field[i].text, row.field[i].len, &e) != FLOW_OK)
                abort();
        if (out && csv_end_row(out, &e) != FLOW_OK)
            abort();
    }
    csv_close(c);
    return rows;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct buf first, second;
    struct csv_writer w;
    enum flow end;
    buf_init(&first, 64 << 20);
    buf_init(&second, 64 << 20);
    csv_writer_init(&w, sink_buf(&first));
    size_t rows = read_all((const char *)data, size, 0, &w, &end);
    csv_writer_fini(&w);
    if (end == FLOW_END && rows) {
        csv_writer_init(&w, sink_buf(&second));
        (void)read_all(buf_str(&first), first.len, ',', &w, &end);
        csv_writer_fini(&w);
        if (end != FLOW_END || first.len != second.len || memcmp(buf_str(&first), buf_str(&second), first.len) != 0)
            abort();
    }
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}
