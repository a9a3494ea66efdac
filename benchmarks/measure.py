"""Runs a command and says what it cost: wall and CPU seconds, and memory summed over processes.

Linux only: memory is the proportional set size (PSS) in ``/proc``, of the command and all its
descendants, looked at every 10 ms; shared pages count once.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run cost; memory in bytes."""

    wall: float
    cpu: float
    memory: int


def run_measured(command: Sequence[str | Path]) -> Cost:
    """Run `command` to its end, its output thrown away.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    before = os.times()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = 0
    while True:
        memory = max(memory, sum(map(_read_pss, _list_family(process.pid))))
        try:
            status = process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        break
    wall, after = time.perf_counter() - start, os.times()
    if status:
        raise subprocess.CalledProcessError(status, [str(part) for part in command])
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Cost(wall, cpu, memory)


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
