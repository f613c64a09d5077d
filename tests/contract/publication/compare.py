#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py FOLDER STORE: a publication against the store it was made from and its formats against each other."""
import collections
import csv
import decimal
import hashlib
import html
import os
import re
import sqlite3
import sys
import xml.etree.ElementTree as ET
import zipfile

FOLDER, STORE = sys.argv[1:3]
FAULTS = []


def check(what, found, expected):
    if found != expected:
        FAULTS.append(f"{what}: {found!r}, expected {expected!r}")


def path(*parts):
    return os.path.join(FOLDER, *parts)


def machine(name):
    with open(path("tables", name + ".csv"), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def sums():
    with open(path("SHA256SUMS"), encoding="utf-8") as f:
        said = dict(reversed(line.rstrip("\n").split("  ", 1)) for line in f)
    there = {}
    for root, _, names in os.walk(FOLDER):
        for name in names:
            full = os.path.join(root, name)
            if name != "SHA256SUMS":
                with open(full, "rb") as f:
                    there[os.path.relpath(full, FOLDER)] = hashlib.sha256(f.read()).hexdigest()
    check("SHA256SUMS", said, there)


def figures(db, vintage):
    stored = {}
    for row in db.execute("SELECT domain, figure, area, observed, estimated, variance, cv, lower_bound, upper_bound, coverage, share, "
                          "imputed, status, base, units, rank FROM figure WHERE vintage = ?", (vintage,)):
        stored[row[:3]] = tuple("" if v is None else str(v) for v in row[3:])
    seen = set()
    for domain in ("nation", "region", "size", "carrier"):
        for r in machine("figures-" + domain):
            key = (domain, r["figure"], r["area"])
            seen.add(key)
            check(f"figure {key}", tuple(r[c] for c in ("observed", "estimated", "variance", "cv", "lower", "upper", "coverage", "share",
                                                       "imputed", "status", "base", "units", "rank")), stored.get(key))
    for r in machine("figures-departement"):
        key = ("departement", r["figure"], r["area"])
        seen.add(key)
        s = stored[key]
        check(f"figure {key}", (r["observed"], r["coverage"], r["status"], r["base"], r["units"]), (s[0], s[6], s[9], s[10], s[11]))
    check("figures published", seen, set(stored))


def units(db, vintage):
    stored = {}
    for row in db.execute("SELECT v.unit, r.region, r.departement, r.scope, j.outcome, j.received_at, j.verdict, j.error, j.warning, "
                          "coalesce(w.weight, '') FROM vintage_unit v JOIN frame r ON r.frame = v.frame JOIN judgement j ON j.judgement = "
                          "v.judgement LEFT JOIN weight w ON w.vintage = v.vintage AND w.unit = v.unit WHERE v.vintage = ?", (vintage,)):
        stored[row[0]] = tuple("" if v is None else str(v) for v in row[1:])
    rows = machine("units")
    for r in rows:
        check("unit " + r["unit"], tuple(r[c] for c in ("region", "departement", "scope", "outcome", "received_at", "verdict", "error",
                                                       "warning", "weight")), stored.pop(r["unit"], None))
    check("units left out", stored, {})
    tally = collections.defaultdict(lambda: [0, 0])
    for r in rows:
        if r["scope"] == "in":
            for key in (("nation", ""), ("region", r["region"]), ("departement", r["departement"])):
                tally[key][0] += 1
                tally[key][1] += r["outcome"] in ("complete", "partial")
    for r in machine("response"):
        n, accepted = tally.pop((r["level"], r["area"]), (0, 0))
        check(f"response {r['level']} {r['area']}", (int(r["expected"]), int(r["accepted"])), (n, accepted))
        check(f"rate {r['area']}", float(r["rate"]), accepted / n)
    check("places left out", dict(tally), {})
    return rows


def findings(db, vintage):
    stored = {tuple(map(str, row[:3])): row[3:] for row in db.execute(
        "SELECT d.rule, d.severity, d.outcome, count(DISTINCT v.unit), count(*) FROM vintage_unit v JOIN finding d ON d.judgement = "
        "v.judgement WHERE v.vintage = ? GROUP BY 1, 2, 3", (vintage,))}
    found = {(r["rule"], r["severity"], r["outcome"]): (int(r["units"]), int(r["findings"])) for r in machine("findings")}
    check("findings", found, stored)
    return stored


def contributions(db, vintage):
    for r in machine("contributions"):
        if r["imputed"] == "1":
            continue
        check(f"contribution {r['figure']} {r['unit']}", abs(float(r["value"]) * float(r["weight"]) - float(r["contribution"]))
              <= 1e-9 * abs(float(r["contribution"])), True)
        weight = db.execute("SELECT weight FROM weight WHERE vintage = ? AND unit = ?", (vintage, r["unit"])).fetchone()[0]
        check(f"weight of {r['unit']}", float(r["weight"]), float(weight))


def revisions():
    for r in machine("revisions"):
        parts = sum(float(r[c]) for c in ("register", "new", "correction", "withdrawal", "decisions", "edition", "method"))
        check(f"revision of {r['figure']}", abs(parts - float(r["difference"])) <= 1e-9 * max(1.0, abs(float(r["after"]))), True)


# Codes that people read in words, and the columns where they do.
FRENCH = dict(zip(
    "free unreliable withheld exact no-interval no-return early not-asked in merged closed created complete partial unusable refusal "
    "undecided withdrawn silent fatal error warning information failed not-evaluable normalised document xsd identity normalise rule "
    "campaign reported deduced nation region departement calibration eligibility group-merge impute region-merge unit child euro fte post "
    "month share".split(),
    "diffusable|à lire avec prudence|trop incertain|exact|sans intervalle|aucun répondant|pas encore estimable|non demandé|dans le champ|"
    "fusionné|fermé|créé|complet|partiel|inexploitable|refus de répondre|en suspens|annulé|silencieux|fatale|erreur|avertissement|"
    "information|non respectée|non évaluable|normalisé|fichier|schéma|identité|lecture|règle|campagne|déclarée|déduite|nation|région|"
    "département|calage|éligibilité|réunion de groupes|imputation|réunion de régions|unités|enfants|euros|ETP|postes|mois|part".split("|")))
IN_WORDS = {"unit", "level", "status", "outcome", "scope", "severity", "stage", "origin", "step"}
SHEETS = ["Ensemble", "Régions", "Tailles", "Porteurs", "Départements", "Collecte", "Unités", "Constats", "Réponses", "Révisions", "Biais",
          "Groupes", "Sensibilité", "Contributions", "Journal"]


def in_words(key, text):
    return FRENCH.get(text, text) if key in IN_WORDS else text


def french(name, columns):
    """The French profile read back as a French Excel would, against the machine profile."""
    with open(path("tables", name + ".excel.csv"), "rb") as f:
        data = f.read()
    check(name + ": byte-order mark", data[:3], b"\xef\xbb\xbf")
    check(name + ": lone line feeds", data.replace(b"\r\n", b"").count(b"\n"), 0)
    rows = list(csv.reader(data[3:].decode().splitlines(keepends=True), delimiter=";"))
    with open(path("tables", name + ".csv"), encoding="utf-8", newline="") as f:
        other = list(csv.reader(f))
    check(name + ": rows", len(rows), len(other))
    for a, b in zip(rows[1:], other[1:]):
        for key, kind, x, y in zip(other[0][1:], columns, a[1:], b[1:]):
            if kind in ("integer", "number"):
                check(f"{name}: number", x.replace(",", "."), y)
                check(f"{name}: a point in a French number", "." in x, False)
            else:
                text = re.fullmatch(r'="([^"]*)"', x)
                x = text.group(1) if text else x[1:] if x.startswith("'") else x
                check(f"{name}: text", x, in_words(key, y))
                if y and y[0] in "=+-@":
                    check(f"{name}: would run in a spreadsheet", a, None)


def workbook(tables):
    ns = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    z = zipfile.ZipFile(path("tables.xlsx"))
    strings = ["".join(t.text or "" for t in si.iter("{%s}t" % ns["m"])) for si in ET.fromstring(z.read("xl/sharedStrings.xml"))]
    names = [s.get("name") for s in ET.fromstring(z.read("xl/workbook.xml")).find("m:sheets", ns)]
    check("sheets", names[1:], SHEETS)
    for i, name in enumerate(["Lisez-moi"] + tables):
        sheet = ET.fromstring(z.read(f"xl/worksheets/sheet{i + 1}.xml"))
        rows = []
        for row in sheet.find("m:sheetData", ns):
            cells = {}
            for c in row:
                v = c.find("m:v", ns)
                if v is not None:
                    cells[re.match("[A-Z]+", c.get("r")).group()] = strings[int(v.text)] if c.get("t") == "s" else float(v.text)
            rows.append(cells)
        check(f"{name}: says internal", any("INTERNE" in str(v) for v in rows[1].values()), True)
        if i == 0:
            continue
        check(f"{name}: frozen header", sheet.find("m:sheetViews/m:sheetView/m:pane", ns).get("state"), "frozen")
        expected = machine(name)
        body = [r for r in rows[2:]][-len(expected):] if expected else []
        for r, e in zip(body, expected):
            values = [(k, in_words(key, text)) for k, (key, text) in enumerate(list(e.items())[1:])]
            for k, text in values:
                letter = chr(65 + k)
                found = r.get(letter, "")
                if isinstance(found, float):
                    check(f"{name}.{letter}", abs(found - float(text)) <= 1e-12 * abs(found), True)
                else:
                    check(f"{name}.{letter}", found, text)


def rounded(text, decimals):
    step = decimal.Decimal(1).scaleb(-decimals)
    return decimal.Decimal(text).quantize(step, rounding=decimal.ROUND_HALF_UP)


def plain(shown):
    """A count as printed, thousands apart."""
    return int(shown.replace("\u202f", ""))


def report(stored_findings):
    with open(path("rapport.html"), encoding="utf-8") as f:
        page = f.read()
    check("report says internal", "INTERNE" in page[:page.index("<h1")], True)
    check("outside references", re.findall(r'(?:src|href)="(?!#)[^"]*"', page), [])
    cards = dict(re.findall(r'data-figure="([^"]+)">([^<]*)<', page))
    nation = {r["figure"]: r for r in machine("figures-nation")}
    check("cards", len(cards) >= 5, True)
    for figure, shown in cards.items():
        r = nation[figure]
        digits = re.sub(r"[^0-9,-]", "", html.unescape(shown)).replace(",", ".")
        exact = r["estimated"] or r["observed"]
        if r["unit"] == "share":
            expected = rounded(decimal.Decimal(exact) * 100, 0)
        elif r["status"] == "exact":
            expected = rounded(exact, 0)
        else:
            expected = rounded(exact, -1)
        check(f"card {figure}", decimal.Decimal(digits), decimal.Decimal(int(expected)))
    body = page[page.index('<table id="findings">'):]
    rows = re.findall(r'<tr data-severity="(\w+)"><th scope="row">([^<]+)</th>.*?<td class="n">([\d\u202f]+)</td>'
                      r'<td class="n">([\d\u202f]+)</td></tr>', body)
    check("findings in the page", sorted((rule, s, plain(u), plain(n)) for s, rule, u, n in rows),
          sorted((k[0], k[1], *v) for k, v in stored_findings.items()))


def shown(r, text):
    """A number of the table as the report prints it in French."""
    if r["unit"] == "share":
        number, decimals, mark = decimal.Decimal(text) * 100, 1, "\u00a0%"
    elif r["unit"] == "month":
        number, decimals, mark = decimal.Decimal(text), 1, ""
    else:
        number, decimals, mark = decimal.Decimal(text), -1, ""
    value = rounded(number, decimals)
    return (f"{value:,f}" if decimals > 0 else f"{int(value):,}").replace(",", "\u202f").replace(".", ",") + mark


def bars():
    """Every bar of the report: value and interval are those of the table."""
    with open(path("rapport.html"), encoding="utf-8") as f:
        page = f.read()
    section = page[page.index('<h2 id="structure"'):page.index('<h2 id="revisions"')]
    drawn = {}
    for label, value, interval in re.findall(r'<th scope="row">([^<]+)</th><td class="bar">.*?</td><td class="n">([^<]*)</td>'
                                             r'<td class="n">([^<]*)</td>', section):
        drawn[html.unescape(label).replace("\u2019", "'").replace("\u00a0", " ")] = (value, interval)
    expected = {}
    for r in machine("figures-nation"):
        if re.match(r"F(06|07|08|10|11)\.|F09\.P", r["figure"]):
            expected[r["label"].split(" : ")[-1]] = (shown(r, r["estimated"]),
                                                     f'{shown(r, r["lower"])}\u00a0–\u00a0{shown(r, r["upper"])}')
    check("bars", drawn, expected)


def others(db, vintage, rows):
    """Tables that the store does not hold as such: recounted."""
    accepted = [r for r in rows if r["scope"] == "in" and r["outcome"] in ("complete", "partial")]
    silent = [r for r in rows if r["scope"] == "in" and r["outcome"] not in ("complete", "partial")]
    stored = {(v, c, o, s, g): str(n) for v, c, o, s, g, n in db.execute(
        "SELECT c.variable, c.category, m.obs_status, m.silence, m.origin, count(*) FROM vintage_unit v JOIN observation o ON o.judgement = "
        "v.judgement JOIN cell c ON c.cell = o.cell JOIN mark m ON m.mark = o.mark WHERE v.vintage = ? GROUP BY 1, 2, 3, 4, 5", (vintage,))}
    check("items", {tuple(r[c] for c in ("variable", "category", "obs_status", "silence", "origin")): r["units"]
                    for r in machine("items")}, stored)
    before = db.execute("SELECT v.vintage FROM vintage v WHERE v.vintage < ? ORDER BY v.vintage DESC", (vintage,)).fetchone()[0]
    for r in machine("revisions"):
        for column, of in (("before", before), ("after", vintage)):
            exact = db.execute("SELECT coalesce(estimated, observed) FROM figure WHERE vintage = ? AND figure = ? AND domain = 'nation'",
                               (of, r["figure"])).fetchone()[0]
            check(f"{column} of {r['figure']}", abs(float(r[column]) - float(exact)) <= 1e-9 * abs(float(exact)), True)
    groups = machine("groups")
    check("groups", (sum(int(g["units"]) for g in groups), sum(int(g["respondents"]) for g in groups)),
          (len(accepted) + len(silent), len(accepted)))
    nation = {r["figure"]: r for r in machine("figures-nation")}
    bias = next(r for r in machine("bias") if not r["category"] and r["what"].startswith("taille, moyenne"))
    known = sum(float(u["size"]) for u in accepted)
    everything = float(nation["F02"]["estimated"] or nation["F02"]["observed"])  # a merged unit brings its credits to its successor
    for column, credits, n in (("respondents", known, len(accepted)), ("nonrespondents", everything - known, len(silent)),
                               ("population", everything, len(accepted) + len(silent))):
        check(f"mean credits of {column}", abs(float(bias[column]) - credits / n) <= 1e-9 * credits / n, True)
    total = float(nation["F05"]["estimated"])
    sensitivity = {r["supposition"]: r for r in machine("sensitivity")}
    ten, twenty = (sensitivity[f"rapport à la taille : {n} % de moins"] for n in (10, 20))
    check("sensitivity", abs((total - float(ten["value"])) * 2 - (total - float(twenty["value"]))) <= 1e-6 * total, True)
    for r in sensitivity.values():
        check("difference of " + r["supposition"], abs(float(r["value"]) / total - 1 - float(r["difference"])) <= 1e-12, True)


PAST = ("superseded", "repeat", "withdrawn", "withdrawal", "out-of-scope", "test")


def still_open(db, judgement):
    """Findings about documents that still count: not replaced, nor refused before a better one came."""
    states = db.execute("SELECT record, state FROM document WHERE judgement = ? ORDER BY position", (judgement,)).fetchall()
    current = max((i for i, (_, state) in enumerate(states) if state == "current"), default=-1)
    past = {r for i, (r, state) in enumerate(states) if state in PAST or (state == "refused" and i < current)}
    found = db.execute("SELECT record FROM finding WHERE judgement = ? AND outcome = 'failed' AND severity <> 'information'",
                       (judgement,)).fetchall()
    return sum(r not in past for (r,) in found), len(found)


def feedback(db, vintage, rows):
    with open(path("retours", "index.csv"), encoding="utf-8", newline="") as f:
        index = list(csv.DictReader(f))
    check("index of feedback", [r["unit"] for r in index], [r["unit"] for r in rows])
    everybody = {r["unit"] for r in rows}
    settled = 0
    for r in index:
        with open(path("retours", r["page"]), encoding="utf-8") as f:
            page = f.read()
        with open(path("retours", r["text"]), encoding="utf-8") as f:
            text = f.read()
        judgement = db.execute("SELECT judgement FROM vintage_unit WHERE vintage = ? AND unit = ?", (vintage, r["unit"])).fetchone()[0]
        others = {u for u in re.findall(r"PRE-[0-9AB]+-[0-9]+", page + text) if u in everybody} - {r["unit"]}
        # only a document that names another unit (rule I01) may bring its identifier along, never a value
        named = set(re.findall(r"PRE-[0-9AB]+-[0-9]+", " ".join(re.findall(r"I01 : .*", text))))
        check(f"other units in the page of {r['unit']}", others - named, set())
        digests = {d for (d,) in db.execute("SELECT raw_digest FROM document WHERE judgement = ?", (judgement,))}
        check(f"digests in the page of {r['unit']}", set(re.findall(r"\b[0-9a-f]{64}\b", page)), digests)
        check(f"digests in the text of {r['unit']}", set(re.findall(r"\b[0-9a-f]{64}\b", text)), digests)
        opened, shown = still_open(db, judgement)
        check(f"findings in the page of {r['unit']}", page.count('<div class="finding'), shown)
        check(f"findings of {r['unit']} still to be dealt with", page.split("<details>")[0].count('<div class="finding'), opened)
        check(f"findings in the text of {r['unit']}", len(re.findall(r"^- ", text, re.M)), shown)
        check(f"internal, in the text of {r['unit']}", text.startswith("INTERNE"), True)
        check(f"something to do for {r['unit']}", "rien à faire.</li>" in page and opened > 0, False)
        check(f"English in the page of {r['unit']}", re.findall(r"\b(?:or nothing|a count|whole number)\b", page + text), [])
        states = [s for (s,) in db.execute("SELECT state FROM document WHERE judgement = ? ORDER BY position", (judgement,))]
        since = "current" in states and "refused" in states[states.index("current"):]
        check(f"refused since, in the page of {r['unit']}", "dernier envoi a été refusé" in page, since)
        settled += shown - opened
        for value, in db.execute("SELECT value FROM finding WHERE judgement = ? AND outcome = 'failed' AND severity IN "
                                 "('fatal', 'error', 'warning') AND value <> ''", (judgement,)):
            check(f"value in the page of {r['unit']}", value in html.unescape(page), True)
    check("settled findings in the specimen", settled > 0, True)


def internal():
    """Every file that a person opens says so before anything else."""
    for root, _, names in os.walk(FOLDER):
        for name in names:
            full = os.path.join(root, name)
            where = os.path.relpath(full, FOLDER)
            if where.startswith(os.path.join("kit", "edition")) or name in ("SHA256SUMS", "tables.xlsx"):
                continue  # the edition's own files; digests; the workbook has its own check
            with open(full, encoding="utf-8-sig", newline="") as f:
                text = f.read()
            if name.endswith(".html"):
                check(f"{where} says internal", "INTERNE" in text[:text.index("<h1")], True)
                check(f"{where}: policy", "Content-Security-Policy\" content=\"default-src 'none'" in text, True)
                check(f"{where}: outside references", re.findall(r'(?:src|href)="(?!#)[^"]*"|url\(|@import', text), [])
                check(f"{where}: a breaking space in French", re.findall(r">[^<]* [;:!?»%](?=[ <])", text.split("<style>")[0] +
                                                                     text.split("</style>")[1].split("<script>")[0])[:3], [])
            elif name.endswith(".csv"):
                check(f"{where} says internal", {line.split("," if ".excel" not in name else ";")[0] for line in
                                                 text.splitlines()[1:] if re.match("interne?[,;]", line)} <= {"internal", "interne"}
                      and re.match("(audience,|diffusion;)", text) is not None, True)
            elif name.endswith(".txt"):
                check(f"{where} says internal", text.startswith("INTERNE"), True)
            elif name.endswith(".json"):
                check(f"{where} says internal", "internal" in text[:200], True)
            else:
                check(where, "a kind of file this test does not know", None)


def strangers(rows):
    """No unit is named where many may read: report and kit."""
    for name in ("rapport.html", "kit/index.html"):
        with open(path(name), encoding="utf-8") as f:
            text = f.read()
        check(f"units in {name}", [r["unit"] for r in rows if r["unit"] in text or html.escape(r["label"], True) in text], [])


def main():
    db = sqlite3.connect(f"file:{STORE}?mode=ro", uri=True)
    vintage = db.execute("SELECT max(vintage) FROM vintage").fetchone()[0]
    import json
    with open(path("datapackage.json"), encoding="utf-8") as f:
        resources = json.load(f)["resources"]
    sums()
    figures(db, vintage)
    rows = units(db, vintage)
    stored = findings(db, vintage)
    contributions(db, vintage)
    revisions()
    for r in resources:
        french(r["name"], [f["type"] for f in r["schema"]["fields"]][1:])
    workbook([r["name"] for r in resources])
    report(stored)
    feedback(db, vintage, rows)
    internal()
    strangers(rows)
    bars()
    others(db, vintage, rows)
    for f in FAULTS[:40]:
        print(f)
    print(f"{len(resources)} tables, {len(rows)} units, {len(FAULTS)} differences")
    return 1 if FAULTS else 0


sys.exit(main())
