"""What the commands do beside what they say: `init`, `check`, `list`, and `build`'s options."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import feedkit
from commands import (
    COMMAND,
    OWN,
    SITE,
    SMALL,
    make_environment,
    read_files,
    record,
    run,
    run_on_terminal,
    write_files,
)
from feedkit.files.locks import lock_folder

BAD = {**SMALL, "in/bad.md": record("Bad", date="soon")}
LOOKS = ("check", "list")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with settings, and one good record in `in`."""
    write_files(tmp_path, SMALL)
    return tmp_path


def test_settings_that_init_writes_are_found_and_build_as_they_are(tmp_path: Path) -> None:
    write_files(tmp_path, {"in/ferry.md": SMALL["in/ferry.md"]})
    assert run("init in", tmp_path).status == 0
    assert run("build in --out out", tmp_path) == (0, "", "")
    manifest = json.loads((tmp_path / "out/feeds.json").read_text("utf-8"))
    assert [feed["path"] for feed in manifest["feeds"]] == [
        *("all", "providers/example.org", "topics/tides")
    ]


@pytest.mark.parametrize("name", ["C#", 'Say "no"', r"back\slash", "🦭 seals", "a.b", "café"])
def test_every_example_that_init_writes_is_a_setting(tmp_path: Path, name: str) -> None:
    fields = {"topics": json.dumps([name]), "provider": json.dumps({"name": name})}
    write_files(tmp_path, {"in/ferry.md": record("Ferry", **fields)})
    run("init in", tmp_path)
    path = tmp_path / "in/feedkit.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"^# (\[|\w+ = )", r"\1", text, flags=re.MULTILINE), "utf-8")
    config = feedkit.load_config(path)
    assert {about.title for about in config.topics.values()} == {name}
    assert {about.title for about in config.providers.values()} == {name}
    related = {"topics": "links", "all": "links"}
    assert config.feeds == feedkit.FeedSettings(related=related)  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "title"), [(9, "Harbour News"), (8, "Sea lions")])
def test_init_knows_the_publisher_of_nine_in_ten_articles(
    tmp_path: Path, count: int, title: str
) -> None:
    own = {f"in/{n}.md": record(f"N{n}", provider=OWN) for n in range(count)}
    others = {
        f"in/{n}.md": record(f"N{n}", webUrl=f"https://{n}.example/") for n in range(count, 10)
    }
    write_files(tmp_path / "sea-lions", {**own, **others})
    run("init in", tmp_path / "sea-lions")
    config = feedkit.load_config(tmp_path / "sea-lions/in/feedkit.toml")
    assert config.site.title == title
    assert config.site.url == "https://example.org/feeds/"


def test_init_takes_no_site_that_many_publish_on_for_the_publishers(tmp_path: Path) -> None:
    text = record("Ferry", webUrl="https://www.youtube.com/watch")
    write_files(tmp_path, {"in/ferry.md": text})
    run("init in", tmp_path)
    config = feedkit.load_config(tmp_path / "in/feedkit.toml")
    assert config.site.url == "https://example.org/feeds/"


