/* SPDX-License-Identifier: Apache-2.0 */
/* --check-edition on the shipped editions, and on copies changed in one place at a time: each fault is refused with
 * file, line and name; changes of a list, a bound and a severity that are right are accepted without C. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/run/fs.h"
#include "schemas/run/output.h"
#include "tests/support/tree.h"
#include "transform/check/edition.h"
#include "transform/xml/xml.h"

static char source[1024], root[64], folder[1100];

static void copy_schemas(const char *edition)
{
    char from[2048], to[1100];
    (void)snprintf(from, sizeof from, "%s/schemas/reference", source);
    (void)snprintf(to, sizeof to, "%s/reference", root);
    tree_copy(from, to);
    (void)snprintf(from, sizeof from, "%s/schemas/pre/%s", source, edition);
    (void)snprintf(folder, sizeof folder, "%s/pre/%s", root, edition);
    tree_copy(from, folder);
}

static int make_root(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/edition-proof-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int drop_root(void **state)
{
    struct err e;
    (void)state;
    return fs_remove(root, &e) == FLOW_OK ? 0 : -1;
}

/* Replaces the first `from` of a file by `to` (an empty `from` appends); the file's former content goes to kept. */
static void change(const char *file, const char *from, const char *to, struct buf *kept)
{
    char path[1600];
    struct buf out;
    struct err e = {0};
    buf_init(&out, 16 << 20);
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    if (fs_read(path, kept, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    const char *text = buf_str(kept), *at = *from ? strstr(text, from) : text + kept->len;
    if (!at)
        fail_msg("%s does not hold \"%s\"", file, from);
    assert_int_equal(buf_put(&out, text, (size_t)(at - text), &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, to, &e), FLOW_OK);
    assert_int_equal(buf_puts(&out, at + strlen(from), &e), FLOW_OK);
    assert_int_equal(output_file(path, buf_str(&out), out.len, &e), FLOW_OK);
    buf_fini(&out);
}

static int says_all(const char *text, const char *const *says)
{
    for (size_t k = 0; k < 4 && says[k]; k++)
        if (!strstr(text, says[k])) {
            print_error("\"%s\" does not say \"%s\"\n", text, says[k]);
            return 0;
        }
    return 1;
}

static void restore(const char *file, struct buf *kept)
{
    char path[1600];
    struct err e = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_int_equal(output_file(path, buf_str(kept), kept->len, &e), FLOW_OK);
    buf_fini(kept);
}

static void accepts(size_t states)
{
    struct err e = {0};
    struct edition_proof proof;
    if (check_edition(folder, &proof, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_int_equal(proof.states, states);
}

static void proves_the_shipped_editions(void **state)
{
    (void)state;
    static const char *const editions[] = {"2022", "2023"};
    for (size_t i = 0; i < 2; i++) {
        struct err e = {0};
        struct edition_proof proof;
        (void)snprintf(folder, sizeof folder, "%s/schemas/pre/%s", source, editions[i]);
        if (check_edition(folder, &proof, &e) != FLOW_OK)
            fail_msg("%s", e.text);
        assert_string_equal(proof.id, editions[i]);
        assert_int_equal(proof.variables, 36);
        assert_true(proof.counter_examples >= 45);
        assert_true(proof.elements > 60);
        assert_true(proof.assertions > 60);
        assert_int_equal(proof.states, 1);
    }
}

/* One thing changed in a copy, and what the refusal must say. */
static const struct breakage {
    const char *file, *from, *to, *says[4];
} cases[] = {
    /* the schema */
    {"return.xsd", "type=\"questionCompte\"", "type=\"questionComptes\"", {"return.xsd:", "questionComptes"}},
    {"return.xsd", "memberTypes=\"compte vide\"", "memberTypes=\"comptes vide\"", {"return.xsd", "comptes"}},
    {"return.xsd",
     "<xs:element name=\"retour\">",
     "<xs:import namespace=\"urn:x\" schemaLocation=\"http://127.0.0.1:9/x.xsd\"/><xs:element name=\"retour\">",
     {"return.xsd"}},
    {"return.xsd",
     "<xs:element name=\"retour\">",
     "<xs:include schemaLocation=\"../../reference/x.xsd\"/><xs:element name=\"retour\">",
     {"return.xsd"}},
    {"return.xsd",
     "targetNamespace=\"urn:fr:anct:pre:retour:2022\"",
     "targetNamespace=\"urn:fr:anct:pre:retour:2021\"",
     {"return.xsd"}},
    {"return.xsd", "name=\"delai\"", "name=\"delais\"", {"example.xml:67", "delai"}},
    /* the example */
    {"example.xml", "<ase>12</ase>", "<ase>douze", {"example.xml:"}},
    {"example.xml", "<ase>12</ase>", "", {"ENF_ASE", "select", "ase"}},
    {"example.xml", "<observations>Aucune.</observations>", "", {"example.xml", "observations", "return.xsd"}},
    {"example.xml",
     "<effectif code=\"G\">93</effectif>",
     "<effectif code=\"G\">94</effectif>",
     {"example.xml:", "A01", "breaks a rule"}},
    {"example.xml", "<categorie>7361<", "<categorie>9220<", {"example.xml:", "N05"}},
    /* selects */
    {"variables.csv",
     "/r:enfants/r:ase,",
     "/r:enfants/r:ases,",
     {"variables.csv:23", "ENF_ASE", "r:ases", "example.xml"}},
    {"variables.csv", "/r:enfants/r:ase,", "/r:enfants/r:ase[,", {"variables.csv:23", "ENF_ASE"}},
    {"variables.csv", "/r:enfants/r:ase,", "/x:enfants/r:ase,", {"variables.csv:23", "ENF_ASE", "x"}},
    {"variables.csv", "/r:sexe/r:effectif,@code", "/r:sexe/r:effectif,@codes", {"variables.csv:25", "SEXE", "\"G\""}},
    {"variables.csv", "/r:sexe/r:effectif,@code", "/r:sexes/r:effectif,@code", {"variables.csv:25", "SEXE", "r:sexes"}},
    {"variables.csv",
     "count(/r:retour/r:identification/r:communes/r:commune)",
     "count(/r:retour/r:identification/r:communes/r:ville)",
     {"variables.csv:4", "COMMUNES", "counts nothing"}},
    {"categories.csv",
     "SEXE,F,Fille,Girl,F,2",
     "SEXE,F,Fille,Girl,F,2\nSEXE,N,Non dit,Not said,N,3",
     {"figures.csv:7", "F06", "\"N\""}},
    {"categories.csv",
     "SORTIE,AGE,",
     "SORTIE,DECES,Décès,Death,AUTRE,9\nSORTIE,AGE,",
     {"variables.csv:22", "SORTIE", "\"DECES\""}},
    {"edition.json",
     "string(/r:retour/@numero)",
     "string(/r:retour/@numeros)",
     {"edition.json", "sequence", "@numeros"}},
    {"edition.json", "string(/r:retour/@numero)", "string(/r:retour/@numero", {"edition.json", "identity"}},
    /* rules */
    {"rules.sch",
     "<assert id=\"M05\" role=\"warning\" test=\"number(.)",
     "<assert id=\"M05\" role=\"warning\" test=\"number(.",
     {"rules.sch:", "M05"}},
    {"rules.sch",
     "<assert id=\"M05\" role=\"warning\"",
     "<assert id=\"M55\" role=\"warning\"",
     {"rules.sch:", "M55", "rules.csv"}},
    {"rules.sch",
     "<assert id=\"M05\" role=\"warning\"",
     "<assert id=\"M05\" role=\"error\"",
     {"rules.sch:", "M05", "\"error\"", "warning"}},
    {"rules.sch",
     "<assert id=\"M05\" role=\"warning\"",
     "<assert id=\"M06\" role=\"warning\"",
     {"rules.sch:", "M06", "twice"}},
    {"rules.sch",
     "$parameter/@coordonnateur.etp.max",
     "$parameter/@coordonnateur.etp.maxi",
     {"rules.sch:", "coordonnateur.etp.maxi", "parameters.csv"}},
    {"rules.sch", "$register/@credits", "$register/@credit", {"rules.sch:", "credit", "register.schema.json"}},
    {"rules.sch", "$previous/@ENF_TOTAL", "$previous/@ENF_TOTALS", {"rules.sch:", "ENF_TOTALS"}},
    {"rules.sch", "$previous/@SEXE.G", "$previous/@SEXE.H", {"rules.sch:", "SEXE.H"}},
    {"rules.sch",
     "<rule context=\"/r:retour/r:equipes/r:delai[",
     "<rule context=\"/r:retour/r:equipes/r:delais[",
     {"rules.sch:", "p-P01.2", "r:delais", "example.xml"}},
    {"rules.sch",
     "<rule context=\"/r:retour[not(number(r:equipes/r:delai) >= 0)]\">",
     "<rule context=\"/r:return[not(number(r:equipes/r:delai) >= 0)]\">",
     {"rules.sch:", "p-P01.2", "/r:return"}},
    {"rules.sch",
     "number(.) &lt;= number($parameter/@delai.max)",
     "number(.) &lt; 20",
     {"example.xml:67", "P01", "breaks a rule"}},
    {"rules.sch",
     "number(.) &lt;= number($parameter/@delai.max)",
     "number(.) &lt; 2000",
     {"counter-examples/P01.2.xml", "P01.2", "does not fire"}},
    {"rules.csv", "M05,rule,1,warning", "M55,rule,1,warning", {"rules.csv:", "M55", "rules.sch"}},
    {"rules.csv", "M05,rule,1,warning", "M05,campaign,1,warning", {"rules.csv:", "M05", "campaign"}},
    {"rules.csv", "M05,rule,1,warning,,,", "M05,rule,1,warning,,,2022-01-01", {"rules.sch:", "M05", "in force"}},
    /* dated rows: the state before the latest is proved too, and named by its days */
    {"parameters.csv",
     "delai.max,365,,",
     "delai.max,10,,2022-05-31,x,x\ndelai.max,365,2022-06-01,",
     {"example.xml:67", "P01", "breaks a rule", "(rows in force until 2022-05-31)"}},
    {"parameters.csv",
     "delai.max,365,,",
     "delai.max,365,,2022-04-30,x,x\ndelai.max,20000,2022-05-01,2022-05-31,x,x\ndelai.max,365,2022-06-01,",
     {"counter-examples/P01.2.xml", "does not fire", "(rows in force from 2022-05-01 until 2022-05-31)"}},
    {"parameters.csv",
     "delai.max,365,,",
     "delai.max,365,2022-06-01,",
     {"rules.sch:", "delai.max", "parameters.csv", "(rows in force until 2022-05-31)"}},
    {"rules.csv", "I05,identity,2,warning", "I05,identity,2,fatal", {"rules.csv:", "I05", "cannot be fatal"}},
    /* counter-examples */
    {"counter-examples/A01.xml", ">94<", ">93<", {"counter-examples/A01.xml", "A01", "does not fire"}},
    {"counter-examples/A01.xml", "<total>160<", "<total>0<", {"counter-examples/A01.xml", "A09", "fires too"}},
    {"counter-examples/context.csv", "A10,fires,A02,", "A10,fires,A03,", {"counter-examples", "A10"}},
    {"counter-examples/context.csv", "H02,previous", "H99,previous", {"context.csv:12", "H99"}},
    {"counter-examples/context.csv", "H02,previous", "H02,before", {"context.csv:12", "before"}},
    /* the register's schema */
    {"register.schema.json", "\"name\": \"credits\"", "\"name\": \"credit\"", {"register.schema.json", "credits"}},
    {"register.schema.json",
     "\"type\": \"date\"",
     "\"type\": \"day\"",
     {"register.schema.json", "valid_from", "\"day\""}},
    {"register.schema.json", "^[0-9]{4}$", "^[0-9{4}$", {"register.schema.json", "carrier", "regular expression"}},
    {"register.schema.json", "reference/regions.csv", "reference/region.csv", {"region.csv"}},
    {"register.schema.json",
     "\"fields\": [\"region\"]",
     "\"fields\": [\"regions\"]",
     {"register.schema.json", "foreign key 1"}},
};

static void refuses_each_fault_with_file_line_and_name(void **state)
{
    (void)state;
    int bad = 0;
    copy_schemas("2022");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        struct buf kept;
        buf_init(&kept, 16 << 20);
        change(cases[i].file, cases[i].from, cases[i].to, &kept);
        int refused = check_edition(folder, NULL, &e) != FLOW_OK;
        if (!refused || e.status != STATUS_CONFIG || !says_all(e.text, cases[i].says)) {
            print_error("case %zu, %s with \"%s\": status %d: %s\n", i, cases[i].file, cases[i].to, (int)e.status,
                        refused ? e.text : "accepted");
            bad++;
        }
        restore(cases[i].file, &kept);
    }
    assert_int_equal(bad, 0);
    accepts(1);
}

static void refuses_a_rule_without_counter_example(void **state)
{
    (void)state;
    char path[1600];
    struct err e = {0};
    copy_schemas("2022");
    (void)snprintf(path, sizeof path, "%s/counter-examples/M05.xml", folder);
    assert_int_equal(fs_remove(path, &e), FLOW_OK);
    assert_int_equal(check_edition(folder, NULL, &e), FLOW_FATAL);
    assert_non_null(strstr(e.text, "rules.csv:"));
    assert_non_null(strstr(e.text, "M05"));
    (void)snprintf(path, sizeof path, "%s/return.xsd", folder);
    assert_int_equal(fs_remove(path, &e), FLOW_OK);
    assert_int_equal(check_edition(folder, NULL, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_CONFIG);
    assert_non_null(strstr(e.text, "return.xsd"));
}

/* What an analyst does from one day to the next, and no program is touched. */
static void accepts_a_new_category_a_new_bound_and_a_new_severity(void **state)
{
    (void)state;
    struct buf kept;
    copy_schemas("2022");
    const struct {
        const char *file, *from, *to;
    } changes[] = {
        {"categories.csv", "ORIENTEUR,AUTRE,", "ORIENTEUR,POLICE,Police,Police,AUTRE,9\nORIENTEUR,AUTRE,"},
        {"example.xml", "<effectif code=\"MAIRIE\">3</effectif>",
         "<effectif code=\"MAIRIE\">2</effectif><effectif code=\"POLICE\">1</effectif>"},
        {"counter-examples/A08.xml", "<effectif code=\"MAIRIE\">",
         "<effectif code=\"POLICE\">1</effectif><effectif code=\"MAIRIE\">"},
        {"figures.csv", "FAMILLE SOCIAL SANTE", "FAMILLE POLICE SOCIAL SANTE"},
        {"parameters.csv", "delai.max,365,,", "delai.max,365,,2022-05-31"},
        {"parameters.csv", "", "delai.max,200,2022-06-01,,Délai,Delay\n"},
        {"rules.csv", "M05,rule,1,warning", "M05,rule,1,information"},
        {"rules.sch", "<assert id=\"M05\" role=\"warning\"", "<assert id=\"M05\" role=\"information\""},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        buf_init(&kept, 16 << 20);
        change(changes[i].file, changes[i].from, changes[i].to, &kept);
        buf_fini(&kept);
    }
    accepts(2);
}

/* A rule that begins, one that changes its severity, one that ends: each run of days is a state of its own. */
static void proves_each_dated_state(void **state)
{
    (void)state;
    struct buf kept;
    copy_schemas("2022");
    const struct {
        const char *file, *from, *to;
        size_t states;
    } changes[] = {
        {"rules.csv", "M05,rule,1,warning,,,", "M05,rule,1,warning,,2022-06-01,", 2},
        {"rules.csv", "M06,rule,1,warning,,,", "M06,rule,1,error,,,2022-05-31,x,x,x,x\nM06,rule,1,warning,,2022-06-01,",
         2},
        {"parameters.csv", "delai.max,365,,", "delai.max,200,,2022-07-14,x,x\ndelai.max,365,2022-07-15,", 3},
        {"rules.csv", "X01,campaign,2,warning,,,", "X01,campaign,2,warning,,2022-04-01,2022-12-31", 5},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        buf_init(&kept, 16 << 20);
        change(changes[i].file, changes[i].from, changes[i].to, &kept);
        buf_fini(&kept);
        accepts(changes[i].states);
    }
}

int main(void)
{
    struct err e = {0};
    const char *s = getenv("PRE_SOURCE");
    (void)snprintf(source, sizeof source, "%s", s ? s : ".");
    if (xml_setup(&e) != FLOW_OK) {
        (void)fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_the_shipped_editions),
        cmocka_unit_test_setup_teardown(refuses_each_fault_with_file_line_and_name, make_root, drop_root),
        cmocka_unit_test_setup_teardown(refuses_a_rule_without_counter_example, make_root, drop_root),
        cmocka_unit_test_setup_teardown(accepts_a_new_category_a_new_bound_and_a_new_severity, make_root, drop_root),
        cmocka_unit_test_setup_teardown(proves_each_dated_state, make_root, drop_root),
    };
    return cmocka_run_group_tests_name("edition proof", tests, NULL, NULL);
}
