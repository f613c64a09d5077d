/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/previous.h"

#include "schemas/dataset/package.h"
#include "schemas/run/fs.h"
#include "tests/specimen/compose.h"
#include "tests/specimen/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Codes of edition 2021 that 2022 renamed. */
static const struct {
    size_t cell;
    const char *code;
} RENAMED[] = {{C_PROFIL, "PROFIL_1"},         {C_PROFIL + 1, "PROFIL_2"}, {C_PROFIL + 2, "PROFIL_3"},
               {C_PROFIL + 3, "PROFIL_4"},     {C_NIVEAU + 4, "AUTRES"},   {C_MOTIF, "SCOLAIRE"},
               {C_MOTIF + 1, "ISOLEMENT_SOC"}, {C_MOTIF + 3, "ABSENCE"},   {C_MOTIF + 8, "LOISIR"},
               {C_ORIENTEUR, "ECOLE_ELEM"},    {C_ORIENTEUR + 3, "ASE"},   {C_ORIENTEUR + 4, "PMI"},
               {C_ORIENTEUR + 5, "ASSO"},      {C_ORIENTEUR + 6, "VILLE"}};

static const char *category(size_t cell)
{
    const struct question *q = question_of(cell);
    for (size_t i = 0; i < sizeof RENAMED / sizeof *RENAMED; i++)
        if (RENAMED[i].cell == cell)
            return RENAMED[i].code;
    return q->codes ? q->codes[cell - q->first] : "";
}

static int by_key(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int c = strcmp(question_of(x)->id, question_of(y)->id);
    return c ? c : strcmp(category(x), category(y));
}

static enum flow unit_row(struct package_writer *w, const struct pre *u, struct err *e)
{
    char credits[16];
    const char *row[6 + UNITS_COLUMNS] = {NULL};
    const char **fixed = row + 5; /* position of a fixed column = its number + 5 register columns */
    snprintf(credits, sizeof credits, "%d", (int)u->credits);
    row[0] = u->id;
    row[1] = u->place->commune;
    row[2] = u->place->departement;
    row[3] = u->place->region;
    row[4] = PORTEUR_CODES[u->carrier];
    row[5] = credits;
    fixed[UNITS_SCOPE] = "in";
    fixed[UNITS_OUTCOME] = u->known_before ? "complete" : "silent";
    fixed[UNITS_VERDICT] = u->known_before ? "0" : NULL;
    return package_row(w, TABLE_UNITS, row, e);
}

