"""Addresses of feeds: whatever the settings and the topics, no two files ever meet."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.addresses import PAGE, TOP_FILES
from feedkit.errors import ConfigError
from feedkit.names import identity, provider_slug, slug
from feedkit.redirects import check_redirects, serve_redirects
from feedkit.settings import KINDS, FeedSettings

SEGMENTS = st.sampled_from(
    ["all", "t", "{slug}", "t-{slug}", "{slug}-t", "T", "x.y", "atom.xml", "feeds.json", "..", ""]
)
TEMPLATES = st.lists(SEGMENTS, max_size=3).map("/".join) | st.booleans()
NAMES = st.dictionaries(
    st.sampled_from(["atom", "rss", "json"]), st.sampled_from(["t", "index.xml", "ATOM.xml", ".x"])
)
ALSO = st.dictionaries(
    st.sampled_from(["feed.xml", "t", "atom.xml"]), st.sampled_from(["rss.xml", "index.xml"])
)
WORDS = st.text("ab.-tT{}", min_size=1, max_size=6) | st.sampled_from(["atom.xml", "all", "x.y"])


SETTINGS: dict[str, st.SearchStrategy[object]] = {
    **dict.fromkeys(KINDS, TEMPLATES),
    "names": NAMES,
    "also": ALSO,
}


@given(
    st.fixed_dictionaries({}, optional=SETTINGS),
    st.lists(WORDS, min_size=1, max_size=4),
)
def test_settings_that_are_taken_give_every_file_a_place_of_its_own(
    given_settings: dict[str, object], words: list[str]
) -> None:
    try:
        settings = FeedSettings(**given_settings)  # type: ignore[arg-type]
    except ConfigError:
        return
    files = [*TOP_FILES]
    topics = {slug(identity(word)) for word in words}
    providers = {provider_slug("", word, ()) for word in words if "." in word.strip(".")}
    for kind, slugs in (("all", {""}), ("topics", topics), ("providers", providers)):
        for one in slugs:
            path = settings.path_of(kind, one)  # type: ignore[arg-type]
            if path is not None:
                files += list_files(settings, path)
    places = [file.casefold() for file in files]
    assert len(set(places)) == len(places)
    for one, other in product(places, places):
        assert not other.startswith(f"{one}/")
    assert not any(part in ("", ".", "..") for file in files for part in file.split("/"))


@given(
    st.fixed_dictionaries({}, optional={kind: SETTINGS[kind] for kind in KINDS}),
    st.dictionaries(TEMPLATES.map(str), st.just("elsewhere"), max_size=3),
    st.lists(WORDS, min_size=1, max_size=3),
)
def test_redirects_that_are_taken_share_no_file_with_feeds(
    given_settings: dict[str, object], redirects: dict[str, str], words: list[str]
) -> None:
    try:
        settings = FeedSettings(**given_settings)  # type: ignore[arg-type]
        olds = check_redirects(redirects, settings.templates, settings.file_names)
    except ConfigError:
        return
    slugs = {slug(identity(word)) for word in words}
    paths = {settings.path_of("all"), *(settings.path_of("topics", one) for one in slugs)}
    feeds = {path for path in paths if path is not None}
    served = serve_redirects(olds, {*feeds, "elsewhere"}).olds.get("elsewhere", [])
    files = [
        *TOP_FILES,
        *(file for path in (*feeds, *served) for file in list_files(settings, path)),
    ]
    places = [file.casefold() for file in files]
    assert len(set(places)) == len(places)
    assert not any(other.startswith(f"{one}/") for one, other in product(places, places))


def list_files(settings: FeedSettings, path: str) -> list[str]:
    names = [*settings.names.values(), *settings.also, *([PAGE] if path else [])]
    return [f"{path}/{name}".lstrip("/") for name in names]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"topics": "tags"}, "feeds.topics: expected an address with {slug} once, got 'tags'"),
        ({"topics": "{slug}/{slug}"}, "feeds.topics: expected an address with {slug} once"),
        ({"all": "{slug}"}, "feeds.all: expected an address without {slug}, got '{slug}'"),
        ({"topics": "../{slug}"}, "feeds.topics: expected an address below the site's"),
        ({"topics": "a//{slug}"}, "feeds.topics: expected an address below the site's"),
        ({"providers": ".p/{slug}"}, "feeds.providers: expected an address below the site's"),
        ({"all": True}, "feeds.all: expected an address, or false, got true"),
        (
            {"providers": "topics/{slug}"},
            "feeds.providers: expected an address that never meets that of feeds.topics",
        ),
        ({"names": {"rss": "index.html"}}, "feeds.names.rss: expected a file name such as"),
        ({"names": {"rss": "ATOM.xml"}}, "feeds.names: expected another name for each format"),
        ({"names": {"rss": "a/b"}}, "feeds.names.rss: expected a file name such as"),
        ({"also": {"x.xml": "y.xml"}}, "feeds.also.x.xml: expected one of atom.xml, rss.xml"),
        ({"also": {"rss.xml": "atom.xml"}}, "feeds.also.rss.xml: expected one of atom.xml"),
    ],
)
def test_an_address_that_cannot_be_is_named(settings: dict[str, object], error: str) -> None:
    with pytest.raises(ConfigError) as found:
        FeedSettings(**settings)  # type: ignore[arg-type]
    assert str(found.value).startswith(error)
