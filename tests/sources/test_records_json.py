"""JSON files and JSON lines to articles, and the one line for each record that is bad."""

import json
import sys

import pytest
from test_records import CORE, NOON

from feedkit.models import Article
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import read_json, read_json_lines


@pytest.mark.parametrize(
    "text", [json.dumps(CORE), json.dumps([CORE]), json.dumps({"count": 1, "value": [CORE]})]
)
def test_json_is_a_record_a_list_or_a_value_list(text: str) -> None:
    assert [made.article for made in read_json(text, "a.json", ReadSettings())] == [
        Article(url="https://example.org/a", title="A", published=NOON)
    ]


def test_a_record_may_hold_a_key_that_is_called_value() -> None:
    text = json.dumps({**CORE, "value": [CORE, 5]})
    assert [
        made.article and made.article.title for made in read_json(text, "a.json", ReadSettings())
    ] == ["A"]


JSON_LIST = """\
{"next": {"value": [1]}, "value": [
  {"title": "A", "webUrl": "https://example.org/a", "date": "2026-01-31"},
  5,
  {"title": "B", "webUrl": "https://example.org/b",
\t"date": "soon"},
  {"title": "C",
   "title": "D"},
  {"heat": 5},
  {"title": "E", "webUrl": "https://example.org/e", "date": "2026-01-31", "\\ud800": 1}
]}
"""


def test_a_bad_record_in_a_list_costs_no_other() -> None:
    found = list(read_json(JSON_LIST, "a.json", ReadSettings()))
    assert [made.article and made.article.title for made in found] == ["A", *[None] * 4, "E"]
    assert [str(error) for made in found for error in made.errors] == [
        "a.json:3: expected a mapping of fields, got 5",
        "a.json:5: date: expected a date such as 2026-01-31T12:00:00Z, got 'soon'",
        "a.json:7: JSON: duplicate mapping key: 'title'",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "a.json:1: JSON: Expecting value"),
        ('{"title": "A"\n"a": 1}', "a.json:2: JSON: Expecting ',' delimiter"),
        ('{"a": 1,\n"a": 2}', "a.json:2: JSON: duplicate mapping key: 'a'"),
        ('{"value": [], "value": [{}]}', "a.json:1: JSON: duplicate mapping key: 'value'"),
        ('{"a": ' + "[" * 100_000, "a.json:1: JSON: nested too deep"),
        ('{"a": ' + "9" * 5000 + "}", "a.json:1: JSON: a number of too many digits"),
        ("5", "a.json:1: expected a mapping of fields, got 5"),
    ],
    ids=range(7),
)
def test_json_that_cannot_be_used_gets_one_line(text: str, error: str) -> None:
    found = [
        str(error) for made in read_json(text, "a.json", ReadSettings()) for error in made.errors
    ]
    assert found == [error]


@pytest.mark.parametrize("key", ["webUrl", "title"], ids=["wrong", "twice"])
def test_a_record_as_deep_as_can_just_be_read_gets_one_line(key: str) -> None:
    read = 0
    for depth in range(sys.getrecursionlimit(), 0, -1):  # the stack that is left decides
        text = f'[{{"title": "A", "{key}": "B", "a": {"[" * depth}{"]" * depth}}}]'
        (error,) = (
            error for made in read_json(text, "a.json", ReadSettings()) for error in made.errors
        )
        read += "nested too deep" not in str(error)
        if read > 8:
            break
    assert read > 8


def test_json_lines_are_a_record_each() -> None:
    text = f'{json.dumps(CORE)}\n\n{{"title": 5}}\n{{\n{{"a": 1, "a": 2}}\n{json.dumps(CORE)}'
    found = list(read_json_lines(text, "a.jsonl", ReadSettings()))
    assert [made.article is not None for made in found] == [True, False, False, False, True]
    assert [str(error).partition(" ")[0] for made in found for error in made.errors] == [
        "a.jsonl:3:",
        "a.jsonl:4:",
        "a.jsonl:5:",
    ]


def test_a_remark_on_a_record_of_json_has_its_line() -> None:
    second = {"title": "B", "url": "https://example.org/b", "tags": ["C"], "date": "2026-01-31"}
    text = f'[\n{{"title": "A"}},\n{json.dumps(second)}]'
    settings = ReadSettings(has_remarks=True)
    plain, tagged = read_json(text, "a.json", settings)
    assert plain.unread == ()
    assert [str(one) for one in tagged.unread] == ["a.json:3: tags: not read; did you mean topics?"]


