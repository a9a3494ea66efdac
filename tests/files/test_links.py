"""Symbolic links: in what leads to CONTENT and OUT, and among the records themselves."""

import random
import shutil
from pathlib import Path

import pytest

import feedkit
from harbour import NOW, SITE, read_tree, write_record

FOLLOW = feedkit.Config(site=SITE, records=feedkit.RecordSettings(follow_links=True))


def write(path: Path, number: int, version: int = 0, **fields: object) -> Path:
    """Write a record to any place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_record(path.parent, number, version, related=[], topics=[], **fields)
    written = path.parent / f"{number}.md"
    return written if written == path else written.rename(path)


def link(path: Path, target: str | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def list_shown(out: Path) -> list[int]:
    """Return the numbers of the articles in the feed of all."""
    text = (out / "all/feed.json").read_text("utf-8")
    return [number for number in range(40) if f'"url":"https://news.example.org/{number}"' in text]


def check(top: Path, config: feedkit.Config | feedkit.Site = SITE) -> None:
    """Fail unless what is published is what a first build publishes."""
    shutil.rmtree(top / "fresh", ignore_errors=True)
    feedkit.build(top / "content", top / "fresh", config, now=NOW, cache=False)
    assert list_shown(top / "out") == list_shown(top / "fresh")
    kept, fresh = read_tree(top / "out"), read_tree(top / "fresh")
    assert {name: kept[name] for name in fresh if name != "feeds.json"} == {
        name: body for name, body in fresh.items() if name != "feeds.json"
    }


def publish(top: Path, config: feedkit.Config | feedkit.Site = SITE) -> feedkit.Report:
    return feedkit.build(top / "content", top / "out", config, now=NOW)


def tell(top: Path, *changed: str, removed: tuple[str, ...] = ()) -> feedkit.Report:
    """Update, told of paths below the folder."""
    paths = [top / path for path in changed]
    gone = [top / path for path in removed]
    return feedkit.update(top / "out", SITE, now=NOW, changed=paths, removed=gone)


HIDDEN = [
    "_drafts/2.md",
    "sub/_drafts/deep/2.md",
    ".git/2.md",
    ".2.md",
    "..data/.git/2.md",
    "..data/_drafts/2.md",
    "sub/.2.md",
]
SHOWN = [
    "posts/2.txt",
    "..data/2.txt",
    "..2026/..x/2.txt",
    "..2.md",
    "drafts/2.txt",
    "a_drafts/2.txt",
]


@pytest.mark.parametrize("place", HIDDEN)
def test_a_link_is_no_way_round_what_is_left_out(tmp_path: Path, place: str) -> None:
    write(tmp_path / "content/1.md", 1)
    write(tmp_path / "content" / place, 2)
    link(tmp_path / "content/latest.md", place)
    report = publish(tmp_path)
    assert (list_shown(tmp_path / "out"), report.problems) == ([1], ())
    assert tell(tmp_path, "content/latest.md").problems == ()
    assert list_shown(tmp_path / "out") == [1]


@pytest.mark.parametrize("place", SHOWN)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_link_to_another_place_in_content_is_followed(
    tmp_path: Path, place: str, is_absolute: bool
) -> None:
    write(tmp_path / "content/1.md", 1)
    target = write(tmp_path / "content" / place, 2)
    link(tmp_path / "content/latest.md", target if is_absolute else place)
    report = publish(tmp_path)
    assert (list_shown(tmp_path / "out"), report.problems) == ([1, 2], ())
    assert tell(tmp_path, "content/latest.md").problems == ()
    check(tmp_path)


def test_the_innermost_source_says_what_is_hidden(tmp_path: Path) -> None:
    write(tmp_path / "content/_drafts/2.txt", 2)
    write(tmp_path / "content/1.md", 1)
    link(tmp_path / "content/latest.md", "_drafts/2.txt")
    source = [tmp_path / "content", tmp_path / "content/_drafts"]
    feedkit.build(source, tmp_path / "out", SITE, now=NOW)
    assert list_shown(tmp_path / "out") == [1, 2]


def test_what_is_published_is_no_record_through_a_link(tmp_path: Path) -> None:
    write(tmp_path / "content/1.md", 1)
    write(tmp_path / "content/out/2.md", 2)
    link(tmp_path / "content/latest.md", "out/2.md")
    feedkit.build(tmp_path / "content", tmp_path / "content/out", SITE, now=NOW)
    assert list_shown(tmp_path / "content/out") == [1]


def test_a_data_file_is_no_record_through_a_link(tmp_path: Path) -> None:
    write(tmp_path / "content/1.md", 1)
    text = "---\nname: Tides\ntitle: T\nwebUrl: https://news.example.org/2\ndate: 2026-01-01\n---\n"
    (tmp_path / "content/data").mkdir()
    (tmp_path / "content/data/tides.md").write_text(text)
    link(tmp_path / "content/latest.md", "data/tides.md")
    toml = (
        '[site]\ntitle = "H"\nurl = "https://feeds.example.org/"\n[data]\ntopics = "content/data"\n'
    )
    (tmp_path / "feedkit.toml").write_text(toml)
    publish(tmp_path, feedkit.load_config(tmp_path / "feedkit.toml"))
    assert list_shown(tmp_path / "out") == [1]


def test_a_link_out_of_content_is_a_problem_unless_it_is_wanted(tmp_path: Path) -> None:
    write(tmp_path / "content/1.md", 1)
    write(tmp_path / "elsewhere/2.md", 2)
    link(tmp_path / "content/2.md", "../elsewhere/2.md")
    report = publish(tmp_path)
    wanted = "expected a link to a file in CONTENT, or [records] follow_links = true"
    said = f"{tmp_path}/content/2.md: {wanted}, got one to {tmp_path}/elsewhere/2.md"
    assert (report.exit_status, report.problems) == (1, (said,))
    assert publish(tmp_path).problems == (said,)
    assert list_shown(tmp_path / "out") == [1]
    assert publish(tmp_path, FOLLOW).exit_status == 0
    assert list_shown(tmp_path / "out") == [1, 2]
    report = publish(tmp_path)  # and again, no more
    assert report.exit_status == 3
    assert [line.partition(":")[0] for line in report.held] == ["all", "providers/pier2.example"]
    assert list_shown(tmp_path / "out") == [1, 2]


@pytest.mark.parametrize("place", ["_drafts/2.md", ".git/2.md", ".2.md", "a/_drafts/b/2.md"])
def test_a_link_out_of_content_that_is_wanted_leads_to_nothing_hidden(
    tmp_path: Path, place: str
) -> None:
    write(tmp_path / "content/1.md", 1)
    write(tmp_path / "elsewhere" / place, 2)
    link(tmp_path / "content/2.md", tmp_path / "elsewhere" / place)
    assert publish(tmp_path, FOLLOW).problems == ()
    assert list_shown(tmp_path / "out") == [1]


def test_a_draft_behind_a_link_is_withheld_wherever_it_is(tmp_path: Path) -> None:
    write_record(tmp_path / "content", 1)  # which lists 2
    write(tmp_path / "elsewhere/2.md", 2, draft=True)
    link(tmp_path / "content/2.md", "../elsewhere/2.md")
    publish(tmp_path, FOLLOW)
    assert "Beside 2" not in (tmp_path / "out/all/feed.json").read_text("utf-8")


def test_content_and_out_and_what_is_above_them_may_be_links(tmp_path: Path) -> None:
    write(tmp_path / "disk/site/posts/1.md", 1)
    write(tmp_path / "disk/site/posts/2.txt", 2)
    link(tmp_path / "disk/site/posts/2.md", "2.txt")
    (tmp_path / "disk/web").mkdir()
    link(tmp_path / "here", "disk/site")
    link(tmp_path / "content", "here/posts")
    link(tmp_path / "out", "disk/web")
    assert publish(tmp_path).problems == ()
    assert list_shown(tmp_path / "disk/web") == [1, 2]
    write(tmp_path / "content/3.md", 3)
    tell(tmp_path, "content/3.md")
    tell(tmp_path, removed=("here/posts/1.md",))
    assert list_shown(tmp_path / "disk/web") == [2, 3]


def make_map(content: Path, name: str, numbers: list[int], version: int = 0) -> None:
    """Put a version of a ConfigMap in place of the one before, as Kubernetes does."""
    for number in numbers:
        write(content / name / f"{number}.md", number, version)
    link(content / "..data_tmp", name)
    (content / "..data_tmp").rename(content / "..data")
    for number in numbers:
        if not (content / f"{number}.md").is_symlink():
            link(content / f"{number}.md", f"..data/{number}.md")
    for path in content.glob("*.md"):
        if not path.exists():
            path.unlink()


@pytest.mark.parametrize("told", ["content/..data", "content", "content/1.md", "content/..b"])
def test_a_config_map_is_read_and_so_is_the_next_one(tmp_path: Path, told: str) -> None:
    content = tmp_path / "content"
    make_map(content, "..a", [1, 2])
    assert publish(tmp_path).problems == ()
    assert list_shown(tmp_path / "out") == [1, 2]
    make_map(content, "..b", [1, 2], version=1)
    shutil.rmtree(content / "..a")
    tell(tmp_path, told)
    check(tmp_path)
    make_map(content, "..c", [1, 2], version=2)
    shutil.rmtree(content / "..b")
    assert publish(tmp_path).problems == ()
    check(tmp_path)


def test_an_update_that_is_told_of_a_link_does_not_lose_what_it_leads_to(tmp_path: Path) -> None:
    write(tmp_path / "content/posts/1.md", 1)
    write(tmp_path / "content/posts/2.md", 2)
    publish(tmp_path)
    for name, target in (("latest", "posts/1.md"), ("new", "posts"), ("all.md", "posts")):
        link(tmp_path / "content" / name, target)
        tell(tmp_path, f"content/{name}")
        assert list_shown(tmp_path / "out") == [1, 2]
        tell(tmp_path, removed=(f"content/{name}",))
        assert list_shown(tmp_path / "out") == [1, 2]
        (tmp_path / "content" / name).unlink()
        tell(tmp_path, f"content/{name}")
        tell(tmp_path, removed=(f"content/{name}",))
        assert list_shown(tmp_path / "out") == [1, 2]


@pytest.mark.parametrize(
    "told", ["content/new", "content/new/2.md", "content/new/3.md", "content", "content/new/"]
)
@pytest.mark.parametrize("is_removed", [False, True])
@pytest.mark.parametrize("target", ["posts", "../elsewhere", "nowhere"])
def test_a_link_in_place_of_a_folder_hides_what_the_folder_held(
    tmp_path: Path, told: str, is_removed: bool, target: str
) -> None:
    write(tmp_path / "content/posts/1.md", 1)
    write(tmp_path / "content/new/2.md", 2)
    write(tmp_path / "elsewhere/3.md", 3)
    publish(tmp_path)
    shutil.rmtree(tmp_path / "content/new")
    link(tmp_path / "content/new", target)
    if is_removed and told == "content":
        return  # which is there
    changed, removed = ((), (told,)) if is_removed else ((told,), ())
    tell(tmp_path, *changed, removed=removed)
    expected = [1, 2] if told.endswith("3.md") else [1]
    assert list_shown(tmp_path / "out") == expected


def test_a_file_that_a_link_leads_to_is_no_less_known_by_the_link(tmp_path: Path) -> None:
    write(tmp_path / "content/posts/1.txt", 1)
    write(tmp_path / "content/2.md", 2)
    link(tmp_path / "content/1.md", "posts/1.txt")
    publish(tmp_path)
    write(tmp_path / "content/posts/1.txt", 1, 1)
    tell(tmp_path, "content/posts/1.txt")
    check(tmp_path)
    assert "version 1" in (tmp_path / "out/all/feed.json").read_text("utf-8")


def test_a_path_in_another_folder_that_stands_for_content_now_is_refused(tmp_path: Path) -> None:
    for release in ("1", "2"):
        write(tmp_path / f"releases/{release}/1.md", 1, int(release))
    link(tmp_path / "content", "releases/1")
    publish(tmp_path)
    before = read_tree(tmp_path / "out")
    link(tmp_path / "content", "releases/2")
    for told in ({"changed": ["content/1.md"]}, {"removed": ["content/1.md"]}):
        paths = {key: [tmp_path / path for path in paths] for key, paths in told.items()}
        with pytest.raises(feedkit.PublishError, match="got one in another folder; run feedkit b"):
            feedkit.update(tmp_path / "out", SITE, now=NOW, **paths)  # type: ignore[arg-type]
    assert read_tree(tmp_path / "out") == before
    tell(tmp_path, "releases/1/1.md", "elsewhere/1.md")  # of the folder that was built, and others
    assert read_tree(tmp_path / "out") == before
    publish(tmp_path)
    check(tmp_path)


class Site:
    """A folder in which files and links come, change and go."""

    def __init__(self, top: Path, seed: int) -> None:
        self.chance, self.content, self.version = random.Random(seed), top / "content", 0
        for folder in ("a", "b", "_drafts", "..x"):
            for number in range(3):
                self.write(f"{folder}/{number + 10 * len(folder)}.md")

    def write(self, name: str) -> None:
        path = self.content / name
        if path.is_symlink():
            path.unlink()
        self.version += 1
        write(path, int(path.stem), self.version)

    def change(self) -> str:
        """Change one thing, and return what an update is told."""
        name = self.chance.choice(["a", "b", "c", "_drafts", "..x"])
        number = self.chance.randrange(4) + 10
        below, chance = f"{name}/{number}.md", self.chance.random()
        folder = self.content / name
        if chance < 0.25:
            if folder.is_symlink():
                folder.unlink()
            self.write(below)
        elif chance < 0.4:
            (self.content / below).unlink(missing_ok=True)
        elif chance < 0.7:
            link(
                self.content / f"l{number}.md",
                self.chance.choice(["a/10.md", "..x/30.md", "_drafts/70.md", "no.md", "../s.md"]),
            )
            return f"content/l{number}.md"
        elif name not in ("_drafts", "..x"):
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder)
            link(folder, self.chance.choice(["a", "b", "_drafts", "../elsewhere"]))
            return f"content/{name}"
        return f"content/{below}"


@pytest.mark.parametrize("seed", range(12))
def test_an_update_does_what_a_build_would_whatever_links_do(tmp_path: Path, seed: int) -> None:
    site = Site(tmp_path, seed)
    write(tmp_path / "s.md", 39)
    write(tmp_path / "content/0.md", 0)
    options = {"now": NOW, "allow_shrink": True, "allow_resurface": True, "prune": True}
    feedkit.build(site.content, tmp_path / "out", SITE, **options)  # type: ignore[arg-type]
    for _ in range(10):
        changed = [tmp_path / site.change()]
        feedkit.update(tmp_path / "out", SITE, changed=changed, **options)  # type: ignore[arg-type]
        check(tmp_path)


@pytest.mark.parametrize("pattern", ["posts/2.txt", "latest.md", "**/2.txt", "posts/**"])
def test_what_settings_leave_out_is_left_out_through_a_link(tmp_path: Path, pattern: str) -> None:
    write(tmp_path / "disk/1.md", 1)
    link(tmp_path / "content", "disk")
    write(tmp_path / "content/posts/2.txt", 2)
    link(tmp_path / "content/latest.md", "posts/2.txt")
    exclude = feedkit.Exclude(files=(pattern,))
    publish(tmp_path, feedkit.Config(site=SITE, exclude=exclude))
    assert list_shown(tmp_path / "out") == [1]


def test_an_update_that_publishes_nothing_says_that_it_is_to_be_told_again(tmp_path: Path) -> None:
    write(tmp_path / "content/1.md", 1)
    publish(tmp_path)
    (tmp_path / "content/2.md").write_text("---\ntitle: A\nwebUrl: no\ndate: 2026-01-01\n---\n")
    write(tmp_path / "content/1.md", 1, 1)
    changed = [tmp_path / "content"]
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=changed, strict=True)
    said = "nothing of this update is kept: tell it the same again, with what changes next"
    assert (report.files, report.notes) == (0, (said,))
    write(tmp_path / "content/2.md", 2)
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=changed, strict=True)
    assert report.notes == ()
    check(tmp_path)
    (tmp_path / "content/1.md").unlink()
    (tmp_path / "content/2.md").unlink()
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=changed)
    assert (report.exit_status, report.notes) == (3, (said,))
