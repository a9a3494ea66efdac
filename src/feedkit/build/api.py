"""`build`: records, Articles, Feeds, bytes, files, Report, one line per hop."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Unpack

import msgspec

from ..cache import CacheFolders, open_folders, read_clock
from ..cache.build_state import make_fingerprint
from ..config import Config
from ..config.settings import Site
from ..files.discovery import name_sources
from ..files.locks import begin_generation, lock_folder
from ..models import Report, Source, split_source
from .context import BuildContext, check_call, make_context, scan_sources
from .noop import read_last_summary, repeat_report
from .options import BuildOptions, complete_options


def build(
    source: Source,
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    now: datetime,
    **options: Unpack[BuildOptions],
) -> Report:
    """Publish the feeds of all articles below `out`, and return what was done.

    A file whose bytes stay the same is not touched. If no record can be used, nothing is published
    and `Report.exit_status` is 2.

    Args:
        source: A folder, which is read with its subfolders, a file, several of these, or Articles.
        out: The folder that becomes the site's address; it is created if it does not exist.
        config: The settings as `load_config` returns them; a Site alone means the defaults.
        now: Aware; articles dated later are withheld.
        options: See `BuildOptions`.

    Raises:
        BusyError: Another build of `out` is running.
        PublishError: A folder, or `previous`, cannot be read or a file cannot be written; nothing
            was published, unless a file could not be renamed.
        TypeError: `source` holds anything else than paths or Articles, or an option is unknown.
        ValueError: `now` has no time zone, `out` is empty, or `jobs` is less than 1.
    """
    chosen = complete_options("build", options)
    out, config = check_call(out, config, now, chosen["jobs"])
    paths, articles = split_source(source)
    cache, wait = chosen["cache"], chosen["wait"]
    with lock_folder(out, wait), open_folders(out, cache, wait) as folders:
        fingerprint = make_fingerprint(config, out, chosen["prepare_version"], folders)
        sources, known = name_sources(paths), None
        if paths and fingerprint is not None:
            known = read_last_summary(folders.records, sources, now, fingerprint)
        # If most files are known, only the others are looked at again, by a clock.
        clock = read_clock(folders.records) if known is None else None
        files = scan_sources(paths, out, config)
        if known and (report := repeat_report(known, files, out, chosen)):
            return report
        from .pipeline import build_changed  # with all that most builds do not need

        context = make_context(out, config, now, chosen, sources, folders.records, folders.entries)
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
