"""The folders and files that ``[data]`` names, into what a Config says of topics and providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from .about import About, DataSettings, find_provider_slug, topic_slug
from .config import Config
from .errors import ConfigError, show
from .files import read_file
from .known import Table, decode_known, make_table
from .limits import DATA_BYTES
from .records.data import Datum, read_front_matter, read_yaml

_YAML = (".yaml", ".yml")
_TEXTS = (".md", ".markdown", ".html")


def add_known(config: Config, tables: Mapping[str, object], folder: Path) -> Config:
    """Return `config` with what data files know of topics and providers.

    Args:
        config: What feedkit.toml says.
        tables: The same, as it stands there.
        folder: That of feedkit.toml.

    Returns:
        It, with real paths in ``data``.

    Raises:
        ConfigError: A file cannot be read or used; one without a name is about feedkit.toml.
    """
    found = list(_read_tables(config, tables, folder))
    if not found:
        return config
    places = msgspec.structs.asdict(config.data).items()
    real = {key: str((folder / place).resolve()) for key, place in places if place}
    config = msgspec.structs.replace(config, data=DataSettings(**real))
    return _complete_config(config, tables, found)


def list_own(config: Config, tables: Mapping[str, object], folder: Path) -> dict[str, list[str]]:
    """Return the topics and providers, by their names in `tables`, that no data file knows.

    Args:
        config: What `add_known` returned.
        tables: As there.
        folder: Likewise.
    """
    known = {table.kind: table.known for table in _read_tables(config, tables, folder)}
    said = {kind: _read_said(tables, kind) for kind in ("topics", "providers")}
    return {kind: [name for name in said[kind] if name not in known.get(kind, {})] for kind in said}


def _read_tables(config: Config, tables: Mapping[str, object], folder: Path) -> Iterator[Table]:
    data, shared = config.data, config.feeds.shared_domains
    find_provider = partial(find_provider_slug, shared_domains=shared)
    kinds: tuple[tuple[str, str, str, Callable[[str], str]], ...] = (
        ("topics", "data.topics", data.topics, topic_slug),
        ("providers", "data.organizations", data.organizations, find_provider),
    )
    for kind, key, place, find_slug in kinds:
        if place:
            read = _read_place(key, folder, place)
            known = (one for datum in read for one in decode_known(kind, datum, shared))
            yield make_table(kind, _read_said(tables, kind), known, find_slug)


def _read_said(tables: Mapping[str, object], kind: str) -> dict[str, About]:
    return msgspec.convert(tables.get(kind, {}), dict[str, About])


def _complete_config(config: Config, tables: Mapping[str, object], found: list[Table]) -> Config:
    merged = {kind: _read_said(tables, kind) for kind in ("topics", "providers")}
    merged |= {table.kind: table.merge() for table in found}
    try:
        return msgspec.structs.replace(config, **merged)
    except ConfigError as error:
        blamed = (table.blame(error) for table in found)
        raise next(filter(None, blamed), error) from error


def _read_place(key: str, folder: Path, place: str) -> Iterator[Datum]:
    """Yield what a file, or every file of a folder, says, in order of path."""
    try:
        files = _find_files(folder / place)
    except OSError as error:
        raise ConfigError("", 0, key, f"{show(place)} ({error.strerror})", _WANTED) from error
    if not files:
        raise ConfigError("", 0, key, show(place), _WANTED)
    for file in files:
        yield from _read_file(file)


_WANTED = "a folder that holds .yaml or .md files, or one of these"


def _find_files(top: Path) -> list[Path]:
    if not top.is_dir():
        top.stat()  # says what is wrong with it
        return [top]
    below = (path.relative_to(top) for path in top.rglob("*"))
    visible = (
        path
        for path in below
        if path.suffix.lower() in (*_YAML, *_TEXTS)
        and not any(part[0] == "." for part in path.parts)
    )
    return [top / path for path in sorted(visible)]


def _read_file(path: Path) -> list[Datum]:
    name = str(path)
    try:
        data = read_file(path, DATA_BYTES)
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(name, line, "", f"byte {data[error.start]:#04x}", "UTF-8") from error
    except OSError as error:
        raise ConfigError(name, 0, "", str(error.strerror)) from error
    return (read_front_matter if path.suffix.lower() in _TEXTS else read_yaml)(text, name)
