"""feedkit beside what else there is, in turn, in one run: `python benchmarks/run.py BENCH`.

BENCH is a folder with ``gen_corpus.py`` (makes records), ``limit.py`` (the least work that any
Python program can do) and ``naive_feedgen.py`` (python-frontmatter and feedgen, two formats).
Every program starts cold, in a folder of its own each time: where files were deleted a minute
ago some file systems take up to 1 ms longer to make each new one. The installed command runs with
its defaults, fsync included. Memory is looked at in a turn that is not timed. Prints a table in
Markdown; figures are medians, and those to quote are the ratios to limit.py in the same run.
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
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from measure import Cost, count_bytes, measure_memory, run_timed

SETTINGS = """[site]
title = "News"
url = "https://news.example.com/"
[feeds]
related = "{related}"
"""


Command = list[str | Path]


class Program(NamedTuple):
    """One row of a table."""

    name: str
    #: Gives what writes into a folder.
    call: Callable[[Path], Command]


class Result(NamedTuple):
    """What the runs of one program came to; memory and output in bytes."""

    costs: list[Cost]
    memory: int
    bytes: int


def main() -> None:
    """Make the corpora, run the programs, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pause", type=float, default=3, help="seconds for the disk to rest")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="feedkit-bench-") as folder:
        for size in arguments.sizes:
            for flags in ([], ["--hard"]):
                corpus = make_corpus(arguments.bench, Path(folder), size, flags)
                programs = list_programs(arguments.bench, Path(folder), corpus)
                places = Path(folder) / "places"
                results = run_in_turn(programs, places, arguments.runs, arguments.pause)
                print_table(f"{size:,} records{', hard' if flags else ''}", results)
                shutil.rmtree(corpus)
                shutil.rmtree(places)
    print_encoding()


def make_corpus(bench: Path, folder: Path, size: int, flags: list[str]) -> Path:
    """Return the folder of the records made."""
    corpus = folder / f"corpus{size}"
    script: Command = [sys.executable, bench / "gen_corpus.py", str(size), corpus]
    subprocess.run([*script, "--seed", "7", *flags], check=True, stdout=subprocess.DEVNULL)
    return corpus


def list_programs(bench: Path, folder: Path, corpus: Path) -> list[Program]:
    """Return the programs of one table, limit.py first."""
    feedkit = Path(sys.executable).with_name("feedkit")

    def call_script(name: str, place: Path) -> Command:
        return [sys.executable, bench / name, corpus, place / "out"]

    def call_limit(place: Path) -> Command:
        return [*call_script("limit.py", place), "--cache", place / "cache"]

    def call_feedkit(settings: Path, place: Path) -> Command:
        return [feedkit, "build", corpus, "--out", place / "out", "--config", settings]

    programs = [Program("limit.py", call_limit)]
    for related in ("links", "entries"):
        settings = folder / f"{related}.toml"
        settings.write_text(SETTINGS.format(related=related))
        programs.append(Program(f"feedkit, {related}", partial(call_feedkit, settings)))
    naive = partial(call_script, "naive_feedgen.py")
    return [*programs, Program("python-frontmatter + feedgen (2 formats)", naive)]


def run_in_turn(
    programs: list[Program], places: Path, runs: int, pause: float
) -> dict[str, Result]:
    """Return each program's costs: A B C A B C ..., after a turn in which memory is looked at."""
    found: dict[str, Result] = {}
    for turn in range(runs + 1):
        for number, program in enumerate(programs):
            place = places / f"{turn}-{number}"
            place.mkdir(parents=True)
            os.sync()  # what one program left behind is not the next one's cost
            time.sleep(pause)
            if turn:
                found[program.name].costs.append(run_timed(program.call(place)))
            else:
                memory = measure_memory(program.call(place))
                found[program.name] = Result([], memory, count_bytes(place / "out"))
    return found


def print_table(title: str, results: dict[str, Result]) -> None:
    """Print one table, each program's ratios to the first one's, turn by turn."""
    first, *_ = results.values()
    print(f"\n{title}\n")
    print("| program | wall, s | wall, ratio | CPU, s | CPU, ratio | memory, MB | bytes, ratio |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, result in results.items():
        wall = _ratio(result, first, lambda cost: cost.wall)
        cpu = _ratio(result, first, lambda cost: cost.cpu)
        print(
            f"| {name} | {_median(result, lambda cost: cost.wall):.2f} | {wall:.2f}"
            f" | {_median(result, lambda cost: cost.cpu):.2f} | {cpu:.2f}"
            f" | {result.memory / 1e6:.0f}"
            f" | {result.bytes / first.bytes:.1f} |",
            flush=True,
        )


def print_encoding() -> None:
    """Print how long 50 Articles take to one Atom document, beside feedgen, in one process."""
    script = Path(__file__).with_name("encode_fifty.py")
    print("\n50 articles to one Atom document\n", flush=True)
    subprocess.run([sys.executable, script], check=True)


def _median(result: Result, figure: Callable[[Cost], float]) -> float:
    return statistics.median(map(figure, result.costs))


def _ratio(result: Result, first: Result, figure: Callable[[Cost], float]) -> float:
    pairs = zip(result.costs, first.costs, strict=True)
    return statistics.median(figure(one) / figure(other) for one, other in pairs)


if __name__ == "__main__":
    main()
