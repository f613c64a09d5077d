/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tree.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "schemas/run/fs.h"
#include "schemas/run/output.h"

void tree_copy_file(const char *from, const char *to)
{
    struct buf b;
    struct err e = {0};
    buf_init(&b, 64 << 20);
    if (fs_read(from, &b, &e) != FLOW_OK || output_file(to, buf_str(&b), b.len, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    buf_fini(&b);
}

void tree_copy(const char *from, const char *to)
{
    char **names = NULL, a[4096], b[4096];
    size_t count = 0;
    struct err e = {0};
    if (fs_mkdirs(to, &e) != FLOW_OK || fs_names(from, &names, &count, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(a, sizeof a, "%s/%s", from, names[i]);
        (void)snprintf(b, sizeof b, "%s/%s", to, names[i]);
        if (fs_is_dir(a))
            tree_copy(a, b);
        else
            tree_copy_file(a, b);
    }
    fs_names_free(names, count);
}
