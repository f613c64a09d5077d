/* SPDX-License-Identifier: Apache-2.0 */
/* What a validity error means, in French and English, from its code; value and expectation are taken from the tree and
 * from libxml2's text, which stays beside them. */
#include "schemas/dataset/expected.h"
#include "schemas/run/text.h"
#include "transform/xml/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the expectation is found in libxml2's text. */
enum expect {
    EXPECT_NONE,
    EXPECT_QUOTED, /* between the last two quotes: ('9'), by the pattern '...' */
    EXPECT_SET,    /* {'G', 'F'} */
    EXPECT_LIST,   /* ( {urn}a, {urn}b ) after "Expected is" */
    EXPECT_TYPE    /* the built-in type */
};

struct word {
    int code;
    enum expect expect;
    int valued;          /* the value of the node is part of the sentence */
    const char *fr, *en; /* {n} name of the node, {v} value, {x} expectation */
};

/* Every code that the validator of libxml2 2.9.14 emits on a document, but for those of its own defects. */
static const struct word words[] = {
    {XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1, EXPECT_TYPE, 1, "« {n} » vaut « {v} » : {x} est attendu.",
     "\"{n}\" is \"{v}\": {x} is expected."},
    {XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2, EXPECT_TYPE, 1, "« {n} » vaut « {v} » : {x} est attendu.",
     "\"{n}\" is \"{v}\": {x} is expected."},
    {XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3, EXPECT_TYPE, 1, "« {n} » vaut « {v} » : {x} est attendu.",
     "\"{n}\" is \"{v}\": {x} is expected."},
    {XML_SCHEMAV_CVC_LENGTH_VALID, EXPECT_QUOTED, 1, "« {n} » vaut « {v} » : {x} caractères exactement sont attendus.",
     "\"{n}\" is \"{v}\": exactly {x} characters are expected."},
    {XML_SCHEMAV_CVC_MINLENGTH_VALID, EXPECT_QUOTED, 1,
     "« {n} » vaut « {v} » : au moins {x} caractère(s) sont attendus.",
     "\"{n}\" is \"{v}\": at least {x} character(s) are expected."},
    {XML_SCHEMAV_CVC_MAXLENGTH_VALID, EXPECT_QUOTED, 1,
     "« {n} » vaut « {v} » : au plus {x} caractère(s) sont attendus.",
     "\"{n}\" is \"{v}\": at most {x} character(s) are expected."},
    {XML_SCHEMAV_CVC_MININCLUSIVE_VALID, EXPECT_QUOTED, 1, "« {n} » vaut {v} : au moins {x} est attendu.",
     "\"{n}\" is {v}: at least {x} is expected."},
    {XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID, EXPECT_QUOTED, 1, "« {n} » vaut {v} : au plus {x} est attendu.",
     "\"{n}\" is {v}: at most {x} is expected."},
    {XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID, EXPECT_QUOTED, 1, "« {n} » vaut {v} : plus de {x} est attendu.",
     "\"{n}\" is {v}: more than {x} is expected."},
    {XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID, EXPECT_QUOTED, 1, "« {n} » vaut {v} : moins de {x} est attendu.",
     "\"{n}\" is {v}: less than {x} is expected."},
    {XML_SCHEMAV_CVC_TOTALDIGITS_VALID, EXPECT_QUOTED, 1, "« {n} » vaut {v} : au plus {x} chiffre(s) sont attendus.",
     "\"{n}\" is {v}: at most {x} digit(s) are expected."},
    {XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID, EXPECT_QUOTED, 1,
     "« {n} » vaut {v} : au plus {x} chiffre(s) après le point sont attendus.",
     "\"{n}\" is {v}: at most {x} digit(s) after the point are expected."},
    {XML_SCHEMAV_CVC_PATTERN_VALID, EXPECT_QUOTED, 1, "« {n} » vaut « {v} » : la forme « {x} » est attendue.",
     "\"{n}\" is \"{v}\": the form \"{x}\" is expected."},
    {XML_SCHEMAV_CVC_ENUMERATION_VALID, EXPECT_SET, 1, "« {n} » vaut « {v} » : l'un de ces codes est attendu : {x}.",
     "\"{n}\" is \"{v}\": one of these codes is expected: {x}."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1, EXPECT_NONE, 1, "« {n} » doit être vide.", "\"{n}\" must be empty."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2, EXPECT_NONE, 0, "« {n} » ne peut pas contenir d'éléments, seulement une valeur.",
     "\"{n}\" cannot hold elements, only a value."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3, EXPECT_NONE, 0,
     "« {n} » ne peut contenir que des éléments : « {v} » s'y trouve.",
     "\"{n}\" can hold nothing but elements: \"{v}\" stands in it."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4, EXPECT_LIST, 0, "« {n} » n'est pas attendu ici ; attendu : {x}.",
     "\"{n}\" is not expected here; expected: {x}."},
    {XML_SCHEMAV_ELEMENT_CONTENT, EXPECT_LIST, 0, "« {n} » n'est pas attendu ici ; attendu : {x}.",
     "\"{n}\" is not expected here; expected: {x}."},
    {XML_SCHEMAV_CVC_ELT_1, EXPECT_NONE, 0, "L'élément racine « {n} » n'est pas celui du schéma ; attendu : {x}.",
     "The root element \"{n}\" is not the schema's; expected: {x}."},
    {XML_SCHEMAV_CVC_ELT_2, EXPECT_NONE, 0, "L'élément « {n} » est abstrait : il ne peut pas être employé.",
     "Element \"{n}\" is abstract: it cannot be used."},
    {XML_SCHEMAV_CVC_ELT_3_1, EXPECT_NONE, 0, "« {n} » n'accepte pas xsi:nil.", "\"{n}\" does not accept xsi:nil."},
    {XML_SCHEMAV_CVC_ELT_3_2_1, EXPECT_NONE, 1,
     "« {n} » est marqué xsi:nil=\"true\" et contient « {v} » : il doit être vide.",
     "\"{n}\" is marked xsi:nil=\"true\" and holds \"{v}\": it must be empty."},
    {XML_SCHEMAV_CVC_ELT_3_2_2, EXPECT_NONE, 0, "« {n} » a une valeur fixée : il n'accepte pas xsi:nil.",
     "\"{n}\" has a fixed value: it does not accept xsi:nil."},
    {XML_SCHEMAV_CVC_ELT_4_2, EXPECT_NONE, 1, "« {n} » demande « {v} » : ce type n'existe pas.",
     "\"{n}\" asks for \"{v}\": there is no such type."},
    {XML_SCHEMAV_CVC_ELT_4_3, EXPECT_NONE, 1, "« {n} » demande « {v} » : ce type ne convient pas à cet élément.",
     "\"{n}\" asks for \"{v}\": this type does not suit the element."},
    {XML_SCHEMAV_CVC_ELT_5_2_2_1, EXPECT_NONE, 0, "« {n} » a une valeur fixée : il ne peut pas contenir d'éléments.",
     "\"{n}\" has a fixed value: it cannot hold elements."},
    {XML_SCHEMAV_CVC_TYPE_1, EXPECT_NONE, 0, "« {n} » n'a pas de type dans le schéma.",
     "\"{n}\" has no type in the schema."},
    {XML_SCHEMAV_CVC_TYPE_2, EXPECT_NONE, 0, "« {n} » a un type abstrait : xsi:type doit dire lequel.",
     "\"{n}\" has an abstract type: xsi:type must say which one."},
    {XML_SCHEMAV_CVC_ATTRIBUTE_2, EXPECT_NONE, 1, "L'attribut « {n} » n'a pas de type dans le schéma.",
     "Attribute \"{n}\" has no type in the schema."},
    {XML_SCHEMAV_CVC_ELT_5_2_2_2_1, EXPECT_QUOTED, 1, "« {n} » vaut « {v} » : la valeur fixée est « {x} ».",
     "\"{n}\" is \"{v}\": the fixed value is \"{x}\"."},
    {XML_SCHEMAV_CVC_ELT_5_2_2_2_2, EXPECT_QUOTED, 1, "« {n} » vaut « {v} » : la valeur fixée est « {x} ».",
     "\"{n}\" is \"{v}\": the fixed value is \"{x}\"."},
    {XML_SCHEMAV_CVC_TYPE_3_1_1, EXPECT_NONE, 1, "L'attribut « {n} » n'est pas permis ici.",
     "Attribute \"{n}\" is not allowed here."},
    {XML_SCHEMAV_CVC_TYPE_3_1_2, EXPECT_NONE, 0, "« {n} » ne peut pas contenir d'éléments, seulement une valeur.",
     "\"{n}\" cannot hold elements, only a value."},
    {XML_SCHEMAV_CVC_ATTRIBUTE_4, EXPECT_QUOTED, 1, "L'attribut « {n} » vaut « {v} » : la valeur fixée est « {x} ».",
     "Attribute \"{n}\" is \"{v}\": the fixed value is \"{x}\"."},
    {XML_SCHEMAV_CVC_AU, EXPECT_QUOTED, 1, "L'attribut « {n} » vaut « {v} » : la valeur fixée est « {x} ».",
     "Attribute \"{n}\" is \"{v}\": the fixed value is \"{x}\"."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_3_1, EXPECT_QUOTED, 1,
     "L'attribut « {n} » vaut « {v} » : la valeur fixée est « {x} ».",
     "Attribute \"{n}\" is \"{v}\": the fixed value is \"{x}\"."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, EXPECT_NONE, 1, "L'attribut « {n} » n'est pas permis ici.",
     "Attribute \"{n}\" is not allowed here."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2, EXPECT_NONE, 1, "L'attribut « {n} » n'est pas permis ici.",
     "Attribute \"{n}\" is not allowed here."},
    {XML_SCHEMAV_CVC_COMPLEX_TYPE_4, EXPECT_QUOTED, 0, "« {n} » : l'attribut obligatoire « {x} » manque.",
     "\"{n}\": the required attribute \"{x}\" is missing."},
    {XML_SCHEMAV_CVC_WILDCARD, EXPECT_NONE, 0, "« {n} » n'est pas connu du schéma.",
     "\"{n}\" is not known to the schema."},
};

