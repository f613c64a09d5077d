/* SPDX-License-Identifier: Apache-2.0 */
/* The rule engine against outcomes written by hand from ISO/IEC 19757-3 and XPath 1.0. Each case: rules, document,
 * expected lines "outcome id [node] message". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transform/rules/schematron.h"

#include <libxml/parser.h>

#include <stdio.h>
#include <string.h>

#define HEAD "<schema xmlns='http://purl.oclc.org/dsdl/schematron' xml:lang='fr'><ns prefix='r' uri='urn:t'/>"
#define DOC(body) "<d xmlns='urn:t'>" body "</d>"

static const char *const languages[] = {"fr", "en", NULL};
static const char *const externals[] = {"register", "previous", NULL};

static enum flow record(void *ctx, const struct schematron_result *r, struct err *e)
{
    static const char *const names[] = {"failed", "not-evaluable", "crashed"};
    struct buf *b = ctx;
    const char *name = r->node->name ? (const char *)r->node->name : "/";
    return buf_printf(b, e, "%s %s [%s] %s|%s%s\n", names[r->outcome], r->id, name, r->message[0], r->message[1],
                      r->fault);
}

static struct schematron *open_rules(const char *rules, const char *phase, struct err *e)
{
    struct schematron_options o = {.name = "rules.sch", .phase = phase, .externals = externals, .languages = languages};
    return schematron_open(rules, strlen(rules), &o, e);
}

static void expect(const char *rules, const char *phase, const char *document, const char *expected)
{
    struct err e = {0};
    struct buf b;
    struct schematron_counts counts = {0};
    buf_init(&b, 1 << 20);
    struct schematron *s = open_rules(rules, phase, &e);
    if (!s)
        fail_msg("%s", e.text);
    xmlDocPtr doc = xmlReadMemory(document, (int)strlen(document), "d.xml", NULL, 0);
    struct bound *frame = bound_new();
    assert_non_null(doc);
    assert_non_null(frame);
    bound_put(frame, bound_name(frame, "credits", 7), "120");
    bound_put(frame, bound_name(frame, "zero", 4), "0");
    assert_int_equal(schematron_bind(s, "register", frame, &e), FLOW_OK);
    for (int again = 0; again < 2; again++) { /* a second run of the same object gives the same */
        buf_reset(&b);
        assert_int_equal(schematron_run(s, doc, record, &b, &counts, &e), FLOW_OK);
        assert_string_equal(buf_str(&b), expected);
    }
    schematron_close(s);
    xmlFreeDoc(doc);
    bound_free(frame);
    buf_fini(&b);
}

static void refused(const char *rules, const char *phase, const char *why)
{
    struct err e = {0};
    struct schematron *s = open_rules(rules, phase, &e);
    assert_null(s);
    assert_int_equal(e.status, STATUS_CONFIG);
    if (!strstr(e.text, why))
        fail_msg("\"%s\" does not say \"%s\"", e.text, why);
}

static void an_assert_speaks_when_false_a_report_when_true(void **state)
{
    (void)state;
    expect(HEAD "<pattern><rule context='/r:d'><assert id='A' test='r:n = 1'>faux</assert><assert id='B' test='r:n = "
                "2'>vrai</assert>"
                "<report id='C' test='r:n = 2'>dit</report><report id='D' test='r:n = "
                "1'>tait</report></rule></pattern></schema>",
           NULL, DOC("<n>2</n>"), "failed A [d] faux|faux\nfailed C [d] dit|dit\n");
}

static void only_the_first_rule_that_matches_a_node_fires(void **state)
{
    (void)state;
    expect(
        HEAD
        "<pattern><rule context='r:n[. = 1]'><report id='A' test='true()'>un</report></rule>"
        "<rule context='r:n'><report id='B' test='true()'><value-of select='.'/></report></rule>"
        "<rule context='/r:d/r:n'><report id='C' test='true()'>jamais</report></rule></pattern>"
        "<pattern><rule context='r:n[1]'><report id='D' test='true()'>autre motif</report></rule></pattern></schema>",
        NULL, DOC("<n>1</n><n>2</n><n>3</n>"),
        "failed A [n] un|un\nfailed B [n] 2|2\nfailed B [n] 3|3\nfailed D [n] autre motif|autre motif\n");
}

