"""Topics and providers of data files, merged with those of feedkit.toml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from ..errors import ConfigError, show
from ..files import read_file
from ..limits import DATA_BYTES, PROVIDER_CHARACTERS, TOPIC_CHARACTERS
from ..models import Image
from ..syntax import explain
from ..syntax.front_matter import DataItem, read_front_matter, read_yaml
from ..text import clean_text
from ..text.slugs import clean_domain
from . import Config
from .feed_info import About, DataSettings, find_provider_slug, topic_slug


class _DataImage(msgspec.Struct):
    """A picture; other fields are ignored."""

    url: str
    width: int | None = None
    height: int | None = None


class _Fields(msgspec.Struct):
    """The fields of a topic or an organization; others are ignored."""

    name: str
    id: str = msgspec.field(default="", name="_id")
    domain: str = ""
    description: str = ""
    images: list[_DataImage] = []
    home: str = ""
    parent: str = ""


#: Fields of data files that are called something else in feedkit.toml.
_CALLED = {"title": "name", "slug": "_id"}
_USED = {
    "topics": ("name", "_id", "description", "images", "parent"),
    "providers": ("name", "_id", "domain", "description", "images", "home"),
}


class DataEntry(msgspec.Struct, frozen=True):
    """The description of a topic or provider in one data file."""

    name: str
    """By which feedkit.toml would call it."""
    about: About
    datum: DataItem

    def blame(self, field: str, found: str, wanted: str) -> ConfigError:
        """Return the error with the name of the data file, None if feedkit.toml has the value."""
        first, *rest = re.findall(r"\w+", field)
        own = _CALLED.get(first, first)
        path = (own, *(int(part) if part.isdigit() else part for part in rest))
        line = self.datum.find_line(path)
        return ConfigError(self.datum.name, line, own + field[len(first) :], found, wanted)


def decode_known(
    kind: str, datum: DataItem, shared_domains: tuple[str, ...]
) -> Iterator[DataEntry]:
    """Yield the entry of `datum` under each name that records may use.

    Args:
        kind: ``topics`` or ``providers``.
        datum: What a file says of one thing.
        shared_domains: Domains under which many publish: there an organization has the
            articles that name it; those that name the domain alone are nobody's but of the
            one whose ``_id`` that is.

    Raises:
        ConfigError: A field is missing or of the wrong type.
    """
    fields = _decode_fields(kind, datum)
    images = tuple(
        [Image(url=image.url, width=image.width, height=image.height) for image in fields.images]
    )
    about = About(
        slug="" if kind == "providers" and clean_domain(fields.id) else fields.id,
        title=fields.name,
        description=fields.description,
        images=images,
        home=fields.home,
        parent=fields.parent,
    )
    domain = clean_domain(fields.domain or fields.id) if kind == "providers" else ""
    if fields.domain and not domain:
        known = DataEntry(fields.name, about, datum)
        raise known.blame("domain", show(fields.domain), "a domain such as 'example.org'")
    if domain in shared_domains:
        yield DataEntry(f"{domain}_{fields.name}", about, datum)
        if clean_domain(fields.id) != domain:
            return
    yield DataEntry(domain or fields.name, about, datum)


def _decode_fields(kind: str, datum: DataItem) -> _Fields:
    used = {key: datum.values[key] for key in _USED[kind] if datum.values.get(key) is not None}
    try:
        fields = msgspec.convert(used, _Fields)
    except UnicodeEncodeError as error:  # half a surrogate pair in a key
        line, wanted = datum.find_line(("images",)), "pictures with url, width and height"
        raise ConfigError(datum.name, line, "images", show(error.object), wanted) from error
    except msgspec.ValidationError as error:
        key, found, wanted = explain(str(error))
        path = tuple(int(part) if part.isdigit() else part for part in re.findall(r"\w+", key))
        raise ConfigError(datum.name, datum.find_line(path), key, found, wanted) from error
    most = TOPIC_CHARACTERS if kind == "topics" else PROVIDER_CHARACTERS
    if len(fields.name) > most:
        line = datum.find_line(("name",))
        found, wanted = f"{len(fields.name):,} characters", f"at most {most}"
        raise ConfigError(datum.name, line, "name", found, wanted)
    if not clean_text(fields.name):
        line = datum.find_line(("name",))
        raise ConfigError(datum.name, line, "name", show(fields.name), "some text")
    return fields


class TaxonomyTable(msgspec.Struct, frozen=True):
    """Topics or providers of feedkit.toml and of data files."""

    kind: str
    said: dict[str, About]
    known: dict[str, DataEntry]
    """By the names that feedkit.toml uses."""

    def merge(self) -> dict[str, About]:
        """Return the merged entry; fields of feedkit.toml have precedence."""
        merged = dict(self.said)
        for name, one in self.known.items():
            own = self.said.get(name, _NOTHING)
            fields = {
                field: getattr(own, field) or getattr(one.about, field)
                for field in About.__struct_fields__
            }
            merged[name] = About(**fields)
        return merged

    def blame(self, error: ConfigError) -> ConfigError | None:
        """Return the error with the name of the data file, None if feedkit.toml has the value."""
        for name, one in self.known.items():
            where = f'{self.kind}."{name}".'
            field = error.field.removeprefix(where)
            first = re.match(r"\w*", field)
            if field != error.field and first:
                own = self.said.get(name, _NOTHING)
                is_said = getattr(own, first[0])
                return None if is_said else one.blame(field, error.found, error.wanted)
        return None


_NOTHING = About()


def make_table(
    kind: str, said: dict[str, About], known: Iterable[DataEntry], find_slug: Callable[[str], str]
) -> TaxonomyTable:
    """Return the table of topics or providers.

    Args:
        kind: ``topics`` or ``providers``.
        said: What feedkit.toml says, by name.
        known: What data files say.
        find_slug: Makes of a name what is the same for all its spellings.

    Raises:
        ConfigError: Two files say it of one.
    """
    names = {find_slug(name): name for name in said}
    found: dict[str, DataEntry] = {}
    for one in known:
        name = names.setdefault(find_slug(one.name), one.name)
        if name in found:
            wanted = f"another name than that of {found[name].datum.name}"
            raise one.blame("title", show(one.about.title), wanted)
        found[name] = one
    return TaxonomyTable(kind, said, found)


_YAML = (".yaml", ".yml")
_TEXTS = (".md", ".markdown", ".html")


def add_known(config: Config, tables: Mapping[str, object], folder: Path) -> Config:
    """Return `config` with the topics and providers of data files.

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
        tables: The tables of feedkit.toml, as `add_known` was given them.
        folder: The folder to which relative paths refer.
    """
    known = {table.kind: table.known for table in _read_tables(config, tables, folder)}
    said = {kind: _read_said(tables, kind) for kind in ("topics", "providers")}
    return {kind: [name for name in said[kind] if name not in known.get(kind, {})] for kind in said}


def _read_tables(
    config: Config, tables: Mapping[str, object], folder: Path
) -> Iterator[TaxonomyTable]:
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


def _complete_config(
    config: Config, tables: Mapping[str, object], found: list[TaxonomyTable]
) -> Config:
    merged = {kind: _read_said(tables, kind) for kind in ("topics", "providers")}
    merged |= {table.kind: table.merge() for table in found}
    try:
        return msgspec.structs.replace(config, **merged)
    except ConfigError as error:
        blamed = (table.blame(error) for table in found)
        raise next(filter(None, blamed), error) from error


def _read_place(key: str, folder: Path, place: str) -> Iterator[DataItem]:
    """Yield the items of a file, or of every file of a folder in order of path."""
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


def _read_file(path: Path) -> list[DataItem]:
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
