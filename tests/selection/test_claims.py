"""Which of several articles has an id: given by settings, made of its address, or its own claim."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

import feedkit
from commands import SITE as TOML
from commands import read_files, record, run, write_files
from feedkit import Article, Config, Exclude, Ids, RelatedArticle

SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = datetime(2026, 2, 1, 8, tzinfo=UTC)
OLD, NEW = "https://example.org/old/", "https://example.org/new/"
MADE = uuid5(NAMESPACE_URL, OLD).urn


def article(url: str, number: int = 0, **fields: Any) -> Article:
    day = DAY + timedelta(days=number)
    return Article(url=url, **{"title": f"About {url}", "published": day, **fields})


def item(url: str) -> RelatedArticle:
    return RelatedArticle(url=url, title=f"Item {url}", published=DAY)


def select(config: Config, *articles: Article) -> tuple[dict[str, str], list[str]]:
    """Return the ids of the combined feed by link, and what was said, in whichever order."""
    found = []
    for order in (articles, articles[::-1]):
        errors: list[feedkit.RecordError] = []
        feeds = feedkit.select_feeds(order, config, now=NOW, on_problem=errors.append)
        entries = next(feed.entries for feed in feeds if feed.path == "all")
        found.append(({one.article.url: one.id for one in entries}, sorted(map(str, errors))))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(("style", "made"), [("uuid", MADE), ("url", OLD)])
@pytest.mark.parametrize("days", [-1, 0, 1])
@pytest.mark.parametrize("state", ["published", "unpublished"])
def test_an_id_made_of_a_published_records_address_is_no_others(
    style: Any, made: str, days: int, state: str
) -> None:
    config = Config(site=SITE, ids=Ids(style=style))
    ids, said = select(config, article(OLD), article(NEW, days, id=made, state=state))
    assert ids == {OLD: made}
    assert said == [f"{NEW}: id: expected another id than that of {OLD}, got {made}"]


def test_an_id_made_of_the_smallest_spelling_is_no_others() -> None:
    small, large = "https://example.org/%7Eed/", "https://example.org/~ed/"
    made = uuid5(NAMESPACE_URL, small).urn
    config = Config(site=SITE)
    here = (article(large), article(small, state="draft"))
    ids, said = select(config, *here, article(NEW, 1, id=made))
    assert ids == {large: made}
    assert len(said) == 1
    # What no id is made of any more is free.
    other = uuid5(NAMESPACE_URL, large).urn
    assert select(config, *here, article(NEW, 1, id=other)) == ({large: made, NEW: other}, [])


INNOCENT: dict[str, tuple[Article, ...]] = {
    "nobody": (),
    "removed": (article(OLD, state="removed"),),
    "deleted": (article(OLD, state="deleted"),),
    "a draft": (article(OLD, state="draft"),),
    "to come": (article(OLD, 90),),
    "excluded": (article(OLD, provider=feedkit.Provider(name="Hidden")),),
    "of another id": (article(OLD, id="tag:example.org,2026:old"),),
    "other records of its own": (article(NEW, -1), article(NEW, -2, state="draft")),
}


@pytest.mark.parametrize("others", INNOCENT.values(), ids=INNOCENT)
@pytest.mark.parametrize(("style", "made"), [("uuid", MADE), ("url", OLD)])
def test_an_article_that_moved_keeps_its_id(
    others: tuple[Article, ...], style: Any, made: str
) -> None:
    config = Config(site=SITE, ids=Ids(style=style), exclude=Exclude(providers=("Hidden",)))
    ids, said = select(config, article(NEW, id=made), *others)
    assert (ids[NEW], said) == (made, [])


def test_an_article_that_moved_keeps_its_id_where_its_old_address_is_listed() -> None:
    parent = article("https://p.example.org/", related=(item(OLD), item(NEW)))
    ids, said = select(Config(site=SITE), article(NEW, id=MADE), parent)
    assert ids[NEW] == MADE
    assert OLD not in ids
    assert len(said) == 1
    assert said[0].startswith("https://p.example.org/: related[0]: ")
    unpublished = article(OLD, 5, state="unpublished")
    assert select(Config(site=SITE), article(NEW, id=MADE), unpublished)[0] == {NEW: MADE}


@pytest.mark.parametrize("days", [-1, 1])
def test_an_id_that_settings_give_is_no_others(days: int) -> None:
    """Neither of who claims it, nor of the one whose address it is made of."""
    config = Config(site=SITE, ids=Ids(given={NEW: MADE}))
    ids, said = select(config, article(OLD), article(NEW, days))
    assert ids == {NEW: MADE}
    owner = f"{NEW} (ids.given or ids.json gives it)"
    assert said == [f"{OLD}: id: expected another id than that of {owner}, got {MADE}"]
    config = Config(site=SITE, ids=Ids(given={NEW: "tag:a"}))
    assert select(config, article(OLD, id="tag:a"), article(NEW, days))[0] == {NEW: "tag:a"}


def test_a_record_that_names_the_id_of_its_own_address_owns_it() -> None:
    ids, said = select(Config(site=SITE), article(OLD, id=MADE), article(NEW, 1, id=MADE))
    assert ids == {OLD: MADE}
    assert [line.partition(": ")[0] for line in said] == [NEW]


def test_of_two_claims_the_one_updated_last_stays() -> None:
    ids, _ = select(Config(site=SITE), article(OLD, id="tag:a"), article(NEW, 1, id="tag:a"))
    assert ids == {NEW: "tag:a"}


def test_a_claimant_comes_and_goes_with_the_record_whose_id_it_names(tmp_path: Path) -> None:
    """Whatever way leads there, a build publishes what a first one would."""
    own, claim = record("Old", webUrl=OLD), record("New", webUrl=NEW, id=f'"{MADE}"')
    others = {f"in/{n}.md": record(f"N {n}") for n in range(4)}
    write_files(tmp_path, {**others, "in/new.md": claim})
    options: dict[str, Any] = {"now": NOW, "allow_resurface": True, "allow_shrink": True}
    out, path = tmp_path / "out", tmp_path / "in/old.md"
    feedkit.build(tmp_path / "in", out, SITE, **options)
    removed = record("Old", webUrl=OLD, removed="true")
    for text, titles in ((own, {"Old"}), (removed, {"New"}), (own, {"Old"}), ("", {"New"})):
        write_files(tmp_path, {"in/old.md": text})
        report = feedkit.update(out, SITE, changed=[path], **options)
        items = json.loads((out / "all/feed.json").read_bytes())["items"]
        assert {item["title"] for item in items if item["id"] == MADE} == titles
        named = [line for line in report.problems if "in/new.md" in line or "new.md" in line]
        assert len(named) == (titles == {"Old"})
        feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, cache=False, **options)
        assert read_files(out) == read_files(tmp_path / "fresh")


def test_a_draft_that_settings_give_an_id_is_seen_to_claim_it(tmp_path: Path) -> None:
    given = json.dumps({NEW: "tag:a"})
    claim, own = record("Old", webUrl=OLD, id='"tag:a"'), record("New", webUrl=NEW)
    files = {f"in/{n}.md": record(f"N {n}") for n in range(4)}
    files |= {"feedkit.toml": TOML, "ids.json": given, "in/old.md": claim}
    write_files(tmp_path, {**files, "in/new.md": record("New", webUrl=NEW, draft="true")})
    assert run("build in --out out --allow-resurface", tmp_path).status == 0
    write_files(tmp_path, {"in/new.md": own})
    found = run("update in/new.md --out out --allow-resurface", tmp_path)
    assert "old.md: id: expected another id than that of" in found.err
    items = json.loads((tmp_path / "out/all/feed.json").read_bytes())["items"]
    assert [item["title"] for item in items if item["id"] == "tag:a"] == ["New"]
