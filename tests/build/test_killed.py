"""A build that is killed, wherever, leaves each file old or new, and the next repairs the rest."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import feedkit
from disk import STRACE
from harbour import NOW, SITE, build, build_fresh, draw_id, make_site, read_tree, write_record

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no processes to kill")

#: Runs one build in a process of its own, for strace to kill at a call of the system.
ALONE = """
import sys; from pathlib import Path; from test_killed import *
Killed.run(*map(Path, sys.argv[1:3]), sys.argv[3], [])
"""
#: The calls that SQLite makes, and no other, when it writes and commits.
COMMITTING = ("pwrite64", "fdatasync")
WAYS = ("build", "build", "update", "cold", "much")


class Killed:
    """A site whose builds are killed, again and again."""

    def __init__(self, top: Path, seed: int) -> None:
        self.top, self.chance, self.version = top, random.Random(seed), 0
        self.content, self.out = make_site(top), top / "out"
        #: What kills were, and how many of them came between the first rename and the last.
        self.kinds: Counter[str] = Counter()
        self.between = 0
        build(self.content, self.out)

    def kill_once(self, kind: str) -> None:
        """Change something, build, kill that, and let the next build repair it."""
        way = self.chance.choice(WAYS)
        changed = self._change(way)
        if way == "cold":
            shutil.rmtree(self.out)
            shutil.rmtree(self.top / ".out.feedkit")
        old, new = read_tree(self.out), build_fresh(self.content, self.top)
        renames = sum(old.get(path) != new.get(path) for path in old.keys() | new.keys())
        getattr(self, f"_kill_{kind}")(way, changed, renames)
        self.kinds[kind] += 1
        self._check_killed(old, new, f"{kind} {way} {self.version}")
        self._check_next(way, changed, new)

    def _change(self, way: str) -> list[Path]:
        self.version += 1
        numbers = range(30) if way == "much" else [self.chance.randrange(40)]
        for number in numbers:
            path = self.content / f"{number}.md"
            if way != "much" and path.exists() and self.chance.random() < 0.3:
                path.unlink()
            else:
                topics = {"topics": [f"Tide {self.version}"]} if self.chance.random() < 0.3 else {}
                more = {**topics, **draw_id(self.chance, number)}
                write_record(self.content, number, self.version, **more)
        return [self.content / f"{number}.md" for number in numbers]

    @staticmethod
    def run(content: Path, out: Path, way: str, changed: list[Path]) -> None:
        changed = changed or sorted(content.iterdir())
        if way == "update":
            feedkit.update(out, SITE, now=NOW, changed=changed, prune=True, allow_shrink=True)
        else:
            build(content, out)

    def _fork(self, way: str, changed: list[Path], prepare: Callable[[], object]) -> int:
        if child := os.fork():
            return child
        try:  # and never back into the test
            prepare()
            self.run(self.content, self.out, way, changed)
        finally:
            os._exit(0)

    def _kill_rename(self, way: str, changed: list[Path], renames: int) -> None:
        """Kill it before some rename of a published file."""
        left = self.chance.randint(1, renames + 2)

        def look(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event == "os.rename" and str(self.out) in str(arguments[1]):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        os.waitpid(self._fork(way, changed, lambda: sys.addaudithook(look)), 0)

    def _kill_step(self, way: str, changed: list[Path], renames: int) -> None:
        """Kill it within some statement that SQLite executes."""
        steps = int(10 ** self.chance.uniform(1, 4.3))

        def look(event: str, arguments: tuple[object, ...]) -> None:
            if event == "sqlite3.connect/handle" and isinstance(arguments[0], sqlite3.Connection):
                arguments[0].set_progress_handler(
                    lambda: os.kill(os.getpid(), signal.SIGKILL), steps
                )

        os.waitpid(self._fork(way, changed, lambda: sys.addaudithook(look)), 0)

    def _kill_time(self, way: str, changed: list[Path], renames: int) -> None:
        """Kill it after some time."""
        child = self._fork(way, changed, lambda: None)
        time.sleep(self.chance.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    def _kill_commit(self, way: str, changed: list[Path], renames: int) -> None:
        """Kill it at some call of the system by which SQLite writes and commits."""
        call, when = self.chance.choice(COMMITTING), self.chance.randint(1, 12)
        kill = f"inject={call}:signal=SIGKILL:when={when}"
        arguments = [os.fspath(self.content), os.fspath(self.out), way]
        command = [*STRACE[:3], "-e", f"trace={call}", "-e", kill, "-o", os.devnull]
        command += [sys.executable, "-B", "-c", ALONE, *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ended = subprocess.run(command, check=False, env=environment)
        assert ended.returncode in (0, -signal.SIGKILL), "it was not the kill that ended it"

    def _check_killed(self, old: dict[str, bytes], new: dict[str, bytes], what: str) -> None:
        left = read_tree(self.out)
        published = {name for name in left if not Path(name).name.startswith(".")}
        assert old.keys() & new.keys() <= published, what
        odd = {name for name in published if left[name] not in (old.get(name), new.get(name))}
        # What is to be deleted is without entries first.
        odd -= {name for name in odd - new.keys() if b"About" not in left[name]}
        # The manifest may name already what is not there yet.
        assert odd <= {"feeds.json"}, what
        if "feeds.json" in published:
            json.loads(left["feeds.json"])
        # Those are left that were not renamed.
        is_begun = any(left[name] != old.get(name) for name in published - {"feeds.json"})
        waiting = {name for name in left if Path(name).name.endswith(".new")} - {".feedkit.new"}
        self.between += is_begun and bool(waiting)

    def _check_next(self, way: str, changed: list[Path], new: dict[str, bytes]) -> None:
        if way == "update" and self.chance.random() < 0.5:
            try:
                self.run(self.content, self.out, way, changed)
            except feedkit.PublishError:  # there is no catalogue that it could follow
                build(self.content, self.out)
        else:
            report = build(self.content, self.out)
            # Records may name one id, of which one is published.
            assert (report.exit_status, report.notes) == (int(bool(report.problems)), ())
            assert all(": expected another id than that of" in line for line in report.problems)
        assert read_tree(self.out) == new
        assert build(self.content, self.out).written == 0
        kept = {path.name.rstrip("0123456789") for path in (self.top / ".out.feedkit").iterdir()}
        assert kept == {
            "catalogue.sqlite",
            "catalogue.sqlite.seal",
            "clock",
            "installed",
            "records",
        }


def kill_often(top: Path, kinds: list[str], seed: int) -> Killed:
    killed = Killed(top, seed)
    for kind in kinds:
        killed.kill_once(kind)
    return killed


def test_a_killed_build_leaves_old_files_or_new_ones_and_the_next_repairs_the_rest(
    tmp_path: Path,
) -> None:
    killed = kill_often(tmp_path, ["rename", "rename", "time", "step"] * 5, 3)
    assert killed.between >= 5


if __name__ == "__main__":  # make soak: kills, and a seed
    times, seed = int(sys.argv[1]), int(sys.argv[2])
    kinds = ["rename", "rename", "rename", "rename", "time", "step"]
    kinds += ["commit"] * bool(shutil.which("strace"))
    with tempfile.TemporaryDirectory() as folder:
        kinds = [kinds[number % len(kinds)] for number in range(times)]
        killed = kill_often(Path(folder), kinds, seed)
    said = ", ".join(f"{kind} {count}" for kind, count in sorted(killed.kinds.items()))
    sys.stdout.write(f"{times} kills ({said}), seed {seed}: {killed.between} between renames\n")
