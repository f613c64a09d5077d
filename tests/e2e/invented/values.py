# SPDX-License-Identifier: Apache-2.0
"""Answers of the store against values computed by hand. usage: values.py FOLDER first|second

First edition, first load: L1 1000, L2 2000, L3 3000, L4 4000 meals answer, L5 is silent: each counts for 5/4. The dishes of L4 are withheld,
so L4 has the parts of the three others: meat 2900/6000, fish 1900/6000, vegetarian 1200/6000 of its 4000."""
import csv
import gzip
import json
import os
import sys

folder, part = sys.argv[1:]


def rows(name, key):
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
        return json.load(f)[key]


def figures(name):
    return {r["figure"]: r for r in rows(name, "figures")}


def near(what, got, wanted):
    assert got is not None and abs(got - wanted) < 1e-9 * max(1.0, abs(wanted)), (what, got, wanted)


def check(name, wanted):
    seen = figures(name)
    assert seen.keys() == wanted.keys(), (sorted(seen), sorted(wanted))
    for figure, (observed, estimated) in wanted.items():
        near((name, figure, "observed"), seen[figure]["observed"], observed)
        near((name, figure, "estimated"), seen[figure]["estimated"], estimated)
    return seen


def areas(name, wanted):
    got = [(r["region"], r["departement"], r["expected"], r["accepted"]) for r in rows(name, "response")]
    assert got == wanted, got


def observations(campaign):
    with gzip.open(os.path.join(folder, "dataset-" + campaign, "current", "observations.csv.gz"), "rt", encoding="utf-8") as f:
        return {(r["unit"], r["variable"], r["category"]): r for r in csv.DictReader(f)}


if part == "first":
    seen = check("first", {
        "Z01": (5, 5),
        "Z02": (150, 150),
        "Z03": (10000, 12500),                              # x 5/4
        "Z04": (2900 / 6000, 2900 / 6000),
        "Z05": (39500 / 10000, 39500 / 10000),              # (1000 x 4 + 2000 x 5 + 3000 x 4.5 + 4000 x 3) / meals
        "Z06": (10000 / 15, 10000 / 15),                    # 2 + 4 + 5 + 4 rooms
        "Z07.VIANDE": (2900, (2900 + 4000 * 2900 / 6000) * 1.25),
        "Z07.POISSON": (1900, (1900 + 4000 * 1900 / 6000) * 1.25),
        "Z07.VEGE": (1200, (1200 + 4000 * 1200 / 6000) * 1.25),
        "Z08": (0.8, 0.8),
    })
    assert [seen["Z07." + d]["rank"] for d in ("VIANDE", "POISSON", "VEGE")] == [1, 2, 3]
    # N^2 (1 - n/N) s^2 / n, s^2 of 1000, 2000, 3000, 4000 = 5 000 000 / 3
    near("Z03 variance", seen["Z03"]["variance"], 25 * 0.2 * (5000000 / 3) / 4)
    assert [(r["rule"], r["findings"]) for r in rows("findings", "findings")] == [("K01", 1)]
    # The fifth answered, the first corrected: everybody counts for 1. L4 has the dishes of its academie: L3 and L5.
    check("late", {
        "Z01": (5, 5),
        "Z02": (150, 150),
        "Z03": (15200, 15200),
        "Z04": (5000 / 11200, (5000 + 4000 * 3500 / 8000) / 15200),
        "Z05": (50300 / 15200, 50300 / 15200),              # 4800 + 10000 + 13500 + 12000 + 10000
        "Z06": (760, 760),                                  # 2 + 4 + 5 + 4 + 5 rooms
        "Z07.VIANDE": (5000, 5000 + 4000 * 3500 / 8000),
        "Z07.POISSON": (4000, 4000 + 4000 * 3000 / 8000),
        "Z07.VEGE": (2200, 2200 + 4000 * 1500 / 8000),
        "Z08": (1, 1),
    })
    # Shapley: correction alone 10200 x 5/4, new alone 15000, both 15200.
    moved = {r["figure"]: r for r in rows("revisions", "revisions")}["Z03"]
    near("change", moved["change"], 2700)
    near("correction", moved["correction"], ((12750 - 12500) + (15200 - 15000)) / 2)
    near("new", moved["new"], ((15000 - 12500) + (15200 - 12750)) / 2)
    areas("response", [("", "", 5, 5), ("Nord", "", 2, 2), ("Sud", "", 3, 3)])
    o = observations("2020")
    assert o["L4", "PLAT", "VIANDE"]["silence"] == "withheld" and o["L4", "PLAT", "VIANDE"]["raw"] == "2600"
    assert (o["L2", "PRIX", ""]["value"], o["L2", "OUVERTE", ""]["value"], o["L2", "COMMUNE", ""]["value"]) == ("5", "1998-09-01", "01004")
    assert o["L2", "SALLES", ""]["value"] == "4"
else:
    # Two of three answer: each counts for 3/2. VEGAN is no part of the figure, but of the series.
    check("second", {
        "Z01": (3, 3),
        "Z02": (62, 62),
        "Z03": (3200, 4800),
        "Z04": (1300 / 3200, 1300 / 3200),
        "Z05": (14800 / 3200, 14800 / 3200),
        "Z07.VIANDE": (1300, 1950),
        "Z07.POISSON": (1000, 1500),
        "Z07.VEGE": (600, 900),
        "Z08": (2 / 3, 2 / 3),
    })
    series = {(r["figure"], r["campaign"]): r for r in rows("series", "series")}
    vege = series["Z07.VEGE", "printemps-2021"]
    near("VEGE with VEGAN", vege["estimated"], (200 + 100 + 400 + 200) * 1.5)
    near("on the same canteens", vege["constant"], 900 / 700 - 1)    # L1 200, L2 500 the year before
    assert vege["break"] == "split VEGE", vege
    assert series["Z06", "printemps-2021"]["break"] == "not asked"
    areas("response-2021", [("", "", 3, 2)])
    o = observations("2021")
    assert o["L1", "PLAT", "VIANDE"]["previous"] == "600" and o["L1", "REPAS", ""]["previous"] == "1200", o["L1", "REPAS", ""]
    assert o["L1", "PLAT", "VEGAN"]["harmonised"] == "VEGE"
    assert o["L3", "REPAS", ""]["silence"] == "unit"
