"""Files in groups, each with a digest: where it is the same, all files of the group are.

So a build after which nothing changed looks at a few hundred digests, not at what is kept of
each file; and what has changed is looked for among the files of a few groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
from zlib import crc32

from ..scan import Entry

#: At 100,000 files 400 in each.
GROUPS = 256


def find_group(path: bytes) -> int:
    """Return the number of the group of what is at a path."""
    return crc32(path) % GROUPS


def group_entries(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return files by the number of their group."""
    groups: list[list[Entry]] = [[] for _ in range(GROUPS)]
    for entry in entries:
        groups[crc32(entry[0]) % GROUPS].append(entry)
    return groups


def find_changed(groups: Sequence[Sequence[Entry]], digests: Mapping[int, bytes]) -> list[int]:
    """Return the numbers of the groups that are not as they were.

    Args:
        groups: As they are.
        digests: By number, what they were; of one without files nothing is kept.
    """
    empty = digest_group(())
    return [
        number
        for number, group in enumerate(groups)
        if digest_group(group) != digests.get(number, empty)
    ]


def digest_group(group: Iterable[Entry]) -> bytes:
    """Return what tells a group from any other.

    No path or name holds a NUL (path_resolution(7)), and stamps are of one length.
    """
    return blake2b(b"\0".join(chain.from_iterable(sorted(group))), digest_size=16).digest()
