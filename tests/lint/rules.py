#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conventions of the house, checked over the files that git tracks (or, with a folder, over that tree).

usage: rules.py [FOLDER]     prints `file:line: rule: what` and ends with 1 when anything is found
       rules.py --self-test  plants one violation of each rule in a temporary tree and expects exactly it to be found
"""
import os
import re
import subprocess
import sys
import tempfile

TOP = {"CMakeLists.txt", "README.md", "LICENSE", "extract", "transform", "load", "schemas", "tests", "jobs"}
STAGES = ("extract", "transform", "load")
# A contract may use those before it.
CONTRACTS = ("run", "archive", "dataset", "edition", "register", "database")
FILE_LINES = 800
FUNCTION_LINES = 80

# header of a library -> the only file that includes it
LIBRARY_FILE = {
    "curl/curl.h": "extract/fetch.c",
    "libxml/xmlschemas.h": "transform/xsd/schema.c",
    "zlib.h": "schemas/archive/gzip.c",
    "sqlite3.h": "load/store/db_sqlite.c",
    "libpq-fe.h": "load/store/db_postgres.c",
    "lapacke.h": "load/estimate/linalg.c",
    "coin/Clp_C_Interface.h": "load/estimate/linprog.c",
    "xlsxwriter.h": "load/publish/xlsx.c",
    "jansson.h": "schemas/run/json.c",
    "utf8proc.h": "schemas/run/text.c",
    "openssl/evp.h": "schemas/run/digest.c",
    "openssl/ssl.h": "extract/certificate.c",
}
# families of headers -> the room that may include them
LIBRARY_ROOM = {"libxml/": "transform/", "openssl/": "schemas/run/", "libxslt/": "nowhere/", "curl/": "extract/"}

BANNED = {
    "strcpy": "memcpy with a known length, or struct buf",
    "strcat": "struct buf",
    "strncpy": "memcpy with a known length",
    "strncat": "struct buf",
    "sprintf": "snprintf or buf_printf",
    "vsprintf": "vsnprintf",
    "gets": "fs_read",
    "strtok": "strcspn",
    "strtok_r": "strcspn",
    "atoi": "decimal_parse",
    "atol": "decimal_parse",
    "atoll": "decimal_parse",
    "atof": "double_parse",
    "strtof": "double_parse",
    "scanf": "a parser of our own",
    "sscanf": "a parser of our own",
    "fscanf": "a parser of our own",
    "setlocale": "nothing: products never change the locale",
    "system": "files between stages",
    "popen": "files between stages",
    "tmpnam": "output_open",
    "mktemp": "output_open",
    "alloca": "struct arena",
    "rand": "nothing: the same inputs give the same bytes",
    "srand": "nothing: the same inputs give the same bytes",
    "localtime": "clock_print_paris",
    "gmtime": "clock_print",
    "ctime": "clock_print",
    "asctime": "clock_print",
    "strftime": "clock_print",
    "mktime": "clock_parse",
}
# where a call is at home
ALLOWED = {
    "strtod": {"schemas/run/decimal.c"},
    "exit": "main.c",
    "abort": "main.c",
    "_exit": "main.c",
    "quick_exit": "main.c",
}
ONLY_IN = {"strtod": "double_parse", "exit": "a status returned to main.c", "abort": "err_set with STATUS_BUG",
           "_exit": "a status returned to main.c", "quick_exit": "a status returned to main.c"}

CODE = re.compile(r"\.[ch]$")
SPDX_FILES = re.compile(r"(\.(c|h|sh|py|js|mjs|R|awk|cmake|sql|[1-8])|CMakeLists\.txt)$")
# Said in pieces so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9._-])/(%s|%s)/" % ("wo" + "rk", "fa" + "rm"))
REGISTRY = re.compile("|".join(["registry[.]npm" + "js", "deb[.]deb" + "ian[.]org", "py" + "pi[.]org", "snapshot[.]deb" + "ian"]))
UNDONE = re.compile(r"\b(%s|%s|%s)\b" % ("TO" + "DO", "FIX" + "ME", "X" * 3))


def strip(text):
    """C text with comments and literals blanked, line breaks kept."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


