"""Requests to a site, with httpx.

It connects only to the servers that `AllowedServers` allows, uses neither proxies nor credentials
of the environment, stores no cookies, and makes at most four requests at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeVar
from urllib.parse import urljoin

import httpx
import msgspec

from ..errors import FeedkitError, show
from ..limits import ANSWER_BYTES
from .answers import (
    MOST_HOPS,
    AllowedServers,
    Answer,
    Redirect,
    Target,
    TargetAnswers,
    find_origin,
    make_reach,
)

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
    """How to ask."""

    allowed: AllowedServers
    user_agent: str
    timeout: float
    """Seconds for one answer, from its first to its last byte, and for all."""
    total: float


def request_target(
    targets: Iterable[Target], judge: Callable[[TargetAnswers], T], options: RequestOptions
) -> Iterator[tuple[Target, T]]:
    """Yield what `judge` makes of each target, in the order in which answers come.

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
    """Return what the machine said: httpx wraps it in errors that say less."""
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
