# SPDX-License-Identifier: Apache-2.0
"""What tests of the extraction share: a workspace with register, sites and servers, and a WARC reader that owes nothing to ours
(standard library only), so that every digest is computed twice by different hands."""
import csv, gzip, hashlib, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, zlib

SOURCE = os.environ.get("PRE_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BIN = os.environ.get("PRE_BIN", os.path.join(SOURCE, "build", "bin"))
# How much longer than a plain one a build with sanitizers is given, where seconds decide the outcome.
SLOW = int(os.environ.get("PRE_SLOW", "3" if os.environ.get("PRE_SANITIZED") == "1" else "1"))
EDITION = os.path.join(SOURCE, "schemas/pre/2022")
COLUMNS = "pre,label,commune,departement,region,carrier,credits,valid_from,valid_to,successor,source".split(",")


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def document(unit, extra=""):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<retour xmlns="urn:fr:anct:pre:retour:2022" pre="%s" campagne="2022">'
            '<enfants><total>12</total></enfants>%s</retour>\n' % (unit, extra)).encode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(test, seconds=20, what="a condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return
        time.sleep(0.02)
    raise AssertionError("waited %d s for %s" % (seconds, what))


class Workspace:
    """A temporary folder, kept when the test fails."""

    def __init__(self, name):
        self.dir = tempfile.mkdtemp(prefix="pre-%s-" % name)
        self.units, self.processes, self.failed = [], [], False
        self.archive = self.path("archive")
        self.site = self.path("site")
        os.mkdir(self.site)
        self.commune_rows = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for p in self.processes:
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(5)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
        if kind:
            print("kept:", self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, data, mode=0o600):
        p = self.path(name)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(p, mode)
        return p

    # ---- register ----
    def unit(self, source=None, n=None):
        """The next unit of a register on real communes; source may hold {unit}."""
        if self.commune_rows is None:
            with open(os.path.join(SOURCE, "schemas/reference/communes.csv"), encoding="utf-8") as f:
                self.commune_rows = [r for r in csv.DictReader(f) if r["departement"] != "69" and len(r["departement"]) == 2]
            self.numbers = {}
        row = self.commune_rows[len(self.units) % len(self.commune_rows)]
        d = row["departement"]
        self.numbers[d] = self.numbers.get(d, 0) + 1
        unit = "PRE-%s-%02d" % (d, self.numbers[d])
        self.units.append([unit, "PRE de " + row["name"], row["code"], d, row["region"], "7361", "100000", "2010-01-01", "", "",
                           (source or "").replace("{unit}", unit)])
        return unit

    def set_source(self, unit, source):
        for u in self.units:
            if u[0] == unit:
                u[10] = source

    def register(self):
        p = self.path("register.csv")
        with open(p, "w", encoding="utf-8", newline="") as f:
            w = csv.writer(f, lineterminator="\n")
            w.writerow(COLUMNS)
            w.writerows(self.units)
        return p

    def hosts(self, *rows, columns="host,parallel,allow_private", mode=0o600, name="hosts.csv"):
        rows = rows or ("127.0.0.1,6,yes", "localhost,6,yes")
        return self.write(name, "\n".join((columns,) + rows) + "\n", mode)

    # ---- servers ----
    def spawn(self, command, **more):
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)
        self.processes.append(p)
        return p

    def faultserver(self, script=(), root=None, latency=0, addresses="127.0.0.1", name="server"):
        """script: dicts with the columns of tests/support/script.h. Returns the port; the log is read by requests()."""
        port_file, log, table = self.path(name + ".port"), self.path(name + ".log"), self.path(name + ".csv")
        with open(table, "w", encoding="utf-8", newline="") as f:
            w = csv.DictWriter(f, ["path", "from", "to", "status", "headers", "body", "fault", "at", "delay_ms"], lineterminator="\n")
            w.writeheader()
            w.writerows(script)
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.spawn([os.path.join(BIN, "pre-faultserver"), "--root", root or self.site, "--port", "0", "--port-file", port_file, "--log", log,
                    "--script", table, "--latency", str(latency), "--address", addresses])
        wait_for(lambda: os.path.exists(port_file), what="the fault server")
        return int(open(port_file).read())

    def returns_at(self, port, count, host="127.0.0.1"):
        """Units whose returns lie where the server at that port finds them."""
        units = [self.unit("http://%s:%d/{unit}.xml" % (host, port)) for _ in range(count)]
        for u in units:
            self.write("site/%s.xml" % u, document(u))
        return units

    def served(self, script=(), count=1, rows=(), host="127.0.0.1"):
        """Units whose returns a fault server gives out, and a hosts table (rows) that lets us ask it."""
        self.hosts(*rows)
        return self.returns_at(self.faultserver(script), count, host)

    def requests(self, name="server"):
        """The server's own account: [(target, conditions, status, fault, bytes)]."""
        p = self.path(name + ".log")
        rows = []
        if os.path.exists(p):
            with open(p, encoding="utf-8", newline="") as f:
                for r in csv.reader(f):
                    rows.append({"target": r[4], "host": r[5], "conditions": r[6], "accept_encoding": r[7], "authorization": r[8], "status": int(r[9]),
                                 "fault": r[10], "bytes": int(r[11]), "connection": r[2], "time": float(r[1])})
        return rows

    # ---- runs ----
    def command(self, *options, hosts="hosts.csv"):
        c = [os.path.join(BIN, "pre-extract"), "--edition", EDITION, "--register", self.register(), "--archive", self.archive,
             "--summary", self.path("summary.json"), "--retry-base", "20"]
        if hosts and os.path.exists(self.path(hosts)):
            c += ["--hosts", self.path(hosts)]
        return c + [str(o) for o in options]

    def run(self, *options, hosts="hosts.csv", env=None, timeout=100, command=None):
        p = subprocess.run(command or self.command(*options, hosts=hosts), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=dict(os.environ, **(env or {})), timeout=timeout)
        self.stderr, self.stdout = p.stderr.decode(errors="replace"), p.stdout.decode(errors="replace")
        self.summary = None
        if p.returncode in (0, 1, 69, 75) and os.path.exists(self.path("summary.json")):
            self.summary = json.load(open(self.path("summary.json")))
        return p.returncode

    def outcome(self, unit):
        for u in self.summary["units"]:
            if u["unit"] == unit:
                return u
        raise AssertionError("unit %s is not in the summary" % unit)

    def archives(self):
        if not os.path.isdir(self.archive):
            return []
        return [os.path.join(self.archive, n) for n in sorted(os.listdir(self.archive)) if n.endswith(".warc.gz")]

    def records(self, last=False):
        out = []
        for a in self.archives()[-1:] if last else self.archives():
            out += read_warc(a)
        return out

    def leftovers(self):
        """Anything in the archive folder that is no archive, lock, seal or index."""
        found = []
        for folder, _, names in os.walk(self.archive):
            found += [os.path.join(folder, n) for n in names if not re.fullmatch(r"(.*\.warc\.gz(\.cdxj)?|[^.]*\.merged|\.lock.*|SHA256SUMS)", n)]
        return found


