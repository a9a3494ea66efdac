"""A live site, requested as readers request it, and everything that is wrong with it for them.

`naming` finds the feeds that a site names, `fetching` requests them, `judging` checks the answers
and has the table of all findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import urljoin

from ..errors import FeedkitError
from ..published import MANIFEST
from ..version import __version__
from .answers import (
    AllowedServers,
    Answer,
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
from .fetching import RequestOptions, clean_address, clean_agent, clean_server, request_target
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
    """What the user asks for."""

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
    """What an examination came to."""

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
    """Return what is wrong with the feeds that an address names.

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
    """Return what is wrong with each target that was looked at in time, in their order."""
    found: dict[str, list[Finding]] = {}
    for target, wrong in request_target(targets, partial(judge, thresholds=thresholds), options):
        found[target.url] = wrong
        tell("Looking", len(found), len(targets))
    return {one.url: found[one.url] for one in targets if one.url in found}


def _tell_apart(found: Iterable[Sequence[Finding]]) -> tuple[list[Finding], list[Finding]]:
    """Return what is wrong, and once each what is only to be said."""
    all_ = [one for wrong in found for one in wrong]
    wrong = [one for one in all_ if not FINDINGS[one.kind].is_note]
    return wrong, list(dict.fromkeys(one for one in all_ if FINDINGS[one.kind].is_note))


def _find_targets(url: str, options: RequestOptions) -> list[Target]:
    """Return what an address names; of a page, what a manifest beside it names comes first."""
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
    """Return what an address answers, and its body.

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
    """Return the targets of other bytes than before, or whose manifest no cache keeps any more."""
    known = {(one.url, one.sha256, one.is_kept) for one in before}
    return [
        one
        for one in again
        if known.isdisjoint({(one.url, one.sha256, kept) for kept in (one.is_kept, False)})
    ]


def _count_feeds(targets: Sequence[Target]) -> int:
    return len({one.feed for one in targets})


def _name_others(targets: Sequence[Target], allowed: AllowedServers) -> str:
    """Return what is said of feeds that are on servers which the user did not name."""
    others = [one.url for one in targets if not allowed.allows(one.url)]
    servers = {origin.server: None for one in others if (origin := find_origin(one))}
    named = ", ".join(list(servers)[:5]) or others[0]
    return f"{len(others):,} feeds on other servers are not looked at ({named}); --also HOST does"
