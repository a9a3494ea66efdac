"""Files to articles: what is used, and what is mended."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from feedkit.models import (
    Article,
    Enclosure,
    Html,
    Image,
    Markdown,
    Provider,
    RelatedArticle,
    State,
)
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import OTHER, Reading, read_document

CORE = {"title": "A", "webUrl": "https://example.org/a", "publishedDateTime": "2026-01-31T12:00Z"}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def read(front_matter: str, body: str = "") -> Reading:
    return read_document(f"---\n{front_matter}\n---\n{body}", "a.md", ReadSettings())


def read_fields(front_matter: str = "", **fields: object) -> Reading:
    """Read a record that has all it needs, with these fields on top or, where None, without."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in {**CORE, **fields}.items() if value]
    return read("\n".join([*lines, front_matter]))


def article(reading: Reading) -> Article:
    assert reading.errors == ()
    assert reading.article is not None
    return reading.article


FULL = """\
category: news
title: A lamp for the harbour
excerpt: It turns.
publishedDateTime: 2026-01-31T12:00:00Z
updatedDateTime: 2026-02-01T12:00:00Z
originalUrl: https://example.org/original
webUrl: https://example.org/a
ampWebUrl: /amp/a
cdnAmpWebUrl: https://cdn.example.net/a
type: article
quality: 104
heat: 134
published: true
language: en-GB
id: tag:example.org,2026:a
featuredContent: <p>Seen from the sea.</p>
provider:
  name: Harbour News
  domain: www.example.org
  images:
  - {url: /icon.png, width: 50, height: 50}
topics: [Lamps, "lamps", Harbours]
images:
- {url: /a.jpg, width: 800, height: 600, isCached: true}
- {url: /a.jpg}
enclosures:
- {url: /a.mp3, type: audio/mpeg, length: 17}
secured: dGV4dA==
related:
- title: Another lamp
  excerpt: It turns too.
  publishedDateTime: 2026-01-30T12:00:00Z
  webUrl: https://example.com/b
  ampWebUrl: https://example.com/amp/b
  type: article
  provider: {name: Coast, domain: example.com}
  quality: 94
  images: [{url: /b.png, width: 630, height: 479}]
"""


def test_every_field_of_a_record_is_typed() -> None:
    made = article(read(FULL, "\n    indented\n"))
    assert made == Article(
        url="https://example.org/a",
        title="A lamp for the harbour",
        published=NOON,
        id="tag:example.org,2026:a",
        updated=datetime(2026, 2, 1, 12, tzinfo=UTC),
        summary="It turns.",
        body=Markdown("    indented"),
        featured="<p>Seen from the sea.</p>",
        provider=Provider(
            name="Harbour News",
            domain="example.org",
            images=(Image(url="https://example.org/icon.png", width=50, height=50),),
        ),
        topics=("Lamps", "Harbours"),
        images=(Image(url="https://example.org/a.jpg", width=800, height=600),),
        related=(
            RelatedArticle(
                url="https://example.com/b",
                title="Another lamp",
                published=datetime(2026, 1, 30, 12, tzinfo=UTC),
                summary="It turns too.",
                provider=Provider(name="Coast", domain="example.com"),
                images=(Image(url="https://example.com/b.png", width=630, height=479),),
                amp_url="https://example.com/amp/b",
                quality=94,
            ),
        ),
        enclosures=(
            Enclosure(url="https://example.org/a.mp3", media_type="audio/mpeg", length=17),
        ),
        language="en-GB",
        amp_url="https://example.org/amp/a",
        quality=104,
        heat=134,
    )


SNAKE = """\
title: A
web_url: https://example.org/a
published_date_time: 2026-01-31T12:00:00Z
updated_date_time: 2026-02-01T12:00:00Z
amp_web_url: https://example.org/amp
featured_content: <p>b</p>
body_html: <p>c</p>
enclosures: [{url: /a.mp3, media_type: audio/mpeg}]
"""
CAMEL = """\
title: A
webUrl: https://example.org/a
publishedDateTime: 2026-01-31T12:00:00Z
updatedDateTime: 2026-02-01T12:00:00Z
ampWebUrl: https://example.org/amp
featuredContent: <p>b</p>
bodyHtml: <p>c</p>
enclosures: [{url: /a.mp3, mediaType: audio/mpeg}]
"""


@pytest.mark.parametrize("more", ["", "images: [{url: /a.png, width: wide}]"])
def test_keys_in_snake_case_mean_the_same(more: str) -> None:
    assert article(read(SNAKE + more)) == article(read(CAMEL + more))


@pytest.mark.parametrize(
    "text",
    [
        *("", "Text.", "Text.\n---\ntitle: A\n---\n", "----\ntitle: A\n----\n", "---\n---\n"),
        *("---\nlayout: page\n---\n", "---\npublished: true\n---\n", "---\n# title: A\n---\n"),
        "---\ntitle: ~\n---\n",
    ],
)
def test_a_file_with_neither_title_url_nor_date_is_no_record(text: str) -> None:
    assert read_document(text, "a.md", ReadSettings()) == OTHER


