/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and decisions as analysts send them: good in several dialects, and wrong in one place at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/register/decisions.h"
#include "schemas/run/clock.h"

static struct edition *ed;

#define HEAD "pre,label,commune,departement,region,carrier,credits,valid_from,valid_to,successor,source\n"
#define LILLE "PRE-59-01,Lille,59350,59,32,7361,124500,2006-01-01,,,https://depot.example/PRE-59-01.xml\n"
#define AJACCIO "PRE-2A-01,Ajaccio,2A004,2A,94,7361,80000.50,2006-01-01,,,\n"

static const char *source(void)
{
    const char *s = getenv("PRE_SOURCE");
    return s ? s : ".";
}

static struct register_table *read_ok(const char *text)
{
    struct err e = {0};
    struct register_table *t = register_read(ed, text, strlen(text), "register.csv", &e);
    if (!t)
        fail_msg("%s", e.text);
    return t;
}

static struct register_reader *reader_of(const struct register_table *t)
{
    struct err e = {0};
    struct register_reader *r = register_reader_new(t, &e);
    if (!r)
        fail_msg("%s", e.text);
    return r;
}

static void reads_columns_in_any_order_and_keeps_extra_ones(void **state)
{
    (void)state;
    struct register_table *t = read_ok(
        "\xef\xbb\xbfnote;source;successor;valid_to;valid_from;credits;carrier;region;departement;commune;label;pre\r\n"
        "\"a;b\";;;;2006-01-01;124500;7361;32;59;59350;Lille;PRE-59-01\r\n"
        ";file:///x.xml;;;2006-01-01;80000.50;7361;94;2A;2A004;Ajaccio;PRE-2A-01");
    assert_int_equal(register_count(t), 2);
    assert_int_equal(register_in_scope(t), 2);
    struct register_reader *r = reader_of(t);
    assert_string_equal(register_unit(t, 0).id, "PRE-2A-01");
    assert_int_equal(register_unit(t, 0).line, 3);
    uint32_t lille = register_find(t, "PRE-59-01", 9);
    assert_int_equal(lille, 1);
    assert_string_equal(register_value(r, lille, register_column_index(t, "note")), "a;b");
    assert_string_equal(register_value(r, lille, register_column_index(t, "label")), "Lille");
    assert_string_equal(register_value(r, lille, REGISTER_NONE), "");
    assert_int_equal(register_find(t, "PRE-59-0", 8), REGISTER_NONE);
    assert_int_equal(register_find(t, "PRE-59-011", 10), REGISTER_NONE);
    assert_int_equal(register_size(r, 0).unscaled, 8000050);
    assert_int_equal(register_size(r, 0).scale, 2);
    assert_int_equal(strlen(register_digest(t)), 64);
    register_reader_free(r);
    register_close(t);
}

/* Row i of a list of many: some labels hold a line break and quotes, some units stand beside others alike but for them.
 */
static void print_unit(unsigned i, char id[16], char label[80])
{
    (void)snprintf(id, 16, "PRE-%05u", i);
    label[0] = '\0';
    if (i % 7 == 0)
        (void)snprintf(label, 80, "Été\n\"%u\"", i);
    else if (i % 5 != 0)
        (void)snprintf(label, 80, "Pôle n° %u, %u rue de l'Œuvre", i, i * 7919);
}

static void put_quoted(struct buf *out, const char *s)
{
    struct err e;
    assert_int_equal(buf_putc(out, '"', &e), FLOW_OK);
    for (; *s; s++)
        assert_int_equal(buf_puts(out, *s == '"' ? "\"\"" : (char[]){*s, '\0'}, &e), FLOW_OK);
    assert_int_equal(buf_putc(out, '"', &e), FLOW_OK);
}

