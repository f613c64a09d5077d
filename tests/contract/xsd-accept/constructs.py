# SPDX-License-Identifier: Apache-2.0
"""A schema with one section for each construct of XML Schema 1.0 that the acceptor knows or must leave to libxml2: every built-in type,
facets in all their company, unions, groups, extensions, identity constraints. And one valid document for each section."""
import os

BUILT_IN = {
    "5": "decimal integer nonNegativeInteger positiveInteger long int short byte unsignedLong unsignedInt unsignedShort unsignedByte double float",
    "a": "string normalizedString token NMTOKEN Name NCName anyURI ID NMTOKENS",
    "-5": "negativeInteger nonPositiveInteger", "true": "boolean", "2022-05-12": "date", "10:11:00": "time", "2022-05-12T10:11:00Z": "dateTime",
    "2022": "gYear", "2022-05": "gYearMonth", "--05": "gMonth", "P1Y": "duration", "fr": "language", "x": "QName", "00": "hexBinary", "AAAA": "base64Binary",
}
# name, base, facets, a valid value
RESTRICTIONS = [
    ("T1", "xs:decimal", [("totalDigits", "3")], "5"),
    ("T2", "xs:decimal", [("totalDigits", "3"), ("fractionDigits", "2")], "5"),
    ("T3", "xs:decimal", [("minExclusive", "0.05"), ("maxExclusive", "5")], "1"),
    ("T4", "xs:integer", [("totalDigits", "2")], "5"),
    ("T5", "xs:decimal", [("enumeration", "5"), ("enumeration", "5.0"), ("enumeration", "1.5")], "5"),
    ("T6", "xs:integer", [("enumeration", "05"), ("enumeration", "-0")], "05"),
    ("T7", "xs:string", [("whiteSpace", "collapse"), ("minLength", "1")], "a b"),
    ("T8", "xs:string", [("whiteSpace", "replace"), ("maxLength", "3")], "a b"),
    ("T9", "T7", [("enumeration", "a b"), ("enumeration", "oui")], "a b"),
    ("T10", "xs:string", [("enumeration", " a "), ("enumeration", "oui")], "oui"),
    ("T11", "xs:normalizedString", [("pattern", "[a-z ]+")], "a b"),
    ("T12", "xs:string", [("pattern", "a.c|[^x]*")], "abc"),
    ("T13", "xs:string", [("pattern", "[a-c]{1,3}"), ("pattern", "x?y+z*")], "ab"),
    ("T14", "T13", [("pattern", ".*[bz]")], "ab"),
    ("T15", "xs:decimal", [("pattern", r"[0-9]+(\.[0-9]{1,2})?")], "5"),
    ("T16", "xs:date", [("minInclusive", "2020-01-01")], "2022-05-12"),
    ("T17", "xs:date", [("pattern", r"[0-9\-]+")], "2022-05-12"),
    ("T18", "xs:boolean", [("pattern", "true|false")], "true"),
    ("T19", "xs:token", [("length", "5")], "oui a"),
    ("T20", "xs:gYear", [("pattern", "20[0-9][0-9]")], "2022"),
    ("T21", "xs:NMTOKEN", [("maxLength", "3")], "a"),
    ("T22", "xs:dateTime", [("pattern", r".*(Z|[+\-][0-9]{2}:[0-9]{2})")], "2022-05-12T10:11:00Z"),
    ("T23", "xs:unsignedByte", [("maxExclusive", "10")], "5"),
    ("T24", "xs:decimal", [("minInclusive", "-1.5"), ("maxInclusive", "999999999")], "5"),
    ("T25", "xs:token", [("pattern", r"\d+\w*")], "12a"),
]
UNIONS = [
    ("U1", "T1 vide", "5"), ("U2", "T13 T4 vide", "ab"), ("U3", "U1 U2", "5"), ("U4", "T10 xs:boolean", "oui"), ("U5", "xs:token T8", "a"),
    ("U6", "xs:date xs:dateTime", "2022-05-12"), ("U7", "T7 xs:decimal", "5"),
]
COMPLEX = """
<xs:simpleType name="vide"><xs:restriction base="xs:token"><xs:length value="0"/></xs:restriction></xs:simpleType>
<xs:simpleType name="L1"><xs:list itemType="xs:int"/></xs:simpleType>
<xs:attributeGroup name="ag"><xs:attribute name="g1" type="xs:token"/><xs:attribute name="g2" type="T1" use="required"/></xs:attributeGroup>
<xs:complexType name="C0"><xs:sequence><xs:element name="p" type="xs:token"/><xs:element name="q" type="xs:int" minOccurs="0"/></xs:sequence>
  <xs:attributeGroup ref="ag"/></xs:complexType>
<xs:complexType name="C1"><xs:complexContent><xs:extension base="C0"><xs:choice minOccurs="0" maxOccurs="unbounded">
  <xs:element name="s" type="T13"/><xs:element name="t" type="U1"/></xs:choice><xs:attribute name="h" type="xs:boolean" default="true"/>
  </xs:extension></xs:complexContent></xs:complexType>
<xs:complexType name="C2"><xs:complexContent><xs:restriction base="C0"><xs:sequence><xs:element name="p" type="xs:token"/></xs:sequence>
  </xs:restriction></xs:complexContent></xs:complexType>
<xs:complexType name="SC"><xs:simpleContent><xs:extension base="U1"><xs:attribute name="code" type="xs:token" use="required"/>
  <xs:attribute name="fx" type="xs:int" fixed="5"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="SC2"><xs:simpleContent><xs:extension base="SC"><xs:attribute name="more" type="xs:date"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="SC3"><xs:simpleContent><xs:restriction base="SC"><xs:attribute name="code" type="xs:token" use="required"/></xs:restriction>
  </xs:simpleContent></xs:complexType>
<xs:complexType name="M" mixed="true"><xs:sequence><xs:element name="p" type="xs:token" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="W"><xs:sequence><xs:element name="p" type="xs:token" minOccurs="0"/>
  <xs:any namespace="##other" processContents="lax" minOccurs="0"/></xs:sequence><xs:anyAttribute namespace="##other" processContents="skip"/></xs:complexType>
<xs:group name="G"><xs:choice><xs:element name="g" type="xs:token"/><xs:sequence><xs:element name="k" type="xs:token" minOccurs="0"/>
  <xs:element name="l" type="xs:token" maxOccurs="2"/></xs:sequence></xs:choice></xs:group>
<xs:complexType name="ALL"><xs:all><xs:element name="a1" type="xs:token"/><xs:element name="a2" type="T4" minOccurs="0"/>
  <xs:element name="a3" type="xs:token" nillable="true"/></xs:all></xs:complexType>
<xs:complexType name="K"><xs:attribute name="a" type="xs:token"/></xs:complexType>
<xs:element name="glob" type="xs:token" nillable="true"/>
"""
ROWS = """<xs:complexType><xs:sequence><xs:element name="row" maxOccurs="unbounded" nillable="true">%s</xs:element>
  <xs:element name="ref" type="K" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>"""