/* libxml2 names no more than so many of what it expects. */
enum { TEXT = 1200, LIST = 360, SHOWN = 400, NAMED_MAX = 10 };

static const struct word *find(int code)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].code == code)
            return &words[i];
    return NULL;
}

/* ---- types ---- */

static void type_words(const char *builtin, const char *message, const char **fr, const char **en, char *own,
                       size_t size)
{
    const struct expected_phrase *known = expected_of_type(builtin);
    if (!known && strstr(message, "The QName value"))
        known = expected_of_words(EXPECTED_DECLARED_NAME);
    if (known) {
        *fr = known->fr;
        *en = known->en;
        return;
    }
    const char *mark = strstr(message, " type '"), *begin = mark ? mark + 7 : "";
    const char *brace = strchr(begin, '}');
    begin = brace ? brace + 1 : begin;
    (void)snprintf(own, size, "%.*s", (int)strcspn(begin, "'"), begin);
    *fr = *en = own[0] ? own : "?";
}

/* ---- what the text of libxml2 says ---- */

static void take(char *out, size_t size, const char *begin, const char *end)
{
    (void)snprintf(out, size, "%.*s", (int)(end > begin ? end - begin : 0), begin);
}

/* Between the last quote and the one before it, patterns with quotes inside included: from the first quote after the
 * last of `marks`. */
