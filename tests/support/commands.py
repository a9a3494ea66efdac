"""The installed command, run in a folder of files, with a terminal or without one."""

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

COMMAND = Path(sys.executable).with_name("feedkit")
SITE = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/news/"\n'
#: What reports say of a feed that has nothing left to show.
EMPTIED = "no article is left; published empty until --prune deletes it or [redirects] leads on"


class Run(NamedTuple):
    """What the command came to."""

    status: int
    out: str
    err: str


def record(title: str, **fields: str) -> str:
    """Return a Markdown record; what is said of a field replaces what is usual."""
    name = title.lower().replace(" ", "-")
    known = {"webUrl": f"https://example.org/{name}/", "date": "2026-02-01T08:00:00Z"}
    lines = {"title": title, **known, **fields}
    return "---\n" + "".join(f"{key}: {text}\n" for key, text in lines.items()) + "---\n"


OWN = "{name: Harbour News, domain: example.org}"
#: One record, with settings.
SMALL = {"feedkit.toml": SITE, "in/ferry.md": record("Ferry", topics="[Tides]", provider=OWN)}


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def read_files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def make_environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    usual = {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8", "TERM": "dumb"}
    return {**kept, **usual, "COLUMNS": "80", **more}


def run(command: str, folder: Path) -> Run:
    done = subprocess.run(
        [COMMAND, *shlex.split(command)],
        cwd=folder, env=make_environment(), capture_output=True, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_on_terminal(command: str, folder: Path, **environment: str) -> Run:
    """Return what a terminal shows, as if it were stdout alone."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *shlex.split(command)], cwd=folder, env=make_environment(**environment),
        stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    with process:
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 4096):
                shown += chunk
        except OSError:  # the last writer has closed it
            pass
    os.close(controller)
    return Run(process.returncode, shown.decode().replace("\r\n", "\n"), "")


class Running:
    """A command that goes on, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process, self._said = process, said

    @property
    def said(self) -> str:
        return self._said.read_text("utf-8")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Return the exit status that follows a signal."""
        self.process.send_signal(number)
        return self.process.wait(10)


@contextmanager
def start(command: str, folder: Path, **environment: str) -> Iterator[Running]:
    """Start the command, both streams in one file, and kill it if it still runs at the end."""
    said = folder / "said.txt"
    with (
        said.open("wb") as file,
        subprocess.Popen(
            [COMMAND, *shlex.split(command)], cwd=folder, env=make_environment(**environment),
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        ) as process,
    ):  # fmt: skip
        try:
            yield Running(process, said)
        finally:
            process.kill()


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so, and fail where it does not come to be."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
