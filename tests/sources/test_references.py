"""Character references in texts of files are decoded once; text given in Python is literal."""

import json
from datetime import UTC
from pathlib import Path

import pytest
from test_records import CORE

import feedkit
from feedkit.models import Article
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import Reading, clean_article, read_document, read_json

TEXTS = [
    ("Don&#8217;t sail", "Don’t sail"),
    ("Don&#x2019;t &#X2014;", "Don’t —"),
    ("R&#38;D", "R&D"),
    ("R&amp;D", "R&D"),
    ("365 &amp;amp; Power", "365 &amp; Power"),
    ("&lt;b&gt;bold&lt;/b&gt;", "<b>bold</b>"),
    ("caf&eacute;&hellip;", "café…"),
    ("&NotEqualTilde;", "\u2242\u0338"),
    ("a&nbsp;b", "a\u00a0b"),
    ("a&#10;&#13;b&#0;", "a b\ufffd"),
    ("a&#128;b", "a€b"),
    ("a&#xD800;&#1114112;b", "a\ufffd\ufffdb"),
    ("a&#8238;b", "ab"),
]
LITERAL = [
    "AT&T", "a & b", "&", "&;", "&#;", "&#x;", "&#no;", "&copy 2026", "&amp", "&ampx;", "&notit;",
    "&unknown;", "a&b;c", "?a=1&copy=2", "& amp;", "&#12345678;",
]  # fmt: skip


def read_record(**fields: object) -> Reading:
    (made,) = read_json(json.dumps({**CORE, **fields}), "a.json", ReadSettings())
    return made


def list_texts(article: Article) -> list[str]:
    """Return every text of an article in which references are characters."""
    (item,) = article.related
    providers = (article.provider, item.provider)
    names = [provider.name for provider in providers if provider]
    return [article.title, article.summary, *article.topics, item.title, item.summary, *names]


def spell(text: str) -> dict[str, object]:
    common = {"title": text, "excerpt": text, "provider": {"name": text}}
    item = {**CORE, **common, "webUrl": "https://example.org/b"}
    return {**common, "topics": [text], "related": [item]}


@pytest.mark.parametrize(("written", "text"), TEXTS)
def test_references_in_texts_of_records_are_characters_once(written: str, text: str) -> None:
    made = read_record(**spell(written))
    assert made.article
    assert list_texts(made.article) == [text] * 7
    assert (made.errors, made.repaired) == ((), True)


@pytest.mark.parametrize("text", LITERAL)
def test_what_is_no_reference_stays_as_it_is(text: str) -> None:
    made = read_record(**spell(text))
    assert made.article
    assert list_texts(made.article) == [text] * 7
    assert not made.repaired


@pytest.mark.parametrize("text", [written for written, _ in TEXTS] + LITERAL)
def test_text_given_in_python_is_literal(text: str) -> None:
    mapping = Article.from_record({**CORE, **spell(text)})
    assert list_texts(mapping) == [text] * 7
    made = clean_article(mapping, UTC)
    assert (made.article, made.repaired) == (mapping, False)


def test_front_matter_and_lists_are_files_too() -> None:
    front = "---\ntitle: A &amp; B\nurl: https://example.org/a\ndate: 2026-01-31\n"
    made = read_document(f"{front}topics: 'R&amp;D, X &lt; Y'\n---\n", "a.md", ReadSettings())
    assert made.article
    assert (made.article.title, made.article.topics) == ("A & B", ("R&D", "X < Y"))


def test_what_prepare_writes_is_literal(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**CORE, "title": "A &amp; B"}))
    made = read_record(title="A &amp;amp; B").article
    assert made
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    feedkit.build(
        tmp_path / "a.json", tmp_path / "out", site, now=made.published, prepare=lambda _: made
    )
    data = json.loads((tmp_path / "out/all/feed.json").read_bytes())
    assert data["items"][0]["title"] == "A &amp; B"


def test_references_are_decoded_before_a_text_is_measured() -> None:
    made = read_record(title="&amp;" * 2000, topics=["&lt;" * 200])
    assert made.article
    assert made.article.title == "&" * 2000
    assert made.article.topics == ("<" * 200,)
    assert made.errors == ()
