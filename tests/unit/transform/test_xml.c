/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/xml/xml.h"

#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[] = "/tmp/pre-xml-XXXXXX";

static const char schema_text[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:t' xmlns='urn:t' "
    "elementFormDefault='qualified'>\n"
    "<xs:simpleType name='T'><xs:restriction base='xs:integer'><xs:minInclusive value='0'/><xs:maxInclusive "
    "value='9999'/>"
    "<xs:totalDigits value='4'/></xs:restriction></xs:simpleType>\n"
    "<xs:simpleType name='E'><xs:restriction base='xs:string'><xs:enumeration value='G'/><xs:enumeration value='F'/>"
    "</xs:restriction></xs:simpleType>\n"
    "<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:minLength value='2'/><xs:maxLength value='4'/>"
    "<xs:pattern value=\"[a-z']+\"/></xs:restriction></xs:simpleType>\n"
    "<xs:simpleType name='D'><xs:restriction base='xs:decimal'><xs:fractionDigits "
    "value='2'/></xs:restriction></xs:simpleType>\n"
    "<xs:simpleType name='L'><xs:list itemType='T'/></xs:simpleType>\n"
    "<xs:simpleType name='U'><xs:annotation><xs:documentation xml:lang='fr'>un entier,\n  ou G ou F.</xs:documentation>"
    "<xs:documentation xml:lang='en'>a whole number, or G or F.</xs:documentation></xs:annotation>"
    "<xs:union memberTypes='T E'/></xs:simpleType>\n"
    "<xs:complexType name='B' abstract='true'><xs:sequence/></xs:complexType>"
    "<xs:complexType name='C'><xs:complexContent><xs:extension base='B'/></xs:complexContent></xs:complexType>\n"
    "<xs:element name='r'><xs:complexType><xs:choice minOccurs='0' maxOccurs='unbounded'>\n"
    "<xs:element name='n' type='T' nillable='true'/><xs:element name='s' type='S'/><xs:element name='d' type='D'/>\n"
    "<xs:element name='abs' type='B'/><xs:element name='fix' type='xs:string' fixed='k' nillable='true'/>"
    "<xs:element name='any'><xs:complexType><xs:sequence>"
    "<xs:any namespace='##other' processContents='strict'/></xs:sequence></xs:complexType></xs:element>\n"
    "<xs:element name='l' type='L'/><xs:element name='u' type='U'/><xs:element name='t' type='xs:string'/><xs:element "
    "name='date' type='xs:date'/>\n"
    "<xs:element name='e'><xs:complexType><xs:simpleContent><xs:extension base='E'><xs:attribute name='k' type='E' "
    "use='required'/></xs:extension></xs:simpleContent></xs:complexType></xs:element>\n"
    "<xs:element name='p'><xs:complexType><xs:sequence><xs:element name='a'/><xs:element name='b'/></xs:sequence>"
    "</xs:complexType></xs:element>\n"
    "<xs:element name='k'><xs:complexType><xs:sequence><xs:element name='row' maxOccurs='unbounded'><xs:complexType>"
    "<xs:attribute name='code'/><xs:attribute "
    "name='ref'/></xs:complexType></xs:element></xs:sequence></xs:complexType>\n"
    "<xs:key name='k1'><xs:selector xpath='u:row' xmlns:u='urn:t'/><xs:field xpath='@code'/></xs:key>\n"
    "<xs:keyref name='kr' refer='k1'><xs:selector xpath='u:row' xmlns:u='urn:t'/><xs:field xpath='@ref'/></xs:keyref>"
    "</xs:element>\n"
    "</xs:choice><xs:anyAttribute namespace='##other' "
    "processContents='lax'/></xs:complexType></xs:element></xs:schema>\n";

static struct xml_schema *schema;

#define R(content) "<r xmlns=\"urn:t\">" content "</r>"

static const struct {
    const char *name, *text;
    size_t n;             /* 0: strlen */
    const char *expected; /* "rule line:column path | value | expected | en", one a line; "" when accepted */
} cases[] = {
    {"a valid document", R("<n>1</n>"), 0, ""},
    {"another prefix for the same namespace", "<p:r xmlns:p=\"urn:t\"><p:n>1</p:n></p:r>", 0, ""},
    {"comments, instructions and CDATA inside a value are read as the schema reads them",
     R("<n>12<!--x-->34</n><n>12<?a b?>34</n><n><![CDATA[12]]>34</n><n><!--9-->34</n>"), 0, ""},
    {"an empty file", "", 0, "S01 1:1 ||| The file is empty.\n"},
    {"a file of blanks", " \n\n", 0, "S01 1:1 ||| The file holds nothing but white space.\n"},
    {"an HTML page", "<!DOCTYPE html><html><body>login</body></html>", 0,
     "S01 1:1 ||| This is no XML file: it is an HTML page (a login or error page?).\n"},
    {"a spreadsheet", "PK\003\004xxxx", 0, "S01 1:1 ||| This is no XML file: it is a spreadsheet or a zip file.\n"},
    {"JSON", "  {\"a\":1}", 0, "S01 1:1 ||| This is no XML file: it is JSON.\n"},
    {"plain text", "bonjour", 0, "S01 1:1 ||| This is no XML file: its first character is not \"<\".\n"},
    {"a newline before the declaration", "\n<?xml version=\"1.0\"?>" R(""), 0,
     "S01 1:1 |<U+000A> || Text before the XML declaration: the file must begin with \"<?xml\".\n"},
    {"words before the declaration", "Bonjour <?xml version=\"1.0\"?>" R(""), 0,
     "S01 1:1 |Bonjour  || Text before the XML declaration: the file must begin with \"<?xml\".\n"},
    {"HTML after the XML", R("<n>1</n>") "\n<!DOCTYPE html>", 0,
     "S04 2:1 ||| DOCTYPE not allowed: remove it, no entity is accepted.\n"},
    {"text after the XML", R("<n>1</n>") "\n<p>x</p>", 0,
     "S02 2:1 ||| Text after the end of the document: nothing may follow the last closing tag.\n"},
    {"an internal entity", "<!DOCTYPE r [<!ENTITY i \"42\">]>" R("<n>&i;</n>"), 0,
     "S04 1:1 ||| DOCTYPE not allowed: remove it, no entity is accepted.\n"},
    {"an entity of HTML", R("<t>caf&eacute;</t>"), 0,
     "S02 1:24 ||| Unknown entity eacute: write the character itself.\n"},
    {"a bare ampersand", R("<t>a & b</t>"), 0,
     "S02 1:23 ||| A name is expected: the character \"&\" must be written \"&amp;\", and \"<\" \"&lt;\".\n"},
    {"crossed tags", R("<p><a></p></a>"), 0,
     "S02 1:24 ||| Tags badly nested: \"a\" is open (line 1), \"p\" closes. (+1)\n"},
    {"an undeclared prefix", R("<x:n>1</x:n>"), 0, "S02 1:18 ||| Namespace prefix not declared: x\n"},
    {"Latin-1 bytes in a file without declaration", R("\n<t>\xE9t\xE9</t>"), 0,
     "S03 2:0 |E9 74 E9 3C |UTF-8 | Bytes E9 74 E9 3C at offset 21 are not UTF-8. Save the file as UTF-8, or declare "
     "its "
     "real encoding (often windows-1252).\n"},
    {"Latin-1 bytes declared Latin-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" R("<t>\xE9t\xE9</t>"), 0, ""},
    {"windows-1252 declared as such",
     "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" R("<t>l\x92"
                                                           "an \x80</t>"),
     0, ""},
    {"Windows quotes declared Latin-1",
     "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n" R("<t>l\x92"
                                                           "an</t>"),
     0,
     "S09 2:22 /r/t|<U+0092> || Control character <U+0092> in the text: the file, read as ISO-8859-1, is probably "
     "windows-1252.\n"},
    {"an encoding that needs state", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" R(""), 0,
     "S03 1:1 ||| Encoding \"UTF-7\" is not accepted: save the file as UTF-8.\n"},
    {"a mark that contradicts the declaration",
     "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" R("<t>\xC3\xA9</t>"), 0,
     "S08 1:1 |ISO-8859-1 |UTF-8 | The declared encoding (ISO-8859-1) contradicts the byte-order mark; the file was "
     "read as "
     "UTF-8.\n"},
    {"8-bit text declared UTF-16", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" R(""), 0,
     "S03 1:1 ||| The file declares UTF-16, but its bytes are not.\n"},
    {"a schema named by the document is ignored",
     "<r xmlns=\"urn:t\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:t evil.xsd "
     "urn:o "
     "http://127.0.0.1:9/o.xsd\"><n>abc</n></r>",
     0,
     "S10 1:1 /r/@schemaLocation|urn:t evil.xsd urn:o http://127.0.0.1:9/o.xsd || The schema named by the file is "
     "ignored: "
     "only the edition's judges.\nS07 1:139 /r/n|abc |a whole number | \"n\" is \"abc\": a whole number is "
     "expected.\n"},
    {"no namespace", "<r><n>1</n></r>", 0,
     "S06 1:1 /r| |urn:t | The root \"r\" (namespace \"\") is not known to the schema (namespace \"urn:t\").\n"},
    {"children left unqualified", "<p:r xmlns:p=\"urn:t\"><n>1</n></p:r>", 0,
     "S07 1:22 /r/n| |urn:t | \"n\" is in namespace \"\"; expected: \"urn:t\".\n"},
    {"decimal comma", R("<d>12,5</d>"), 0,
     "S07 1:18 /r/d|12,5 |a number, with a point for decimals, | \"d\" is \"12,5\": a number, with a point for "
     "decimals, is "
     "expected. A comma is not accepted: write a point.\n"},
    {"an empty number", R("<n/>"), 0,
     "S07 1:18 /r/n| |a whole number | \"n\" is \"\": a whole number is expected. The element is empty: remove it, or "
     "write "
     "xsi:nil=\"true\" where the questionnaire allows it.\n"},
    {"bounds and digits", R("<n>-3</n>\n <n>12345</n>"), 0,
     "S07 1:18 /r/n[1]|-3 |0 | \"n\" is -3: at least 0 is expected.\n"
     "S07 2:2 /r/n[2]|12345 |9999 | \"n\" is 12345: at most 9999 is expected. (+1)\n"},
    {"lengths and patterns", R("<s>a</s><s>abcde</s><s>A1</s>"), 0,
     "S07 1:18 /r/s[1]|a |2 | \"s\" is \"a\": at least 2 character(s) are expected.\n"
     "S07 1:26 /r/s[2]|abcde |4 | \"s\" is \"abcde\": at most 4 character(s) are expected.\n"
     "S07 1:38 /r/s[3]|A1 |[a-z']+ | \"s\" is \"A1\": the form \"[a-z']+\" is expected.\n"},
    {"fraction digits, lists and dates", R("<d>1.234</d><l>1 b</l><date>2022-02-30</date>"), 0,
     "S07 1:18 /r/d|1.234 |2 | \"d\" is 1.234: at most 2 digit(s) after the point are expected.\n"
     "S07 1:30 /r/l|1 b |a whole number | \"l\" is \"1 b\": a whole number is expected. A number is written without "
     "spaces. (+1)\n"
     "S07 1:40 /r/date|2022-02-30 |an existing date in the form YYYY-MM-DD | \"date\" is \"2022-02-30\": an existing "
     "date in "
     "the form YYYY-MM-DD is expected.\n"},
    {"codes and attributes", R("<e z=\"1\" k=\"X\">H</e><e>G</e>"), 0,
     "S07 1:18 /r/e[1]/@k|X |G, F | \"k\" is \"X\": one of these codes is expected: G, F.\n"
     "S07 1:18 /r/e[1]/@z|1 || Attribute \"z\" is not allowed here.\n"
     "S07 1:18 /r/e[1]|H |G, F | \"e\" is \"H\": one of these codes is expected: G, F.\n"
     "S07 1:38 /r/e[2]| |k | \"e\": the required attribute \"k\" is missing.\n"},
    {"a documented type is told in the words of its documentation", R("<u>H</u><u>7</u><u>G</u>"), 0,
     "S07 1:18 /r/u[1]|H |a whole number, or G or F. | \"u\" is \"H\". Expected: a whole number, or G or F.\n"},
    {"content out of place", R("x<p><a/></p><p><b/></p><n>1<n/></n><q/>"), 0,
     "S07 1:1 /r|x || \"r\" can hold nothing but elements: \"x\" stands in it.\n"
     "S07 1:19 /r/p[1]| |b | \"p\" is incomplete: b is missing.\n"
     "S07 1:33 /r/p[2]/b| |a | \"b\" is not expected here; expected: a.\n"
     "S07 1:41 /r/n| || \"n\" cannot hold elements, only a value.\n"
     "S07 1:53 /r/q| | | \"q\" is not expected here: \"r\" expects nothing more.\n"},
    {"keys", R("<k><row code=\"1\"/><row code=\"1\"/><row/>\n<row code=\"3\" ref=\"9\"/></k>"), 0,
     "S07 1:36 /r/k/row[2]|1 || \"row\" repeats a key already given: 1.\n"
     "S07 1:51 /r/k/row[3]| || \"row\" lacks a part of its key.\n"
     "S07 2:1 /r/k/row[4]|9 || \"row\" refers to a key that does not exist: 9.\n"},
    {"nil with content",
     "<r xmlns=\"urn:t\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><n i:nil=\"true\">1</n><n "
     "i:nil=\"true\"/></r>",
     0, "S07 1:70 /r/n[1]|1 || \"n\" is marked xsi:nil=\"true\" and holds \"1\": it must be empty.\n"},
    {"types asked by the document",
     "<r xmlns=\"urn:t\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><abs/><abs i:type=\"C\"/>\n"
     "<n i:type=\"b:c\">1</n>\n<n i:type=\"Q\">1</n>\n<s i:type=\"C\">ab</s></r>",
     0,
     "S07 1:70 /r/abs[1]| || \"abs\" has an abstract type: xsi:type must say which one.\n"
     "S07 2:1 /r/n[1]/@type|b:c |a name whose prefix is declared | \"i:type\" is \"b:c\": a name whose prefix is "
     "declared is "
     "expected.\n"
     "S07 3:1 /r/n[2]/@type|Q || \"i:type\" asks for \"Q\": there is no such type.\n"
     "S07 4:1 /r/s/@type|C || \"i:type\" asks for \"C\": this type does not suit the element.\n"},
    {"fixed values and attributes of simple elements",
     "<r xmlns=\"urn:t\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><fix>z</fix><fix i:nil=\"1\"/>\n"
     "<n z=\"9\">1</n></r>",
     0,
     "S07 1:70 /r/fix[1]|z |k | \"fix\" is \"z\": the fixed value is \"k\".\n"
     "S07 1:82 /r/fix[2]| || \"fix\" has a fixed value: it does not accept xsi:nil.\n"
     "S07 2:1 /r/n/@z|9 || Attribute \"z\" is not allowed here.\n"},
    {"an element that a wildcard wants declared", R("<any><q xmlns=\"urn:q\"/></any>\n<any/>"), 0,
     "S07 1:23 /r/any[1]/q| || \"q\" is not known to the schema.\n"
     "S07 2:1 /r/any[2]| |* | \"any\" is incomplete: * is missing.\n"},
    {"columns count characters, tags over two lines", R("<t>\xC3\xA9\xC3\xA9</t><n>x</n><e\n k='Q'>G</e>"), 0,
     "S07 1:27 /r/n|x |a whole number | \"n\" is \"x\": a whole number is expected.\n"
     "S07 2:1 /r/e/@k|Q |G, F | \"k\" is \"Q\": one of these codes is expected: G, F.\n"},
};

static void put_fault(struct buf *b, const struct xml_fault *f)
{
    struct err e;
    assert_int_equal(buf_printf(b, &e, "%s %llu:%u %s|%s %s|%s %s| %s", xml_rule(f->kind), (unsigned long long)f->line,
                                f->column, f->path, f->value, "", f->expected, "", f->en),
                     FLOW_OK);
    if (f->folded)
        assert_int_equal(buf_printf(b, &e, " (+%llu)", (unsigned long long)f->folded), FLOW_OK);
    assert_int_equal(buf_putc(b, '\n', &e), FLOW_OK);
    assert_true(f->fr[0] != '\0');
}

static enum flow run(struct xml_reader *r, const char *text, size_t n, struct buf *out)
{
    struct err e = {0};
    struct xml_document d;
    buf_reset(out);
    enum flow f = xml_read(r, text, n, &d, &e);
    if (f == FLOW_OK)
        f = xml_validate(r, &d, &e);
    if (f == FLOW_FATAL)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < d.notices; i++)
        put_fault(out, &d.notice[i]);
    for (size_t i = 0; i < d.faults; i++)
        put_fault(out, &d.fault[i]);
    assert_int_equal(f == FLOW_OK, d.total == 0);
    return f;
}

