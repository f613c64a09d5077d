#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The drop folder: what is taken, for whom, once; what waits; what is left alone."""
import os, sys, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *


def taken(w, last=True):
    """name -> (unit, outcome, class) of the inbox marks of the last archive."""
    return {r.get("WARC-Target-URI")[6:]: (r.get("Unit-ID") or "", r.lines()["outcome"], r.lines().get("class", ""))
            for r in w.records(last) if r.type == "metadata" and r.get("WARC-Target-URI").startswith("inbox:")}


def files_find_their_unit_by_folder_or_name_and_the_rest_is_kept_without_one():
    with Workspace("inbox") as w:
        a, b = w.unit(), w.unit()
        w.hosts()
        doc = document(a)
        w.write("inbox/%s.xml" % a, doc)
        w.write("inbox/%s_corrigé v2.xml" % a.lower(), document(a, "<observations>v2</observations>"))
        w.write("inbox/%s/retour.xml" % b, document(b))
        w.write("inbox/%s1.xml" % a, document(a, "<observations>other</observations>"))
        w.write("inbox/retour de la mairie.xml", document("PRE-00-01"))
        w.write("inbox/.cache.xml", doc)
        for suffix in (".part", ".filepart", ".crdownload", ".tmp"):
            w.write("inbox/%s.xml%s" % (b, suffix), doc)
        w.write("outside.xml", doc)
        os.symlink(w.path("outside.xml"), w.path("inbox/%s.xml" % b))
        os.symlink(w.dir, w.path("inbox/loop"))
        os.mkfifo(w.path("inbox/fifo.xml"))
        assert w.run("--inbox", w.path("inbox"), "--quiet", "0") == 0, w.stderr
        got = taken(w)
        assert got == {a + ".xml": (a, "fetched", ""), "%s_corrig%%C3%%A9%%20v2.xml" % a.lower(): (a, "fetched", ""), b + "/retour.xml": (b, "fetched", ""),
                       a + "1.xml": ("", "fetched", ""), "retour%20de%20la%20mairie.xml": ("", "fetched", "")}, got
        assert w.summary["inbox"]["taken"] == 5 and w.summary["inbox"]["without_unit"] == 2, w.summary["inbox"]
        assert os.path.exists(w.path("inbox/%s.xml" % a)), "a file was moved"
        check_archive(w)


def a_file_is_archived_once_its_change_again_its_disappearance_never():
    with Workspace("inbox-once") as w:
        a = w.unit()
        p = w.write("inbox/%s.xml" % a, document(a))
        for night in range(3):
            assert w.run("--inbox", w.path("inbox"), "--quiet", "0") == 0, w.stderr
        assert len(w.archives()) == 1, w.archives()
        w.write("inbox/%s.xml" % a, document(a, "<observations>corrected</observations>"))
        assert w.run("--inbox", w.path("inbox"), "--quiet", "0") == 0
        assert len(w.archives()) == 2 and len(taken(w)) == 1
        os.unlink(p)
        assert w.run("--inbox", w.path("inbox"), "--quiet", "0") == 0
        assert len(w.archives()) == 2
        check_archive(w)


def half_a_file_waits_and_when_the_other_half_never_comes_it_is_evidence_only():
    with Workspace("inbox-half") as w:
        a = w.unit()
        whole = document(a)
        w.write("inbox/%s.xml" % a, whole[:60])
        assert w.run("--inbox", w.path("inbox"), "--quiet", 2 * SLOW) == 0
        assert w.archives() == [] and w.summary["inbox"]["growing"] == 1
        time.sleep(2 * SLOW + 0.1)
        assert w.run("--inbox", w.path("inbox"), "--quiet", 2 * SLOW) == 1
        assert taken(w) == {a + ".xml": (a, "failed", "unverified")}, taken(w)
        w.write("inbox/%s.xml" % a, whole)
        assert w.run("--inbox", w.path("inbox"), "--quiet", 2 * SLOW) == 0 and w.summary["inbox"]["growing"] == 1
        time.sleep(2 * SLOW + 0.1)
        assert w.run("--inbox", w.path("inbox"), "--quiet", 2 * SLOW) == 0
        assert taken(w) == {a + ".xml": (a, "fetched", "")}
        check_archive(w)


def a_page_or_nothing_in_place_of_a_return_is_evidence_only():
    with Workspace("inbox-page") as w:
        a, b, c = w.unit(), w.unit(), w.unit()
        w.write("inbox/%s.xml" % a, "<!DOCTYPE html><html><body>Identifiez-vous</body></html>")
        w.write("inbox/%s.xml" % b, "")
        w.write("inbox/%s.xml.gz" % c, gzip.compress(document(c)))
        assert w.run("--inbox", w.path("inbox"), "--quiet", "0") == 1
        assert taken(w) == {a + ".xml": (a, "failed", "login-page"), b + ".xml": (b, "failed", "empty"), c + ".xml.gz": (c, "fetched", "")}, taken(w)
        check_archive(w)


main([(f.__name__.replace("_", " "), f) for f in (
    files_find_their_unit_by_folder_or_name_and_the_rest_is_kept_without_one,
    a_file_is_archived_once_its_change_again_its_disappearance_never,
    half_a_file_waits_and_when_the_other_half_never_comes_it_is_evidence_only,
    a_page_or_nothing_in_place_of_a_return_is_evidence_only,
)])
