"""Values made in Python are taken as what they are, at every depth; others cost one record."""

import json
from collections import OrderedDict, UserDict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn
from unittest.mock import ANY

import msgspec
import pytest
from django.conf import settings as django_settings
from django.utils.functional import SimpleLazyObject, lazy, lazystr
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext_lazy
from markupsafe import Markup
from test_records import CORE, NOON

import feedkit
from feedkit.models import Article
from feedkit.sources import dates
from feedkit.sources.records import clean_article
from feedkit.syntax import Unusable, make_plain

if not django_settings.configured:
    django_settings.configure(USE_I18N=False)


class Shouting(str):
    """A text whose own methods say something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()

    def encode(self, *_: object) -> NoReturn:
        raise RuntimeError("not this one")

    __repr__ = __format__ = __len__ = encode


class Word(StrEnum):
    A = "text"


class OldWord(str, Enum):  # noqa: UP042 (as it was written before Python 3.11)
    A = "text"


class Address(StrEnum):
    A = "https://example.org/a"


class State(StrEnum):
    A = "draft"


class Number(IntEnum):
    A = 5


class Whole(int):
    def __int__(self) -> int:
        return 99

    def __index__(self) -> int:
        return 99


class Instant(datetime):
    """As pendulum and freezegun have them: their arithmetic returns more of them."""

    def astimezone(self, tz: Any = None) -> "Instant":
        moved = super().astimezone(tz)
        return type(self)(*moved.timetuple()[:6], moved.microsecond, moved.tzinfo)

    def isoformat(self, *_: str) -> str:
        return "an instant"


class NaT(datetime):
    """As pandas' NaTType: a datetime that is none."""

    year = property(lambda self: float("nan"))
    month = day = hour = year

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = datetime.__hash__


class Raising:
    """A value that fails whatever is asked of it, as a proxy of nothing does."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise RuntimeError("unbound")

    def _fail(self, *_: object) -> NoReturn:
        raise RuntimeError("unbound")

    __repr__ = __str__ = __bool__ = __len__ = __iter__ = __eq__ = __hash__ = _fail


class Bound:
    """As werkzeug's LocalProxy: a text by its class, and none by its type."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return str

    def __repr__(self) -> str:
        return "bound"


TEXTS = {
    "a subclass": Shouting("text"),
    "an enum": Word.A,
    "an older enum": OldWord.A,
    "Django's safe string": SafeString("text"),
    "markupsafe's markup": Markup("text"),
    "a lazy translation": gettext_lazy("text"),
    "a lazy plural": ngettext_lazy("text", "texts", 1),
    "a lazy text": lazystr("text"),
}
OTHERS = {
    "bytes": b"text",
    "an object": object(),
    "a class": object,
    "a function": print,
    "an enum that is no text": Enum("E", "A").A,  # type: ignore[attr-defined]
    "a proxy": SimpleLazyObject(lambda: "text"),
    "a proxy of a text": Bound(),
    "what fails": Raising(),
    "a lazy text that fails": lazy(lambda: 1 / 0, str)(),
    "a truth value": True,
}


def make_texts(text: Any) -> Article:
    """Return an Article in which every text is this one."""
    image = feedkit.Image(url="https://example.org/p.png")
    provider = feedkit.Provider(name=text, images=(image,))
    related = feedkit.RelatedArticle(
        url="https://example.org/b",
        title=text,
        published=NOON,
        summary=text,
        provider=provider,
        images=(image,),
    )
    return Article(
        url="https://example.org/a",
        title=text,
        published=NOON,
        id=text,
        summary=text,
        body=feedkit.Html(text),
        featured=text,
        provider=provider,
        topics=(text,),
        images=(image,),
        related=(related,),
        enclosures=(feedkit.Enclosure(url="https://example.org/a.mp3", media_type="audio/mpeg"),),
        language="en",
        extensions={"_own": text, "_more": [{"a": text}]},
    )


