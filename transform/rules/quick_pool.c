/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping each expression once: parts are shared before the whole, so two expressions say the same when their parts are
 * the same pointers. What is found a second time and costs more than looking at a node or two gets a memo. */
#include "transform/rules/quick_model.h"

#include <string.h>

enum { POOL_FIRST = 256, WORTH_KEEPING = 4 };

/* ---- the same? ---- */
static int same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int same_step(const struct quick_step *a, const struct quick_step *b)
{
    if (a->axis != b->axis || a->predicates != b->predicates || !same_text(a->local, b->local) ||
        !same_text(a->uri, b->uri))
        return 0;
    for (size_t i = 0; i < a->predicates; i++)
        if (a->predicate[i] != b->predicate[i])
            return 0;
    return 1;
}

/* -0 is not 0 here, and NaN is NaN. */
static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static int same(const struct quick *a, const struct quick *b)
{
    if (a->op != b->op || a->type != b->type || bits_of(a->number) != bits_of(b->number) ||
        !same_text(a->name, b->name) || a->variable != b->variable || a->left != b->left || a->right != b->right ||
        a->arguments != b->arguments || a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->arguments; i++)
        if (a->argument[i] != b->argument[i])
            return 0;
    for (size_t i = 0; i < a->count; i++)
        if (!same_step(&a->steps[i], &b->steps[i]))
            return 0;
    return 1;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *s)
{
    for (; s && *s; s++)
        h = mix(h, (unsigned char)*s);
    return mix(h, s != NULL);
}

static uint64_t hash_of(const struct quick *q)
{
    uint64_t h = mix(q->op, q->type);
    h = mix(mix_text(mix(h, bits_of(q->number)), q->name), (uintptr_t)q->variable);
    h = mix(mix(h, (uintptr_t)q->left), (uintptr_t)q->right);
    for (size_t i = 0; i < q->arguments; i++)
        h = mix(h, (uintptr_t)q->argument[i]);
    for (size_t i = 0; i < q->count; i++) {
        h = mix_text(mix(h, q->steps[i].axis), q->steps[i].local);
        for (size_t k = 0; k < q->steps[i].predicates; k++)
            h = mix(h, (uintptr_t)q->steps[i].predicate[k]);
    }
    return h;
}

/* ---- what it depends on, and costs ---- */
static void need_variable(struct quick *q, struct quick_variable *v)
{
    if (!v)
        return;
    if (!v->stamp)
        q->needs |= NEEDS_CHANGING;
    if (q->fixed && q->fixed != v)
        q->needs |= NEEDS_SEVERAL;
    q->fixed = v;
}

/* inside: part is a predicate, asked of the nodes of the path and not of its context. */
static void need(struct quick *q, const struct quick *part, int inside)
{
    if (!part)
        return;
    q->needs |= inside ? part->needs & ~(unsigned)NEEDS_CONTEXT : part->needs;
    if (part->fixed)
        need_variable(q, part->fixed);
    q->work += part->work;
}

static void weigh(struct quick *q)
{
    q->needs |= q->op == OP_PATH ? NEEDS_CONTEXT : q->op == OP_PATH_ROOT ? NEEDS_DOCUMENT : 0;
    need_variable(q, q->variable);
    need(q, q->left, 0);
    need(q, q->right, 0);
    for (size_t i = q->left && q->left == q->argument[0] ? 1 : 0; i < q->arguments; i++)
        need(q, q->argument[i], 0);
    for (size_t i = 0; i < q->count; i++) {
        q->work += q->steps[i].axis == AXIS_CHILD || q->steps[i].axis == AXIS_ATTRIBUTE ? WORTH_KEEPING : 1;
        for (size_t k = 0; k < q->steps[i].predicates; k++)
            need(q, q->steps[i].predicate[k], 1);
    }
}

static int keeps(const struct quick *q)
{
    switch (q->op) {
    case OP_PATH:
    case OP_PATH_ROOT:
    case OP_PATH_VARIABLE:
    case OP_UNION:
    case OP_OR:
    case OP_AND:
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_TO_NUMBER:
    case OP_COUNT:
    case OP_SUM:
        return !(q->needs & NEEDS_CHANGING) && q->work >= WORTH_KEEPING;
    default:
        return 0;
    }
}

/* ---- the table ---- */
static struct quick **slot_of(struct quick **slots, size_t size, const struct quick *q)
{
    size_t i = (size_t)hash_of(q) & (size - 1);
    while (slots[i] && !same(slots[i], q))
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static int grow(struct quick_pool *p)
{
    size_t size = p->size ? 2 * p->size : POOL_FIRST;
    struct quick **slots = arena_get(p->arena, size * sizeof *slots);
    if (!slots)
        return 0;
    for (size_t i = 0; i < p->size; i++)
        if (p->slots[i])
            *slot_of(slots, size, p->slots[i]) = p->slots[i];
    p->slots = slots;
    p->size = size;
    return 1;
}

struct quick *quick_share(struct quick_pool *p, struct quick *q)
{
    if (!q || (2 * (p->used + 1) > p->size && !grow(p)))
        return NULL;
    struct quick **slot = slot_of(p->slots, p->size, q);
    if (!*slot) {
        weigh(q);
        p->used++;
        return *slot = q;
    }
    q = *slot;
    if (!q->memo && keeps(q) && (q->memo = arena_get(p->arena, sizeof *q->memo)) != NULL) /* NULL: nothing is kept */
        q->memo->arena = p->arena;
    return q;
}
