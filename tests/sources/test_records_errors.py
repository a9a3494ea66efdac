"""Files that cannot be used, and the one line that says what is wrong."""

import pickle

import pytest
from test_records import read, read_fields

from feedkit.errors import FeedkitError, PublishError, RecordError
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import OTHER, Reading, read_document

DATE = "a date such as 2026-01-31T12:00:00Z"
ONE_DATE = f"{DATE}, which can be read in one way only"

BAD = [
    ("title: A\ndate: 2026-01-31",
     "a.md:2: webUrl: expected an absolute http(s) URL, got nothing"),
    ("title: A\nurl: https://example.org/",
     "a.md:2: publishedDateTime: expected a date, got nothing"),
    ("url: https://example.org/\ndate: 2026-01-31",
     "a.md:2: title: expected some text, got nothing"),
    ("date: 2026-01-31\nurl: https://example.org/\ntitle: '\\u202a '".replace("'", '"'),
     "a.md:4: title: expected some text, got nothing"),
    ("title: A\n\nwebUrl: javascript:alert(1)",
     "a.md:4: webUrl: expected an absolute http(s) URL, got 'javascript:alert(1)'"),
    ("title: A\nurl: https://me@example.org/",
     "a.md:3: url: expected an absolute http(s) URL, got 'https://me@example.org/'"
     " (user information)"),
    ("- a\n- b", "a.md:2: front matter: expected a mapping of fields, got ['a', 'b']"),
    ("text", "a.md:2: front matter: expected a mapping of fields, got 'text'"),
    ("title: A\nexcerpt: b: c",
     "a.md:3: front matter: mapping values are not allowed in this context"
     " (a text with ': ' in it stands in quotes)"),
    ("title: A\nexcerpt: @b",
     "a.md:3: front matter: unexpected character: `@'"
     " (a text that begins with such a sign stands in quotes)"),
    ("title: A\ntopics:\n\t- B",
     "a.md:4: front matter: tabs disallowed within this context (block indentation)"
     " (YAML is indented with spaces)"),
    ("provider:\n  name: A\n\tdomain: b.example",
     "a.md:3: front matter: while scanning a plain scalar, found a tab"
     " (YAML is indented with spaces)"),
    ("title: 'A 'B' C'",
     "a.md:2: front matter: invalid trailing content after double-quoted scalar"
     " (a quote within quotes of its kind ends the text)"),
    ("related:\n- title: A\n- title: B\ntitle: C\ntitle: D",
     "a.md:6: front matter: duplicate mapping key: 'title'"),
    ("a: &a [" + "1," * 99 + "]\nb: [" + "*a," * 99 + "]\nc: [" + "*a," * 99 + "]",
     "a.md:4: front matter: aliases add more than 10000 nodes"),
    ("a: " + "[" * 100_000, "a.md:2: front matter: recursion limit exceeded"),
    ("title: !!int x", "a.md:2: front matter: Invalid value 'x' for '!!int' tag"),
]  # fmt: skip


