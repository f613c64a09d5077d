/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/plan.h"

#include "schemas/run/fs.h"

#include <stdlib.h>
#include <string.h>

enum { PLAN_BYTES_MAX = 64 << 20, RULES_BYTES_MAX = 8 << 20, HEAD_BYTES_MAX = 1 << 20 };

const char *plan_category(const struct plan *p, uint32_t cell)
{
    const struct plan_cell *c = &p->cells[cell];
    return c->category == EDITION_NONE ? "" : p->edition->variables[c->variable].list->categories[c->category].code;
}

const char *plan_harmonised(const struct plan *p, uint32_t cell)
{
    const struct plan_cell *c = &p->cells[cell];
    return c->category == EDITION_NONE ? ""
                                       : p->edition->variables[c->variable].list->categories[c->category].harmonised;
}

const char *plan_edition_of(const struct plan *p, const char *namespace_uri)
{
    for (size_t i = 0; i < p->sibling_count; i++)
        if (strcmp(p->siblings[i].namespace_uri, namespace_uri) == 0)
            return p->siblings[i].id;
    return NULL;
}

/* qsort has no context argument; plans are made by the main thread alone. */
static const struct plan *sorting;

static int by_key(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct edition_variable *v = sorting->edition->variables;
    int order = strcmp(v[sorting->cells[x].variable].id, v[sorting->cells[y].variable].id);
    return order ? order : strcmp(plan_category(sorting, x), plan_category(sorting, y));
}

static int by_harmonised(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct edition_variable *v = sorting->edition->variables;
    int order = strcmp(v[sorting->cells[x].variable].id, v[sorting->cells[y].variable].id);
    if (order == 0)
        order = strcmp(plan_harmonised(sorting, x), plan_harmonised(sorting, y));
    return order ? order : by_key(a, b);
}

static enum flow number_cells(struct plan *p, struct err *e)
{
    const struct edition *ed = p->edition;
    p->cells = arena_get(&p->arena, (ed->cell_count + 1) * sizeof *p->cells);
    p->order = arena_get(&p->arena, (ed->cell_count + 1) * sizeof *p->order);
    p->content_order = arena_get(&p->arena, (ed->cell_count + 1) * sizeof *p->content_order);
    if (!p->cells || !p->order || !p->content_order)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    for (uint32_t v = 0; v < ed->variable_count; v++)
        for (uint32_t k = 0; k < ed->variables[v].cells; k++) {
            uint32_t cell = ed->variables[v].first_cell + k;
            p->cells[cell] = (struct plan_cell){v, ed->variables[v].shape == EDITION_KEYED ? k : EDITION_NONE};
            p->order[cell] = p->content_order[cell] = cell;
        }
    sorting = p;
    qsort(p->order, ed->cell_count, sizeof *p->order, by_key);
    qsort(p->content_order, ed->cell_count, sizeof *p->content_order, by_harmonised);
    return FLOW_OK;
}

static uint32_t silence(const struct plan *p, const char *id)
{
    return edition_silence(p->edition, id, strlen(id));
}

/* Folders beside the edition's: their namespaces, so that a return of another year is told where it belongs. One that
 * cannot be read is none. */
static enum flow find_siblings(struct plan *p, struct err *e)
{
    char parent[4096], path[4096];
    char **names = NULL;
    size_t count = 0;
    struct err ignored;
    if (!fs_join(parent, sizeof parent, p->edition->folder, "..") ||
        fs_names(parent, &names, &count, &ignored) != FLOW_OK)
        return FLOW_OK;
    p->siblings = arena_get(&p->arena, (count + 1) * sizeof *p->siblings);
    for (size_t i = 0; p->siblings && i < count; i++) {
        if (!fs_join(path, sizeof path, parent, names[i]) || strlen(path) + 14 > sizeof path)
            continue;
        char file[4110];
        struct json *j = fs_join(file, sizeof file, path, "edition.json") && fs_is_file(file)
                             ? json_read(file, HEAD_BYTES_MAX, &ignored)
                             : NULL;
        const char *id = j ? json_text(j, "id") : NULL, *uri = j ? json_text(j, "namespace") : NULL;
        if (id && uri && strcmp(uri, p->edition->namespace_uri) != 0) {
            struct sibling *s = &p->siblings[p->sibling_count++];
            s->id = arena_strdup(&p->arena, id);
            s->namespace_uri = arena_strdup(&p->arena, uri);
        }
        json_free(j);
    }
    fs_names_free(names, count);
    return p->siblings ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

static enum flow read_rules(struct plan *p, struct err *e)
{
    char path[4096];
    if (!fs_join(path, sizeof path, p->edition->folder, "rules.sch"))
        return err_set(e, STATUS_CONFIG, "%s: path too long", p->edition->folder);
    return fs_is_file(path) ? fs_read(path, &p->rules_text, e) : FLOW_OK;
}

enum flow plan_init(struct plan *p, const struct edition *ed, const struct register_table *frame,
                    const struct decisions *d, int64_t as_of, struct err *e)
{
    *p = (struct plan){.edition = ed, .frame = frame, .decisions = d, .as_of = as_of};
    arena_init(&p->arena, PLAN_BYTES_MAX);
    buf_init(&p->rules_text, RULES_BYTES_MAX);
    p->absent = silence(p, "absent");
    p->blank = silence(p, "blank");
    p->nil = silence(p, "nil");
    p->withheld = silence(p, "withheld");
    p->unit = silence(p, "unit");
    if (number_cells(p, e) != FLOW_OK || find_siblings(p, e) != FLOW_OK || read_rules(p, e) != FLOW_OK)
        return FLOW_FATAL;
    return FLOW_OK;
}

void plan_fini(struct plan *p)
{
    buf_fini(&p->rules_text);
    arena_fini(&p->arena);
}
