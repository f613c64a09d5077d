/* SPDX-License-Identifier: Apache-2.0 */
/* make-dataset: dataset packages for the tests of the last room, made straight from an edition, without archive or
 * transform. A unit's answers depend on its number and the seed alone, so that two packages made with different options
 * differ just there:
 *   --respond PERCENT   share of units that answer (more: the same ones and others)
 *   --correct N         unit N sent a corrected return    --withdraw N   unit N withdrew its return
 *   --credits N         the register has other credits for unit N
 *   --rules             the same returns judged by other rules: one value of each tenth unit is withheld
 *   --flap              other last words of the sources, nothing else
 *   --vast              names, labels, amounts and lines as long as they may ever be
 * It is test data and nothing more: no truth is claimed for it. */
#include "schemas/dataset/package.h"
#include "schemas/edition/edition.h"
#include "schemas/run/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 96, COLUMNS_MAX = 32, DECIMAL_ROOM = 24 };

static const char *folder, *output, *as_of = "2022-06-30T10:00:00Z", *campaign_text;
static long units = 60, seed = 1, respond = 70, correct = -1, withdraw = -1, credits_of = -1;
static int rules, flap, vast;

static const struct option_row rows[] = {
    {"edition", OPTION_TEXT, &folder, "DIR", "edition folder", 0, 0, 1},
    {"output", OPTION_TEXT, &output, "DIR", "folder of packages", 0, 0, 1},
    {"units", OPTION_NUMBER, &units, "N", "units in scope", 1, 1000000, 0},
    {"seed", OPTION_NUMBER, &seed, "S", "seed", 0, 1000000, 0},
    {"respond", OPTION_NUMBER, &respond, "PERCENT", "share of units that answer", 0, 100, 0},
    {"correct", OPTION_NUMBER, &correct, "N", "unit that corrected", 0, 1000000, 0},
    {"withdraw", OPTION_NUMBER, &withdraw, "N", "unit that withdrew", 0, 1000000, 0},
    {"credits", OPTION_NUMBER, &credits_of, "N", "unit whose credits changed", 0, 1000000, 0},
    {"as-of", OPTION_TEXT, &as_of, "T", "instant", 0, 0, 0},
    {"rules", OPTION_FLAG, &rules, NULL, "other rules", 0, 0, 0},
    {"flap", OPTION_FLAG, &flap, NULL, "other fetches", 0, 0, 0},
    {"vast", OPTION_FLAG, &vast, NULL, "long names and large values", 0, 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0, 0},
};

/* splitmix64 of what a number stands for: no state, so no order. */
static uint64_t draw(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t z = (uint64_t)seed * 0x9e3779b97f4a7c15u + a * 0xbf58476d1ce4e5b9u + b * 0x94d049bb133111ebu +
                 c * 0xd6e8feb86659fd93u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t a, uint64_t b, uint64_t c, uint64_t n)
{
    return draw(a, b, c) % n;
}

struct place {
    const char *region, *departement;
};
static const struct place places[] = {{"11", "75"}, {"11", "93"}, {"32", "59"}, {"32", "62"}, {"93", "13"},
                                      {"93", "06"}, {"84", "69"}, {"44", "67"}, {"76", "31"}, {"75", "33"}};
enum { PLACES = sizeof places / sizeof *places };

/* Units are spread over départements so that their names are in order: all of one département follow each other. */
static const struct place *place_of(long u)
{
    static const int order[PLACES] = {5, 4, 8, 9, 2, 3, 7, 6, 0, 1}; /* by département: 06 13 31 33 59 62 67 69 75 93 */
    return &places[order[u * PLACES / units]];
}

static void name_of(long u, char *out)
{
    snprintf(out, TEXT, "PRE-%s-%06ld%s", place_of(u)->departement, u + 1,
             vast ? "-communaute-d-agglomeration-de-saint-quentin" : "");
}

