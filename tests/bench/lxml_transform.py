#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a careful Python programmer would write for the same work, to compare with: lxml validates each return against the schema,
evaluates the rules of the edition (everything compiled once, first match wins, $register, $previous and $parameter bound), reads
the variables and writes observations and findings as CSV.gz. It reads plain files, no archive, and normalises nothing.

usage: lxml_transform.py EDITION REGISTER.csv FOLDER-OF-XML OUTPUT-FOLDER
"""
import csv
import gzip
import os
import sys

from lxml import etree

SCH = "{http://purl.oclc.org/dsdl/schematron}"


def row_element(row):
    e = etree.Element("row")
    for name, value in row.items():
        if name and value not in ("", None):
            e.set(name, value)
    return e


def rows(path):
    with open(path, newline="", encoding="utf-8-sig") as f:
        return list(csv.DictReader(f))


class Rules:
    def __init__(self, path):
        root = etree.parse(path).getroot()
        self.ns = {n.get("prefix"): n.get("uri") for n in root.iter(SCH + "ns")}
        self.patterns = []
        for pattern in root.iter(SCH + "pattern"):
            compiled = []
            for rule in pattern.iter(SCH + "rule"):
                lets = [(x.get("name"), self.xpath(x.get("value"))) for x in rule.iter(SCH + "let")]
                tests = [(x.get("id"), x.get("role"), x.tag == SCH + "assert", self.xpath(x.get("test")))
                         for x in rule if x.tag in (SCH + "assert", SCH + "report")]
                compiled.append((self.xpath(rule.get("context")), lets, tests))
            self.patterns.append(compiled)

    def xpath(self, text):
        return etree.XPath(text, namespaces=self.ns)

    def judge(self, doc, variables):
        for pattern in self.patterns:
            taken = set()
            for context, lets, tests in pattern:
                for node in context(doc, **variables):
                    if node in taken:
                        continue
                    taken.add(node)
                    scope = dict(variables)
                    for name, value in lets:
                        scope[name] = value(node, **scope)
                    for ident, role, is_assert, test in tests:
                        if bool(test(node, **scope)) != is_assert:
                            yield ident, role, node.sourceline


class Variables:
    def __init__(self, path, ns):
        self.scalars, self.keyed = [], []
        for v in rows(path):
            if v["shape"] == "keyed":
                self.keyed.append((v["id"], etree.XPath(v["context"], namespaces=ns), etree.XPath("string(%s)" % v["key"], namespaces=ns),
                                   etree.XPath("string(%s)" % v["select"], namespaces=ns)))
            else:
                self.scalars.append((v["id"], etree.XPath("string(%s)" % v["select"], namespaces=ns)))

    def read(self, doc):
        for ident, select in self.scalars:
            yield ident, "", select(doc)
        for ident, context, key, select in self.keyed:
            for node in context(doc):
                yield ident, key(node), select(node)


def main():
    edition, register, folder, output = sys.argv[1:5]
    schema = etree.XMLSchema(etree.parse(os.path.join(edition, "return.xsd")))
    rules = Rules(os.path.join(edition, "rules.sch"))
    variables = Variables(os.path.join(edition, "variables.csv"), rules.ns)
    parameter = row_element({r["parameter"]: r["value"] for r in rows(os.path.join(edition, "parameters.csv"))})
    for name in {c["list"] for c in rows(os.path.join(edition, "categories.csv"))}:
        parameter.set("list." + name, str(sum(c["list"] == name for c in rows(os.path.join(edition, "categories.csv")))))
    units = {r["pre"]: row_element(r) for r in rows(register)}
    nothing = etree.Element("row")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    os.makedirs(output, exist_ok=True)
    with gzip.open(os.path.join(output, "observations.csv.gz"), "wt", compresslevel=6, newline="") as o, \
            gzip.open(os.path.join(output, "findings.csv.gz"), "wt", compresslevel=6, newline="") as f:
        observations, findings = csv.writer(o), csv.writer(f)
        observations.writerow(["unit", "variable", "category", "value"])
        findings.writerow(["unit", "rule", "severity", "line", "message"])
        judged = 0
        for name in sorted(os.listdir(folder)):
            try:
                doc = etree.parse(os.path.join(folder, name), parser)
            except etree.XMLSyntaxError as fault:
                findings.writerow([name, "S01", "fatal", fault.lineno, fault.msg])
                continue
            unit = doc.getroot().get("pre", "")
            try:
                valid = schema.validate(doc)
            except etree.XMLSchemaValidateError as fault:  # entity references left in the tree
                findings.writerow([unit, "S04", "fatal", 0, str(fault)])
                continue
            if not valid:
                for fault in schema.error_log:
                    findings.writerow([unit, "S04", "fatal", fault.line, fault.message])
                continue
            bound = {"register": units.get(unit, nothing), "previous": nothing, "parameter": parameter}
            for ident, role, line in rules.judge(doc, bound):
                findings.writerow([unit, ident, role, line, ""])
            for row in variables.read(doc):
                observations.writerow([unit, *row])
            judged += 1
    print(judged)


if __name__ == "__main__":
    main()
