"""Links to other articles as entries show them: one text for lists in HTML, one for XML."""

from __future__ import annotations

from typing import NamedTuple

from ..feed import Link
from .escape import escape_text, escape_value, format_instant


class LinkText(NamedTuple):
    """One link, its parts escaped once for all formats."""

    #: An item of a list in HTML.
    item: str
    #: The attributes of a ``rel="related"`` link.
    attributes: str
    #: RFC 3339.
    published: str


def show_link(link: Link) -> LinkText:
    """Return how all formats show `link`."""
    url, title = escape_value(link.url), escape_text(link.title)
    published = format_instant(link.published)
    provider, name = "", link.title
    if link.provider:
        provider, name = f"{escape_text(link.provider)}, ", f"{link.title} – {link.provider}"
    return LinkText(
        f'<li><a href="{url}">{title}</a> – {provider}{published[:10]}</li>',
        # Never another rel: Liferea takes every one it does not know for alternate.
        f'rel="related" type="text/html" href="{url}" title="{escape_value(name)}"',
        published,
    )
