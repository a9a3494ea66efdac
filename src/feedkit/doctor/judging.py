"""Answers of a site checked for everything that is wrong with them, and the table of findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from ..limits import ANSWER_BYTES
from ..models import Format
from .answers import (
    MOST_HOPS,
    AllowedServers,
    Answer,
    Target,
    TargetAnswers,
    decode_body,
    find_origin,
    is_html,
    is_kept,
    is_loopback,
    is_sensible,
    is_varied,
    share_tag,
)
from .parsing import ParsedFeed, parse_content

_HOSTING = "see docs/hosting"


class Fault(NamedTuple):
    """One kind of finding."""

    says: str
    """With ``{found}`` and ``{wanted}``."""
    do: str
    is_note: bool = False
    """Whether it is said, and nothing is wrong."""


FINDINGS = {
    # Who comes there at all.
    "plain-http": Fault(
        "asked by plain http", "serve it by https: anybody on the way can change it"
    ),
    "no-answer": Fault("no whole answer: {found}", "see its name, port, certificate and log"),
    "slow": Fault("{found}", "see what the server does meanwhile; --timeout waits longer"),
    "endless": Fault("more than {wanted}; the rest was not read", "see what the server sends"),
    "status": Fault("status {found}, wanted {wanted}", "publish it, or name it no more"),
    "challenge": Fault(
        "a check for people ({found}) where a feed should be",
        f"exempt feeds from it: reader programs cannot pass; {_HOSTING}",
    ),
    "html": Fault(
        "an HTML page where a feed should be", f"publish the feed there; {_HOSTING}"
    ),
    "redirect": Fault(
        "moved for good ({found}) to {wanted}", "name the new address wherever feeds are named"
    ),
    "detour": Fault(
        "redirected for now ({found}) to {wanted}",
        "serve it where it is named: readers ask both, each time",
    ),
    "redirect-http": Fault(
        "redirected from https to plain http, {wanted}", "redirect to https, if at all"
    ),
    "redirect-away": Fault(
        "redirected to another server, {wanted}, and not followed",
        "serve it where it is named, or look there too with --also",
    ),
    "redirect-endless": Fault("redirected more than {wanted} times", "see where redirects lead"),
    "unfinished": Fault(
        "{found} addresses not looked at within {wanted}", "ask for less: --limit"
    ),
    # How it is served.
    "type": Fault("served as {found}, wanted {wanted}", f"set its media type; {_HOSTING}"),
    "charset": Fault("served with charset {found}, wanted {wanted}", f"set it; {_HOSTING}"),
    "download": Fault(
        "served with Content-Disposition {found}", "leave it out: browsers save, and do not show"
    ),
    "cache": Fault("Cache-Control: {found}, wanted {wanted}", f"set it; {_HOSTING}"),
    "etag": Fault("no ETag", f"let the server send one; {_HOSTING}"),
    "etag-304": Fault(
        "asked again with its ETag: status {found}, wanted 304",
        f"let it through to the files' server: readers load everything each time; {_HOSTING}",
    ),
    "etag-gzip": Fault(
        "asked again with its ETag, which ends in -gzip: status {found}, wanted 304; Apache writes"
        " that where it compresses, and does not know it again",
        "add this line to .htaccess or the server's configuration: RequestHeader edit*"
        " If-None-Match '-gzip\"' '\"'; see docs/hosting/apache.md",
    ),
    "date": Fault("no Last-Modified", f"let the server send one; {_HOSTING}"),
    "date-304": Fault(
        "asked again with its Last-Modified: status {found}, wanted 304",
        f"let it through to the files' server; {_HOSTING}",
    ),
    "always-304": Fault(
        "asked with an ETag that it never gave: status 304, wanted 200",
        "let the files' server compare ETags: readers see nothing new",
    ),
    "gzip": Fault("{found} bytes, not compressed", f"offer gzip; {_HOSTING}"),
    "gzip-broken": Fault("its gzip cannot be read: {found}", "see what compresses it"),
    "gzip-other": Fault(
        "gzip holds other bytes than are served without", "delete old .gz files; purge caches"
    ),
    "gzip-unasked": Fault(
        "encoded as {found} for who did not ask", "let the server heed Accept-Encoding"
    ),
    "vary": Fault(
        "gzip without Vary: Accept-Encoding",
        f"set it: caches give gzip to who cannot read it; {_HOSTING}",
    ),
    "etag-shared": Fault(
        "one strong ETag with gzip and without",
        "give each its own, or weak ones (W/): caches take either for the other",
    ),
    # What it is.
    "malformed": Fault("no feed that can be read: {found}", "publish it again"),
    "format": Fault("it is {found}, wanted {wanted}", "name it as what it is"),
    "invalid": Fault("not valid: {found}", "publish it again as it was built"),
    "self": Fault(
        "calls itself {found}", "set [site] url to where feeds are, and build again"
    ),
    "no-self": Fault("does not say its own address", "give it a link rel=self (feed_url)"),
    "repeated": Fault("ids that stand twice: {found}", "give each entry an id of its own"),
    "size": Fault("{found} bytes, wanted at most {wanted}", "lower [feeds] limit"),
    "old": Fault("nothing new since {found}, wanted {wanted}", "see that builds run, and deploy"),
    "future": Fault("dated {found}, which is to come", "see the records' dates and the clock"),
    "stale": Fault(
        "other bytes than feeds.json names", "deploy whole, and purge caches of what changed"
    ),
    "kept": Fault(
        "bytes of before and after a change, as Cache-Control lets a cache keep them",
        "look again when max-age and stale-while-revalidate are over",
        is_note=True,
    ),
}  # fmt: skip

#: What differs at each address, and is still one thing to do: what was found, or where it leads.
_VARIED = ("gzip", "size", "self", "old", "repeated")
_LED = ("redirect", "detour", "redirect-http", "redirect-away")


class Finding(NamedTuple):
    """Something that is wrong at an address."""

    name: str
    """The address, as seen from the one that was named."""
    kind: str
    found: str = ""
    wanted: str = ""

    @property
    def text(self) -> str:
        """The finding in words."""
        return FINDINGS[self.kind].says.format(found=self.found, wanted=self.wanted)


def list_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line for all addresses with the same finding."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        key = one.wanted if one.kind in _VARIED else one.text
        groups.setdefault((one.kind, "" if one.kind in _LED else key), []).append(one)
    for (kind, _), group in groups.items():
        more = f" and {len(group) - 1:,} more" if group[1:] else ""
        yield f"{group[0].name}{more}: {group[0].text}; {FINDINGS[kind].do}"


#: By format: the type to serve, and those that readers take as well. Browsers show XML only where
#: it is called so.
_TYPES: dict[Format, tuple[str, ...]] = {
    "atom": ("application/atom+xml", "application/xml", "text/xml"),
    "rss": ("application/rss+xml", "application/xml", "text/xml"),
    "json": ("application/feed+json", "application/json"),
}
#: Beyond it, small servers and phones read slowly; far beyond, miniflux (15 MiB) reads nothing.
_LARGE = 512 * 1024
#: Less does not pay: nginx, say, compresses from 20 bytes on, many only from 1,024.
_SMALL = 1500
#: Redirects that lead no further.
_ENDS = ("redirect-away", "redirect-endless")
#: What pages say that are shown to whoever may be a robot, in lower case.
_SIGNS = {
    b"just a moment": "Cloudflare",
    b"challenge-platform": "Cloudflare",
    b"attention required! | cloudflare": "Cloudflare",
    b"within.website": "Anubis",
    b"not a bot": "Anubis",
    b"_incapsula_": "Imperva",
    b"datadome": "DataDome",
    b"px-captcha": "HUMAN",
    b"awswaf": "AWS WAF",
    b"ddos-guard": "DDoS-Guard",
    b"checking your browser": "a check of the browser",
    b"enable javascript": "JavaScript is asked for",
    b"captcha": "a captcha",
}


class Thresholds(NamedTuple):
    """Limits of findings that the user gave."""

    allowed: AllowedServers
    moment: datetime
    max_age: timedelta | None = None
    """None: no age is too old."""


def judge(answers: TargetAnswers, thresholds: Thresholds) -> list[Finding]:
    """Return all findings about one target."""
    found = [*_judge_address(answers.target, thresholds), *_judge_hops(answers, thresholds.allowed)]
    if found and found[-1].kind in _ENDS:
        return found
    if missing := _judge_arrival(answers.target, answers.plain):
        return [*found, missing]
    return found if answers.target.is_page else [*found, *_judge_feed(answers, thresholds)]


def judge_start(answers: TargetAnswers, allowed: AllowedServers) -> Finding | None:
    """Return why there is nothing at the address that the user named."""
    found = [one for one in _judge_hops(answers, allowed) if one.kind in _ENDS]
    return found[0] if found else _judge_arrival(answers.target, answers.plain)


def _judge_address(target: Target, thresholds: Thresholds) -> Iterator[Finding]:
    """A site that is all plain http is one finding, said of its own address."""
    origin = find_origin(target.url)
    if origin and origin.scheme == "http" and thresholds.allowed.origin.scheme == "https":
        yield Finding(target.name, "plain-http")


def judge_site(url: str, allowed: AllowedServers) -> list[Finding]:
    """Return the findings about the address that the user named."""
    if allowed.origin.scheme == "http" and not is_loopback(allowed.origin):
        return [Finding(url, "plain-http")]
    return []


def _judge_hops(answers: TargetAnswers, allowed: AllowedServers) -> Iterator[Finding]:
    name, hops = answers.target.name, answers.plain.hops
    for hop in hops:
        if urlsplit(hop.url).scheme == "https" and hop.to.startswith("http:"):
            yield Finding(name, "redirect-http", str(hop.status), hop.to)
        elif allowed.allows(hop.to):
            kind = "redirect" if hop.status in (301, 308) else "detour"
            yield Finding(name, kind, str(hop.status), hop.to)
        if not allowed.allows(hop.to):
            yield Finding(name, "redirect-away", str(hop.status), hop.to)
    if len(hops) > MOST_HOPS:
        yield Finding(name, "redirect-endless", str(len(hops)), str(MOST_HOPS))


def _judge_arrival(target: Target, answer: Answer) -> Finding | None:
    """Return why there is no feed or page to look at."""
    if answer.error:
        return Finding(target.name, "slow" if answer.is_late else "no-answer", answer.error)
    if answer.is_cut:
        return Finding(target.name, "endless", "", f"{ANSWER_BYTES:,} bytes")
    is_wrong = not target.is_page and is_html(answer.body)
    if (answer.status != 200 or is_wrong) and (sign := find_challenge(answer)):
        return Finding(target.name, "challenge", f"{sign}, status {answer.status}")
    if answer.status != 200:
        return Finding(target.name, "status", str(answer.status), "200")
    return Finding(target.name, "html") if is_wrong else None


def find_challenge(answer: Answer) -> str:
    """Return the name of a bot challenge, empty if the answer is none."""
    if answer.header("cf-mitigated"):
        return "Cloudflare"
    text = answer.body[:100_000].lower()
    sign = next((whose for mark, whose in _SIGNS.items() if mark in text), "")
    refused = answer.status in (403, 429, 503)
    if not sign and refused and answer.header("server").lower() == "cloudflare":
        return "Cloudflare"
    return sign


def _judge_feed(answers: TargetAnswers, thresholds: Thresholds) -> Iterator[Finding]:
    name, plain = answers.target.name, answers.plain
    try:
        body = decode_body(plain)
    except ValueError as error:
        yield Finding(name, "gzip-broken", str(error))
        return
    if plain.coding:
        yield Finding(name, "gzip-unasked", plain.coding)
    try:
        content = parse_content(body, is_own=bool(answers.target.sha256))
    except ValueError as error:
        yield Finding(name, "malformed", _shorten(str(error)))
    else:
        yield from _judge_type(name, plain, content.format)
        yield from _judge_content(answers.target, content, thresholds)
    yield from _judge_headers(name, plain)
    yield from _judge_again(answers, body)
    if len(body) > _LARGE:
        yield Finding(name, "size", f"{len(body):,}", f"{_LARGE:,}")
    if answers.target.sha256 and sha256(body).hexdigest() != answers.target.sha256:
        yield Finding(name, "kept" if answers.target.is_kept or is_kept(plain) else "stale")


def _judge_type(name: str, answer: Answer, format: Format) -> Iterator[Finding]:
    types = _TYPES[format]
    if answer.media_type not in types:
        yield Finding(name, "type", answer.media_type or "nothing", types[0])
    # Without a charset text/xml was us-ascii (RFC 3023, 3.1), and is to some readers.
    is_text = answer.media_type == "text/xml"
    if (answer.charset or is_text) and answer.charset not in ("utf-8", "utf8"):
        yield Finding(name, "charset", answer.charset or "not named", "utf-8")


def _judge_headers(name: str, answer: Answer) -> Iterator[Finding]:
    disposition = answer.header("content-disposition")
    if disposition.lower().startswith("attachment"):
        yield Finding(name, "download", _shorten(disposition))
    if not is_sensible(answer):
        cache, wanted = answer.header("cache-control"), "max-age of at most a day, or no-cache"
        yield Finding(name, "cache", _shorten(cache) or "none", wanted)


def _judge_again(answers: TargetAnswers, body: bytes) -> Iterator[Finding]:
    name, zipped = answers.target.name, answers.zipped
    if zipped is None:
        return
    if missing := _judge_arrival(answers.target._replace(is_page=True), zipped):
        yield missing
        return
    yield from _judge_gzip(name, answers.plain, zipped, body)
    for kind, header, again in (
        ("etag", "etag", answers.by_tag),
        ("date", "last-modified", answers.by_date),
    ):
        if not zipped.header(header):
            yield Finding(name, kind)
        elif again is not None and again.status != 304:
            status, tag = again.error or str(again.status), zipped.header("etag")
            if kind == "etag" and tag.endswith('-gzip"'):
                yield Finding(name, "etag-gzip", status)
            else:
                yield Finding(name, f"{kind}-304", status)
    if answers.by_none is not None and answers.by_none.status == 304:
        yield Finding(name, "always-304")


def _judge_gzip(name: str, plain: Answer, zipped: Answer, body: bytes) -> Iterator[Finding]:
    if not zipped.coding and len(body) >= _SMALL:
        yield Finding(name, "gzip", f"{len(body):,}")
    if zipped.coding and not plain.coding:
        if not is_varied(zipped):
            yield Finding(name, "vary")
        if share_tag(zipped, plain):
            yield Finding(name, "etag-shared")
    try:
        if decode_body(zipped) != body:  # a cache keeps each for a time of its own
            yield Finding(name, "kept" if is_kept(plain) or is_kept(zipped) else "gzip-other")
    except ValueError as error:
        yield Finding(name, "gzip-broken", str(error))


def _judge_content(
    target: Target, content: ParsedFeed, thresholds: Thresholds
) -> Iterator[Finding]:
    name = target.name
    if target.format and content.format != target.format:
        yield Finding(name, "format", content.format, target.format)
    if content.fault:
        yield Finding(name, "invalid", _shorten(content.fault))
    if not content.self_url:
        yield Finding(name, "no-self")
    elif content.self_url != target.url and content.self_url not in target.same:
        yield Finding(name, "self", _shorten(content.self_url))
    if content.repeated:
        yield Finding(name, "repeated", _shorten(", ".join(content.repeated)))
    yield from _judge_age(name, content.newest, thresholds)


def _judge_age(name: str, newest: datetime | None, thresholds: Thresholds) -> Iterator[Finding]:
    if newest is None:
        return
    day = newest.date().isoformat()
    if newest > thresholds.moment + timedelta(days=1):
        yield Finding(name, "future", day)
    elif thresholds.max_age is not None and newest < thresholds.moment - thresholds.max_age:
        yield Finding(name, "old", day, f"within {thresholds.max_age.days} d")


def _shorten(text: str) -> str:
    return text if len(text) <= 160 else text[:157] + "..."
