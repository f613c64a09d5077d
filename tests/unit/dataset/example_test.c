/* SPDX-License-Identifier: Apache-2.0 */
/* The worked example beside pre-dataset.5, row by row. PRE_UPDATE=1 writes it again from the rows below. */
#include "schemas/dataset/package.h"

#include "schemas/run/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const register_columns[] = {"label",   "commune",    "departement", "region",    "carrier",
                                               "credits", "valid_from", "valid_to",    "successor", "source"};
enum { EXTRA = sizeof register_columns / sizeof register_columns[0] };

#define RECORD "urn:uuid:6f1c9a52-0d53-4c3e-9a55-1f0f3d7a9b10"

static const char *const units[][UNITS_COLUMNS + EXTRA] = {
    {"PRE-59-01",
     "Lille, centre",
     "59350",
     "59",
     "32",
     "7361",
     "61000.50",
     "2015-01-01",
     NULL,
     NULL,
     "https://pre.example/59-01.xml",
     "in",
     "complete",
     RECORD,
     "2022-05-12T08:11:00Z",
     "0",
     "1",
     "0",
     "0",
     "1",
     "1",
     "0",
     "8",
     "8",
     "4",
     "4"},
    {"PRE-59-02",
     "Roubaix \"sud\"",
     "59512",
     "59",
     "32",
     "7367",
     "40000",
     "2016-01-01",
     NULL,
     NULL,
     "https://pre.example/59-02.xml",
     "in",
     "silent",
     NULL,
     NULL,
     NULL,
     NULL,
     NULL,
     NULL,
     NULL,
     NULL,
     NULL,
     "0",
     "8",
     "0",
     "4"},
    {"PRE-59-03", "Hem", "59299",  "59", "32", "7361", "12000", "2015-01-01", "2020-12-31",
     "PRE-59-01", NULL,  "closed", NULL, NULL, NULL,   NULL,    NULL,         NULL,
     NULL,        NULL,  NULL,     NULL, NULL, NULL,   NULL,    NULL},
};
static const char *const documents[][DOCUMENTS_COLUMNS] = {
    {"PRE-59-01",
     "2022-05-12T08:11:00Z",
     RECORD,
     "2022-20220512T081100Z.warc.gz",
     "https://pre.example/59-01.xml",
     "0c1d5b1f6f0b0a5d2c7e9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d",
     "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
     "18211",
     "2022",
     "1",
     "initial",
     "2022-05-12T10:11:00+02:00",
     "logiciel 3.2",
     "current",
     "1",
     NULL,
     NULL,
     "0",
     "0",
     "1",
     "1"},
};
static const char *const observations[][OBSERVATIONS_COLUMNS] = {
    {"PRE-59-01", "ENF_TOTAL", NULL, "120", NULL, "110", "A", NULL, "reported", "120", "31"},
    {"PRE-59-01", "FIN_TOTAL", NULL, "60000.25", NULL, NULL, "A", NULL, "reported", "60000,25", "12"},
    {"PRE-59-01", "SEXE", "F", "50", "F", NULL, "A", NULL, "deduced", NULL, NULL},
    {"PRE-59-01", "SEXE", "G", "70", "G", NULL, "A", NULL, "reported", "70", "33"},
    {"PRE-59-02", "ENF_TOTAL", NULL, NULL, NULL, "80", "L", "unit", NULL, NULL, NULL},
    {"PRE-59-02", "FIN_TOTAL", NULL, NULL, NULL, NULL, "L", "unit", NULL, NULL, NULL},
    {"PRE-59-02", "SEXE", "F", NULL, "F", NULL, "L", "unit", NULL, NULL, NULL},
    {"PRE-59-02", "SEXE", "G", NULL, "G", NULL, "L", "unit", NULL, NULL, NULL},
};
static const char *const findings[][FINDINGS_COLUMNS] = {
    {"PRE-59-01", RECORD, "1", "document", "0", "N01", "information", "normalised", "FIN_TOTAL", NULL,
     "/retour/moyens/financements/total", "12", "5", "60000,25", "60000.25",
     "Nombre lu avec une virgule d\xC3\xA9"
     "cimale.",
     "Number read with a decimal comma."},
    {"PRE-59-01", RECORD, "2", "rule", "3", "M02", "warning", "failed", "FIN_TOTAL", NULL,
     "/retour/moyens/financements", "11", "3", "60000.25", "60390.5 \xC3\xA0 61610.5",
     "Le montant s'\xC3\xA9"
     "carte des cr\xC3\xA9"
     "dits du registre.",
     "The amount is not within 1 % of the credits of the register."},
};
static const char *const fetches[][FETCHES_COLUMNS] = {
    {"PRE-59-01", "https://pre.example/59-01.xml", "fetched", "done", "1", "200", "2022-05-12T08:11:00Z", RECORD, NULL},
    {"PRE-59-02", "https://pre.example/59-02.xml", "failed", "network", "3", NULL, "2022-05-12T08:12:10Z", NULL,
     "connection refused"},
};
static const char variables[] = "id,group,label_fr,label_en\nENF_TOTAL,ENFANTS,Enfants,Children\n";

