"""What is said of each wrong setting, word for word: tests/golden_settings.txt.

``make bless`` accepts what is said now: read the difference like code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedkit
from paths import TESTS

GOLDEN = TESTS / "golden_settings.txt"
SITE = '[site]\ntitle = "A"\nurl = "https://example.org/feeds"\n'
#: By what is wrong: the settings, which follow `SITE` where they have no site, and what is said.
CASES = {
    name: (settings, said)
    for name, settings, said in re.findall(
        r"^=== (.*)\n((?:.*\n)*?)--- (.*)$", GOLDEN.read_text("utf-8"), re.MULTILINE
    )
}
#: Where else whole texts of errors in settings, data files and ids are.
OTHERS = [
    *("test_config.py", "test_data_files.py", "test_ids.py", "test_settings_in_python.py"),
    "golden_cli/*.txt",
]


def say(folder: Path, settings: str) -> str:
    text = settings if settings.startswith("[site") else SITE + settings
    (folder / "feedkit.toml").write_text(text, "utf-8")
    with pytest.raises(feedkit.ConfigError) as found:
        feedkit.load_config(folder / "feedkit.toml")
    return str(found.value).replace(f"{folder}/", "")


def test_every_wrong_setting_is_said_as_was_accepted(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    said = {name: (settings, say(tmp_path, settings)) for name, (settings, _) in CASES.items()}
    if request.config.getoption("--bless"):
        blocks = (f"=== {name}\n{text}--- {error}\n" for name, (text, error) in said.items())
        GOLDEN.write_text("".join(blocks), "utf-8")
    else:
        assert said == CASES


def test_every_reason_that_settings_are_refused_for_is_in_an_accepted_text() -> None:
    texts = [GOLDEN, *(path for pattern in OTHERS for path in TESTS.rglob(pattern))]
    accepted = "".join(path.read_text("utf-8") for path in texts)
    accepted = re.sub(r'"\s*\n\s*f?"', "", accepted)  # texts in tests may be broken
    assert [text for text in list_reasons() if text not in accepted] == []


def list_reasons() -> Iterator[str]:
    """Yield the words in every call of ConfigError, and of what is wanted in it."""
    for path in sorted(Path(feedkit.__file__).parent.rglob("*.py")):
        source = path.read_text("utf-8")
        if "ConfigError(" in source:
            for node in ast.walk(ast.parse(source)):
                if is_reason(node):
                    yield from (text for text in list_texts(node) if re.search(r"\w \w", text))


def is_reason(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id.lower() in ("wanted", "_wanted")
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return is_call and node.func.id == "ConfigError"  # type: ignore[attr-defined]


def list_texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
