"""`feedkit check`: list what is wrong with records before anything is built."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..build.analysis import Analysis, NameVariants, find_name_variants
from ..build.lint import list_displaced, list_idle_values, list_unmatched
from ..config import Config
from ..config.loader import list_own_names
from ..config.settings import VALUES, find_word
from ..errors import RecordError, show
from ..files.discovery import count_unread
from ..files.globs import make_matcher
from ..sources import read_remarks
from .look import describe_unread, look_at, say_problems
from .options import (
    find_config,
    load_prepare,
    read_config,
    take_config,
    take_content,
    take_json,
    take_prepare,
)
from .output import end_with, escape, is_shown, list_counts, make_json, print_lines

#: Files without a record that are named at most.
_SHOWN = 10

GroupedLines = dict[str, list[str]]
"""The topics and providers that feedkit.toml itself names."""


@click.command("check")
@take_content
@take_config
@take_prepare
@take_json
def check_command(
    content: tuple[Path, ...], config_path: Path | None, prepare: str | None, as_json: bool
) -> None:
    """Report problems of the records in CONTENT, and publish nothing.

    Problems are printed as by build. Then come feeds whose topic or provider has several names,
    with the uses of each; records that share an address; feeds that lost their address to another
    feed; settings that concern no record; unread keys that feedkit may be meant to read; files that
    hold no record; and the number of files of other kinds. On a terminal, repairs and counts too.

    Exit status: 0, no problem; 1, some records would be rejected; 2, nothing would be published.
    """

    def run() -> int:
        config = read_config(config_path, content)
        said = list_own_names(config_path or find_config(content) or "", config)
        found = look_at(content, config, load_prepare(prepare), is_shown=not as_json)
        status, reason = say_problems(found, content)
        remarks = _find_remarks(content, config)
        if as_json:
            said_of = {kind: list(map(str, all_)) for kind, all_ in remarks.items()}
            known = _describe(found, config, said, content) | said_of
            lines: Iterable[str] = [make_json(known, status, reason)]
        else:
            lines = _list_findings(found, config, said, content, remarks)
        return status if print_lines(lines) else max(status, 1)

    end_with(run, as_json=as_json)


def _find_remarks(content: tuple[Path, ...], config: Config) -> dict[str, list[RecordError]]:
    """Return which keys are not read, and which fields are repaired, record by record."""
    found: dict[str, list[RecordError]] = {"unread": [], "repairs": []}
    for reading in read_remarks(content, config, datetime.now(UTC)):
        found["unread"] += reading.unread
        found["repairs"] += reading.repairs
    return found


def _sum_up(remarks: Iterable[RecordError]) -> Iterator[str]:
    """Yield the first remark on each field, and how many more there are.

    Each value of a word of another program is one of its own.
    """
    fields: dict[tuple[str, str], list[str]] = {}
    for one in remarks:
        value = one.found if find_word(one.field) in VALUES else ""
        fields.setdefault((one.field.partition("[")[0], value), []).append(str(one))
    for first, *more in fields.values():
        yield f"{first} (and {len(more):,} more; --json names all)" if more else first


def _list_findings(
    found: Analysis,
    config: Config,
    said: GroupedLines,
    content: tuple[Path, ...],
    remarks: dict[str, list[RecordError]],
) -> Iterator[str]:
    for one in find_name_variants(found, "topics"):
        yield f"{one.path}: one feed of topics called {_join(one)}"
    for one in find_name_variants(found, "providers"):
        yield f"{one.path}: one provider called {_join(one)}"
    yield from found.shared
    yield from found.unmade
    yield from map(escape, _list_settings(found, config, said, content))
    yield from _sum_up(remarks["unread"])
    yield from _list_others(found)
    if unread := describe_unread(_count_unread(config, content)):
        yield f"{unread}Markdown and HTML with front matter are"
    if is_shown(sys.stdout):
        yield from _sum_up(remarks["repairs"])
        yield from list_counts(_count(found))


def _list_settings(
    found: Analysis, config: Config, said: GroupedLines, content: tuple[Path, ...]
) -> list[str]:
    displaced = list_displaced(config, ((feed.kind, feed.slug) for feed in found.selected))
    idle = _list_patterns(found, config, content)
    idle_values = list_idle_values(config, found.rows)
    return [*displaced, *list_unmatched(config, found.rows, said), *idle, *idle_values]


def _count_unread(config: Config, content: tuple[Path, ...]) -> dict[str, int]:
    places = [*map(str, content)]
    return count_unread(places, make_matcher(config.exclude.files, places))


def _list_patterns(found: Analysis, config: Config, content: tuple[Path, ...]) -> Iterator[str]:
    """Yield a line for each pattern that leaves out no file."""
    for pattern in config.exclude.files:
        is_meant = make_matcher([pattern], map(str, content))
        if is_meant and not any(is_meant(source_file.name) for source_file in found.source_files):
            yield f"exclude.files: no file is left out by {show(pattern)}"


def _list_others(found: Analysis) -> Iterator[str]:
    """Yield the line that names files without a record: one may have lost its first ``---``."""
    names = sorted(source_file.name for source_file in found.source_files if source_file.other)
    more = f" and {len(names) - _SHOWN:,} more (--json names all)" if len(names) > _SHOWN else ""
    if names:
        yield f"no front matter with a date or address: {', '.join(names[:_SHOWN])}{more}"


def _join(one: NameVariants) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in one.names.items())


def _count(found: Analysis) -> dict[str, Any]:
    resolved = found.resolved
    return {
        "articles": resolved.articles,
        "rejected": resolved.rejected
        + sum(source_file.rejected for source_file in found.source_files),
        "other": sum(source_file.other for source_file in found.source_files),
        "unpublished": resolved.unpublished,
        "retold": resolved.retold,
        "duplicates": resolved.duplicates,
        "repaired": sum(source_file.repaired for source_file in found.source_files),
        "feeds": len(found.selected),
        "withheld": dict(sorted(resolved.withheld.items())),
    }


def _describe(
    found: Analysis, config: Config, said: GroupedLines, content: tuple[Path, ...]
) -> dict[str, Any]:
    names = {
        kind: [one._asdict() for one in find_name_variants(found, kind)]
        for kind in ("topics", "providers")
    }
    return {
        **_count(found),
        "problems": found.problems,
        **names,
        "records_of_one_url": sorted(found.resolved.shared),
        "not_made": found.made.list_paths(),
        "settings": _list_settings(found, config, said, content),
        "files_not_read": _count_unread(config, content),
        "files_without_record": sorted(
            source_file.name for source_file in found.source_files if source_file.other
        ),
    }
