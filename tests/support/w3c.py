"""The W3C feed validator, run on a built folder: python tests/support/w3c.py VALIDATOR FOLDER

VALIDATOR is a checkout of https://github.com/w3c/feedvalidator, run with an interpreter that has
its requirements (lxml, html5lib, rdflib). Every atom.xml, rss.xml and feeds.opml below FOLDER goes
in; each kind of message comes out, with the number of its files and the first place. Exits 1 if
there is an error, a warning that feedkit does not accept, or no file at all. Nothing is fetched.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

NAMES = ("atom.xml", "rss.xml", "feeds.opml")
ACCEPTED = {
    "DuplicateUpdated",  # RFC 4287 lets two entries change in one second; the records say so
    "MissingOutlineType",  # OPML 2.0 asks for a type on subscriptions only; a folder has a title
    "CharacterData",  # the RSS profile wants &#x3C; for `<` in titles; both are one character
    "ContainsHTML channel",  # readers take descriptions for HTML, as those of items: `R&amp;D`
    "NotHtml outline",  # OPML 2.0: texts are no HTML, and may be `R&D`
}
LEVELS = ("Error", "Warning", "Info")
SELF_LINK = re.compile(r'<(?:atom:)?link(?=[^>]* rel="self")[^>]* href="([^"]+)"')
ENTRY = re.compile(r"<(?:entry|item)[\s>]")


class Kind(NamedTuple):
    """A kind of message, in the order in which they are printed."""

    level: int
    name: str

    @property
    def is_accepted(self) -> bool:
        level = LEVELS[self.level]
        return level == "Info" or (level == "Warning" and self.name in ACCEPTED)


def forbid_network(event: str, arguments: tuple[object, ...]) -> None:
    """Stop the look-up of a host, which the validator tries for every e-mail address."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise PermissionError(f"{event}{arguments}: nothing may be fetched")


def find_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name in NAMES)


def find_site(folder: Path, files: list[Path]) -> str:
    """Return the address of `folder`, by the first feed that says where it itself stands."""
    for path in files:
        link = SELF_LINK.search(path.read_text("utf-8", "replace"))
        place = quote(path.relative_to(folder).as_posix())
        if link and link[1].endswith("/" + place):
            return link[1].removesuffix(place)
    return "https://example.org/"


def find_messages(validator: Any, text: bytes, address: str) -> Iterator[tuple[Kind, str]]:
    """Yield each message about `text`, published at `address`, with its line and subject."""
    found = validator.validateString(text, fallback="utf-8", base=address)
    if "feedType" not in found:  # it could not decode the text, which it may not say
        yield Kind(0, "NotChecked"), "?: "
    for event in found["loggedEvents"]:
        for level, name in enumerate(LEVELS):
            if isinstance(event, getattr(validator.logging, name)):
                yield Kind(level, name_event(event)), describe_event(event.params)


def name_event(event: Any) -> str:
    """Return what it is called; what is right in some places only, with its place."""
    name = type(event).__name__
    is_placed = name in ("NotHtml", "ContainsHTML")
    return f"{name} {event.params.get('parent')}" if is_placed else name


def describe_event(params: dict[str, object]) -> str:
    parts = [str(params[key]) for key in ("element", "attr", "value", "exception") if key in params]
    return f"{params.get('line', '?')}: {' '.join(parts)}"[:160]


def check_folder(validator: Any, folder: Path) -> int:
    """Print what the validator says of the files of `folder`; return the exit status."""
    files = find_files(folder)
    site = find_site(folder, files)
    entries = 0
    places: dict[Kind, dict[Path, str]] = defaultdict(dict)
    for path in files:
        text = path.read_bytes()
        entries += len(ENTRY.findall(text.decode("utf-8", "replace")))
        address = site + quote(path.relative_to(folder).as_posix())
        for kind, place in find_messages(validator, text, address):
            places[kind].setdefault(path, place)
    for kind, found in sorted(places.items()):
        path, place = next(iter(found.items()))
        first = f"{path.relative_to(folder)}:{place}"
        print(f"{LEVELS[kind.level]:8}{kind.name:28}{len(found):6} files, first {first}")
    print(f"{len(files)} files, {entries} entries, published at {site}")
    return 0 if files and all(kind.is_accepted for kind in places) else 1


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    checkout, folder = map(Path, arguments)
    sys.path.insert(0, str(checkout / "src"))
    validator = import_module("feedvalidator")
    sys.addaudithook(forbid_network)
    return check_folder(validator, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
