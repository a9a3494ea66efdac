"""A cache that another state of feedkit wrote is known as such, and not used."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import feedkit
from commands import SITE, read_files, record, write_files
from feedkit.cache.build_state import digest_installed

RUN = "from feedkit.cli import main; main()"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package, and a site that it has built."""
    package = tmp_path / "code/feedkit"
    shutil.copytree(Path(feedkit.__file__).parent, package)
    write_files(
        tmp_path, {"feedkit.toml": SITE, "in/a.md": record("Ferry") + "\nPress <kbd>F</kbd>.\n"}
    )
    write_files(tmp_path, {"in/b.md": record("Fog", topics="[Tides]") + "\nPress <kbd>G</kbd>.\n"})
    call(tmp_path, "build", "in")
    return package


def call(folder: Path, *arguments: str) -> None:
    """Run the copied feedkit."""
    command = [sys.executable, "-B", "-c", RUN, *arguments, "--out", "out"]
    environment = {"PYTHONPATH": str(folder / "code"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def mend_sanitiser(package: Path) -> None:
    edit(package / "bodies/sanitize.py", "kbd", "zzz")


def mend_template(package: Path) -> None:
    edit(package / "pages/templates/base.html", "</body>", "<!-- new --></body>")


def mend_style(package: Path) -> None:
    edit(package / "pages/static/feedkit.css", "/* ", "/*  ")


EDITS = {
    "sanitiser": (mend_sanitiser, "all/atom.xml"),
    "template": (mend_template, "topics/tides/index.html"),
    "style": (mend_style, "feedkit.css"),
}


@pytest.mark.parametrize(
    "command", [("build", "in"), ("update", "in/b.md", "--config", "feedkit.toml")]
)
@pytest.mark.parametrize(("mend", "name"), EDITS.values(), ids=EDITS)
def test_what_is_mended_in_feedkit_reaches_feeds_whose_records_stay(
    mend: Callable[[Path], None], name: str, command: tuple[str, ...], copied: Path, tmp_path: Path
) -> None:
    before = read_files(tmp_path / "out")
    call(tmp_path, *command)
    assert read_files(tmp_path / "out") == before
    mend(copied)
    call(tmp_path, *command)
    after = read_files(tmp_path / "out")
    assert after[name] != before[name]
    shutil.rmtree(tmp_path / "out")
    call(tmp_path, "build", "in", "--no-cache")
    assert read_files(tmp_path / "out") == after


def touch(package: Path) -> None:
    for path in package.rglob("*"):
        os.utime(path)


def copy_anew(package: Path) -> None:
    shutil.copytree(package, package.with_name("other"))
    shutil.rmtree(package)
    package.with_name("other").rename(package)


def compile_all(package: Path) -> None:
    subprocess.run([sys.executable, "-m", "compileall", "-q", package], check=True)


@pytest.mark.parametrize("leave", [touch, copy_anew, compile_all])
def test_where_no_byte_of_feedkit_changed_the_cache_is_used(
    leave: Callable[[Path], None], copied: Path, tmp_path: Path
) -> None:
    catalogue = tmp_path / ".out.feedkit/catalogue.sqlite"
    before = catalogue.stat().st_ino
    leave(copied)
    call(tmp_path, "build", "in")
    assert catalogue.stat().st_ino == before  # a new one takes the place of one that is of no use


def test_the_files_are_read_once_and_again_where_what_is_kept_is_damaged(tmp_path: Path) -> None:
    memo = tmp_path / "installed"
    first = digest_installed(memo)
    kept, inode = memo.read_bytes(), memo.stat().st_ino
    assert (digest_installed(memo), memo.stat().st_ino) == (first, inode)
    for damage in (b"", kept[:100], b"\x00" * 50, kept.replace(b"fragment", b"fragmenu")):
        memo.write_bytes(damage)
        assert digest_installed(memo) == first
        assert memo.read_bytes() == kept


@pytest.mark.parametrize("version", ["nh3-0.2.99.dist-info", "Nh3-9.egg-info"])
def test_another_version_of_a_library_is_another_state(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest_installed(tmp_path / "one")
    write_files(tmp_path, {"site/nh3/__init__.py": "", f"site/{version}/METADATA": ""})
    monkeypatch.syspath_prepend(tmp_path / "site")
    changed = digest_installed(tmp_path / "two")
    assert changed != before
    (tmp_path / "site" / version).rename(tmp_path / "site/nh3-10.dist-info")
    assert digest_installed(tmp_path / "three") not in (before, changed)
