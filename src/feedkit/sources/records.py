"""Text parsed to Articles: records with front matter, JSON records and mappings.

No function here opens a file: text comes with the name that error messages use for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec

from ..errors import RecordError, show
from ..models import Article, Html, Markdown
from ..syntax import FieldError, Path, describe, make_plain, make_scalar, take_text
from ..syntax.front_matter import (
    MERGE_KEY,
    FrontMatterError,
    SplitFile,
    find_merge_key,
    has_front_matter,
    list_merged,
    split_document,
)
from ..syntax.json import JsonError, JsonLines, JsonRecords
from ..syntax.salvage import scan_json, scan_lines, scan_toml
from .article import find_address, is_record, read_article, read_extensions
from .by_hand import clean_by_hand
from .coercion import FIELDS, Notes, ReadSettings
from .diagnostics import find_misspelt, find_repairs, find_unread
from .withholding import (
    Withheld,
    apply_words,
    find_withheld_addresses,
    find_withheld_article,
    hide_text,
    is_unfinished,
    list_words,
)

if TYPE_CHECKING:
    from ..config import Config
    from ..config.settings import Site
    from ..syntax.lines import Lines

__all__ = [
    "ReadSettings",
    "Reading",
    "Withheld",
    "article_from_record",
    "clean_article",
    "find_settings",
    "find_zone",
    "hide_text",
    "read_document",
    "read_json",
    "read_json_lines",
]

#: Of one record, that are said one by one.
_MOST_ERRORS = 20
#: A field of Hugo's other front matter that makes it a record.
_TOML_FIELD = re.compile(r"\n(?:title|date|url)[ \t]*=")
_HTML_DOCUMENT = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


class Reading(NamedTuple):
    """The result of reading one record, or one file that holds none."""

    article: Article | None
    """None if it was rejected, or is no record."""
    errors: tuple[RecordError, ...] = ()
    """Why it was rejected, or why related items were left out."""
    repaired: bool = False
    """Whether anything in it was repaired."""
    unread: tuple[RecordError, ...] = ()
    """Where it was asked for: keys that are not read, and the fields that were repaired."""
    repairs: tuple[RecordError, ...] = ()
    is_dropped: bool = False
    """Whether the user's `prepare` returned None for it."""
    is_unread: bool = False
    """Whether it stands for a file, or the rest of one, that cannot be read."""
    is_there: bool = False
    """Whether that file is there all the same: what it holds is not gone."""
    withheld: tuple[Withheld, ...] = ()
    """What was rejected and withholds its address all the same."""
    word: str = ""
    """The word of another program, with its value, that makes the article a draft; or the one whose
    date is that from which on it is withheld."""
    doubts: tuple[tuple[datetime, datetime, RecordError], ...] = ()
    """The first and last instant that a date may mean, and what is to be said between them."""


OTHER = Reading(None)
"""Front matter with neither date nor URL, or none at all: no record, and no error."""


def article_from_record(
    record: Mapping[str, object], *, name: str = "", config: Config | Site | None = None
) -> Article:
    """Return the article of one mapping; see `Article.from_record`."""
    settings = find_settings(config)
    if not isinstance(record, Mapping):
        raise RecordError(name, 0, "", describe(record), "a mapping of fields")
    pairs = ((make_scalar(key), value) for key, value in record.items())
    plain = {key: _make_plain(key, value) for key, value in pairs}
    values = cast("dict[str, object]", plain)  # other keys are of no use
    try:
        return _read_record(values, settings, Notes(settings.zone), None)
    except FieldError as error:
        raise _locate(error, name or find_address(values), None, 0) from error


def _make_plain(key: object, value: object) -> object:
    """Return a field of a mapping in exact types; own fields are bounded before they are copied."""
    if key not in FIELDS and isinstance(value, list | tuple | Mapping):
        return value
    return make_plain(value)


def clean_article(article: Article, zone: tzinfo, name: str = "") -> Reading:
    """Return an article that was made by hand as reading a record would have made it.

    What cannot be used is among the errors, under the attribute's name.

    Raises:
        TypeError: It is no Article at all.
    """
    if not isinstance(article, Article):
        raise TypeError(f"expected an Article, got {type(article).__name__}")
    name = name or take_text(article.url) or show(article.url)
    try:
        cleaned, notes = clean_by_hand(article, zone)
    except FieldError as error:
        withheld = find_withheld_article(article, zone)
        return Reading(None, (_locate(_name_attribute(error), name, None, 0),), withheld=withheld)
    except Exception as error:  # noqa: BLE001 (what another's class raises)
        found = RecordError(name, 0, "", f"{type(error).__name__}: {show(error)}")
        return Reading(None, (found,), withheld=find_withheld_article(article, zone))
    notes.errors = [_name_attribute(error) for error in notes.errors]
    return _finish(cleaned, notes, name, "", 0)


