"""What `check` and `list` share: they read records and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from ..files.discovery import count_unread
from ..models import Report
from .options import count_processes
from .output import group_problems, say, show_progress

if TYPE_CHECKING:
    from ..build.analysis import Analysis
    from ..build.indexing import Prepare


def look_at(
    content: tuple[Path, ...],
    config: Config,
    prepare: Prepare | None,
    *,
    jobs: int | None = None,
    is_shown: bool = True,
) -> Analysis:
    """Return the analysis of `content` that a build would make."""
    from ..build.analysis import analyse_source

    with show_progress(is_wanted=is_shown) as tell:
        return analyse_source(
            content,
            config,
            now=datetime.now(UTC),
            prepare=prepare,
            jobs=jobs or count_processes(),
            on_progress=tell,
        )


def say_problems(found: Analysis, content: tuple[Path, ...]) -> tuple[int, str]:
    """Print the problems of a build, and return its exit status and why it would do nothing."""
    for problem in group_problems(found.problems):
        say(problem)
    if found.selected:
        return (1 if found.problems else 0), ""
    hidden = found.resolved.unpublished + found.resolved.withheld.total()
    other, articles = (
        sum(source_file.other for source_file in found.source_files),
        found.resolved.articles,
    )
    reason = explain_nothing(hidden, other, content, articles)
    say(f"feedkit: {reason}")
    return 2, reason


def explain_nothing(hidden: int, other: int, content: tuple[Path, ...], articles: int = 0) -> str:
    """Return why there are no feeds.

    Args:
        hidden: Records that are withheld or unpublished.
        other: Files that hold no record.
        content: The folders and files in which records were looked for.
        articles: Records that would be published.
    """
    if articles:
        keys = "min_articles, all, topics and providers in [feeds]"
        count = "1 article" if articles == 1 else f"{articles:,} articles"
        return f"the settings make no feed of {count} (see {keys})"
    if hidden:
        return f"no record is of use ({hidden} withheld or unpublished)"
    if other:
        files = "1 file has" if other == 1 else f"{other:,} files have"
        return f"no record is of use ({files} no date or address)"
    places = ", ".join(map(str, content))
    unread = describe_unread(count_unread(map(str, content)))
    return f"no record is of use in {places} ({unread}JSON is read where a file is named)"


def describe_unread(counts: Mapping[str, int]) -> str:
    """Return the number of unread files of each kind, in words; empty if there are none."""
    kinds = ", ".join(f"{count:,} {ending}" for ending, count in counts.items())
    return f"files of kinds that are not read: {kinds}; " if kinds else ""


def explain_report(report: Report, content: tuple[Path, ...]) -> str:
    """Return why a build of `content` published nothing."""
    if report.is_held:
        places = ", ".join(map(str, content))
        return f"no record in {places}, but feeds in OUT; is a folder not mounted?"
    hidden = report.unpublished + sum(report.withheld.values())
    return explain_nothing(hidden, report.other, content, report.articles)
