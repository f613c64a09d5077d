/* SPDX-License-Identifier: Apache-2.0 */
/* pre-transform: returns judged and normalised, an archive becomes a dataset. The manual page is canonical. */
#include "schemas/run/heap.h"
#include "schemas/run/log.h"
#include "schemas/run/output.h"
#include "schemas/run/stop.h"
#include "transform/run.h"
#include "transform/xml/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *missing(const struct settings *s)
{
    if (s->normalised && (s->check_edition || s->check || s->merge))
        return "--write-normalised goes with --archive: a part or a check writes no returns";
    if (s->check_edition)
        return s->operand_count ? "--check-edition proves one folder: no operand is expected" : NULL;
    if (s->check && (s->archive || s->frame || s->decisions || s->previous || s->as_of || s->output || s->merge))
        return "--check judges files: no archive, register, decisions or output goes with it";
    if (s->check)
        return !s->operand_count        ? "--check: a file is due"
               : !s->edition == !s->xsd ? "--check: one of --edition and --xsd is due"
                                        : NULL;
    if (s->merge)
        return s->output ? NULL : "--output is due";
    if (!s->edition)
        return "--edition is due";
    if (!s->archive)
        return "--archive is due";
    return s->output ? s->operand_count ? "an operand without --merge or --check" : NULL : "--output is due";
}

static enum flow work(const struct settings *s, enum status *status, struct err *e)
{
    if (output_spares(s->summary, SUMMARY_BEGINS, e) != FLOW_OK)
        return FLOW_FATAL;
    if (s->check_edition)
        return run_check_edition(s, e);
    return s->check ? run_check(s, status, e) : run_dataset(s, status, e);
}

int main(int argc, char **argv)
{
    struct settings s = {0};
    const struct option_row rows[] = {
        {"edition", OPTION_TEXT, &s.edition, "DIR", "folder of the edition", 0, 0, 0},
        {"archive", OPTION_TEXT, &s.archive, "DIR", "archive written by pre-extract", 0, 0, 0},
        {"register", OPTION_TEXT, &s.frame, "FILE", "register of the units; by default the one kept in the archive", 0,
         0, 0},
        {"decisions", OPTION_TEXT, &s.decisions, "FILE",
         "decisions of the analysts; by default those kept in the archive", 0, 0, 0},
        {"as-of", OPTION_TEXT, &s.as_of, "INSTANT", "nothing received or decided after it counts", 0, 0, 0},
        {"previous", OPTION_TEXT, &s.previous, "DATASET", "dataset of the last edition", 0, 0, 0},
        {"output", OPTION_TEXT, &s.output, "DIR", "folder of the datasets", 0, 0, 0},
        {"jobs", OPTION_NUMBER, &s.jobs, "N", "threads (default: one a processor)", 1, 64, 0},
        {"shard", OPTION_TEXT, &s.shard, "I/N", "only the I-th of N parts of the units: writes part-I-of-N", 0, 0, 0},
        {"merge", OPTION_FLAG, &s.merge, NULL, "makes one dataset of the parts named as operands", 0, 0, 0},
        {"accept-refusals", OPTION_FLAG, &s.accept_refusals, NULL, "goes on when too many documents are refused", 0, 0,
         0},
        {"afresh", OPTION_FLAG, &s.afresh, NULL, "judges every return anew, whatever the last run made of it", 0, 0, 0},
        {"write-normalised", OPTION_TEXT, &s.normalised, "DIR", "also writes each return as the rules saw it", 0, 0, 0},
        {"check", OPTION_FLAG, &s.check, NULL, "judges the files named as operands, for their sender", 0, 0, 0},
        {"xsd", OPTION_TEXT, &s.xsd, "FILE", "with --check: against this schema alone", 0, 0, 0},
        {"format", OPTION_CHOICE, &s.format, "table|csv|json", "with --check: how findings are printed", 0, 0, 0},
        {"lang", OPTION_CHOICE, &s.language, "fr|en", "with --check: language of the sentences", 0, 0, 0},
        {"check-edition", OPTION_TEXT, &s.check_edition, "DIR", "proves an edition before any return is read", 0, 0, 0},
        {"summary", OPTION_TEXT, &s.summary, "FILE", "writes the numbers of the run as JSON", 0, 0, 0},
        {0},
    };
    const struct option_spec spec = {"pre-transform", "Judges and normalises returns: an archive becomes a dataset.",
                                     "[FILE...|PART...]", rows};
    int first;
    switch (options_parse(&spec, argc, argv, &first)) {
    case OPTIONS_DONE:
        return STATUS_OK;
    case OPTIONS_MISUSE:
        return STATUS_USAGE;
    case OPTIONS_UNSAID:
        return STATUS_IO;
    case OPTIONS_GO:
        break;
    }
    s.operands = argv + first;
    s.operand_count = (size_t)(argc - first);
    const char *why = missing(&s);
    if (why) {
        options_misuse(&spec, "%s", why);
        return STATUS_USAGE;
    }
    struct err e = {0};
    enum status status = STATUS_OK;
    heap_give_back(1 << 20); /* texts of register and index are freed early, and the largest documents are rare */
    (void)umask(077);
    log_init("pre-transform", LOG_INFO);
    stop_install();
    if (xml_setup(&e) != FLOW_OK || work(&s, &status, &e) != FLOW_OK) {
        if (xml_starved() && e.status != STATUS_SYSTEM) {
            (void)err_prefix(&e, "out of memory");
            e.status = STATUS_SYSTEM;
        }
        (void)fprintf(stderr, "pre-transform: %s\n", e.text);
        return (int)e.status;
    }
    if (xml_starved() && status == STATUS_CONFIG) {
        (void)fprintf(stderr, "pre-transform: out of memory: what was said of the edition may be wrong\n");
        return STATUS_SYSTEM;
    }
    return (int)status;
}
