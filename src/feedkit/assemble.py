"""Feeds from the bytes of their entries: every file of one feed, and those that list all feeds."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from .addresses import PAGE
from .config import Config
from .encode import Shelf
from .feed import Feed
from .guard import Published
from .model import Format, Image
from .pages import (
    MANIFEST,
    FeedFile,
    Listed,
    load_pages,
    render_index,
    render_manifest,
    render_opml,
    render_page,
    render_redirect,
)
from .publish import Staged, Stager
from .render import ENCODINGS, join_feed, load_frames
from .render.escape import format_instant
from .scan import Stamp
from .selection import describe_feed
from .selection.select import Selected
from .settings import Kind

#: Bytes over which a feed is named in the report; some readers refuse far larger ones.
LARGE_FEED = 512 * 1024


class Assembled(msgspec.Struct, frozen=True):
    """One feed whose files are staged."""

    listed: Listed
    staged: list[Staged]
    #: Of its topic or provider, as made of the name alone; empty of other feeds.
    slug: str = ""
    #: How its files stood once they were published.
    stamps: list[Stamp | None] = []

    @property
    def path(self) -> str:
        """Where the feed is, of which this may be an old address."""
        return self.listed.path if self.listed.redirect is None else self.listed.redirect

    @property
    def notes(self) -> Iterator[str]:
        """What may surprise about its files."""
        for file in self.staged if self.listed.redirect is None else ():
            if file.size > LARGE_FEED and not file.name.endswith(".html"):
                yield f"{file.name}: {file.size // 1024} KiB, more than some readers take"


class Job(msgspec.Struct, frozen=True):
    """One feed to put together: its entries by their numbers, newest first."""

    selected: Selected
    entries: list[int]
    #: Old addresses that serve it too.
    olds: list[str] = []


def load_libraries(config: Config) -> None:
    """Load what feeds and pages are made with, which costs 40 ms."""
    load_frames(config.feeds.formats)
    load_pages()


def make_assembler(
    out: Path, config: Config, shelf: Shelf
) -> Callable[[Sequence[Job]], list[Assembled]]:
    """Return the function that puts feeds together and stages their files."""

    def assemble_feeds(jobs: Sequence[Job]) -> list[Assembled]:
        with Stager(out) as stager:
            return [feed for job in jobs for feed in assemble_feed(job, stager)]

    def assemble_feed(job: Job, stager: Stager) -> list[Assembled]:
        pieces = [shelf.read_pieces(number) for number in job.entries]
        feed = describe_feed(config, job.selected, pictures=_find_pictures(job))
        files, staged = [], []
        old: dict[str, list[Staged]] = {path: [] for path in job.olds}
        for number, format in enumerate(config.feeds.formats):
            count = 1 if job.selected.kind == "providers" else 2
            entries = [one[2 * number : 2 * number + count] for one in pieces]
            body = join_feed(feed, format, entries)
            for name in config.feeds.list_names(format):
                file, done = _stage_body(stager, feed, format, name, body)
                files.append(file)
                staged.append(done)
                for path, copies in old.items():
                    copies.append(stager.stage(_join(path, name), body))
        staged += _stage_page(stager, feed, files, [one[-1] for one in pieces])
        listed = _list_feed(feed, job.selected.kind, len(pieces), files)
        for path, copies in old.items():
            if path:  # the index of all feeds stands at the top
                copies.append(stager.stage(_join(path, PAGE), render_redirect(feed, files)))
        redirects = (Assembled(_list_old(listed, path, config), old[path]) for path in old)
        return [Assembled(listed, staged, job.selected.slug), *redirects]

    def _find_pictures(job: Job) -> tuple[Image, ...]:
        """Return that of a provider's newest entry that has one."""
        numbers = job.entries if job.selected.kind == "providers" else ()
        return next(filter(None, map(shelf.pictures, numbers)), ())

    return assemble_feeds


def stage_gone(
    out: Path, config: Config, gone: Iterable[Published], pages: Container[str]
) -> list[Assembled]:
    """Return files of feeds that are published and not wanted, staged without entries.

    They keep their title and their date: nothing that readers would show as new.

    Args:
        out: The folder that is published.
        config: The site.
        gone: As `find_gone` returns it.
        pages: Paths of feeds that go on in other formats, so that their pages stay.
    """
    found = []
    with Stager(out) as stager:
        for one in gone:
            feed = describe_feed(config, Selected("all", one.path, one.title, []))
            feed = msgspec.structs.replace(feed, updated=datetime.fromisoformat(one.newest))
            files, staged = [], []
            for name in one.files:
                format = one.format_of(name)
                body = join_feed(feed, format, ())
                file, done = _stage_body(stager, feed, format, name, body)
                files.append(file)
                staged.append(done)
            if one.path not in pages:
                staged += _stage_page(stager, feed, files, ())
            found.append(Assembled(_list_feed(feed, "all", 0, files, gone=True), staged))
    return found


def _stage_body(
    stager: Stager, feed: Feed, format: Format, name: str, body: bytes
) -> tuple[FeedFile, Staged]:
    staged = stager.stage(_join(feed.path, name), body)
    url = feed.config.site.page_url(feed.path) + quote(name)
    media_type = ENCODINGS[format].media_type
    is_second = name != feed.config.feeds.names[format]
    return FeedFile(name, url, format, media_type, staged.sha256, is_second), staged


def _stage_page(
    stager: Stager, feed: Feed, files: Iterable[FeedFile], entries: Iterable[bytes]
) -> list[Staged]:
    if not feed.path:  # the index of all feeds stands there
        return []
    return [stager.stage(_join(feed.path, PAGE), render_page(feed, files, entries))]


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _list_feed(
    feed: Feed, kind: Kind, entries: int, files: Iterable[FeedFile], *, gone: bool = False
) -> Listed:
    url = feed.config.site.page_url(feed.path)
    return Listed(
        kind=kind,
        path=feed.path,
        title=feed.title,
        url=url,
        href=url.removeprefix(feed.config.site.url),
        entries=entries,
        newest=format_instant(feed.updated),
        files=tuple(files),
        gone=gone,
    )


def _list_old(listed: Listed, path: str, config: Config) -> Listed:
    """Return what the manifest says of an old address."""
    url = config.site.page_url(path)
    return msgspec.structs.replace(listed, path=path, url=url, redirect=listed.path)


def stage_lists(out: Path, config: Config, feeds: list[Listed]) -> list[Staged]:
    """Return what lists all feeds, staged; the manifest, which says that all is there, last."""
    with Stager(out) as stager:
        return [
            stager.stage("index.html", render_index(config.site, feeds)),
            stager.stage("feeds.opml", render_opml(config.site, feeds)),
            stager.stage(MANIFEST, render_manifest(feed.published for feed in feeds)),
        ]
