#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A host name with dead IPv6 addresses before its living IPv4 one: each new connection costs at most a second.
In a network and a mount of its own (unshare), where packets to a documentation prefix are swallowed without an answer; nothing of
the machine is touched. Skipped where the kernel or the rights do not allow it."""
import os, socket, subprocess, sys, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *

NAMES = "127.0.0.1 localhost\n2001:db8:dead::1 half.example\n2001:db8:dead::2 half.example\n127.0.0.1 half.example\n2001:db8:dead::3 none.example\n"


def quiet(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def enter():
    """Runs this script again inside, where loopback is the only network."""
    for program in ("unshare", "ip", "mount"):
        if not shutil.which(program) and not os.path.exists("/usr/sbin/" + program):
            skip("%s is not installed" % program)
    if quiet("unshare", "--net", "--mount", "true") != 0:
        skip("a network of our own is not allowed here")
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, os.path.abspath(__file__), "inside"])


def furnish(w):
    for command in ("ip link set lo up", "ip -6 addr add 2001:db8:1::1/128 dev lo nodad", "ip -6 route add 2001:db8:dead::/64 dev lo",
                    "mount --make-rprivate /", "mount --bind %s /etc/hosts" % w.write("names", NAMES, 0o644),
                    "mount --bind %s /etc/nsswitch.conf" % w.write("nsswitch", "hosts: files\n", 0o644)):
        if quiet(*command.split()) != 0:
            skip("not allowed here: " + command)


def dead(address, port):
    """Neither accepted nor refused within half a second."""
    with socket.socket(socket.AF_INET6) as s:
        s.settimeout(0.5)
        try:
            s.connect((address, port))
            return False
        except socket.timeout:
            return True
        except OSError:
            return False


def a_dead_ipv6_address_costs_at_most_a_second():
    with Workspace("ipv6") as w:
        furnish(w)
        port = w.faultserver()
        order = [a[4][0] for a in socket.getaddrinfo("half.example", port, type=socket.SOCK_STREAM)]
        assert order[0].startswith("2001:db8:dead::") and order[-1] == "127.0.0.1", "the dead addresses do not come first: %r" % order
        if not dead(order[0], port):
            skip("packets to the dead prefix are answered here")
        one = w.unit("http://half.example:%d/{unit}.xml" % port)
        w.write("site/%s.xml" % one, document(one))
        w.hosts("half.example,6,yes", "none.example,6,yes")
        begun = time.monotonic()
        assert w.run() == 0, w.stderr
        took = time.monotonic() - begun
        assert w.outcome(one)["outcome"] == "fetched" and took < 1, "%.2f s for one source" % took
        # sixty more over six connections: the cost is by connection, not by source
        for _ in range(60):
            u = w.unit("http://half.example:%d/{unit}.xml" % port)
            w.write("site/%s.xml" % u, document(u))
        begun = time.monotonic()
        assert w.run() == 0, w.stderr
        took = time.monotonic() - begun
        assert w.summary["outcomes"]["fetched"] == 60 and w.outcome(one)["outcome"] == "unchanged" and took < 2, "%.2f s for 61 sources" % took
        print("     one source and 61 sources within their limits, last run %.2f s" % took)
        # with nothing alive behind the name, the limit of a connection is what it costs, and the class says so
        none = w.unit("http://none.example:%d/{unit}.xml" % port)
        begun = time.monotonic()
        assert w.run("--only", none, "--connect-timeout", "700", "--tries", "1") == 69, w.stderr
        assert w.outcome(none)["class"] == "connect-timeout" and time.monotonic() - begun < 2, w.outcome(none)
        check_archive(w)


if sys.argv[1:] != ["inside"]:
    enter()
sys.argv.pop()
main([("a dead IPv6 address costs at most a second", a_dead_ipv6_address_costs_at_most_a_second)])
