/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/transform/quick_both.h"

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

static const char document[] =
    "<d xmlns='urn:t' k='1' m=' 2 '><a c='G'>12</a><a c='F'>1<!--x-->3<![CDATA[4]]></a><a/><b> 12.50 "
    "</b><b>NaN</b><b>-0</b><b>1e3</b>"
    "<e><f>x</f><f>été  et\n hiver</f><a c='G'>12</a></e><g>.5</g><g>5.</g><g>+5</g><g>0012</g><z "
    "xmlns='urn:u'>7</z><z xmlns=''>8</z></d>";

/* $row, $n and $s change when they like; $bound is a row of attributes, and says when it changes. */
static struct quick_variable variables[] = {{"row", 0, NULL}, {"n", 0, NULL}, {"s", 0, NULL}, {"bound", 1, NULL}};

static const struct quick_value *variable(void *ctx, struct quick_variable *v)
{
    struct both *b = ctx;
    const struct quick_value *const values[] = {&b->row_value, &b->number_value, &b->text_value, &b->bound_value};
    return values[v - variables];
}

static struct quick_variable *find_variable(const void *ctx, const char *name, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strlen(variables[i].name) == n && strncmp(variables[i].name, name, n) == 0)
            return &variables[i];
    return NULL;
}

static const char *uri_of(const void *ctx, const char *prefix, size_t n)
{
    (void)ctx;
    return n == 1 && *prefix == 'r' ? "urn:t" : n == 1 && *prefix == 'u' ? "urn:u" : NULL;
}

static const struct quick_names names = {uri_of, find_variable, NULL};

const char *const both_numbers[BOTH_NUMBERS] = {"12",
                                                "0",
                                                "-1",
                                                "2.5",
                                                " 12.50 ",
                                                "NaN",
                                                "-0",
                                                "1e3",
                                                "",
                                                ".5",
                                                "5.",
                                                "+5",
                                                "0012",
                                                "- 5",
                                                "1 2",
                                                "x",
                                                "été",
                                                "-.5",
                                                "0.1",
                                                "1.10",
                                                "12.5",
                                                "-12",
                                                "\n3\t",
                                                "1-",
                                                "--1",
                                                ".",
                                                "-",
                                                "1e-2",
                                                "0.30000000000000004",
                                                "99999999999999999999",
                                                "123456789012345",
                                                "1234567890123456",
                                                "-123456789012345.678901234567890",
                                                "0.000000000000001",
                                                "0.0000000000000012",
                                                "100000000000000000000000",
                                                "3.14159265358979",
                                                "1.7976931348623157e308",
                                                "4E400",
                                                "Infinity",
                                                "0x10",
                                                "1,5"};

void both_document(struct both *b, xmlDocPtr doc)
{
    xmlFreeDoc(b->doc);
    b->doc = doc;
    b->row = xmlDocGetRootElement(doc);
    b->machine.stamp = ++b->stamp;
    xmlXPathRegisterVariable(b->x, BAD_CAST "row", xmlXPathNewNodeSet(b->row));
    b->x->doc = doc;
}

void both_bind(struct both *b, size_t first)
{
    static const char *const attributes[] = {"k", "m", "c", "A.x", "none"};
    bound_clear(b->bound);
    for (size_t i = 0; i < 4; i++)
        if (*both_numbers[(first + i) % BOTH_NUMBERS])
            bound_put(b->bound, bound_name(b->bound, attributes[i], strlen(attributes[i])),
                      both_numbers[(first + i) % BOTH_NUMBERS]);
    variables[3].stamp = ++b->stamp;
    variables[3].row = b->bound;
    b->machine.stamp = ++b->stamp;
}

