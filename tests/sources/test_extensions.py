"""Own fields of records: only those that the settings name, on JSON Feed items, bounded."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

import feedkit
from feedkit.limits import EXTENSIONS_CHARACTERS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/", timezone="Europe/Berlin")
FRONT = "title: Tide\nurl: https://news.example.org/a\ndate: 2026-02-01T00:00:00Z\n"
RECORD = {"title": "Tide", "url": "https://news.example.org/a", "date": "2026-02-01T00:00:00Z"}


class Kind(str):
    """As templates' safe texts are."""


class Amount(float):
    """As arrays' numbers are."""


class Count(int):
    """Likewise."""


def make_config(**extensions: str | dict[str, str]) -> feedkit.Config:
    return feedkit.Config(site=SITE, records=feedkit.RecordSettings(extensions=extensions))


def read(values: Mapping[str, object], **extensions: str | dict[str, str]) -> object:
    config = make_config(**extensions)
    return feedkit.Article.from_record({**RECORD, **values}, name="r", config=config).extensions


def test_a_named_field_stands_on_the_json_item_and_in_no_other_format(tmp_path: Path) -> None:
    text = f"---\n{FRONT}readTime: 7\nscore: {{deep: [TOP, null]}}\nmore: HIDDEN\n---\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.md").write_text(text)
    config = make_config(_time="readTime", _rank={"score": "score", "none": "absent"}, _no="no")
    assert feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW).problems == ()
    item = json.loads((tmp_path / "out/all/feed.json").read_bytes())["items"][0]
    own = {key: value for key, value in item.items() if key.startswith("_")}
    assert own == {"_time": 7, "_rank": {"score": {"deep": ["TOP", None]}}}
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not any(b"HIDDEN" in path.read_bytes() for path in files)
    assert {path.name for path in files if b"TOP" in path.read_bytes()} == {"feed.json"}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.md", "a.html"])
def test_every_kind_of_file_has_its_own_fields_read(tmp_path: Path, name: str) -> None:
    text = json.dumps({**RECORD, "own": {"b": 1}})
    text = text if "json" in name else f"---\n{text}\n---\n"
    (tmp_path / name).write_text(text)
    (article,) = feedkit.read_articles(tmp_path / name, make_config(_own="own"))
    assert article.extensions == {"_own": {"b": 1}}


def test_without_settings_no_own_field_is_read() -> None:
    article = feedkit.Article.from_record({**RECORD, "_own": 1, "extensions": {"_own": 2}})
    assert article.extensions == {}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("  as it\nis ", "  as it\nis "),
        (False, False),
        (0, 0),
        ([], []),
        (("a", 1.5), ["a", 1.5]),
        ([Kind("a"), {Kind("b"): 1}], ["a", {"b": 1}]),
        ([Amount(1.5), Count(2)], [1.5, 2]),
        ("half \ud800", "half �"),
        ("a\tb\x00\x1b[1m", "a\tb[1m"),
        ({"k\ud800": 1}, {"k�": 1}),
        (date(26, 2, 3), "0026-02-03"),
        (datetime(2026, 2, 3, 4, 5, 6, 7, timezone(-timedelta(hours=1))), "2026-02-03T05:05:06Z"),
        ([datetime(2026, 2, 3, 4)], ["2026-02-03T03:00:00Z"]),  # noqa: DTZ001 (the site's zone)
    ],
)
def test_a_value_is_written_as_it_is_and_a_date_as_text(value: object, written: object) -> None:
    found = read({"own": value}, _own="own")
    assert found == {"_own": written}
    assert msgspec.json.decode(msgspec.json.encode(found)) == found


def test_a_field_that_is_empty_is_not_written() -> None:
    assert read({"own": None}, _own="own", _in={"a": "own"}) == {}


LOOP: list[object] = []
LOOP.append(LOOP)
WIDE: list[object] = ["x"]
for _ in range(40):
    WIDE = [WIDE, WIDE]