/* "| " and " |" keep the expectations legible; they are no part of the comparison. */
static void squeeze(const char *s, char *out)
{
    for (; *s; s++)
        if (!(*s == ' ' && (s[1] == '|' || (out[-1] == '|'))))
            *out++ = *s;
    *out = '\0';
}

static int print_failure(const char *name, const char *got, const char *expected)
{
    print_error("%s:\n got     %s expected%s", name, got, expected);
    return 1;
}

static void documents_are_judged_as_the_table_says(void **state)
{
    (void)state;
    struct err e = {0};
    struct xml_limits limits = xml_default_limits();
    struct xml_reader *r = xml_reader_new(schema, &limits, &e);
    struct buf out;
    buf_init(&out, 1 << 20);
    int failed = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[8192] = " ", expected[8192] = " ";
        (void)run(r, cases[i].text, cases[i].n ? cases[i].n : strlen(cases[i].text), &out);
        squeeze(buf_str(&out), got + 1);
        squeeze(cases[i].expected, expected + 1);
        if (strcmp(got, expected) != 0)
            failed += print_failure(cases[i].name, got, expected);
    }
    assert_int_equal(failed, 0);
    buf_fini(&out);
    xml_reader_free(r);
}

static void judge(const struct xml_limits *limits, const char *text, size_t n, const char *expected)
{
    struct err e = {0};
    struct xml_reader *r = xml_reader_new(schema, limits, &e);
    struct buf out;
    buf_init(&out, 1 << 20);
    (void)run(r, text, n, &out);
    if (!strstr(buf_str(&out), expected))
        fail_msg("got\n%.600s\nexpected\n%s", buf_str(&out), expected);
    buf_fini(&out);
    xml_reader_free(r);
}

