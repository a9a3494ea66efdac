"""An agency's reprint is published once, by builds of all records and of a few alike."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedkit
from commands import run
from feedkit import Config, FeedSettings, Report, Site
from harbour import read_tree

SITE = Site(title="Example", url="https://example.org/feeds/")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def make_item(name: str, title: str = "", day: int = 1) -> dict[str, Any]:
    host = f"https://{name}.example/"
    date = f"2026-01-{day:02}"
    return {"url": host, "title": title or f"About {name}", "date": date, "provider": name}


def write(folder: Path, name: str, day: int = 1, *, title: str = "", **more: object) -> None:
    folder.mkdir(exist_ok=True)
    said = {**make_item(name, title, day), **more}
    (folder / f"{name}.md").write_text(f"---\n{json.dumps(said)}\n---\n")


def publish(top: Path, config: Config) -> Report:
    """Build what changed, and hold it to what a build of all records makes."""
    report = feedkit.build(top / "content", top / "out", config, now=NOW, prune=True)
    fresh = top / f"fresh-{len([*top.iterdir()])}"
    first = feedkit.build(top / "content", fresh, config, now=NOW, cache=False)
    assert read_tree(top / "out") == read_tree(fresh)
    assert (report.retold, report.problems) == (first.retold, first.problems)
    return report


def list_items(out: Path, path: str = "all") -> dict[str, list[str]]:
    """Return by title, and provider where it is not its own, what an entry links back to."""
    items = json.loads((out / path / "feed.json").read_bytes())["items"]
    return {
        item["url"][8:-9]: [one["url"][8:-9] for one in item["_feedkit"].get("related_to", [])]
        for item in items
    }


def write_storm(content: Path) -> None:
    reprint = make_item("paper", "Storm hits the coast", 3)
    write(content, "agency", 1, title="Storm hits the coast", topics=["Weather"], related=[reprint])
    write(content, "ferries", 2, topics=["Weather"], related=[reprint])


def test_a_reprint_is_a_link_in_all_lists_and_counted_in_each(tmp_path: Path) -> None:
    write_storm(tmp_path / "content")
    assert publish(tmp_path, Config(site=SITE)).retold == 2
    for path in ("all", "topics/weather"):
        assert list_items(tmp_path / "out", path).keys() == {"agency", "ferries"}
    assert not (tmp_path / "out/providers/paper").exists()


def test_a_reprint_comes_and_goes_with_the_title_of_its_parent(tmp_path: Path) -> None:
    content, config = tmp_path / "content", Config(site=SITE)
    write_storm(content)
    publish(tmp_path, config)
    reprint = make_item("paper", "Storm hits the coast", 3)
    write(content, "agency", 1, title="Storm is over", topics=["Weather"], related=[reprint])
    publish(tmp_path, config)
    assert list_items(tmp_path / "out")["paper"] == ["ferries", "agency"]
    write(content, "paper", 3, title="Storm hits the coast")
    write_storm(content)
    publish(tmp_path, config)
    assert list_items(tmp_path / "out")["paper"] == ["ferries", "agency"]  # a record of its own
    (content / "paper.md").unlink()
    publish(tmp_path, config)
    assert "paper" not in list_items(tmp_path / "out")
    (content / "agency.md").unlink()
    publish(tmp_path, config)
    assert list_items(tmp_path / "out")["paper"] == ["ferries"]


def test_a_small_build_knows_of_a_reprint_by_a_record_that_is_far_away(tmp_path: Path) -> None:
    """An entry moves up in a list, since what stands before it is a reprint of another article."""
    content = tmp_path / "content"
    config = Config(site=SITE, feeds=FeedSettings(limit=2, max_related=1))
    echo, shown = make_item("echo", "About far"), make_item("shown")
    write(content, "far", 1, topics=["Far"], related=[echo])
    write(content, "parent", 1, topics=["Parents"], related=[shown])
    write(content, "lead", 2, topics=["News"], related=[echo, shown])
    for number in range(20):  # so that no small build looks at what is older
        write(content, f"other-{number}", 9 + number)
    write(content, "news", 3, topics=["News"])
    publish(tmp_path, config)
    write(content, "news", 3, topics=["News"], excerpt="Changed.")
    publish(tmp_path, config)
    wanted = {"news": [], "lead": [], "shown": ["lead", "parent"]}
    assert list_items(tmp_path / "out", "topics/news") == wanted
    write(content, "far", 1, title="Another title", topics=["Far"], related=[echo])
    publish(tmp_path, config)
    assert list_items(tmp_path / "out", "topics/news").keys() == {"news", "lead", "echo"}


def test_a_twin_comes_and_goes_with_the_article_that_lists_it(tmp_path: Path) -> None:
    content, config = tmp_path / "content", Config(site=SITE)
    write(content, "lead", 1, topics=["Tea"], related=[make_item("twin", "Elsewhere", 1)])
    write(content, "next", 2, topics=["Tea"], related=[make_item("twin", "About lead", 2)])
    publish(tmp_path, config)
    assert list_items(tmp_path / "out", "topics/tea").keys() == {"lead", "next"}
    assert list_items(tmp_path / "out", "providers/twin").keys() == {"twin"}
    write(
        content, "lead", 1, title="Other", topics=["Tea"], related=[make_item("twin", "Elsewhere")]
    )
    publish(tmp_path, config)
    assert list_items(tmp_path / "out", "topics/tea").keys() == {"lead", "next", "twin"}
    write(content, "lead", 1, topics=["Coffee"], related=[make_item("twin", "Elsewhere", 1)])
    publish(tmp_path, config)
    assert list_items(tmp_path / "out", "topics/tea").keys() == {"next", "twin"}
    assert list_items(tmp_path / "out", "topics/coffee").keys() == {"lead"}


def test_make_feed_and_list_and_explain_know_reprints_and_twins(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write_storm(content)
    write(content, "lead", 1, topics=["Tea"], related=[make_item("twin", "Elsewhere", 1)])
    write(content, "next", 2, topics=["Tea"], related=[make_item("twin", "About lead", 2)])
    config = Config(site=SITE)
    articles = feedkit.read_articles(content, config)
    feed = feedkit.make_feed(articles, config, title="A", path="a", related="entries")
    assert {one.article.url[8:-9] for one in feed.entries} == {"agency", "ferries", "lead", "next"}
    settings = f'[site]\ntitle = "A"\nurl = "{SITE.url}"\n'
    (tmp_path / "feedkit.toml").write_text(settings)
    listed = run("list content", tmp_path).out.splitlines()
    assert [line.split("\t")[1:3] for line in listed if line.startswith("all\t")] == [["4", "0"]]
    said = run("explain https://paper.example/ content", tmp_path).out
    assert "ferries.md: kept as a link, a re-telling, which content/agency.md lists" in said
    said = run("explain https://twin.example/ content", tmp_path).out
    assert "topics/tea: no, beside content/lead.md, which has its title and lists it" in said
