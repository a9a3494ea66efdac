"""Which records are as they were at the last build, and which must be read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ..catalogue import Known, Reader, decode_name, encode_name
from ..gather import ARTICLE, digest_bytes, name_article
from ..model import Article
from ..read import load_file
from ..scan import File, Stamp, find_files, find_real, is_there
from ..selection.compose import Load

#: The coarsest time stamps of file systems in use (FAT), in nanoseconds.
_RESOLUTION = 2_000_000_000


class Changes(NamedTuple):
    """What became of records since the last build."""

    #: Units that are no more, or are read again.
    gone: set[int]
    #: Files to be read.
    stale: list[File]
    #: Units whose time changed and whose bytes did not.
    stamps: list[tuple[int, Stamp | None]]
    #: Articles that no file holds, to be taken.
    articles: list[Article]


def find_changes(files: Iterable[File], reader: Reader, now: datetime, clock: int) -> Changes:
    """Return what became of each file.

    Args:
        files: All there are.
        reader: Of the catalogue.
        now: Records that were dated after the last build, and are not after this, are read again.
        clock: The time of the file system, in nanoseconds since 1970, before files were looked at.
    """
    known = reader.list_units()
    waking = {unit.id for unit in reader.find_waking(int(now.timestamp()))}
    kept: set[int] = set()
    found = Changes(set(), [], [], [])
    for file in files:
        unit = known.get(os.fsencode(file.path))
        if unit is not None and unit.id not in waking and unit.name == encode_name(file.name):
            if unit.stamp is not None and unit.stamp == file.stamp:
                kept.add(unit.id)
                continue
            if _holds_same(file, unit, reader):
                kept.add(unit.id)
                found.stamps.append((unit.id, settle_stamp(file, clock).stamp))
                continue
        found.stale.append(settle_stamp(file, clock))
    found.gone.update(unit.id for unit in known.values() if unit.id not in kept)
    return found


def take_changes(
    paths: list[str],
    articles: list[Article],
    removed: Iterable[str],
    out: Path,
    reader: Reader,
    load: Load,
    now: datetime,
    clock: int,
) -> Changes:
    """Return what the caller says became of files and Articles, and what time did.

    Args:
        paths: Files and folders that are new or changed; those that are not there are no more.
        articles: Those that no file holds and that are new or changed.
        removed: Files and folders that are no more; an Article's id, or its URL.
        out: The published folder, in which nothing is a record.
        reader: Of the catalogue.
        load: Gives articles by place.
        now: As of `find_changes`.
        clock: Likewise.
    """
    found = Changes(set(), [], [], articles)
    there = [path for path in paths if is_there(path)]
    files = {file.path: file for file in find_files(there, out)}
    names = {name_article(article) for article in articles}
    for name in [*removed, *(path for path in paths if not is_there(path))]:
        found.gone.update(reader.find_below(find_real(name)))
        names.add(name_article(name))
    for path in (*map(os.fsencode, files), *names):
        if unit := reader.find_unit(path):
            found.gone.add(unit.id)
            if file := files.get(os.fsdecode(path)):  # whose name may be spelt otherwise now
                files[file.path] = file._replace(name=decode_name(unit.name))
    for waking in reader.find_waking(int(now.timestamp())):
        if waking.id not in found.gone:
            found.gone.add(waking.id)
            if waking.path.startswith(ARTICLE):
                articles += [load(row.place) for row in reader.find_rows(waking.id)]
            else:
                name, real = decode_name(waking.name), os.fsdecode(waking.path)
                files[real] = File(name, real, None)
    found.stale.extend(settle_stamp(file, clock) for file in files.values())
    return found


def _holds_same(file: File, unit: Known, reader: Reader) -> bool:
    data = load_file(file.name)
    return isinstance(data, bytes) and digest_bytes(data) == reader.read_digest(unit.id)


def settle_stamp(file: File, clock: int) -> File:
    """Return the file without its stamp where it may change again under the same one."""
    if file.stamp is None:
        return file
    # Where there is a time of change, nobody can set it back; elsewhere it is that of creation.
    last = file.stamp.changed if os.name == "posix" else file.stamp.modified
    return file if last < clock - _RESOLUTION else file._replace(stamp=None)
