#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many units were silent in two editions running, counted from the two packages: not reached now, in the scope of the last edition
too, and neither the unit nor any it took over had a usable return then. The loader must say the same number.

usage: twice.py PACKAGE PREVIOUS ANSWER.csv...
"""
import csv
import gzip
import json
import os
import sys


def units(package):
    with gzip.open(os.path.join(package, "units.csv.gz"), "rt", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


now, then = units(sys.argv[1]), {u["unit"]: u for u in units(sys.argv[2])}
with open(os.path.join(sys.argv[1], "edition/edition.json"), encoding="utf-8") as f:
    asked_then = "%d-01-01" % (json.load(f)["reference_year"] - 1)
before = {}
for u in now:
    if u["scope"] == "merged" and u["successor"]:
        before.setdefault(u["successor"], []).append(u["unit"])


def answered(unit):
    return then.get(unit, {}).get("outcome") in ("complete", "partial") or any(answered(p) for p in before.get(unit, []))


lost = [u["unit"] for u in now if u["scope"] == "in" and u["outcome"] in ("silent", "withdrawn") and u["valid_from"] <= asked_then
        and not answered(u["unit"])]
want = "unknown eligibility is assumed nil: %d units silent two editions running" % len(lost)
bad = 0
for path in sys.argv[3:]:
    text = open(path, encoding="utf-8").read()
    if want not in text:
        said = [line for line in text.splitlines() if "eligibility" in line]
        print("FAILED: %s: expected \"%s\", said %s (such as %s)" % (path, want, said, lost[:5]))
        bad = 1
print("silent two editions running: %d of %d not reached" % (len(lost), sum(u["outcome"] == "silent" for u in now)))
sys.exit(bad or not lost)
