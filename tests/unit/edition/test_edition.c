/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped edition read whole, and an edition broken in one place at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schemas/edition/edition.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"

static char shipped[1024];

static struct edition *open_shipped(void)
{
    struct err e = {0};
    struct edition *ed = edition_open(shipped, &e);
    if (!ed)
        fail_msg("%s", e.text);
    return ed;
}

static void reads_variables_lists_and_cells(void **state)
{
    (void)state;
    struct edition *ed = open_shipped();
    const struct edition_variable *sexe = edition_variable(ed, "SEXE"), *etp = edition_variable(ed, "ETP");
    assert_string_equal(ed->campaign, "2022");
    assert_int_equal(ed->reference_year, 2021);
    assert_int_equal(ed->variable_count, 36);
    assert_non_null(sexe);
    assert_int_equal(sexe->shape, EDITION_KEYED);
    assert_int_equal(sexe->cells, 2);
    assert_string_equal(ed->variables[sexe->sum_to].id, "ENF_TOTAL");
    assert_string_equal(etp->list->categories[etp->core_category].code, "REFERENT");
    uint32_t cells = 0, category;
    for (size_t i = 0; i < ed->variable_count; i++) {
        const struct edition_variable *v = &ed->variables[i];
        assert_int_equal(v->index, i);
        assert_int_equal(v->first_cell, cells);
        for (uint32_t c = 0; c < v->cells; c++) {
            assert_ptr_equal(edition_cell(ed, cells + c, &category), v);
            assert_int_equal(category, v->shape == EDITION_KEYED ? c : EDITION_NONE);
        }
        cells += v->cells;
    }
    assert_int_equal(cells, ed->cell_count);
    int core = 0;
    for (size_t i = 0; i < ed->variable_count; i++)
        core += ed->variables[i].core;
    assert_int_equal(core, 8);
    assert_null(edition_variable(ed, "NOBODY"));
    edition_close(ed);
}

static void finds_rules_with_and_without_suffix(void **state)
{
    (void)state;
    struct edition *ed = open_shipped();
    const struct edition_rule *r = edition_rule(ed, "A05.4.ne");
    assert_string_equal(r->id, "A05.4");
    assert_int_equal(r->withhold_count, 10);
    assert_string_equal(edition_rule(ed, "P01.2")->id, "P01");
    assert_int_equal(edition_rule(ed, "M04.2")->withhold_count, 2);
    assert_int_equal(edition_rule(ed, "S01")->severity, EDITION_FATAL);
    assert_null(edition_rule(ed, "Z99.1"));
    assert_string_equal(edition_parameter(ed, "list.AGE"), "4");
    double v;
    assert_true(edition_parameter_number(ed, "credits.ecart", &v));
    assert_float_equal(v, 0.01, 1e-12);
    edition_close(ed);
}

