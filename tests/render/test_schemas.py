"""Every file of a built folder holds to its schema, and the schemas see what is wrong.

The schemas are the package's own. `schemas/` here has one document per format that uses everything
feedkit writes, and a table of faults per schema: each is one replacement in that document (↵ is a
line break). rfc4287.rng is Atom as the RFC allows it, the others are what feedkit writes.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

import feedkit
from paths import TESTS

SCHEMAS = Path(feedkit.__file__).parent / "schemas"
DOCUMENTS = TESTS / "schemas"
RFC, ATOM, RSS, OPML = "rfc4287.rng", "atom.rng", "rss.rng", "opml.rng"
JSON = "jsonfeed.schema.json"
#: Each schema with the name of the files that must hold to it.
FILES = {
    RFC: "atom.xml",
    ATOM: "atom.xml",
    RSS: "rss.xml",
    OPML: "feeds.opml",
    JSON: "feed.json",
}
#: What feedkit writes is Atom, so what is no Atom is a fault there too.
FAULTS = {
    RFC: ("rfc4287.tsv",),
    ATOM: ("rfc4287.tsv", "atom.tsv"),
    RSS: ("rss.tsv",),
    OPML: ("opml.tsv",),
    JSON: ("jsonfeed.tsv",),
}
ITEM_ID = "urn:uuid:4f2d3a58-6a3b-5f25-8a5d-5f1f0c6f7b21"
#: What not every record has, or has otherwise.
ALLOWED = [
    (RFC, ' type="text">Spring', ">Spring"),
    (RFC, "https://moon.example.com/new", "new"),
    (RFC, "07:30:00Z", "07:30:00.25+05:30"),
    (RFC, "<author><name>Example Coast</name><uri>https://example.org/</uri></author>", ""),
    (RFC, '"html">&lt;p&gt;Twice a month.&lt;/p&gt;', '"text/html" src="https://a.example/">'),
    (ATOM, ' length="2048"', ""),
    (ATOM, ' xml:lang="en-IE"', ""),
    (ATOM, "+00:00", "Z"),
    (ATOM, "//moon.example.com/new", "//[2001:db8::1]:8080/n%C3%A9w"),
    (ATOM, '  <link href="https://hub.example.org/" rel="hub"/>\n', ""),
    (RSS, '    <atom:link href="https://hub.example.org/" rel="hub"/>\n', ""),
    (JSON, '"hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],', ""),
    (RSS, '"2048"', '"0"'),  # the length is unknown
    (RSS, "<atom:updated>2024-03-02T08:00:00Z</atom:updated>", ""),
    (RSS, f'false">{ITEM_ID}', 'true">https://harbour.example.net/spring'),
    (JSON, '"summary": "Twice a month the sea comes higher.",', ""),
    (JSON, ', "size_in_bytes": 2048', ""),
    (JSON, "//moon.example.com/new", "//[2001:db8::1]:8080/n%C3%A9w"),
]

Check = Callable[[bytes], list[str]]


def read_faults(name: str) -> list[tuple[str, str, str]]:
    """Return what is wrong, what is replaced and by what."""
    lines = (DOCUMENTS / name).read_text("utf-8").splitlines()
    rows = [line.replace("↵", "\n").split("\t") for line in lines[1:]]
    return [(wrong, old, new) for wrong, old, new in rows]


CASES = [
    pytest.param(schema, old, new, id=f"{schema}: {wrong}")
    for schema, names in FAULTS.items()
    for name in names
    for wrong, old, new in read_faults(name)
]


@cache
def read_schema(name: str) -> Check:
    """Return what lists the faults of a document."""
    if name == JSON:
        content = json.loads((SCHEMAS / name).read_bytes())
        Draft202012Validator.check_schema(content)
        validator = Draft202012Validator(content)
        return lambda text: [
            f"{error.json_path}: {error.message}"
            for error in validator.iter_errors(json.loads(text))
        ]
    grammar = etree.RelaxNG(etree.parse(SCHEMAS / name))

    def check(text: bytes) -> list[str]:
        valid = grammar.validate(etree.fromstring(text))
        return [] if valid else [str(error) for error in grammar.error_log] or ["not valid"]

    return check


def read_document(schema: str, old: str = "", new: str = "") -> bytes:
    """Return the schema's document, the first `old` of which is replaced."""
    text = (DOCUMENTS / FILES[schema]).read_text("utf-8")
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize("schema", FILES)
def test_every_built_file_holds_to_its_schema(built: Path, schema: str) -> None:
    paths = sorted(built.rglob(FILES[schema]))
    check = read_schema(schema)
    wrong = {str(path): faults for path in paths if (faults := check(path.read_bytes()))}
    assert paths
    assert not wrong


@pytest.mark.parametrize("schema", FILES)
def test_a_document_with_everything_that_feedkit_writes_is_valid(schema: str) -> None:
    assert not read_schema(schema)(read_document(schema))


@pytest.mark.parametrize(("schema", "old", "new"), ALLOWED)
def test_what_not_every_record_has_is_not_demanded(schema: str, old: str, new: str) -> None:
    assert not read_schema(schema)(read_document(schema, old, new))


@pytest.mark.parametrize(("schema", "old", "new"), CASES)
def test_one_fault_makes_a_document_invalid(schema: str, old: str, new: str) -> None:
    assert read_schema(schema)(read_document(schema, old, new))
