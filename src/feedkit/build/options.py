"""The options that `build`, `update` and `plan` share, documented once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypedDict, cast

if TYPE_CHECKING:
    from .analysis import Progress
    from .indexing import Prepare


class BuildOptions(TypedDict, total=False):
    """Keyword arguments of `build`, `update` and `plan`, all of which may be left out.

    Attributes:
        prepare: A function that is called with each Article, of any state, and returns it, another
            Article in its place, or None to withhold it. It must depend on its argument alone.
            Default: none.
        prepare_version: Names what `prepare` does. Change it whenever `prepare` changes; otherwise
            records that did not change are published as the old function left them. Default: "".
        jobs: The largest number of processes. Fewer are used for a small corpus, and one if another
            thread is running. Default: 1.
        wait: Seconds to wait for another build of `out` to end. Default: 0.
        prune: Delete the files of feeds that have no article left, and the folders that become
            empty, after the feeds were published empty. Nothing else is ever deleted.
            Default: False.
        strict: Publish nothing if a record, or an item of a related list, is rejected;
            `Report.exit_status` is 2 then, and `Report.problems` says why. Default: False.
        allow_resurface: Publish feeds that show published entries under new ids, which readers take
            for new articles. Otherwise a feed with more than `max_resurfaced` of them stays as it
            was published, and `Report.held` names it. Default: False.
        allow_shrink: Publish feeds that lose most of their entries though no record withholds
            these. Otherwise such feeds stay as they were published too. Default: False.
        previous: A folder or http(s) address where the feeds are published. If `out` holds no
            feeds, the new feeds are compared with those, and feeds that are held back are copied
            from there. Default: None.
        previous_timeout: Seconds that a server at `previous` may take in all. Whatever the value, a
            server that sends nothing for 30 seconds is given up. Default: 600.
        cache: The folder of the cache, which lets the next build read only what changed. True: a
            folder beside `out`. False: no cache. If nothing can be stored, a note of the report
            says why. Default: True.
        on_progress: A function that is called with the name of a step, the number of things done,
            and the number of all. Default: none.
    """

    prepare: Prepare | None
    prepare_version: str
    jobs: int
    wait: float
    prune: bool
    strict: bool
    allow_resurface: bool
    allow_shrink: bool
    previous: str | os.PathLike[str] | None
    previous_timeout: float
    cache: str | os.PathLike[str] | bool
    on_progress: Progress


DEFAULTS: BuildOptions = {
    "prepare": None,
    "prepare_version": "",
    "jobs": 1,
    "wait": 0,
    "prune": False,
    "strict": False,
    "allow_resurface": False,
    "allow_shrink": False,
    "previous": None,
    "previous_timeout": 600,
    "cache": True,
    "on_progress": lambda step, done, total: None,
}
"""What an option is if it is left out."""


def complete_options(function: str, options: BuildOptions) -> BuildOptions:
    """Return options with the default of each that is left out.

    Args:
        function: The name of the function that was called with `options`.
        options: Its keyword arguments.

    Raises:
        TypeError: There is no option of a name.
    """
    for name in cast("dict[str, Any]", options):
        if name not in DEFAULTS:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
    return {**DEFAULTS, **options}
