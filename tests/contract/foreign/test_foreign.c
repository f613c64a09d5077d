/* SPDX-License-Identifier: Apache-2.0 */
/* Another country's enquiry, read by the same programs from a folder of data: no namespace, one row per child, so every
 * variable is computed. Values and broken rules are compared with those counted by expected.py from the wording of the
 * published rules. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"
#include "tests/support/tree.h"
#include "transform/check/edition.h"
#include "transform/judge.h"

static char here[1024], peers[1024], root[64], folder[128];

static int make_folder(void **state)
{
    char from[2048], to[256];
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/foreign-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    (void)snprintf(folder, sizeof folder, "%s/cin-2022", root);
    (void)snprintf(from, sizeof from, "%s/cin", here);
    tree_copy(from, folder);
    (void)snprintf(from, sizeof from, "%s/liia-cin/CIN_schema_2022.xsd", peers);
    (void)snprintf(to, sizeof to, "%s/return.xsd", folder);
    tree_copy_file(from, to);
    return 0;
}

static int drop_folder(void **state)
{
    struct err e;
    (void)state;
    return fs_remove(root, &e) == FLOW_OK ? 0 : -1;
}

static void the_folder_is_a_proven_edition(void **state)
{
    (void)state;
    struct err e = {0};
    struct edition_proof proof;
    if (check_edition(folder, &proof, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_string_equal(proof.id, "cin-2022");
    assert_int_equal(proof.assertions, 19);
    assert_int_equal(proof.counter_examples, 19);
}

struct bench {
    struct edition *ed;
    struct register_table *frame;
    struct plan plan;
    struct xml_schema *schema;
    struct judge *judge;
    struct arena arena;
};

static void open_bench(struct bench *b)
{
    struct err e = {0};
    char path[2048];
    *b = (struct bench){.ed = edition_open(folder, &e)};
    arena_init(&b->arena, 256 << 20);
    (void)snprintf(path, sizeof path, "%s/register.csv", here);
    if (!b->ed || !(b->frame = register_open(b->ed, path, &e)))
        fail_msg("%s", e.text);
    (void)snprintf(path, sizeof path, "%s/return.xsd", folder);
    if (plan_init(&b->plan, b->ed, b->frame, NULL, INSTANT_NONE, &e) != FLOW_OK ||
        !(b->schema = xml_schema_open(path, &e)) || !(b->judge = judge_new(&b->plan, b->schema, &e)))
        fail_msg("%s", e.text);
}

static void close_bench(struct bench *b)
{
    judge_free(b->judge);
    xml_schema_close(b->schema);
    plan_fini(&b->plan);
    register_close(b->frame);
    edition_close(b->ed);
    arena_fini(&b->arena);
}

static unsigned count_rule(const struct document *d, const char *rule)
{
    unsigned n = 0;
    for (const struct finding *x = d->findings.first; x; x = x->next)
        n += x->outcome == FINDING_FAILED && strcmp(x->rule, rule) == 0;
    return n;
}

/* The value read, whatever the rules then withheld. */
static const char *value_of(const struct bench *b, const struct document *d, const char *variable)
{
    const struct edition_variable *v = edition_variable(b->ed, variable);
    assert_non_null(v);
    const struct cell *c = &d->cells[v->first_cell];
    return c->value ? c->value : c->raw ? c->raw : "";
}

