/* SPDX-License-Identifier: Apache-2.0 */
/* See pattern.h. Pattern -> tree -> automaton with choices -> deterministic automaton over 129 symbols: the ASCII
 * characters and one that stands for all others, which is exact because a pattern that names any other is refused.
 *
 * libxml2 misjudges some patterns in which one character can be taken by two parts (2.9.14 finds no "ac" in
 * "[^b-c]a|[a-c]*"). Where a pattern leaves such a choice, what the automaton accepts is asked of libxml2 as well. */
#include "transform/xsd/pattern.h"

#include <libxml/xmlregexp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OTHER = 128, SYMBOLS = 129, NODES = 256, STATES = 512, WORDS = STATES / 64, DETERMINED = 128, DEPTH = 20 };
enum { UNBOUNDED = -1, NONE = -1 };

struct symbols {
    uint64_t bit[3];
};

enum kind { SET, NOTHING, BOTH, EITHER, REPEAT };

struct node {
    enum kind kind;
    int a, b;     /* parts; NONE */
    int min, max; /* of a repeat */
    int empty;    /* it may match nothing */
    int repeats;  /* it has a repeat within */
    int counted;  /* one in braces */
    struct symbols set;
};

/* A state goes to next on a symbol of its set; one with an empty set goes to next and to other without. */
struct state {
    struct symbols set;
    int next, other;
};

struct compiler {
    const char *p;
    int bad, choice; /* not compiled; one character can be taken by two parts */
    unsigned depth;
    struct node node[NODES];
    int nodes;
    struct state state[STATES];
    int states;
    uint64_t member[DETERMINED][WORDS]; /* states of each deterministic state */
    int determined;
};

struct xsd_pattern {
    struct xsd_pattern *next_made;
    xmlRegexp *theirs; /* asked too; NULL: not needed */
    int count;
    uint8_t accepts[DETERMINED];
    uint8_t (*next)[SYMBOLS]; /* state 0 is the one without return */
};

/* ---- sets of symbols ---- */

static void add(struct symbols *s, int c)
{
    s->bit[c / 64] |= (uint64_t)1 << (c % 64);
}

static int has(const struct symbols *s, int c)
{
    return (s->bit[c / 64] >> (c % 64)) & 1;
}

static void complement(struct symbols *s)
{
    struct symbols all = {{0}};
    for (int c = 1; c < SYMBOLS; c++)
        if (!has(s, c))
            add(&all, c);
    *s = all;
}

/* ---- the tree ---- */

static int fail(struct compiler *c)
{
    c->bad = 1;
    return 0;
}

static int new_node(struct compiler *c, enum kind kind, int a, int b)
{
    if (c->nodes == NODES)
        return fail(c);
    struct node *n = &c->node[c->nodes];
    *n = (struct node){.kind = kind, .a = a, .b = b};
    n->repeats = (a != NONE && c->node[a].repeats) || (b != NONE && c->node[b].repeats);
    n->counted = (a != NONE && c->node[a].counted) || (b != NONE && c->node[b].counted);
    return c->nodes++;
}

/* The next character, which stands for itself because it is none of special or because a backslash precedes it; 0, and
 * the end of the compilation, for anything else. */
static int literal(struct compiler *c, const char *special)
{
    int escaped = *c->p == '\\';
    unsigned char ch = (unsigned char)c->p[escaped];
    int own = ch != 0 && ch < OTHER && (escaped ? strchr("\\|.-^?*+{}()[]", ch) != NULL : strchr(special, ch) == NULL);
    if (!own)
        return fail(c);
    c->p += escaped + 1;
    return ch;
}

static int class_in_brackets(struct compiler *c)
{
    int at = new_node(c, SET, NONE, NONE), negative = *c->p == '^';
    struct symbols *set = &c->node[at].set;
    c->p += negative;
    if (*c->p == ']')
        return fail(c);
    while (!c->bad && *c->p != ']') {
        int first = literal(c, "-[]^"), last = first;
        if (!c->bad && *c->p == '-') {
            c->p++;
            last = literal(c, "-[]^");
        }
        if (c->bad || last < first)
            return fail(c);
        for (int i = first; i <= last; i++)
            add(set, i);
    }
    c->p += !c->bad;
    if (negative)
        complement(set);
    return at;
}

