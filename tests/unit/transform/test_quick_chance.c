/* SPDX-License-Identifier: Apache-2.0 */
/* The quick engine against libxml2, by chance: expressions made from the grammar are asked of documents made by chance,
 * which hold what returns hold, and what they should not. All expressions of a round share what they have in common.
 * With a number as argument, that many comparisons (40000 without), and with a second one, from that seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/transform/quick_both.h"

#include <libxml/parser.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget_expressions(struct both *b)
{
    arena_reset(&b->arena);
    b->pool = (struct quick_pool){.arena = &b->arena};
}

/* ---- chance ---- */
static uint32_t seed = 20220512;
static unsigned long comparisons = 40000;

static unsigned chance(unsigned n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % n;
}

#define ANY(list) ((list)[chance(sizeof(list) / sizeof *(list))])

/* A text that grows at its end and is cut where it is full. */
struct text {
    char at[6000];
    size_t len;
};

static void add(struct text *t, const char *s)
{
    size_t n = strlen(s), room = sizeof t->at - 1 - t->len;
    n = n < room ? n : room;
    memcpy(t->at + t->len, s, n);
    t->len += n;
    t->at[t->len] = '\0';
}

/* ---- documents ---- */
static void make_attributes(struct text *t)
{
    static const char *const names_[] = {"c", "k", "m", "u:c", "u:k"};
    for (size_t i = 0; i < sizeof names_ / sizeof *names_; i++)
        if (!chance(3)) {
            static const char *const codes[] = {"G", "F", "12", "", "x"};
            add(t, " ");
            add(t, names_[i]);
            add(t, "='");
            add(t, chance(2) ? ANY(codes) : ANY(both_numbers));
            add(t, "'");
        }
}

static void make_element(struct text *t, unsigned depth)
{
    static const char *const tags[] = {"a", "a", "b", "e", "f", "g", "u:a", "u:z", "z xmlns=''", "a xmlns='urn:u'"};
    const char *tag = ANY(tags);
    size_t n = strcspn(tag, " ");
    char close[16];
    (void)snprintf(close, sizeof close, "</%.*s>", (int)n, tag);
    add(t, "<");
    add(t, tag);
    make_attributes(t);
    if (!chance(8)) {
        add(t, "/>");
        return;
    }
    add(t, ">");
    unsigned parts = depth < 4 ? chance(5) : 1;
    for (unsigned i = 0; i < parts; i++) {
        unsigned kind = chance(depth < 4 ? 12 : 6);
        if (kind >= 5) {
            make_element(t, depth + 1);
        } else if (kind == 4) {
            add(t, "<!--1-->");
        } else if (kind == 3) {
            add(t, "<?p 1?>");
        } else if (kind == 2) {
            add(t, "<![CDATA[3]]>");
        } else {
            add(t, ANY(both_numbers));
        }
    }
    add(t, close);
}

