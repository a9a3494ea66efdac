"""What was read and published last time, in SQLite: it makes the next build small.

A cache, and nothing else: what is missing or damaged here costs time, never a wrong feed. It
lies beside OUT: one database, and the files of encoded records that its rows point into.
"""

from __future__ import annotations

from .folders import Folders, find_folder, has_cache, open_folders, read_clock

__all__ = ["Folders", "find_folder", "has_cache", "open_folders", "read_clock"]
