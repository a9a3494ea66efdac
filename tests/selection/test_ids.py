"""Ids and moved addresses as settings say them: docs/encoding.md, Ids."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

import feedkit
from feedkit import Article, Config, Exclude, Ids, RelatedArticle

SITE = feedkit.Site(title="Example", url="https://feeds.example.org/")
TOML = '[site]\ntitle = "A"\nurl = "https://feeds.example.org/"\n'
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOVED = {"https://old.example.org/": "https://new.example.org/news/"}
HIDDEN = feedkit.Provider(name="Hidden")
OLD, NEW = "https://old.example.org/a", "https://new.example.org/news/a"


def uuid_urn(text: str) -> str:
    return uuid5(NAMESPACE_URL, text).urn


def article(url: str, number: int = 0, **fields: Any) -> Article:
    given = {"title": f"About {url}", "published": DAY + timedelta(days=number)}
    return Article(url=url, **{**given, **fields})


def item(url: str) -> RelatedArticle:
    return RelatedArticle(url=url, title=f"Item {url}", published=DAY)


def configure(moved: dict[str, str] | None = None, **fields: Any) -> Config:
    return Config(site=SITE, moved=moved or {}, **fields)


def select(config: Config, *articles: Article) -> list[feedkit.Entry]:
    """Return the entries of the combined feed."""
    (feed,) = [
        feed for feed in feedkit.select_feeds(articles, config, now=NOW) if feed.path == "all"
    ]
    return list(feed.entries)


def place(config: Config, url: str) -> tuple[str, str]:
    """Return the link and the id of an article whose record says `url`."""
    (entry,) = select(config, article(url))
    return entry.article.url, entry.id


def load(tmp_path: Path, text: str, ids: str = "") -> Config:
    (tmp_path / "feedkit.toml").write_text(TOML + text, "utf-8")
    if ids:
        (tmp_path / "ids.json").write_text(ids, "utf-8")
    return feedkit.load_config(tmp_path / "feedkit.toml")


# Addresses as ids


@pytest.mark.parametrize("url", ["https://news.example.org/a?b=1", "http://news.example.org/a"])
def test_with_the_style_url_the_canonical_url_is_the_id(url: str) -> None:
    assert place(configure(ids=Ids(style="url")), f"{url}#:~:text=a") == (url, url)


def test_with_the_style_url_a_records_own_id_stays() -> None:
    (entry,) = select(configure(ids=Ids(style="url")), article(OLD, id="tag:example.org,2026:1"))
    assert entry.id == "tag:example.org,2026:1"


@pytest.mark.parametrize("schemes", [("http", "https"), ("https", "http")])
def test_with_the_style_url_one_article_has_one_id_whatever_schemes_name_it(
    schemes: tuple[str, str],
) -> None:
    own, listed = (f"{scheme}://news.example.org/a" for scheme in schemes)
    lists = [article(f"https://news.example.org/{n}", related=(item(listed),)) for n in "bc"]
    entries = select(configure(ids=Ids(style="url")), article(own), *lists)
    ids = {entry.id for entry in entries if entry.article.url == own}
    assert ids == {own} == {link.id for entry in entries for link in entry.related}


@pytest.mark.parametrize("schemes", [("http", "https"), ("https", "http")])
def test_an_article_that_is_only_listed_has_one_id_whatever_schemes_name_it(
    schemes: tuple[str, str],
) -> None:
    lists = [
        article(f"https://news.example.org/{n}", related=(item(f"{scheme}://x.example.org/"),))
        for n, scheme in enumerate(schemes)
    ]
    entries = select(configure(ids=Ids(style="url")), *lists)
    assert {link.id for entry in entries for link in entry.related} == {"https://x.example.org/"}
    assert "https://x.example.org/" in {entry.id for entry in entries}


@pytest.mark.parametrize("unseen", [{"state": "unpublished"}, {"provider": HIDDEN}])
def test_the_lists_of_what_makes_no_entry_say_nothing_of_ids(unseen: dict[str, Any]) -> None:
    config = configure(ids=Ids(style="url"), exclude=Exclude(providers=("Hidden",)))
    unheard = article("https://a.example.org/", related=(item("https://x.example.org/"),), **unseen)
    heard = article("https://b.example.org/", related=(item("http://x.example.org/"),))
    ids = {entry.id for entry in select(config, unheard, heard)}
    assert ids == {"https://b.example.org/", "http://x.example.org/"}


@pytest.mark.parametrize(("own", "scheme"), [("urn:own:1", "http"), ("", "https")])
def test_a_list_says_nothing_of_ids_if_the_id_of_its_record_is_anothers(
    own: str, scheme: str
) -> None:
    older: dict[str, Any] = {"id": own, "related": (item("https://x.example.org/"),)}
    newer: dict[str, Any] = {"id": "urn:own:1", "related": (item("http://x.example.org/"),)}
    articles = [
        article("https://a.example.org/", **older),
        article("https://b.example.org/", 1, **newer),
    ]
    errors: list[feedkit.RecordError] = []
    config = configure(ids=Ids(style="url"))
    feeds = feedkit.select_feeds(articles, config, now=NOW, on_problem=errors.append)
    listed = {entry.id for feed in feeds for entry in feed.entries if entry.is_related}
    assert listed == {f"{scheme}://x.example.org/"}
    assert len(errors) == bool(own)


def test_of_records_that_differ_in_scheme_the_smaller_address_is_the_id() -> None:
    records = [article(f"{scheme}://news.example.org/a") for scheme in ("https", "http")]
    for order in (records, records[::-1]):
        (entry,) = select(configure(ids=Ids(style="url")), *order)
        assert entry.id == "http://news.example.org/a"


def show_ids(config: Config, url: str) -> list[str]:
    """Return what Atom, RSS, RSS by feedgen and JSON Feed say of an article's id."""
    feed = feedkit.make_feed([article(url)], config, title="A", path="a")
    both = feedkit.render(feed, "rss").body, feedkit.to_feedgen(feed).rss_str()
    guids = [re.findall(rb'<guid isPermaLink="(.*)">(.*)</guid>', rss) for rss in both]
    (atom,) = re.findall(b"<entry>\\s*<id>(.*)</id>", feedkit.render(feed, "atom").body)
    (item,) = json.loads(feedkit.render(feed, "json").body)["items"]
    said = [" ".join(html.unescape(part.decode()) for part in found) for (found,) in guids]
    return [html.unescape(atom.decode()), *said, item["id"]]


