#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the findings of rule X01 with the shifts that the specimen foretold.

usage: shifts.py DATASET SHIFTS.csv
"""
import csv
import gzip
import os
import sys


def main():
    with gzip.open(os.path.join(sys.argv[1], "findings.csv.gz"), "rt", encoding="utf-8", newline="") as f:
        got = {(x["variable"], x["category"]): (float(x["expected"]), float(x["value"])) for x in csv.DictReader(f) if x["rule"] == "X01"}
    with open(sys.argv[2], encoding="utf-8", newline="") as f:
        want = {(x["variable"], x["category"]): (float(x["before"]), float(x["now"])) for x in csv.DictReader(f)}
    bad = 0
    for key in sorted(got.keys() | want.keys()):
        # The finding has four significant digits.
        close = key in got and key in want and all(abs(a - b) <= 0.0006 * max(a, b, 1) for a, b in zip(got[key], want[key]))
        if not close:
            print("FAILED: %s: got %s, expected %s" % (".".join(key), got.get(key), want.get(key)))
            bad = 1
    print("%d shifts told" % len(got))
    return bad


sys.exit(main())
