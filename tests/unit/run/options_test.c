/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/run/locales.h"

#include "schemas/run/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGS_MAX = 12 };

struct values {
    const char *edition;
    long parallel;
    int format, check, quiet;
    struct option_list inbox;
};

struct misuse_case {
    const char *name;
    const char *args[ARGS_MAX];
    const char *first_line;
};

static const struct misuse_case misuses[] = {
    {"nothing at all", {NULL}, "pre-x: --edition is required\n"},
    {"an unknown option", {"--editon", "e"}, "pre-x: --editon: no such option\n"},
    {"an ambiguous abbreviation", {"--f", "csv"}, "pre-x: --f: could be several options; spell it out\n"},
    {"a missing value", {"--edition"}, "pre-x: --edition needs a value\n"},
    {"an empty value", {"--edition="}, "pre-x: --edition: the value is empty\n"},
    {"a value for a flag", {"--check=1"}, "pre-x: --check=1: takes no value\n"},
    {"a short option", {"-e", "x"}, "pre-x: -e: options are spelled --name\n"},
    {"text for a number",
     {"--edition=e", "--parallel=many"},
     "pre-x: --parallel: 'many' is not a whole number from 1 to 64\n"},
    {"a number below", {"--edition=e", "--parallel=0"}, "pre-x: --parallel: '0' is not a whole number from 1 to 64\n"},
    {"a number above",
     {"--edition=e", "--parallel", "65"},
     "pre-x: --parallel: '65' is not a whole number from 1 to 64\n"},
    {"a number with a tail",
     {"--edition=e", "--parallel=3x"},
     "pre-x: --parallel: '3x' is not a whole number from 1 to 64\n"},
    {"a number with a blank",
     {"--edition=e", "--parallel= 3"},
     "pre-x: --parallel: ' 3' is not a whole number from 1 to 64\n"},
    {"a number beyond long",
     {"--edition=e", "--parallel=99999999999999999999"},
     "pre-x: --parallel: '99999999999999999999' is not a whole number from 1 to 64\n"},
    {"an unknown choice", {"--edition=e", "--format=xml"}, "pre-x: --format: 'xml' is none of text|csv|json\n"},
    {"the beginning of a choice", {"--edition=e", "--format=te"}, "pre-x: --format: 'te' is none of text|csv|json\n"},
};

struct run {
    struct values v;
    enum options_result result;
    int first, argc;
    char *argv[ARGS_MAX + 2];
    char printed[4096]; /* what went to the captured stream */
};

/* Parses the arguments with stdout or stderr going to a file. */
static void run_options(struct run *r, const char *const *args, const char *operands, int captured)
{
    *r = (struct run){.v.parallel = 8};
    const struct option_row rows[] = {
        {"edition", OPTION_TEXT, &r->v.edition, "DIR", "the edition", 0, 0, 1},
        {"parallel", OPTION_NUMBER, &r->v.parallel, "N", "connections", 1, 64, 0},
        {"format", OPTION_CHOICE, &r->v.format, "text|csv|json", "how to print", 0, 0, 0},
        {"file-root", OPTION_TEXT, &r->v.edition, "DIR", "another word with f", 0, 0, 0},
        {"inbox", OPTION_LIST, &r->v.inbox, "DIR", "a drop folder, may be repeated", 0, 0, 0},
        {"check", OPTION_FLAG, &r->v.check, NULL, "only check", 0, 0, -1},
        {"quiet", OPTION_FLAG, &r->v.quiet, NULL, "say less", 0, 0, 0},
        {0},
    };
    const struct option_spec spec = {"pre-x", "Does nothing.", operands, rows};
    static char program[] = "pre-x";
    r->argv[r->argc++] = program;
    for (; args[r->argc - 1]; r->argc++)
        r->argv[r->argc] = strdup(args[r->argc - 1]);
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(NULL);
    int kept = dup(captured);
    assert_true(dup2(fileno(file), captured) >= 0);
    r->result = options_parse(&spec, r->argc, r->argv, &r->first);
    (void)fflush(NULL);
    assert_true(dup2(kept, captured) >= 0);
    (void)close(kept);
    rewind(file);
    r->printed[fread(r->printed, 1, sizeof r->printed - 1, file)] = '\0';
    (void)fclose(file);
}

