"""`python -m feedkit`: the command, where no PATH leads to it."""

from .cli import main

main()
