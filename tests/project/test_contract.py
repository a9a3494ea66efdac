"""The checker of the contract, held to a small right output and to what can be wrong with it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import contract
from paths import TESTS

SAMPLE = TESTS / "contract_sample"
TOPIC = "topics/light-houses"
ATOM, RSS, JSON = FORMS = (f"{TOPIC}/atom.xml", f"{TOPIC}/rss.xml", f"{TOPIC}/feed.json")
WORDS = {ATOM: "entry", RSS: "item", JSON: "item"}
#: Where an entry begins.
ENTRY = re.compile(r"^(?= *<(?:entry|item)\b|    \{$)", re.MULTILINE)


class Change(NamedTuple):
    name: str
    file: str
    #: Of the file's parts; 0 is the frame.
    part: int
    old: str
    new: str
    #: The beginnings of the lines that tell of it, without the file.
    heads: list[str]


def read_changes() -> Iterator[Change]:
    text = (TESTS / "contract_changes.txt").read_text("utf-8")
    file, part = "", 0
    for block in text.split("\n\n")[2:]:
        name, *lines = block.strip("\n").split("\n")
        if place := re.fullmatch(r"= (\S+), (?:frame|(?:entry|item) (\d))", name):
            file, part = place[1], int(place[2] or 0)
            continue
        old, new, heads = ([line[2:] for line in lines if line[0] == mark] for mark in "-+!")
        yield Change(name, file, part, "\n".join(old), "\n".join(new), heads)


CHANGES = list(read_changes())


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "output"))


def split(file: Path) -> list[str]:
    """Return the frame up to the first entry, then each entry; the last one with what follows."""
    return ENTRY.split(file.read_text("utf-8"))


def put(file: Path, text: str) -> None:
    assert text != file.read_text("utf-8")
    file.write_text(text, "utf-8", newline="")


def swap(file: Path, old: str, new: str) -> None:
    put(file, file.read_text("utf-8").replace(old, new))


def differences(output: Path) -> list[str]:
    return contract.compare_outputs(output, SAMPLE)


def test_the_changes_are_many_and_each_has_a_name() -> None:
    assert len(CHANGES) >= 60
    assert len({change.name for change in CHANGES}) == len(CHANGES)
    assert {change.file.rpartition("/")[2] for change in CHANGES} == {
        "atom.xml",
        "rss.xml",
        "feed.json",
        "feeds.opml",
    }


def test_a_copy_equals_the_sample(output: Path) -> None:
    assert differences(output) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name.replace(" ", "-"))
def test_a_change_is_found_and_named(output: Path, change: Change) -> None:
    file = output / change.file
    parts = split(file)
    assert parts[change.part].count(change.old) == 1
    parts[change.part] = parts[change.part].replace(change.old, change.new)
    put(file, "".join(parts))
    found = differences(output)
    assert len(found) == len(change.heads), found
    for line, head in zip(found, change.heads, strict=True):
        assert line.startswith(f"{change.file}: {head}: ")


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_less_is_one_line(output: Path, form: str) -> None:
    frame, _, *others = split(output / form)
    put(output / form, "".join([frame, *others]))
    assert differences(output) == [f"{form}: {WORDS[form]} 1: missing"]


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_twice_is_one_line(output: Path, form: str) -> None:
    frame, first, *others = split(output / form)
    put(output / form, "".join([frame, first, first, *others]))
    assert differences(output) == [f"{form}: {WORDS[form]} 1: not expected"]


@pytest.mark.parametrize("form", FORMS)
def test_two_entries_that_changed_places_are_one_line(output: Path, form: str) -> None:
    frame, first, second, *others = split(output / form)
    put(output / form, "".join([frame, second, first, *others]))
    [line] = differences(output)
    assert line == f"{form}: {WORDS[form]} 2: out of place, expected after nothing"


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_that_changed_its_place_is_compared_all_the_same(output: Path, form: str) -> None:
    frame, first, second, *others = split(output / form)
    parts = [frame, second.replace("burns", "burnt"), first.replace("20", "2O"), *others]
    put(output / form, "".join(parts))
    named = " ".join(differences(output))
    assert "burnt" in named
    assert "2O" in named


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_is_compared_with_the_one_of_its_id(output: Path, form: str) -> None:
    frame, _, second, third = split(output / form)
    put(output / form, "".join([frame, second.replace("At dusk", "At dawn"), third]))
    content, missing = differences(output)
    assert content.startswith(f"{form}: {WORDS[form]} 1: content")
    assert missing == f"{form}: {WORDS[form]} 1: missing"


@pytest.mark.parametrize("file", [*FORMS, "feeds.opml"])
def test_a_missing_file_is_named(output: Path, file: str) -> None:
    (output / file).unlink()
    assert differences(output) == [f"{file}: file: missing"]


@pytest.mark.parametrize("file", ["all/feed.xml", "topics/sea/feed.json", "topics.opml"])
def test_a_file_that_the_sample_does_not_have_is_named(output: Path, file: str) -> None:
    (output / file).parent.mkdir(exist_ok=True)
    shutil.copy(output / "feeds.opml", output / file)
    assert differences(output) == [f"{file}: file: not expected"]


@pytest.mark.parametrize("file", [*FORMS, "feeds.opml"])
@pytest.mark.parametrize("cut", [0, 700], ids=["empty", "cut short"])
def test_a_file_that_cannot_be_read_is_named(output: Path, file: str, cut: int) -> None:
    put(output / file, (output / file).read_text("utf-8")[:cut])
    [line] = differences(output)
    assert line.startswith(f"{file}: file: cannot be read: ")


@pytest.mark.parametrize("form", FORMS)
def test_bytes_that_are_not_utf_8_are_named(output: Path, form: str) -> None:
    data = (output / form).read_bytes()
    (output / form).write_bytes(data.replace("–".encode(), b"\x96"))
    [line] = differences(output)
    assert line.startswith(f"{form}: file: cannot be read: ")


@pytest.mark.parametrize("form", FORMS)
def test_a_byte_order_mark_is_named(output: Path, form: str) -> None:
    put(output / form, "\ufeff" + (output / form).read_text("utf-8"))
    [line] = differences(output)
    assert line.startswith((f"{form}: frame: @byte-order-mark: ", f"{form}: file: "))


@pytest.mark.parametrize("form", FORMS)
def test_a_no_break_space_is_no_space(output: Path, form: str) -> None:
    swap(output / form, "Counting ships in fog", "Counting ships\u00a0in fog")
    assert any(line.startswith(f"{form}: {WORDS[form]} 3: title: ") for line in differences(output))


def test_a_no_break_space_between_elements_is_text(output: Path) -> None:
    swap(output / "feeds.opml", "<body>", "<body>\u00a0")
    [line] = differences(output)
    assert line.startswith("feeds.opml: opml: body: ")


def test_another_encoding_is_named(output: Path) -> None:
    text = (output / ATOM).read_text("utf-8").replace('"utf-8"', '"iso-8859-1"')
    (output / ATOM).write_bytes(text.encode("iso-8859-1", "xmlcharrefreplace"))
    assert differences(output) == [f"{ATOM}: frame: @encoding: 'iso-8859-1', expected 'utf-8'"]


def test_a_comment_after_the_feed_is_named(output: Path) -> None:
    put(output / RSS, (output / RSS).read_text("utf-8") + "<!-- the end -->\n")
    assert differences(output) == [f"{RSS}: frame: <_Comment>: not expected"]


def test_a_comment_is_compared_with_that_of_the_sample(output: Path, tmp_path: Path) -> None:
    wanted = Path(shutil.copytree(SAMPLE, tmp_path / "wanted"))
    swap(wanted / "feeds.opml", "<body>", "<body><!-- one -->")
    swap(output / "feeds.opml", "<body>", "<body><!-- two -->three")
    assert contract.compare_outputs(output, wanted) == [
        "feeds.opml: opml: body/<_Comment>: '<!-- two -->', expected '<!-- one -->'",
        "feeds.opml: opml: body/<_Comment>: text after it: 'three\\n    ', expected ''",
    ]


def test_a_feed_without_its_namespace_is_named(output: Path) -> None:
    swap(output / ATOM, 'xmlns="http://www.w3.org/2005/Atom"', "")
    assert f"{ATOM}: entry 1: missing" in differences(output)
    assert any(line.startswith(f"{ATOM}: frame: @namespace: ") for line in differences(output))


def test_a_long_text_is_shown_where_it_differs(output: Path) -> None:
    swap(output / ATOM, "the keeper only trims it.&lt;/p&gt;&lt;p&gt;Source", "the keeper. Source")
    [line] = differences(output)
    assert "the keeper. Source" in line
    assert "the keeper only trims" in line
    assert len(line) < 300


SPELLINGS = {
    "white space between elements of Atom": (ATOM, "<title", "\n\t <title"),
    "white space between elements of RSS": (RSS, "<title>", "\n<title>"),
    "white space between outlines": ("feeds.opml", "\n", " "),
    "JSON without line breaks": (JSON, "\n", ""),
    "line breaks of two characters": (ATOM, "\n", "\r\n"),
    "another prefix in Atom": (ATOM, "media:", "m:"),
    "another prefix in RSS": (RSS, "atom:", "a:"),
    "a namespace that nothing uses": (ATOM, " xmlns:", " xmlns:x='http://example.org/x' xmlns:"),
    "UTF-8 in capitals": (ATOM, '"utf-8"', '"UTF-8"'),
    "a character as XML may escape it": (ATOM, "'under repair'", "&apos;under repair&#39;"),
    "a character that XML need not escape": (RSS, "&gt;", ">"),
    "a character as JSON may escape it": (JSON, "–", "\\u2013"),
    "an empty element of two tags": (ATOM, 'length="48213"/>', 'length="48213"></link>'),
    "Z as an offset in a frame": (
        ATOM,
        "<updated>2024-05-03T09:30:00Z</updated>\n  <link",
        "<updated>2024-05-03T09:30:00+00:00</updated>\n  <link",
    ),
    "another zone in a frame": (
        ATOM,
        "<updated>2024-05-03T09:30:00Z</updated>\n  <link",
        "<updated>2024-05-03T11:30:00.000+02:00</updated>\n  <link",
    ),
    "GMT as a number in a frame": (RSS, "GMT</lastBuildDate>", "+0000</lastBuildDate>"),
    "attributes of a frame in another order": (
        RSS,
        'rel="self" type="application/rss+xml"',
        'type="application/rss+xml" rel="self"',
    ),
    "keys of a frame in another order": (
        JSON,
        '  "version": "https://jsonfeed.org/version/1.1",\n  "title": "Light Houses",',
        '  "title": "Light Houses",\n  "version": "https://jsonfeed.org/version/1.1",',
    ),
}


@pytest.mark.parametrize(("file", "old", "new"), SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_of_the_same_is_equal(output: Path, file: str, old: str, new: str) -> None:
    swap(output / file, old, new)
    if old.endswith(":") and old != " xmlns:":
        swap(output / file, f"xmlns:{old[:-1]}=", f"xmlns:{new[:-1]}=")
    assert differences(output) == []


def test_atom_with_a_prefix_is_equal(output: Path) -> None:
    text = re.sub(r"<(/?)(?=[a-z]+[ />])", r"<\1atom:", (output / ATOM).read_text("utf-8"))
    put(output / ATOM, text.replace("xmlns=", "xmlns:atom="))
    assert differences(output) == []


@pytest.mark.parametrize("form", [ATOM, RSS])
def test_elements_of_a_frame_in_another_order_are_equal(output: Path, form: str) -> None:
    lines = (output / form).read_text("utf-8").split("\n")
    start = next(i for i, line in enumerate(lines) if "<title" in line)
    end = next(i for i, line in enumerate(lines) if "<generator>" in line)
    put(output / form, "\n".join(lines[:start] + lines[start : end + 1][::-1] + lines[end + 1 :]))
    assert differences(output) == []


def test_pages_and_the_manifest_are_not_compared(output: Path) -> None:
    (output / "index.html").unlink()
    (output / "feeds.json").unlink()
    (output / "all/style.css").write_text("a {}")
    assert differences(output) == []