static int64_t credits(long u)
{
    int64_t euros = 20000 + (int64_t)below((uint64_t)u, 1, 0, 60000) * (u % 10 == 0 ? 8 : 1);
    return (euros + (u == credits_of ? 10000 : 0)) * (vast ? 100000 : 1);
}

static int answers(long u)
{
    return (long)below((uint64_t)u, 2, 0, 100) < respond && u != withdraw;
}

static void record_of(long u, char *out)
{
    snprintf(out, TEXT, "urn:uuid:00000000-0000-4000-8000-%06lx%06d", (unsigned long)u, u == correct ? 2 : 1);
}

/* ---- observations ---- */

static int64_t total_of(long u)
{
    int64_t t = 20 + credits(u) / 700 + (int64_t)below((uint64_t)u, 3, 0, 40) - (u == credits_of ? 14 : 0);
    return u == correct ? t + 25 : t;
}

/* Part k of n of a whole, the last one taking the rest. */
static int64_t part_of(int64_t whole, uint64_t u, uint64_t v, size_t k, size_t n)
{
    int64_t left = whole;
    for (size_t i = 0; i < k; i++) {
        left -= left * (int64_t)(20 + below(u, v, i, 40)) / 100;
    }
    return k + 1 == n ? left : left * (int64_t)(20 + below(u, v, k, 40)) / 100;
}

static int64_t value_of(const struct edition *ed, long u, const struct edition_variable *v, size_t k)
{
    if (v->sum_to != EDITION_NONE) {
        return part_of(value_of(ed, u, &ed->variables[v->sum_to], 0), (uint64_t)u, v->index, k, v->cells);
    }
    if (strcmp(v->id, "ENF_TOTAL") == 0) {
        return total_of(u);
    }
    return strcmp(v->unit, "euro") == 0 ? credits(u) : (int64_t)below((uint64_t)u, v->index, k, 12);
}

static const char *text_of(const struct edition_variable *v, long u)
{
    if (v->list != NULL && v->shape != EDITION_KEYED) {
        return v->list->categories[below((uint64_t)u, v->index, 7, v->list->count)].code;
    }
    return v->type == EDITION_FLAG ? "oui" : v->type == EDITION_DATE ? "2021-01-01" : "x";
}

static enum flow put_cell(struct package_writer *w, const struct edition *ed, long u, const char *name,
                          const struct edition_variable *v, size_t k, struct err *e)
{
    char number[DECIMAL_ROOM], previous[DECIMAL_ROOM] = "", line[DECIMAL_ROOM] = "";
    const char *row[OBSERVATIONS_COLUMNS] = {0};
    int numeric = v->type == EDITION_COUNT || v->type == EDITION_DECIMAL, answered = answers(u);
    int hole = answered && numeric && !v->core && below((uint64_t)u, v->index, 99, 12) == 0;
    int withheld = rules && answered && u % 10 == 3 && strcmp(v->id, "SEXE") == 0;
    row[OBSERVATIONS_UNIT] = name;
    row[OBSERVATIONS_VARIABLE] = v->id;
    if (v->shape == EDITION_KEYED) {
        row[OBSERVATIONS_CATEGORY] = v->list->categories[k].code;
        row[OBSERVATIONS_HARMONISED] = v->list->categories[k].harmonised;
    }
    if (numeric && below((uint64_t)u, 5, 0, 100) < 85) {
        snprintf(previous, sizeof previous, "%lld", (long long)(value_of(ed, u, v, k) * 95 / 100));
    }
    row[OBSERVATIONS_PREVIOUS] = previous;
    snprintf(number, sizeof number, v->type == EDITION_DECIMAL ? "%lld.5" : "%lld", (long long)value_of(ed, u, v, k));
    const char *value = numeric ? number : text_of(v, u);
    if (answered && !hole) {
        snprintf(line, sizeof line, "%u", v->first_cell + (unsigned)k + 3);
        row[OBSERVATIONS_LINE] = line;
        row[OBSERVATIONS_RAW] = value;
        row[OBSERVATIONS_VALUE] = withheld ? "" : value;
        row[OBSERVATIONS_ORIGIN] = withheld ? "" : "reported";
    }
    row[OBSERVATIONS_SILENCE] = !answered ? "unit" : hole ? "absent" : withheld ? "withheld" : "";
    row[OBSERVATIONS_OBS_STATUS] = !answered ? "L" : hole || withheld ? "O" : "A";
    return package_row(w, TABLE_OBSERVATIONS, row, e);
}