/* 5 000 rows are some four pieces of a file; the step is prime to their number, so each comes once. */
static void reads_many_rows_whatever_their_order(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    static unsigned line_of[ROWS];
    static const unsigned steps[] = {1, 1237, ROWS - 1};
    char id[16], label[80];
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct err e = {0};
        struct buf text;
        buf_init(&text, 1 << 20);
        assert_int_equal(buf_puts(&text, "credits,label,pre\n", &e), FLOW_OK);
        for (unsigned k = 0, i = 0, line = 2; k < ROWS; k++, i = (i + steps[s]) % ROWS) {
            print_unit(i, id, label);
            assert_int_equal(buf_printf(&text, &e, "%u,", i * 3), FLOW_OK);
            put_quoted(&text, label);
            assert_int_equal(buf_printf(&text, &e, ",%s\n", id), FLOW_OK);
            line_of[i] = line;
            line += strchr(label, '\n') ? 2 : 1;
        }
        assert_true(text.len > 2 << 16);
        struct register_table *t = register_bare(ed, buf_str(&text), text.len, "many.csv", &e);
        if (!t)
            fail_msg("%s", e.text);
        struct register_reader *r = reader_of(t);
        uint32_t credits = register_column_index(t, "credits"), column = register_column_index(t, "label");
        assert_int_equal(register_count(t), ROWS);
        for (unsigned k = 0, i = 0; k < ROWS; k++, i = (i + 1999) % ROWS) { /* not in order either */
            print_unit(i, id, label);
            assert_int_equal(register_find(t, id, strlen(id)), i);
            assert_string_equal(register_id(t, i), id);
            assert_string_equal(register_value(r, i, register_column_index(t, "pre")), id);
            assert_string_equal(register_value(r, i, column), label);
            assert_int_equal(register_size(r, i).unscaled, i * 3);
            assert_int_equal(strtoul(register_value(r, i, credits), NULL, 10), i * 3);
            assert_int_equal(register_unit(t, i).line, line_of[i]);
        }
        register_reader_free(r);
        register_close(t);
        buf_fini(&text);
    }
}

