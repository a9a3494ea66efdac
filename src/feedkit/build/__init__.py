"""One build: `build`, `update` and `plan`, from sources to published files and a Report.

`pipeline` chooses between `incremental`, which starts from the changed records and their
neighbours, and `full`, which reads all rows. Both end in `release`, which also makes the Report.
"""

from __future__ import annotations
