"""Addresses that RFC 3986, 6.2.2, calls equivalent: one article, whichever of them names it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedkit
from commands import SITE as TOML
from commands import read_files, record, run, write_files
from feedkit import Article, Config, Exclude, Ids, RelatedArticle
from feedkit.text.urls import article_key, canonical_url

SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = datetime(2026, 2, 1, 8, tzinfo=UTC)
TOP = "https://example.org"

EQUIVALENT = {
    "hex digits in a path": ("/%e6%b8%af/", "/%E6%B8%AF/"),
    "hex digits in a query": ("/?q=%c3%b8", "/?q=%C3%B8"),
    "hex digits in a fragment": ("/#%c3%b8", "/#%C3%B8"),
    "hex digits of what is no UTF-8": ("/%ff/", "/%FF/"),
    "raw text": ("/港/", "/%e6%b8%af/"),
    "raw text in a query": ("/?q=ø", "/?q=%c3%b8"),
    "a tilde": ("/%7Eed/", "/~ed/"),
    "a letter": ("/%61/", "/a/"),
    "a digit in a query": ("/?p=%31", "/?p=1"),
    "a hyphen in a fragment": ("/#a%2Db", "/#a-b"),
    "an underscore and a dot": ("/a%5Fb%2Ehtml", "/a_b.html"),
    "a dot segment": ("/plan/./fares/", "/plan/fares/"),
    "a segment and back": ("/plan/x/../fares/", "/plan/fares/"),
    "an escaped dot segment": ("/plan/x/%2e%2E/fares/", "/plan/fares/"),
    "a dot segment at the end": ("/plan/x/..", "/plan/"),
    "a dot at the end": ("/plan/%2E", "/plan/"),
    "dot segments above the top": ("/../../plan/", "/plan/"),
    "an empty segment and back": ("/a//../b", "/a/b"),
    "a parameter that is dropped, escaped": ("/?a=1&%75tm%5Fsource=x", "/?a=1&utm_source=x"),
    "a text fragment, escaped": ("/#:%7E:text=a", "/"),
}
DIFFERENT = {
    "normalisation": ("/caf%C3%A9/", "/cafe%CC%81/"),
    "a space and a plus": ("/?q=a+b", "/?q=a%20b"),
    "an escaped slash": ("/a%2Fb/", "/a/b/"),
    "an escaped question mark": ("/a%3Fb", "/a?b"),
    "an escaped percent sign": ("/%257Eed/", "/~ed/"),
    "another encoding": ("/%e6/", "/æ/"),
    "the order of the query": ("/?a=1&b=2", "/?b=2&a=1"),
    "the case of the path": ("/Plan/", "/plan/"),
    "the case of an escaped letter": ("/%50lan/", "/plan/"),
    "a fragment": ("/#top", "/"),
    "a slash at the end": ("/plan", "/plan/"),
    "dots in a query": ("/?a/../b", "/?b"),
    "dots in a fragment": ("/#/a/../b", "/#/b"),
    "three dots": ("/plan/.../", "/plan/"),
    "a hidden folder": ("/.well-known/", "/well-known/"),
    "a sub-delimiter": ("/a%2Cb", "/a,b"),
}


def make_urls(pair: tuple[str, str]) -> tuple[str, str]:
    return TOP + pair[0], TOP + pair[1]


def make_uuid(url: str) -> str:
    return uuid5(NAMESPACE_URL, canonical_url(url)).urn


def article(url: str, number: int = 0, **fields: Any) -> Article:
    day = DAY + timedelta(days=number)
    return Article(url=url, **{"title": f"About {url}", "published": day, **fields})


def item(url: str) -> RelatedArticle:
    return RelatedArticle(url=url, title=f"Item {url}", published=DAY)


def configure(**fields: Any) -> Config:
    return Config(site=SITE, **fields)


def select(config: Config, *articles: Article) -> dict[str, feedkit.Entry]:
    """Return the entries of the combined feed by their links."""
    feeds = feedkit.select_feeds(articles, config, now=NOW)
    (entries,) = [feed.entries for feed in feeds if feed.path == "all"]
    assert len({entry.id for entry in entries}) == len(entries)
    return {entry.article.url: entry for entry in entries}


# What is equivalent


@pytest.mark.parametrize("pair", EQUIVALENT.values(), ids=EQUIVALENT)
def test_two_spellings_of_an_address_have_one_key(pair: tuple[str, str]) -> None:
    one, other = map(canonical_url, make_urls(pair))
    assert article_key(one) == article_key(other)


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_what_may_name_another_page_has_another_key(pair: tuple[str, str]) -> None:
    one, other = map(canonical_url, make_urls(pair))
    assert article_key(one) != article_key(other)


@given(st.text(st.sampled_from("/.%2eE7~?#&=aU:")) | st.text())
def test_a_key_is_the_key_of_its_own_address(rest: str) -> None:
    key = article_key(canonical_url(f"{TOP}/{rest}"))
    assert article_key(canonical_url(f"https://{key}")) == key
    assert urlsplit(f"https://{key}").hostname == "example.org"


# Nothing withheld is shown


@pytest.mark.parametrize(
    "pair", [*EQUIVALENT.values(), *[pair[::-1] for pair in EQUIVALENT.values()]]
)
@pytest.mark.parametrize("state", ["draft", "removed", "deleted"])
def test_what_is_withheld_under_one_spelling_is_listed_under_no_other(
    pair: tuple[str, str], state: str
) -> None:
    own, listed = make_urls(pair)
    parent = article("https://p.example.org/", related=(item(listed),))
    entries = select(configure(), parent, article(own, state=state))
    assert list(entries) == [parent.url]
    assert entries[parent.url].related == ()


@pytest.mark.parametrize(
    "pair", [*EQUIVALENT.values(), *[pair[::-1] for pair in EQUIVALENT.values()]]
)
def test_an_excluded_address_withholds_every_spelling(pair: tuple[str, str]) -> None:
    excluded, url = make_urls(pair)
    config = configure(exclude=Exclude(urls=(excluded,)))
    parent = article("https://p.example.org/", related=(item(url),))
    entries = select(config, parent, article(url))
    assert list(entries) == [parent.url]
    assert entries[parent.url].related == ()


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_another_address_stays_where_one_is_withheld(pair: tuple[str, str]) -> None:
    gone, url = map(canonical_url, make_urls(pair))
    config = configure(exclude=Exclude(urls=(gone,)))
    parent = article("https://p.example.org/", related=(item(url),))
    entries = select(config, parent, article(url), article(gone, state="draft"))
    assert url in entries
    assert [link.url for link in entries[parent.url].related] == [url]


LEAKS = {
    "in/quay.md": record(
        "The quay",
        related="[{title: Sale as listed, url: 'https://example.org/売却/', date: 2026-01-01},"
        " {title: Walk as listed, url: 'https://example.org/%7Ebo/walk/', date: 2026-01-01},"
        " {title: Tolls as listed, url: 'https://example.org/a/b/%2e%2e/tolls/', date: 2026-01-01},"
        " {title: Excluded as listed, url: 'https://example.org/%E3%83%84/', date: 2026-01-01}]",
    ),
    "in/sale.md": record("Sale", webUrl="https://example.org/%e5%a3%b2%e5%8d%b4/", draft="true"),
    "in/walk.md": record("Walk", webUrl="https://example.org/~bo/walk/", removed="true"),
    "in/tolls.md": record("Tolls", webUrl="https://example.org/a/tolls/", deleted="true"),
    "feedkit.toml": f'{TOML}[exclude]\nurls = ["https://example.org/ツ/"]\n',
}


def test_a_site_shows_nothing_that_is_withheld_under_another_spelling(tmp_path: Path) -> None:
    write_files(tmp_path, LEAKS)
    assert run("build in --out out", tmp_path).status == 0
    published = b"".join(read_files(tmp_path / "out").values())
    assert b"The quay" in published
    assert b"as listed" not in published
    assert "nothing is withheld" not in run("check in", tmp_path).out


# What is written


def test_a_link_stays_as_its_record_or_list_spells_it() -> None:
    own, listed = f"{TOP}/%7eed/a", f"{TOP}/x/../%c3%b8/"
    entries = select(configure(), article(own, 1, related=(item(listed), item(f"{TOP}/~ed/b"))))
    assert set(entries) == {own, listed, f"{TOP}/~ed/b"}
    assert [link.url for link in entries[own].related] == [listed, f"{TOP}/~ed/b"]


def test_the_id_of_an_article_of_one_spelling_is_made_of_that() -> None:
    for url in (f"{TOP}/%7eed/", f"{TOP}/%c3%b8/", f"{TOP}/a/./b", f"{TOP}/~ed/", f"{TOP}/a"):
        assert select(configure(), article(url))[url].id == make_uuid(url)
        assert select(configure(ids=Ids(style="url")), article(url))[url].id == url
        parent = article("https://p.example.org/", related=(item(url),))
        entries = select(configure(), parent)
        assert entries[url].id == entries[parent.url].related[0].id == make_uuid(url)


SMALL, LARGE = f"{TOP}/%7Eed/", f"{TOP}/~ed/"


@pytest.mark.parametrize("state", ["published", "unpublished", "draft", "removed", "deleted"])
def test_of_the_records_of_any_state_the_smallest_spelling_makes_the_id(state: str) -> None:
    parent = article("https://p.example.org/", related=(item(LARGE), item(f"{TOP}/%7eed/")))
    articles = [article(LARGE, 1), article(SMALL, state=state), parent]
    for order in (articles, articles[::-1]):
        entries = select(configure(), *order)
        (link,) = entries[parent.url].related
        assert entries[LARGE].id == link.id == make_uuid(SMALL)


def test_a_list_makes_no_id_of_an_article_that_has_a_record() -> None:
    parent = article("https://p.example.org/", related=(item(SMALL),))
    entries = select(configure(), article(LARGE), parent)
    assert entries[LARGE].id == entries[parent.url].related[0].id == make_uuid(LARGE)


@pytest.mark.parametrize("unheard", [{"state": "unpublished"}, {"state": "draft"}, {"title": "X"}])
def test_without_a_record_the_lists_that_count_make_the_id(unheard: dict[str, Any]) -> None:
    hidden = feedkit.Provider(name="Hidden")
    more = unheard if "state" in unheard else {"provider": hidden}
    config = configure(exclude=Exclude(providers=("Hidden",)))
    parents = [article(f"https://{n}.example.org/", related=(item(LARGE),)) for n in "pq"]
    other = article("https://r.example.org/", related=(item(SMALL),), **more)
    assert select(config, *parents, other)[LARGE].id == make_uuid(LARGE)
    heard = article("https://r.example.org/", related=(item(SMALL),))
    entries = select(config, *parents, heard)
    ids = {link.id for entry in entries.values() for link in entry.related}
    ids |= {entry.id for url, entry in entries.items() if url in (SMALL, LARGE)}
    assert ids == {make_uuid(SMALL)}


def test_with_the_style_url_the_smallest_spelling_is_the_id() -> None:
    config = configure(ids=Ids(style="url"))
    entries = select(config, article(LARGE, 1), article(SMALL, state="draft"))
    assert entries[LARGE].id == SMALL


def test_records_of_two_spellings_are_records_of_one_address(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.md": record("A", webUrl=SMALL), "b.md": record("B", webUrl=LARGE)})
    report = feedkit.build(tmp_path, tmp_path / "out", SITE, now=NOW)
    assert (report.articles, report.duplicates) == (2, 1)


# Settings


@pytest.mark.parametrize("style", ["uuid", "url"])
@pytest.mark.parametrize(
    ("old", "url", "link"),
    [
        (f"{TOP}/~ed/", f"{TOP}/%7eed/%c3%b8/", "https://new.example/ed/%c3%b8/"),
        (f"{TOP}/%7Eed/", f"{TOP}/~ed/a%2ehtml", "https://new.example/ed/a%2ehtml"),
        (f"{TOP}/港/", f"{TOP}/%e6%b8%af/a", "https://new.example/ed/a"),
        (f"{TOP}/?p=", f"{TOP}/?%70=1", "https://new.example/ed/1"),
        (f"{TOP}/ed/", f"{TOP}/x/../ed/%7e", "https://new.example/ed/%7e"),
        (f"{TOP}/ed/", f"{TOP}/ed/a/./b", "https://new.example/ed/a/./b"),
        (f"{TOP}/", f"{TOP}/../a", "https://new.example/ed/a"),
    ],
)
def test_a_prefix_that_moved_is_found_in_every_spelling_and_the_rest_stays(
    old: str, url: str, link: str, style: Any
) -> None:
    config = configure(moved={old: "https://new.example/ed/"}, ids=Ids(style=style))
    entries = select(
        config, article(url, 1), article("https://p.example.org/", related=(item(url),))
    )
    assert set(entries) == {link, "https://p.example.org/"}
    assert entries["https://p.example.org/"].related[0].id == entries[link].id
    again = select(config, article(link, 1))
    if style == "url":
        assert article_key(entries[link].id) == article_key(canonical_url(url))
        assert article_key(again[link].id) == article_key(canonical_url(url))


def test_what_moved_keeps_the_id_of_its_old_spelling() -> None:
    old = f"{TOP}/%c3%b8/%7e"
    before = select(configure(), article(old))[old].id
    config = configure(moved={f"{TOP}/": "https://new.example/"})
    new = "https://new.example/%c3%b8/%7e"
    for url in (old, new):
        assert select(config, article(url))[new].id == before


@pytest.mark.parametrize("prefix", [f"{TOP}/.", f"{TOP}/ed/..", f"{TOP}/%2E"])
def test_a_prefix_that_ends_in_dots_is_none_of_all_else(prefix: str) -> None:
    config = configure(moved={prefix: "https://new.example/"})
    assert set(select(config, article(f"{TOP}/a"), article(f"{TOP}/ed/a"))) == {
        f"{TOP}/a",
        f"{TOP}/ed/a",
    }


def test_a_prefix_moves_once_however_it_is_spelt() -> None:
    with pytest.raises(feedkit.ConfigError, match="each old address once"):
        configure(
            moved={f"{TOP}/~ed/": "https://a.example/", f"{TOP}/%7eed/": "https://b.example/"}
        )


def test_an_id_that_settings_give_is_that_of_every_spelling(tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": TOML, "ids.json": json.dumps({SMALL: "tag:a"})})
    config = feedkit.load_config(tmp_path / "feedkit.toml")
    assert select(config, article(LARGE))[LARGE].id == "tag:a"
    write_files(tmp_path, {"ids.json": json.dumps({SMALL: "tag:a", LARGE: "tag:b"})})
    with pytest.raises(feedkit.ConfigError, match="each URL once"):
        feedkit.load_config(tmp_path / "feedkit.toml")


# The commands


def build_told(tmp_path: Path, *articles: Article) -> Path:
    feedkit.build(articles, tmp_path / "out", SITE, now=NOW)
    return tmp_path / "out"


def read_items(out: Path, feed: str = "all") -> dict[str, str]:
    """Return the ids of a feed's entries by title."""
    items = json.loads((out / feed / "feed.json").read_bytes())["items"]
    return {item["title"]: item["id"] for item in items}