static void a_guard_makes_the_rest_not_evaluable(void **state)
{
    (void)state;
    static const char rules[] = HEAD "<pattern id='A01'><rule context='/r:d[not(number(r:n) = number(r:n))]'><report "
                                     "role='not-evaluable' id='A01.ne' test='true()'>"
                                     "absent</report></rule><rule context='/r:d'><assert id='A01' test='number(r:n) "
                                     "&lt; 5'>trop</assert></rule></pattern></schema>";
    expect(rules, NULL, DOC("<n/>"), "not-evaluable A01.ne [d] absent|absent\n");
    expect(rules, NULL, DOC("<n>4</n>"), "");
    expect(rules, NULL, DOC("<n>7</n>"), "failed A01 [d] trop|trop\n");
}

static void variables_belong_to_schema_phase_pattern_and_rule(void **state)
{
    (void)state;
    static const char rules[] =
        HEAD "<let name='all' value='count(/r:d/r:n)'/><phase id='p'><let name='ph' value='10'/><active "
             "pattern='x'/></phase>"
             "<pattern id='x'><let name='first' value='/r:d/r:n[1]'/><rule context='r:n[. &gt; $first]'><let "
             "name='twice' value='. * 2'/>"
             "<let name='four' value='$twice * 2'/><report id='A' test='$four + $all &gt; 0'><value-of "
             "select='$four'/>/<value-of "
             "select='$all'/></report></rule></pattern>"
             "<pattern id='y'><rule context='/r:d'><report id='B' test='true()'>y</report></rule></pattern></schema>";
    expect(rules, "p", DOC("<n>1</n><n>2</n><n>3</n>"), "failed A [n] 8/3|8/3\nfailed A [n] 12/3|12/3\n");
    expect(rules, NULL, DOC("<n>1</n><n>2</n>"), "failed A [n] 8/2|8/2\nfailed B [d] y|y\n");
}

static void bound_elements_are_variables(void **state)
{
    (void)state;
    expect(HEAD "<pattern><rule context='/r:d[not($register/@credits)]'><report id='A.ne' role='not-evaluable' "
                "test='true()'>x</report></rule>"
                "<rule context='/r:d'><assert id='A' test='r:n = $register/@credits'>crédits <value-of "
                "select='$register/@credits'/>"
                "</assert></rule></pattern>"
                "<pattern><rule context='/r:d[not($previous/@n)]'><report id='B.ne' role='not-evaluable' "
                "test='true()'>x</report></rule>"
                "</pattern></schema>",
           NULL, DOC("<n>12</n>"), "failed A [d] crédits 120|crédits 120\nnot-evaluable B.ne [d] x|x\n");
}

static void diagnostics_speak_the_other_language(void **state)
{
    (void)state;
    expect(HEAD "<pattern><rule context='r:n'><let name='v' value='string(.)'/><assert id='A' test='false()' "
                "diagnostics='A.en A.de'>"
                "  valeur\n <emph>fausse</emph> : <value-of select='$v'/> dans <name/> de <name "
                "path='..'/></assert></rule></pattern>"
                "<diagnostics><diagnostic id='A.de' xml:lang='de'>falsch</diagnostic>"
                "<diagnostic id='A.en' xml:lang='en-GB'>wrong value: <value-of "
                "select='$v'/></diagnostic></diagnostics></schema>",
           NULL, DOC("<n>7</n>"), "failed A [n] valeur fausse : 7 dans n de d|wrong value: 7\n");
}

static void what_stops_is_shown_never_passed(void **state)
{
    (void)state;
    /* $register is a node-set: count() of a string is a type error only when it runs. */
    expect(HEAD "<let name='bad' value='count(string($register/@credits))'/><pattern><rule context='/r:d'><assert "
                "id='A' test='$bad = 0'>a"
                "</assert><report id='B' test='sum(string(r:n))'>b</report><assert id='C' "
                "test='false()'>c</assert></rule></pattern>"
                "<pattern><rule context='/r:d[count(\"x\") = 1]'><assert id='D' test='true()'>d</assert></rule>"
                "<rule context='/r:d'><assert id='E' test='true()'>e</assert></rule></pattern></schema>",
           NULL, DOC("<n>7</n>"),
           "crashed A [d] |a value of another type was expected\ncrashed B [d] |a value of another type was expected\n"
           "failed C [d] c|c\ncrashed D [/] |a value of another type was expected\n"
           "crashed E [/] |a value of another type was expected\n");
}

