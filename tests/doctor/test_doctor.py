"""`feedkit doctor` finds all that a server does wrong, and nothing where it does all right."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

import feedkit
from commands import run, run_on_terminal
from feedkit import FeedkitError
from feedkit.doctor import DoctorOptions, Examination, clean_server, examine
from feedkit.doctor.answers import (
    Answer,
    Redirect,
    Target,
    TargetAnswers,
    decode_body,
    find_origin,
    is_html,
    make_reach,
)
from feedkit.doctor.judging import FINDINGS, Finding, Thresholds, judge, judge_site, list_lines
from live_site import NOW, Fault, Handler, LiveSite, Reply, build_files, serve
from paths import ROOT

ATOM, RSS, JSON = "topics/tides/atom.xml", "topics/tides/rss.xml", "topics/tides/feed.json"
PAGE = "topics/tides/"
CHALLENGE = b"<!DOCTYPE html><title>Just a moment...</title><p>Enable JavaScript and cookies"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    with serve() as site:
        site.files = build_files(site.url, tmp_path_factory.mktemp("live") / "out")
        yield site


@pytest.fixture
def site(served: LiveSite) -> Iterator[LiveSite]:
    """The site with one feed, which does all right, and does so again after the test."""
    files = dict(served.files)
    manifest = json.loads(files["feeds.json"])
    few = [feed for feed in manifest["feeds"] if feed["path"] == "topics/tides"]
    served.files["feeds.json"] = json.dumps({"feeds": few}).encode()
    served.faults, served.asked = {}, []
    yield served
    served.files = files


def head(**headers: str) -> Fault:
    """Return what sends other headers; an empty one is left out."""

    def spoil(reply: Reply, handler: Handler) -> None:
        reply.headers.update({name.replace("_", "-"): value for name, value in headers.items()})

    return spoil


def say(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Return what answers something else, whatever is asked."""

    def spoil(reply: Reply, handler: Handler) -> None:
        reply.status, reply.body = status, body
        reply.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    return spoil


def only(header: str, fault: Fault) -> Fault:
    """Return what spoils answers to questions with a header alone."""

    def spoil(reply: Reply, handler: Handler) -> object:
        return fault(reply, handler) if handler.headers.get(header) else None

    return spoil


def zipped(fault: Fault, coding: str = "gzip") -> Fault:
    def spoil(reply: Reply, handler: Handler) -> object:
        return fault(reply, handler) if handler.headers["Accept-Encoding"] == coding else None

    return spoil


def forget(reply: Reply, handler: Handler) -> None:
    """Answer a question about a known state as if it were none."""
    reply.status, reply.body = 200, handler.site.files[handler.path[1:]]


def hang_up(reply: Reply, handler: Handler) -> bool:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return True


def break_off(reply: Reply, handler: Handler) -> bool:
    handler.send(reply, length=len(reply.body) + 1)
    handler.close_connection = True
    return True


def talk_nonsense(reply: Reply, handler: Handler) -> bool:
    handler.wfile.write(b"\x00\xff not HTTP\r\n\r\n")
    handler.close_connection = True
    return True


def drip(reply: Reply, handler: Handler) -> bool:
    """Send a header that does not end, a byte at a time: each in time, all of it never."""
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)
    return True


def never_end(reply: Reply, handler: Handler) -> bool:
    handler.close_connection = True
    with suppress(OSError):
        handler.send(Reply(200, b"<feed>", reply.headers), length=10**12)
        while True:
            handler.wfile.write(b" " * 100_000)
    return True


def put(body: bytes, **headers: str) -> Fault:
    """Return what sends another body, where it sends one."""

    def spoil(reply: Reply, handler: Handler) -> None:
        head(**headers)(reply, handler)
        reply.body = body if reply.status == 200 else b""

    return spoil


def press(reply: Reply, handler: Handler) -> None:
    if reply.status == 200 and "Content-Encoding" not in reply.headers:
        reply.body = gzip.compress(reply.body)
        reply.headers["Content-Encoding"] = "gzip"


def inflate(reply: Reply, handler: Handler) -> None:
    if reply.headers.pop("Content-Encoding", ""):
        reply.body = gzip.decompress(reply.body)


