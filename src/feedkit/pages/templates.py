"""Jinja templates, loaded if no stored frame fits, with the words that pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..render.frames import Frame, Frames, fill_frame

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

_PACKAGE = "feedkit.pages"
#: Languages that are written from right to left, and scripts that are (RFC 5646, 2.2.3).
_RTL = frozenset(
    (
        *("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "khw", "ks"),
        *("nqo", "pnb", "prs", "ps", "sd", "syr", "ug", "ur", "yi"),
    )
)
_RTL_SCRIPTS = frozenset(("adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"))
_SCRIPT = 4
#: Stands in a template's values for what is filled in; no text holds it.
GAP = "\0"


def render_template(
    name: str,
    parts: Iterable[Iterable[bytes | str]],
    values: Mapping[str, object],
    frames: Frames | None = None,
) -> bytes:
    """Return a rendered template, with a part in each of its gaps.

    A template would take six times as long to join as many lines as parts have.

    Args:
        name: The name of the template.
        parts: Each of many pieces, escaped already.
        values: Plain ones, which the template escapes; all that the frame is made from.
        frames: Those that are known.
    """

    def make() -> Frame:
        return (load_template(name).render(values) + "\n").encode().split(GAP.encode())

    frame = (frames or Frames()).find((name, values), make)
    return fill_frame(frame, *(map(_encode, part) for part in parts))


def _encode(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


@lru_cache(maxsize=8)
def load_template(name: str) -> Template:
    """Return one of the templates of this room."""
    return _make_environment().get_template(name)


def render_static(name: str, frames: Frames) -> bytes:
    """Return the bytes of a static file."""

    def make() -> Frame:
        from jinja2 import PackageLoader

        made = _make_environment()
        # Not as a template: a style sheet may hold what would be one's tags.
        return [PackageLoader(_PACKAGE, "static").get_source(made, name)[0].encode()]

    return fill_frame(frames.find(name, make))


def _make_environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # White space as it stands, but for the lines of tags that put nothing there.
    made = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=WORDS, english=_mark_english, direction=find_direction)
    made.filters["web"] = keep_web
    return made


def _mark_english(language: str) -> Markup:
    from markupsafe import Markup

    return Markup(mark_english(language))  # noqa: S704 (our own text)


def mark_english(language: str) -> str:
    """Return the attributes of elements with words of ours on a page in `language`."""
    if language.partition("-")[0].lower() == "en":
        return ""
    return ' lang="en" dir="ltr"' if find_direction(language) == "rtl" else ' lang="en"'


def find_direction(language: str) -> str:
    """Return the direction of texts in `language`: `auto` if it is left to right.

    A title in Arabic may begin with a Latin name, by which a browser would judge it; one in
    English hardly with an Arabic one.
    """
    first, *more = language.lower().split("-")
    scripts = [part for part in more if len(part) == _SCRIPT]
    return "rtl" if (scripts[0] in _RTL_SCRIPTS if scripts else first in _RTL) else "auto"


def keep_web(url: str) -> str:
    """Return `url` if a page may lead there, else nothing: ``javascript:`` is an address too."""
    return url if url.startswith(("https://", "http://")) else ""


def escape_value(text: str) -> str:
    """Return escaped text, as the template engine would; its own type is three times slower."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def find_root(path: str) -> str:
    """Return the relative address of the top folder from the page of a feed."""
    return "../" * (path.count("/") + 1) if path else ""


class PageWords(NamedTuple):
    """English, whatever the language of the feeds: elements that show them say so."""

    what: str = (
        "A feed is a list of articles that a reader program looks at for you: give it one of these"
        " addresses, and whatever is published next comes to you."
    )
    subscribe: str = "Subscribe"
    copy: str = "Copy"
    copied: str = "Copied"
    copy_which: str = "the {} address"
    """Behind `copy`, for those who hear it: `Copy the Atom address`."""
    newest: str = "Newest"
    counted: str = "{}, newest {}"
    """A number of articles, and the date of the newest."""
    newest_of: str = "See the newest of"
    """With the title of the combined feed behind it."""
    more: str = "These are the newest {} of the {} articles in the feed."
    gone: str = "This feed has ended: none of its articles is published any more."
    moved: str = "This feed has moved."
    moved_to: str = "Its address is now"
    all_feeds: str = "All feeds"
    everything: str = "Everything in one feed"
    topics: str = "Topics"
    providers: str = "Providers"
    find: str = "Find a feed"
    none_found: str = "No feed has this in its name."
    opml: str = "All feeds as an OPML file"
    opml_why: str = "which reader programs import."
    article: str = "article"
    articles: str = "articles"


WORDS = PageWords()
#: As people call them, by format.
FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
