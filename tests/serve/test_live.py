"""A page that loads again when it is told to."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from feedkit.serve import follow_page

PAGE = '<!doctype html>\n<meta http-equiv="Content-Security-Policy" content="{}">\n<p>Café</p>\n'


def follow(policy: str) -> tuple[str, str]:
    """Return what the policy of a page becomes, and the source that stands for its script."""
    text = follow_page(PAGE.format(policy).encode(), "/changes?1").decode()
    (allowed,) = re.findall('content="([^"]*)"', text)
    (script,) = re.findall("<script>(.*)</script>", text)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return allowed.replace("&#x27;", "'"), f"'sha256-{digest}'"


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (
            "default-src 'none'; img-src https:",
            "default-src 'none'; img-src https:; script-src {}; connect-src 'self'",
        ),
        ("Script-Src 'sha256-a='; base-uri 'none'", "base-uri 'none'; script-src 'sha256-a=' {}"),
        (
            "default-src 'self'; script-src 'none';",
            "default-src 'self'; script-src {}; connect-src 'self' 'self'",
        ),
        ("script-src &#39;none&#39;; script-src *", "script-src {}"),
        ("img-src https:", "img-src https:"),
    ],
)
def test_a_policy_lets_the_script_run_and_ask_and_nothing_else(policy: str, wanted: str) -> None:
    allowed, source = follow(policy)
    assert allowed == wanted.format(source)


def test_a_page_without_a_policy_stays_as_it_is_up_to_the_script() -> None:
    page = b"<!doctype html>\n<p>Caf\xe9</p>\n"  # whatever its encoding
    followed = follow_page(page, "/changes?1")
    assert followed.startswith(page + b"<script>")
    assert b'EventSource("/changes?1")' in followed
