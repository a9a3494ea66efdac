"""What the documents say is run: Python blocks, settings, the record and the cron line."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import click
import pytest
from click.testing import CliRunner

import feedkit
from api_page import PAGE as API_PAGE
from api_page import write_page as write_api_page
from commands import read_files
from feedkit import limits
from feedkit.cli import main
from feedkit.doctor.judging import FINDINGS
from limits_page import PAGE as LIMITS_PAGE
from limits_page import find_limits
from limits_page import write_page as write_limits_page
from paths import ROOT
from settings_page import EXAMPLE, PAGE, find_tables, write_page

#: All pages but those that are made from the source, or are for developers.
PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page.name not in ("api.md", "cli.md", "evidence.md")
]
#: Those with Python that can be run, one block after the other.
DOCUMENTS = ("README.md", "docs/howto/python.md")


def find_blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_python_of_a_document_runs(document: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    script = tmp_path / "document.py"
    script.write_text("\n".join(find_blocks(document, "python")), "utf-8")
    command = [sys.executable, "-W", "error", str(script)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git to ask")
def test_what_git_names_in_the_line_for_updates_is_all_that_changed(tmp_path: Path) -> None:
    (line,) = [block for block in find_blocks("docs/howto/builds.md", "sh") if "git diff" in block]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(script: str) -> str:
        done = subprocess.run(
            ["sh", "-ec", script], cwd=tmp_path, env={**os.environ, "PATH": path},
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    def write(name: str, *lines: str) -> None:
        file = tmp_path / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        head = f"title: Tide {name}\nurl: https://tides.example/{quote(name)}\ndate: 2026-02-01"
        file.write_text("\n".join(("---", head, *lines, "---", "")), "utf-8")

    commit = "git add -A && git -c user.name=x -c user.email=x@example.org commit -qm x"
    names = ("ebb.md", "flut größe.md", "it's.md", "neap.md", "spring.md")
    for name in names:
        write(name)
    settings = '[site]\ntitle = "Tides"\nurl = "https://feeds.example.org/"\n'
    (tmp_path / "content/feedkit.toml").write_text(settings)
    (tmp_path / ".gitignore").write_text("feeds\n.feeds*\nfresh\n")
    run(f"git init -q && {commit} && feedkit build content --out feeds")
    for name in names[1:3]:
        write(name, "draft: true")
    write("new one.md")
    run("mkdir content/_drafts && git mv content/ebb.md content/_drafts/ && rm content/neap.md")
    assert run(f"{commit} && {line}") == ""
    run("feedkit build content --out fresh --no-cache")
    feeds, fresh = (read_files(tmp_path / name) for name in ("feeds", "fresh"))
    assert feeds == fresh
    assert feeds["all/atom.xml"].count(b"<entry>") == 2


def test_the_record_and_settings_of_the_readme_build_with_its_cron_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content").mkdir()
    (record,) = find_blocks("README.md", "yaml")
    (tmp_path / "content/ferry.md").write_text(record, "utf-8")
    (settings,) = find_blocks("README.md", "toml")
    (tmp_path / "feedkit.toml").write_text(settings, "utf-8")
    (line,) = re.findall(
        r"^\*/10 \* \* \* \*  /opt/feedkit/bin/feedkit (.*)$",
        (ROOT / "README.md").read_text(),
        re.MULTILINE,
    )
    arguments = line.replace("/srv/content", "content").replace("/srv/www/feeds", "feeds").split()
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert (end.value.code, capfd.readouterr()) == (0, ("", ""))
    assert (tmp_path / "feeds/topics/harbour/atom.xml").exists()
    assert (tmp_path / "feeds/providers/example.org/feed.json").exists()


def test_the_settings_of_the_page_about_them_are_the_defaults(tmp_path: Path) -> None:
    (settings,) = find_blocks("docs/howto/settings.md", "toml")
    (tmp_path / "feedkit.toml").write_text(settings.replace('["youtube.com"]', shared()), "utf-8")
    config = feedkit.load_config(tmp_path / "feedkit.toml")
    site = feedkit.Site(title="Harbour News", url="https://example.org/feeds/")
    assert (config.site, config.feeds) == (site, feedkit.FeedSettings())
    assert (config.ids, list(config.moved)) == (feedkit.Ids(), ["https://old.example.org/"])
    assert (config.exclude, config.labels) == (feedkit.Exclude(), feedkit.Labels())
    assert config.about("topics", "c-sharp").slug == "csharp"
    assert config.about("providers", "example.org").title == "Example"


def shared() -> str:
    return repr(list(feedkit.FeedSettings().shared_domains)).replace("'", '"')


def test_the_command_page_is_what_help_says() -> None:
    """`make help-page` writes it anew."""
    assert (ROOT / "docs/cli.md").read_text("utf-8") == write_command_page()


def write_command_page() -> str:
    """Return docs/cli.md."""
    parts = ["# The command\n"]
    for name in ("", *sorted(main.list_commands(click.Context(main)))):
        arguments = [*name.split(), "--help"]
        run = CliRunner().invoke(main, arguments, prog_name="feedkit", terminal_width=80)
        title = f"feedkit {name}".rstrip()
        parts.append(f"## `{title}`\n\n```\n{run.output.rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_doctor_page_is_what_can_be_found() -> None:
    """`make help-page` writes it anew."""
    assert (ROOT / "docs/doctor.md").read_text("utf-8") == write_doctor_page()


def write_doctor_page() -> str:
    """Return docs/doctor.md: its own words, then a row for each kind of finding."""
    rows = []
    for name, kind in FINDINGS.items():
        says = re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), kind.says)
        rows.append(f"| `{name}` | {says} | {kind.do} |".replace("<", "&lt;"))
    head = (ROOT / "docs/doctor.md").read_text("utf-8").partition("\n| `")[0]
    return "\n".join([head, *rows, ""])


def test_the_settings_page_is_what_the_settings_are() -> None:
    """`make settings-page` writes it anew."""
    assert PAGE.read_text("utf-8") == write_page()


def test_the_limits_page_is_what_the_limits_are() -> None:
    """`make limits-page` writes it anew."""
    assert LIMITS_PAGE.read_text("utf-8") == write_limits_page()


def test_every_limit_has_a_unit_and_says_what_becomes_of_the_rest() -> None:
    found = {limit.name: limit for limit in find_limits()}
    assert list(found) == [name for name in vars(limits) if name.isupper()]
    assert [limit.name for limit in found.values() if not limit.text.endswith(".")] == []
    for name, limit in found.items():
        unit = name.rpartition("_")[2].lower()
        if unit in ("bytes", "characters", "levels", "nodes"):
            assert limit.unit == unit, name


def test_the_page_of_reports_says_what_each_field_holds() -> None:
    table = (ROOT / "docs/reference/report.md").read_text("utf-8").partition("## Exit")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted([*feedkit.Report.__struct_fields__, "exit_status"])


def test_every_setting_says_what_it_does() -> None:
    tables = {table.header: table.settings for table in find_tables()}
    assert {"site", "feeds", 'topics."NAME"', "redirects"} <= set(tables)
    assert [(name, one.key) for name, own in tables.items() for one in own if not one.text] == []


def test_the_example_of_the_settings_page_is_one(tmp_path: Path) -> None:
    (tmp_path / "feedkit.toml").write_text(EXAMPLE, "utf-8")
    config = feedkit.load_config(tmp_path / "feedkit.toml")
    assert config.redirects == {"tags/dotnet": "tags/csharp"}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *PAGES])
def test_every_link_of_a_document_leads_to_a_file_and_a_heading_of_it(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not leads_somewhere(ROOT / document, link)] == []


def leads_somewhere(document: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = document.parent / path if path else document
    if not heading or not target.is_file():
        return target.exists()
    lines = re.findall(r"^#+ (.*)", target.read_text("utf-8"), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}


def test_the_table_of_contents_names_every_page() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs/index.md").read_text("utf-8"))
    pages = [page for page in PAGES if "/hosting/" not in page and page != "docs/index.md"]
    assert [page for page in pages if page.removeprefix("docs/") not in named] == []


def test_the_page_of_the_python_api_is_what_docstrings_say() -> None:
    assert API_PAGE.read_text("utf-8") == write_api_page()


@pytest.mark.parametrize("document", ["docs/evidence.md", "SECURITY.md"])
def test_every_test_that_a_document_names_exists(document: str) -> None:
    files = list((ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"\btest_\w+\b", (ROOT / document).read_text("utf-8")))
    found = {file.stem for file in files}
    for file in files:
        found.update(re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE))
    assert len(named) > 20
    assert sorted(named - found) == []


def test_every_message_of_the_index_is_one_that_the_source_has() -> None:
    texts = [
        node.value
        for path in Path(feedkit.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    page = (ROOT / "docs/reference/messages.md").read_text("utf-8")
    named = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    parts = [part for one in named for part in re.split(r" *… *", one.removeprefix("expected "))]
    assert len(named) > 50
    assert [part for part in parts if not any(part in text for text in texts)] == []


if __name__ == "__main__":
    (ROOT / "docs/cli.md").write_text(write_command_page(), "utf-8")
    (ROOT / "docs/doctor.md").write_text(write_doctor_page(), "utf-8")
