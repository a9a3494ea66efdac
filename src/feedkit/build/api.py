"""`build`: records, Articles, Feeds, bytes, files, Report, one line per hop."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..cache.build_state import make_fingerprint
from ..cache.folders import CacheFolders, open_folders, read_clock
from ..config import Config
from ..config.settings import Site
from ..files.discovery import name_sources
from ..files.locks import begin_generation, lock_folder
from ..models import Report, Source, split_source
from .context import BuildContext, check_call, scan_sources
from .noop import read_last_summary, repeat_report

if TYPE_CHECKING:
    from .analysis import Progress
    from .indexing import Prepare


def build(
    source: Source,
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    now: datetime,
    prepare: Prepare | None = None,
    prepare_version: str = "",
    jobs: int = 1,
    wait: float = 0,
    prune: bool = False,
    strict: bool = False,
    allow_resurface: bool = False,
    allow_shrink: bool = False,
    previous: str | os.PathLike[str] | None = None,
    previous_timeout: float = 600,
    cache: str | os.PathLike[str] | bool = True,
    on_progress: Progress = lambda hop, done, total: None,
) -> Report:
    """Publish the feeds of all articles below `out`, and return what was done.

    A file whose bytes would stay the same is not touched. Where no record is of use, nothing
    is published and `Report.exit_status` is 2.

    Args:
        source: A folder, which is read with all its own, a file, several of these, or Articles.
        out: The folder that becomes the site's address; made where it is missing.
        config: As `load_config` returns it; a Site alone means the defaults.
        now: Aware; articles dated later are withheld.
        prepare: Called with each Article, of whatever state, and returns it, another in its
            place, or None to withhold it. Works on one Article alone and remembers nothing.
        prepare_version: Names what `prepare` does; change it whenever that changes, or records
            that did not change are published as it left them before.
        jobs: Processes to use at most; a small corpus gains nothing from a second, and where
            another thread runs there is one, since its locks would last in others for good.
        wait: Seconds to wait for another build of `out` to end.
        prune: Whether to delete the files of feeds that have no article left, once they are
            published empty, with the folders that this leaves empty; nothing else, ever.
        strict: Whether to publish nothing where a record, or an item of a related list, is
            rejected; `Report.exit_status` is 2 then, and `Report.problems` says why.
        allow_resurface: Whether feeds may show entries under new ids, which readers take for new
            articles; otherwise one with more than `max_resurfaced` of them is held back:
            `Report.held` names it, and it stays as it was published.
        allow_shrink: Whether feeds may lose most of their entries though no record withholds
            them; otherwise those that would are held back too.
        previous: A folder or http(s) address where the feeds are published, for an `out` in
            which there are none: they are compared with those, and what is held is taken there.
        previous_timeout: Seconds that a server at `previous` may take in all; whatever this is,
            an answer that does not go on for 30 is none.
        cache: The folder in which it is kept what was read, so that the next build reads only
            what changed: True, one beside `out`; False, none. Where nothing can be kept,
            a note of the report says why.
        on_progress: Told of each hop's progress.

    Raises:
        BusyError: Another build of `out` goes on.
        PublishError: A folder, or `previous`, cannot be read or a file not written; nothing was
            published, unless a file could not be renamed.
        TypeError: `source` holds anything else than paths or Articles.
        ValueError: `now` names no time zone, `out` no folder, or `jobs` no process.
    """
    out, config = check_call(out, config, now, jobs)
    paths, articles = split_source(source)
    with lock_folder(out, wait), open_folders(out, cache, wait) as folders:
        fingerprint = make_fingerprint(config, out, prepare_version, folders)
        sources, known = name_sources(paths), None
        if paths and fingerprint is not None:
            known = read_last_summary(folders.records, sources, now, fingerprint)
        # Where most files are known, only those that are not are looked at again, by a clock.
        clock = read_clock(folders.records) if known is None else None
        files = scan_sources(paths, out, config)
        allows = allow_resurface or allow_shrink
        if known and (report := repeat_report(known, files, out, prune, strict, allows)):
            return report
        from ..published.previous import (
            find_published_state,  # with all that most builds do not need
        )
        from .pipeline import build_changed

        context = BuildContext(
            out=out,
            config=config,
            at=now,
            prepare=prepare,
            jobs=jobs,
            prune=prune,
            strict=strict,
            allow_resurface=allow_resurface,
            allow_shrink=allow_shrink,
            past=find_published_state(out, previous, previous_timeout, config, now),
            on_progress=on_progress,
            sources=sources,
            records=folders.records,
            entries=folders.entries,
        )
        build_records = partial(
            build_changed, context, files, articles, fingerprint, clock, is_known=bool(known)
        )
        return _publish(context, folders, paths, build_records)


def _publish(
    context: BuildContext,
    folders: CacheFolders,
    paths: list[str],
    build_records: Callable[[], Report],
) -> Report:
    """Return the report of a build; if it published nothing, the cache is not the last one's.

    What it read is not kept then, and an `update` that follows is not told it again.
    """
    from .release import note_problem  # not loaded where nothing changed

    report = None
    try:
        report = note_problem(build_records(), folders.problem)
    except Exception:
        if not (folders.is_lost and paths):
            raise
        report = _build_apart(context, paths)
    finally:
        if report is None or not report.files or report.is_held:
            begin_generation(context.out)
    return report


def _build_apart(context: BuildContext, paths: list[str]) -> Report:
    """Publish the feeds of all files though the cache was removed meanwhile, and keep nothing."""
    from .pipeline import build_from_all
    from .release import note_problem

    problem = f"{context.records}: removed while the build went on"
    files = scan_sources(paths, context.out, context.config)
    with open_folders(context.out, False) as folders:
        context = msgspec.structs.replace(context, records=folders.records, entries=folders.entries)
        return note_problem(build_from_all(context, files, (), None, None), problem)