def test_an_id_that_is_the_link_is_a_permalink_and_no_other() -> None:
    config = configure(MOVED, ids=Ids(style="url"))
    other = "https://other.example.org/?a=1&b"
    assert show_ids(config, other) == [other, f"true {other}", f"true {other}", other]
    assert show_ids(config, NEW) == [OLD, f"false {OLD}", f"false {OLD}", OLD]


def test_an_id_made_of_a_url_does_not_change_by_what_others_say_of_it() -> None:
    config, url = configure(ids=Ids(style="url")), "https://x.example.org/a"
    by_http = article(url.replace("https", "http"), state="unpublished")
    first = article("https://p.example.org/", related=(item(url),))
    other = article("https://q.example.org/", related=(item(by_http.url),))
    for articles in ((article(url), by_http), (article(url), other), (first, other)):
        ids = {entry.id for entry in select(config, *articles)}
        assert url in ids
        assert by_http.url not in ids


# What has moved


@pytest.mark.parametrize("url", [OLD, NEW, OLD.replace("https", "http")])
def test_an_article_that_moved_has_its_new_link_and_its_old_id(url: str) -> None:
    assert place(configure(MOVED), url) == (NEW, uuid_urn(OLD))
    assert place(configure(MOVED, ids=Ids(style="url")), url) == (NEW, OLD)


def test_an_article_that_did_not_move_stays_as_it_is() -> None:
    url = "https://new.example.org/blog/a"
    assert place(configure(MOVED), url) == (url, uuid_urn(url)) == place(configure(), url)


HISTORY = ["http://one.example.org/", "https://one.example.org/", "https://two.example.org/x/"]
HISTORY += ["https://three.example.org/"]


@pytest.mark.parametrize("style", ["uuid", "url"])
def test_a_site_that_moves_again_and_again_keeps_the_ids_it_began_with(style: Any) -> None:
    ids, moved = Ids(style=style), dict[str, str]()
    _, first = place(configure(ids=ids), f"{HISTORY[0]}a")
    for before, after in ((0, 1), (0, 2), (2, 3)):  # http and https are one place
        moved |= {HISTORY[before]: HISTORY[after]}
        places = {place(configure(moved, ids=ids), f"{home}a") for home in HISTORY[: after + 1]}
        assert places == {(f"{HISTORY[after]}a", first)}