def is_plain(value: object) -> bool:
    """Return whether a codec gives back what it is given."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value)) == value


def list_types(value: object) -> Iterator[type]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from list_types(getattr(value, name))
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from list_types(list(pair))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from list_types(one)
    else:
        yield type(value)


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_of_other_classes_are_their_text_at_every_depth(kind: str) -> None:
    made = clean_article(make_texts(TEXTS[kind]), UTC)
    plain = clean_article(make_texts("text"), UTC)
    assert (made.errors, made.article) == ((), plain.article)
    assert set(list_types(made.article)) <= {str, int, datetime, type(None)}
    assert is_plain(made.article)


@pytest.mark.parametrize("kind", TEXTS)
def test_mappings_hold_texts_of_other_classes_too(kind: str) -> None:
    text = TEXTS[kind]
    item = {**CORE, "title": text, "webUrl": "https://example.org/b", "excerpt": text}
    fields = {"title": text, "excerpt": text, "body": text, "topics": [text], "related": [item]}
    provider = UserDict({"name": text})
    records: list[Mapping[str, object]] = [
        {**CORE, **fields, "provider": provider},
        OrderedDict({**CORE, **fields, "provider": text}),
        {Shouting(key): value for key, value in {**CORE, **fields, "provider": text}.items()},
    ]
    for record in records:
        made = Article.from_record(record)
        assert (made.title, made.summary, made.topics) == ("text", "text", ("text",))
        assert (made.body, made.related[0].title) == (feedkit.Markdown("text"), "text")
        assert made.provider == feedkit.Provider(name="text")
        assert set(list_types(made)) <= {str, int, datetime, dict, type(None)}


@pytest.mark.parametrize("kind", TEXTS)
def test_an_address_and_a_state_may_be_such_texts(kind: str) -> None:
    address = "https://example.org/a"
    spelt: dict[str, Any] = {
        "a subclass": Shouting(address),
        "an enum": Address.A,
        "an older enum": Shouting(address),
        "Django's safe string": SafeString(address),
        "markupsafe's markup": Markup(address),
        "a lazy translation": gettext_lazy(address),
        "a lazy plural": ngettext_lazy(address, "", 1),
        "a lazy text": lazystr(address),
    }
    given = Article(
        url=spelt[kind],
        title="A",
        published=NOON,
        amp_url=spelt[kind],
        state=State.A,  # type: ignore[arg-type]
    )
    made = clean_article(given, UTC)
    assert made.article == Article(
        url=address, title="A", published=NOON, amp_url=address, state="draft"
    )
    assert set(list_types(made.article)) <= {str, int, datetime, dict, type(None)}


ZONE = timezone(timedelta(hours=2))
INSTANTS: dict[str, tuple[Any, datetime]] = {
    "of a subclass": (Instant(2026, 1, 31, 14, 0, 0, 5, ZONE), NOON),
    "naive of a subclass": (Instant(2026, 1, 31, 12), NOON),
    "in UTC of a subclass": (Instant(2026, 1, 31, 12, tzinfo=UTC), NOON),
}


@pytest.mark.parametrize("kind", INSTANTS)
def test_instants_of_other_classes_are_instants(kind: str) -> None:
    instant, wanted = INSTANTS[kind]
    given = Article(
        url="https://example.org/a", title="A", published=instant, extensions={"_at": instant}
    )
    made = clean_article(given, UTC).article
    assert made
    assert (made.published, type(made.published)) == (wanted, datetime)
    assert made.extensions == {"_at": "2026-01-31T12:00:00Z"}
    assert is_plain(made)
    mapped = Article.from_record({**CORE, "publishedDateTime": instant, "updated": instant})
    assert (mapped.published, type(mapped.published)) == (wanted, datetime)


def test_a_date_that_is_none_is_missing() -> None:
    nat = NaT(2026, 1, 1)
    given = Article(
        url="https://example.org/a",
        title="A",
        published=NOON,
        updated=nat,
        extensions={"_at": nat},
    )
    made = clean_article(given, UTC)
    assert (made.errors, made.article and made.article.updated) == ((), None)
    missing = clean_article(msgspec.structs.replace(given, published=nat), UTC, "row 7")
    text = "row 7: published: expected a date, got nothing"
    assert [str(error) for error in missing.errors] == [text]


def test_whole_numbers_of_other_classes_are_their_number() -> None:
    for number in (Number.A, Whole(5)):
        image = feedkit.Image(url="https://example.org/p.png", width=number, height=number)
        given = Article(
            url="https://example.org/a",
            title="A",
            published=NOON,
            quality=number,
            heat=number,
            images=(image,),
            extensions={"_n": number},
        )
        made = clean_article(given, UTC).article
        assert made
        assert (made.quality, made.heat, made.images[0].width) == (5, 5, 5)
        assert is_plain(made)


TEXT_FIELDS = ("title", "summary", "id", "featured", "amp_url", "url")


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_anything_else_is_an_error_with_the_name_of_the_attribute(field: str, kind: str) -> None:
    values: dict[str, Any] = {"url": "https://example.org/a", "title": "A", "published": NOON}
    made = clean_article(Article(**{**values, field: OTHERS[kind]}), UTC, "row 7")
    assert made.article is None
    assert [(error.name, error.field) for error in made.errors] == [("row 7", field)]


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    ("attribute", "wrap"),
    [
        ("body.text", lambda value: {"body": feedkit.Html(value)}),
        ("body", lambda value: {"body": value}),
        ("published", lambda value: {"published": value}),
        ("updated", lambda value: {"updated": value}),
        ("topics[0]", lambda value: {"topics": (value,)}),
        ("provider.name", lambda value: {"provider": feedkit.Provider(name=value)}),
        ("images[0].url", lambda value: {"images": (feedkit.Image(url=value),)}),
        ("quality", lambda value: {"quality": value}),
        ("state", lambda value: {"state": value}),
        ("language", lambda value: {"language": value}),
        ("related[0].title", lambda value: {"related": (make_related(title=value),)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_named_at_every_depth(attribute: str, wrap: Any, kind: str) -> None:
    given = Article(
        **{"url": "https://example.org/a", "title": "A", "published": NOON, **wrap(OTHERS[kind])}
    )
    made = clean_article(given, UTC, "row 7")
    assert [error.field for error in made.errors] == [attribute]


def make_related(**fields: Any) -> feedkit.RelatedArticle:
    values = {"url": "https://example.org/b", "title": "B", "published": NOON, **fields}
    return feedkit.RelatedArticle(**values)


@pytest.mark.parametrize("kind", OTHERS)
def test_no_value_ends_a_build_an_update_or_a_plan(kind: str, tmp_path: Path) -> None:
    value: Any = OTHERS[kind]
    good: dict[str, Any] = {"url": "https://example.org/good", "title": "Good", "published": NOON}
    articles = [Article(**good)]
    fields = (*TEXT_FIELDS, "published", "body", "topics", "images", "related", "provider")
    for number, field in enumerate((*fields, "enclosures", "state", "extensions", "quality")):
        articles.append(Article(**{**good, "url": f"https://example.org/{number}", field: value}))
    articles.append(
        Article(**{**good, "url": "https://example.org/b", "body": feedkit.Html(value)})
    )
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    out = tmp_path / "out"
    plan = feedkit.plan(articles, out, site, now=NOON)
    report = feedkit.build(articles, out, site, now=NOON)
    assert (plan.report.articles, plan.report.problems) == (report.articles, report.problems)
    titles = {item["title"] for item in json.loads((out / "all/feed.json").read_bytes())["items"]}
    assert "Good" in titles
    again = feedkit.update(out, site, now=NOON, changed=articles)
    assert again.articles == report.articles


def render_to_string() -> SafeString:
    return SafeString("<p>Rendered</p>")


class Agreeing(str):
    """A text that says that it equals everything."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True


