"""Words that the published state did not know withhold at most half of it until somebody looked."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import feedkit
import feedkit.config.settings
from withheld import build, make_config, titles, write

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def forget_words(folder: Path, *words: str) -> None:
    """Let the published state be that of a build which knew only these words."""
    path = folder / "out/feeds.json"
    manifest = json.loads(path.read_bytes())
    manifest["words"] = list(words)
    if not words:
        del manifest["words"]
    path.write_text(json.dumps(manifest))


def publish_old(folder: Path, withheld: int, others: int, **fields: object) -> None:
    """Publish articles as a build did that knew no words; then let some of them say these."""
    fields = fields or {"status": "private"}
    everyone = dict.fromkeys(feedkit.config.settings.WORDS, False)
    for number in range(withheld + others):
        write(folder, str(number), **(fields if number < withheld else {}))
    build(folder, make_config(**everyone))
    forget_words(folder)


def read_tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "out").rglob("*") if path.is_file())
    return {path.as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("cache", [True, False])
def test_nothing_is_published_until_the_word_is_named(tmp_path: Path, *, cache: bool) -> None:
    publish_old(tmp_path, 4, 3)
    before = read_tree(tmp_path)
    for _ in range(2):  # this build, and each that follows
        report = build(tmp_path, cache=cache)
        assert (report.exit_status, report.files, read_tree(tmp_path)) == (3, 0, before)
        (said,) = report.held
        assert "4 of 7 published articles" in said
        assert "status (4)" in said
        assert "{ status = true }" in said
    write(tmp_path, "more")
    assert build(tmp_path, cache=cache).exit_status == 3
    report = build(tmp_path, make_config(status=True), cache=cache)
    assert (report.exit_status, len(titles(tmp_path))) == (0, 4)
    # From now on the published state knows it.
    write(tmp_path, "4", status="draft")
    assert (build(tmp_path, cache=cache).exit_status, len(titles(tmp_path))) == (0, 3)


@pytest.mark.parametrize(
    ("config", "more"),
    [({"status": ("private",)}, {}), ({}, {"allow_shrink": True})],
    ids=["named", "allowed"],
)
def test_a_word_that_is_named_or_allowed_withholds(
    tmp_path: Path, config: dict[str, Any], more: dict[str, Any]
) -> None:
    publish_old(tmp_path, 4, 3)
    report = build(tmp_path, make_config(**config), **more)
    assert (report.exit_status, report.withheld, len(titles(tmp_path))) == (0, {"status": 4}, 3)


def test_a_word_that_is_named_false_withholds_nothing(tmp_path: Path) -> None:
    publish_old(tmp_path, 4, 3)
    assert build(tmp_path, make_config(status=False)).withheld == {}
    assert len(titles(tmp_path)) == 7
    manifest = json.loads((tmp_path / "out/feeds.json").read_bytes())
    assert "status" not in manifest["words"]
    assert "visibility" in manifest["words"]
    assert build(tmp_path).exit_status == 3  # it was not known


@pytest.mark.parametrize(
    ("withheld", "others", "fields"),
    [
        (1, 1, {}),
        (4, 4, {"hidden": True}),
        (3, 6, {"expiryDate": "2020-01-01"}),
        (0, 5, {}),
    ],
)
def test_half_or_less_is_withheld_at_once(
    tmp_path: Path, withheld: int, others: int, fields: dict[str, object]
) -> None:
    publish_old(tmp_path, withheld, others, **fields)
    report = build(tmp_path)
    assert report.exit_status == 0
    assert len(titles(tmp_path)) == others


@pytest.mark.parametrize("fields", [{"draft": True}, {"draft": True, "status": "draft"}])
def test_other_withdrawals_are_no_words_of_others(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    publish_old(tmp_path, 1, 6)
    for number in range(6):
        write(tmp_path, str(number), **fields)
    assert (build(tmp_path).exit_status, len(titles(tmp_path))) == (0, 1)


def test_a_word_that_is_known_withholds_whatever_the_share(tmp_path: Path) -> None:
    publish_old(tmp_path, 6, 1)
    forget_words(tmp_path, "status")
    assert (build(tmp_path).exit_status, len(titles(tmp_path))) == (0, 1)


def test_words_are_counted_together_and_each_is_named(tmp_path: Path) -> None:
    publish_old(tmp_path, 2, 3)
    write(tmp_path, "2", hidden="maybe")
    (said,) = build(tmp_path).held
    assert "3 of 5 published articles" in said
    assert "hidden (1), status (2)" in said
    # Of two the one that is named is known.
    assert build(tmp_path, make_config(status=True)).exit_status == 1


def test_an_update_is_refused_too(tmp_path: Path) -> None:
    publish_old(tmp_path, 4, 3)
    build(tmp_path, make_config(status=False))
    forget_words(tmp_path)
    write(tmp_path, "5", title="New")
    path = tmp_path / "in/5.md"
    report = feedkit.update(tmp_path / "out", make_config(), now=NOW, changed=[path])
    assert (report.exit_status, len(report.held)) == (3, 1)
    assert "New" not in titles(tmp_path)


def test_related_articles_without_records_are_not_counted(tmp_path: Path) -> None:
    items = [
        {"title": f"R{n}", "url": f"https://r.example/{n}", "date": "2026-01-01"} for n in range(5)
    ]
    publish_old(tmp_path, 2, 1, status="private", related=items)
    assert "2 of 3 published articles" in build(tmp_path).held[0]


def test_previous_feeds_know_no_words_either(tmp_path: Path) -> None:
    publish_old(tmp_path, 4, 3)
    report = feedkit.build(
        tmp_path / "in", tmp_path / "new", make_config(), now=NOW, previous=tmp_path / "out"
    )
    assert report.exit_status == 3
    assert not (tmp_path / "new/all").exists()


def test_a_first_build_has_nothing_to_compare_with(tmp_path: Path) -> None:
    for number in range(6):
        write(tmp_path, str(number), **({"status": "private"} if number else {}))
    assert (build(tmp_path).exit_status, len(titles(tmp_path))) == (0, 1)


def test_the_command_says_why(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from feedkit.cli import main

    publish_old(tmp_path, 4, 3)
    (tmp_path / "feedkit.toml").write_text(
        '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'
    )
    config = ["--config", str(tmp_path / "feedkit.toml")]
    arguments = ["build", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *config]
    said = CliRunner().invoke(main, arguments)
    assert said.exit_code == 3
    assert "status (4)" in said.stderr
    assert "not mounted" not in said.stderr
