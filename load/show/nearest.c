/* SPDX-License-Identifier: Apache-2.0 */
#include "load/show/nearest.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 3, LIST_TEXT = NEAREST_KEPT * (NEAREST_TEXT + 2) };

void nearest_init(struct nearest *n, const char *wanted)
{
    *n = (struct nearest){.wanted = wanted};
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein on bytes, whatever the case; only the beginning of longer names. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_TEXT], n = strnlen(b, NEAREST_TEXT - 1);
    for (size_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0' && i < NEAREST_TEXT - 1; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least(above + 1, row[j] + 1, corner + (lower(a[i]) != lower(b[j])));
            corner = above;
        }
    }
    return row[n];
}

void nearest_offer(struct nearest *n, const char *name)
{
    n->seen++;
    n->found |= strcmp(name, n->wanted) == 0;
    size_t d = distance(n->wanted, name), at = n->kept;
    if (n->found || (at == NEAREST_KEPT && d >= n->distance[at - 1])) {
        return;
    }
    n->kept += at < NEAREST_KEPT;
    for (at = n->kept - 1; at > 0 && n->distance[at - 1] > d; at--) {
        n->distance[at] = n->distance[at - 1];
        memcpy(n->name[at], n->name[at - 1], NEAREST_TEXT);
    }
    n->distance[at] = d;
    (void)snprintf(n->name[at], NEAREST_TEXT, "%s", name);
}

enum flow nearest_check(const struct nearest *n, const char *what, const char *where, struct err *e)
{
    char list[LIST_TEXT] = "";
    size_t shown = n->seen <= NEAREST_KEPT ? n->kept : SHOWN, at = 0;
    if (n->found) {
        return FLOW_OK;
    }
    for (size_t i = 0; i < shown; i++) {
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i > 0 ? ", " : "", n->name[i]);
    }
    if (n->seen == 0) {
        return err_set(e, STATUS_NOINPUT, "no %s '%.100s' in %s, which has none", what, n->wanted, where);
    }
    return err_set(e, STATUS_NOINPUT, "no %s '%.100s' in %s; %s: %s", what, n->wanted, where,
                   n->seen <= NEAREST_KEPT ? "there are" : "nearest", list);
}