static void end_run(struct run *r)
{
    options_free_list(&r->v.inbox);
    for (int i = 1; i < r->argc; i++)
        free(r->argv[i]);
}

static void misuse_is_two_lines_on_stderr(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        const struct misuse_case *c = &misuses[i];
        struct run r;
        char expected[256];
        run_options(&r, c->args, NULL, STDERR_FILENO);
        (void)snprintf(expected, sizeof expected, "%sTry 'pre-x --help'.\n", c->first_line);
        if (r.result != OPTIONS_MISUSE || strcmp(r.printed, expected) != 0)
            fail_msg("%s: result %d, '%s'", c->name, (int)r.result, r.printed);
        end_run(&r);
    }
}

static void an_operand_where_none_is_due_is_misuse(void **state)
{
    (void)state;
    struct run r;
    run_options(&r, (const char *[]){"--edition=e", "file.xml", NULL}, NULL, STDERR_FILENO);
    assert_int_equal(r.result, OPTIONS_MISUSE);
    assert_string_equal(r.printed, "pre-x: 'file.xml': no operand is expected\nTry 'pre-x --help'.\n");
    end_run(&r);
}

static void values_arrive(void **state)
{
    (void)state;
    struct run r;
    run_options(&r,
                (const char *[]){"a.xml", "--edition", "e", "--par=3", "--format=json", "--inbox=x,y", "--inbox", "z",
                                 "--", "--b", NULL},
                "FILE...", STDERR_FILENO);
    assert_int_equal(r.result, OPTIONS_GO);
    assert_string_equal(r.v.edition, "e");
    assert_int_equal(r.v.parallel, 3);
    assert_int_equal(r.v.format, 2);
    assert_int_equal(r.v.inbox.count, 2);
    assert_string_equal(r.v.inbox.items[0], "x,y");
    assert_string_equal(r.v.inbox.items[1], "z");
    assert_int_equal(r.argc - r.first, 2);
    assert_string_equal(r.argv[r.first], "a.xml");
    assert_string_equal(r.argv[r.first + 1], "--b");
    end_run(&r);
}

static void a_mode_of_its_own_lifts_what_is_required(void **state)
{
    (void)state;
    struct run r;
    run_options(&r, (const char *[]){"--check", NULL}, NULL, STDERR_FILENO);
    assert_int_equal(r.result, OPTIONS_GO);
    assert_int_equal(r.v.check, 1);
    end_run(&r);
}

static void help_goes_to_stdout(void **state)
{
    (void)state;
    struct run r;
    run_options(&r, (const char *[]){"--help", NULL}, "FILE...", STDOUT_FILENO);
    assert_int_equal(r.result, OPTIONS_DONE);
    assert_non_null(strstr(r.printed, "Usage: pre-x [OPTION]... FILE...\nDoes nothing.\n"));
    assert_non_null(strstr(r.printed, "  --format=text|csv|json"));
    end_run(&r);
    run_options(&r, (const char *[]){"--version", NULL}, NULL, STDOUT_FILENO);
    assert_int_equal(r.result, OPTIONS_DONE);
    assert_string_equal(r.printed, "pre-x " PRE_VERSION "\n");
    end_run(&r);
}

static void shards(void **state)
{
    (void)state;
    int i, n;
    assert_true(options_shard("3/8", &i, &n) && i == 3 && n == 8);
    assert_true(options_shard("999/999", &i, &n) && i == 999);
    static const char *const refused[] = {"",     "3",    "0/8",    "9/8",  "3/",    "/8",
                                          "3/8x", "-1/8", "3/1000", " 3/8", "03x/8", "1/0"};
    for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++)
        if (options_shard(refused[k], &i, &n))
            fail_msg("'%s' was accepted", refused[k]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(misuse_is_two_lines_on_stderr),
    cmocka_unit_test(an_operand_where_none_is_due_is_misuse),
    cmocka_unit_test(values_arrive),
    cmocka_unit_test(a_mode_of_its_own_lifts_what_is_required),
    cmocka_unit_test(help_goes_to_stdout),
    cmocka_unit_test(shards),
};

RUN_IN_LOCALES(tests)