# ---- WARC, by other hands ----
class Record:
    def __init__(self, offset, length, fields, block):
        self.offset, self.length, self.fields, self.block = offset, length, fields, block
        self.type = self.get("WARC-Type")

    def get(self, name):
        for k, v in self.fields:
            if k.lower() == name.lower():
                return v
        return None

    def lines(self):
        return dict(line.split(": ", 1) for line in self.block.decode().split("\r\n") if line)

    def body(self):
        """What follows the HTTP head, codings still on."""
        http = (self.get("Content-Type") or "").startswith("application/http")
        return self.block.partition(b"\r\n\r\n")[2] if http else self.block

    def payload(self):
        if not (self.get("Content-Type") or "").startswith("application/http"):
            return self.block
        head, _, body = self.block.partition(b"\r\n\r\n")
        chunked = re.search(rb"(?im)^transfer-encoding:.*chunked", head) and re.match(rb"[0-9a-fA-F]{1,15}[;\s]", body)
        return dechunk(body) if chunked else body


def dechunk(b):
    out = b""
    while True:
        m = re.match(rb"([0-9a-fA-F]+)[^\r\n]*\r?\n", b)
        if not m or int(m.group(1), 16) == 0:
            return out
        n = int(m.group(1), 16)
        out += b[m.end():m.end() + n]
        b = b[m.end() + n:].lstrip(b"\r\n") if len(b) > m.end() + n else b""


