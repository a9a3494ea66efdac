"""Pages for people: what stands on them, where they lead, and what they may load."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import etree, html

import feedkit
from feedkit import Article, Image, Provider, RelatedArticle
from feedkit.pages import MOST_ENTRIES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/f/")
POST = Provider(name="Harbour Post", domain="post.example.org")
PAGE = "topics/tides/index.html"
STYLED = feedkit.PublishSettings(stylesheet=True)


def article(name: str, hours: int = 0, **more: object) -> Article:
    fields: dict[str, object] = {"title": f"About {name}", "topics": ("Tides",), "provider": POST}
    fields |= {"url": f"https://news.example.org/{name}"} | more
    date = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=hours)
    return Article(published=date, **fields)  # type: ignore[arg-type]


def build(out: Path, *articles: Article, **more: object) -> feedkit.Report:
    config = feedkit.Config(site=SITE, **more)  # type: ignore[arg-type]
    return feedkit.build(articles, out, config, now=NOW, cache=False)


def parse(out: Path, name: str = PAGE) -> etree._Element:
    return html.document_fromstring(
        (out / name).read_bytes(), parser=html.HTMLParser(encoding="utf-8")
    )


def find(page: etree._Element, path: str) -> list[str]:
    found = page.xpath(path)
    assert isinstance(found, list)
    return [str(one) if isinstance(one, str) else text(one) for one in found]


def text(element: object) -> str:
    assert isinstance(element, etree._Element)
    return " ".join("".join(map(str, element.itertext())).split())


def find_links(out: Path) -> Iterator[tuple[Path, str]]:
    for page in out.rglob("index.html"):
        for link in find(parse(out, str(page.relative_to(out))), "//@href | //@src"):
            yield page, link


def test_a_page_shows_title_provider_date_excerpt_and_picture_of_an_entry(tmp_path: Path) -> None:
    picture = Image(url="https://pictures.example.org/a.jpg")
    build(tmp_path, article("ebb", summary="It falls.", images=(picture,)))
    page = parse(tmp_path)
    assert find(page, "//h3/a/@href") == ["https://news.example.org/ebb"]
    (entry,) = find(page, "//ol/li")
    assert entry == "About ebb Harbour Post · 2026-02-01 It falls."
    assert find(page, "//ol//time/@datetime") == ["2026-02-01T00:00:00Z"]
    assert find(page, "//ol//img/@src | //meta[@property='og:image']/@content") == [picture.url] * 2
    assert find(page, "//ol//img/@loading") == ["lazy"]


def test_a_page_names_its_feed_in_each_format_and_its_own_address(tmp_path: Path) -> None:
    build(tmp_path, article("ebb"))
    page, base = parse(tmp_path), "https://feeds.example.org/f/topics/tides/"
    urls = [base + name for name in ("atom.xml", "rss.xml", "feed.json")]
    assert find(page, "//link[@rel='alternate']/@href") == urls
    assert find(page, "//ul[@class='addresses']/li/a/@href") == urls
    own = "//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"
    assert find(page, own) == [base] * 2


def test_a_related_article_is_a_link_on_a_topics_page_and_an_entry_on_its_providers(
    tmp_path: Path,
) -> None:
    other = RelatedArticle(
        url="https://late.example.org/b",
        title="Told <again>",
        published=datetime(2026, 1, 30, tzinfo=UTC),
        provider=Provider(name="Late Post", domain="late.example.org"),
    )
    build(tmp_path, article("ebb", related=(other,)))
    assert find(parse(tmp_path), "//ol/li/h3") == ["About ebb"]
    assert find(parse(tmp_path), "//ol/li/ul/li") == ["Told <again> – Late Post, 2026-01-30"]
    provider = parse(tmp_path, "providers/late.example.org/index.html")
    assert find(provider, "//ol/li/h3") == ["Told <again>"]


def test_a_page_shows_the_newest_and_says_that_the_feed_holds_more(tmp_path: Path) -> None:
    build(tmp_path, *(article(f"n{number}", number) for number in range(MOST_ENTRIES + 1)))
    titles = find(parse(tmp_path), "//ol/li/h3")
    assert (len(titles), titles[0], titles[-1]) == (30, "About n30", "About n1")
    assert find(parse(tmp_path), "//p[@class='note']") == [
        "These are the newest 30 of the 31 articles in the feed."
    ]


def test_a_page_that_shows_all_says_nothing_of_more(tmp_path: Path) -> None:
    build(tmp_path, *(article(f"n{number}", number) for number in range(MOST_ENTRIES)))
    assert find(parse(tmp_path), "//p[@class='note']") == []


def test_a_long_excerpt_ends_between_two_words(tmp_path: Path) -> None:
    build(tmp_path, article("ebb", summary="tidal & <b> " * 40))
    (shown,) = find(parse(tmp_path), "//ol/li/p[@dir='auto']")
    assert 260 < len(shown) <= 281
    assert re.fullmatch(r"(tidal & <b> )*tidal( &( <b>)?)?…", shown)


@pytest.mark.parametrize(
    ("summary", "length"),
    [
        ("据报道 " + "渡轮因大雾" * 100, 280),  # the only space is far away
        ("a" * 279 + "\u0301" * 30, 278),
        ("a" * 278 + "👩\u200d👩\u200d👧 b", 278),
        ("a" * 279 + "👍🏽" + "b" * 9, 279),
        ("🇩🇪" * 200, 280),
        ("a" + "🇩🇪" * 200, 279),
        ("a" * 281, 280),
    ],
)
def test_no_character_of_a_long_excerpt_is_halved(
    tmp_path: Path, summary: str, length: int
) -> None:
    build(tmp_path, article("ebb", summary=summary))
    (shown,) = find(parse(tmp_path), "//ol/li/p[@dir='auto']")
    assert shown == f"{summary[:length]}…"


def test_a_page_in_a_language_that_is_written_from_the_right_is_so_whatever_its_titles(
    tmp_path: Path,
) -> None:
    other = RelatedArticle(
        url="https://late.example.org/b",
        title="BBC تعلن",
        published=datetime(2026, 1, 30, tzinfo=UTC),
        provider=Provider(name="صحيفة 24"),
    )
    site = feedkit.Site(title="مرفأ", url=SITE.url, language="ar")
    config = feedkit.Config(site=site)
    ebb = article("ebb", summary="iPhone.", related=(other,))
    flow = article("flow", language="en")
    feedkit.build([ebb, flow], tmp_path, config, now=NOW, cache=False)
    page = parse(tmp_path)
    assert find(page, "/html/@dir | //h1/@dir | //p[@class='lead']/@dir") == ["rtl"] * 3
    assert find(page, "//ol/li/@lang | //ol/li/@dir") == ["en", "auto", "ar", "rtl"]
    assert find(page, "//ol/li/ul/li//bdi") == ["BBC تعلن", "صحيفة 24"]
    assert find(page, "//ol/li/ul/li//bdi/@dir") == ["rtl"] * 2  # not by its first letter
    own = find(page, "//*[@lang='en' and not(self::li)]/@dir")
    assert set(own) == {"ltr"}
    assert len(own) > 2
    assert find(parse(tmp_path, "index.html"), "/html/@dir") == ["rtl"]


@pytest.mark.parametrize(
    ("language", "direction"),
    [("he", "rtl"), ("fa-IR", "rtl"), ("uz-Arab", "rtl"), ("ks-Deva", None), ("de", None)],
)
def test_which_languages_are_written_from_the_right(
    tmp_path: Path, language: str, direction: str | None
) -> None:
    site = feedkit.Site(title="Harbour", url=SITE.url, language=language)
    feedkit.build([article("ebb")], tmp_path, feedkit.Config(site=site), now=NOW, cache=False)
    assert parse(tmp_path).get("dir") == direction


def test_the_index_leads_home_and_counts_what_pages_show(tmp_path: Path) -> None:
    listed = [
        RelatedArticle(
            url=f"https://late.example.org/{number}", title=f"Late {number}",
            published=datetime(2026, 1, 30, tzinfo=UTC),
        )
        for number in range(3)
    ]  # fmt: skip
    build(tmp_path, article("ebb", related=tuple(listed)), article("flow"))
    index = parse(tmp_path, "index.html")
    assert find(index, "//nav/a/@href") == ["https://feeds.example.org/"]
    (topic,) = find(index, "//section[@aria-labelledby='topics']//li")
    assert topic == "Tides 2 articles, newest 2026-02-01"
    assert len(find(parse(tmp_path), "//ol/li/h3")) == 2


def test_the_index_names_no_more_feeds_to_programs_than_somebody_would_choose_among(
    tmp_path: Path,
) -> None:
    topics = tuple(f"t{number:03}" for number in range(120))
    build(tmp_path, article("ebb", topics=topics))
    index = parse(tmp_path, "index.html")
    assert len(find(index, "//section[@aria-labelledby='topics']//li")) == 120
    names = find(index, "//link[@rel='alternate']/@href")
    assert len(names) == 300
    assert names[0] == "https://feeds.example.org/f/all/atom.xml"


def test_the_index_of_a_site_without_a_combined_feed_offers_what_there_is(tmp_path: Path) -> None:
    build(tmp_path, article("ebb"), feeds=feedkit.FeedSettings(all=False))
    index = parse(tmp_path, "index.html")
    assert find(index, "//section[@class='subscribe']/h2") == ["Subscribe"]
    assert find(index, "//ul[@class='addresses']") == []
    assert find(index, "//section[@class='subscribe']//a/@href") == ["feeds.opml"]


def test_every_link_between_pages_leads_to_a_file(tmp_path: Path) -> None:
    build(
        tmp_path,
        article("ebb", topics=("Tides", "Über/unter 北京")),
        article("flow", provider=Provider(name="No Domain?")),
        redirects={"old/place": "topics/tides", "x": ""},
        feeds=feedkit.FeedSettings(all=""),
    )
    inner = [(page, link) for page, link in find_links(tmp_path) if not urlsplit(link).scheme]
    assert len(inner) > 20
    for page, link in inner:
        target = Path(unquote(urljoin(page.as_uri(), link)).removeprefix("file://"))
        assert target.is_file(), (page, link)


def test_the_page_of_a_feed_that_is_gone_says_so_and_offers_no_address(tmp_path: Path) -> None:
    build(tmp_path, article("ebb"), article("fog", topics=("Fog",)))
    build(tmp_path, article("fog", topics=("Fog",)))
    page = parse(tmp_path)
    assert find(page, "//main//a | //button | //h3") == []
    assert "has ended" in text(page)


def test_the_index_counts_feeds_and_their_articles_and_offers_all_at_once(tmp_path: Path) -> None:
    build(tmp_path, article("ebb"), article("flow", 30, topics=("Tides", "Fog & ice")))
    page = parse(tmp_path, "index.html")
    assert find(page, "//section[@class='group']/h2") == ["Topics 2", "Providers 1"]
    assert find(page, "//ul[@class='feeds']/li") == [
        "Fog & ice 1 article, newest 2026-02-02",
        "Tides 2 articles, newest 2026-02-02",
        "Harbour Post 2 articles, newest 2026-02-02",
    ]
    assert "feeds.opml" in find(page, "//main//a/@href")


@pytest.mark.parametrize("language", ["en-GB", "ar"])
def test_words_of_feedkits_own_say_their_language_where_the_feed_has_another(
    tmp_path: Path, language: str
) -> None:
    site = feedkit.Site(title="Harbour", url=SITE.url, language=language)
    feedkit.build([article("ebb")], tmp_path, site, now=NOW, cache=False)
    page = parse(tmp_path)
    assert find(page, "//html/@lang") == [language]
    own = [] if language == "en-GB" else ["en", "en"]
    assert find(page, "//nav/@lang | //main/h2/@lang") == own
    listed = parse(tmp_path, "index.html")
    assert find(listed, "//li/span[@class='meta']/@lang") == own


def test_what_would_be_markup_or_script_in_a_text_is_text(tmp_path: Path) -> None:
    evil = "\"><img src=x onerror=alert(1)><script>alert('x')</script>"
    other = RelatedArticle(url="https://late.example.org/", title=evil, published=NOW)
    build(
        tmp_path,
        article(
            *("a",), title=evil, summary=evil, topics=(evil, "Tides"), related=(other,),
            provider=Provider(name=evil), language='x"><script>',
        ),
    )  # fmt: skip
    for file in tmp_path.rglob("index.html"):
        page = parse(tmp_path, str(file.relative_to(tmp_path)))
        assert find(page, "//img | //script[text()] | //@onerror") == []
        assert {urlsplit(link).scheme for link in find(page, "//@href")} <= {"", "https", "data"}


def find_style(file: Path) -> str:
    """Return what a feed names, which stands right behind its declaration."""
    first, second, *_ = file.read_text("utf-8").splitlines()
    assert first.startswith("<?xml ")
    found = re.fullmatch(r'<\?xml-stylesheet type="text/css" href="([^"]+)"\?>', second)
    return found[1] if found else ""


@pytest.mark.parametrize("place", ["all", "", "a/b c/d"])
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
def test_a_feed_names_the_style_sheet_from_where_it_stands(
    tmp_path: Path, place: str, name: str
) -> None:
    build(tmp_path, article("ebb"), article("fog", topics=("Fog",)))
    feeds = feedkit.FeedSettings(all=place)
    build(tmp_path, article("ebb"), feeds=feeds, publish=STYLED)
    for feed in (tmp_path / place, tmp_path / "topics/tides", tmp_path / "topics/fog"):
        assert (feed / find_style(feed / name)).read_bytes().startswith(b"/* Feeds that a browser")


def test_feeds_name_no_style_sheet_where_none_is_wanted(tmp_path: Path) -> None:
    build(tmp_path, article("ebb"), publish=STYLED)
    build(tmp_path, article("ebb"))
    feeds = [*tmp_path.rglob("atom.xml"), *tmp_path.rglob("rss.xml")]
    assert list(map(find_style, feeds)) == [""] * 6


def test_an_old_address_in_another_folder_finds_the_style_sheet_too(tmp_path: Path) -> None:
    redirects = {"topics/old": "topics/tides", "old": "providers/post.example.org"}
    build(tmp_path, article("ebb"), redirects=redirects, publish=STYLED)
    assert find_style(tmp_path / "topics/old/rss.xml") == "../../feedkit-feed.css"
    assert find_style(tmp_path / "old/rss.xml") == f"{SITE.url}feedkit-feed.css"


@pytest.mark.parametrize("name", ["feedkit.css", "Feedkit.JS", "feedkit-feed.css"])
def test_no_feed_may_stand_where_a_style_sheet_or_script_does(name: str) -> None:
    with pytest.raises(feedkit.ConfigError, match="never meets"):
        feedkit.FeedSettings(all=name)
