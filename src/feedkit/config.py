"""All settings together, and what follows from them. Pure; `config_file` reads them."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

import msgspec

from .addresses import SLUG
from .errors import ConfigError, show
from .ids import Ids, check_moved
from .model import Format
from .names import clean_domain, identity, slug
from .redirects import check_redirects
from .settings import LANGUAGE, About, Exclude, FeedSettings, Kind, Labels, RecordSettings, Site
from .text import clean_text


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What feedkit.toml decodes to; goes wherever a Site goes."""

    site: Site
    records: RecordSettings = RecordSettings()
    feeds: FeedSettings = FeedSettings()
    labels: Labels = Labels()
    exclude: Exclude = Exclude()
    ids: Ids = Ids()
    #: What articles' URLs began with, each with what they begin with now; ids stay as they
    #: were: `"https://old.example.org/" = "https://example.org/news/"`.
    moved: dict[str, str] = {}
    #: By name, in any spelling.
    topics: dict[str, About] = {}
    #: By domain; by name where there is none.
    providers: dict[str, About] = {}
    #: Old addresses of feeds below ``site.url``, each with that of the feed that it serves now:
    #: ``"topics/old" = "topics/new"``.
    redirects: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Bring names into the form that they are compared in, and check what is said of them."""
        topics = _check_abouts("topics", self.topics, lambda name: slug(identity(name)))
        providers = _check_abouts("providers", self.providers, _make_provider_slug)
        msgspec.structs.force_setattr(self, "moved", check_moved(self.moved))
        msgspec.structs.force_setattr(self, "topics", topics)
        msgspec.structs.force_setattr(self, "providers", providers)
        templates, names = self.feeds.templates, self.feeds.file_names
        redirects = check_redirects(self.redirects, templates, names)
        msgspec.structs.force_setattr(self, "redirects", redirects)

    def about(self, kind: Kind, slug: str) -> About:
        """Return what is said of a topic or provider.

        Args:
            kind: ``topics`` or ``providers``; nothing is said of others.
            slug: As it is made of the name alone.
        """
        known = {"topics": self.topics, "providers": self.providers}.get(kind, {})
        return known.get(slug) or _NOTHING

    def place_slug(self, kind: Kind, slug: str) -> str:
        """Return the folder of a topic's or provider's feed.

        One whose own folder the settings give to another gets a digest behind it, whether or
        not there are records of that other: no feed moves because a topic appears.

        Args:
            kind: ``topics`` or ``providers``.
            slug: As it is made of the name alone.
        """
        if own := self.about(kind, slug).slug:
            return own
        known = {"topics": self.topics, "providers": self.providers}.get(kind, {})
        if any(about.slug == slug for about in known.values()):
            return f"{slug}-{sha256(slug.encode()).hexdigest()[:8]}"
        return slug

    def feed_url(self, path: str, format: Format) -> str:
        """Return the address of a feed in one format.

        Args:
            path: The feed's, as ``topics/ai``.
            format: One of ``atom``, ``rss`` and ``json``.
        """
        return self.site.page_url(path) + self.feeds.names[format]

    @property
    def topics_url(self) -> str:
        """The topics' address up to their slugs: the scheme of categories."""
        template = self.feeds.topics if isinstance(self.feeds.topics, str) else "topics/{slug}"
        return self.site.url + quote(template.partition(SLUG)[0])


_NOTHING = About()


def _check_abouts(
    key: str, given: dict[str, About], make_slug: Callable[[str], str]
) -> dict[str, About]:
    """Return what is said, by the slug that the name alone makes."""
    found: dict[str, About] = {}
    slugs: set[str] = set()
    for name, about in given.items():
        where = f'{key}."{name}"'
        if (own := make_slug(name)) in found:
            raise ConfigError("", 0, where, show(name), "each name once, however it is spelt")
        if about.slug and (about.slug in slugs or slug(identity(about.slug)) != about.slug):
            wanted = "a folder name such as 'c-sharp', that no other has"
            raise ConfigError("", 0, f"{where}.slug", show(about.slug), wanted)
        if about.language and not LANGUAGE.fullmatch(about.language):
            wanted = "a tag such as 'en'"
            raise ConfigError("", 0, f"{where}.language", show(about.language), wanted)
        slugs.add(about.slug)
        found[own] = msgspec.structs.replace(
            about, title=clean_text(about.title), description=clean_text(about.description)
        )
    return found


def _make_provider_slug(name: str) -> str:
    return clean_domain(name) or slug(identity(name))


def as_config(config: Config | Site) -> Config:
    """Return `config`, or the defaults for a Site alone."""
    return config if isinstance(config, Config) else Config(site=config)
