"""A live site, requested as readers request it, and everything that is wrong with it for them.

`doctor` itself makes the requests, with httpx: only to the servers that `AllowedServers` allows,
without proxies or credentials of the environment, without cookies, at most four at once. `answers`
finds the feeds that an answer names, `parsing` parses them, `judging` has the table of findings.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeVar
from urllib.parse import urljoin

import httpx
import msgspec

from ..errors import FeedkitError, show
from ..limits import ANSWER_BYTES
from ..published import MANIFEST
from ..version import __version__
from .answers import (
    MOST_HOPS,
    AllowedServers,
    Answer,
    Redirect,
    Target,
    TargetAnswers,
    decode_body,
    find_origin,
    is_html,
    is_kept,
    list_discovered,
    list_published,
    list_targets,
    make_reach,
    make_target,
)
from .judging import (
    FINDINGS,
    Finding,
    Thresholds,
    find_challenge,
    judge,
    judge_site,
    judge_start,
    list_lines,
)

USER_AGENT = f"feedkit-doctor/{__version__}"


class DoctorOptions(NamedTuple):
    """The options of the user."""

    url: str
    also: tuple[str, ...] = ()
    """Servers that may be asked too, as ``cdn.example.org`` or ``localhost:8080``."""
    timeout: float = 20
    """Seconds for each answer."""
    limit: int = 100
    """The most feeds to look at."""
    max_age: timedelta | None = None
    user_agent: str = USER_AGENT
    total: float = 900
    """Seconds for all answers."""


class Examination(NamedTuple):
    """The result of an examination."""

    feeds: int
    addresses: int
    findings: Sequence[Finding]
    notes: Sequence[str]
    """What was left out, and why."""


def examine(
    asked: DoctorOptions,
    *,
    now: datetime,
    tell: Callable[[str, int, int], object] = lambda *_: None,
) -> Examination:
    """Return the findings about the feeds that an address names.

    Args:
        asked: The address, and how to look.
        now: What ages are counted from.
        tell: Is told of every answer.

    Raises:
        FeedkitError: Nothing can be looked at.
    """
    url = clean_address(asked.url)
    allowed = make_reach(url, tuple(clean_server(one) for one in asked.also))
    options = RequestOptions(allowed, clean_agent(asked.user_agent), asked.timeout, asked.total)
    named = _find_targets(url, options)
    near = [one for one in named if allowed.allows(one.url)]
    notes = [_name_others(named, allowed)] if len(near) < len(named) else []
    if not near:
        raise FeedkitError(f"{url}: {notes[0]}")
    if near[1:] and not any(one.sha256 for one in near):
        notes.append(f"{url} says which feeds there are; only {MANIFEST} says if they are whole")
    chosen = _choose(near, asked.limit)
    if len(chosen) < len(near):
        count = f"{_count_feeds(chosen):,} of {_count_feeds(near):,} feeds"
        notes.append(f"{count} are looked at; --limit says how many")
    thresholds = Thresholds(allowed, now, asked.max_age)
    found = _judge_all(chosen, thresholds, options, tell)
    if old := {one for one, wrong in found.items() if {"stale", "kept"} & {a.kind for a in wrong}}:
        # Where it was published anew meanwhile, all is well with what is named now.
        again = [one for one in _find_targets(url, options) if one.url in old]
        found |= _judge_all(_choose_newer(again, chosen), thresholds, options, tell)
    findings, kept = _tell_apart(found.values())
    findings = [*judge_site(url, allowed), *findings]
    if missing := len(chosen) - len(found):
        findings.append(Finding(url, "unfinished", f"{missing:,}", f"{asked.total:g} s"))
    return Examination(_count_feeds(chosen), len(chosen), findings, [*notes, *list_lines(kept)])


def _judge_all(
    targets: Sequence[Target],
    thresholds: Thresholds,
    options: RequestOptions,
    tell: Callable[..., object],
) -> dict[str, list[Finding]]:
    """Return the findings about all targets that answered in time, in order."""
    found: dict[str, list[Finding]] = {}
    for target, wrong in request_target(targets, partial(judge, thresholds=thresholds), options):
        found[target.url] = wrong
        tell("Looking", len(found), len(targets))
    return {one.url: found[one.url] for one in targets if one.url in found}


def _tell_apart(found: Iterable[Sequence[Finding]]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings, and notes, each once."""
    all_ = [one for wrong in found for one in wrong]
    wrong = [one for one in all_ if not FINDINGS[one.kind].is_note]
    return wrong, list(dict.fromkeys(one for one in all_ if FINDINGS[one.kind].is_note))


def _find_targets(url: str, options: RequestOptions) -> list[Target]:
    """Return the feeds that an address names; a manifest beside a page has precedence."""
    answer, body = _ask(url, options)
    if targets := list_targets(answer.url, body):
        return _mark_kept(targets, answer)
    if not is_html(body):
        return [make_target(url, url)]
    with suppress(FeedkitError):
        targets = _find_published(urljoin(answer.url, MANIFEST), options)
    if targets := targets or list_discovered(answer.url, body):
        return targets
    check = find_challenge(answer)
    reason = f"a check for people ({check})" if check else f"no {MANIFEST} is beside it"
    raise FeedkitError(f"{url}: it names no feed, {reason}")


