"""The program that checks the contract: its tables, its exit status, and its sample."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import jsonschema
import pytest
from lxml import etree

import contract
import feedkit
from paths import TESTS

SCHEMAS = Path(feedkit.__file__).parent / "schemas"
SAMPLE = TESTS / "contract_sample"
RSS = "topics/light-houses/rss.xml"

CANONICAL = """webUrl\tcanonical, or why it is refused\tid
HTTPS://Example.org?utm_source=x\thttps://example.org/\turn:uuid:527dda32-a0de-5105-a042-cb475b5f7d11
https://example.org:x/\tREFUSED: port\t
"""
SLUGS = "name\tidentity\tslug\n C# \tc sharp\tc-sharp\nR\u0085D\tr d\tr-d\n"


def tables(folder: Path, canonical: str = CANONICAL, slugs: str = SLUGS) -> list[str]:
    (folder / "canonical.tsv").write_text(canonical, "utf-8", newline="")
    (folder / "slugs.tsv").write_text(slugs, "utf-8", newline="")
    return contract.compare_tables(folder)


def test_tables_that_feedkit_keeps_are_equal(tmp_path: Path) -> None:
    assert tables(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("\thttps://example.org/\t", "\thttps://example.org\t", "line 2: canonical_url("),
        ("527dda32", "527dda33", "line 2: article_id of "),
        ("REFUSED: port", "REFUSED: host", "line 3: canonical_url("),
        ("HTTPS://", "HTTPS://me@", "line 2: canonical_url("),
        (":x/", ":443/", "line 3: canonical_url("),
        ("REFUSED: port\t", "REFUSED: port", "line 3: 2 cells"),
    ],
    ids=["url", "id", "reason", "refused", "not refused", "cells"],
)
def test_a_row_of_urls_that_differs_is_named(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert CANONICAL.count(old) == 1
    assert tables(tmp_path, CANONICAL.replace(old, new))[0].startswith(f"canonical.tsv: {line}")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("\tc sharp\t", "\tc\t", "line 2: identity(' C# '): 'c sharp', expected 'c'"),
        ("c-sharp", "csharp", "line 2: slug of ' C# ': 'c-sharp', expected 'csharp'"),
        ("r-d", "rd", "line 3: slug of 'R\\x85D': 'r-d', expected 'rd'"),
    ],
    ids=["identity", "slug", "a line break that is none"],
)
def test_a_row_of_slugs_that_differs_is_named(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    assert SLUGS.count(old) == 1
    assert tables(tmp_path, slugs=SLUGS.replace(old, new)) == [f"slugs.tsv: {line}"]


def test_missing_tables_are_named(tmp_path: Path) -> None:
    assert contract.compare_tables(tmp_path) == [
        "canonical.tsv: file: missing",
        "slugs.tsv: file: missing",
    ]


def copy_sample(_: Path, out: Path) -> list[str]:
    shutil.copytree(SAMPLE, out, dirs_exist_ok=True)
    return []


def copy_most(_: Path, out: Path) -> list[str]:
    copy_sample(_, out)
    (out / RSS).unlink()
    return ["a.md: title: missing"]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    samples = Path(shutil.copytree(SAMPLE, tmp_path / "samples"))
    tables(samples)
    (tmp_path / "corpus/articles").mkdir(parents=True)
    (tmp_path / "corpus/articles/a.md").write_text("---\ntitle: A\n---\n")
    return tmp_path


def test_equal_output_ends_with_what_was_compared(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contract.run(shared, copy_sample) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("compared 10 files, 27 entries, ")
    assert line.endswith(", 4 rows: 0 differences")


def test_different_output_is_told_line_by_line(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contract.run(shared, copy_most) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert (first, second) == ("build: a.md: title: missing", f"{RSS}: file: missing")
    assert last.startswith("compared 9 files, 24 entries, ")
    assert last.endswith(": 2 differences")


def test_a_table_that_differs_is_exit_status_1(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables(shared / "samples", slugs=SLUGS.replace("c-sharp", "csharp"))
    assert contract.run(shared, copy_sample) == 1
    assert capsys.readouterr().out.startswith("slugs.tsv: line 2: slug of ' C# ': ")


@pytest.mark.parametrize("lost", ["samples", "corpus", "samples/*/*", "corpus/articles/*"])
def test_a_folder_with_nothing_to_compare_is_one_line_and_exit_status_2(
    shared: Path, lost: str
) -> None:
    (shared / "samples/feeds.opml").unlink()
    for path in shared.glob(lost):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    program = [sys.executable, str(TESTS / "support/contract.py"), str(shared)]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{shared}: nothing to compare in samples and corpus/articles\n"


@pytest.mark.parametrize("form", ["atom.xml", "rss.xml"])
def test_the_sample_is_valid_by_its_schema(form: str) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMAS / form.replace("xml", "rng")))
    files = list(SAMPLE.rglob(form))
    assert len(files) == 3
    for file in files:
        schema.assertValid(etree.parse(file))


def test_the_sample_is_a_valid_json_feed() -> None:
    schema = json.loads((SCHEMAS / "jsonfeed.schema.json").read_text("utf-8"))
    files = list(SAMPLE.rglob("feed.json"))
    assert len(files) == 3
    for file in files:
        jsonschema.validate(json.loads(file.read_text("utf-8")), schema)


def test_the_sample_has_the_ids_that_its_addresses_make() -> None:
    for file in SAMPLE.rglob("feed.json"):
        feed = json.loads(file.read_text("utf-8"))
        ids = {item["id"]: item["url"] for item in feed["items"]}
        ids[etree.parse(file.with_name("atom.xml")).getroot()[0].text] = feed["home_page_url"]
        assert list(ids) == [f"urn:uuid:{uuid5(NAMESPACE_URL, url)}" for url in ids.values()]


def test_the_manifest_of_the_sample_has_every_file_and_its_sha256() -> None:
    manifest = json.loads((SAMPLE / "feeds.json").read_text("utf-8"))
    named = {
        f"{feed['path']}/{name}": digest
        for feed in manifest["feeds"]
        for name, digest in feed["files"].items()
    }
    files = [path for path in SAMPLE.rglob("*/*") if path.suffix in (".xml", ".json")]
    assert named == {
        path.relative_to(SAMPLE).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }
