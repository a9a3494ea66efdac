"""The command: arguments in, exit status and one line for each problem out."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from feedkit.cli import main

SETTINGS = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'
GOOD = "---\ntitle: Good\nwebUrl: https://good.example/\ndate: 2026-02-01T08:00:00Z\n---\nBody\n"
DATE = "a date such as 2026-01-31T12:00:00Z"
RECORD = {"title": "T", "webUrl": "https://t.example/", "date": "2026-01-01T00:00:00Z"}
BOMB = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


class Run(NamedTuple):
    """What the command came to."""

    status: int
    out: str
    err: list[str]


def run(*arguments: str | Path) -> Run:
    result = CliRunner().invoke(main, ["build", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr.splitlines())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with settings, and one good record in `in`."""
    (tmp_path / "feedkit.toml").write_text(SETTINGS)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.md").write_text(GOOD)
    return tmp_path


def build(site: Path, *options: str) -> Run:
    return run(site / "in", "--out", site / "out", *options)


def titles(site: Path) -> list[str]:
    items = json.loads((site / "out/all/feed.json").read_text("utf-8"))["items"]
    return sorted(item["title"] for item in items)


def front_matter(**fields: object) -> str:
    record = {key: value for key, value in {**RECORD, **fields}.items() if value is not None}
    return f"---\n{json.dumps(record)}\n---\n"


def test_a_build_without_problems_is_silent(site: Path) -> None:
    assert build(site) == Run(0, "", [])
    assert titles(site) == ["Good"]


