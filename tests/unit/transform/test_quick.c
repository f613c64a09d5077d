/* SPDX-License-Identifier: Apache-2.0 */
/* The quick engine against libxml2: the same expressions, nodes and variables give the same type and value, bit for
 * bit. Expressions are written by hand for each construct; what they have in common is shared, so what the engine keeps
 * of one is met by others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/transform/quick_both.h"

#include <libxml/parser.h>

#include <string.h>

static void compare_everywhere(struct both *b, const char *text, int known)
{
    xmlNode *root = xmlDocGetRootElement(b->doc);
    xmlNode *const places[] = {(xmlNode *)b->doc, root, root->children, root->children->next,
                               (xmlNode *)root->properties};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (both_compare(b, text, places[i]) != known)
            fail_msg("\"%s\" is %s the part known", text, known ? "not in" : "in");
}

static const char *const constructs[] = {
    "r:a",
    "/r:d/r:a",
    "/",
    "/*",
    "*",
    ".",
    "..",
    "../r:a",
    "../../r:d",
    "@k",
    "/r:d/@*",
    "../@c",
    "r:a/@c",
    "self::r:d",
    "r:a[self::r:a]",
    "u:z",
    "z",
    "/r:d/r:e/r:a[@c = 'G']",
    "r:a[. = 12]",
    "r:a[@c][. > 2]",
    "r:a[not(@c)]",
    "$row",
    "$row/@k",
    "$row/r:a[@c = 'F']",
    "$n",
    "$s",
    "number(r:a)",
    "number(r:none)",
    "number()",
    "number(r:b)",
    "number(/r:d/r:b[2])",
    "string(.)",
    "string(@k)",
    "string()",
    "string(1 div 3)",
    "string(1 div 0)",
    "string(-1 div 0)",
    "string(0 div 0)",
    "string(1000000000000)",
    "string(0.1)",
    "string(true())",
    "string(r:none)",
    "count(r:a)",
    "count(/r:d/*)",
    "sum(r:a)",
    "sum(r:g)",
    "sum(/r:d/r:a[. > 1])",
    "round(2.5)",
    "round(-2.5)",
    "round(-0.2)",
    "round(0.4)",
    "floor(-1.5)",
    "ceiling(-1.5)",
    "ceiling(r:a)",
    "7 mod 3",
    "-7 mod 3",
    "5.5 mod 2",
    "1 + 2 * 3 - 4 div 8",
    "-(1 + 2)",
    "--1",
    "-r:a",
    "r:a = 12",
    "r:a != 12",
    "r:a < r:b",
    "r:a >= 12",
    "12 <= r:a",
    "r:a = 'x'",
    "'x' != r:a",
    "r:a = r:b",
    "r:a != r:b",
    "r:none = r:a",
    "r:none != 1",
    "r:a = true()",
    "true() != r:none",
    "r:none < true()",
    "true() > r:a",
    "'1' = 1",
    "'a' = 'a'",
    "1 = true()",
    "'' = false()",
    "$s = $n",
    "$row/r:a = $n",
    "$n < '13'",
    "not(r:a)",
    "not(r:none) and r:a or false()",
    "boolean('false')",
    "boolean(0)",
    "boolean($n)",
    "boolean(0 div 0)",
    "concat('a', @k, 1, $s)",
    "contains('abc', 'b')",
    "contains(., 'hiver')",
    "starts-with(@m, ' ')",
    "starts-with('a', '')",
    "string-length(.)",
    "string-length('été')",
    "string-length()",
    "normalize-space(.)",
    "normalize-space('  a  b ')",
    "normalize-space()",
    "substring('12345', 2, 3)",
    "substring('12345', 1.5, 2.6)",
    "substring('12345', 0, 3)",
    "substring('12345', 2)",
    "substring('été', 2, 1)",
    "substring('12345', 0 div 0, 3)",
    "substring('12345', -42, 1 div 0)",
    "/r:d[not(number(r:a) >= 0) or number(r:b) = 12.5]",
    "number(r:a[@c = 'G']) <= number($row/r:e/r:a)",
    "r:e/r:f[string(.)]",
    "(1 + 1) * 2",
    "(r:a) = 12",
    "child::r:a",
    ".5 + 5.",
    "'\"'",
    "\"'\"",
    "r:a/..",
    "count(r:a/r:none)",
    "sum(r:none)",
    "$n/@k",
    "sum(r:b) > 1",
    "count($row/r:a) = 3",
    "r:a | r:b",
    "r:b | r:a | r:b",
    "/r:d/r:e/r:f | r:a | @k | . | /",
    "count(r:a | r:e/r:a | /r:d/r:a)",
    "sum(r:g | r:a | r:b[. > 1])",
    "string(r:g | r:b)",
    "$row/r:e | $row/r:a",
    "(r:a | r:b) = 12.5",
    "r:e[r:a | r:none]",
    "-(r:a | r:b)",
    "$bound",
    "$bound/@k",
    "$bound/@k | $bound/@m",
    "$bound/@none",
    "$bound/@A.x = $bound/@m",
    "$bound/@*",
    "$bound/@k[. = 12]",
    "$bound/@k/..",
    "$bound/r:a",
    "count($bound/@*[. = $row/r:a])",
    "r:a[@c = 'G'] | r:e/r:a[@c = 'G']",
    "r:a[@c = 'G']/@c | r:a[@c = 'G']",
};

static void every_construct_gives_what_libxml2_gives(void **state)
{
    (void)state;
    struct both b;
    both_begin(&b);
    for (size_t i = 0; i < sizeof constructs / sizeof *constructs; i++) {
        int unknown = strcmp(constructs[i], "number(/r:d/r:b[2])") == 0 || strcmp(constructs[i], "r:a/..") == 0 ||
                      strcmp(constructs[i], "$bound/@k/..") == 0;
        compare_everywhere(&b, constructs[i], !unknown);
    }
    both_end(&b);
}

static void what_is_not_known_is_left_to_libxml2(void **state)
{
    (void)state;
    static const char *const texts[] = {"//r:a",           "r:a[1]",          "r:a[last()]",
                                        "r:a | 1",         "$n | r:a",        "$row/r:a | $bound/@k",
                                        "(r:a | r:b)/r:c", "$unknown",        "r:a[$n]",
                                        "position()",      "id('x')",         "ancestor::r:d",
                                        "text()",          "r:a[count(r:b)]", "translate('a', 'a', 'b')",
                                        "(r:a)[1]",        "name()",          "q:a",
                                        "$n[1]",           "count($row)",     "sum(1)"};
    struct both b;
    both_begin(&b);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (both_compile(&b, texts[i]))
            fail_msg("\"%s\" compiles", texts[i]);
    both_end(&b);
}

/* What was kept must not outlive what it was made of: the tree changes in place, then another row is bound. */
static void what_is_kept_goes_with_the_stamp(void **state)
{
    (void)state;
    static const char *const texts[] = {"number(r:a) + number(r:a)",
                                        "count(r:a[number(.) > 2]) - sum(r:a[number(.) > 2])",
                                        "number($bound/@k) = 12 or number($bound/@k) = 0", "r:a[. = $bound/@k] | r:a"};
    struct both b;
    both_begin(&b);
    for (size_t first = 0; first < 6; first++) {
        both_bind(&b, first);
        xmlNodeSetContent(b.row->children, BAD_CAST both_numbers[first]);
        b.machine.stamp = ++b.stamp;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            for (unsigned again = 0; again < 2; again++)
                assert_int_equal(both_compare(&b, texts[i], b.row), 1);
    }
    both_end(&b);
}

