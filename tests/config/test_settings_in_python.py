"""Settings made in Python are held to what feedkit.toml is held to, when they are made."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from markupsafe import Markup

import feedkit
from feedkit import limits
from feedkit.errors import ConfigError

SITE = feedkit.Site(title="A", url="https://example.org/feeds/")
#: The package, as far as types go that are wrong on purpose.
ANY: Any = feedkit
ADDRESS = {"title": "A", "url": "https://example.org/feeds/"}
#: By the class of a table: its name in feedkit.toml, and what it needs at least.
TABLES: dict[type[msgspec.Struct], tuple[str, dict[str, Any]]] = {
    feedkit.Site: ("site", ADDRESS),
    feedkit.RecordSettings: ("records", {}),
    feedkit.FeedSettings: ("feeds", {}),
    feedkit.PublishSettings: ("publish", {}),
    feedkit.Labels: ("labels", {}),
    feedkit.Exclude: ("exclude", {}),
    feedkit.Ids: ("ids", {}),
    feedkit.DataSettings: ("data", {}),
    feedkit.WebSub: ("websub", {}),
}
#: Values that TOML has.
VALUES: list[Any] = [
    0, 1, -1, 2**70, 1.5, True, False, "", "x", "atom", "entries", "topics/{slug}", [], ["x"],
    ["atom", "html"], ["atom", "rss"], ["a.example"], [5], [["x"]], {}, {"x": "y"}, {"x": 5},
    {"atom": "a.xml"}, {"all": "links"}, {"all": "none"}, {"_a": "b"}, {"_a": {"b": "c"}}, {"": {}},
    {"status": ["draft"]}, {"status": "draft"}, {"visibility": False},
]  # fmt: skip
#: Values that it has not.
STRANGE: list[Any] = [
    {"status": {"draft"}},
    None,
    b"x",
    object(),
    {"x"},
    frozenset(("a.example",)),
    {5: "x"},
    print,
]


class Unreadable(dict[str, Any]):
    """A mapping whose own method fails."""

    def items(self) -> Any:
        raise RuntimeError("unreadable")


def list_fields() -> Iterator[tuple[type[msgspec.Struct], str]]:
    for table in TABLES:
        for name in table.__struct_fields__:
            yield table, name


def test_every_table_of_the_settings_is_tried() -> None:
    fields = msgspec.structs.fields(feedkit.Config)
    tables = {field.name for field in fields if isinstance(field.type, type(feedkit.Config))}
    assert tables == {section for section, _ in TABLES.values()}


def is_taken(make: Callable[[], object]) -> bool:
    try:
        make()
    except (ConfigError, msgspec.ValidationError):
        return False
    return True


@pytest.mark.parametrize(("table", "name"), [*list_fields()])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_constructor_takes_what_feedkit_toml_may_say_and_nothing_else(
    table: type[msgspec.Struct], name: str, value: Any
) -> None:
    section, needed = TABLES[table]
    said = {"site": ADDRESS, section: {**needed, name: value}}
    is_allowed = is_taken(lambda: msgspec.convert(said, feedkit.Config))
    assert is_taken(lambda: table(**{**needed, name: value})) == is_allowed


@pytest.mark.parametrize(("table", "name"), [*list_fields()])
@pytest.mark.parametrize("value", STRANGE, ids=range(len(STRANGE)))
def test_what_toml_cannot_say_is_refused_by_the_name_of_the_setting(
    table: type[msgspec.Struct], name: str, value: Any
) -> None:
    section, needed = TABLES[table]
    with pytest.raises(ConfigError) as caught:
        table(**{**needed, name: value})
    assert caught.value.field.startswith(f"{section}.{name}")
    assert (caught.value.name, caught.value.line) == ("", 0)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ANY.FeedSettings(limit=0), "feeds.limit: expected 1 or more, got 0"),
        (lambda: ANY.FeedSettings(limit="5"), "feeds.limit: expected a whole number, got '5'"),
        (lambda: ANY.FeedSettings(limit=True), "feeds.limit: expected a whole number, got Tr"),
        (
            lambda: ANY.FeedSettings(formats=["atom", "html"]),
            "feeds.formats[1]: expected one of 'atom', 'rss', 'json', got 'html'",
        ),
        (
            lambda: ANY.FeedSettings(formats="atom"),
            "feeds.formats: expected a list in brackets, got 'atom'",
        ),
        (
            lambda: ANY.FeedSettings(formats={"atom"}),
            "feeds.formats: expected a list in brackets, got a set",
        ),
        (lambda: ANY.Ids(style="guid"), "ids.style: expected one of 'uuid', 'url', got 'guid'"),
        (
            lambda: ANY.FeedSettings(related="x"),
            "feeds.related: expected one of 'entries', 'links', 'none', got 'x'",
        ),
        (
            lambda: ANY.FeedSettings(related={"all": "none"}),
            "feeds.related.all: expected one of 'entries', 'links', got 'none'",
        ),
        (lambda: ANY.FeedSettings(names={"html": "x"}), "feeds.names.html: no such setting"),
        (
            lambda: ANY.FeedSettings(names={"atom": 5}),
            "feeds.names.atom: expected text in quotes, got 5",
        ),
        (
            lambda: ANY.Config(site=SITE, exclude={"domains": ["a.example"]}),
            "exclude: expected a feedkit.Exclude, got {'domains': ['a.example']}",
        ),
        (
            lambda: ANY.FeedSettings(related={"\ud800": "links"}),
            r"feeds.related: expected whole characters, got {'\ud800': 'links'}",
        ),
        (
            lambda: ANY.Ids(given={"https://example.org/": "i" * 2049}),
            'ids.given."https://example.org/": expected an id of at most 2,048 characters, got ',
        ),
        (lambda: ANY.Config(site=ADDRESS), "site: expected a feedkit.Site, got {"),
        (
            lambda: ANY.Config(site=SITE, topics={"C#": {"slug": "csharp"}}),
            "topics.\"C#\": expected a feedkit.About, got {'slug': 'csharp'}",
        ),
        (
            lambda: ANY.Config(site=SITE, topics=[ANY.About()]),
            "topics: expected a mapping of names to feedkit.About, got [About(",
        ),
        (
            lambda: ANY.Config(site=SITE, providers=Unreadable(a=ANY.About())),
            "providers: expected a mapping of names to feedkit.About, got {'a': About(",
        ),
        (lambda: ANY.DataSettings(topics="\ud800"), r"data.topics: expected a path, got '\ud800'"),
        (lambda: ANY.Config(site=SITE, moved={"a": 5}), "moved.a: expected text in quotes, "),
        (
            lambda: ANY.About(images=[ANY.Image(url=5)]),
            "images[0].url: expected text in quotes, got a whole number",
        ),
        (lambda: ANY.About(title=5), "title: expected text in quotes, got 5"),
        (lambda: ANY.Site(title=None, url="x"), "site.title: expected text in quotes"),
    ],
)  # fmt: skip
def test_the_error_says_what_stands_there_and_what_may(make: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value).startswith(text)


def test_lists_tuples_and_texts_of_other_classes_are_taken() -> None:
    formats: Any = ["rss", "atom"]
    feeds = feedkit.FeedSettings(formats=formats, related={"all": "links"}, topics=False)
    assert feeds.formats == ("rss", "atom")
    site = feedkit.Site(title=Markup("A & B"), url="https://example.org/feeds/")
    assert (site.title, type(site.title)) == ("A & B", str)
    pictures: Any = [feedkit.Image(url="/a.png", width=5)]
    about = feedkit.About(title="A", images=pictures)
    assert about.images == (feedkit.Image(url="/a.png", width=5),)
    config = feedkit.Config(
        site=SITE,
        feeds=feeds,
        topics={"C#": about},
        exclude=feedkit.Exclude(domains=("a.example",)),
    )
    assert config.about("topics", "c-sharp").images[0].url == "https://example.org/a.png"
    again = msgspec.structs.replace(config, feeds=msgspec.structs.replace(feeds, limit=5))
    assert (again.feeds.limit, again.topics) == (5, config.topics)


class OwnSite(feedkit.Site, frozen=True, kw_only=True):
    """A class of one's own."""


