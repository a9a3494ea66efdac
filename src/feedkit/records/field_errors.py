"""Errors of single fields: where a field stands, what was found and what was wanted."""

from __future__ import annotations

from ..errors import show
from ..text import clean_text

Path = tuple[str | int, ...]
"""Where a field stands: ``("related", 1, "webUrl")``."""


class FieldError(Exception):
    """One field cannot be used: where it stands, what was found and what was wanted."""

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.path, self.found, self.wanted = path, found, wanted

    @property
    def field(self) -> str:
        """The path as people write it: ``related[1].webUrl``."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).lstrip(".")


def describe(value: object) -> str:
    """Return `value` as it may stand in an error, whatever it is."""
    return clean_text(show(value))
