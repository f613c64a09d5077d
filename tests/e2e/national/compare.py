#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a dataset with the truth of the specimen it was made from: every PRE, every document, every cell.

usage: compare.py DATASET SPECIMEN [--first] [--once]
  --first: with what stood before the drop folder was read and the analyst decided (truth-first)
  --once: everything came in one extraction (which of two copies is the repeat is then not foretold)
Prints each kind of disagreement with its number and first example; ends with 1 when there is any.
"""
import collections
import csv
import gzip
import json
import os
import sys


def table(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as f:
        yield from csv.DictReader(f)


class Ledger:
    def __init__(self):
        self.seen = collections.OrderedDict()
        self.checked = collections.Counter()

    def check(self, what, kind, key, got, want):
        self.checked[what] += 1
        if got != want:
            self.seen.setdefault((what, kind), []).append((key, got, want))

    def close(self):
        for (what, kind), rows in self.seen.items():
            key, got, want = rows[0]
            print("%s, %s: %d, first %s: got %r, expected %r" % (what, kind, len(rows), key, got, want))
        print("checked: " + ", ".join("%s %d" % x for x in self.checked.items()))
        return 1 if self.seen else 0


def rules_of(dataset):
    """Rules that failed above information, by record."""
    rules = collections.defaultdict(set)
    for f in table(os.path.join(dataset, "findings.csv.gz")):
        if f["outcome"] == "failed" and f["severity"] in ("error", "warning", "fatal"):
            rules[f["record"]].add(f["rule"])
    return rules


def readings_of(dataset):
    """Findings that say how something was read: conversions, codes mapped, words for no answer, by record."""
    readings = collections.defaultdict(collections.Counter)
    for f in table(os.path.join(dataset, "findings.csv.gz")):
        if f["outcome"] == "normalised":
            readings[f["record"]][f["rule"]] += 1
    return readings


def compare_units(ledger, dataset, truth):
    want = {u["unit"]: u for u in table(os.path.join(truth, "units.csv"))}
    got = {u["unit"]: u for u in table(os.path.join(dataset, "units.csv.gz"))}
    ledger.check("units", "all", "identifiers", sorted(got), sorted(want))
    for unit, w in want.items():
        g = got.get(unit)
        if not g:
            continue
        ledger.check("scope", w["kind"], unit, g["scope"], w["scope"])
        ledger.check("outcome", w["kind"], unit, g["outcome"], w["outcome"])
        if w["outcome"] in ("complete", "partial") or (w["outcome"] == "unusable" and w["verdict"] != "3"):
            ledger.check("verdict", w["kind"], unit, g["verdict"], w["verdict"])
            ledger.check("core", w["kind"], unit, g["core_answered"], w["core_answered"])
            ledger.check("core asked", w["kind"], unit, g["core_asked"], "8")
    return want


def compare_late(ledger, dataset, truth):
    """A return by hand came on 3 July, after the closing of 30 June; what the site held was there before."""
    late = {w["unit"]: "1" if w["file"].startswith("inbox/") else "0"
            for w in table(os.path.join(truth, "documents.csv")) if w["state"] == "current"}
    for u in table(os.path.join(dataset, "units.csv.gz")):
        if u["record"]:
            ledger.check("late", late.get(u["unit"], "?"), u["unit"], u["late"], late.get(u["unit"]))


def compare_documents(ledger, dataset, truth, once):
    rules, readings = rules_of(dataset), readings_of(dataset)
    got = {}
    by_unit = collections.defaultdict(list)
    for d in table(os.path.join(dataset, "documents.csv.gz")):
        got[d["raw_digest"]] = d
        by_unit[d["unit"]].append(d)
    count = 0
    for w in table(os.path.join(truth, "documents.csv")):
        count += 1
        g = got.get(w["sha256"])
        if not g and w["kind"] == "gzip-body":  # received compressed: other bytes
            g = by_unit[w["unit"]][0] if by_unit[w["unit"]] else None
        ledger.check("received", w["kind"], w["file"], g is not None, True)
        if not g:
            continue
        ledger.check("document unit", w["kind"], w["file"], g["unit"], w["unit"])
        if not (once and w["kind"].startswith("repeat") and w["state"] in ("current", "repeat")):
            ledger.check("state", w["kind"], w["file"], g["state"], w["state"])
        if w["verdict"] == "":
            continue
        ledger.check("document verdict", w["kind"], w["file"], g["verdict"], w["verdict"])
        if w["verdict"] != "3":
            ledger.check("rules", w["kind"], w["file"], sorted(rules[g["record"]]), sorted(w["rules"].split()))
            r = readings[g["record"]]
            ledger.check("readings", w["kind"], w["file"], "%d %d %d" % (r["N01"], r["N02"], r["N03"]), w["readings"])
        elif w["rules"]:
            ledger.check("fatal rule", w["kind"], w["file"], set(w["rules"].split()) <= rules[g["record"]], True)
    ledger.check("documents", "all", "number", sum(len(x) for x in by_unit.values()), count)


# SDMX CL_OBS_STATUS of each silence.
STATUS = {"": "A", "SO": "M", "NC": "L", "REFUS": "L", "unit": "L"}


def compare_cells(ledger, dataset, truth, kinds):
    want = table(os.path.join(truth, "cells.csv"))
    got = {}
    answered = collections.Counter()
    for o in table(os.path.join(dataset, "observations.csv.gz")):
        got[o["unit"], o["variable"], o["category"]] = (o["value"], o["silence"], o["origin"], o["previous"])
        ledger.check("status", o["silence"] or "answered", (o["unit"], o["variable"]), o["obs_status"],
                     STATUS.get(o["silence"], "O"))
    count = 0
    for w in want:
        count += 1
        key = w["unit"], w["variable"], w["category"]
        kind = kinds[w["unit"]]["kind"]
        g = got.get(key)
        ledger.check("cell", kind, key, g is not None, True)
        if g:
            ledger.check("value", kind, key, g[0], w["value"])
            ledger.check("silence", kind, key, g[1], w["silence"])
            ledger.check("origin", kind, key, g[2], w["origin"])
            ledger.check("previous", kind, key, g[3], w["previous"])
        # SIRET is optional: it is not counted among the items.
        answered[w["unit"]] += w["variable"] != "SIRET" and (w["value"] != "" or w["silence"] == "SO")
    ledger.check("cells", "all", "number", len(got), count)
    for u in table(os.path.join(dataset, "units.csv.gz")):
        if u["record"]:
            ledger.check("items answered", kinds[u["unit"]]["kind"], u["unit"], u["items_answered"], str(answered[u["unit"]]))


def compare_lines(ledger, dataset, specimen, truth, kinds):
    """The raw text of an answer stands on the line that is given, in the return in force."""
    files = {}
    for w in table(os.path.join(truth, "documents.csv")):
        if w["state"] == "current" and w["file"].endswith(".xml"):
            with open(os.path.join(specimen, w["file"]), "rb") as f:
                raw = f.read()
            encoding = "utf-16" if raw[:2] == b"\xff\xfe" else "latin-1" if b"ISO-8859-1" in raw[:60] else "cp1252" if b"windows-1252" in raw[:60] else "utf-8-sig"
            files[w["unit"]] = raw.decode(encoding, "replace").split("\n")
    for o in table(os.path.join(dataset, "observations.csv.gz")):
        lines, kind = files.get(o["unit"]), kinds[o["unit"]]["kind"]
        if not lines or not o["line"] or o["variable"] in ("COMMUNES", "QUARTIERS") or kind == "cdata-and-comments":
            continue
        text = o["raw"].strip()
        n = int(o["line"])
        ledger.check("line", kind, (o["unit"], o["variable"], o["category"], n), any(text in x for x in lines[n - 1:n + 1]), True)


FAILED = {"dead-server", "server-error", "login-page", "cut-transfer", "page-after-the-return"}
NOT_PUBLISHED = {"not-found", "refusal", "out-of-scope-silent"}
BY_HAND = {"no-source", "late", "by-hand", "gzip-file-by-hand", "html-by-hand", "empty-file"}


def compare_fetches(ledger, dataset, units):
    """How each source ended; nothing when the archives were made without a server."""
    got = {f["unit"]: f for f in table(os.path.join(dataset, "fetches.csv.gz"))}
    if not any(f["outcome"] == "failed" for f in got.values()):
        return
    for unit, w in units.items():
        kind = w["kind"]
        want = {"failed"} if kind in FAILED else {"not-published"} if kind in NOT_PUBLISHED else {"no-source"}
        if kind not in FAILED | NOT_PUBLISHED | BY_HAND:
            want = {"fetched", "unchanged"}
        outcome = got[unit]["outcome"] if unit in got else "no-source"
        ledger.check("fetch", kind, unit, outcome in want or outcome, True)


def compare_controls(ledger, dataset, truth):
    """Control totals of the package against the truth."""
    with open(os.path.join(dataset, "datapackage.json"), encoding="utf-8") as f:
        controls = json.load(f)["pre:controls"]
    outcomes = collections.Counter(u["outcome"] for u in table(os.path.join(truth, "units.csv")) if u["outcome"])
    got = controls.get("units", {})
    flat = {}
    for k, v in got.items():
        flat.update(v if isinstance(v, dict) else {k: v})
    for o, n in outcomes.items():
        ledger.check("control totals", o, o, flat.get(o), n)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    dataset, truth = arguments[0], os.path.join(arguments[1], "truth-first" if "--first" in sys.argv else "truth")
    ledger = Ledger()
    kinds = compare_units(ledger, dataset, truth)
    compare_documents(ledger, dataset, truth, "--once" in sys.argv)
    compare_cells(ledger, dataset, truth, kinds)
    compare_lines(ledger, dataset, arguments[1], truth, kinds)
    compare_fetches(ledger, dataset, kinds)
    if "--once" not in sys.argv:
        compare_late(ledger, dataset, truth)
    compare_controls(ledger, dataset, truth)
    return ledger.close()


sys.exit(main())
