"""What reading a record needs of all settings, and what it brings up besides the article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from .field_errors import FieldError, Path


class ReadSettings(NamedTuple):
    """What reading needs of all settings."""

    #: Of dates that name none.
    zone: tzinfo = UTC
    #: By key of the JSON Feed item: the record's key, or several by their names in an object.
    extensions: Mapping[str, str | Mapping[str, str]] = {}
    #: By word of other programs: whether it withholds a record, or the values that do, folded.
    withhold: Mapping[str, bool | tuple[str, ...]] = {}
    #: The time of the build; where it is given, dates that are still to come are said.
    at: datetime | None = None
    #: Whether it is to be said what was not read, and what was repaired.
    has_remarks: bool = False
    #: Whether settings leave the file out, so that whatever stands in it is withheld.
    is_left_out: bool = False
    #: Whether links that lead out of CONTENT are followed.
    follow_links: bool = False


class Notes:
    """What reading one record brought up besides the article."""

    __slots__ = (
        *("closing", "doubts", "errors", "failed", "has_references", "repaired", "word", "zone"),
    )

    def __init__(self, zone: tzinfo, *, has_references: bool = False) -> None:
        #: Of dates that name none.
        self.zone = zone
        #: Whether ``&amp;`` stands for a character, as in files that other programs write.
        self.has_references = has_references
        #: Of whatever was left out.
        self.errors: list[FieldError] = []
        #: Paths of related items and enclosures that were left out before they were read.
        self.failed: set[Path] = set()
        self.repaired = False
        #: The word of another program that withholds the record, with its value.
        self.word = ""
        #: The word whose date is that from which on the record is withheld.
        self.closing = ""
        #: Two readings of a date, between which it is not clear, and what is to be said then.
        self.doubts: list[tuple[datetime, datetime, FieldError]] = []

    def leave_out(self, path: Path, found: str, wanted: str) -> None:
        """Note that what stands at `path` was left out of the article."""
        self.errors.append(FieldError(path, found, wanted))