TOO_MUCH = f"expected own fields of at most {EXTENSIONS_CHARACTERS} characters in all, got more"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([1, math.nan], "r: own[1]: expected a number that JSON has, got nan"),
        ({"a": math.inf}, "r: own.a: expected a number that JSON has, got inf"),
        ({"a": {1: 2}}, "r: own.a: expected what JSON can hold, got {1: 2}"),
        ({"a"}, "r: own: expected what JSON can hold, got a set"),
        (2**64, "r: own: expected a number of at most 64 bits, got 18446744073709551616"),
        (LOOP, "r: own: expected at most 100 levels, got [[...]]"),
        (WIDE, f"r: own: {TOO_MUCH}"),
        ("x" * EXTENSIONS_CHARACTERS, f"r: own: {TOO_MUCH}"),
        ([0] * EXTENSIONS_CHARACTERS, f"r: own: {TOO_MUCH}"),
        (["x" * 10**6] * 100, f"r: own: {TOO_MUCH}"),
        ([{"x" * 10**6: 1}] * 100, f"r: own: {TOO_MUCH}"),
        (datetime(1, 1, 1), "r: own: expected a date such as 2026-01-31T12:00:00Z, got datetime."),  # noqa: DTZ001
    ],
    ids=range(12),
)
def test_what_json_cannot_hold_is_named_with_record_and_field(value: object, error: str) -> None:
    with pytest.raises(feedkit.RecordError) as found:
        read({"own": value}, _own={"inner": "own"})
    assert str(found.value).startswith(error)


def test_the_fields_of_one_record_share_one_limit() -> None:
    half = "x" * (EXTENSIONS_CHARACTERS // 2)
    with pytest.raises(feedkit.RecordError, match=r"^r: b: expected own fields of at most"):
        read({"a": half, "b": half}, _a="a", _b="b")


def test_an_own_field_that_cannot_be_costs_one_record_and_has_its_line(tmp_path: Path) -> None:
    for name, own in (("bad", ".nan"), ("good", "1")):
        text = f"---\n{FRONT.replace('/a', f'/{name}')}own:\n  - 1\n  - {own}\n---\n"
        (tmp_path / f"{name}.md").write_text(text)
    report = feedkit.build(tmp_path, tmp_path / "out", make_config(_own="own"), now=NOW)
    path = tmp_path / "bad.md"
    assert report.problems == (f"{path}:7: own[1]: expected a number that JSON has, got nan",)
    assert (report.rejected, report.articles) == (1, 1)


def test_what_prepare_makes_of_an_own_field_is_what_is_written(tmp_path: Path) -> None:
    def prepare(article: feedkit.Article) -> feedkit.Article:
        article.extensions["_own"]["at"] = date(2026, 1, 2)
        return feedkit.Article(
            url=article.url,
            title=article.title,
            published=article.published,
            extensions=article.extensions,
        )

    (tmp_path / "a.json").write_text(json.dumps({**RECORD, "own": {}}))
    config = make_config(_own="own")
    feedkit.build(tmp_path / "a.json", tmp_path / "out", config, now=NOW, prepare=prepare)
    item = json.loads((tmp_path / "out/all/feed.json").read_bytes())["items"][0]
    assert item["_own"] == {"at": "2026-01-02"}


@pytest.mark.parametrize("name", ["_x\n", "_a b", "_\u200bx", "_1"])
def test_a_name_that_nobody_could_type_is_refused(name: str) -> None:
    with pytest.raises(feedkit.ConfigError, match="expected a name such as '_example'"):
        make_config(**{name: "key"})


def test_an_error_is_the_same_whatever_place_in_memory_a_value_has() -> None:
    errors: list[str] = []
    for _ in range(2):
        one = feedkit.Article(
            url="https://news.example.org/a", title="A", published=NOW, extensions={"_a": object()}
        )
        feedkit.select_feeds(
            [one], make_config(), now=NOW, on_problem=lambda e: errors.append(str(e))
        )
    assert "got <object object>" in errors[0]
