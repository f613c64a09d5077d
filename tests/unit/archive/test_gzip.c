/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/archive/gzip.h"
#include "tests/support/member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONTENT = 100000, LIMIT = 1 << 24 };

static char content[CONTENT];
static struct buf good;

static int setup(void **state)
{
    (void)state;
    uint32_t x = 12345;
    for (size_t i = 0; i < CONTENT; i++) {
        x = x * 1664525u + 1013904223u;
        content[i] = (char)('a' + (x >> 24) % 20);
    }
    struct err e;
    buf_init(&good, LIMIT);
    return member_put(content, CONTENT, &good, &e) != FLOW_OK;
}

static int teardown(void **state)
{
    (void)state;
    buf_fini(&good);
    return 0;
}

/* The five files: what each is, and the verdict. */
struct five {
    const char *name;
    size_t keep_front; /* bytes kept, or 0: all */
    size_t cut_end;    /* bytes dropped at the end */
    int flip_crc;
    enum gzip_fault right;
};

static const struct five cases[] = {
    {"cut in the middle", 0, 30000, 0, GZIP_CUT},
    {"trailer missing", 0, 8, 0, GZIP_CUT},
    {"CRC wrong", 0, 0, 1, GZIP_CORRUPT},
    {"header only", 10, 0, 0, GZIP_CUT},
    {"good", 0, 0, 0, GZIP_OK},
};

static size_t make(const struct five *c, char *out)
{
    size_t n = c->keep_front ? c->keep_front : good.len - c->cut_end;
    memcpy(out, good.data, n);
    if (c->flip_crc)
        out[n - 8] ^= 1;
    return n;
}

/* Reads a file to its end, so much at a time; *total counts its bytes, *sum tells one text from another. */
static enum flow read_by(const char *path, size_t room, size_t *total, uint64_t *sum, struct err *e)
{
    struct gzip_reader *r = gzip_reader_open(path, e);
    char *piece = malloc(room);
    assert_non_null(r);
    assert_non_null(piece);
    size_t got;
    enum flow f;
    *total = 0;
    *sum = 0;
    while ((f = gzip_reader_read(r, piece, room, &got, e)) == FLOW_OK) {
        *total += got;
        for (size_t i = 0; i < got; i++)
            *sum = *sum * 31 + (unsigned char)piece[i];
    }
    gzip_reader_close(r);
    free(piece);
    return f;
}

/* In small pieces, then with room for a member at once: whichever library does it, the verdict is the same. */
static enum flow read_file(const char *bytes, size_t n, size_t *total, struct err *e)
{
    char path[] = "/tmp/pre-gzip-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    struct err other = {0};
    size_t whole;
    uint64_t sum, same;
    enum flow f = read_by(path, 777, total, &sum, e);
    assert_int_equal(read_by(path, 256 << 10, &whole, &same, &other), f);
    unlink(path);
    if (f == FLOW_END) {
        assert_int_equal(whole, *total);
        assert_true(sum == same);
    } else {
        assert_string_equal(other.text, e->text);
    }
    return f;
}

static void the_five_files_get_their_verdict_in_memory_and_from_disk(void **state)
{
    (void)state;
    char *bytes = malloc(good.len);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct five *c = &cases[i];
        size_t n = make(c, bytes), total;
        struct buf out;
        struct err e = {0};
        buf_init(&out, LIMIT);
        enum gzip_fault f = gzip_inflate(bytes, n, 0, &out, &e);
        if (f != c->right)
            fail_msg("%s: expected %s, got %s", c->name, gzip_fault_text(c->right), gzip_fault_text(f));
        enum flow flow = read_file(bytes, n, &total, &e);
        if (flow != (c->right == GZIP_OK ? FLOW_END : FLOW_FATAL))
            fail_msg("%s from disk: flow %d (%s)", c->name, (int)flow, e.text);
        if (c->right == GZIP_OK) {
            assert_int_equal(out.len, CONTENT);
            assert_memory_equal(out.data, content, CONTENT);
            assert_int_equal(total, CONTENT);
        } else {
            assert_int_equal(e.status, STATUS_DATA);
        }
        buf_fini(&out);
    }
    free(bytes);
}

static void a_cut_anywhere_is_never_taken_for_whole(void **state)
{
    (void)state;
    struct buf small, out;
    struct err e;
    buf_init(&small, LIMIT);
    buf_init(&out, LIMIT);
    assert_int_equal(member_put("<r><n>1</n></r>", 15, &small, &e), FLOW_OK);
    for (size_t n = 0; n < small.len; n++) {
        buf_reset(&out);
        assert_int_equal(gzip_inflate(small.data, n, 0, &out, &e), GZIP_CUT);
        size_t total;
        assert_int_equal(read_file(small.data, n, &total, &e), FLOW_FATAL);
    }
    buf_fini(&small);
    buf_fini(&out);
}

