/* SPDX-License-Identifier: Apache-2.0 */
/* pre-extract: asks every source of the register once, keeps what came, believes what is proven. */
#include "extract/run.h"
#include "schemas/run/heap.h"
#include "schemas/run/log.h"
#include "schemas/run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    struct config config;
    struct run run;
    struct err e = {STATUS_OK, ""};
    enum status status = STATUS_OK;
    enum options_result result = config_read(&config, argc, argv);
    if (result != OPTIONS_GO)
        return result == OPTIONS_DONE ? STATUS_OK : result == OPTIONS_UNSAID ? STATUS_IO : STATUS_USAGE;
    heap_give_back(256 << 10); /* what is read of register and archive grows by doubling */
    (void)umask(077);
    log_init("pre-extract", config.verbose ? LOG_DEBUG : LOG_INFO);
    stop_install();
    enum flow f = run_extract(&run, &config, &status, &e);
    if (f != FLOW_OK) {
        (void)fprintf(stderr, "pre-extract: %s\n", e.text);
        status = e.status;
    }
    run_fini(&run);
    return status;
}
