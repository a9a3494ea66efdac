"""What data files know of topics and providers, and how a wrong one is named."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit
from feedkit.config.feed_info import list_above
from feedkit.models import Image

SITE = """\
[site]
title = "Harbour"
url = "https://feeds.example.org/"
home = "https://example.org/"
[data]
topics = "data/topics"
organizations = "data/organizations"
"""
POST = """\
---
taxonomy: organization
_id: post.example.org
name: The Post
domain: www.Post.example.org
description: >
  News of
  the harbour.
images:
  - url: /pictures/post-50.png
    width: 50
    height: 50
    isCached: true
  - url: https://cdn.example.org/post-400.png
    width: 400
    height: 400
otherNames: [Post]
parent: [ignored]
---
Words about it.
"""
TIDES = "_id: tidal\nname: Tides\nkeywords: [tide]\nparent: Sea\nhome: {ignored: yes}\n"


def load(folder: Path, text: str = SITE, **files: str) -> feedkit.Config:
    """Settings beside data files, which are called `topics_a_yaml` for `data/topics/a.yaml`."""
    for kind in ("topics", "organizations"):
        (folder / "data" / kind).mkdir(parents=True, exist_ok=True)
    for name, content in (
        {"topics_tides_yaml": TIDES, "organizations_post_md": POST} | files
    ).items():
        kind, stem, suffix = name.split("_")
        (folder / "data" / kind / f"{stem}.{suffix}").write_text(content, "utf-8")
    (folder / "feedkit.toml").write_text(text, "utf-8")
    return feedkit.load_config(folder / "feedkit.toml")


def test_a_data_file_says_what_feedkit_toml_could(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.about("topics", "tides") == feedkit.About(
        slug="tidal", title="Tides", parent="Sea"
    )
    assert config.about("providers", "post.example.org") == feedkit.About(
        title="The Post",
        description="News of the harbour.",
        images=(
            Image(url="https://example.org/pictures/post-50.png", width=50, height=50),
            Image(url="https://cdn.example.org/post-400.png", width=400, height=400),
        ),
    )


def test_what_feedkit_toml_says_comes_first_field_by_field(tmp_path: Path) -> None:
    said = '[topics."TIDES!"]\nslug = "ebb"\n[providers."post.example.org"]\ntitle = "Post"\n'
    said += 'images = [{ url = "post.svg", width = 64 }]\n'
    config = load(tmp_path, SITE + said)
    tides, post = config.about("topics", "tides"), config.about("providers", "post.example.org")
    assert (tides.slug, tides.title, tides.parent) == ("ebb", "Tides", "Sea")
    assert (post.title, post.description) == ("Post", "News of the harbour.")
    assert post.images == (Image(url="https://example.org/post.svg", width=64),)


def test_what_feedkit_toml_says_of_others_stays(tmp_path: Path) -> None:
    long = "A very long name " * 8  # whose slug is none of its own slug
    config = load(tmp_path, f'{SITE}[topics."{long}"]\nslug = "long"\n')
    assert feedkit.Config(site=config.site, topics={long: feedkit.About(slug="long")}).topics == {
        slug: about for slug, about in config.topics.items() if slug != "tides"
    }


def test_a_file_may_hold_one_or_a_list_of_several(tmp_path: Path) -> None:
    text = SITE.replace("data/topics", "data/topics/all.yaml")
    several = "- name: Moon\n- name: Tides\n  parent: Moon\n"
    config = load(tmp_path, text, topics_all_yaml=several)
    assert sorted(config.topics) == ["moon", "tides"]
    config = load(tmp_path, text, topics_all_yaml="\ufeff---\r\nname: Moon\r\n---\r\n")
    assert sorted(config.topics) == ["moon"]


def test_folders_are_read_with_all_below_them_but_what_is_hidden_or_no_data(tmp_path: Path) -> None:
    for name in (".hidden", "deeper"):
        (tmp_path / "data/topics" / name).mkdir(parents=True)
        (tmp_path / "data/topics" / name / "x.yml").write_text(f"name: {name}", "utf-8")
    files = {"topics_README_md": "No front matter.\n", "topics_notes_txt": "name: Notes\n"}
    assert sorted(load(tmp_path, **files).topics) == ["deeper", "tides"]


def test_an_organization_without_a_domain_goes_by_its_id_or_its_name(tmp_path: Path) -> None:
    files = {
        "organizations_a_yaml": "_id: north.example.net\nname: North\n",
        "organizations_b_yaml": "_id: the-quay\nname: Quay\nhome: https://quay.example.org\n",
    }
    config = load(tmp_path, **files)
    assert config.about("providers", "north.example.net").title == "North"
    quay = config.about("providers", "quay")
    assert (quay.slug, quay.home) == ("the-quay", "https://quay.example.org/")


def test_organizations_of_a_shared_domain_are_known_by_their_names(tmp_path: Path) -> None:
    files = {
        "organizations_m_yaml": "name: Big Quay\ndomain: medium.com\n",
        "organizations_n_yaml": "name: Pier\n_id: the-pier\ndomain: medium.com\n",
    }
    found = {slug for slug in load(tmp_path, **files).providers if slug.startswith("medium.com")}
    assert found == {"medium.com_big-quay", "medium.com_pier"}


def test_a_shared_domain_alone_is_the_organization_that_has_it_as_its_id(tmp_path: Path) -> None:
    config = load(tmp_path, organizations_m_yaml="name: Big Medium\n_id: medium.com\n")
    found = {slug for slug, about in config.providers.items() if about.title == "Big Medium"}
    assert found == {"medium.com", "medium.com_big-medium"}


NODES = (feedkit.Provider(name="Node.js"), feedkit.Provider(name="Node", domain="node.js"))


@pytest.mark.parametrize("provider", NODES)
def test_a_name_that_looks_like_a_domain_is_that_of_both(
    tmp_path: Path, provider: feedkit.Provider
) -> None:
    config = load(tmp_path, organizations_n_yaml="name: Node.js\nhome: https://x.example/\n")
    day = datetime(2026, 1, 1, tzinfo=UTC)
    one = feedkit.Article(url="https://x.example/a", title="A", published=day, provider=provider)
    feeds = feedkit.select_feeds([one], config, now=day)
    path = {"": "providers/node-js", "node.js": "providers/node.js"}[provider.domain]
    assert [(feed.path, feed.title) for feed in feeds][1:] == [(path, "Node.js")]
    assert config.about_provider(provider).home == "https://x.example/"


def test_a_folder_given_to_what_looks_like_a_domain_holds_both() -> None:
    config = feedkit.Config(
        site=feedkit.Site(title="A", url="https://example.org/"),
        providers={"Node.js": feedkit.About(slug="nodejs")},
    )
    day = datetime(2026, 1, 1, tzinfo=UTC)
    articles = [
        feedkit.Article(url=f"https://x.example/{n}", title=f"{n}", published=day, provider=one)
        for n, one in enumerate(NODES)
    ]
    feeds = feedkit.select_feeds(articles, config, now=day)
    assert [(feed.path, len(feed.entries)) for feed in feeds][1:] == [("providers/nodejs", 2)]


@pytest.mark.parametrize("parent", ["Sea", "SEA!", "the-sea"])
def test_a_parent_goes_by_its_name_or_its_folder(tmp_path: Path, parent: str) -> None:
    files = {"topics_s_yaml": "_id: the-sea\nname: Sea\n"}
    files["topics_tides_yaml"] = f"name: Tides\nparent: {parent}\n"
    topics = load(tmp_path, **files).topics
    assert list_above(topics, "tides") == ["sea"]


def test_an_ending_is_read_in_any_case_and_what_is_commented_out_says_nothing(
    tmp_path: Path,
) -> None:
    files = {"topics_a_YAML": "name: Quays\n", "topics_b_yaml": "# name: Piers\n"}
    assert sorted(load(tmp_path, **files).topics) == ["quays", "tides"]


def test_a_pipe_is_no_data_file_and_no_file_of_ids(tmp_path: Path) -> None:
    load(tmp_path)
    for name in ("ids.json", "data/topics/a.yaml"):
        os.mkfifo(tmp_path / name)
        said = f"{name}: expected a file, got a pipe"
        with pytest.raises(feedkit.ConfigError, match=said):
            feedkit.load_config(tmp_path / "feedkit.toml")
        (tmp_path / name).unlink()


def test_data_files_below_the_content_are_no_records(tmp_path: Path) -> None:
    text = SITE.replace("/topics", "/topics/t.md")
    config = load(tmp_path, text, topics_t_md="---\nname: A\n---")
    text = "---\ntitle: A\nurl: https://post.example.org/1\ndate: 2026-01-01\n---\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert len(list(feedkit.read_articles(tmp_path, config))) == 1
    report = feedkit.build(tmp_path, tmp_path / "out", config, now=now)
    assert (report.articles, report.other, report.problems) == (1, 0, ())
    assert config.data.places
    changed = tmp_path / "data/topics/t.md"
    changed.write_text(text.replace("/1", "/2"), "utf-8")
    for report in (
        feedkit.update(tmp_path / "out", config, changed=[changed], now=now),
        feedkit.build(tmp_path, tmp_path / "out", config, now=now),
    ):
        assert report.articles == 1


def test_settings_without_data_files_read_none(tmp_path: Path) -> None:
    assert load(tmp_path, SITE.partition("[data]")[0]).topics == {}


ERRORS = {
    "topics/a.yaml:1: name: expected a value, got nothing": "_id: a\n",
    "topics/a.yaml:1: name: expected text in quotes, got a whole number": "name: 2024\n",
    "topics/a.yaml:2: name: expected some text, got ' '": "_id: a\nname: ' '\n",
    "topics/a.yaml:2: _id: expected text in quotes, got true or false": "name: A\n_id: true\n",
    "topics/a.yaml:2: _id: expected a folder name such as 'c-sharp', got '../a'": (
        "name: A\n_id: ../a\n"
    ),
    "topics/a.yaml:2: images: expected a list in brackets, got text in quotes": (
        "name: A\nimages: a.png\n"
    ),
    "topics/a.yaml:4: images[1].width: expected a whole number or nothing, got text in quotes": (
        "name: A\nimages:\n- url: a.png\n- {url: b.png, width: 9px}\n"
    ),
    "topics/a.yaml:4: images[0].height: expected a number of pixels, got 0": (
        "name: A\nimages:\n- url: a.png\n  height: 0\n"
    ),
    "topics/a.yaml:3: images[0].url: expected a value, got nothing": (
        "name: A\nimages:\n- width: 9\n"
    ),
    "topics/a.yaml:3: images[0].url: expected an http(s) URL, got 'ftp://a.example/'": (
        "name: A\nimages:\n- url: ftp://a.example/\n"
    ),
    "topics/tides.yaml:2: name: expected another name than that of {}topics/a.yaml, got 'Tides'": (
        "name: tides\n"
    ),
    "topics/tides.yaml:1: _id: expected a folder name other than that of 'A', got 'tidal'": (
        "name: A\n_id: tidal\n"
    ),
    "topics/a.yaml:2: parent: expected parents without a loop, got Sea → Tides → Sea": (
        "name: Sea\nparent: TIDES\n"
    ),
    "topics/a.yaml:2: parent: expected parents without a loop, got A → A": "name: A\nparent: a\n",
    "topics/a.yaml: name: expected text in quotes, got a whole number": (
        f"name: 5 # {'long ' * 2**18}\n"
    ),
    "topics/a.yaml:2: images: expected pictures with url, width and height, got '\\ud800'": (
        'name: A\nimages: [{"\\ud800": 1, url: /a}]\n'
    ),
    "topics/a.yaml:1: expected a mapping of fields, got 'words'": "words\n",
    "topics/a.yaml:2: expected a mapping of fields, got 5": "- name: A\n- 5\n",
    "topics/a.yaml:2: ": "name: A\nname: [\n",
}


@pytest.mark.parametrize("error", ERRORS)
def test_a_wrong_data_file_is_named_with_its_line_and_field(tmp_path: Path, error: str) -> None:
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, topics_a_yaml=ERRORS[error])
    said = str(found.value)
    wanted = f"{tmp_path}/data/" + error.format(f"{tmp_path}/data/")
    assert said.startswith(wanted) if error.endswith(" ") else said == wanted


def test_lines_count_from_the_top_of_a_file_with_front_matter(tmp_path: Path) -> None:
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, organizations_post_md=POST.replace("www.Post.example.org", "[a]"))
    name = tmp_path / "data/organizations/post.md"
    assert str(found.value) == f"{name}:5: domain: expected text in quotes, got a list"
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, organizations_post_md=POST.replace("www.Post.example.org", "a b"))
    expected = "expected a domain such as 'example.org', got 'a b'"
    assert str(found.value) == f"{name}:5: domain: {expected}"
    with pytest.raises(feedkit.ConfigError, match=r"post\.md:1: expected a second line of ---"):
        load(tmp_path, organizations_post_md="---\nname: A\n")


TOML_ERRORS = {
    ":6: data.topics: expected a folder that holds .yaml or .md files, or one of these, "
    "got 'topics' (No such file or directory)": SITE.replace("data/topics", "topics"),
    ":6: data.topics: expected a folder that holds .yaml or .md files, or one of these, "
    "got 'empty'": SITE.replace("data/topics", "empty"),
    ':9: topics."sea".parent: expected parents without a loop, got sea → Tides → sea': (
        SITE + '[topics."sea"]\nparent = "Tides"\n'
    ),
    ':9: topics."Sea".home: expected it for providers alone': (
        SITE + '[topics."Sea"]\nhome = "https://example.org/"\n'
    ),
    ':9: providers."a.org".parent: expected it for topics alone': (
        SITE + '[providers."a.org"]\nparent = "B"\n'
    ),
    ':9: providers."a.org".images[0].url: expected an http(s) URL': (
        SITE + '[providers."a.org"]\nimages = [{ url = "" }]\n'
    ),
    ':9: providers."a.org".images[0].widht: no such setting': (
        SITE + '[providers."a.org"]\nimages = [{ url = "a", widht = 9 }]\n'
    ),
    ':11: topics."C#".title: expected text in quotes, got a whole number': (
        SITE + '[topics."A"]\ntitle = "B"\n[topics."C#"]\ntitle = 5\n'
    ),
    ":9: topics.\"C#\".titel: no such setting; did you mean 'title'?": (
        SITE + '[topics."C#"]\ntitel = "B"\n'
    ),
}


@pytest.mark.parametrize("error", TOML_ERRORS)
def test_feedkit_toml_is_named_where_it_is_wrong_itself(tmp_path: Path, error: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, TOML_ERRORS[error], topics_a_yaml="name: A\n")
    assert str(found.value).startswith(f"{tmp_path / 'feedkit.toml'}{error}")


def test_a_data_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "data/topics/a.yaml").write_bytes(b"name: A\nb: \xff\n")
    with pytest.raises(feedkit.ConfigError, match=r"a\.yaml:2: expected UTF-8, got byte 0xff"):
        load(tmp_path)


def test_a_parent_of_which_no_record_is_has_a_feed_of_what_stands_below_it(tmp_path: Path) -> None:
    files = {"topics_s_yaml": "_id: seas\nname: Sea\nparent: Planet\ndescription: All of it.\n"}
    config = load(tmp_path, SITE.replace("[data]", "[feeds]\nroll_up = true\n[data]"), **files)
    content = tmp_path / "content"
    content.mkdir()
    for number, topic in enumerate(("tides", "Quays")):
        (content / f"{number}.md").write_text(
            f"---\ntitle: About {topic}\nurl: https://post.example.org/{number}\n"
            f"date: 2026-01-0{number + 1}\ntopics: [{topic}]\n---\n",
            "utf-8",
        )
    articles = list(feedkit.read_articles(content))
    now = articles[1].published
    feeds = {feed.path: feed for feed in feedkit.select_feeds(articles, config, now=now)}
    assert sorted(feeds)[1:] == ["topics/planet", "topics/quays", "topics/seas", "topics/tidal"]
    sea, planet = feeds["topics/seas"], feeds["topics/planet"]
    assert (sea.title, sea.description, planet.title) == ("Sea", "All of it.", "Planet")
    assert [entry.article.topics for entry in sea.entries] == [("tides",)]
    assert planet.entries == sea.entries == feeds["topics/tidal"].entries
    off = feedkit.select_feeds(articles, load(tmp_path, **files), now=now)
    assert [feed.path for feed in off][1:] == ["topics/quays", "topics/tidal"]


def test_a_data_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "data/topics").mkdir(parents=True)
    (tmp_path / "data/topics/a.yaml").symlink_to("nowhere")
    with pytest.raises(feedkit.ConfigError, match=r"data/topics/a\.yaml: No such file"):
        load(tmp_path)
