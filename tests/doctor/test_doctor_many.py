"""The doctor on sites of many feeds, and on large answers: nothing is compared all with all.

Counted are bytes in memory, calls, and looks into a set, never time.
"""

import json
import sys
import tracemalloc
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from types import FrameType

import pytest

import feedkit
from feedkit.doctor import _choose_newer
from feedkit.doctor.answers import (
    Answer,
    Target,
    TargetAnswers,
    list_discovered,
    list_targets,
    make_reach,
)
from feedkit.doctor.judging import Thresholds, judge
from feedkit.doctor.parsing import parse_content

URL = "https://feeds.example.org/"
MANY = 4_000
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FEED = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:a</id><title>T</title>
<updated>2026-02-01T00:00:00Z</updated>
<link rel="self" href="https://feeds.example.org/topics/7/atom.xml"/></feed>"""


def write_manifest(digest: str = "a" * 64) -> bytes:
    """Return a manifest of many feeds of the same bytes, such as empty ones."""
    feeds = [
        {
            "path": f"topics/{number}",
            "title": f"Topic {number}",
            "newest": "2026-01-01T00:00:00Z",
            "files": {"atom.xml": digest},
        }
        for number in range(MANY)
    ]
    return json.dumps({"feeds": feeds}).encode()


def test_feeds_of_the_same_bytes_share_what_is_known_of_these() -> None:
    manifest = write_manifest()
    tracemalloc.start()
    try:
        targets = list_targets(f"{URL}feeds.json", manifest)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    feeds = [one for one in targets if not one.is_page]
    assert len(feeds) == MANY
    assert len({id(one.same) for one in feeds}) == 1
    assert feeds[0].same == {one.url for one in feeds}
    assert most < 30 * 2**20


class Asked(Set[str]):
    """Addresses that may be looked up, and not gone through."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls

    def __contains__(self, url: object) -> bool:
        return url in self.urls

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("gone through for one feed")

    def __len__(self) -> int:
        return MANY


@pytest.mark.parametrize(
    ("same", "kinds"),
    [([f"{URL}topics/7/atom.xml"], set()), ([f"{URL}topics/8/atom.xml"], {"self"})],
)
def test_a_feed_looks_its_own_address_up(same: list[str], kinds: set[str]) -> None:
    url = f"{URL}topics/3/atom.xml"
    target = Target(url, "a", URL, "atom", same=Asked(same))  # type: ignore[arg-type]
    headers = {"content-type": "application/atom+xml", "cache-control": "max-age=60"}
    look = TargetAnswers(target, Answer(url=url, status=200, headers=headers, body=FEED))
    found = {one.kind for one in judge(look, Thresholds(make_reach(URL), NOW))}
    assert found - {"invalid"} == kinds


def test_what_was_published_meanwhile_is_found_without_comparing_those_sets() -> None:
    class Uncompared(frozenset[str]):
        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(self) -> int:
            return 1

    def make(url: str, sha256: str, *, is_kept: bool = False) -> Target:
        same = Uncompared([url])
        return Target(url, url, url, "atom", sha256=sha256, same=same, is_kept=is_kept)

    before = [make("a", "1"), make("b", "1", is_kept=True), make("c", "1", is_kept=True)]
    again = [make("a", "1"), make("b", "1"), make("c", "2"), make("d", "1")]
    # The cache keeps the manifest no more for b, c has other bytes, d is new.
    assert [one.url for one in _choose_newer(again, before)] == ["b", "c", "d"]
    assert _choose_newer([make("a", "1", is_kept=True)], before) == []


class Counter:
    """Counts the calls of functions."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        self.calls += event == "call"
        if self.calls > 2_000_000:
            sys.setprofile(None)
            raise RuntimeError("more calls than may be")


def test_tags_of_several_types_are_not_compared_all_with_all() -> None:
    tags = [[number] if number % 2 else {"a": number} for number in range(MANY)]
    site = feedkit.Site(title="T", url=URL)
    article = feedkit.Article(url=f"{URL}a", title="A", published=NOW, topics=("Tides",))
    made = feedkit.render(feedkit.make_feed([article], site, title="T", path="t"), "json").body
    assert parse_content(made, is_own=True).fault == ""
    feed = json.loads(made)
    feed["items"][0]["tags"] = tags
    body = json.dumps(feed).encode()
    counter = Counter()
    sys.setprofile(counter)
    try:
        fault = parse_content(body, is_own=True).fault
    finally:
        sys.setprofile(None)
    assert fault == "$.items[0].tags[0]: {'a': 0} is not of type 'string'"
    assert counter.calls < 500_000


@pytest.mark.parametrize(
    "rest", ["<![<![", "<![ [", "<![x[", "<![if", "<!--", "<?", "</", "&", "<a b='", "<"]
)
def test_a_page_that_no_parser_reads_names_the_feeds_before_that(rest: str) -> None:
    link = '<link rel="alternate" type="application/atom+xml" href="a.xml">'
    found = list_discovered(URL, f"<html>{link}{rest}".encode())
    assert [one.url for one in found] == [f"{URL}a.xml"]
