"""Names: which are one feed, and the folders that feeds stand in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.text.slugs import clean_domain, identity, provider_slug, slug

# Letters that fold to several, accents that then compose, what is dropped, and what is read aloud.
TRICKY = st.text("aeßİǰΐſKﬁ½²-#@&+ .\u0301\u0307\u0338\u0345\u00ad\u200b\u200d가\u1100\u1161")
NAMES = st.text(st.characters()) | TRICKY
DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("C#", "c sharp"),
        ("#AI", "AI"),
        ("@example", "Example"),
        ("R&D", "r and d"),
        ("C++", "c plus plus"),
        ("me@work", "me at work"),
        ("Café", "Cafe\u0301"),
        ("Cafe\u200d\u0301", "Café"),  # a format character between a letter and its accent
        ("STRASSE", "straße"),
        ("Light-Houses", "light\u00a0houses"),
        ("Ａ１", "a1"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_names_that_mean_the_same_are_one(name: str, same: str) -> None:
    assert identity(name) == identity(same)


@pytest.mark.parametrize(("name", "other"), [("C", "C#"), ("C#", "C++"), ("a", "á"), ("🎉", "🎈")])
def test_names_that_mean_different_things_are_two(name: str, other: str) -> None:
    assert slug(identity(name)) != slug(identity(other))


@given(NAMES)
def test_the_identity_of_an_identity_is_itself(name: str) -> None:
    assert identity(identity(name)) == identity(name)


@given(NAMES | st.from_regex(r"(?i)\A(con|com1|x-[0-9a-f]{8}|[./\\]{1,3})\Z"))
def test_a_slug_is_a_folder_name_that_every_system_takes(name: str) -> None:
    made = slug(identity(name))
    assert 0 < len(made.encode()) <= 89
    assert not set('/\\:*?"<>|. \x00') & set(made)
    assert not DEVICES.fullmatch(made)


@given(NAMES, NAMES)
def test_two_names_share_a_slug_only_if_they_share_the_identity(one: str, two: str) -> None:
    first, second = identity(one), identity(two)
    assert (slug(first) == slug(second)) == (first == second)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Artificial Intelligence", "artificial-intelligence"),
        ("C#", "c-sharp"),
        ("con", "con-1143da2b"),
        ("🎉", "x-6146299c"),
        ("a-0123abcd", "a-0123abcd-8506cd64"),
    ],
)
def test_slugs_stay_as_they_were_published(name: str, wanted: str) -> None:
    assert slug(identity(name)) == wanted


def test_a_long_slug_is_cut_at_a_character() -> None:
    made = slug(identity("é" * 60))
    assert re.fullmatch(r"é{35}-[0-9a-f]{8}", made)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" WWW.Example.ORG. ", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", ""),
        ("https://example.org/", ""),
        ("example.org:80", ""),
        ("..", ""),
        ("../../etc", ""),
        ("a/b.c", ""),
        ("a" * 254 + ".org", ""),
        ("", ""),
    ],
)
def test_a_domain_is_a_host_of_two_labels_or_nothing(text: str, wanted: str) -> None:
    assert clean_domain(text) == wanted


@pytest.mark.parametrize(
    ("name", "domain", "wanted"),
    [
        ("Example News", "example.org", "example.org"),
        ("Ada's Channel", "video.example", "video.example_ada-s-channel"),
        ("", "video.example", "video.example"),
        ("video.example", "video.example", "video.example"),
        ("Example News", "", "example-news"),
        ("", "", ""),
    ],
)
def test_a_provider_is_its_domain_unless_many_share_it(name: str, domain: str, wanted: str) -> None:
    assert provider_slug(name, domain, ("video.example",)) == wanted