static const struct {
    enum dataset_table table;
    const char *const *rows;
    size_t count, columns;
} tables[] = {
    {TABLE_UNITS, units[0], sizeof units / sizeof units[0], UNITS_COLUMNS + EXTRA},
    {TABLE_DOCUMENTS, documents[0], sizeof documents / sizeof documents[0], DOCUMENTS_COLUMNS},
    {TABLE_OBSERVATIONS, observations[0], sizeof observations / sizeof observations[0], OBSERVATIONS_COLUMNS},
    {TABLE_FINDINGS, findings[0], sizeof findings / sizeof findings[0], FINDINGS_COLUMNS},
    {TABLE_FETCHES, fetches[0], sizeof fetches / sizeof fetches[0], FETCHES_COLUMNS},
};
enum { TABLES = sizeof tables / sizeof tables[0] };

static const char *example(void)
{
    static char path[4096];
    const char *source = getenv("PRE_SOURCE");
    assert_true(fs_join(path, sizeof path, source ? source : ".", "schemas/dataset/example"));
    return path;
}

static void write_again(const char *place)
{
    static const char *const sums[] = {"ENF_TOTAL", "FIN_TOTAL", NULL};
    static const struct package_archive archives[] = {
        {"2022-20220512T081100Z.warc.gz", "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"}};
    const struct package_facts facts = {
        .title = "Programmes de r\xC3\xA9ussite \xC3\xA9"
                 "ducative, campagne 2022",
        .enquiry = "pre",
        .campaign = "2022",
        .as_of = "2022-05-12T08:11:00Z",
        .edition_id = "2022",
        .edition_revision = 1,
        .edition_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        .register_digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        .decisions_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        .archives = archives,
        .archive_count = 1,
        .sums = sums,
    };
    char whole[4096], old[4096], dir[] = "/tmp/pre-example-XXXXXX";
    struct err e = {0};
    struct package_result r;
    assert_non_null(mkdtemp(dir));
    struct package_writer *w = package_create(dir, sums, &e);
    assert_non_null(w);
    for (size_t t = 0; t < TABLES; t++) {
        int is_units = tables[t].table == TABLE_UNITS;
        assert_int_equal(
            package_table(w, tables[t].table, is_units ? register_columns : NULL, is_units ? EXTRA : 0, &e), FLOW_OK);
        for (size_t i = 0; i < tables[t].count; i++)
            if (package_row(w, tables[t].table, tables[t].rows + i * tables[t].columns, &e) != FLOW_OK)
                fail_msg("%s", e.text);
    }
    assert_int_equal(package_add_file(w, "edition/variables.csv", variables, sizeof variables - 1, &e), FLOW_OK);
    assert_int_equal(package_commit(w, &facts, &r, &e), FLOW_OK);
    assert_true(fs_join(whole, sizeof whole, dir, r.name));
    (void)snprintf(old, sizeof old, "%s", place);
    assert_int_equal(fs_remove(old, &e), FLOW_OK);
    char command[9000];
    (void)snprintf(command, sizeof command, "mv '%s' '%s' && chmod -R u=rwX,go=rX '%s' && rmdir '%s'", whole, place,
                   place, dir);
    assert_int_equal(system(command), 0);
}

static void the_example_reads_as_the_page_says(void **state)
{
    (void)state;
    struct err e = {0};
    if (getenv("PRE_UPDATE"))
        write_again(example());
    struct package *p = package_open(example(), &e);
    if (!p)
        fail_msg("%s", e.text);
    for (size_t t = 0; t < TABLES; t++) {
        const struct csv_row *row;
        struct package_rows *rows = package_rows_open(p, tables[t].table, &e);
        assert_non_null(rows);
        for (size_t i = 0; i < tables[t].count; i++) {
            assert_int_equal(package_rows_next(rows, &row, &e), FLOW_OK);
            for (size_t c = 0; c < tables[t].columns; c++) {
                const char *expected = tables[t].rows[i * tables[t].columns + c];
                assert_string_equal(row->field[c].text, expected ? expected : "");
            }
        }
        if (package_rows_next(rows, &row, &e) != FLOW_END)
            fail_msg("%s", e.text);
        package_rows_close(rows);
    }
    if (package_verify(p, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_string_equal(package_facts(p)->campaign, "2022");
    package_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_reads_as_the_page_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
