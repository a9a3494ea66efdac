"""What the arguments of several commands have in common."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..config import Config
from ..config_file import load_config
from ..errors import ConfigError, PublishError

CONFIG_NAME = "feedkit.toml"


class _Path(click.Path):
    """A path that is not empty: that would be the folder in which the command runs."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # type: ignore[override]
        if not value:
            self.fail("expected a path, got nothing", param, ctx)
        return Path(value)


PATH = _Path()

take_content = click.argument("content", nargs=-1, required=True, type=PATH)
take_config = click.option(
    "--config",
    "config_path",
    type=PATH,
    help=f"Settings; otherwise {CONFIG_NAME} in CONTENT or its parent.",
)
take_prepare = click.option(
    "--prepare",
    metavar="NAME",
    help="module:function, from this folder too, that changes or withholds an Article.",
)
take_prepare_version = click.option(
    "--prepare-version",
    metavar="TEXT",
    default="",
    help="Names what else NAME depends on than its module; change it whenever that changes.",
)
take_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one line of JSON on standard output; problems still go to standard error.",
)


def read_config(config_path: Path | None, content: tuple[Path, ...]) -> Config:
    """Return the settings that are named, or those that stand in a content folder or its parent.

    Raises:
        ConfigError: There are none, or they cannot be used.
        PublishError: There is no such content.
    """
    if path := config_path or find_config(content):
        return load_config(path)
    raise _miss_config(f"{content[0]} or its parent")


def read_config_above(config_path: Path | None, path: Path) -> Config:
    """Return the settings that are named, or those in the next folder above `path` with any.

    Raises:
        ConfigError: There are none, or they cannot be used.
    """
    folder = path.absolute()
    for place in (folder, *folder.parents):
        if not config_path and (place / CONFIG_NAME).is_file():
            config_path = place / CONFIG_NAME
    if config_path:
        return load_config(config_path)
    raise _miss_config(f"{path} or a folder above it")


def _miss_config(places: str) -> ConfigError:
    found = f"none in {places}; feedkit init writes one"
    return ConfigError(CONFIG_NAME, 0, "", found)


def find_config(content: tuple[Path, ...]) -> Path | None:
    """Return the settings that stand in a content folder or in its parent, None without any.

    Raises:
        PublishError: There is no such content.
    """
    for path in content:
        if not path.exists():
            raise PublishError(f"{path}: No such file or directory")
        folder = path.absolute()
        for place in (folder, folder.parent):
            if (place / CONFIG_NAME).is_file():
                return place / CONFIG_NAME
    return None


def count_processes() -> int:
    """Return how many processes a command uses at most."""
    return min(2, os.cpu_count() or 1)
