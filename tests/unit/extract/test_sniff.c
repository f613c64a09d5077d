/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/sniff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct look {
    const char *text;
    size_t len; /* 0: strlen */
    int empty, html, appended, element, closed;
};

static const struct look looks[] = {
    {"", 0, 1, 0, 0, 0, 0},
    {" \r\n\t", 0, 1, 0, 0, 0, 0},
    {"<r/>", 0, 0, 0, 0, 1, 1},
    {"<r a='1' />\n", 0, 0, 0, 0, 1, 1},
    {"<r></r>", 0, 0, 0, 0, 1, 1},
    {"\xef\xbb\xbf<?xml version=\"1.0\"?><!-- c --><r><n>1</n></r >\n<!-- after --><?pi?>\n", 0, 0, 0, 0, 1, 1},
    {"<r><n>1</n>", 0, 0, 0, 0, 1, 0},
    {"<r><n>1</n></rr>", 0, 0, 0, 0, 1, 0},
    {"<r><n>1</n></r", 0, 0, 0, 0, 1, 0},
    {"<p:r xmlns:p='u'><p:n/></p:r>", 0, 0, 0, 0, 1, 1},
    {"<r><n/></r>trailing", 0, 0, 0, 0, 1, 0},
    {"<r><n/></r><!DOCTYPE html><html></html>", 0, 0, 0, 1, 1, 0},
    {"<r><n/></r>\n<html></html>", 0, 0, 0, 1, 1, 0},
    {"<html><body/></html>", 0, 0, 1, 0, 1, 1},
    {"<!DOCTYPE html>\n<html>", 0, 0, 1, 0, 1, 0},
    {"<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><HTML>", 0, 0, 1, 0, 1, 0},
    {"<!-- login --><xhtml:html xmlns:xhtml='x'/>", 0, 0, 1, 0, 1, 1},
    {"<head><title>login</title></head>", 0, 0, 1, 0, 1, 1},
    {"<br />\n<b>Warning</b>", 0, 0, 1, 0, 1, 0},
    {"<body xmlns='urn:enquiry'/>", 0, 0, 0, 0, 1, 1},
    {"<p:body/>", 0, 0, 0, 0, 1, 1},
    {"<bodyguard/>", 0, 0, 0, 0, 1, 1},
    {"<r><n/></r><SCRIPT src='x'></SCRIPT>", 0, 0, 0, 1, 1, 0},
    {"<r><n/></r><n/>", 0, 0, 0, 0, 1, 0},
    {"<!DOCTYPE r [<!ENTITY x \"y>\">]><r>&x;</r>", 0, 0, 0, 0, 1, 1},
    {"{\"error\": 1}", 0, 0, 0, 0, 0, 0},
    {"%PDF-1.4", 0, 0, 0, 0, 0, 0},
    {"<", 0, 0, 0, 0, 0, 0},
    {"<!--", 0, 0, 0, 0, 0, 0},
    {"\xff\xfe<\0r\0/\0>\0", 10, 0, 0, 0, 1, 1},
    {"\xfe\xff\0<\0h\0t\0m\0l\0>", 14, 0, 1, 0, 1, 0},
    {"<\0r\0>\0", 6, 0, 0, 0, 1, 0},
};

static void bodies_are_told_apart_without_parsing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        const struct look *l = &looks[i];
        struct sniff s = sniff_body(l->text, l->len ? l->len : strlen(l->text));
        if (s.empty != l->empty || s.html != l->html || s.html_appended != l->appended || s.element != l->element ||
            s.closed != l->closed)
            fail_msg("%zu '%s': empty %d html %d appended %d element %d closed %d", i, l->text, s.empty, s.html,
                     s.html_appended, s.element, s.closed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bodies_are_told_apart_without_parsing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