@pytest.mark.parametrize(("front_matter", "text"), BAD, ids=range(len(BAD)))
def test_a_file_that_cannot_be_used_gets_one_line(front_matter: str, text: str) -> None:
    made = read(front_matter)
    assert made.article is None
    assert [str(error) for error in made.errors] == [text]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("soon", DATE),
        ("2026-02-30", DATE),
        (12, DATE),
        ("May", ONE_DATE),
        ("01/02/2024", ONE_DATE),
    ],
)
def test_a_date_that_is_none_is_named_with_its_line(value: object, wanted: str) -> None:
    made = read(f"title: A\nurl: https://example.org/a\ndate: {value}")
    text = f"a.md:4: date: expected {wanted}, got {value!r}"
    assert [str(error) for error in made.errors] == [text]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("topics: [A, '']", "topics[1]: expected some text, got ''"),
        ("topics: [A, 2026]", "topics[1]: expected text (in quotes), got 2026"),
        ("topics: [null]", "topics[0]: expected text, got None"),
        ("topics: [[A]]", "topics[0]: expected text, got ['A']"),
        ("topics: !!set {A, B}", "topics: expected a list, got a set"),
        ("topics: 5", "topics[0]: expected text (in quotes), got 5"),
        ("topics: [',']", "topics[0]: expected some text, got ','"),
        ("excerpt: 2026", "excerpt: expected text (in quotes), got 2026"),
        ("excerpt: " + "9" * 5000,
         "excerpt: expected text (in quotes), got a number of too many digits"),
        ("quality: high", "quality: expected a whole number, got 'high'"),
        ("quality: 1.5", "quality: expected a whole number, got 1.5"),
        ("updated: soon", "updated: expected a date such as 2026-01-31T12:00:00Z, got 'soon'"),
        ("published: maybe",
         "published: expected true, false or a date such as 2026-01-31T12:00:00Z, got 'maybe'"),
        ("draft: maybe", "draft: expected true or false, got 'maybe'"),
        ("images: [5]", "images[0]: expected a mapping of fields, got 5"),
        ("provider: [A]", "provider: expected a mapping of fields, got ['A']"),
        ("provider: {name: 5}", "provider.name: expected text (in quotes), got 5"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_named_with_its_line(line: str, text: str) -> None:
    made = read_fields(line)
    assert made.article is None
    assert [str(error) for error in made.errors] == [f"a.md:5: {text}"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("quality: 9007199254740992",
         "quality: expected at most 9007199254740991, got 9007199254740992"),
        (f"heat: {'9' * 5000}",
         "heat: expected at most 9007199254740991, got a number of too many digits"),
        ("enclosures: [{url: /a}]",
         "enclosures[0].type: expected one such as audio/mpeg, got nothing"),
        ("enclosures: [{url: 'mailto:a', type: audio/mpeg}]",
         "enclosures[0].url: expected an http(s) URL, got 'mailto:a'"),
        ("enclosures: [5]", "enclosures[0]: expected a mapping of fields, got 5"),
        ("enclosures: [{url: 5, type: audio/mpeg}]",
         "enclosures[0].url: expected text (in quotes), got 5"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_left_out_and_named(line: str, text: str) -> None:
    made = read_fields(line)
    assert made.article == read_fields().article
    assert [str(error) for error in made.errors] == [f"a.md:5: {text}"]


def test_a_reason_that_quotes_a_long_text_is_cut() -> None:
    made = read(f"{'a' * 1000}: 1\n{'a' * 1000}: 2")
    assert [(error.line, len(error.found)) for error in made.errors] == [(3, 200)]


def test_front_matter_that_is_not_closed_is_named_where_it_opens() -> None:
    made = read_document("\n\n---\ntitle: A\n", "a.md", ReadSettings())
    text = (
        "a.md:3: front matter: expected a second line of ---, got front matter that is not closed"
    )
    assert [str(error) for error in made.errors] == [text]


def test_a_line_is_counted_from_the_top_of_the_file() -> None:
    made = read_document("\n\n---\ntitle: A\nurl: x\n---\n", "a.md", ReadSettings())
    assert [error.line for error in made.errors] == [5]


RELATED = """\
related:
- {title: No address, date: 2026-01-31}
- {url: https://example.org/b, date: 2026-01-31}
- {title: No date, url: https://example.org/b}
- {title: B, url: https://example.org/b, date: 2026-01-31}
- 5
- title: C
  url: https://example.org/c
  date: 01/02/2024
"""


def test_related_items_that_cannot_be_used_are_left_out_and_named() -> None:
    made = read_fields(RELATED)
    assert made.article is not None
    assert [item.title for item in made.article.related] == ["B"]
    assert sorted(str(error) for error in made.errors) == [
        "a.md:10: related[4]: expected a mapping of fields, got 5",
        "a.md:13: related[5].date: expected a date such as 2026-01-31T12:00:00Z, which can be"
        " read in one way only, got '01/02/2024'",
        "a.md:6: related[0].webUrl: expected an absolute http(s) URL, got nothing",
        "a.md:7: related[1].title: expected some text, got nothing",
        "a.md:8: related[2].publishedDateTime: expected a date, got nothing",
    ]


NAME = "a\nb: c\x1b]0;d\x07\u2028\u202e\udcff é 😀.md"
SHOWN = r"a\nb: c\x1b]0;d\x07\u2028\u202e\udcff é 😀.md"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RecordError(NAME), SHOWN),
        (
            RecordError(NAME, 5, "title", NAME, NAME),
            f"{SHOWN}:5: title: expected {SHOWN}, got {SHOWN}",
        ),
        (RecordError("a.md", 0, NAME, "b"), f"a.md: {SHOWN}: b"),
        (PublishError(f"{NAME}: no such file"), f"{SHOWN}: no such file"),
    ],
    ids=range(4),
)
def test_an_error_is_one_line_that_no_terminal_obeys(error: FeedkitError, text: str) -> None:
    assert str(error) == text
    assert str(pickle.loads(pickle.dumps(error))) == text


def test_an_error_keeps_the_name_that_was_given() -> None:
    assert read_document("---\n", NAME, ReadSettings()).errors[0].name == NAME


def _read_text(text: str) -> Reading:
    return read_document(text, "a.md", ReadSettings())


@pytest.mark.parametrize("field", ["title = 'A'", "x = 1\ndate = 2026-01-31"])
def test_front_matter_in_toml_is_an_error_and_nothing_is_lost(field: str) -> None:
    wanted = "expected YAML between lines of ---, got TOML between lines of +++"
    for text in (f"+++\n{field}\n+++\nText.\n", f"+++\n{field}\n"):  # the latter is not closed
        (error,) = _read_text(text).errors
        assert str(error) == f"a.md:1: front matter: {wanted}"


@pytest.mark.parametrize(
    "text", ["+++\nA text.\n", "+++\nx = 1\n+++\n", "a\n+++\ntitle = 1\n+++\n"]
)
def test_what_is_no_front_matter_is_no_error(text: str) -> None:
    assert _read_text(text) == OTHER


def test_a_draft_is_no_record_before_it_has_what_records_need() -> None:
    assert read("title: A\ndraft: true") == OTHER
    known = read("title: A\ndraft: 'yes'\nwebUrl: https://example.org/a")
    assert known._replace(withheld=()) == OTHER
    assert [one.article.url for one in known.withheld] == ["https://example.org/a"]
    assert read("title: A\ndraft: true\nwebUrl: nowhere").errors
    # It may have something to withdraw.
    assert read("title: A\nremoved: true\ndate: 2026-01-01").errors
    assert read("title: A\nremoved: true") == OTHER  # and this has not


def test_a_line_of_hyphens_is_looked_at_once() -> None:
    (error,) = read(f"{'-' * 200_000}. a: b: c").errors  # minutes, if in each way
    assert error.line == 2
