"""Runs a command and says what it cost: wall and CPU seconds, or memory summed over processes.

Not both in one run: whoever looks at the memory of a process stops it meanwhile, and that every
10 ms makes a build a sixth slower and one that holds more a fifth. Linux only: memory is the
proportional set size (PSS) in ``/proc``, of the command and all its descendants; shared pages
count once.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run cost, in seconds."""

    wall: float
    cpu: float


def run_timed(command: Sequence[str | Path]) -> Cost:
    """Run `command` to its end, its output thrown away.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    before = os.times()
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Cost(wall, cpu)


def measure_memory(command: Sequence[str | Path]) -> int:
    """Run `command` likewise, and return the most bytes that it held, looking every 10 ms.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = 0
    while True:
        memory = max(memory, sum(map(_read_pss, _list_family(process.pid))))
        try:
            status = process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        break
    if status:
        raise subprocess.CalledProcessError(status, [str(part) for part in command])
    return memory


def count_bytes(folder: Path) -> int:
    """Return the bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _list_family(pid: int) -> list[int]:
    family = [pid]
    for parent in family:  # grows while it is walked
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            continue
        family += map(int, children.split())
    return family


def _read_pss(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