def change(old: bytes, new: bytes) -> Fault:
    """Return what serves other bytes than were published, however they are asked for."""

    def spoil(reply: Reply, handler: Handler) -> None:
        if reply.status == 200:
            reply.body = handler.site.files[handler.path[1:]].replace(old, new)
            if reply.headers.get("Content-Encoding"):
                reply.body = gzip.compress(reply.body)

    return spoil


def tag(given: bytes) -> Fault:
    """Return what gives gzip an ETag of its own, and knows that again by its bytes."""

    def spoil(reply: Reply, handler: Handler) -> None:
        reply.headers["ETag"] = given.decode("latin-1")
        if handler.headers.get("If-None-Match") == given.decode("latin-1"):
            reply.status, reply.body = 304, b""

    return zipped(spoil)


def keep(age: int) -> Fault:
    """Return what serves what was published before, as a cache does, with its age."""
    cache = head(Age=str(age), Cache_Control="max-age=300, stale-while-revalidate=3600")

    def spoil(reply: Reply, handler: Handler) -> None:
        change(b"ferry", b"barge")(reply, handler)
        cache(reply, handler)

    return spoil


BOMB = gzip.compress(bytes(30_000_000), 9)
#: What is wrong with one address, and the kind of each finding.
FAULTS: dict[str, tuple[str, Fault, list[str]]] = {
    "hung up": (ATOM, hang_up, ["no-answer"]),
    "broken off": (ATOM, break_off, ["no-answer"]),
    "no HTTP": (ATOM, talk_nonsense, ["no-answer"]),
    "dripping": (ATOM, drip, ["slow"]),
    "endless": (ATOM, never_end, ["endless"]),
    "not there": (RSS, say(404), ["status"]),
    "failing": (RSS, say(500, b"<html>"), ["status"]),
    "no page": (PAGE, say(404), ["status"]),
    "refused to gzip": (JSON, zipped(say(406)), ["status"]),
    "challenge by header": (ATOM, say(403, cf_mitigated="challenge"), ["challenge"]),
    "challenge by server": (ATOM, say(503, b"busy", Server="cloudflare"), ["challenge"]),
    "challenge by page": (ATOM, say(403, CHALLENGE), ["challenge"]),
    "challenge that says 200": (ATOM, say(200, CHALLENGE, Content_Type="text/html"), ["challenge"]),
    "challenge by proof of work": (
        ATOM,
        say(200, b"<!doctype html><title>Making sure you're not a bot!</title>"),
        ["challenge"],
    ),
    "page for a feed": (ATOM, say(200, b"<!DOCTYPE html><title>Tides</title>"), ["html"]),
    "page for JSON": (JSON, say(200, b"\n <html lang=en>"), ["html"]),
    "for good": (ATOM, say(301, Location="/all/atom.xml"), ["redirect", "self", "stale"]),
    "for now": (ATOM, say(302, Location="/all/atom.xml"), ["detour", "self", "stale"]),
    "away": (ATOM, say(308, Location="http://feeds.example.org/a.xml"), ["redirect-away"]),
    "away by script": (ATOM, say(302, Location="javascript:alert(1)"), ["redirect-away"]),
    "away to no address": (ATOM, say(302, Location="http://[a/"), ["redirect-away"]),
    "as HTML": (ATOM, head(Content_Type="text/html; charset=utf-8"), ["type"]),
    "as nothing": (RSS, head(Content_Type=""), ["type"]),
    "as text": (JSON, head(Content_Type="text/plain"), ["type"]),
    "as the other": (ATOM, head(Content_Type="application/rss+xml"), ["type"]),
    "Latin-1": (ATOM, head(Content_Type="application/xml; charset=ISO-8859-1"), ["charset"]),
    "no charset of text": (RSS, head(Content_Type="text/xml"), ["charset"]),
    "to save": (ATOM, head(Content_Disposition="attachment; filename=a.xml"), ["download"]),
    "no cache": (ATOM, head(Cache_Control=""), ["cache"]),
    "no store": (ATOM, head(Cache_Control="no-store"), ["cache"]),
    "for a year": (ATOM, head(Cache_Control="public, max-age=31536000, immutable"), ["cache"]),
    "for ever": (ATOM, head(Cache_Control="max-age=" + "9" * 5000), ["cache"]),
    "no age": (ATOM, head(Cache_Control="max-age=soon"), ["cache"]),
    "no tag": (ATOM, head(ETag=""), ["etag"]),
    "no date": (ATOM, head(Last_Modified=""), ["date"]),
    "tag of Apache not heeded": (ATOM, only("If-None-Match", forget), ["etag-gzip"]),
    "tag not heeded": (ATOM, zipped(head(ETag='"gzip"')), ["etag-304"]),
    "tag that ends likewise": (ATOM, zipped(head(ETag='"1-gzip2"')), ["etag-304"]),
    "date not heeded": (ATOM, only("If-Modified-Since", forget), ["date-304"]),
    "date breaks": (ATOM, only("If-Modified-Since", hang_up), ["date-304"]),
    "never compressed": (RSS, inflate, ["gzip"]),
    "no gzip": (ATOM, zipped(put(b"never")), ["gzip-broken"]),
    "half gzip": (ATOM, zipped(put(gzip.compress(b"half")[:-9])), ["gzip-broken"]),
    "gzip of a bomb": (ATOM, zipped(put(BOMB)), ["gzip-broken"]),
    "a bomb": (ATOM, put(BOMB, Content_Encoding="gzip"), ["gzip-broken"]),
    "unknown coding": (ATOM, zipped(head(Content_Encoding="br")), ["gzip-broken"]),
    "members of gzip": (ATOM, zipped(put(gzip.compress(b"") * 101)), ["gzip-broken"]),
    "other gzip": (ATOM, zipped(put(gzip.compress(b"old"))), ["gzip-other"]),
    "gzip always": (ATOM, press, ["gzip-unasked"]),
    "all known": (ATOM, only("If-None-Match", say(304)), ["always-304"]),
    "all known by date": (ATOM, only("If-Modified-Since", say(304)), ["always-304"]),
    "not varied": (ATOM, zipped(head(Vary="Origin")), ["vary"]),
    "one tag": (ATOM, head(ETag='"1"'), ["etag-shared", "etag-304"]),
    "one weak tag": (ATOM, head(ETag='W/"1"'), ["etag-304"]),
    "a tag of any bytes": (ATOM, tag(b'"caf\xe9 \xff"'), []),
    "a tag of UTF-8": (ATOM, tag('"caf\xe9"'.encode()), []),
    "other bytes": (ATOM, change(b"ferry", b"barge"), ["stale"]),
    "other bytes for long": (ATOM, keep(3901), ["stale"]),
    "other bytes of no age": (ATOM, keep(0), ["stale"]),
    "other gzip for long": (ATOM, zipped(keep(3901)), ["gzip-other"]),
}  # fmt: skip