def write_list(*records: str) -> str:
    return "[\n" + ",\n".join(records) + "\n]"


UNDATED = {**CORE, "publishedDateTime": "soon"}
GOOD = json.dumps({**CORE, "url": "https://example.org/good"})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("9" * 5000, "a number of too many digits"),
        ("-" + "1" * 5000, "a number of too many digits"),
        ("[" * 1200 + "]" * 1200, "nested too deep"),
        ('{"b":' * 1200 + "1" + "}" * 1200, "nested too deep"),
        ('[{"b":' * 100_000 + "1" + "}]" * 100_000, "nested too deep"),
        ('{"b": 1, "b": 2}', "duplicate mapping key: 'b'"),
        ('{"b\\u0062": 1,\t"bb": 2}', "duplicate mapping key: 'bb'"),
    ],
    ids=range(7),
)
@pytest.mark.parametrize("wrap", ["{}", '{{"count": [[1]], "value": {}}}'], ids=["list", "value"])
def test_a_value_that_cannot_be_decoded_costs_its_record_alone(
    value: str, reason: str, wrap: str
) -> None:
    bad = '{"title": "[\\"{",\n"a": ' + value + "}"
    text = wrap.format(write_list(GOOD, bad, GOOD, bad, json.dumps(UNDATED)))
    found = list(read_json(text, "a.json", ReadSettings()))
    assert [made.article is not None for made in found] == [True, False, True, False, False]
    errors = [str(error) for made in found for error in made.errors]
    lines = (4, 7) if "key" in reason else (3, 6)
    assert errors[:2] == [f"a.json:{line}: JSON: {reason}" for line in lines]
    assert errors[2].startswith("a.json:8: publishedDateTime: ")


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        ("}", "a.json:5: JSON: Extra data"),
        (", {}]", "a.json:5: JSON: Extra data"),
        ('{"a" 1}', "a.json:5: JSON: Extra data"),
    ],
)
def test_a_text_that_is_no_json_is_one_error_whatever_its_records_are(
    rest: str, error: str
) -> None:
    text = write_list(GOOD, '{"a": ' + "9" * 5000 + "}", GOOD) + rest
    found = list(read_json(text, "a.json", ReadSettings()))
    assert [str(one) for made in found for one in made.errors] == [error]
    inner = write_list(GOOD, '{"a": ' + "9" * 5000 + "}", GOOD + rest)
    found = list(read_json(inner, "a.json", ReadSettings()))
    assert [made.article for made in found] == [None]


def test_a_record_with_a_list_called_value_is_one_record() -> None:
    text = json.dumps({**CORE, "value": [1]}).replace("[1]", f"[{'9' * 5000}]")
    found = list(read_json(text, "a.json", ReadSettings()))
    assert [str(error) for made in found for error in made.errors] == [
        "a.json:1: JSON: a number of too many digits"
    ]


def test_innocent_records_with_brackets_quotes_and_digits_are_read() -> None:
    records = [
        {**CORE, "excerpt": '[{"}]\\"'},
        {**CORE, "own": 10**4000},
        {**CORE, "own": [[[[[1]]]]], "heat": -5},
        {**CORE, "": {"": {"": 1}}, "a": {"a": 1}},
    ]
    for indent in (None, 2, "\t"):
        text = json.dumps(records, indent=indent)
        found = list(read_json(text, "a.json", ReadSettings()))
        assert [made.errors for made in found] == [()] * 4
        assert all(made.article for made in found)


def test_lines_in_json_are_those_of_the_values() -> None:
    text = json.dumps(
        [
            CORE,
            {
                "a": [{"]": 1}],
                "related": [{"title": "B"}, UNDATED],
                **CORE,
            },
        ],
        indent=1,
    )
    found = list(read_json(text, "a.json", ReadSettings()))
    lines = text.split("\n")
    errors = [error for made in found for error in made.errors]
    assert [error.field for error in errors] == [
        "related[0].webUrl",
        "related[1].publishedDateTime",
    ]
    assert '"title": "B"' in lines[errors[0].line]  # its object begins a line above
    assert '"soon"' in lines[errors[1].line - 1]


def test_faults_in_a_large_list_are_located_without_the_yaml_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "feedkit.syntax.lines", raising=False)
    text = write_list(*(json.dumps(UNDATED, indent=1) for _ in range(1000)))
    found = list(read_json(text, "a.json", ReadSettings()))
    assert [error.line for made in found for error in made.errors] == [
        5 + 5 * place for place in range(1000)
    ]
    assert "feedkit.syntax.lines" not in sys.modules