#: A bad file: its name, its text or bytes, and the line that it costs, from its name on.
BAD: dict[str, tuple[str | bytes, str]] = {
    "unclosed front matter": (
        "---\ntitle: T\n",
        "1: front matter: expected a second line of ---, got front matter that is not closed",
    ),
    "a list as front matter": (
        "---\n- a\n- b\n---\n",
        "2: front matter: expected a mapping of fields, got ['a', 'b']",
    ),
    "a text as front matter": (
        "---\nwords\n---\n",
        "2: front matter: expected a mapping of fields, got 'words'",
    ),
    "invalid YAML": ("---\ntitle: T\nwebUrl: [1\n---\n", "?: front matter: "),
    "a tab in YAML": ("---\ntitle: T\nprovider:\n\tname: P\n---\n", "?: front matter: "),
    "a key that stands twice": (
        "---\ntitle: T\ndate: 2026-01-01\ntitle: U\n---\n",
        "4: front matter: duplicate mapping key: 'title'",
    ),
    "an alias bomb": (
        "---\na: &a [x, x, x, x, x, x, x, x, x, x]\n" + BOMB + "---\n",
        "?: front matter: ",
    ),
    "deep YAML": ("---\na: " + "[" * 100_000 + "]" * 100_000 + "\n---\n", "?: front matter: "),
    "deep blocks of YAML": (
        "---\ntitle:\n" + "".join(" " * n + "a:\n" for n in range(1, 2000)) + "---\n",
        "202: front matter: nested deeper than 200 levels",
    ),
    "a value that is deep": (
        f"---\ntitle: {'[' * 150}{']' * 150}\ndate: 2026-01-01\n---\n",
        "2: title: expected text, got ",
    ),
    "not UTF-8": (b"---\ntitle: caf\xe9\n---\n", "2: expected UTF-8, got byte 0xe9"),
    "no title": (front_matter(title=None), "2: title: expected some text, got nothing"),
    "an empty title": (front_matter(title=" "), "2: title: expected some text, got nothing"),
    "a number as title": ("---\ntitle: 2026\ndate: 2026-01-01\n---\n", "2: title: expected text"),
    "no address": (front_matter(webUrl=None), "2: webUrl: expected "),
    "no date": (front_matter(date=None), "2: publishedDateTime: expected a date, got nothing"),
    "a date in words": (front_matter(date="soon"), f"2: date: expected {DATE}, got 'soon'"),
    "a date to be read in two ways": (
        front_matter(date="01/02/2024"),
        f"2: date: expected {DATE}, which can be read in one way only, got '01/02/2024'",
    ),
    "a date without a year": (front_matter(date="12 May"), "2: date: expected "),
    "a date that never was": (
        front_matter(date="2026-02-30"),
        f"2: date: expected {DATE}, got '2026-02-30'",
    ),
    "a javascript address": (front_matter(webUrl="javascript:alert(1)"), "2: webUrl: expected "),
    "an address with a user": (
        front_matter(webUrl="https://a:b@c.example/"),
        "2: webUrl: expected ",
    ),
    "an empty topic": (front_matter(topics=["Tides", " "]), "2: topics[1]: expected some text"),
    "a topic that is a mapping": (front_matter(topics=[{}]), "2: topics[0]: expected text, got "),
    "no truth value": (front_matter(draft="maybe"), "2: draft: expected true or false"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_costs_one_line_and_itself_alone(site: Path, kind: str) -> None:
    text, line = BAD[kind]
    path = site / "in" / "bad.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    status, out, err = build(site)
    assert (status, out, titles(site)) == (1, "", ["Good"])
    place, _, expected = line.partition(": ")
    assert len(err) == 1
    assert err[0].startswith(f"{path}:" if place == "?" else f"{path}:{place}: ")
    assert expected in err[0]
    assert len(err[0]) < 400 + len(str(path))


BAD_JSON: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ('{"title": \n}', "bad.json:2: JSON: Expecting value"),
    "a key that stands twice": (
        '{"title": "T",\n"title": "U"}',
        "bad.json:2: JSON: duplicate mapping key: 'title'",
    ),
    "nested deep": ("[" * 100_000 + "]" * 100_000, "bad.json:1: JSON: nested too deep"),
    "nested deep in a field": (
        '{"title": "T", "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
        "bad.json:1: JSON: nested too deep",
    ),
    "no mapping": ("7", "bad.json:1: expected a mapping of fields, got 7"),
    "a record among others": (
        '[\n{"title": "T"},\n' + json.dumps({**RECORD, "title": "Second"}) + "]",
        "bad.json:2: webUrl: expected ",
    ),
    "not UTF-8": (b'{"title": "\xff"}', "bad.json:1: expected UTF-8, got byte 0xff"),
    "empty": ("", "bad.json:1: JSON: Expecting value"),
    "a number of many digits": ('{"heat": ' + "9" * 5000 + "}", "bad.json:1: JSON: a number"),
}


@pytest.mark.parametrize("kind", BAD_JSON)
def test_bad_json_costs_one_line_and_the_others_are_published(site: Path, kind: str) -> None:
    text, line = BAD_JSON[kind]
    path = site / "bad.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    status, _, err = run(site / "in", path, "--out", site / "out")
    assert status == 1
    assert [text.startswith(f"{site}/{line}") for text in err] == [True], err
    assert "Good" in titles(site)


def test_a_bad_line_of_json_lines_costs_itself_alone(site: Path) -> None:
    path = site / "a.jsonl"
    path.write_text(f"{json.dumps({**RECORD, 'title': 'First'})}\n{{\n{json.dumps(RECORD)}\n")
    status, _, err = run(path, "--out", site / "out")
    assert (status, len(err), titles(site)) == (1, 1, ["T"])
    assert err[0].startswith(f"{path}:2: JSON: ")


@pytest.mark.parametrize("text", ["", "\n", "# Words\n", "---\n---\n", "---\nlayout: x\n---\n"])
def test_a_file_that_holds_no_record_is_no_problem(site: Path, text: str) -> None:
    (site / "in" / "page.md").write_text(text)
    assert build(site) == Run(0, "", [])


def test_a_folder_that_is_called_as_a_file_is_read_as_a_folder(site: Path) -> None:
    (site / "in" / "x.md").mkdir()
    assert build(site) == Run(0, "", [])


def test_a_link_that_leads_to_itself_costs_one_line(site: Path) -> None:
    (site / "in" / "loop.md").symlink_to("loop.md")
    expected = f"{site}/in/loop.md: a link to {site}/in/loop.md: Too many levels of symbolic links"
    assert build(site) == Run(1, "", [expected])
    assert titles(site) == ["Good"]


def test_a_related_item_that_cannot_be_used_is_left_out_and_reported(site: Path) -> None:
    items = [
        {"title": "No address", "date": "2026-01-01"},
        {**RECORD, "webUrl": "https://r.example/"},
    ]
    (site / "in" / "a.md").write_text(front_matter(related=items, title="Parent"))
    status, _, err = build(site)
    assert (status, len(err)) == (1, 1)
    assert err[0].startswith(f"{site}/in/a.md:2: related[0].webUrl: expected ")
    assert titles(site) == ["Good", "Parent", "T"]


def test_json_says_everything_of_the_report_in_plain_types(site: Path) -> None:
    (site / "in" / "bad.md").write_text(front_matter(title=None))
    (site / "in" / "draft.md").write_text(front_matter(draft=True, webUrl="https://d.example/"))
    status, out, _ = build(site, "--json")
    bad = f"{site}/in/bad.md:2: title: expected some text, got nothing"
    zeros = dict.fromkeys(("other", "unpublished", "retold", "duplicates", "repaired"), 0)
    counts = {"articles": 1, "rejected": 1, **zeros, "feeds": 1, "files": 10}
    counts |= {"written": 10, "unchanged": 0}
    report = json.loads(out)
    assert report == {
        "exit_status": 1,
        "error": None,
        **counts,
        "withheld": {"draft": 1},
        "problems": [bad],
        "notes": ["no feeds were published before: nothing to compare these with"],
        "held": [],
        "changed": [
            f"https://feeds.example.org/all/{name}" for name in ("atom.xml", "feed.json", "rss.xml")
        ],
        "is_held": False,
        "warnings": [],
    }
    assert {type(report[name]) for name in counts} == {int}
    assert (status, out.count("\n")) == (1, 1)


def test_json_is_printed_where_nothing_is_published(site: Path) -> None:
    (site / "in" / "good.md").write_text(GOOD.replace("date:", "draft: true\ndate:"))
    status, out, err = build(site, "--json")
    assert (status, json.loads(out)["withheld"]) == (2, {"draft": 1})
    why = "no record is of use (1 withheld or unpublished)"
    assert err == [f"feedkit: nothing published: {why}"]


def test_a_file_name_that_is_no_text_can_be_reported(site: Path) -> None:
    name = os.fsencode(site / "in") + b"/\xff.md"
    with open(name, "wb") as file:  # noqa: PTH123 (no Path holds it)
        file.write(front_matter(title=None).encode())
    status, out, err = build(site, "--json")
    assert status == 1
    assert len(json.loads(out)["problems"]) == len(err) == 1


def test_nothing_is_written_where_no_record_is_of_use(site: Path) -> None:
    (site / "in" / "good.md").unlink()
    expected = "feedkit: nothing published: no record is of use"
    where = f" in {site / 'in'} (JSON is read where a file is named)"
    assert build(site) == Run(2, "", [expected + where])
    (site / "in" / "page.md").write_text("---\nlayout: page\n---\n")
    why = " (1 file has no date or address)"
    assert build(site) == Run(2, "", [expected + why])
    assert not (site / "out").exists()


def test_nothing_is_changed_where_no_record_is_left_at_all(site: Path) -> None:
    build(site)
    before = (site / "out" / "all" / "atom.xml").read_bytes()
    (site / "in" / "good.md").unlink()
    reason = f"no record in {site / 'in'}, but feeds in OUT; is a folder not mounted?"
    assert build(site) == Run(3, "", [f"feedkit: nothing published: {reason}"])
    assert (site / "out" / "all" / "atom.xml").read_bytes() == before


def test_several_folders_and_files_are_one_source(site: Path) -> None:
    (site / "more").mkdir()
    (site / "more" / "a.md").write_text(front_matter(title="More"))
    (site / "one.json").write_text(
        json.dumps({**RECORD, "title": "One", "url": "https://o.example/", "webUrl": None})
    )
    assert run(site / "in", site / "more", site / "one.json", "--out", site / "out").status == 0
    assert titles(site) == ["Good", "More", "One"]


def test_content_that_is_not_there_is_an_error(site: Path) -> None:
    missing = site / "nowhere"
    expected = f"feedkit: {missing}: No such file or directory"
    assert run(missing, "--out", site / "out") == Run(2, "", [expected])
    assert run(site / "in", missing, "--out", site / "out") == Run(2, "", [expected])
    assert not (site / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["in"], ["--out", "out"], ["in", "--out", "o", "--no"]])
