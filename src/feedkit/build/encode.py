"""Entries encoded once for each format, and files of feeds put together from their bytes."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

import msgspec

from ..config import Config
from ..config.settings import Kind
from ..files import COPY, FEED_STYLE, PAGE
from ..files.publishing import Staged, Stager, is_own
from ..files.spill import SpillFile, name_spill_file, open_articles
from ..models import Feed, Format, Image
from ..pages import encode_entry as encode_page_entry
from ..pages import load_pages, render_page, render_redirect, select_own
from ..pages.templates import find_root
from ..published import FeedFile, ListedFeed
from ..published.compare import (
    Compare,
    FeedBody,
    GuardResult,
    PublishedState,
    limit_dates,
    make_settings_hasher,
)
from ..published.guard import PublishedFeed
from ..render import ENCODINGS, encode_view, join_feed, load_frames
from ..render.frames import Frame, Frames
from ..render.view import SharedTexts, format_instant, make_view
from ..selection import describe_feed, pictures_of
from ..selection.entries import EntryRecipe, compose_entry
from ..selection.feeds import SelectedFeed


class RecipeShard(msgspec.Struct, frozen=True):
    """The entries that one process encodes."""

    number: int
    entry_recipes: Sequence[EntryRecipe]


class EncodedShard(msgspec.Struct, frozen=True):
    """The positions of the entries that one process encoded, in its spill file.

    `sizes` holds for each entry the lengths of its pieces: entry and source in each format, and
    what its feeds' pages show of it. The pieces stand one behind the other, from `starts` on.
    """

    number: int
    starts: array[int]
    sizes: array[int]
    pictures: list[tuple[Image, ...]]
    """The picture of each provider, in the sizes that the entry's record names."""


def make_entry_encoder(
    records: Path,
    folder: Path,
    config: Config,
    now: datetime,
    on_progress: Callable[[int], object],
) -> Callable[[RecipeShard], EncodedShard]:
    """Return the function that encodes one share of entries into a file in `folder`.

    Args:
        records: The folder of the files of encoded records.
        folder: The folder of the files of entries.
        config: What to encode in which formats.
        now: See `compose_entry`.
        on_progress: Called now and then with the number of entries encoded.
    """
    formats, common = config.feeds.formats, SharedTexts(config)

    def encode_share(share: RecipeShard) -> EncodedShard:
        found = EncodedShard(share.number, array("Q"), array("I"), [])
        pictures: dict[tuple[Image, ...], tuple[Image, ...]] = {}  # each once
        path = name_spill_file(folder, "entries", share.number)
        with SpillFile(path) as spill_file, open_articles(records) as load:
            for count, entry_recipe in enumerate(share.entry_recipes):
                entry = compose_entry(entry_recipe, load, now)
                view = make_view(entry, common)
                pieces = [piece for pair in encode_view(view, formats) for piece in pair]
                pieces.append(encode_page_entry(view))
                found.starts.append(spill_file.add(b"".join(pieces)))
                found.sizes.extend(map(len, pieces))
                images = pictures_of(entry)
                found.pictures.append(pictures.setdefault(images, images))
                if not count & 255:
                    on_progress(count)
        return found

    return encode_share


class EncodedEntries:
    """The bytes of all entries, read back by their number among the recipes."""

    def __init__(
        self,
        read: Callable[[int, int, int], bytes],
        formats: Sequence[Format],
        shares: list[EncodedShard],
    ) -> None:
        self._read = read
        self._formats = list(formats)
        self._width = 2 * len(formats) + 1
        self._shares = shares

    def pictures(self, number: int) -> tuple[Image, ...]:
        """Return the picture of the entry's provider, as its record has it."""
        share, place = self._find(number)
        return share.pictures[place]

    def read_pieces(self, number: int) -> list[bytes]:
        """Return an entry's pieces: two for each format, then the page's."""
        share, place = self._find(number)
        sizes = share.sizes[place * self._width : (place + 1) * self._width]
        data = self._read(share.number, share.starts[place], sum(sizes))
        return _cut(data, sizes)

    def _find(self, number: int) -> tuple[EncodedShard, int]:
        """Return the share that encoded an entry: shares take entries in turn."""
        return self._shares[number % len(self._shares)], number // len(self._shares)


