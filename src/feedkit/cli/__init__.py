"""Arguments to one call and an exit status: results on stdout, problems on stderr.

The only room that reads the clock. One module for each command; `options` is what their
arguments have in common, `ending` how each ends, `say` what is said and how.
"""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = ("init", "check", "list", "explain", "build", "update", "serve", "doctor")


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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedkit-publisher")
def main() -> None:
    """Publish articles as Atom 1.0, RSS 2.0 and JSON Feed 1.1."""
