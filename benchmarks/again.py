"""Builds after a build, beside what else there is: `python benchmarks/again.py BENCH`.

BENCH is as of ``run.py``, with ``change_one.py``, which changes a letter in the newest record.
limit.py and the installed command take turns: cold with what is kept for the next build, cold
without, nothing changed, one record changed, and `update` of that record by a call in a process
of its own. Hugo, where it is installed and asked for, builds cold. What is cold is in a folder of
its own, and memory is looked at in a turn that is not timed, as in ``run.py``. Prints a table in
Markdown for related articles as links, and one for entries.

`python benchmarks/again.py --ties` needs no BENCH: of articles and related items of one date, of
ten dates, and of reprints it prints what a cold build costs, a build of all records into a folder
with feeds (its cache was lost), and one after a change of one record.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import NamedTuple

from measure import Cost, measure_memory, run_timed
from run import SETTINGS, Command
from ties import SHAPES, write_record

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


class Bench(NamedTuple):
    """Where everything is."""

    scripts: Path
    corpus: Path
    settings: Path
    #: What is written: by feedkit to ``out`` in it.
    place: Path

    def move(self) -> Bench:
        """Return the same with a new place."""
        return self._replace(place=Path(mkdtemp(dir=self.place.parent)))

    @property
    def out(self) -> Path:
        """Where feedkit publishes."""
        return self.place / "out"

    def call_limit(self) -> Command:
        """Return the yardstick's command."""
        script: Command = [sys.executable, self.scripts / "limit.py", self.corpus]
        return [*script, self.place / "limit", "--cache", self.place / "limit.cache"]

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


class Row(NamedTuple):
    """What one kind of build costs, feedkit's and limit.py's."""

    title: str
    costs: list[tuple[Cost, Cost]]
    #: In bytes.
    memory: list[tuple[int, int]]

    def run_pair(self, limit: Command, feedkit: Command, *, is_timed: bool) -> None:
        """Run both, one after the other, from a quiet disk."""
        os.sync()
        if is_timed:
            yardstick = run_timed(limit)
            os.sync()
            self.costs.append((run_timed(feedkit), yardstick))
        else:
            held = measure_memory(limit)
            os.sync()
            self.memory.append((measure_memory(feedkit), held))


