"""`feedkit explain`: print where one article stands, and why it stands nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import click
import msgspec

from ..build.explain import (
    ExplainSources,
    Explanation,
    FeedPosition,
    explain_file,
    explain_url,
    find_nearest,
)
from ..errors import hide_password
from ..files.discovery import explain_unread, find_spellings
from ..files.globs import make_matcher
from ..sources import read_articles
from .look import look_at
from .options import load_prepare, read_config, take_config, take_content, take_json, take_prepare
from .output import end_with, make_json, print_lines, say


@click.command("explain")
@click.argument("article", metavar="PATH|URL")
@take_content
@take_config
@take_prepare
@take_json
def explain_command(
    article: str,
    content: tuple[Path, ...],
    config_path: Path | None,
    prepare: str | None,
    as_json: bool,
) -> None:
    """Print the feeds that contain an article, and why others do not.

    Name the article by its file or its address. All records in CONTENT are read, and nothing is
    published. The output has the address and the files of the article, the effect of its records
    and of the lists that name it, and every feed of its topics and provider with its position.

    Exit status: 0, the article is known; 2, it is not.
    """

    def run() -> int:
        config = read_config(config_path, content)
        found = look_at(content, config, load_prepare(prepare), is_shown=not as_json)
        places = [str(path) for path in content]
        is_left_out = make_matcher(config.exclude.files, places)
        sight = ExplainSources(partial(read_articles, config=config), is_left_out)
        is_url = article.lower().startswith(("http://", "https://"))
        if is_url:
            known = explain_url(found, config, article, sight)
        else:
            known = explain_file(found, config, find_spellings(article), sight)
        if not known:
            nearest = find_nearest(found, article)
            hint = f"; the nearest is {nearest}" if nearest else ""
            missing = f"not found in {', '.join(places)}{hint}"
            why = missing if is_url else explain_unread(article, places) or missing
            reason = f"{hide_password(article)}: {why}"
            say(f"feedkit: {reason}")
            if as_json:
                print_lines([make_json({"articles": []}, 2, reason)])
            return 2
        if as_json:
            lines: Iterable[str] = [make_json({"articles": msgspec.to_builtins(known)}, 0)]
        else:
            lines = (line for one in known for line in _list_lines(one))
        return 0 if print_lines(lines) else 1

    end_with(run, as_json=as_json)


def _list_lines(one: Explanation) -> Iterator[str]:
    if not one.url:  # a file without an article
        yield from one.reasons
        return
    yield f"{one.url}: {', '.join(one.records) or 'no record of its own'}"
    yield from (f"  {reason}" for reason in one.reasons)
    yield from (f"  {_describe(feed)}" for feed in one.feeds)
    if not one.feeds:
        yield "  in no feed"


def _describe(feed: FeedPosition) -> str:
    place = f"place {feed.place} of {feed.total}"
    return f"{feed.path or '.'}: {place if feed.is_there else f'no, {feed.reason}: {place}'}"
