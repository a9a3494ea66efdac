"""What would startle subscribers, told from the entries that they have and those wanted. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit import FeedSettings
from feedkit.published.guard import (
    GuardFinding,
    PublishedEntry,
    find_move,
    hash_settings,
    judge_feed,
)


def see(name: str, *, id: str = "", day: int = 0, parents: tuple[str, ...] = ()) -> PublishedEntry:
    return PublishedEntry(id or name, f"{name}.example/", f"On {name}", day, parents=parents)


def list_days(first: int, last: int) -> list[PublishedEntry]:
    """Return an entry of each day, the newest first."""
    return [see(f"day{day}", day=day) for day in range(last, first - 1, -1)]


def rename(entries: list[PublishedEntry], count: int) -> list[PublishedEntry]:
    """Return entries of which so many have another id."""
    return [one._replace(id=f"new {one.id}") for one in entries[:count]] + entries[count:]


def judge_all(
    published: list[PublishedEntry], wanted: list[PublishedEntry], limit: int = 50
) -> list[GuardFinding]:
    return judge_feed(published, wanted, most=5, limit=limit)


TEN = list_days(1, 10)


@pytest.mark.parametrize(("count", "found"), [(5, []), (6, [GuardFinding("resurfaced", 6, 10)])])
def test_more_than_the_setting_says_may_not_resurface(
    count: int, found: list[GuardFinding]
) -> None:
    assert judge_all(TEN, rename(TEN, count)) == found


def test_an_article_at_another_address_resurfaces_by_its_title_and_date() -> None:
    moved = [one._replace(id=f"new {one.id}", link=f"new.example/{one.id}") for one in TEN]
    kinds = [finding.guard for finding in judge_all(TEN, moved)]
    assert kinds == ["resurfaced"]  # and is not missing
    later = [one._replace(published=one.published + 100) for one in moved]
    assert [finding.guard for finding in judge_all(TEN, later)] == ["shrunk"]


def test_an_article_with_an_id_that_the_feed_has_does_not_resurface() -> None:
    swapped = [one._replace(id=other.id) for one, other in zip(TEN, reversed(TEN), strict=True)]
    assert judge_all(TEN, swapped) == []


def test_an_entry_without_address_is_not_that_of_another() -> None:
    nowhere = [one._replace(link="") for one in TEN]
    others = [one._replace(id=f"new {one.id}", title="Other") for one in nowhere]
    assert judge_feed(nowhere, others, most=0, limit=None) == []


def move(entries: list[PublishedEntry], host: str = "new.example") -> list[PublishedEntry]:
    return [
        one._replace(id=f"new {one.id}", link=f"{host}/{one.link.partition('/')[2]}")
        for one in entries
    ]


def list_site(*paths: str) -> list[PublishedEntry]:
    return [see(path)._replace(link=f"old.example/{path}") for path in paths]


def test_a_feed_whose_entries_all_moved_alike_may_not_resurface_however_few_they_are() -> None:
    two, three = list_site("a/b", "c"), list_site("a/b", "c", "d")
    line = '"https://old.example/" = "https://new.example/"'
    assert judge_all(two, move(two)) == [GuardFinding("resurfaced", 2, 2, line)]
    assert judge_all(two[:1], move(two[:1])) == []  # an address that was put right
    assert judge_all(two, rename(two, 2)) == []
    assert judge_all(three, move(two) + three[2:]) == []


@pytest.mark.parametrize(
    ("links", "line"),
    [
        (
            ["old.example/a/1", "old.example/a/2/"],
            '"https://old.example/" = "https://new.example/"',
        ),
        (["new.example/old/1"], '"https://new.example/old/" = "https://new.example/"'),
        (["old.example/a/1", "other.example/a/2"], ""),
        (["new.example/1"], ""),
        ([""], ""),
    ],
)
def test_how_entries_moved_is_said_where_one_line_says_it(links: list[str], line: str) -> None:
    olds = [see(str(place))._replace(link=link) for place, link in enumerate(links)]
    news = [f"new.example/{link.partition('/')[2].removeprefix('old/')}" for link in links]
    pairs = [(one._replace(link=new), one) for one, new in zip(olds, news, strict=True)]
    assert find_move(pairs) == line


@pytest.mark.parametrize(
    ("left", "found"),
    [(5, []), (4, [GuardFinding("shrunk", 6, 10)]), (0, [GuardFinding("shrunk", 10, 10)])],
)
def test_more_than_half_may_not_be_missing(left: int, found: list[GuardFinding]) -> None:
    assert judge_all(TEN, TEN[:left]) == found


@pytest.mark.parametrize(("published", "found"), [(4, []), (5, [GuardFinding("shrunk", 5, 5)])])
def test_a_few_may_be_missing_though_they_are_all(
    published: int, found: list[GuardFinding]
) -> None:
    assert judge_all(TEN[:published], []) == found


def test_new_articles_may_displace_all_that_a_full_feed_held() -> None:
    assert judge_all(TEN, list_days(11, 20), limit=10) == []
    assert judge_all(TEN, list_days(11, 19), limit=10) == [GuardFinding("shrunk", 10, 10)]


def test_a_full_feed_may_not_lose_what_is_newer_than_all_that_it_holds() -> None:
    assert judge_all(TEN, list_days(-9, 0), limit=10) == [GuardFinding("shrunk", 10, 10)]


def test_what_a_full_feed_lists_beyond_its_limit_makes_nothing_missing() -> None:
    wanted = [*list_days(11, 20), see("listed", day=-100)]
    assert judge_all(TEN, wanted, limit=10) == []


def test_what_an_entry_no_longer_lists_is_not_missing() -> None:
    parent = see("parent", day=9)
    listed = [see(f"listed{day}", day=day, parents=(parent.link,)) for day in range(8)]
    assert judge_all([parent, *listed], [parent]) == []
    assert judge_all([parent, *listed], [see("other", day=9)]) == [GuardFinding("shrunk", 9, 9)]


def test_each_guard_can_be_left_unasked() -> None:
    moved = [one._replace(id=f"new {one.id}", link="") for one in TEN]
    assert judge_feed(TEN, moved, most=None, limit=None) == []
    assert judge_feed(TEN, moved, most=5, limit=None) == [GuardFinding("resurfaced", 10, 10)]
    assert judge_feed(TEN, moved[:3], most=None, limit=50) == [GuardFinding("shrunk", 7, 10)]


_names = st.lists(st.integers(0, 30), unique=True, max_size=20)


@given(_names, _names)
def test_a_feed_that_only_grows_is_never_held(some: list[int], more: list[int]) -> None:
    published = [see(f"n{number}", day=number) for number in some]
    new = [see(f"n{number}", day=number) for number in more if number not in some]
    wanted = sorted([*published, *new], key=lambda one: -one.published)
    assert judge_feed(published, wanted, most=0, limit=50) == []


def test_settings_are_the_same_whatever_may_resurface_and_no_others_are() -> None:
    usual = hash_settings(FeedSettings())
    assert hash_settings(FeedSettings(max_resurfaced=9)) == usual
    assert hash_settings(FeedSettings(limit=9)) != usual
    one = FeedSettings(also={"a.xml": "rss.xml", "b.xml": "atom.xml"})
    other = FeedSettings(also={"b.xml": "atom.xml", "a.xml": "rss.xml"})
    assert hash_settings(one) == hash_settings(other) != usual