#: Attributes of Articles, by what records call them.
_ATTRIBUTES = {
    "publishedDateTime": "published",
    "webUrl": "url",
    "ampWebUrl": "amp_url",
    "type": "media_type",
}


def _name_attribute(error: FieldError) -> FieldError:
    path = tuple(_ATTRIBUTES.get(part, part) for part in error.path)  # type: ignore[arg-type]
    return FieldError(path, error.found, error.wanted)


def read_document(text: str, name: str, settings: ReadSettings, *, html: bool = False) -> Reading:
    r"""Return the article of a file with front matter.

    Args:
        text: The whole file, its lines ending in ``\n``.
        name: What errors call it.
        settings: As `find_settings` returns them.
        html: Whether what follows the front matter is HTML, not Markdown.
    """
    if not has_front_matter(text):
        return _pass_over(text, name, settings)
    try:
        document = split_document(text)
    except FrontMatterError as error:
        found = RecordError(name, error.line, "front matter", error.reason, error.wanted)
        withheld = find_withheld_addresses(scan_lines(error.block), settings)
        return Reading(None, (found,), withheld=withheld)
    block, start = document.block, document.start
    # One character is found far sooner than two, and few records have it.
    may_merge = "<" in block and MERGE_KEY in block
    if may_merge and (path := find_merge_key(document.values)):
        return _refuse_merge_key(document, path, name, settings)
    body: Html | Markdown | None = None
    if document.body and not document.body.isspace():
        is_html = html or _HTML_DOCUMENT.match(document.body)
        body = Html(document.body) if is_html else Markdown(document.body.strip("\n"))
    return _read_mapping(document.values, body, settings, name, block, start, is_page=True)


def _refuse_merge_key(
    document: SplitFile, path: Path, name: str, settings: ReadSettings
) -> Reading:
    """Return the reading of a record with a merge key, which is an error.

    YAML 1.2 has no such key, and what it stands for may withhold the record.
    """
    error = FieldError(path, "a merge key", "the fields that it stands for, written out")
    found = _locate(error, name, _find_lines(document.block), document.start)
    fields = [*document.values.items(), *list_merged(document.values), (MERGE_KEY, True)]
    return Reading(None, (found,), withheld=find_withheld_addresses(fields, settings))


def _pass_over(text: str, name: str, settings: ReadSettings) -> Reading:
    """Return the reading of a file without YAML front matter."""
    block, closing, _ = text.partition("\n+++")
    is_toml = block.startswith("+++" if closing else "+++\n")
    if not (is_toml and _TOML_FIELD.search(block)):
        return OTHER
    wanted = "YAML between lines of ---"
    found = RecordError(name, 1, "front matter", "TOML between lines of +++", wanted)
    withheld = find_withheld_addresses(scan_toml(block.partition("\n")[2]), settings)
    return Reading(None, (found,), withheld=withheld)


