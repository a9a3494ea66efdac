"""`feedkit list`: print the feeds that a build would write."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click

from ..config import Config
from ..selection.feeds import SelectedFeed
from .look import look_at, say_problems
from .options import load_prepare, read_config, take_config, take_content, take_json, take_prepare
from .output import end_with, escape, is_shown, make_json, print_text, render_table, say

_HEADS = ("feed", "articles", "related", "newest", "title")


class _FeedLine(NamedTuple):
    """One feed as it is listed."""

    path: str
    url: str
    kind: str
    title: str
    articles: int
    """Its entries that are records, and those that only related lists name."""
    related: int
    newest: str
    """RFC 3339."""


@click.command("list")
@take_content
@take_config
@take_prepare
@take_json
def list_command(
    content: tuple[Path, ...], config_path: Path | None, prepare: str | None, as_json: bool
) -> None:
    """List the feeds that CONTENT makes, and publish nothing.

    Each line has the path of a feed below OUT, the number of its entries that are records, the
    number that only related lists name, the newest date of publication, and the title, separated by
    tabs if the output is no terminal. Problems are printed as by build. Feeds that a first build
    would not make (min_articles, max_feeds) are counted, and not listed.

    Exit status: 0, no problem; 1, some records would be rejected; 2, nothing would be published.
    """

    def run() -> int:
        config = read_config(config_path, content)
        found = look_at(content, config, load_prepare(prepare), is_shown=not as_json)
        status, reason = say_problems(found, content)
        for line in found.unmade:
            say(line)
        feeds = [_describe(one, config) for one in found.selected]
        if as_json:
            known = {
                "feeds": [feed._asdict() for feed in feeds],
                "not_made": found.made.list_paths(),
            }
            text = make_json(known, status, reason) + "\n"
        elif is_shown(sys.stdout):
            days = (feed._replace(newest=feed.newest[:10]) for feed in feeds)
            text = render_table(_HEADS, map(_show, days)) if feeds else ""
        else:
            text = "".join("\t".join(_show(feed)) + "\n" for feed in feeds)
        return status if print_text(text) else max(status, 1)

    end_with(run, as_json=as_json)


def _describe(one: SelectedFeed, config: Config) -> _FeedLine:
    related = sum(not node.is_primary for node in one.nodes)
    newest = datetime.fromtimestamp(max(node.published for node in one.nodes), UTC)
    return _FeedLine(
        one.path,
        config.site.page_url(one.path),
        one.kind,
        one.title,
        len(one.nodes) - related,
        related,
        newest.isoformat()[:19] + "Z",
    )


def _show(feed: _FeedLine) -> Iterable[str]:
    shown = (feed.path or ".", str(feed.articles), str(feed.related), feed.newest, feed.title)
    return map(escape, shown)
