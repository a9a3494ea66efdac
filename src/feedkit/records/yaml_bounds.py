"""What both YAML parsers are held to, and what they raise."""

#: Nodes and characters that aliases may add to one record, and levels that it may be deep.
MAX_ALIASED, MAX_ALIASED_TEXT, MAX_DEPTH = 10_000, 2**20, 200


class YamlError(Exception):
    """Text that is not YAML 1.2: the reason, and its line counted from 1 (0: unknown)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line