@pytest.mark.parametrize(("count", "language"), [(3, "de"), (2, "en")])
def test_init_takes_the_language_that_most_articles_name(
    tmp_path: Path, count: int, language: str
) -> None:
    named = {f"in/{n}.md": record(f"N{n}", language="de") for n in range(count)}
    write_files(tmp_path, {**{f"in/{n}.md": record(f"N{n}") for n in range(4)}, **named})
    run("init in", tmp_path)
    assert feedkit.load_config(tmp_path / "in/feedkit.toml").site.language == language


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[1m\x7f", 'a"\\', os.fsdecode(b"a\xff")])
def test_init_writes_settings_that_load_whatever_folders_are_called(
    tmp_path: Path, name: str
) -> None:
    content = tmp_path / name / "in"
    write_files(content, {"ferry.md": SMALL["in/ferry.md"].replace("harbour", "x")})
    about = "name: Tides\ndescription: Of tides.\n"
    write_files(tmp_path / name, {"data/topics/tides.yaml": about})
    path = tmp_path / "own.toml"
    subprocess.run(
        [COMMAND, "init", content, "--config", path], env=make_environment(), check=True,
        capture_output=True,
    )  # fmt: skip
    config = feedkit.load_config(path)
    is_text = name.isascii()
    assert config.about("topics", "tides").description == ("Of tides." if is_text else "")
    assert ("no UTF-8" in path.read_text("utf-8")) != is_text


def test_init_counts_no_data_file_among_records(tmp_path: Path) -> None:
    bad = "---\nname: Tides\ntitle: Tides\nurl: https://example.org/\n---\n"
    write_files(tmp_path, {"in/ferry.md": SMALL["in/ferry.md"], "in/data/topics/a.md": bad})
    assert "Wrote in/feedkit.toml: 1 article, 1 topic, 1 provider." in run("init in", tmp_path).out
    assert run("check in", tmp_path) == (0, "", "")


def test_init_guesses_no_title_that_a_topic_has(tmp_path: Path) -> None:
    other = record("Fog", webUrl="https://fog.example/")
    files = {"in/ferry.md": record("Ferry", topics="[Tides]"), "in/fog.md": other}
    write_files(tmp_path / "tides", files)
    run("init in --config a.toml", tmp_path / "tides")
    assert 'title = "Tides – all" ' in (tmp_path / "tides/a.toml").read_text("utf-8")


def test_init_writes_no_file_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    write_files(tmp_path, {"in/ferry.md": SMALL["in/ferry.md"]})
    (tmp_path / "in/feedkit.toml").symlink_to(tmp_path / "elsewhere")
    assert run("init in", tmp_path).status == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("command", LOOKS)
def test_a_look_changes_no_file_and_waits_for_no_build(site: Path, command: str) -> None:
    run("build in --out out", site)
    before = read_files(site)
    with lock_folder(site / "out", 0):
        assert run(f"{command} in", site).status == 0
    assert read_files(site) == before


def test_the_list_is_what_a_build_publishes(tmp_path: Path) -> None:
    related = "[{title: The whale, webUrl: 'https://whale.example/', date: 2026-01-31}]"
    record_of_many = record("Fog", topics="[Tides, Weather]", related=related, provider=OWN)
    write_files(tmp_path, {**SMALL, "in/fog.md": record_of_many})
    run("build in --out out", tmp_path)
    published = json.loads((tmp_path / "out/feeds.json").read_text("utf-8"))["feeds"]
    listed = json.loads(run("list in --json", tmp_path).out)["feeds"]
    assert len(listed) == 4
    assert [(feed["path"], feed["title"], feed["url"]) for feed in listed] == [
        (feed["path"], feed["title"], feed["url"]) for feed in published
    ]
    assert [feed["articles"] + feed["related"] for feed in listed] == [
        feed["entries"] for feed in published
    ]
    assert {feed["related"] for feed in listed} == {0, 1}


def test_check_says_the_problems_that_a_build_says(tmp_path: Path) -> None:
    settings = f'{SITE}[redirects]\n"topics/old" = "topics/none"\n'
    write_files(tmp_path, {**BAD, "feedkit.toml": settings})
    checked, built = run("check in", tmp_path), run("build in --out out", tmp_path)
    assert checked.err.count("\n") == 2
    assert checked == built


@pytest.mark.parametrize("state", ["draft", "unpublished"])
def test_names_that_no_published_record_gives_are_no_finding(tmp_path: Path, state: str) -> None:
    fields = {"draft": "true"} if state == "draft" else {"published": "false"}
    hidden = record("Fog", topics="[TIDES]", provider=OWN.replace("News", "Times"), **fields)
    write_files(tmp_path, {**SMALL, "in/fog.md": hidden})
    assert run("check in", tmp_path) == (0, "", "")


def test_names_of_kinds_that_have_no_feeds_are_no_finding(tmp_path: Path) -> None:
    settings = f"{SITE}[feeds]\ntopics = false\nproviders = false\n"
    fog = record("Fog", topics="[TIDES]", provider=OWN.replace("News", "Times"))
    write_files(tmp_path, {**SMALL, "in/fog.md": fog, "feedkit.toml": settings})
    assert run("check in", tmp_path) == (0, "", "")


def test_strict_leaves_what_is_published_as_it_is(site: Path) -> None:
    run("build in --out out", site)
    before = read_files(site / "out")
    write_files(site, {**BAD, "in/ferry.md": record("Changed")})
    assert run("build in --out out --strict", site).status == 2
    assert read_files(site / "out") == before
    assert run("build in --out out", site).status == 1
    assert read_files(site / "out") != before


def test_strict_makes_no_folder_where_a_related_item_is_rejected(site: Path) -> None:
    write_files(site, {"in/fog.md": record("Fog", related="[{title: Whale}]")})
    assert run("build in --out out --strict", site).status == 2
    assert not (site / "out").exists()


def test_strict_lets_withdrawal_go_on(site: Path) -> None:
    run("build in --out out", site)
    write_files(site, {"in/ferry.md": record("Ferry", draft="true"), "in/a.md": record("A")})
    assert run("build in --out out --strict", site).status == 1
    assert not [name for name, data in read_files(site / "out").items() if b"Ferry" in data]


def test_prepare_is_called_in_every_process(tmp_path: Path) -> None:
    hooks = "def drop(article):\n    return None if article.url[-2] in '02468' else article\n"
    settings = {"feedkit.toml": SITE, "hooks.py": hooks}
    write_files(tmp_path, {**settings, **{f"in/{n}.md": record(f"N{n}") for n in range(600)}})
    done = run("build in --out out --prepare hooks:drop --json", tmp_path)
    assert (done.status, json.loads(done.out)["articles"]) == (0, 300)
    assert json.loads(run("check in --prepare hooks:drop --json", tmp_path).out)["articles"] == 300


def test_what_is_kept_is_of_no_use_once_the_module_of_prepare_changed(tmp_path: Path) -> None:
    hooks = "import other\nfrom msgspec.structs import replace\ndef name(article):\n"
    change = "    return replace(article, title=f'{{other.WORD}} {}')\n"
    write_files(tmp_path, {**SMALL, "other.py": "WORD = 'a'"})
    titles = []
    # Python takes a module of the same size and second for the same.
    for module, word, version in ((1, "a", 1), (22, "a", 1), (22, "bb", 1), (22, "bb", 2)):
        text = hooks + change.format(module)
        write_files(tmp_path, {"hooks.py": text, "other.py": f"WORD = '{word}'"})
        command = f"build in --out out --prepare hooks:name --prepare-version {version}"
        assert run(command, tmp_path) == (0, "", "")
        feed = json.loads((tmp_path / "out/all/feed.json").read_text("utf-8"))
        titles += [item["title"] for item in feed["items"]]
    assert titles == ["a 1", "a 22", "a 22", "bb 22"]


def test_what_prepare_raises_in_another_process_is_one_line(tmp_path: Path) -> None:
    hooks = "def fail(article):\n    return article if article.title != 'N77' else 1 / 0\n"
    settings = {"feedkit.toml": SITE, "hooks.py": hooks}
    write_files(tmp_path, {**settings, **{f"in/{n}.md": record(f"N{n}") for n in range(600)}})
    said = "--prepare hooks:fail: ZeroDivisionError: division by zero, while preparing in/77.md"
    assert run("build in --out out --prepare hooks:fail", tmp_path) == (2, "", f"feedkit: {said}\n")


COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)\d[;m]")


