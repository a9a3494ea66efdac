"""`feedkit serve`: serve published feeds on this machine."""

from __future__ import annotations

from collections.abc import Generator
from itertools import repeat
from pathlib import Path
from time import sleep

import click

from .options import (
    PATH,
    BuildArguments,
    need_extra,
    read_config,
    take_config,
    take_prepare,
    take_prepare_version,
)
from .output import end_with, print_lines, run_endless


@click.command("serve")
@click.argument("out", type=PATH)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0: any free port.",
)
@click.option(
    "--watch",
    "content",
    metavar="CONTENT",
    multiple=True,
    type=PATH,
    help="Build OUT from CONTENT at every change, and reload open pages.",
)
@take_config
@take_prepare
@take_prepare_version
def serve_command(
    out: Path,
    port: int,
    content: tuple[Path, ...],
    config_path: Path | None,
    prepare: str | None,
    prepare_version: str,
) -> None:
    """Serve the files of OUT on 127.0.0.1, to look at them, until Ctrl-C.

    Links in feeds lead to the address in the settings. With --watch, OUT is built as by the build
    command, with the same settings.

    Exit status: 0, ended by a signal; 2, nothing to serve, or the port is taken.
    """
    asked = BuildArguments(
        out=out, config_path=config_path, prepare=prepare, prepare_version=prepare_version
    )
    if not content and asked != BuildArguments(out=out):
        raise click.UsageError("--config and --prepare are of no use without --watch")
    end_with(lambda: run_endless(_serve(asked, port, content)))


def _serve(
    asked: BuildArguments, port: int, content: tuple[Path, ...]
) -> Generator[None, None, None]:
    with need_extra("serve"):
        from ..serve import HOST, find_site, serve_folder
    if not content:
        site = find_site(asked.out)
        with serve_folder(asked.out, port, is_live=False) as found:
            print_lines([f"http://{HOST}:{found}/ shows the feeds of {site}"])
            yield from map(sleep, repeat(1))
    config = read_config(asked.config_path, content)
    with need_extra("watch"):
        from .rounds import watch_content
    rounds = watch_content(content, asked, asked.make_options())
    with serve_folder(asked.out, port, is_live=True) as found:
        next(rounds)
        print_lines([f"http://{HOST}:{found}/ shows the feeds of {config.site.url}"])
        yield from rounds
