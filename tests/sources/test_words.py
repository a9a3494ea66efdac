"""Words of other programs by which a record is not public withhold it, and nothing else does."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import feedkit
from feedkit.config.settings import FLAGS, VALUES
from withheld import LATER, NOW, PAST, SITE, URL, build, make_config, titles, write


def list_guilty() -> dict[str, tuple[str, object, str]]:
    """Return keys and values that withhold, each with the word under which that is counted."""
    found: dict[str, tuple[str, object, str]] = {}
    for word, values in VALUES.items():
        found |= {f"{word}: {value}": (word, value, word) for value in values}
    for flag in FLAGS:
        found |= {
            f"{flag}: {value!r}": (flag, value, flag)
            for value in (True, "true", "Yes", "on", "y", "1", 1, " TRUE ")
        }
    others: list[tuple[str, object, str]] = [
        ("Status", "Draft", "status"),
        ("STATUS", "AUTO_DRAFT", "status"),
        ("status", "autoDraft", "status"),
        ("status", "Auto Draft", "status"),
        ("status", "\ufeffdraft\u200b", "status"),
        ("\u200bis draft", True, "is_draft"),
        ("status", " private ", "status"),
        ("status", ["draft", "review"], "status"),
        ("Visibility", "Members", "visibility"),
        ("isDraft", True, "is_draft"),
        ("IS-DRAFT", "yes", "is_draft"),
        ("head_less", True, "headless"),
        ("publishDate", LATER, "publishDate"),
        ("publish_date", "2026-03-02", "publishDate"),
        ("PublishDate", 20270101, "publishDate"),
        ("publishDate", "03/04/2027", "publishDate"),
        ("expiryDate", PAST, "expiryDate"),
        ("expiry-date", "2026-02-28", "expiryDate"),
        ("expirydate", "03/04/2025", "expiryDate"),
        ("expiryDate", NOW.isoformat(), "expiryDate"),
        ("unpublishDate", PAST, "unpublishDate"),
        ("unpublish_date", "1 February 2026", "unpublishDate"),
        ("post_password", "secret", "post_password"),
        ("postPassword", 1234, "post_password"),
    ]
    return found | {f"{key}: {value!r}": (key, value, word) for key, value, word in others}


GUILTY = list_guilty()
INNOCENT: dict[str, object] = {
    "status": [
        *("publish", "published", "Public", "", " ", None, "archived", "drafted", "not a draft"),
        *(True, False, 1, ["published"], [], {}),
    ],
    "visibility": ["public", "Published", "", None, "everyone", False, []],
    "unlisted": [False, "no", "off", "0", 0, "n", "", None, [], {}],
    "private": [False, "false", "No", None, []],
    "hidden": [False, [], {}, ""],
    "is_draft": [False, "N"],
    "headless": [False, None],
    "publishDate": [PAST, "2026-03-01T12:00:00Z", "03/04/2025", "", None, False, 20260101],
    "expiryDate": [LATER, "03/04/2027", "", None, False],
    "unpublishDate": ["2026-03-01T12:00:01Z", "31 December 2099"],
    "post_password": ["", None, False, "  ", []],
    "password": ["secret"],
    "topics": [["draft", "private", "hidden"]],
    "title": ["draft", "status: draft"],
    "excerpt": ["draft: true"],
    "provider": [{"name": "A", "status": "draft", "private": True}],
    "images": [[{"url": "/a.png", "hidden": True}]],
    "related": [[]],
    "state": ["draft"],
    "drafts": [True],
    "not_draft": [True],
    "_draft": [False],
    "private_notes": ["yes"],
    "hiddenInHomeList": [True],
    "expires": [PAST],
    "pubDate": [LATER],
}


@pytest.mark.parametrize(("key", "value", "word"), GUILTY.values(), ids=GUILTY)
def test_a_word_withholds_and_is_counted(
    tmp_path: Path, key: str, value: object, word: str
) -> None:
    write(tmp_path, **{key: value})
    item = {"title": "Told", "url": URL, "date": "2026-01-01"}
    write(tmp_path, "lister", related=[item])
    report = build(tmp_path)
    assert titles(tmp_path) == ["About lister"]
    assert (report.withheld, report.problems, report.articles) == ({word: 1}, (), 1)
    assert b"Told" not in (tmp_path / "out/all/atom.xml").read_bytes()


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, values in INNOCENT.items() for value in values],  # type: ignore[attr-defined]
    ids=str,
)
def test_anything_else_withholds_nothing(tmp_path: Path, key: str, value: object) -> None:
    write(tmp_path, **{"topics": ["A"], key: value})
    report = build(tmp_path)
    assert (report.articles, report.withheld, report.problems) == (1, {}, ())


def test_a_body_withholds_nothing(tmp_path: Path) -> None:
    content = write(tmp_path)
    path = content / "secret.md"
    path.write_text(path.read_text() + "draft: true\nstatus: draft\nprivate: true\n")
    assert build(tmp_path).articles == 1


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("hidden", "maybe", "hidden: expected true or false, got 'maybe'"),
        ("Is-Draft", 2, "Is-Draft: expected true or false, got 2"),
        ("private", "true!", "private: expected true or false, got 'true!'"),
        ("publishDate", "soon", "publishDate: expected a date such as"),
        ("expiryDate", "13/13/2020", "expiryDate: expected a date such as"),
        ("unpublishDate", True, "unpublishDate: expected a date such as"),
        ("expiryDate", [LATER], "expiryDate: expected a date such as"),
    ],
)
def test_what_cannot_be_read_withholds_and_is_named(
    tmp_path: Path, key: str, value: object, text: str
) -> None:
    write(tmp_path, **{key: value})
    write(tmp_path, "lister", related=[{"title": "Told", "url": URL, "date": "2026-01-01"}])
    report = build(tmp_path)
    assert titles(tmp_path) == ["About lister"]
    (problem,) = report.problems
    assert text in problem
    assert (report.rejected, report.withheld) == (1, {})


@pytest.mark.parametrize("value", [["home"], {"list": True}])
def test_a_list_is_no_flag_and_is_named(tmp_path: Path, value: object) -> None:
    write(tmp_path, hidden=value)
    report = build(tmp_path)
    assert titles(tmp_path) == ["About secret"]
    assert [problem.partition("hidden: ")[2][:22] for problem in report.problems] == [
        "expected true or false"
    ]
    assert build(tmp_path, make_config(hidden=False)).problems == ()


def test_words_withhold_in_json_and_mappings_too(tmp_path: Path) -> None:
    record = {"title": "A", "url": URL, "date": "2026-01-01", "status": "private"}
    for kind in ("json", "jsonl"):
        path = tmp_path / f"a.{kind}"
        path.write_text(json.dumps(record))
        report = feedkit.build(path, tmp_path / kind, SITE, now=NOW)
        assert (report.articles, report.withheld) == (0, {"status": 1})
    assert feedkit.Article.from_record(record).state == "draft"
    article = feedkit.Article.from_record({**record, "status": "", "expiryDate": PAST})
    feed = feedkit.make_feed([article], SITE, title="A", path="a", now=NOW)
    assert (article.state, feed.entries) == ("published", ())
    with pytest.raises(feedkit.RecordError, match="hidden: expected true or false"):
        feedkit.Article.from_record({**record, "hidden": "perhaps"})


def test_settings_say_which_words_withhold(tmp_path: Path) -> None:
    write(tmp_path, "a", status="private")
    write(tmp_path, "b", status="Draft")
    write(tmp_path, "c", status="in-review")
    write(tmp_path, "d", visibility="members", private="maybe")
    config = make_config(Status=("draft", "In_Review"), visibility=False, private=False)
    assert build(tmp_path, config).withheld == {"status": 2}
    assert titles(tmp_path) == ["About a", "About d"]


def test_settings_of_other_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "feedkit.toml"
    site = '[site]\ntitle = "A"\nurl = "https://example.org/"\n[records]\n'
    path.write_text(f"{site}withhold = {{ status = ['draft'], visibility = false, hidden = true }}")
    withhold = feedkit.load_config(path).records.withhold
    assert withhold == {"status": ("draft",), "visibility": False, "hidden": True}
    for line, text in {
        "withhold = { statuz = true }": "records.withhold.statuz: expected one of status, vis",
        "withhold = { draft = false }": "records.withhold.draft: expected one of status, vis",
        "withhold = { hidden = ['yes'] }": "records.withhold.hidden: expected true or false",
        "withhold = { status = 'draft' }": "records.withhold.status: expected",
    }.items():
        path.write_text(site + line)
        with pytest.raises(feedkit.ConfigError) as caught:
            feedkit.load_config(path)
        assert f"{path}:5: {text}" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"publishDate": "2026-03-03"}, [0, 0, 1, 1, 1]),
        ({"expiryDate": "2026-03-03"}, [1, 1, 0, 0, 0]),
        ({"publishDate": "2026-03-02", "unpublishDate": "2026-03-04"}, [0, 1, 1, 0, 0]),
        ({"publishDate": "2026-03-02", "expiryDate": "2026-03-03", "draft": True}, [0] * 5),
        ({"expiryDate": "2026-03-04", "unpublishDate": "2026-03-02"}, [1, 0, 0, 0, 0]),
        ({"date": "2026-03-02", "publishDate": "2026-03-03"}, [0, 0, 1, 1, 1]),
        ({"date": "2026-03-04", "publishDate": "2026-03-02"}, [0, 0, 0, 1, 1]),
    ],
)
@pytest.mark.parametrize("is_article", [False, True])
def test_time_withholds_and_shows_in_builds_that_nothing_else_changes(
    tmp_path: Path, fields: dict[str, object], shown: list[int], *, is_article: bool
) -> None:
    content = write(tmp_path, **fields)
    write(tmp_path, "other")
    out = tmp_path / "out"
    articles = list(feedkit.read_articles(content)) if is_article else content
    for day, is_shown in enumerate(shown):
        now = NOW.replace(hour=1) + timedelta(days=day)
        if day and is_article:
            report = feedkit.update(out, SITE, now=now)
        else:
            report = feedkit.build(articles, out, SITE, now=now)
        whole = feedkit.build(articles, tmp_path / "whole", SITE, now=now, cache=False)
        assert titles(tmp_path) == ["About other", "About secret"][: 1 + is_shown]
        assert report.withheld == whole.withheld
        assert (report.articles, sum(report.withheld.values())) == (1 + is_shown, 1 - is_shown)


def test_a_day_that_may_have_come_withholds_and_is_named_until_it_is_clear(tmp_path: Path) -> None:
    """5 March or 3 May."""
    write(tmp_path, "opens", publishDate="03/05/2026")
    write(tmp_path, "closes", expiryDate="03/05/2026")
    write(tmp_path, "other")
    found = []
    for day in (0, 3, 4, 62, 63):
        now = NOW.replace(hour=1) + timedelta(days=day)
        report = build(tmp_path, now=now)
        whole = feedkit.build(tmp_path / "in", tmp_path / "w", SITE, now=now, cache=False)
        assert (report.problems, report.withheld) == (whole.problems, whole.withheld)
        found.append((titles(tmp_path)[:-1], len(report.problems)))
    assert found == [
        (["About closes"], 0),
        (["About closes"], 0),
        ([], 2),
        ([], 2),
        (["About opens"], 0),
    ]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("expiryDate: 2026-03-02", [1, 0]),
        ("publishDate: 2026-03-02", [0, 1]),
        ("status: draft", [0, 0]),
        ("hidden: maybe", [0, 0]),
        ("private: false\nstatus: publish\nexpiryDate: 2027-01-01", [1, 1]),
        ("hidden: [a]\nvisibility: public\npost_password: ''", [1, 1]),
        ("post_password: x", [0, 0]),
        ("expiryDate: soon", [0, 0]),
        ("headless:\n  true", [0, 0]),
    ],
)
@pytest.mark.parametrize("error", ["quality: high", "excerpt: a: b"])
def test_words_withhold_where_the_record_cannot_be_used(
    tmp_path: Path, error: str, fields: str, shown: list[int]
) -> None:
    content = write(tmp_path)
    record = f"title: A\nurl: {URL}\ndate: 2026-01-01\n{fields}\n{error}"
    (content / "secret.md").write_text(f"---\n{record}\n---\n")
    write(tmp_path, "lister", related=[{"title": "Told", "url": URL, "date": "2026-01-01"}])
    for day, is_shown in enumerate(shown):
        report = build(tmp_path, now=NOW.replace(hour=1) + timedelta(days=day))
        assert titles(tmp_path) == ["About lister", "Told"][: 1 + is_shown]
        assert (report.rejected, report.withheld) == (1, {})


def test_a_record_that_is_unfinished_by_a_word_may_lack_fields(tmp_path: Path) -> None:
    content = write(tmp_path)
    (content / "new.md").write_text("---\ntitle: A\nstatus: draft\n---\n")
    report = build(tmp_path)
    assert (report.other, report.problems) == (1, ())


def test_an_article_made_by_hand_may_have_a_time(tmp_path: Path) -> None:
    def make(**fields: Any) -> feedkit.Article:
        return feedkit.Article(url=URL, title="A", published=NOW, **fields)

    for fields, word in (
        ({"available": NOW + timedelta(days=1)}, "publishDate"),
        ({"expires": NOW - timedelta(days=1)}, "expiryDate"),
        ({"available": NOW - timedelta(days=1), "expires": NOW + timedelta(days=1)}, ""),
    ):
        report = feedkit.build([make(**fields)], tmp_path / "out", SITE, now=NOW, cache=False)
        assert report.withheld == ({word: 1} if word else {})
    wrong = feedkit.build([make(expires="soon")], tmp_path / "out", SITE, now=NOW)
    assert "expires: expected a date" in wrong.problems[0]


def test_check_names_other_values(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from feedkit.cli import main

    write(tmp_path, "a", status="archived")
    write(tmp_path, "b", visibility=["everyone"])
    write(tmp_path, "c", status="publish", visibility="public")
    content = write(tmp_path, "d", status="draft")
    (tmp_path / "feedkit.toml").write_text('[site]\ntitle = "A"\nurl = "https://example.org/"\n')
    arguments = ["check", str(content), "--config", str(tmp_path / "feedkit.toml")]
    said = CliRunner().invoke(main, arguments).stdout
    assert "a.md:2: status: 'archived' withholds nothing" in said
    assert "b.md:2: visibility: ['everyone'] withholds nothing" in said
    assert said.count("withholds nothing") == 2


@pytest.mark.parametrize(
    ("withhold", "named"),
    [
        (
            '{ status = ["drafts"] }',
            ["a.md:2: status: 'draft'", "b.md:2: status: ['Private', 'x']"],
        ),
        ('{ status = ["draft"] }', ["b.md:2: status: ['Private', 'x']"]),
        ('{ status = ["draft", "private"] }', []),
        ("{ status = true }", []),
        ("{ status = false }", []),
        ("{ status = [] }", []),
    ],
)
def test_check_names_values_that_the_settings_leave_out(
    tmp_path: Path, withhold: str, named: list[str]
) -> None:
    from click.testing import CliRunner

    from feedkit.cli import main

    write(tmp_path, "a", status="draft")
    write(tmp_path, "b", status=["Private", "x"])
    write(tmp_path, "c", status="published")
    content = write(tmp_path, "d", status="archived")
    settings = tmp_path / "feedkit.toml"
    site = '[site]\ntitle = "A"\nurl = "https://example.org/"\n'
    settings.write_text(f"{site}[records]\nwithhold = {withhold}\n")
    said = CliRunner().invoke(main, ["check", str(content), "--config", str(settings)]).stdout
    reason = "withholds nothing, since [records] withhold leaves it out"
    assert [line for line in said.splitlines() if "withholds nothing" in line] == [
        f"{content}/{one} {reason}" for one in named
    ]


MERGES = {
    "a mapping": f"base: &b\n  draft: true\n<<: *b\ntitle: A\nurl: {URL}\ndate: 2026-01-01",
    "a list": f"a: &a {{}}\ntitle: A\nurl: {URL}\ndate: 2026-01-01\n<<: [*a]",
    "in quotes": f"title: A\nurl: {URL}\ndate: 2026-01-01\n'<<': {{x: 1}}",
    "below": f"a: &a {{name: P}}\ntitle: A\nurl: {URL}\ndate: 2026-01-01\nprovider:\n  <<: *a",
    "the address too": f"base: &b\n  url: {URL}\n  title: A\n  date: 2026-01-01\n<<: *b\ntitle: A",
    "no YAML": f"<<: *b\ntitle: A: b\nurl: {URL}\ndate: 2026-01-01",
}


@pytest.mark.parametrize("front_matter", MERGES.values(), ids=MERGES)
def test_a_merge_key_is_an_error_and_withholds(tmp_path: Path, front_matter: str) -> None:
    content = write(tmp_path)
    (content / "secret.md").write_text(f"---\n{front_matter}\n---\n")
    write(tmp_path, "lister", related=[{"title": "Told", "url": URL, "date": "2026-01-01"}])
    report = build(tmp_path)
    assert titles(tmp_path) == ["About lister"]
    (problem,) = report.problems
    if front_matter != MERGES["no YAML"]:
        assert "<<: expected the fields that it stands for, written out, got a merge key" in problem
    assert report.rejected == 1


@pytest.mark.parametrize(
    "line", ["title: a << b", "excerpt: '<<: *b'", "'<<<': 1", "tags: ['<<']", "x: |\n  <<: *b"]
)
def test_other_text_is_no_merge_key(tmp_path: Path, line: str) -> None:
    content = write(tmp_path)
    title = "" if line.startswith("title") else "title: A\n"
    text = f"---\n{title}url: {URL}\ndate: 2026-01-01\n{line}\n---\n<<: *b\n"
    (content / "secret.md").write_text(text)
    report = build(tmp_path)
    assert (report.articles, report.problems) == (1, ())
