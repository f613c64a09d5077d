#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real nginx on loopback over TLS, with certificates of every kind."""
import contextlib, os, ssl, sys

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *
from raw_server import Server
from real_servers import *


def site(w, count=1):
    return [w.write("site/%d.xml" % i, document("PRE-00-00", "<observations>%d</observations>" % i)) for i in range(count)]


def each_fault_of_a_certificate_has_its_outcome_and_its_date():
    with Workspace("tls") as w:
        site(w)
        ca, other = Authority(w.path("ca")), Authority(w.path("other"))
        kinds = {"good": ca.make("good"), "soon": ca.make("soon", end=10), "expired": ca.make("expired", begin=-30, end=-3),
                 "future": ca.make("future", begin=5, end=50), "host": ca.make("host", alt="DNS:elsewhere.example"), "issuer": other.make("issuer")}
        ports = dict(zip(kinds, nginx(w, ["ssl_certificate %s; ssl_certificate_key %s;" % k for k in kinds.values()])))
        units = {k: w.unit("https://127.0.0.1:%d/0.xml" % p) for k, p in ports.items()}
        w.hosts("127.0.0.1,%s,yes" % ca.ca, columns="host,ca,allow_private")
        assert w.run() == 1, w.stderr
        got = {k: (w.outcome(u)["outcome"], w.outcome(u).get("class", "")) for k, u in units.items()}
        assert got == {"good": ("fetched", ""), "soon": ("fetched", ""), "expired": ("failed", "tls-expired"), "future": ("failed", "tls-not-yet-valid"),
                       "host": ("failed", "tls-host"), "issuer": ("failed", "tls-issuer")}, got
        expired = day(-3)
        date = "%s-%s-%sT" % (expired[:4], expired[4:6], expired[6:8])
        assert date in w.outcome(units["expired"])["message"], w.outcome(units["expired"])
        future = day(5)
        assert "%s-%s-%sT" % (future[:4], future[4:6], future[6:8]) in w.outcome(units["future"])["message"]
        warned = w.summary["certificates_expiring"]
        assert len(warned) == 1 and warned[0]["host"] == "127.0.0.1" and warned[0]["on"][:10] == "%s-%s-%s" % (day(10)[:4], day(10)[4:6], day(10)[6:8]), warned
        assert w.outcome(units["expired"])["attempts"] == 1
        mark = [r.lines() for r in w.records() if r.type == "metadata" and r.get("Unit-ID") == units["good"]][0]
        assert mark["certificate-expires"].startswith("%s-%s-%sT" % (day(365)[:4], day(365)[4:6], day(365)[6:8])), mark
        check_archive(w)


def nginx_gives_tags_and_a_second_night_is_all_304():
    with Workspace("nginx") as w:
        site(w, 60)
        ca = Authority(w.path("ca"))
        good = ca.make("good")
        tls, plain, moved, down = nginx(w, ["ssl_certificate %s; ssl_certificate_key %s;" % good, "", "location / { return 301 https://localhost:TLS$request_uri; }",
                                            "ssl_certificate %s; ssl_certificate_key %s; location / { return 302 http://127.0.0.1:1/x.xml; }" % good])
        for i in range(50):
            w.unit("https://localhost:%d/%d.xml" % (tls, i))
        for i in range(50, 60):
            w.unit("http://127.0.0.1:%d/%d.xml" % (plain, i))
        d = w.unit("https://localhost:%d/x.xml" % down)
        w.hosts("localhost,%s,yes" % ca.ca, "127.0.0.1,%s,yes" % ca.ca, columns="host,ca,allow_private")
        assert w.run() == 1 and w.outcome(d)["class"] == "redirect-downgrade", w.summary["failed_by_class"]
        assert w.summary["outcomes"]["fetched"] == 60
        assert w.run() == 1 and w.summary["outcomes"]["unchanged"] == 60, w.summary["outcomes"]
        log = open(w.path("nginx/access.log")).read()
        assert log.count('" 200 ') == 60 and log.count('" 304 ') == 60
        check_archive(w)


def our_certificate_is_shown_to_the_host_that_wants_it():
    with Workspace("client") as w:
        site(w)
        ca = Authority(w.path("ca"))
        good, client = ca.make("good"), ca.make("client")
        port, = nginx(w, ["ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s; ssl_verify_client on;" % (good + (ca.ca,))])
        u = w.unit("https://localhost:%d/0.xml" % port)
        w.hosts("localhost,%s,%s,%s,yes" % ((ca.ca,) + client), columns="host,ca,certificate,key,allow_private")
        assert w.run() == 0, w.stderr
        w.hosts("localhost,%s,%s,%s,yes" % (ca.ca, client[0], w.write("nokey.pem", "no key\n")), columns="host,ca,certificate,key,allow_private")
        assert w.run() in (1, 69) and w.outcome(u)["class"] == "tls-client", w.outcome(u)
        os.chmod(client[1], 0o644)
        w.hosts("localhost,%s,%s,%s,yes" % ((ca.ca,) + client), columns="host,ca,certificate,key,allow_private")
        assert w.run() == 77 and "chmod 600" in w.stderr
        check_archive(w)


def a_server_that_wants_a_certificate_and_gets_none_says_so():
    """TLS 1.3 tells it after the handshake, in place of the answer."""
    with Workspace("client-none") as w:
        ca = Authority(w.path("ca"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*ca.make("good"))
        context.load_verify_locations(ca.ca)
        context.verify_mode = ssl.CERT_REQUIRED

        def wrap(plain):
            link = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            try:
                link.do_handshake()
            except ssl.SSLError:  # the request is on its way: it is read first, or the alert is lost with the connection
                link.settimeout(0.3)
                with contextlib.suppress(OSError):
                    while os.read(link.fileno(), 65536):
                        pass
            link.close()
        server = Server({}, wrap=wrap)
        u = w.unit("https://localhost:%d/0.xml" % server.port)
        w.hosts("localhost,%s,yes" % ca.ca, columns="host,ca,allow_private")
        assert w.run() == 69, w.stderr
        assert w.outcome(u)["class"] == "tls-client" and "certificate required" in w.outcome(u)["message"], w.outcome(u)
        server.shutdown()


need("openssl")
main([(f.__name__.replace("_", " "), f) for f in (
    each_fault_of_a_certificate_has_its_outcome_and_its_date,
    nginx_gives_tags_and_a_second_night_is_all_304,
    our_certificate_is_shown_to_the_host_that_wants_it,
    a_server_that_wants_a_certificate_and_gets_none_says_so,
)])
