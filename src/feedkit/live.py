"""A page to one that loads again when it is told to, whatever its policy lets run. Pure."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from functools import partial
from hashlib import sha256

_POLICY = re.compile(
    r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)', re.IGNORECASE
)


def follow_page(page: bytes, address: str) -> bytes:
    """Return a page that loads again at the first event from an address of its own server."""
    script = f'new EventSource("{address}").onmessage = () => location.reload()'
    digest = b64encode(sha256(script.encode()).digest()).decode()
    allow = partial(_allow, sources={"script-src": f"'sha256-{digest}'", "connect-src": "'self'"})
    text = page.decode("utf-8", "surrogateescape")
    text = _POLICY.sub(allow, text) + f"<script>{script}</script>\n"
    return text.encode("utf-8", "surrogateescape")


def _allow(found: re.Match[str], sources: dict[str, str]) -> str:
    policy = html.unescape(found[2])
    for directive, source in sources.items():
        policy = _add_source(policy, directive, source)
    return found[1] + html.escape(policy)


def _add_source(policy: str, directive: str, source: str) -> str:
    """Return a policy that also allows a source (CSP Level 3, 6.8.4 and 6.7.2.7)."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    known = {name.lower(): sources for name, *sources in reversed(parts)}  # the first counts
    usual = known.get(directive, known.get("default-src"))
    if usual is None:  # everything is allowed
        return policy
    allowed = [one for one in usual if one.lower() != "'none'"]
    others = [part for part in parts if part[0].lower() != directive]
    return "; ".join(" ".join(part) for part in [*others, [directive, *allowed, source]])
