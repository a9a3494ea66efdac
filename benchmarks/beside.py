"""One state of feedkit beside another: `python benchmarks/beside.py BENCH OTHER`.

BENCH is as of ``run.py``; OTHER is a checkout of another state with a ``.venv`` of its own
(``make .venv/.done`` makes it). The two installed commands run in turn, A B B A ..., with the
settings of ``run.py``: cold, each time in a new folder, with no change, and with one record
changed. Each has a cache and a published folder of its own. Prints a table in Markdown: the CPU
(user and system) of both, and of the ratios within each pair the smallest, the median, and the
largest.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from again import SETTLE
from measure import run_timed
from run import SETTINGS, Command, make_corpus

#: Builds with no change that are timed as one, since one alone takes 0.1 s.
REPEATED = 5


def main() -> None:
    """Make the corpora, run both commands in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--hard", action="store_true", help="records with bodies and more")
    parser.add_argument("--related", choices=["links", "entries"], default="links")
    arguments = parser.parse_args()
    # Else each run of a state whose modules were never compiled would compile them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    commands = Path(sys.executable).with_name("feedkit"), arguments.other / ".venv/bin/feedkit"
    print("| records | CPU, s | other, s | ratios: min | median | max |")
    print("|---|---|---|---|---|---|", flush=True)
    for size in arguments.sizes:
        with TemporaryDirectory(prefix="feedkit-bench-") as folder:
            place = Path(folder)
            corpus = make_corpus(arguments.bench, place, size, ["--hard"] * arguments.hard)
            settings = place / "feedkit.toml"
            settings.write_text(SETTINGS.format(related=arguments.related))
            measure_cold(f"{size:,}", commands, corpus, settings, arguments.pairs)
            change: Command = [sys.executable, arguments.bench / "change_one.py", corpus]
            measure_again(f"{size:,}", commands, corpus, settings, arguments.pairs, change)


def call_feedkit(feedkit: Path, corpus: Path, settings: Path, place: Path) -> Command:
    """Return the command that builds into a folder below `place`."""
    out: Command = ["--out", place / "out", "--config", settings, "--cache", place / "cache"]
    return [feedkit, "build", corpus, *out]


def time_both(calls: list[Command], turn: int) -> list[float]:
    """Return the CPU of both commands, the other one first in every second turn.

    The one that runs first costs some 4 % more, whichever it is.
    """
    costs = [0.0] * len(calls)
    for number in sorted(range(len(calls)), reverse=turn % 2 == 1):
        os.sync()
        costs[number] = run_timed(calls[number]).cpu
    return costs


def measure_cold(
    size: str, commands: tuple[Path, Path], corpus: Path, settings: Path, pairs: int
) -> None:
    """Print what first builds cost."""
    costs: list[list[float]] = []
    for turn in range(pairs + 1):
        places = [Path(mkdtemp(dir=corpus.parent)) for _ in commands]
        costs.append(
            time_both(
                [
                    call_feedkit(feedkit, corpus, settings, place)
                    for feedkit, place in zip(commands, places, strict=True)
                ],
                turn,
            )
        )
    print_row(f"{size}, cold", costs[1:])


def measure_again(
    size: str,
    commands: tuple[Path, Path],
    corpus: Path,
    settings: Path,
    pairs: int,
    change: Command,
) -> None:
    """Print what builds with no change, and with one record changed, cost."""
    calls = [
        call_feedkit(feedkit, corpus, settings, Path(mkdtemp(dir=corpus.parent)))
        for feedkit in commands
    ]
    same: list[list[float]] = []
    changed: list[list[float]] = []
    for turn in range(pairs + 1):
        for _ in range(2):  # the second stores what the first found new
            for call in calls:
                run_timed(call)
            time.sleep(SETTLE)
        same.append([0.0, 0.0])
        for again in range(REPEATED):
            for number, cost in enumerate(time_both(calls, turn + again)):
                same[-1][number] += cost / REPEATED
        subprocess.run(change, check=True, stdout=subprocess.DEVNULL)
        changed.append(time_both(calls, turn))
    print_row(f"{size}, nothing changed", same[1:])
    print_row(f"{size}, one changed", changed[1:])


def print_row(title: str, costs: list[list[float]]) -> None:
    """Print the medians of both, and the spread of the ratios of the pairs."""
    ours, others = (statistics.median(pair[number] for pair in costs) for number in (0, 1))
    ratios = sorted(one / other for one, other in costs)
    cells = (ours, others, ratios[0], statistics.median(ratios), ratios[-1])
    print(f"| {title} | {' | '.join(f'{cell:.3f}' for cell in cells)} |", flush=True)


if __name__ == "__main__":
    main()
