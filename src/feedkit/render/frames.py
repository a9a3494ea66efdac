"""Heads and feet of feeds and pages, stored from one build to the next.

Making them takes feedgen, lxml and jinja2. Importing these alone costs more than all else that a
build after one change does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b

import msgspec

Frame = list[bytes]
"""The pieces before, between and after what is filled in."""


class Frames:
    """The frames of one feed, or of the files that list all feeds.

    Attributes:
        used: Those that were asked for, by what they are made from.
    """

    def __init__(self, known: Mapping[bytes, Frame] = {}) -> None:
        self._known = known
        self.used: dict[bytes, Frame] = {}

    def find(self, build_state: object, make: Callable[[], Frame]) -> Frame:
        """Return a frame that is known, or is made now.

        Args:
            build_state: All that it is made from, but for the settings and feedkit's version.
            make: Makes it.
        """
        key = blake2b(msgspec.msgpack.encode(build_state), digest_size=16).digest()
        if key not in self.used:
            self.used[key] = self._known.get(key) or make()
        return self.used[key]


def fill_frame(frame: Frame, *parts: Iterable[bytes]) -> bytes:
    """Return a frame with a part in each of its gaps."""
    pieces = frame[:1]  # all in one list, so that their bytes are copied once
    for part, after in zip(parts, frame[1:], strict=True):
        pieces += (*part, after)
    return b"".join(pieces)
