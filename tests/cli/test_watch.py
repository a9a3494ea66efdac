"""`feedkit build --watch`: whatever changes is published, until a signal ends it."""

import gzip
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Unpack

import pytest

import feedkit
from commands import (
    SITE,
    SMALL,
    Running,
    make_environment,
    read_files,
    record,
    run,
    start,
    wait_until,
    write_files,
)
from feedkit.cli.options import BuildArguments
from feedkit.cli.rounds import WatchRounds

BUILD = "build in --out out --watch --verbose"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_files(tmp_path, SMALL)
    return tmp_path


@pytest.fixture
def watching(site: Path) -> Iterator[Running]:
    """Give a command that watches `in`, and has published it once."""
    with start(BUILD, site) as command:
        wait_until(lambda: "Published" in command.said)
        yield command


def read_feed(site: Path) -> str:
    return (site / "out/all/feed.json").read_text("utf-8")


def wait_for(site: Path, text: str) -> None:
    wait_until(lambda: text in read_feed(site))


def count_rounds(command: Running) -> int:
    return command.said.count("files written\n")


def write_over(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def replace(path: Path, text: str) -> None:
    """Put another file in the file's place, as many editors do."""
    beside = path.with_name("4913")
    beside.write_text(text, "utf-8")
    beside.replace(path)


@pytest.mark.parametrize("write", [write_over, replace])
def test_a_record_and_settings_that_change_are_published(
    site: Path, watching: Running, write: Callable[[Path, str], None]
) -> None:
    for title in ("Fog", "Whale"):
        write(site / "in/ferry.md", record(title))
        wait_for(site, title)
        write(site / "feedkit.toml", SITE.replace("Harbour", f"{title} Gazette"))
        wait_for(site, f"{title} Gazette")


def test_what_is_watched_comes_to_what_a_build_comes_to(site: Path) -> None:
    with start(f"{BUILD} --prune", site) as command:
        wait_until(lambda: "Published" in command.said)
        write_files(site, {f"away/deep/{name}.md": record(name) for name in ("Fog", "Buoy")})
        (site / "away").rename(site / "in/away")
        wait_for(site, "Buoy")
        (site / "in/away/deep/Fog.md").unlink()
        (site / "in/away/deep").rename(site / "in/away/deeper")
        write_over(site / "in/ferry.md", record("Ferry", topics="[Whales]"))
        more = {"in/pier.md": record("Pier", draft="true"), "in/quay.md": record("Quay")}
        write_files(site, more)
        wait_for(site, "Quay")
        (site / "in/away").rename(site / "gone")
        run("build in --out fresh", site)
        wait_until(lambda: read_files(site / "out") == read_files(site / "fresh"))


def test_who_watches_writes_copies_too(site: Path) -> None:
    with start(f"{BUILD} --precompress", site) as command:
        wait_until(lambda: "Published" in command.said)
        write_over(site / "in/ferry.md", record("Fog"))
        wait_for(site, "Fog")
    copy = gzip.decompress((site / "out/all/atom.xml.gz").read_bytes())
    assert b"Fog" in copy


def test_a_folder_is_no_editor_s_copy_whatever_its_name(site: Path, watching: Running) -> None:
    write_files(site, {"away/fog.md": record("Fog")})
    (site / "away").rename(site / "in/moved~")
    wait_for(site, "Fog")


def test_data_files_and_the_file_of_ids_are_watched(site: Path) -> None:
    write_files(site, {"feedkit.toml": SITE + '[data]\ntopics = "data"\n'})
    write_files(site, {"data/tides.yaml": "name: Tides\ndescription: High and low.\n"})
    with start(BUILD, site) as command:
        wait_until(lambda: "Published" in command.said)
        write_over(site / "data/tides.yaml", "name: Tides\ndescription: Ebb and flow.\n")
        wait_until(lambda: "Ebb" in (site / "out/topics/tides/feed.json").read_text("utf-8"))
        write_over(site / "ids.json", '{"https://example.org/ferry/": "tag:example.org,2026:1"}')
        wait_for(site, "tag:example.org,2026:1")


def test_what_is_wrong_is_said_and_watching_goes_on(site: Path, watching: Running) -> None:
    write_over(site / "in/soon.md", record("Soon", date="soon"))
    wait_until(lambda: "in/soon.md:4: date: expected" in watching.said)
    write_over(site / "feedkit.toml", SITE + "[fedes]\n")
    wait_until(lambda: "feedkit.toml:4: fedes: no such setting" in watching.said)
    write_over(site / "feedkit.toml", SITE.replace("Harbour", "Gazette"))
    wait_for(site, "Gazette")
    (site / "in").rename(site / "elsewhere")
    wait_until(lambda: "feedkit: in: No such file or directory" in watching.said)
    write_files(site, {"new/fog.md": record("Fog")})
    (site / "new").rename(site / "in")
    wait_for(site, "Fog")
    write_over(site / "in/fog.md", record("Whale"))
    wait_for(site, "Whale")
    assert watching.stop() == 0
    assert watching.said.count("fedes") == 1


def test_what_is_published_kept_or_set_aside_is_no_change_wherever_it_is(site: Path) -> None:
    command_line = "build in --out in/out --cache in/kept"
    run(command_line, site)
    (site / "in/link").symlink_to("out")
    with start(f"{command_line} --watch --verbose", site) as command:
        wait_until(lambda: "Published" in command.said)
        write_over(site / "in/ferry.md", record("Fog"))
        wait_until(lambda: count_rounds(command) == 1)
        write_files(site, {"in/.ferry.md.swp": "", "in/ferry.md~": record("Whale")})
        time.sleep(1)  # several looks
        assert command.stop() == 0
        assert count_rounds(command) == 1


def test_the_next_version_of_a_config_map_is_published(site: Path, watching: Running) -> None:
    def put(name: str, text: str) -> None:
        write_files(site, {f"in/{name}/map.md": record(text)})
        (site / "in/..data_tmp").symlink_to(name)
        (site / "in/..data_tmp").rename(site / "in/..data")

    put("..1", "Spring")
    (site / "in/map.md").symlink_to("..data/map.md")
    wait_for(site, "Spring")
    put("..2", "Neap")
    wait_for(site, "Neap")
    assert "Spring" not in read_feed(site)


def test_what_changed_before_a_round_that_published_nothing_is_not_forgotten(site: Path) -> None:
    with start(f"{BUILD} --strict", site) as command:
        wait_until(lambda: "Published" in command.said)
        write_over(site / "in/soon.md", record("Soon", date="soon"))
        wait_until(lambda: "--strict asks for all" in command.said)
        before = command.said.count("--strict asks for all")
        write_over(site / "in/fog.md", record("Mist"))
        wait_until(lambda: command.said.count("--strict asks for all") > before)
        assert "Mist" not in read_feed(site)
        write_over(site / "in/soon.md", record("Soon"))
        wait_for(site, "Mist")
        assert "Soon" in read_feed(site)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_it_should_be(watching: Running, number: signal.Signals) -> None:
    before = watching.said
    assert watching.stop(number) == 0
    assert watching.said == before


def test_it_says_what_to_install_where_that_is_missing(site: Path) -> None:
    missing = "raise ModuleNotFoundError('none', name='watchfiles')\n"
    write_files(site, {"missing/watchfiles.py": missing})
    path = os.pathsep.join([str(site / "missing"), make_environment().get("PYTHONPATH", "")])
    with start(BUILD, site, PYTHONPATH=path) as command:
        assert command.process.wait(20) == 2
    advice = "pip install watchfiles"
    assert command.said == f"feedkit: watchfiles is not installed: {advice}\n"


def test_wrong_settings_at_the_start_end_it(site: Path) -> None:
    write_files(site, {"feedkit.toml": "[site]\n"})
    with start(BUILD, site) as command:
        assert command.process.wait(20) == 2


def make_rounds(site: Path, **more: Unpack[feedkit.BuildOptions]) -> WatchRounds:
    options = BuildArguments(out=site / "out", config_path=site / "feedkit.toml")
    return WatchRounds((site / "in",), options, {**options.make_options(), **more})


def test_a_change_is_published_where_nothing_was_kept(site: Path) -> None:
    rounds = make_rounds(site, cache=False)
    rounds.publish({str(site / "in/ferry.md")})
    assert "Ferry" in read_feed(site)


def test_a_round_that_failed_is_tried_again_soon(site: Path) -> None:
    rounds = make_rounds(site)
    write_files(site, {"feedkit.toml": f"{SITE}[fedes]\n"})
    rounds.publish(set())
    assert rounds.due <= datetime.now(UTC) + timedelta(seconds=2)


def test_an_article_is_published_within_a_minute_of_its_time(site: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    write_files(site, {"in/fog.md": record("Fog", date=soon.isoformat())})
    rounds = make_rounds(site)
    rounds.publish(set())
    assert "Fog" not in read_feed(site)
    assert rounds.due <= datetime.now(UTC) + timedelta(minutes=1)
    wait_until(lambda: datetime.now(UTC) > soon)
    rounds.publish(set())
    assert "Fog" in read_feed(site)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("in/soon.md", record("Soon", date="soon"), "soon.md:4: date"),
        ("feedkit.toml", f"{SITE}[fedes]\n", "feedkit.toml:4: fedes"),
    ],
)
def test_a_problem_is_said_again_when_something_changed_and_not_as_time_passes(
    site: Path, capfd: pytest.CaptureFixture[str], file: str, text: str, said: str
) -> None:
    write_files(site, {file: text})
    rounds = make_rounds(site)
    counts = []
    for changed in (set(), set(), {str(site / "in/ferry.md")}):
        rounds.publish(changed)
        counts.append(capfd.readouterr().err.count(said))
    assert counts == [1, 0, 1]


def test_a_signal_that_other_code_swallows_ends_it_too(tmp_path: Path) -> None:
    hook = (
        "import os, signal\n"
        "def swallow(article):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    except BaseException:\n"
        "        return article\n"
    )
    write_files(tmp_path, {**SMALL, "hooks.py": hook})
    with start("build in --out out --watch --prepare hooks:swallow", tmp_path) as command:
        assert command.process.wait(20) == 0
