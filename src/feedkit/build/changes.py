"""The source files that changed since the last build, and their records."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ..cache.database import find_changed, find_group, group_files
from ..cache.source_files import SourceFile, StoredFile, decode_name, encode_name
from ..cache.store import CacheReader
from ..files.discovery import (
    File,
    FoundFile,
    Stamp,
    find_among,
    find_files,
    find_paths_in_sources,
    find_time,
    is_there,
    leave_out,
    make_file,
    open_stamp,
    stamp_anew,
)
from ..models import Article
from ..selection.entries import LoadArticle
from ..selection.index import IndexedRecord, make_indexer, reject_record, update_due_record
from .context import BuildContext
from .indexing import ARTICLE, digest_file, list_names, name_article

#: The coarsest time stamps of file systems in use (FAT), in nanoseconds.
RESOLUTION = 2_000_000_000


class Changes(NamedTuple):
    """The changes of records since the last build."""

    gone: set[int]
    """Units that are no more, or are read again."""
    stale: list[File]
    """Files to be read."""
    stamps: list[tuple[int, Stamp | None]]
    """Units whose time changed and whose bytes did not."""
    articles: list[Article]
    """Articles that no file holds, to be taken."""
    due: list[SourceFile]
    """What such an Article, dated after the last build, comes to now; it is not prepared again."""


def find_changes(
    entries: Iterable[FoundFile], reader: CacheReader, now: datetime, clock: int
) -> Changes:
    """Return the files that changed, are new or are gone.

    Args:
        entries: All files there are.
        reader: The reader of the cache.
        now: Records that were dated after the last build, and are not after this, are read again.
        clock: The time of the file system, in nanoseconds since 1970.
    """
    groups = group_files(entries)
    waking = {
        source_file.id: find_group(source_file.path)
        for source_file in reader.find_due(int(now.timestamp()))
    }
    numbers = sorted({*find_changed(groups, reader.list_groups()), *waking.values()})
    known = reader.list_files(numbers)
    kept: set[int] = set()
    found = Changes(set(), [], [], [], [])
    for file in sorted(make_file(entry) for number in numbers for entry in groups[number]):
        source_file = known.get(os.fsencode(file.path))
        if (
            source_file is not None
            and source_file.id not in waking
            and source_file.name == encode_name(file.name)
        ):
            if source_file.stamp is not None and source_file.stamp == file.stamp:
                kept.add(source_file.id)
                continue
            settled = settle_stamp(stamp_anew(file), clock)
            if _holds_same(file, source_file, reader):
                kept.add(source_file.id)
                found.stamps.append((source_file.id, settled.stamp))
                continue
        found.stale.append(settle_stamp(stamp_anew(file), clock))
    found.gone.update(
        source_file.id for source_file in known.values() if source_file.id not in kept
    )
    return found


def find_named_changes(
    paths: list[str],
    articles: list[Article],
    removed: Iterable[str],
    context: BuildContext,
    reader: CacheReader,
    load: LoadArticle,
    clock: int,
) -> Changes:
    """Return the changes that the caller names, and those that time alone makes.

    Args:
        paths: Files and folders that are new or changed; those that are not there are no more.
        articles: Those that no file holds and that are new or changed.
        removed: Files and folders that are no more; an Article's id, or its URL.
        context: The build; files that it does not come by are not looked at.
        reader: The reader of the cache.
        load: Returns the article of a RecordRef.
        clock: See `find_changes`.
    """
    now = int(context.at.timestamp())
    found = Changes(set(), [], [], articles, [])
    spots = [find_paths_in_sources(path, context.sources) for path in paths]
    ended = [find_paths_in_sources(path, context.sources) for path in removed]
    # Behind a link stands what may be there still, whatever became of the link.
    looked = {spot for one in spots for spot in one} | {spot for _, *more in ended for spot in more}
    there = sorted(spot for spot in looked if is_there(spot))
    files = {file.path: file for file in _find_files(there, context)}
    for spot in {*looked, *(own for own, *_ in ended)}:  # a folder's files may be no more
        found.gone.update(reader.find_below(os.fsencode(spot)))
    links = _find_changed_links(found, files, context, reader)
    missing = (path for path in paths if not is_there(path))
    said = (known for name in (*removed, *missing) for known in list_names(name))
    names = {*map(name_article, articles), *said}
    for known in map(os.fsencode, files):
        if source_file := reader.find_file(known):
            found.gone.add(source_file.id)
    for known in names:  # and others of that name
        found.gone.update(reader.find_between(known, b"\0", b"\1"))
    for waking in reader.find_due(now):
        if waking.id not in found.gone:
            found.gone.add(waking.id)
            if waking.path.startswith(ARTICLE):
                found.due.append(_update_due_file(reader.load_unit(waking), load, context))
            elif waking.path not in links:
                path = os.fsdecode(waking.path)
                files[path] = File(decode_name(waking.name), path, None)
            elif link := links[waking.path]:
                files[link.path] = link
    found.stale.extend(settle_stamp(file, clock) for file in files.values())
    return found


def find_removed(
    names: Iterable[str], sources: Mapping[str, str], reader: CacheReader
) -> frozenset[str]:
    """Return the keys of the articles that files, folders or Articles held, by their names."""
    source_files: set[int] = set()
    for name in names:
        own, *_ = find_paths_in_sources(name, sources)
        source_files.update(reader.find_below(os.fsencode(own)))
        for known in list_names(name):
            source_files.update(reader.find_between(known, b"\0", b"\1"))
    return frozenset(
        row.key for source_file in source_files for row in reader.find_rows(source_file)
    )


def _find_changed_links(
    found: Changes, files: dict[str, File], context: BuildContext, reader: CacheReader
) -> dict[bytes, File | None]:
    """Return the links of the cache as they are now; those that changed are among `files`.

    They are looked at whatever was told, since what changes where they lead may be anything: a
    link on the way there, or the file itself, which need not be in a source.
    """
    known = (
        {source_file.path: source_file for source_file in reader.find_links()}
        if context.sources
        else {}
    )
    now = {
        os.fsencode(file.path): file for file in _find_files(list(map(os.fsdecode, known)), context)
    }
    for path, source_file in known.items():
        file = now.get(path)
        if file is None or file.stamp != source_file.stamp:
            found.gone.add(source_file.id)
            if file:
                files[file.path] = file
    return {path: now.get(path) for path in known}


def _update_due_file(
    source_file: SourceFile, load: LoadArticle, context: BuildContext
) -> SourceFile:
    index = make_indexer(context.config, context.at)

    def wake(row: IndexedRecord) -> IndexedRecord | None:
        if not row.due_at:  # of a row that time does not change no text is stored
            return row
        now = index(load(row.place), row.name, row.place)
        return reject_record(now) if row.is_rejected else update_due_record(row, now)

    source_file.rows = list(filter(None, map(wake, source_file.rows)))
    return source_file


def _find_files(paths: list[str], context: BuildContext) -> list[File]:
    # Without sources all there is was given as Articles.
    sources, out, follow = context.sources, context.out, context.config.records.follow_links
    if sources:
        files = find_among(paths, sources, out, follow_links=follow)
    else:
        files = find_files(paths, out, follow_links=follow)
    return leave_out(files, context.config.data.places)


def _holds_same(file: File, source_file: StoredFile, reader: CacheReader) -> bool:
    return digest_file(file) == reader.read_digest(source_file.id)


def settle_stamp(file: File, clock: int) -> File:
    """Return the file without its stamp if it may still change under the same one."""
    if file.stamp is None or file.is_refused:
        return file
    is_old = find_time(file.stamp) < clock - RESOLUTION
    return file if is_old else file._replace(stamp=open_stamp(file))
