"""A first feedkit.toml, written from what the records contain. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..config.settings import FeedSettings, Site
from ..selection.feeds import count_spellings, elect_names
from ..selection.resolve import Resolution, ResolvedArticle
from ..text.slugs import clean_domain

#: Names of each kind that stand in the file; a whole list is what `feedkit list` is for.
_MOST = 30
#: Folder names that say nothing of whose articles they hold.
_COMMON = ("", "articles", "content", "in", "news", "pages", "posts", "records", "src")
#: Where the comments behind settings begin.
_COLUMN = 38


class GuessedValue(NamedTuple):
    """The guessed value of a setting, and its source."""

    value: str
    why: str


class KnownSettings(NamedTuple):
    """Settings that are known before records are read."""

    title: str
    """As the user gave them; empty if not."""
    url: str
    content: str
    """How the user calls the records' folder, and what that is called in truth, innermost first."""
    folders: tuple[str, ...]
    data: Mapping[str, tuple[str, str]]
    """By setting: folders of data, as they are called from the file's own, and what is wrong with
    each, if anything."""


def write_settings(known: KnownSettings, resolved: Resolution, languages: Mapping[str, int]) -> str:
    """Return a feedkit.toml that can be used as it is.

    Args:
        known: What is known otherwise.
        resolved: All records, by the default settings.
        languages: How many published records name which language.

    Raises:
        ConfigError: The title or address that is known cannot be used.
    """
    primaries = [node for node in resolved.nodes.values() if node.is_primary]
    language = _guess_language(languages, resolved.articles)
    lines = [
        f"# Settings for the records in {known.content}.",
        "# All but title and url may be left out; settings behind # are defaults and examples.",
        "",
        *_write_site(known, *_find_publisher(primaries), language, _list_topics(primaries)),
        "",
        *_write_feeds(),
        *_write_data(known.data),
        *_write_topics(primaries),
        *_write_providers(primaries),
    ]
    return "".join(f"{line}\n" for line in lines)


def _find_publisher(primaries: list[ResolvedArticle]) -> tuple[str, str]:
    """Return the name and host that nine of ten articles have.

    Where articles are from many hosts, they are others', and who collects them is not known.
    """
    name = _find_common(node.records[0].provider_name for node in primaries)
    host = _find_common(node.key.partition("/")[0] for node in primaries)
    # One author's articles on youtube.com are not published by youtube.com.
    if clean_domain(host) in ("", *FeedSettings().shared_domains):
        return "", ""
    return name, host


def _find_common(values: Iterable[str]) -> str:
    counts = Counter(values)
    most = counts.most_common(1)
    return most[0][0] if most and 10 * most[0][1] >= 9 * counts.total() else ""


def _guess_language(languages: Mapping[str, int], articles: int) -> GuessedValue:
    for name in elect_names(Counter(languages))[:1]:
        if 2 * languages[name] > articles:
            return GuessedValue(name, "as most articles say")
    return GuessedValue("en", "of articles that name none")


def _list_topics(primaries: list[ResolvedArticle]) -> set[str]:
    """Return the folded names of all topics, which would be no title of the feed of all."""
    return {topic.casefold() for node in primaries for topic in node.topics}


def _write_site(
    known: KnownSettings, name: str, host: str, language: GuessedValue, topics: Container[str]
) -> Iterator[str]:
    home = f"https://{host}/" if host else ""
    where = "where the feeds will live"
    titles = (
        GuessedValue(known.title, ""),
        GuessedValue(name, "as the articles' provider is called"),
        GuessedValue(host, "the articles' address: a better one?"),
        GuessedValue(_name_folder(known.folders), "the folder's name: a better one?"),
    )
    urls = (
        GuessedValue(known.url, where),
        GuessedValue(home and f"{home}feeds/", f"a guess: change it to {where}"),
        GuessedValue("https://example.org/feeds/", f"change it to {where}"),
    )
    title, url = (next(guess for guess in all if guess.value) for all in (titles, urls))
    if not known.title and title.value.casefold() in topics:
        title = title._replace(value=f"{title.value} – all")
    site = Site(title=title.value, url=url.value, home=home)
    page = "the publisher's page"
    is_default = site.home == Site(title=title.value, url=url.value).home
    yield "[site]"
    yield _set("title", site.title, title.why)
    yield _set("url", site.url, url.why)
    yield _set("home", site.home, page, is_default=is_default)
    yield _set("author", site.title, "of the feeds", is_default=True)
    yield _set("language", *language)
    yield _set("timezone", "UTC", "of dates without one, such as Europe/Berlin")


def _name_folder(folders: Iterable[str]) -> str:
    names = (folder.replace("-", " ").replace("_", " ").strip() for folder in folders)
    name = next((name for name in names if name.lower() not in _COMMON), "Feeds")
    return name[:1].upper() + name[1:]


def _write_feeds() -> Iterator[str]:
    settings = FeedSettings()
    yield "[feeds]"
    yield _set("limit", settings.limit, "articles in a feed", is_default=True)
    yield _set("formats", settings.formats, "", is_default=True)
    yield "# A feed also has entries for the related articles that its own articles list: in a real"
    yield "# corpus 33 of the 51 entries of a topic. With the line below they are links inside the"
    yield "# entries of topics' feeds and of the feed of all, not entries of their own. The"
    yield '# default is "entries"; "none" leaves out the links too.'
    yield '# related = { topics = "links", all = "links" }'


def _write_data(data: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Name the folders that tell of topics and organizations."""
    if data:
        yield from ("", "[data]")
    for key, (folder, problem) in data.items():
        yield _set(key, folder, f"not used: {problem}" if problem else "", is_default=bool(problem))


def _write_topics(primaries: list[ResolvedArticle]) -> Iterator[str]:
    counts = {elect_names(names)[0]: names.total() for names in count_spellings(primaries).values()}
    yield from _write_names("topics", Counter(counts), {name: name for name in counts})


def _write_providers(primaries: list[ResolvedArticle]) -> Iterator[str]:
    counts = Counter(node.provider for node in primaries if node.provider)
    names = {node.provider: node.records[0].provider_name for node in reversed(primaries)}
    yield from _write_names("providers", counts, names)


def _write_names(kind: str, counts: Counter[str], names: Mapping[str, str]) -> Iterator[str]:
    """Write the names that were found, the most frequent first, as comments."""
    if not counts:
        return
    keys = elect_names(counts)
    noun = kind if len(keys) > 1 else kind.removesuffix("s")
    yield from ("", f"# {len(keys):,} {noun}, each with its articles:")
    for key in keys[:_MOST]:
        domain = f" ({key})" if clean_domain(key) == key != names[key] else ""
        yield f"# {counts[key]:7,}  {names[key]}{domain}"
    if len(keys) > _MOST:
        yield "#          and others, which feedkit list names"
    yield "# More may be said of each:"
    first = keys[0] if clean_domain(keys[0]) == keys[0] else names[keys[0]]
    yield f"# [{kind}.{_quote(first)}]"
    yield _set("title", names[keys[0]], "", is_default=True)
    yield _set("description", "…", "", is_default=True)


def _set(key: str, value: object, why: str, *, is_default: bool = False) -> str:
    line = f"{'# ' if is_default else ''}{key} = {_quote(value)}"
    return f"{line:<{_COLUMN}}  # {why}" if why else line


def _quote(value: object) -> str:
    """Return `value` in TOML, whose basic strings are those of JSON (TOML 1.0, String)."""
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return text.encode("utf-8", "backslashreplace").decode()  # in a comment: no file is called so