@pytest.mark.parametrize("said", [LARGE, "http://example.org/%7eed/", f"{TOP}/x/../~ed/"])
def test_an_update_that_removes_an_article_finds_it_under_every_spelling(
    tmp_path: Path, said: str
) -> None:
    out = build_told(tmp_path, article(SMALL, title="Plan"), article(f"{TOP}/b", title="B"))
    feedkit.update(out, SITE, now=NOW, removed=[said])
    assert list(read_items(out)) == ["B"]


def test_an_article_that_is_told_takes_the_place_of_its_other_spelling(tmp_path: Path) -> None:
    out = build_told(tmp_path, article(SMALL, title="Plan"), article(f"{TOP}/b", title="B"))
    report = feedkit.update(
        out, SITE, now=NOW, changed=[article(LARGE, title="New", state="draft")]
    )
    assert (report.articles, list(read_items(out))) == (1, ["B"])


def test_an_id_that_is_an_address_is_none_of_the_article_there(tmp_path: Path) -> None:
    own = article(f"{TOP}/a", title="A", id=f"{TOP}/?p=1")
    out = build_told(
        tmp_path, own, article(f"{TOP}/?p=1", title="B"), article(f"{TOP}/c", title="C")
    )
    changed = msgspec.structs.replace(own, title="A again")
    feedkit.update(out, SITE, now=NOW, changed=[changed])
    assert set(read_items(out)) == {"A again", "B", "C"}
    feedkit.update(out, SITE, now=NOW, removed=[f"{TOP}/?p=1"])
    assert set(read_items(out)) == {"C"}