static void a_cut_file_is_never_a_short_valid_one(void **state)
{
    (void)state;
    static const char text[] = R("<n>1</n>\n<n>2</n>");
    struct xml_limits limits = xml_default_limits();
    judge(&limits, text, sizeof text - 1 - 4,
          "S02 2:9 | | | The file is cut short: it stops before its end; last complete element: \"n\".");
    for (size_t n = 1; n < sizeof text - 1; n++)
        judge(&limits, text, n, "S0");
}

static char *repeat(const char *before, const char *piece, size_t count, const char *after, size_t *n)
{
    size_t b = strlen(before), p = strlen(piece), a = strlen(after);
    char *text = malloc(b + p * count + a + 1), *to = text;
    assert_non_null(text);
    memcpy(to, before, b);
    to += b;
    for (size_t i = 0; i < count; i++, to += p)
        memcpy(to, piece, p);
    memcpy(to, after, a + 1);
    *n = b + p * count + a;
    return text;
}

static void limits_are_said_with_their_number(void **state)
{
    (void)state;
    struct xml_limits limits = xml_default_limits();
    size_t n;
    char *text = repeat("<r xmlns=\"urn:t\"><t>", "a", 1048577, "</t></r>", &n);
    judge(&limits, text, n, "S05 1:21 | | | Over a limit: a text longer than 1048576 bytes.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\"><t>", "<![CDATA[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]]>", 30000,
                  "</t></r>", &n);
    judge(&limits, text, n, "Over a limit: a text longer than 1048576 bytes.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\"><t b=\"", "a", 1048577, "\"/></r>", &n);
    judge(&limits, text, n, "Over a limit: a text longer than 1048576 bytes.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<n>1</n>", 100000, "</r>", &n);
    judge(&limits, text, n, "Over a limit: more than 100000 elements, comments and instructions.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<p>", 10000, "</r>", &n);
    judge(&limits, text, n, "Over a limit: more than 64 elements one inside the other.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\"><n ", "a='1' ", 257, "/></r>", &n);
    judge(&limits, text, n, "Over a limit: an element of more than 256 attributes.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\"><n ", "a='1' ", 1000000, "", &n); /* the tag never ends */
    judge(&limits, text, n, "Over a limit: an element of more than 256 attributes.");
    free(text);
    text =
        repeat("<r xmlns=\"urn:t\">", "<p a='/>' b=\"'>\">", 65, "</r>", &n); /* what stands in a value ends no tag */
    judge(&limits, text, n, "Over a limit: more than 64 elements one inside the other.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<n a='>' b=\"/>'\"\n/>", 65, "</q>", &n);
    judge(&limits, text, n, "S02");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<?a b?>", 100000, "</r>", &n);
    judge(&limits, text, n, "Over a limit: more than 100000 elements, comments and instructions.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<n a='1' b='1' c='1' d='1' e='1'/>", 90000, "</r>", &n);
    judge(&limits, text, n, "Over a limit: more than 400000 attributes in all.");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", " ", 10485760, "</r>", &n);
    judge(&limits, text, n, "Over a limit: 10485781 bytes, at most 10485760 are accepted.");
    free(text);
}

