/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/package_digest.h"

#include <stdio.h>
#include <string.h>

enum flow package_content(const char text_digest[TABLE_COUNT][DIGEST_HEX_MAX], const char *edition_digest,
                          const char *decisions_digest, char *hex, struct err *e)
{
    struct buf b;
    buf_init(&b, 4096);
    enum flow f = buf_puts(&b, PACKAGE_FORMAT "\n", e);
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        if (table_spec(t)->content)
            f = buf_printf(&b, e, "%s %s\n", table_spec(t)->name, text_digest[t]);
    if (f == FLOW_OK)
        f = buf_printf(&b, e, "edition %s\ndecisions %s\n", edition_digest, decisions_digest);
    if (f == FLOW_OK)
        f = digest_of(b.data, b.len, hex, e);
    buf_fini(&b);
    return f;
}

char *package_seal_place(char *json, size_t n)
{
    static const char key[] = "\"pre:seal\"";
    char *p = strstr(json, key); /* the text is followed by a NUL */
    if (!p)
        return NULL;
    p += sizeof key - 1;
    while (p < json + n && (*p == ':' || *p == ' '))
        p++;
    if (p >= json + n || *p != '"' || (size_t)(json + n - p) < 66 || p[65] != '"')
        return NULL;
    return p + 1;
}

void package_table_path(enum dataset_table t, char *out, size_t size)
{
    (void)snprintf(out, size, "%s.csv.gz", table_spec(t)->name);
}

const char *package_rows_key(enum dataset_table t)
{
    return t == TABLE_DOCUMENTS ? "received" : t == TABLE_UNITS ? "register" : "rows";
}
