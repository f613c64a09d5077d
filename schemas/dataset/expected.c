/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/expected.h"

#include <stdio.h>
#include <string.h>

static const struct expected_phrase phrases[] = {
    {"integer", "un nombre entier", "a whole number"},
    {"int", "un nombre entier", "a whole number"},
    {"long", "un nombre entier", "a whole number"},
    {"short", "un nombre entier", "a whole number"},
    {"byte", "un nombre entier", "a whole number"},
    {"nonNegativeInteger", "un nombre entier, zéro ou plus", "a whole number, zero or more"},
    {"unsignedInt", "un nombre entier, zéro ou plus", "a whole number, zero or more"},
    {"unsignedLong", "un nombre entier, zéro ou plus", "a whole number, zero or more"},
    {"unsignedShort", "un nombre entier, zéro ou plus", "a whole number, zero or more"},
    {"unsignedByte", "un nombre entier, zéro ou plus", "a whole number, zero or more"},
    {"positiveInteger", "un nombre entier, un ou plus", "a whole number, one or more"},
    {"negativeInteger", "un nombre entier, moins un ou moins", "a whole number, minus one or less"},
    {"nonPositiveInteger", "un nombre entier, zéro ou moins", "a whole number, zero or less"},
    {"decimal", "un nombre, avec un point pour les décimales,", "a number, with a point for decimals,"},
    {"double", "un nombre", "a number"},
    {"float", "un nombre", "a number"},
    {"date", "une date existante de la forme AAAA-MM-JJ", "an existing date in the form YYYY-MM-DD"},
    {"dateTime", "un instant de la forme AAAA-MM-JJThh:mm:ss", "an instant in the form YYYY-MM-DDThh:mm:ss"},
    {"time", "une heure de la forme hh:mm:ss", "a time in the form hh:mm:ss"},
    {"gYear", "une année de la forme AAAA", "a year in the form YYYY"},
    {"gYearMonth", "un mois de la forme AAAA-MM", "a month in the form YYYY-MM"},
    {"duration", "une durée de la forme P1Y2M3D", "a duration in the form P1Y2M3D"},
    {"boolean", "true, false, 1 ou 0", "true, false, 1 or 0"},
    {"anyURI", "une adresse (URI)", "an address (URI)"},
    {"language", "un code de langue, comme fr", "a code of a language, such as fr"},
    {"ID", "un identifiant unique", "a unique identifier"},
    {"IDREF", "un identifiant donné ailleurs", "an identifier given elsewhere"},
    {"NCName", "un nom sans espace ni deux-points", "a name without space or colon"},
    {"NMTOKEN", "un mot sans espace", "a word without space"},
    {"hexBinary", "des chiffres hexadécimaux", "hexadecimal digits"},
    {"base64Binary", "des octets en base 64", "bytes in base 64"},
    {"token", "un texte court", "a short text"},
    {"normalizedString", "un texte", "a text"},
    {"string", "un texte", "a text"},
    {"", "un nombre ou une mention de non-réponse", EXPECTED_NUMBER},
    {"", "un nom dont le préfixe est déclaré", EXPECTED_DECLARED_NAME},
    {"", "AAAA-MM-JJ", EXPECTED_DAY},
};
enum { PHRASES = sizeof phrases / sizeof phrases[0] };

const struct expected_phrase *expected_of_type(const char *type)
{
    for (size_t i = 0; *type && i < PHRASES; i++)
        if (strcmp(phrases[i].type, type) == 0)
            return &phrases[i];
    return NULL;
}

const struct expected_phrase *expected_of_words(const char *en)
{
    for (size_t i = 0; i < PHRASES; i++)
        if (strcmp(phrases[i].en, en) == 0)
            return &phrases[i];
    return NULL;
}

/* Where the French sentence names what was expected, or NULL. */
static const char *named(const char *message)
{
    static const char mark[] = "ttendu : ";
    const char *at = NULL;
    for (const char *p = message; (p = strstr(p, mark)) != NULL; p++)
        at = p + sizeof mark - 1;
    return at;
}

const char *expected_french(const char *expected, const char *message_fr, char out[EXPECTED_TEXT_MAX])
{
    const struct expected_phrase *phrase = expected_of_words(expected);
    if (phrase)
        return phrase->fr;
    const char *at = named(message_fr);
    if (!*expected || !at || strstr(message_fr, expected))
        return expected;
    /* up to the end of its sentence: advice and the number of those folded follow it */
    const char *end = strstr(at, ". "), *folded = strstr(at, " (et ");
    size_t n = end ? (size_t)(end + 1 - at) : strlen(at);
    if (folded && (size_t)(folded - at) < n)
        n = (size_t)(folded - at);
    (void)snprintf(out, EXPECTED_TEXT_MAX, "%.*s", (int)n, at);
    return out;
}
