"""Keys that are nearly a record's, and front matter that is no record: `check` names both."""

import json
import re
from pathlib import Path

import pytest

import feedkit
from commands import SMALL, record, run, write_files
from feedkit.sources.coercion import ReadSettings
from feedkit.sources.records import OTHER, read_document, read_json
from tides import CONFIG, NOW

#: Keys as they are misspelt, and the field that is meant.
SLIPS = {
    "exerpt": "excerpt", "excerp": "excerpt", "Exceprt": "excerpt", "titel": "title",
    "tittle": "title", "webUlr": "webUrl", "udpated": "updated", "publised": "published",
    "languge": "language", "daet": "date", "ulr": "url", "bdoy": "body", "body-htlm": "bodyHtml",
    "topcs": "topics", "relatd": "related", "proivder": "provider", "imges": "images",
    "enclosurs": "enclosures", "darft": "draft", "remvoed": "removed", "delted": "deleted",
}  # fmt: skip
#: Keys of other programs' records, and words that mean something else.
INNOCENT = re.findall(
    r"\w+",
    """
aliases audio cascade date description draft expiryDate headless images isCJKLanguage keywords
layout lastmod linkTitle markup outputs params publishDate resources series slug summary title
type url videos weight menu menus toc categories tags author authors featured_image featuredImage
cover subtitle build sitemap translationKey translate permalink published category comments
excerpt_separator redirect_from last_modified_at pin math mermaid pagination eleventyNavigation
eleventyExcludeFromCollections templateEngineOverride updated abbrlink top sticky copyright
feature_image featured visibility published_at updated_at created_at html plaintext custom_excerpt
canonical_url meta_title primary_tag post_title post_date guid excerpt link modified date_gmt
modified_gmt pubDate updatedDate heroImage ogImage date_published date_modified content_html
content_text external_url attachments banner_image taxonomies extra template in_search_index name
data state status path image imageUrl imageAlt thumbnail teaser lead body content text source
sources links feed feeds topic topicId topicIds providerId providerName publisher publishers
provided relation relations relatedPosts related_posts language languages lang locale country
region quality qualityScore heat heatScore score rank views likes shares hash etag uuid index
order position parent children child section chapter edition issue volume number version revision
revised reviewed reviewer editor editors contributors byline credits caption gallery video
enclosure enclosures media podcast duration episode season explicit rating ratings rated tile
titles heading headline kicker dek standfirst intro introduction outro abstract updateDate update
dates day month year time timezone datetime created deleted removed archive archived hidden
private public unlisted noindex robots canonical amp ampurl shortlink short_url urls uri uris href
src id ids key keyid identifier code sku price currency location place latitude longitude geo
address phone email website social twitter facebook github mastodon publishing publication
published_by publishedTime publishedTimestamp reading_time readingTime wordcount word_count domain
domains site sitename theme color colour colors background icon icons logo avatar photo photos
picture pictures heroes hero banner footer header sidebar nav navigation breadcrumb scripts styles
css js class classes format formats kind mode draftDate drafted features featureFlag featuredMedia
removedAt deletedAt remote delay bodyText bodyClass bodyParagraphs
    """,
)


def find_misspelt(front_matter: str) -> list[str]:
    settings = ReadSettings(has_remarks=True)
    found = read_document(f"---\n{front_matter}\n---\n", "a.md", settings).unread
    return [str(one) for one in found if ": did you mean" in str(one)]


@pytest.mark.parametrize("key", SLIPS)
def test_a_key_that_is_nearly_a_field_is_named_with_it(key: str) -> None:
    assert find_misspelt(f"id: a\n{key}: b") == [f"a.md:3: {key}: did you mean {SLIPS[key]}?"]


@pytest.mark.parametrize(
    ("line", "field"),
    [("publish: false", "published"), ("is-public: no", "published"),
     ("visible: false", "published"), ("state: drafts", "status"), ("drafts: true", "draft"),
     ("unpublished: true", "draft"), ("is_private: yes", "private"), ("hide: true", "hidden"),
     ("state: draft", "status"), ("workflow: Pending", "status"), ("access: members", "visibility"),
     ("password: secret", "post_password"), ("password: 1234", "post_password"),
     ("expires: 2026-02-03", "expiryDate"), ("expiration_date: '2026-02-03'", "expiryDate"),
     ("unpublishAt: 2026-02-03", "unpublishDate"), ("embargo: 2027-01-01", "publishDate")],
)  # fmt: skip
def test_a_word_that_is_meant_to_withhold_and_does_not_is_named(line: str, field: str) -> None:
    text = f"---\ntitle: A\nurl: https://a.example/\ndate: 2026-01-01\n{line}\n---\n"
    found = read_document(text, "a.md", ReadSettings(has_remarks=True)).unread
    key = line.partition(":")[0]
    assert [str(one) for one in found] == [f"a.md:5: {key}: not read; did you mean {field}?"]


