"""What a view takes for the tag of its document: its own, and what proxies make of that."""

from datetime import UTC, datetime

import pytest

import feedkit

INSTANT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
DOCUMENT = feedkit.Document(
    body=b"<feed/>", media_type="application/atom+xml", last_modified=INSTANT
)
OWN = DOCUMENT.etag.strip('"')


@pytest.mark.parametrize(
    "sent",
    [
        *(f'"{OWN}"', f'W/"{OWN}"', "*", f' "{OWN}" '),
        # mod_deflate, mod_brotli, Jetty, others; nginx makes the tag weak.
        *(f'"{OWN}-gzip"', f'"{OWN}-br"', f'"{OWN}--gzip"', f'"{OWN}--br"'),
        *(f'"{OWN};gzip"', f'"{OWN};br"', f'"{OWN}-zstd"', f'"{OWN}-deflate"'),
        *(f'W/"{OWN}-gzip"', f'W/"{OWN};br"', f'W/"{OWN}--gzip"'),
        # A proxy before another.
        f'"{OWN}-gzip-br"',
        *(f'"other", "{OWN}-gzip"', f'W/"{OWN};br","other"', f'"other-gzip" , W/"{OWN}--gzip"'),
    ],
)
def test_a_tag_that_a_proxy_made_of_ours_is_ours(sent: str) -> None:
    assert DOCUMENT.not_modified({"If-None-Match": sent})


@pytest.mark.parametrize(
    "sent",
    [
        *('"other"', '"other-gzip"', 'W/"other;br"', '"-gzip"', '""', "", "gzip", '"gzip"'),
        *(f'"{OWN}x-gzip"', f'"{OWN[:-1]}-gzip"', f'"x{OWN}-gzip"', f'"{OWN}gzip"'),
        *(f'"{OWN}-gzip2"', f'"{OWN}-gz"', f'"{OWN}-"', f'"{OWN};"', f'"{OWN}-gzip', f"{OWN}-gzip"),
        *(f'"{OWN}"-gzip', f'"{OWN}-other"', f'"{OWN} -gzip"', f'"{OWN}-GZIP"', f'"{OWN}---gzip"'),
        f'"{OWN[::-1]}-gzip", "*"',
    ],
)
def test_a_tag_of_another_is_not_ours(sent: str) -> None:
    assert not DOCUMENT.not_modified({"If-None-Match": sent})


def test_a_long_list_of_tags_is_read_once() -> None:
    tags = ",".join(['"x' + "-gzip" * 50 + 'x"'] * 5_000)
    assert not DOCUMENT.not_modified({"If-None-Match": tags})
    assert DOCUMENT.not_modified({"If-None-Match": f'{tags},"{OWN}{"-gzip" * 50}"'})
