"""The command: arguments to one call and an exit status, results on stdout, problems on stderr.

The only room that reads the clock. There is one module for each command; `options` has the
arguments that commands share, and `output` what is printed and how each command ends. This module,
`cli` itself, loads the command that is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from .output import escape, fit, make_json, print_lines

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

    def main(self, args: Sequence[str] | None = None, *given: Any, **more: Any) -> Any:
        """Run the command line; `args` are those of the process unless given."""
        if args is None:
            _use_utf8()
        return super().main(args, *given, **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Store whether JSON is asked for, before the command parses its own arguments."""
        ctx.meta[_JSON] = "--json" in args[: args.index("--") if "--" in args else None]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors in its arguments are printed as JSON too, if asked for."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if ctx.meta[_JSON]:
                print_lines([make_json({}, error.exit_code, error.format_message())])
            # What it repeats of the arguments may be something that a terminal would obey.
            error.args, error.__dict__["message"] = (), fit(escape(error.message), sys.stderr)
            raise


def _use_utf8() -> None:
    """Start Python anew if it would not name files as addresses do, in UTF-8.

    It does so in a locale that says otherwise; what is printed goes by the locale all the same.
    """
    is_other = sys.getfilesystemencoding() != "utf-8" and "utf8" not in sys._xoptions
    if is_other and sys.executable and sys.orig_argv:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedkit-publisher")
def main() -> None:
    """Publish articles as Atom 1.0, RSS 2.0 and JSON Feed 1.1."""
