/* SPDX-License-Identifier: Apache-2.0 */
/* pre-load: packages into the store, vintages, questions. The only place of the room that exits; manual page
 * pre-load.1. */
#include "load/store/dump.h"
#include "load/loading.h"
#include "load/publish/publish.h"
#include "load/show/show.h"
#include "schemas/run/json.h"
#include "schemas/run/log.h"
#include "schemas/run/options.h"
#include "schemas/run/output.h"
#include "schemas/run/stop.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *database, *dump, *publish, *summary, *signed_by, *note = "";
static int verb = -1, status = -1, format, lang = -1; /* lang: answers are English, files French, unless it is given */
static struct question question;

static const struct option_row rows[] = {
    {"database", OPTION_TEXT, &database, "URL", "the store: sqlite:FILE or postgresql://HOST/NAME", 0, 0, 1},
    {"status", OPTION_CHOICE, &status, "provisional|semi-final|final", "what the vintage is called from now on; signed",
     0, 0, 0},
    {"who", OPTION_TEXT, &signed_by, "NAME", "who signs (default: the user)", 0, 0, 0},
    {"note", OPTION_TEXT, &note, "TEXT", "remark beside the signature", 0, 0, 0},
    {"show", OPTION_CHOICE, &verb, NULL, "answer a question instead of loading", 0, 0, 0},
    {"dump", OPTION_TEXT, &dump, "FILE", "write the canonical dump of the store", 0, 0, 0},
    {"publish", OPTION_TEXT, &publish, "DIR", "make the files of the latest vintage, after a load or alone", 0, 0, 0},
    {"campaign", OPTION_TEXT, &question.campaign, "C", "ask about this campaign (default: the latest)", 0, 0, 0},
    {"vintage", OPTION_NUMBER, &question.number, "N", "ask about this vintage (default: the latest)", 1,
     VINTAGE_NUMBER_MAX, 0},
    {"domain", OPTION_TEXT, &question.domain, "KIND[=CODE]", "nation, region, size, carrier or departement", 0, 0, 0},
    {"unit", OPTION_TEXT, &question.unit, "UNIT", "findings: of this unit", 0, 0, 0},
    {"rule", OPTION_TEXT, &question.rule, "RULE", "findings: of this rule", 0, 0, 0},
    {"severity", OPTION_TEXT, &question.severity, "S", "findings: fatal, error, warning or information", 0, 0, 0},
    {"stage", OPTION_TEXT, &question.stage, "STAGE", "findings: of this stage", 0, 0, 0},
    {"outcome", OPTION_TEXT, &question.outcome, "O", "findings: failed, not-evaluable or normalised", 0, 0, 0},
    {"variable", OPTION_TEXT, &question.variable, "V", "findings: on this variable", 0, 0, 0},
    {"contacts", OPTION_TEXT, &question.contacts, "FILE", "followup: contacts.csv, who was called and what came of it",
     0, 0, 0},
    {"figure", OPTION_TEXT, &question.figure, "FIGURE", "followup: the figure to be made surer", 0, 0, 0},
    {"format", OPTION_CHOICE, &format, "text|csv|json", "of the answer", 0, 0, 0},
    {"lang", OPTION_CHOICE, &lang, "fr|en", "language of headings and labels", 0, 0, 0},
    {"summary", OPTION_TEXT, &summary, "FILE", "write what the run did as JSON", 0, 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0, 0},
};

static struct option_spec spec = {
    .program = "pre-load",
    .purpose = "Load dataset packages into a store, make numbered vintages, answer questions about them.",
    .operands = "[DATASET...]",
    .rows = rows,
};

static const char *who(void)
{
    const struct passwd *p;
    if (signed_by != NULL && *signed_by != '\0') {
        return signed_by;
    }
    p = getpwuid(getuid());
    return p != NULL && *p->pw_name != '\0' ? p->pw_name : "unknown";
}

static const char *change_word(enum loading_change c)
{
    static const char *const words[] = {"nothing", "fetches", "status", "vintage"};
    return words[c];
}

