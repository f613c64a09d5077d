/* SPDX-License-Identifier: Apache-2.0 */
#include "load/withholds.h"

#include <string.h>

/* Its number among all cells of the edition; EDITION_NONE when it asks no such thing. */
static uint32_t cell_of(const struct edition *ed, const char *variable, const char *category)
{
    const struct edition_variable *v = edition_variable(ed, variable);
    if (v == NULL || v->shape != EDITION_KEYED) {
        return v == NULL || *category != '\0' ? EDITION_NONE : v->first_cell;
    }
    for (uint32_t k = 0; k < v->list->count; k++) {
        if (strcmp(v->list->categories[k].code, category) == 0) {
            return v->first_cell + k;
        }
    }
    return EDITION_NONE;
}

int withholds(const struct edition *ed, const char *rule, const char *variable, const char *category, int named)
{
    const struct edition_rule *r = edition_rule(ed, rule);
    uint32_t cell = cell_of(ed, variable, category);
    if (r == NULL) {
        return named;
    }
    for (size_t i = 0; cell != EDITION_NONE && i < r->withhold_count; i++) {
        if (r->withholds[i] == cell) {
            return 1;
        }
    }
    return 0;
}
