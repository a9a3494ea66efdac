"""Feeds from the bytes of their entries: every file of one feed, and those that list all feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from .config import FILE_NAMES, Config
from .encode import Shelf
from .feed import Feed
from .pages import FeedFile, Listed, render_index, render_manifest, render_opml, render_page
from .publish import Staged, Stager
from .render import ENCODINGS, join_feed
from .render.view import format_instant
from .selection import describe_feed
from .selection.select import Selected

#: Bytes over which a feed is named in the report; some readers refuse far larger ones.
LARGE_FEED = 512 * 1024


class Assembled(msgspec.Struct, frozen=True):
    """One feed whose files are staged."""

    listed: Listed
    staged: list[Staged]
    #: Names of its files that are large.
    large: list[str]


class Job(msgspec.Struct, frozen=True):
    """One feed to put together: its entries by their numbers, newest first."""

    selected: Selected
    entries: list[int]


def make_assembler(
    out: Path, config: Config, shelf: Shelf
) -> Callable[[Sequence[Job]], list[Assembled]]:
    """Return the function that puts feeds together and stages their files."""

    def assemble_feeds(jobs: Sequence[Job]) -> list[Assembled]:
        with Stager(out) as stager:
            return [assemble_feed(job, stager) for job in jobs]

    def assemble_feed(job: Job, stager: Stager) -> Assembled:
        selected = job.selected
        pieces = [shelf.read_pieces(number) for number in job.entries]
        feed = describe_feed(config, selected, picture=_find_picture(job))
        files, staged, large = [], [], []
        for number, format in enumerate(config.feeds.formats):
            # In its provider's own feed an entry has no source.
            parts = (0,) if selected.kind == "providers" else (0, 1)
            entries = [b"".join([one[2 * number + part] for part in parts]) for one in pieces]
            body = join_feed(feed, format, entries)
            name = f"{feed.path}/{FILE_NAMES[format]}"
            staged.append(stager.stage(name, body))
            address = config.site.feed_url(feed.path, format)
            media_type = ENCODINGS[format].media_type
            files.append(FeedFile(FILE_NAMES[format], address, media_type, staged[-1].sha256))
            if len(body) > LARGE_FEED:
                large.append(f"{name}: {len(body) // 1024} KiB, more than some readers take")
        page = render_page(feed, files, [one[-1] for one in pieces])
        staged.append(stager.stage(f"{feed.path}/index.html", page))
        return Assembled(_list_feed(feed, job, files), staged, large)

    def _find_picture(job: Job) -> str:
        """Return that of a provider's newest entry that has one."""
        numbers = job.entries if job.selected.kind == "providers" else ()
        return next(filter(None, map(shelf.picture, numbers)), "")

    def _list_feed(feed: Feed, job: Job, files: list[FeedFile]) -> Listed:
        url = config.site.page_url(feed.path)
        return Listed(
            kind=job.selected.kind,
            path=feed.path,
            title=feed.title,
            url=url,
            href=url.removeprefix(config.site.url),
            entries=len(job.entries),
            newest=format_instant(feed.updated),
            files=tuple(files),
        )

    return assemble_feeds


def stage_lists(out: Path, config: Config, feeds: list[Listed]) -> list[Staged]:
    """Return what lists all feeds, staged; the manifest, which says that all is there, last."""
    with Stager(out) as stager:
        return [
            stager.stage("index.html", render_index(config.site, feeds)),
            stager.stage("feeds.opml", render_opml(config.site, feeds)),
            stager.stage("feeds.json", render_manifest(feeds)),
        ]