/* Observations are sorted by variable and category. */
struct cell {
    const struct edition_variable *v;
    size_t k;
};

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    int order = strcmp(x->v->id, y->v->id);
    return order != 0 || x->v->shape != EDITION_KEYED
               ? order
               : strcmp(x->v->list->categories[x->k].code, y->v->list->categories[y->k].code);
}

static struct cell *sorted_cells(const struct edition *ed)
{
    struct cell *cells = calloc(ed->cell_count, sizeof *cells);
    size_t n = 0;
    for (size_t i = 0; cells != NULL && i < ed->variable_count; i++) {
        for (size_t k = 0; k < ed->variables[i].cells; k++) {
            cells[n++] = (struct cell){&ed->variables[i], k};
        }
    }
    if (cells != NULL) {
        qsort(cells, n, sizeof *cells, compare_cells);
    }
    return cells;
}

/* ---- units, documents, findings, fetches ---- */

static const char *const extras[] = {"label",   "commune",    "departement", "region",    "carrier",
                                     "credits", "valid_from", "valid_to",    "successor", "source"};
enum { EXTRAS = sizeof extras / sizeof *extras };

static enum flow put_unit(struct package_writer *w, const struct edition *ed, long u, const char *name, struct err *e)
{
    char record[TEXT], money[DECIMAL_ROOM], label[2 * TEXT];
    const struct place *p = place_of(u);
    const char *row[COLUMNS_MAX] = {0};
    int answered = answers(u);
    record_of(u, record);
    snprintf(money, sizeof money, "%lld", (long long)credits(u));
    snprintf(label, sizeof label,
             vast ? "Réussite éducative, 編入学 et accompagnement renforcé de « %s »" : "Réussite « %s »", name);
    const char *values[EXTRAS] = {
        label, "", p->departement,      p->region, u % 3 == 0 ? "7361" : "7210", money, "2015-01-01",
        "",    "", "http://127.0.0.1/x"};
    row[0] = name;
    memcpy(row + 1, values, sizeof values);
    const char **fixed = row + EXTRAS; /* fixed[UNITS_SCOPE] follows the register */
    fixed[UNITS_SCOPE] = u == units - 1 ? "closed" : "in";
    fixed[UNITS_OUTCOME] = u == units - 1  ? ""
                           : answered      ? (u % 9 == 0 ? "partial" : "complete")
                           : u == withdraw ? "withdrawn"
                                           : "silent";
    fixed[UNITS_RECORD] = answered ? record : "";
    fixed[UNITS_RECEIVED_AT] = answered ? "2022-06-01T08:00:00Z" : "";
    fixed[UNITS_LATE] = answered && u % 17 == 0 ? "1" : "0";
    fixed[UNITS_VERDICT] = answered ? "1" : "";
    fixed[UNITS_FATAL] = fixed[UNITS_ERROR] = fixed[UNITS_INFORMATION] = fixed[UNITS_NOT_EVALUABLE] = "0";
    fixed[UNITS_WARNING] = answered ? "1" : "0";
    fixed[UNITS_CORE_ANSWERED] = answered ? "8" : "0";
    fixed[UNITS_CORE_ASKED] = "8";
    fixed[UNITS_ITEMS_ANSWERED] = answered ? "40" : "0";
    fixed[UNITS_ITEMS_ASKED] = "43";
    (void)ed;
    return package_row(w, TABLE_UNITS, row, e);
}

