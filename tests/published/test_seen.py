"""What is read back of a published feed: the same of every format, and nothing of what is none."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.models import Format
from feedkit.published.feeds import decode_entries

NAMES: dict[Format, str] = {"json": "feed.json", "atom": "atom.xml", "rss": "rss.xml"}
FORMATS = sorted(NAMES)
ITEM = {
    "id": "tag:example.org,2026:a",
    "url": "HTTP://Example.org/a?utm_source=x",
    "title": "A",
    "date_published": "1970-01-01T00:01:00+00:00",
}
#: What grows when it is read, and what would be read from this machine.
BOMB = (
    '<!DOCTYPE feed [<!ENTITY a "1234567890"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c SYSTEM "file:///etc/hostname">]>'
)
ENTRY = (
    "<entry><id>a</id><title>%s</title><published>2026-01-01T00:00:00Z</published>"
    "<author><name>N</name></author></entry>"
)


def write_atom(entry: str, head: str = "") -> bytes:
    return f'{head}<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode()


def write_json(**fields: object) -> bytes:
    return json.dumps({"items": [{**ITEM, **fields}]}).encode()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_tells_the_same_of_a_feed(built: Path, format: Format) -> None:
    paths = [path.parent for path in built.rglob("feed.json")]
    assert len(paths) > 5
    for path in paths:
        seen = decode_entries((path / NAMES[format]).read_bytes(), format)
        items = json.loads((path / "feed.json").read_bytes())["items"]
        assert [one.id for one in seen] == [item["id"] for item in items]
        assert [one.title for one in seen] == [item["title"] for item in items]
        assert [one.link for one in seen] == [item["url"].partition("://")[2] for item in items]
        assert [one.published for one in seen] == [
            one.published for one in decode_entries((path / "feed.json").read_bytes(), "json")
        ]
        authors = [one.provider.name for one in seen if one.provider]
        assert authors == [item["authors"][0]["name"] for item in items]


def test_what_an_entry_links_to_is_told_by_every_format(built: Path) -> None:
    seen = {
        format: decode_entries((built / "all" / name).read_bytes(), format)
        for format, name in NAMES.items()
    }
    related = [set(one.related) for one in seen["json"]]
    assert any(related)
    for format in ("atom", "rss"):
        assert [set(one.related) for one in seen[format]] == related
    assert any(0 < len(one.parents) < len(one.related) for one in seen["json"])


def test_an_address_is_read_as_that_of_now() -> None:
    (one,) = decode_entries(write_json(), "json", lambda url: url.replace(".org/", ".com/new/"))
    assert (one.link, one.published) == ("example.com/new/a", 60)


@pytest.mark.parametrize("url", ["", "mailto:a@example.org", "http://[", "http://a:b@c/"])
def test_what_is_no_address_is_that_of_no_other_entry(url: str) -> None:
    (one,) = decode_entries(write_json(url=url), "json")
    assert one.link == ""


@pytest.mark.parametrize(
    "data",
    [
        write_json(id=5),
        write_json(title=None),
        write_json(authors=None),
        write_json(date_published="soon"),
        write_json(date_published="2026-01-01T00:00:00"),
        write_json(date_published="0001-01-01T00:00:00+23:59")[:-1],
        b'{"items": ' + b"[" * 100_000,
        b'{"items": [' + b'{"a":' * 100_000,
        b"[]",
        b"{}",
        b"",
        b"\xff\xfe",
    ],
    ids=range(12),
)
def test_a_damaged_or_foreign_json_feed_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_entries(data, "json")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<feed/>",
        b"<html></html>",
        write_atom("<entry/>"),
        write_atom(ENTRY % "A")[:-9],
        write_atom(ENTRY.replace("2026-01-01", "2026-13-01") % "A"),
        write_atom("<a>" * 10_000 + "</a>" * 10_000),
        write_atom(ENTRY % "&b;", BOMB),
        write_atom(ENTRY % "&c;", BOMB),
        write_atom(ENTRY % ("<b/>" + "x" * 20_000_000)),
    ],
    ids=range(10),
)
def test_a_damaged_or_hostile_atom_feed_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_entries(data, "atom")


def test_an_rss_feed_whose_date_is_none_is_an_error() -> None:
    item = "<guid>a</guid><link>https://a.example/</link><title>A</title><pubDate>soon</pubDate>"
    with pytest.raises(ValueError, match="soon"):
        decode_entries(f"<rss><channel><item>{item}</item></channel></rss>".encode(), "rss")


@given(st.sampled_from(FORMATS), st.binary(max_size=200), st.integers(0, 10_000))
def test_whatever_the_bytes_there_are_entries_or_a_value_error(
    built: Path, format: Format, noise: bytes, place: int
) -> None:
    data = (built / "all" / NAMES[format]).read_bytes()
    with suppress(ValueError):
        decode_entries(data[:place] + noise + data[place + len(noise) :], format)
