/* SPDX-License-Identifier: Apache-2.0 */
/* One population with every kind of gap, for the figures that R computes too: a region too thin to stand alone, last
 * edition's values for most units, items left out, withheld or not applicable, incomplete tables. */
#ifndef TESTS_CONTRACT_ORACLE_R_GOLDEN_H
#define TESTS_CONTRACT_ORACLE_R_GOLDEN_H

#include "load/estimate/method.h"
#include "tests/bench/coverage/world.h"

struct world *golden_world(void);
struct method golden_method(void);
struct figures *golden_figures(void);

#endif