static void last_quoted(const char *message, char *out, size_t size)
{
    static const char *const marks[] = {"pattern '",    "allowed ('",  "length of '",
                                        "constraint '", "attribute '", "value '"};
    const char *end = strrchr(message, '\''), *begin = NULL;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && !begin; i++) {
        const char *p = message;
        while ((p = strstr(p, marks[i])) != NULL) {
            p += strlen(marks[i]);
            begin = p;
            if (i == 0)
                break; /* a pattern may hold anything: the first mark counts */
        }
    }
    if (begin && end && end >= begin)
        take(out, size, begin, end);
}

/* How many more names stand before the end of the list. */
static size_t commas(const char *p, char end)
{
    size_t n = 0;
    for (; *p && *p != end; p++)
        n += *p == ',';
    return n;
}

/* A list too long for a sentence ends after a whole name and says how many more there are; `unread` are not in it. */
static void shorten(char *list, size_t unread)
{
    size_t n = strlen(list), left = unread;
    if (n <= LIST && !unread)
        return;
    for (n = n > LIST ? LIST : n; n > 0 && strncmp(list + n, ", ", 2) != 0; n--)
        ;
    if (n == 0)
        return;
    for (const char *p = list + n; *p; p++)
        left += *p == ',';
    (void)snprintf(list + n, TEXT - n, ", … (+%zu)", left);
}

