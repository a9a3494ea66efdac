"""sfeed: a line of fields between tabs for each entry; it reads what another program fetched."""

import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

from readers.shown import Shown

#: sfeed(1), "TAB-SEPARATED FORMAT FIELDS".
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\\": "\\"}


def read(urls: Sequence[str], _: Path) -> dict[str, list[Shown]]:
    return {url: [_read_line(line) for line in _run(url).splitlines()] for url in urls}


def _run(url: str) -> str:
    with urlopen(url) as answer:
        text: str = answer.read().decode()
    done = subprocess.run("sfeed", input=text, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return done.stdout


def _read_line(line: str) -> Shown:
    date, title, link, content, _, entry_id, author, _, tags = line.split("\t")[:9]
    return Shown(
        id=entry_id,
        title=title,
        link=link,
        author=author,
        published=datetime.fromtimestamp(int(date), UTC),
        tags=tuple(tag for tag in tags.split("|") if tag),
        html=re.sub(r"\\[nt\\]", lambda found: _ESCAPES[found[0]], content),
    )