def read_warc(path):
    """Every member a record, every digest recomputed, nothing after the last."""
    data, at, records = open(path, "rb").read(), 0, []
    while at < len(data):
        assert data[at:at + 4] == b"\x1f\x8b\x08\x00" and data[at + 4:at + 8] == bytes(4) and data[at + 9] == 3, "%s: member head at %d" % (path, at)
        z = zlib.decompressobj(31)
        text = z.decompress(data[at:])
        assert z.eof, "%s: member at %d is cut" % (path, at)
        length = len(data) - at - len(z.unused_data)
        head, _, rest = text.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "WARC/1.1", lines[0]
        fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        r = Record(at, length, fields, None)
        n = int(r.get("Content-Length"))
        assert rest[n:] == b"\r\n\r\n", "%s: record at %d does not end where it says" % (path, at)
        r.block = rest[:n]
        check(path, r)
        records.append(r)
        at += length
    return records


def check(path, r):
    where = "%s: record at %d" % (path, r.offset)
    assert r.get("WARC-Block-Digest") == "sha256:" + hashlib.sha256(r.block).hexdigest(), where
    assert re.fullmatch(r"<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}>", r.get("WARC-Record-ID")), where
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", r.get("WARC-Date")), where
    if r.type in ("response", "resource"):
        assert r.get("WARC-Payload-Digest") == "sha256:" + hashlib.sha256(r.payload()).hexdigest(), where + ": payload digest"
    if r.type == "revisit":
        for f in ("WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date", "WARC-Profile", "WARC-Payload-Digest"):
            assert r.get(f), where + ": no " + f


def check_archive(workspace):
    """What holds for every archive folder: gzip -t, one mark a source, marks after their data, revisits that lead to a body, warcio agrees."""
    archives = {a: read_warc(a) for a in workspace.archives()}
    # A shard may refer to what another one, later in name order, had finished before it began.
    whole = [r for records in archives.values() for r in records if r.type in ("response", "resource")]
    bodies = {r.get("WARC-Record-ID"): (r.get("WARC-Payload-Digest"), r.get("WARC-Target-URI"), r.get("WARC-Date")) for r in whole}
    for a, records in archives.items():
        subprocess.run(["gzip", "-t", a], check=True)
        pending = None
        assert records[0].type == "warcinfo", a
        for r in records:
            if r.type == "revisit":
                meant = tuple(r.get(n) for n in ("WARC-Payload-Digest", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"))
                assert bodies.get(r.get("WARC-Refers-To")) == meant, "%s: revisit at %d refers to nothing, or to something else" % (a, r.offset)
            if r.type == "metadata":
                assert r.get("WARC-Concurrent-To") in (None, pending), "%s: mark at %d" % (a, r.offset)
                pending = None
            elif not (r.get("WARC-Target-URI") or "urn:pre:kept").startswith("urn:pre:kept"):
                assert pending is None, "%s: data record without a mark before %d" % (a, r.offset)
                pending = r.get("WARC-Record-ID")
        assert pending is None, a
        marks = [r.get("Unit-ID") for r in records if r.type == "metadata" and not r.get("WARC-Target-URI").startswith("inbox:")]
        assert len(marks) == len(set(marks)), "%s: a source has two marks" % a
        warcio(a, records)
    assert not workspace.leftovers(), workspace.leftovers()


def warcio(path, records):
    """The npm reader sees the same records at the same places. Silent when it is not installed: the contract test says so."""
    node = os.environ.get("PRE_NODE", "")
    script = os.path.join(SOURCE, "tests/contract/warc/read.mjs")
    if not os.path.isdir(os.path.join(node, "node_modules", "warcio")):
        return False
    out = subprocess.run(["node", script, path], env=dict(os.environ, PRE_NODE=node), stdout=subprocess.PIPE, check=True, timeout=100).stdout
    theirs = [json.loads(line) for line in out.decode().splitlines()]
    ours = [{"offset": r.offset, "type": r.type, "body": hashlib.sha256(r.body()).hexdigest()} for r in records]
    assert theirs == ours, "%s: warcio reads %r, we wrote %r" % (path, [x for x in theirs if x not in ours][:3], [x for x in ours if x not in theirs][:3])
    return True


def main(cases):
    """Runs each case by name; says which, ends with the count."""
    only, failed = sys.argv[1:], 0
    for name, case in cases:
        if only and name not in only:
            continue
        begun = time.monotonic()
        try:
            case()
            print("ok   %-60s %.2f s" % (name, time.monotonic() - begun), flush=True)
        except Exception as e:
            import traceback
            traceback.print_exc()
            print("FAIL %s: %s" % (name, e), flush=True)
            failed += 1
    print("%d cases, %d failed" % (len(cases) if not only else len(only), failed))
    sys.exit(1 if failed else 0)
