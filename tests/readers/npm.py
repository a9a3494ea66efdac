"""Five packages of npm: `read.mjs` reads with each, beside the packages that `make` installed."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from readers.shown import Read, Shown, read_date


def reads_with(name: str) -> Read:
    """Return what reads with one package."""

    def read(urls: Sequence[str], folder: Path) -> dict[str, list[Shown]]:
        # Node looks for packages beside the script and above it.
        script = folder.parents[2] / "read.mjs"
        command = ["node", str(script), name, *urls]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found = json.loads(done.stdout)
        return {url: [_read_entry(entry) for entry in found[url]] for url in urls}

    return read


def _read_entry(entry: dict[str, Any]) -> Shown:
    tags = entry.pop("tags", None)
    date = read_date(entry.pop("date", None))
    return Shown(**entry, published=date, tags=None if tags is None else tuple(tags))
