"""Cuts the power at every system call of builds, in theory: what may be left is looked at.

Needs strace. Each build is run once and recorded; the record is replayed, and after each call that
changes the disk several of the states are drawn in which POSIX allows it to be found (disk.py).
In none of them is a published file torn or lost, or a feed not named by the manifest; and the next
build, with the catalogue as it is left there, publishes what a first one would.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from disk import STRACE, Disk, Replay, Tree
from harbour import build, build_fresh, make_site, write_record
from paths import TESTS

#: What is traced: a program's arguments are the folder and the version to be.
COLD = """
import sys; from pathlib import Path; from harbour import *
top = Path(sys.argv[1]); build(top / "content", top / "web" / "a" / "out")
"""
UPDATE = """
import sys, feedkit; from pathlib import Path; from harbour import *
top = Path(sys.argv[1])
feedkit.update(top / "web" / "a" / "out", SITE, now=NOW, prune=True,
               changed=[top / "content" / "3.md"], removed=[top / "content" / "4.md"])
"""
CARELESS = """
import sys, os; from pathlib import Path
out = Path(sys.argv[1]) / "web" / "a" / "out"
(out / "new").write_bytes((out / "index.html").read_bytes() + b"more")
os.replace(out / "new", out / "index.html")
"""
FEEDS = ("atom.xml", "rss.xml", "feed.json")
OUT = "web/a/out/"
KEPT = "web/a/.out.feedkit/"
#: States of one point that are drawn, and how many of all a next build is tried on.
DRAWN, BUILT = 6, 60


def change(content: Path) -> None:
    """Change one record, with a topic that is new, and remove another."""
    write_record(content, 3, 1, topics=["Fog", "Sails / Masts"])
    (content / "4.md").unlink()


def change_much(content: Path) -> None:
    """Change so much that all is built again, and withdraw what all articles of a topic are."""
    for number in range(30):
        write_record(content, number, 1, topics=["Fog"] if number % 5 else [])
    for number in range(30, 160):
        write_record(content, number, topics=["Fog"])


def is_published(path: str) -> bool:
    return path.startswith(OUT) and not Path(path).name.startswith(".")


class Cut:
    """One build, recorded, and what may be left of it."""

    def __init__(self, top: Path, program: str, seed: int) -> None:
        self.top, self._chance = top, Random(seed)
        self.old = self._keep("old")
        self.disk = Disk(top)
        trace = top.parent / "trace"
        command = [*STRACE, os.fspath(trace), sys.executable, "-B", "-c", program, os.fspath(top)]
        subprocess.run(command, check=True, cwd=TESTS / "support")
        self.new = self._keep("new")
        self.versions: dict[str, set[bytes]] = {}
        self.problems: dict[str, str] = {}
        self.calls, self.drawn = 0, 0
        self.states: dict[int, Tree] = {}
        self._note()
        for call in Replay(self.disk).run(trace):
            self.calls += 1
            self._note()
            self._check_order(call)
            for number in range(DRAWN):
                self._look(self.disk.draw(self._chance if number else None))
        left = {path: data for path, data in self.disk.draw(None).items() if is_published(path)}
        wanted = {path: data for path, data in self.new.items() if is_published(path)}
        if left != wanted:
            self.problems["the end"] = f"not on disk: {_differ(left, wanted)}"

    def _keep(self, name: str) -> Tree:
        return Disk(self.top).show()

    def _note(self) -> None:
        """Note what readers may see of each published file."""
        for path, data in self.disk.show().items():
            if is_published(path):
                self.versions.setdefault(path, set()).add(data)

    def _look(self, tree: Tree) -> None:
        self.drawn += 1
        self.states.setdefault(hash(frozenset(tree.items())), tree)
        seen = {path: data for path, data in tree.items() if is_published(path)}
        for path, data in seen.items():
            if data not in self.versions.get(path, ()):
                self.problems[path] = f"torn: {len(data)} bytes"
        for path in filter(is_published, self.old):
            if path not in seen and path in self.new:
                self.problems[path] = "lost"
        for path in seen.keys() - self._list_named(seen.get(f"{OUT}feeds.json", b"")):
            if Path(path).name in FEEDS:
                self.problems[path] = "not named by the manifest"

    def _list_named(self, manifest: bytes) -> set[str]:
        feeds = json.loads(manifest)["feeds"] if manifest else []
        paths = {f"{OUT}{feed['path']}/{name}" for feed in feeds for name in feed["files"]}
        return {path.replace("//", "/") for path in paths}

    def _check_order(self, call: str) -> None:
        """Check that what a catalogue says of files is true before it is said."""
        seen = self.disk.show()
        path = f"{KEPT}catalogue.sqlite"
        if seen.get(path) != self.old.get(path) and self._is_waiting(OUT):
            self.problems.setdefault("catalogue", f"changed before the files are on disk: {call}")
        if seen.get(f"{path}.seal") != self.old.get(f"{path}.seal") and self._is_waiting(path):
            self.problems.setdefault("seal", f"set before the catalogue is on disk: {call}")

    def _is_waiting(self, start: str) -> bool:
        left, seen = self.disk.draw(None), self.disk.show()
        for path in left.keys() | seen.keys():
            known = path == start or (start.endswith("/") and is_published(path))
            if known and left.get(path) != seen.get(path):
                return True
        return False

    def build_on(self, most: int) -> int:
        """Put what may be left in place, and build; return how often."""
        content = self.top / "content"
        wanted = build_fresh(content, self.top.parent)
        states = sorted(self.states.values(), key=sorted)
        tried = self._chance.sample(states, min(most, len(states)))
        for tree in tried:
            shutil.rmtree(self.top / "web", ignore_errors=True)
            for path, data in tree.items():
                if path.startswith("web/"):
                    (self.top / path).parent.mkdir(parents=True, exist_ok=True)
                    (self.top / path).write_bytes(data)
            report = build(content, self.top / OUT)
            found = {os.fspath(path.relative_to(self.top / OUT)): path.read_bytes()
                     for path in (self.top / OUT).rglob("*") if path.is_file()}  # fmt: skip
            if found != wanted or report.notes:
                self.problems["next build"] = _differ(found, wanted) or str(report.notes)
        return len(tried)


def _differ(found: Tree, wanted: Tree) -> str:
    paths = found.keys() | wanted.keys()
    return ", ".join(sorted(path for path in paths if found.get(path) != wanted.get(path))[:5])


def main(seed: int) -> int:
    sys.stdout.write(f"seed {seed}\n{'build':<24}{'calls':>7}{'states':>9}{'built on':>10}\n")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        top = Path(os.path.realpath(folder)) / "top"
        os.environ["TMPDIR"] = os.fspath(top.parent / "temporary")
        (top.parent / "temporary").mkdir()
        content = make_site(top)
        for name, program, edit in (
            ("cold", COLD, None),
            ("one change", COLD, change),
            ("much changed", COLD, change_much),
            ("update of two files", UPDATE, change),
            ("careless, to be found", CARELESS, None),
        ):
            if edit:
                edit(content)
            cut = Cut(top, program, seed)
            is_careless = program == CARELESS
            count = 0 if is_careless else cut.build_on(BUILT)
            sys.stdout.write(f"{name:<24}{cut.calls:>7}{cut.drawn:>9}{count:>10}\n")
            for where, problem in list(cut.problems.items())[:8]:
                sys.stdout.write(f"    {where}: {problem}\n")
            failed += bool(cut.problems) != is_careless
            shutil.rmtree(top / "web", ignore_errors=True)
            shutil.rmtree(content)
            make_site(top)
            build(content, top / OUT)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
