#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the observed national figures of pre-load with what the specimen foretold, and prints how far estimates are from the truth.

usage: figures.py FIGURES.csv NATIONAL.csv     (pre-load --show figures --format csv; truth/national.csv)
"""
import csv
import io
import sys


def rows(path):
    """Rows of a CSV that may begin with a line of its own ("internal ...")."""
    with open(path, encoding="utf-8-sig", newline="") as f:
        text = f.read()
    while text and not text.split("\n", 1)[0].startswith(("figure", '"figure')):
        text = text.split("\n", 1)[1] if "\n" in text else ""
    return csv.DictReader(io.StringIO(text))


def main():
    got = {r["figure"]: r for r in rows(sys.argv[1]) if r.get("domain", "nation") in ("nation", "")}
    bad = inside = judged = 0
    for w in rows(sys.argv[2]):
        g = got.get(w["figure"])
        if not g:
            print("FAILED: %s: not shown" % w["figure"])
            bad += 1
            continue
        pairs = [("observed", g["observed"], w["observed"])]
        for what, value, expected in pairs:
            if not value or abs(float(value) - float(expected)) > 1e-6 * max(1.0, abs(float(expected))):
                print("FAILED: %s: %s %s, expected %s" % (w["figure"], what, value, expected))
                bad += 1
        estimated = g.get("estimated", "")
        if g.get("lower") and g.get("upper"):
            judged += 1
            inside += float(g["lower"]) <= float(w["truth"]) <= float(g["upper"])
        if w["figure"] == "F05" and abs(float(estimated) / float(w["truth"]) - 1) > 0.03:
            print("FAILED: F05: estimated %s, truth %s" % (estimated, w["truth"]))
            bad += 1
        print("%-18s observed %-14s estimated %-14s truth %s" % (w["figure"], g["observed"], estimated, w["truth"]))
    print("truth inside the 95 %% interval: %d of %d" % (inside, judged))
    if judged and inside < 0.8 * judged:
        print("FAILED: the truth is too often outside")
        bad += 1
    return 1 if bad else 0


sys.exit(main())
