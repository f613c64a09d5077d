/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled form shared by quick_parse.c and quick.c. */
#ifndef TRANSFORM_RULES_QUICK_MODEL_H
#define TRANSFORM_RULES_QUICK_MODEL_H

#include "transform/rules/quick.h"

enum { QUICK_STEPS_MAX = 16, QUICK_PREDICATES_MAX = 4, QUICK_ARGUMENTS_MAX = 8 };

enum quick_op {
    OP_LITERAL, /* name: the text */
    OP_NUMBER,
    OP_VARIABLE, /* name */
    OP_PATH,     /* from the context */
    OP_PATH_ROOT,
    OP_PATH_VARIABLE, /* name, at least one step */
    OP_OR,
    OP_AND,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MODULO,
    OP_NEGATE,
    OP_NOT,
    OP_TO_BOOLEAN,
    OP_TO_NUMBER,
    OP_TO_STRING,
    OP_TRUE,
    OP_FALSE,
    OP_COUNT,
    OP_SUM,
    OP_ROUND,
    OP_FLOOR,
    OP_CEILING,
    OP_CONCAT,
    OP_CONTAINS,
    OP_STARTS,
    OP_SUBSTRING,
    OP_LENGTH,
    OP_NORMALIZE
};

enum quick_axis { AXIS_CHILD, AXIS_ATTRIBUTE, AXIS_SELF, AXIS_PARENT };

struct quick_step {
    enum quick_axis axis;
    const char *uri, *local; /* local NULL: any name */
    const struct quick *predicate[QUICK_PREDICATES_MAX];
    size_t predicates;
};

struct quick {
    enum quick_op op;
    enum quick_type type; /* of the result; of a variable it is known only when it runs */
    double number;
    const char *name;
    const struct quick *left, *right;
    const struct quick *argument[QUICK_ARGUMENTS_MAX];
    size_t arguments;
    const struct quick_step *steps;
    size_t count;
};

#endif
