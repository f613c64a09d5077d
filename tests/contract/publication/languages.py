#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""languages.py PUBLICATIONS: no French in the English publication, no English in the French one, in what people read."""
import glob
import html
import os
import re
import sys

FOLDER = sys.argv[1]
# Names of files, elements and namespaces hang on a point, a stroke or a colon: those words are not sentences.
# Words of one language that our own sentences use all the time, and that no name, code or value of the specimen is.
FRENCH = r"(?<![\w./:@-])(?:les|des|dans|aux|avec|sur|retour|retours|réponse|réponses|reçu|reçus|attendu|attendus|chiffres?|unités|règle|écart)(?!\w|[./:-]\w)"
ENGLISH = r"(?<![\w./:@-])(?:the|of|and|with|is|are|expected|received|answers?|returns?|figures?|units?|rule|share|sum)(?!\w|[./:-]\w)"
faults = []


def words_of(name):
    with open(name, encoding="utf-8") as f:
        text = f.read()
    if name.endswith(".html"):
        text = re.sub(r"<h1>.*?</h1>|<style>.*?</style>|<script>.*?</script>|<code>.*?</code>|<pre>.*?</pre>|<path[^>]*>", " ", text, flags=re.S)
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    elif os.sep + "retours" + os.sep in name:
        text = re.sub(r"^PRE-.*$|^  (?:value received|valeur reçue) ?:.*$", " ", text, flags=re.M)  # a place's name, a sender's text
    return text.replace("retours/ ", " ").replace("\u2019", "'")


for folder, foreign, report in (("2022-v2-internal", ENGLISH, "rapport.html"), ("2022-v2-internal-en", FRENCH, "report.html")):
    base = os.path.join(FOLDER, folder)
    names = [report, "kit/index.html", "LISEZ-MOI.txt" if foreign is ENGLISH else "README.txt"]
    names += [os.path.relpath(n, base) for n in sorted(glob.glob(os.path.join(base, "retours", "*.html")))]
    names += [os.path.relpath(n, base) for n in sorted(glob.glob(os.path.join(base, "retours", "*.txt")))]
    for name in names:
        text = words_of(os.path.join(base, name))
        for m in re.finditer(foreign, text, re.I):
            faults.append(f"{folder}/{name}: '{text[max(0, m.start() - 50):m.end() + 30]}'".replace("\n", " "))
for f in faults[:20]:
    print(f)
print(f"{len(faults)} words of the other language")
sys.exit(1 if faults else 0)
