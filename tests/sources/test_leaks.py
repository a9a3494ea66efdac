"""Nothing that a record does not say publicly is in any byte of the output, however encoded.

Every value is planted where a leak could be, and looked for in every file and file name: raw and
decoded as XML, HTML, JSON and percent-encoding, in every order of two. The same search finds what
is published.
"""

import gzip
import html
import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote
from xml.sax.saxutils import unescape

import msgspec
import pytest

import feedkit
from feedkit.sources.coercion import RawEnclosure, RawImage, RawProvider, RawRecord

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAST, FUTURE = "2026-02-01T08:00:00Z", "2026-03-01T12:00:01Z"
#: Among them keys that feeds have, so that a record's own must not be taken for them.
UNKNOWN = (
    *("secured", "cdnAmpWebUrl", "cdn_amp_web_url", "_private", "extensions", "state", "content"),
    *("contentHtml", "author", "authors", "description", "source", "guid", "link", "canonicalUrl"),
    *("thumbnail", "logo", "icon", "avatar", "email", "attachments", "title_html", "caption"),
)
#: Every mapping of a record in which unknown keys may stand.
DEPTHS: dict[str, Callable[[dict[str, object]], object]] = {
    "top": lambda record: record,
    "provider": lambda record: record["provider"],
    "provider's image": lambda record: _first(record["provider"], "images"),
    "image": lambda record: _first(record, "images"),
    "enclosure": lambda record: _first(record, "enclosures"),
    "related item": lambda record: _first(record, "related"),
    "related item's provider": lambda record: _first(record, "related")["provider"],
    "related item's image": lambda record: _first(_first(record, "related"), "images"),
    "related item's provider's image": lambda record: _first(
        _first(record, "related")["provider"], "images"
    ),
}
WITHHELD: dict[str, dict[str, object]] = {
    "draft": {"draft": True},
    "removed": {"removed": True},
    "deleted": {"deleted": True},
    "future": {"publishedDateTime": FUTURE},
    "unpublished": {"published": False},
    "url": {},
    "provider": {},
    "domain": {},
    "provider's domain": {},
    "undated": {"publishedDateTime": "soon"},
}
#: What its lister says of it is public: it is no primary, or no record at all.
SHOWN_WHERE_LISTED = ("unpublished", "undated")


class Built(NamedTuple):
    """Every text that a file or its name could be read as, and what was planted."""

    texts: list[str]
    hidden: dict[str, list[str]]
    shown: dict[str, list[str]]