def read_json(text: str, name: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield the articles of a JSON file: a record, a list of them, or ``{"value": [...]}``."""
    try:
        records = JsonRecords(text, is_record)
    except JsonError as error:
        yield _refuse_json(text, RecordError(name, error.line, "JSON", error.reason), settings)
        return
    for index, value in enumerate(records.values):
        block = records.locate(index)[0] if isinstance(value, JsonError) else ""
        reading = _read_value(value, settings, name, block, 0)
        said = reading.errors or reading.unread or reading.repairs or reading.doubts
        if said and not isinstance(value, JsonError):  # only then does it matter where it stands
            block, line = records.locate(index)
            reading = _read_value(value, settings, name, block, line - 1)
        yield reading


def read_json_lines(
    text: str, name: str, settings: ReadSettings, first: int = 1
) -> Iterator[Reading]:
    """Yield the articles of lines with one JSON record on each that is not empty.

    Args:
        text: The lines.
        name: What errors call the file.
        settings: As `find_settings` returns them.
        first: The number of the first line.
    """
    for number, line in enumerate(text.split("\n"), first):
        if not line.strip():
            continue
        try:
            values = JsonRecords(line, is_record).values
        except JsonError as error:
            found = RecordError(name, number, "JSON", error.reason)
            yield _refuse_json(line, found, settings)
            continue
        for record in values:
            yield _read_value(record, settings, name, line, number - 1)


def _refuse_json(text: str, error: RecordError, settings: ReadSettings) -> Reading:
    """Return the reading of JSON that cannot be read."""
    records = (find_withheld_addresses(fields, settings) for fields in scan_json(text))
    withheld = tuple([one for found in records for one in found])
    return Reading(None, (error,), withheld=withheld)


def find_settings(config: Config | Site | None) -> ReadSettings:
    """Return the settings that reading needs."""
    from ..config import as_config
    from ..config.settings import find_timezone

    if config is None:
        return ReadSettings()
    config = as_config(config)
    zone, records = find_timezone(config.site.timezone), config.records
    return ReadSettings(
        zone, records.extensions, records.withhold, follow_links=records.follow_links
    )


def find_zone(config: Config | Site | None) -> tzinfo:
    """Return the time zone of dates that name none."""
    return find_settings(config).zone


def _read_value(
    value: object, settings: ReadSettings, name: str, block: str, start: int
) -> Reading:
    if isinstance(value, JsonError):
        repeated = RecordError(name, max(value.line, start + 1), "JSON", value.reason)
        return _refuse_json(block, repeated, settings)
    if not isinstance(value, dict):
        found = RecordError(name, start + 1, "", describe(value), "a mapping of fields")
        return Reading(None, (found,))
    return _read_mapping(value, None, settings, name, block, start)


def _read_mapping(
    values: dict[str, object],
    body: Html | Markdown | None,
    settings: ReadSettings,
    name: str,
    block: str,
    start: int,
    *,
    is_page: bool = False,
) -> Reading:
    if not is_record(values, is_page=is_page):
        return _pass_by(values, settings, name, block, start)
    notes = Notes(settings.zone, has_references=True)
    try:
        reading = _finish(_read_record(values, settings, notes, body), notes, name, block, start)
    except FieldError as error:
        withheld = find_withheld_addresses(values.items(), settings)
        if error.found == "nothing" and is_unfinished(values, settings):
            return OTHER._replace(withheld=withheld)  # it is not to be a record yet
        errors = (_locate(error, name, _find_lines(block), start),)
        reading = Reading(None, errors, withheld=withheld)
    if settings.has_remarks:
        lines = _find_lines(block)
        unread = [_locate(one, name, lines, start) for one in find_unread(values, settings)]
        found = find_repairs(values, body, settings) if notes.repaired else ()
        repairs = [  # a file's body is no field of it, and has no line
            _locate(one, name, lines if one.path[0] in values else None, start) for one in found
        ]
        return reading._replace(unread=tuple(unread), repairs=tuple(repairs))
    return reading


def _pass_by(
    values: dict[str, object], settings: ReadSettings, name: str, block: str, start: int
) -> Reading:
    """Return the reading of a mapping that is no record, with keys that may be misspelt."""
    passed = OTHER._replace(withheld=find_withheld_addresses(values.items(), settings))
    if not settings.has_remarks:
        return passed
    lines = _find_lines(block)
    unread = [_locate(one, name, lines, start) for one in find_misspelt(values, settings)]
    return passed._replace(unread=tuple(unread))


def _read_record(
    values: Mapping[str, object],
    settings: ReadSettings,
    notes: Notes,
    body: Html | Markdown | None,
) -> Article:
    article = read_article(values, notes, body)
    if words := list_words(values):
        article = apply_words(article, values, words, settings, notes)
    if settings.extensions and (found := read_extensions(values, settings)):
        return msgspec.structs.replace(article, extensions=found)
    return article


def _finish(article: Article, notes: Notes, name: str, block: str, start: int) -> Reading:
    if not (notes.errors or notes.doubts):
        return Reading(article, (), notes.repaired, word=notes.word or notes.closing)
    lines = _find_lines(block)
    doubts = [
        (first, last, _locate(error, name, lines, start)) for first, last, error in notes.doubts
    ]
    errors = [_locate(error, name, lines, start) for error in notes.errors[:_MOST_ERRORS]]
    if more := notes.errors[_MOST_ERRORS:]:
        fields = {error.path[:1] for error in more}
        path = fields.pop() if len(fields) == 1 else ()
        rest = FieldError(path, f"{len(more)} more items that cannot be used", "")
        errors.append(_locate(rest, name, lines, start))
    word = notes.word or notes.closing
    return Reading(article, tuple(errors), notes.repaired, word=word, doubts=tuple(doubts))


def _find_lines(block: str) -> Lines | JsonLines | None:
    if not block:
        return None
    if block.lstrip()[:1] == "{":
        return JsonLines(block)
    from ..syntax.lines import Lines  # which no record without errors needs

    return Lines(block)


def _locate(
    error: FieldError, name: str, lines: Lines | JsonLines | None, start: int
) -> RecordError:
    line = lines.find(error.path, start) if lines else 0
    return RecordError(name, line, error.field, error.found, error.wanted)
