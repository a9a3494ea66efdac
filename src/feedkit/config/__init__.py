"""All settings together, and what follows from them. Pure; `config/loader` reads feedkit.toml.

`config` itself has the type of all settings.
"""

from __future__ import annotations

from functools import cached_property, partial
from hashlib import sha256
from urllib.parse import quote, urlsplit

import msgspec

from ..models import Format, Provider
from ..text.slugs import clean_domain, provider_slug
from .addresses import SLUG, check_redirects
from .feed_info import About, DataSettings, check_abouts, find_provider_slug, topic_slug
from .ids import Ids, check_moved
from .settings import (
    Exclude,
    FeedSettings,
    Kind,
    Labels,
    PublishSettings,
    RecordSettings,
    Site,
    WebSub,
)
from .validation import check_fields


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """All settings, as feedkit.toml has them."""

    site: Site
    """The table ``[site]``."""
    records: RecordSettings = RecordSettings()
    """The table ``[records]``."""
    feeds: FeedSettings = FeedSettings()
    """The table ``[feeds]``."""
    publish: PublishSettings = PublishSettings()
    """The table ``[publish]``."""
    labels: Labels = Labels()
    """The table ``[labels]``."""
    exclude: Exclude = Exclude()
    """The table ``[exclude]``."""
    ids: Ids = Ids()
    """The table ``[ids]``."""
    moved: dict[str, str] = {}
    """What articles' URLs began with, each with what they begin with now; ids stay as they were:
    `"https://old.example.org/" = "https://example.org/news/"`."""
    data: DataSettings = DataSettings()
    """The table ``[data]``."""
    websub: WebSub = WebSub()
    """The table ``[websub]``."""
    topics: dict[str, About] = {}
    """By name, in any spelling."""
    providers: dict[str, About] = {}
    """By domain; by name if there is none; under a domain that many share by both, as
    ``medium.com_Harbour Post``."""
    redirects: dict[str, str] = {}
    """Old addresses of feeds below ``site.url``, each with that of the feed that it serves now:
    ``"topics/old" = "topics/new"``."""

    def __post_init__(self) -> None:
        """Bring names into the form that they are compared in, and check what is said of them."""
        check_fields(self, "")
        home, shared = self.site.home, self.feeds.shared_domains
        topics = check_abouts("topics", self.topics, topic_slug, home)
        find_slug = partial(find_provider_slug, shared_domains=shared)
        providers = check_abouts("providers", self.providers, find_slug, home)
        msgspec.structs.force_setattr(self, "moved", check_moved(self.moved))
        msgspec.structs.force_setattr(self, "topics", topics)
        msgspec.structs.force_setattr(self, "providers", providers)
        templates, names = self.feeds.templates, self.feeds.file_names
        redirects = check_redirects(self.redirects, templates, names)
        msgspec.structs.force_setattr(self, "redirects", redirects)

    def about(self, kind: Kind, slug: str) -> About:
        """Return the settings of a topic or provider.

        Args:
            kind: ``topics`` or ``providers``; nothing is said of others.
            slug: The slug that is made of the name alone.
        """
        if kind == "providers":
            known = self.providers
            return known.get(slug) or known.get(self._domains.get(slug, "")) or _NOTHING
        return (self.topics.get(slug) if kind == "topics" else None) or _NOTHING

    def about_provider(self, provider: Provider) -> About:
        """Return the settings of the provider of an article."""
        return self.about("providers", self.find_slug(provider)) if self.providers else _NOTHING

    def find_slug(self, provider: Provider) -> str:
        """Return the slug of the provider of an article."""
        slug = provider_slug(provider.name, provider.domain, self.feeds.shared_domains)
        # The folder that is given to Node.js is that of the name and of the domain.
        domain = self._domains.get(slug, "")
        return domain if domain and self.providers[domain].slug else slug

    def is_publisher(self, provider: Provider) -> bool:
        """Return whether the provider of an article is the site itself.

        It is if its domain, or that of its page, is that of ``site.home``.
        """
        domain = provider.domain or _find_domain(self.about_provider(provider).home)
        return domain != "" and domain == self._own_domain

    @cached_property
    def _own_domain(self) -> str:
        """The domain of ``site.home``; empty if others publish under that domain too."""
        domain = _find_domain(self.site.home)
        return "" if domain in self.feeds.shared_domains else domain

    @cached_property
    def _domains(self) -> dict[str, str]:
        """Domains with settings, by the names that they could be, such as Node.js."""
        domains = [slug for slug in self.providers if clean_domain(slug) == slug]
        named = {topic_slug(domain): domain for domain in reversed(domains)}
        return {slug: domain for slug, domain in named.items() if slug not in self.providers}

    @cached_property
    def _given_slugs(self) -> dict[Kind, dict[str, str]]:
        """The folders that settings give, by kind, each with the slug of its owner."""
        return {
            "topics": {about.slug: own for own, about in self.topics.items()},
            "providers": {about.slug: own for own, about in self.providers.items()},
        }

    def place_slug(self, kind: Kind, slug: str) -> str:
        """Return the folder of a topic's or provider's feed.

        One whose own folder the settings give to another gets a digest behind it, whether or
        not there are records of that other: no feed moves because a topic appears.

        Args:
            kind: ``topics`` or ``providers``.
            slug: The slug that is made of the name alone.
        """
        if own := self.about(kind, slug).slug:
            return own
        if slug in self._given_slugs.get(kind, ()):
            return f"{slug}-{sha256(slug.encode()).hexdigest()[:8]}"
        return slug

    def find_owner(self, kind: Kind, folder: str) -> str:
        """Return the slug that a name makes and that these settings place in a folder.

        Args:
            kind: ``topics`` or ``providers``.
            folder: As `place_slug` returns it; empty is returned if it places nothing there.
        """
        given = self._given_slugs.get(kind, {}).get(folder, "")
        names = (given, folder.rpartition("-")[0], folder)
        return next((own for own in names if own and self.place_slug(kind, own) == folder), "")

    def find_place(self, path: str) -> tuple[Kind, str]:
        """Return the kind of the feed at a path, and the slug of its topic or provider.

        Where neither a topic nor a provider has its feed, the kind is ``all``.

        Args:
            path: Below the site's address, as ``topics/ai``.
        """
        for kind in ("topics", "providers") if path != self.feeds.all else ():
            start, slug, end = str(getattr(self.feeds, kind)).partition(SLUG)
            folder = path.removeprefix(start).removesuffix(end)
            if slug and folder and "/" not in folder and path == f"{start}{folder}{end}":
                return kind, self.find_owner(kind, folder)
        return "all", ""

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

    @property
    def related_url(self) -> str:
        """The scheme of the category of related articles that have no record of their own."""
        return self.site.url + "related/"


_NOTHING = About()


def _find_domain(url: str) -> str:
    return clean_domain(urlsplit(url).hostname or "") if url else ""


def as_config(config: Config | Site) -> Config:
    """Return `config`, or the defaults for a Site alone."""
    return config if isinstance(config, Config) else Config(site=config)