static int either(struct compiler *c);

static int atom(struct compiler *c)
{
    int at, ch;
    if (*c->p == '(') {
        c->p++;
        at = either(c);
        return c->bad || *c->p++ != ')' ? fail(c) : at;
    }
    if (*c->p == '[') {
        c->p++;
        return class_in_brackets(c);
    }
    at = new_node(c, SET, NONE, NONE);
    if (*c->p == '.') {
        c->p++;
        add(&c->node[at].set, '\n');
        add(&c->node[at].set, '\r');
        complement(&c->node[at].set);
    } else if ((ch = literal(c, "?*+{}()[]|^$")) != 0) {
        add(&c->node[at].set, ch);
    }
    return at;
}

static int number(struct compiler *c)
{
    int n = 0, digits = 0;
    for (; *c->p >= '0' && *c->p <= '9' && digits < 4; digits++)
        n = 10 * n + (*c->p++ - '0');
    return digits > 0 ? n : fail(c);
}

/* {n}, {n,}, {n,m} */
static void bounds(struct compiler *c, struct node *n)
{
    n->min = n->max = number(c);
    if (*c->p == ',') {
        c->p++;
        n->max = *c->p == '}' ? UNBOUNDED : number(c);
    }
    if (*c->p++ != '}' || n->min == 0 || (n->max != UNBOUNDED && n->max < n->min))
        c->bad = 1;
}

/* libxml2 counts wrongly where a counted part is within a repeated one, or a repeated part within a counted one: those
 * are not compiled. */
static int repeated(struct compiler *c)
{
    int part = atom(c);
    if (c->bad || !*c->p || !strchr("?*+{", *c->p))
        return part;
    if (c->node[part].empty || c->node[part].counted || (*c->p == '{' && c->node[part].repeats))
        return fail(c);
    int at = new_node(c, REPEAT, part, NONE);
    struct node *n = &c->node[at];
    char ch = *c->p++;
    n->repeats = 1;
    n->counted = ch == '{';
    n->min = ch == '+';
    n->max = ch == '?' ? 1 : UNBOUNDED;
    if (ch == '{')
        bounds(c, n);
    n->empty = n->min == 0;
    return !c->bad && *c->p && strchr("?*+{", *c->p) ? fail(c) : at;
}

static int branch(struct compiler *c)
{
    int at = new_node(c, NOTHING, NONE, NONE);
    c->node[at].empty = 1;
    while (!c->bad && *c->p && *c->p != '|' && *c->p != ')') {
        int part = repeated(c), whole = new_node(c, BOTH, at, part);
        c->node[whole].empty = c->node[at].empty && c->node[part].empty;
        at = whole;
    }
    return at;
}

static int either(struct compiler *c)
{
    if (c->depth++ == DEPTH)
        return fail(c);
    int at = branch(c);
    while (!c->bad && *c->p == '|') {
        c->p++;
        int other = branch(c), whole = new_node(c, EITHER, at, other);
        c->node[whole].empty = c->node[at].empty || c->node[other].empty;
        at = whole;
    }
    c->depth--;
    return at;
}

/* ---- the automaton with choices; built from its end ---- */

static int new_state(struct compiler *c, int next, int other)
{
    if (c->states == STATES)
        return fail(c);
    c->state[c->states] = (struct state){.next = next, .other = other};
    return c->states++;
}

static int build(struct compiler *c, int at, int after);

static int build_repeat(struct compiler *c, const struct node *n, int after)
{
    int begin = after;
    if (n->max == UNBOUNDED) {
        begin = new_state(c, NONE, after);
        int part = build(c, n->a, begin);
        c->state[begin].next = part;
    }
    for (int i = n->min; i < n->max && !c->bad; i++) {
        int part = build(c, n->a, begin);
        begin = new_state(c, part, after);
    }
    for (int i = 0; i < n->min && !c->bad; i++)
        begin = build(c, n->a, begin);
    return begin;
}