class Planter:
    """Makes values that no other text holds; those with marks are escaped in every format."""

    def __init__(self) -> None:
        self._random = random.Random(20260301)

    def word(self) -> str:
        return f"zq{self._random.getrandbits(64):016x}"

    def number(self) -> int:
        return self._random.randrange(10**14, 10**15)

    def text(self) -> str:
        return f'{self.word()} "é" <& {self.word()}'

    def url(self) -> str:
        return f"https://{self.word()}.example.org/{self.word()}"

    def record(self) -> dict[str, object]:
        images = [{"url": self.url() + ".png", "width": 640, "height": 480}]
        related = {**self.item(), "images": [{"url": self.url()}]}
        return {
            **self.item(),
            "topics": [self.word()],
            "images": images,
            "enclosures": [{"url": self.url(), "type": "audio/mpeg", "length": 5}],
            "related": [related],
            "own": [{self.word(): self.text()}],
        }

    def item(self) -> dict[str, object]:
        domain = f"{self.word()}.example"
        provider = {"name": self.text(), "domain": domain, "images": [{"url": self.url()}]}
        return {
            "title": self.text(),
            "webUrl": self.url(),
            "publishedDateTime": PAST,
            "excerpt": self.text(),
            "provider": provider,
            "ampWebUrl": self.url(),
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("leaks")
    planter = Planter()
    hidden: dict[str, list[str]] = {}
    shown = planter.record()
    body = planter.word()
    published = _words(shown) | {body}
    _write(folder, "shown", {**shown, **_plant_unknown(planter, shown, hidden)}, body)
    excluded = _write_withheld(folder, planter, hidden)
    config = feedkit.Config(
        site=feedkit.Site(title="Leaks", url="https://feeds.example.org/"),
        exclude=excluded,
        records=feedkit.RecordSettings(extensions={"_all": "own", "_some": {"a": "own"}}),
        publish=feedkit.PublishSettings(precompress=True),
    )
    feedkit.build(folder / "in", folder / "out", config, now=NOW)
    return Built(_read_all(folder / "out"), hidden, {value: [value] for value in sorted(published)})


def _plant_unknown(
    planter: Planter, shown: dict[str, object], hidden: dict[str, list[str]]
) -> dict[str, object]:
    """Return the record with unknown keys everywhere, in every shape, and what is never shown."""
    record = json.loads(json.dumps(shown))
    for depth, find in DEPTHS.items():
        mapping = find(record)
        assert isinstance(mapping, dict)
        for number, key in enumerate((*UNKNOWN, planter.word())):
            word = planter.word()
            shapes = (word, [word], {"url": f"https://{word}.example/"}, [{word: {"title": word}}])
            mapping[key] = shapes[number % len(shapes)]
            hidden[f"{depth}: {key}"] = [word]
        if depth != "top":
            mapping["own"] = planter.word()
            hidden[f"{depth}: own"] = [mapping["own"]]
    for depth in ("top", "related item"):
        mapping = DEPTHS[depth](record)
        assert isinstance(mapping, dict)
        for key in ("heat", "quality"):
            mapping[key] = planter.number()
            hidden[f"{depth}: {key}"] = [str(mapping[key])]
    assert isinstance(record, dict)
    return record


def _write_withheld(
    folder: Path, planter: Planter, hidden: dict[str, list[str]]
) -> feedkit.Exclude:
    """Write records of every kind that is withheld, alone and listed by a published one."""
    excluded: dict[str, list[str]] = {"urls": [], "providers": [], "domains": []}
    listed = []
    for kind, fields in WITHHELD.items():
        for way in ("alone", "listed"):
            record, body = {**planter.record(), **fields}, planter.word()
            _exclude(excluded, kind, record)
            hidden[f"{kind}, {way}"] = sorted(_words(record) | {body})
            _write(folder, f"{kind} {way}", record, body)
        item = {**planter.item(), "webUrl": record["webUrl"]}
        listed.append(item)
        if kind in SHOWN_WHERE_LISTED:
            hidden[f"{kind}, listed"] = sorted(_words({**record, "webUrl": ""}) | {body})
        else:
            hidden[f"{kind}, as its lister has it"] = sorted(_words(item))
    for kind in ("url", "provider", "domain"):
        item = planter.item()
        _exclude(excluded, kind, item)
        hidden[f"related item excluded by {kind}"] = sorted(_words(item))
        listed.append(item)
    late = {**planter.item(), "publishedDateTime": FUTURE}
    hidden["related item of the future"] = sorted(_words(late))
    _write(folder, "lister", {**planter.record(), "related": [*listed, late]}, "")
    return msgspec.convert(excluded, feedkit.Exclude)


def _exclude(excluded: dict[str, list[str]], kind: str, record: dict[str, object]) -> None:
    """Let the settings name a record, where it is of a kind that they withhold."""
    url, provider = str(record["webUrl"]), record["provider"]
    assert isinstance(provider, dict)
    names = {
        "url": ("urls", url),
        "provider": ("providers", provider["name"]),
        "domain": ("domains", url.split("/")[2]),
        "provider's domain": ("domains", provider["domain"]),
    }
    if kind in names:
        setting, value = names[kind]
        excluded[setting].append(value)


def test_whatever_stands_under_an_unknown_key_is_in_no_output(built: Built) -> None:
    places = [place for place in built.hidden if ": " in place]
    assert len(places) == len(DEPTHS) * (len(UNKNOWN) + 2) + 3
    assert {place: found for place in places if (found := _find(built, built.hidden[place]))} == {}


def test_unknown_keys_are_unknown() -> None:
    structs = (RawRecord, RawProvider, RawImage, RawEnclosure)
    known = {field.name for struct in structs for field in msgspec.structs.fields(struct)}
    assert known.isdisjoint(UNKNOWN)


@pytest.mark.parametrize("kind", WITHHELD)
def test_a_withheld_record_is_in_no_output(built: Built, kind: str) -> None:
    assert _find(built, built.hidden[f"{kind}, alone"]) == []


@pytest.mark.parametrize("kind", WITHHELD)
def test_a_withheld_record_is_in_no_output_though_it_is_listed(built: Built, kind: str) -> None:
    assert _find(built, built.hidden[f"{kind}, listed"]) == []


@pytest.mark.parametrize("kind", [kind for kind in WITHHELD if kind not in SHOWN_WHERE_LISTED])
def test_what_a_lister_says_of_a_withheld_record_is_in_no_output(built: Built, kind: str) -> None:
    assert _find(built, built.hidden[f"{kind}, as its lister has it"]) == []


@pytest.mark.parametrize("by", ["excluded by url", "excluded by provider", "excluded by domain"])
def test_an_excluded_related_item_is_in_no_output(built: Built, by: str) -> None:
    assert _find(built, built.hidden[f"related item {by}"]) == []


def test_a_related_item_of_the_future_is_in_no_output(built: Built) -> None:
    assert _find(built, built.hidden["related item of the future"]) == []


def test_everything_that_a_published_record_says_is_found_by_the_same_search(
    built: Built,
) -> None:
    assert [value for value in built.shown if not _find(built, [value])] == []


def _find(built: Built, values: list[str]) -> list[str]:
    return [value for value in values if any(value in text for text in built.texts)]


def _first(mapping: object, key: str) -> dict[str, object]:
    assert isinstance(mapping, dict)
    found = mapping[key][0]
    assert isinstance(found, dict)
    return found


def _words(value: object) -> set[str]:
    """Return every planted word of a record, of texts, addresses and domains alike."""
    return set(re.findall(r"zq[0-9a-f]{16}", json.dumps(value)))


def _write(folder: Path, name: str, record: dict[str, object], body: str) -> None:
    path = folder / "in" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"---\n{json.dumps(record, ensure_ascii=False)}\n---\n{body}\n", "utf-8")


def _read_all(out: Path) -> list[str]:
    texts = set()
    for path in sorted(out.rglob("*")):
        texts.add(str(path.relative_to(out)))
        if path.is_file():
            data = path.read_bytes()
            texts.add((gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8"))
    for _ in range(2):
        texts |= {decode(text) for text in texts for decode in DECODERS}
    return sorted(texts)


def _unescape_json(text: str) -> str:
    pattern = r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])'
    return re.sub(pattern, lambda match: str(json.loads(f'"{match[0]}"')), text)


DECODERS: tuple[Callable[[str], str], ...] = (
    lambda text: unescape(text, {"&quot;": '"', "&apos;": "'"}),
    html.unescape,
    _unescape_json,
    unquote,
)
