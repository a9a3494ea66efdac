"""What both YAML parsers are held to, and what they raise."""


class YamlError(Exception):
    """Text that is not YAML 1.2: the reason, and its line counted from 1 (0: unknown)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line