/* A path that reaches more nodes than are kept gives them all. */
static void more_nodes_than_are_kept(void **state)
{
    (void)state;
    struct both b;
    both_begin(&b);
    for (unsigned i = 0; i < 3000; i++)
        (void)xmlNewTextChild(b.row, b.row->ns, BAD_CAST(i % 3 ? "a" : "b"), BAD_CAST "3");
    b.machine.stamp = ++b.stamp;
    for (unsigned again = 0; again < 3; again++) {
        assert_int_equal(both_compare(&b, "count(r:a) + sum(r:a)", b.row), 1);
        assert_int_equal(both_compare(&b, "count(r:a/@c) + count(r:a | r:b)", b.row), 1);
        assert_int_equal(both_compare(&b, "r:a[. = 3] | r:b", b.row), 1);
    }
    both_end(&b);
}

/* Both sets of a union, far larger than what is compared by walking, in a time that the test would notice. */
static void many_nodes_are_united_in_document_order(void **state)
{
    (void)state;
    enum { CHILDREN = 60000 };
    struct both b;
    struct quick_value v;
    both_begin(&b);
    for (unsigned i = 0; i < CHILDREN; i++)
        (void)xmlNewTextChild(b.row, b.row->ns, BAD_CAST(i % 7 < 3 ? "a" : "b"), NULL);
    b.machine.stamp = ++b.stamp;
    const struct quick *q = both_compile(&b, "r:b | r:a");
    quick_evaluate(&b.machine, q, b.row, &b.values, &v);
    assert_int_equal(b.machine.fault, QUICK_OK);
    assert_int_equal(v.count, CHILDREN + 7);
    const xmlNode *at = b.row->children;
    for (size_t i = 0; i < v.count; i++, at = at->next) {
        while (strcmp((const char *)at->name, "a") != 0 && strcmp((const char *)at->name, "b") != 0)
            at = at->next;
        assert_ptr_equal(v.nodes[i], at);
    }
    both_end(&b);
}

/* A full arena is the fault of the expression and its document, never of the machine. */
static void too_much_to_hold_is_no_lack_of_memory(void **state)
{
    (void)state;
    struct both b;
    struct quick_value v;
    both_begin(&b);
    b.machine.scratch.max = 16;
    quick_evaluate(&b.machine, both_compile(&b, "concat('123456789', '123456789')"), b.row, &b.values, &v);
    assert_int_equal(b.machine.fault, QUICK_STEPS);
    both_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_construct_gives_what_libxml2_gives),
        cmocka_unit_test(what_is_not_known_is_left_to_libxml2),
        cmocka_unit_test(what_is_kept_goes_with_the_stamp),
        cmocka_unit_test(more_nodes_than_are_kept),
        cmocka_unit_test(many_nodes_are_united_in_document_order),
        cmocka_unit_test(too_much_to_hold_is_no_lack_of_memory),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