def test_arguments_that_are_wrong_end_with_status_2(arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err[-1].startswith("Error: ")


@pytest.mark.parametrize("place", ["in", "."])
def test_settings_are_found_in_content_and_in_its_parent(site: Path, place: str) -> None:
    (site / "feedkit.toml").rename(site / place / "feedkit.toml")
    assert build(site).status == 0


def test_settings_of_content_go_before_those_of_its_parent(site: Path) -> None:
    (site / "in" / "feedkit.toml").write_text(SETTINGS.replace("Harbour", "Nearer"))
    build(site)
    assert "Nearer" in (site / "out/index.html").read_text("utf-8")


def test_settings_that_are_named_go_before_all(site: Path) -> None:
    (site / "other.toml").write_text(SETTINGS.replace("Harbour", "Named"))
    build(site, "--config", str(site / "other.toml"))
    assert "Named" in (site / "out/index.html").read_text("utf-8")


def test_missing_settings_are_an_error_that_says_what_is_needed(site: Path) -> None:
    (site / "feedkit.toml").unlink()
    expected = f"feedkit: feedkit.toml: none in {site}/in or its parent; feedkit init writes one"
    assert build(site) == Run(2, "", [expected])


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (SETTINGS + "[feeds]\nlimit = 'many'\n", ":5: feeds.limit: "),
        (SETTINGS + "[feeds]\nlimit = 0\n", ":5: feeds.limit: "),
        (SETTINGS + "[feeds]\nformats = ['xml']\n", ":5: feeds.formats"),
        (
            SETTINGS.replace("https:", "ftp:"),
            ":3: site.url: expected an absolute http(s) URL, got ",
        ),
        (SETTINGS + 'timezone = "Mars/Base"\n', ":4: site.timezone: expected an IANA time zone"),
        (SETTINGS + "[exclude]\nurls = ['x']\n", ":5: exclude.urls: expected an absolute http(s)"),
        ("[site\n", ":1: "),
        ("", ": "),
    ],
)
def test_wrong_settings_are_one_line_that_names_file_and_line(
    site: Path, settings: str, error: str
) -> None:
    (site / "feedkit.toml").write_text(settings)
    status, out, err = build(site)
    assert (status, out, len(err)) == (2, "", 1)
    assert err[0].startswith(f"feedkit: {site}/feedkit.toml{error}")
    assert not (site / "out").exists()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (SETTINGS + "color = 1\n", "color"),
        (SETTINGS + "[fedes]\nlimit = 5\n", "fedes"),
        ('[site]\ntitle = "T"\n', "url"),
    ],
)
def test_a_setting_that_is_unknown_or_missing_is_named(
    site: Path, settings: str, name: str
) -> None:
    (site / "feedkit.toml").write_text(settings)
    status, _, err = build(site)
    assert (status, len(err)) == (2, 1)
    assert err[0].startswith(f"feedkit: {site}/feedkit.toml:")
    assert name in err[0]


