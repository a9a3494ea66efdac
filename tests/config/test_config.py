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
        (SITE + "[feeds]\nlimit = " + "9" * 5000, "Exceeds the limit"),
        ("a = " + "[" * 5000, "nested too deep"),
    ],
)
def test_settings_that_go_too_far_are_an_error(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(feedkit.ConfigError, match=error):
        load(tmp_path, text)


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
