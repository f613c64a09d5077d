#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py OURS.csv R.csv: figures of pre-load --show figures --format csv against those of method.R, 1e-6 relative."""
import csv
import math
import sys


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    return [r for r in csv.DictReader(lines) if r["figure"] != "figure"]


def main():
    ours = {(r["figure"], r["domain"], r["area"]): r for r in read(sys.argv[1])}
    worst = {"estimated": 0.0, "se": 0.0, "lower": 0.0, "upper": 0.0}
    bad = rows = 0
    for want in read(sys.argv[2]):
        key = (want["figure"], want["domain"], want["area"])
        got = ours.get(key)
        rows += 1
        if got is None:
            print("no row", *key)
            bad += 1
            continue
        if (got["df"] or "0") != want["df"]:
            print(*key, "df", got["df"], "R says", want["df"])
            bad += 1
        for k in worst:
            if want[k] == "":
                continue
            text = got["variance"] if k == "se" else got[k]
            if text == "":
                print(*key, "has no", k, "R says", want[k])
                bad += 1
                continue
            value = math.sqrt(float(text)) if k == "se" else float(text)
            size = max(abs(float(want[k])), 1e-300)
            off = abs(value - float(want[k])) / size if value or float(want[k]) else 0.0
            worst[k] = max(worst[k], off)
            if off > 1e-6:
                print(*key, k, value, "R says", want[k])
                bad += 1
    print("%d rows of R, %d differ; largest relative differences: %s" % (rows, bad, ", ".join("%s %.1e" % x for x in worst.items())))
    return 1 if bad or rows == 0 else 0


sys.exit(main())
