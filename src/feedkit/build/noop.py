"""The shortest way: a build after which nothing changed, seen without reading a source file.

Whatever is not certain at once is left to `pipeline`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from ..cache.build_state import Facts, decode_facts, decode_report, encode_sources
from ..cache.database import find_changed, group_entries, look_into
from ..files.discovery import Entry, find_stamps, is_there
from ..files.locks import read_generation
from ..files.names import MARK
from ..files.spill import measure_parts
from ..models import Report

#: What a damaged catalogue may raise.
DAMAGES = (sqlite3.Error, msgspec.MsgspecError, EOFError, FileNotFoundError, KeyError)
#: Bytes of encoded records that may lie about unused.
_MOST_DEAD = 16 * 1024 * 1024


class Known(msgspec.Struct, frozen=True):
    """What is known of the last build at a glance."""

    facts: Facts
    #: Digests of groups of files.
    groups: dict[int, bytes]
    #: Whether time alone makes records others.
    has_waking: bool


def recall_build(
    records: Path, sources: dict[str, str], at: datetime, fingerprint: bytes
) -> Known | None:
    """Return what is known of the last build, None where that is of no use for this one."""
    try:
        with look_into(records) as glance:
            if glance is None:
                return None
            facts = decode_facts(glance.read_facts()["last"])
            if not can_follow(records, sources, at, facts, fingerprint):
                return None
            has_waking = glance.has_waking(int(at.timestamp()))
            return Known(facts, glance.list_groups(), has_waking)
    except DAMAGES:
        return None


def can_follow(
    records: Path, sources: dict[str, str], at: datetime, facts: Facts, fingerprint: bytes | None
) -> bool:
    """Return whether what the last build left is of use for this one."""
    return (
        facts.fingerprint == fingerprint
        and facts.at <= at.timestamp()
        and encode_sources(sources).keys() == facts.sources.keys()
        and facts.size <= measure_parts(records, facts.parts)
        # Articles cannot be read again.
        and (not facts.sources or facts.dead <= max(facts.size // 2, _MOST_DEAD))
    )


def repeat_report(
    known: Known, entries: Iterable[Entry], out: Path, prune: bool, strict: bool, allows: bool
) -> Report | None:
    """Return the last build's report, None where anything may have changed since.

    Args:
        known: Of the last build.
        entries: All files there are.
        out: The published folder.
        prune: As of `build`.
        strict: Likewise.
        allows: Whether what is held back is to be published.
    """
    facts = known.facts
    if known.has_waking or find_changed(group_entries(entries), known.groups):
        return None
    is_marked = is_there(os.fspath(out / MARK))  # a build died
    if is_marked or find_stamps(out, facts.stamps) != facts.stamps:
        return None
    if read_generation(out) != facts.generation:  # another build came between
        return None
    report = decode_report(facts.report)
    if not report.feeds:  # what a build of no article comes to depends on what is published
        return None
    if (prune and facts.has_gone) or (strict and report.problems) or (allows and report.held):
        return None
    return report