void both_begin(struct both *b)
{
    *b = (struct both){0};
    b->x = xpath_context();
    b->bound = bound_new();
    b->bound_row = bound_row(b->bound);
    arena_init(&b->arena, 64 << 20);
    arena_init(&b->values, 64 << 20);
    arena_init(&b->machine.scratch, 64 << 20);
    b->pool.arena = &b->arena;
    b->machine.variable = variable;
    b->machine.ctx = b;
    b->machine.step_limit = 1000000;
    b->row_value = (struct quick_value){.type = QUICK_NODES, .nodes = &b->row, .count = 1};
    b->bound_value = (struct quick_value){.type = QUICK_NODES, .nodes = &b->bound_row, .count = 1};
    b->number_value = (struct quick_value){.type = QUICK_NUMBER, .number = 12};
    b->text_value = (struct quick_value){.type = QUICK_STRING, .string = "12"};
    both_document(b, xmlReadMemory(document, sizeof document - 1, "d", NULL, 0));
    both_bind(b, 0);
    xmlXPathRegisterNs(b->x, BAD_CAST "r", BAD_CAST "urn:t");
    xmlXPathRegisterNs(b->x, BAD_CAST "u", BAD_CAST "urn:u");
    xmlXPathRegisterVariable(b->x, BAD_CAST "n", xmlXPathNewFloat(12));
    xmlXPathRegisterVariable(b->x, BAD_CAST "s", xmlXPathNewString(BAD_CAST "12"));
    xmlXPathRegisterVariable(b->x, BAD_CAST "bound", xmlXPathNewNodeSet(b->bound_row));
}

void both_end(struct both *b)
{
    xpath_context_free(b->x);
    xmlFreeDoc(b->doc);
    bound_free(b->bound);
    arena_fini(&b->machine.scratch);
    arena_fini(&b->values);
    arena_fini(&b->arena);
}

static int same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

static int same(const struct quick_value *q, xmlXPathObjectPtr o)
{
    switch (q->type) {
    case QUICK_NUMBER:
        return o->type == XPATH_NUMBER && same_number(q->number, o->floatval);
    case QUICK_BOOLEAN:
        return o->type == XPATH_BOOLEAN && q->boolean == o->boolval;
    case QUICK_STRING:
        return o->type == XPATH_STRING && strcmp(q->string, (const char *)o->stringval) == 0;
    case QUICK_NODES:
        break;
    }
    size_t n = o->type == XPATH_NODESET && o->nodesetval ? (size_t)o->nodesetval->nodeNr : 0;
    if (o->type != XPATH_NODESET || n != q->count)
        return 0;
    if (o->nodesetval)
        xmlXPathNodeSetSort(o->nodesetval);
    for (size_t i = 0; i < n; i++)
        if (o->nodesetval->nodeTab[i] != q->nodes[i])
            return 0;
    return 1;
}

const struct quick *both_compile(struct both *b, const char *text)
{
    return quick_compile(text, &names, &b->pool);
}

int both_compare(struct both *b, const char *text, xmlNodePtr context)
{
    struct quick_value v;
    arena_reset(&b->values);
    arena_reset(&b->machine.scratch);
    const struct quick *q = both_compile(b, text);
    if (!q)
        return 0;
    b->machine.fault = QUICK_OK;
    b->machine.steps = 0;
    xpath_forget(b->x);
    b->x->node = context;
    b->x->contextSize = b->x->proximityPosition = 1;
    xmlXPathObjectPtr o = xmlXPathEval(BAD_CAST text, b->x);
    quick_evaluate(&b->machine, q, context, &b->values, &v);
    if (!o || b->machine.fault) {
        if (!!o != !b->machine.fault)
            fail_msg("\"%s\": libxml2 %s, quick %d", text, o ? "has a value" : "stops", (int)b->machine.fault);
        xmlXPathFreeObject(o);
        return 1;
    }
    if (!same(&v, o))
        fail_msg("\"%s\" at <%s>: type %d number %.17g boolean %d string \"%s\" nodes %zu; libxml2 type %d number "
                 "%.17g boolean %d",
                 text, (const char *)(context->name ? context->name : BAD_CAST "/"), (int)v.type, v.number, v.boolean,
                 v.string ? v.string : "", v.count, (int)o->type, o->floatval, o->boolval);
    arena_reset(&b->machine.scratch);
    if (quick_boolean(&b->machine, q, context) != xmlXPathCastToBoolean(o))
        fail_msg("\"%s\": other truth", text);
    xmlChar *string = xmlXPathCastToString(o);
    if (strcmp(quick_string(&b->machine, q, context), (const char *)string) != 0)
        fail_msg("\"%s\": other text than \"%s\"", text, (const char *)string);
    xmlFree(string);
    xmlXPathFreeObject(o);
    return 1;
}
