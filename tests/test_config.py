"""Settings: what they become, and how a wrong one is named."""

from pathlib import Path

import pytest

import feedkit

SITE = '[site]\ntitle = "A"\nurl = "https://example.org/feeds"\n'


def load(tmp_path: Path, text: str) -> feedkit.Config:
    path = tmp_path / "feedkit.toml"
    path.write_text(text, "utf-8")
    return feedkit.load_config(path)


def test_what_a_site_leaves_out_comes_from_the_rest(tmp_path: Path) -> None:
    site = load(tmp_path, SITE).site
    assert (site.url, site.home) == ("https://example.org/feeds/", "https://example.org/")
    assert (site.author, site.language, site.timezone) == ("A", "en", "UTC")


def test_the_words_of_settings_are_cleaned_as_all_text() -> None:
    site = feedkit.Site(title="A\nb\x00", author=" \u202e", url="https://example.org/")
    assert (site.title, site.author) == ("A b", "A b")
    assert feedkit.Labels(source="So\turce ").source == "So urce"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (SITE + "color = 1\n", ":4: site.color: no such setting"),
        (SITE + "[feed]\n", ":4: feed: no such setting; did you mean 'feeds'?"),
        (
            SITE + "[feeds]\nlimits = 5\n",
            ":5: feeds.limits: no such setting; did you mean 'limit'?",
        ),
        (SITE + "[feeds]\nlimit = 0\n", ":5: feeds.limit: Expected `int` >= 1"),
        (SITE + '[feeds]\nlimit = "5"\n', ":5: feeds.limit: expected a whole number, got text"),
        (SITE + '[feeds]\nformats = ["atom", "xml"]\n', ":5: feeds.formats[1]: Invalid enum"),
        (SITE + '[feeds]\nformats = "rss"\n', ":5: feeds.formats: expected a list, got text"),
        (SITE + "[feeds]\nformats = []\n", ":5: feeds.formats: expected one or more of 'atom'"),
        (SITE + '[feeds]\nformats = ["rss", "rss"]\n', ":5: feeds.formats: expected one or more"),
        (SITE + '[feeds]\nshared_domains = ["x"]\n', ":5: feeds.shared_domains: expected a domain"),
        (SITE + "[feeds]\nlimit = " + "9" * 5000, ": Exceeds the limit"),
        ("a = " + "[" * 5000, ": nested too deep"),
        (SITE + 'timezone = "localtime"\n', ":4: site.timezone: expected an IANA time zone"),
        (SITE + '[labels]\nsource = " "\n', ":5: labels.source: expected some text, got ''"),
        (SITE + '[exclude]\nurls = ["x"]\n', ":5: exclude.urls: expected an absolute http(s) URL"),
        (SITE + '[exclude]\ndomains = ["x"]\n', ":5: exclude.domains: expected a domain such as"),
        (SITE.replace("https", "ftp"), ":3: site.url: expected an absolute http(s) URL, got 'ftp"),
        (SITE.replace("feeds", "feeds?a"), ":3: site.url: expected an address without ? and #"),
        (SITE.replace("A", " "), ":2: site.title: expected some text, got ' '"),
        (SITE + 'language = "e n"\n', ":4: site.language: expected a tag such as 'en'"),
        (SITE + 'timezone = "Mars"\n', ":4: site.timezone: expected an IANA time zone"),
        ('[site]\ntitle = "A"\n', ":1: site.url: expected a value, got nothing"),
        ("[site\n", ":1: Expected"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(feedkit.ConfigError) as found:
        load(tmp_path, text)
    assert str(found.value).startswith(f"{tmp_path / 'feedkit.toml'}{error}")


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(feedkit.ConfigError, match="No such file"):
        feedkit.load_config(tmp_path / "feedkit.toml")
    (tmp_path / "feedkit.toml").write_bytes(b"\xff")
    with pytest.raises(feedkit.ConfigError, match="utf-8"):
        feedkit.load_config(tmp_path / "feedkit.toml")


def test_a_byte_order_mark_is_no_part_of_the_settings(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + SITE) == load(tmp_path, SITE)


def test_domains_that_many_share_may_be_written_as_people_write_them() -> None:
    settings = feedkit.FeedSettings(shared_domains=("www.YouTube.com.",))
    assert settings.shared_domains == ("youtube.com",)
