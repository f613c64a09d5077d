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

/* cle is a secret of one host, jeton of another, which gives its value too. */
static struct hosts *open_table(void)
{
    char path[] = "/tmp/pre-hosts-XXXXXX";
    static const char text[] = "host,secret_parameter\na.example,cle\nb.example,jeton=abc\nc.example,\n";
    struct err e = {STATUS_OK, ""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    struct hosts *h = hosts_open(path, &e);
    (void)unlink(path);
    if (!h)
        fail_msg("%s", e.text);
    return h;
}

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
    struct hosts *h = open_table();
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
        cmocka_unit_test(secret_parameters_are_masked_wherever_an_address_stands_and_only_they),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
