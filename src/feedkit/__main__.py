"""`python -m feedkit`: the command, where no PATH leads to it."""

from __future__ import annotations

from .cli import main

main()
