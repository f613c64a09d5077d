# SPDX-License-Identifier: Apache-2.0
"""engine.py SCHEMA DOCUMENT...: the ids that lxml's isoschematron (the ISO skeleton, XPath 1.0) reports, as schematron-ids prints ours."""
import os
import sys

from lxml import etree, isoschematron

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
schema = isoschematron.Schematron(etree.parse(sys.argv[1]), store_report=True, error_finder=isoschematron.Schematron.ASSERTS_AND_REPORTS)
for file in sys.argv[2:]:
    schema.validate(etree.parse(file))
    for found in schema.validation_report.getroot():
        if found.tag in (SVRL + "failed-assert", SVRL + "successful-report"):
            print(f"{os.path.basename(file)}\t{found.get('id')}")