def test_explain_finds_an_article_under_every_spelling(tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": TOML, "in/plan.md": record("Plan", webUrl=SMALL)})
    for url in (SMALL, LARGE, f"{TOP}/./%7eed/"):
        explained = run(f"explain {url} in", tmp_path)
        assert explained.status == 0
        assert explained.out.startswith(f"{SMALL}: ")


def test_an_update_follows_a_list_that_spells_an_article_otherwise(tmp_path: Path) -> None:
    def show(name: str, url: str) -> str:
        return record(name, related=f"[{{title: Plan, url: '{url}', date: 2026-01-01}}]")

    files = {f"in/{n}.md": record(f"N {n}") for n in range(4)}
    write_files(tmp_path, {**files, "in/p.md": show("P", LARGE), "in/q.md": show("Q", LARGE)})
    out = tmp_path / "out"
    allowed: dict[str, Any] = {"now": NOW, "allow_resurface": True, "allow_shrink": True}
    feedkit.build(tmp_path / "in", out, SITE, **allowed)
    for spelling in (SMALL, LARGE, f"{TOP}/a/../%7Eed/", LARGE):
        write_files(tmp_path, {"in/q.md": show("Q", spelling)})
        feedkit.update(out, SITE, changed=[tmp_path / "in/q.md"], **allowed)
        assert read_items(out)["Plan"] == make_uuid(min(spelling, LARGE))
        feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, cache=False, **allowed)
        assert read_files(out) == read_files(tmp_path / "fresh")


