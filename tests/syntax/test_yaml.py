"""YAML 1.2, as yaml-rs reads it and as PyYAML does where yaml-rs does not install."""

import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedkit.syntax.front_matter import split_document
from feedkit.syntax.lines import Lines
from feedkit.syntax.yaml import YamlError, load_with_pyyaml, load_yaml
from paths import ROOT

EXAMPLES = sorted((ROOT / "examples" / "content").rglob("2*.md"))
LOADERS = [load_yaml, load_with_pyyaml]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{last}'] * 10)}]\n"
    for last, name in zip("abcdef", "bcdefg", strict=True)
)

PLAIN = [
    ("NO", "NO"),
    ("on", "on"),
    ("Yes", "Yes"),
    ("y", "y"),
    ("true", True),
    ("FALSE", False),
    ("tRUE", "tRUE"),
    ("~", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("", None),
    ("010", 10),
    ("0o17", 15),
    ("0O17", 15),
    ("0o8", "0o8"),
    ("-0x1f", -31),
    ("0b11", 3),
    ("0b2", "0b2"),
    ("0x_1F", 31),
    ("0x_", "0x_"),
    ("1_000", 1000),
    ("_1", 1),
    ("__", "__"),
    ("+12", 12),
    ("1" * 30, int("1" * 30)),
    ("1.10", 1.1),
    ("1.", 1.0),
    (".5", 0.5),
    ("._5", 0.5),
    (".", "."),
    ("1.2.3", "1.2.3"),
    ("1e3", 1000.0),
    ("1e", "1e"),
    ("685_230.15", 685230.15),
    ("1e400", float("inf")),
    ("-.INF", float("-inf")),
    ("12:30:45", "12:30:45"),
    ("2026-01-31", "2026-01-31"),
    ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ("2026-13-45", "2026-13-45"),
    ("=", "="),
    ("١", "١"),
    ("a #b", "a"),
    ("a\x85b\u2028c", "a\x85b\u2028c"),
    ("a\x07b", "a\x07b"),
    ("a\0b", "a\x01b"),
    ("a\ud83d", "a\ud83d"),
    ("'it''s'", "it's"),
    (r'"\ud83d\ude00"', "😀"),
    (r'"\ud83d"', "\ud83d"),
    (r'"\/\x41\u00e9"', "/Aé"),
    ("!!str 5", "5"),
    ("!!int '5'", 5),
    ("!!float 5", 5.0),
    ("!!binary aGk=", "aGk="),
    ("!own 5", "5"),
    ("!own {b: 1}", {"b": 1}),
    ("!!set {b}", {"b"}),
    ("!!omap [b: 1]", [{"b": 1}]),
    ("|\n  b\n  c\n", "b\nc\n"),
    (">-\n  b\n  c\n\n  d\n", "b c\nd"),
    ("b\n  c", "b c"),
    ("[no, 010, ]", ["no", 10]),
    ("{b: 1, c: }", {"b": 1, "c": None}),
]


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(("text", "value"), PLAIN, ids=[ascii(text)[:24] for text, _ in PLAIN])
def test_a_value_means_what_yaml_1_2_says(load: object, text: str, value: object) -> None:
    assert callable(load)
    assert repr(load(f"a: {text}")) == repr({"a": value})


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("- a\n- 1", ["a", 1]),
        ("1: a\n'1': b\n~: c", {1: "a", "1": "b", None: "c"}),
        ("[a]: 1\n{b: 2}: 3", {("a",): 1, frozenset({("b", 2)}): 3}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("a: &x [*x]", {"a": [None]}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: &x 1\nb: [" + "*x," * 10_000 + "]", {"a": 1, "b": [1] * 10_000}),
        ("a: " + "[" * 150 + "]" * 150, None),
    ],
    ids=range(11),
)
def test_a_document_means_what_yaml_1_2_says(load: object, text: str, value: object) -> None:
    assert callable(load)
    found = load(text)
    assert value is None or found == value
    assert repr(found) == repr(load_yaml(text))


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: c: d", 2),
        ("a: 1\nb: @x", 2),
        ("a: 1\nb: *x", 2),
        ("related:\n- title: a\n- title: b\ntitle: c\ntitle: d", 5),
        ("a:\n  1: b\n  0x1: c", 3),
        ("a: 1\nb: !!int x", 2),
        ("a: 1\nb: !!bool yes", 2),
        ("a: 1\nb: !!timestamp 2026-01-31", 2),
        ("a: 1\nb: !!python/name:os.system", 2),
        ("a: " + "[" * 100_000, 1),
        (BOMB, 4),
        ("a: &x [1, 1]\nb: [" + "*x," * 2501 + "]", 2),
    ],
    ids=range(12),
)
def test_what_is_no_yaml_says_its_line(load: object, text: str, line: int) -> None:
    assert callable(load)
    with pytest.raises(YamlError) as caught:
        load(text)
    assert caught.value.line == line
    assert "\n" not in caught.value.reason


