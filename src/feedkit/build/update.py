"""`update`: changes that the caller names, published without looking for others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Unpack

import msgspec

from ..cache import CacheFolders, has_cache, open_folders, read_clock
from ..cache.build_state import BuildState, decode_sources, make_fingerprint
from ..config import Config
from ..config.settings import Site
from ..errors import PublishError
from ..files.discovery import FoundFile, find_moved, find_stamps
from ..files.locks import has_lock, lock_folder, read_generation
from ..files.publishing import discard_files
from ..files.spill import open_articles
from ..models import Article, Report, Source, split_source
from ..published import MANIFEST
from ..published.previous import load_published
from .changes import find_changes, find_named_changes, find_removed
from .context import BuildContext, check_call, make_context, scan_sources
from .incremental import LastBuild
from .indexing import ARTICLE
from .noop import CACHE_ERRORS, can_continue
from .options import BuildOptions, complete_options
from .pipeline import build_from_all, build_from_changes, open_last_build

_WANTED = "expected a build with these settings to follow"
FORGOTTEN = "nothing of this update is kept: tell it the same again, with what changes next"
"""Note of an update that published nothing."""
_ADVICE = "run feedkit build first"
_NONE = f"there is no earlier build to follow; {_ADVICE}"


def update(
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    now: datetime,
    changed: Source = (),
    removed: Iterable[str | os.PathLike[str]] = (),
    **options: Unpack[BuildOptions],
) -> Report:
    """Publish what `build` would, at the cost of the feeds that these changes concern.

    If settings changed, or another build than the cache knows has published into `out`, all files
    that `build` was given are read.

    Args:
        out: The folder as `build` published it, with the same `cache`.
        config: The settings of that build.
        now: Aware; articles dated later are withheld.
        changed: Files, folders or Articles that are new or changed. A path that does not exist
            counts as deleted, and a file that `build` would not read is not read. An Article
            replaces the one with its `id`, or with its URL if it has none.
        removed: Files and folders that were deleted; of Articles the `id`, or the URL if they have
            none.
        options: See `BuildOptions`.

    Raises:
        BusyError: A build of `out` is running.
        PublishError: No earlier build can be followed; all files must be read, and some Articles
            are in no file; or `build` would raise it.
        TypeError: `changed` holds anything else than paths or Articles, or an option is unknown.
        ValueError: `now` has no time zone, `out` is empty, or `jobs` is less than 1.
    """
    chosen = complete_options("update", options)
    cache, wait = chosen["cache"], chosen["wait"]
    out, config = check_call(out, config, now, chosen["jobs"])
    if not has_lock(out):  # otherwise one would be created for nothing
        _check_cache(out, cache)
    with lock_folder(out, wait), _open_folders(out, cache, wait) as folders:
        context = make_context(out, config, now, chosen, {}, folders.records, folders.entries)
        discard_files(out)
        clock = read_clock(context.records)
        paths, articles = split_source(changed)
        fingerprint = make_fingerprint(config, out, chosen["prepare_version"], folders)
        names = [os.fspath(name) for name in removed]
        try:
            with open_last_build(context) as last:
                if last:
                    _check_moved(last, [*paths, *names])
                    context = msgspec.structs.replace(context, sources=decode_sources(last.state))
                    keys = find_removed(names, context.sources, last.reader)
                    context = msgspec.structs.replace(context, removed=keys)
                    if can_continue(context.records, context.sources, now, last.state, fingerprint):
                        return _follow(context, last, paths, list(articles), names, clock)
                    _check_files(context, last, list(articles), "one with others")
        except CACHE_ERRORS as error:
            raise PublishError(f"{out}: {_WANTED}, got a damaged one; {_ADVICE}") from error
        if not context.sources:
            raise PublishError(f"{folders.problem or out}: {_NONE}")
        return _note_forgotten(
            build_from_all(context, _find_entries(context), (), fingerprint, clock)
        )


def _note_forgotten(report: Report) -> Report:
    """Return the report, with a note if the changes were not stored."""
    if report.files:
        return report
    return msgspec.structs.replace(report, notes=(*report.notes, FORGOTTEN))


@contextmanager
def _open_folders(
    out: Path, cache: str | os.PathLike[str] | bool, wait: float
) -> Iterator[CacheFolders]:
    _check_cache(out, cache)
    with open_folders(out, cache, wait) as folders:
        yield folders


def _check_cache(out: Path, cache: str | os.PathLike[str] | bool) -> None:
    """Raise if there is none, before one is made that nobody fills."""
    if not has_cache(out, cache):
        raise PublishError(f"{out}: {_NONE}")


def _check_moved(last: LastBuild, paths: list[str]) -> None:
    """Raise if a path is spelt below a source that leads to another folder than it did."""
    sources = {os.fsdecode(real): os.fsdecode(name) for real, name in last.state.sources.items()}
    if moved := find_moved(paths, sources):
        path, name = moved
        wanted = f"a path in what {name!r} led to when it was built"
        raise PublishError(f"{path}: expected {wanted}, got one in another folder; {_ADVICE}")


def _find_entries(context: BuildContext) -> list[FoundFile]:
    """Return all files that `build` was given."""
    return scan_sources(context.sources.values(), context.out, context.config)


def _is_as_left(out: Path, state: BuildState) -> bool:
    """Return whether nothing was published below `out` since the build that `state` are of.

    If not, another build may have withdrawn what `state` knows as published. The manifest
    does not tell: what was withdrawn may stand beyond the limits of all feeds.
    """
    if read_generation(out) != state.generation:
        return False
    if find_stamps(out, [MANIFEST])[MANIFEST] == state.stamps.get(MANIFEST):
        return True
    data = load_published(out, MANIFEST)  # a copy of OUT has other stamps
    return data is not None and sha256(data).hexdigest() == state.manifest


def _follow(
    context: BuildContext,
    last: LastBuild,
    paths: list[str],
    articles: list[Article],
    removed: list[str],
    clock: int,
) -> Report:
    is_as_left = _is_as_left(context.out, last.state)
    if not is_as_left:
        _check_files(context, last, articles, "one that is not known to be the last,")
    # Without a generation the manifest alone tells, which is trusted if files cannot.
    if is_as_left and (last.state.generation or _has_articles(context, last, articles)):
        with open_articles(context.records) as load:
            changes = find_named_changes(
                paths, articles, removed, context, last.reader, load, clock
            )
    else:
        changes = find_changes(_find_entries(context), last.reader, context.at, clock)
    return _note_forgotten(build_from_changes(context, last, changes))


def _check_files(
    context: BuildContext, last: LastBuild, articles: list[Article], found: str
) -> None:
    """Raise if files are not all there is: Articles are stored as they were prepared and moved.

    Args:
        context: The build.
        last: What the last one left.
        articles: Those that changed.
        found: Why all records must be read.
    """
    if _has_articles(context, last, articles):
        found = f"{found} and Articles that no file holds"
        raise PublishError(f"{context.out}: {_WANTED}, got {found}; {_ADVICE}")


def _has_articles(context: BuildContext, last: LastBuild, articles: list[Article]) -> bool:
    """Return whether there are, or are to be, Articles that no file holds."""
    return not context.sources or bool(articles) or last.reader.has_files(ARTICLE)