def swap(old: str, new: str, count: int = -1) -> Callable[[bytes], bytes]:
    """Return what replaces a text, which must be there."""

    def spoil(body: bytes) -> bytes:
        assert old.encode() in body
        return body.replace(old.encode(), new.encode("latin-1"), count)

    return spoil


def repeat(start: str, end: str) -> Callable[[bytes], bytes]:
    """Return what says the first piece between two marks twice."""

    def spoil(body: bytes) -> bytes:
        first, last = body.index(start.encode()), body.index(end.encode()) + len(end)
        return body[:last] + body[first:last] + body[last:]

    return spoil


def repeat_item(body: bytes) -> bytes:
    feed = json.loads(body)
    feed["items"].append(feed["items"][0])
    return json.dumps(feed).encode()


def be(body: bytes) -> Callable[[bytes], bytes]:
    return lambda _: body


DEEP = b'{"version": "https://jsonfeed.org/version/1.1", "a": %b%b}' % (b"[" * 5_000, b"]" * 5_000)
LAUGHS = (
    b'<!DOCTYPE feed [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 20) for c in b"bcdefghijklmnop")
    + b']><feed xmlns="http://www.w3.org/2005/Atom"><title>&p;</title></feed>'
)
#: What is published as it should not be, and the kind of each finding.
CONTENTS: dict[str, tuple[str, Callable[[bytes], bytes], list[str]]] = {
    "nothing": (ATOM, be(b""), ["malformed"]),
    "half": (ATOM, swap("</feed>", ""), ["malformed"]),
    "half JSON": (JSON, lambda body: body[:-20], ["malformed"]),
    "other JSON": (JSON, be(b'{"version": "2"}'), ["malformed"]),
    "deep JSON": (JSON, be(DEEP), ["malformed"]),
    "a name": (JSON, be(b'"feed"'), ["malformed"]),
    "other XML": (ATOM, be(b"<a/>"), ["malformed"]),
    "no UTF-8": (ATOM, swap("Tides", "Tid\xe9s"), ["malformed"]),
    "NUL": (RSS, swap("Tides", "T\0des"), ["malformed"]),
    "laughs": (ATOM, be(LAUGHS), ["malformed"]),
    "RSS as Atom": (ATOM, be(b"<rss/>"), ["type", "format", "invalid", "no-self"]),
    "no title": (ATOM, swap("title", "titel"), ["invalid"]),
    "no link": (RSS, swap("<link>https://example.org/fog/</link>", ""), ["invalid"]),
    "no id": (JSON, swap('"id":"urn', '"di":"urn', 1), ["invalid"]),
    "other address": (ATOM, swap("tides/atom.xml", "tide/atom.xml"), ["self"]),
    "other JSON address": (JSON, swap("tides/feed.json", "tide/feed.json"), ["self"]),
    "no address": (RSS, swap('rel="self"', 'rel="via"'), ["invalid", "no-self"]),
    "twice": (RSS, repeat("<item>", "</item>"), ["repeated"]),
    "twice in Atom": (ATOM, repeat("<entry>", "</entry>"), ["repeated"]),
    "twice in JSON": (JSON, repeat_item, ["repeated"]),
    "to come": (ATOM, swap("2026-02-21T", "2026-03-09T"), ["future"]),
    "no date": (RSS, swap("<pubDate>", "<pubDate>Oh, "), ["invalid"]),
    "large": (ATOM, swap("</feed>", " " * 600_000 + "</feed>"), ["size"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_server_does_wrong_is_found_and_nothing_else(site: LiveSite, fault: str) -> None:
    name, spoil, kinds = FAULTS[fault]
    site.faults[name] = spoil
    found = site.examine(timeout=1 if "slow" in kinds else 20)  # a busy machine reads slowly too
    assert [(one.name, one.kind) for one in found] == [(name, kind) for kind in kinds]


@pytest.mark.parametrize("fault", CONTENTS)
def test_what_is_published_wrong_is_found_and_nothing_else(site: LiveSite, fault: str) -> None:
    name, spoil, kinds = CONTENTS[fault]
    site.put(name, spoil(site.files[name]))
    assert [(one.name, one.kind) for one in site.examine()] == [(name, kind) for kind in kinds]


def test_nothing_is_wrong_with_what_feedkit_builds_and_a_good_server_serves(
    served: LiveSite,
) -> None:
    found = examine(DoctorOptions(served.url), now=NOW)
    assert found == Examination(5, 20, [], [])


@pytest.mark.parametrize(
    ("path", "feeds"),
    [
        ("feeds.json", 5),
        ("index.html", 5),
        ("feeds.opml", 5),
        ("topics/%C3%BCbersee/", 3),
        (ATOM, 1),
        (RSS, 1),
        (JSON, 1),
    ],
)
def test_feeds_are_named_by_manifest_page_opml_or_themselves(
    served: LiveSite, path: str, feeds: int
) -> None:
    served.faults = {}
    found = examine(DoctorOptions(served.url + path), now=NOW)
    assert (found.feeds, found.findings) == (feeds, [])


def test_a_page_without_a_manifest_names_what_readers_discover(site: LiveSite) -> None:
    del site.files["feeds.json"]
    site.files["sub/a.html"] = b"""<!doctype html><base href=/topics/>
        <link rel=stylesheet type=application/rss+xml href=no.xml>
        <link rel=alternate type=text/html href=no.html>
        <LINK REL="feed Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="tides/atom.xml">
        <link rel=alternate type=application/rss+xml href=tides/rss.xml>"""
    found = examine(DoctorOptions(site.url + "sub/a.html"), now=NOW)
    note = (
        f"{site.url}sub/a.html says which feeds there are; only feeds.json says if they are whole"
    )
    assert (found.feeds, found.findings, found.notes) == (2, [], [note])
    assert {name for name, _ in site.asked} == {"sub/a.html", "sub/feeds.json", ATOM, RSS}


def test_other_servers_are_named_and_not_asked(site: LiveSite) -> None:
    with serve() as other:
        other.files = site.files
        links = [f"{one.url}{ATOM}" for one in (site, other)]
        outlines = "".join(f'<outline xmlUrl="{link}"/>' for link in links)
        site.files["feeds.opml"] = f"<opml><body>{outlines}</body></opml>".encode()
        found = examine(DoctorOptions(f"{site.url}feeds.opml"), now=NOW)
        server = other.url.split("/")[2]
        note = f"1 feeds on other servers are not looked at ({server}); --also HOST does"
        assert (found.feeds, found.findings, found.notes) == (1, [], [note])
        assert other.asked == []
        also = examine(DoctorOptions(f"{site.url}feeds.opml", also=(server,)), now=NOW)
        assert [(one.name, one.kind) for one in also.findings] == [(links[1], "self")]


def test_a_redirect_to_another_server_is_not_followed(site: LiveSite) -> None:
    with serve() as other:
        site.faults[ATOM] = say(302, Location=other.url)
        assert [one.kind for one in site.examine()] == ["redirect-away"]
        assert other.asked == []


def test_redirects_without_end_are_given_up(site: LiveSite) -> None:
    site.faults[ATOM] = say(302, Location=f"/{ATOM}")
    kinds = [one.kind for one in site.examine()]
    assert kinds == [*["detour"] * 11, "redirect-endless"]
    assert len([name for name, _ in site.asked if name == ATOM]) == 11


def test_https_that_leads_to_plain_http_and_feeds_named_so_are_found() -> None:
    measure = Thresholds(make_reach("https://example.org/", ("example.org:80", "example.org")), NOW)
    hop = Redirect("https://example.org/a.xml", 301, "http://example.org/a.xml")
    answer = Answer(url="http://example.org/a.xml", hops=(hop,), status=404)
    target = Target("https://example.org/a.xml", "a.xml", "a")
    assert [one.kind for one in judge(TargetAnswers(target, answer), measure)] == [
        "redirect-http",
        "status",
    ]
    plain = target._replace(url="http://example.org/a.xml")
    kinds = [
        one.kind for one in judge(TargetAnswers(plain, Answer(url=plain.url, status=404)), measure)
    ]
    assert kinds == ["plain-http", "status"]


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("http://example.org/", ["plain-http"]),
        ("https://example.org/", []),
        ("http://localhost/", []),
        ("http://[::1]:8000/", []),
        ("http://127.0.0.1.example.org/", ["plain-http"]),
    ],
)
def test_plain_http_is_for_this_machine_alone(url: str, kinds: list[str]) -> None:
    assert [one.kind for one in judge_site(url, make_reach(url))] == kinds


def test_a_feed_is_old_where_the_user_says_from_when_on(site: LiveSite) -> None:
    old = site.examine(max_age=timedelta(days=7))
    assert [one.text for one in old] == ["nothing new since 2026-02-21, wanted within 7 d"] * 3
    assert site.examine(max_age=timedelta(days=9)) == []


def test_what_is_not_done_in_time_is_counted(site: LiveSite) -> None:
    site.faults[ATOM] = drip
    (one,) = site.examine(total=1)
    assert (one.kind, one.text) == ("unfinished", "1 addresses not looked at within 1 s")


def test_what_is_published_anew_meanwhile_is_not_stale(site: LiveSite) -> None:
    def publish(reply: Reply, handler: Handler) -> None:
        """The manifest that is being sent is that of before."""
        site.put(ATOM, site.files[ATOM].replace(b"ferry", b"barge"))

    site.faults["feeds.json"] = publish
    assert site.examine() == []


@pytest.mark.parametrize(
    "spoil",
    [keep(3900), zipped(keep(1)), zipped(keep(1), "identity")],
    ids=["all", "gzip", "identity"],
)
def test_what_a_cache_may_keep_is_one_note_and_no_finding(site: LiveSite, spoil: Fault) -> None:
    site.faults |= {ATOM: spoil, RSS: spoil}
    found = examine(DoctorOptions(site.url), now=NOW)
    note = f"{ATOM} and 1 more: {FINDINGS['kept'].says}; {FINDINGS['kept'].do}"
    assert (found.findings, found.notes) == ([], [note])


def test_a_manifest_of_before_that_a_cache_keeps_is_a_note(site: LiveSite) -> None:
    site.faults["feeds.json"] = head(Age="600")
    site.files[ATOM] = site.files[ATOM].replace(b"ferry", b"barge")
    found = examine(DoctorOptions(site.url), now=NOW)
    assert found.findings == []
    assert [note.partition(":")[0] for note in found.notes] == [ATOM]


def test_what_is_stale_stays_so_where_a_cache_keeps_the_manifest_from_now_on(
    site: LiveSite,
) -> None:
    def age(reply: Reply, handler: Handler) -> None:
        is_again = [name for name, _ in site.asked].count("feeds.json") > 1
        head(Age=str(int(is_again)))(reply, handler)

    site.faults |= {ATOM: change(b"ferry", b"barge"), "feeds.json": age}
    assert [one.kind for one in site.examine()] == ["stale"]


def test_a_limit_takes_feeds_from_everywhere(served: LiveSite) -> None:
    served.faults, served.asked = {}, []
    found = examine(DoctorOptions(served.url, limit=2), now=NOW)
    assert (found.feeds, found.addresses) == (2, 8)
    assert found.notes == ["2 of 5 feeds are looked at; --limit says how many"]
    assert {name.partition("/")[0] for name, _ in served.asked} >= {"all", "topics"}


def test_what_anybody_publishes_is_judged_by_the_formats_alone(site: LiveSite) -> None:
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><id>a:b</id><title>A</title><author><name>B'
    feed += b"</name></author><updated>2026-02-01T00:00:00.5+02:00</updated><link rel='self' href='"
    site.files["atom.xml"] = feed + f"{site.url}atom.xml'/></feed>".encode()
    assert site.examine("atom.xml") == []
    site.files["rss.xml"] = b"<rss version='2.0'><channel><x/></channel></rss>"
    assert [one.kind for one in site.examine("rss.xml")] == ["no-self"]


def test_a_page_is_known_behind_comments_which_end_where_they_first_may() -> None:
    assert not is_html(b"<!-- a --><feed/><!-- b --><html>")
    comments = b"<?xml version='1.0'?>" + b"<!-- a > b -->\n" * 200
    assert not is_html(comments + b"<feed>")
    assert is_html(comments + b"<!--\n--><html>")


def test_a_body_of_gzip_has_as_many_members_as_somebody_may_send() -> None:
    many = Answer(url="", headers={"content-encoding": "gzip"}, body=gzip.compress(b"a") * 100)
    assert decode_body(many) == b"a" * 100


def test_every_kind_of_finding_is_found_by_a_test() -> None:
    found = {kind for *_, kinds in (*FAULTS.values(), *CONTENTS.values()) for kind in kinds}
    alone = {"plain-http", "redirect-http", "redirect-endless", "old", "unfinished", "kept"}
    assert found | alone == set(FINDINGS)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("example.org", "expected an http(s) address without user, got 'example.org'"),
        ("ftp://example.org/", "expected an http(s) address without user"),
        ("http://user@example.org/", "expected an http(s) address without user"),
        ("http://[example/", "expected an http(s) address without user"),
        ("http://exa\0mple/", "'http://exa\\x00mple/': Invalid"),
        ("http://example.org:99999/", "expected an http(s) address without user"),
        ("", "expected an http(s) address without user, got ''"),
    ],
)
def test_what_is_no_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(FeedkitError) as error:
        examine(DoctorOptions(url), now=NOW)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    "server",
    ["https://feeds.example.org", "a b", "", "::1", "*.example.org", "a/", "u@a", "a:99999", "a?b"],
)
def test_what_is_no_server_is_refused(server: str) -> None:
    with pytest.raises(FeedkitError) as error:
        examine(DoctorOptions("http://127.0.0.1:1/", also=(server,)), now=NOW)
    assert str(error.value) == f"--also: expected host[:port], got {server!r}"


