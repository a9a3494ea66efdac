"""`feedkit init`: write a first feedkit.toml."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from pathlib import Path

import click

from ..build.analysis import Analysis
from ..build.scaffold import KnownSettings, write_settings
from ..config import Config
from ..config.feed_info import DataSettings
from ..config.settings import Site
from ..config.taxonomy import add_known
from ..errors import ConfigError
from ..files.publishing import create_file
from ..models import Article
from .look import look_at, say_problems
from .options import CONFIG_NAME, PATH, find_config
from .output import end_with, escape, print_lines

_DATA = ("topics", "organizations")


@click.command("init")
@click.argument("content", type=PATH)
@click.option(
    "--config", "config_path", type=PATH, help=f"The file. Default: {CONFIG_NAME} in CONTENT."
)
@click.option("--title", default="", help="The title of the site. Default: a guess.")
@click.option("--url", default="", help="The address of the feeds. Default: a guess.")
def init_command(content: Path, config_path: Path | None, title: str, url: str) -> None:
    """Write a first feedkit.toml for CONTENT.

    Comments name the topics and providers that were found. Nothing is asked, and no file is
    replaced.

    Exit status: 0, written; 2, not: a file is there, or no record is of use.
    """

    def run() -> int:
        path = _choose_place(content, config_path)
        site = _make_site(title, url)
        languages: Counter[str] = Counter()

        def count_language(article: Article) -> Article:
            if article.state == "published" and article.language:
                languages[article.language] += 1
            return article

        folder, home = content.absolute(), path.absolute().parent
        data = _find_data(folder, home, site)
        used = {key: str((home / name).resolve()) for key, (name, why) in data.items() if not why}
        config = Config(site=site, data=DataSettings(**used))
        # In one process: what another counts stays there.
        found = look_at((content,), config, count_language, jobs=1)
        if not found.selected:
            return say_problems(found, (content,))[0]
        folders = folder.name, folder.parent.name
        known = KnownSettings(title, url, escape(str(content)), folders, data)
        create_file(path, write_settings(known, found.resolved, languages).encode())
        return 0 if print_lines(_list_steps(content, path, found)) else 1

    end_with(run)


def _make_site(title: str, url: str) -> Site:
    """Return the given site, or a placeholder while records are read."""
    try:
        return Site(title=title or "-", url=url or "https://example.org/")
    except ConfigError as error:
        option = error.field.replace("site.", "--")
        raise ConfigError("", 0, option, error.found, error.wanted) from error


def _choose_place(content: Path, config_path: Path | None) -> Path:
    """Return the path of the new settings, where other commands find them."""
    known = find_config((content,))
    if config_path:
        return config_path
    if known:
        raise ConfigError(str(known), 0, "", "settings are there; --config FILE writes others")
    return (content if content.is_dir() else content.parent) / CONFIG_NAME


def _find_data(content: Path, home: Path, site: Site) -> dict[str, tuple[str, str]]:
    """Return the data folders in the content or beside it, with the problem of each.

    They are called as from `home`, the folder of the settings.
    """
    found: dict[str, tuple[str, str]] = {}
    for key in _DATA:
        for place in (content, content.parent):
            if (folder := place / "data" / key).is_dir() and key not in found:
                name = Path(os.path.relpath(folder, home)).as_posix()
                found[key] = name, escape(_try_data(key, name, home, site))
    return found


def _try_data(key: str, name: str, home: Path, site: Site) -> str:
    """Return the problem of a data folder, empty if there is none."""
    try:
        name.encode()
        data = DataSettings(topics=name) if key == "topics" else DataSettings(organizations=name)
        add_known(Config(site=site, data=data), {}, home)
    except ConfigError as error:
        return str(error)
    except UnicodeEncodeError:
        return "its name is no UTF-8"
    return ""


def _list_steps(content: Path, path: Path, found: Analysis) -> list[str]:
    """Return lines about what was written and the next steps."""
    kinds = Counter(feed.kind for feed in found.selected)
    counts = {"article": found.resolved.articles, "topic": kinds["topics"]}
    counts["provider"] = kinds["providers"]
    told = (f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    lines = [f"Wrote {path}: {', '.join(told)}."]
    place = "" if find_config((content,)) == path.absolute() else f" --config {_quote(path)}"
    if found.errors:
        lines.append(f"Not every record can be used: feedkit check {_quote(content)}{place}")
    build = f"feedkit build {_quote(content)}{place} --out feeds"
    return [*lines, f"Look at title and url in it, then: {build}"]


def _quote(path: Path) -> str:
    return shlex.quote(str(path))