static void compare(const struct bench *b, const struct document *d, const char *expected)
{
    static const char *const columns[] = {"kind", "name", "value", NULL};
    char path[2048];
    struct buf text;
    struct err e = {0};
    int bad = 0, rows = 0;
    buf_init(&text, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/%s", here, expected);
    assert_int_equal(fs_read(path, &text, &e), FLOW_OK);
    struct csv_table *t = csv_table_open(buf_str(&text), text.len, path, 0, columns, &e);
    assert_non_null(t);
    for (; csv_table_next(t, &e) == FLOW_OK; rows++) {
        const char *name = csv_table_get(t, 1), *want = csv_table_get(t, 2), *got;
        char count[16];
        (void)snprintf(count, sizeof count, "%u", count_rule(d, name));
        got = strcmp(csv_table_get(t, 0), "rule") == 0 ? count : value_of(b, d, name);
        if (strcmp(got, want) != 0) {
            print_error("%s: %s is %s, expected %s\n", expected, name, got, want);
            bad++;
        }
    }
    csv_table_close(t);
    buf_fini(&text);
    assert_int_equal(rows, 17 + 19);
    assert_int_equal(bad, 0);
}

static void judge_file(struct bench *b, const char *path, const char *unit, struct document *d)
{
    static char no_digest[] = "";
    struct err e = {0};
    struct buf text;
    struct subject s = {.unit = unit, .row = register_find(b->frame, unit, strlen(unit))};
    buf_init(&text, 64 << 20);
    arena_reset(&b->arena);
    *d = (struct document){.record = "", .archive = "", .source = "", .raw_digest = no_digest};
    if (fs_read(path, &text, &e) != FLOW_OK || judge_subject(b->judge, &s, &e) != FLOW_OK ||
        judge_document(b->judge, buf_str(&text), text.len, NULL, d, &b->arena, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    buf_fini(&text);
}

static void values_and_rules_are_those_counted_by_hand(void **state)
{
    (void)state;
    struct bench b;
    struct document d;
    char path[2048];
    open_bench(&b);
    (void)snprintf(path, sizeof path, "%s/busy.xml", here);
    judge_file(&b, path, "201", &d);
    assert_int_equal(d.findings.crashed, 0);
    assert_int_equal(d.verdict, 2);
    compare(&b, &d, "expected-busy.csv");
    (void)snprintf(path, sizeof path, "%s/dfe-cin/fake_CIN_data.xml", peers);
    judge_file(&b, path, "975", &d);
    compare(&b, &d, "expected-fake.csv");
    (void)snprintf(path, sizeof path, "%s/liia-cin/cin-2022.xml", peers);
    judge_file(&b, path, "201", &d);
    compare(&b, &d, "expected-2022.csv");
    close_bench(&b);
}

/* A return that another year's software made does not respect this year's schema, and one of another authority says
 * only that. */
static void other_years_and_other_authorities_are_refused(void **state)
{
    (void)state;
    struct bench b;
    struct document d;
    char path[2048];
    open_bench(&b);
    (void)snprintf(path, sizeof path, "%s/dfe-cin/CIN_Census_2026.xml", peers);
    judge_file(&b, path, "201", &d);
    assert_int_equal(d.verdict, 3);
    (void)snprintf(path, sizeof path, "%s/dfe-cin/fake_CIN_data.xml", peers);
    judge_file(&b, path, "201", &d);
    assert_int_equal(d.verdict, 3);
    assert_string_equal(d.findings.first->rule, "I01");
    assert_null(d.findings.first->next);
    close_bench(&b);
}

int main(void)
{
    struct err e = {0};
    const char *s = getenv("PRE_SOURCE");
    char xsd[2048];
    (void)snprintf(here, sizeof here, "%.900s/tests/contract/foreign", s ? s : ".");
    (void)snprintf(peers, sizeof peers, "%.900s/../shared/peers", s ? s : ".");
    (void)snprintf(xsd, sizeof xsd, "%s/liia-cin/CIN_schema_2022.xsd", peers);
    if (!fs_is_file(xsd)) {
        (void)fprintf(stderr, "skipped: %s is not there\n", xsd);
        return 77;
    }
    if (xml_setup(&e) != FLOW_OK) {
        (void)fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_folder_is_a_proven_edition, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(values_and_rules_are_those_counted_by_hand, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(other_years_and_other_authorities_are_refused, make_folder, drop_folder),
    };
    return cmocka_run_group_tests_name("foreign enquiry", tests, NULL, NULL);
}
