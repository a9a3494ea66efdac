"""Values of the wrong type to the right one where they can mean only one thing, else an error.

Most records never come here: `native.py` asks only when the schema does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from ..errors import show
from .fields import FieldError, Notes, Path

_TRUE = frozenset(("true", "yes", "on", "1", "y"))
_FALSE = frozenset(("false", "no", "off", "0", "n"))
_TEXTS = (
    *("title", "webUrl", "url", "originalUrl", "excerpt", "summary", "ampWebUrl", "ampUrl", "id"),
    *("body", "bodyHtml", "featuredContent", "featured", "language", "name", "domain"),
    *("type", "mediaType"),
)


def mend_record(values: Mapping[str, object], notes: Notes, path: Path = ()) -> dict[str, object]:
    """Return the fields in camelCase, each of its type; related items that fail are left out.

    Raises:
        FieldError: A value is neither of its type nor stands for one that is.
    """
    mended: dict[str, object] = {}
    for key, value in values.items():
        name = camel_case(key) if isinstance(key, str) else ""
        if name in _MENDERS and value is not None and name not in mended:
            mended[name] = _MENDERS[name](value, notes, (*path, key))
    return mended


def read_bool(value: object) -> bool | None:
    """Return the truth value that `value` is or spells, None where it is neither.

    YAML 1.2 reads ``no`` as text.
    """
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    return True if text in _TRUE else False if text in _FALSE else None


@lru_cache(maxsize=1024)
def camel_case(name: str) -> str:
    """Return ``webUrl`` for ``web_url`` and for ``webUrl``."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _mend_text(value: object, notes: Notes, path: Path) -> str:
    if isinstance(value, str):
        return value
    wanted = "text (in quotes)" if isinstance(value, int | float) else "text"
    raise FieldError(path, show(value), wanted)


def _mend_bool(value: object, notes: Notes, path: Path) -> bool:
    found = False if value == "" else read_bool(value)
    if found is None:
        raise FieldError(path, show(value), "true or false")
    return found


def _mend_int(value: object, notes: Notes, path: Path) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and abs(value) < 2**53:
        return value
    raise FieldError(path, show(value), "a whole number")


def _mend_size(value: object, notes: Notes, path: Path) -> int | None:
    if type(value) is int and 0 < value < 2**31:
        return value
    notes.repaired = True
    text = value.removesuffix("px").strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and int(text[:9]) > 0 else None


def _keep(value: object, notes: Notes, path: Path) -> object:
    return value


def _mend_topics(value: object, notes: Notes, path: Path) -> list[str]:
    return [_mend_text(item, notes, place) for item, place in _iterate(value, path)]


def _mend_images(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    return [_mend_image(item, notes, place) for item, place in _iterate(value, path)]


def _mend_image(value: object, notes: Notes, path: Path) -> dict[str, object]:
    image = _require_mapping({"url": value} if isinstance(value, str) else value, path)
    sizes = {
        name: _mend_size(image[name], notes, (*path, name))
        for name in ("width", "height")
        if image.get(name) is not None
    }
    return {"url": _mend_text(image.get("url") or "", notes, (*path, "url")), **sizes}


def _mend_provider(value: object, notes: Notes, path: Path) -> dict[str, object]:
    named = {"name": value} if isinstance(value, str) else value
    return mend_record(_require_mapping(named, path), notes, path)


def _mend_enclosures(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    return [
        mend_record(_require_mapping(item, place), notes, place)
        for item, place in _iterate(value, path)
    ]


def _mend_related(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    """Return the items that can be used, each with its place in the list of the record."""
    found = []
    for item, place in _iterate(value, path):
        try:
            found.append({**mend_record(_require_mapping(item, place), notes, place)})
        except FieldError as error:
            notes.errors.append(error)
            found.append({})  # keeps the places of those behind it
    return found


def _require_mapping(value: object, path: Path) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    raise FieldError(path, show(value), "a mapping of fields")


def _iterate(value: object, path: Path) -> Iterator[tuple[object, Path]]:
    """Yield the items of a list with their paths; a lone value is a list of one."""
    if not isinstance(value, list | tuple):
        value = [value]
    for place, item in enumerate(value):
        yield item, (*path, place)


_MENDERS: dict[str, Callable[[object, Notes, Path], object]] = {
    **dict.fromkeys(_TEXTS, _mend_text),
    **dict.fromkeys(("quality", "heat", "length"), _mend_int),
    **dict.fromkeys(("draft", "removed", "deleted"), _mend_bool),
    **dict.fromkeys(
        ("publishedDateTime", "published", "date", "updatedDateTime", "updated"), _keep
    ),
    "topics": _mend_topics,
    "images": _mend_images,
    "provider": _mend_provider,
    "related": _mend_related,
    "enclosures": _mend_enclosures,
}