@pytest.mark.parametrize("command", ["build in --out out", "check in", "list in"])
def test_a_terminal_shows_colours_unless_it_shall_not(site: Path, command: str) -> None:
    assert COLOUR.search(run_on_terminal(command, site, TERM="xterm").out)
    again = command.replace("--out out", "--out other")  # where all is to be done
    plain = run_on_terminal(again, site, TERM="xterm", NO_COLOR="1").out
    assert "Reading" in plain
    assert not COLOUR.search(plain)
    assert "\x1b" not in run_on_terminal(command, site, TERM="dumb").out


def test_quiet_shows_no_bar_and_no_table(site: Path) -> None:
    assert run_on_terminal("build in --out out --quiet", site, TERM="xterm") == (0, "", "")


def test_what_looks_like_markup_is_shown_as_it_is(site: Path) -> None:
    write_files(site, {"in/a.md": record("A", topics="['[b]Whales[/b]']")})
    assert "[b]Whales[/b]" in run_on_terminal("list in", site).out


def test_names_of_files_are_one_line_that_no_terminal_obeys(site: Path) -> None:
    name = "\x1b]0;title\x07\n\u202e.md"
    write_files(site, {f"in/{name}": record("Ferry"), f"in/bad{name}": record("F", date="soon")})
    shown = run_on_terminal("check in", site).out
    assert r"in/bad\x1b]0;title\x07\n\u202e.md:4: date: " in shown
    assert r"in/\x1b]0;title\x07\n\u202e.md, in/ferry.md: records of one URL" in shown
    assert not {"\x1b", "\x07", "\u202e"}.intersection(shown)


