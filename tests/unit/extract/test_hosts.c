/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/hosts.h"
#include "schemas/run/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct hosts *open_table(const char *text)
{
    char path[] = "/tmp/pre-hosts-XXXXXX";
    struct err e = {STATUS_OK, ""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    struct hosts *h = hosts_open(path, &e);
    (void)unlink(path);
    if (!h)
        fail_msg("%s", e.text);
    return h;
}

static void a_host_is_found_by_its_port_first_then_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        long parallel; /* 0: no row */
    } cases[] = {
        {"http://a.example/", 1},     {"http://a.example:81/", 2},     {"https://A.Example:81/", 2},
        {"http://a.example:82/", 1},  {"http://b.example/", 0},        {"http://b.example:81/", 3},
        {"http://[2001:DB8::1]/", 4}, {"http://[2001:db8::1]:81/", 5}, {"http://[2001:db8::2]/", 6},
        {"http://ba.example/", 0},    {"sftp://c.example/x", 7},       {"sftp://c.example:23/x", 0},
    };
    struct hosts *h = open_table("host,parallel\nA.example,1\na.EXAMPLE:81,2\nb.example:81,3\n2001:db8::1,4\n"
                                 "[2001:DB8::1]:81,5\n[2001:db8::2],6\nc.example:22,7\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url u;
        assert_null(url_parse(cases[i].address, &u));
        const struct host_rule *r = hosts_find(h, &u);
        if ((r ? r->parallel : 0) != cases[i].parallel)
            fail_msg("%s: row %ld", cases[i].address, r ? r->parallel : 0);
    }
    hosts_close(h);
}

/* cle is a secret of one host, jeton of another, which gives its value too. */
static void secret_parameters_are_masked_wherever_an_address_stands_and_only_they(void **state)
{
    (void)state;
    static const struct {
        enum hosts_text kind;
        const char *text, *masked;
    } cases[] = {
        {HOSTS_URL,
         "https://h/a?x=1&cle=s%20ecret&cle2=visible&cle=", "https://h/a?x=1&cle=masked&cle2=visible&cle=masked"},
        {HOSTS_URL, "https://h/a?cle=one,two;three&jeton=abc", "https://h/a?cle=masked&jeton=masked"},
        {HOSTS_URL, "https://h/cle=in-the-path", "https://h/cle=in-the-path"},
        {HOSTS_URL, "https://h/a?acle=visible", "https://h/a?acle=visible"},
        {HOSTS_TABLE, "u,https://h/?cle=one,07\nv;https://h/?cle=two;08\n",
         "u,https://h/?cle=masked,07\nv;https://h/?cle=masked;08\n"},
        {HOSTS_TABLE, "u,\"https://h/?cle=one,two\",07\n", "u,\"https://h/?cle=masked\",07\n"},
        {HOSTS_HEAD, "HTTP/1.1 302 Found\r\nLocation: /b?cle=one,two\r\nLink: </c?jeton=abc>; rel=next\r\n\r\n",
         "HTTP/1.1 302 Found\r\nLocation: /b?cle=masked\r\nLink: </c?jeton=masked>; rel=next\r\n\r\n"},
    };
    struct hosts *h = open_table("host,secret_parameter\na.example,cle\nb.example,jeton=abc\nc.example,\n");
    assert_int_equal(hosts_have_secrets(h), 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        struct err e = {STATUS_OK, ""};
        buf_init(&out, 10000);
        assert_int_equal(hosts_mask(h, cases[i].kind, cases[i].text, strlen(cases[i].text), &out, &e), FLOW_OK);
        assert_string_equal(buf_str(&out), cases[i].masked);
        buf_fini(&out);
    }
    hosts_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_found_by_its_port_first_then_by_its_name),
        cmocka_unit_test(secret_parameters_are_masked_wherever_an_address_stands_and_only_they),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