/* {'G', 'F'} -> G, F */
static void set_of(const char *message, char *out, size_t size)
{
    const char *p = strstr(message, "the set {");
    size_t n = 0;
    out[0] = '\0';
    for (p = p ? p + 9 : ""; *p && *p != '}' && n + 4 < size; p++) {
        if (*p == '\'')
            continue;
        out[n++] = *p;
        out[n] = '\0';
    }
    shorten(out, commas(p, '}'));
}

/* "Expected is one of ( {urn:t}a, {urn:t}b )." -> a, b */
static void expected_list(const char *message, char *out, size_t size)
{
    const char *p = strstr(message, "Expected is");
    size_t n = 0;
    p = p ? strchr(p, '(') : NULL;
    out[0] = '\0';
    if (!p)
        return;
    for (p++; *p && *p != ')' && n + 4 < size; p++) {
        if (p[0] == '#' && p[1] == '#') /* ##other{urn:t}*: whatever a wildcard takes */
            p += strcspn(p, "{*,)");
        if (*p == '{') {
            p += strcspn(p, "}");
            if (!*p)
                break;
            continue;
        }
        if (*p == ' ' && (n == 0 || p[1] == ')'))
            continue;
        out[n++] = *p;
        out[n] = '\0';
    }
    while (n > 0 && out[n - 1] == ' ')
        out[--n] = '\0';
    if (commas(out, '\0') + 1 == NAMED_MAX && n + 8 < size)
        memcpy(out + n, ", …", sizeof ", …");
    shorten(out, commas(p, ')'));
}

/* Namespace in front of the first expected name, or "". */
static void expected_namespace(const char *message, char *out, size_t size)
{
    const char *p = strstr(message, "Expected is");
    p = p ? strchr(p, '{') : NULL;
    out[0] = '\0';
    if (p)
        take(out, size, p + 1, p + strcspn(p, "}"));
}

/* ---- sentences ---- */

static const char *compose(struct xml_reader *r, const char *sentence, const char *name, const char *value,
                           const char *expected)
{
    char text[TEXT];
    size_t n = 0;
    for (const char *p = sentence; *p && n + 1 < sizeof text; p++) {
        const char *put = p[0] != '{' || p[1] == '\0' || p[2] != '}' ? NULL
                          : p[1] == 'n'                              ? name
                          : p[1] == 'v'                              ? value
                          : p[1] == 'x'                              ? expected
                                                                     : NULL;
        if (!put) {
            text[n++] = *p;
            text[n] = '\0';
            continue;
        }
        size_t len = strlen(put), cut = text_cut(put, len, SHOWN);
        int k = snprintf(text + n, sizeof text - n, "%.*s%s", (int)cut, put, cut < len ? "…" : "");
        n += k > 0 ? (size_t)k : 0;
        p += 2;
    }
    text[n < sizeof text ? n : sizeof text - 1] = '\0';
    return xml_keep(r, text);
}

static const char *node_value(struct xml_reader *r, const xmlNode *node)
{
    xmlChar *text = node ? xmlNodeGetContent((xmlNode *)(uintptr_t)node) : NULL;
    const char *kept = text ? xml_keep_visible(r, (const char *)text, strlen((const char *)text)) : "";
    xmlFree(text);
    return kept;
}

/* The first text that stands between elements. */
static const char *stray_text(struct xml_reader *r, const xmlNode *node)
{
    for (const xmlNode *c = node ? node->children : NULL; c; c = c->next) {
        const char *text =
            c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE ? (const char *)c->content : "";
        text += strspn(text, " \t\r\n");
        if (*text)
            return xml_keep_visible(r, text, strlen(text));
    }
    return "";
}

static int is_leaf(const xmlNode *node)
{
    if (!node || node->type == XML_ATTRIBUTE_NODE)
        return node != NULL;
    for (const xmlNode *c = node->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE)
            return 0;
    return 1;
}