@pytest.mark.parametrize(
    ("server", "url", "other"),
    [
        ("Feeds.example.org", "https://feeds.example.org/", "https://feeds.example.org:80/"),
        ("feeds.example.org:443", "https://feeds.example.org/", "https://feeds.example.org:81/"),
        ("feeds.example.org:80", "http://feeds.example.org/", "http://feeds.example.org:81/"),
        ("a.example:8080", "https://a.example:8080/", "https://a.example/"),
        ("bücher.example", "https://xn--bcher-kva.example/", "https://bucher.example/"),
        ("[::1]:8000", "http://[::1]:8000/", "http://[::1]/"),
    ],
)
def test_a_server_is_named_with_or_without_its_port(server: str, url: str, other: str) -> None:
    reach = make_reach("https://example.org/", (clean_server(server),))
    assert (reach.allows(url), reach.allows(other)) == (True, False)


@pytest.mark.parametrize("server", ["[::1]:8000", "[::1]", "a.example:8080", "a.example"])
def test_a_server_is_called_as_it_may_be_named(server: str) -> None:
    origin = find_origin(f"http://{server}/")
    assert origin is not None
    assert origin.server == clean_server(server) == server


@pytest.mark.parametrize("agent", ["é", "", " a", "a\nb: c"])
def test_a_name_that_cannot_be_sent_is_refused(agent: str) -> None:
    with pytest.raises(FeedkitError) as error:
        examine(DoctorOptions("http://127.0.0.1:1/", user_agent=agent), now=NOW)
    assert str(error.value) == f"--user-agent: expected a name in ASCII, got {agent!r}"


