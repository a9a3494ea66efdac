"""What exceeds a limit is cut or left out and named; what has exactly the limit is used whole."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_records import CORE, NOON

import feedkit
from feedkit import limits
from feedkit.models import Article
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import Reading, clean_article, read_document, read_json
from feedkit.text import cut_text
from feedkit.text.urls import canonical_url

BASE = "https://example.org/"


def read(**fields: object) -> Reading:
    """Read a record with these fields from JSON."""
    (made,) = read_json(json.dumps({**CORE, **fields}), "a.json", ReadSettings())
    return made


def fill_url(length: int) -> str:
    return BASE + "a" * (length - len(BASE))


def name_topics(count: int) -> list[str]:
    return [f"Topic {number}" for number in range(count)]


def make_item(number: int, **fields: object) -> dict[str, object]:
    return {**CORE, "title": f"Item {number}", "webUrl": f"{BASE}item/{number}", **fields}


def make_pictures(count: int) -> list[dict[str, object]]:
    return [{"url": f"{BASE}{number}.png"} for number in range(count)]


def make_sounds(count: int) -> list[dict[str, object]]:
    return [{"url": f"{BASE}{number}.mp3", "type": "audio/mpeg"} for number in range(count)]


Pick = Callable[[Article], object]
#: Fields at their limit, fields over it, what is left of these, and their error.
LISTS: dict[str, tuple[dict[str, Any], dict[str, Any], Pick, object, str]] = {
    "topics": (
        {"topics": name_topics(500)},
        {"topics": name_topics(501)},
        lambda article: article.topics,
        tuple(name_topics(500)),
        "topics: expected at most 500 of them, got 501",
    ),
    "a topic's name": (
        {"topics": ["A", "b" * 200]},
        {"topics": ["A", "b" * 201, "C"]},
        lambda article: article.topics,
        ("A", "C"),
        "topics[1]: expected at most 200, got 201 characters",
    ),
    "topics together": (
        {"topics": [f"{number:0200}" for number in range(81)] + ["x" * 184]},
        {"topics": [f"{number:0200}" for number in range(81)] + ["x" * 185]},
        lambda article: len(article.topics),
        81,
        "topics: expected at most 16,384 characters of them in all, got 82",
    ),
    "related": (
        {"related": [make_item(number) for number in range(500)]},
        {"related": [make_item(number) for number in range(501)]},
        lambda article: len(article.related),
        500,
        "related: expected at most 500 of them, got 501",
    ),
    "a related item's URL": (
        {"related": [make_item(1, webUrl=fill_url(8192))]},
        {"related": [make_item(1, webUrl=fill_url(8193)), make_item(2)]},
        lambda article: [item.title for item in article.related],
        ["Item 2"],
        "related[0].webUrl: expected an absolute http(s) URL, got 'https://example.org/aaa",
    ),
    "images": (
        {"images": make_pictures(200)},
        {"images": make_pictures(201)},
        lambda article: len(article.images),
        200,
        "images: expected at most 200 of them, got 201",
    ),
    "a related item's images": (
        {"related": [make_item(1, images=make_pictures(200))]},
        {"related": [make_item(1, images=make_pictures(201))]},
        lambda article: len(article.related[0].images),
        200,
        "related[0].images: expected at most 200 of them, got 201",
    ),
    "a provider's images": (
        {"provider": {"name": "P", "images": make_pictures(200)}},
        {"provider": {"name": "P", "images": make_pictures(201)}},
        lambda article: article.provider and len(article.provider.images),
        200,
        "provider.images: expected at most 200 of them, got 201",
    ),
    "an image's URL": (
        {"images": [{"url": fill_url(8192)}]},
        {"images": [{"url": fill_url(8193)}, *make_pictures(1)]},
        lambda article: [image.url for image in article.images],
        [f"{BASE}0.png"],
        "images[0].url: expected at most 8,192, got more than 8,192 characters",
    ),
    "enclosures": (
        {"enclosures": make_sounds(200)},
        {"enclosures": make_sounds(201)},
        lambda article: len(article.enclosures),
        200,
        "enclosures: expected at most 200 of them, got 201",
    ),
    "an enclosure's URL": (
        {"enclosures": [{"url": fill_url(8192), "type": "audio/mpeg"}]},
        {"enclosures": [{"url": fill_url(8193), "type": "audio/mpeg"}, *make_sounds(1)]},
        lambda article: [one.url for one in article.enclosures],
        [f"{BASE}0.mp3"],
        "enclosures[0].url: expected an http(s) URL, got more than 8,192 characters",
    ),
    "a provider's name": (
        {"provider": {"name": "p" * 200, "domain": "p.example"}},
        {"provider": {"name": "p" * 201, "domain": "p.example"}},
        lambda article: article.provider and article.provider.name,
        "p.example",
        "provider.name: expected at most 200, got 201 characters",
    ),
    "the name of a provider without a domain": (
        {"provider": "p" * 200},
        {"provider": "p" * 201},
        lambda article: article.provider,
        None,
        "provider.name: expected at most 200, got 201 characters",
    ),
    "an AMP URL": (
        {"ampUrl": fill_url(8192)},
        {"ampUrl": fill_url(8193)},
        lambda article: article.amp_url,
        "",
        "ampWebUrl: expected at most 8,192, got more than 8,192 characters",
    ),
}


@pytest.mark.parametrize("kind", LISTS)
def test_what_exceeds_a_limit_is_left_out_and_named_and_costs_no_more(kind: str) -> None:
    at, over, pick, rest, error = LISTS[kind]
    whole, cut = read(**at), read(**over)
    assert (whole.errors, whole.repaired) == ((), False)
    assert whole.article
    assert pick(whole.article) not in (rest, None, "", ()) or isinstance(rest, int | tuple)
    assert cut.article
    assert pick(cut.article) == rest
    assert [str(one).startswith(f"a.json:1: {error}") for one in cut.errors] == [True]


@pytest.mark.parametrize("kind", LISTS)
def test_articles_made_in_python_have_the_same_limits(kind: str) -> None:
    at, over, pick, rest, _ = LISTS[kind]
    for fields, is_whole in ((at, True), (over, False)):
        given = make_by_hand(fields)
        made = clean_article(given, UTC)
        assert made.article
        assert (made.article == given, made.errors == ()) == (is_whole, is_whole)
        if not is_whole:
            assert pick(made.article) == rest
            assert len(made.errors) == 1


def make_by_hand(fields: dict[str, Any]) -> Article:
    """Return the Article that says the same, none of it cleaned."""

    def convert(record: dict[str, Any]) -> dict[str, Any]:
        provider = record.get("provider")
        if isinstance(provider, str):
            provider = {"name": provider}
        return {
            "url": record["webUrl"],
            "title": record["title"],
            "published": "2026-01-31T12:00:00Z",
            "topics": record.get("topics", ()),
            "images": record.get("images", ()),
            "amp_url": record.get("ampUrl", ""),
            "provider": provider,
        }

    sounds = [{**one, "media_type": one["type"]} for one in fields.get("enclosures", ())]
    own = convert({**CORE, **fields})
    related = [convert(item) for item in fields.get("related", ())]
    for item in related:
        del item["topics"]
    return msgspec.convert({**own, "related": related, "enclosures": sounds}, Article)


@pytest.mark.parametrize(
    ("field", "most"), [("title", limits.TITLE_CHARACTERS), ("excerpt", limits.EXCERPT_CHARACTERS)]
)
def test_texts_over_their_limit_are_cut_and_counted_as_repaired(field: str, most: int) -> None:
    def pick(article: Article) -> str:
        return article.title if field == "title" else article.summary

    for text in ("é" * most, f"  {'é' * most}\n", "é" * (most - 1)):
        made = read(**{field: text})
        assert made.article
        assert (pick(made.article), made.errors) == (text.strip(), ())
    for text, rest in (("é" * (most + 1), most), ("word " * most, most - most % 5 - 1)):
        made = read(**{field: text})
        assert made.article
        assert abs(len(pick(made.article)) - rest) < 5
        assert text.startswith(pick(made.article))
        assert (made.errors, made.repaired) == ((), True)
        again = clean_article(made.article, UTC)
        assert (again.article, again.repaired) == (made.article, False)


@pytest.mark.parametrize(
    "last",
    [
        "e\u0301",
        "👩\u200d👩\u200d👧",
        "🇩🇰",
        "👍🏽",
        "🏴\U000e0067\U000e0062\U000e007f",
        "\u0915\u093f",
    ],
)
def test_a_cut_never_halves_what_is_shown_as_one(last: str) -> None:
    for more in range(len(last)):
        text = "x" * (2000 - more) + last
        cut = cut_text(text, 2000)
        assert cut in (text, "x" * (2000 - more))


def test_a_text_of_marks_alone_is_cut_all_the_same() -> None:
    made = read(title="a" + "\u0301" * 160_000, topics=["b" + "\u0301" * 160_000, "C"])
    assert made.article
    assert len(made.article.title) == 2000
    assert made.article.topics == ("C",)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"webUrl": fill_url(8193)}, "a.json:1: webUrl: expected an absolute http(s) URL, got "),
        ({"webUrl": BASE + "é" * 1400}, "a.json:1: webUrl: expected an absolute http(s) URL, "),
        ({"id": "i" * 2049}, "a.json:1: id: expected at most 2,048, got 2,049 characters"),
    ],
)
def test_only_its_own_address_or_id_costs_a_record(fields: dict[str, str], error: str) -> None:
    made = read(**fields)
    assert made.article is None
    assert [str(one).startswith(error) for one in made.errors] == [True]


def test_an_address_is_measured_as_it_is_written() -> None:
    tracked = fill_url(8192) + "?utm_source=" + "x" * 10_000
    for spelt in (fill_url(8192), f" {fill_url(8192)} ", tracked, BASE + "é" * 1362):
        made = read(webUrl=spelt, id="i" * 2048)
        assert made.article
        assert len(made.article.url) <= 8192
    with pytest.raises(feedkit.UrlError, match="more than 8,192 characters"):
        canonical_url(fill_url(8193))


def build(folder: Path, *records: Mapping[str, object], **settings: Any) -> feedkit.Report:
    """Build from a list of records in one file."""
    (folder / "a.json").write_text(json.dumps(records, indent=1))
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    config = feedkit.Config(site=site, **settings)
    return feedkit.build(folder / "a.json", folder / "out", config, now=NOON)


def test_a_draft_of_any_spelling_withholds_what_others_list(tmp_path: Path) -> None:
    tracked = fill_url(8192) + "?utm_source=" + "x" * 10_000
    draft = {**CORE, "webUrl": tracked, "draft": True}
    listing = {**CORE, "related": [make_item(1, webUrl=fill_url(8192))]}
    report = build(tmp_path, draft, listing)
    assert report.withheld["draft"] == 1
    assert b"Item 1" not in (tmp_path / "out/all/feed.json").read_bytes()


def test_an_address_that_moves_beyond_the_limit_ends_no_build(tmp_path: Path) -> None:
    moved = {BASE: "https://example.org/a/longer/one/"}
    report = build(tmp_path, {**CORE, "webUrl": fill_url(8192)}, moved=moved)
    assert (report.articles, report.problems) == (1, ())


def test_a_record_is_named_once_for_each_list_that_is_too_long(tmp_path: Path) -> None:
    lists = {"topics": name_topics(600), "images": make_pictures(300)}
    report = build(tmp_path, {**CORE, **lists, "title": "é" * 9000})
    assert [line.rpartition("a.json:")[2] for line in report.problems] == [
        "6: topics: expected at most 500 of them, got 600",
        "608: images: expected at most 200 of them, got 300",
    ]
    assert (report.articles, report.repaired, report.rejected) == (1, 1, 0)
    assert report.exit_status == 1


def test_front_matter_has_the_same_limits() -> None:
    topics = json.dumps(["b" * 201, "C"])
    text = f"---\ntitle: A\nurl: {BASE}\ndate: 2026-01-31\ntopics: {topics}\n---\n"
    made = read_document(text, "a.md", ReadSettings())
    assert made.article
    assert made.article.topics == ("C",)
    assert [str(one) for one in made.errors] == [
        "a.md:5: topics[0]: expected at most 200, got 201 characters"
    ]
