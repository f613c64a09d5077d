/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/hosts.h"
#include "extract/proxy.h"
#include "extract/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *canonical, *host;
    int port;
} accepted[] = {
    {"https://PRE.Example/a.xml", "https://pre.example/a.xml", "pre.example", 443},
    {"http://h:8080", "http://h:8080/", "h", 8080},
    {"https://h:443/x", "https://h/x", "h", 443},
    {"http://h?q=1", "http://h/?q=1", "h", 80},
    {"http://h/a#part", "http://h/a", "h", 80},
    {"http://[2001:DB8::1]:81/a", "http://[2001:db8::1]:81/a", "2001:db8::1", 81},
    {"http://h/\xc3\xa9t\xc3\xa9 1.xml", "http://h/%C3%A9t%C3%A9%201.xml", "h", 80},
    {"sftp://h/~/retour.xml", "sftp://h/~/retour.xml", "h", 22},
    {"ftps://h/a", "ftps://h/a", "h", 990},
    {"FILE:///srv/a.xml", "file:///srv/a.xml", "", 0},
    {"file://localhost/srv/a.xml", "file:///srv/a.xml", "", 0},
};

static void addresses_are_made_canonical(void **state)
{
    (void)state;
    struct url u;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        const char *why = url_parse(accepted[i].text, &u);
        if (why)
            fail_msg("%s: %s", accepted[i].text, why);
        assert_string_equal(u.text, accepted[i].canonical);
        assert_string_equal(u.host, accepted[i].host);
        assert_int_equal(u.port, accepted[i].port);
    }
}

static void what_is_not_understood_is_refused(void **state)
{
    static const char *const refused[] = {"",
                                          "h/a",
                                          "gopher://h/",
                                          "ftp://h/",
                                          "http:///a",
                                          "http://u:p@h/",
                                          "https://u@h/",
                                          "http://h:0/",
                                          "http://h:70000/",
                                          "http://h:8o/",
                                          "http://h a/",
                                          "http://h\\x/",
                                          "sftp://h/folder/",
                                          "ftps://h",
                                          "http://\xc3\xa9t\xc3\xa9.example/",
                                          "http://[::1/",
                                          "http://h/a\nb",
                                          "http://h/a\x7f",
                                          "file://server/share",
                                          "javascript:alert(1)",
                                          "http://h%2f/",
                                          "http://h:80:90/"};
    (void)state;
    struct url u;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (!url_parse(refused[i], &u))
            fail_msg("accepted: %s", refused[i]);
    char *longest = malloc(URL_MAX + 100);
    (void)snprintf(longest, URL_MAX + 100, "http://h/%0*d", URL_MAX, 0);
    assert_non_null(url_parse(longest, &u));
    free(longest);
}

/* RFC 3986 §5.4, the examples a redirect can bring. */
static void references_are_resolved(void **state)
{
    static const char *const cases[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"g#s", "http://a/b/c/g"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"g/./h", "http://a/b/c/g/h"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g/../h", "http://a/b/c/h"},
        {"https://x/y", "https://x/y"},
        {" /trimmed", "http://a/trimmed"},
    };
    (void)state;
    struct url base, u;
    assert_null(url_parse("http://a/b/c/d;p?q", &base));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = url_join(&base, cases[i][0], strlen(cases[i][0]), &u);
        if (why)
            fail_msg("%s: %s", cases[i][0], why);
        if (strcmp(u.text, cases[i][1]) != 0)
            fail_msg("%s: expected %s, got %s", cases[i][0], cases[i][1], u.text);
    }
    assert_non_null(url_join(&base, "", 0, &u));
    assert_non_null(url_join(&base, "mailto:x@y", 10, &u));
    assert_non_null(url_join(&base, "//u:p@h/", 8, &u));
}

static void proxies_come_from_the_environment_and_no_proxy_wins(void **state)
{
    (void)state;
    struct url u;
    (void)setenv("http_proxy", "http://p:1", 1);
    (void)setenv("HTTPS_PROXY", "http://q:2", 1);
    (void)setenv("HTTP_PROXY", "http://attacker:3", 1);
    (void)setenv("no_proxy", "example.org, .inner.example,10.0.0.1", 1);
    static const char *const cases[][2] = {{"http://h/", "http://p:1"},
                                           {"https://h/", "http://q:2"},
                                           {"http://example.org/", ""},
                                           {"http://www.example.org/", ""},
                                           {"http://notexample.org/", "http://p:1"},
                                           {"https://a.inner.example/", ""},
                                           {"http://10.0.0.1/", ""},
                                           {"sftp://h/x", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(url_parse(cases[i][0], &u));
        assert_string_equal(proxy_for(&u), cases[i][1]);
    }
    (void)unsetenv("http_proxy");
    assert_null(url_parse("http://h/", &u));
    assert_string_equal(proxy_for(&u), "");
    (void)setenv("no_proxy", "*", 1);
    assert_null(url_parse("https://h/", &u));
    assert_string_equal(proxy_for(&u), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_made_canonical),
        cmocka_unit_test(what_is_not_understood_is_refused),
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(proxies_come_from_the_environment_and_no_proxy_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