static void lines_beyond_65535_and_long_lines_are_exact(void **state)
{
    (void)state;
    struct xml_limits limits = xml_default_limits();
    size_t n;
    char *text = repeat("<r xmlns=\"urn:t\">\n", "<n>1</n>\n", 70000, "<n>bad</n></r>", &n);
    judge(&limits, text, n, "S07 70002:1 /r/n[70001]|bad |a whole number | \"n\" is \"bad\"");
    free(text);
    text = repeat("<r xmlns=\"urn:t\">", "<t>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</t>", 90000, "<n>bad</n></r>",
                  &n);
    judge(&limits, text, n, "S07 1:4500018 /r/n|bad |");
    free(text);
}

static void identical_faults_are_folded_and_counted(void **state)
{
    (void)state;
    struct err e = {0};
    struct xml_limits limits = xml_default_limits();
    struct xml_reader *r = xml_reader_new(schema, &limits, &e);
    struct xml_document d;
    size_t n;
    char *text = repeat("<r xmlns=\"urn:t\">", "<n>x</n>\n", 10000, "</r>", &n);
    assert_int_equal(xml_read(r, text, n, &d, &e), FLOW_OK);
    assert_int_equal(xml_validate(r, &d, &e), FLOW_ITEM);
    assert_int_equal(d.total, 10000);
    assert_int_equal(d.faults, 20);
    assert_int_equal(d.fault[0].folded, 9980);
    xml_reader_free(r);
    free(text);
}

