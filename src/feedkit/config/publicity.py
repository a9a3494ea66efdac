"""Field names and values by which other programs mark records as not public. Imports nothing.

Names and values are compared without case, ``-`` and ``_``.
"""

from __future__ import annotations

from functools import lru_cache

VALUES: dict[str, tuple[str, ...]] = {
    "status": (
        *("draft", "private", "pending", "hidden", "unlisted", "trash", "scheduled", "future"),
        "auto-draft",
    ),
    "visibility": ("private", "hidden", "unlisted", "password", "members", "paid", "draft"),
}
"""Fields of which some values withhold a record."""
PUBLIC = frozenset(("", "publish", "published", "public", "visible", "live"))
"""Values of these that are known to withhold nothing, folded."""
FLAGS = ("unlisted", "private", "hidden", "is_draft", "headless")
"""Fields that withhold a record if they are true."""
OPENING = "publishDate"
"""The field of a date before which a record is withheld."""
CLOSING = ("expiryDate", "unpublishDate")
"""Fields of dates from which on a record is withheld."""
PASSWORD = "post_password"  # noqa: S105 (a field's name)
"""The field that withholds a record if it is not empty."""
WORDS = (*VALUES, *FLAGS, OPENING, *CLOSING, PASSWORD)
#: Longer keys and values are none of these.
LONGEST = 60


def fold_word(text: str) -> str:
    """Return what is equal for spellings of one word: ``is_draft``, ``isDraft``, ``Is-Draft``."""
    return _fold(text) if len(text) <= LONGEST else ""


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    return text.strip().replace("-", "").replace("_", "").lower()


_NAMES = {fold_word(word): word for word in WORDS}


def find_word(key: str) -> str:
    """Return the word that a record's key spells, empty if it spells none."""
    return _NAMES.get(fold_word(key), "")


def name_word(state: str) -> str:
    """Return the word of a state such as ``status: private``."""
    return state.partition(":")[0]