EQUAL: dict[str, dict[str, Any]] = {
    "empty markup": {"featured": Markup("")},
    "an empty id": {"id": Markup("")},
    "an empty AMP address": {"amp_url": SafeString("")},
    "an empty mapping": {"extensions": MappingProxyType({})},
    "an id": {"id": Agreeing("a")},
    "pictures": {"images": ANY},
    "enclosures": {"enclosures": ANY},
    "extensions": {"extensions": ANY},
}


@pytest.mark.parametrize("fields", EQUAL.values(), ids=EQUAL)
def test_what_only_equals_a_plain_value_ends_no_build(
    fields: dict[str, Any], tmp_path: Path
) -> None:
    good = feedkit.Article(url="https://example.org/good", title="Good", published=NOON)
    odd = feedkit.Article(url="https://example.org/odd", title="Odd", published=NOON, **fields)
    site = feedkit.Site(title="A", url="https://feeds.example.org/")
    feedkit.build([good, odd], tmp_path / "out", site, now=NOON)
    assert b"Good" in (tmp_path / "out/all/atom.xml").read_bytes()


@pytest.mark.parametrize("state", ["draft", "removed", "deleted"])
def test_a_state_that_equals_everything_withholds_as_what_it_is(state: str) -> None:
    site = feedkit.Site(title="A", url="https://feeds.example.org/")
    draft: Any = Agreeing(state)
    article = feedkit.Article(url="https://example.org/a", title="A", published=NOON, state=draft)
    assert feedkit.make_feed([article], site, path="a", title="A").entries == ()


