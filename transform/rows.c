/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/rows.h"

#include <string.h>

enum flow rows_put(struct buf *b, const char *const *values, size_t count, struct err *e)
{
    size_t len[ROWS_FIELDS_MAX], total = 0;
    char *to;
    if (count > ROWS_FIELDS_MAX)
        return err_set(e, STATUS_DATA, "more than %d columns", ROWS_FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        len[i] = values[i] ? strlen(values[i]) : 0;
        total += len[i] + 1;
    }
    enum flow f = buf_room(b, total, &to, e);
    if (f != FLOW_OK)
        return f;
    for (size_t i = 0; i < count; i++) {
        if (len[i])
            memcpy(to, values[i], len[i]);
        to[len[i]] = '\0';
        to += len[i] + 1;
    }
    b->len += total;
    return FLOW_OK;
}

int rows_split(const char **at, const char *end, const char **values, size_t count)
{
    const char *p = *at;
    for (size_t i = 0; i < count; i++) {
        const char *stop = p < end ? memchr(p, '\0', (size_t)(end - p)) : NULL;
        if (!stop)
            return 0;
        values[i] = p;
        p = stop + 1;
    }
    *at = p;
    return count > 0;
}
