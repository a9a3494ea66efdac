"""Articles made by hand, and what of a record is repaired on its way."""

import json
import math
from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_records import CORE, NOON, read_fields

from feedkit.errors import RecordError
from feedkit.models import Article, Image, Provider, RelatedArticle
from feedkit.sources.records import clean_article


@pytest.mark.parametrize(
    ("excerpt", "text"),
    [
        ("It&#8217;s late", "It’s late"),
        ("It&#x2019;s late", "It’s late"),
        ("AT&amp;T", "AT&T"),
        ("a&#0;b&#10;c", "a\ufffdb c"),
        ("&#no;", "&#no;"),
    ],
)
def test_a_numeric_reference_in_an_excerpt_is_its_character(excerpt: str, text: str) -> None:
    made = read_fields(f"excerpt: {json.dumps(excerpt)}").article
    assert made
    assert made.summary == text


def test_an_enclosure_is_of_any_type_that_its_record_names() -> None:
    picture, sound = "{url: /a.jpg, type: image/jpeg}", "{url: /a.ogg, type: Audio/ogg}"
    made = read_fields(f"enclosures: [{picture}, {sound}]")
    assert made.article
    assert [one.media_type for one in made.article.enclosures] == ["image/jpeg", "Audio/ogg"]
    assert not made.repaired


@pytest.mark.parametrize(
    "type", ["audio/ogg; codecs=opus", 'video/mp4;codecs="a, b\\"c";', "audio/x+y.z"]
)
def test_a_media_type_is_two_tokens_and_its_parameters(type: str) -> None:
    made = read_fields(enclosures=[{"url": "/a", "type": type}]).article
    assert made
    assert [one.media_type for one in made.enclosures] == [type]


@pytest.mark.parametrize(
    "type", ['audio/x"><y', "audio/<x>", "audio/x; a", 'audio/x; a="', "audio/x; a=<b>", "audio/é"]
)
def test_a_media_type_with_what_no_token_holds_is_refused(type: str) -> None:
    made = read_fields(enclosures=[{"url": "/a", "type": type}])
    wanted = f"enclosures[0].type: expected one such as audio/mpeg, got {type!r}"
    assert [str(error).partition(": ")[2] for error in made.errors] == [wanted]


TEXTS = st.sampled_from(
    ["", "A", "A  b", " A", "A\nb", "A, b", "R&D", "r and d", "&#65;", "\u202e"]
)
URLS = st.sampled_from(
    ["", "https://example.org/a", "https://example.org/b?c=%zz", "HTTPS://example.org", "/c", "x y"]
)
DATES = st.sampled_from(
    [NOON, NOON.replace(microsecond=1), NOON.replace(tzinfo=None), NOON.replace(year=2020)]
)
IMAGES = st.lists(
    st.builds(Image, url=URLS, width=st.sampled_from([None, 0, 5, 2**31])), max_size=2
).map(tuple)
PROVIDERS = st.none() | st.builds(
    Provider,
    name=TEXTS,
    domain=st.sampled_from(["", "example.org", "www.Example.org", "-"]),
    images=IMAGES,
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "url": URLS,
    "title": TEXTS,
    "published": DATES,
    "updated": st.none() | DATES,
    "summary": TEXTS,
    "provider": PROVIDERS,
    "images": IMAGES,
    "amp_url": URLS,
    "quality": st.sampled_from([None, 3]),
}


@given(
    st.builds(
        Article,
        **COMMON,
        topics=st.lists(TEXTS, max_size=3).map(tuple),
        related=st.lists(st.builds(RelatedArticle, **COMMON), max_size=2).map(tuple),
        language=st.sampled_from([None, "de"]),
    )
)
def test_an_article_that_looks_clean_at_a_glance_is_what_cleaning_makes_of_it(
    made: Article,
) -> None:
    slow = clean_article(msgspec.structs.replace(made, extensions={"_a": 1}), UTC)
    fast = clean_article(made, UTC)
    assert [str(error) for error in fast.errors] == [str(error) for error in slow.errors]
    assert (fast.article is None) == (slow.article is None)
    if fast.article and slow.article:
        assert fast.article == msgspec.structs.replace(slow.article, extensions={})


def make_article(**fields: Any) -> Article:
    return Article(**{"url": "https://example.org/a", "title": "A", "published": NOON, **fields})


NESTED: list[object] = []
NESTED.append(NESTED)
PICTURES = frozenset((Image(url="/a.png"), Image(url="/b.png")))
OTHER = RelatedArticle(url="https://example.org/b", title="B", published=NOON, images=PICTURES)  # type: ignore[arg-type]
UNUSABLE = [
    ("extensions", None, "extensions: expected a mapping of fields, got None"),
    ("extensions", [("_a", 1)], "extensions: expected a mapping of fields, got [('_a', 1)]"),
    (
        "extensions",
        {"_a": 2**70},
        "extensions._a: expected a number of at most 64 bits, got 1180591620717411303424",
    ),
    ("extensions", {"_a": {"b", "c"}}, "extensions._a: expected what JSON can hold, got a set"),
    (
        "extensions",
        {"_a": [1, {"b": {1: 2}}]},
        "extensions._a[1].b: expected what JSON can hold, got {1: 2}",
    ),
    ("extensions", {"_a": NESTED}, "extensions._a: expected at most 100 levels, got [[...]]"),
    (
        "extensions",
        {"_a": [math.nan]},
        "extensions._a[0]: expected a number that JSON has, got nan",
    ),
    ("topics", {"b", "c"}, "topics: expected a list, got a set"),
    ("images", PICTURES, "images: expected a list, got a set"),
    ("related", {OTHER}, "related: expected a list, got a set"),
    ("related", (OTHER,), "related[0].images: expected a list, got a set"),
    (
        "provider",
        Provider(name="A", images=PICTURES),  # type: ignore[arg-type]
        "provider.images: expected a list, got a set",
    ),
]


@pytest.mark.parametrize(("field", "value", "text"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_no_feed_can_hold_in_order_costs_one_article(
    field: str, value: object, text: str
) -> None:
    made = clean_article(make_article(**{field: value}), UTC, "row 7")
    assert made.article is None
    assert [str(error)[: len(text) + 7] for error in made.errors] == [f"row 7: {text}"]


@pytest.mark.parametrize("value", [{"_a": (1, [2.5, None, "b", {"c": True}]), "_d": 2**64 - 1}])
def test_extensions_are_what_messagepack_gives_back(value: dict[str, object]) -> None:
    made = clean_article(make_article(extensions=value), UTC).article
    assert made
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Article) == made


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("topics", {"b", "c"}, "topics: expected a list, got a set"),
        ("topics", frozenset("bc"), "topics: expected a list, got a set"),
        ("images", {"/a.png"}, "images: expected a list, got a set"),
        ("title", {"b", "c"}, "title: expected text, got a set"),
        (
            "published",
            10**5000,
            "published: expected a date such as 2026-01-31T12:00:00Z, got a number of too many"
            " digits",
        ),
    ],
    ids=range(5),
)
def test_a_set_is_no_list_and_a_number_may_be_too_long_to_print(
    field: str, value: object, found: str
) -> None:
    with pytest.raises(RecordError, match=r"^row 7: ") as caught:
        Article.from_record(
            {**CORE, "publishedDateTime": None, "date": NOON, field: value}, name="row 7"
        )
    assert str(caught.value) == f"row 7: {found}"
