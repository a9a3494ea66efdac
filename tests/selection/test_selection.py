"""Which articles stand in which feed, as whose relatives, under which id: encoding, 3 and 4."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedkit
from feedkit import Article, Config, Exclude, FeedSettings, Provider, RelatedArticle

SITE = feedkit.Site(title="Example", url="https://feeds.example.org/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOLD = "The very same title"


def day(number: int) -> datetime:
    """Return a noon, later for greater numbers, none after NOW."""
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)


def url(name: str) -> str:
    return f"https://news.example.org/{name}"


def article(name: str, number: int = 0, **fields: Any) -> Article:
    """Return a primary: its title is its name, its URL ends in it, its topic is News."""
    given: dict[str, Any] = {"url": url(name), "title": f"About {name}", "topics": ("News",)}
    return Article(**{**given, "published": day(number), **fields})


def item(name: str, number: int = 0, **fields: Any) -> RelatedArticle:
    given: dict[str, Any] = {"url": url(name), "title": f"About {name}", "published": day(number)}
    return RelatedArticle(**{**given, **fields})


def provider(name: str, domain: str = "") -> Provider:
    return Provider(name=name, domain=domain)


def configure(exclude: Exclude | None = None, **feeds: Any) -> Config:
    return Config(site=SITE, feeds=FeedSettings(**feeds), exclude=exclude or Exclude())


def select(articles: Sequence[Article], config: Config | None = None) -> dict[str, feedkit.Feed]:
    feeds = feedkit.select_feeds(articles, config or configure(), now=NOW)
    return {feed.path: feed for feed in feeds}


def names(feed: feedkit.Feed) -> list[str]:
    return [entry.article.url.rpartition("/")[2] for entry in feed.entries]


def entry(feed: feedkit.Feed, name: str) -> feedkit.Entry:
    (found,) = [one for one in feed.entries if one.article.url.endswith(f"/{name}")]
    return found


def hrefs(links: Sequence[feedkit.Link]) -> list[str]:
    return [link.url.rpartition("/")[2] for link in links]


# Feeds, their order and their limit


def test_there_is_a_feed_for_all_for_each_topic_and_for_each_provider_in_order_of_path() -> None:
    feeds = feedkit.select_feeds(
        [
            article("a", topics=("Tea", "AI"), provider=provider("Zed", "zed.example.org")),
            article("b", topics=("ai",), provider=provider("Abc", "www.abc.example.org")),
        ],
        SITE,
        now=NOW,
    )
    paths = ["providers/abc.example.org", "providers/zed.example.org", "topics/ai", "topics/tea"]
    assert [feed.path for feed in feeds] == ["all", *paths]


def test_entries_stand_newest_first_and_by_id_where_dates_are_equal() -> None:
    feed = select(
        [article("old", 1, id="c:1"), article("b", 2, id="b:1"), article("a", 2, id="a:1")]
    )
    assert names(feed["all"]) == ["a", "b", "old"]


def test_the_limit_counts_primaries_and_related_articles_apart() -> None:
    feeds = select(
        [
            article("old", 1),
            article("mid", 2, related=(item("x", 7), item("y", 8))),
            article("new", 3, related=(item("z", 6),)),
        ],
        configure(limit=2),
    )
    assert names(feeds["all"]) == ["y", "x", "new", "mid"]


def test_a_feeds_updated_is_the_greatest_of_its_entries_not_that_of_the_newest() -> None:
    feed = select([article("old", 1, updated=day(9)), article("new", 5)])["all"]
    assert feed.updated == day(9)


# Where a related article stands


def test_what_a_primary_lists_stands_in_its_topics_in_all_and_in_the_items_provider_alone() -> None:
    feeds = select(
        [
            article(
                "a",
                topics=("Tea",),
                provider=provider("Abc", "abc.example.org"),
                related=(item("x", provider=provider("Xyz", "xyz.example.org")),),
            ),
            article("b", topics=("Coffee",)),
        ]
    )
    held = {path: names(feed) for path, feed in feeds.items() if "x" in names(feed)}
    assert sorted(held) == ["all", "providers/xyz.example.org", "topics/tea"]
    assert held["providers/xyz.example.org"] == ["x"]


def test_a_listed_primary_of_another_topic_comes_in_and_brings_no_further_ones() -> None:
    feeds = select(
        [
            article("a", 3, topics=("Tea",), related=(item("b", 2),)),
            article("b", 2, topics=("Coffee",), related=(item("c", 1),)),
        ]
    )
    assert names(feeds["topics/tea"]) == ["a", "b"]
    assert names(feeds["topics/coffee"]) == ["b", "c"]
    assert entry(feeds["topics/tea"], "b").article.topics == ("Coffee",)


def test_a_primary_beyond_the_limit_comes_back_where_one_within_it_lists_it() -> None:
    feeds = select(
        [article("old", 1), article("new", 2, related=(item("old", 1),))], configure(limit=1)
    )
    assert names(feeds["all"]) == ["new", "old"]


def test_a_providers_feed_holds_its_newest_primaries_and_the_newest_that_anyone_lists() -> None:
    own = provider("Own", "own.example.org")
    listed = tuple(item(f"x{number}", number - 9, provider=own) for number in range(3))
    articles = [article(f"a{number}", number, provider=own) for number in range(3)]
    lister = article("lister", related=listed, provider=provider("Other"))
    feeds = select([*articles, lister], configure(limit=1))
    assert sorted(names(feeds["providers/own.example.org"])) == ["a2", "x2"]
    lister = article("lister", related=(item("a0"), *listed), provider=provider("Other"))
    feeds = select([*articles, lister], configure(limit=1))
    assert sorted(names(feeds["providers/own.example.org"])) == ["a0", "a2"]


def test_a_related_article_has_no_categories_and_its_own_provider_and_picture() -> None:
    picture = feedkit.Image(url=url("x.png"))
    related = item("x", provider=provider("Xyz"), images=(picture,), summary="Short.")
    shown = entry(select([article("a", related=(related,))])["all"], "x").article
    assert (shown.topics, shown.provider, shown.images, shown.summary) == (
        (),
        provider("Xyz"),
        (picture,),
        "Short.",
    )


def test_at_most_max_related_of_a_list_become_entries_and_all_stay_links() -> None:
    listed = tuple(item(f"x{number}", number) for number in range(4))
    feed = select([article("a", related=listed)], configure(max_related=2))["all"]
    assert sorted(names(feed)) == ["a", "x0", "x1"]
    assert hrefs(entry(feed, "a").related) == ["x0", "x1", "x2", "x3"]


def test_a_related_article_names_also_the_parents_that_list_it_below_max_related() -> None:
    articles = [
        article("a", 1, related=(item("x"), item("y"))),
        article("b", 2, related=(item("y"),)),
    ]
    feed = select(articles, configure(max_related=1))["all"]
    assert hrefs(entry(feed, "y").related_to) == ["b", "a"]


def test_an_article_that_is_listed_below_max_related_alone_has_no_entry_and_no_feed() -> None:
    low = item("y", provider=provider("Low", "low.example.org"))
    feeds = select([article("a", related=(item("x"), low))], configure(max_related=1))
    assert sorted(feeds) == ["all", "topics/news"]
    assert sorted(names(feeds["all"])) == ["a", "x"]


def test_it_does_not_vote_on_the_title_of_its_providers_feed() -> None:
    high = item("x", provider=provider("Longer", "same.example.org"))
    low = item("y", provider=provider("Low", "same.example.org"))
    feeds = select([article("a", related=(high, low))], configure(max_related=1))
    assert feeds["providers/same.example.org"].title == "Longer"


# Links between parents and related articles


def test_links_go_from_parent_to_related_and_back_and_never_between_siblings() -> None:
    feed = select([article("a", related=(item("x"), item("y")))])["all"]
    assert hrefs(entry(feed, "a").related) == ["x", "y"]
    assert (hrefs(entry(feed, "x").related), hrefs(entry(feed, "x").related_to)) == ([], ["a"])


def test_links_keep_the_records_own_order_whatever_the_dates() -> None:
    feed = select([article("a", related=(item("y", 1), item("x", 9), item("z", 5)))])["all"]
    assert hrefs(entry(feed, "a").related) == ["y", "x", "z"]


def test_two_that_list_each_other_are_related_and_no_parents() -> None:
    feed = select([article("a", related=(item("b"),)), article("b", related=(item("a"),))])["all"]
    assert hrefs(entry(feed, "a").related) == ["b"]
    assert entry(feed, "a").related_to == ()


def test_an_item_that_is_its_own_parent_or_stands_twice_is_dropped() -> None:
    twins = (item("a"), item("x"), item("x", url=url("x").replace("https", "http")), item("y"))
    assert hrefs(entry(select([article("a", related=twins)])["all"], "a").related) == ["x", "y"]


def test_parents_are_the_newest_ten_and_by_id_where_dates_are_equal() -> None:
    parents = [
        article(f"p{n}", min(n, 10), id=f"x:{99 - n}", related=(item("x"),)) for n in range(12)
    ]
    shown = entry(select(parents)["all"], "x").related_to
    assert hrefs(shown) == ["p11", "p10", *(f"p{n}" for n in range(9, 1, -1))]


def test_a_link_has_the_id_of_the_entry_that_it_leads_to() -> None:
    feed = select([article("a", related=(item("b"), item("x"))), article("b", id="tag:b")])["all"]
    assert [link.id for link in entry(feed, "a").related] == ["tag:b", entry(feed, "x").id]


def test_a_link_shows_what_the_parents_list_says_not_what_the_record_says() -> None:
    listed = item("b", 3, title="As listed", provider=provider("Lister"))
    feed = select([article("a", related=(listed,)), article("b", 4, title="As recorded")])["all"]
    (link,) = entry(feed, "a").related
    assert (link.title, link.provider, link.published) == ("As listed", "Lister", day(3))
    assert entry(feed, "b").article.title == "As recorded"


# Re-tellings


def test_an_item_under_its_parents_title_stays_a_link() -> None:
    related = (item("echo", title="ABOUT #a!"), item("x"))
    feed = select([article("a", title="About a", related=related)])["all"]
    assert sorted(names(feed)) == ["a", "echo", "x"]  # "#" within is read as "sharp"
    related = (item("echo", title="#About: A!"), item("x"))
    feed = select([article("a", title="About a", related=related)])["all"]
    assert sorted(names(feed)) == ["a", "x"]
    assert hrefs(entry(feed, "a").related) == ["echo", "x"]


def test_an_item_under_an_earlier_items_title_stays_a_link() -> None:
    related = (item("x", title=TOLD), item("y", title=TOLD.upper()))
    assert sorted(names(select([article("a", related=related)])["all"])) == ["a", "x"]


def test_an_item_under_the_title_of_a_withheld_one_is_no_re_telling() -> None:
    related = (item("gone", title=TOLD), item("y", title=TOLD))
    articles = [article("a", related=related), article("gone", state="removed")]
    assert sorted(names(select(articles)["all"])) == ["a", "y"]


def test_a_reprint_under_the_title_of_one_parent_stays_a_link_whoever_else_lists_it() -> None:
    reprint = item("x", title=TOLD, updated=day(9))
    articles = [
        article("a", 2, title=TOLD, topics=("Tea",), related=(reprint,)),
        article("b", 1, topics=("Coffee",), related=(reprint,)),
        article("c", 1, topics=("Cocoa",), related=(item("x", title="Another title"),)),
    ]
    for order in (articles, articles[::-1]):
        feeds = select(order)
        assert {name for feed in feeds.values() for name in names(feed)} == {"a", "b", "c"}
        for name in "abc":
            assert hrefs(entry(feeds["all"], name).related) == ["x"]


INNOCENT: dict[str, list[Article]] = {
    "its parents have other titles": [article("a", related=(item("x", title=TOLD),))],
    "an article that does not list it has its title": [
        article("a", related=(item("x", title=TOLD),)),
        article("b", title=TOLD),
    ],
    "a draft lists it under the draft's title": [
        article("a", related=(item("x", title=TOLD),)),
        article("b", title=TOLD, state="draft", related=(item("x", title=TOLD),)),
    ],
    "an unpublished record does": [
        article("a", related=(item("x", title=TOLD),)),
        article("b", title=TOLD, state="unpublished", related=(item("x", title=TOLD),)),
    ],
    "another article is a reprint of that title": [
        article("a", title=TOLD, related=(item("y", title=TOLD),)),
        article("b", related=(item("x", title=TOLD),)),
    ],
    "a record of its own is published": [
        article("a", title=TOLD, related=(item("x", title=TOLD),)),
        article("x", title=TOLD),
    ],
    "it is dated after now where it is listed under its parent's title": [
        article("a", title=TOLD, related=(item("x", 999, title=TOLD),)),
        article("b", related=(item("x", title=TOLD),)),
    ],
    "its parent changed its title in a better record": [
        article("a", title=TOLD, related=(item("x", title=TOLD),)),
        article("a", title="Another", updated=day(9)),
    ],
}


@pytest.mark.parametrize("why", INNOCENT)
def test_an_article_is_no_reprint_where(why: str) -> None:
    assert "x" in names(select(INNOCENT[why])["all"])


def test_a_related_entry_stands_beside_no_entry_of_its_title_that_lists_it() -> None:
    articles = [
        article("a", 2, title=TOLD, topics=("Tea",), related=(item("x", title="Elsewhere"),)),
        article("b", 1, topics=("Coffee",), related=(item("x", title=TOLD, updated=day(9)),)),
    ]
    feeds = select(articles)
    assert {path: names(feed) for path, feed in feeds.items()} == {
        "all": ["a", "b"],
        "topics/coffee": ["b", "x"],
        "topics/tea": ["a"],
    }
    feeds = select(articles, configure(retold="entries"))
    assert all("x" in names(feed) for feed in feeds.values())


def test_what_is_not_shown_beside_its_title_leaves_its_place_to_the_next() -> None:
    xyz = provider("Xyz", "xyz.example.org")
    articles = [
        article("a", 9, title=TOLD, provider=xyz, related=(item("x", 8, title="B", provider=xyz),)),
        article("b", 1, related=(item("x", 8, title=TOLD, updated=day(9), provider=xyz),)),
        article("c", 1, topics=("Tea",), related=(item("y", 1, provider=xyz),)),
    ]
    feeds = select(articles, configure(limit=1))
    assert names(feeds["providers/xyz.example.org"]) == ["a", "y"]


def test_an_entry_links_back_to_every_parent_also_where_a_list_repeats_its_title() -> None:
    articles = [
        article("a", 2, related=(item("y", title=TOLD), item("x", title=TOLD))),
        article("b", 1, topics=("Tea",), related=(item("x", title=TOLD),)),
    ]
    feeds = select(articles)
    assert hrefs(entry(feeds["all"], "x").related_to) == ["a", "b"]
    assert "x" not in names(feeds["topics/news"])


def test_a_primary_is_never_a_re_telling() -> None:
    articles = [
        article("a", title=TOLD, topics=("Tea",), related=(item("b", title=TOLD),)),
        article("b", title=TOLD),
    ]
    feeds = select(articles)
    assert sorted(names(feeds["topics/tea"])) == ["a", "b"]
    assert hrefs(entry(feeds["all"], "b").related_to) == ["a"]


def test_retold_entries_makes_entries_of_re_tellings() -> None:
    articles = [article("a", title=TOLD, related=(item("x", title=TOLD),))]
    assert sorted(names(select(articles, configure(retold="entries"))["all"])) == ["a", "x"]


def test_titles_of_signs_alone_tell_one_another_only_if_they_are_equal() -> None:
    related = (item("x", title="!?"), item("y", title="?!"), item("z", title="!?"))
    assert sorted(names(select([article("a", related=related)])["all"])) == ["a", "x", "y"]


# What is withheld


@pytest.mark.parametrize("state", ["draft", "removed", "deleted"])
def test_a_key_whose_records_are_all_withheld_stands_nowhere(state: str) -> None:
    articles = [article("a", related=(item("x"),)), article("x", topics=("Hid",), state=state)]
    feeds = select(articles)
    assert sorted(feeds) == ["all", "topics/news"]
    assert names(feeds["all"]) == ["a"]
    assert entry(feeds["all"], "a").related == ()


def test_a_removed_record_does_not_withhold_another_record_of_its_key() -> None:
    articles = [article("x", topics=("Gone",), state="removed"), article("x", topics=("Kept",))]
    assert sorted(select(articles)) == ["all", "topics/kept"]


@pytest.mark.parametrize("state", ["published", "unpublished"])
def test_a_record_dated_after_now_is_withheld_whoever_lists_it(state: str) -> None:
    later = NOW + timedelta(seconds=1)
    articles = [article("a", related=(item("x"),)), article("x", published=later, state=state)]
    assert names(select(articles)["all"]) == ["a"]
    assert entry(select(articles)["all"], "a").related == ()


def test_what_is_dated_now_is_published() -> None:
    articles = [article("a", published=NOW, related=(item("x", published=NOW),))]
    assert sorted(names(select(articles)["all"])) == ["a", "x"]


def test_an_item_dated_after_now_is_withheld_where_it_is_listed_so() -> None:
    later = NOW + timedelta(seconds=1)
    articles = [
        article("a", related=(item("x", published=later),)),
        article("b", related=(item("x"),)),
    ]
    feed = select(articles)["all"]
    assert entry(feed, "a").related == ()
    assert hrefs(entry(feed, "x").related_to) == ["b"]


EXCLUDED = {
    "url": Exclude(urls=("http://news.example.org/x?utm_source=mail",)),
    "provider": Exclude(providers=("bad & news",)),
    "provider by its domain": Exclude(providers=("www.Bad.example.net",)),
    "provider by the domain above its own": Exclude(providers=("example.net",)),
    "domain of the provider": Exclude(domains=("bad.example.net",)),
    "parent domain of the provider": Exclude(domains=("example.net",)),
    "domain of the URL": Exclude(domains=("news.example.org",)),
}


@pytest.mark.parametrize("by", EXCLUDED)
def test_what_is_excluded_stands_nowhere_whether_it_is_listed_or_a_record(by: str) -> None:
    bad = provider("Bad and News!", "bad.example.net")
    here = "https://here.example.com/a"
    listed = [article("a", url=here, related=(item("x", provider=bad),))]
    record = [article("a", url=here, related=(item("x"),)), article("x", provider=bad)]
    for articles in (listed, record):
        feeds = select(articles, configure(EXCLUDED[by]))
        assert sorted(feeds) == ["all", "topics/news"]
        assert names(feeds["all"]) == ["a"]
        assert entry(feeds["all"], "a").related == ()


def test_an_article_that_any_list_gives_to_an_excluded_provider_stands_nowhere() -> None:
    bad = item("x", provider=provider("Bad News"))
    articles = [article("a", related=(bad,)), article("b", related=(item("x"),)), article("x")]
    feed = select(articles, configure(Exclude(providers=("Bad News",))))["all"]
    assert sorted(names(feed)) == ["a", "b"]
    assert [one.related for one in feed.entries] == [(), ()]


def test_excluding_a_domain_withholds_the_provider_of_that_name() -> None:
    articles = [article("a", provider=provider("Node.js", ""))]
    assert select(articles, configure(Exclude(domains=("node.js",)))) == {}


def test_excluding_a_domain_leaves_another_that_ends_alike() -> None:
    articles = [article("a", provider=provider("Good", "notbad.example.net"))]
    assert "all" in select(articles, configure(Exclude(domains=("bad.example.net",))))


# Unpublished records


def test_an_unpublished_record_makes_no_entry_and_no_feed_and_its_list_counts_for_nothing() -> None:
    hidden = article("u", topics=("Hid",), state="unpublished", related=(item("y"),))
    feeds = select([article("a"), hidden])
    assert sorted(feeds) == ["all", "topics/news"]
    assert names(feeds["all"]) == ["a"]


def test_an_unpublished_record_that_is_listed_stands_as_its_parent_tells_it_under_its_own_id() -> (
    None
):
    hidden = article("u", title="Its own words", id="tag:u", state="unpublished")
    shown = entry(select([article("a", related=(item("u", title="Told"),)), hidden])["all"], "u")
    assert (shown.id, shown.article.title, shown.article.topics) == ("tag:u", "Told", ())


# Duplicates


def test_records_of_one_key_are_one_entry_with_topics_and_lists_united() -> None:
    twin = article(
        "a",
        1,
        url="http://news.example.org/a",
        title="Older",
        topics=("Tea", "#ai"),
        related=(item("y"), item("x", title="Again")),
    )
    first = article("a", 1, updated=day(2), topics=("AI",), related=(item("x"),))
    articles = [twin, first]
    shown = entry(select(articles)["all"], "a")
    assert shown.article.title == "About a"
    assert shown.article.topics == ("AI", "Tea")
    assert hrefs(shown.related) == ["x", "y"]


RANKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the one updated last": ({"updated": day(3)}, {"updated": day(2), "quality": 9}),
    "the published date stands for an update": ({"published": day(3)}, {"updated": day(2)}),
    "then the one of highest quality": ({"quality": 2}, {"quality": 1}),
    "a negative quality is over none": ({"quality": -5}, {}),
}


@pytest.mark.parametrize("rule", RANKS)
@pytest.mark.parametrize("is_related", [False, True])
def test_the_fields_of_one_key_come_from(rule: str, is_related: bool) -> None:
    better, worse = RANKS[rule]
    if is_related:
        articles = [
            article("a", related=(item("x", title="Better", **better),)),
            article("b", related=(item("x", title="Worse", **worse),)),
        ]
    else:
        articles = [article("x", title="Better", **better), article("x", title="Worse", **worse)]
    for order in (articles, articles[::-1]):
        assert entry(select(order)["all"], "x").article.title == "Better"


def test_equal_records_are_ranked_by_what_they_say_not_by_their_order() -> None:
    articles = [article("x", title=f"Title {number}") for number in range(6)]
    titles = {
        entry(select(order)["all"], "x").article.title for order in (articles, articles[::-1])
    }
    assert len(titles) == 1


def test_a_primary_gives_the_fields_before_any_item_however_late_that_was_updated() -> None:
    articles = [article("x", title="Recorded"), article("a", related=(item("x", updated=day(9)),))]
    shown = entry(select(articles)["all"], "x").article
    assert (shown.title, shown.updated) == ("Recorded", None)


# Ids


def test_an_id_is_made_of_the_url_and_the_same_for_http_and_https() -> None:
    secure, plain = (
        make([article("a", url=f"{scheme}://news.example.org/a")]).entries[0].id
        for scheme in ("https", "http")
    )
    assert secure == plain
    assert secure == "urn:uuid:" + str(uuid_of("https://news.example.org/a"))


def uuid_of(text: str) -> UUID:
    return uuid5(NAMESPACE_URL, text)


IDS = {
    "tag:news.example.org,2026:a": "tag:news.example.org,2026:a",
    "urn:ISBN:0451450523": "urn:ISBN:0451450523",
    "0A1B2C3D-1111-4222-8333-444455556666": "urn:uuid:0a1b2c3d-1111-4222-8333-444455556666",
    "post 42": f"urn:uuid:{uuid_of('feedkit:post 42')}",
    "https://news.example.org/?p=1": "https://news.example.org/?p=1",
    "https://news.example.org/ p=1": f"urn:uuid:{uuid_of('feedkit:https://news.example.org/ p=1')}",
}


@pytest.mark.parametrize("own", IDS)
def test_a_records_own_id_is_written_as(own: str) -> None:
    assert make([article("a", id=own)]).entries[0].id == IDS[own]


def test_the_smallest_explicit_id_of_records_of_any_state_wins_over_none() -> None:
    articles = [
        article("a", updated=day(5)),
        article("a", id="b:1"),
        article("a", id="a:1", state="draft"),
    ]
    assert entry(select(articles)["all"], "a").id == "a:1"


def test_of_two_keys_with_one_id_the_one_updated_last_keeps_it() -> None:
    articles = [article("old", 1, id="a:1"), article("new", 2, id="a:1")]
    with pytest.raises(feedkit.RecordError, match=r"news\.example\.org/old: id: .*a:1"):
        select(articles)


def test_of_two_keys_with_one_id_and_date_the_smaller_key_keeps_it() -> None:
    articles = [article("b", id="a:1"), article("a", id="a:1")]
    for order in (articles, articles[::-1]):
        with pytest.raises(feedkit.RecordError, match=r"example\.org/b: id: "):
            select(order)


def test_an_explicit_id_may_not_be_the_one_that_is_made_for_another_url() -> None:
    made = make([article("b")]).entries[0].id
    with pytest.raises(feedkit.RecordError, match=r"example\.org/a: id: "):
        select([article("a", 2, id=made), article("b", 1)])


# The modes of `related`


def test_links_keeps_lists_and_adds_neither_entries_nor_feeds() -> None:
    listed = (item("x", provider=provider("Xyz", "xyz.example.org")), item("b"))
    feeds = select([article("a", related=listed), article("b")], configure(related="links"))
    assert sorted(feeds) == ["all", "topics/news"]
    assert sorted(names(feeds["all"])) == ["a", "b"]
    assert hrefs(entry(feeds["all"], "a").related) == ["x", "b"]
    assert hrefs(entry(feeds["all"], "b").related_to) == ["a"]


def test_none_drops_links_and_lists_too() -> None:
    feed = select([article("a", related=(item("b"),)), article("b")], configure(related="none"))[
        "all"
    ]
    assert sorted(names(feed)) == ["a", "b"]
    assert [(one.related, one.related_to) for one in feed.entries] == [((), ()), ((), ())]


KINDS = {"all": "all", "topics": "topics/news", "providers": "providers/xyz.example.org"}


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_feeds_may_keep_links_alone_while_others_show_entries(kind: str) -> None:
    xyz = provider("Xyz", "xyz.example.org")
    articles = [article("a", provider=xyz, related=(item("x", provider=xyz),))]
    feeds = select(articles, configure(related={kind: "links"}))
    shown = {one: "x" in names(feeds[path]) for one, path in KINDS.items()}
    assert shown == {one: one != kind for one in KINDS}


def test_providers_that_are_only_listed_have_no_feed_and_no_source_where_providers_keep_links() -> (
    None
):
    listed = item("x", provider=provider("Xyz", "xyz.example.org"))
    feeds = select([article("a", related=(listed,))], configure(related={"providers": "links"}))
    assert sorted(feeds) == ["all", "topics/news"]
    assert entry(feeds["all"], "x").source == ""


def test_make_feed_keeps_links_unless_told_otherwise() -> None:
    articles = [article("a", 2, related=(item("x", 1),))]
    assert names(make(articles)) == ["a"]
    assert hrefs(make(articles).entries[0].related) == ["x"]
    assert names(make(articles, related="entries")) == ["a", "x"]
    assert make(articles, related="none").entries[0].related == ()


def test_make_feed_holds_the_newest_and_asks_no_clock() -> None:
    articles = [
        article("a", 1),
        article("b", published=NOW + timedelta(days=9999)),
        article("c", 3),
    ]
    assert names(make(articles, limit=2)) == ["b", "c"]


def test_make_feed_withholds_drafts() -> None:
    assert names(make([article("a"), article("b", state="draft")])) == ["a"]


def test_make_feed_cleans_the_title_that_it_is_given() -> None:
    feed = feedkit.make_feed([], SITE, title=" All\x00\n news ", path="/news/")
    assert (feed.title, feed.path) == ("All news", "news")


def make(articles: Sequence[Article], **options: Any) -> feedkit.Feed:
    return feedkit.make_feed(articles, SITE, title="Made", path="made", **options)


# Titles of feeds


def test_a_topics_title_is_the_spelling_in_most_records_then_the_shortest_then_the_smallest() -> (
    None
):
    def title(*spellings: str) -> str:
        return select([article(f"a{n}", topics=(one,)) for n, one in enumerate(spellings)])[
            "topics/ai-tools"
        ].title

    assert title("AI-Tools", "ai tools", "ai tools") == "ai tools"
    assert title("AI - Tools", "ai tools") == "ai tools"
    assert title("ai tools", "AI Tools", "Ai tools") == "AI Tools"


def test_a_providers_title_is_the_commonest_name_of_its_own_records_not_of_lists() -> None:
    listed = tuple(
        item(f"x{n}", provider=provider("As listed", "abc.example.org")) for n in range(3)
    )
    articles = [article("a", provider=provider("Recorded", "abc.example.org"), related=listed)]
    assert select(articles)["providers/abc.example.org"].title == "Recorded"


def test_a_provider_is_never_called_what_a_duplicate_calls_another_one() -> None:
    articles = [
        article("a", updated=day(2), provider=provider("Longer name", "abc.example.org")),
        article("a", updated=day(1), provider=provider("Short", "xyz.example.org")),
    ]
    feeds = select(articles)
    assert feeds["providers/abc.example.org"].title == "Longer name"
    assert "providers/xyz.example.org" not in feeds


def test_an_entrys_author_is_its_own_records_name_whatever_the_feed_is_called() -> None:
    articles = [
        article("a", provider=provider("Abc", "abc.example.org")),
        article("b", provider=provider("ABC News", "abc.example.org")),
    ]
    feed = select(articles)["providers/abc.example.org"]
    assert feed.title == "Abc"
    shown = entry(feed, "b").article.provider
    assert shown is not None
    assert shown.name == "ABC News"


def test_channels_of_a_shared_domain_have_feeds_of_their_own() -> None:
    articles = [
        article("a", provider=provider("River Films", "youtube.com")),
        article("b", provider=provider("Tunnel Films", "youtube.com")),
        article("c", provider=provider("No Domain")),
    ]
    assert [path for path in select(articles) if path.startswith("providers/")] == [
        "providers/no-domain",
        "providers/youtube.com_river-films",
        "providers/youtube.com_tunnel-films",
    ]


# Any order


NUMBERS = st.integers(0, 5)


@st.composite
def corpora(draw: st.DrawFn) -> list[Article]:
    """Draw records that collide in everything: keys, ids, dates, titles, providers and lists."""
    who = st.sampled_from(
        [None, provider("One", "one.example.org"), provider("ONE"), provider("Two", "youtube.com")]
    )
    title = st.sampled_from([TOLD, "Other", "!?"])
    items = st.builds(
        lambda name, number, title, who: item(f"k{name}", number, title=title, provider=who),
        NUMBERS,
        st.integers(0, 2),
        title,
        who,
    )
    records = st.builds(
        lambda name, number, title, who, quality, topics, related, state: article(
            f"k{name}",
            number,
            title=title,
            provider=who,
            quality=quality,
            topics=tuple(topics),
            related=tuple(related),
            state=state,
            id=f"k:{name}" if quality else "",
        ),
        NUMBERS,
        st.integers(0, 2),
        title,
        who,
        st.sampled_from([None, 0, 1]),
        st.lists(st.sampled_from(["AI", "ai", "Tea"]), max_size=2),
        st.lists(items, max_size=4),
        st.sampled_from(["published", "published", "unpublished", "draft"]),
    )
    return draw(st.lists(records, max_size=8))


@given(articles=corpora(), seed=st.integers(0, 2**16))
def test_the_order_of_records_changes_nothing(articles: list[Article], seed: int) -> None:
    config = configure(limit=2, max_related=2)
    shuffled = random.Random(seed).sample(articles, len(articles))
    feeds = feedkit.select_feeds(articles, config, now=NOW)
    assert feedkit.select_feeds(shuffled, config, now=NOW) == feeds


@given(articles=corpora())
def test_every_feed_holds_each_id_once_newest_first_and_links_that_hold_both_ways(
    articles: list[Article],
) -> None:
    for feed in feedkit.select_feeds(articles, configure(max_related=2), now=NOW):
        entries = {one.id: one for one in feed.entries}
        assert len(entries) == len(feed.entries)
        dates = [one.article.published for one in feed.entries]
        assert dates == sorted(dates, reverse=True)
        for one in feed.entries:
            assert one.id not in {link.id for link in (*one.related, *one.related_to)}
            for link in one.related_to:
                parent = entries.get(link.id)
                assert parent is None or one.id in {other.id for other in parent.related}


def test_a_listed_article_whose_id_a_record_names_is_left_out_and_said() -> None:
    moved = article("new", id=feedkit_id("old"))
    parent = article("lead", related=(item("old"), item("other")))
    with pytest.raises(feedkit.RecordError, match=r"lead: related\[0\]: expected another id than"):
        select([moved, parent])
    others = article("lead", related=(item("other"),))
    assert set(names(select([moved, others])["all"])) == {"new", "lead", "other"}


def feedkit_id(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, url(name))}"


def test_a_feed_without_a_title_is_refused() -> None:
    with pytest.raises(ValueError, match="title: expected some text"):
        feedkit.make_feed([article("a")], SITE, title=" \n", path="a")


def test_what_cannot_be_used_is_told_and_left_out() -> None:
    broken, bad_item = article("bad", title=""), item("x", title="")
    given = [article("good", related=(bad_item, item("fine"))), broken]
    told: list[str] = []
    feed = feedkit.make_feed(
        given, SITE, title="T", path="t", on_problem=lambda problem: told.append(str(problem))
    )
    assert names(feed) == ["good"]
    assert [link.title for link in feed.entries[0].related] == ["About fine"]
    assert len(told) == 2
    with pytest.raises(feedkit.RecordError):
        feedkit.make_feed(given, SITE, title="T", path="t")


def test_an_article_dated_after_now_is_withheld_from_one_feed_too() -> None:
    later = article("later", published=NOW + timedelta(seconds=1))
    both = [later, article("now")]
    assert names(feedkit.make_feed(both, SITE, title="T", path="t", now=NOW)) == ["now"]
    assert names(feedkit.make_feed(both, SITE, title="T", path="t")) == ["later", "now"]


def test_a_time_without_a_zone_is_refused() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="now: expected an aware datetime"):
        feedkit.select_feeds([], SITE, now=naive)
    with pytest.raises(ValueError, match="now: expected an aware datetime"):
        feedkit.make_feed([], SITE, title="T", path="t", now=naive)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_feed_has_room_for_an_entry(limit: int) -> None:
    with pytest.raises(ValueError, match="limit: expected at least 1"):
        feedkit.make_feed([], SITE, title="T", path="t", limit=limit)


@pytest.mark.parametrize("path", ["../x", "a/../b", ".", "a/./b"])
def test_a_feed_stands_below_its_site(path: str) -> None:
    with pytest.raises(ValueError, match="path: expected one below"):
        feedkit.make_feed([], SITE, title="T", path=path)


def test_the_lists_of_unpublished_records_exclude_nothing() -> None:
    listed = item("seen", provider=provider("Banned"))
    unpublished = article("off", state="unpublished", related=(listed,))
    config = configure(Exclude(providers=("Banned",)))
    assert names(select([unpublished, article("seen")], config)["all"]) == ["seen"]
    published = article("on", related=(listed,))
    assert names(select([published, article("seen")], config)["all"]) == ["on"]


def test_a_host_is_excluded_whatever_its_port() -> None:
    given = [article("a", url="https://bad.example.org:8080/a"), article("b")]
    config = configure(Exclude(domains=("bad.example.org",)))
    assert names(select(given, config)["all"]) == ["b"]


def test_a_record_with_hundreds_of_topics_is_no_more_than_hundreds_of_feeds() -> None:
    topics = tuple(f"Topic {number}" for number in range(500))
    assert len(select([article("a", topics=topics)])) == 501
