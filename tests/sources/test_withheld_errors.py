"""An error never lifts a withholding: what a record that cannot be used withholds stays hidden."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feedkit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONFIG = feedkit.Config(site=feedkit.Site(title="Harbour", url="https://feeds.example.org/"))
URL = "https://example.org/secret"
DATE = "date: 2026-02-01T00:00:00Z"
LATER = "2026-03-02T00:00:00Z"
#: What lists it, so that it would be shown.
LISTER = {
    "title": "Lister",
    "url": "https://example.org/lister",
    "date": "2026-02-02T00:00:00Z",
    "related": [{"title": "Told", "url": URL, "date": "2026-02-01T00:00:00Z"}],
}
BASE = f"title: A\nurl: {URL}\n{DATE}"
#: Front matter, less its lines of hyphens, that cannot be used and withholds.
FRONT_MATTER = {
    "a word behind what nobody sees": f"{BASE}\n\u200bdraft: true",
    "a word behind a mark": f"{BASE}\n\ufeffremoved: true",
    "no date": f"title: A\nurl: {URL}\ndraft: true",
    "bad date": f"title: A\nurl: {URL}\ndate: soon\ndraft: true",
    "no title": f"url: {URL}\n{DATE}\ndraft: true",
    "bad title": f"title: [A]\nurl: {URL}\n{DATE}\nremoved: true",
    "bad topics": f"{BASE}\ntopics: {{a: b}}\ndeleted: true",
    "bad quality": f"{BASE}\nquality: high\ndraft: 'on'",
    "bad updated": f"{BASE}\nupdated: soon\ndraft: 1",
    "bad YAML": f"title: Bad: yaml\nurl: {URL}\n{DATE}\ndraft: true",
    "bad YAML behind": f"draft: true\nurl: {URL}\ntitle: Bad: yaml",
    "quotes": f"title: 'A 'B''\nurl: \"{URL}\"\ndraft: \"true\"",
    "open quote": f"draft: true\nurl: '{URL}\ntitle: A",
    "a tab": f"url: {URL}\ndraft: true\ntopics:\n\t- A",
    "a word behind a tab": f"title: A\nurl: {URL}\n\tdraft: true",
    "a comment": f"title: A: b\nurl: {URL} # where\ndraft: true # not yet",
    "no space": f"title: A\nurl: {URL}\ndraft:true",
    "a text of several lines": f"title: A: b\nurl: >-\n  {URL}\ndraft:\n  true",
    "all indented": f"  title: A: b\n  url: {URL}\n  draft: true",
    "an anchor": f"title: A: b\nurl: &u {URL}\ndraft: !!bool true",
    "a tag": f"title: A\nurl: {URL}\ndraft: !yes true\ndate: !!int x",
    "twice": f"{BASE}\ndraft: false\ndraft: true",
    "escapes": f'title: A: b\nurl: "{URL}"\nstatus: "dr\\u0061ft"'.replace("/", "\\/"),
    "escapes of two digits": f'title: A: b\nurl: "{URL[:-1]}\\x74"\ndraft: true',
    "an escaped quote": f'title: "A \\" b" c\nurl: {URL}\npost_password: "\\"a"',
    "a comment between": f"title: A: b\nurl: # a\n  # b\n  {URL}\ndraft:\n  # not yet\n  true",
    "JSON": f'{{"title": "A" "url": "{URL}", "draft": true}}',
    "a conflict": f"<<<<<<< a\nurl: {URL}\n=======\nurl: {URL}2\n>>>>>>> b\ndraft: true",
    "Draft": f"{BASE}\nDraft: true",
    "DRAFT": f"{BASE}\nDRAFT: yes",
    "Removed, bad YAML": f"title: A: b\nurl: {URL}\nRemoved: true",
    "a word that cannot be read": f"{BASE}\ndraft: maybe",
    "a word that is a list": f"{BASE}\ndraft: [true]",
    "a word that is a date": f"{BASE}\nremoved: 2026-01-01",
    "webUrl": f"title: A\nwebUrl: {URL}\ndraft: true\ndate: soon",
    "original_url": f"title: A\noriginal_url: {URL}\ndraft: true\ndate: soon",
    "a second address": f"title: A\nwebUrl: nowhere\nurl: {URL}\n{DATE}\ndraft: true",
    "id": f"title: A\nid: {URL}\n{DATE}\ndraft: true",
    "id alone": f"id: {URL}\ndraft: true",
    "another spelling": "title: A\nurl: HTTP://EXAMPLE.org:80/secret?utm_source=a\ndraft: true",
    "to come, no title": f"url: {URL}\ndate: {LATER}",
    "to come, bad YAML": f"title: A: b\nurl: {URL}\npublishedDateTime: {LATER}",
    "to come, bad quality": f"title: A\nurl: {URL}\ndate: {LATER}\nquality: high",
}
#: The same, which withhold nothing.
INNOCENT = {
    "no word": f"title: A\nurl: {URL}\ndate: soon",
    "false": f"title: A\nurl: {URL}\ndate: soon\ndraft: false",
    "no": f"title: A: b\nurl: {URL}\ndraft: no",
    "nothing": f"title: A: b\nurl: {URL}\ndraft:\nremoved: ~\ndeleted: ''",
    "0": f"title: A: b\nurl: {URL}\ndraft: 0 # not any more",
    "unpublished": f"title: A: b\nurl: {URL}\npublished: false",
    "another's": f"title: A: b\nurl: {URL}2\ndraft: true",
    "below": f"title: A: b\nurl: {URL}\nrelated:\n- url: {URL}2\n  draft: true",
    "a text": f"title: A: b\nurl: {URL}\nexcerpt: 'draft: true'",
    "a topic": f"title: A: b\nurl: {URL}\ntopics: [draft]",
    "another word": f"title: A: b\nurl: {URL}\ndrafts: true\nno_draft: true",
    "no address": f"title: A: b\nexcerpt: {URL}\ndraft: true",
    "the past": f"title: A: b\nurl: {URL}\n{DATE}",
    "escapes": f'title: A: b\nurl: "{URL}"\nstatus: "publi\\u0073h"\npost_password: ""',
    "a comment between": f"title: A: b\nurl: {URL}\ndraft: # not any more\n  # true\n  false",
    "a day that is no date": f"title: A: b\nurl: {URL}\ndate: 9999-99-99",
}


def build(folder: Path, *sources: object, now: datetime = NOW, **more: object) -> feedkit.Report:
    return feedkit.build(sources, folder / "out", CONFIG, now=now, **more)  # type: ignore[arg-type]


def write(folder: Path, front_matter: str, name: str = "secret.md") -> Path:
    content = folder / "in"
    content.mkdir(exist_ok=True)
    (content / "lister.md").write_text(f"---\n{json.dumps(LISTER)}\n---\n", "utf-8")
    (content / name).write_text(f"---\n{front_matter}\n---\n", "utf-8")
    return content


def shows(folder: Path) -> bool:
    """Return whether any published file names the address or what the list says of it."""
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert files
    data = [path.read_bytes() for path in files]
    assert any(b"example.org/lister" in one for one in data)
    return any(b"Told" in one or b'example.org/secret"' in one for one in data)


@pytest.mark.parametrize("front_matter", FRONT_MATTER.values(), ids=FRONT_MATTER)
def test_a_record_that_cannot_be_used_withholds_its_address(
    tmp_path: Path, front_matter: str
) -> None:
    report = build(tmp_path, write(tmp_path, front_matter))
    assert not shows(tmp_path)
    assert (report.articles, report.withheld) == (1, {})
    assert (report.rejected, report.other) in ((1, 0), (0, 1))
    assert len(report.problems) == report.rejected


@pytest.mark.parametrize("front_matter", INNOCENT.values(), ids=INNOCENT)
def test_a_record_that_cannot_be_used_and_says_nothing_withholds_nothing(
    tmp_path: Path, front_matter: str
) -> None:
    build(tmp_path, write(tmp_path, front_matter))
    assert shows(tmp_path)


def test_front_matter_that_is_not_closed_withholds(tmp_path: Path) -> None:
    content = write(tmp_path, BASE)
    (content / "secret.md").write_text(f"---\n{BASE}\ndraft: true\n\nA text.\n", "utf-8")
    report = build(tmp_path, content)
    assert not shows(tmp_path)
    assert "front matter that is not closed" in report.problems[0]


def test_a_body_withholds_nothing(tmp_path: Path) -> None:
    content = write(tmp_path, BASE)
    text = f"---\ntitle: A: b\nurl: {URL}\n---\ndraft: true\n"
    (content / "secret.md").write_text(text, "utf-8")
    build(tmp_path, content)
    assert shows(tmp_path)


def test_front_matter_in_toml_withholds_but_for_what_stands_in_its_tables(tmp_path: Path) -> None:
    content = write(tmp_path, BASE)
    head = f'+++\ntitle = "A"\nurl = "{URL}"\n'
    (content / "secret.md").write_text(f"{head}draft = true\n+++\n", "utf-8")
    build(tmp_path, content)
    assert not shows(tmp_path)
    (content / "secret.md").write_text(f"{head}[x]\ndraft = true\n+++\n", "utf-8")
    build(tmp_path, content)
    assert shows(tmp_path)


def test_a_file_that_is_no_utf_8_withholds(tmp_path: Path) -> None:
    content = write(tmp_path, BASE)
    (content / "secret.md").write_bytes(f"---\n{BASE}\ndraft: true\n---\n".encode() + b"\xff")
    report = build(tmp_path, content)
    assert not shows(tmp_path)
    assert (report.rejected, len(report.problems)) == (1, 1)
    (content / "secret.md").write_bytes(f"---\n{BASE}\ndraft: false\n---\n".encode() + b"\xff")
    build(tmp_path, content)
    assert shows(tmp_path)


SECRET = f'"url": "{URL}", "title": "A", "draft": true'
OTHER = '{"url": "https://example.org/b", "title": "B", "date": "2026-01-01"}'
JSON = {
    "a comma too many": f"{{{SECRET},}}",
    "a comma too few": f'{{"title": "B" {SECRET}}}',
    "a quote": f'{{"excerpt": "a "b" c", {SECRET}}}',
    "an open quote": f'{{\n"excerpt": "a,\n{SECRET}}}',
    "cut": f'{{{SECRET}, "date": "20',
    "cut in a word": f'{{"url": "{URL}", "draft": tr',
    "a list": f"[{OTHER}, {{{SECRET}}}, {{]",
    "a value": f'{{"value": [{OTHER}, {{{SECRET}}}}}',
    "not closed before": f'[{{"url": "https://example.org/b", {{{SECRET}}}]',
    "a list that is not closed": f'[{{"related": [{OTHER}, "x": 1, {SECRET}}}]',
    "too much closed": f'[{{"title": "A"}}}}, {{{SECRET}}}]',
    "twice": f'{{{SECRET}, "draft": false}}',
    "twice in a list": f'[{OTHER}, {{{SECRET}, "draft": false}}]',
    "no date": f"{{{SECRET}}}",
    "deep": f'{{{SECRET}, "x": {"[" * 90_000}{"]" * 90_000}}}',
    "comments": f"// not yet\n{{{SECRET}}} /* x */",
    "no quotes": f"{{url: '{URL}', draft: true}}",
    "escapes": f'{{"\\u0075rl": "{URL}", "dra\\u0066t": true,}}',
}
INNOCENT_JSON = {
    "false": f'{{"url": "{URL}", "draft": false,}}',
    "another record": f'[{{"url": "{URL}"}}, {{"url": "{URL}2", "draft": true}}, {{]',
    "a related one": f'{{"url": "{URL}", "related": [{{"url": "{URL}2", "draft": true}}],}}',
    "a provider": f'{{"url": "{URL}", "provider": {{"draft": true}},}}',
    "a text": f'{{"url": "{URL}", "title": "\\"draft\\": true",}}',
    "a value": f'{{"url": "{URL}", "title": "draft", "topics": ["draft"],}}',
}


def build_json(folder: Path, text: str, kind: str) -> feedkit.Report:
    content = write(folder, "title: no record")
    path = folder / f"news.{kind}"
    path.write_text(text.replace("\n", " ") if kind == "jsonl" else text, "utf-8")
    return build(folder, content, path)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_json_that_cannot_be_used_withholds(tmp_path: Path, text: str, kind: str) -> None:
    build_json(tmp_path, text, kind)
    assert not shows(tmp_path)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize("text", INNOCENT_JSON.values(), ids=INNOCENT_JSON)
def test_json_that_cannot_be_used_withholds_nothing_else(
    tmp_path: Path, text: str, kind: str
) -> None:
    build_json(tmp_path, text, kind)
    assert shows(tmp_path)


def test_an_article_made_by_hand_that_cannot_be_used_withholds(tmp_path: Path) -> None:
    lister = feedkit.Article.from_record(LISTER)
    for fields in ({"state": "draft", "title": ""}, {"state": "hidden"}, {"title": 5, "state": 5}):
        secret = feedkit.Article(**{"url": URL, "title": "A", "published": NOW, **fields})  # type: ignore[arg-type]
        report = build(tmp_path, lister, secret)
        assert not shows(tmp_path)
        assert report.rejected == 1
        feed = feedkit.make_feed(
            [lister, secret],
            CONFIG,
            title="A",
            path="a",
            related="entries",
            now=NOW,
            on_problem=print,
        )
        assert [entry.article.url for entry in feed.entries] == [LISTER["url"]]
    plain = feedkit.Article(url=URL, title="", published=NOW)
    build(tmp_path, lister, plain)
    assert shows(tmp_path)


def test_articles_that_are_read_withhold_what_could_not_be_read(tmp_path: Path) -> None:
    content = write(tmp_path, FRONT_MATTER["bad YAML"])
    articles = list(feedkit.read_articles(content, on_problem=print))
    assert [(one.url, one.state) for one in articles if one.state != "published"] == [
        (URL, "draft")
    ]
    (feed, *_) = feedkit.select_feeds(articles, CONFIG, now=NOW)
    assert [entry.article.title for entry in feed.entries] == ["Lister"]


def test_what_prepare_spoils_stays_withheld(tmp_path: Path) -> None:
    def spoil(article: feedkit.Article) -> feedkit.Article:
        import msgspec

        return msgspec.structs.replace(article, title="") if article.url == URL else article

    content = write(tmp_path, f"{BASE}\ndraft: true")
    build(tmp_path, content, prepare=spoil)
    assert not shows(tmp_path)


def test_another_record_of_the_address_that_is_published_is_shown(tmp_path: Path) -> None:
    """As beside a draft that can be used."""
    content = write(tmp_path, f"{BASE}\ndraft: true\nquality: high")
    (content / "other.md").write_text(f"---\n{BASE}\n---\n", "utf-8")
    build(tmp_path, content)
    feed = json.loads((tmp_path / "out/all/feed.json").read_bytes())
    assert [item["title"] for item in feed["items"]] == ["Lister", "A"]


def test_what_is_to_come_is_shown_once_its_date_has_come(tmp_path: Path) -> None:
    content = write(tmp_path, FRONT_MATTER["to come, bad quality"])
    build(tmp_path, content)
    assert not shows(tmp_path)
    build(tmp_path, content, now=NOW + timedelta(days=2))
    assert shows(tmp_path)


Change = Callable[[Path, Path], feedkit.Report]


def update(out: Path, path: Path) -> feedkit.Report:
    return feedkit.update(out, CONFIG, now=NOW, changed=[path])


def rebuild(out: Path, path: Path) -> feedkit.Report:
    return feedkit.build(path.parent, out, CONFIG, now=NOW)


@pytest.mark.parametrize("publish", [update, rebuild])
@pytest.mark.parametrize("name", ["bad date", "bad YAML", "Draft"])
def test_a_change_that_spoils_a_record_withdraws_it(
    tmp_path: Path, name: str, publish: Change
) -> None:
    content = write(tmp_path, BASE)
    feedkit.build(content, tmp_path / "out", CONFIG, now=NOW)
    assert shows(tmp_path)
    path = content / "secret.md"
    path.write_text(f"---\n{FRONT_MATTER[name]}\n---\n", "utf-8")
    report = publish(tmp_path / "out", path)
    assert not shows(tmp_path)
    assert report.rejected == 1
    path.unlink()
    publish(tmp_path / "out", path)
    assert shows(tmp_path)


def test_explain_names_the_record_that_withholds(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from feedkit.cli import main

    content = write(tmp_path, FRONT_MATTER["bad date"])
    (tmp_path / "feedkit.toml").write_text(
        '[site]\ntitle = "A"\nurl = "https://feeds.example.org/"\n'
    )
    arguments = ["explain", URL, str(content), "--config", str(tmp_path / "feedkit.toml")]
    said = CliRunner().invoke(main, arguments).stdout
    assert f"{content}/secret.md: withheld: draft" in said
    assert "date: expected a date" in said


def test_a_line_that_is_too_long_withholds(tmp_path: Path) -> None:
    from feedkit.limits import RECORD_BYTES

    for text, is_shown in ((SECRET, False), (SECRET.replace("true", "false"), True)):
        build_json(tmp_path, f'{{{text}, "body": "{"a" * RECORD_BYTES}"}}', "jsonl")
        assert shows(tmp_path) is is_shown


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_record_in_another_encoding_of_unicode_withholds(tmp_path: Path, encoding: str) -> None:
    content = write(tmp_path, BASE)
    text = f"---\r\n{BASE}\r\ndraft: true\r\n---\r\n"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (content / "secret.md").write_bytes((mark + text).encode(encoding))
    report = build(tmp_path, content)
    assert not shows(tmp_path)
    assert "expected UTF-8" in report.problems[0]
    (content / "secret.md").write_bytes((mark + text.replace("true", "false")).encode(encoding))
    build(tmp_path, content)
    assert shows(tmp_path)


def test_front_matter_in_toml_that_is_not_closed_withholds(tmp_path: Path) -> None:
    content = write(tmp_path, BASE)
    head = f'+++\ntitle = "A"\nurl = "{URL}"\n'
    (content / "secret.md").write_text(f"{head}draft = true\n\nA text.\n", "utf-8")
    assert build(tmp_path, content).rejected == 1
    assert not shows(tmp_path)
    for text in (f"{head}draft = false\n\nA text.\n", "+++\nA text.\n", f"+++ a\n{head[4:]}"):
        (content / "secret.md").write_text(text, "utf-8")
        build(tmp_path, content)
        assert shows(tmp_path)
