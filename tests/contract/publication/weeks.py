#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weeks.py SCHEDULE PUBLICATION: the curve of the report against the weeks in which the test let each source answer."""
import csv
import datetime
import html
import os
import re
import sys

SCHEDULE, FOLDER = sys.argv[1:3]
MONDAY = datetime.date(2022, 5, 2)

with open(SCHEDULE, encoding="utf-8") as f:
    week_of = {unit: int(week) for unit, week in csv.reader(f)}
with open(os.path.join(FOLDER, "tables", "units.csv"), encoding="utf-8", newline="") as f:
    units = [r for r in csv.DictReader(f) if r["scope"] == "in"]
accepted = [r["unit"] for r in units if r["outcome"] in ("complete", "partial")]
arrived = [sum(week_of[u] == w for u in accepted) for w in range(8)]
expected, total = [], 0
for w, n in enumerate(arrived):
    total += n
    expected.append(((MONDAY + datetime.timedelta(weeks=w)).strftime("%d/%m/%Y"), n, total))

with open(os.path.join(FOLDER, "rapport.html"), encoding="utf-8") as f:
    page = f.read()
section = page[page.index('<h2 id="curve"'):page.index('<h2 id="structure"')]
table = [(d, int(n), int(t)) for d, n, t in
         re.findall(r'<th scope="row">([^<]*)</th><td class="n">(\d+)</td><td class="n">(\d+)</td>', section)]
assert table == expected, f"table {table}, expected {expected}"
assert arrived[3] == arrived[4] == 0 and min(arrived[:3]) > 0, f"the schedule left no flat part: {arrived}"

# The drawing: heights proportional to the totals, steps of equal width, days below in order and apart.
line = re.search(r'<path d="(M[^"]*)" stroke="#1f4e9c"', section).group(1)
points = [tuple(map(float, p.split())) for p in re.split("[ML]", line)[1:]]
ticks = [(float(v), float(y)) for y, v in re.findall(r'<text x="38" y="([\d.]+)"[^>]*>(\d+)</text>', section)]
(v0, y0), (v1, y1) = ticks[0], ticks[-1]
assert v0 == 0 and len(points) == 8 and v1 >= len(units), (ticks, points)
for (x, y), (_, _, t) in zip(points, expected):
    drawn = (y0 - 4 - y) / (y0 - y1) * v1
    assert abs(drawn - t) <= 0.005 * v1, f"{t} is drawn as {drawn}"
steps = [b[0] - a[0] for a, b in zip(points, points[1:])]
assert max(steps) - min(steps) < 0.21, steps
days = [(float(x), a, d) for x, a, d in re.findall(r'<text x="([\d.]+)" y="238" text-anchor="(\w+)"[^>]*>([^<]*)</text>', section)]
WIDTH = 40  # of "16/05" at 13 px, generously
left = {"start": 0, "middle": WIDTH / 2, "end": WIDTH}
spans = sorted((x - left[a], x - left[a] + WIDTH) for x, a, _ in days)
assert all(b[0] >= a[1] for a, b in zip(spans, spans[1:])), f"days overlap: {days}"
assert [d for _, _, d in sorted(days)][-1] == "20/06", days
assert f"{len(units)} unités attendues" in html.unescape(section).replace("\u00a0", " ")
assert f">{total}</text>" in section
print(f"{len(units)} units, {total} accepted over 8 weeks: {arrived}")
