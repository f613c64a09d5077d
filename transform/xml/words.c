/* SPDX-License-Identifier: Apache-2.0 */
/* What the parser's errors mean, for the person who must repair the file. The parser's own text stays beside it. */
#include "transform/xml/reader.h"

#include <stdio.h>
#include <string.h>

struct word {
    int code;
    const char *fr, *en;
};

/* %s is the quoted thing the parser names, when there is one. */
static const struct word words[] = {
    {XML_ERR_DOCUMENT_END, "Du texte suit la fin du document : après la dernière balise fermante, rien n'est permis.",
     "Text after the end of the document: nothing may follow the last closing tag."},
    {XML_ERR_TAG_NAME_MISMATCH, "Balises mal imbriquées : %s", "Tags badly nested: %s"},
    {XML_ERR_LT_IN_ATTRIBUTE, "Le caractère « < » est interdit dans un attribut : écrivez « &lt; ».",
     "The character \"<\" is not allowed in an attribute: write \"&lt;\"."},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "La valeur d'un attribut doit être entre guillemets.",
     "The value of an attribute must stand between quotes."},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "La valeur d'un attribut n'est pas fermée par un guillemet.",
     "The value of an attribute is not closed by a quote."},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "Un attribut n'a pas de valeur.", "An attribute has no value."},
    {XML_ERR_ATTRIBUTE_REDEFINED, "L'attribut %s est donné deux fois.", "Attribute %s is given twice."},
    {XML_ERR_COMMENT_NOT_FINISHED, "Un commentaire n'est pas fermé par « --> ».",
     "A comment is not closed by \"-->\"."},
    {XML_ERR_HYPHEN_IN_COMMENT, "« -- » est interdit dans un commentaire.", "\"--\" is not allowed in a comment."},
    {XML_ERR_CDATA_NOT_FINISHED, "Une section CDATA n'est pas fermée par « ]]> ».",
     "A CDATA section is not closed by \"]]>\"."},
    {XML_ERR_PI_NOT_FINISHED, "Une instruction de traitement n'est pas fermée par « ?> ».",
     "A processing instruction is not closed by \"?>\"."},
    {XML_ERR_RESERVED_XML_NAME,
     "Une déclaration « <?xml » suit le début du fichier : rien avant elle, un seul retour par fichier.",
     "A declaration \"<?xml\" stands after the beginning of the file: nothing before it, one return a file."},
    {XML_ERR_DOCUMENT_EMPTY, "Du texte, peut-être invisible, précède le premier élément : ôtez-le.",
     "Text, invisible perhaps, stands before the first element: remove it."},
    {XML_ERR_SPACE_REQUIRED, "Un espace manque entre deux attributs.", "A space is missing between two attributes."},
    {XML_ERR_NAME_REQUIRED, "Un nom est attendu : le caractère « & » doit s'écrire « &amp; », et « < » « &lt; ».",
     "A name is expected: the character \"&\" must be written \"&amp;\", and \"<\" \"&lt;\"."},
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "Le caractère « & » doit s'écrire « &amp; ».",
     "The character \"&\" must be written \"&amp;\"."},
    {XML_ERR_UNDECLARED_ENTITY, "Entité inconnue %s : écrivez le caractère lui-même.",
     "Unknown entity %s: write the character itself."},
    {XML_WAR_UNDECLARED_ENTITY, "Entité inconnue %s : écrivez le caractère lui-même.",
     "Unknown entity %s: write the character itself."},
    {XML_ERR_GT_REQUIRED, "Une balise n'est pas fermée par « > ».", "A tag is not closed by \">\"."},
    {XML_ERR_LTSLASH_REQUIRED, "Une balise fermante est attendue.", "A closing tag is expected."},
    {XML_ERR_INVALID_CHAR, "Caractère interdit en XML.", "A character that XML does not allow."},
    {XML_ERR_INVALID_CHARREF, "Référence à un caractère interdit en XML.",
     "A reference to a character that XML does not allow."},
    {XML_ERR_INVALID_HEX_CHARREF, "Référence de caractère mal écrite.", "A character reference is badly written."},
    {XML_ERR_INVALID_DEC_CHARREF, "Référence de caractère mal écrite.", "A character reference is badly written."},
    {XML_ERR_INVALID_ENCODING, "Octets qui ne sont pas dans l'encodage déclaré.",
     "Bytes that are not in the declared encoding."},
    {XML_ERR_ENCODING_NAME, "L'encodage déclaré n'est pas un nom : écrivez encoding=\"UTF-8\".",
     "The encoding declared is no name: write encoding=\"UTF-8\"."},
    {XML_ERR_STRING_NOT_STARTED, "Une valeur de la déclaration XML doit être entre guillemets.",
     "A value of the XML declaration must stand between quotes."},
    {XML_ERR_STRING_NOT_CLOSED, "Une valeur de la déclaration XML n'est pas fermée par un guillemet.",
     "A value of the XML declaration is not closed by a quote."},
    {XML_ERR_STANDALONE_VALUE, "standalone ne peut valoir que yes ou no.", "standalone can only be yes or no."},
    {XML_ERR_EQUAL_REQUIRED, "Le signe « = » manque dans la déclaration XML.",
     "The sign \"=\" is missing in the XML declaration."},
    {XML_NS_ERR_XML_NAMESPACE, "L'adresse d'un espace de noms est mal écrite : « %s ».",
     "The address of a namespace is badly written: \"%s\"."},
    {XML_WAR_NS_URI, "Une déclaration xmlns (%s) donne une adresse mal écrite.",
     "An xmlns declaration (%s) gives a badly written address."},
    {XML_ERR_XMLDECL_NOT_FINISHED, "La déclaration XML n'est pas fermée par « ?> ».",
     "The XML declaration is not closed by \"?>\"."},
    {XML_ERR_VERSION_MISSING, "La déclaration XML doit commencer par version=\"1.0\".",
     "The XML declaration must begin with version=\"1.0\"."},
    {XML_ERR_UNKNOWN_VERSION, "Version de XML inconnue : seule la version 1.0 est acceptée.",
     "Unknown version of XML: only 1.0 is accepted."},
    {XML_ERR_MISPLACED_CDATA_END, "« ]]> » est interdit dans un texte : écrivez « ]]&gt; ».",
     "\"]]>\" is not allowed in a text: write \"]]&gt;\"."},
    {XML_NS_ERR_UNDEFINED_NAMESPACE, "Préfixe d'espace de noms non déclaré : %s", "Namespace prefix not declared: %s"},
    {XML_NS_ERR_ATTRIBUTE_REDEFINED, "L'attribut %s est donné deux fois.", "Attribute %s is given twice."},
    {XML_NS_ERR_QNAME, "Nom mal formé : %s", "Badly formed name: %s"},
};

