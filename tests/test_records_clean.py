"""Articles made by hand, and what of a record is repaired on its way."""

import json
from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.model import Article, Image, Provider, RelatedArticle
from feedkit.records import clean_article
from test_records import NOON, read_fields


@pytest.mark.parametrize(
    ("excerpt", "text"),
    [
        ("It&#8217;s late", "It’s late"),
        ("It&#x2019;s late", "It’s late"),
        ("AT&amp;T", "AT&amp;T"),
        ("a&#0;b&#10;c", "a\ufffdb c"),
        ("&#no;", "&#no;"),
    ],
)
def test_a_numeric_reference_in_an_excerpt_is_its_character(excerpt: str, text: str) -> None:
    made = read_fields(f"excerpt: {json.dumps(excerpt)}").article
    assert made
    assert made.summary == text


def test_an_enclosure_that_is_neither_audio_nor_video_is_left_out_and_counted() -> None:
    picture, sound = "{url: /a.jpg, type: image/jpeg}", "{url: /a.ogg, type: Audio/ogg}"
    made = read_fields(f"enclosures: [{picture}, {sound}]")
    assert made.article
    assert [one.media_type for one in made.article.enclosures] == ["Audio/ogg"]
    assert made.repaired


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
