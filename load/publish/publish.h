/* SPDX-License-Identifier: Apache-2.0 */
/* pre-load --publish DIR: the latest vintage as files that people open, DIR/<campaign>-v<N>-internal/: tables, report,
 * a page for each unit, vendor kit. Everything is internal: no disclosure control here. Same vintage, same bytes; a
 * folder that is whole is left alone. */
#ifndef LOAD_PUBLISH_PUBLISH_H
#define LOAD_PUBLISH_PUBLISH_H

#include "load/store/db.h"

enum publish_change { PUBLISH_KEPT, PUBLISH_WRITTEN };

struct publish_result {
    char folder[4096];
    enum publish_change change;
    int64_t vintage, units, files;
};

/* campaign NULL: the latest; english: language of report and workbook. */
enum flow publish_run(struct db *db, const char *campaign, const char *dir, int english, struct publish_result *r,
                      struct err *e) MUST_USE;

#endif
