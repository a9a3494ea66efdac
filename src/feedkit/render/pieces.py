"""An entry's bytes in one format, in the two pieces that feeds are put together from."""

from __future__ import annotations

from typing import NamedTuple


class Pieces(NamedTuple):
    """`entry`, then `source` in all feeds but its provider's own, then the format's closing."""

    entry: bytes
    source: bytes