# declaration (minOccurs="0" is added), a valid element
SECTIONS = [
    ('<xs:element name="c0" type="C0"/>', '<c0 g2="5"><p>a</p><q>1</q></c0>'),
    ('<xs:element name="c1" type="C1" maxOccurs="2"/>', '<c1 g2="5" h="1"><p>a</p><s>ab</s><t/><s>y</s></c1>'),
    ('<xs:element name="c2" type="C2"/>', '<c2 g2="5"><p>a</p></c2>'),
    ('<xs:element name="sc" type="SC" nillable="true"/>', '<sc code="a">5</sc>'),
    ('<xs:element name="sc2" type="SC2"/>', '<sc2 code="a" more="2022-01-01">5</sc2>'),
    ('<xs:element name="sc3" type="SC3"/>', '<sc3 code="ab">5</sc3>'),
    ('<xs:element name="m" type="M"/>', '<m>x<p>a</p>y</m>'),
    ('<xs:element name="w" type="W"/>', '<w><p>a</p></w>'),
    ('<xs:element name="gr"><xs:complexType><xs:group ref="G" minOccurs="0" maxOccurs="unbounded"/></xs:complexType></xs:element>', '<gr><g/><k/><l/><l/><g/></gr>'),
    ('<xs:element name="gr1"><xs:complexType><xs:group ref="G"/></xs:complexType></xs:element>', '<gr1><l/><l/></gr1>'),
    ('<xs:element name="all" type="ALL"/>', '<all><a3>x</a3><a2>5</a2><a1/></all>'),
    ('<xs:element ref="glob"/>', '<glob>a</glob>'),
    ('<xs:element name="def" type="xs:token" default="z"/>', '<def>a</def>'),
    ('<xs:element name="fix" type="xs:int" fixed="5"/>', '<fix>5</fix>'),
    ('<xs:element name="unq" type="xs:token" form="unqualified"/>', '<unq xmlns="">a</unq>'),
    ('<xs:element name="empty"><xs:complexType/></xs:element>', '<empty/>'),
    ('<xs:element name="any"/>', '<any>a</any>'),
    ('<xs:element name="l1" type="L1"/>', '<l1>1 2</l1>'),
    ('<xs:element name="ids">' + ROWS % '<xs:complexType><xs:attribute name="a" type="xs:token"/><xs:attribute name="b" type="T7"/></xs:complexType>' +
     '<xs:unique name="u1"><xs:selector xpath="t:row"/><xs:field xpath="@a"/><xs:field xpath="@b"/></xs:unique></xs:element>',
     '<ids><row a="1" b="2"/><row a="1" b="3"/><row a="1"/><row b="2"/></ids>'),
    ('<xs:element name="ids2">' + ROWS % '<xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="a" type="xs:token"/></xs:extension></xs:simpleContent></xs:complexType>' +
     '<xs:key name="k1"><xs:selector xpath="t:row"/><xs:field xpath="@a"/></xs:key>'
     '<xs:keyref name="r1" refer="t:k1"><xs:selector xpath="t:ref"/><xs:field xpath="@a"/></xs:keyref></xs:element>',
     '<ids2><row a="1">x</row><row a="2"/><ref a="2"/></ids2>'),
]
for _name, _type, _rows in (("ids3", "xs:string", ("a", "b", " a")), ("ids4", "xs:decimal", ("1", "2")), ("ids5", "U7", ("a", "5"))):
    SECTIONS.append(('<xs:element name="%s"><xs:complexType><xs:sequence><xs:element name="row" type="%s" maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
                     '<xs:unique name="u-%s"><xs:selector xpath="t:row"/><xs:field xpath="."/></xs:unique></xs:element>' % (_name, _type, _name),
                     "<%s>%s</%s>" % (_name, "".join("<row>%s</row>" % r for r in _rows), _name)))


