"""What data files know of topics and providers, and what feedkit.toml says, made one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from .about import About
from .errors import ConfigError, show
from .explain import explain
from .limits import PROVIDER_CHARACTERS, TOPIC_CHARACTERS
from .model import Image
from .names import clean_domain
from .records.data import Datum
from .text import clean_text


class _Image(msgspec.Struct):
    """A picture; what else a data file says of one is ignored."""

    url: str
    width: int | None = None
    height: int | None = None


class _Fields(msgspec.Struct):
    """What is read of a topic or an organization; everything else is ignored."""

    name: str
    id: str = msgspec.field(default="", name="_id")
    domain: str = ""
    description: str = ""
    images: list[_Image] = []
    home: str = ""
    parent: str = ""


#: Fields of data files that are called something else in feedkit.toml.
_CALLED = {"title": "name", "slug": "_id"}
_USED = {
    "topics": ("name", "_id", "description", "images", "parent"),
    "providers": ("name", "_id", "domain", "description", "images", "home"),
}


class Known(msgspec.Struct, frozen=True):
    """What one data file says of a topic or provider."""

    #: By which feedkit.toml would call it.
    name: str
    about: About
    datum: Datum

    def blame(self, field: str, found: str, wanted: str) -> ConfigError:
        """Return the error that names the file's own field, as ``images[0].url``."""
        first, *rest = re.findall(r"\w+", field)
        own = _CALLED.get(first, first)
        path = (own, *(int(part) if part.isdigit() else part for part in rest))
        line = self.datum.find_line(path)
        return ConfigError(self.datum.name, line, own + field[len(first) :], found, wanted)


def decode_known(kind: str, datum: Datum, shared_domains: tuple[str, ...]) -> Iterator[Known]:
    """Yield what `datum` says, by each name that records may give its subject.

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
        known = Known(fields.name, about, datum)
        raise known.blame("domain", show(fields.domain), "a domain such as 'example.org'")
    if domain in shared_domains:
        yield Known(f"{domain}_{fields.name}", about, datum)
        if clean_domain(fields.id) != domain:
            return
    yield Known(domain or fields.name, about, datum)


def _decode_fields(kind: str, datum: Datum) -> _Fields:
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


class Table(msgspec.Struct, frozen=True):
    """What feedkit.toml says of topics or providers, and what data files know besides."""

    kind: str
    said: dict[str, About]
    #: By the names that feedkit.toml uses.
    known: dict[str, Known]

    def merge(self) -> dict[str, About]:
        """Return both made one; of each field what feedkit.toml says comes first."""
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
        """Return the error of the file that says what is wrong; None: feedkit.toml says it."""
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
    kind: str, said: dict[str, About], known: Iterable[Known], find_slug: Callable[[str], str]
) -> Table:
    """Return what is said and known of topics or providers.

    Args:
        kind: ``topics`` or ``providers``.
        said: What feedkit.toml says, by name.
        known: What data files say.
        find_slug: Makes of a name what is the same for all its spellings.

    Raises:
        ConfigError: Two files say it of one.
    """
    names = {find_slug(name): name for name in said}
    found: dict[str, Known] = {}
    for one in known:
        name = names.setdefault(find_slug(one.name), one.name)
        if name in found:
            wanted = f"another name than that of {found[name].datum.name}"
            raise one.blame("title", show(one.about.title), wanted)
        found[name] = one
    return Table(kind, said, found)
