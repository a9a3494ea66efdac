"""Enclosures of any type, with lengths and types as other programs write them."""

from pathlib import Path

import pytest
from test_records import NOON, article, read_fields

import feedkit
from feedkit.models import Enclosure
from feedkit.render import render
from feedkit.sources.records import Reading

URL = "https://example.org/e.mp3"


def read_enclosures(*values: object) -> tuple[Reading, tuple[Enclosure, ...]]:
    made = read_fields(enclosures=list(values))
    assert made.article
    return made, made.article.enclosures


@pytest.mark.parametrize(
    ("length", "found", "is_repaired"),
    [
        (12345, 12345, False),
        (0, 0, False),
        (None, None, False),
        (12345.0, 12345, False),
        ("12345", 12345, True),
        (" 12345 ", 12345, True),
        ("9007199254740991", 2**53 - 1, True),
        (1231.08, None, True),
        ("1231.08", None, True),
        ("12,345", None, True),
        ("12 MB", None, True),
        ("", None, True),
        ("-5", None, True),
        (-5, None, True),
        ("١٢", None, True),
        (2**53, None, True),
        ("9" * 5000, None, True),
        (True, None, True),
        ([12345], None, True),
        ({"bytes": 5}, None, True),
    ],
)
def test_a_length_as_text_is_a_number_and_one_that_cannot_be_read_is_unknown(
    length: object, found: int | None, is_repaired: bool
) -> None:
    made, enclosures = read_enclosures({"url": URL, "type": "audio/mpeg", "length": length})
    assert enclosures == (Enclosure(url=URL, media_type="audio/mpeg", length=found),)
    assert (made.errors, made.repaired) == ((), is_repaired)


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/e.mp3", "audio/mpeg"),
        ("/e.MP3?token=a.pdf#t=1.zip", "audio/mpeg"),
        ("/e.m4a", "audio/mp4"),
        ("/e.opus", "audio/ogg"),
        ("/e.mp4", "video/mp4"),
        ("/paper.pdf", "application/pdf"),
        ("/a.jpeg", "image/jpeg"),
        ("/book.epub", "application/epub+zip"),
    ],
)
@pytest.mark.parametrize("given", [{}, {"type": ""}, {"type": None, "mediaType": " "}])
def test_a_missing_type_is_guessed_from_the_ending_of_the_address(
    address: str, media_type: str, given: dict[str, str | None]
) -> None:
    made, (enclosure,) = read_enclosures({"url": address, **given})
    assert enclosure.media_type == media_type
    assert (made.errors, made.repaired) == ((), True)


@pytest.mark.parametrize(
    "address", ["/e", "/mp3", "/e.exe", "/e.html", "/e.mp3/", "/?f=e.mp3", "/e.", "/e.mp3%20"]
)
def test_an_enclosure_of_an_unknown_type_is_left_out_alone_and_named(address: str) -> None:
    sound = {"url": URL, "type": "audio/mpeg"}
    made, enclosures = read_enclosures(sound, {"url": address}, sound)
    assert [one.url for one in enclosures] == [URL, URL]
    assert [str(error) for error in made.errors] == [
        "a.md:5: enclosures[1].type: expected one such as audio/mpeg, got nothing"
    ]


def test_a_type_that_is_given_is_kept_whatever_the_ending_is() -> None:
    made, (enclosure,) = read_enclosures({"url": "/e.mp3", "type": "audio/x-own"})
    assert enclosure.media_type == "audio/x-own"
    assert not made.repaired


PAPER = {"url": "https://example.org/p.pdf", "type": "application/pdf", "length": 9}
PICTURE = {"url": "https://example.org/p.png"}


def test_a_document_and_a_picture_are_written_as_enclosures() -> None:
    made = article(read_fields(enclosures=[PAPER, PICTURE], images=[{"url": "/cover.png"}]))
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    feed = feedkit.make_feed([made], site, title="A", path="a")
    atom, rss, json = (render(feed, format).body.decode() for format in feedkit.FORMATS)
    assert 'rel="enclosure" type="application/pdf" href="https://example.org/p.pdf"' in atom
    assert 'rel="enclosure" type="image/png" href="https://example.org/p.png"' in atom
    assert atom.count('rel="enclosure"') == 2
    assert rss.count("<enclosure ") == 1
    assert '<enclosure url="https://example.org/p.pdf" length="9" type="application/pdf"/>' in rss
    assert json.count('"mime_type"') == 2
    assert "cover.png" not in json.partition('"attachments"')[2].partition("]")[0]


def test_rss_has_what_plays_before_a_document() -> None:
    sound = {"url": URL, "type": "audio/mpeg"}
    made = article(read_fields(enclosures=[PAPER, PICTURE, sound]))
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    rss = render(feedkit.make_feed([made], site, title="A", path="a"), "rss").body.decode()
    assert f'<enclosure url="{URL}" length="0" type="audio/mpeg"/>' in rss
    assert rss.count("<enclosure ") == 1


def test_records_with_lengths_of_other_programs_are_published(tmp_path: Path) -> None:
    for name, length in (("t", '"12345"'), ("u", "1231.08")):
        (tmp_path / f"{name}.md").write_text(
            f"---\ntitle: Episode {name}\nurl: https://example.org/{name}/\n"
            "date: 2026-01-01T10:00:00Z\nenclosures:\n"
            f'  - {{url: "https://example.org/{name}.mp3", type: audio/mpeg, length: {length}}}\n'
            "---\nNotes.\n"
        )
    site = feedkit.Site(title="Harbour", url="https://example.org/feeds/")
    report = feedkit.build(tmp_path, tmp_path / "out", site, now=NOON)
    assert (report.articles, report.problems, report.exit_status) == (2, (), 0)
    rss = (tmp_path / "out/all/rss.xml").read_text()
    assert '<enclosure url="https://example.org/t.mp3" length="12345" type="audio/mpeg"/>' in rss
    assert '<enclosure url="https://example.org/u.mp3" length="0" type="audio/mpeg"/>' in rss