def test_a_file_where_out_should_be_is_an_error(site: Path) -> None:
    (site / "out").write_text("a file")
    status, _, err = build(site)
    assert (status, len(err)) == (2, 1)
    assert err[0].startswith(f"feedkit: {site}/out/")
    assert err[0].endswith(": Not a directory")
    assert (site / "out").read_text() == "a file"


@pytest.mark.parametrize("name", ["all/rss.xml", "all/index.html", "feeds.json", "index.html"])
def test_a_folder_where_a_file_should_be_leaves_all_old_files_and_no_new_one(
    site: Path, name: str
) -> None:
    build(site)
    (site / "out" / name).unlink()
    (site / "out" / name).mkdir()
    before = read_all(site / "out")
    (site / "in" / "good.md").write_text(GOOD.replace("Good", "Better"))
    assert build(site) == Run(2, "", [f"feedkit: {site}/out/{name}: Is a directory"])
    assert read_all(site / "out") == before


def read_all(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def run_on_terminal(site: Path) -> str:
    """Return what the command shows on a terminal."""
    controller, terminal = pty.openpty()
    code = "from feedkit.cli import main; main()"
    arguments = ["build", str(site / "in"), "--out", str(site / "out")]
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdin=terminal, stdout=terminal, stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    ):  # fmt: skip
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 4096):
                shown += chunk
        except OSError:  # the last writer has closed it
            pass
    os.close(controller)
    return shown.decode()


