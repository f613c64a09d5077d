/* SPDX-License-Identifier: Apache-2.0 */
/* golden_dump FOLDER: the population of golden.c as the tables of a package, for method.R to read. */
#include "tests/contract/oracle-r/golden.h"
#include "schemas/run/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(73);
    }
    return f;
}

static const char *number(double v, char *text)
{
    (void)double_print(v, text);
    return text;
}

static void dump_units(const char *folder, const struct population *p)
{
    FILE *f = create(folder, "units.csv");
    char text[40];
    (void)fprintf(f, "unit,credits,region,departement,carrier,scope,outcome\n");
    for (size_t i = 0; i < p->units; i++)
        (void)fprintf(f, "%s,%s,%s,%s,%s,in,%s\n", p->id[i], number(p->size[i], text),
                      p->codes[DIM_REGION].code[p->dim[DIM_REGION][i]],
                      p->codes[DIM_DEPARTEMENT].code[p->dim[DIM_DEPARTEMENT][i]],
                      p->codes[DIM_CARRIER].code[p->dim[DIM_CARRIER][i]], outcome_name((enum outcome)p->outcome[i]));
    (void)fclose(f);
}

static void dump_cells(const char *folder, const struct population *p)
{
    static const char *const silence[] = {"unit", "", "", "SO", "absent", "REFUS", "withheld", ""};
    FILE *f = create(folder, "observations.csv");
    char value[40], previous[40];
    (void)fprintf(f, "unit,variable,category,value,previous,silence,origin\n");
    for (size_t i = 0; i < p->units; i++)
        for (size_t v = 0; v < p->variables; v++)
            for (uint32_t k = 0; k < p->variable[v].count; k++) {
                const struct item *it = &p->item[p->variable[v].first + k];
                double before;
                enum cell_status s = unit_responds(p, i) ? cells_status(&it->answer, i) : CELL_UNIT;
                int known = s == CELL_REPORTED || s == CELL_DEDUCED;
                (void)fprintf(f, "%s,%s,%s,%s,%s,%s,reported\n", p->id[i], p->variable[v].id, it->category,
                              known ? number(cells_value(&it->answer, i), value) : "",
                              item_previous(it, i, &before) ? number(before, previous) : "", silence[s]);
            }
    (void)fclose(f);
}

static void dump_codes(FILE *f, const struct figure_part *p)
{
    for (size_t i = 0; i < p->count; i++)
        (void)fprintf(f, "%s%s", i ? " " : "", p->category[i]);
}

static void dump_edition(const char *folder, const struct population *p, const struct figures *list,
                         const struct method *m)
{
    FILE *f = create(folder, "edition/figures.csv");
    (void)fprintf(
        f, "figure,kind,variable,category,denominator_variable,denominator_category,weight_variable,domains,order\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct figure *g = &list->figure[i];
        (void)fprintf(f, "%s,%s,%s,", g->id, figure_kind_name(g->kind), g->part.variable);
        dump_codes(f, &g->part);
        (void)fprintf(f, ",%s,", g->denominator.variable);
        dump_codes(f, &g->denominator);
        (void)fprintf(f, ",%s,nation region size carrier,%zu\n", g->weight, i);
    }
    (void)fclose(f);
    f = create(folder, "edition/variables.csv");
    (void)fprintf(f, "id,shape,list,sum_to\n");
    for (size_t v = 0; v < p->variables; v++) {
        const struct variable *x = &p->variable[v];
        int scalar = x->count == 1;
        (void)fprintf(f, "%s,%s,%s,%s\n", x->id, scalar ? "scalar" : "keyed", scalar ? "" : x->id, x->sums ? "Y" : "");
    }
    (void)fclose(f);
    f = create(folder, "edition/categories.csv");
    (void)fprintf(f, "list,code,position\n");
    for (size_t v = 0; v < p->variables; v++)
        for (uint32_t k = 0; p->variable[v].count > 1 && k < p->variable[v].count; k++)
            (void)fprintf(f, "%s,%s,%u\n", p->variable[v].id, p->item[p->variable[v].first + k].category, k + 1);
    (void)fclose(f);
    f = create(folder, "edition/edition.json");
    (void)fprintf(f, "{\"strata\": {\"rate\": 0.3333333333}, \"regions_merge\": [");
    for (size_t i = 0; i < m->merges; i++)
        (void)fprintf(f, "%s{\"from\": \"%s\", \"into\": \"%s\"}", i ? ", " : "", m->merge[i].region, m->merge[i].into);
    (void)fprintf(f, "]}\n");
    (void)fclose(f);
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc != 2)
        return 64;
    (void)snprintf(path, sizeof path, "%s/edition", argv[1]);
    (void)mkdir(argv[1], 0700);
    (void)mkdir(path, 0700);
    struct world *w = golden_world();
    struct method m = golden_method();
    struct figures *f = golden_figures();
    dump_units(argv[1], w->population);
    dump_cells(argv[1], w->population);
    dump_edition(argv[1], w->population, f, &m);
    figures_free(f);
    method_fini(&m);
    world_free(w);
    return 0;
}
