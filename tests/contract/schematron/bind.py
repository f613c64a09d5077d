# SPDX-License-Identifier: Apache-2.0
"""bind.py schema SCHEMA OUT | bind.py documents <LIST: test copies that other engines can run. A line of LIST: OUT DOCUMENT REGISTER
PREVIOUS PARAMETER, between tabs.

What our programs bind from outside ($register, $previous, $parameter) becomes three elements at the end of the document, in no namespace, and
three lets of the schema that select them. A missing file is an element without attributes."""
import os
import sys
import xml.etree.ElementTree as ET

SCH = "http://purl.oclc.org/dsdl/schematron"
NAMES = ("register", "previous", "parameter")


def schema(source, out):
    text = open(source, encoding="utf-8").read()
    at = text.index("<pattern")
    lets = "".join(f'<let name="{n}" value="/*/bound/{n}"/>\n  ' for n in NAMES)
    open(out, "w", encoding="utf-8").write(text[:at] + lets + text[at:])


def document(out, source, *files):
    tree = ET.parse(source)
    bound = ET.SubElement(tree.getroot(), "bound")
    for name, file in zip(NAMES, files):
        row = ET.parse(file).getroot() if os.path.exists(file) else ET.Element("row")
        ET.SubElement(bound, name, dict(row.attrib))
    tree.write(out, encoding="utf-8", xml_declaration=True)


def documents():
    for line in sys.stdin:
        document(*line.rstrip("\n").split("\t"))


{"schema": schema, "documents": documents}[sys.argv[1]](*sys.argv[2:])
