"""The records and feeds of the last build, stored in SQLite to make the next build small.

It is a cache: anything missing or damaged here costs time, and never makes a feed wrong. It is
one database beside files of encoded records, to which its rows point.
"""

from __future__ import annotations

from .folders import CacheFolders, find_folder, has_cache, open_folders, read_clock

__all__ = ["CacheFolders", "find_folder", "has_cache", "open_folders", "read_clock"]
