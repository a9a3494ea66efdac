"""A record's own id: an IRI as it is in every format, or a UUID that `check` names."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

import feedkit
from commands import SITE as TOML
from commands import record, run, write_files
from feedkit import Article, Config, Ids
from feedkit.published.feeds import decode_entries
from feedkit.published.guard import USUAL_FORMATS

SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW = "https://example.org/old/", "https://example.org/new/"
TAG = "tag:example.org,2026-02-22:/news/øyvind/"
OWN = [TAG, "https://example.org/?p=2", "http://example.org/?p=2&a=1", "urn:isbn:0451450523"]


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("style", ["uuid", "url"])
def test_a_records_own_iri_is_the_id_in_every_format_and_is_read_back(
    own: str, style: Any, tmp_path: Path
) -> None:
    related = f"[{{title: Listed, webUrl: '{NEW}', date: 2026-01-01}}]"
    write_files(tmp_path / "in", {"a.md": record("A", id=f'"{own}"', webUrl=NEW)})
    write_files(tmp_path / "in", {"b.md": record("B", related=related)})
    config = Config(site=SITE, ids=Ids(style=style))
    report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
    assert report.problems == ()
    seen = {
        format: decode_entries((tmp_path / f"out/all/{name}").read_bytes(), format)
        for name, format in USUAL_FORMATS.items()
    }
    own_ids = [[one.id for one in entries if one.title == "A"] for entries in seen.values()]
    assert own_ids == [[own]] * 3
    items = json.loads((tmp_path / "out/all/feed.json").read_bytes())["items"]
    (listed,) = [one for item in items for one in item.get("_feedkit", {}).get("related", ())]
    assert listed["id"] == own
    rss = (tmp_path / "out/all/rss.xml").read_text("utf-8")
    guid = own.replace("&", "&amp;")
    assert f'<guid isPermaLink="false">{guid}</guid>' in rss


@pytest.mark.parametrize("style", ["uuid", "url"])
def test_a_records_own_id_is_a_permalink_only_if_it_is_the_link(style: Any) -> None:
    config = Config(site=SITE, ids=Ids(style=style))
    for own, is_link in ((OLD, "true"), ("http://example.org/old/", "false"), (NEW, "false")):
        article = Article(url=OLD, title="A", published=NOW, id=own)
        feed = feedkit.make_feed([article], config, title="A", path="a")
        assert f'isPermaLink="{is_link}">{own}<'.encode() in feedkit.render(feed, "rss").body
        assert f'isPermaLink="{is_link}">{own}<'.encode() in feedkit.to_feedgen(feed).rss_str()


def test_check_names_ids_of_which_feeds_make_uuids(tmp_path: Path) -> None:
    files = {f"in/{n}.md": record(f"N {n}", id=f'"{own}"') for n, own in enumerate(OWN)}
    files["in/uuid.md"] = record("U", id="0A1B2C3D-1111-4222-8333-444455556666")
    write_files(tmp_path, {**files, "feedkit.toml": TOML})
    assert "id" not in run("check in", tmp_path).out
    write_files(
        tmp_path, {"in/text.md": record("T", id="post 17"), "in/more.md": record("M", id='"7"')}
    )
    found = run("check in", tmp_path)
    made = uuid5(NAMESPACE_URL, "feedkit:7").urn
    assert found.status == 0
    assert (
        f"more.md:5: id: expected an absolute URI or a UUID, got '7', of which feeds make {made}"
        " (and 1 more; --json names all)"
    ) in found.out


def test_published_ids_that_a_records_own_takes_the_place_of_count_as_resurfaced(
    tmp_path: Path,
) -> None:
    made = {n: uuid5(NAMESPACE_URL, f"feedkit:https://example.org/?p={n}").urn for n in range(8)}
    for n, id in made.items():  # as they were published so far
        write_files(tmp_path, {f"in/{n}.md": record(f"N {n}", id=id)})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    for n in made:
        write_files(tmp_path, {f"in/{n}.md": record(f"N {n}", id=f'"https://example.org/?p={n}"')})
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert report.exit_status == 3
    assert "resurfaced: 8 of 8 entries" in report.held[0]


def test_a_feed_of_ids_that_are_others_addresses_is_guarded_as_any_other(tmp_path: Path) -> None:
    """Such an id is no sign that an article moved away from there."""
    for n in range(8):
        id = f'"https://example.org/n-{n + 1}/"'
        write_files(tmp_path, {f"in/{n}.md": record(f"N {n}", id=id)})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    for n in range(7):
        write_files(tmp_path, {f"in/{n}.md": record(f"N {n}", id=f'"tag:new:{n}"')})
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert report.exit_status == 3
    assert "resurfaced: 7 of 8 entries" in report.held[0]
