"""One build: `build`, `update` and `plan`, from sources to published files and a Report.

`pipeline` decides which way is the shorter: `incremental`, from the changed records and their
neighbours, or `full`, from all records. Both end in `release` and `report`.
"""

from __future__ import annotations