static const struct word *find(int code)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].code == code)
            return &words[i];
    return NULL;
}

/* The file ends too early: says what was complete. */
static void cut_short(struct xml_reader *r, struct xml_fault *f)
{
    if (r->last)
        xml_say(r, f, "Le fichier est coupé : il s'arrête avant la fin ; dernier élément complet : « %.60s ».",
                "The file is cut short: it stops before its end; last complete element: \"%.60s\".", r->last);
    else
        xml_say(r, f, "Le fichier est coupé : il s'arrête avant la fin ; aucun élément n'est complet%s.",
                "The file is cut short: it stops before its end; no element is complete%s.", "");
}

static int at_end(const struct xml_reader *r, uint64_t offset)
{
    return offset >= r->length;
}

/* The tags of a bad nesting as libxml2 names them: str1 was open, str2 closes. */
static void bad_nesting(struct xml_reader *r, struct xml_fault *f, const xmlError *x)
{
    if (x->str1 && x->str2)
        xml_say(r, f, "Balises mal imbriquées : « %.60s » est ouverte (ligne %d), « %.60s » se ferme.",
                "Tags badly nested: \"%.60s\" is open (line %d), \"%.60s\" closes.", x->str1, x->int1, x->str2);
    else
        xml_say(r, f, "Balises mal imbriquées.%s", "Tags badly nested.%s", "");
}

/* Puts `thing` where the sentence has "%s". */
static const char *fill(struct xml_reader *r, const char *sentence, const char *thing)
{
    char text[600];
    const char *mark = strstr(sentence, "%s");
    if (!mark)
        return sentence;
    (void)snprintf(text, sizeof text, "%.*s%.300s%s", (int)(mark - sentence), sentence, thing, mark + 2);
    return xml_keep(r, text);
}

/* The parser stands behind what it complains of: back to the character that opens it. */
static uint64_t opening(const struct xml_reader *r, int code, uint64_t offset)
{
    char opener = code == XML_ERR_UNDECLARED_ENTITY || code == XML_WAR_UNDECLARED_ENTITY ||
                          code == XML_ERR_NAME_REQUIRED || code == XML_ERR_ENTITYREF_SEMICOL_MISSING
                      ? '&'
                  : code == XML_ERR_TAG_NAME_MISMATCH || code == XML_NS_ERR_UNDEFINED_NAMESPACE ? '<'
                                                                                                : '\0';
    if (opener == '\0' || offset > r->length)
        return offset;
    for (uint64_t at = offset; at > 0; at--)
        if (r->text[at - 1] == opener)
            return at - 1;
    return offset;
}

void xml_parser_fault(struct xml_reader *r, const xmlError *x, uint64_t offset)
{
    int end = at_end(r, offset);
    if (!end)
        offset = opening(r, x->code, offset);
    struct xml_fault *f = xml_add(r, XML_BROKEN, x->code, offset);
    if (!f)
        return;
    const char *text = x->message ? x->message : "";
    f->original = xml_keep_visible(r, text, strcspn(text, "\n"));
    const struct word *w = find(x->code);
    const char *thing = x->str1 ? xml_keep_visible(r, x->str1, strlen(x->str1)) : f->original;
    if (x->code == XML_ERR_TAG_NOT_FINISHED || (end && x->code != XML_ERR_DOCUMENT_END)) {
        cut_short(r, f);
    } else if (x->code == XML_ERR_TAG_NAME_MISMATCH) {
        bad_nesting(r, f, x);
    } else if (w) {
        f->fr = fill(r, w->fr, thing);
        f->en = fill(r, w->en, thing);
    } else {
        xml_say(r, f, "XML mal formé : %s", "Badly formed XML: %s", f->original);
    }
}
