/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/portion.h"

#include <string.h>

enum flow portion_init(struct portion *p, enum dataset_table t, size_t extra, const struct map *sums, struct sink out,
                       struct err *e)
{
    csv_writer_init(&p->csv, out);
    p->columns = table_spec(t)->count + extra;
    enum flow f = tally_init(&p->tally, t, extra, sums, e);
    return f == FLOW_OK && p->columns > CSV_FIELDS_MAX
               ? err_set(e, STATUS_BUG, "table %s: more than %d columns", table_spec(t)->name, CSV_FIELDS_MAX)
               : f;
}

void portion_fini(struct portion *p)
{
    csv_writer_fini(&p->csv);
    tally_fini(&p->tally);
}

enum flow portion_row(struct portion *p, const char *const *values, struct err *e)
{
    struct csv_field field[CSV_FIELDS_MAX];
    for (size_t i = 0; i < p->columns; i++) {
        const char *text = values[i] ? values[i] : "";
        field[i] = (struct csv_field){.text = text, .len = strlen(text)};
    }
    enum flow f = tally_row(&p->tally, field, e);
    if (f == FLOW_ITEM) {
        e->status = STATUS_BUG;
        f = FLOW_FATAL;
    }
    return f == FLOW_OK ? csv_put_row(&p->csv, field, p->columns, e) : f;
}
