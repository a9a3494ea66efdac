"""Titles, descriptions and parents of single topics and providers, as settings say them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ..errors import ConfigError, UrlError, show
from ..limits import DOMAIN_CHARACTERS, IMAGES, PROVIDER_CHARACTERS, TOPIC_CHARACTERS
from ..models import Image
from ..text import clean_text
from ..text.slugs import clean_domain, domain_slug, identity, provider_slug, slug
from ..text.urls import canonical_url, clean_url
from .validation import check_fields, check_length, check_lengths

#: Characters of a name.
_LONGEST = {
    "topics": TOPIC_CHARACTERS,
    "providers": DOMAIN_CHARACTERS + 1 + PROVIDER_CHARACTERS,
}
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one topic or provider; others follow from the records."""

    slug: str = ""
    """The folder of its feed, instead of one made of its name."""
    title: str = ""
    """Of its feed, instead of the name as most records spell it."""
    description: str = ""
    """Of its feed, instead of the one that ``labels.description`` makes."""
    language: str = ""
    """A BCP 47 tag, if it is not the site's."""
    images: tuple[Image, ...] = ()
    """Its picture in one size or several, ``{url, width, height}`` each; the best is taken for each
    use. A relative address is below ``site.home``, with a slash before it too."""
    home: str = ""
    """Of a provider without a domain: its page."""
    parent: str = ""
    """Of a topic: the name of the one above it, whose feed ``feeds.roll_up`` lets hold it."""

    def __post_init__(self) -> None:
        """Refuse values that feedkit.toml could not hold; `Config` checks the rest."""
        check_fields(self, "")


class DataSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that describe topics and providers; feedkit.toml itself has precedence."""

    topics: str = ""
    """A folder or a file, YAML or front matter, as seen from feedkit.toml, ``../data/topics`` too.
    Below the records it is none of them."""
    organizations: str = ""
    """A folder or a file that describes providers."""

    def __post_init__(self) -> None:
        """Refuse values that feedkit.toml could not hold; `Config` checks the rest."""
        check_fields(self, "data")
        for name in self.__struct_fields__:
            place = getattr(self, name)
            try:
                place.encode("utf-8", "surrogateescape")  # as paths have bytes that are no UTF-8
            except UnicodeEncodeError as error:
                raise ConfigError("", 0, f"data.{name}", show(place), "a path") from error

    @property
    def places(self) -> list[str]:
        """All that are named."""
        return [place for place in (self.topics, self.organizations) if place]


def topic_slug(name: str) -> str:
    """Return the slug of a topic, the same for all spellings of its name."""
    return slug(identity(name))


def find_provider_slug(name: str, shared_domains: tuple[str, ...]) -> str:
    """Return the slug of a provider.

    Args:
        name: Its domain, its name where it has none, or both as ``medium.com_Harbour Post``
            where it has a domain that many share.
        shared_domains: Those domains.
    """
    domain, _, rest = name.partition("_")
    if rest and clean_domain(domain) in shared_domains:
        return provider_slug(rest, clean_domain(domain), shared_domains)
    return domain_slug(clean_domain(name)) or slug(identity(name))


def check_abouts(
    kind: str, given: Mapping[str, About], make_slug: Callable[[str], str], home: str
) -> dict[str, About]:
    """Return the settings of topics or providers, complete, by slug.

    Args:
        kind: ``topics`` or ``providers``.
        given: By name.
        make_slug: Makes a slug of a name.
        home: What the addresses of pictures are relative to.

    Raises:
        ConfigError: It cannot be so, or two say it of one.
    """
    found: dict[str, About] = {}
    owners: dict[str, str] = {}
    for name, about in given.items():
        where = f'{kind}."{name}"'
        # Before normalisation, which is quadratic. A provider may have its domain before its name.
        check_length(f'{kind}."{name[:20]}…"', name, _LONGEST[kind])
        if (own := make_slug(name)) in found:
            raise ConfigError("", 0, where, show(name), "each name once, however it is spelt")
        if about.slug and (owner := owners.setdefault(about.slug, name)) != name:
            wanted = f"a folder name other than that of {show(owner)}"
            raise ConfigError("", 0, f"{where}.slug", show(about.slug), wanted)
        found[own] = complete_about(kind, where, about, home)
    if kind == "topics":
        found = _name_parents(found, given, make_slug)
        _check_parents(found, {make_slug(name): name for name in given})
    return found


def _name_parents(
    topics: Mapping[str, About], given: Mapping[str, About], make_slug: Callable[[str], str]
) -> dict[str, About]:
    """Return topics whose parents are names, also if one was given as a folder."""
    called = {about.slug: name for name, about in given.items() if about.slug}
    return {
        slug: msgspec.structs.replace(about, parent=called[about.parent])
        if about.parent in called and make_slug(about.parent) not in topics
        else about
        for slug, about in topics.items()
    }


def complete_about(kind: str, where: str, about: About, home: str) -> About:
    """Return an About with clean texts and whole addresses.

    Args:
        kind: ``topics`` or ``providers``.
        where: What errors call it.
        about: What is said.
        home: What the addresses of pictures are relative to.

    Raises:
        ConfigError: One of its fields cannot be used.
    """
    check_lengths(about, where)
    check_length(f"{where}.parent", about.parent, TOPIC_CHARACTERS)
    if len(about.images) > IMAGES:
        found, wanted = f"{len(about.images)}", f"at most {IMAGES} of them"
        raise ConfigError("", 0, f"{where}.images", found, wanted)
    if about.slug and topic_slug(about.slug) != about.slug:
        wanted = "a folder name such as 'c-sharp'"
        raise ConfigError("", 0, f"{where}.slug", show(about.slug), wanted)
    if about.language and not LANGUAGE.fullmatch(about.language):
        wanted = "a tag such as 'en'"
        raise ConfigError("", 0, f"{where}.language", show(about.language), wanted)
    unused, other = ("home", "providers") if kind == "topics" else ("parent", "topics")
    if getattr(about, unused):
        wanted = f"it for {other} alone"
        raise ConfigError("", 0, f"{where}.{unused}", show(getattr(about, unused)), wanted)
    return msgspec.structs.replace(
        about,
        title=clean_text(about.title),
        description=clean_text(about.description),
        images=tuple(
            [
                _complete_image(f"{where}.images[{place}]", image, home)
                for place, image in enumerate(about.images)
            ]
        ),
        home=_complete_url(f"{where}.home", about.home),
        parent=clean_text(about.parent),
    )


def _complete_image(where: str, image: Image, home: str) -> Image:
    for name in ("width", "height"):
        size = getattr(image, name)
        if size is not None and not 0 < size < 2**31:
            raise ConfigError("", 0, f"{where}.{name}", show(size), "a number of pixels")
    url = image.url
    if url.startswith("/") and not url.startswith("//"):
        url = url[1:]  # below the home page, as site generators mean it in their data files
    try:
        return msgspec.structs.replace(image, url=clean_url(url, home))
    except UrlError as error:
        raise ConfigError("", 0, f"{where}.url", show(image.url), "an http(s) URL") from error


def _complete_url(where: str, url: str) -> str:
    try:
        return canonical_url(url) if url else ""
    except UrlError as error:
        raise ConfigError("", 0, where, show(url), "an absolute http(s) URL") from error


def _check_parents(topics: Mapping[str, About], names: Mapping[str, str]) -> None:
    """Raise a ConfigError if a topic is above itself; the first such topic by slug is named."""
    looped: list[str] = []
    seen: set[str] = set()
    for start in topics:
        way: dict[str, None] = {}
        slug = start
        while slug in topics and topics[slug].parent and slug not in seen:
            seen.add(slug)
            way[slug] = None
            slug = topic_slug(topics[slug].parent)
        if slug in way:
            looped += list(way)[list(way).index(slug) :]
    if looped:
        start = min(looped)
        above = list_above(topics, start)
        loop = [start, *above[: above.index(start) + 1]]
        found = " → ".join(names[slug] for slug in loop)
        wanted = "parents without a loop"
        raise ConfigError("", 0, f'topics."{names[start]}".parent', found, wanted)


def find_parents(topics: Mapping[str, About]) -> dict[str, str]:
    """Return the slug of the topic above each, by slug."""
    return {slug: topic_slug(about.parent) for slug, about in topics.items() if about.parent}


def list_above(topics: Mapping[str, About], slug: str) -> list[str]:
    """Return the slugs of a topic's parent, its parent's parent and so on, each once."""
    above: dict[str, None] = {}
    while (about := topics.get(slug)) and about.parent:
        slug = topic_slug(about.parent)
        if slug in above:
            break
        above[slug] = None
    return list(above)


def list_below(children: Mapping[str, Iterable[str]], slug: str) -> list[str]:
    """Return the slugs of a topic and of all below it, each once.

    Args:
        children: The slugs of the topics right below each.
        slug: The topic's.
    """
    below = {slug: None}
    ready = [slug]
    while ready:
        for child in children.get(ready.pop(), ()):
            if child not in below:
                below[child] = None
                ready.append(child)
    return list(below)