# The guard


def write_many(folder: Path, spell: Callable[[int], str], **fields: str) -> None:
    write_files(folder, {f"{n}.md": record(f"N {n}", webUrl=spell(n), **fields) for n in range(8)})


def test_entries_under_the_ids_of_other_spellings_count_as_resurfaced(tmp_path: Path) -> None:
    content, out, new = tmp_path / "in", tmp_path / "out", tmp_path / "new"
    write_many(content, lambda n: f"{TOP}/~{n}/")
    feedkit.build(content, out, SITE, now=NOW)
    before = read_files(out)
    write_many(content / "more", lambda n: f"{TOP}/%7E{n}/", draft="true")
    report = feedkit.build(content, out, SITE, now=NOW)
    assert report.exit_status == 3
    assert "resurfaced: 8 of 8 entries" in report.held[0]
    assert read_files(out)["all/feed.json"] == before["all/feed.json"]
    report = feedkit.build(content, new, SITE, now=NOW, previous=out, cache=False)
    assert "resurfaced: 8 of 8 entries" in report.held[0]
    found = feedkit.plan(content, out, SITE, now=NOW, allow_resurface=True)
    (change,) = [one for one in found.changes if one.path == "all"]
    assert (len(change.resurfaced), change.new, change.withdrawn) == (8, (), ())


def test_entries_that_keep_their_ids_under_a_new_spelling_are_not_held(tmp_path: Path) -> None:
    content, out = tmp_path / "in", tmp_path / "out"
    write_many(content, lambda n: f"{TOP}/~{n}/")
    feedkit.build(content, out, SITE, now=NOW)
    ids = read_items(out)
    for n in range(8):
        write_files(
            content, {f"{n}.md": record(f"N {n}", webUrl=f"{TOP}/%7E{n}/", id=ids[f"N {n}"])}
        )
    report = feedkit.build(content, out, SITE, now=NOW)
    assert (report.held, report.notes, read_items(out)) == ((), (), ids)
