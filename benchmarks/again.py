"""Builds after a build, beside what else there is: `python benchmarks/again.py BENCH`.

BENCH is as of ``run.py``, with ``change_one.py``, which changes a letter in the newest record.
limit.py and the installed command take turns: cold with what is kept for the next build, cold
without, nothing changed, one record changed, and `update` of that record by a call in a process
of its own. Hugo, where it is installed and asked for, builds cold. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from measure import Cost, run_measured
from run import SETTINGS

#: What `update` is called with, in a process of its own, the imports included.
UPDATE = """
import sys
from datetime import UTC, datetime
from feedkit import load_config, update
update(sys.argv[1], load_config(sys.argv[2]), now=datetime.now(UTC), changed=[sys.argv[3]], jobs=2)
"""
#: The same for a build of which nothing is kept.
UNCACHED = """
import gc, sys
from datetime import UTC, datetime
from feedkit import build, load_config
gc.set_threshold(50_000, 20, 50)
content, out, settings = sys.argv[1:]
build(content, out, load_config(settings), now=datetime.now(UTC), jobs=2, cache=False)
"""
#: Seconds after which a time stamp tells whether a file changes again (docs/design.md).
SETTLE = 2.2
Command = list[str | Path]


class Bench(NamedTuple):
    """Where everything is."""

    scripts: Path
    folder: Path
    corpus: Path
    settings: Path

    @property
    def out(self) -> Path:
        """Where feedkit publishes."""
        return self.folder / "out"

    def call_limit(self) -> Command:
        """Return the yardstick's command."""
        script: Command = [sys.executable, self.scripts / "limit.py"]
        return [*script, self.corpus, self.folder / "limit", "--cache", self.folder / "limit.cache"]

    def call_feedkit(self) -> Command:
        """Return the installed command."""
        feedkit = Path(sys.executable).with_name("feedkit")
        return [feedkit, "build", self.corpus, "--out", self.out, "--config", self.settings]

    def call_uncached(self) -> Command:
        """Return a build of which nothing is kept, by the library: all else is as the command's."""
        return [sys.executable, "-c", UNCACHED, self.corpus, self.out, self.settings]

    def change_one(self) -> Path:
        """Change a letter of the newest record, and return where it is."""
        script: Command = [sys.executable, self.scripts / "change_one.py", self.corpus]
        done = subprocess.run(script, check=True, capture_output=True, text=True)
        return Path(done.stdout.split(maxsplit=1)[0])

    def clean(self) -> None:
        """Remove all that programs wrote."""
        for path in self.folder.iterdir():
            if path not in (self.corpus, self.settings):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    """Make the corpora, run the programs, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--related", choices=["links", "entries", "none"], default="links")
    parser.add_argument("--hard", action="store_true", help="records with bodies and more")
    parser.add_argument("--hugo", action="store_true", help="also Hugo, three formats, once")
    arguments = parser.parse_args()
    print("| records | wall, s | limit.py | ratio | CPU, s | limit.py | ratio | MB | limit.py |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in arguments.sizes:
        with TemporaryDirectory(prefix="feedkit-bench-") as folder:
            bench = make_bench(arguments.bench, Path(folder), size, arguments)
            measure_builds(bench, f"{size:,}", arguments.runs)
            if arguments.hugo:
                measure_hugo(bench, f"{size:,}")


def make_bench(scripts: Path, folder: Path, size: int, arguments: argparse.Namespace) -> Bench:
    """Return records and settings."""
    bench = Bench(scripts, folder, folder / "corpus", folder / "feedkit.toml")
    bench.settings.write_text(SETTINGS.format(related=arguments.related))
    script: Command = [sys.executable, scripts / "gen_corpus.py", str(size), bench.corpus]
    flags = ["--seed", "7", "--compat", *(["--hard"] if arguments.hard else [])]
    subprocess.run([*script, *flags], check=True, stdout=subprocess.DEVNULL)
    return bench


def measure_builds(bench: Bench, size: str, runs: int) -> None:
    """Print what each kind of build costs."""
    cold, uncached = [], []
    for _ in range(max(1, runs // 2)):
        cold.append(run_pair(bench.call_limit(), bench.call_feedkit(), bench.clean))
        uncached.append(run_pair(bench.call_limit(), bench.call_uncached(), bench.clean))
    print_row(f"{size}, cold", cold)
    print_row(f"{size}, cold, nothing kept", uncached)
    bench.clean()
    run_pair(bench.call_limit(), bench.call_feedkit())
    time.sleep(SETTLE)
    still, one, update = [], [], []
    for _ in range(runs):
        run_pair(bench.call_limit(), bench.call_feedkit())  # what is new settles
        still.append(run_pair(bench.call_limit(), bench.call_feedkit()))
        bench.change_one()
        one.append(run_pair(bench.call_limit(), bench.call_feedkit()))
        changed = bench.change_one()
        script: Command = [sys.executable, "-c", UPDATE, bench.out, bench.settings, changed]
        update.append(run_pair(bench.call_limit(), script))
        time.sleep(SETTLE)
    print_row(f"{size}, nothing changed", still)
    print_row(f"{size}, one changed", one)
    print_row(f"{size}, update of one", update)


def run_pair(
    limit: Command, feedkit: Command, prepare: Callable[[], object] = lambda: None
) -> tuple[Cost, Cost]:
    """Return what both cost, one after the other, from a quiet disk."""
    costs = []
    for command in (limit, feedkit):
        prepare()
        os.sync()
        costs.append(run_measured(command))
    return costs[1], costs[0]


def measure_hugo(bench: Bench, size: str) -> None:
    """Print what Hugo's own cold build costs."""
    site = bench.folder / "site"
    script: Command = [sys.executable, bench.scripts / "hugo_site.py", bench.corpus, site]
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    hugo = shutil.which("hugo") or "hugo"
    cost = run_measured([hugo, "--quiet", "--source", site / "hugo168x3"])
    print(f"| {size}, cold, Hugo | {cost.wall:.2f} | | | {cost.cpu:.2f} | | | {_mega(cost)} | |")


def print_row(title: str, pairs: list[tuple[Cost, Cost]]) -> None:
    """Print medians, and the medians of the ratios within each turn."""
    figures = []
    for name in ("wall", "cpu"):
        ours, limits = ([float(getattr(pair[place], name)) for pair in pairs] for place in (0, 1))
        ratio = statistics.median(one / other for one, other in zip(ours, limits, strict=True))
        figures += [statistics.median(ours), statistics.median(limits), ratio]
    memory = [max(pairs, key=lambda pair: pair[place].memory)[place] for place in (0, 1)]
    cells = [title, *(f"{figure:.2f}" for figure in figures), *map(_mega, memory)]
    print(f"| {' | '.join(cells)} |", flush=True)


def _mega(cost: Cost) -> str:
    return f"{cost.memory / 1e6:.0f}"


if __name__ == "__main__":
    main()
