"""Mappings and hand-made articles to clean ones, and what holds for every input."""

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_records import CORE, NOON

from feedkit.config.settings import Site
from feedkit.errors import RecordError
from feedkit.models import Article, Html, RelatedArticle
from feedkit.sources.coercion import RawEnclosure, RawImage, RawProvider, RawRecord, ReadSettings
from feedkit.sources.records import clean_article, read_document, read_json, read_json_lines
from feedkit.text import clean_block, clean_category, clean_text

ANY_TEXT = st.text(st.characters())  # lone surrogates too
RAW = (RawRecord, RawProvider, RawImage, RawEnclosure)
KEYS = sorted({name for raw in RAW for name in raw.__match_args__})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["https://example.org/b", "2026-01-31", "audio/mpeg", "no"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=10,
)
RECORDS = st.builds(
    lambda core, more: {**core, **more},
    st.sampled_from([{}, CORE]),
    st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, VALUES, max_size=5),
)


@given(RECORDS)
def test_any_mapping_is_an_article_or_a_record_error(record: dict[str, object]) -> None:
    try:
        made = Article.from_record(record)
    except RecordError:
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Article) == made
    assert clean_article(made, UTC).article == made


@given(
    ANY_TEXT
    | st.builds("---\n{}\n---\n{}".format, ANY_TEXT, ANY_TEXT)
    | st.builds("---\ntitle: {}\nurl: {}\ndate: {}\n---\n".format, ANY_TEXT, ANY_TEXT, ANY_TEXT)
    | RECORDS.map(lambda record: f"---\n{json.dumps(record)}\n---\n")
)
def test_any_text_is_read_without_raising(text: str) -> None:
    reading = read_document(text, "a.md", ReadSettings())
    assert all(str(error).isprintable() for error in reading.errors)


@given(ANY_TEXT | VALUES.map(json.dumps) | st.lists(RECORDS, max_size=3).map(json.dumps))
def test_any_json_is_read_without_raising(text: str) -> None:
    for reading in (
        *read_json(text, "a.json", ReadSettings()),
        *read_json_lines(text, "a.jsonl", ReadSettings()),
    ):
        assert all(str(error).startswith("a.json") for error in reading.errors)


@given(ANY_TEXT | st.text(" \t\n,a\u00a0\u202a\u2066\ufffe\ud83d\ude00\x00\x85\u2028"))
def test_clean_text_is_one_line_that_xml_takes(text: str) -> None:
    made = clean_text(text)
    assert not {"Cc", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, made))
    assert not set("\u202a\u202e\u2066\u2069\ufffe\uffff") & set(made)
    assert made == made.strip()
    assert clean_text(made) is made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" a  b\tc\r\nd ", "a b c d"),
        ("a\x07b\x85c\u2028d", "a b c d"),
        ("a\u202eb\u2069c\ufffed", "abcd"),
        ("\ud83d\ude00 \ud83d a\ude00", "😀 \ufffd a\ufffd"),
        ("👩\u200d💻 a\u200fb", "👩\u200d💻 a\u200fb"),
        ("10\u00a0km", "10\u00a0km"),
    ],
)
def test_text_is_mended_as_the_encoding_says(text: str, wanted: str) -> None:
    assert clean_text(text) == wanted


@given(ANY_TEXT)
def test_clean_block_drops_what_xml_forbids_and_nothing_else(text: str) -> None:
    made = clean_block(text)
    assert clean_block(made) is made
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    forbidden = {*map(chr, range(32)), "\ufffe", "\uffff"} - set("\t\n\r")
    assert made == "".join(c for c in joined if c not in forbidden)


def test_a_category_has_no_comma_at_which_readers_would_split_it() -> None:
    assert clean_category("A, B,C") == "A B C"


@pytest.mark.parametrize("name", ["", "row 7"])
def test_an_error_names_the_record_by_its_name_or_its_address(name: str) -> None:
    with pytest.raises(RecordError) as caught:
        Article.from_record({**CORE, "title": ""}, name=name)
    subject = name or "https://example.org/a"
    assert str(caught.value) == f"{subject}: title: expected some text, got nothing"


@pytest.mark.parametrize("record", [5, None, "text", [CORE]])
def test_what_is_no_mapping_is_a_record_error(record: Mapping[str, object]) -> None:
    with pytest.raises(RecordError, match=r"^expected a mapping of fields, got "):
        Article.from_record(record)


def test_a_record_may_hold_values_of_python() -> None:
    images = [MappingProxyType({"url": "/a.png", "width": "9"})]
    record = {**CORE, "topics": ("A",), "images": images, "publishedDateTime": date(2026, 1, 31)}
    site = Site(title="A", url="https://example.org/", timezone="Asia/Tokyo")
    made = Article.from_record(MappingProxyType(record), config=site)
    assert made.published == datetime(2026, 1, 30, 15, tzinfo=UTC)
    assert (made.topics, made.images[0].width) == (("A",), 9)


def test_a_record_that_holds_itself_ends() -> None:
    record: dict[str, object] = {**CORE, "quality": 5.0, "language": "x y"}
    record["related"] = [record]
    record["images"] = [{"url": "/a.png", "width": "x", "more": record}]
    assert Article.from_record(record).related[0].title == "A"


def make_article(**fields: object) -> Article:
    made = Article(url="https://example.org/a", title="A", published=NOON)
    return msgspec.structs.replace(made, **fields)


def test_an_article_made_by_hand_is_cleaned_like_a_record() -> None:
    related = RelatedArticle(url="https://example.org/b#", title=" B ", published=NOON)
    made = make_article(
        url="HTTPS://example.org/a",
        published=datetime(2026, 1, 31, 12, 0, 0, 5, UTC),
        topics=("A,B",),
        body=Html("a\x00b"),
        related=(related,),
        state="draft",
        extensions={"_a": [1]},
    )
    assert clean_article(made, UTC).article == make_article(
        topics=("A B",),
        body=Html("ab"),
        related=(RelatedArticle(url="https://example.org/b", title="B", published=NOON),),
        state="draft",
        extensions={"_a": [1]},
    )


NESTED: list[object] = []
NESTED.append(NESTED)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("url", "b", "url: expected an absolute http(s) URL, got 'b'"),
        ("title", "", "title: expected some text, got nothing"),
        ("title", 5, "title: expected text (in quotes), got 5"),
        ("extensions", {"a\nb": 1}, "extensions: expected keys that begin with _, got 'a\\nb'"),
        (
            "extensions",
            {"_feedkit": 1},
            "extensions: expected another key: feedkit writes",
        ),
        ("title", object(), "title: expected text, got <object object>"),
        ("published", object, "published: expected a date such as"),
    ],
    ids=range(7),
)
def test_an_article_made_by_hand_that_cannot_be_used_is_named(
    field: str, value: object, text: str
) -> None:
    made = clean_article(make_article(**{field: value}), UTC, "row 7")
    assert made.article is None
    assert [str(error)[: len(text) + 7] for error in made.errors] == [f"row 7: {text}"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((NESTED,), "related[0]: expected a mapping of fields, got [["),
        (object, "related[0]: expected a mapping of fields, got <class 'object'>"),
    ],
    ids=range(2),
)
def test_a_related_item_made_by_hand_that_cannot_be_used_costs_itself(
    value: object, text: str
) -> None:
    made = clean_article(make_article(related=value), UTC, "row 7")
    assert made.article == clean_article(make_article(), UTC, "row 7").article
    assert [str(error)[: len(text) + 7] for error in made.errors] == [f"row 7: {text}"]