def run_with(redirections: str, command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    words = ["sh", "-c", f'exec "$@" {redirections}', "sh", str(COMMAND), *command.split()]
    return subprocess.run(
        words, cwd=folder, env=make_environment(), capture_output=True, check=False
    )


@pytest.mark.parametrize("command", ["list in", "check in --json", "init in --config new.toml"])
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", b"No space left on device"), (">&-", b"Bad file descriptor")],
)
def test_what_cannot_be_printed_is_said(
    site: Path, command: str, redirection: str, reason: bytes
) -> None:
    done = run_with(redirection, command, site)
    said = b"feedkit: the report cannot be printed: " + reason + b"\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", said)


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2>&- >&-"])
@pytest.mark.parametrize("command", LOOKS)
def test_problems_that_cannot_be_said_change_no_status(
    tmp_path: Path, command: str, redirection: str
) -> None:
    write_files(tmp_path, BAD)
    done = run_with(redirection, f"{command} in", tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")


def test_who_closes_a_pipe_is_told_nothing(site: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [COMMAND, "list", "in"],
        cwd=site, env=make_environment(), stdout=writer, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_list_writes_early_years_with_four_digits(site: Path) -> None:
    write_files(site, {"in/ferry.md": record("Ferry", date="'0987-02-01T08:00:00Z'")})
    (feed,) = json.loads(run("list in --json", site).out)["feeds"]
    assert feed["newest"] == "0987-02-01T08:00:00Z"


def test_modules_beside_a_prepared_one_are_not_those_of_the_command(site: Path) -> None:
    hooks = "def keep(article):\n    import json, own\n    own.check(json)\n    return article\n"
    own = "def check(json): assert json.dumps\n"
    write_files(site, {"hooks.py": hooks, "json.py": "", "own.py": own, "jinja2.py": "1/0"})
    assert run("build in --out out --prepare hooks:keep", site) == (0, "", "")


@pytest.mark.parametrize("raised", ["SystemExit(article)", "GeneratorExit()"])
def test_whatever_a_prepared_function_raises_is_one_short_line(site: Path, raised: str) -> None:
    write_files(site, {"hooks.py": f"def fail(article): raise {raised}\n"})
    done = run("check in --prepare hooks:fail", site)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert len(done.err) < 300