/* Advice that a value itself suggests. */
static void advise(struct xml_reader *r, struct xml_fault *f, const xmlNode *node, const char *builtin)
{
    int number = strcmp(builtin, "decimal") == 0 || strstr(builtin, "nteger") || strcmp(builtin, "int") == 0;
    const char *fr = NULL, *en = NULL, *v = f->value;
    if (f->code != XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1)
        return;
    if (v[0] == '\0' && node && node->type == XML_ATTRIBUTE_NODE) {
        fr = " L'attribut est vide.";
        en = " The attribute is empty.";
    } else if (v[0] == '\0') {
        fr = " L'élément est vide : ôtez-le, ou écrivez xsi:nil=\"true\" si le questionnaire le permet.";
        en = " The element is empty: remove it, or write xsi:nil=\"true\" where the questionnaire allows it.";
    } else if (number && strchr(v, ',')) {
        fr = " La virgule n'est pas acceptée : écrivez un point.";
        en = " A comma is not accepted: write a point.";
    } else if (number && (strchr(v, ' ') || strstr(v, "U+00A0") || strstr(v, "U+202F"))) {
        fr = " Un nombre s'écrit sans espace.";
        en = " A number is written without spaces.";
    } else if (number && strchr(v, '%')) {
        fr = " Un effectif est attendu, non un pourcentage.";
        en = " A count is expected, not a percentage.";
    }
    if (fr) {
        char text[TEXT];
        (void)snprintf(text, sizeof text, "%s%s", f->fr, fr);
        f->fr = xml_keep(r, text);
        (void)snprintf(text, sizeof text, "%s%s", f->en, en);
        f->en = xml_keep(r, text);
    }
}

/* An element of the right name in the wrong namespace. */
static int wrong_namespace(struct xml_reader *r, struct xml_fault *f, const xmlNode *node, const char *message)
{
    char wanted[300], list[TEXT] = "";
    const char *found =
        node && node->type == XML_ELEMENT_NODE && node->ns && node->ns->href ? (const char *)node->ns->href : "";
    expected_namespace(message, wanted, sizeof wanted);
    expected_list(message, list, sizeof list);
    if (!node || !strstr(list, (const char *)node->name) || strcmp(found, wanted) == 0)
        return 0;
    xml_say(r, f, "« %.100s » est dans l'espace de noms « %.200s » ; attendu : « %.200s ».",
            "\"%.100s\" is in namespace \"%.200s\"; expected: \"%.200s\".", (const char *)node->name, found, wanted);
    f->expected = xml_keep(r, wanted);
    f->value = xml_keep(r, found);
    return 1;
}

static void missing_child(struct xml_reader *r, struct xml_fault *f, const char *name, const char *expected)
{
    int several = strchr(expected, ',') != NULL;
    f->fr = compose(r,
                    several ? "« {n} » est incomplet : il manque l'un de ces éléments : {x}."
                            : "« {n} » est incomplet : il manque {x}.",
                    name, "", expected);
    f->en = compose(
        r, several ? "\"{n}\" is incomplete: one of these is missing: {x}." : "\"{n}\" is incomplete: {x} is missing.",
        name, "", expected);
}

/* "No match found for key-sequence ['9', 'a'] of keyref '{urn:t}kr'." -> 9, a */
static void key_of(const char *message, char *out, size_t size)
{
    const char *p = strstr(message, "['"), *end = p ? strstr(p, "']") : NULL;
    size_t n = 0;
    p = end ? p + 2 : end;
    while (p < end && n + 3 < size) {
        int between = strncmp(p, "', '", 4) == 0;
        if (between)
            out[n++] = ',';
        out[n++] = between ? ' ' : *p;
        p += between ? 4 : 1;
    }
    out[n] = '\0';
}

static void identity(struct xml_reader *r, struct xml_fault *f, const char *name, const char *message)
{
    char key[200];
    key_of(message, key, sizeof key);
    f->value = xml_keep_visible(r, key, strlen(key));
    if (strstr(message, "Duplicate")) {
        f->fr = compose(r, "« {n} » répète une clé déjà donnée : {v}.", name, f->value, "");
        f->en = compose(r, "\"{n}\" repeats a key already given: {v}.", name, f->value, "");
    } else if (strstr(message, "No match")) {
        f->fr = compose(r, "« {n} » renvoie à une clé qui n'existe pas : {v}.", name, f->value, "");
        f->en = compose(r, "\"{n}\" refers to a key that does not exist: {v}.", name, f->value, "");
    } else {
        f->fr = compose(r, "« {n} » n'a pas tous les éléments de sa clé.", name, "", "");
        f->en = compose(r, "\"{n}\" lacks a part of its key.", name, "", "");
    }
}