static void maps_synonyms_and_no_answers_by_folded_key(void **state)
{
    (void)state;
    struct edition *ed = open_shipped();
    const struct edition_list *l = edition_list(ed, "ORIENTEUR");
    struct buf key;
    struct err e = {0};
    buf_init(&key, 1000);
    static const struct {
        const char *text, *code;
    } cases[] = {{"école", "ECOLE"},
                 {"  Ecole ", "ECOLE"},
                 {"Service\xc2\xa0social, ASE", "SOCIAL"},
                 {"PMI", "SANTE"},
                 {"boulanger", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(edition_key(cases[i].text, strlen(cases[i].text), &key, &e), FLOW_OK);
        const struct edition_synonym *s = edition_synonym(ed, l, buf_str(&key), key.len);
        if (!cases[i].code)
            assert_null(s);
        else
            assert_string_equal(l->categories[s->category].code, cases[i].code);
    }
    const struct edition_variable *ase = edition_variable(ed, "ENF_ASE"), *total = edition_variable(ed, "ENF_TOTAL");
    assert_int_equal(edition_key("Sans  Objet", 11, &key, &e), FLOW_OK);
    assert_string_equal(ed->silences[edition_no_answer(ase, buf_str(&key), key.len)].id, "SO");
    assert_int_equal(edition_no_answer(total, buf_str(&key), key.len), EDITION_NONE);
    assert_true(edition_variable(ed, "FIN")->conversions ==
                (EDITION_THOUSANDS | EDITION_DECIMAL_COMMA | EDITION_CENTS));
    assert_true(total->conversions == 0);
    buf_fini(&key);
    edition_close(ed);
}

/* A split category keeps the series; a new one begins its own; a former code means nothing any more. */
static void joins_two_editions_by_harmonised_code(void **state)
{
    (void)state;
    struct err e = {0};
    char folder_2023[1100];
    (void)snprintf(folder_2023, sizeof folder_2023, "%.*s/2023", (int)(strlen(shipped) - strlen("/2022")), shipped);
    struct edition *before = open_shipped(), *after = edition_open(folder_2023, &e);
    if (!after)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < before->list_count; i++) {
        const struct edition_list *old = &before->lists[i], *now = edition_list(after, old->id);
        for (size_t c = 0; c < old->count; c++)
            assert_int_not_equal(edition_harmonised(now, old->categories[c].harmonised), EDITION_NONE);
    }
    const struct edition_list *reasons = edition_list(after, "MOTIF"), *referrers = edition_list(after, "ORIENTEUR");
    assert_int_equal(reasons->count, 11);
    assert_string_equal(reasons->categories[edition_category(reasons, "SANTE_MENT", 10)].harmonised, "SANTE");
    assert_int_equal(edition_category(reasons, "SANTE", 5), EDITION_NONE);
    assert_null(edition_synonym(after, reasons, "sante", 5));
    assert_string_equal(referrers->categories[edition_category(referrers, "CITE_EDUC", 9)].harmonised, "CITE_EDUC");
    assert_int_equal(after->reference_year, before->reference_year + 1);
    edition_close(before);
    edition_close(after);
}

/* ---- copies, broken or changed ---- */
static char folder[64];

static int make_copy(void **state)
{
    struct err e = {0};
    struct edition *ed = open_shipped();
    const char *name, *bytes;
    size_t n;
    (void)snprintf(folder, sizeof folder, "/tmp/edition-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    for (size_t i = 0; (name = edition_file(ed, i, &bytes, &n)) != NULL; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (output_file(path, bytes, n, &e) != FLOW_OK)
            return -1;
    }
    *state = ed;
    return 0;
}

static int drop_copy(void **state)
{
    struct err e;
    edition_close(*state);
    return fs_remove(folder, &e) == FLOW_OK ? 0 : -1;
}