static void utf16_is_read_with_its_columns(void **state)
{
    (void)state;
    static const char text[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" R("<t>y</t><n>x</n>");
    char wide[2 * sizeof text + 2] = "\xFF\xFE";
    for (size_t i = 0; i < sizeof text - 1; i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = '\0';
    }
    struct xml_limits limits = xml_default_limits();
    judge(&limits, wide, 2 * sizeof text, "S08 1:1 |UTF-8 |UTF-16LE |");
    judge(&limits, wide, 2 * sizeof text, "S07 2:26 /r/n|x |a whole number |");
    judge(&limits, wide + 2, 2 * sizeof text - 2, "S08 1:1 |UTF-8 |UTF-16LE |");
    judge(&limits, wide, 2 * sizeof text - 1, "S0");
}

static void a_reader_serves_many_documents(void **state)
{
    (void)state;
    struct err e = {0};
    struct xml_limits limits = xml_default_limits();
    struct xml_reader *r = xml_reader_new(schema, &limits, &e);
    struct xml_document d;
    for (int i = 0; i < 2500; i++) {
        char text[128];
        int n = snprintf(text, sizeof text, "<r xmlns=\"urn:t\"><n>%d</n><u%d/></r>", i, i);
        assert_int_equal(xml_read(r, text, (size_t)n, &d, &e), FLOW_OK);
        assert_int_equal(xml_validate(r, &d, &e), FLOW_ITEM);
        assert_int_equal(xml_read(r, "<r", 2, &d, &e), FLOW_ITEM);
    }
    xml_reader_free(r);
}

/* ---- schemas ---- */

static const char *put(const char *name, const char *text)
{
    static char path[256];
    struct err e;
    assert_true(fs_join(path, sizeof path, folder, name));
    assert_int_equal(output_file(path, text, strlen(text), &e), FLOW_OK);
    return path;
}

#define XS(content) "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>" content "</xs:schema>"

static void schemas_that_are_not_whole_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } refusals[] = {
        {XS("<xs:element name='r' type='xs:nothing'/>"), "the schema does not compile: bad.xsd:1: "},
        {XS("<xs:element name='r'><xs:complexType><xs:assert test='true()'/></xs:complexType></xs:element>"),
         "the schema does not compile: bad.xsd:1: "},
        {XS("<xs:import namespace='urn:o' schemaLocation='http://127.0.0.1:9/o.xsd'/><xs:element name='r'/>"),
         "the schema asks for http://127.0.0.1:9/o.xsd, which is not in its folder"},
        {XS("<xs:import namespace='urn:o' schemaLocation='../../etc/passwd'/><xs:element name='r'/>"),
         "which is not in its folder"},
        {XS("<xs:include schemaLocation='missing.xsd'/><xs:element name='r'/>"),
         "missing.xsd, which is not in its folder"},
        {"<xs:schema", "the schema does not compile: bad.xsd:1: "},
        {"", "the schema does not compile: bad.xsd:1: "},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct err e = {0};
        assert_null(xml_schema_open(put("bad.xsd", refusals[i].text), &e));
        assert_int_equal(e.status, STATUS_CONFIG);
        if (!strstr(e.text, refusals[i].expected))
            fail_msg("got %s\nexpected %s", e.text, refusals[i].expected);
    }
    struct err e = {0};
    assert_null(xml_schema_open("/nowhere/x.xsd", &e));
    assert_int_equal(e.status, STATUS_CONFIG);
}