def test_both_say_the_same_of_a_key_that_stands_twice() -> None:
    reasons = []
    for load in LOADERS:
        with pytest.raises(YamlError) as caught:
            load("a: 1\n'a': 2")
        reasons.append(caught.value.reason)
    assert reasons == ["duplicate mapping key: 'a'"] * 2


@pytest.mark.parametrize("load", LOADERS)
def test_an_alias_shares_nothing_that_could_be_changed_twice(load: object) -> None:
    assert callable(load)
    found = load("a: &x [1]\nb: *x")
    assert found["a"] is not found["b"]


@given(st.text("0123456789_+-.eExXoObBaAfFiInN", min_size=1, max_size=6))
@example("_-0")
@example("1e_-2")
def test_both_read_every_number_alike(text: str) -> None:
    outcomes = []
    for load in LOADERS:
        try:
            outcomes.append(repr(load(f"a: {text}")))
        except YamlError:
            outcomes.append("error")
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_both_read_the_examples_alike(path: Path) -> None:
    block = split_document(path.read_text(encoding="utf-8")).block
    assert load_with_pyyaml(block) == load_yaml(block)


def test_nesting_is_refused_before_the_stack_ends() -> None:
    limit = sys.getrecursionlimit()
    with pytest.raises(YamlError, match="nested deeper than 200 levels"):
        load_with_pyyaml("- " * limit + "x")


@pytest.mark.parametrize("deep", ["- " * 201 + "a", "".join(" " * n + "a:\n" for n in range(450))])
def test_nesting_in_blocks_is_refused_wherever_it_stands(deep: str) -> None:
    for offset in range(100):
        with pytest.raises(YamlError, match="nested deeper than 200 levels"):
            load_yaml(f"#{' #' * offset}\n{deep}")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("b", 1, "c"), 4),
        (("b", 1, "missing"), 4),
        (("b", 7), 2),
        (("d", 0, "e"), 6),
        (("missing",), 1),
        (("a", "too", "deep"), 1),
    ],
)
def test_a_line_is_that_of_the_value_or_of_what_holds_it(
    path: tuple[str | int, ...], line: int
) -> None:
    assert Lines("a: 1\nb:\n- c: 2\n- c: 3\nd:\n  e: 4").find(path) == line


@pytest.mark.parametrize("text", ["a: [", "[" * 5000])
def test_a_line_in_what_is_no_yaml_is_the_first(text: str) -> None:
    assert Lines(text).find(("a",)) == 1


def test_lines_of_what_is_too_long_are_not_known() -> None:
    assert Lines("b: 1\na: 2\n" + "#" * 2**20).find(("a",), 3) == 0


def test_a_line_is_found_in_json_indented_with_tabs() -> None:
    assert Lines('{\n\t"a": 1,\n\t"b": 2\n}').find(("b",)) == 3