def main() -> None:
    """Make the corpora, run the programs, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, nargs="?", default=Path())
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=5)
    modes = ["links", "entries", "none"]
    parser.add_argument("--related", choices=modes, nargs="+", default=modes[:2])
    parser.add_argument("--hard", action="store_true", help="records with bodies and more")
    parser.add_argument("--hugo", action="store_true", help="also Hugo, three formats, once")
    parser.add_argument("--ties", action="store_true", help="records whose dates or titles tie")
    arguments = parser.parse_args()
    for related in arguments.related:
        if arguments.ties:
            compare_ties(arguments.sizes, related, arguments.runs)
        else:
            compare_builds(arguments, related)


def compare_builds(arguments: argparse.Namespace, related: str) -> None:
    """Print a table of all kinds of builds, feedkit's and limit.py's."""
    head = f"related as {related}"
    print(f"| {head} | wall, s | limit.py | ratio | CPU, s | limit.py | ratio | MB | limit.py |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in arguments.sizes:
        with TemporaryDirectory(prefix="feedkit-bench-") as folder:
            bench = make_bench(arguments.bench, Path(folder), size, related, arguments.hard)
            measure_cold(bench, f"{size:,}", max(1, arguments.runs // 2))
            measure_again(bench.move(), f"{size:,}", arguments.runs)
            if arguments.hugo:
                measure_hugo(bench, f"{size:,}")


def compare_ties(sizes: list[int], related: str, runs: int) -> None:
    """Print a table of builds of records that tie."""
    head = f"related as {related}, CPU in s"
    print(f"| {head} | cold | all again | one changed | to cold | to all again | wall, s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for size in sizes:
        for shape in SHAPES:
            with TemporaryDirectory(prefix="feedkit-bench-") as folder:
                print_ties(Path(folder), shape, size, related, runs)


def print_ties(folder: Path, shape: str, size: int, related: str, runs: int) -> None:
    """Print medians of the costs of three kinds of builds, and of their ratios in each turn."""
    bench = Bench(folder, folder / "corpus", folder / "feedkit.toml", folder / "place")
    bench.settings.write_text(SETTINGS.format(related=related))
    for number in range(size):
        write_record(bench.corpus, shape, number)
    turns = [measure_ties(bench.move(), shape, size, turn) for turn in range(runs)]
    cold, whole, one = ([turn[kind].cpu for turn in turns] for kind in range(3))
    ratios = ([b / a for a, b in zip(other, one, strict=True)] for other in (cold, whole))
    figures = [*map(statistics.median, (cold, whole, one, *ratios))]
    figures.append(statistics.median(turn[2].wall for turn in turns))
    cells = [f"{size:,}, {shape}", *(f"{figure:.2f}" for figure in figures)]
    print(f"| {' | '.join(cells)} |", flush=True)


def measure_ties(bench: Bench, shape: str, size: int, turn: int) -> tuple[Cost, Cost, Cost]:
    """Return the costs of a cold build, one of all records again, and one after one change."""
    cold = _time_build(bench)
    write_record(bench.corpus, shape, size // 3, f"Changed {turn}.")
    shutil.rmtree(bench.place / ".out.feedkit")
    whole = _time_build(bench)
    run_timed(bench.call_feedkit())  # settles what that found new
    write_record(bench.corpus, shape, size // 2, f"Changed {turn}.")
    return cold, whole, _time_build(bench)


def _time_build(bench: Bench) -> Cost:
    os.sync()
    cost = run_timed(bench.call_feedkit())
    time.sleep(SETTLE)
    return cost


def make_bench(scripts: Path, folder: Path, size: int, related: str, is_hard: bool) -> Bench:
    """Return records and settings."""
    bench = Bench(scripts, folder / "corpus", folder / "feedkit.toml", folder / "place")
    bench.settings.write_text(SETTINGS.format(related=related))
    script: Command = [sys.executable, scripts / "gen_corpus.py", str(size), bench.corpus]
    flags = ["--seed", "7", "--compat", *(["--hard"] if is_hard else [])]
    subprocess.run([*script, *flags], check=True, stdout=subprocess.DEVNULL)
    return bench


def measure_cold(bench: Bench, size: str, runs: int) -> None:
    """Print what building all from nothing costs."""
    kinds = {"cold": Bench.call_feedkit, "cold, nothing kept": Bench.call_uncached}
    rows = {kind: Row(f"{size}, {kind}", [], []) for kind in kinds}
    for turn in range(runs + 1):
        for kind, call in kinds.items():
            bench = bench.move()
            rows[kind].run_pair(bench.call_limit(), call(bench), is_timed=turn > 0)
    for row in rows.values():
        print_row(row)


def measure_again(bench: Bench, size: str, runs: int) -> None:
    """Print what each kind of build costs after one."""
    kinds = ("nothing changed", "one changed", "update of one")
    still, one, update = (Row(f"{size}, {kind}", [], []) for kind in kinds)
    limit, feedkit = bench.call_limit(), bench.call_feedkit()
    for turn in range(runs + 1):
        for _ in range(2):  # the second settles what the first found new
            run_timed(limit)
            run_timed(feedkit)
            time.sleep(SETTLE)
        still.run_pair(limit, feedkit, is_timed=turn > 0)
        bench.change_one()
        one.run_pair(limit, feedkit, is_timed=turn > 0)
        changed = bench.change_one()
        call: Command = [sys.executable, "-c", UPDATE, bench.out, bench.settings, changed]
        update.run_pair(limit, call, is_timed=turn > 0)
    for row in (still, one, update):
        print_row(row)


def measure_hugo(bench: Bench, size: str) -> None:
    """Print what Hugo's own cold build costs."""
    sites = [bench.move().place / "site" for _ in range(2)]
    for site in sites:
        script: Command = [sys.executable, bench.scripts / "hugo_site.py", bench.corpus, site]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    hugo = shutil.which("hugo") or "hugo"
    calls: list[Command] = [[hugo, "--quiet", "--source", site / "hugo168x3"] for site in sites]
    cost, memory = run_timed(calls[0]), measure_memory(calls[1])
    print(f"| {size}, cold, Hugo | {cost.wall:.2f} | | | {cost.cpu:.2f} | | | {_mega(memory)} | |")


def print_row(row: Row) -> None:
    """Print medians, and the medians of the ratios within each turn."""
    figures = []
    for name in ("wall", "cpu"):
        ours, limits = ([float(getattr(pair[n], name)) for pair in row.costs] for n in (0, 1))
        ratio = statistics.median(one / other for one, other in zip(ours, limits, strict=True))
        figures += [statistics.median(ours), statistics.median(limits), ratio]
    memory = max(row.memory)
    cells = [row.title, *(f"{figure:.2f}" for figure in figures), *map(_mega, memory)]
    print(f"| {' | '.join(cells)} |", flush=True)


def _mega(memory: int) -> str:
    return f"{memory / 1e6:.0f}"


if __name__ == "__main__":
    main()
