/* SPDX-License-Identifier: Apache-2.0 */
/* book_write FILE ROWS: a workbook of one table, the same rows however many. */
#include "load/publish/table.h"

#include <stdio.h>
#include <stdlib.h>

static const struct publish_column columns[] = {
    {"unit", "unité", "unit", PUBLISH_CODE, 0},
    {"label", "nom", "label", PUBLISH_TEXT, 0},
    {"value", "valeur", "value", PUBLISH_NUMBER, 2},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

int main(int argc, char **argv)
{
    struct arena arena;
    struct publish_table t;
    const struct publish_table *tables[] = {&t};
    const struct publish_fact fact = {"Campagne", "Campaign", "2022"};
    struct err e = {0};
    if (argc != 3)
        return 64;
    arena_init(&arena, (size_t)1 << 30);
    publish_table_init(&t, "units", columns, &arena);
    enum flow f = FLOW_OK;
    for (long r = 0; r < atol(argv[2]) && f == FLOW_OK; r++) {
        char text[40];
        (void)snprintf(text, sizeof text, "PRE-%06ld", r);
        publish_text(&t, text);
        (void)snprintf(text, sizeof text, "Été <%ld> & \"co\"", r % 1000);
        publish_text(&t, r % 7 == 0 ? "" : text);
        publish_double(&t, (double)r / 8);
        f = publish_table_row(&t, &e);
    }
    if (f == FLOW_OK)
        f = publish_xlsx(argv[1], tables, 1, "Livre", &fact, 1, 1640995200, PUBLISH_FR, &e);
    publish_table_fini(&t);
    arena_fini(&arena);
    if (f == FLOW_FATAL)
        (void)fprintf(stderr, "%s\n", e.text);
    return f == FLOW_OK ? 0 : f == FLOW_END ? 77 : 1;
}
