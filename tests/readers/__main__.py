"""Read the demo with every reader: python -m readers FOLDER, where npm's packages are."""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import feedkit
from readers import newsboat
from readers.changes import tell_changes, tell_move
from readers.server import serve
from readers.shown import Values, expect
from readers.table import READERS, check, draw, load_faults, read_site

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "examples"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def build_demo(url: str, folder: Path) -> None:
    """Build the demo as a site at this address."""
    config = (DEMO / "feedkit.toml").read_text("utf-8")
    (folder / "feedkit.toml").write_text(config.replace("https://feeds.example.org/", url), "utf-8")
    settings = feedkit.load_config(folder / "feedkit.toml")
    feedkit.build(DEMO / "content", folder / "site", settings, now=NOW)


def main(folder: Path) -> int:
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with serve(work / "site") as site:
        build_demo(site.url, work)
        wanted = expect(DEMO / "content", "Practical Web")
        rows = dict(read_site(READERS, site.url, wanted, work))
        print(*draw(rows), sep="\n")
        wrong = list(check(rows, load_faults(HERE / "faults.toml")))
        wrong += look(
            f"{site.url}topics/c-plus-plus/atom.xml", wanted["topics/c-plus-plus"], folder
        )
        for told in chain(tell_changes(DEMO / "content", site, work), tell_move(site, work)):
            print(told)
            wrong += [str(told)] * (told.got != told.wanted)
    print(*wrong, sep="\n", file=sys.stderr)
    return bool(wrong)


def look(url: str, wanted: Mapping[str, Values], folder: Path) -> Iterator[str]:
    """Yield the related articles that newsboat's screen does not show with a numbered link."""
    newsboat.subscribe(url, folder / "work" / "screen")
    with newsboat.screen(folder / "work" / "screen") as screen:
        text = screen.press("Enter", wait_for="Links:")
    (folder / "newsboat.txt").write_text(text, "utf-8")
    newest = max(wanted.values(), key=lambda entry: entry["date"])
    for title, link in newest["related"]:
        numbers = re.findall(rf"{re.escape(title)}\[(\d+)\]", text)
        if not any(f"[{number}]: {link} (link)" in text for number in numbers):
            yield f"newsboat's screen: no numbered link to {title!r}: {numbers}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