static void refuses_each_fault_with_line_value_and_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says[4];
    } cases[] = {
        {HEAD LILLE LILLE, {":3:", "\"PRE-59-01\"", "twice", "line 2"}},
        {HEAD "PRE-59-01,Lille,59350,59,99,7361,1,2006-01-01,,,\n",
         {":2:", "region \"99\"", "regions.csv", "correct it"}},
        {HEAD "PRE-59-01,Lille,59350,590,32,7361,1,2006-01-01,,,\n", {":2:", "departement \"590\"", "no such code"}},
        {HEAD "PRE-59-01,Lille,59350,59,94,7361,1,2006-01-01,,,\n", {":2:", "departement \"59\"", "region \"94\""}},
        {HEAD "PRE-59-01,Lille,2A004,59,32,7361,1,2006-01-01,,,\n", {":2:", "commune \"2A004\"", "departement \"59\""}},
        {HEAD "PRE-59-01,Lille,59999,59,32,7361,1,2006-01-01,,,\n", {":2:", "commune \"59999\"", "communes.csv"}},
        {HEAD "PRE-59-01,Lomme,59355,59,32,7361,1,2006-01-01,,,\n",
         {":2:", "commune \"59355\"", "abolished", "\"59350\""}},
        {HEAD "PRE-59-01,Arbignieu,01015,01,84,7361,1,2006-01-01,,,\n",
         {":2:", "commune \"01015\"", "no such code", "communes.csv"}},
        {HEAD "59-01,Lille,59350,59,32,7361,1,2006-01-01,,,\n", {":2:", "pre \"59-01\"", "not of the form"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,0,2006-01-01,,,\n", {":2:", "credits \"0\"", "above 0", "note"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,,2006-01-01,,,\n", {":2:", "credits \"\"", "above 0"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,12 000,2006-01-01,,,\n", {":2:", "\"12 000\"", "no space"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,-5,2006-01-01,,,\n", {":2:", "\"-5\"", "too small"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,01/01/2006,,,\n", {":2:", "valid_from \"01/01/2006\"", "YYYY-MM-DD"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-02-30,,,\n", {":2:", "\"2006-02-30\"", "not a date"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2021-06-01,2020-06-01,,\n", {":2:", "\"2020-06-01\"", "ends before"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,2021-05-31,PRE-59-09,\n",
         {":2:", "successor \"PRE-59-09\"", "no such unit"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,2021-05-31,PRE-59-01,\n", {":2:", "circle"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,2021-05-31,PRE-59-02,\n"
              "PRE-59-02,Lille,59350,59,32,7361,1,2006-01-01,2021-03-31,,\n",
         {":2:", "successor \"PRE-59-02\"", "2021-03-31", "2021-05-31"}},
        {HEAD LILLE "PRE-59-02,X,59350,59,32,7361,1,2006-01-01,,PRE-59-01,\n",
         {":3:", "successor \"PRE-59-01\"", "end of validity"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,,,https://me:secret@depot.example/a.xml\n",
         {":2:", "source", "no user", "hosts file"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,,,gopher://depot.example/a\n",
         {":2:", "source \"gopher\"", "https://"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,,,https:///a\n", {":2:", "names a host"}},
        {HEAD "PRE-59-01,Lille,59350,59,32,7361,1,2006-01-01,,\n", {"line 2", "10 fields", "11"}},
        {HEAD, {"no unit"}},
        {"pre,label\nPRE-59-01,Lille\n", {":1:", "\"credits\"", "missing"}},
        {"", {"empty"}},
        {HEAD "PRE-59-01,H\xe9nin,59350,59,32,7361,1,2006-01-01,,,\n", {"2", "UTF-8"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        struct register_table *t = register_read(ed, cases[i].text, strlen(cases[i].text), "register.csv", &e);
        if (t)
            fail_msg("case %zu is accepted", i);
        if (e.status != STATUS_DATA)
            fail_msg("case %zu: status %d: %s", i, (int)e.status, e.text);
        for (size_t k = 0; k < 4 && cases[i].says[k]; k++)
            if (!strstr(e.text, cases[i].says[k]))
                fail_msg("case %zu: \"%s\" does not say \"%s\"", i, e.text, cases[i].says[k]);
        assert_null(strstr(e.text, "secret"));
    }
}

static void zero_credits_are_accepted_with_a_note(void **state)
{
    (void)state;
    struct register_table *t = read_ok("note," HEAD "suspended,"
                                       "PRE-59-01,Lille,59350,59,32,7361,0,2006-01-01,,,\n");
    assert_int_equal(register_in_scope(t), 1);
    register_close(t);
}

static void scope_follows_the_dates_and_mergers_sum_credits(void **state)
{
    (void)state;
    struct register_table *t =
        read_ok(HEAD "PRE-59-01,whole year,59350,59,32,7361,10,2021-01-01,2021-12-31,,\n"
                     "PRE-59-02,created,59350,59,32,7361,20,2021-01-02,,,\n"
                     "PRE-59-03,closed,59350,59,32,7361,30,2006-01-01,2021-12-30,,\n"
                     "PRE-59-04,closed later,59350,59,32,7361,40,2006-01-01,2022-03-01,,\n"
                     "PRE-59-05,merged,59350,59,32,7361,50,2006-01-01,2021-06-30,PRE-59-06,\n"
                     "PRE-59-06,merged again,59350,59,32,7361,60.5,2006-01-01,2021-09-30,PRE-59-07,\n"
                     "PRE-59-07,born of it,59350,59,32,7361,,2021-10-01,,,\n"
                     "PRE-59-08,merged long ago,59350,59,32,7361,80,2006-01-01,2019-12-31,PRE-59-01,\n"
                     "PRE-59-09,merged next year,59350,59,32,7361,90,2006-01-01,2022-06-30,PRE-59-07,\n");
    static const enum register_scope scopes[] = {REGISTER_IN, REGISTER_CREATED, REGISTER_CLOSED,
                                                 REGISTER_IN, REGISTER_MERGED,  REGISTER_MERGED,
                                                 REGISTER_IN, REGISTER_MERGED,  REGISTER_IN};
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(register_unit(t, i).scope, scopes[i]);
    assert_int_equal(register_in_scope(t), 4);
    struct register_reader *r = reader_of(t);
    assert_int_equal(decimal_compare(register_size(r, 6), (struct decimal){1105, 1}), 0);
    assert_int_equal(register_unit(t, 6).first_predecessor, 4);
    assert_int_equal(register_unit(t, 4).next_predecessor, 5);
    assert_int_equal(register_unit(t, 5).next_predecessor, REGISTER_NONE);
    assert_int_equal(register_size(r, 0).unscaled, 10);
    assert_int_equal(register_unit(t, 0).first_predecessor, REGISTER_NONE);
    register_reader_free(r);
    register_close(t);
}

/* ---- decisions ---- */
#define D_HEAD "unit,action,record,rule,variable,category,old,new,who,when,reason\n"

static void reads_decisions_by_unit_and_time(void **state)
{
    (void)state;
    struct err e = {0};
    struct register_table *t = read_ok(HEAD LILLE AJACCIO);
    const char *text = D_HEAD "PRE-59-01,set,,,SEXE,F,67,68,AB,2022-07-02T10:00:00+02:00,call\n"
                              "PRE-2A-01,refusal,,,,,,,AB,2022-06-01,letter\n"
                              "PRE-59-01,confirm,,H01,,,,,CD,2022-07-01,call\n"
                              "PRE-59-01,use-record,urn:uuid:1,,,,,,CD,2022-07-01,two senders\n";
    struct decisions *d = decisions_read(ed, t, text, strlen(text), "decisions.csv", &e);
    if (!d)
        fail_msg("%s", e.text);
    size_t first;
    assert_int_equal(decisions_of(d, register_find(t, "PRE-59-01", 9), &first), 3);
    assert_int_equal(first, 1);
    assert_int_equal(decisions_get(d, 1)->action, DECISION_CONFIRM);
    assert_int_equal(decisions_get(d, 2)->action, DECISION_USE_RECORD);
    assert_string_equal(decisions_get(d, 2)->record, "urn:uuid:1");
    const struct decision *set = decisions_get(d, 3);
    assert_string_equal(ed->variables[set->variable].id, "SEXE");
    assert_int_equal(set->category, 1);
    assert_string_equal(set->new_value, "68");
    assert_int_equal(decisions_of(NULL, 0, &first), 0);
    assert_string_equal(decisions_digest(NULL), "");
    decisions_close(d);
    register_close(t);
}

static void refuses_each_wrong_decision(void **state)
{
    (void)state;
    static const struct {
        const char *row, *says[3];
    } cases[] = {
        {"PRE-59-09,refusal,,,,,,,AB,2022-06-01,x\n", {":2:", "unit \"PRE-59-09\""}},
        {"PRE-59-01,ignore,,,,,,,AB,2022-06-01,x\n", {":2:", "action \"ignore\"", "use-record"}},
        {"PRE-59-01,use-record,,,,,,,AB,2022-06-01,x\n", {":2:", "record", "needs"}},
        {"PRE-59-01,confirm,,,,,,,AB,2022-06-01,x\n", {":2:", "needs a rule"}},
        {"PRE-59-01,confirm,,A99,,,,,AB,2022-06-01,x\n", {":2:", "rule \"A99\""}},
        {"PRE-59-01,set,,,SEX,F,,1,AB,2022-06-01,x\n", {":2:", "variable \"SEX\""}},
        {"PRE-59-01,set,,,SEXE,,,1,AB,2022-06-01,x\n", {":2:", "needs a category"}},
        {"PRE-59-01,set,,,SEXE,H,,1,AB,2022-06-01,x\n", {":2:", "category \"H\""}},
        {"PRE-59-01,set,,,SEXE,F,,1.5,AB,2022-06-01,x\n", {":2:", "new \"1.5\"", "count"}},
        {"PRE-59-01,set,,,SEXE,F,,-1,AB,2022-06-01,x\n", {":2:", "below 0"}},
        {"PRE-59-01,set,,,SEXE,F,,12.000,AB,2022-06-01,x\n", {":2:", "new \"12.000\"", "without point (12)"}},
        {"PRE-59-01,set,,,FIN_TOTAL,,,12.000,AB,2022-06-01,x\n", {":2:", "new \"12.000\"", "(12000)"}},
        {"PRE-59-01,set,,,FIN_TOTAL,,,12.3456,AB,2022-06-01,x\n", {":2:", "decimals or thousands?"}},
        {"PRE-59-01,set,,,ETP,REFERENT,,1.500,AB,2022-06-01,x\n", {":2:", "decimals or thousands?"}},
        {"PRE-59-01,set,,,FIN_TOTAL,,,\"12 000\",AB,2022-06-01,x\n", {":2:", "no separator of thousands"}},
        {"PRE-59-01,set,,,FIN_TOTAL,,,\"12000,50\",AB,2022-06-01,x\n", {":2:", "a point before decimals"}},
        {"PRE-59-01,refusal,,,,,,,,2022-06-01,x\n", {":2:", "who"}},
        {"PRE-59-01,refusal,,,,,,,AB,1/6/2022,x\n", {":2:", "when \"1/6/2022\""}},
        {"PRE-59-01,refusal,,,,,,,AB,2022-06-01,\n", {":2:", "reason"}},
        {"PRE-59-01,refusal,,,SEXE,,,,AB,2022-06-01,x\n", {":2:", "whole return"}},
    };
    struct register_table *t = read_ok(HEAD LILLE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        char text[512];
        int n = snprintf(text, sizeof text, "%s%s", D_HEAD, cases[i].row);
        assert_null(decisions_read(ed, t, text, (size_t)n, "decisions.csv", &e));
        assert_int_equal(e.status, STATUS_DATA);
        for (size_t k = 0; k < 3 && cases[i].says[k]; k++)
            if (!strstr(e.text, cases[i].says[k]))
                fail_msg("case %zu: \"%s\" does not say \"%s\"", i, e.text, cases[i].says[k]);
    }
    register_close(t);
}

static void reads_numbers_that_say_one_thing(void **state)
{
    (void)state;
    static const char *const rows[] = {"SEXE,F,,12",        "SEXE,F,,12.0",        "FIN_TOTAL,,,12000",
                                       "FIN_TOTAL,,,12.50", "ETP,REFERENT,,0.125", "FIN_TOTAL,,,"};
    struct register_table *t = read_ok(HEAD LILLE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = {0};
        char text[512];
        int n = snprintf(text, sizeof text, "%sPRE-59-01,set,,,%s,AB,2022-06-01,x\n", D_HEAD, rows[i]);
        struct decisions *d = decisions_read(ed, t, text, (size_t)n, "decisions.csv", &e);
        if (!d)
            fail_msg("%s", e.text);
        decisions_close(d);
    }
    register_close(t);
}

static void finds_a_decision_of_the_future(void **state)
{
    (void)state;
    struct err e = {0};
    const char *text = D_HEAD "PRE-59-01,refusal,,,,,,,AB,2022-06-01,x\nPRE-59-01,refusal,,,,,,,AB,2099-06-01,x\n";
    int64_t now;
    struct register_table *t = read_ok(HEAD LILLE);
    struct decisions *d = decisions_read(ed, t, text, strlen(text), "decisions.csv", &e);
    assert_non_null(d);
    assert_true(clock_parse("2099-06-01", 10, 1, &now));
    assert_int_equal(decisions_not_after(d, now, "decisions.csv", &e), FLOW_OK);
    assert_int_equal(decisions_not_after(d, now - 1, "decisions.csv", &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    assert_string_equal(e.text,
                        "decisions.csv:3: when \"2099-06-01T00:00:00Z\": in the future; a decision counts from its "
                        "date on: correct the date, or give --as-of");
    assert_int_equal(decisions_not_after(NULL, now, "decisions.csv", &e), FLOW_OK);
    decisions_close(d);
    register_close(t);
}

static void reads_the_worked_example_of_the_page(void **state)
{
    (void)state;
    struct err e = {0};
    char path[1200];
    (void)snprintf(path, sizeof path, "%.900s/schemas/register/example/register.csv", source());
    struct register_table *t = register_open(ed, path, &e);
    if (!t)
        fail_msg("%s", e.text);
    assert_int_equal(register_count(t), 6);
    assert_int_equal(register_in_scope(t), 4);
    struct register_reader *r = reader_of(t);
    uint32_t born = register_find(t, "PRE-2A-02", 9);
    assert_int_equal(register_unit(t, born).scope, REGISTER_IN);
    assert_int_equal(decimal_compare(register_size(r, born), (struct decimal){95000, 0}), 0);
    register_reader_free(r);
    assert_int_equal(register_unit(t, register_find(t, "PRE-93-07", 9)).scope, REGISTER_CREATED);
    (void)snprintf(path, sizeof path, "%.900s/schemas/register/example/decisions.csv", source());
    struct decisions *d = decisions_open(ed, t, path, &e);
    if (!d)
        fail_msg("%s", e.text);
    assert_int_equal(decisions_count(d), 4);
    decisions_close(d);
    assert_null(register_open(ed, "/nowhere/register.csv", &e));
    assert_int_equal(e.status, STATUS_NOINPUT);
    register_close(t);
}

static int open_edition(void **state)
{
    char folder[1024];
    struct err e = {0};
    (void)state;
    (void)snprintf(folder, sizeof folder, "%.900s/schemas/pre/2022", source());
    ed = edition_open(folder, &e);
    return ed ? 0 : -1;
}

static int close_edition(void **state)
{
    (void)state;
    edition_close(ed);
    return 0;
}

static void a_source_leaves_the_house_without_what_its_query_holds(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"https://h/a.xml", "https://h/a.xml"},
                                           {"https://h/a.xml?cle=secret&x=1", "https://h/a.xml?cle=masked&x=masked"},
                                           {"https://h/a.xml?secret", "https://h/a.xml?masked"},
                                           {"https://h/a.xml?cle=a=b&&", "https://h/a.xml?cle=masked&&"},
                                           {"https://h/a.xml?cle=masked", "https://h/a.xml?cle=masked"},
                                           {"https://h/a.xml?", "https://h/a.xml?"},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        struct err e = {STATUS_OK, ""};
        buf_init(&out, 1000);
        assert_int_equal(register_mask_source(cases[i][0], &out, &e), FLOW_OK);
        assert_string_equal(buf_str(&out), cases[i][1]);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_columns_in_any_order_and_keeps_extra_ones),
        cmocka_unit_test(reads_many_rows_whatever_their_order),
        cmocka_unit_test(refuses_each_fault_with_line_value_and_remedy),
        cmocka_unit_test(zero_credits_are_accepted_with_a_note),
        cmocka_unit_test(scope_follows_the_dates_and_mergers_sum_credits),
        cmocka_unit_test(reads_the_worked_example_of_the_page),
        cmocka_unit_test(reads_decisions_by_unit_and_time),
        cmocka_unit_test(refuses_each_wrong_decision),
        cmocka_unit_test(reads_numbers_that_say_one_thing),
        cmocka_unit_test(finds_a_decision_of_the_future),
        cmocka_unit_test(a_source_leaves_the_house_without_what_its_query_holds),
    };
    return cmocka_run_group_tests_name("register", tests, open_edition, close_edition);
}