def test_a_body_that_a_template_made_is_published(tmp_path: Path) -> None:
    article = Article(
        url="https://example.org/a",
        title="A",
        published=Instant(2026, 1, 31, 12, tzinfo=UTC),
        body=feedkit.Html(render_to_string()),
    )
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    for jobs in (1, 2):
        report = feedkit.build([article], tmp_path / f"{jobs}", site, now=NOON, jobs=jobs)
        assert (report.articles, report.problems) == (1, ())
        assert b"Rendered" in (tmp_path / f"{jobs}/all/feed.json").read_bytes()
    title: Any = gettext_lazy("A")
    feed = feedkit.make_feed([article], site, title=title, path=SafeString("a"))
    assert (feed.title, feed.path, type(feed.title)) == ("A", "a", str)
    assert b"Rendered" in feedkit.render(feed, "atom").body
    assert b"Rendered" in feedkit.to_feedgen(feed).atom_str()


def test_what_prepare_returns_is_taken_so_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([CORE, {**CORE, "webUrl": "https://e.org/b"}]))

    def prepare(article: Article) -> Article:
        if article.url.endswith("/b"):
            return msgspec.structs.replace(article, title=object())
        instant = Instant(2026, 1, 31, 12, tzinfo=UTC)
        title = gettext_lazy("text")
        return msgspec.structs.replace(article, title=title, published=instant, topics=[Word.A])

    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    report = feedkit.build(tmp_path / "a.json", tmp_path / "out", site, now=NOON, prepare=prepare)
    assert (report.articles, report.rejected) == (1, 1)
    assert [line.rpartition("a.json: ")[2] for line in report.problems] == [
        "title: expected text, got <object object>"
    ]
    assert (tmp_path / "out/topics/text/feed.json").exists()


class FailingZone(tzinfo):
    def utcoffset(self, _: datetime | None) -> timedelta:
        raise RuntimeError("no offset")

    dst = tzname = utcoffset  # type: ignore[assignment]


class FailingState:
    def __eq__(self, _: object) -> bool:
        raise RuntimeError("not comparable")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("field", ["published", "updated", "available", "expires", "state"])
def test_a_value_that_raises_costs_its_article_alone_from_prepare_too(
    field: str, tmp_path: Path
) -> None:
    value: Any = FailingState() if field == "state" else datetime(2026, 1, 1, tzinfo=FailingZone())
    good = Article(url="https://example.org/a", title="A", published=NOON)
    other = msgspec.structs.replace(good, url="https://example.org/b")
    bad = msgspec.structs.replace(good, **{field: value})
    site = feedkit.Site(title="A", url="https://example.org/feeds/")
    given = feedkit.build([bad, other], tmp_path / "given", site, now=NOON)
    prepared = feedkit.build(
        [good, other],
        tmp_path / "prepared",
        site,
        now=NOON,
        prepare=lambda article: bad if article.url == good.url else article,
    )
    for report in (given, prepared):
        assert (report.articles, report.rejected) == (1, 1)
        assert f": {field}: expected" in report.problems[0]


@pytest.mark.parametrize(
    "value",
    ["text", 5, 5.5, True, None, b"text", NOON, date(2026, 1, 31), [1, [2]], {"a": {"b": 1}}],
)
def test_what_is_plain_already_is_the_same(value: object) -> None:
    assert make_plain(value) == value
    assert type(make_plain(value)) is type(value)


def test_lists_without_end_are_looked_into_a_few_levels_deep() -> None:
    endless: list[object] = []
    endless.append(endless)
    found = make_plain(endless)
    for _ in range(5):
        assert isinstance(found, list)
        (found,) = found
    assert isinstance(found, Unusable)
    assert repr(found).startswith("[[")


def test_dates_of_files_are_plain_while_a_test_replaces_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dates, "datetime", Instant)  # as freezegun does in every module
    for text in ("2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00Z", "31 Jan 2026 12:00 UTC"):
        found, _ = dates.read_date(text, UTC)
        assert (found, type(found)) == (NOON, datetime)