def test_a_table_may_be_of_a_subclass() -> None:
    site = OwnSite(title="A", url="https://example.org/feeds/")
    assert feedkit.Config(site=site).site is site


LONG = "é" * 70_000
#: What has exactly the limit, and one more.
LENGTHS: dict[str, tuple[Callable[[str], object], int]] = {
    "a topic": (lambda text: feedkit.Config(site=SITE, topics={text: feedkit.About()}), 200),
    "a topic's title": (
        lambda text: feedkit.Config(site=SITE, topics={"A": feedkit.About(title=text)}),
        limits.SETTING_CHARACTERS,
    ),
    "a topic's description": (
        lambda text: feedkit.Config(site=SITE, topics={"A": feedkit.About(description=text)}),
        limits.DESCRIPTION_CHARACTERS,
    ),
    "a topic's parent": (
        lambda text: feedkit.Config(site=SITE, topics={"A": feedkit.About(parent=text)}),
        200,
    ),
    "an excluded provider": (lambda text: feedkit.Exclude(providers=(text,)), 200),
    "the site's title": (
        lambda text: feedkit.Site(title=text, url="https://example.org/"),
        limits.SETTING_CHARACTERS,
    ),
    "a label": (lambda text: feedkit.Labels(related=text), limits.SETTING_CHARACTERS),
    "a description": (lambda text: feedkit.Labels(description=text), limits.DESCRIPTION_CHARACTERS),
    "an id": (lambda text: feedkit.Ids(given={"https://example.org/": text}), limits.ID_CHARACTERS),
}


