"""Which size of a picture stands where, and whose picture it is."""

import json
from datetime import UTC, datetime
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from lxml import etree

import feedkit
from feedkit.config.feed_info import About
from feedkit.models import Image
from feedkit.render.view import (
    FAVICON,
    ICON,
    LARGE,
    LOGO,
    PictureUse,
    choose_picture,
    choose_rss_image,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(
    title="Harbour", url="https://feeds.example.org/", home="https://example.org/news/"
)
ATOM = "{http://www.w3.org/2005/Atom}"


def make_images(*sizes: str) -> tuple[Image, ...]:
    """Pictures called by their sizes: ``50x50``; ``?`` is unknown."""
    found = []
    for size in sizes:
        width, height = (int(side) if side.isdigit() else None for side in size.split("x"))
        found.append(Image(url=size, width=width, height=height))
    return tuple(found)


def make_article(number: int, **provider: Any) -> feedkit.Article:
    return feedkit.Article(
        url=f"https://post.example.org/{number}",
        title=f"Number {number}",
        published=datetime(2026, 2, number, tzinfo=UTC),
        topics=("Tides",),
        provider=feedkit.Provider(**{"name": "Post", "domain": "post.example.org"} | provider),
    )


def select(*articles: feedkit.Article, **tables: Any) -> dict[str, feedkit.Feed]:
    config = feedkit.Config(site=SITE, **tables)
    return {feed.path: feed for feed in feedkit.select_feeds(articles, config, now=NOW)}


def read_pictures(feed: feedkit.Feed) -> dict[str, str | None]:
    """Return the pictures of a feed's head, as each format gives them."""
    atom, rss, made = (feedkit.render(feed, format).body for format in feedkit.FORMATS)
    root, said = etree.fromstring(atom), json.loads(made)
    return {
        "icon": root.findtext(f"{ATOM}icon"),
        "logo": root.findtext(f"{ATOM}logo"),
        "image": etree.fromstring(rss).findtext("channel/image/url"),
        "json icon": said.get("icon"),
        "favicon": said.get("favicon"),
    }


@pytest.mark.parametrize(
    ("use", "sizes", "best"),
    [
        (ICON, ["400x400", "50x50"], "50x50"),
        (ICON, ["16x16", "400x400", "50x50"], "50x50"),
        (ICON, ["16x16", "24x24"], "24x24"),
        (ICON, ["64x32", "400x400"], "400x400"),
        (ICON, ["64x32", "600x300"], "64x32"),
        (ICON, ["400x400", "48x52"], "48x52"),
        (FAVICON, ["50x50", "400x400", "96x96"], "96x96"),
        (FAVICON, ["50x50", "400x400"], "400x400"),
        (LARGE, ["50x50", "400x400", "1200x630"], "400x400"),
        (LARGE, ["1200x630", "32x32"], "1200x630"),
        (LARGE, ["1200x630", "128x128"], "128x128"),
        (LARGE, ["100x60", "32x32"], "32x32"),
        (LARGE, ["2048x2048", "600x600", "512x512"], "512x512"),
        (LOGO, ["400x400", "600x300", "1200x600"], "600x300"),
        (LOGO, ["400x400", "50x50"], "400x400"),
        (LOGO, ["400x400", "100x50"], "100x50"),
        (LARGE, ["?x?", "50x50"], "50x50"),
        (LARGE, ["?x?"], "?x?"),
        (ICON, ["64x?", "50x?"], "50x?"),
        (ICON, ["50x50", "50x50 "], "50x50"),
    ],
)
def test_the_best_size_is_chosen_by_shape_then_by_width(
    use: PictureUse, sizes: list[str], best: str
) -> None:
    assert choose_picture(make_images(*sizes), use) == best


def test_of_pictures_without_sizes_the_first_is_chosen() -> None:
    images = (Image(url="a"), Image(url="b"))
    assert (choose_picture(images, LARGE), choose_rss_image(images)) == ("a", "a")


@pytest.mark.parametrize(
    ("sizes", "best"),
    [
        (["50x50", "144x400", "145x60", "400x400"], "144x400"),
        (["600x600", "400x400"], "400x400"),
        (["?x?", "400x400"], "400x400"),
        (["50x50", "100x500"], "50x50"),
    ],
)
def test_rss_gets_the_largest_picture_that_it_allows(sizes: list[str], best: str) -> None:
    assert choose_rss_image(make_images(*sizes)) == best


def test_a_provider_has_the_picture_that_is_known_of_it_in_every_format() -> None:
    images = make_images("50x50", "400x400", "600x300", "/64x64")
    record = Image(url="https://post.example.org/own.png")
    providers = {"post.example.org": About(images=images)}
    feeds = select(make_article(1, images=(record,)), providers=providers)
    home = "https://example.org/news/"
    assert read_pictures(feeds["providers/post.example.org"]) == {
        "icon": f"{home}50x50",
        "logo": f"{home}600x300",
        "image": "https://example.org/news/64x64",
        "json icon": f"{home}400x400",
        "favicon": "https://example.org/news/64x64",
    }
    assert set(read_pictures(feeds["all"]).values()) == {None}
    assert set(read_pictures(feeds["topics/tides"]).values()) == {None}


@pytest.mark.parametrize("known", [{}, {"other.example.org": About(images=make_images("1x1"))}])
def test_a_provider_of_which_nothing_is_known_has_its_newest_entrys_picture(
    known: dict[str, About],
) -> None:
    old, new = (
        make_article(number, images=(Image(url=f"https://post.example.org/{number}.png"),))
        for number in (1, 2)
    )
    feeds = select(old, new, make_article(3), providers=known)
    found = set(read_pictures(feeds["providers/post.example.org"]).values())
    assert found == {"https://post.example.org/2.png"}


def test_a_topic_has_the_picture_that_is_known_of_it() -> None:
    feeds = select(make_article(1), topics={"TIDES": About(images=make_images("50x50"))})
    found = set(read_pictures(feeds["topics/tides"]).values())
    assert found == {"https://example.org/news/50x50"}


def test_an_author_has_its_own_records_picture_or_else_the_one_that_is_known() -> None:
    providers = {"post.example.org": About(images=make_images("400x400", "50x50", "512x512"))}
    own = (Image(url="https://post.example.org/own.png"),)
    feed = select(make_article(1), make_article(2, images=own), providers=providers)["all"]
    items = json.loads(feedkit.render(feed, "json").body)["items"]
    avatars = [author["avatar"] for item in items for author in (item["author"], *item["authors"])]
    home, record = "https://example.org/news/", "https://post.example.org/own.png"
    assert avatars == [record, record, f"{home}512x512", f"{home}512x512"]
    root = etree.fromstring(feedkit.render(feed, "atom").body)
    icons = [element.text for element in root.iterfind(f"{ATOM}entry/{ATOM}source/{ATOM}icon")]
    assert icons == [record, f"{home}50x50"]


def test_the_author_of_an_article_without_a_domain_has_the_home_that_is_known() -> None:
    known = {"Quay": About(home="https://quay.example.org/paper")}
    known["post.example.org"] = About(home="https://post.example.org/else")
    feeds = select(make_article(1, name="quay", domain=""), make_article(2), providers=known)
    items = json.loads(feedkit.render(feeds["all"], "json").body)["items"]
    urls = [item["author"].get("url") for item in items]
    assert urls == ["https://post.example.org/", "https://quay.example.org/paper"]


def test_under_a_shared_domain_a_provider_is_known_by_domain_and_name() -> None:
    providers = {
        "medium.com_The Quay": About(images=make_images("50x50"), title="Quay"),
        "medium.com": About(title="Medium"),
    }
    one = make_article(1, name="The  QUAY", domain="medium.com")
    other = make_article(2, name="Another", domain="medium.com")
    feeds = select(one, other, providers=providers)
    assert feeds["providers/medium.com_the-quay"].title == "Quay"
    assert feeds["providers/medium.com_the-quay"].pictures != ()
    assert feeds["providers/medium.com_another"].title == "Another"


def test_a_reader_of_atom_and_rss_sees_the_pictures() -> None:
    providers = {"post.example.org": About(images=make_images("50x50", "400x400"))}
    feed = select(make_article(1), providers=providers)["providers/post.example.org"]
    atom, rss = (feedparser.parse(feedkit.render(feed, form).body).feed for form in ("atom", "rss"))
    home = "https://example.org/news/"
    assert (atom.icon, atom.logo, rss.image.href) == (
        f"{home}50x50",
        f"{home}400x400",
        f"{home}50x50",
    )
    assert (rss.image.title, rss.image.link) == ("Post", rss.link)


def test_feedgens_own_object_has_each_formats_picture() -> None:
    providers = {"post.example.org": About(images=make_images("50x50", "400x400"))}
    feed = select(make_article(1), providers=providers)["providers/post.example.org"]
    made = feedkit.to_feedgen(feed)
    assert made.logo().endswith("400x400")
    assert made.image()["url"].endswith("50x50")


def test_in_a_web_view_too_a_provider_with_a_long_name_has_its_picture() -> None:
    name = "A very long name " * 8  # whose slug ends in a digest, and is none of its own slug
    config = feedkit.Config(site=SITE, providers={name: About(images=make_images("50x50"))})
    articles = [make_article(1, name=name, domain="")]
    feed = feedkit.make_feed(articles, config, title="Tides", path="tides")
    (item,) = json.loads(feedkit.render(feed, "json").body)["items"]
    assert item["author"]["avatar"] == "https://example.org/news/50x50"