class Lint:
    def __init__(self, top):
        self.top = top
        self.found = []

    def say(self, path, line, rule, what):
        self.found.append((path, line, rule, what))

    def files(self):
        if os.path.isdir(os.path.join(self.top, ".git")) or os.path.isfile(os.path.join(self.top, ".git")):
            out = subprocess.run(["git", "-C", self.top, "ls-files", "-z"], check=True, capture_output=True).stdout
            return [f for f in out.decode().split("\0") if f and os.path.exists(os.path.join(self.top, f))]
        names = []
        for folder, _, files in os.walk(self.top):
            for f in files:
                names.append(os.path.relpath(os.path.join(folder, f), self.top))
        return sorted(names)

    def run(self):
        for path in self.files():
            with open(os.path.join(self.top, path), "rb") as f:
                raw = f.read()
            self.layout(path)
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                continue
            if b"\0" in raw:
                continue
            self.prose(path, text)
            if CODE.search(path):
                self.code(path, text)
        return sorted(self.found)

    def layout(self, path):
        first = path.split("/")[0]
        if first not in TOP and not first.startswith("."):
            self.say(path, 1, "layout", "the top level is " + " ".join(sorted(TOP)))

    def prose(self, path, text):
        lines = text.split("\n")
        executable = text.startswith("#!")
        if (SPDX_FILES.search(path) or executable) and not any("SPDX-License-Identifier: Apache-2.0" in x for x in lines[:4]):
            self.say(path, 1, "spdx", "no SPDX line at the head")
        for n, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                self.say(path, n, "machine", "a path of one machine")
            if REGISTRY.search(line):
                self.say(path, n, "registry", "the host of a package registry")
            if UNDONE.search(line) and not path.endswith((".csv", ".xml")):
                self.say(path, n, "undone", "left undone")

    def code(self, path, text):
        bare = strip(text)
        lines = text.count("\n")
        if lines > FILE_LINES:
            self.say(path, lines, "size", "%d lines, %d at most: a noun is missing" % (lines, FILE_LINES))
        self.functions(path, bare)
        self.includes(path, text)
        product = path.startswith(STAGES + ("schemas",))
        if product:
            self.calls(path, bare)

    def functions(self, path, bare):
        start = None
        for n, line in enumerate(bare.split("\n"), 1):
            if line.rstrip() == "{":
                start = n
            elif line.startswith("}") and start:
                if n - start - 1 > FUNCTION_LINES:
                    self.say(path, start, "function", "%d lines, %d at most" % (n - start - 1, FUNCTION_LINES))
                start = None

    def includes(self, path, text):
        room = path.split("/")[0]
        for n, line in enumerate(text.split("\n"), 1):
            m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not m:
                continue
            quote, name = m.groups()
            if quote == '"':
                self.own_include(path, room, n, name)
            elif room != "tests":
                self.library_include(path, n, name)

    def own_include(self, path, room, n, name):
        to = name.split("/")
        if to[0] not in STAGES + ("schemas", "tests"):
            self.say(path, n, "include", '"%s" is not rooted at the repository' % name)
        elif room in STAGES and to[0] not in (room, "schemas"):
            self.say(path, n, "room", "%s reaches into %s: stages meet only through files" % (room, to[0]))
        elif room == "schemas" and to[0] != "schemas":
            self.say(path, n, "room", "a contract knows no %s" % to[0])
        elif room == "schemas" and to[1] in CONTRACTS and path.split("/")[1] in CONTRACTS:
            if CONTRACTS.index(to[1]) > CONTRACTS.index(path.split("/")[1]):
                self.say(path, n, "room", "%s comes before %s" % (path.split("/")[1], to[1]))

    def library_include(self, path, n, name):
        if name in LIBRARY_FILE:
            if path != LIBRARY_FILE[name]:
                self.say(path, n, "library", "<%s> belongs to %s alone" % (name, LIBRARY_FILE[name]))
            return
        for family, place in LIBRARY_ROOM.items():
            if name.startswith(family) and not path.startswith(place):
                self.say(path, n, "library", "<%s> belongs to %s" % (name, place))

    def calls(self, path, bare):
        for n, line in enumerate(bare.split("\n"), 1):
            for m in re.finditer(r"(?<![\w.>])(\w+)\s*\(", line):
                name = m.group(1)
                if name in BANNED:
                    self.say(path, n, "call", "%s(): use %s" % (name, BANNED[name]))
                elif name in ONLY_IN:
                    home = ALLOWED[name]
                    at_home = path.endswith("/" + home) if isinstance(home, str) else path in home
                    if not at_home:
                        self.say(path, n, "call", "%s(): use %s" % (name, ONLY_IN[name]))


HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"
PLANTED = [
    ("docs/x.md", "text\n", "layout"),
    ("extract/a.c", "int a;\n", "spdx"),
    ("jobs/a", "#!/bin/sh\n", "spdx"),
    ("extract/a.c", HEAD + "/* see /" + "wo" + "rk/x */\n", "machine"),
    ("tests/a.json", '{"resolved":"https://registry.npm' + 'js.org/x"}\n', "registry"),
    ("load/a.c", HEAD + "/* TO" + "DO: rest */\n", "undone"),
    ("load/a.c", HEAD + "int a;\n" * 801, "size"),
    ("load/a.c", HEAD + "void f(void)\n{\n" + "    g();\n" * 81 + "}\n", "function"),
    ("load/a.c", HEAD + '#include "a.h"\n', "include"),
    ("load/a.c", HEAD + '#include "extract/a.h"\n', "room"),
    ("schemas/run/a.c", HEAD + '#include "load/a.h"\n', "room"),
    ("schemas/run/a.c", HEAD + '#include "schemas/archive/warc.h"\n', "room"),
    ("load/a.c", HEAD + "#include <sqlite3.h>\n", "library"),
    ("load/a.c", HEAD + "#include <libxml/tree.h>\n", "library"),
    ("load/a.c", HEAD + "int f(void)\n{\n    return atoi (x);\n}\n", "call"),
    ("load/a.c", HEAD + "void f(void)\n{\n    exit(1);\n}\n", "call"),
    ("load/a.c", HEAD + "double f(void)\n{\n    return strtod(x, 0);\n}\n", "call"),
]
INNOCENT = [
    ("load/main.c", HEAD + "int main(void)\n{\n    exit(0);\n}\n"),
    ("load/a.c", HEAD + '/* atoi(x) */\nconst char *s = "exit(1) /* strcpy(";\nint f(void)\n{\n    return my_atoi(1) + x->exit(2);\n}\n'),
    ("load/store/db_sqlite.c", HEAD + "#include <sqlite3.h>\n"),
    ("transform/rules.c", HEAD + "#include <libxml/tree.h>\n"),
    ("tests/unit/a.c", HEAD + '#include <sqlite3.h>\n#include "load/store/db.h"\n'),
    (".ci/run", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"),
]


def tree(files):
    folder = tempfile.TemporaryDirectory()
    for path, text in files:
        full = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)
    return folder


def self_test():
    failed = 0
    for path, text, rule in PLANTED:
        with tree([(path, text)]) as top:
            found = Lint(top).run()
        rules = [f[2] for f in found]
        if rules != [rule]:
            print("planted %s in %s: found %s" % (rule, path, found))
            failed += 1
    with tree(INNOCENT) as top:
        found = Lint(top).run()
    if found:
        print("innocent files: %s" % found)
        failed += 1
    print("%d planted, %d not found as they should be" % (len(PLANTED), failed))
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    top = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PRE_SOURCE", ".")
    found = Lint(top).run()
    for path, line, rule, what in found:
        print("%s:%d: %s: %s" % (path, line, rule, what))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
