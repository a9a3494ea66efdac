"""One build of the golden records, shared by all that read feeds; ``--bless`` accepts it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

import feedkit

GOLDEN = Path(__file__).parent / "golden"
# How long an example takes is no matter of a test: machines differ, and may be busy.
settings.register_profile("feedkit", deadline=None)
settings.load_profile("feedkit")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Golden(NamedTuple):
    """What building the golden records came to."""

    out: Path
    report: feedkit.Report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="rewrite the golden files with what is built and said"
    )


@pytest.fixture(scope="session")
def build_golden(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Golden]:
    """Return what builds the golden records in a new folder."""

    def build(name: str) -> Golden:
        out = tmp_path_factory.mktemp(name) / "feeds"
        config = feedkit.load_config(GOLDEN / "feedkit.toml")
        return Golden(out, feedkit.build(GOLDEN / "content", out, config, now=NOW))

    return build


@pytest.fixture(scope="session")
def golden(build_golden: Callable[[str], Golden]) -> Golden:
    """The golden records, built once: the folder and the report."""
    return build_golden("golden")


@pytest.fixture(scope="session")
def built(golden: Golden) -> Path:
    """The folder of the golden records' feeds; not to be written to."""
    return golden.out
