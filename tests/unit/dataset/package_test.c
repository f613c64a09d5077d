/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/package.h"
#include "schemas/dataset/portion.h"

#include "schemas/run/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/pre-package-XXXXXX";

static const char *const extra[] = {"label", "credits"};
static const char *const sums[] = {"ENF_TOTAL", "FIN_TOTAL", NULL};
#define HEX64(c)                                                                                                       \
    c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
        c c c c c c c

static const struct package_archive archives[] = {{"2022-20220512T081100Z.warc.gz", HEX64("a")}};

static struct package_facts facts(void)
{
    return (struct package_facts){
        .title = "Dataset of campaign 2022",
        .enquiry = "pre",
        .campaign = "2022",
        .as_of = "2022-05-12T08:11:00Z",
        .edition_id = "2022",
        .edition_revision = 1,
        .edition_digest = HEX64("e"),
        .register_digest = HEX64("b"),
        .decisions_digest = HEX64("d"),
        .archives = archives,
        .archive_count = 1,
        .sums = sums,
    };
}

static const char *const unit_rows[][UNITS_COLUMNS + 2] = {
    {"PRE-59-01", "Lille, centre", "1000.50", "in", "complete", "urn:uuid:1", "2022-05-12T08:11:00Z", "0", "1", "0",
     "0", "1", "0", "2", "8", "8", "90", "100"},
    {"PRE-59-02", "Roubaix \"sud\"", "2000", "in", "silent", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "0",
     "8", "0", "100"},
    {"PRE-59-03", "Hem", "10", "closed", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL},
};
static const char *const document_row[DOCUMENTS_COLUMNS] = {"PRE-59-01",
                                                            "2022-05-12T08:11:00Z",
                                                            "urn:uuid:1",
                                                            "2022-20220512T081100Z.warc.gz",
                                                            "https://example.org/1",
                                                            HEX64("1"),
                                                            HEX64("2"),
                                                            "18211",
                                                            "2022",
                                                            "1",
                                                            "initial",
                                                            "2022-05-12T10:11:00+02:00",
                                                            "logiciel",
                                                            "current",
                                                            "1",
                                                            NULL,
                                                            NULL,
                                                            "0",
                                                            "0",
                                                            "1",
                                                            "0"};
static const char *const observation_rows[][OBSERVATIONS_COLUMNS] = {
    {"PRE-59-01", "ENF_TOTAL", NULL, "120", NULL, "110", "A", NULL, "reported", "120", "31"},
    {"PRE-59-01", "FIN_TOTAL", NULL, "60000.25", NULL, NULL, "A", NULL, "reported", "60000,25", "12"},
    {"PRE-59-01", "SEXE", "F", "50", "F", NULL, "A", NULL, "deduced", NULL, NULL},
    {"PRE-59-01", "SEXE", "G", "70", "G", NULL, "A", NULL, "reported", "70", "33"},
    {"PRE-59-02", "ENF_TOTAL", NULL, NULL, NULL, "80", "L", "unit", NULL, NULL, NULL},
    {"PRE-59-02", "FIN_TOTAL", NULL, "-10.50", NULL, NULL, "A", NULL, "reported", "x\ny", NULL},
};
static const char *const finding_row[FINDINGS_COLUMNS] = {"PRE-59-01",
                                                          "urn:uuid:1",
                                                          "1",
                                                          "rule",
                                                          "3",
                                                          "M02",
                                                          "warning",
                                                          "failed",
                                                          "FIN",
                                                          "P147",
                                                          "/r:retour/r:moyens",
                                                          "14",
                                                          NULL,
                                                          "1000",
                                                          "990 \xC3\xA0 1010",
                                                          "Le montant \xC2\xAB programme 147 \xC2\xBB, diff\xC3\xA8re",
                                                          "The amount differs"};