static void contexts_match_wherever_they_stand(void **state)
{
    (void)state;
    expect(HEAD
           "<pattern><rule context='r:a/r:n | /r:d/r:n | @k'><report id='A' test='true()'><value-of "
           "select='.'/></report></rule>"
           "</pattern><pattern><rule context='/'><report id='B' test='r:d'>racine</report></rule></pattern></schema>",
           NULL, DOC("<n k='0'>1</n><b><a><n>2</n></a><n>3</n></b>"),
           "failed A [n] 1|1\nfailed A [k] 0|0\nfailed A [n] 2|2\nfailed B [/] racine|racine\n");
}

static void faults_of_a_schema_are_found_on_reading(void **state)
{
    (void)state;
    refused(HEAD "<pattern><rule context='/r:d'><assert id='A' test='$nobody'>x</assert></rule></pattern></schema>",
            NULL, "rules.sch:1: A: unknown variable \"nobody\"");
    refused(HEAD "<pattern><rule context='/r:d'><assert id='A' test='q:n'>x</assert></rule></pattern></schema>", NULL,
            "prefix \"q\"");
    refused(
        HEAD
        "<pattern><rule context='/r:d'><assert id='A' test='matches(., \"a\")'>x</assert></rule></pattern></schema>",
        NULL, "function \"matches\"");
    refused(HEAD "<pattern><rule context='/r:d['><assert id='A' test='1'>x</assert></rule></pattern></schema>", NULL,
            "no XPath 1.0");
    refused(HEAD "<pattern><rule context='/r:d'><assert test='1'>x</assert></rule></pattern></schema>", NULL, "no id");
    refused(HEAD "<pattern><rule context='/r:d'><assert id='A' test='1'>x</assert><assert id='A' "
                 "test='1'>x</assert></rule></pattern></schema>",
            NULL, "used twice");
    refused(HEAD "<pattern><rule context='/r:d'><extends rule='z'/></rule></pattern></schema>", NULL, "<extends>");
    refused(
        HEAD
        "<pattern><rule context='/r:d'><assert id='A' test='1' diagnostics='no'>x</assert></rule></pattern></schema>",
        NULL, "diagnostic");
    refused(HEAD "<let name='a' value='$b'/><let name='b' value='1'/></schema>", NULL, "unknown variable \"b\"");
    refused(HEAD "</schema>", "absent", "no phase \"absent\"");
    refused("<schema/>", NULL, "no ISO Schematron");
    refused(HEAD "<pattern>", NULL, "not well-formed");
}

static void a_numeric_test_without_guard_is_named(void **state)
{
    (void)state;
    struct err e = {0};
    int line = 0;
    struct schematron *s =
        open_rules(HEAD "<pattern><rule context='/r:d'><assert id='T' test='contains(., \"a-b &lt; c\")'>x</assert>"
                        "</rule></pattern>\n<pattern><rule context='/r:d'><assert id='N' test='r:n * 2 = 4'>x</assert>"
                        "</rule></pattern></schema>",
                   NULL, &e);
    assert_non_null(s);
    assert_string_equal(schematron_unguarded(s, &line), "N");
    assert_int_equal(line, 2);
    assert_int_equal(schematron_rules(s), 2);
    assert_string_equal(schematron_test(s, schematron_rule(s, 1).first).id, "N");
    schematron_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_assert_speaks_when_false_a_report_when_true),
        cmocka_unit_test(only_the_first_rule_that_matches_a_node_fires),
        cmocka_unit_test(a_guard_makes_the_rest_not_evaluable),
        cmocka_unit_test(variables_belong_to_schema_phase_pattern_and_rule),
        cmocka_unit_test(bound_elements_are_variables),
        cmocka_unit_test(diagnostics_speak_the_other_language),
        cmocka_unit_test(what_stops_is_shown_never_passed),
        cmocka_unit_test(contexts_match_wherever_they_stand),
        cmocka_unit_test(faults_of_a_schema_are_found_on_reading),
        cmocka_unit_test(a_numeric_test_without_guard_is_named),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