static xmlDocPtr make_document(void)
{
    xmlDocPtr doc = NULL;
    while (!doc) {
        static struct text t;
        t.len = 0;
        add(&t, "<!--1--><d xmlns='urn:t' xmlns:u='urn:u'");
        make_attributes(&t);
        add(&t, ">");
        for (unsigned i = chance(8); i > 0; i--)
            make_element(&t, 1);
        add(&t, "</d><!--2-->");
        doc = xmlReadMemory(t.at, (int)t.len, "d", NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    }
    return doc;
}

/* An element, attribute or the document, by walking down at random. */
static xmlNodePtr make_place(xmlDocPtr doc)
{
    xmlNodePtr n = (xmlNodePtr)doc;
    while (chance(5)) {
        xmlNodePtr next = NULL;
        unsigned count = 0;
        for (xmlNodePtr c = n->children; c; c = c->next)
            if (c->type == XML_ELEMENT_NODE && chance(++count) == 0)
                next = c;
        if (!next)
            break;
        n = next;
    }
    return n->type == XML_ELEMENT_NODE && n->properties && !chance(4) ? (xmlNodePtr)n->properties : n;
}

/* ---- expressions ---- */
static void make(struct text *t, unsigned depth);

static void make_predicate(struct text *t, unsigned depth)
{
    static const char *const conditions[] = {"[@c = 'G']", "[number(.) >= 0]", "[@c]",
                                             "[. = 12]",   "[not(*)]",         "[r:a]",
                                             "[. != $n]",  "[string(.)]",      "[@* = $bound/@k]"};
    if (depth > 2 || chance(3)) {
        add(t, ANY(conditions));
        return;
    }
    add(t, "[boolean(");
    make(t, depth + 1);
    add(t, ")]");
}

static void make_path(struct text *t, unsigned depth)
{
    static const char *const starts[] = {"", "", "", "", "/", "/", "../", "../../", "$row/", "$bound/", "./"};
    static const char *const steps[] = {"r:a", "r:a", "r:b", "r:e", "r:f",  "r:g",  "*",  "u:a",       "u:z",
                                        "z",   ".",   "@c",  "@k",  "@u:c", "@A.x", "@*", "self::r:a", "r:d"};
    static const char *const wholes[] = {".", "..", "/", "/r:d", "/r:d/r:a", "$row", "$bound", "/r:d/r:e/r:a"};
    if (!chance(5)) {
        add(t, ANY(wholes));
        return;
    }
    add(t, ANY(starts));
    for (unsigned i = 1 + chance(3); i > 0; i--) {
        const char *step = ANY(steps);
        add(t, step);
        if (*step != '.' && !chance(4))
            make_predicate(t, depth);
        if (i > 1)
            add(t, "/");
    }
}

static void make_union(struct text *t, unsigned depth)
{
    make_path(t, depth);
    for (unsigned i = chance(6) ? 0 : 1 + chance(3); i > 0; i--) {
        add(t, " | ");
        make_path(t, depth);
    }
}

static void make_call(struct text *t, unsigned depth)
{
    static const char *const one[] = {"number(", "string(",        "not(",           "boolean(",
                                      "floor(",  "ceiling(",       "round(",         "(",
                                      "-(",      "string-length(", "string-length(", "normalize-space("};
    static const char *const two[] = {"concat(", "contains(", "starts-with(", "substring("};
    static const char *const of_paths[] = {"count(", "sum("};
    unsigned kind = chance(10);
    if (kind < 3) {
        add(t, ANY(of_paths));
        make_union(t, depth + 1);
    } else if (kind < 5) {
        const char *f = ANY(two);
        add(t, f);
        make(t, depth + 1);
        add(t, ", ");
        make(t, depth + 1);
        if ((*f == 'c' && f[2] == 'n' && f[3] == 'c' && chance(2)) || (f[1] == 'u' && chance(2))) {
            add(t, ", ");
            make(t, depth + 1);
        }
    } else {
        add(t, ANY(one));
        make(t, depth + 1);
    }
    add(t, ")");
}

static void make(struct text *t, unsigned depth)
{
    static const char *const leaves[] = {"12", "0",  "-1", "2.5",    "'12'",    "''",     "'x'",     "'G'",
                                         "$n", "$s", ".5", "true()", "false()", "'12.5'", "1000000", "0.1"};
    static const char *const operators[] = {" = ", " != ", " < ",   " <= ",  " > ",   " >= ", " + ",
                                            " - ", " * ",  " div ", " mod ", " and ", " or "};
    unsigned kind = depth > 3 ? chance(3) : chance(8);
    if (kind == 0) {
        add(t, ANY(leaves));
    } else if (kind <= 2) {
        make_union(t, depth);
    } else if (kind <= 4) {
        make_call(t, depth);
    } else {
        make(t, depth + 1);
        add(t, ANY(operators));
        make(t, depth + 1);
    }
}

/* Each expression is asked of two places in turn, so that what was kept for one meets the other. */
static void expressions_and_documents_made_by_chance_agree(void **state)
{
    (void)state;
    struct both b;
    unsigned long known = 0, made = 0;
    both_begin(&b);
    for (unsigned long i = 0; made < comparisons; i++) {
        static struct text t;
        if (i % 1000 == 0)
            forget_expressions(&b);
        if (i % 50 == 0)
            both_document(&b, make_document());
        if (i % 30 == 0)
            both_bind(&b, chance(BOTH_NUMBERS));
        t.len = 0;
        make(&t, 0);
        const xmlNodePtr places[] = {make_place(b.doc), make_place(b.doc)};
        for (unsigned k = 0; k < 4; k++, made++)
            known += (unsigned)both_compare(&b, t.at, places[k % 2]);
    }
    assert_true(known > comparisons / 2);
    both_end(&b);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        comparisons = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = (uint32_t)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(expressions_and_documents_made_by_chance_agree)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