static const char *const fetch_row[FETCHES_COLUMNS] = {"PRE-59-01", "https://example.org/1", "fetched",    "ok", "1",
                                                       "200",       "2022-05-12T08:11:00Z",  "urn:uuid:1", NULL};

static struct package_writer *begin(const char *dir, struct err *e)
{
    struct package_writer *w = package_create(dir, sums, e);
    assert_non_null(w);
    assert_int_equal(package_table(w, TABLE_UNITS, extra, 2, e), FLOW_OK);
    assert_int_equal(package_table(w, TABLE_OBSERVATIONS, NULL, 0, e), FLOW_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(package_row(w, TABLE_UNITS, unit_rows[i], e), FLOW_OK);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(package_row(w, TABLE_OBSERVATIONS, observation_rows[i], e), FLOW_OK);
    assert_int_equal(package_table(w, TABLE_DOCUMENTS, NULL, 0, e), FLOW_OK);
    assert_int_equal(package_row(w, TABLE_DOCUMENTS, document_row, e), FLOW_OK);
    assert_int_equal(package_table(w, TABLE_FINDINGS, NULL, 0, e), FLOW_OK);
    assert_int_equal(package_row(w, TABLE_FINDINGS, finding_row, e), FLOW_OK);
    assert_int_equal(package_add_file(w, "edition/variables.csv", "id\nENF_TOTAL\n", 13, e), FLOW_OK);
    assert_int_equal(package_add_file(w, "edition/edition.json", "{}", 2, e), FLOW_OK);
    return w;
}

static void write_one(const char *dir, int with_fetch, struct package_result *r)
{
    struct err e = {0};
    struct package_facts f = facts();
    struct package_writer *w = begin(dir, &e);
    if (with_fetch) {
        assert_int_equal(package_table(w, TABLE_FETCHES, NULL, 0, &e), FLOW_OK);
        assert_int_equal(package_row(w, TABLE_FETCHES, fetch_row, &e), FLOW_OK);
    }
    if (package_commit(w, &f, r, &e) != FLOW_OK)
        fail_msg("%s", e.text);
}

static const char *in_folder(const char *dir, const char *name)
{
    static char path[4][4096];
    static int turn;
    turn = (turn + 1) % 4;
    assert_true(fs_join(path[turn], sizeof path[turn], dir, name));
    return path[turn];
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct err e = {0};
    struct package_result r;
    const char *dir = in_folder(folder, "round");
    write_one(dir, 1, &r);
    assert_int_equal(r.change, PACKAGE_NEW);
    assert_memory_equal(r.name, "2022-20220512T081100Z-", 22);
    assert_memory_equal(r.name + 22, r.content_digest, 12);
    assert_int_equal(package_point(dir, r.name, &e), FLOW_OK);

    struct package *p = package_open(in_folder(dir, "current"), &e);
    if (!p)
        fail_msg("%s", e.text);
    assert_int_equal(package_facts(p)->archive_count, 1);
    assert_string_equal(package_facts(p)->campaign, "2022");
    assert_string_equal(package_facts(p)->sums[1], "FIN_TOTAL");
    assert_string_equal(package_extra(p, 1), "credits");
    assert_int_equal(package_units_position(p, UNITS_SCOPE), 3);
    assert_int_equal(package_extra_position(p, "credits"), 2);
    assert_int_equal(package_control(p, TABLE_DOCUMENTS, "current"), 1);
    assert_int_equal(package_control(p, TABLE_UNITS, "silent"), 1);
    assert_int_equal(package_control(p, TABLE_OBSERVATIONS, "A"), 5);
    struct decimal sum;
    char text[DECIMAL_TEXT_MAX];
    assert_true(package_sum(p, "FIN_TOTAL", &sum));
    (void)decimal_print(sum, text);
    assert_string_equal(text, "59989.75");

    const struct csv_row *row;
    struct package_rows *rows = package_rows_open(p, TABLE_OBSERVATIONS, &e);
    assert_non_null(rows);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(package_rows_next(rows, &row, &e), FLOW_OK);
        for (size_t c = 0; c < OBSERVATIONS_COLUMNS; c++)
            assert_string_equal(row->field[c].text, observation_rows[i][c] ? observation_rows[i][c] : "");
    }
    if (package_rows_next(rows, &row, &e) != FLOW_END)
        fail_msg("%s", e.text);
    package_rows_close(rows);
    assert_int_equal(package_verify(p, &e), FLOW_OK);