static enum flow answers(struct package_writer *w, const struct pre *u, const size_t *order, struct err *e)
{
    for (size_t i = 0; i < CELLS; i++) {
        size_t c = order[i];
        const struct question *q = question_of(c);
        const char *row[OBSERVATIONS_COLUMNS] = {NULL};
        char value[32];
        letter_value(u, c, u->before[c], value);
        row[OBSERVATIONS_UNIT] = u->id;
        row[OBSERVATIONS_VARIABLE] = q->id;
        row[OBSERVATIONS_CATEGORY] = category(c);
        row[OBSERVATIONS_HARMONISED] = q->codes ? q->codes[c - q->first] : NULL;
        if (u->known_before) {
            row[OBSERVATIONS_VALUE] = value;
            row[OBSERVATIONS_OBS_STATUS] = "A";
            row[OBSERVATIONS_ORIGIN] = "reported";
        } else {
            row[OBSERVATIONS_OBS_STATUS] = "L";
            row[OBSERVATIONS_SILENCE] = "unit";
        }
        if (package_row(w, TABLE_OBSERVATIONS, row, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

static int by_harmonised(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const struct question *p = question_of(x), *q = question_of(y);
    int c = strcmp(p->id, q->id);
    return c ? c : p->codes ? strcmp(p->codes[x - p->first], q->codes[y - q->first]) : 0;
}

/* Digest of what the return said (pre-dataset.5), from its letter. */
static enum flow content_digest(const struct people *p, const struct pre *u, char *hex, struct err *e)
{
    size_t order[CELLS];
    struct letter l;
    struct buf text;
    enum flow flow = FLOW_OK;
    compose_before(p, u, &l);
    buf_init(&text, 1 << 20);
    for (size_t c = 0; c < CELLS; c++)
        order[c] = c;
    qsort(order, CELLS, sizeof *order, by_harmonised);
    for (size_t i = 0; i < CELLS && flow == FLOW_OK; i++) {
        const struct question *q = question_of(order[i]);
        char value[32];
        letter_value(u, order[i], l.reply[order[i]].value, value);
        if (l.reply[order[i]].how == HOW_VALUE)
            flow = buf_printf(&text, e, "%s\t%s\t%s\n", q->id, q->codes ? q->codes[order[i] - q->first] : "", value);
    }
    if (flow == FLOW_OK)
        flow = digest_of(buf_str(&text), text.len, hex, e);
    buf_fini(&text);
    return flow;
}

/* The documents of last edition that matter: those that will be sent again. */
static enum flow documents(struct package_writer *w, const struct people *p, struct err *e)
{
    enum flow flow = package_table(w, TABLE_DOCUMENTS, NULL, 0, e);
    for (size_t i = 0; i < p->count && flow == FLOW_OK; i++) {
        const char *row[DOCUMENTS_COLUMNS] = {NULL};
        char hex[DIGEST_HEX_MAX], record[64];
        if (p->items[i].kind != KIND_COPY)
            continue;
        flow = content_digest(p, &p->items[i], hex, e);
        snprintf(record, sizeof record, "urn:uuid:00000000-0000-8000-a000-%012zu", i);
        row[DOCUMENTS_UNIT] = p->items[i].id;
        row[DOCUMENTS_RECEIVED_AT] = "2021-06-15T08:00:00Z";
        row[DOCUMENTS_RECORD] = record;
        row[DOCUMENTS_ARCHIVE] = "2021-20210615T080000Z.warc.gz";
        row[DOCUMENTS_RAW_DIGEST] = row[DOCUMENTS_CONTENT_DIGEST] = hex;
        row[DOCUMENTS_BYTES] = "18000";
        row[DOCUMENTS_STATE] = "current";
        if (flow == FLOW_OK)
            flow = package_row(w, TABLE_DOCUMENTS, row, e);
    }
    return flow;
}

static enum flow fill(struct package_writer *w, const struct people *p, struct err *e)
{
    static const char *const REGISTER[] = {"commune", "departement", "region", "carrier", "credits"};
    size_t order[CELLS];
    for (size_t c = 0; c < CELLS; c++)
        order[c] = c;
    qsort(order, CELLS, sizeof *order, by_key);
    if (package_table(w, TABLE_UNITS, REGISTER, sizeof REGISTER / sizeof *REGISTER, e) != FLOW_OK ||
        package_table(w, TABLE_OBSERVATIONS, NULL, 0, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < p->count; i++) {
        const struct pre *u = &p->items[i];
        if (u->scope == SCOPE_CREATED)
            continue; /* not yet there */
        if (unit_row(w, u, e) != FLOW_OK || answers(w, u, order, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return documents(w, p, e);
}

enum flow previous_write(const struct people *p, const char *dir, struct err *e)
{
    static const char *const SUMS[] = {"ENF_TOTAL", "FIN_TOTAL", NULL};
    static const char EDITION[] = "0000000000000000000000000000000000000000000000000000000000002021";
    char path[4096];
    struct package_result result;
    if (!fs_join(path, sizeof path, dir, "previous"))
        return err_set(e, STATUS_CANTCREAT, "%s: path too long", dir);
    struct package_writer *w = package_create(path, SUMS, e);
    if (!w)
        return FLOW_FATAL;
    if (fill(w, p, e) != FLOW_OK) {
        package_abort(w);
        return FLOW_FATAL;
    }
    struct package_facts facts = {.title = "Specimen of edition 2021",
                                  .enquiry = "pre",
                                  .campaign = "2021",
                                  .as_of = "2021-07-15T08:00:00Z",
                                  .edition_id = "2021",
                                  .edition_revision = 1,
                                  .edition_digest = EDITION,
                                  .register_digest = "",
                                  .decisions_digest = "",
                                  .sums = SUMS};
    if (package_commit(w, &facts, &result, e) != FLOW_OK)
        return FLOW_FATAL;
    return package_point(path, result.name, e);
}