#: What the address that is named may answer, and what is then said.
STARTS: dict[str, tuple[Fault, str]] = {
    "nothing there": (say(404), "status 404, wanted 200"),
    "challenge": (say(403, CHALLENGE), "a check for people (Cloudflare, status 403)"),
    "challenge that says 200": (say(200, CHALLENGE), "a check for people (Cloudflare)"),
    "page without feeds": (say(200, b"<!doctype html>"), "it names no feed, no feeds.json"),
    "away": (say(301, Location="https://feeds.example.org/"), "redirected to another server"),
    "round": (say(301, Location="/start"), "redirected more than 10 times"),
    "hung up": (hang_up, "no whole answer: "),
    "endless": (never_end, "more than 20,000,000 bytes"),
    "bomb": (say(200, BOMB, Content_Encoding="gzip"), "more than 20,000,000 bytes, decoded"),
    "OPML of others": (
        say(200, b'<opml><outline xmlUrl="https://a.example/"/></opml>'),
        "1 feeds on other servers are not looked at (a.example)",
    ),
}


@pytest.mark.parametrize("fault", STARTS)
def test_where_nothing_can_be_looked_at_one_line_says_why(site: LiveSite, fault: str) -> None:
    spoil, reason = STARTS[fault]
    site.faults["start"] = spoil
    del site.files["feeds.json"]
    with pytest.raises(FeedkitError) as error:
        site.examine("start", timeout=2)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_nobody_listening_and_no_certificate_are_said(site: LiveSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
    for url in (f"http://{address}/", site.url.replace("http:", "https:")):
        with pytest.raises(FeedkitError, match="no whole answer: "):
            examine(DoctorOptions(url), now=NOW)


def test_the_same_finding_at_many_addresses_is_one_line() -> None:
    found = [
        Finding(f"{name}/atom.xml", "type", "text/html", "application/atom+xml") for name in "abc"
    ]
    found += [Finding(f"{name}/atom.xml", "self", name) for name in "ab"]
    lines = list(list_lines([*found, Finding("b", "status", "404", "200")]))
    assert lines[0].startswith(
        "a/atom.xml and 2 more: served as text/html, wanted application/atom"
    )
    assert lines[1].startswith("a/atom.xml and 1 more: calls itself a; ")
    assert len(lines) == 3


def test_no_request_brings_cookies_or_anything_of_the_surroundings(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1/")
    site.faults[""] = head(Set_Cookie="seen=1; Path=/")
    assert site.examine(user_agent="Reader/1") == []
    known = {"host", "accept", "accept-encoding", "user-agent"}
    sent = {name for _, headers in site.asked for name in headers}
    assert sent == known | {"if-none-match", "if-modified-since"}
    assert {headers["user-agent"] for _, headers in site.asked} == {"Reader/1"}


def test_the_command_says_each_finding_and_ends_with_what_it_came_to(
    site: LiveSite, tmp_path: Path
) -> None:
    well = run(f"doctor {site.url}", tmp_path)
    assert well == (0, "1 feed, 4 addresses: all well\n", "")
    assert run(f"doctor {site.url} --quiet", tmp_path) == (0, "", "")
    site.faults[ATOM] = head(Content_Type="text/html")
    wrong = run(f"doctor {site.url}", tmp_path)
    line = f"{ATOM}: served as text/html, wanted application/atom+xml; {FINDINGS['type'].do}\n"
    assert wrong == (1, f"{line}1 feed, 4 addresses: 1 finding\n", "")


def test_the_command_writes_one_line_of_json(site: LiveSite, tmp_path: Path) -> None:
    site.faults[ATOM] = say(404)
    said = run(f"doctor {site.url}{ATOM} --json", tmp_path)
    assert (said.status, json.loads(said.out)["exit_status"]) == (2, 2)
    said = run(f"doctor {site.url} --json --limit 1 --timeout 5 --max-age 36500", tmp_path)
    (one,) = json.loads(said.out)["findings"]
    assert (said.status, said.out.count("\n"), said.err) == (1, 1, "")
    assert (one["name"], one["kind"], one["found"], one["do"]) == (
        ATOM,
        "status",
        "404",
        FINDINGS["status"].do,
    )


def test_a_terminal_is_shown_nothing_that_it_would_obey(site: LiveSite, tmp_path: Path) -> None:
    site.faults[ATOM] = head(Content_Type="text/\x1b[31mred")
    shown = run_on_terminal(f"doctor {site.url}", tmp_path, TERM="xterm")
    assert "served as text/\\x1b[31mred" in shown.out


@pytest.mark.parametrize("package", ["httpx", "jsonschema"])
def test_without_its_packages_one_line_says_how_to_install_them(
    package: str, tmp_path: Path
) -> None:
    missing = f'raise ModuleNotFoundError("no", name="{package}")\n'
    (tmp_path / f"{package}.py").write_text(missing, "utf-8")
    code = "import sys; sys.path.insert(0, '.'); from feedkit.cli import main; main()"
    command = [sys.executable, "-c", code, "doctor", "http://127.0.0.1:1/"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"feedkit: {package} is not installed: pip install httpx jsonschema\n")


NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
TYPES = "types { text/html html; text/xml xml; application/json json; }"
GOOD = """charset utf-8; charset_types *; gzip on; gzip_vary on; gzip_types *; gzip_min_length 0;
    add_header Cache-Control max-age=600;
    location ~ /atom.xml$ { types {} default_type application/atom+xml; }
    location ~ /rss.xml$ { types {} default_type application/rss+xml; }
    location ~ /feed.json$ { types {} default_type application/feed+json; }"""


@contextmanager
def run_nginx(folder: Path, settings: str) -> Iterator[str]:
    """Give the address at which nginx serves `folder`/out, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{place}_temp_path {folder};" for place in places)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}} http {{ access_log off; {temporary} {TYPES}\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/out; {settings} }} }}\n",
        "utf-8",
    )
    command = [str(NGINX), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
@pytest.mark.parametrize(
    ("settings", "kinds"), [(GOOD, set()), ("", {"charset", "cache", "gzip"})], ids=["set", "bare"]
)
def test_nginx_serves_the_demo_well_once_it_is_told_how(
    tmp_path: Path, settings: str, kinds: set[str]
) -> None:
    content, then = ROOT / "examples/content", NOW + timedelta(days=365)
    with run_nginx(tmp_path, settings) as url:
        site = feedkit.Site(title="Practical Web", url=url)
        feedkit.build(content, tmp_path / "out", site, now=then)
        found = examine(DoctorOptions(url), now=then)
    assert {one.kind for one in found.findings} == kinds
    assert found.addresses == 4 * found.feeds > 40
