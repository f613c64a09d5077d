#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""plain.py PACKAGE STORE FIGURES.csv QUALITY.json: what R is not asked, from the tables of the package and the text of pre-method(7) alone:
response groups and each weight; counts, credits and rates; what was observed, with base and coverage, départements too; places and shares
of reasons; the shortest and longest mean; a total with what was supposed for its holes, its standard error and degrees of freedom in
every domain; the sensitivity line."""
import csv
import functools
import gzip
import json
import math
import sqlite3
import sys
from bisect import bisect_right
from fractions import Fraction

PACKAGE, STORE, FIGURES, QUALITY = sys.argv[1:]
bad, held = [], 0


def table(name):
    with gzip.open(f"{PACKAGE}/{name}.csv.gz", "rt", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def close(what, got, want, tolerance=1e-9):
    global held
    held += 1
    if got is None or got == "" or not math.isclose(float(got), float(want), rel_tol=tolerance, abs_tol=1e-9):
        bad.append(f"{what}: {got}, expected {float(want)}")


# ---- who counts ----
edition = json.load(open(f"{PACKAGE}/edition/edition.json", encoding="utf-8"))
rows = table("units")
units = {r["unit"]: r for r in rows if r["scope"] == "in"}
credits = {u: Fraction(r["credits"]) for u, r in units.items()}
merged = {r["unit"]: r for r in rows if r["scope"] == "merged"}
for r in merged.values():  # during the year: its credits are with the one that took over in the end
    to = r["successor"]
    while to in merged:
        to = merged[to]["successor"]
    if to in units and r["valid_to"] >= f"{edition['reference_year']}-01-01":
        credits[to] += Fraction(r["credits"])
answers = {u for u, r in units.items() if r["outcome"] in ("complete", "partial")}
silent = set(units) - answers


RATE = Fraction(str(edition["strata"]["rate"]))


def poor(members, whole_is_enough=True):
    """Too few answers: of a response group, unless everybody answered; of a region, in any case."""
    n = len(members & answers)
    return (n < 5 and not (whole_is_enough and n == len(members))) or n < RATE * len(members)


# ---- response groups ----
sorted_credits = sorted(credits.values())
cuts = sorted({sorted_credits[k * len(units) // 8] for k in range(1, 8)} - {sorted_credits[0]})
size = {u: bisect_right(cuts, c) for u, c in credits.items()}
groups = [{u for u in units if size[u] == k} for k in range(len(cuts) + 1)]
while len(groups) > 1 and any(map(poor, groups)):
    k = next(i for i, g in enumerate(groups) if poor(g))
    to = k + 1 if k + 1 < len(groups) else k - 1
    groups[to] |= groups[k]
    del groups[k]
group = {u: k for k, g in enumerate(groups) for u in g}
d = {u: Fraction(len(groups[group[u]]), len(groups[group[u]] & answers)) for u in answers}

# ---- regions ----
parts = [{r} for r in sorted({r["region"] for r in units.values()})]
changed = True
while changed:
    changed = False
    for m in edition["regions_merge"]:
        a, b = (next((p for p in parts if m[k] in p), None) for k in ("from", "into"))
        if a is not None and b is not None and a is not b and poor({u for u, r in units.items() if r["region"] in a}, False):
            parts.remove(a)
            b |= a
            changed = True
region = {u: "+".join(sorted(next(p for p in parts if r["region"] in p))) for u, r in units.items()}
regions = sorted(set(region.values()))


def solve(matrix, right):
    """Gauss with pivoting; an unknown that nothing determines is 0."""
    n, left = len(right), [list(map(float, r)) + [float(v)] for r, v in zip(matrix, right)]
    free, at = list(range(n)), {}
    for c in range(n):
        best = max(free, key=lambda r: abs(left[r][c]), default=None)
        if best is None or abs(left[best][c]) < 1e-11:
            continue
        free.remove(best)
        at[c] = best
        for r in range(n):
            if r != best:
                k = left[r][c] / left[best][c]
                left[r] = [x - k * y for x, y in zip(left[r], left[best])]
    return [left[at[c]][n] / left[at[c]][c] if c in at else 0.0 for c in range(n)]


# ---- weights: the part that stands for the silent, raked on units by region and credits of the silent ----
mean = float(sum(credits.values()) / len(units))
x = {u: [float(region[u] == a) for a in regions] + [float(credits[u]) / mean] for u in units}
want = [math.fsum(x[u][j] for u in silent) for j in range(len(regions) + 1)]
columns = [j for j, t in enumerate(want) if t > 0]
moves = [u for u in answers if d[u] > 1 and want[regions.index(region[u])] > 0]
step = [0.0] * len(columns)
for _ in range(100):
    part = {u: float(d[u] - 1) * math.exp(math.fsum(s * x[u][j] for s, j in zip(step, columns))) for u in moves}
    gap = [math.fsum(part[u] * x[u][j] for u in moves) - want[j] for j in columns]
    if max(abs(g) / want[j] for g, j in zip(gap, columns)) < 1e-14:
        break
    slope = [[math.fsum(part[u] * x[u][i] * x[u][j] for u in moves) for j in columns] for i in columns]
    step = [s - t for s, t in zip(step, solve(slope, gap))]
w = {u: 1.0 + part.get(u, 0.0) for u in answers}
stored = {u: (float(v), float(b)) for u, v, b in sqlite3.connect(STORE).execute("SELECT unit, weight, design FROM weight")}
if set(stored) != answers:
    bad.append("weights of other units than those that answered")
for u in answers & set(stored):
    close(f"weight of {u}", stored[u][0], w[u])
    close(f"weight of {u} before calibration", stored[u][1], d[u], 1e-11)

# ---- answers ----
cells = {}
for r in table("observations"):
    if r["unit"] in units:
        cells.setdefault((r["variable"], r["category"]), {})[r["unit"]] = r


@functools.lru_cache(maxsize=None)
def known(variable, category="", mean_of=False):
    """unit -> value of those that answered: reported, deduced, or not applicable, which adds nothing."""
    found = {}
    for u, r in cells[variable, category].items():
        if u in answers and (r["silence"] == "" or (r["silence"] == "SO" and not mean_of)):
            found[u] = Fraction(r["value"] or 0)
    return found


categories = {}
for variable, category in cells:
    categories.setdefault(variable, []).append(category)
domains = {"nation": dict.fromkeys(units, ""), "region": region, "size": {u: str(k + 1) for u, k in size.items()},
           "carrier": {u: r["carrier"] for u, r in units.items()}, "departement": {u: r["departement"] for u, r in units.items()}}
with open(FIGURES, encoding="utf-8", newline="") as f:
    lines = [line for line in f if line.strip() and not line.startswith("#")]
shown = {(r["figure"], r["domain"], r["area"]): r for r in csv.DictReader(lines) if r["figure"] != "figure"}


def observed(f, inside):
    """Sums of what is known, and the units all of whose values in it are."""
    chosen = f["category"].split() or categories[f["variable"]]
    over = categories[f["denominator_variable"]] if f["denominator_variable"] else []
    if f["kind"] in ("total", "rank"):
        held_by = [known(f["variable"], c) for c in chosen]
        base = set.intersection(*map(set, held_by)) & inside
        value = sum(v[u] for v in held_by for u in base)
        return value, base & set(known(f["denominator_variable"])) if over else base  # a reason has its place among children
    if f["kind"] == "share":
        top, low = [known(f["variable"], c) for c in chosen], [known(f["denominator_variable"], c) for c in over]
        base = set.intersection(*map(set, top + low)) & inside
        part, whole = (sum(n for v in side for u, n in v.items() if u in inside) for side in (top, low))
        return part / whole if whole else None, base
    n, m = known(f["weight_variable"], chosen[0]), known(f["variable"], chosen[0], True)
    base = {u for u in n if u in inside and (u in m or n[u] == 0)}
    whole = sum(n[u] for u in base)
    return sum(n[u] * m.get(u, 0) for u in base) / whole if whole else None, base


# ---- F05, with what is supposed where it is missing ----
MAIN = "F05"
y = known("ENF_TOTAL")
before = {u: Fraction(r["previous"]) for u, r in cells["ENF_TOTAL", ""].items() if r["previous"] != ""}


def ratio(over, givers, of):
    """Sum of values over sum of `over`, of the givers alike: None without five of them."""
    mine = [g for g in givers if of(g)]
    low = sum(over[g] for g in mine)
    return sum(y[g] for g in mine) / low if len(mine) >= 5 and low > 0 else None


def expected(u, givers):
    p = ratio(before, [g for g in givers if g in before], lambda g: group[g] == group[u])
    if before.get(u, 0) > 0 and p is not None:
        return p * before[u]
    for alike in (lambda g: group[g] == group[u]), (lambda g: region[g] == region[u]), (lambda g: True):
        p = ratio(credits, givers, alike)
        if p is not None:
            return p * credits[u]
    raise SystemExit("no donors")


first = {u: expected(u, y) for u in answers}
total = math.fsum(w[u] * float(y.get(u, first[u])) for u in answers)
givers = {u for u in y if w[u] * abs(float(y[u] - first[u])) <= 0.01 * total}
filled = {u: y[u] if u in y else expected(u, givers) for u in answers}
q = {u: float(d[u] - 1) for u in y}


def spread(values):
    middle = math.fsum(values) / len(values)
    return math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1)


def variance(inside):
    """On the units whose value is known, after regression on the margins; and degrees of freedom."""
    u_of = {u: float(y[u]) if u in inside else 0.0 for u in y}
    k = range(len(regions) + 1)
    b = solve([[math.fsum(q[u] * x[u][i] * x[u][j] for u in y) for j in k] for i in k],
              [math.fsum(q[u] * x[u][i] * u_of[u] for u in y) for i in k])
    v, df = 0.0, 0
    for members in groups:
        mine = sorted(members & set(y))
        if len(mine) == len(members):
            continue
        e = [(u_of[u] - math.fsum(p * z for p, z in zip(x[u], b))) * w[u] / float(d[u]) for u in mine]
        v += len(members) ** 2 * (1 - len(mine) / len(members)) * spread(e) / len(mine)
        df += len(mine) - 1 if any(u in inside for u in mine) else 0
    return v, df


# ---- every figure, every domain ----
tried = set()
for f in csv.DictReader(open(f"{PACKAGE}/edition/figures.csv", encoding="utf-8", newline="")):
    for kind in f["domains"].split():
        for area in sorted(set(domains[kind].values())):
            inside = {u for u in units if domains[kind][u] == area}
            got = shown.get((f["figure"], kind, area))
            name = f"{f['figure']} {kind} {area}"
            if got is None:
                bad.append(f"{name}: no row")
                continue
            tried.add((f["kind"], kind))
            close(f"{name}, units", got["units"], len(inside))
            if f["kind"] in ("count", "register_total", "rate"):
                good = len(inside & answers)
                value = {"count": len(inside), "register_total": sum(credits[u] for u in inside), "rate": Fraction(good, len(inside))}[f["kind"]]
                close(f"{name}, observed", got["observed"], value)
                if got["estimated"]:
                    close(name, got["estimated"], value)
                continue
            if f["kind"] in ("minimum", "maximum"):
                of = [float(r["estimated"]) for k, r in shown.items() if k[1:] == (kind, area) and k[0].startswith(f["figure"].split(".")[0] + ".P")]
                close(name, got["estimated"], min(of) if f["kind"] == "minimum" else max(of))
                continue
            value, base = observed(f, inside)
            close(f"{name}, base", got["base"], len(base))
            close(f"{name}, coverage", got["coverage"], sum(credits[u] for u in base) / sum(credits[u] for u in inside))
            if base and value is not None:
                close(f"{name}, observed", got["observed"], value)
            elif got["observed"]:
                bad.append(f"{name}: observed {got['observed']}, expected none")
            if f["kind"] == "rank" and got["estimated"] and float(shown[MAIN, kind, area]["estimated"] or 0) > 0:
                close(f"{name}, share", got["share"], float(got["estimated"]) / float(shown[MAIN, kind, area]["estimated"]))
            if f["figure"] == MAIN and got["estimated"] and kind != "departement":
                mine = inside & answers
                whole = math.fsum(w[u] * float(filled[u]) for u in mine)
                close(name, got["estimated"], whole)
                close(f"{name}, supposed", got["imputed"], math.fsum(w[u] * float(filled[u]) for u in mine - set(y)) / whole)
                if got["variance"]:
                    v, df = variance(inside)
                    close(f"{name}, standard error", math.sqrt(float(got["variance"])), math.sqrt(v), 1e-7)
                    close(f"{name}, degrees of freedom", got["df"] or 0, df)
reasons = sorted((r for k, r in shown.items() if k[0].startswith("F10.") and k[1] == "nation"),
                 key=lambda r: (r["figure"] == "F10.AUTRE", -float(r["estimated"])))
for place, r in enumerate(reasons, 1):
    close(f"place of {r['figure']}", r["rank"], place)

# ---- the total under other suppositions ----
counted = math.fsum(float(filled[u]) for u in answers)
suppositions = {s: counted + f * (total - counted) for s, f in (("-20%", 0.8), ("-10%", 0.9), ("+10%", 1.1), ("+20%", 1.2))}
suppositions["previous"] = counted + math.fsum(float(expected(u, givers)) for u in silent)
suppositions["groups"] = math.fsum(float(d[u] * filled[u]) for u in answers)
line = {r["supposition"]: r["value"] for r in json.load(open(QUALITY, encoding="utf-8"))["sensitivity"]}
for s, v in suppositions.items():
    close(f"sensitivity {s}", line.get(s), v)
print(f"{held} numbers held against the tables of the package, {len(bad)} differ; {len(tried)} kinds of figure in kinds of domain")
print(*bad[:30], sep="\n", end="\n" if bad else "")
sys.exit(1 if bad else 0)
