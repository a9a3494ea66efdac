"""Entries encoded once for each format, their bytes stored in spill files."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import accumulate
from pathlib import Path

import msgspec

from ..config import Config
from ..files.spill import SpillFile, name_spill_file, open_articles
from ..models import Format, Image
from ..pages.entry import encode_entry as encode_page_entry
from ..render import encode_view
from ..render.view import SharedTexts, make_view
from ..selection import pictures_of
from ..selection.entries import EntryRecipe, compose_entry


class RecipeShard(msgspec.Struct, frozen=True):
    """The entries that one process encodes."""

    number: int
    entry_recipes: Sequence[EntryRecipe]


class EncodedShard(msgspec.Struct, frozen=True):
    """Where the bytes of a share's entries stand.

    `sizes` holds for each entry the lengths of its pieces: entry and source in each format, and
    what its feeds' pages show of it. The pieces stand one behind the other, from `starts` on.
    """

    number: int
    starts: array[int]
    sizes: array[int]
    #: The picture of each provider, in the sizes that the entry's record names.
    pictures: list[tuple[Image, ...]]


def make_entry_encoder(
    records: Path,
    folder: Path,
    config: Config,
    now: datetime,
    on_progress: Callable[[int], object],
) -> Callable[[RecipeShard], EncodedShard]:
    """Return the function that encodes one share of entries into a file in `folder`.

    Args:
        records: Where the files of encoded records are.
        folder: Where those of entries are made.
        config: What to encode in which formats.
        now: As of `compose_entry`.
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