static enum flow put_document(struct package_writer *w, long u, const char *name, struct err *e)
{
    char record[TEXT], digest[DIGEST_HEX_MAX];
    const char *row[DOCUMENTS_COLUMNS] = {0};
    record_of(u, record);
    snprintf(digest, sizeof digest, "%016llx%016llx%016llx%016llx",
             (unsigned long long)draw((uint64_t)u, 70, (uint64_t)(u == correct)),
             (unsigned long long)draw((uint64_t)u, 71, 0), (unsigned long long)draw((uint64_t)u, 72, 0),
             (unsigned long long)draw((uint64_t)u, 73, 0));
    row[DOCUMENTS_UNIT] = name;
    row[DOCUMENTS_RECEIVED_AT] = "2022-06-01T08:00:00Z";
    row[DOCUMENTS_RECORD] = record;
    row[DOCUMENTS_ARCHIVE] = "2022-20220601T080000Z.warc.gz";
    row[DOCUMENTS_SOURCE] = "http://127.0.0.1/x";
    row[DOCUMENTS_RAW_DIGEST] = row[DOCUMENTS_CONTENT_DIGEST] = digest;
    row[DOCUMENTS_BYTES] = "18000";
    row[DOCUMENTS_CAMPAIGN] = campaign_text;
    row[DOCUMENTS_NUMBER] = u == correct ? "2" : "1";
    row[DOCUMENTS_NATURE] = u == correct ? "correction" : "initial";
    row[DOCUMENTS_STATE] = "current";
    row[DOCUMENTS_VERDICT] = "1";
    row[DOCUMENTS_FATAL] = row[DOCUMENTS_ERROR] = row[DOCUMENTS_INFORMATION] = "0";
    row[DOCUMENTS_WARNING] = "1";
    return package_row(w, TABLE_DOCUMENTS, row, e);
}

static enum flow put_finding(struct package_writer *w, long u, const char *name, struct err *e)
{
    char record[TEXT];
    const char *row[FINDINGS_COLUMNS] = {0};
    record_of(u, record);
    row[FINDINGS_UNIT] = name;
    row[FINDINGS_RECORD] = record;
    row[FINDINGS_SEQ] = "1";
    row[FINDINGS_STAGE] = "rule";
    row[FINDINGS_LEVEL] = "1";
    row[FINDINGS_RULE] = u % 4 == 0 ? "M05" : "M06";
    row[FINDINGS_SEVERITY] = "warning";
    row[FINDINGS_OUTCOME] = "failed";
    row[FINDINGS_VARIABLE] = "ENF_TOTAL";
    row[FINDINGS_PATH] = "/retour/enfants/total";
    row[FINDINGS_LINE] = "70000";
    row[FINDINGS_VALUE] = vast ? "9 999 999 999 999 999 999 999 999 999 999 999 999 environ" : "9";
    row[FINDINGS_MESSAGE_FR] = "rapport \"inhabituel\", à confirmer";
    row[FINDINGS_MESSAGE_EN] = "unusual ratio, to be confirmed";
    return package_row(w, TABLE_FINDINGS, row, e);
}

static enum flow put_fetch(struct package_writer *w, long u, const char *name, struct err *e)
{
    const char *row[FETCHES_COLUMNS] = {0};
    int failed = !answers(u) && (u % 2 == 0) != flap;
    row[FETCHES_UNIT] = name;
    row[FETCHES_SOURCE] = "http://127.0.0.1/x";
    row[FETCHES_OUTCOME] = failed ? "failed" : answers(u) ? "fetched" : "not-published";
    row[FETCHES_CLASS] = failed ? "connect" : "";
    row[FETCHES_MESSAGE] = failed && vast ? "connection-refused-by-a-host-whose-name-is-longer-than-a-line" : "";
    row[FETCHES_ATTEMPTS] = failed ? "3" : "1";
    row[FETCHES_STATUS] = failed ? "" : "200";
    row[FETCHES_AT] = flap ? "2022-06-30T02:00:00Z" : "2022-06-29T02:00:00Z";
    return package_row(w, TABLE_FETCHES, row, e);
}

