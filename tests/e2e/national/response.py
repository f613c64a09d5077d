#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the national row of the response table with the truth of the specimen.

usage: response.py RESPONSE.csv UNITS.csv     (pre-load --show response --format csv; truth/units.csv)
"""
import collections
import csv
import io
import sys

UNREACHABLE = {"dead-server", "server-error", "login-page", "cut-transfer", "page-after-the-return"}


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        text = f.read()
    while text.startswith("#"):
        text = text.split("\n", 1)[1]
    return list(csv.DictReader(io.StringIO(text)))


def main():
    units = [u for u in csv.DictReader(open(sys.argv[2], encoding="utf-8", newline="")) if u["scope"] == "in"]
    outcome = collections.Counter(u["outcome"] for u in units)
    unreachable = sum(u["outcome"] == "silent" and u["kind"] in UNREACHABLE for u in units)
    want = {
        "expected": len(units),
        "accepted": outcome["complete"] + outcome["partial"],
        "unreachable": unreachable,
        "silent": outcome["silent"] - unreachable,
    }
    nation = next(r for r in rows(sys.argv[1]) if "nation" in r.values())
    bad = 0
    for key, n in want.items():
        if int(nation[key]) != n:
            print("FAILED: %s: %s, expected %d" % (key, nation[key], n))
            bad = 1
    print("response: " + ", ".join("%s %d" % x for x in want.items()))
    return bad


sys.exit(main())
