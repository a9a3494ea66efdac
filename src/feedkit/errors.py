"""What can go wrong, each with its subject, field, what was found and what was wanted.

::

    FeedkitError
    ├── UrlError        an address that cannot be used
    ├── RecordError     a record that cannot be used
    ├── ConfigError     settings that cannot be used
    └── PublishError    files that could not be read or written
        └── BusyError   another build that goes on
"""

from __future__ import annotations

import re


class FeedkitError(Exception):
    """The base class of all errors that feedkit raises; their text is one line."""

    def __init__(self, text: str = "") -> None:
        super().__init__(make_line(text))


#: The password of an address.
_PASSWORD = r"([/\\][^/\\?#@:\s]*):[^/?#\s]*@"  # noqa: S105 (a pattern)


def make_line(text: str) -> str:
    """Return `text` as one line, without passwords.

    Names of files may hold line breaks, and what terminals obey.
    """
    text = hide_password(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def hide_password(text: str) -> str:
    """Return `text` with ``***`` for the password of each address in it."""
    return re.sub(_PASSWORD, r"\1:***@", text) if "@" in text else text


class UrlError(FeedkitError):
    """An address that is not an absolute http(s) URL; its text is the reason."""


class RecordError(FeedkitError):
    """A record, or one field of it, that cannot be used.

    Attributes:
        name: The file, or what the caller called the record; may be empty.
        line: The line in that file, counted from 1; 0 if there is none.
        field: The field in the record's own spelling, as ``related[1].webUrl``; may be empty.
        found: What was found.
        wanted: What was expected.
    """

    def __init__(
        self, name: str = "", line: int = 0, field: str = "", found: str = "", wanted: str = ""
    ) -> None:
        self.name, self.line, self.field = name, line, field
        self.found, self.wanted = found, wanted
        place = f"{name}:{line}" if line else name
        reason = f"expected {wanted}, got {found}" if wanted else found
        super().__init__(": ".join(part for part in (place, field, reason) if part))

    def __reduce__(self) -> tuple[type[RecordError], tuple[str, int, str, str, str]]:
        """Travel between processes: the default would hand the joined text to ``name``."""
        return type(self), (self.name, self.line, self.field, self.found, self.wanted)


class ConfigError(RecordError):
    """Settings that cannot be used; ``field`` is the key, as ``feeds.limit``."""


class PublishError(FeedkitError):
    """Records that could not be read or feeds that could not be written.

    Nothing was published, unless a file could not be renamed: then those before it were.
    """


class BusyError(PublishError):
    """Another build of the same folder is running; this one published nothing."""


def show(value: object) -> str:
    """Return `value` for an error message: one line, at most 60 characters."""
    try:
        # Of a set repr is another in each process.
        text = "a set" if isinstance(value, set | frozenset) else repr(value)
    except RecursionError:  # nested deeper than repr goes
        text = f"a deeply nested {type(value).__name__}"
    except ValueError:  # an integer of more digits than Python prints
        text = "a number of too many digits"
    except Exception:  # noqa: BLE001 (whatever another's class raises)
        text = f"a value of type {type(value).__name__}"
    text = hide_password(re.sub(" at 0x[0-9a-f]+", "", text))  # likewise
    return text if len(text) <= 60 else text[:57] + "..."