def _find_published(url: str, options: RequestOptions) -> list[Target]:
    answer, body = _ask(url, options)
    return _mark_kept(list_published(answer.url, body), answer)


def _mark_kept(targets: Sequence[Target], answer: Answer) -> list[Target]:
    """Return targets that know whether a cache kept the answer that names them."""
    return [one._replace(is_kept=is_kept(answer)) for one in targets]


def _ask(url: str, options: RequestOptions) -> tuple[Answer, bytes]:
    """Return the answer of an address, and its body.

    Raises:
        FeedkitError: It answers with nothing that could be looked at.
    """
    target = Target(url, url, url, is_page=True)
    plain = next((answers.plain for _, answers in request_target([target], _keep, options)), None)
    if plain is None:
        raise FeedkitError(f"{url}: no answer within {options.total:g} s")
    wrong = judge_start(TargetAnswers(target, plain), options.allowed)
    if wrong:
        raise FeedkitError(f"{url}: {wrong.text}; {FINDINGS[wrong.kind].do}")
    try:
        return plain, decode_body(plain)
    except ValueError as error:
        raise FeedkitError(f"{url}: {error}") from error


def _keep(answers: TargetAnswers) -> TargetAnswers:
    return answers


def _choose(targets: Sequence[Target], limit: int) -> list[Target]:
    """Return the targets of at most `limit` feeds, as far apart as may be: no draw."""
    feeds = list(dict.fromkeys(one.feed for one in targets))
    count = min(limit, len(feeds))
    chosen = {feeds[place * len(feeds) // count] for place in range(count)}
    return [one for one in targets if one.feed in chosen]


def _choose_newer(again: Iterable[Target], before: Iterable[Target]) -> list[Target]:
    """Return the targets whose bytes changed, or whose manifest no cache keeps any more."""
    known = {(one.url, one.sha256, one.is_kept) for one in before}
    return [
        one
        for one in again
        if known.isdisjoint({(one.url, one.sha256, kept) for kept in (one.is_kept, False)})
    ]


def _count_feeds(targets: Sequence[Target]) -> int:
    return len({one.feed for one in targets})


def _name_others(targets: Sequence[Target], allowed: AllowedServers) -> str:
    """Return a note about feeds on servers that the user did not name."""
    others = [one.url for one in targets if not allowed.allows(one.url)]
    servers = {origin.server: None for one in others if (origin := find_origin(one))}
    named = ", ".join(list(servers)[:5]) or others[0]
    return f"{len(others):,} feeds on other servers are not looked at ({named}); --also HOST does"


T = TypeVar("T")
_AT_ONCE = 4
_REDIRECTS = (301, 302, 303, 307, 308)
_PLAIN = {b"accept-encoding": b"identity"}
_GZIP = {b"accept-encoding": b"gzip"}
_NONE = {
    b"if-none-match": b'"feedkit-doctor"',
    b"if-modified-since": b"Thu, 01 Jan 1970 00:00:00 GMT",
}
_SERVER = re.compile(r"(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d*)?")
_AGENT = re.compile("[!-~]([ -~]*[!-~])?")
#: What the queue ends with.
_END = object()


class RequestOptions(NamedTuple):
    """The options of requests."""

    allowed: AllowedServers
    user_agent: str
    timeout: float
    """Seconds for one answer, from its first to its last byte, and for all."""
    total: float


def request_target(
    targets: Iterable[Target], judge: Callable[[TargetAnswers], T], options: RequestOptions
) -> Iterator[tuple[Target, T]]:
    """Yield the judgement of each target, in the order of the answers.

    Fewer than there are targets are yielded where the time for all is over. The loop has a thread
    of its own: what a signal raises in the caller's is not to be lost in one of its tasks.

    Args:
        targets: What to ask for.
        judge: Is called in the other thread; what it makes is stored, and the answers are not.
        options: How to ask.
    """
    found: SimpleQueue[object] = SimpleQueue()
    thread = Thread(target=_run, args=(list(targets), judge, options, found), daemon=True)
    thread.start()
    while (one := found.get()) is not _END:
        if isinstance(one, BaseException):
            raise one
        yield one  # type: ignore[misc] # nothing else is put there


def _run(
    targets: list[Target],
    judge: Callable[[TargetAnswers], T],
    options: RequestOptions,
    found: SimpleQueue[object],
) -> None:
    try:
        with suppress(TimeoutError):
            asyncio.run(_look_at_all(iter(targets), judge, options, found))
    except BaseException as error:  # noqa: BLE001 (the caller raises it)
        found.put(error)
    found.put(_END)


async def _look_at_all(
    targets: Iterator[Target],
    judge: Callable[[TargetAnswers], T],
    options: RequestOptions,
    found: SimpleQueue[object],
) -> None:
    limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
    # A transport, no client: that would bring redirects, cookies and credentials.
    async with (
        asyncio.timeout(options.total),
        httpx.AsyncHTTPTransport(limits=limits, trust_env=False) as transport,
        asyncio.TaskGroup() as group,
    ):

        async def work() -> None:
            for target in targets:  # all take from one iterator
                found.put((target, judge(await _look(transport, target, options))))

        for _ in range(_AT_ONCE):
            group.create_task(work())


async def _look(
    transport: httpx.AsyncHTTPTransport, target: Target, options: RequestOptions
) -> TargetAnswers:
    plain = await _follow(transport, target.url, options)
    if target.is_page or plain.error or plain.status != 200:
        return TargetAnswers(target, plain)

    async def ask(more: dict[bytes, bytes]) -> Answer:
        return await _get(transport, plain.url, {**_GZIP, **more}, options)

    zipped = await ask({})
    # Apache's mod_deflate gives an ETag that it does not know again: that of gzip must be asked.
    tag, date = zipped.send_back("etag"), zipped.send_back("last-modified")
    by_tag = await ask({b"if-none-match": tag}) if tag else None
    by_date = await ask({b"if-modified-since": date}) if date else None
    is_known = any(one is not None and one.status == 304 for one in (by_tag, by_date))
    return TargetAnswers(
        target, plain, zipped, by_tag, by_date, await ask(_NONE) if is_known else None
    )


async def _follow(transport: httpx.AsyncHTTPTransport, url: str, options: RequestOptions) -> Answer:
    """Return the first answer that is no redirect, or leads where we do not go."""
    hops: tuple[Redirect, ...] = ()
    while True:
        answer = await _get(transport, url, _PLAIN, options)
        to = answer.header("location")
        if answer.error or answer.status not in _REDIRECTS or not to:
            break
        with suppress(ValueError):
            to = urljoin(url, to)
        hops = (*hops, Redirect(url, answer.status, to))
        if not options.allowed.allows(to) or len(hops) > MOST_HOPS:
            break
        url = to
    return msgspec.structs.replace(answer, hops=hops)


async def _get(
    transport: httpx.AsyncHTTPTransport,
    url: str,
    headers: dict[bytes, bytes],
    options: RequestOptions,
) -> Answer:
    named = {b"user-agent": options.user_agent.encode(), b"accept": b"*/*", **headers}
    try:
        request = httpx.Request("GET", url, headers=named)
        # As it is read here, it is asked: two parsers may see two hosts in one text.
        if not options.allowed.allows(str(request.url)):
            return Answer(url=url, error="it is on another server")
        # The time is for the whole answer, not for each read: one byte a second is late too.
        async with asyncio.timeout(options.timeout):
            with suppress(httpx.NetworkError, httpx.RemoteProtocolError):
                return await _read(transport, request, url)
            # A server may close what it kept open just when it is asked again (RFC 9112, 9.3.1).
            return await _read(transport, request, url)
    except TimeoutError:
        return Answer(url=url, error=f"no whole answer within {options.timeout:g} s", is_late=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Answer(url=url, error=_explain(error))


def _explain(error: BaseException) -> str:
    """Return the reason that the operating system gave for a failed request."""
    while inner := error.__cause__ or error.__context__:
        error = inner
        if isinstance(error, ExceptionGroup):  # of each address of a host
            error = error.exceptions[0]
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(reason).split()).rstrip(".")


def clean_address(url: str) -> str:
    """Return an address as it is asked: in ASCII, with a path.

    Raises:
        FeedkitError: It is none.
    """
    make_reach(url)
    try:
        return str(httpx.URL(url))
    except httpx.InvalidURL as error:
        raise FeedkitError(f"{show(url)}: {error}") from error


def clean_server(text: str) -> str:
    """Return a server that the user named as `Origin.server` names it; of 80 and 443 no port.

    Raises:
        FeedkitError: It is none.
    """
    origin = None
    if _SERVER.fullmatch(text):
        with suppress(FeedkitError):
            origin = find_origin(clean_address(f"http://{text}"))
    if origin is None:
        raise FeedkitError(f"--also: expected host[:port], got {show(text)}")
    return (origin._replace(scheme="https") if origin.port == 443 else origin).server


def clean_agent(text: str) -> str:
    """Return a reader's name as it can be sent (RFC 9110, 5.5).

    Raises:
        FeedkitError: It cannot.
    """
    if not _AGENT.fullmatch(text):
        raise FeedkitError(f"--user-agent: expected a name in ASCII, got {show(text)}")
    return text


async def _read(transport: httpx.AsyncHTTPTransport, request: httpx.Request, url: str) -> Answer:
    response = await transport.handle_async_request(request)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > ANSWER_BYTES:
                break
    finally:
        await response.aclose()
    return Answer(
        url=url,
        status=response.status_code,
        headers=dict(response.headers),
        encoding=response.headers.encoding,
        body=bytes(body[:ANSWER_BYTES]),
        is_cut=len(body) > ANSWER_BYTES,
    )