static void root_words(struct xml_reader *r, struct xml_fault *f, const xmlNode *node)
{
    const char *wanted = r->schema ? xml_schema_namespace(r->schema) : "";
    const char *found = node && node->ns && node->ns->href ? (const char *)node->ns->href : "";
    f->kind = XML_NAMESPACE;
    f->value = xml_keep(r, found);
    f->expected = xml_keep(r, wanted);
    xml_say(r, f,
            "La racine « %.100s » (espace de noms « %.200s ») n'est pas connue du schéma (espace de noms « %.200s »).",
            "The root \"%.100s\" (namespace \"%.200s\") is not known to the schema (namespace \"%.200s\").",
            node ? (const char *)node->name : "?", found, wanted);
}

static const char *name_of(const xmlNode *node, const char *message, char *out, size_t size)
{
    if (node && node->type == XML_ATTRIBUTE_NODE && node->ns && node->ns->prefix) {
        (void)snprintf(out, size, "%.60s:%.100s", (const char *)node->ns->prefix, (const char *)node->name);
        return out;
    }
    if (node)
        return (const char *)node->name;
    const char *begin = strchr(message, '\''), *brace;
    take(out, size, begin ? begin + 1 : "", begin ? begin + 1 + strcspn(begin + 1, "'") : begin);
    brace = strchr(out, '}');
    return brace ? brace + 1 : out;
}

/* What the schema's own documentation says is clearer than the name of a type. */
static int documented(struct xml_reader *r, struct xml_fault *f, const char *name, const struct xsd_type *type)
{
    if (!type->fr[0] || !type->en[0])
        return 0;
    f->expected = xml_keep(r, type->en);
    f->fr = compose(r, "« {n} » vaut « {v} ». Attendu : {x}", name, f->value, type->fr);
    f->en = compose(r, "\"{n}\" is \"{v}\". Expected: {x}", name, f->value, type->en);
    return 1;
}

void xsd_words(struct xml_reader *r, struct xml_fault *f, const xmlNode *node, const char *message,
               const struct xsd_type *type)
{
    char text[TEXT] = "", own[200] = "", spare[200];
    const char *name = name_of(node, message, spare, sizeof spare), *fr = text, *en = text;
    const struct word *w = find(f->code);
    if (is_leaf(node) && (!w || w->valued))
        f->value = node_value(r, node);
    if (f->code == XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3)
        f->value = stray_text(r, node);
    if (f->code == XML_SCHEMAV_CVC_ELT_1) {
        if (!node || !node->parent || node->parent->type != XML_ELEMENT_NODE) {
            root_words(r, f, node);
            return;
        }
        w = find(XML_SCHEMAV_CVC_WILDCARD); /* an element that a wildcard wants declared */
    }
    if (f->code == XML_SCHEMAV_CVC_IDC) {
        identity(r, f, name, message);
        return;
    }
    if (!w) {
        xml_say(r, f, "Le schéma n'est pas respecté : %s", "The schema is not respected: %s", f->original);
        return;
    }
    if (w->expect == EXPECT_LIST) {
        expected_list(message, text, sizeof text);
        if (wrong_namespace(r, f, node, message))
            return;
    } else if (w->expect == EXPECT_SET) {
        set_of(message, text, sizeof text);
    } else if (w->expect == EXPECT_QUOTED) {
        last_quoted(message, text, sizeof text);
    } else if (w->expect == EXPECT_TYPE) {
        type_words(type->builtin, message, &fr, &en, own, sizeof own);
    }
    if (w->expect != EXPECT_NONE)
        f->expected = xml_keep(r, en);
    if (strstr(message, "Missing child")) {
        missing_child(r, f, name, text);
    } else if (w->expect == EXPECT_LIST && text[0] == '\0') {
        const char *parent = node && node->parent && node->parent->name ? (const char *)node->parent->name : "?";
        f->fr = compose(r, "« {n} » n'est pas attendu ici : « {v} » n'attend plus rien.", name, parent, "");
        f->en = compose(r, "\"{n}\" is not expected here: \"{v}\" expects nothing more.", name, parent, "");
    } else if ((w->expect != EXPECT_TYPE && f->code != XML_SCHEMAV_CVC_PATTERN_VALID) ||
               !documented(r, f, name, type)) {
        f->fr = compose(r, w->fr, name, f->value, fr);
        f->en = compose(r, w->en, name, f->value, en);
    }
    advise(r, f, node, type->builtin);
}