static enum flow put_unit_rows(struct package_writer *w, const struct edition *ed, const struct cell *cells, long u,
                               struct err *e)
{
    char name[TEXT];
    name_of(u, name);
    enum flow f = put_unit(w, ed, u, name, e);
    if (f == FLOW_OK) {
        f = put_fetch(w, u, name, e);
    }
    if (f == FLOW_OK && answers(u)) {
        f = put_document(w, u, name, e);
        if (f == FLOW_OK && u % 2 == 0) {
            f = put_finding(w, u, name, e);
        }
    }
    for (size_t c = 0; c < ed->cell_count && f == FLOW_OK && u != units - 1; c++) {
        f = put_cell(w, ed, u, name, cells[c].v, cells[c].k, e);
    }
    return f;
}

static enum flow put_edition(struct package_writer *w, const struct edition *ed, struct err *e)
{
    char path[TEXT];
    const char *bytes, *name;
    size_t n;
    enum flow f = FLOW_OK;
    for (size_t i = 0; f == FLOW_OK && (name = edition_file(ed, i, &bytes, &n)) != NULL; i++) {
        snprintf(path, sizeof path, "edition/%s", name);
        f = package_add_file(w, path, bytes, n, e);
    }
    return f;
}

static enum flow put_all(struct package_writer *w, const struct edition *ed, const struct cell *cells, struct err *e)
{
    enum flow f = package_table(w, TABLE_UNITS, extras, EXTRAS, e);
    for (int t = TABLE_DOCUMENTS; t < TABLE_COUNT && f == FLOW_OK; t++) {
        f = package_table(w, (enum dataset_table)t, NULL, 0, e);
    }
    for (long u = 0; u < units && f == FLOW_OK; u++) {
        f = put_unit_rows(w, ed, cells, u, e);
    }
    return f == FLOW_OK ? put_edition(w, ed, e) : f;
}

static enum flow make(const struct edition *ed, struct err *e)
{
    static const char *const sums[] = {"ENF_TOTAL", "FIN_TOTAL", NULL};
    char edition[DIGEST_HEX_MAX], reg[DIGEST_HEX_MAX], register_text[TEXT];
    struct package_result result;
    struct cell *cells = sorted_cells(ed);
    struct package_writer *w = cells != NULL ? package_create(output, sums, e) : NULL;
    enum flow f = w != NULL ? put_all(w, ed, cells, e) : FLOW_FATAL;
    free(cells);
    snprintf(register_text, sizeof register_text, "register %ld %ld", units, credits_of);
    if (f == FLOW_OK && edition_digest(ed, edition, e) == FLOW_OK &&
        digest_of(register_text, strlen(register_text), reg, e) == FLOW_OK) {
        if (rules) {
            memcpy(edition, "00000000", 8);
        }
        const struct package_facts facts = {.title = "test data",
                                            .enquiry = ed->enquiry,
                                            .campaign = ed->campaign,
                                            .as_of = as_of,
                                            .edition_id = ed->id,
                                            .edition_revision = ed->revision + rules,
                                            .edition_digest = edition,
                                            .register_digest = reg,
                                            .decisions_digest = "",
                                            .sums = sums};
        f = package_commit(w, &facts, &result, e);
        if (f == FLOW_OK) {
            printf("%s/%s\n", output, result.name);
            return package_point(output, result.name, e);
        }
        return f;
    }
    package_abort(w);
    return FLOW_FATAL;
}

int main(int argc, char **argv)
{
    const struct option_spec spec = {"make-dataset", "Make a dataset package for tests.", NULL, rows};
    struct err e = {0};
    int first;
    if (options_parse(&spec, argc, argv, &first) != OPTIONS_GO) {
        return 64;
    }
    struct edition *ed = edition_open(folder, &e);
    if (ed != NULL) {
        campaign_text = ed->campaign;
    }
    enum flow f = ed != NULL ? make(ed, &e) : FLOW_FATAL;
    edition_close(ed);
    if (f != FLOW_OK) {
        fprintf(stderr, "make-dataset: %s\n", e.text);
        return (int)e.status;
    }
    return 0;
}