/* The state from which a node is matched and then what begins at after. */
static int build(struct compiler *c, int at, int after)
{
    const struct node *n = &c->node[at];
    int s;
    if (c->bad)
        return 0;
    switch (n->kind) {
    case SET:
        s = new_state(c, after, NONE);
        c->state[s].set = n->set;
        return s;
    case BOTH:
        return build(c, n->a, build(c, n->b, after));
    case EITHER:
        s = build(c, n->a, after);
        return new_state(c, s, build(c, n->b, after));
    case REPEAT:
        return build_repeat(c, n, after);
    case NOTHING:
        break;
    }
    return after;
}

/* ---- the deterministic automaton ---- */

static int silent(const struct state *s)
{
    return !(s->set.bit[0] | s->set.bit[1] | s->set.bit[2]);
}

/* Adds a state and those reached without a symbol. State 0 is the end of the pattern. */
static void close_over(const struct compiler *c, uint64_t *member, int s)
{
    if (s == NONE || (member[s / 64] >> (s % 64)) & 1)
        return;
    member[s / 64] |= (uint64_t)1 << (s % 64);
    if (s != 0 && silent(&c->state[s])) {
        close_over(c, member, c->state[s].next);
        close_over(c, member, c->state[s].other);
    }
}

static int determined(struct compiler *c, const uint64_t *member)
{
    for (int i = 0; i < c->determined; i++)
        if (memcmp(c->member[i], member, sizeof c->member[i]) == 0)
            return i;
    if (c->determined == DETERMINED)
        return fail(c);
    memcpy(c->member[c->determined], member, sizeof c->member[0]);
    return c->determined++;
}

static int step(struct compiler *c, int from, int symbol)
{
    uint64_t member[WORDS] = {0};
    int taken = 0;
    for (int s = 1; s < c->states; s++)
        if ((c->member[from][s / 64] >> (s % 64)) & 1 && has(&c->state[s].set, symbol)) {
            close_over(c, member, c->state[s].next);
            taken++;
        }
    c->choice |= taken > 1;
    return determined(c, member);
}

static struct xsd_pattern *determine(struct compiler *c, int begin, struct arena *a)
{
    static const uint64_t none[WORDS] = {0};
    uint64_t member[WORDS] = {0};
    struct xsd_pattern *p = arena_get(a, sizeof *p);
    uint8_t(*next)[SYMBOLS] = calloc(DETERMINED, sizeof *next);
    close_over(c, member, begin);
    (void)determined(c, none);
    (void)determined(c, member);
    for (int i = 1; i < c->determined && next && !c->bad; i++)
        for (int symbol = 1; symbol < SYMBOLS; symbol++)
            next[i][symbol] = (uint8_t)step(c, i, symbol);
    size_t size = (size_t)c->determined * sizeof *next;
    if (p && next && !c->bad && (p->next = arena_get(a, size)) != NULL) {
        memcpy(p->next, next, size);
        p->count = c->determined;
        for (int i = 0; i < p->count; i++)
            p->accepts[i] = c->member[i][0] & 1;
    } else {
        p = NULL;
    }
    free(next);
    return p;
}

const struct xsd_pattern *xsd_pattern_compile(struct arena *a, struct xsd_pattern **all, const char *pattern)
{
    struct xsd_pattern *made = NULL;
    struct compiler *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->p = pattern;
    int root = either(c), end = new_state(c, NONE, NONE);
    if (!c->bad && !*c->p) {
        int begin = build(c, root, end);
        made = c->bad ? NULL : determine(c, begin, a);
    }
    if (made && c->choice && (made->theirs = xmlRegexpCompile(BAD_CAST pattern)) == NULL)
        made = NULL;
    free(c);
    if (made) {
        made->next_made = *all;
        *all = made;
    }
    return made;
}

void xsd_patterns_free(struct xsd_pattern *all)
{
    for (; all; all = all->next_made)
        xmlRegFreeRegexp(all->theirs);
}

int xsd_pattern_matches(const struct xsd_pattern *p, const char *s, size_t n)
{
    unsigned at = 1;
    for (size_t i = 0; i < n && at; i++) {
        unsigned char ch = (unsigned char)s[i];
        if (ch < OTHER)
            at = p->next[at][ch];
        else if (ch >= 0xC0) /* the first byte of a character */
            at = p->next[at][OTHER];
    }
    return p->accepts[at] && (!p->theirs || xmlRegexpExec(p->theirs, BAD_CAST s) == 1);
}