    struct buf b;
    buf_init(&b, 1024);
    assert_int_equal(package_file_count(p), 2);
    assert_string_equal(package_file(p, 0), "edition/edition.json");
    assert_int_equal(package_read_file(p, "edition/variables.csv", &b, &e), FLOW_OK);
    assert_string_equal(buf_str(&b), "id\nENF_TOTAL\n");
    assert_int_equal(package_read_file(p, "edition/none.csv", &b, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_NOINPUT);
    buf_fini(&b);
    package_close(p);
}

static void same_content_changes_nothing_and_other_fetches_refresh(void **state)
{
    (void)state;
    struct package_result first, again, fetched;
    const char *dir = in_folder(folder, "again");
    write_one(dir, 0, &first);
    write_one(dir, 0, &again);
    write_one(dir, 1, &fetched);
    assert_int_equal(again.change, PACKAGE_SAME);
    assert_int_equal(fetched.change, PACKAGE_REFRESHED);
    assert_string_equal(first.name, fetched.name);
    char **names;
    size_t count;
    struct err e = {0};
    assert_int_equal(fs_names(dir, &names, &count, &e), FLOW_OK);
    assert_int_equal(count, 1);
    fs_names_free(names, count);
}

static void a_shard_has_its_own_name(void **state)
{
    (void)state;
    struct err e = {0};
    struct package_facts f = facts();
    struct package_result r;
    f.shard = 3;
    f.shards = 8;
    const char *dir = in_folder(folder, "shard");
    struct package_writer *w = package_create(dir, NULL, &e);
    assert_non_null(w);
    if (package_commit(w, &f, &r, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_string_equal(r.name, "part-3-of-8");
    struct package *p = package_open(in_folder(dir, r.name), &e);
    assert_non_null(p);
    assert_int_equal(package_facts(p)->shards, 8);
    assert_int_equal(package_verify(p, &e), FLOW_OK);
    package_close(p);
}

static void the_writer_refuses(void **state)
{
    (void)state;
    static const struct {
        enum dataset_table table;
        size_t column;
        const char *value, *expected;
    } refusals[] = {
        {TABLE_DOCUMENTS, DOCUMENTS_UNIT, "PRE-59-01",
         "dataset table documents, row 2: key 'PRE-59-01': the same key twice"},
        {TABLE_DOCUMENTS, DOCUMENTS_UNIT, "PRE-58-01",
         "dataset table documents, row 2: key 'PRE-58-01': rows are not in the order of the key"},
        {TABLE_DOCUMENTS, DOCUMENTS_STATE, "lost",
         "dataset table documents, row 2: column state: 'lost': not one of the values of its list"},
        {TABLE_DOCUMENTS, DOCUMENTS_STATE, "curr",
         "dataset table documents, row 2: column state: 'curr': not one of the values of its list"},
        {TABLE_DOCUMENTS, DOCUMENTS_STATE, NULL,
         "dataset table documents, row 2: column state: '': a value is required"},
        {TABLE_DOCUMENTS, DOCUMENTS_BYTES, "-1", "dataset table documents, row 2: column bytes: '-1': not a count"},
        {TABLE_DOCUMENTS, DOCUMENTS_BYTES, "01", "dataset table documents, row 2: column bytes: '01': not a count"},
        {TABLE_DOCUMENTS, DOCUMENTS_RECEIVED_AT, "2022-05-12",
         "dataset table documents, row 2: column received_at: '2022-05-12': not an instant in UTC"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct err e = {0};
        struct package_writer *w = begin(in_folder(folder, "refused"), &e);
        const char *row[DOCUMENTS_COLUMNS];
        memcpy(row, document_row, sizeof row);
        row[DOCUMENTS_UNIT] = "PRE-60-01";
        row[refusals[i].column] = refusals[i].value;
        assert_int_equal(package_row(w, refusals[i].table, row, &e), FLOW_FATAL);
        assert_int_equal(e.status, STATUS_BUG);
        assert_string_equal(e.text, refusals[i].expected);
        package_abort(w);
    }
    struct err e = {0};
    static const char *const clash[] = {"late"};
    struct package_writer *w = package_create(in_folder(folder, "refused"), NULL, &e);
    assert_int_equal(package_table(w, TABLE_UNITS, clash, 1, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    package_abort(w);
    char **names;
    size_t count;
    assert_int_equal(fs_names(in_folder(folder, "refused"), &names, &count, &e), FLOW_OK);
    assert_int_equal(count, 0);
    fs_names_free(names, count);
}

/* ---- damage ---- */

static void spoil(const char *path, long at, int change)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int c = fgetc(f);
    assert_int_equal(fseek(f, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(c ^ change, f), c ^ change);
    assert_int_equal(fclose(f), 0);
}

static long size_of(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long n = ftell(f);
    assert_int_equal(fclose(f), 0);
    return n;
}

static void one_byte_altered_anywhere_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"datapackage.json",     "units.csv.gz",         "documents.csv.gz",
                                        "observations.csv.gz",  "findings.csv.gz",      "fetches.csv.gz",
                                        "edition/edition.json", "edition/variables.csv"};
    struct package_result r;
    const char *dir = in_folder(folder, "spoilt");
    write_one(dir, 1, &r);
    char whole[4096];
    (void)snprintf(whole, sizeof whole, "%s", in_folder(dir, r.name));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s", in_folder(whole, files[i]));
        long size = size_of(path);
        for (long at = 0; at<size; at += size> 200 ? size / 97 : 1) {
            struct err e = {0};
            spoil(path, at, 1);
            struct package *p = package_open(whole, &e);
            if (p && package_verify(p, &e) == FLOW_OK)
                fail_msg("%s: byte %ld altered and not noticed", files[i], at);
            package_close(p);
            if (e.status != STATUS_DATA)
                fail_msg("%s: byte %ld altered: status %d: %s", files[i], at, e.status, e.text);
            spoil(path, at, 1);
        }
    }
    struct err e = {0};
    struct package *p = package_open(whole, &e);
    assert_non_null(p);
    assert_int_equal(package_verify(p, &e), FLOW_OK);
    package_close(p);
}

/* Replaces text in datapackage.json and seals it again: what somebody does who edits by hand and knows the seal. */
static void edit_json(const char *whole, const char *from, const char *to)
{
    struct err e = {0};
    struct buf b, out;
    char hex[DIGEST_HEX_MAX];
    buf_init(&b, 1 << 20);
    buf_init(&out, 1 << 20);
    const char *path = in_folder(whole, "datapackage.json");
    assert_int_equal(fs_read(path, &b, &e), FLOW_OK);
    char *p = strstr(b.data, from);
    assert_non_null(p);
    assert_int_equal(buf_put(&out, b.data, (size_t)(p - b.data), &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, to, &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, p + strlen(from), &e), FLOW_OK);
    char *seal = strstr(out.data, "\"pre:seal\": \"") + 13;
    memset(seal, '0', 64);
    assert_int_equal(digest_of(out.data, out.len, hex, &e), FLOW_OK);
    memcpy(seal, hex, 64);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
    assert_int_equal(fclose(f), 0);
    buf_fini(&b);
    buf_fini(&out);
}

static void disagreement_names_what_disagrees(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *expected;
    } edits[] = {
        {"\"FIN_TOTAL\": \"59989.75\"", "\"FIN_TOTAL\": \"59989.76\"",
         "observations.csv.gz: control total of FIN_TOTAL: 59989.75 where datapackage.json announces 59989.76"},
        {"\"current\": 1", "\"current\": 2",
         "documents.csv.gz: control total current: 1 rows where datapackage.json announces 2"},
        {"\"received\": 1", "\"received\": 0",
         "documents.csv.gz: control total received: 1 rows where datapackage.json announces 0"},
        {"\"pre:rows\": 6", "\"pre:rows\": 7", "observations.csv.gz: 6 rows where datapackage.json announces 7"},
        {"\"pre:as_of\"", "\"pre:as-of\"", NULL},
        {"\"name\": \"silence\"", "\"name\": \"silences\"",
         "table observations: column 8 is 'silences' where 'silence' is expected"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct err e = {0};
        struct package_result r;
        const char *dir = in_folder(folder, "edited");
        assert_int_equal(fs_remove(dir, &e), FLOW_OK);
        write_one(dir, 0, &r);
        char whole[4096];
        (void)snprintf(whole, sizeof whole, "%s", in_folder(dir, r.name));
        edit_json(whole, edits[i].from, edits[i].to);
        struct package *p = package_open(whole, &e);
        enum flow f = p ? package_verify(p, &e) : FLOW_FATAL;
        package_close(p);
        if (!edits[i].expected)
            continue;
        assert_int_equal(f, FLOW_FATAL);
        assert_int_equal(e.status, STATUS_DATA);
        if (!strstr(e.text, edits[i].expected))
            fail_msg("got %s\nexpected %s", e.text, edits[i].expected);
    }
    struct err e = {0};
    assert_null(package_open(in_folder(folder, "nowhere"), &e));
    assert_int_equal(e.status, STATUS_NOINPUT);
}

static void a_table_longer_than_the_window_streams(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    struct err e = {0};
    struct package_facts f = facts();
    struct package_result r;
    const char *dir = in_folder(folder, "long");
    struct package_writer *w = package_create(dir, sums, &e);
    assert_non_null(w);
    assert_int_equal(package_table(w, TABLE_FINDINGS, NULL, 0, &e), FLOW_OK);
    for (int i = 1; i <= ROWS; i++) {
        const char *row[FINDINGS_COLUMNS];
        char seq[16];
        memcpy(row, finding_row, sizeof row);
        (void)snprintf(seq, sizeof seq, "%d", i);
        row[FINDINGS_SEQ] = seq;
        row[FINDINGS_VALUE] = i % 3 ? "line 1\nline \"2\"" : "";
        assert_int_equal(package_row(w, TABLE_FINDINGS, row, &e), FLOW_OK);
    }
    assert_int_equal(package_commit(w, &f, &r, &e), FLOW_OK);
    struct package *p = package_open(in_folder(dir, r.name), &e);
    assert_non_null(p);
    struct package_rows *rows = package_rows_open(p, TABLE_FINDINGS, &e);
    const struct csv_row *row;
    int n = 0;
    uint64_t line = 2;
    enum flow flow;
    while ((flow = package_rows_next(rows, &row, &e)) == FLOW_OK) {
        n++;
        assert_int_equal(row->line, line);
        assert_string_equal(row->field[FINDINGS_VALUE].text, n % 3 ? "line 1\nline \"2\"" : "");
        line += n % 3 ? 2 : 1;
    }
    assert_int_equal(flow, FLOW_END);
    assert_int_equal(n, ROWS);
    package_rows_close(rows);
    package_close(p);
}

/* Observations of many units with line feeds and quotes in them, by row or as texts that two portions made. */
static void write_units(const char *dir, int by_text, struct package_result *r)
{
    enum { UNITS = 400, VALUES = 60 };
    struct err e = {0};
    struct package_facts f = facts();
    struct package_writer *w = package_create(dir, sums, &e);
    struct map *names = map_new();
    struct buf text;
    struct portion made[2];
    uint32_t index;
    buf_init(&text, 1 << 20);
    assert_non_null(w);
    for (size_t i = 0; sums[i]; i++)
        assert_int_equal(map_put(names, sums[i], strlen(sums[i]), &index, NULL, &e), FLOW_OK);
    for (int k = 0; k < 2; k++)
        assert_int_equal(portion_init(&made[k], TABLE_OBSERVATIONS, 0, names, sink_buf(&text), &e), FLOW_OK);
    assert_int_equal(package_table(w, TABLE_OBSERVATIONS, NULL, 0, &e), FLOW_OK);
    for (int u = 0; u < UNITS; u++) {
        char unit[16], category[16];
        struct portion *p = &made[u % 2];
        (void)snprintf(unit, sizeof unit, "PRE-%03d", u);
        buf_reset(&text);
        tally_restart(&p->tally);
        for (int i = 0; i < VALUES; i++) {
            const char *row[OBSERVATIONS_COLUMNS];
            memcpy(row, observation_rows[5], sizeof row);
            row[OBSERVATIONS_UNIT] = unit;
            (void)snprintf(category, sizeof category, "%02d", i);
            row[OBSERVATIONS_CATEGORY] = category;
            row[OBSERVATIONS_RAW] = (u + i) % 3 ? "line 1\nline \"2\"" : "";
            row[OBSERVATIONS_OBS_STATUS] = u == 7 ? "M" : "A";
            assert_int_equal(by_text ? portion_row(p, row, &e) : package_row(w, TABLE_OBSERVATIONS, row, &e), FLOW_OK);
        }
        if (by_text)
            assert_int_equal(package_text(w, TABLE_OBSERVATIONS, unit, buf_str(&text), text.len, &e), FLOW_OK);
    }
    if (by_text) { /* a unit that stands there already */
        assert_int_equal(package_text(w, TABLE_OBSERVATIONS, "PRE-399", "", 0, &e), FLOW_FATAL);
        assert_int_equal(e.status, STATUS_BUG);
        assert_string_equal(e.text, "dataset table observations: key 'PRE-399': the same key twice");
    }
    for (int k = 0; k < 2; k++) {
        if (by_text)
            assert_int_equal(package_tally(w, TABLE_OBSERVATIONS, &made[k].tally, 1, &e), FLOW_OK);
        portion_fini(&made[k]);
    }
    map_free(names);
    buf_fini(&text);
    if (package_commit(w, &f, r, &e) != FLOW_OK)
        fail_msg("%s", e.text);
}

static void texts_of_portions_make_the_same_bytes(void **state)
{
    (void)state;
    struct err e = {0};
    struct package_result rows, texts;
    const char *dir = in_folder(folder, "portions");
    write_units(dir, 0, &rows);
    write_units(dir, 1, &texts);
    assert_string_equal(rows.name, texts.name);
    assert_int_equal(texts.change, PACKAGE_SAME); /* byte for byte, blocks and control totals included */
    struct package *p = package_open(in_folder(dir, texts.name), &e);
    assert_non_null(p);
    assert_int_equal(package_verify(p, &e), FLOW_OK);
    assert_true(package_rows_count(p, TABLE_OBSERVATIONS) == 24000);
    package_close(p);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct err e;
    (void)state;
    return fs_remove(folder, &e) == FLOW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(same_content_changes_nothing_and_other_fetches_refresh),
        cmocka_unit_test(a_shard_has_its_own_name),
        cmocka_unit_test(the_writer_refuses),
        cmocka_unit_test(one_byte_altered_anywhere_is_refused),
        cmocka_unit_test(disagreement_names_what_disagrees),
        cmocka_unit_test(a_table_longer_than_the_window_streams),
        cmocka_unit_test(texts_of_portions_make_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