static void say(const struct loading_result *r)
{
    const char *event = r->change == LOADING_VINTAGE  ? "vintage-made"
                        : r->change == LOADING_SAME   ? "nothing-changed"
                        : r->change == LOADING_STATUS ? "status-changed"
                                                      : "fetches-changed";
    log_event(LOG_INFO, event, LOG_TEXT("campaign", r->campaign), LOG_NUM("vintage", r->vintage),
              LOG_TEXT("status", r->status), LOG_TEXT("package", r->package), LOG_TEXT("as-of", r->as_of),
              LOG_NUM("units", r->counts.units), LOG_NUM("respondents", r->respondents),
              LOG_NUM("observations", r->counts.observations), LOG_NUM("new-judgements", r->counts.new_judgements),
              LOG_NUM("figures", r->figures), LOG_NUM("estimable", r->estimable), LOG_NUM("ms", r->micros / 1000));
}

static enum flow write_summary(const struct loading_result *results, size_t n, struct err *e)
{
    struct buf b;
    struct jsonw w;
    buf_init(&b, 16 << 20);
    jsonw_init(&w, sink_buf(&b), 0, e);
    jsonw_object(&w, NULL);
    jsonw_text(&w, "program", "pre-load " PRE_VERSION);
    jsonw_array(&w, "loads");
    for (size_t i = 0; i < n; i++) {
        const struct loading_result *r = &results[i];
        jsonw_object(&w, NULL);
        jsonw_text(&w, "changed", change_word(r->change));
        jsonw_text(&w, "campaign", r->campaign);
        jsonw_int(&w, "vintage", r->vintage);
        jsonw_text(&w, "status", r->status);
        jsonw_text(&w, "package", r->package);
        jsonw_text(&w, "content_digest", r->content_digest);
        jsonw_text(&w, "as_of", r->as_of);
        jsonw_text(&w, "engine", r->engine);
        jsonw_int(&w, "units", r->counts.units);
        jsonw_int(&w, "units_in_scope", r->counts.in_scope);
        jsonw_int(&w, "respondents", r->respondents);
        jsonw_int(&w, "documents", r->counts.documents);
        jsonw_int(&w, "observations", r->counts.observations);
        jsonw_int(&w, "findings", r->counts.findings);
        jsonw_int(&w, "new_judgements", r->counts.new_judgements);
        jsonw_int(&w, "figures", r->figures);
        jsonw_bool(&w, "estimable", r->estimable);
        jsonw_int(&w, "milliseconds", r->micros / 1000);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    enum flow f = jsonw_finish(&w);
    if (f == FLOW_OK) {
        f = output_file(summary, b.data, b.len, e);
    }
    buf_fini(&b);
    return f;
}

static enum flow load_all(char **datasets, size_t n, struct err *e)
{
    const struct loading l = {database, (enum vintage_status)status, who(), note};
    size_t runs = n > 0 ? n : 1, done = 0;
    struct loading_result *results = calloc(runs, sizeof *results);
    enum flow f = results != NULL ? FLOW_OK : err_set(e, STATUS_SYSTEM, "no memory for %zu results", runs);
    while (f == FLOW_OK && done < runs) {
        f = n > 0 ? loading_run(&l, datasets[done], &results[done], e)
                  : loading_sign(&l, question.campaign, &results[done], e);
        if (f == FLOW_OK) {
            say(&results[done++]);
        }
    }
    if (summary != NULL && done > 0) {
        struct err other;
        enum flow g = write_summary(results, done, f == FLOW_OK ? e : &other);
        f = f == FLOW_OK ? g : f;
    }
    free(results);
    return f;
}

/* An output that is the store itself, or another file of somebody, would replace it. */
static enum flow check_output(const char *path, const char *beginning, struct err *e)
{
    static const char scheme[] = "sqlite:";
    const char *file = strncmp(database, scheme, sizeof scheme - 1) == 0 ? database + sizeof scheme - 1 : NULL;
    struct stat store, out;
    if (path == NULL || file == NULL || stat(file, &store) != 0 || stat(path, &out) != 0 ||
        store.st_dev != out.st_dev || store.st_ino != out.st_ino) {
        return output_spares(path, beginning, e);
    }
    return err_set(e, STATUS_USAGE, "%s: this is the store: name another file", path);
}

static enum flow write_dump(struct err *e)
{
    struct db *db = db_open(database, DB_READ, e);
    struct output *o = db != NULL ? output_open(dump, e) : NULL;
    enum flow f = FLOW_FATAL;
    if (o != NULL) {
        f = dump_store(db, output_sink(o), e);
        if (f == FLOW_OK) {
            f = output_commit(o, e);
        } else {
            output_abort(o);
        }
    }
    db_close(db);
    return f;
}

static enum flow answer(char **operands, size_t n, struct err *e)
{
    struct fd_sink out = {STDOUT_FILENO, "standard output"};
    question.db = db_open(database, DB_READ, e);
    if (question.db == NULL) {
        return FLOW_FATAL;
    }
    question.operand = (const char *const *)operands;
    question.operands = n;
    enum flow f = show_run(verb, &question, (enum report_format)format, lang < 0 ? REPORT_EN : (enum report_lang)lang,
                           sink_fd(&out), e);
    db_close(question.db);
    return f;
}

static enum flow publish_files(struct err *e)
{
    struct publish_result r;
    struct db *db = db_open(database, DB_READ, e);
    enum flow f = db != NULL ? publish_run(db, question.campaign, publish, lang == REPORT_EN, &r, e) : FLOW_FATAL;
    if (f == FLOW_OK) {
        log_event(LOG_INFO, r.change == PUBLISH_WRITTEN ? "published" : "publication-unchanged",
                  LOG_TEXT("folder", r.folder), LOG_NUM("vintage", r.vintage), LOG_NUM("files", r.files));
    }
    db_close(db);
    return f;
}

static int check_usage(size_t operands)
{
    if (verb >= 0 && (dump != NULL || status >= 0 || publish != NULL)) {
        options_misuse(&spec, "--show answers a question: give it without --dump, --publish or --status");
        return 0;
    }
    if (dump != NULL && operands > 0) {
        options_misuse(&spec, "--dump takes no DATASET");
        return 0;
    }
    if (verb < 0 && dump == NULL && publish == NULL && status < 0 && operands == 0) {
        options_misuse(&spec, "give a DATASET to load, --status to sign off, --publish, --show or --dump");
        return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    int first = 1;
    struct option_row table[sizeof rows / sizeof *rows];
    memcpy(table, rows, sizeof rows);
    for (size_t i = 0; table[i].name != NULL; i++) {
        if (table[i].value == &verb) {
            table[i].arg = show_choices();
        }
    }
    spec.rows = table;
    umask(077);
    log_init("pre-load", LOG_INFO);
    switch (options_parse(&spec, argc, argv, &first)) {
    case OPTIONS_DONE:
        return STATUS_OK;
    case OPTIONS_MISUSE:
        return STATUS_USAGE;
    case OPTIONS_UNSAID:
        return STATUS_IO;
    default:
        break;
    }
    size_t operands = (size_t)(argc - first);
    if (!check_usage(operands)) {
        return STATUS_USAGE;
    }
    stop_install();
    enum flow f = check_output(dump, DUMP_BEGINS, &e) != FLOW_OK || check_output(summary, SUMMARY_BEGINS, &e) != FLOW_OK
                      ? FLOW_FATAL
                  : verb >= 0                   ? answer(argv + first, operands, &e)
                  : dump != NULL                ? write_dump(&e)
                  : operands > 0 || status >= 0 ? load_all(argv + first, operands, &e)
                                                : FLOW_OK;
    if (f == FLOW_OK && publish != NULL) {
        f = publish_files(&e);
    }
    if (f != FLOW_OK) {
        if (e.status == STATUS_USAGE) {
            options_misuse(&spec, "%s", e.text);
        } else {
            fprintf(stderr, "pre-load: %s\n", e.text);
        }
        return (int)e.status;
    }
    return STATUS_OK;
}
