/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/place.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 8 * 1024 * 1024, PLACES_MAX = 40000 };

static const char *const COLUMNS[] = {"code", "name", "departement", "region", "type", "population", NULL};
enum { CODE, NAME, DEPARTEMENT, REGION, TYPE, POPULATION };

static int by_size(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->population != y->population)
        return x->population < y->population ? 1 : -1;
    return strcmp(x->commune, y->commune);
}

/* Regions have two digits; three digits are overseas collectivities, where the politique de la ville has no PRE. */
static int wanted(const struct csv_table *t)
{
    return strcmp(csv_table_get(t, TYPE), "commune-actuelle") == 0 && strlen(csv_table_get(t, REGION)) == 2;
}

static void copy(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size)
        n = size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}

static enum flow keep(struct places *p, const struct csv_table *t, struct err *e)
{
    if (p->count == PLACES_MAX)
        return err_set(e, STATUS_DATA, "communes.csv: more than %d communes", PLACES_MAX);
    struct place *x = &p->items[p->count];
    copy(x->commune, sizeof x->commune, csv_table_get(t, CODE));
    copy(x->departement, sizeof x->departement, csv_table_get(t, DEPARTEMENT));
    copy(x->region, sizeof x->region, csv_table_get(t, REGION));
    x->population = 0;
    for (const char *d = csv_table_get(t, POPULATION); *d >= '0' && *d <= '9' && x->population < 100000000; d++)
        x->population = x->population * 10 + (*d - '0');
    if (x->population == 0)
        x->population = 1;
    x->name = strdup(csv_table_get(t, NAME));
    if (!x->name)
        return err_set(e, STATUS_SYSTEM, "no memory for the communes");
    p->count++;
    return FLOW_OK;
}

static void count_neighbours(struct places *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->count; k++)
            if (strcmp(p->items[i].departement, p->items[k].departement) == 0)
                p->items[i].neighbours++;
}

enum flow places_read(struct places *p, const char *dir, struct err *e)
{
    char path[4096];
    struct buf text;
    struct csv_table *t = NULL;
    enum flow flow = FLOW_FATAL;
    buf_init(&text, FILE_MAX);
    p->count = 0;
    p->items = calloc(PLACES_MAX, sizeof *p->items);
    if (!p->items) {
        err_set(e, STATUS_SYSTEM, "no memory for the communes");
        goto out;
    }
    if (!fs_join(path, sizeof path, dir, "communes.csv")) {
        err_set(e, STATUS_USAGE, "--reference: the path is too long");
        goto out;
    }
    if (fs_read(path, &text, e) != FLOW_OK)
        goto out;
    t = csv_table_open(buf_str(&text), text.len, path, 0, COLUMNS, e);
    if (!t)
        goto out;
    while ((flow = csv_table_next(t, e)) == FLOW_OK)
        if (wanted(t) && (flow = keep(p, t, e)) != FLOW_OK)
            goto out;
    if (flow != FLOW_END)
        goto out;
    qsort(p->items, p->count, sizeof *p->items, by_size);
    count_neighbours(p);
    flow = p->count ? FLOW_OK : err_set(e, STATUS_DATA, "%s: no commune of a French region", path);
out:
    csv_table_close(t);
    buf_fini(&text);
    return flow;
}

void places_fini(struct places *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->items[i].name);
    free(p->items);
    p->items = NULL;
    p->count = 0;
}