def simple_types():
    for name, base, facets, _ in RESTRICTIONS:
        yield '<xs:simpleType name="%s"><xs:restriction base="%s">%s</xs:restriction></xs:simpleType>' % (
            name, base, "".join('<xs:%s value="%s"/>' % f for f in facets))
    for name, members, _ in UNIONS:
        yield '<xs:simpleType name="%s"><xs:union memberTypes="%s"/></xs:simpleType>' % (name, members)


def sections():
    for value, names in BUILT_IN.items():
        for name in names.split():
            yield '<xs:element name="e" type="xs:%s" nillable="true"/>' % name, "<e>%s</e>" % value
    for name, *_, value in RESTRICTIONS + UNIONS:
        yield '<xs:element name="e" type="%s"/>' % name, "<e>%s</e>" % value
    yield from SECTIONS


def write(folder):
    """The schema, then the documents."""
    paths, roots = [os.path.join(folder, "constructs.xsd")], []
    for i, (declaration, element) in enumerate(sections()):
        roots.append('<xs:element name="s%d"><xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element>' % (
            i, declaration.replace("<xs:element", '<xs:element minOccurs="0"', 1)))
        paths.append(os.path.join(folder, "%02d.xml" % i))
        with open(paths[-1], "w", encoding="utf-8") as f:
            f.write('<s%d xmlns="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">%s</s%d>' % (i, element, i))
    with open(paths[0], "w", encoding="utf-8") as f:
        f.write('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t" xmlns:t="urn:t" '
                'elementFormDefault="qualified">%s%s%s</xs:schema>' % ("\n".join(simple_types()), COMPLEX, "\n".join(roots)))
    return paths
