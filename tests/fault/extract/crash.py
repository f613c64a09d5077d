#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed at every step (PRE_CRASH_AT), or with --long N at N random moments: after the next run nothing is left over, no archive is damaged,
no source is lost, and nothing that was committed is fetched again."""
import os, random, signal, sys, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *

UNITS = 4


def prepare(w, units=UNITS, delay=0):
    port = w.faultserver([{"path": "*", "status": 200, "delay_ms": delay}] if delay else [])
    made = [w.unit("http://127.0.0.1:%d/{unit}.xml" % port) for _ in range(units)]
    for u in made:
        w.write("site/%s.xml" % u, document(u))
    by_hand = w.unit("")
    w.write("inbox/%s.xml" % by_hand, document(by_hand))
    w.hosts()
    return made, by_hand


def believed(w):
    """unit -> how many times its data was committed in full."""
    out = {}
    for r in w.records():
        if r.type == "metadata" and r.lines()["outcome"] in ("fetched", "unchanged"):
            key = (r.get("Unit-ID"), r.get("WARC-Target-URI").startswith("inbox:"), r.lines()["outcome"])
            out[key] = out.get(key, 0) + 1
    return out


def options(w):
    return ["--inbox", w.path("inbox"), "--quiet", "0"]


def judge(w, units, by_hand, where):
    assert w.run(*options(w)) == 0, "%s: %s" % (where, w.stderr)
    assert not w.leftovers(), "%s: %s" % (where, w.leftovers())
    got = believed(w)
    for u in units:
        assert got.get((u, False, "fetched")) == 1, "%s: %s was committed %r times" % (where, u, got)
    assert got.get((by_hand, True, "fetched")) == 1, "%s: inbox %r" % (where, got)
    for a in w.archives():
        read_warc(a)


def killed_at_every_step_of_a_first_and_of_a_second_night():
    for night in (1, 2):
        n, steps = 0, set()
        while True:
            n += 1
            with Workspace("crash") as w:
                units, by_hand = prepare(w)
                if night == 2:
                    assert w.run() == 0
                rc = w.run(*options(w), env={"PRE_CRASH_AT": str(n)})
                if rc != -signal.SIGKILL:
                    assert rc == 0, w.stderr
                    break
                judge(w, units, by_hand, "night %d, step %d" % (night, n))
        print("     night %d: %d steps" % (night, n - 1))
        assert n > 20, "only %d steps" % n


def killed_while_salvaging_what_an_earlier_death_left():
    n = 0
    while True:
        n += 1
        with Workspace("crash-salvage") as w:
            units, by_hand = prepare(w)
            # die once some commits are in the part
            w.run(*options(w), env={"PRE_CRASH_AT": "9"})
            assert [x for x in os.listdir(w.archive) if x.endswith(".part")], os.listdir(w.archive)
            rc = w.run(*options(w), env={"PRE_CRASH_AT": str(n)})
            if rc != -signal.SIGKILL:
                break
            judge(w, units, by_hand, "salvage, step %d" % n)


def killed_at_random(times):
    seed = int(os.environ.get("PRE_SEED", "1"))
    rng = random.Random(seed)
    with Workspace("kill") as w:
        units, by_hand = prepare(w, units=80, delay=3)
        for i in range(times):
            w.write("site/%s.xml" % units[i % 80], document(units[i % 80], "<observations>%d</observations>" % i))
            p = w.spawn(w.command(*options(w)), stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 0.25)
            p.send_signal(signal.SIGKILL)
            p.wait()
            if i % 10 == 9:
                assert w.run(*options(w)) == 0, "kill %d (seed %d): %s" % (i, seed, w.stderr)
                assert not w.leftovers(), "kill %d (seed %d): %s" % (i, seed, w.leftovers())
        assert w.run(*options(w)) == 0
        latest = {}
        bodies = {}
        for r in w.records():
            if r.type in ("response", "resource"):
                bodies[r.get("WARC-Payload-Digest")] = r.payload()
            if r.type in ("response", "resource", "revisit") and r.get("Unit-ID"):
                latest[r.get("Unit-ID")] = r.get("WARC-Payload-Digest")
        for u in units:
            assert bodies[latest[u]] == open(w.path("site/%s.xml" % u), "rb").read(), "%s: the last body is not the server's (seed %d)" % (u, seed)
        check_archive(w)


if sys.argv[1:2] == ["--long"]:
    sys.argv.pop(1)
    times = int(sys.argv.pop(1))
    main([("killed at random %d times" % times, lambda: killed_at_random(times))])
main([(f.__name__.replace("_", " "), f) for f in (killed_at_every_step_of_a_first_and_of_a_second_night, killed_while_salvaging_what_an_earlier_death_left)]
     + [("killed at random 5 times", lambda: killed_at_random(5))])