@pytest.mark.parametrize("value", ["", " ", "~", '"\\u0007"'])
def test_a_missing_web_url_falls_back_to_the_original(value: str) -> None:
    text = f"title: A\ndate: 2026-01-31\nwebUrl: {value}\noriginalUrl: https://example.org/o"
    assert article(read(text)).url == "https://example.org/o"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", "published"),
        *((f"published: {value}", "published") for value in ("true", "yes", "on", "1", "~", "''")),
        *((f"published: {value}", "unpublished") for value in ("false", "no", "Off", "0", "'0'")),
        ("published: 2026-01-31", "published"),
        ("removed: true", "removed"),
        ("deleted: yes", "deleted"),
        ("draft: on", "draft"),
        ("draft: no\nremoved: off\ndeleted: 0", "published"),
        ("published: true\ndraft: true\ndeleted: true\nremoved: true", "removed"),
        ("published: false\ndraft: true", "draft"),
    ],
)
def test_a_state_is_what_the_fields_say(text: str, state: State) -> None:
    assert article(read_fields(text)).state == state


def test_published_may_be_the_date() -> None:
    made = article(read("title: A\nurl: https://example.org/a\npublished: 2026-01-31T12:00:00Z"))
    assert (made.published, made.state) == (NOON, "published")


def test_a_date_without_a_zone_is_in_the_sites_and_counted() -> None:
    text = "---\ntitle: A\nurl: https://example.org/a\ndate: 2026-01-31 13:00\n---\n"
    made = read_document(text, "a.md", ReadSettings(ZoneInfo("Europe/Berlin")))
    assert (article(made).published, made.repaired) == (NOON, True)


def test_an_update_before_publication_is_none() -> None:
    assert article(read_fields("updated: 2026-01-30")).updated is None


def test_what_needs_no_mending_is_not_counted() -> None:
    assert not read(FULL, "Text.\n").repaired


@pytest.mark.parametrize(
    "line",
    [
        r'excerpt: "a\u0007b"',
        r'excerpt: "a\nb"',
        r'excerpt: "a\ud83d"',
        "excerpt: a\0b",
        r'excerpt: "a\u202eb"',
        'excerpt: "a  b"',
        "topics: ['A, B']",
        "images: [{url: /a.png, width: 0}]",
        "images: [{url: /a.png, width: unknown}]",
        "images: [{url: '" + "data:,'}]",
        "language: en_GB",
        "language: British English",
        r'bodyHtml: "a\u0000b"',
    ],
)
def test_what_is_mended_is_counted(line: str) -> None:
    made = read_fields(line)
    assert article(made)
    assert made.repaired


@pytest.mark.parametrize("width", ["600", "600.0", '"600"', '"600px"', "0x258"])
def test_a_width_is_read_however_it_is_written(width: str) -> None:
    made = article(read_fields(f"images: [{{url: /a.png, width: {width}}}]"))
    assert made.images == (Image(url="https://example.org/a.png", width=600),)


@pytest.mark.parametrize("width", ["0", "-1", "1.5", "wide", "2147483648", "9" * 400, "true"])
def test_a_width_that_can_be_none_is_unknown(width: str) -> None:
    made = article(read_fields(f"images: [{{url: /a.png, width: {width}}}]"))
    assert made.images == (Image(url="https://example.org/a.png"),)


def test_fields_that_are_not_feedkits_may_hold_anything() -> None:
    more = "images: [{url: /a.png, width: x}]\nprovider: {name: B, id: 5, related: 5}\ntype: 5"
    assert article(read_fields(more)).provider == Provider(name="B")


def test_a_record_within_itself_ends() -> None:
    more = "related: &r [{title: B, url: https://example.org/b, date: 2026-01-31, related: *r}]"
    assert len(article(read_fields(more + "\nlanguage: []".replace("[]", "~"))).related) == 1


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", None),
        (" \n\n", None),
        ("Text.\n\n---\n\nMore.", Markdown("Text.\n\n---\n\nMore.")),
        ("<!DOCTYPE html><p>a", Html("<!DOCTYPE html><p>a")),
        ("a\x00b\ufffec", Markdown("abc")),
    ],
)
def test_the_body_is_what_follows_the_front_matter(body: str, wanted: object) -> None:
    lines = "\n".join(f"{key}: {value}" for key, value in CORE.items())
    assert article(read(lines, body)).body == wanted


def test_a_body_is_html_where_the_file_says_so() -> None:
    lines = "\n".join(f"{key}: {value}" for key, value in CORE.items())
    made = read_document(f"---\n{lines}\n---\n<p>a</p>", "a.html", ReadSettings(), html=True)
    assert article(made).body == Html("<p>a</p>")