def _cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    ends = [*accumulate(sizes)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


#: Bytes over which a feed is named in the report; some readers refuse far larger ones.
LARGE_FEED = 512 * 1024


class BuiltFeed(msgspec.Struct, frozen=True):
    """One feed whose files are staged."""

    listed: ListedFeed
    staged: list[Staged]
    slug: str = ""
    """Of its topic or provider, as made of the name alone; empty of other feeds."""
    held: str = ""
    """Why it stays as it was published, and how to go on; empty if it does not."""

    @property
    def path(self) -> str:
        """The path of the feed, of which this may be an old address."""
        return self.listed.path if self.listed.redirect is None else self.listed.redirect

    @property
    def notes(self) -> Iterator[str]:
        """Notes about surprising properties of the files."""
        for file in self.staged if self.listed.redirect is None else ():
            if file.size > LARGE_FEED and not file.name.endswith((".html", COPY)):
                yield f"{file.name}: {file.size // 1024} KiB, more than some readers take"


class FeedJob(msgspec.Struct, frozen=True):
    """One feed to put together: its entries by their numbers, newest first."""

    selected: SelectedFeed
    entries: list[int]
    old_paths: list[str] = []
    """Old addresses that serve it too."""
    names: dict[str, str] = {}
    """As in `ServedRedirects`, of all feeds."""


def load_libraries(config: Config) -> None:
    """Load the libraries that feeds and pages need, which takes 40 ms."""
    load_frames(config.feeds.formats)
    load_pages()


class FeedAssembly(msgspec.Struct, frozen=True):
    """The result of assembling one feed."""

    path: str
    feeds: list[BuiltFeed]
    """It, and its old addresses; none if `verdict` is wary."""
    verdict: GuardResult
    frames: dict[bytes, Frame]
    """By what they are made from."""


def make_assembler(
    out: Path,
    config: Config,
    encoded: EncodedEntries,
    compare: Compare | None,
    known: Mapping[str, Mapping[bytes, Frame]],
) -> Callable[[Sequence[FeedJob]], list[FeedAssembly]]:
    """Return the function that puts feeds together and stages their files.

    Args:
        out: The folder that is published.
        config: The site.
        encoded: The entries.
        compare: Tells of which feeds nothing is to be staged yet; None: of none.
        known: Frames, by the path of their feed.
    """
    hash_settings = make_settings_hasher(config)

    def assemble_feeds(jobs: Sequence[FeedJob]) -> list[FeedAssembly]:
        with open_stager(out, config) as stager:
            return [assemble_feed(job, stager) for job in jobs]

    def assemble_feed(job: FeedJob, stager: Stager) -> FeedAssembly:
        path, pieces = job.selected.path, [encoded.read_pieces(number) for number in job.entries]
        feed = describe_feed(config, job.selected, pictures=_find_pictures(job))
        frames = Frames(known.get(path, {}))
        bodies = _join_bodies(job, feed, pieces, frames)
        verdict = compare(path, bodies) if compare else GuardResult()
        if verdict.is_wary:
            return FeedAssembly(path, [], verdict, {})
        files, staged = list[FeedFile](), list[Staged]()
        for body in bodies:
            staged += stager.stage(_join(path, body.name), body.data)
            files.append(_describe_file(feed, body.name, body.format, staged[-1].sha256))
        kind, own = job.selected.kind, select_own([one[-1] for one in pieces], job.selected.kind)
        if path:  # the index of all feeds stands at the top
            page = render_page(feed, files, own, frames)
            # First, so that after a build that died what it shows is in one of the files too.
            staged = [*stager.stage(_join(path, PAGE), page), *staged]
        listed = _list_feed(
            feed, kind, (len(pieces), len(own)), files, settings=hash_settings(path)
        )
        made = BuiltFeed(listed, staged, job.selected.slug)
        feeds = [made, *_stage_old_addresses(stager, job, feed, listed, bodies)]
        return FeedAssembly(path, feeds, verdict, frames.used)

    def _find_pictures(job: FeedJob) -> tuple[Image, ...]:
        """Return that of a provider's newest entry that has one."""
        numbers = job.entries if job.selected.kind == "providers" else ()
        return next(filter(None, map(encoded.pictures, numbers)), ())

    return assemble_feeds


def open_stager(out: Path, config: Config) -> Stager:
    """Return a stager of files below `out`, which writes gzip copies if settings ask for them."""
    return Stager(out, precompress=config.publish.precompress)


def _stage_bodies(
    stager: Stager, path: str, bodies: Iterable[FeedBody], given: Container[str]
) -> list[Staged]:
    """Stage the files of a feed and return them."""
    return [
        file
        for body in bodies
        for file in stager.stage(_join(path, body.name), body.data, is_given=body.name in given)
    ]


def _join_bodies(
    job: FeedJob, feed: Feed, pieces: list[list[bytes]], frames: Frames
) -> list[FeedBody]:
    """Return the feed in every format, under every name."""
    bodies, style = [], _find_style(feed, job.old_paths)
    count = 1 if job.selected.kind == "providers" else 2
    for number, format in enumerate(feed.config.feeds.formats):
        entries = [one[2 * number : 2 * number + count] for one in pieces]
        body = join_feed(feed, format, entries, frames, style=style)
        bodies += [FeedBody(name, format, body) for name in feed.config.feeds.list_names(format)]
    return bodies


def _find_style(feed: Feed, olds: Iterable[str]) -> str:
    """Return the address of the style sheet, for the old addresses of the feed too."""
    if not feed.config.publish.stylesheet:
        return ""
    roots = {find_root(path) for path in (feed.path, *olds)}
    return (feed.config.site.url if len(roots) > 1 else roots.pop()) + FEED_STYLE


def _stage_old_addresses(
    stager: Stager, job: FeedJob, feed: Feed, listed: ListedFeed, bodies: Sequence[FeedBody]
) -> Iterator[BuiltFeed]:
    """Yield the old addresses of a feed, with its bytes and a page that leads to its own."""
    redirects = feed.config.redirects
    for path in job.old_paths:
        given = [body.name for body in bodies] if path in redirects else ()
        staged = _stage_bodies(stager, path, bodies, given)
        if path:
            page = render_redirect(feed, listed.files, path)
            staged += stager.stage(_join(path, PAGE), page, is_given=path in redirects)
        url = feed.config.site.page_url(path)
        was = job.names.get(path, "")
        old = msgspec.structs.replace(listed, path=path, url=url, redirect=listed.path, was=was)
        yield BuiltFeed(old, staged)


def stage_held(
    out: Path,
    config: Config,
    past: PublishedState,
    held: Iterable[tuple[FeedJob, str]],
    left: list[str],
    now: datetime,
    *,
    is_wanted: bool = True,
) -> list[BuiltFeed]:
    """Return feeds that stay as they were published, at their old addresses too.

    Args:
        out: The folder that is published.
        config: The site.
        past: The published state.
        held: Each feed as it is wanted, and why it is held.
        left: Gets the names of files that are not feedkit's, and so left as they are.
        now: Aware; dates of change after it are said no longer.
        is_wanted: Whether the settings give these feeds their addresses.
    """
    before, found = past.find_standing(), []
    given = config.feeds.file_names if is_wanted else ()
    with open_stager(out, config) as stager:
        for job, reason in held:
            one, kind = before[job.selected.path], job.selected.kind
            kept = [
                FeedBody(name, format, data)
                for name, format in _name_files(one)
                if (data := _read_held(past, _join(one.path, name))) is not None
            ]
            bodies = [
                body._replace(data=limit_dates(body.data, body.format, one.newest, now))
                for body in kept
            ]
            changed = {
                body.name: sha256(body.data).hexdigest()
                for body, before_it in zip(bodies, kept, strict=True)
                if body.data != before_it.data
            }
            one = msgspec.structs.replace(one, files={**one.files, **changed})
            feed = describe_feed(config, SelectedFeed(kind, one.path, one.title, []))
            files = list(_describe_held(feed, one))
            # How many of these are not related ones is not known any more.
            counts = (one.entries, one.entries)
            listed = _list_feed(feed, kind, counts, files, settings=one.settings)
            listed = msgspec.structs.replace(listed, newest=one.newest)
            staged = _stage_bodies(stager, one.path, bodies, given)
            if one.path:
                page = _read_held(past, _join(one.path, PAGE)) or render_page(feed, files, ())
                staged += stager.stage(_join(one.path, PAGE), page, is_given=is_wanted)
            found.append(BuiltFeed(listed, staged, job.selected.slug, held=reason))
            found += _stage_old_addresses(stager, job, feed, listed, bodies)
        left += stager.left
    return found


def _read_held(past: PublishedState, name: str) -> bytes | None:
    """Return the bytes of a published file, None if there is none that feedkit wrote."""
    data = past.read(name)
    return data if data and (past.is_here or is_own(name, data)) else None


def _describe_held(feed: Feed, one: PublishedFeed) -> Iterator[FeedFile]:
    """Yield its files as they are called: by now the settings may call others first."""
    formats = set[Format]()
    for name, format in _name_files(one):
        file = _describe_file(feed, name, format, one.files[name])
        yield msgspec.structs.replace(file, is_second=format in formats)
        formats.add(format)


def _name_files(feed: PublishedFeed) -> list[tuple[str, Format]]:
    return [(name, feed.format_of(name)) for name in feed.files]


def stage_emptied(
    out: Path,
    config: Config,
    gone: Iterable[PublishedFeed],
    pages: Container[str],
    left: list[str],
) -> list[BuiltFeed]:
    """Return files of feeds that are published and not wanted, staged without entries.

    They keep their title and their date: nothing that readers would show as new.

    Args:
        out: The folder that is published.
        config: The site.
        gone: As `find_gone` returns it.
        pages: Paths of feeds that go on in other formats, so that their pages stay.
        left: Gets the names of files that are not feedkit's, and so left as they are.
    """
    found = []
    with open_stager(out, config) as stager:
        for one in gone:
            feed = describe_feed(config, SelectedFeed("all", one.path, one.title, []))
            feed = msgspec.structs.replace(feed, updated=datetime.fromisoformat(one.newest))
            files, staged = list[FeedFile](), list[Staged]()
            for name in one.files:
                format = one.format_of(name)
                body = join_feed(feed, format, (), style=_find_style(feed, ()))
                if own := stager.stage(_join(one.path, name), body, is_given=False):
                    staged += own
                    files.append(_describe_file(feed, name, format, own[-1].sha256))
            if one.path and one.path not in pages:
                page = render_page(feed, files, (), is_gone=True)
                staged += stager.stage(_join(one.path, PAGE), page, is_given=False)
            if staged:
                listed = _list_feed(feed, "all", (0, 0), files, gone=True)
                listed = msgspec.structs.replace(listed, was=one.was)
                found.append(BuiltFeed(listed, staged))
        left += stager.left
    return found


def _describe_file(feed: Feed, name: str, format: Format, sha256: str) -> FeedFile:
    url = feed.config.site.page_url(feed.path) + quote(name)
    is_second = name != feed.config.feeds.names[format]
    return FeedFile(name, url, format, ENCODINGS[format].media_type, sha256, is_second)


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _list_feed(
    feed: Feed,
    kind: Kind,
    counts: tuple[int, int],
    files: Iterable[FeedFile],
    *,
    settings: str = "",
    gone: bool = False,
) -> ListedFeed:
    url = feed.config.site.page_url(feed.path)
    return ListedFeed(
        kind=kind,
        path=feed.path,
        title=feed.title,
        url=url,
        href=url.removeprefix(feed.config.site.url),
        entries=counts[0],
        articles=counts[1],
        newest=format_instant(feed.updated),
        files=tuple(files),
        settings=settings,
        gone=gone,
    )
