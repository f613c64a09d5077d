#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""joined.py STORE: regions too small to be published alone are published together, "01+04+06"; each of their codes is answered by the area
they make, in the same rows, and the heading says so."""
import json
import os
import subprocess
import sys


def ask(code):
    command = [os.path.join(os.environ["PRE_BIN"], "pre-load"), "--database", "sqlite:" + sys.argv[1], "--show", "figures", "--format", "json"]
    return json.loads(subprocess.run([*command, "--domain", "region" + code], check=True, capture_output=True).stdout)


joined = sorted({f["area"] for f in ask("")["figures"] if "+" in f["area"]})
if not joined:
    sys.exit("no regions are published together: nothing is proven")
for area in joined:
    whole = ask("=" + area)
    for code in area.split("+"):
        one = ask("=" + code)
        if not one["figures"] or one["figures"] != whole["figures"]:
            sys.exit("region %s is not answered by %s" % (code, area))
        if "region %s: part of %s" % (code, area) not in one["notes"]:
            sys.exit("region %s is not said to be part of %s: %r" % (code, area, one["notes"]))
print("%d areas of regions published together answer to each of their codes" % len(joined))