static void a_schema_may_include_its_neighbours(void **state)
{
    (void)state;
    struct err e = {0};
    (void)put("part.xsd", XS("<xs:simpleType name='T'><xs:restriction base='xs:int'/></xs:simpleType>"));
    struct xml_schema *s = xml_schema_open(
        put("whole.xsd", XS("<xs:include schemaLocation='part.xsd'/><xs:element name='r' type='T'/>")), &e);
    if (!s)
        fail_msg("%s", e.text);
    assert_string_equal(xml_schema_namespace(s), "");
    assert_int_equal(strlen(xml_schema_digest(s)), 64);
    xml_schema_close(s);
}

static int set_up(void **state)
{
    (void)state;
    struct err e = {0};
    if (!mkdtemp(folder) || xml_setup(&e) != FLOW_OK)
        return -1;
    schema = xml_schema_open(put("t.xsd", schema_text), &e);
    if (!schema)
        print_error("%s\n", e.text);
    return schema ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err e;
    (void)state;
    xml_schema_close(schema);
    return fs_remove(folder, &e) == FLOW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_judged_as_the_table_says),
        cmocka_unit_test(a_cut_file_is_never_a_short_valid_one),
        cmocka_unit_test(limits_are_said_with_their_number),
        cmocka_unit_test(lines_beyond_65535_and_long_lines_are_exact),
        cmocka_unit_test(identical_faults_are_folded_and_counted),
        cmocka_unit_test(utf16_is_read_with_its_columns),
        cmocka_unit_test(a_reader_serves_many_documents),
        cmocka_unit_test(schemas_that_are_not_whole_are_refused),
        cmocka_unit_test(a_schema_may_include_its_neighbours),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