def test_a_misspelt_flag_is_named_beside_a_date() -> None:
    assert find_misspelt("date: 2026-01-01\npublised: false") == [
        "a.md:3: publised: did you mean published?"
    ]


@pytest.mark.parametrize(
    "line",
    ["publish: true", "public: true", "unpublished: false", "hide: false", "state: California",
     "state: [draft]", "workflow: news", "access: free", "visible: true", "password: ''",
     "password: true", "expires: never", "expires: false", "embargo: none", "available: false",
     "publised: 2026-01-01"],
)  # fmt: skip
def test_what_withholds_nothing_in_any_program_is_not_named(line: str) -> None:
    text = f"---\ntitle: A\nurl: https://a.example/\ndate: 2026-01-01\n{line}\n---\n"
    assert read_document(text, "a.md", ReadSettings(has_remarks=True)).unread == ()


def test_a_field_in_other_letters_is_named_once() -> None:
    text = "---\ntitle: A\nurl: https://a.example/\ndate: 2026-01-01\nDraft: true\n---\n"
    found = read_document(text, "a.md", ReadSettings(has_remarks=True))
    assert [str(one) for one in (*found.errors, *found.unread)] == [
        "a.md:5: Draft: expected 'draft', in lower case, got 'Draft'"
    ]


def test_words_that_mean_something_else_are_not_named() -> None:
    assert find_misspelt("\n".join(f"{key}: b" for key in INNOCENT)) == []


@pytest.mark.parametrize(
    "line", ["excerpt: a\nexerpt: b", "summary: a\nexerpt: b", "exerpt: ''", "exerpt:", "1: b"]
)
def test_a_key_is_no_slip_of_a_field_that_is_there_and_none_without_a_value(line: str) -> None:
    assert find_misspelt(line) == []


def test_keys_of_related_items_and_of_the_provider_are_named_too() -> None:
    text = "provider: {name: A, domian: b.example}\nrelated:\n- {title: A, webUlr: b}"
    assert find_misspelt(text) == [
        "a.md:2: provider.domian: did you mean domain?",
        "a.md:4: related[0].webUlr: did you mean webUrl?",
    ]


def test_a_key_of_ones_own_is_no_slip(tmp_path: Path) -> None:
    extensions = '[records.extensions]\n_a = "exerpt"\n'
    write_files(tmp_path, {**SMALL, "in/ferry.md": record("Ferry", exerpt="a")})
    assert "in/ferry.md:5: exerpt: did you mean excerpt?\n" in run("check in", tmp_path).out
    write_files(tmp_path, {"feedkit.toml": SMALL["feedkit.toml"] + extensions})
    assert "exerpt" not in run("check in", tmp_path).out


@pytest.mark.parametrize(
    "front_matter",
    ["title: About", "title: About\ndate:", "title: About\nwebUrl: ''", "title: A\npublished: true",
     "title: A\ntopics: [B]\nexcerpt: c", "title: A\nupdated: 2026-01-01", "layout: page"],
)  # fmt: skip
def test_front_matter_with_neither_date_nor_address_is_no_record(front_matter: str) -> None:
    assert read_document(f"---\n{front_matter}\n---\nText.\n", "a.md", ReadSettings()) == OTHER


@pytest.mark.parametrize(
    "front_matter",
    ["title: A\ndate: soon", "title: A\nurl: /a/", "date: 2026-01-01", "original_url: x",
     "title: A\npublished: 2026-01-01"],
)  # fmt: skip
def test_with_either_it_is_one_that_lacks_something(front_matter: str) -> None:
    assert read_document(f"---\n{front_matter}\n---\n", "a.md", ReadSettings()).errors


def test_a_title_alone_in_a_file_of_records_lacks_something() -> None:
    (reading,) = read_json('{"title": "A"}', "a.json", ReadSettings())
    assert reading.errors


def test_what_is_no_record_is_counted_and_named_by_check(tmp_path: Path) -> None:
    about = {f"in/{name}.md": f"---\ntitle: {name}\n---\n" for name in ("about", "imprint")}
    write_files(tmp_path, {**SMALL, **about})
    report = feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW)
    assert (report.other, report.rejected, report.problems, report.exit_status) == (2, 0, (), 0)
    line = "no front matter with a date or address: in/about.md, in/imprint.md\n"
    assert line in run("check in", tmp_path).out
    said = json.loads(run("check in --json", tmp_path).out)
    assert said["files_without_record"] == ["in/about.md", "in/imprint.md"]


def test_misspelt_keys_of_what_is_no_record_are_named(tmp_path: Path) -> None:
    write_files(tmp_path, {**SMALL, "in/a.md": "---\ntitle: A\nwebUlr: b\ndaet: c\n---\n"})
    found = run("check in", tmp_path).out.splitlines()
    assert found[:2] == [
        "in/a.md:3: webUlr: did you mean webUrl?",
        "in/a.md:4: daet: did you mean date?",
    ]
