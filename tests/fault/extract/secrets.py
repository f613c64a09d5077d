#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A night with every kind of secret, through the three programs: no byte of what any of them writes, archives inflated, holds one.
The register and the hosts table hold them, the servers receive them, the process list never shows them."""
import os, sqlite3, sys, threading, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *

SECRETS = {"token of the hosts table": "jeton-7f3a91", "query value of the register": "requete-51c0de", "rest of a query value after a comma": "suite-c0ffee",
           "query value of the hosts table": "ajoute-b4d9e2", "cookie": "biscuit-90ab12"}
UNITS = 40


def night(w):
    """A specimen's returns behind a server; each third unit is asked with a secret in its query, one is sent elsewhere with it."""
    subprocess.run([os.path.join(BIN, "pre-specimen"), "--seed", "3", "--units", str(UNITS), "--edition", EDITION, "--reference",
                    os.path.join(SOURCE, "schemas/reference"), "--base-url", "http://127.0.0.1:1", "--output", w.path("specimen")], check=True,
                   stderr=subprocess.DEVNULL)
    query = "cle=%s,%s;fin&x=1" % (SECRETS["query value of the register"], SECRETS["rest of a query value after a comma"])
    other = w.faultserver(root=w.path("specimen/site"), name="other", addresses="127.0.0.3")
    rows = list(csv.DictReader(open(w.path("specimen/register.csv"), encoding="utf-8", newline="")))
    asked = [r for r in rows if r["source"]]
    moved = "/" + asked[0]["source"].split("/", 3)[3]
    port = w.faultserver([{"path": moved, "status": 302, "headers": "Location: http://127.0.0.3:%d%s?%s" % (other, moved, query)},
                          {"path": "*", "status": 200, "headers": "Set-Cookie: s=%s|Content-Location: /elsewhere?%s" % (SECRETS["cookie"], query)}],
                         root=w.path("specimen/site"))
    for i, r in enumerate(asked):
        place = "127.0.0.3:%d/" % other if i == 1 else "127.0.0.1:%d/" % port
        r["source"] = r["source"].replace("127.0.0.1:1/", place) + ("?" + query if i % 3 == 0 else "")
    with open(w.path("register.csv"), "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    bearer = w.write("bearer", SECRETS["token of the hosts table"] + "\n")
    w.hosts("127.0.0.1:%d,yes,%s,cle" % (port, bearer), "127.0.0.3,yes,,signature=" + SECRETS["query value of the hosts table"], columns="host,allow_private,bearer_file,secret_parameter")
    return moved


class Watch(threading.Thread):
    """What anybody sees of our processes while they run."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.stop = b"", False

    def run(self):
        while not self.stop:
            for p in os.listdir("/proc"):
                try:
                    text = open("/proc/%s/cmdline" % p, "rb").read() if p.isdigit() else b""
                    if b"/pre-" in text:
                        self.seen += text + open("/proc/%s/comm" % p, "rb").read()
                except OSError:
                    pass
            time.sleep(0.005)


def stage(w, program, *options, good=(0, 1)):
    p = subprocess.run([os.path.join(BIN, program)] + list(options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100)
    assert p.returncode in good, "%s: %d\n%s" % (program, p.returncode, p.stderr.decode()[-2000:])
    return p.stdout + p.stderr


def everything(folder):
    """Every file, as it is and, when it is gzip, inflated member by member."""
    for d, _, names in os.walk(folder):
        for n in names:
            data = open(os.path.join(d, n), "rb").read()
            yield os.path.join(d, n), data
            if data[:2] == b"\x1f\x8b":
                yield os.path.join(d, n) + " (inflated)", gzip.decompress(data)
            elif data[:2] == b"PK":
                import io, zipfile
                z = zipfile.ZipFile(io.BytesIO(data))
                for part in z.namelist():
                    yield "%s (%s)" % (os.path.join(d, n), part), z.read(part)


def no_byte_of_any_stage_holds_a_secret():
    with Workspace("secrets-all") as w:
        moved = night(w)
        watch, said = Watch(), b""
        watch.start()
        extract = ["--edition", EDITION, "--register", w.path("register.csv"), "--archive", w.path("out/archive"), "--hosts", w.path("hosts.csv"),
                   "--retry-base", "20", "--summary", w.path("out/summary.json"), "--verbose", "--table"]
        os.mkdir(w.path("out"))
        for night_number in (1, 2):
            said += stage(w, "pre-extract", *extract)
        said += stage(w, "pre-extract", *[o for o in extract if o not in ("--table",)], "--dry-run")
        transform = ["--edition", EDITION, "--archive", w.path("out/archive"), "--previous", w.path("specimen/previous/current"), "--summary", w.path("out/transform.json")]
        said += stage(w, "pre-transform", *transform, "--register", w.path("register.csv"), "--output", w.path("out/dataset"))
        said += stage(w, "pre-transform", *transform, "--output", w.path("out/dataset-kept"))
        database = "sqlite:" + w.path("out/pre.sqlite")
        said += stage(w, "pre-load", "--database", database, "--publish", w.path("out/publication"), w.path("out/dataset/current"))
        for show in (["followup"], ["response"], ["unit", moved.strip("/").replace(".xml", "")]):
            said += stage(w, "pre-load", "--database", database, "--show", *show)
        said += stage(w, "pre-load", "--database", database, "--dump", w.path("out/dump"))
        watch.stop = True
        watch.join()
        # the servers did receive them: the test tests something
        first, other = w.requests(), w.requests("other")
        assert all(q["authorization"] == "1" for q in first) and all(q["authorization"] == "0" for q in other) and len(other) == 4
        assert any(SECRETS["query value of the register"] in q["target"] and SECRETS["rest of a query value after a comma"] in q["target"] for q in first)
        assert any("signature=" + SECRETS["query value of the hosts table"] in q["target"] for q in other)
        assert any(SECRETS["query value of the register"] in q["target"] for q in other), "the redirect repeats the query"
        assert b"cle=masked" in said, "the addresses are told, masked"
        searched = [("what the programs said", said), ("the process list", watch.seen)] + list(everything(w.path("out")))
        assert watch.seen.count(b"pre-extract") > 2 and len(searched) > 40, len(searched)
        for where, data in searched:
            for what, secret in SECRETS.items():
                assert secret.encode() not in data, "%s stands in %s" % (what, where)
        units = csv.DictReader(gzip.open(w.path("out/dataset/current/units.csv.gz"), "rt", encoding="utf-8", newline=""))
        sources = [r["source"] for r in units if "?" in r["source"]]
        assert len(sources) >= UNITS // 4 and all(s.endswith("?cle=masked&x=masked") for s in sources), sources[:3]
        print("     %d files and texts searched" % len(searched))


main([("no byte of any stage holds a secret", no_byte_of_any_stage_holds_a_secret)])
