"""Addresses: what is written everywhere, what is refused, and the ids that come of them."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.errors import UrlError
from feedkit.text.urls import (
    article_id,
    article_key,
    canonical_url,
    clean_host,
    clean_url,
    explicit_id,
    uuid_urn,
)

ANY_TEXT = st.text(st.characters())
ADDRESSES = st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), ANY_TEXT, ANY_TEXT)
LEGAL = re.compile(r"https?://[a-z0-9\-._~!$&'()*+,;=:\[\]]+/[A-Za-z0-9\-._~!$&'()*+,;=:@/%?#]*")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://example.org/a/b.html", "https://example.org/a/b.html"),
        (" https://example.org\n", "https://example.org/"),
        ("HTTP://Example.ORG:80/A", "http://example.org/A"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://example.org:/", "https://example.org/"),
        ("https://example.org./", "https://example.org/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[2001:DB8::1]:8080/", "https://[2001:db8::1]:8080/"),
        ("https://example.org?", "https://example.org/"),
        ("https://example.org/?utm_source=a&b=1&FBCLID=2&gclid=3", "https://example.org/?b=1"),
        ("https://example.org/?utm=1&xfbclid=2", "https://example.org/?utm=1&xfbclid=2"),
        ("https://example.org/?b&&a=%2f", "https://example.org/?b&&a=%2f"),
        ("https://example.org/#", "https://example.org/"),
        ("https://example.org/#:~:text=a", "https://example.org/"),
        ("https://example.org/#top#2", "https://example.org/#top%232"),
        ("https://example.org/a b[1]%zz%41", "https://example.org/a%20b%5B1%5D%25zz%41"),
        ("https://example.org/a\tb\x00c", "https://example.org/abc"),
        ("https://example.org/\ud800", "https://example.org/%3F"),
        ("https://www.example.org/a/?z=1&a=2", "https://www.example.org/a/?z=1&a=2"),
    ],
)
def test_canonical_url_changes_only_what_names_the_same_page(text: str, wanted: str) -> None:
    assert canonical_url(text) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no absolute http(s) URL"),
        ("/a", "no absolute http(s) URL"),
        ("//example.org/a", "no absolute http(s) URL"),
        ("javascript:alert(1)", "no absolute http(s) URL"),
        ("ftp://example.org/", "no absolute http(s) URL"),
        ("httpſ://example.org/", "no absolute http(s) URL"),  # folds to https in Unicode only
        ("https:///a", "no host"),
        ("https://./", "no host"),
        ("https://user@example.org/", "user information"),
        ("https://exa mple.org/", "host"),
        ("https://example.org\\a/", "host"),
        ("https://ex%61mple.org/", "host"),
        ("https://[::::]/", "host"),  # urllib would raise where the URL is used
        ("https://[1.2.3.4]/", "host"),
        ("https://a\u200d.example/", "host"),
        ("https://example.org:65536/", "port"),
        ("https://example.org:x/", "port"),
        ("https://example.org:١/", "port"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(text: str, reason: str) -> None:
    with pytest.raises(UrlError, match=f"^{re.escape(reason)}$"):
        canonical_url(text)


@given(ANY_TEXT | ADDRESSES | st.from_regex(r"(?i)https?://[a-zéſ.:0-9\[\]]{1,9}[/?#].{0,9}"))
def test_a_canonical_url_is_legal_ascii_and_its_own_canonical_url(text: str) -> None:
    try:
        url = canonical_url(text)
    except UrlError:
        return
    assert LEGAL.fullmatch(url)
    assert canonical_url(url) == url
    assert urlsplit(url).hostname


@given(ANY_TEXT | ADDRESSES, st.sampled_from(["", "https://example.org/a/b", "http://[::1]/"]))
def test_a_clean_url_is_legal_ascii_and_its_own_clean_url(text: str, base: str) -> None:
    try:
        url = clean_url(text, base)
    except UrlError:
        return
    assert LEGAL.fullmatch(url)
    assert clean_url(url, base) == url


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("../c.png?utm_source=a#:~:x", "https://example.org/c.png?utm_source=a#:~:x"),
        ("//img.example.org/c.png", "https://img.example.org/c.png"),
        ("c d.png", "https://example.org/a/c%20d.png"),
    ],
)
def test_a_picture_is_made_absolute_and_loses_nothing(text: str, wanted: str) -> None:
    assert clean_url(text, "https://example.org/a/b") == wanted


@pytest.mark.parametrize("text", ["", " ", "\x00", "data:image/png;base64,AA", "//[x"])
def test_what_is_no_address_of_a_picture_is_not_its_page_instead(text: str) -> None:
    with pytest.raises(UrlError):
        clean_url(text, "https://example.org/a/b")


def test_http_and_https_are_one_article_with_one_id() -> None:
    assert article_key("http://example.org/a") == article_key("https://example.org/a")
    assert article_id("http://example.org/a") == article_id("https://example.org/a")


@given(st.text())
def test_an_urn_is_what_uuid5_gives(text: str) -> None:
    assert uuid_urn(text) == uuid.uuid5(uuid.NAMESPACE_URL, text).urn


IRIS = [
    "tag:example.org,2026:1",
    "tag:example.org,2026-02-22:/news/øyvind/",
    "URN:ISBN:0",
    "http://example.org/?p=2",
    "https://example.org/?p=2",
    "HTTPS://Example.org:443/%c3%b8/../x?a=1?b#/c?d",
    "https://例え.example/記事?q=ø#港",
    "http://user@[2001:db8::1]:8080/a",
    "javascript:alert(1)",
    "data:,a%20b?c#d",
    "ftp://[2001:db8::1]:21/a",
    "mailto:a@example.org",
    "a:b",
    "tag:می\u200cخواهم",  # a joiner is a letter's
    "tag:a?\ue000",
    "tag:😀",
]
NO_IRIS = [
    *("17", "post 17", "a b:c", "/a/b", "//example.org/a", "example.org/a", "?p=2", "2026:1"),
    *("a:", "a:[", "a:]", "a:b%", "a:b%4g", "a:[::1]", "a://b/[c]", "a://[::1]b", "a:b#c#d"),
    *("a:<b>", 'a:"b"', "a:{b}", "a:b|c", "a:b^c", "a:`b`", "C:\\posts\\1", "tag:a b", "ø:a"),
    *("https://", "https:///a", "http:a", "http:/a", "https://?p=2", "https://example.org:x/"),
    *("tag:a\xa0b", "tag:a\u3000", "tag:\u202ea", "tag:a\u200e", "\ufefftag:a", "tag:a\n"),
    *("tag:\ue000", "tag:a#\ue000", "tag:\ufdd0", "tag:\ufffd", "ſ:a", "\u212a:a"),
]


@pytest.mark.parametrize("text", IRIS, ids=ascii)
def test_an_explicit_id_that_is_an_iri_stays_as_it_is(text: str) -> None:
    assert explicit_id(text) == text


@pytest.mark.parametrize("text", NO_IRIS, ids=ascii)
def test_an_explicit_id_that_is_no_iri_becomes_a_uuid(text: str) -> None:
    assert explicit_id(text) == uuid_urn(f"feedkit:{text}")


def test_an_explicit_id_that_is_a_uuid_becomes_its_urn() -> None:
    text = "8B9B0E2E-1C1F-4A6E-9A58-0A7E4C1E1D11"
    assert explicit_id(text) == f"urn:uuid:{text.lower()}"


#: Hosts of the kinds in the tests of WHATWG, and what they are written as; empty: refused.
HOSTS = {
    # Labels
    "Bücher。Example": "xn--bcher-kva.example",
    "❤.example.org": "xn--qei.example.org",
    "☕.example": "xn--53h.example",
    "I♥NY.example": "xn--iny-zx5a.example",
    "straße.example": "xn--strae-oqa.example",
    "STRAẞE.example": "xn--strae-oqa.example",
    "βόλος.example": "xn--nxasmm1c.example",
    "exa\u00admple.org": "example.org",
    "ｅｘａｍｐｌｅ．ｏｒｇ": "example.org",
    "cafe\u0301.example": "xn--caf-dma.example",
    "क्\u200dष.example": "xn--11b2ezcw70k.example",
    "אבג.example": "xn--4dbcd.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "XN--QEI.Example.Org.": "xn--qei.example.org",
    "my_blog.example": "my_blog.example",
    "-a-.ab--c.example": "-a-.ab--c.example",
    "a\u200db.example": "",  # a joiner where none may stand
    "\u0301a.example": "",  # a mark without its letter
    "1.אבג": "",  # a label that begins with a digit beside one from right to left
    "a／b.example": "",
    "％41.example": "",
    "xn--.example": "",
    "xn--a.example": "",  # not whole
    "xn--abc-.example": "",  # nothing in it had to be encoded
    "xn--strae-oqa0.example": "",
    "xn--a-ecp.example": "",  # a character that no label may hold
    "ü" * 60 + ".example": "",
    # Numbers
    "192.0.2.1": "192.0.2.1",
    "192.0.2.1.": "192.0.2.1",
    "１９２．0．2．1": "192.0.2.1",
    "[2001:DB8::1]": "[2001:db8::1]",
    "1.example": "1.example",
    "0xg": "0xg",
    "127.1": "",
    "2130706433": "",
    "0x7f.0.0.1": "",
    "0177.0.0.1": "",
    "192.0.2.256": "",
    "192.0.2.1.5": "",
    "example.0x": "",
    "example.09": "",
    "１２７．１": "",
    "[::1%25eth0]": "",
}


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
def test_a_host_is_one_that_browsers_reach(host: str) -> None:
    wanted = HOSTS[host]
    if not wanted:
        with pytest.raises(UrlError, match=r"^host$"):
            clean_host(host)
        with pytest.raises(UrlError, match=r"^host$"):
            canonical_url(f"https://{host}/a")
        return
    assert clean_host(host) == wanted
    assert canonical_url(f"https://{host}/a") == f"https://{wanted}/a"
    assert canonical_url(f"https://{wanted}/a") == f"https://{wanted}/a"
