"""Arguments to one call and an exit status: results on stdout, problems on stderr.

The only room that reads the clock. One module for each command; `options` is what their
arguments have in common, `ending` how each ends, `say` what is said and how.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from .say import make_json, print_lines

_COMMANDS = ("init", "check", "list", "explain", "build", "update", "serve", "doctor")

_JSON = f"{__name__}.json"


class _Commands(click.Group):
    """The commands, each loaded when it is asked for: together they need all there is."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f".{cmd_name}", __name__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether JSON is asked for, before a command has said what it takes."""
        ctx.meta[_JSON] = "--json" in args[: args.index("--") if "--" in args else None]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what is wrong with its arguments is said as JSON too, if asked for."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if ctx.meta[_JSON]:
                print_lines([make_json({}, error.exit_code, error.format_message())])
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedkit-publisher")
def main() -> None:
    """Publish articles as Atom 1.0, RSS 2.0 and JSON Feed 1.1."""
