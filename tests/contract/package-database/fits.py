#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fits.py STORE [CAMPAIGN]: every answer about the store as text, in both languages and for every kind of domain, in lines of at most
as many characters as the terminal has columns: 80 where nothing says how many. In characters, not in bytes."""
import json
import os
import subprocess
import sys

PROGRAM = [os.path.join(os.environ["PRE_BIN"], "pre-load"), "--database", "sqlite:" + sys.argv[1]]
CAMPAIGN = ["--campaign", sys.argv[2]] if len(sys.argv) > 2 else []
KINDS = "nation", "region", "size", "carrier", "departement"
seen = failures = 0


def ask(*question, columns=None, fine=(0,)):
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    environment.update({"COLUMNS": columns} if columns else {})
    done = subprocess.run([*PROGRAM, *CAMPAIGN, *question], capture_output=True, env=environment)
    if done.returncode not in fine:
        sys.exit("%s: status %d: %s" % (question, done.returncode, done.stderr.decode()))
    return done.stdout.decode("utf-8")


def rows(*question):
    return json.loads(ask("--format", "json", *question))


def width(line):
    import unicodedata
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def check(*question, columns=None):
    global seen, failures
    for lang in "en", "fr":
        text = ask("--lang", lang, *question, columns=columns)
        lines = text.split("\n")
        widest = max(lines, key=width)
        seen += 1
        if width(widest) > int(columns or 80):
            failures += 1
            print("%s, %s: %d columns: %s" % (question, lang, width(widest), widest))


units = [u["unit"] for u in rows("--show", "trace", "F05")["trace"]]
silent = [u["unit"] for u in rows("--show", "followup")["followup"] if u["state"] in ("silent", "unreachable")]
vintages = [v["vintage"] for v in rows("--show", "vintages")["vintages"]]
figures = sorted({f["figure"] for f in rows("--show", "figures")["figures"]})
contacts = sys.argv[1] + ".contacts.csv"
with open(contacts, "w", encoding="utf-8") as f:
    f.write("unit,date,channel,result\n")
    for unit in silent[:20]:
        f.write('%s,2022-06-01,téléphone portable,"la coordinatrice est en congé, rappeler"\n' % unit)
questions = [["figures"], ["response"], ["findings"], ["followup"], ["followup", "--contacts", contacts], ["series"], ["vintages"],
             ["method"], ["quality"], ["variance"]]
questions += [["figures", "--domain", kind] for kind in KINDS]
questions += [["response", "--domain", kind] for kind in ("nation", "region", "departement")]
questions += [["followup", "--domain", "region=11"]]
questions += [["findings", "--severity", word] for word in ("error", "warning", "information")]
questions += [["trace", f] for f in figures[::4] + ["F05"]]
questions += [["unit", u] for u in units[:3] + units[-2:] + silent[:2]]
if len(vintages) > 1:
    questions += [["revisions", str(vintages[0]), str(vintages[-1])]]
for question in questions:
    check("--show", *question)
for question in questions[:9]:
    check("--show", *question, columns="60")
    check("--show", *question, columns="200")
os.remove(contacts)
print("%d answers, %d too wide" % (seen, failures))
sys.exit(failures > 0)