OLD_HOME, ONWARD = "https://old.example.org/", "https://elsewhere.example.org/"
PLACES: dict[str, tuple[dict[str, str], str, str, str]] = {
    # [moved], what the record says, link, what the id is made of
    "the longest prefix wins": (
        {**MOVED, "https://old.example.org/b/": ONWARD},
        "https://old.example.org/b/c",
        f"{ONWARD}c",
        "https://old.example.org/b/c",
    ),
    "and what it took elsewhere has not come from there": (
        {**MOVED, "https://old.example.org/b/": ONWARD},
        "https://new.example.org/news/b/c",
        "https://new.example.org/news/b/c",
        "https://new.example.org/news/b/c",
    ),
    "a prefix is canonical": (
        {"HTTP://OLD.Example.org:80": "https://New.example.org/ä?"},
        "https://old.example.org/x",
        "https://new.example.org/%C3%A4x",
        "https://old.example.org/x",
    ),
    "a prefix may end in a query": (
        {"https://old.example.org/?p=": "https://new.example.org/posts/"},
        "https://new.example.org/posts/17",
        "https://new.example.org/posts/17",
        "https://old.example.org/?p=17",
    ),
    "but for what no old address can have become": (
        {"https://old.example.org/?p=": "https://new.example.org/posts/"},
        "https://new.example.org/posts/17&utm_source=a",
        "https://new.example.org/posts/17&utm_source=a",
        "https://new.example.org/posts/17&utm_source=a",
    ),
    "what seems to lead back does not where a longer prefix leads on": (
        {**MOVED, "https://new.example.org/": OLD_HOME, "https://new.example.org/news/": ONWARD},
        OLD,
        f"{ONWARD}a",
        "https://new.example.org/a",
    ),
    "into a folder of its own, from its old address": (
        {"https://old.example.org/": "https://old.example.org/news/"},
        OLD,
        "https://old.example.org/news/a",
        OLD,
    ),
    "into a folder of its own, from its new address": (
        {"https://old.example.org/": "https://old.example.org/news/"},
        "https://old.example.org/news/a",
        "https://old.example.org/news/a",
        OLD,
    ),
    "out of a folder, from its old address": (
        {"https://old.example.org/news/": "https://old.example.org/"},
        "https://old.example.org/news/a",
        OLD,
        "https://old.example.org/news/a",
    ),
    "out of a folder, from its new address": (
        {"https://old.example.org/news/": "https://old.example.org/"},
        OLD,
        OLD,
        "https://old.example.org/news/a",
    ),
    "two places that became one: the record's own": (
        {**MOVED, ONWARD: "https://new.example.org/news/"},
        f"{ONWARD}a",
        NEW,
        f"{ONWARD}a",
    ),
    "two places that became one: else the first that is named": (
        {ONWARD: "https://new.example.org/news/", **MOVED},
        NEW,
        NEW,
        f"{ONWARD}a",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_of_what_has_moved(case: str) -> None:
    moved, url, link, origin = PLACES[case]
    assert place(configure(moved), url) == (link, uuid_urn(origin))


def test_old_and_new_addresses_are_one_article_in_entries_links_and_parents() -> None:
    parents = [
        article(f"https://x.example.org/{n}", related=(item(url),))
        for n, url in enumerate((OLD, NEW))
    ]
    entries = select(configure(MOVED), *parents, article(OLD, related=(item(NEW),)))
    (moved,) = [entry for entry in entries if entry.article.url == NEW]
    links = [(link.id, link.url) for entry in entries for link in entry.related]
    assert links == [(uuid_urn(OLD), NEW)] * 2
    assert sorted(link.url for link in moved.related_to) == [one.url for one in parents]


def test_an_excluded_address_withholds_the_article_before_and_after_it_moved() -> None:
    for excluded in (OLD, NEW):
        config = configure(MOVED, exclude=Exclude(urls=(excluded,)))
        listing = article("https://x.example.org/", related=(item(OLD), item(NEW)))
        entries = select(config, article(OLD), article(NEW), listing)
        assert [entry.related for entry in entries] == [()]


@pytest.mark.parametrize("domain", ["old.example.org", "new.example.org"])
def test_an_excluded_domain_withholds_what_moved_from_it_and_to_it(domain: str) -> None:
    config = configure(MOVED, exclude=Exclude(domains=(domain,)))
    listing = article("https://x.example.org/", related=(item(OLD),))
    entries = select(config, article(OLD), listing)
    assert [(entry.article.url, entry.related) for entry in entries] == [(listing.url, ())]


# What is wrong with settings

FILES = {
    "{\n": "2: Expecting property name enclosed in double quotes",
    "[]": " expected an object: ids by URL, got []",
    '{"https://a.example.org/": 1}': '1: "https://a.example.org/": expected an id: text on one '
    "line, without spaces at its ends, got 1",
    '{"https://a.example.org/": {"id": "a"}}': '1: "https://a.example.org/": expected an id: '
    "text on one line, without spaces at its ends, got an object",
    '{"https://a.example.org/": "x "}': '1: "https://a.example.org/": expected an id: text on '
    "one line, without spaces at its ends, got 'x '",
    '{\n"a b/": "x"\n}': """2: "a b/": expected an absolute http(s) URL, got 'https://a b/'""",
    '{"https://a.example.org/": "x",\n"http://a.example.org": "y"}': '2: "http://a.example.org": '
    "expected each URL once, http and https being one, got 'http://a.example.org'",
    '{"a.example.org/":\n"x", "a.example.org/": "y"}': '2: "a.example.org/": expected each URL '
    "once, http and https being one, got 'a.example.org/'",
    '{"https://a.example.org/": "x",\n"https://b.example.org/": "x"}': '2: "https://b.example.org'
    """/": expected another id than that of https://a.example.org/, got 'x'""",
    "[" * 100_000: " nested too deep",
}


@pytest.mark.parametrize("text", FILES, ids=lambda text: text[:30])
def test_a_wrong_entry_of_the_file_of_ids_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, "", text)
    assert str(found.value) == f"{tmp_path / 'ids.json'}:{FILES[text]}"


# The file of ids


def test_the_file_of_ids_beside_the_settings_is_read_unless_they_name_another(
    tmp_path: Path,
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kept.json").write_text('{"b.example.org/": "y"}', "utf-8")
    assert load(tmp_path, "").ids == Ids()
    assert load(tmp_path, "", '{"a.example.org": "x"}').ids.given == {"a.example.org/": "x"}
    named = load(tmp_path, '[ids]\nfile = "sub/kept.json"\n').ids
    assert named.given == {"b.example.org/": "y"}
    text = '[ids.given]\n"c.example.org/" = "z"\n"a.example.org/" = "w"\n'
    assert load(tmp_path, text).ids.given == {"a.example.org/": "w", "c.example.org/": "z"}


def test_an_id_of_the_file_that_the_settings_give_to_another_is_named_there(
    tmp_path: Path,
) -> None:
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, '[ids.given]\n"c.example.org/" = "z"\n', '{\n"a.example.org/": "z"}')
    wanted = "expected another id than that of c.example.org/ in ids.given, got 'z'"
    assert str(found.value) == f'{tmp_path / "ids.json"}:2: "a.example.org/": {wanted}'


def test_a_record_whose_id_the_settings_give_to_another_is_told_so() -> None:
    made = uuid_urn(NEW)
    config = configure(ids=Ids(given={"https://x.example.org/": made}))
    errors: list[feedkit.RecordError] = []
    articles = [article("https://x.example.org/", 1), article(NEW)]
    feedkit.select_feeds(articles, config, now=NOW, on_problem=errors.append)
    assert [str(error) for error in errors] == [
        f"{NEW}: id: expected another id than that of https://x.example.org/ "
        f"(ids.given or ids.json gives it), got {made}"
    ]


@pytest.mark.parametrize("style", ["uuid", "url"])
def test_an_id_that_is_given_comes_before_every_other_and_stays_as_it_is(style: Any) -> None:
    known = "http://old.example.org/?p=1"
    config = configure(MOVED, ids=Ids(style=style, given={OLD: known}))
    one = article(NEW, id="tag:example.org,2026:1")
    parent = article("https://x.example.org/", related=(item(OLD),))
    entries = {entry.article.url: entry for entry in select(config, one, parent)}
    assert entries[NEW].id == known
    assert [link.id for link in entries["https://x.example.org/"].related] == [known]


def test_what_is_given_for_the_address_of_now_comes_before_what_is_for_one_that_was() -> None:
    assert place(configure(MOVED, ids=Ids(given={OLD: "x", NEW: "y"})), OLD) == (NEW, "y")


def test_an_id_given_to_an_article_that_is_not_there_may_be_a_records_own() -> None:
    config = configure(ids=Ids(given={"https://gone.example.org/": "tag:a"}))
    (entry,) = select(config, article(OLD, id="tag:a"))
    assert entry.id == "tag:a"


def test_two_articles_of_one_id_are_told_apart_where_settings_give_it() -> None:
    config = configure(ids=Ids(style="url", given={"https://x.example.org/": NEW}))
    parent = article("https://p.example.org/", related=(item("https://x.example.org/"), item(NEW)))
    for others in ((), (article("https://x.example.org/"),), (article(NEW),)):
        errors: list[feedkit.RecordError] = []
        feeds = feedkit.select_feeds([parent, *others], config, now=NOW, on_problem=errors.append)
        ids = [entry.id for entry in feeds[0].entries]
        assert len(errors) == 1
        assert len(set(ids)) == len(ids)
        assert ids.count(NEW) == 1


def test_of_two_listed_articles_with_one_id_the_smaller_address_keeps_it() -> None:
    config = configure(ids=Ids(style="url", given={"https://x.example.org/": NEW}))
    items = (item("https://x.example.org/"), item(NEW))
    for order in (items, items[::-1]):
        errors: list[feedkit.RecordError] = []
        parent = article("https://p.example.org/", related=order)
        feeds = feedkit.select_feeds([parent], config, now=NOW, on_problem=errors.append)
        assert [link.url for link in feeds[0].entries[-1].related] == [NEW]
        field = f"related[{order.index(items[0])}]"
        assert [str(error) for error in errors] == [
            f"https://p.example.org/: {field}: expected another id than that of "
            f"new.example.org/news/a, got {NEW}"
        ]


# Every way to a feed


def write(folder: Path, name: str, url: str, related: str) -> None:
    folder.mkdir(exist_ok=True)
    text = f"---\ntitle: About {name}\nurl: {url}\ndate: 2026-01-02\nrelated:\n"
    text += f"- title: Item\n  url: {related}\n  date: 2026-01-01\n---\nText.\n"
    (folder / f"{name}.md").write_text(text, "utf-8")


def build(tmp_path: Path, out: str, config: Config, jobs: int = 1) -> dict[str, bytes]:
    report = feedkit.build(tmp_path / "records", tmp_path / out, config, now=NOW, jobs=jobs)
    assert report.problems == ()
    files = (path for path in (tmp_path / out).rglob("*") if path.is_file())
    return {path.relative_to(tmp_path / out).as_posix(): path.read_bytes() for path in files}


def test_files_and_articles_become_the_same_entries_in_every_way(tmp_path: Path) -> None:
    write(tmp_path / "records", "a", OLD, "http://x.example.org/a")
    write(tmp_path / "records", "b", "http://x.example.org/b", NEW)
    given = {"https://x.example.org/a": "x"}
    config = configure(MOVED, ids=Ids(style="url", given=given))
    built = build(tmp_path, "out", config)
    articles = list(feedkit.read_articles(tmp_path / "records", config))
    feeds = feedkit.select_feeds(articles, config, now=NOW)
    assert feedkit.render(feeds[0], "json").body == built["all/feed.json"]
    made = feedkit.make_feed(articles, config, title="Example", path="all", related="entries")
    assert made.entries == feeds[0].entries
    assert {entry.id for entry in made.entries} == {OLD, "http://x.example.org/b", "x"}


def test_settings_that_concern_no_article_change_no_byte(tmp_path: Path) -> None:
    write(tmp_path / "records", "a", OLD, "http://x.example.org/a")
    write(tmp_path / "records", "b", "http://x.example.org/b", NEW)
    moved = {"https://y.example.org/": "https://z.example.org/"}
    quiet = configure(moved, ids=Ids(given={"https://y.example.org/a": "y"}))
    files, plain = build(tmp_path, "quiet", quiet), build(tmp_path, "plain", configure())
    # The manifest says of each feed which settings concern it.
    assert files.pop("feeds.json") != plain.pop("feeds.json")
    assert files == plain