@pytest.mark.parametrize("kind", LENGTHS)
def test_texts_of_settings_have_limits_too(kind: str) -> None:
    make, most = LENGTHS[kind]
    make(LONG[:most])
    with pytest.raises(ConfigError, match=f"{most:,}"):
        make(LONG[: most + 1])


def test_a_topic_has_as_many_pictures_as_an_article() -> None:
    pictures = tuple(feedkit.Image(url=f"/{number}.png") for number in range(201))
    feedkit.Config(site=SITE, topics={"A": feedkit.About(images=pictures[:200])})
    with pytest.raises(ConfigError, match=r'^topics."A".images: expected at most 200 of them'):
        feedkit.Config(site=SITE, topics={"A": feedkit.About(images=pictures)})


@pytest.mark.parametrize(
    "path",
    [
        "x/atom.xml", "atom.xml", "/x/rss.xml", "x/feed.json", "x/ATOM.XML", "x/own.xml",
        "x/also.xml", "x/index.html", "https://example.org/feeds/x", "http://example.org/x",
        "HTTPS://example.org", "file:///x", "../x",
    ],
)  # fmt: skip
def test_make_feed_refuses_a_file_and_an_address_as_a_folder(path: str) -> None:
    feeds = feedkit.FeedSettings(names={"rss": "own.xml"}, also={"also.xml": "atom.xml"})
    config = feedkit.Config(site=SITE, feeds=feeds)
    with pytest.raises(ValueError, match=r"^path: expected "):
        feedkit.make_feed([], config, title="A", path=path)


@pytest.mark.parametrize(
    "path", ["x", "/x/", "", "topics/atom", "x.xml", "c#", "a:b", "http", "feed.json/x", "t/é"]
)
def test_make_feed_takes_any_other_folder(path: str) -> None:
    feed = feedkit.make_feed([], SITE, title="A", path=path)
    assert feed.path == path.strip("/")


@pytest.mark.parametrize(
    ("field", "most"), [("name", 200), ("description", limits.DESCRIPTION_CHARACTERS)]
)
def test_texts_of_data_files_have_the_same_limits(field: str, most: int, tmp_path: Path) -> None:
    settings = '[site]\ntitle = "A"\nurl = "https://example.org/"\n[data]\ntopics = "t.yaml"\n'
    (tmp_path / "feedkit.toml").write_text(settings)
    for length in (most, most + 1):
        said = {"name": "A", field: LONG[:length]}
        lines = [f"{key}: {value}" for key, value in said.items()]
        (tmp_path / "t.yaml").write_text("\n".join(lines))
        if length == most:
            feedkit.load_config(tmp_path / "feedkit.toml")
    with pytest.raises(ConfigError, match=rf"t.yaml:\d: {field}: expected at most"):
        feedkit.load_config(tmp_path / "feedkit.toml")
