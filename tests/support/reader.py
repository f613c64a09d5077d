#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers questions about tables of datasets as long as its input lasts, so that a test that asks a hundred need not start as many
programs. A question: words ended by NUL, the last one empty: folder, table, column, key=value...; the answer: that column of the rows
where all keys match, between blanks, ended by NUL."""
import csv
import gzip
import os
import sys

read = {}


def rows_of(path):
    real = os.path.realpath(path)
    made = os.stat(real)
    key = (real, made.st_ino, made.st_mtime_ns, made.st_size)
    if key not in read:
        with gzip.open(real, "rt", newline="", encoding="utf-8") as f:
            read[key] = list(csv.DictReader(f))
    return read[key]


def answer(words):
    folder, table, column = words[:3]
    keys = [k.split("=", 1) for k in words[3:]]
    return " ".join(r[column] for r in rows_of("%s/%s.csv.gz" % (folder, table)) if all(r[k] == v for k, v in keys))


def words_in(stream):
    """Questions, as they come."""
    words, left = [], b""
    while True:
        part = os.read(stream, 65536)
        if not part:
            return
        left += part
        while b"\0" in left:
            word, left = left.split(b"\0", 1)
            if word:
                words.append(word.decode())
                continue
            yield words
            words = []


for question in words_in(0):
    try:
        os.write(1, answer(question).encode() + b"\0")
    except (OSError, KeyError, ValueError) as e:
        os.write(1, ("no answer to %s: %r" % (question, e)).encode() + b"\0")