def test_a_terminal_shows_progress_and_a_table(site: Path) -> None:
    (site / "in" / "draft.md").write_text(front_matter(draft=True))
    shown = run_on_terminal(site)
    for text in (
        "Reading",
        "Encoding",
        "Publishing",
        "articles",
        "withheld: draft",
        "Published in",
    ):
        assert text in shown


def test_no_terminal_shows_neither(site: Path) -> None:
    code = "from feedkit.cli import main; main()"
    arguments = ["build", str(site / "in"), "--out", str(site / "out")]
    options = ["-X", "warn_default_encoding", "-W", "error"]
    done = subprocess.run(
        [sys.executable, *options, "-c", code, *arguments], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)


def test_the_package_is_run_as_the_command(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "feedkit", "build", site / "in", "--out", site / "out", "--josn"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: python -m feedkit build ")


CALL = [sys.executable, "-c", "from feedkit.cli import main; main()", "build"]


def run_in_shell(site: Path, redirections: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = f'exec "$@" {redirections}'
    arguments = [*CALL, str(site / "in"), "--out", str(site / "out"), *options]
    return subprocess.run(
        ["sh", "-c", command, "sh", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is full")
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
)
def test_a_report_that_cannot_be_printed_is_said_and_the_feeds_are_published(
    site: Path, redirection: str, reason: str
) -> None:
    done = run_in_shell(site, redirection, "--json")
    said = f"feedkit: the report cannot be printed: {reason}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert titles(site) == ["Good"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is full")
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2>&- >&-"])
@pytest.mark.parametrize(("text", "status"), [(GOOD, 0), ("---\ntitle: T\n", 1)])
def test_problems_that_cannot_be_said_change_no_exit_status(
    site: Path, redirection: str, text: str, status: int
) -> None:
    (site / "in" / "a.md").write_text(text)
    done = run_in_shell(site, redirection)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_what_is_printed_is_one_line_and_nothing_that_a_terminal_obeys(site: Path) -> None:
    name = "\x1b]0;title\x07\n\u202e.md"
    (site / "in" / f"1{name}").write_text(GOOD)
    (site / "in" / f"2{name}").write_text("---\ntitle: T\n")
    shown = run_on_terminal(site)
    escaped = r"\x1b]0;title\x07\n\u202e.md"
    assert f"note: {site}/in/1{escaped}, {site}/in/good.md: records of one URL; " in shown
    assert f"{site}/in/2{escaped}" in shown
    assert not {"\x1b]", "\x07", "\u202e"}.intersection(shown)
    assert "\x1b]" not in shown


def test_names_that_a_terminal_cannot_show_are_shown_as_escapes(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    (site / "in" / "ø.md").write_text(GOOD)
    with open(os.fsencode(site / "in") + b"/\xff.md", "wb") as file:  # noqa: PTH123
        file.write(GOOD.encode())
    shown = run_on_terminal(site)
    assert f"Published in {site}/out\r\n" in shown
    assert "records of one URL" in shown


@pytest.mark.parametrize("option", ["--out", "--config"])
def test_a_path_of_no_letters_is_refused(
    site: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(site)
    status, _, err = run("in", "--out", "out", option, "")
    assert status == 2
    assert err[-1].endswith("expected a path, got nothing")
    assert sorted(path.name for path in site.iterdir()) == ["feedkit.toml", "in"]


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_seconds_to_wait_are_a_number(site: Path, seconds: str) -> None:
    status, _, err = build(site, "--wait", seconds)
    assert (status, (site / "out").exists()) == (2, False)
    assert err[-1].startswith("Error: Invalid value for '--wait'")


def test_the_command_uses_two_processes_where_there_is_work_for_them(site: Path) -> None:
    code = (
        "import os, sys; from feedkit.cli import main; os.cpu_count = lambda: 2\n"
        "sys.addaudithook(lambda event, _: event == 'os.fork' and os.write(1, b'fork '))\n"
        "main()"
    )
    for count in (400, 600):
        arguments = ["build", str(site / "in"), "--out", str(site / f"out{count}")]
        for number in range(count):
            text = front_matter(webUrl=f"https://t.example/{number}", topics=[f"T{number % 60}"])
            (site / "in" / f"{number}.md").write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, check=False
        )
        expected = b"" if count == 400 else b"fork " * 4  # one fills the catalogue
        assert (done.returncode, done.stdout) == (0, expected)
