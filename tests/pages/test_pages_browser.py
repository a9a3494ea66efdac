"""Pages as a browser shows them: copying, finding, sizes, both schemes, and hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import feedkit
from browsing import SCHEMES, WIDTHS, Scheme, find_browser, open_browser, see, serve_folder
from feedkit import Article, Image, Provider, RelatedArticle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(find_browser() is None, reason="needs Chromium and Playwright")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
EVIL = "\"><img src=x onerror=alert(1)><script>alert('x')</script>\u202egnp.exe"
LONG = "Donaudampfschifffahrtsgesellschaft" * 8
TOPIC = "topics/caf%C3%A9/index.html"
PAGES = ["index.html", TOPIC, "topics/gone/index.html", "providers/post.example.org/index.html"]


def make_articles(*topics: str) -> list[Article]:
    post = Provider(
        name="Harbour Post",
        domain="post.example.org",
        images=(Image(url="https://pictures.example.org/post.png"),),
    )
    date = datetime(2026, 2, 1, tzinfo=UTC)
    texts = ("An ebb tide", EVIL, LONG, "سفينة في الميناء", "港に船が着いた")
    return [
        Article(
            url=f"https://news.example.org/{number}",
            title=text,
            summary=f"{text} " * 9,
            published=date,
            provider=post if number % 2 else Provider(name=text),
            topics=("Café", text, *topics),
            images=(Image(url=f"https://pictures.example.org/{number}.jpg"),) if number else (),
            related=(
                RelatedArticle(url=f"https://r{number}.example/", title=text, published=date),
            ),
        )
        for number, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    out = tmp_path_factory.mktemp("pages") / "out"
    publish = feedkit.PublishSettings(stylesheet=True)
    config = feedkit.Config(site=SITE, redirects={"old": "topics/café"}, publish=publish)
    for articles in (make_articles("Gone"), make_articles()):
        feedkit.build(articles, out, config, now=NOW, cache=False)
    with serve_folder(out) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Of this module alone: another's tests look for processes that are left.
    with open_browser() as made:
        yield made


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser: Browser, base: str, name: str, scheme: Scheme) -> None:
    pytest.importorskip("axe_playwright_python")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    with see(browser, base, color_scheme=scheme) as seen:
        page = seen.open(name)
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
    rules = {one["id"]: [node["html"] for node in one["nodes"]] for one in found["violations"]}
    assert rules == {}
    assert len(found["passes"]) > 15


@pytest.mark.parametrize("width", [320, *WIDTHS])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_width_and_nothing_in_it_runs_or_fails(
    browser: Browser, base: str, name: str, width: int
) -> None:
    with see(browser, base, viewport={"width": width, "height": 800}) as seen:
        page = seen.open(name)
        page.keyboard.press("End")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.faults == []


def copy(page: Page) -> Any:
    page.get_by_role("button", name="Copy the RSS address").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(
    "script",
    ["", "void (navigator.clipboard.writeText = () => Promise.reject())"],
    ids=["now", "before"],
)
def test_a_button_copies_the_address_beside_it(browser: Browser, base: str, script: str) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with see(browser, base, permissions=allowed) as seen:
        page = seen.open(TOPIC)
        page.evaluate(script)
        assert copy(page) == "https://feeds.example.org/topics/caf%C3%A9/rss.xml"


def test_typing_finds_feeds_without_accents_and_case(browser: Browser, base: str) -> None:
    with see(browser, base) as seen:
        page = seen.open("index.html")
        shown = page.locator(".feeds li:visible")
        before = shown.count()
        page.get_by_label("Find a feed").fill("CAFE")
        assert shown.all_text_contents() == ["Café 5 articles, newest 2026-02-01"]
        assert page.locator("#none").is_hidden()
        page.get_by_label("Find a feed").fill("nowhere")
        assert (shown.count(), page.locator("#none").is_visible()) == (0, True)
        page.get_by_label("Find a feed").fill("")
        assert shown.count() == before > 5


def test_what_needs_a_script_is_not_shown_where_none_runs(browser: Browser, base: str) -> None:
    with see(browser, base, java_script_enabled=False) as seen:
        page = seen.open("index.html")
        assert page.locator("button:visible, input:visible").count() == 0
        assert page.locator(".addresses a:visible, .feeds a:visible").count() > 8


def test_an_old_address_leads_to_the_page_of_the_new_one(browser: Browser, base: str) -> None:
    with see(browser, base) as seen:
        seen.open("old/index.html").wait_for_url(f"{base}{TOPIC}")


def test_a_page_looks_and_works_the_same_where_no_server_is(browser: Browser, built: Path) -> None:
    with see(browser, built.as_uri() + "/") as seen:
        page = seen.open("index.html")
        page.get_by_label("Find a feed").fill("bridge")
        page.locator(".feeds a:visible").first.click()
        assert page.locator("h1").is_visible()
        assert page.get_by_role("button").first.is_visible()
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "748px"
        assert seen.faults == []


#: What is shown of a feed, and what is not.
SHOWN = """
names => names.map(name => {
    const one = document.getElementsByTagName(name)[0]
    return one.getClientRects().length ? "shown" : "hidden"
})
"""


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("all/atom.xml", ["title", "subtitle", "entry", "summary"], ["id", "content", "author"]),
        ("all/rss.xml", ["title", "description", "item", "pubDate"], ["guid", "content:encoded"]),
    ],
)
def test_a_feed_that_is_shown_as_xml_is_a_readable_page(
    browser: Browser, base: str, name: str, shown: list[str], hidden: list[str]
) -> None:
    with see(browser, base, viewport={"width": 320, "height": 800}) as seen:
        page = seen.open(name)
        assert page.evaluate(SHOWN, shown) == ["shown"] * len(shown)
        assert page.evaluate(SHOWN, hidden) == ["hidden"] * len(hidden)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        notice = "getComputedStyle(document.documentElement, '::before').content"
        assert "This is a feed" in page.evaluate(notice)
        assert seen.faults == []