static void members_are_joined_and_what_follows_the_last_is_refused(void **state)
{
    (void)state;
    struct buf two, out;
    struct err e;
    size_t used, total;
    buf_init(&two, LIMIT);
    buf_init(&out, LIMIT);
    assert_int_equal(member_put("one,", 4, &two, &e), FLOW_OK);
    size_t first = two.len;
    assert_int_equal(member_put("", 0, &two, &e), FLOW_OK);
    assert_int_equal(member_put("two", 3, &two, &e), FLOW_OK);
    assert_int_equal(gzip_inflate(two.data, two.len, 0, &out, &e), GZIP_OK);
    assert_string_equal(out.data, "one,two");
    buf_reset(&out);
    assert_int_equal(gzip_inflate_member(two.data, two.len, 0, &out, &used, &e), GZIP_OK);
    assert_int_equal(used, first);
    assert_string_equal(out.data, "one,");
    assert_int_equal(read_file(two.data, two.len, &total, &e), FLOW_END);
    assert_int_equal(total, 7);
    assert_int_equal(buf_put(&two, "x", 1, &e), FLOW_OK);
    buf_reset(&out);
    assert_int_equal(gzip_inflate(two.data, two.len, 0, &out, &e), GZIP_TRAILING);
    assert_int_equal(read_file(two.data, two.len, &total, &e), FLOW_FATAL);
    buf_fini(&two);
    buf_fini(&out);
}

static void the_limit_is_exact_and_a_bomb_is_stopped(void **state)
{
    (void)state;
    struct buf out, bomb;
    struct err e;
    buf_init(&out, CONTENT);
    assert_int_equal(gzip_inflate(good.data, good.len, 0, &out, &e), GZIP_OK);
    buf_fini(&out);
    buf_init(&out, CONTENT - 1);
    assert_int_equal(gzip_inflate(good.data, good.len, 0, &out, &e), GZIP_TOO_LARGE);
    buf_fini(&out);
    char *zeros = calloc(1, 8 << 20);
    buf_init(&bomb, LIMIT);
    buf_init(&out, LIMIT);
    assert_int_equal(member_put(zeros, 8 << 20, &bomb, &e), FLOW_OK);
    assert_int_equal(gzip_inflate(bomb.data, bomb.len, 200, &out, &e), GZIP_RATIO);
    free(zeros);
    buf_fini(&bomb);
    buf_fini(&out);
}

static void members_too_large_to_lie_whole_are_read_piece_by_piece(void **state)
{
    (void)state;
    char *twice = malloc((size_t)2 * CONTENT);
    struct buf all;
    struct err e;
    size_t total;
    memcpy(twice, content, CONTENT);
    memcpy(twice + CONTENT, content, CONTENT);
    buf_init(&all, LIMIT);
    assert_int_equal(buf_put(&all, good.data, good.len, &e), FLOW_OK);
    assert_int_equal(member_put("", 0, &all, &e), FLOW_OK);
    assert_int_equal(member_put(twice, (size_t)2 * CONTENT, &all, &e), FLOW_OK);
    size_t large = all.len;
    assert_int_equal(buf_put(&all, good.data, good.len, &e), FLOW_OK);
    assert_int_equal(read_file(all.data, all.len, &total, &e), FLOW_END);
    assert_int_equal(total, 4 * CONTENT);
    all.data[large + 20000] ^= 4;
    assert_int_equal(read_file(all.data, all.len, &total, &e), FLOW_FATAL);
    assert_non_null(strstr(e.text, "member 4"));
    free(twice);
    buf_fini(&all);
}

static void a_plain_file_is_not_a_gzip_file(void **state)
{
    (void)state;
    struct buf out;
    struct err e;
    size_t total;
    buf_init(&out, LIMIT);
    assert_int_equal(gzip_inflate("<r/>", 4, 0, &out, &e), GZIP_NOT);
    assert_int_equal(read_file("<r/>", 4, &total, &e), FLOW_FATAL);
    buf_fini(&out);
}

static void the_header_says_nothing_of_the_machine(void **state)
{
    (void)state;
    static const unsigned char right[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    assert_memory_equal(good.data, right, sizeof right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_files_get_their_verdict_in_memory_and_from_disk),
        cmocka_unit_test(a_cut_anywhere_is_never_taken_for_whole),
        cmocka_unit_test(members_are_joined_and_what_follows_the_last_is_refused),
        cmocka_unit_test(the_limit_is_exact_and_a_bomb_is_stopped),
        cmocka_unit_test(members_too_large_to_lie_whole_are_read_piece_by_piece),
        cmocka_unit_test(a_plain_file_is_not_a_gzip_file),
        cmocka_unit_test(the_header_says_nothing_of_the_machine),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