/* Replaces the first `from` of a file by `to`; an empty `from` appends. */
static void change(const char *file, const char *from, const char *to)
{
    struct err e = {0};
    struct buf b, out;
    char path[256];
    buf_init(&b, 1 << 20);
    buf_init(&out, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_int_equal(fs_read(path, &b, &e), FLOW_OK);
    const char *text = buf_str(&b), *at = *from ? strstr(text, from) : text + b.len;
    assert_non_null(at);
    assert_int_equal(buf_put(&out, text, (size_t)(at - text), &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, to, &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, at + strlen(from), &e), FLOW_OK);
    assert_int_equal(output_file(path, buf_str(&out), out.len, &e), FLOW_OK);
    buf_fini(&b);
    buf_fini(&out);
}

static void refuses(const char *file, const char *from, const char *to, const char *const *says)
{
    struct err e = {0};
    struct buf kept;
    char path[256];
    buf_init(&kept, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_int_equal(fs_read(path, &kept, &e), FLOW_OK);
    change(file, from, to);
    struct edition *ed = edition_open(folder, &e);
    assert_null(ed);
    if (e.status != STATUS_CONFIG)
        fail_msg("status %d: %s", (int)e.status, e.text);
    for (; *says; says++)
        if (!strstr(e.text, *says))
            fail_msg("\"%s\" does not say \"%s\"", e.text, *says);
    assert_int_equal(output_file(path, buf_str(&kept), kept.len, &e), FLOW_OK);
    buf_fini(&kept);
}

static void refuses_each_fault_with_file_line_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *file, *from, *to, *says[4];
    } cases[] = {
        {"variables.csv",
         "ENFANTS,Enfants par sexe",
         "ENFANT,Enfants par sexe",
         {"variables.csv:25", "\"ENFANT\"", "no such group"}},
        {"variables.csv", "child,count,SEXE", "child,count,SEX", {"variables.csv:25", "\"SEX\"", "no such list"}},
        {"variables.csv", "child,count,SEXE", "child,counts,SEXE", {"variables.csv:25", "\"counts\"", "not one of"}},
        {"variables.csv",
         "SEXE,ENF_TOTAL",
         "SEXE,ENF_TOTALS",
         {"variables.csv:25", "\"ENF_TOTALS\"", "no such variable"}},
        {"variables.csv", "SEXE,ENF_TOTAL", "SEXE,FIN_TOTAL", {"variables.csv:25", "unit \"euro\"", "child"}},
        {"variables.csv", "FONCTION,,REFERENT", "FONCTION,,REFERANT", {"variables.csv:13", "\"REFERANT\"", "category"}},
        {"variables.csv", "@code,.,1", "@code,,1", {"variables.csv:22", "select", "XPath"}},
        {"categories.csv", "SEXE,F,", "SEXE,G,", {"categories.csv:3", "\"G\"", "twice"}},
        {"categories.csv", "SEXE,F,", "SEXE,F F,", {"categories.csv:3", "\"F F\"", "not a code"}},
        {"synonyms.csv",
         "ORIENTEUR,PMI,SANTE,previous",
         "ORIENTEUR,PMI,SANTEE,previous",
         {"synonyms.csv:", "\"SANTEE\"", "no such code"}},
        {"synonyms.csv",
         "ORIENTEUR,PMI,SANTE,previous",
         "ORIENTEUR,Ecole,SANTE,previous",
         {"synonyms.csv:", "\"Ecole\"", "twice"}},
        {"synonyms.csv",
         "ORIENTEUR,PMI,SANTE,previous",
         "ORIENTEUR,MAIRIE,SANTE,previous",
         {"synonyms.csv:", "\"MAIRIE\"", "itself a code"}},
        {"rules.csv", "A01,rule,1,error,SEXE", "A01,rule,1,error,SEX", {"rules.csv:26", "no such variable"}},
        {"rules.csv", "A01,rule,1,error,SEXE", "A01,rule,1,grave,SEXE", {"rules.csv:26", "\"grave\"", "not one of"}},
        {"rules.csv", "A01,rule,1,error,SEXE", "A01,rule,1,warning,SEXE", {"rules.csv:26", "only an error withholds"}},
        {"rules.csv",
         "A01,rule,1,error,SEXE,,",
         "A01,rule,1,error,SEXE,2022-13-01,",
         {"rules.csv:26", "\"2022-13-01\"", "not a date"}},
        {"rules.csv", "A02,rule,1,error,AGE", "A01,rule,1,error,AGE", {"rules.csv:27", "\"A01\"", "line 26"}},
        {"parameters.csv", "tolerance.euro,1,,", "tolerance.euro,,,", {"parameters.csv:3", "value", "due"}},
        {"parameters.csv",
         "tolerance.euro,1,,",
         "tolerance.compte,1,,",
         {"parameters.csv:3", "\"tolerance.compte\"", "line 2"}},
        {"parameters.csv",
         "tolerance.euro,1,,",
         "tolerance.euro,1,,2022-03-31,a,b\ntolerance.euro,2,2022-04-02,",
         {"parameters.csv:4", "\"tolerance.euro\"", "without a value"}},
        {"figures.csv", "PROFIL,P1 P4", "PROFIL,P1 P2 P4", {"figures.csv:", "\"P2\"", "2 times"}},
        {"figures.csv", "total,Coordonnateurs", "totals,Coordonnateurs", {"figures.csv:4", "\"totals\"", "not one of"}},
        {"figures.csv", "POSTES,COORD", "POSTES,COORDO", {"figures.csv:4", "COORDO"}},
        {"silences.csv", "withheld,", "retained,", {"silences.csv", "\"withheld\"", "missing"}},
        {"nonresponse.csv", "ENF_ASE,ND,ND", "ENF_ASE,ND,NDD", {"nonresponse.csv:2", "\"NDD\"", "no such silence"}},
        {"numbers.csv", "FIN_TOTAL,thousands", "FIN_TOTAL,thousand", {"numbers.csv:2", "\"thousand\""}},
        {"edition.json", "\"complete\": 0.8", "\"complete\": 8", {"edition.json:46", "core.complete", "0 to 1"}},
        {"edition.json", "\"campaign\": \"2022\"", "\"campaign\": \"20/22\"", {"edition.json:5", "20/22"}},
        {"edition.json", "\"withdrawal\"", "\"cancel\"", {"edition.json:", "annulation"}},
        {"edition.json", "\"revision\": 1,", "\"revision\": 1", {"edition.json", "4"}},
        {"edition.json", "\"2022-06-30\"", "\"2022-06-31\"", {"edition.json:6", "2022-06-31"}},
        {"published.csv", "F01,2021", "F99,2021", {"published.csv:2", "\"F99\"", "no such figure"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuses(cases[i].file, cases[i].from, cases[i].to, cases[i].says);
    struct err e = {0};
    struct edition *ed = edition_open(folder, &e);
    if (!ed)
        fail_msg("the restored copy: %s", e.text);
    edition_close(ed);
}

static int64_t at(const char *s)
{
    int64_t t;
    assert_true(clock_parse(s, strlen(s), 0, &t));
    return t;
}

static void resolves_dated_rows_and_their_digest(void **state)
{
    (void)state;
    struct err e = {0};
    char before[DIGEST_HEX_MAX], early[DIGEST_HEX_MAX], late[DIGEST_HEX_MAX];
    struct edition *ed = edition_open(folder, &e);
    assert_non_null(ed);
    assert_int_equal(edition_resolve(ed, at("2022-05-31T12:00:00Z"), &e), FLOW_OK);
    assert_int_equal(edition_digest(ed, before, &e), FLOW_OK);
    edition_close(ed);
    change("parameters.csv", "delai.max,365,,", "delai.max,365,,2022-05-31");
    change("parameters.csv", "", "delai.max,200,2022-06-01,,a,b\n");
    ed = edition_open(folder, &e);
    if (!ed)
        fail_msg("%s", e.text);
    assert_string_equal(edition_parameter(ed, "delai.max"), "200");
    assert_int_equal(edition_resolve(ed, at("2022-05-31T21:59:59Z"), &e), FLOW_OK);
    assert_string_equal(edition_parameter(ed, "delai.max"), "365");
    assert_int_equal(edition_digest(ed, early, &e), FLOW_OK);
    /* midnight in Paris is 22:00 UTC in summer */
    assert_int_equal(edition_resolve(ed, at("2022-05-31T22:00:00Z"), &e), FLOW_OK);
    assert_string_equal(edition_parameter(ed, "delai.max"), "200");
    assert_int_equal(edition_digest(ed, late, &e), FLOW_OK);
    assert_string_not_equal(early, late);
    assert_string_not_equal(early, before); /* the date of the end is part of the row */
    edition_close(ed);
}

static void gives_out_files_that_read_the_same(void **state)
{
    struct err e = {0};
    struct edition *ed = *state, *copy = edition_open(folder, &e);
    const char *name, *other, *a, *b;
    size_t n, m;
    assert_non_null(copy);
    for (size_t i = 0; (name = edition_file(ed, i, &a, &n)) != NULL; i++) {
        other = edition_file(copy, i, &b, &m);
        assert_string_equal(name, other);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
    }
    edition_close(copy);
    assert_null(edition_open("/nowhere/at/all", &e));
    assert_int_equal(e.status, STATUS_NOINPUT);
}

int main(void)
{
    const char *source = getenv("PRE_SOURCE");
    (void)snprintf(shipped, sizeof shipped, "%s/schemas/pre/2022", source ? source : ".");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_variables_lists_and_cells),
        cmocka_unit_test(finds_rules_with_and_without_suffix),
        cmocka_unit_test(maps_synonyms_and_no_answers_by_folded_key),
        cmocka_unit_test(joins_two_editions_by_harmonised_code),
        cmocka_unit_test_setup_teardown(refuses_each_fault_with_file_line_and_name, make_copy, drop_copy),
        cmocka_unit_test_setup_teardown(resolves_dated_rows_and_their_digest, make_copy, drop_copy),
        cmocka_unit_test_setup_teardown(gives_out_files_that_read_the_same, make_copy, drop_copy),
    };
    return cmocka_run_group_tests_name("edition", tests, NULL, NULL);
}
