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

from ..cache.build_state import BuildState, decode_report, decode_state, encode_sources
from ..cache.database import find_changed, group_files, open_summary
from ..files import MARK
from ..files.discovery import FoundFile, find_stamps, is_there
from ..files.locks import read_generation
from ..files.spill import measure_parts
from ..models import Report
from .options import BuildOptions

#: What a damaged cache may raise.
CACHE_ERRORS = (sqlite3.Error, msgspec.MsgspecError, EOFError, FileNotFoundError, KeyError)
#: Bytes of encoded records that may lie about unused.
_MOST_DEAD = 16 * 1024 * 1024


class LastSummary(msgspec.Struct, frozen=True):
    """A summary of the last build."""

    state: BuildState
    groups: dict[int, bytes]
    """Digests of groups of files."""
    has_due: bool
    """Whether time alone makes records others."""


def read_last_summary(
    records: Path, sources: dict[str, str], at: datetime, fingerprint: bytes
) -> LastSummary | None:
    """Return a summary of the last build, None if this build cannot use it."""
    try:
        with open_summary(records) as glance:
            if glance is None:
                return None
            state = decode_state(glance.read_facts()["last"])
            if not can_continue(records, sources, at, state, fingerprint):
                return None
            has_waking = glance.has_due(int(at.timestamp()))
            return LastSummary(state, glance.list_groups(), has_waking)
    except CACHE_ERRORS:
        return None


def can_continue(
    records: Path,
    sources: dict[str, str],
    at: datetime,
    state: BuildState,
    fingerprint: bytes | None,
) -> bool:
    """Return whether this build can use the state of the last one."""
    return (
        state.fingerprint == fingerprint
        and state.at <= at.timestamp()
        and encode_sources(sources).keys() == state.sources.keys()
        and state.size <= measure_parts(records, state.parts)
        # Articles cannot be read again.
        and (not state.sources or state.unused <= max(state.size // 2, _MOST_DEAD))
    )


def repeat_report(
    known: LastSummary, entries: Iterable[FoundFile], out: Path, options: BuildOptions
) -> Report | None:
    """Return the last build's report, None if anything may have changed since.

    Args:
        known: The summary of the last build.
        entries: All files of the sources.
        out: The published folder.
        options: The options of this build.
    """
    state = known.state
    if known.has_due or find_changed(group_files(entries), known.groups):
        return None
    is_marked = is_there(os.fspath(out / MARK))  # a build died
    if is_marked or find_stamps(out, state.stamps) != state.stamps:
        return None
    if read_generation(out) != state.generation:  # another build came between
        return None
    report = decode_report(state.report)
    if not report.feeds:  # what a build of no article comes to depends on what is published
        return None
    if (
        (options["prune"] and state.has_emptied)
        or (options["strict"] and report.problems)
        or ((options["allow_resurface"] or options["allow_shrink"]) and report.held)
    ):
        return None
    return report
