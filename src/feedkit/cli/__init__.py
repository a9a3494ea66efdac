"""Arguments to one call and an exit status: results on stdout, problems on stderr.

The only room that reads the clock. One module for each command; `options` is what their
arguments have in common, `ending` how each ends, `say` what is said and how.
"""

from __future__ import annotations

import click

from .build import build_command
from .check import check_command
from .explain import explain_command
from .init import init_command
from .list import list_command
from .update import update_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedkit-publisher")
def main() -> None:
    """Publish articles as Atom 1.0, RSS 2.0 and JSON Feed 1.1."""


for command in (
    *(init_command, check_command, list_command, explain_command),
    *(build_command, update_command),
):
    main.add_command(command)
